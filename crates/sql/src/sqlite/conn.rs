//! One connection: opened with the settings that all share, and the running of statements on it.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql, ffi};

use super::Settings;
use super::catalog::Catalog;
use crate::row::ColumnFault;
use crate::value::vector_to_bytes;
use crate::{Column, Error, FromRow, Kind, Query, Result, Row, Statement, Value, Violation, ViolationKind};

/// Prepared statements that a connection keeps. The product has fewer than this.
const STATEMENTS_KEPT: usize = 1_024;
/// Virtual machine steps between two looks at the clock: some tens of microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 20_000;
/// How long SQLite itself waits for a lock that another process holds (`stoa user add` beside a server).
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A connection and the moment at which what it does is interrupted.
pub(super) struct Conn {
    pub(super) raw: Connection,
    pub(super) catalog: Arc<Catalog>,
    deadline: Arc<Deadline>,
}

/// Microseconds after `start`; 0 is never.
struct Deadline {
    start: Instant,
    micros: AtomicU64,
}

impl Deadline {
    fn passed(&self) -> bool {
        match self.micros.load(Ordering::Relaxed) {
            0 => false,
            micros => self.start.elapsed() > Duration::from_micros(micros),
        }
    }
}

impl Conn {
    pub(super) fn open(settings: &Settings, access: Access, catalog: Arc<Catalog>) -> Result<Self> {
        let opened = || -> rusqlite::Result<(Connection, Arc<Deadline>)> {
            let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            if access == Access::Write {
                flags |= OpenFlags::SQLITE_OPEN_CREATE;
            }
            let mut raw = Connection::open_with_flags(&settings.path, flags)?;
            configure(&raw, settings, access)?;
            let deadline = Arc::new(Deadline {
                start: Instant::now(),
                micros: AtomicU64::new(0),
            });
            let watched = Arc::clone(&deadline);
            raw.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || watched.passed()))?;
            Ok((raw, deadline))
        };
        let (raw, deadline) = opened().map_err(|source| Error::Unavailable {
            detail: format!("cannot open {}", settings.path.display()),
            source: Some(source.into()),
        })?;
        Ok(Self {
            raw,
            catalog,
            deadline,
        })
    }

    /// Interrupts what runs from now on when the time is over.
    pub(super) fn limit(&self, limit: Option<Duration>) {
        let micros = limit.map_or(0, |limit| {
            u64::try_from((self.deadline.start.elapsed() + limit).as_micros()).unwrap_or(u64::MAX)
        });
        self.deadline.micros.store(micros, Ordering::Relaxed);
    }

    /// At most `limit` rows, or an error when there are more.
    pub(super) fn fetch<T: FromRow>(&self, query: &Query, limit: usize) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(query, |row| {
            if found.len() == limit {
                return Err(Error::TooManyRows {
                    statement: query.statement.name(),
                    limit,
                });
            }
            found.push(T::from_row(row)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// Calls `take` with each row until it returns false.
    pub(super) fn each(&self, query: &Query, mut take: impl FnMut(&Row<'_>) -> Result<bool>) -> Result<()> {
        let name = query.statement.name();
        let failed = |error| self.error(name, error);
        let mut statement = self
            .raw
            .prepare_cached(query.statement.text(Kind::Sqlite))
            .map_err(failed)?;
        bind(&mut statement, query).map_err(failed)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            if !take(&Row::sqlite(name, row))? {
                break;
            }
        }
        Ok(())
    }

    /// Runs a statement for its effect; the number of rows it changed, or returned if it only reads.
    pub(super) fn execute(&self, query: &Query) -> Result<u64> {
        let mut returned = 0;
        self.each(query, |_| {
            returned += 1;
            Ok(true)
        })?;
        Ok(if query.statement.is_read() {
            returned
        } else {
            self.raw.changes()
        })
    }

    /// Runs text that is not a statement of the product: BEGIN, PRAGMA and the like.
    pub(super) fn command(&self, text: &'static str) -> Result<()> {
        let run = || self.raw.prepare_cached(text)?.raw_query().next().map(|_| ());
        run().map_err(|error| self.error(text, error))
    }

    pub(super) fn prepare_check(&self, statement: &'static Statement) -> Result<()> {
        let name = statement.name();
        self.raw
            .prepare(statement.text(Kind::Sqlite))
            .map(|_| ())
            .map_err(|error| self.error(name, error))
    }

    /// The error of the statement `name` in the terms of this crate.
    pub(super) fn error(&self, name: &'static str, error: rusqlite::Error) -> Error {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Error::Database {
                statement: name,
                source: error.into(),
            };
        };
        let message = message.as_deref().unwrap_or_default();
        let kind = match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => ViolationKind::Unique,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ViolationKind::ForeignKey,
            // What ON DELETE RESTRICT says.
            ffi::SQLITE_CONSTRAINT_TRIGGER if message.starts_with("FOREIGN KEY") => ViolationKind::ForeignKey,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ViolationKind::NotNull,
            ffi::SQLITE_CONSTRAINT_CHECK => ViolationKind::Check,
            _ => {
                return match failure.code {
                    rusqlite::ErrorCode::OperationInterrupted => Error::Timeout { statement: name },
                    rusqlite::ErrorCode::DatabaseBusy => Error::Busy("another process holds the database"),
                    _ => Error::Database {
                        statement: name,
                        source: error.into(),
                    },
                };
            }
        };
        let constraint = self.catalog.constraint(&self.raw, kind, message);
        Error::Violation {
            statement: name,
            violation: Violation { kind, constraint },
        }
    }
}

