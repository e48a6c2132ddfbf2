//! Moves the write-ahead log into the database file, in the background.
//!
//! SQLite's own automatic checkpoints run inside a commit and cost its latency; here a thread with a connection of its
//! own does it. Usually a passive one, which disturbs nobody. Under constant load a passive one never gets to the end,
//! so when the log has grown large the writer itself is asked to move the rest and let the log start over: from outside
//! it would leave no gap to do that in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Settings;
use super::catalog::Catalog;
use super::conn::{Access, Conn, LOCK_WAIT};
use super::queue::Queue;
use super::writer::Work;
use crate::Result;

/// What is left of the log file after it was cut.
pub(super) const WAL_KEPT_BYTES: i64 = 16 << 20;
/// Pages in the log from which on it is moved at once: 4 MB.
const PAGES_SOON: u64 = 1_000;
/// Pages in the log from which on the writer has to wait for it: 64 MB.
const PAGES_LARGE: u64 = 16_000;
/// How long pages stay in the log at most.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
/// The least time between two checkpoints; each costs two syncs of the disk that commits wait for.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);
/// The least time between two that make the writer wait.
const FORCED_AT_MOST_EVERY: Duration = Duration::from_secs(2);
/// How long the writer may be kept waiting for readers of the old log.
const WRITER_WAIT: Duration = Duration::from_millis(100);

/// How long the writer's answer is waited for; it may be in the middle of a long migration.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// What the writer tells about the log.
#[derive(Debug, Default)]
pub(super) struct Wal {
    pages: AtomicU64,
    checkpoints: AtomicU64,
    closed: AtomicBool,
    wake: Mutex<()>,
    woken: Condvar,
}

impl Wal {
    /// The writer committed; the log has so many pages now.
    pub(super) fn committed(&self, pages: u64) {
        let before = self.pages.swap(pages, Ordering::Relaxed);
        if (before < PAGES_SOON && pages >= PAGES_SOON) || (before < PAGES_LARGE && pages >= PAGES_LARGE) {
            self.wake();
        }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn checkpoints(&self) -> u64 {
        self.checkpoints.load(Ordering::Relaxed)
    }

    fn wake(&self) {
        let _guard = self.wake.lock();
        self.woken.notify_all();
    }
}

/// The thread.
pub(super) fn run(settings: &Settings, catalog: Arc<Catalog>, wal: &Wal, writes: &Queue<Work>) -> Result<()> {
    let conn = Conn::open(settings, Access::Write, catalog)?;
    conn.raw
        .busy_timeout(WRITER_WAIT)
        .map_err(|error| conn.error("checkpoint", error))?;
    let mut state = State {
        last: Instant::now(),
        last_forced: None,
        moved_pages: 0,
        seen_pages: 0,
    };
    while !wal.closed.load(Ordering::SeqCst) {
        let pages = wal.pages.load(Ordering::Relaxed);
        if let Some(kind) = state.next(pages, || super::wal_bytes(&settings.path)) {
            if kind == Kind::Restart {
                // What is moved here need not be moved while the writer waits; the second time there is less.
                checkpoint(&conn, wal, Kind::Passive.text());
                checkpoint(&conn, wal, Kind::Passive.text());
                by_writer(writes, wal, kind);
            } else {
                checkpoint(&conn, wal, kind.text());
            }
            state.did(kind, pages);
        } else {
            let mut guard = wal.wake.lock();
            if !wal.closed.load(Ordering::SeqCst) {
                wal.woken.wait_for(&mut guard, AT_MOST_EVERY);
            }
        }
        state.seen_pages = pages;
    }
    checkpoint(&conn, wal, Kind::Truncate.text());
    Ok(())
}

/// The checkpoints that are made here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Moves what it can without disturbing anybody.
    Passive,
    /// Makes the writer wait until the log can start over.
    Restart,
    /// The same, and cuts the file.
    Truncate,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
            Self::Restart => "PRAGMA wal_checkpoint(RESTART)",
            Self::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
        }
    }
}

/// What was done and seen so far.
#[derive(Debug)]
struct State {
    last: Instant,
    last_forced: Option<Instant>,
    moved_pages: u64,
    seen_pages: u64,
}

