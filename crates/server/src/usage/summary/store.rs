//! The SQL of summaries.

use sql::{Db, FromRow, Query, Result, Statement, Time, query};

use super::By;

/// The columns of [`Sums`]. Cast because PostgreSQL adds up to another type.
macro_rules! sums {
    () => {
        "CAST(COALESCE(SUM(h.calls), 0) AS BIGINT), CAST(COALESCE(SUM(h.failures), 0) AS BIGINT), \
         CAST(COALESCE(SUM(h.prompt_tokens), 0) AS BIGINT), CAST(COALESCE(SUM(h.completion_tokens), 0) AS BIGINT), \
         CAST(COALESCE(SUM(h.cost_micros), 0) AS BIGINT), CAST(COALESCE(SUM(h.timed_calls), 0) AS BIGINT), \
         CAST(COALESCE(SUM(h.first_token_ms), 0) AS BIGINT), CAST(COALESCE(SUM(h.writing_ms), 0) AS BIGINT), \
         CAST(COALESCE(SUM(h.written_tokens), 0) AS BIGINT) FROM usage_hours h WHERE h.hour >= $1 AND h.hour < $2"
    };
}

/// Whose hours: everybody's, a workspace's, a user's.
macro_rules! of {
    (all) => {
        ""
    };
    (workspace) => {
        " AND h.workspace_id = $3"
    };
    (user) => {
        " AND h.user_id = $3 AND (CAST($4 AS TEXT) IS NULL OR h.workspace_id = $4)"
    };
}

macro_rules! by_hour {
    ($of:ident) => {
        concat!(
            "SELECT h.hour, ",
            sums!(),
            of!($of),
            " GROUP BY h.hour ORDER BY h.hour LIMIT 10000"
        )
    };
}

macro_rules! by {
    ($column:literal, $of:ident) => {
        concat!(
            "SELECT h.",
            $column,
            ", ",
            sums!(),
            of!($of),
            " GROUP BY h.",
            $column,
            " ORDER BY SUM(h.cost_micros) DESC, SUM(h.calls) DESC, h.",
            $column,
            " LIMIT 100"
        )
    };
}

sql::statements! {
    /// All calls of a time.
    pub(crate) TOTAL_OF_ALL = concat!("SELECT ", sums!(), of!(all));
    /// All calls in a workspace.
    pub(crate) TOTAL_OF_WORKSPACE = concat!("SELECT ", sums!(), of!(workspace));
    /// All calls of a user.
    pub(crate) TOTAL_OF_USER = concat!("SELECT ", sums!(), of!(user));
    /// The hours of all calls.
    pub(crate) HOURS_OF_ALL = by_hour!(all);
    /// The hours of a workspace.
    pub(crate) HOURS_OF_WORKSPACE = by_hour!(workspace);
    /// The hours of a user.
    pub(crate) HOURS_OF_USER = by_hour!(user);
    /// The models of all calls, the dearest first.
    pub(crate) MODELS_OF_ALL = by!("model", all);
    /// The models of a workspace.
    pub(crate) MODELS_OF_WORKSPACE = by!("model", workspace);
    /// The models of a user.
    pub(crate) MODELS_OF_USER = by!("model", user);
    /// Who called, of all.
    pub(crate) USERS_OF_ALL = by!("user_id", all);
    /// Who called in a workspace.
    pub(crate) USERS_OF_WORKSPACE = by!("user_id", workspace);
    /// A user alone.
    pub(crate) USERS_OF_USER = by!("user_id", user);
    /// Where calls were made.
    pub(crate) WORKSPACES_OF_ALL = by!("workspace_id", all);
    /// A workspace alone.
    pub(crate) WORKSPACES_OF_WORKSPACE = by!("workspace_id", workspace);
    /// Where a user's calls were made.
    pub(crate) WORKSPACES_OF_USER = by!("workspace_id", user);
    /// What all calls were for.
    pub(crate) PURPOSES_OF_ALL = by!("purpose", all);
    /// What those of a workspace were for.
    pub(crate) PURPOSES_OF_WORKSPACE = by!("purpose", workspace);
    /// What those of a user were for.
    pub(crate) PURPOSES_OF_USER = by!("purpose", user);
    /// What people are called.
    pub(crate) USER_NAMES = "SELECT id, name FROM users WHERE id IN {$1}";
    /// What workspaces are called.
    pub(crate) WORKSPACE_NAMES = "SELECT id, name FROM workspaces WHERE id IN {$1}";
}

/// Whose hours.
pub enum Of {
    /// Everybody's.
    All,
    /// Those in a workspace.
    Workspace(String),
    /// A user's, perhaps in one workspace.
    User(String, Option<String>),
}

