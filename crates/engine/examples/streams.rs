//! What streams and empty steps cost: a thousand streams at 50 tokens a second, then background runs as fast as they go.
//!
//! `cargo run --release -p engine --example streams [streams] [seconds] [runs]`, on SQLite as the product opens it, in a
//! temporary folder of the current directory (so the disk is a real one). Prints CPU, memory a stream, the delay between
//! a token's time and its arrival at the viewer, how far the log lies behind, and runs per second.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use engine::{
    Engine, EngineConfig, Finish, Lane, NewEvent, NewRun, Outcome, RunContext, Start, Step, StepError,
};
use futures_util::{StreamExt, future::join_all};
use serde_json::json;
use sql::{Batch, Db, DbConfig, Migration, SystemClock};

const TOKENS_PER_SECOND: u64 = 50;

/// Shows tokens by a fixed clock: each at its time, however late the one before came.
struct Tokens {
    began: Instant,
    seconds: u64,
}

#[async_trait]
impl Step for Tokens {
    fn kind(&self) -> &'static str {
        "tokens"
    }

    fn lane(&self) -> Lane {
        Lane::Interactive
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let offset = Duration::from_micros(ctx.run().input["offset_micros"].as_u64().unwrap_or(0));
        let first = tokio::time::Instant::now() + offset;
        for number in 0..TOKENS_PER_SECOND * self.seconds {
            tokio::time::sleep_until(first + Duration::from_micros(number * 1_000_000 / TOKENS_PER_SECOND))
                .await;
            // The time of the push itself, so that the delay is the engine's and not the timer's.
            let at = self.began.elapsed().as_micros() as u64;
            ctx.emit("text", json!({"text": " token", "at": at})).await?;
        }
        let mut finish = Finish::completed(json!(null));
        finish
            .last_events
            .push(NewEvent::new("complete", json!({"status": "completed"}))?);
        Ok(Outcome::Complete(finish))
    }
}

struct Empty;

#[async_trait]
impl Step for Empty {
    fn kind(&self) -> &'static str {
        "empty"
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, _ctx: &RunContext) -> Result<Outcome, StepError> {
        Ok(Outcome::Complete(Finish::completed(json!(null))))
    }
}

/// User and system time of the process so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields
        .iter()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Resident memory in kilobytes, without mapped files where the system tells it apart: SQLite maps its database.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    if let Some(number) = anonymous.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()) {
        return number;
    }
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

fn percentile(sorted: &[u64], share: f64) -> f64 {
    let at = ((sorted.len() as f64 - 1.0) * share) as usize;
    sorted.get(at).map_or(0.0, |micros| *micros as f64 / 1000.0)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u64>().unwrap());
    let (streams, seconds, runs) = (
        arguments.next().unwrap_or(1000),
        arguments.next().unwrap_or(10),
        arguments.next().unwrap_or(5000),
    );
    let folder = tempfile::tempdir_in(".").unwrap();
    let db = Db::open(&DbConfig::sqlite(folder.path().join("streams.db")))
        .await
        .unwrap();
    let text = include_str!("../../../migrations/0002_runs.sql");
    sql::migrate(
        &db,
        &[Migration {
            name: "0002_runs",
            text,
        }],
        &SystemClock,
    )
    .await
    .unwrap();
    let engine = Engine::new(db.clone(), Arc::new(SystemClock), EngineConfig::for_db(&db));
    let began = Instant::now();
    engine.register(Arc::new(Tokens { began, seconds }));
    engine.register(Arc::new(Empty));
    engine.start().await.unwrap();
    measure_streams(&engine, began, streams, seconds).await;
    measure_runs(&engine, runs).await;
    engine.shutdown(Duration::from_secs(5)).await;
    db.close().await;
}

