//! Batches: many prompts, each asked of several models, as one run; the answers are a grid of rows and lanes.
//!
//! ```text
//! begin.rs: prompts, a table (table.rs) or conversations (replay.rs) ─▶ one transaction: rows, cells `pending`, the run
//!    ▼
//! step.rs: so many cells at once ─▶ call.rs: budgets, limits, the model ─▶ one transaction a cell: its answer, the sums of
//!    │                                                                      its lane and batch, the usage and its settling
//!    ├─ somebody pauses it, a budget is used up, or whoever it is worked on for may not any more
//!    │                                                               ─▶ `paused`, the run sleeps ─▶ steer.rs wakes it
//!    ▼ no cell is pending
//! `completed`, also when cells failed; those are tried again on request
//! ```
//!
//! Invariant: `done + failed` of a batch and of its lanes is the number of its cells that have a result, and its tokens and
//! costs are the sums of those of its cells: all of them change in the transaction that writes the cell. Invariant: a cell is
//! charged for every call that was made for it, once. A cell whose process died before that transaction is called again.
//! Invariant: every call is made for whoever began the batch or was the last to go on with it ([`Asker`]), as they are then:
//! a member who may ask models, with a key that is valid.

mod begin;
mod call;
mod estimate;
mod export;
mod file;
pub(crate) mod grid;
mod input;
mod replay;
pub mod routes;
mod steer;
mod step;
pub(crate) mod store;
mod table;
mod work;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

pub use grid::{Cell, CellStatus, LaneSums, Row, Turn};
pub use step::BatchStep;

use crate::App;
use crate::accounts::CallerRow;
use crate::changes::Notice;
use crate::conversations::Lane;
use crate::http::json::Check;
use crate::http::problem::Problem;

/// The kind of the runs.
pub const KIND: &str = "batch";
/// The most rows of a batch.
const ROWS_MAX: usize = 10_000;
/// The most cells of a batch.
const CELLS_MAX: usize = 20_000;
/// The longest name.
const NAME_CHARS_MAX: usize = 120;
/// How much of a text a page of the grid shows.
const SHOWN_CHARS: usize = 2_000;

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BatchStatus")]
pub enum Status {
    /// It is being worked on, or will be as soon as a server has room.
    Running,
    /// No further cells are begun until it is resumed.
    Paused,
    /// Every cell has a result; some of these may be failures.
    Completed,
    /// Somebody has ended it.
    Cancelled,
    /// It could not go on; `reason` says why.
    Failed,
}

impl Status {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Self {
        [Self::Running, Self::Paused, Self::Completed, Self::Cancelled]
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::Failed)
    }
}

/// Where the rows of a batch come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "BatchSource")]
pub enum Source {
    /// A list.
    Prompts,
    /// The rows of a table.
    Csv,
    /// The last questions of conversations, asked again.
    Conversations,
}

impl Source {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompts => "prompts",
            Self::Csv => "csv",
            Self::Conversations => "conversations",
        }
    }

    fn parse(text: &str) -> Self {
        [Self::Csv, Self::Conversations]
            .into_iter()
            .find(|source| source.as_str() == text)
            .unwrap_or(Self::Prompts)
    }
}

/// Why a batch stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BatchReason")]
pub struct Reason {
    /// `requested`; `member_left` or `user_disabled`, when whoever it was worked on for may not any more; or the code of a
    /// problem: `budget_exceeded`, `key_revoked` …
    pub code: String,
    /// For people.
    pub detail: String,
}

impl Reason {
    fn requested() -> Self {
        Self {
            code: "requested".to_owned(),
            detail: "Somebody has paused it.".to_owned(),
        }
    }

    /// Whoever it was worked on for is gone.
    fn of_asker(code: &str, what: &str) -> Self {
        Self {
            code: code.to_owned(),
            detail: format!("{what} Any member may resume it, and from then on it is theirs."),
        }
    }

    fn of(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str().to_owned(),
            detail: problem.detail.clone(),
        }
    }
}

/// For whom a batch is worked on: whoever began it, or was the last to go on with it. Permissions, limits and budgets are
/// theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// The user.
    pub user_id: String,
    /// The API key they asked with.
    pub key_id: Option<String>,
}

