//! Runs, as the API shows them: what is under way, its events, its end on request.
//!
//! The engine owns the rows; this feature only lets callers in who belong to the run's workspace.

pub mod routes;
pub(crate) mod store;

use engine::Run;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sql::{Row, Statement, Time};

use crate::cache::Tag;
use crate::http::auth::Resource;

/// A run that a path names. The engine has the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct RunAt {
    /// `run_…`
    pub id: String,
}

impl Resource for RunAt {
    const NAME: &'static str = "run";
    const PARAM: &'static str = "run";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Ok(Self { id: row.get(at)? })
    }
    /// A run moves on without telling the cache.
    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

/// A run, as the API shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunView {
    /// `run_…`
    pub id: String,
    /// What it does: `reply`, `title` …
    pub kind: String,
    /// `queued`, `running`, `waiting`, `paused`, `completed`, `failed`, `cancelled`, `skipped`.
    pub status: String,
    /// The run above it.
    pub parent_id: Option<String>,
    /// The conversation it writes in.
    pub conversation_id: Option<String>,
    /// The message it writes.
    pub message_id: Option<String>,
    /// How often it was tried.
    pub attempt: u32,
    /// Why it failed: `{code, detail}`.
    pub error: Option<Value>,
    /// Tokens the model read.
    pub prompt_tokens: i64,
    /// Tokens the model wrote.
    pub completion_tokens: i64,
    /// What it cost, in millionths.
    pub cost_micros: i64,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it first ran.
    #[schemars(with = "Option<String>")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Time>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            message_id: run.input["message_id"].as_str().map(str::to_owned),
            status: run.status.as_str().to_owned(),
            id: run.id,
            kind: run.kind,
            parent_id: run.parent_id,
            conversation_id: run.conversation_id,
            attempt: run.attempt,
            error: run.error,
            prompt_tokens: run.usage.prompt_tokens,
            completion_tokens: run.usage.completion_tokens,
            cost_micros: run.usage.cost_micros,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}
