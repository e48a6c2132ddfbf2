//! PostgreSQL's errors in the terms of this crate.

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::{DbError, SqlState};

use crate::{Error, Violation, ViolationKind};

/// What the server says, without its DETAIL: that repeats values, and those do not belong in a log.
#[derive(Debug, thiserror::Error)]
#[error("{message} (SQLSTATE {code})")]
struct ServerError {
    message: String,
    code: String,
}

/// The error of the statement `name`.
pub(super) fn translate(name: &'static str, error: tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return if error.is_closed() || is_io(&error) {
            unavailable("the connection was lost", error)
        } else {
            Error::Database {
                statement: name,
                source: error.into(),
            }
        };
    };
    let kind = match db.code() {
        code if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::EXCLUSION_VIOLATION => {
            ViolationKind::Unique
        }
        code if *code == SqlState::FOREIGN_KEY_VIOLATION || *code == SqlState::RESTRICT_VIOLATION => {
            ViolationKind::ForeignKey
        }
        code if *code == SqlState::NOT_NULL_VIOLATION => ViolationKind::NotNull,
        code if *code == SqlState::CHECK_VIOLATION => ViolationKind::Check,
        code if *code == SqlState::QUERY_CANCELED => return Error::Timeout { statement: name },
        code if *code == SqlState::IN_FAILED_SQL_TRANSACTION => return Error::Aborted,
        code if *code == SqlState::TOO_MANY_CONNECTIONS => {
            return Error::Busy("the server takes no more connections");
        }
        code if is_connection(code) => {
            return unavailable("the server ended the connection", server_error(db));
        }
        _ => {
            return Error::Database {
                statement: name,
                source: server_error(db).into(),
            };
        }
    };
    let constraint = match (kind, db.table(), db.column()) {
        // SQLite says it like this.
        (ViolationKind::NotNull, Some(table), Some(column)) => Some(format!("{table}.{column}")),
        _ => db.constraint().map(str::to_owned),
    };
    Error::Violation {
        statement: name,
        violation: Violation { kind, constraint },
    }
}

/// Why the pool gave no connection.
pub(super) fn from_pool(error: PoolError) -> Error {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => Error::Busy("every connection stays in use"),
        PoolError::Timeout(_) => Error::unavailable("the server does not answer in time"),
        PoolError::Closed => Error::unavailable("it was closed"),
        PoolError::Backend(error) => from_connect(error),
        other => unavailable("no connection can be made", other),
    }
}

/// Why no connection could be made.
pub(super) fn from_connect(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) if *db.code() == SqlState::TOO_MANY_CONNECTIONS => {
            Error::Busy("the server takes no more connections")
        }
        Some(db) => unavailable("the server refuses the connection", server_error(db)),
        None => unavailable("no connection can be made", error),
    }
}

/// Whether another transaction was in the way, so that the same may be tried again.
pub(super) fn is_conflict(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
    })
}

/// Whether a kept prepared statement no longer fits, because the schema changed or the session was reset.
pub(super) fn is_stale_plan(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| {
        *db.code() == SqlState::INVALID_SQL_STATEMENT_NAME
            || (*db.code() == SqlState::FEATURE_NOT_SUPPORTED && db.message().contains("cached plan"))
    })
}

/// Whether the connection is gone.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || is_io(error) || error.code().is_some_and(is_connection)
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

fn is_connection(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW].contains(code)
        // A session that the server ended for idling in a transaction.
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}

fn server_error(db: &DbError) -> ServerError {
    ServerError {
        message: db.message().to_owned(),
        code: db.code().code().to_owned(),
    }
}

fn unavailable(detail: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Unavailable {
        detail: detail.to_owned(),
        source: Some(source.into()),
    }
}
