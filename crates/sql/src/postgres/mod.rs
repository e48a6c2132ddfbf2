//! PostgreSQL.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};

use crate::batch::BatchDone;
use crate::db::Timed;
use crate::migrate::{Applied, Ready};
use crate::row::ColumnFault;
use crate::{Batch, Column, Error, FromRow, Index, Query, Result, Statement, Stats, Time};

/// Where the server is and how it is used.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) pool_min: usize,
    pub(crate) pool_max: usize,
    pub(crate) statement_timeout: Duration,
    pub(crate) recycle_after: Duration,
}

#[derive(Debug)]
pub(crate) struct Postgres;

fn none() -> Error {
    Error::unavailable("PostgreSQL is not there yet")
}

pub(crate) fn column(_row: &tokio_postgres::Row, _index: usize) -> Result<Column<'_>, ColumnFault> {
    Err(Cow::Borrowed("not there yet"))
}

#[expect(clippy::unused_async, dead_code, reason = "skeleton")]
impl Postgres {
    pub(crate) async fn open(_: Settings) -> Result<Self> {
        Err(none())
    }
    pub(crate) async fn close(&self) {}
    pub(crate) async fn ping(&self) -> Result<()> {
        Err(none())
    }
    pub(crate) async fn fetch<T: FromRow + Send + 'static>(&self, _: Query, _: usize) -> Timed<Vec<T>> {
        Timed::failed(none())
    }
    pub(crate) async fn execute(&self, _: Query) -> Timed<u64> {
        Timed::failed(none())
    }
    pub(crate) async fn write(&self, _: Batch) -> BatchDone {
        BatchDone {
            result: Err(none()),
            ran: Vec::new(),
        }
    }
    pub(crate) async fn begin(&self) -> Result<Session> {
        Err(none())
    }
    pub(crate) async fn explain(&self, _: &'static Statement) -> Result<String> {
        Err(none())
    }
    pub(crate) async fn prepare_check(&self, _: &'static Statement) -> Result<()> {
        Err(none())
    }
    pub(crate) async fn schema(&self) -> Result<String> {
        Err(none())
    }
    pub(crate) async fn indexes(&self) -> Result<Vec<Index>> {
        Err(none())
    }
    pub(crate) fn stream<T: FromRow + Send + 'static>(
        &self,
        _: Query,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        stream::once(async { Err(none()) }).boxed()
    }
    pub(crate) fn stats(&self) -> Stats {
        Stats::default()
    }
    pub(crate) async fn migrate(&self, _: Vec<Ready>, _: Time) -> Result<Vec<String>> {
        Err(none())
    }
    pub(crate) async fn applied(&self) -> Result<Vec<Applied>> {
        Err(none())
    }
}

#[derive(Debug)]
pub(crate) struct Session;

#[expect(clippy::unused_async, reason = "skeleton")]
impl Session {
    pub(crate) async fn commit(self) -> Result<()> {
        Err(none())
    }
    pub(crate) async fn rollback(self) -> Result<()> {
        Err(none())
    }
    pub(crate) async fn fetch<T: FromRow + Send + 'static>(&mut self, _: Query, _: usize) -> Timed<Vec<T>> {
        Timed::failed(none())
    }
    pub(crate) async fn execute(&mut self, _: Query) -> Timed<u64> {
        Timed::failed(none())
    }
}
