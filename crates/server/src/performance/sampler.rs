//! Takes a point of every series each ten seconds, and remembers the counts of the last minute, so that "now" is not
//! "since the start".

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::series::{Point, STEP_SECONDS};
use super::{Performance, Totals};
use crate::App;

/// Counts that are remembered: a minute, and where it began.
const REMEMBERED: usize = 60 / STEP_SECONDS as usize + 1;

/// What was counted in the last minute.
#[derive(Debug, Clone)]
pub struct Window {
    /// How long it really is.
    pub span: Duration,
    /// What was counted in it; `statements_most` is of all time.
    pub counts: Totals,
}

impl Window {
    /// Per second.
    pub fn rate(&self, number: u64) -> f64 {
        number as f64 / self.span.as_secs_f64().max(0.001)
    }
}

/// The counts of the last minute.
pub(super) struct Recent(Mutex<VecDeque<Moment>>);

struct Moment {
    at: Instant,
    totals: Totals,
    tokens: u64,
    commits: u64,
    statements: u64,
}

impl Recent {
    pub fn new() -> Self {
        let start = Moment {
            at: Instant::now(),
            totals: Totals::default(),
            tokens: 0,
            commits: 0,
            statements: 0,
        };
        Self(Mutex::new(VecDeque::from([start])))
    }

    pub fn window(&self, totals: Totals) -> Window {
        let recent = self.0.lock();
        match recent.front() {
            Some(oldest) => Window {
                span: oldest.at.elapsed(),
                counts: totals.since(&oldest.totals),
            },
            None => Window {
                span: Duration::ZERO,
                counts: totals,
            },
        }
    }

    /// Remembers the moment, and returns what has come since the one before: counts, tokens, commits and statements.
    fn push(&self, now: Moment) -> (Window, u64, u64, u64) {
        let mut recent = self.0.lock();
        let (span, counts, tokens, commits, statements) = match recent.back() {
            Some(before) => (
                now.at.duration_since(before.at),
                now.totals.since(&before.totals),
                now.tokens.saturating_sub(before.tokens),
                now.commits.saturating_sub(before.commits),
                now.statements.saturating_sub(before.statements),
            ),
            None => (
                Duration::ZERO,
                now.totals.clone(),
                now.tokens,
                now.commits,
                now.statements,
            ),
        };
        recent.push_back(now);
        if recent.len() > REMEMBERED {
            recent.pop_front();
        }
        (Window { span, counts }, tokens, commits, statements)
    }
}

/// Takes one point.
pub async fn sample(app: &App) {
    let performance = &app.performance;
    let database = app.db.stats();
    // A database that does not answer leaves a gap in two lines; the others go on.
    let runs = app.engine.stats().await.ok();
    let now = Moment {
        at: Instant::now(),
        totals: performance.totals(),
        tokens: performance.calls.tokens(),
        commits: database.group_commits.count,
        statements: database.reads + database.writes,
    };
    let (window, tokens, commits, statements) = performance.recent.push(now);
    let process = performance.process();
    let counts = &window.counts;
    let ms = |share: f64| match counts.times.count() {
        0 => f32::NAN,
        _ => (counts.times.quantile(share).as_secs_f64() * 1e3) as f32,
    };
    let rate = |number: u64| window.rate(number) as f32;
    let known = |number: Option<f64>| number.map_or(f32::NAN, |number| number as f32);
    let sum = |lanes: [u64; 2]| lanes.iter().sum::<u64>() as f32;
    let point = Point {
        requests_per_second: rate(counts.count()),
        p50_ms: ms(0.5),
        p95_ms: ms(0.95),
        p99_ms: ms(0.99),
        errors_per_second: rate(counts.errors()),
        refused_per_second: rate(counts.by_class[3]),
        bytes_per_second: rate(counts.bytes),
        hit_rate: known(counts.hit_rate()),
        statements_per_second: rate(statements),
        database_ms_per_second: window.rate(counts.database.as_micros() as u64) as f32 / 1e3,
        connections_in_use: database.in_use as f32,
        connections_waiting: (database.reader_queue + database.waiting) as f32,
        writer_queue: database.writer_queue as f32,
        wal_bytes: database.wal_bytes as f32,
        commits_per_second: rate(commits),
        rss_bytes: known(process.rss_bytes.map(|bytes| bytes as f64)),
        cpu_percent: known(process.cpu_percent),
        runs_queued: runs.as_ref().map_or(f32::NAN, |runs| sum(runs.queued)),
        runs_running: runs.as_ref().map_or(f32::NAN, |runs| sum(runs.running)),
        streams: performance.streams_open() as f32,
        tokens_per_second: rate(tokens),
        requests_running: performance.live.count() as f32,
        over_budget_per_second: rate(counts.over_budget),
    };
    performance.series.push(app.clock.now(), &point);
}

/// Takes a point every ten seconds, until the server stops.
pub async fn keep_sampled(app: App) {
    let every = Duration::from_secs(STEP_SECONDS);
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first reading of the processor's time is where the next one counts from.
    let _ = app.performance.process();
    loop {
        tokio::select! {
            _ = ticks.tick() => sample(&app).await,
            () = app.stopping.cancelled() => return,
        }
    }
}

impl Performance {
    /// What was counted in the last minute.
    pub fn recent(&self) -> Window {
        self.recent.window(self.totals())
    }
}