fn configure(raw: &Connection, settings: &Settings, access: Access) -> rusqlite::Result<()> {
    // Without it SQLite prepares cached statements anew whenever other values are bound.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    raw.busy_timeout(LOCK_WAIT)?;
    raw.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    if access == Access::Write {
        raw.pragma_update(None, "journal_mode", "WAL")?;
        // An acknowledged write survives the loss of power; group commit makes it affordable.
        // Only the databases of tests, which nobody misses, do without.
        raw.pragma_update(None, "synchronous", if settings.durable { "FULL" } else { "OFF" })?;
        // Checkpoints have their own thread.
        raw.pragma_update(None, "wal_autocheckpoint", 0)?;
        // A log that a burst made long is cut when it starts over.
        raw.pragma_update(None, "journal_size_limit", super::checkpoint::WAL_KEPT_BYTES)?;
    } else {
        raw.pragma_update(None, "query_only", true)?;
    }
    raw.pragma_update(None, "foreign_keys", true)?;
    raw.pragma_update(None, "temp_store", "MEMORY")?;
    raw.pragma_update(None, "cache_size", -i64::from(settings.cache_kb))?;
    raw.pragma_update(
        None,
        "mmap_size",
        i64::try_from(settings.mmap_bytes).unwrap_or(i64::MAX),
    )?;
    raw.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

fn bind(statement: &mut rusqlite::Statement<'_>, query: &Query) -> rusqlite::Result<()> {
    for (index, value) in query.values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, Bound(value))?;
    }
    Ok(())
}

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let borrowed = match self.0 {
            Value::Null | Value::Invalid(_) => ValueRef::Null,
            Value::Bool(value) => ValueRef::Integer(i64::from(*value)),
            Value::Int(value) => ValueRef::Integer(*value),
            Value::Real(value) => ValueRef::Real(*value),
            Value::Text(text) | Value::Json(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Time(time) => ValueRef::Integer(time.micros()),
            Value::Vector(vector) => return Ok(ToSqlOutput::Owned(vector_to_bytes(vector).into())),
            Value::TextList(texts) => {
                let json = serde_json::to_string(texts)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                return Ok(ToSqlOutput::Owned(json.into()));
            }
            Value::IntList(numbers) => {
                let json = serde_json::to_string(numbers)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                return Ok(ToSqlOutput::Owned(json.into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(borrowed))
    }
}

/// What a row's column holds.
pub(crate) fn column<'a>(row: &'a rusqlite::Row<'a>, index: usize) -> Result<Column<'a>, ColumnFault> {
    Ok(
        match row
            .get_ref(index)
            .map_err(|_| Cow::Borrowed("there is no such column"))?
        {
            ValueRef::Null => Column::Null,
            ValueRef::Integer(value) => Column::Int(value),
            ValueRef::Real(value) => Column::Real(value),
            ValueRef::Text(text) => {
                Column::Text(std::str::from_utf8(text).map_err(|_| Cow::Borrowed("its text is not UTF-8"))?)
            }
            ValueRef::Blob(bytes) => Column::Bytes(bytes),
        },
    )
}
