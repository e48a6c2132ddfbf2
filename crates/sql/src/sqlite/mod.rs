//! SQLite: a file in this process.
//!
//! One thread writes ([`writer`]), a few read, one moves the log into the file ([`checkpoint`]), and each running stream
//! has a connection of its own. Callers hand over closures and wait for the answer; nobody but these threads touches a
//! connection.

mod catalog;
mod checkpoint;
mod conn;
mod migrate;
mod queue;
mod schema;
mod session;
mod stream;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::Stream;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::batch::{BatchDone, Step};
use crate::db::{Ran, Timed};
use crate::{Batch, Error, FromRow, Index, Query, Result, Statement, Stats};
use catalog::Catalog;
use checkpoint::Wal;
use conn::{Access, Conn};
use queue::Queue;
use writer::{Groups, Outcome, Work, Write};

pub(crate) use conn::column;
pub(crate) use session::Session;

/// How long a statement may run.
const STATEMENT_TIME: Duration = Duration::from_secs(30);
/// Reads that may wait.
const READS_WAITING_MAX: usize = 8_192;
/// Writes that may wait.
const WRITES_WAITING_MAX: usize = 8_192;

/// Where the file is and how it is used.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) path: PathBuf,
    pub(crate) readers: usize,
    pub(crate) cache_kb: u32,
    pub(crate) mmap_bytes: u64,
    pub(crate) durable: bool,
}

type Read = Box<dyn FnOnce(&Conn) + Send>;

/// The threads and the way to them.
pub(crate) struct Sqlite {
    settings: Settings,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    streams: Arc<tokio::sync::Semaphore>,
}

