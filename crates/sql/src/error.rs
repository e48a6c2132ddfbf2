//! What can go wrong, told so that a caller can act on it.
//!
//! `Display` never includes the source; whoever logs prints the chain. A statement is always called by its name, never
//! by its text or its values, so an error can be logged without leaking what users wrote.

use std::error::Error as StdError;

/// What goes wrong when a statement runs.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A rule of the schema that a write breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which kind of rule.
    pub kind: ViolationKind,
    /// The rule's name where the database tells it: an index or constraint; for NOT NULL `table.column`. SQLite names
    /// no foreign key.
    pub constraint: Option<String>,
}

/// The kinds of rules that both databases tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// A unique index or primary key.
    Unique,
    /// A reference to a row that is not there, or from one that still is.
    ForeignKey,
    /// A missing value.
    NotNull,
    /// A CHECK.
    Check,
}

/// What goes wrong in the data layer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The write breaks a rule of the schema.
    #[error("`{statement}` violates a {:?} constraint ({})", violation.kind, violation.constraint.as_deref().unwrap_or("unnamed"))]
    Violation {
        /// The statement's name.
        statement: &'static str,
        /// The rule.
        violation: Violation,
    },
    /// `one` found no row.
    #[error("`{statement}` found no row")]
    NotFound {
        /// The statement's name.
        statement: &'static str,
    },
    /// A statement of a batch changed another number of rows than expected; the whole batch was rolled back.
    #[error("`{statement}` changed {got} rows instead of {expected}")]
    RowsAffected {
        /// The statement's name.
        statement: &'static str,
        /// How many rows it was to change.
        expected: u64,
        /// How many it changed.
        got: u64,
    },
    /// More rows than the caller allows; a list without a limit.
    #[error("`{statement}` returned more than {limit} rows")]
    TooManyRows {
        /// The statement's name.
        statement: &'static str,
        /// How many rows are allowed.
        limit: usize,
    },
    /// The queue of waiting work is full, or every connection stays in use: come again later.
    #[error("the database is busy: {0}")]
    Busy(&'static str),
    /// A statement or transaction took longer than it may.
    #[error("`{statement}` took longer than it may")]
    Timeout {
        /// The statement's name.
        statement: &'static str,
    },
    /// The database cannot be reached, or was closed.
    #[error("the database is unavailable: {detail}")]
    Unavailable {
        /// What is known.
        detail: String,
        /// The cause, where there is one.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The transaction failed earlier, or ended; it takes no more statements.
    #[error("the transaction was aborted by an earlier failure")]
    Aborted,
    /// A value cannot be bound to its parameter.
    #[error("`{statement}` cannot take its parameter ${parameter}: {detail}")]
    Encode {
        /// The statement's name.
        statement: &'static str,
        /// The parameter, from 1; 0 when the number of parameters is wrong.
        parameter: usize,
        /// What does not fit.
        detail: String,
    },
    /// A column does not hold what the caller reads from it.
    #[error("column `{column}` of `{statement}` cannot be read: {detail}")]
    Decode {
        /// The statement's name.
        statement: &'static str,
        /// The column's name.
        column: String,
        /// What does not fit.
        detail: String,
    },
    /// Anything else that the database says; a fault of ours.
    #[error("`{statement}` failed")]
    Database {
        /// The statement's name.
        statement: &'static str,
        /// What the database says.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A migration cannot be applied.
    #[error("migration `{name}`: {detail}")]
    Migration {
        /// The migration's name.
        name: String,
        /// Why not.
        detail: String,
        /// The cause, where there is one.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

impl Error {
    /// The rule that was broken, if that is what went wrong.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Violation { violation, .. } => Some(violation),
            _ => None,
        }
    }

    /// Whether the unique index or constraint of this name was violated.
    pub fn is_unique(&self, constraint: &str) -> bool {
        self.is_violation(ViolationKind::Unique, Some(constraint))
    }

    /// Whether a missing or still needed row was the reason.
    pub fn is_foreign_key(&self) -> bool {
        self.is_violation(ViolationKind::ForeignKey, None)
    }

    fn is_violation(&self, kind: ViolationKind, constraint: Option<&str>) -> bool {
        self.violation().is_some_and(|violation| {
            violation.kind == kind
                && constraint.is_none_or(|name| violation.constraint.as_deref() == Some(name))
        })
    }

    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::Unavailable {
            detail: detail.into(),
            source: None,
        }
    }
}

/// Gives a violated constraint its meaning where the write is called: the constraint decides, then it is translated.
/// Every other error becomes `E` by its `From`.
pub trait OnViolation<T>: Sized {
    /// Returns `make()` when the unique index or constraint `name` was violated.
    fn on_unique<E: From<Error>>(self, name: &str, make: impl FnOnce() -> E) -> Result<T, E>;

    /// Returns `make()` when a foreign key was violated. SQLite does not say which one.
    fn on_foreign_key<E: From<Error>>(self, make: impl FnOnce() -> E) -> Result<T, E>;

    /// Returns `make()` when the CHECK `name` was violated.
    fn on_check<E: From<Error>>(self, name: &str, make: impl FnOnce() -> E) -> Result<T, E>;
}

impl<T> OnViolation<T> for Result<T> {
    fn on_unique<E: From<Error>>(self, name: &str, make: impl FnOnce() -> E) -> Result<T, E> {
        on(self, ViolationKind::Unique, Some(name), make)
    }

    fn on_foreign_key<E: From<Error>>(self, make: impl FnOnce() -> E) -> Result<T, E> {
        on(self, ViolationKind::ForeignKey, None, make)
    }

    fn on_check<E: From<Error>>(self, name: &str, make: impl FnOnce() -> E) -> Result<T, E> {
        on(self, ViolationKind::Check, Some(name), make)
    }
}

fn on<T, E: From<Error>>(
    result: Result<T>,
    kind: ViolationKind,
    name: Option<&str>,
    make: impl FnOnce() -> E,
) -> Result<T, E> {
    result.map_err(|error| {
        if error.is_violation(kind, name) {
            make()
        } else {
            error.into()
        }
    })
}
