//! The SQL of calls and hours.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use super::Call;
use super::routes::UsageHourView;
use super::summary::store::Sums;

sql::statements! {
    /// A call that has ended.
    pub(crate) INSERT = "INSERT INTO usage_calls (id, at, user_id, workspace_id, credential_id, run_id, purpose, model, prompt_tokens, \
        completion_tokens, cost_micros, latency_ms, first_token_ms, outcome) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// Whether there is something to settle.
    pub(crate) ANY_UNSETTLED = "SELECT EXISTS (SELECT 1 FROM usage_calls WHERE settled_at IS NULL)";
    /// The oldest calls that are not settled.
    pub(crate) UNSETTLED = "SELECT id, at, user_id, workspace_id, model, purpose, prompt_tokens, completion_tokens, cost_micros, outcome, latency_ms, \
        first_token_ms FROM usage_calls WHERE settled_at IS NULL ORDER BY id LIMIT $1";
    /// Marks calls as settled, if they are not yet.
    pub(crate) MARK_SETTLED = "UPDATE usage_calls SET settled_at = $2 WHERE id IN {$1} AND settled_at IS NULL";
    /// Adds to an hour.
    pub(crate) ADD_TO_HOUR = "INSERT INTO usage_hours (hour, workspace_id, user_id, model, purpose, calls, failures, prompt_tokens, \
        completion_tokens, cost_micros, timed_calls, first_token_ms, writing_ms, written_tokens) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        ON CONFLICT (workspace_id, hour, user_id, model, purpose) DO UPDATE SET calls = usage_hours.calls + excluded.calls, \
        failures = usage_hours.failures + excluded.failures, prompt_tokens = usage_hours.prompt_tokens + excluded.prompt_tokens, \
        completion_tokens = usage_hours.completion_tokens + excluded.completion_tokens, \
        cost_micros = usage_hours.cost_micros + excluded.cost_micros, timed_calls = usage_hours.timed_calls + excluded.timed_calls, \
        first_token_ms = usage_hours.first_token_ms + excluded.first_token_ms, writing_ms = usage_hours.writing_ms + excluded.writing_ms, \
        written_tokens = usage_hours.written_tokens + excluded.written_tokens";
    /// A user's hours, newest first.
    pub(crate) LIST_HOURS = "SELECT hour, workspace_id, model, purpose, calls, failures, prompt_tokens, completion_tokens, cost_micros \
        FROM usage_hours WHERE user_id = $1 AND hour >= $2 AND hour < $3 AND (CAST($4 AS TEXT) IS NULL OR workspace_id = $4) \
        ORDER BY hour DESC, workspace_id, model, purpose LIMIT $5 OFFSET $6";
}

pub fn insert(call: &Call) -> Query {
    query(&INSERT)
        .bind(call.id.as_str())
        .bind(call.at)
        .bind(call.user_id.clone())
        .bind(call.workspace_id.clone())
        .bind(call.credential_id.clone())
        .bind(call.run_id.clone())
        .bind(call.purpose.as_str())
        .bind(call.model.as_str())
        .bind(call.prompt_tokens)
        .bind(call.completion_tokens)
        .bind(call.cost_micros)
        .bind(call.latency_ms)
        .bind(call.first_token_ms)
        .bind(call.outcome.as_str())
}

pub async fn any_unsettled(db: &Db) -> Result<bool> {
    Ok(query(&ANY_UNSETTLED).one::<(bool,)>(db).await?.0)
}

/// What is added up of a call.
pub(super) struct Unsettled {
    pub id: String,
    pub at: Time,
    pub user_id: Option<String>,
    pub workspace_id: Option<String>,
    pub model: String,
    pub purpose: String,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub cost_micros: i64,
    pub outcome: String,
    pub latency_ms: i64,
    pub first_token_ms: Option<i64>,
}

impl FromRow for Unsettled {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            user_id: row.get(2)?,
            workspace_id: row.get(3)?,
            model: row.get(4)?,
            purpose: row.get(5)?,
            prompt_tokens: row.get(6)?,
            completion_tokens: row.get(7)?,
            cost_micros: row.get(8)?,
            outcome: row.get(9)?,
            latency_ms: row.get(10)?,
            first_token_ms: row.get(11)?,
        })
    }
}

pub(super) async fn unsettled(db: &Db, limit: usize) -> Result<Vec<Unsettled>> {
    query(&UNSETTLED).bind(limit).all(db).await
}

pub(super) fn mark_settled(ids: Vec<String>, at: Time) -> Query {
    query(&MARK_SETTLED).bind(ids).bind(at)
}

/// What an hour's row is found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hour {
    pub begins: Time,
    pub workspace_id: String,
    pub user_id: String,
    pub model: String,
    pub purpose: String,
}

pub(super) fn add_to_hour(hour: &Hour, sums: &Sums) -> Query {
    query(&ADD_TO_HOUR)
        .bind(hour.begins)
        .bind(hour.workspace_id.as_str())
        .bind(hour.user_id.as_str())
        .bind(hour.model.as_str())
        .bind(hour.purpose.as_str())
        .bind(sums.calls)
        .bind(sums.failures)
        .bind(sums.prompt_tokens)
        .bind(sums.completion_tokens)
        .bind(sums.cost_micros)
        .bind(sums.timed_calls)
        .bind(sums.first_token_ms)
        .bind(sums.writing_ms)
        .bind(sums.written_tokens)
}

impl FromRow for UsageHourView {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            hour: row.get(0)?,
            workspace_id: row.get(1)?,
            model: row.get(2)?,
            purpose: row.get(3)?,
            calls: row.get(4)?,
            failures: row.get(5)?,
            prompt_tokens: row.get(6)?,
            completion_tokens: row.get(7)?,
            cost_micros: row.get(8)?,
        })
    }
}

/// Which hours of a user.
pub(super) struct HoursOf<'a> {
    pub user_id: &'a str,
    pub from: Time,
    pub to: Time,
    pub workspace_id: Option<&'a str>,
}

pub(super) async fn list_hours(
    db: &Db,
    of: HoursOf<'_>,
    limit: u32,
    offset: u64,
) -> Result<Vec<UsageHourView>> {
    query(&LIST_HOURS)
        .bind(of.user_id)
        .bind(of.from)
        .bind(of.to)
        .bind(of.workspace_id)
        .bind(limit)
        .bind(offset)
        .all(db)
        .await
}