impl Of {
    /// One of three statements, with what it takes.
    fn query(&self, statements: [&'static Statement; 3], from: Time, to: Time) -> Query {
        let [all, workspace, user] = statements;
        match self {
            Self::All => query(all).bind(from).bind(to),
            Self::Workspace(id) => query(workspace).bind(from).bind(to).bind(id.as_str()),
            Self::User(id, workspace) => query(user)
                .bind(from)
                .bind(to)
                .bind(id.as_str())
                .bind(workspace.clone()),
        }
    }
}

/// What the calls of an hour add up to, or those of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub calls: i64,
    pub failures: i64,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub cost_micros: i64,
    /// Calls that went well and whose first word was seen, the sums of the times to it and from it on, and of what they wrote.
    pub timed_calls: i64,
    pub first_token_ms: i64,
    pub writing_ms: i64,
    pub written_tokens: i64,
}

impl Sums {
    /// With more.
    pub fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.failures += more.failures;
        self.prompt_tokens = self.prompt_tokens.saturating_add(more.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(more.completion_tokens);
        self.cost_micros = self.cost_micros.saturating_add(more.cost_micros);
        self.timed_calls += more.timed_calls;
        self.first_token_ms += more.first_token_ms;
        self.writing_ms += more.writing_ms;
        self.written_tokens = self.written_tokens.saturating_add(more.written_tokens);
    }

    fn read(row: &sql::Row<'_>, at: usize) -> Result<Self> {
        Ok(Self {
            calls: row.get(at)?,
            failures: row.get(at + 1)?,
            prompt_tokens: row.get(at + 2)?,
            completion_tokens: row.get(at + 3)?,
            cost_micros: row.get(at + 4)?,
            timed_calls: row.get(at + 5)?,
            first_token_ms: row.get(at + 6)?,
            writing_ms: row.get(at + 7)?,
            written_tokens: row.get(at + 8)?,
        })
    }
}

impl FromRow for Sums {
    fn from_row(row: &sql::Row<'_>) -> Result<Self> {
        Self::read(row, 0)
    }
}

/// A row of a summary.
pub struct Row {
    /// The hour; no time for other rows.
    pub at: Time,
    /// What it stands for.
    pub key: String,
    pub sums: Sums,
}

/// A row that stands for an hour.
struct Hour(Row);

impl FromRow for Hour {
    fn from_row(row: &sql::Row<'_>) -> Result<Self> {
        let at: Time = row.get(0)?;
        Ok(Self(Row {
            at,
            key: at.to_string(),
            sums: Sums::read(row, 1)?,
        }))
    }
}

impl FromRow for Row {
    fn from_row(row: &sql::Row<'_>) -> Result<Self> {
        Ok(Self {
            at: Time::from_micros(0),
            key: row.get(0)?,
            sums: Sums::read(row, 1)?,
        })
    }
}

pub async fn total(db: &Db, of: &Of, from: Time, to: Time) -> Result<Sums> {
    let statements = [&TOTAL_OF_ALL, &TOTAL_OF_WORKSPACE, &TOTAL_OF_USER];
    of.query(statements, from, to).one(db).await
}

/// The rows; hours where days are asked for.
pub async fn rows(db: &Db, of: &Of, by: By, from: Time, to: Time) -> Result<Vec<Row>> {
    let statements: [&'static Statement; 3] = match by {
        By::Day | By::Hour => {
            let hours = [&HOURS_OF_ALL, &HOURS_OF_WORKSPACE, &HOURS_OF_USER];
            let rows: Vec<Hour> = of.query(hours, from, to).all(db).await?;
            return Ok(rows.into_iter().map(|Hour(row)| row).collect());
        }
        By::Model => [&MODELS_OF_ALL, &MODELS_OF_WORKSPACE, &MODELS_OF_USER],
        By::User => [&USERS_OF_ALL, &USERS_OF_WORKSPACE, &USERS_OF_USER],
        By::Workspace => [&WORKSPACES_OF_ALL, &WORKSPACES_OF_WORKSPACE, &WORKSPACES_OF_USER],
        By::Purpose => [&PURPOSES_OF_ALL, &PURPOSES_OF_WORKSPACE, &PURPOSES_OF_USER],
    };
    of.query(statements, from, to).all(db).await
}

/// The names of people or workspaces.
pub async fn names(db: &Db, people: bool, ids: Vec<String>) -> Result<Vec<(String, String)>> {
    let statement = if people { &USER_NAMES } else { &WORKSPACE_NAMES };
    query(statement).bind(ids).all(db).await
}
