//! The flusher: one task that brings the events of all runs of the node into the log.
//!
//! Runs put themselves on its list with their first waiting event. Every `flush_every` it writes what all of them have, many
//! runs in one `sql::Batch`, so a thousand streams cost ten commits a second. A run with 64 waiting events is written at
//! once. A chunk that changes no row tells that the run has another owner by now: its attempt is told to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use sql::{Batch, Db};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    decide::Stop,
    journal::Chunk,
    live::{Control, Live},
    queue::Fence,
    stats::FlushStats,
};

/// Runs in one batch, as many as the interactive lane holds: each batch more is a commit more.
const BATCH_RUNS: usize = 2048;
/// The pause after a write that failed in passing.
const RETRY_AFTER: Duration = Duration::from_millis(100);

pub(crate) struct Flusher {
    list: Mutex<Vec<Arc<Live>>>,
    /// The list is no longer empty.
    some: Notify,
    /// A run on the list is worth a write at once.
    full: Notify,
    every: Duration,
    /// Held from taking events to knowing that they are logged, so that the end of the node waits for a write under way.
    one: tokio::sync::Mutex<()>,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    flushes: AtomicU64,
    chunks: AtomicU64,
    events: AtomicU64,
    failures: AtomicU64,
    largest_chunks: AtomicU64,
    longest_micros: AtomicU64,
}

struct Taken {
    live: Arc<Live>,
    control: Arc<Control>,
    fence: Fence,
    chunks: Vec<Chunk>,
}

impl Flusher {
    pub(crate) fn new(every: Duration) -> Self {
        Self {
            list: Mutex::default(),
            some: Notify::new(),
            full: Notify::new(),
            every,
            one: tokio::sync::Mutex::default(),
            counters: Counters::default(),
        }
    }

    /// A run has its first waiting event.
    pub(crate) fn list(&self, live: &Arc<Live>) {
        let mut list = self.list.lock();
        list.push(Arc::clone(live));
        if list.len() == 1 {
            self.some.notify_one();
        }
    }

    /// A run has many waiting events.
    pub(crate) fn full(&self) {
        self.full.notify_one();
    }

    /// Runs until it is aborted.
    pub(crate) async fn run(&self, db: &Db, node: &str) {
        let mut next = Instant::now();
        loop {
            if self.list.lock().is_empty() {
                self.some.notified().await;
                next = next.max(Instant::now());
            }
            loop {
                tokio::select! {
                    () = sleep_until(next) => break,
                    () = self.full.notified() => {
                        self.flush(db, node, Live::is_full).await;
                    }
                }
            }
            // Counted from the start of the write, so that a slow write does not add to the distance.
            next = Instant::now() + self.every;
            self.flush(db, node, |_| true).await;
        }
    }

    fn pick(&self, which: impl Fn(&Live) -> bool) -> Vec<Arc<Live>> {
        let mut list = self.list.lock();
        let (picked, rest) = std::mem::take(&mut *list)
            .into_iter()
            .partition(|live| which(live));
        *list = rest;
        picked
    }

    /// Writes everything that waits, once; for the end of the node.
    pub(crate) async fn flush_all(&self, db: &Db, node: &str) {
        self.flush(db, node, |_| true).await;
    }

    async fn flush(&self, db: &Db, node: &str, which: impl Fn(&Live) -> bool) {
        let _one = self.one.lock().await;
        for some in self.pick(which).chunks(BATCH_RUNS) {
            let taken: Vec<Taken> = some
                .iter()
                .filter_map(|live| {
                    let (attempt, control, chunks) = live.take()?;
                    let fence = Fence {
                        id: live.run_id.clone(),
                        owner: node.to_owned(),
                        attempt,
                    };
                    Some(Taken {
                        live: Arc::clone(live),
                        control,
                        fence,
                        chunks,
                    })
                })
                .collect();
            if !taken.is_empty() {
                self.write(db, taken).await;
            }
        }
    }

    async fn write(&self, db: &Db, taken: Vec<Taken>) {
        let began = Instant::now();
        let error = match self.write_batch(db, &taken).await {
            Ok(()) => {
                self.count(&taken, began);
                return;
            }
            Err(error) => error,
        };
        self.counters.failures.fetch_add(1, Ordering::Relaxed);
        if crate::is_passing(&error) || taken.len() == 1 {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                runs = taken.len(),
                "Events could not be logged"
            );
            self.give_up(taken, &error);
            sleep(RETRY_AFTER).await;
            return;
        }
        // One of them spoils the batch; alone it spoils only itself.
        for one in taken {
            if let Err(error) = self.write_batch(db, std::slice::from_ref(&one)).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    run = one.fence.id,
                    "Events could not be logged"
                );
                self.give_up(vec![one], &error);
            }
        }
    }

    /// Tries again later, or stops the run when trying again is no use.
    fn give_up(&self, taken: Vec<Taken>, error: &sql::Error) {
        for Taken {
            live, control, fence, ..
        } in taken
        {
            if !crate::is_passing(error) {
                control.stop(Stop::Lost);
            }
            if live.taken_back(fence.attempt) {
                self.list(&live);
            }
        }
    }

    async fn write_batch(&self, db: &Db, taken: &[Taken]) -> sql::Result<()> {
        let appends = taken
            .iter()
            .flat_map(|one| one.chunks.iter().map(|chunk| chunk.append(&one.fence)));
        let batch: Batch = appends.collect();
        let written = db.write(batch).await?;
        let mut rows = written.rows.into_iter();
        for one in taken {
            let changed: u64 = rows.by_ref().take(one.chunks.len()).sum();
            if changed < one.chunks.len() as u64 {
                one.control.stop(Stop::Lost);
            }
            if one.live.written(one.fence.attempt) {
                self.list(&one.live);
            }
        }
        Ok(())
    }

    fn count(&self, taken: &[Taken], began: Instant) {
        let chunks = taken.iter().map(|one| one.chunks.len() as u64).sum();
        let events = taken.iter().flat_map(|one| &one.chunks).map(Chunk::len).sum();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.counters.flushes.fetch_add(1, Ordering::Relaxed);
        self.counters.chunks.fetch_add(chunks, Ordering::Relaxed);
        self.counters.events.fetch_add(events, Ordering::Relaxed);
        self.counters.largest_chunks.fetch_max(chunks, Ordering::Relaxed);
        self.counters.longest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> FlushStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FlushStats {
            flushes: get(&self.counters.flushes),
            chunks: get(&self.counters.chunks),
            events: get(&self.counters.events),
            failures: get(&self.counters.failures),
            largest_chunks: get(&self.counters.largest_chunks),
            longest_micros: get(&self.counters.longest_micros),
        }
    }
}
