//! The SQL of batches: where they stand and what people do with them. That of their rows and cells is in `grid`.

use serde_json::{Value, json};
use sql::{Db, FromRow, Query, Result, Row as SqlRow, Statement, Time, query};

use crate::batches::{Asker, Batch, Reason, Source, Status};
use crate::cache::Tag;
use crate::caller_sql;
use crate::conversations::Lane;
use crate::http::auth::Resource;

macro_rules! batch_columns {
    () => {
        "b.id, b.workspace_id, b.user_id, b.name, b.status, b.reason, b.source, b.models, b.columns, b.template, b.concurrency, b.key_id, \
         b.run_id, b.row_count, b.cell_count, b.done_count, b.failed_count, b.prompt_tokens, b.completion_tokens, b.cost_micros, \
         b.created_at, b.updated_at, b.finished_at"
    };
}

sql::statements! {
    /// The caller, their role, and the batch that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, ", batch_columns!(), " FROM caller LEFT JOIN batches b ON b.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = b.workspace_id");
    /// A batch by id, for its step.
    pub(crate) GET = concat!("SELECT ", batch_columns!(), " FROM batches b WHERE b.id = $1");
    /// The batches of a workspace, the newest first.
    pub(crate) LIST = concat!("SELECT ", batch_columns!(), " FROM batches b WHERE b.workspace_id = $1 AND (b.created_at, b.id) < ($2, $3) \
        AND (CAST($4 AS TEXT) IS NULL OR LOWER(b.name) LIKE $4 ESCAPE '\\') ORDER BY b.created_at DESC, b.id DESC LIMIT $5 OFFSET $6");
    /// How many those are.
    pub(crate) COUNT = "SELECT COUNT(*) FROM batches b WHERE b.workspace_id = $1 AND (CAST($2 AS TEXT) IS NULL OR LOWER(b.name) LIKE $2 ESCAPE '\\')";
    /// The runs that work in a workspace.
    pub(crate) ACTIVE_RUNS = "SELECT run_id FROM batches WHERE workspace_id = $1 AND status IN ('running', 'paused') LIMIT 10000";
    /// A new batch.
    pub(crate) INSERT = "INSERT INTO batches (id, workspace_id, user_id, name, status, reason, source, models, columns, template, concurrency, key_id, \
        run_id, row_count, cell_count, done_count, failed_count, prompt_tokens, completion_tokens, cost_micros, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, 'running', NULL, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, 0, 0, $14, $14)";
    /// Another name.
    pub(crate) RENAME = "UPDATE batches SET name = $2, updated_at = $3 WHERE id = $1";
    /// A batch with everything of it.
    pub(crate) DELETE = "DELETE FROM batches WHERE id = $1";
    /// Those that nobody has worked on for long.
    pub(crate) LEFT_ALONE = concat!("SELECT ", batch_columns!(), " FROM batches b WHERE b.updated_at < $1 ORDER BY b.updated_at LIMIT $2");
    /// No further cells.
    pub(crate) PAUSE = "UPDATE batches SET status = 'paused', reason = $2, updated_at = $3 WHERE id = $1 AND status = 'running'";
    /// The same, unless it goes on for somebody else by now.
    pub(crate) PAUSE_FOR = "UPDATE batches SET status = 'paused', reason = $2, updated_at = $3 WHERE id = $1 AND status = 'running' \
        AND user_id = $4 AND COALESCE(key_id, '') = $5";
    /// It goes on for this caller, with this run, if it is still as it was seen.
    pub(crate) GO_ON = "UPDATE batches SET status = 'running', reason = NULL, finished_at = NULL, run_id = $3, updated_at = $4, user_id = $6, key_id = $7 \
        WHERE id = $1 AND run_id = $2 AND status = $5";
    /// Every cell has a result.
    pub(crate) COMPLETE = "UPDATE batches SET status = 'completed', reason = NULL, finished_at = $3, updated_at = $3 \
        WHERE id = $1 AND run_id = $2 AND done_count + failed_count = cell_count";
    /// Its run ended before that.
    pub(crate) CLOSE = "UPDATE batches SET status = $3, reason = $4, finished_at = $5, updated_at = $5 \
        WHERE id = $1 AND run_id = $2 AND status IN ('running', 'paused')";
}

