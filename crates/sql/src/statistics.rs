//! What each statement has done, by name: how often, how long, how many rows.
//!
//! A statement has a number from its first use on; its counts are in that place of a fixed table. So counting is a few
//! atomic additions and never a lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::db::Ran;
use crate::stats::{add, get};
use crate::{Distribution, Histogram, Statement};

/// Statements that have a place; those of the product are far fewer.
const PLACES: usize = 1_024;

/// What a statement has done since the database was opened.
#[derive(Clone, Debug)]
pub struct StatementStats {
    /// Which.
    pub statement: &'static Statement,
    /// How often it ran.
    pub count: u64,
    /// How often it failed.
    pub errors: u64,
    /// How many rows it returned or changed.
    pub rows: u64,
    /// The most rows of one run.
    pub rows_most: u64,
    /// How long its callers waited before the database began with it.
    pub wait: Duration,
    /// How long the database worked on it.
    pub times: Distribution,
}

/// The counts of all statements.
#[derive(Debug)]
pub(crate) struct Table(Box<[OnceLock<Box<Counters>>]>);

#[derive(Debug)]
struct Counters {
    statement: &'static Statement,
    count: AtomicU64,
    errors: AtomicU64,
    rows: AtomicU64,
    rows_most: AtomicU64,
    wait_micros: AtomicU64,
    times: Histogram,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self(std::iter::repeat_with(OnceLock::new).take(PLACES).collect())
    }

    pub(crate) fn count(&self, statement: &'static Statement, ran: &Ran, wait: Duration) {
        let Some(place) = self.0.get(statement.number()) else {
            return;
        };
        let counters = place.get_or_init(|| Box::new(Counters::new(statement)));
        add(&counters.count, 1);
        add(&counters.rows, ran.rows);
        add(&counters.errors, u64::from(ran.failed));
        add(
            &counters.wait_micros,
            u64::try_from(wait.as_micros()).unwrap_or(u64::MAX),
        );
        counters.rows_most.fetch_max(ran.rows, Ordering::Relaxed);
        counters.times.record(Duration::from_micros(ran.micros));
    }

    pub(crate) fn snapshot(&self) -> Vec<StatementStats> {
        self.0
            .iter()
            .filter_map(OnceLock::get)
            .map(|counters| counters.snapshot())
            .collect()
    }
}

impl Counters {
    fn new(statement: &'static Statement) -> Self {
        Self {
            statement,
            count: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            rows_most: AtomicU64::new(0),
            wait_micros: AtomicU64::new(0),
            times: Histogram::new(),
        }
    }

    fn snapshot(&self) -> StatementStats {
        StatementStats {
            statement: self.statement,
            count: get(&self.count),
            errors: get(&self.errors),
            rows: get(&self.rows),
            rows_most: get(&self.rows_most),
            wait: Duration::from_micros(get(&self.wait_micros)),
            times: self.times.snapshot(),
        }
    }
}
