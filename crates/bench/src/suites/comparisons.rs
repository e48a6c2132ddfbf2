//! `compare`: comparisons of twelve models at once, each a stream of all of them: ten that write 50 tokens a second, one that
//! says nothing and one that fails.
//!
//! A token is late by its distance from the earliest of its lane. What is demanded of each stream is in [`reader`].

mod reader;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Bench;
use crate::load::request::Request;
use crate::load::{Connection, Tally};
use crate::report::{Figure, Row, Suite};
use crate::stoa::Stoa;
use crate::suites::streams;
use reader::{Ended, Reader, Wanted};

/// Comparisons at once.
const COMPARISONS: [usize; 2] = [1, 20];
/// Lanes of a comparison that write.
const WRITERS: usize = 10;
/// After this time without a word a lane is ended.
const INACTIVITY: Duration = Duration::from_secs(4);

/// What all comparisons of a measurement came to.
#[derive(Debug, Default)]
struct Seen {
    late: Tally,
    broken: Tally,
    ended: Ended,
}

/// Runs one comparison, then twenty at once.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    anyhow::ensure!(
        bench.options.url.is_none(),
        "needs a Stoa of its own, whose silent models are ended early"
    );
    let inactivity = format!("{}s", INACTIVITY.as_secs());
    let env = [
        ("STOA_ENGINE_INTERACTIVE", "1024".to_owned()),
        ("STOA_PROVIDERS_INACTIVITY_TIMEOUT", inactivity),
    ];
    let stoa = Stoa::start_everywhere(bench, &env).await?;
    let tokens = streams::paced(bench, &stoa).await?;
    let mut models = vec!["paced/lorem"; WRITERS];
    models.extend(["paced/silent", "paced/fail"]);
    suite.notes.push(format!(
        "Each comparison: {WRITERS} lanes of {tokens} tokens, one that is silent until its limit of {} s, one that fails. All \
         begin at once. The server may use all cores, beside the clients.",
        INACTIVITY.as_secs()
    ));
    let wanted = Wanted {
        lanes: models.len(),
        writers: WRITERS,
        tokens,
    };
    for count in COMPARISONS {
        bench.note(format!("  {count} comparisons"));
        let before = stoa.usage().context("the server has ended")?;
        let began = std::time::Instant::now();
        let seen = all(&stoa, &models, wanted, count).await?;
        let took = began.elapsed();
        let after = stoa.usage().context("the server has ended")?;
        let cores = (after.cpu_micros - before.cpu_micros) as f64 / took.as_micros() as f64;
        report(suite, &stoa, count, &seen, cores);
    }
    stoa.stop().await
}

/// Runs so many comparisons at once to their ends.
async fn all(stoa: &Stoa, models: &[&str], wanted: Wanted, count: usize) -> anyhow::Result<Seen> {
    let body: Value = json!({"prompt": "Go on.", "models": models});
    let request = Request::send("POST", "/api/compare-stream", &stoa.token, &body).render();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let (request, seen, address) = (request.clone(), Arc::clone(&seen), stoa.address);
        tasks.spawn(async move { one(address, &request, Reader::new(wanted), &seen).await });
    }
    while let Some(done) = tasks.join_next().await {
        done?;
    }
    let seen = Arc::try_unwrap(seen).ok().context("a stream is still there")?;
    Ok(seen.into_inner())
}

async fn one(address: std::net::SocketAddr, request: &Bytes, mut reader: Reader, seen: &Mutex<Seen>) {
    let began = tokio::time::Instant::now();
    let mut connection = Connection::new(address);
    let outcome = connection.call(request, &mut |bytes| reader.take(bytes)).await;
    let ended = reader.end();
    let mut seen = seen.lock();
    match outcome {
        Ok(answer) => seen.broken.answered(answer.status, began.elapsed(), answer.bytes),
        Err(fault) => seen.broken.failed(fault.name(), began.elapsed()),
    }
    for late in &ended.late_micros {
        seen.late.time(Duration::from_micros(*late));
    }
    seen.ended.add(ended);
}

fn report(suite: &mut Suite, stoa: &Stoa, count: usize, seen: &Seen, cores: f64) {
    let latency = seen.late.summary();
    let ended = &seen.ended;
    let mut errors = seen.broken.errors.clone();
    errors.extend(ended.faults.iter().map(|(fault, times)| (fault.clone(), *times)));
    suite.rows.push(Row {
        case: "comparisons".to_owned(),
        variant: format!("{} lanes", WRITERS + 2),
        clients: count,
        messages: stoa.messages,
        latency: Some(latency),
        requests: seen.broken.requests,
        bytes: seen.broken.bytes.checked_div(seen.broken.requests),
        errors,
        ..Row::default()
    });
    let name = |what: &str| format!("{count} comparisons: {what}");
    let wrong: u64 = ended.faults.values().sum();
    suite.figures.extend([
        Figure::new(name("tokens read"), ended.tokens as f64, "tokens"),
        Figure::new(
            name("events lost or doubled, lanes not as promised"),
            wrong as f64,
            "faults",
        )
        .at_most(0.0),
        Figure::new(name("failing lane told after"), ended.failed_ms(), "ms"),
        Figure::new(name("silent lane ended after"), ended.silent_ms(), "ms"),
        Figure::new(name("cores of the server"), cores, "cores"),
    ]);
}
