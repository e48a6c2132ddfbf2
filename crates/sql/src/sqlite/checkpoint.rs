//! Moves the write-ahead log into the database file, in the background.
//!
//! SQLite's own automatic checkpoints run inside a commit and cost its latency; here a thread with a connection of its
//! own does it. Usually a passive one, which disturbs nobody. Only when the log has grown large does one run that makes
//! the writer wait for a moment and lets the log start over, because under constant load a passive one never gets to the
//! end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Settings;
use super::catalog::Catalog;
use super::conn::{Access, Conn};
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
/// How long the writer may be kept waiting for readers of the old log.
const WRITER_WAIT: Duration = Duration::from_millis(100);

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
pub(super) fn run(settings: &Settings, catalog: Arc<Catalog>, wal: &Wal) -> Result<()> {
    let conn = Conn::open(settings, Access::Write, catalog)?;
    conn.raw
        .busy_timeout(WRITER_WAIT)
        .map_err(|error| conn.error("checkpoint", error))?;
    let mut last = Instant::now();
    let mut moved_pages = 0;
    while !wal.closed.load(Ordering::SeqCst) {
        let pages = wal.pages.load(Ordering::Relaxed);
        let new = pages != moved_pages && pages > 0;
        let due = new && (pages >= PAGES_SOON || last.elapsed() >= AT_LEAST_EVERY);
        if !due || last.elapsed() < AT_MOST_EVERY {
            let mut guard = wal.wake.lock();
            if !wal.closed.load(Ordering::SeqCst) {
                wal.woken.wait_for(&mut guard, AT_MOST_EVERY);
            }
            continue;
        }
        moved_pages = pages;
        checkpoint(&conn, wal, "PRAGMA wal_checkpoint(PASSIVE)");
        if pages >= PAGES_LARGE {
            checkpoint(&conn, wal, "PRAGMA wal_checkpoint(RESTART)");
        }
        last = Instant::now();
    }
    checkpoint(&conn, wal, "PRAGMA wal_checkpoint(TRUNCATE)");
    Ok(())
}

fn checkpoint(conn: &Conn, wal: &Wal, text: &'static str) {
    match conn.command(text) {
        Ok(()) => {
            wal.checkpoints.fetch_add(1, Ordering::Relaxed);
        }
        // The log only grows meanwhile; the next one moves it.
        Err(error) => {
            tracing::warn!(target: "sql::checkpoint", error = &error as &dyn std::error::Error, "Checkpoint failed")
        }
    }
}
