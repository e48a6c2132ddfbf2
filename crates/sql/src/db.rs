//! The database: opened once, cloned freely, closed at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt};

use crate::meter;
use crate::statistics::{self, StatementStats};
use crate::stats::{self, Counters};
use crate::tx::Inner as TxInner;
use crate::{Batch, Error, FromRow, Query, Result, Statement, Stats, Tx, Written, postgres, slow, sqlite};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the database is and how it is used.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// SQLite or PostgreSQL.
    pub kind: KindConfig,
    /// From when on a statement is logged as slow.
    pub slow: Duration,
}

/// The settings that only one of the two has.
#[derive(Clone, Debug)]
pub enum KindConfig {
    /// A file in this process.
    Sqlite {
        /// The file; made when it is missing.
        path: PathBuf,
        /// Threads that read.
        readers: usize,
        /// Page cache of each connection.
        cache_kb: u32,
        /// How much of the file may be mapped into memory.
        mmap_bytes: u64,
    },
    /// A server.
    Postgres {
        /// `postgres://user:password@host:port/database?sslmode=…`
        url: String,
        /// Connections that are kept when there is nothing to do.
        pool_min: usize,
        /// Connections at most.
        pool_max: usize,
        /// How long a statement may take.
        statement_timeout: Duration,
        /// After how long a connection is replaced.
        recycle_after: Duration,
    },
}

/// From when on a statement is slow, unless configured otherwise.
const SLOW: Duration = Duration::from_millis(100);

impl DbConfig {
    /// SQLite at `path` with the usual settings.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        let kind = KindConfig::Sqlite {
            path: path.into(),
            readers: 3,
            cache_kb: 2048,
            mmap_bytes: 1 << 30,
        };
        Self { kind, slow: SLOW }
    }

    /// PostgreSQL at `url` with the usual settings.
    pub fn postgres(url: impl Into<String>) -> Self {
        let kind = KindConfig::Postgres {
            url: url.into(),
            pool_min: 10,
            pool_max: 30,
            statement_timeout: Duration::from_secs(30),
            recycle_after: Duration::from_hours(1),
        };
        Self { kind, slow: SLOW }
    }
}

/// An index of the live schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index {
    /// The index.
    pub name: String,
    /// The table it is on.
    pub table: String,
    /// Its columns in order, `updated_at desc` for descending ones, `(expression)` for expressions.
    pub columns: Vec<String>,
    /// Whether it is unique.
    pub unique: bool,
}

/// A database. Clones are the same database.
#[derive(Clone, Debug)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    backend: Backend,
    counters: Counters,
    statements: statistics::Table,
    slow: slow::Slow,
}

#[derive(Debug)]
pub(crate) enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// A statement that ran: what it did, when the database itself began to work on it, and for how long it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran {
    pub(crate) rows: u64,
    /// None when it never came to that.
    pub(crate) began: Option<Instant>,
    pub(crate) micros: u64,
    pub(crate) failed: bool,
}

impl Ran {
    /// One that began at this time and has just ended with this result.
    pub(crate) fn since(began: Instant, rows: &Result<u64, impl Sized>) -> Self {
        Self {
            rows: rows.as_ref().map_or(0, |rows| *rows),
            began: Some(began),
            micros: micros_since(began),
            failed: rows.is_err(),
        }
    }
}

/// What a backend did, and how.
#[derive(Debug)]
pub(crate) struct Timed<T> {
    pub(crate) result: Result<T>,
    pub(crate) ran: Ran,
}

impl<T> Timed<T> {
    pub(crate) fn failed(error: Error) -> Self {
        let ran = Ran {
            rows: 0,
            began: None,
            micros: 0,
            failed: true,
        };
        Self {
            result: Err(error),
            ran,
        }
    }

    /// Runs `work` and takes its time; `rows` counts what it returned.
    pub(crate) fn take(work: impl FnOnce() -> Result<T>, rows: impl FnOnce(&T) -> u64) -> Self {
        let started = Instant::now();
        let result = work();
        let ran = Ran::since(started, &result.as_ref().map(rows));
        Self { result, ran }
    }
}

pub(crate) fn micros_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

impl Db {
    /// Opens the database and proves that it answers.
    pub async fn open(config: &DbConfig) -> Result<Self> {
        Self::open_as(config, true).await
    }

