//! Interactive transactions, for the few writes that must read first.
//!
//! ```text
//! open ── statement fails ──► aborted ── any use ──► Error::Aborted
//!  │  └── older than 5 s ───► timed out ── any use ─► Error::Timeout
//!  ├── commit ──► committed
//!  └── drop ────► rolled back
//! ```
//! On SQLite an open transaction holds the only writer, so nothing may be awaited in it but its own statements.

use std::marker::PhantomData;
use std::time::Instant;

use crate::{Db, Error, FromRow, Query, Result, db::Timed, postgres, sqlite};

/// A transaction. Dropping it rolls it back.
#[derive(Debug)]
#[must_use = "dropping a transaction rolls it back"]
pub struct Tx<'db> {
    db: Db,
    inner: Inner,
    failed: bool,
    // Invariant: no transaction outlives the database it runs on.
    lifetime: PhantomData<&'db Db>,
}

#[derive(Debug)]
pub(crate) enum Inner {
    Sqlite(sqlite::Session),
    Postgres(postgres::Session),
}

impl Tx<'_> {
    pub(crate) fn new(db: Db, inner: Inner) -> Self {
        Self {
            db,
            inner,
            failed: false,
            lifetime: PhantomData,
        }
    }

    /// Makes everything that was written last, or fails and leaves nothing of it.
    pub async fn commit(self) -> Result<()> {
        if self.failed {
            return Err(Error::Aborted);
        }
        let started = Instant::now();
        let result = match self.inner {
            Inner::Sqlite(session) => session.commit().await,
            Inner::Postgres(session) => session.commit().await,
        };
        crate::meter::waited(started.elapsed());
        result
    }

    /// Leaves nothing of what was written. Dropping does the same without waiting for it.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(session) => session.rollback().await,
            Inner::Postgres(session) => session.rollback().await,
        }
    }

    pub(crate) async fn fetch_rows<T: FromRow + Send + 'static>(
        &mut self,
        query: Query,
        limit: usize,
    ) -> Result<Vec<T>> {
        let statement = query.statement;
        let started = self.begin_statement(&query)?;
        let timed = match &mut self.inner {
            Inner::Sqlite(session) => session.fetch(query, limit).await,
            Inner::Postgres(session) => session.fetch(query, limit).await,
        };
        self.end_statement(statement, started, timed)
    }

    pub(crate) async fn execute_inside(&mut self, query: Query) -> Result<u64> {
        let statement = query.statement;
        let started = self.begin_statement(&query)?;
        let timed = match &mut self.inner {
            Inner::Sqlite(session) => session.execute(query).await,
            Inner::Postgres(session) => session.execute(query).await,
        };
        self.end_statement(statement, started, timed)
    }

    /// Marks the transaction as failed until the statement has ended well: a future that is dropped in the middle
    /// leaves it unknown what the statement did.
    fn begin_statement(&mut self, query: &Query) -> Result<Instant> {
        if self.failed {
            return Err(Error::Aborted);
        }
        query.check()?;
        self.failed = true;
        Ok(Instant::now())
    }

    fn end_statement<T>(
        &mut self,
        statement: &'static crate::Statement,
        started: Instant,
        timed: Timed<T>,
    ) -> Result<T> {
        self.failed = timed.result.is_err();
        self.db.finished(statement, started, timed)
    }
}
