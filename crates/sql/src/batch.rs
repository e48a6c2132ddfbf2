//! Batches: a list of writes that happen together or not at all.
//!
//! Ids are made by the program, so a write seldom has to read first; then a list says all there is to say. On SQLite
//! many callers' batches share one commit, on PostgreSQL a batch is one flight to the server and back.

use crate::db::Ran;
use crate::{Error, Query, Result};

/// Writes that happen in one transaction. Run it by [`Db::write`](crate::Db::write).
#[derive(Clone, Debug, Default)]
#[must_use = "a batch does nothing until it is written"]
pub struct Batch {
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) query: Query,
    pub(crate) expected: Option<u64>,
}

impl Step {
    /// Fails when the statement changed another number of rows than it was to.
    pub(crate) fn check(&self, got: u64) -> Result<()> {
        match self.expected {
            Some(expected) if expected != got => Err(Error::RowsAffected {
                statement: self.query.statement.name(),
                expected,
                got,
            }),
            _ => Ok(()),
        }
    }
}

impl Batch {
    /// An empty batch; writing it does nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a write.
    pub fn push(&mut self, query: Query) {
        self.steps.push(Step {
            query,
            expected: None,
        });
    }

    /// Adds a write that must change exactly so many rows; otherwise the whole batch is rolled back and fails with
    /// [`Error::RowsAffected`]. This is how a batch says `if it is still as I saw it`.
    pub fn push_expecting(&mut self, rows: u64, query: Query) {
        self.steps.push(Step {
            query,
            expected: Some(rows),
        });
    }

    /// Adds another batch's writes behind these.
    pub fn append(&mut self, other: Self) {
        self.steps.extend(other.steps);
    }

    /// How many writes there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.steps.iter().try_for_each(|step| step.query.check())
    }
}

impl From<Query> for Batch {
    fn from(query: Query) -> Self {
        let mut batch = Self::new();
        batch.push(query);
        batch
    }
}

impl Extend<Query> for Batch {
    fn extend<I: IntoIterator<Item = Query>>(&mut self, queries: I) {
        queries.into_iter().for_each(|query| self.push(query));
    }
}

impl FromIterator<Query> for Batch {
    fn from_iter<I: IntoIterator<Item = Query>>(queries: I) -> Self {
        let mut batch = Self::new();
        batch.extend(queries);
        batch
    }
}

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// How many rows each statement changed, in order.
    pub rows: Vec<u64>,
}

/// What a backend did with a batch: the outcome, and each statement that ran.
#[derive(Debug)]
pub(crate) struct BatchDone {
    pub(crate) result: Result<Vec<u64>>,
    pub(crate) ran: Vec<Ran>,
}