struct Shared {
    reads: Queue<Read>,
    writes: Queue<Work>,
    wal: Arc<Wal>,
    groups: Groups,
    catalog: Arc<Catalog>,
    readers_busy: AtomicU64,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Sqlite {
    pub(crate) async fn open(settings: Settings) -> Result<Self> {
        tokio::task::spawn_blocking(move || Self::open_now(settings))
            .await
            .map_err(stopped)?
    }

    fn open_now(settings: Settings) -> Result<Self> {
        let catalog = Arc::new(Catalog::default());
        // The writer first: it makes the file and its log, which readers only open.
        let writer = Conn::open(&settings, Access::Write, Arc::clone(&catalog))?;
        catalog
            .refresh(&writer.raw)
            .map_err(|error| writer.error("catalog", error))?;
        let shared = Arc::new(Shared {
            reads: Queue::new(READS_WAITING_MAX, "too many reads wait"),
            writes: Queue::new(WRITES_WAITING_MAX, "too many writes wait"),
            wal: Arc::default(),
            groups: Groups::default(),
            catalog,
            readers_busy: AtomicU64::new(0),
        });
        let sqlite = Self {
            shared: Arc::clone(&shared),
            threads: Mutex::default(),
            streams: Arc::new(tokio::sync::Semaphore::new(stream::STREAMS_MAX)),
            settings,
        };
        for number in 0..sqlite.settings.readers.max(1) {
            let reader = Conn::open(&sqlite.settings, Access::Read, Arc::clone(&shared.catalog))?;
            let shared = Arc::clone(&shared);
            sqlite.spawn(format!("sql-read-{number}"), move || shared.read(&reader))?;
        }
        let shared_writer = Arc::clone(&shared);
        sqlite.spawn("sql-write".to_owned(), move || {
            writer::run(
                writer,
                &shared_writer.writes,
                &shared_writer.groups,
                Arc::clone(&shared_writer.wal),
            );
        })?;
        let settings = sqlite.settings.clone();
        sqlite.spawn("sql-checkpoint".to_owned(), move || {
            if let Err(error) = checkpoint::run(
                &settings,
                Arc::clone(&shared.catalog),
                &shared.wal,
                &shared.writes,
            ) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "No checkpoints can be made"
                );
            }
        })?;
        Ok(sqlite)
    }

    fn spawn(&self, name: String, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(work)
            .map_err(|source| Error::Unavailable {
                detail: "no thread can be started".to_owned(),
                source: Some(source.into()),
            })?;
        self.threads.lock().push(thread);
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let shared = Arc::clone(&self.shared);
        shared.reads.close();
        shared.writes.close();
        self.streams.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        let joined = tokio::task::spawn_blocking(move || {
            let (checkpoint, others): (Vec<_>, Vec<_>) = threads
                .into_iter()
                .partition(|thread| thread.thread().name() == Some("sql-checkpoint"));
            // The log is moved when the last write is in it.
            let all_ended = others
                .into_iter()
                .map(JoinHandle::join)
                .all(|ended| ended.is_ok());
            shared.wal.close();
            checkpoint
                .into_iter()
                .map(JoinHandle::join)
                .all(|ended| ended.is_ok())
                && all_ended
        });
        if !matches!(joined.await, Ok(true)) {
            tracing::error!("A thread of the database panicked");
        }
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        self.read(|conn| conn.command("SELECT 1")).await
    }

    pub(crate) async fn fetch<T: FromRow + Send + 'static>(
        &self,
        query: Query,
        limit: usize,
    ) -> Timed<Vec<T>> {
        let is_read = query.statement.is_read();
        let fetch =
            move |conn: &Conn| Timed::take(|| conn.fetch(&query, limit), |rows: &Vec<T>| rows.len() as u64);
        if is_read {
            self.read(fetch).await
        } else {
            self.job(fetch, true).await
        }
    }

    pub(crate) async fn execute(&self, query: Query) -> Timed<u64> {
        let is_read = query.statement.is_read();
        let execute = move |conn: &Conn| Timed::take(|| conn.execute(&query), |rows| *rows);
        // A statement that fails undoes itself.
        if is_read {
            self.read(execute).await
        } else {
            self.job(execute, false).await
        }
    }

    pub(crate) async fn write(&self, batch: Batch) -> BatchDone {
        let single = batch.steps.len() == 1 && batch.steps.iter().all(|step| step.expected.is_none());
        let work = move |conn: &Conn| {
            let mut ran = Vec::with_capacity(batch.steps.len());
            let result = batch
                .steps
                .iter()
                .try_for_each(|step| run_step(conn, step, &mut ran));
            BatchDone {
                result: result.map(|()| ran.iter().map(|ran| ran.rows).collect()),
                ran,
            }
        };
        self.job(work, !single).await
    }

    pub(crate) async fn begin(&self) -> Result<Session> {
        let (reply, opened) = oneshot::channel();
        self.shared.writes.push(Work::Transaction(reply))?;
        Ok(Session::new(opened.await.map_err(stopped)??))
    }

    pub(crate) async fn explain(&self, statement: &'static Statement) -> Result<String> {
        self.read(move |conn| schema::explain(conn, statement)).await
    }

    pub(crate) async fn prepare_check(&self, statement: &'static Statement) -> Result<()> {
        self.read(move |conn| conn.prepare_check(statement)).await
    }

    pub(crate) async fn schema(&self) -> Result<String> {
        self.read(schema::dump).await
    }

    pub(crate) async fn indexes(&self) -> Result<Vec<Index>> {
        self.read(schema::indexes).await
    }

    /// Runs something on the writer's connection, outside a transaction and without a limit: migrations.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let catalog = Arc::clone(&self.shared.catalog);
        self.shared.writes.push(Work::Alone(Box::new(move |conn| {
            let done = work(&conn.raw);
            if let Err(error) = catalog.refresh(&conn.raw) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The catalog cannot be read"
                );
            }
            let _ = reply.send(done);
        })))?;
        answer.await.map_err(stopped)
    }

    pub(crate) async fn backup_to(&self, path: PathBuf) -> Result<()> {
        let settings = self.settings.clone();
        let catalog = Arc::clone(&self.shared.catalog);
        tokio::task::spawn_blocking(move || schema::backup(&settings, catalog, &path))
            .await
            .map_err(stopped)?
    }

    pub(crate) fn stream<T: FromRow + Send + 'static>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        stream::stream(
            self.settings.clone(),
            Arc::clone(&self.shared.catalog),
            Arc::clone(&self.streams),
            query,
        )
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            group_commits: self.shared.groups.snapshot(),
            writer_queue: self.shared.writes.len() as u64,
            reader_queue: self.shared.reads.len() as u64,
            wal_bytes: wal_bytes(&self.settings.path),
            checkpoints: self.shared.wal.checkpoints(),
            in_use: self.shared.readers_busy.load(Ordering::Relaxed),
            open: self.settings.readers.max(1) as u64,
            open_max: self.settings.readers.max(1) as u64,
            ..Stats::default()
        }
    }

    /// The size of the file; 0 when it cannot be looked at.
    pub(crate) fn file_bytes(&self) -> u64 {
        std::fs::metadata(&self.settings.path).map_or(0, |file| file.len())
    }

    /// Runs something on a reader.
    async fn read<R: Outcome>(&self, work: impl FnOnce(&Conn) -> R + Send + 'static) -> R {
        let (reply, answer) = oneshot::channel();
        let pushed = self.shared.reads.push(Box::new(move |conn| {
            // Who no longer waits needs no answer.
            if !reply.is_closed() {
                let _ = reply.send(work(conn));
            }
        }));
        match pushed {
            Ok(()) => answer.await.unwrap_or_else(|gone| R::from_error(stopped(gone))),
            Err(error) => R::from_error(error),
        }
    }

    /// Runs something on the writer, in a transaction that it may share.
    async fn job<R: Outcome>(
        &self,
        work: impl FnMut(&Conn) -> R + Send + 'static,
        needs_savepoint: bool,
    ) -> R {
        let (job, answer) = Write::new(work, needs_savepoint);
        match self.shared.writes.push(Work::Job(Box::new(job))) {
            Ok(()) => answer.await.unwrap_or_else(|gone| R::from_error(stopped(gone))),
            Err(error) => R::from_error(error),
        }
    }
}

