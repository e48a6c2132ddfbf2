//! Asks the local chat model and measures it: time to load, prompt and generation speed, two answers at once.
//!
//! `cargo run --release -p local --example say -- [--threads N] [--round N] [--models FOLDER] [PROMPT]`; without a prompt it measures.

use std::io::Write;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use llm::{CallContext, ChatEvent, ChatModel, ChatRequest, Error, Message, Usage};
use local::{Local, LocalConfig};

const MODEL: &str = "qwen2.5-coder-0.5b";

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut config = LocalConfig::default();
    let mut folder = std::env::home_dir()
        .unwrap_or_default()
        .join(".local/share/stoa/models");
    let mut prompt = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--threads" => config.threads = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1),
            "--round" => config.round_tokens = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(128),
            "--models" => folder = arguments.next().unwrap_or_default().into(),
            text => prompt = Some(text.to_owned()),
        }
    }
    println!(
        "{} threads, {} tokens a round",
        config.threads, config.round_tokens
    );
    let local = Local::open(folder, config);
    if let Some(prompt) = prompt {
        let answer = ask(&local, &prompt, 400, Show::Yes).await?;
        println!("\n{answer:?}");
    } else {
        speed(&local).await?;
        two_at_once(&local).await?;
        conversation(&local).await?;
        println!(
            "resident {} MB, estimate {} MB",
            resident_mb(),
            local.stats().resident_bytes / 1_000_000
        );
    }
    local.close();
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
async fn speed(local: &Local) -> Result<(), Error> {
    let before = resident_mb();
    let first = ask(local, "Say hello.", 4, Show::No).await?;
    println!(
        "first answer, with loading: {:?}; resident {before} -> {} MB",
        first.first_word,
        resident_mb()
    );

    let prompt = format!("{}\nWhat was discussed? Answer in one word.", long());
    let read = ask(local, &prompt, 1, Show::No).await?;
    let fresh = read.usage.prompt_tokens - read.usage.cached_tokens;
    let cpu = read.cpu_ms as f64 / fresh as f64;
    println!(
        "prompt: {:.1} tokens/s, {cpu:.1} CPU-ms a token ({fresh} tokens)",
        rate(fresh, read.total)
    );

    // The same prompt twice: the second time it need not be read.
    ask(local, &story("an old man"), 1, Show::No).await?;
    let one = ask(local, &story("an old man"), 64, Show::No).await?;
    let written = one.usage.completion_tokens;
    let cpu = one.cpu_ms as f64 / written as f64;
    println!(
        "generation: {:.1} tokens/s, {cpu:.1} CPU-ms a token",
        rate(written, one.total)
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
async fn two_at_once(local: &Local) -> Result<(), Error> {
    let (started, cpu) = (Instant::now(), cpu_ms());
    ask(local, &story("a young woman"), 64, Show::No).await?;
    ask(local, &story("a tall sailor"), 64, Show::No).await?;
    println!(
        "two answers of 64 tokens, one after the other: {:?}, {} CPU-ms",
        started.elapsed(),
        cpu_ms() - cpu
    );
    let (started, cpu) = (Instant::now(), cpu_ms());
    let (a, b) = (story("a small child"), story("a grey cat"));
    let (a, b) = tokio::join!(ask(local, &a, 64, Show::No), ask(local, &b, 64, Show::No));
    let tokens = a?.usage.completion_tokens + b?.usage.completion_tokens;
    println!(
        "at once ({tokens} tokens): {:?}, {} CPU-ms",
        started.elapsed(),
        cpu_ms() - cpu
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
async fn conversation(local: &Local) -> Result<(), Error> {
    let mut turns = vec![Message::user(format!("{}\nRemember this. Say OK.", long()))];
    let (first, text) = run(local, turns.clone(), 8, Show::No).await?;
    turns.extend([Message::assistant(text), Message::user("Who met?")]);
    let (second, _) = run(local, turns, 8, Show::No).await?;
    println!(
        "a conversation: first word after {:?}; of the second turn after {:?} ({} of {} tokens kept)",
        first.first_word, second.first_word, second.usage.cached_tokens, second.usage.prompt_tokens
    );
    Ok(())
}

fn long() -> String {
    "The committee met again on Thursday to discuss the budget of the new library. ".repeat(30)
}

fn story(who: &str) -> String {
    format!("Write a long story about {who} who repairs clocks.")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Yes,
    No,
}

#[derive(Debug)]
struct Answer {
    first_word: Duration,
    total: Duration,
    cpu_ms: u64,
    usage: Usage,
}

async fn ask(local: &Local, prompt: &str, max_tokens: u32, show: Show) -> Result<Answer, Error> {
    Ok(run(local, vec![Message::user(prompt)], max_tokens, show).await?.0)
}

#[expect(clippy::print_stdout, reason = "an example speaks to whoever runs it")]
async fn run(
    local: &Local,
    turns: Vec<Message>,
    max_tokens: u32,
    show: Show,
) -> Result<(Answer, String), Error> {
    let mut request = ChatRequest::new(MODEL, turns);
    request.max_tokens = Some(max_tokens);
    let started = Instant::now();
    let mut stream = local.chat(request, &CallContext::default()).await?;
    let mut answer = Answer {
        first_word: Duration::ZERO,
        total: Duration::ZERO,
        cpu_ms: 0,
        usage: Usage::default(),
    };
    let cpu = cpu_ms();
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        match event? {
            ChatEvent::Text(piece) => {
                if answer.first_word.is_zero() {
                    answer.first_word = started.elapsed();
                }
                if show == Show::Yes {
                    print!("{piece}");
                    // A terminal that is gone shows nothing; that is no failure of the model.
                    let _ = std::io::stdout().flush();
                }
                text.push_str(&piece);
            }
            ChatEvent::Usage(usage) => answer.usage = usage,
            _ => {}
        }
    }
    answer.total = started.elapsed();
    answer.cpu_ms = cpu_ms() - cpu;
    Ok((answer, text))
}

fn rate(tokens: u64, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64()
}

/// Processor time of the whole process so far: what a token costs, whatever else the machine does.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // The twelfth and thirteenth fields after the name, in ticks of 10 ms.
    after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum::<u64>()
        * 10
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