    pub(crate) async fn open_as(config: &DbConfig, durable: bool) -> Result<Self> {
        let backend = match &config.kind {
            KindConfig::Sqlite {
                path,
                readers,
                cache_kb,
                mmap_bytes,
            } => {
                let settings = sqlite::Settings {
                    path: path.clone(),
                    readers: *readers,
                    cache_kb: *cache_kb,
                    mmap_bytes: *mmap_bytes,
                    durable,
                };
                Backend::Sqlite(sqlite::Sqlite::open(settings).await?)
            }
            KindConfig::Postgres {
                url,
                pool_min,
                pool_max,
                statement_timeout,
                recycle_after,
            } => {
                let settings = postgres::Settings {
                    url: url.clone(),
                    pool_min: *pool_min,
                    pool_max: *pool_max,
                    statement_timeout: *statement_timeout,
                    recycle_after: *recycle_after,
                };
                Backend::Postgres(postgres::Postgres::open(settings).await?)
            }
        };
        Ok(Self(Arc::new(Inner {
            backend,
            counters: Counters::default(),
            statements: statistics::Table::new(),
            slow: slow::Slow::new(config.slow),
        })))
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        match self.0.backend {
            Backend::Sqlite(_) => Kind::Sqlite,
            Backend::Postgres(_) => Kind::Postgres,
        }
    }

