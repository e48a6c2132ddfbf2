//! PostgreSQL: a server beyond the network.
//!
//! A pool of connections ([`pool`]), statements prepared once a connection ([`run`]), transactions ([`session`]). A
//! batch is one flight there and back. What may be tried again is: a read whose connection turns out to be lost, a
//! batch that met a deadlock.

mod errors;
mod migrate;
mod pool;
mod run;
mod schema;
mod session;
mod stream;
mod tls;
mod values;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::Stream;
use tokio::sync::Semaphore;

use crate::batch::{BatchDone, Step};
use crate::db::{Ran as RanOne, Timed, micros_since};
use crate::{Batch, Error, FromRow, Index, Query, Result, Statement, Stats};
use pool::{Connections, Lease};
use run::{Execute, Failure, Fetch, Ran, Work};

pub(crate) use session::Session;
pub(crate) use values::column;

/// How often something that met a deadlock or a lost connection is tried.
const ATTEMPTS: u32 = 5;

/// Where the server is and how it is used.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) pool_min: usize,
    pub(crate) pool_max: usize,
    pub(crate) statement_timeout: Duration,
    pub(crate) recycle_after: Duration,
}

/// The pool.
pub(crate) struct Postgres {
    connections: Connections,
    streams: Arc<Semaphore>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("status", &self.connections.status())
            .finish_non_exhaustive()
    }
}

impl Postgres {
    pub(crate) async fn open(settings: Settings) -> Result<Self> {
        let connections = Connections::open(&settings)?;
        let postgres = Self {
            connections,
            streams: Arc::new(Semaphore::new(stream::STREAMS_MAX)),
        };
        postgres.ping().await?;
        Ok(postgres)
    }

    pub(crate) async fn close(&self) {
        self.streams.close();
        self.connections.close();
        // Connections that are out come back and are closed; a moment is enough for what runs.
        let ended = async {
            while self.connections.status().size > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(5), ended).await.is_err() {
            tracing::warn!("Connections were still in use when the database was closed");
        }
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        let mut lease = self.connections.get().await?;
        let answered = lease.running()?.check_connection().await;
        lease.settled();
        answered.map_err(|error| errors::translate("ping", error))
    }