impl Shared {
    /// A reader thread.
    fn read(&self, conn: &Conn) {
        while let Some(read) = self.reads.pop() {
            self.readers_busy.fetch_add(1, Ordering::Relaxed);
            conn.limit(Some(STATEMENT_TIME));
            read(conn);
            self.readers_busy.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Sqlite {
    /// Lets the threads end; who wants to wait for them calls `close`.
    fn drop(&mut self) {
        self.shared.reads.close();
        self.shared.writes.close();
        self.shared.wal.close();
    }
}

impl<T: Send + 'static> Outcome for Timed<T> {
    fn is_ok(&self) -> bool {
        self.result.is_ok()
    }

    fn from_error(error: Error) -> Self {
        Self::failed(error)
    }
}

impl Outcome for BatchDone {
    fn is_ok(&self) -> bool {
        self.result.is_ok()
    }

    fn from_error(error: Error) -> Self {
        Self {
            result: Err(error),
            ran: Vec::new(),
        }
    }
}

impl<T: Send + 'static> Outcome for Result<T> {
    fn is_ok(&self) -> bool {
        self.is_ok()
    }

    fn from_error(error: Error) -> Self {
        Err(error)
    }
}

fn run_step(conn: &Conn, step: &Step, ran: &mut Vec<Ran>) -> Result<()> {
    let started = Instant::now();
    let rows = conn.execute(&step.query);
    ran.push(Ran::since(started, &rows));
    step.check(rows?)
}

/// The size of the log beside the file; 0 when there is none.
fn wal_bytes(path: &Path) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).map_or(0, |file| file.len())
}

/// A thread of the database is gone; it panicked, or the database was closed.
fn stopped(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable {
        detail: "it was closed".to_owned(),
        source: Some(source.into()),
    }
}
