//! A query is a value: a statement and what is bound to it. It is executed alone, in a transaction, or put in a batch.

use std::future::Future;

use futures_util::Stream;

use crate::{Db, Error, FromRow, Result, Statement, Tx, Value};

/// How many rows [`Query::all`] returns at most. A list that can grow beyond it needs a limit, or [`Query::stream`].
pub const ROWS_MAX: usize = 10_000;

/// A statement with its values.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is run"]
pub struct Query {
    pub(crate) statement: &'static Statement,
    pub(crate) values: Vec<Value>,
}

/// Begins a query: bind its values in order, then run it.
pub fn query(statement: &'static Statement) -> Query {
    Query {
        statement,
        values: Vec::with_capacity(statement.parameters()),
    }
}

impl Query {
    /// Binds the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The statement.
    pub fn statement(&self) -> &'static Statement {
        self.statement
    }

    /// The one row there is: [`Error::NotFound`] when none, [`Error::TooManyRows`] when more.
    pub async fn one<T: FromRow + Send + 'static>(self, run: impl Run) -> Result<T> {
        let statement = self.statement.name();
        self.optional(run).await?.ok_or(Error::NotFound { statement })
    }

    /// The row, if there is one; [`Error::TooManyRows`] when there are more.
    pub async fn optional<T: FromRow + Send + 'static>(self, run: impl Run) -> Result<Option<T>> {
        Ok(run.fetch(self, 1).await?.pop())
    }

    /// Every row; [`Error::TooManyRows`] beyond [`ROWS_MAX`].
    pub async fn all<T: FromRow + Send + 'static>(self, run: impl Run) -> Result<Vec<T>> {
        run.fetch(self, ROWS_MAX).await
    }

    /// Runs a statement for its effect and returns how many rows it changed.
    pub async fn execute(self, run: impl Run) -> Result<u64> {
        run.execute(self).await
    }

    /// The rows one by one, with bounded memory whatever their number, on a connection of their own. The rows are those
    /// of one moment. Dropping the stream ends the query; so does not asking for a row for a minute.
    pub fn stream<T: FromRow + Send + 'static>(
        self,
        db: &Db,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        db.stream(self)
    }

    /// Checks what can be checked without a database.
    pub(crate) fn check(&self) -> Result<()> {
        let statement = self.statement.name();
        let expected = self.statement.parameters();
        if self.values.len() != expected {
            let detail = format!(
                "it has {expected} parameters, {} values are bound",
                self.values.len()
            );
            return Err(Error::Encode {
                statement,
                parameter: 0,
                detail,
            });
        }
        for (index, value) in self.values.iter().enumerate() {
            if let Some(fault) = value.fault() {
                return Err(Error::Encode {
                    statement,
                    parameter: index + 1,
                    detail: fault.to_owned(),
                });
            }
        }
        Ok(())
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &crate::Db {}
    impl Sealed for &mut crate::Tx<'_> {}
}

/// What a query runs on: `&Db`, or `&mut Tx` inside a transaction. A store function that takes `impl Run` works on both.
pub trait Run: sealed::Sealed + Send + Sized {
    /// At most `limit` rows.
    #[doc(hidden)]
    fn fetch<T: FromRow + Send + 'static>(
        self,
        query: Query,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<T>>> + Send;

    /// The number of changed rows.
    #[doc(hidden)]
    fn execute(self, query: Query) -> impl Future<Output = Result<u64>> + Send;
}

impl Run for &Db {
    async fn fetch<T: FromRow + Send + 'static>(self, query: Query, limit: usize) -> Result<Vec<T>> {
        self.fetch_rows(query, limit).await
    }

    async fn execute(self, query: Query) -> Result<u64> {
        self.execute_alone(query).await
    }
}

impl Run for &mut Tx<'_> {
    async fn fetch<T: FromRow + Send + 'static>(self, query: Query, limit: usize) -> Result<Vec<T>> {
        self.fetch_rows(query, limit).await
    }

    async fn execute(self, query: Query) -> Result<u64> {
        self.execute_inside(query).await
    }
}
