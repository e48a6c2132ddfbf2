//! An interactive transaction.
//!
//! A watchdog ends it when its time is over, also when nobody asks it for anything: an open transaction holds locks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Worked;
use super::pool::Lease;
use super::run::{Command, Execute, Fetch, Work};
use crate::db::Timed;
use crate::{Error, FromRow, Query, Result};

/// How long an interactive transaction may stay open.
const TRANSACTION_TIME: Duration = Duration::from_secs(5);

/// An open transaction. Dropping it rolls it back.
#[derive(Debug)]
pub(crate) struct Session {
    shared: Arc<Shared>,
    deadline: Instant,
    watchdog: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    lease: Mutex<Option<Lease>>,
    timed_out: AtomicBool,
}

impl Session {
    pub(super) fn new(lease: Lease) -> Self {
        let deadline = Instant::now() + TRANSACTION_TIME;
        let shared = Arc::new(Shared {
            lease: Mutex::new(Some(lease)),
            timed_out: AtomicBool::new(false),
        });
        let watchdog = tokio::spawn(watch(Arc::clone(&shared), deadline)).abort_handle();
        Self {
            shared,
            deadline,
            watchdog,
        }
    }

    pub(crate) async fn fetch<T: FromRow + Send + 'static>(
        &mut self,
        query: Query,
        limit: usize,
    ) -> Timed<Vec<T>> {
        let name = query.statement.name();
        let done = self.run(name, &Fetch::new(&query, limit)).await;
        super::timed(done, |rows| rows.len() as u64)
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Timed<u64> {
        let name = query.statement.name();
        let done = self.run(name, &Execute(&query)).await;
        super::timed(done, |rows| *rows)
    }

    pub(crate) async fn commit(self) -> Result<()> {
        self.end("COMMIT").await
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        match self.end("ROLLBACK").await {
            // It was rolled back already.
            Err(Error::Timeout { .. }) => Ok(()),
            done => done,
        }
    }

    async fn end(&self, text: &'static str) -> Result<()> {
        let (done, _) = self.run(text, &Command(text)).await;
        if done.is_ok()
            && let Some(mut lease) = self.shared.lease.lock().await.take()
        {
            lease.settled();
        }
        done
    }

    async fn run<W: Work>(&self, name: &'static str, work: &W) -> Worked<W::Output> {
        let started = std::time::Instant::now();
        let mut guard = self.shared.lease.lock().await;
        let Some(lease) = guard.as_mut() else {
            return (Err(self.ended(name)), None);
        };
        let client = match lease.in_transaction() {
            Ok(client) => client,
            Err(error) => return (Err(error), None),
        };
        let ended = tokio::time::timeout_at(self.deadline, work.run(client)).await;
        let done = if let Ok(done) = ended {
            done.map_err(Error::from)
        } else {
            self.shared.timed_out.store(true, Ordering::SeqCst);
            if let Some(lease) = guard.take() {
                // What runs is not waited for.
                tokio::spawn(lease.discard());
            }
            Err(Error::Timeout { statement: name })
        };
        (done, Some((started, crate::db::micros_since(started))))
    }

    fn ended(&self, statement: &'static str) -> Error {
        if self.shared.timed_out.load(Ordering::SeqCst) {
            Error::Timeout { statement }
        } else {
            Error::Aborted
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.watchdog.abort();
        // Dropping the lease rolls back what was not committed. When the watchdog has it in hand, it does the same.
        if let Ok(mut lease) = self.shared.lease.try_lock() {
            lease.take();
        }
    }
}

async fn watch(shared: Arc<Shared>, deadline: Instant) {
    tokio::time::sleep_until(deadline).await;
    let lease = shared.lease.lock().await.take();
    if let Some(lease) = lease {
        shared.timed_out.store(true, Ordering::SeqCst);
        tracing::warn!(target: "sql::transaction", "A transaction was open for too long and is rolled back");
        drop(lease);
    }
}