    pub(crate) async fn fetch<T: FromRow + Send + 'static>(
        &self,
        query: Query,
        limit: usize,
    ) -> Timed<Vec<T>> {
        let done = self.retried(&query, &Fetch::new(&query, limit)).await;
        timed(done, |rows| rows.len() as u64)
    }

    pub(crate) async fn execute(&self, query: Query) -> Timed<u64> {
        let done = self.retried(&query, &Execute(&query)).await;
        timed(done, |rows| *rows)
    }

    /// Runs one statement; tries again what has done nothing for a reason that passes.
    async fn retried<W: Work>(&self, query: &Query, work: &W) -> Worked<W::Output> {
        let mut attempt = 1;
        loop {
            let mut lease = match self.connections.get().await {
                Ok(lease) => lease,
                Err(error) => return (Err(error), None),
            };
            let started = Instant::now();
            let done = match lease.running() {
                Ok(client) => work.run(client).await,
                Err(error) => Err(error.into()),
            };
            lease.settled();
            self.give_up_lost(&done, &mut lease);
            match done {
                Err(failure) if attempt < ATTEMPTS && may_retry(&failure, query.statement.is_read()) => {
                    before_retry(&failure, lease, attempt).await;
                    attempt += 1;
                }
                done => {
                    let span = Some((started, micros_since(started)));
                    return (done.map_err(Error::from), span);
                }
            }
        }
    }

    /// When one connection is lost the others usually are too, because the server went away: none of them is handed out
    /// again.
    fn give_up_lost<T>(&self, done: &Result<T, Failure>, lease: &mut Lease) {
        if let Err(Failure::Server(_, error)) = done
            && errors::is_lost(error)
        {
            lease.give_up();
            self.connections.retain(|_, _| false);
        }
    }

    pub(crate) async fn write(&self, batch: Batch) -> BatchDone {
        let mut attempt = 1;
        loop {
            let mut ran = Ran::new();
            let mut lease = match self.connections.get().await {
                Ok(lease) => lease,
                Err(error) => {
                    return BatchDone {
                        result: Err(error),
                        ran,
                    };
                }
            };
            let done = write(&mut lease, &batch.steps, &mut ran).await;
            self.give_up_lost(&done, &mut lease);
            match done {
                Ok(()) => {
                    return BatchDone {
                        result: Ok(ran.iter().map(|ran| ran.rows).collect()),
                        ran,
                    };
                }
                Err(failure) if attempt < ATTEMPTS && may_retry(&failure, false) => {
                    before_retry(&failure, lease, attempt).await;
                    attempt += 1;
                }
                Err(failure) => {
                    return BatchDone {
                        result: Err(failure.into()),
                        ran,
                    };
                }
            }
        }
    }

    pub(crate) async fn begin(&self) -> Result<Session> {
        let mut attempt = 1;
        loop {
            let mut lease = self.connections.get().await?;
            let begun = run::command(lease.in_transaction()?, "BEGIN").await;
            self.give_up_lost(&begun, &mut lease);
            match begun {
                Ok(()) => return Ok(Session::new(lease)),
                // Nothing was done yet, so a lost connection does no harm.
                Err(failure) if attempt < ATTEMPTS && may_retry(&failure, true) => attempt += 1,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    pub(crate) fn stream<T: FromRow + Send + 'static>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        stream::stream(self.connections.clone(), Arc::clone(&self.streams), query)
    }

    pub(crate) async fn explain(&self, statement: &'static Statement) -> Result<String> {
        let mut lease = self.connections.get().await?;
        match schema::explain(lease.in_transaction()?, statement).await {
            Ok(plan) => {
                run::command(lease.client()?, "ROLLBACK").await?;
                lease.settled();
                Ok(plan)
            }
            // What the session has prepared under the plan's name may still be there.
            Err(error) => {
                lease.discard().await;
                Err(error)
            }
        }
    }

    pub(crate) async fn prepare_check(&self, statement: &'static Statement) -> Result<()> {
        let mut lease = self.connections.get().await?;
        let checked = schema::prepare_check(lease.running()?, statement).await;
        lease.settled();
        checked
    }

    pub(crate) async fn schema(&self) -> Result<String> {
        let mut lease = self.connections.get().await?;
        let dump = schema::dump(lease.running()?).await;
        lease.settled();
        dump.map_err(|error| errors::translate("schema", error))
    }

    /// What the server says that this database takes on its disk.
    pub(crate) async fn size_bytes(&self) -> Result<u64> {
        let mut lease = self.connections.get().await?;
        let size = lease
            .running()?
            .query_one("SELECT pg_database_size(current_database())", &[])
            .await;
        lease.settled();
        let bytes: i64 = size
            .and_then(|row| row.try_get(0))
            .map_err(|error| errors::translate("size", error))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    pub(crate) async fn indexes(&self) -> Result<Vec<Index>> {
        let mut lease = self.connections.get().await?;
        let indexes = schema::indexes(lease.running()?).await;
        lease.settled();
        indexes.map_err(|error| errors::translate("indexes", error))
    }

    pub(crate) fn stats(&self) -> Stats {
        let status = self.connections.status();
        Stats {
            in_use: (status.size - status.available) as u64,
            open: status.size as u64,
            open_max: status.max_size as u64,
            waiting: status.waiting as u64,
            ..Stats::default()
        }
    }
}

async fn write(lease: &mut Lease, steps: &[Step], ran: &mut Ran) -> Result<(), Failure> {
    let done = match steps {
        // One statement is a transaction of its own.
        [
            Step {
                query,
                expected: None,
            },
        ] => {
            let started = Instant::now();
            let done = run::execute(lease.running()?, query).await;
            ran.push(RanOne::since(started, &done));
            done.map(|_| ())
        }
        steps => run::batch(lease.in_transaction()?, steps, ran).await,
    };
    lease.settled();
    done
}

/// Whether a failed statement or transaction did nothing, for a reason that may be gone the next time.
fn may_retry(failure: &Failure, is_read: bool) -> bool {
    match failure {
        Failure::Server(_, error) => {
            errors::is_conflict(error) || errors::is_stale_plan(error) || (is_read && errors::is_lost(error))
        }
        Failure::Ours(_) => false,
    }
}

/// Gives up what no longer fits, and steps aside for a moment that differs from that of others who do the same.
async fn before_retry(failure: &Failure, lease: Lease, attempt: u32) {
    let Failure::Server(_, error) = failure else {
        return;
    };
    if errors::is_stale_plan(error) {
        if let Ok(client) = lease.client() {
            client.statement_cache.clear();
        }
        return;
    }
    drop(lease);
    if errors::is_conflict(error) {
        let spread = u64::from(std::hash::RandomState::new().hash_one(attempt) as u32 % 1_000);
        tokio::time::sleep(Duration::from_micros(spread * (2 << attempt))).await;
    }
}

/// What came of something, and when the server began to work on it and for how many microseconds, if it did.
type Worked<T> = (Result<T>, Option<(Instant, u64)>);

fn timed<T>((result, span): Worked<T>, rows: impl FnOnce(&T) -> u64) -> Timed<T> {
    let ran = RanOne {
        rows: result.as_ref().map_or(0, rows),
        began: span.map(|(began, _)| began),
        micros: span.map_or(0, |(_, micros)| micros),
        failed: result.is_err(),
    };
    Timed { result, ran }
}