impl State {
    /// The checkpoint that is due.
    fn next(&self, pages: u64, file_bytes: impl FnOnce() -> u64) -> Option<Kind> {
        if self.last.elapsed() < AT_MOST_EVERY {
            return None;
        }
        let may_force = self
            .last_forced
            .is_none_or(|last| last.elapsed() >= FORCED_AT_MOST_EVERY);
        if pages != self.moved_pages {
            if pages >= PAGES_LARGE && may_force {
                return Some(Kind::Restart);
            }
            let due = pages >= PAGES_SOON || self.last.elapsed() >= AT_LEAST_EVERY;
            return due.then_some(Kind::Passive);
        }
        // Nobody writes: the moment to give a large file back.
        let idle = pages == self.seen_pages && pages > 0;
        (idle && may_force && file_bytes() > WAL_KEPT_BYTES as u64).then_some(Kind::Truncate)
    }

    fn did(&mut self, kind: Kind, pages: u64) {
        self.last = Instant::now();
        self.moved_pages = pages;
        if kind != Kind::Passive {
            self.last_forced = Some(self.last);
        }
    }
}

/// Has the writer make a checkpoint between two groups, and waits until it is done.
fn by_writer(writes: &Queue<Work>, wal: &Wal, kind: Kind) {
    let (done, ended) = std::sync::mpsc::channel();
    let work = move |conn: &Conn| {
        // Readers of the old log are waited for, but not for long.
        let patience = |wait| {
            conn.raw
                .busy_timeout(wait)
                .map_err(|error| conn.error("checkpoint", error))
        };
        let made = patience(WRITER_WAIT).and_then(|()| conn.command(kind.text()));
        if let Err(error) = made.and(patience(LOCK_WAIT)) {
            tracing::warn!(target: "sql::checkpoint", error = &error as &dyn std::error::Error, "Checkpoint failed");
        }
        // Nobody waits any more when the database is being closed.
        let _ = done.send(());
    };
    // A full or closed queue: the next one will do.
    if writes.push(Work::Alone(Box::new(work))).is_ok() && ended.recv_timeout(ANSWER_WAIT).is_ok() {
        wal.checkpoints.fetch_add(1, Ordering::Relaxed);
    }
}

fn checkpoint(conn: &Conn, wal: &Wal, text: &'static str) {
    match conn.command(text) {
        Ok(()) => {
            wal.checkpoints.fetch_add(1, Ordering::Relaxed);
        }
        // The log only grows meanwhile; the next one moves it.
        Err(error) => {
            tracing::warn!(target: "sql::checkpoint", error = &error as &dyn std::error::Error, "Checkpoint failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(moved_pages: u64, seen_pages: u64, since: Duration) -> State {
        let last = Instant::now().checked_sub(since).unwrap();
        State {
            last,
            last_forced: None,
            moved_pages,
            seen_pages,
        }
    }

    #[test]
    fn nothing_is_done_twice_in_a_moment_or_for_nothing() {
        assert_eq!(state(0, 0, Duration::ZERO).next(50_000, || 0), None);
        assert_eq!(state(10, 10, Duration::from_mins(1)).next(10, || 4_096), None);
        assert_eq!(state(0, 0, Duration::from_secs(1)).next(10, || 0), None);
    }

    #[test]
    fn a_log_that_grows_is_moved_and_one_that_is_large_starts_over() {
        assert_eq!(
            state(0, 0, Duration::from_secs(1)).next(1_000, || 0),
            Some(Kind::Passive)
        );
        assert_eq!(
            state(0, 0, Duration::from_secs(31)).next(1, || 0),
            Some(Kind::Passive)
        );
        assert_eq!(
            state(0, 0, Duration::from_secs(1)).next(16_000, || 0),
            Some(Kind::Restart)
        );
        let mut forced = state(0, 0, Duration::from_secs(1));
        forced.last_forced = Some(Instant::now());
        assert_eq!(forced.next(16_000, || 0), Some(Kind::Passive));
    }

    #[test]
    fn a_large_file_is_cut_when_nobody_writes() {
        let large = || 64 << 20;
        assert_eq!(
            state(900, 900, Duration::from_secs(1)).next(900, large),
            Some(Kind::Truncate)
        );
        assert_eq!(state(900, 800, Duration::from_secs(1)).next(900, large), None);
    }
}
