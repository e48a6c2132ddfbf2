//! `streams`: a thousand and five thousand answers being written at once, 50 tokens a second each.
//!
//! *Directly* from the provider shows what the bench itself is late by. *Gateway* streams the provider's tokens through
//! `/v1`: each token says when it was due. *Replies* are messages of conversations, written by a model of the same pace inside
//! the process, as events with numbers; a token is late by its distance from the stream's earliest one.

mod reader;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::json;
use tokio::task::JoinSet;

use crate::Bench;
use crate::load::request::{Request, repeat};
use crate::load::{Connection, Tally};
use crate::report::{Figure, Row, Suite, Target};
use crate::stoa::Stoa;
use crate::suites::gateway;
use reader::{Kind, Reader};

const STREAMS: [usize; 2] = [1_000, 5_000];
const STREAMS_SHORT: [usize; 1] = [200];
/// Tokens a second of a stream.
const RATE: f64 = 50.0;
/// How long a stream is, in lengths of a measurement.
const LENGTHS: f64 = 8.0;
/// Streams begin within this time.
const RAMP: Duration = Duration::from_secs(1);
/// The number of streams for which the budgets hold.
const BUDGET_STREAMS: usize = 1_000;
const LATE_P99_MS: f64 = 5.0;
const KILOBYTES_EACH: f64 = 50.0;

/// What all streams of a measurement came to.
#[derive(Debug, Default)]
struct Seen {
    late: Tally,
    tokens: u64,
    lost: u64,
    doubled: u64,
    broken: Tally,
}

/// Gives a Stoa the connection `paced`, whose model `paced/lorem` says so many tokens at [`RATE`]; how many.
pub(super) async fn paced(bench: &Bench<'_>, stoa: &Stoa) -> anyhow::Result<u32> {
    let tokens = (bench.options.seconds * LENGTHS * RATE).max(10.0) as u32;
    let paced = json!({
        "scope": "system", "kind": "mock", "slug": "paced", "name": "Paced",
        "settings": {"tokens_per_second": RATE, "tokens": tokens},
    });
    stoa.connect_provider(paced, "paced/lorem").await?;
    Ok(tokens)
}

/// Runs every number of streams.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    anyhow::ensure!(
        bench.options.url.is_none(),
        "needs a Stoa of its own, which may run thousands of replies at once"
    );
    let env = [("STOA_ENGINE_INTERACTIVE", "8192".to_owned())];
    let stoa = Stoa::start_everywhere(bench, &env).await?;
    let provider = gateway::provider(bench, &stoa).await?;
    let tokens = paced(bench, &stoa).await?;
    suite.notes.push(format!(
        "Streams of {tokens} tokens, begun within {} s; the percentiles are those of all tokens' lateness. The server may use \
         all cores here. The memory of each is what the server holds at the most above its idle state, without mapped files, \
         divided by the streams.",
        RAMP.as_secs()
    ));
    let idle = stoa.usage().map_or(0, |usage| usage.own_bytes);
    let levels: &[usize] = if bench.options.short {
        &STREAMS_SHORT
    } else {
        &STREAMS
    };
    let call = |model: &str, token: &str| {
        let body = json!({"model": model, "stream": true, "max_tokens": tokens,
            "messages": [{"role": "user", "content": "Go on."}]});
        Request::send("POST", "/v1/chat/completions", token, &body).render()
    };
    for &count in levels {
        bench.note(format!("  {count} streams"));
        // First, because memory that was used once may stay with the process.
        let replies = conversations(&stoa, count).await?;
        let replies = all(
            stoa.address,
            replies,
            (Kind::Numbered, tokens),
            Some((&stoa, idle)),
        )
        .await?;
        report(suite, &stoa, ("replies", count), replies);
        let direct = vec![call("paced", "none"); count];
        let direct = all(provider.address, direct, (Kind::Stamped, tokens), None).await?;
        let floor = direct.0.late.quantile(0.99);
        report(suite, &stoa, ("directly", count), direct);
        let gateway = vec![call("bench/paced", &stoa.token); count];
        let gateway = all(
            stoa.address,
            gateway,
            (Kind::Stamped, tokens),
            Some((&stoa, idle)),
        )
        .await?;
        let added = (gateway.0.late.quantile(0.99) - floor) / 1e3;
        let name = format!("{count} streams through the gateway: added p99");
        suite
            .figures
            .push(held(count, Figure::new(name, added, "ms"), LATE_P99_MS));
        report(suite, &stoa, ("gateway", count), gateway);
    }
    provider.stop().await?;
    stoa.stop().await
}

fn held(count: usize, figure: Figure, limit: f64) -> Figure {
    if count == BUDGET_STREAMS {
        figure.at_most(limit)
    } else {
        figure
    }
}

