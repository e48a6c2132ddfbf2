//! Counts what a request does to the database.
//!
//! The server runs each request inside a [`Meter`]'s scope; every statement that runs there reports its name, rows and
//! time. That becomes `Server-Timing`, and is checked against the route's declared budget. A spawned task is metered only
//! when its future is wrapped too.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::db::Ran;

tokio::task_local! {
    static METER: Meter;
}

/// How many records a meter keeps; it counts on beyond them.
const RECORDS_MAX: usize = 1_000;

/// One statement that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The statement's name.
    pub name: &'static str,
    /// How many rows it returned or changed.
    pub rows: u64,
    /// When it was asked for, after the meter was made.
    pub offset_micros: u64,
    /// How long it then waited: in a queue, or for a connection.
    pub wait_micros: u64,
    /// How long the database worked on it.
    pub micros: u64,
    /// How long it took from there until the caller had the answer: the commit, which others may share, and the way back.
    pub after_micros: u64,
    /// Whether it failed.
    pub failed: bool,
}

/// Counts the statements that run in its scope. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    born: Instant,
    statements: AtomicU64,
    rows: AtomicU64,
    waited_micros: AtomicU64,
    records: Mutex<Vec<Record>>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            born: Instant::now(),
            statements: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            waited_micros: AtomicU64::new(0),
            records: Mutex::default(),
        }
    }
}

impl Meter {
    /// A meter that has counted nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The meter whose scope this is, to carry it into a spawned task.
    pub fn current() -> Option<Self> {
        METER.try_with(Clone::clone).ok()
    }

    /// Counts every statement that `future` runs.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        METER.scope(self.clone(), future)
    }

    /// When it was made; the offsets of its records count from here.
    pub fn born(&self) -> Instant {
        self.0.born
    }

    /// How many statements ran, failed ones too.
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// How many rows they returned or changed.
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// How long the caller waited for the database, queues and commits included.
    pub fn database_time(&self) -> Duration {
        Duration::from_micros(self.0.waited_micros.load(Ordering::Relaxed))
    }

    /// The statements in the order in which they ended; the first thousand.
    pub fn records(&self) -> Vec<Record> {
        self.0.records.lock().clone()
    }

    fn record(&self, record: Record) {
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        self.0.rows.fetch_add(record.rows, Ordering::Relaxed);
        let mut records = self.0.records.lock();
        if records.len() < RECORDS_MAX {
            records.push(record);
        }
    }
}

/// Reports a statement to the meter in whose scope this runs, if any.
pub(crate) fn record(name: &'static str, called: Instant, wait: Duration, ran: &Ran, answered: Instant) {
    // Outside a scope there is nobody to tell.
    let _ = METER.try_with(|meter| {
        let whole = micros(answered.duration_since(called));
        let wait_micros = micros(wait);
        meter.record(Record {
            name,
            rows: ran.rows,
            offset_micros: micros(called.duration_since(meter.0.born)),
            wait_micros,
            micros: ran.micros,
            after_micros: whole.saturating_sub(wait_micros + ran.micros),
            failed: ran.failed,
        });
    });
}

/// Reports how long the caller waited.
pub(crate) fn waited(duration: Duration) {
    let _ = METER.try_with(|meter| {
        meter
            .0
            .waited_micros
            .fetch_add(micros(duration), Ordering::Relaxed)
    });
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