impl Asker {
    fn of(caller: &CallerRow) -> Self {
        Self {
            user_id: caller.user_id.clone(),
            key_id: caller.key_id().map(str::to_owned),
        }
    }
}

/// A batch, stored and shown alike.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Batch {
    /// `bat_…`
    pub id: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// For whom it is worked on: who began it, or was the last to resume it.
    pub user_id: String,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// Why it is paused or failed.
    pub reason: Option<Reason>,
    /// Where its rows come from.
    pub source: Source,
    /// The models that are asked, by lane.
    pub models: Vec<Lane>,
    /// The columns of its table.
    pub columns: Vec<String>,
    /// What its prompts are made from.
    pub template: Option<String>,
    /// How many cells are worked on at once.
    pub concurrency: u32,
    /// How many rows it has.
    pub rows: i64,
    /// How many cells: a row asked of a lane is one.
    pub cells: i64,
    /// Cells with an answer.
    pub done: i64,
    /// Cells that failed.
    pub failed: i64,
    /// Tokens the models read, in all calls.
    pub prompt_tokens: i64,
    /// Tokens they wrote.
    pub completion_tokens: i64,
    /// What that cost, in millionths.
    pub cost_micros: i64,
    /// The run that works on it, or was the last to. Its events tell the progress.
    pub run_id: String,
    /// When it was begun.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it last changed, or was worked on.
    #[schemars(with = "String")]
    pub updated_at: Time,
    /// When it ended.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Time>,
    /// The API key they asked with.
    #[serde(skip)]
    pub key_id: Option<String>,
}

/// A batch with the sums of its lanes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BatchView {
    /// The batch.
    #[serde(flatten)]
    pub batch: Batch,
    /// What its lanes add up to.
    pub lanes: Vec<LaneSums>,
}

/// The body that renames a batch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBatch {
    /// Another name.
    pub name: String,
}

/// A batch with the sums of its lanes.
pub async fn show(app: &App, batch: Batch) -> Result<BatchView, Problem> {
    let lanes = grid::store::lanes(&app.db, &batch.id).await?;
    Ok(BatchView { batch, lanes })
}

/// A batch as it is now.
pub async fn find(app: &App, id: &str) -> Result<Batch, Problem> {
    let found = store::get(&app.db, id).await?;
    found.ok_or_else(|| Problem::not_found("batch", id))
}

/// Gives a batch another name.
pub async fn rename(app: &App, batch: Batch, body: UpdateBatch) -> Result<Batch, Problem> {
    let mut check = Check::new();
    let name = check.text("name", &body.name, 1, NAME_CHARS_MAX);
    check.done()?;
    let now = app.clock.now();
    store::rename(&batch.id, &name, now).execute(&app.db).await?;
    app.changes.publish(Notice::batches(&batch.workspace_id)).await;
    Ok(Batch {
        name,
        updated_at: now,
        ..batch
    })
}

/// Deletes a batch with its answers; what is under way is broken off first.
pub async fn delete(app: &App, batch: &Batch) -> Result<(), Problem> {
    if matches!(batch.status, Status::Running | Status::Paused) {
        let cancelled = app.engine.cancel(&batch.run_id).await;
        cancelled.map_err(Problem::internal)?;
    }
    store::delete(&batch.id).execute(&app.db).await?;
    app.changes.publish(Notice::batches(&batch.workspace_id)).await;
    Ok(())
}

/// Batches that nobody has changed or worked on since then, for the housekeeping.
pub async fn left_alone(app: &App, since: Time, limit: usize) -> Result<Vec<Batch>, Problem> {
    Ok(store::left_alone(&app.db, since, limit).await?)
}

/// Ends every batch that is worked on in a workspace; before the workspace is deleted.
pub async fn stop_all(app: &App, workspace_id: &str) -> Result<(), Problem> {
    for run_id in store::active_runs(&app.db, workspace_id).await? {
        app.engine.cancel(&run_id).await.map_err(Problem::internal)?;
    }
    Ok(())
}