/// A conversation for each stream, and the message to send in it.
async fn conversations(stoa: &Stoa, count: usize) -> anyhow::Result<Vec<Bytes>> {
    let path = format!("/api/workspaces/{}/conversations", stoa.workspace);
    let new = json!({"title": "Made by the bench", "model": "paced/lorem"});
    let new = Request::send("POST", &path, &stoa.token, &new).render();
    let mut tasks = JoinSet::new();
    // Several at once, so that they share commits.
    let lanes = 50;
    for lane in 0..lanes {
        let (new, address) = (new.clone(), stoa.address);
        tasks.spawn(async move {
            let mut connection = Connection::new(address);
            let mut ids = Vec::new();
            for _ in (lane..count).step_by(lanes) {
                let made = repeat(&mut connection, &new).await?;
                ids.push(
                    made["id"]
                        .as_str()
                        .context("a conversation has no id")?
                        .to_owned(),
                );
            }
            Ok::<_, anyhow::Error>(ids)
        });
    }
    let mut requests = Vec::with_capacity(count);
    let body = json!({"content": "Go on.", "stream": true});
    while let Some(ids) = tasks.join_next().await {
        for id in ids?? {
            let path = format!("/api/conversations/{id}/messages");
            requests.push(Request::send("POST", &path, &stoa.token, &body).render());
        }
    }
    Ok(requests)
}

/// Runs a stream for each request, and says how many kilobytes each took at the most, of what the server holds more than when
/// it was idle (beside it in `stoa`).
async fn all(
    address: SocketAddr,
    requests: Vec<Bytes>,
    (kind, tokens): (Kind, u32),
    stoa: Option<(&Stoa, u64)>,
) -> anyhow::Result<(Seen, Option<f64>)> {
    let memory = || Some(stoa?.0.usage()?.own_bytes);
    let count = requests.len();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut tasks = JoinSet::new();
    for (number, request) in requests.into_iter().enumerate() {
        let seen = Arc::clone(&seen);
        let wait = RAMP.mul_f64(number as f64 / count as f64);
        tasks.spawn(async move {
            tokio::time::sleep(wait).await;
            one(address, request, Reader::new(kind, tokens), &seen).await;
        });
    }
    let mut most = memory();
    let mut look = tokio::time::interval(Duration::from_millis(250));
    loop {
        tokio::select! {
            done = tasks.join_next() => if done.is_none() { break },
            _ = look.tick() => most = most.max(memory()),
        }
    }
    let seen = Arc::try_unwrap(seen)
        .ok()
        .context("a stream is still there")?
        .into_inner();
    let each = stoa
        .zip(most)
        .map(|((_, idle), most)| most.saturating_sub(idle) as f64 / 1e3 / count as f64);
    Ok((seen, each))
}

async fn one(address: SocketAddr, request: Bytes, mut reader: Reader, seen: &Mutex<Seen>) {
    let began = tokio::time::Instant::now();
    let mut connection = Connection::new(address);
    let outcome = connection.call(&request, &mut |bytes| reader.take(bytes)).await;
    let ended = reader.end();
    let mut seen = seen.lock();
    // Of a stream that was refused or broke off nothing is lost that the error does not say.
    let mut whole = false;
    match outcome {
        Ok(answer) => {
            whole = answer.status == 200;
            seen.broken.answered(answer.status, began.elapsed(), answer.bytes);
        }
        Err(fault) => seen.broken.failed(fault.name(), began.elapsed()),
    }
    if whole {
        seen.lost += ended.lost;
    }
    seen.tokens += ended.tokens;
    seen.doubled += ended.doubled;
    for late in ended.late_micros {
        seen.late.time(Duration::from_micros(u64::from(late)));
    }
}

fn report(suite: &mut Suite, stoa: &Stoa, (case, count): (&str, usize), (seen, each): (Seen, Option<f64>)) {
    let mut errors = seen.broken.errors.clone();
    for (kind, number) in [("lost tokens", seen.lost), ("doubled tokens", seen.doubled)] {
        if number > 0 {
            errors.insert(kind.to_owned(), number);
        }
    }
    let latency = seen.late.summary();
    let limit = format!("p99 ≤ {LATE_P99_MS} ms");
    suite.rows.push(Row {
        case: case.to_owned(),
        variant: "50 tokens/s".to_owned(),
        clients: count,
        messages: stoa.messages,
        latency: Some(latency),
        requests: seen.broken.requests,
        bytes: seen.broken.bytes.checked_div(seen.broken.requests),
        errors,
        target: (count == BUDGET_STREAMS && case == "replies")
            .then(|| Target::at_most(limit, latency.p99_us / 1e3, LATE_P99_MS)),
        ..Row::default()
    });
    let events = Figure::new(
        format!("{count} streams, {case}: tokens read"),
        seen.tokens as f64,
        "tokens",
    );
    suite.figures.push(events);
    let wrong = Figure::new(
        format!("{count} streams, {case}: tokens lost or doubled"),
        (seen.lost + seen.doubled) as f64,
        "tokens",
    );
    suite.figures.push(wrong.at_most(0.0));
    if let Some(each) = each {
        let figure = Figure::new(format!("{count} streams, {case}: memory of each"), each, "KB");
        suite.figures.push(held(count, figure, KILOBYTES_EACH));
    }
}
