//! Measures the embedder: time to load, a query, passages, resident memory.
//!
//! `cargo run --release -p local --example embed -- [MODELS_FOLDER]`

use std::time::{Duration, Instant};

use llm::{CallContext, Embedder, Error};
use local::{Local, LocalConfig};

const MODEL: &str = "all-minilm-l6-v2";

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = std::env::args_os().nth(1).map_or_else(default_folder, Into::into);
    let local = Local::open(
        folder,
        LocalConfig {
            embed_threads: 1,
            ..LocalConfig::default()
        },
    );
    let ctx = CallContext::default();
    let before = resident_mb();
    let started = Instant::now();
    local.embed(MODEL, vec!["warm".to_owned()], &ctx).await?;
    println!(
        "loaded and first answer: {:?}; resident {before} -> {} MB",
        started.elapsed(),
        resident_mb()
    );

    let queries = [
        "how do I rotate an API key",
        "what did we decide about the release date in March?",
        "memory",
    ];
    let mut times = Vec::new();
    for round in 0..200 {
        let started = Instant::now();
        local
            .embed(MODEL, vec![queries[round % queries.len()].to_owned()], &ctx)
            .await?;
        times.push(started.elapsed());
    }
    times.sort();
    let at = |share: usize| times[times.len() * share / 100];
    println!(
        "query: best {:?}, median {:?}, p99 {:?}",
        times[0],
        at(50),
        at(99)
    );

    let sentence = "The committee met again on Thursday to discuss the budget of the new library and its opening hours. ";
    let passages: Vec<String> = (0..48).map(|i| format!("{i}: {}", sentence.repeat(9))).collect();
    let started = Instant::now();
    let answer = local.embed(MODEL, passages, &ctx).await?;
    let (count, time) = (answer.vectors.len(), started.elapsed());
    println!(
        "passages: {count} of {} tokens in {time:?}, {:.1} a second on one thread",
        answer.prompt_tokens / count as u64,
        per_second(count, time)
    );
    println!(
        "resident {} MB, estimate {} MB",
        resident_mb(),
        local.stats().resident_bytes / 1_000_000
    );
    Ok(())
}

fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn default_folder() -> std::path::PathBuf {
    std::env::home_dir()
        .unwrap_or_default()
        .join(".local/share/stoa/models")
}

fn resident_mb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok())
        .unwrap_or(0)
        * 4096
        / 1_000_000
}