fn read_batch(row: &SqlRow<'_>, at: usize) -> Result<Batch> {
    let (status, source): (String, String) = (row.get(at + 4)?, row.get(at + 6)?);
    let (reason, models, columns): (Option<Value>, Option<Value>, Option<Value>) =
        (row.get(at + 5)?, row.get(at + 7)?, row.get(at + 8)?);
    Ok(Batch {
        id: row.get(at)?,
        workspace_id: row.get(at + 1)?,
        user_id: row.get(at + 2)?,
        name: row.get(at + 3)?,
        status: Status::parse(&status),
        reason: read_json(reason),
        source: Source::parse(&source),
        models: read_json::<Vec<Lane>>(models).unwrap_or_default(),
        columns: read_json(columns).unwrap_or_default(),
        template: row.get(at + 9)?,
        concurrency: row.get(at + 10)?,
        key_id: row.get(at + 11)?,
        run_id: row.get(at + 12)?,
        rows: row.get(at + 13)?,
        cells: row.get(at + 14)?,
        done: row.get(at + 15)?,
        failed: row.get(at + 16)?,
        prompt_tokens: row.get(at + 17)?,
        completion_tokens: row.get(at + 18)?,
        cost_micros: row.get(at + 19)?,
        created_at: row.get(at + 20)?,
        updated_at: row.get(at + 21)?,
        finished_at: row.get(at + 22)?,
    })
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(stored: Option<Value>) -> Option<T> {
    stored.and_then(|stored| serde_json::from_value(stored).ok())
}

impl FromRow for Batch {
    fn from_row(row: &SqlRow<'_>) -> Result<Self> {
        read_batch(row, 0)
    }
}

impl Resource for Batch {
    const NAME: &'static str = "batch";
    const PARAM: &'static str = "batch";

    fn statement() -> &'static Statement {
        &FIND_SCOPED
    }
    fn read(row: &SqlRow<'_>, at: usize) -> Result<Self> {
        read_batch(row, at)
    }
    /// A batch moves on without telling the cache.
    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

pub async fn get(db: &Db, id: &str) -> Result<Option<Batch>> {
    query(&GET).bind(id).optional(db).await
}

/// Behind every id and after every time: where a list without a cursor begins.
const LAST_ID: &str = "~";
const LAST_TIME: Time = Time::from_micros(253_402_300_799_000_000);

pub async fn list(
    db: &Db,
    workspace_id: &str,
    after: Option<(Time, String)>,
    like: Option<String>,
    (limit, offset): (u32, u64),
) -> Result<Vec<Batch>> {
    let (at, id) = after.unwrap_or((LAST_TIME, LAST_ID.to_owned()));
    query(&LIST)
        .bind(workspace_id)
        .bind(at)
        .bind(id)
        .bind(like)
        .bind(limit)
        .bind(offset as i64)
        .all(db)
        .await
}

pub async fn count(db: &Db, workspace_id: &str, like: Option<String>) -> Result<i64> {
    let counted: (i64,) = query(&COUNT).bind(workspace_id).bind(like).one(db).await?;
    Ok(counted.0)
}

pub async fn active_runs(db: &Db, workspace_id: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&ACTIVE_RUNS).bind(workspace_id).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn left_alone(db: &Db, since: Time, limit: usize) -> Result<Vec<Batch>> {
    query(&LEFT_ALONE).bind(since).bind(limit as i64).all(db).await
}

/// A new batch, without its grid.
pub fn insert(batch: &Batch) -> Query {
    query(&INSERT)
        .bind(batch.id.as_str())
        .bind(batch.workspace_id.as_str())
        .bind(batch.user_id.as_str())
        .bind(batch.name.as_str())
        .bind(batch.source.as_str())
        .bind(json!(batch.models))
        .bind(json!(batch.columns))
        .bind(batch.template.as_deref())
        .bind(batch.concurrency)
        .bind(batch.key_id.as_deref())
        .bind(batch.run_id.as_str())
        .bind(batch.rows)
        .bind(batch.cells)
        .bind(batch.created_at)
}

pub fn rename(id: &str, name: &str, now: Time) -> Query {
    query(&RENAME).bind(id).bind(name).bind(now)
}

pub fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

pub fn pause(id: &str, reason: &Reason, now: Time) -> Query {
    query(&PAUSE).bind(id).bind(json!(reason)).bind(now)
}

/// It stands still, if it is still worked on for these.
pub fn pause_for(id: &str, asker: &Asker, reason: &Reason, now: Time) -> Query {
    query(&PAUSE_FOR)
        .bind(id)
        .bind(json!(reason))
        .bind(now)
        .bind(asker.user_id.as_str())
        .bind(asker.key_id.as_deref().unwrap_or_default())
}

/// It goes on from what was seen of it, for these, with the run of this id.
pub fn go_on(seen: &Batch, asker: &Asker, run_id: &str, now: Time) -> Query {
    query(&GO_ON)
        .bind(seen.id.as_str())
        .bind(seen.run_id.as_str())
        .bind(run_id)
        .bind(now)
        .bind(seen.status.as_str())
        .bind(asker.user_id.as_str())
        .bind(asker.key_id.as_deref())
}

pub fn complete(id: &str, run_id: &str, now: Time) -> Query {
    query(&COMPLETE).bind(id).bind(run_id).bind(now)
}

pub fn close(id: &str, run_id: &str, status: Status, reason: Option<&Reason>, now: Time) -> Query {
    query(&CLOSE)
        .bind(id)
        .bind(run_id)
        .bind(status.as_str())
        .bind(reason.map(|reason| json!(reason)))
        .bind(now)
}