async fn measure_streams(engine: &Engine, began: Instant, streams: u64, seconds: u64) {
    // The allocator and the runtime have what they need before anything is counted.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (memory, used, clock) = (resident(), cpu(), Instant::now());
    let seen = Arc::new(AtomicU64::new(0));
    join_all((0..streams).map(|number| {
        let engine = engine.clone();
        async move {
            let offset = number * 1_000_000 / TOKENS_PER_SECOND / streams;
            let mut batch = Batch::new();
            let new = NewRun::new(run_id(number), "tokens", json!({"offset_micros": offset}));
            let run = engine.prepare(new, Start::Now, &mut batch).unwrap();
            engine.submit(batch, vec![run]).await.unwrap();
        }
    }))
    .await;
    let view = |number| tokio::spawn(view(engine.clone(), run_id(number), began, Arc::clone(&seen)));
    let viewers: Vec<_> = (0..streams).map(view).collect();
    println!(
        "{streams} streams began in {:.0} ms",
        clock.elapsed().as_secs_f64() * 1000.0
    );
    tokio::time::sleep(Duration::from_secs(seconds / 2)).await;
    let (half_seen, half_used, half_clock) = (seen.load(Ordering::Relaxed), cpu(), Instant::now());
    tokio::time::sleep(Duration::from_secs((seconds / 3).max(1))).await;
    let rate = (seen.load(Ordering::Relaxed) - half_seen) as f64 / half_clock.elapsed().as_secs_f64();
    let share = cpu().saturating_sub(half_used).as_secs_f64() / half_clock.elapsed().as_secs_f64();
    let full = resident();
    let stats = engine.stats().await.unwrap();
    let mut delays: Vec<u64> = join_all(viewers)
        .await
        .into_iter()
        .flat_map(Result::unwrap)
        .collect();
    delays.sort_unstable();
    println!(
        "events/s {rate:.0}; CPU {:.0} % of one core, {:.1} µs an event",
        share * 100.0,
        share * 1e6 / rate
    );
    println!(
        "memory a stream {:.1} KB ({memory} KB before, {full} KB with all)",
        (full.saturating_sub(memory)) as f64 / streams as f64
    );
    println!(
        "delay ms p50 {:.3} p90 {:.3} p99 {:.3} p99.9 {:.3} max {:.1} ({} events)",
        percentile(&delays, 0.5),
        percentile(&delays, 0.9),
        percentile(&delays, 0.99),
        percentile(&delays, 0.999),
        percentile(&delays, 1.0),
        delays.len()
    );
    println!(
        "not logged at that moment {} events; {:?}",
        stats.unflushed,
        engine.stats().await.unwrap().flush
    );
    println!(
        "whole {:.1} s, CPU {:.1} s",
        clock.elapsed().as_secs_f64(),
        cpu().saturating_sub(used).as_secs_f64()
    );
}

fn run_id(number: u64) -> String {
    format!("run_{number:026}")
}

async fn view(engine: Engine, id: String, began: Instant, seen: Arc<AtomicU64>) -> Vec<u64> {
    let mut delays = Vec::new();
    let mut events = std::pin::pin!(engine.subscribe(&id, 0));
    while let Some(event) = events.next().await {
        let arrived = began.elapsed().as_micros() as u64;
        let event = event.unwrap();
        seen.fetch_add(1, Ordering::Relaxed);
        if let Some(at) = event.data.get().rsplit("\"at\":").next().and_then(|rest| {
            let (number, _) = rest.split_once(['}', ','])?;
            number.parse::<u64>().ok()
        }) {
            delays.push(arrived.saturating_sub(at));
        }
    }
    delays
}

async fn measure_runs(engine: &Engine, runs: u64) {
    let (used, clock) = (cpu(), Instant::now());
    for first in (0..runs).step_by(500) {
        let mut batch = Batch::new();
        let mut prepared = Vec::new();
        for number in first..(first + 500).min(runs) {
            let new = NewRun::new(format!("empty_{number:026}"), "empty", json!({}));
            prepared.push(engine.prepare(new, Start::Queued, &mut batch).unwrap());
        }
        engine.submit(batch, prepared).await.unwrap();
    }
    loop {
        let stats = engine.stats().await.unwrap();
        if stats.queued[1] + stats.running[1] == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = clock.elapsed().as_secs_f64();
    let micros = cpu().saturating_sub(used).as_secs_f64() * 1e6 / runs as f64;
    println!(
        "{runs} empty background runs in {seconds:.2} s: {:.0} a second, {micros:.0} µs of CPU each",
        runs as f64 / seconds
    );
}
