//! What the database layer has done and how it is doing, for the performance page and the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the database was opened, and gauges of this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// Statements that read.
    pub reads: u64,
    /// Statements that wrote.
    pub writes: u64,
    /// Statements that failed, either way.
    pub failures: u64,
    /// Callers that were turned away because a queue was full or no connection came free in time.
    pub refused: u64,
    /// Statements slower than the limit.
    pub slow: u64,
    /// SQLite: commits that carried writes of one or more callers.
    pub group_commits: GroupCommits,
    /// SQLite: writes that wait for the writer.
    pub writer_queue: u64,
    /// SQLite: reads that wait for a reader.
    pub reader_queue: u64,
    /// SQLite: size of the write-ahead log file.
    pub wal_bytes: u64,
    /// SQLite: checkpoints that ran.
    pub checkpoints: u64,
    /// Readers (SQLite) or connections (PostgreSQL) that are at work.
    pub in_use: u64,
    /// Readers or connections that exist.
    pub open: u64,
    /// Readers or connections that there can be.
    pub open_max: u64,
    /// PostgreSQL: callers that wait for a connection.
    pub waiting: u64,
}

/// How many writes share a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct GroupCommits {
    /// Commits.
    pub count: u64,
    /// Writes in them.
    pub jobs: u64,
    /// The most writes in one commit.
    pub largest: u64,
    /// Commits by number of writes: 1, 2, up to 4, up to 8, … up to 256.
    pub histogram: [u64; 9],
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) slow: AtomicU64,
    pub(crate) refused: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

pub(crate) fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