    /// Proves that the database answers.
    pub async fn ping(&self) -> Result<()> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.ping().await,
            Backend::Postgres(postgres) => postgres.ping().await,
        }
    }

    /// Finishes what is queued, then closes every connection; SQLite's log is written into its file. Afterwards every
    /// call fails with [`Error::Unavailable`].
    pub async fn close(&self) {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// Writes the batch in one transaction: all of it or nothing. When this returns, it survives a loss of power.
    pub async fn write(&self, batch: Batch) -> Result<Written> {
        batch.check()?;
        if batch.is_empty() {
            return Ok(Written::default());
        }
        let statements: Vec<_> = batch.steps.iter().map(|step| step.query.statement).collect();
        let started = Instant::now();
        let done = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.write(batch).await,
            Backend::Postgres(postgres) => postgres.write(batch).await,
        };
        let answered = Instant::now();
        meter::waited(answered.duration_since(started));
        let mut called = started;
        let ends = done.ran.len();
        for (index, (statement, ran)) in statements.into_iter().zip(done.ran).enumerate() {
            // What comes after the work, the commit before all, belongs to the last statement.
            let ended = ran.began.unwrap_or(called) + Duration::from_micros(ran.micros);
            let until = if index + 1 == ends { answered } else { ended };
            self.note(statement, called, ran, until);
            called = ended;
        }
        match done.result {
            Ok(rows) => Ok(Written { rows }),
            Err(error) => {
                self.count_failure(&error);
                Err(error)
            }
        }
    }

    /// Begins a transaction for writes that must read first. On SQLite it waits for the writer and holds it, at most 5 s.
    pub async fn begin(&self) -> Result<Tx<'_>> {
        let started = Instant::now();
        let inner = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.begin().await.map(TxInner::Sqlite),
            Backend::Postgres(postgres) => postgres.begin().await.map(TxInner::Postgres),
        };
        meter::waited(started.elapsed());
        let inner = inner.inspect_err(|error| self.count_failure(error))?;
        Ok(Tx::new(self.clone(), inner))
    }

    /// Counters and gauges.
    pub fn stats(&self) -> Stats {
        let mut stats = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.stats(),
            Backend::Postgres(postgres) => postgres.stats(),
        };
        stats.reads = stats::get(&self.0.counters.reads);
        stats.writes = stats::get(&self.0.counters.writes);
        stats.failures = stats::get(&self.0.counters.failures);
        stats.refused = stats::get(&self.0.counters.refused);
        stats.slow = stats::get(&self.0.counters.slow);
        stats
    }

    /// What each statement that has run since the database was opened has done, in no order.
    pub fn statements(&self) -> Vec<StatementStats> {
        self.0.statements.snapshot()
    }

    /// How large the database is on its disk, without its log.
    pub async fn size_bytes(&self) -> Result<u64> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => Ok(sqlite.file_bytes()),
            Backend::Postgres(postgres) => postgres.size_bytes().await,
        }
    }

    /// The plan of a statement, without values, as the database prints it.
    pub async fn explain(&self, statement: &'static Statement) -> Result<String> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.explain(statement).await,
            Backend::Postgres(postgres) => postgres.explain(statement).await,
        }
    }

    /// Whether the database accepts the statement: its tables, columns and types.
    pub async fn prepare_check(&self, statement: &'static Statement) -> Result<()> {
        if let Some(parameter) = statement.unmentioned() {
            let detail = "the text does not mention it".to_owned();
            return Err(Error::Encode {
                statement: statement.name(),
                parameter,
                detail,
            });
        }
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.prepare_check(statement).await,
            Backend::Postgres(postgres) => postgres.prepare_check(statement).await,
        }
    }

    /// The live schema as SQL, normalised so that equal schemas give equal texts.
    pub async fn schema(&self) -> Result<String> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.schema().await,
            Backend::Postgres(postgres) => postgres.schema().await,
        }
    }

    /// The indexes of the live schema, by table and name.
    pub async fn indexes(&self) -> Result<Vec<Index>> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.indexes().await,
            Backend::Postgres(postgres) => postgres.indexes().await,
        }
    }

    /// Copies the database of this moment into a new file while work goes on. SQLite only.
    pub async fn backup_to(&self, path: impl Into<PathBuf>) -> Result<()> {
        match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.backup_to(path.into()).await,
            Backend::Postgres(_) => Err(Error::unavailable(
                "a PostgreSQL database is backed up by pg_dump",
            )),
        }
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.0.backend
    }

    pub(crate) async fn fetch_rows<T: FromRow + Send + 'static>(
        &self,
        query: Query,
        limit: usize,
    ) -> Result<Vec<T>> {
        query.check()?;
        let statement = query.statement;
        let started = Instant::now();
        let timed = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.fetch(query, limit).await,
            Backend::Postgres(postgres) => postgres.fetch(query, limit).await,
        };
        self.finished(statement, started, timed)
    }

    pub(crate) async fn execute_alone(&self, query: Query) -> Result<u64> {
        query.check()?;
        let statement = query.statement;
        let started = Instant::now();
        let timed = match &self.0.backend {
            Backend::Sqlite(sqlite) => sqlite.execute(query).await,
            Backend::Postgres(postgres) => postgres.execute(query).await,
        };
        self.finished(statement, started, timed)
    }

    pub(crate) fn stream<T: FromRow + Send + 'static>(
        &self,
        query: Query,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        let statement = query.statement;
        let db = self.clone();
        let rows = match query.check() {
            Err(error) => futures_util::stream::once(async { Err(error) }).boxed(),
            Ok(()) => match &self.0.backend {
                Backend::Sqlite(sqlite) => sqlite.stream(query).boxed(),
                Backend::Postgres(postgres) => postgres.stream(query).boxed(),
            },
        };
        // How long a stream takes is its consumer's affair, so it is never slow.
        crate::stream::metered(rows, move |ran| {
            db.count(statement, Instant::now(), ran, Instant::now());
        })
    }

    /// Reports a statement that ended to whoever counts, and hands on its result.
    pub(crate) fn finished<T>(
        &self,
        statement: &'static Statement,
        started: Instant,
        timed: Timed<T>,
    ) -> Result<T> {
        let answered = Instant::now();
        meter::waited(answered.duration_since(started));
        self.note(statement, started, timed.ran, answered);
        if let Err(error) = &timed.result {
            self.count_failure(error);
        }
        timed.result
    }

    fn count_failure(&self, error: &Error) {
        stats::add(&self.0.counters.failures, 1);
        if matches!(error, Error::Busy(_)) {
            stats::add(&self.0.counters.refused, 1);
        }
    }

    fn note(&self, statement: &'static Statement, called: Instant, ran: Ran, answered: Instant) {
        self.count(statement, called, ran, answered);
        if self.0.slow.is_slow(ran.micros) {
            stats::add(&self.0.counters.slow, 1);
            self.0.slow.log(self, statement, ran.rows, ran.micros);
        }
    }

    fn count(&self, statement: &'static Statement, called: Instant, ran: Ran, answered: Instant) {
        let counters = &self.0.counters;
        stats::add(
            if statement.is_read() {
                &counters.reads
            } else {
                &counters.writes
            },
            1,
        );
        // A stream calls itself only when it has ended.
        let called = ran.began.map_or(called, |began| began.min(called));
        let wait = ran.began.unwrap_or(answered).duration_since(called);
        self.0.statements.count(statement, &ran, wait);
        meter::record(statement.name(), called, wait, &ran, answered);
    }
}
