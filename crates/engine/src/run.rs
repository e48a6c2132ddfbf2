//! A run as the database holds it, and what it takes to make one.
//!
//! Features build a `NewRun` and hand it to `Engine::prepare`; everybody reads `Run`. Input, output and error are JSON
//! whose shape only the step of that kind knows.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sql::Time;

use crate::state::{FinishStatus, Lease, RunState, RunStatus};

/// Which share of the node a step runs in. A full lane never holds up the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Somebody waits for it: replies, workflow steps. Mostly waiting for a model, so many at once.
    Interactive,
    /// Nobody waits: titles, embeddings, settlements. Few at once.
    Background,
}

impl Lane {
    /// Both, in the order in which they are served.
    pub const ALL: [Self; 2] = [Self::Interactive, Self::Background];

    /// The number in the database and the place in tables by lane.
    pub const fn index(self) -> usize {
        match self {
            Self::Interactive => 0,
            Self::Background => 1,
        }
    }
}

/// What a caller says about a run it wants.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Made by the caller, so that it can be stored elsewhere in the same transaction.
    pub id: String,
    /// The run that waits for it, if any.
    pub parent_id: Option<String>,
    /// The tenant.
    pub workspace_id: Option<String>,
    /// Who asked for it.
    pub user_id: Option<String>,
    /// The conversation it belongs to.
    pub conversation_id: Option<String>,
    /// Names the registered step.
    pub kind: &'static str,
    /// What the step gets.
    pub input: Value,
    /// At this many failed attempts it is failed. At least 1.
    pub attempts_max: u32,
    /// Not before this.
    pub available_at: Time,
    /// A second run with the same key of the same user is refused by `runs_user_idempotency_key`;
    /// `Engine::find_by_idempotency_key` has the first.
    pub idempotency_key: Option<String>,
}

impl NewRun {
    /// A run of that kind with nothing else said: due now, one attempt.
    pub fn new(id: impl Into<String>, kind: &'static str, input: Value) -> Self {
        Self {
            id: id.into(),
            parent_id: None,
            workspace_id: None,
            user_id: None,
            conversation_id: None,
            kind,
            input,
            attempts_max: 1,
            available_at: Time::from_micros(0),
            idempotency_key: None,
        }
    }
}

/// Whether a run begins on this node with its very insert or goes through the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The row is inserted already leased: nothing has to be claimed. Falls back to the queue when the lane is full,
    /// the engine drains or the run is not due.
    Now,
    /// Whoever has room takes it.
    Queued,
}

/// What a run has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunUsage {
    /// Tokens read by the model.
    pub prompt_tokens: i64,
    /// Tokens written by the model.
    pub completion_tokens: i64,
    /// Millionths of the currency of the price table.
    pub cost_micros: i64,
}

/// A row of `runs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The run above it.
    pub parent_id: Option<String>,
    /// The top of its tree; itself when it has no parent.
    pub root_id: String,
    /// The tenant.
    pub workspace_id: Option<String>,
    /// Who asked for it.
    pub user_id: Option<String>,
    /// The conversation it belongs to.
    pub conversation_id: Option<String>,
    /// Names its step.
    pub kind: String,
    /// Where it runs.
    pub lane: Lane,
    /// Where it stands.
    pub status: RunStatus,
    /// What the step got.
    pub input: Value,
    /// What it left, once it has ended.
    pub output: Option<Value>,
    /// Why it failed, or failed last.
    pub error: Option<Value>,
    /// How often it was claimed.
    pub attempt: u32,
    /// How many of the attempts ended badly.
    pub failures: u32,
    /// Its limit of failures.
    pub attempts_max: u32,
    /// Not before this.
    pub available_at: Time,
    /// The node that holds it.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_expires_at: Option<Time>,
    /// Its last attempt lost its node.
    pub orphaned: bool,
    /// When somebody asked for its end.
    pub cancel_requested_at: Option<Time>,
    /// Children it has had.
    pub children: u32,
    /// Children that have ended.
    pub children_ended: u32,
    /// Ended children that wake it.
    pub wake_at: u32,
    /// The caller's key.
    pub idempotency_key: Option<String>,
    /// What it used.
    pub usage: RunUsage,
    /// When it was made.
    pub created_at: Time,
    /// When it first ran.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
}

impl Run {
    /// What decides about it.
    pub fn state(&self) -> RunState {
        let lease = self.lease_owner.as_ref().zip(self.lease_expires_at);
        RunState {
            status: self.status,
            attempt: self.attempt,
            failures: self.failures,
            attempts_max: self.attempts_max,
            available_at: self.available_at,
            lease: lease.map(|(owner, expires_at)| Lease {
                owner: owner.clone(),
                expires_at,
            }),
            orphaned: self.orphaned,
            cancel_requested: self.cancel_requested_at.is_some(),
            children: self.children,
            children_ended: self.children_ended,
            wake_at: self.wake_at,
        }
    }
}

/// How a run ends, with everything that belongs to the same transaction.
pub struct Finish {
    /// Well, badly, cancelled or skipped.
    pub status: FinishStatus,
    /// What it leaves.
    pub output: Value,
    /// Why it failed.
    pub error: Option<Value>,
    /// What it used.
    pub usage: RunUsage,
    /// The feature's own writes: the message, the usage of the hour. A run prepared in here is begun with
    /// `Start::Queued`: the engine looks for it after the commit.
    pub writes: sql::Batch,
    /// The last events of the run, shown only after the commit. When `complete` is not among them, the run still ends
    /// with one that carries its status (`live::closing_event`).
    pub last_events: Vec<crate::NewEvent>,
}

impl Finish {
    fn with(status: FinishStatus, output: Value, error: Option<Value>) -> Self {
        Self {
            status,
            output,
            error,
            usage: RunUsage::default(),
            writes: sql::Batch::new(),
            last_events: Vec::new(),
        }
    }

    /// Ended well with that output.
    pub fn completed(output: Value) -> Self {
        Self::with(FinishStatus::Completed, output, None)
    }

    /// Ended badly for that reason.
    pub fn failed(error: Value) -> Self {
        Self::with(FinishStatus::Failed, Value::Null, Some(error))
    }

    /// Ended on request.
    pub fn cancelled() -> Self {
        Self::with(FinishStatus::Cancelled, Value::Null, None)
    }
}
