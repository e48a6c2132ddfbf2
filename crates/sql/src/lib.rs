//! Runs one SQL text on SQLite or PostgreSQL; counts, budgets and explains statements; knows no table.
//!
//! Statements are named constants ([`statements!`]), a query is a value ([`query`](fn@query)), a list of writes is a [`Batch`].
//! [`Db`] and [`Tx`] run them. Whoever calls decides nothing about the database: the same call is a job for SQLite's
//! writer thread, or a flight to PostgreSQL.
//!
//! # The portable subset
//! - `$1` for parameters. `CAST(x AS t)`, not `x::t`; an untyped NULL test is `CAST($2 AS TEXT) IS NULL`.
//! - No `now()`, no generated ids: times and ids are made by the program and bound.
//! - `ON CONFLICT .. DO UPDATE .. RETURNING`; `COALESCE($3, title)` for partial updates; `IN {$4}` for lists.
//! - `CASE`, not `GREATEST`; `CAST(SUM(x) AS BIGINT)`, because PostgreSQL's sum of BIGINT is NUMERIC.
//! - `NULLS LAST` wherever NULLs are sorted, because the defaults differ; keyset paging by row values.
//! - `LIKE` ignores ASCII case on SQLite: compare `LOWER(x) LIKE LOWER($1) ESCAPE '\'` on both.
//! - Unique indexes are made by `CREATE UNIQUE INDEX <table>_<columns>_key`, never two over the same columns.
//!
//! # Invariants
//! - No caller waits for a lock of SQLite's: one thread writes.
//! - An acknowledged write survives the loss of power.
//! - Errors and logs name statements; they hold no SQL, and no values.

mod batch;
mod db;
mod error;
mod histogram;
mod meter;
mod migrate;
pub mod plan;
mod postgres;
mod query;
mod row;
mod scan;
mod schema;
mod slow;
mod sqlite;
mod statement;
mod statistics;
mod stats;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod tx;
mod value;

pub use batch::{Batch, Written};
pub use db::{Db, DbConfig, Index, Kind, KindConfig};
pub use error::{Error, OnViolation, Result, Violation, ViolationKind};
pub use histogram::{Distribution, Histogram};
pub use meter::{Meter, Record};
pub use migrate::{Migration, expand, migrate, pending};
pub use query::{Query, ROWS_MAX, Run, query};
pub use row::{Column, ColumnFault, FromRow, FromValue, Row};
pub use statement::{Statement, Text};
pub use statistics::StatementStats;
pub use stats::{GroupCommits, Stats};
pub use time::{Clock, FixedClock, ParseTimeError, SystemClock, Time};
pub use tx::Tx;
pub use value::{Json, Value};
