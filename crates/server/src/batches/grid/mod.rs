//! The grid of a batch: its rows, and a cell for each row asked of a lane. What is shown of them, what a cell is asked, and
//! what a call for it came to.
//!
//! Invariant: what a call came to is written in one transaction with the sums of its lane and batch (`store.rs`), and only
//! by the call that saw the last one before it.

pub(crate) mod store;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::Time;

use crate::batches::{Asker, Status};
use crate::workspaces::Role;

/// What became of a row asked of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellStatus {
    /// It waits, or is being answered.
    Pending,
    /// There is an answer.
    Done,
    /// There is none; `error` says why.
    Failed,
}

impl CellStatus {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        [Self::Done, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::Pending)
    }
}

/// A row asked of a lane.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "BatchCell")]
pub struct Cell {
    /// The lane.
    pub lane: u8,
    /// What became of it.
    pub status: CellStatus,
    /// The answer; also what there was of one that failed.
    pub text: Option<String>,
    /// Whether a page shows only the beginning of it.
    pub truncated: bool,
    /// Why it failed: `{code, detail}`.
    pub error: Option<Value>,
    /// Why the answer ended: `stop`, `length`, `content_filter` …
    pub finish_reason: Option<String>,
    /// Who answered; where a budget says so a cheaper model than that of the lane.
    pub model: Option<String>,
    /// Tokens the model read, in all calls that were made for it.
    pub prompt_tokens: i64,
    /// Tokens it wrote.
    pub completion_tokens: i64,
    /// What that cost, in millionths.
    pub cost_micros: i64,
    /// From the request to the end of the answer, in the last call.
    pub latency_ms: Option<i64>,
    /// From the request to the first word.
    pub first_token_ms: Option<i64>,
    /// How many calls were made for it.
    pub attempts: i64,
    /// When it had its result.
    #[schemars(with = "Option<String>")]
    pub finished_at: Option<Time>,
}

/// A turn before the prompt of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BatchTurn")]
pub struct Turn {
    /// `user`, `assistant` or `system`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// A row of the grid.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "BatchRow")]
pub struct Row {
    /// Its place, from 0.
    pub position: i64,
    /// What is asked.
    pub prompt: String,
    /// The values of the columns, by name; of a single row only.
    pub variables: Option<Value>,
    /// An answer to compare with: the reference, or the original one of a replayed conversation.
    pub expected: Option<String>,
    /// The conversation it was taken from.
    pub conversation_id: Option<String>,
    /// The model that gave the original answer.
    pub original_model: Option<String>,
    /// The turns before the prompt; of a single row only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Turn>>,
    /// Whether a page shows only the beginning of the prompt or of what is expected.
    pub truncated: bool,
    /// The answers, by lane.
    pub cells: Vec<Cell>,
}

/// What a lane of a batch adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LaneSums {
    /// The lane.
    pub lane: u8,
    /// Cells with an answer.
    pub done: i64,
    /// Cells that failed.
    pub failed: i64,
    /// Tokens the model read.
    pub prompt_tokens: i64,
    /// Tokens it wrote.
    pub completion_tokens: i64,
    /// What that cost, in millionths.
    pub cost_micros: i64,
    /// From the request to the end of an answer, the mean of those there are.
    pub latency_ms: Option<i64>,
    /// From the request to the first word, the mean.
    pub first_token_ms: Option<i64>,
}

/// A row that is to be asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRow {
    pub prompt: String,
    pub system_prompt: Option<String>,
    pub variables: Option<BTreeMap<String, String>>,
    pub expected: Option<String>,
    pub conversation_id: Option<String>,
    pub original_model: Option<String>,
    pub history: Option<Vec<Turn>>,
}

impl NewRow {
    /// The characters of all its texts, about.
    pub fn bytes(&self) -> usize {
        let history = self.history.iter().flatten().map(|turn| turn.content.len());
        let variables = self.variables.iter().flatten().map(|(_, value)| value.len());
        let texts = [&self.system_prompt, &self.expected];
        let texts = texts.into_iter().flatten().map(String::len);
        self.prompt.len() + history.chain(variables).chain(texts).sum::<usize>()
    }

    pub(super) fn stored(&self, position: usize) -> Value {
        let mut stored = json!({ "position": position, "prompt": self.prompt });
        let mut set = |name: &str, value: Value| {
            if !value.is_null() {
                stored[name] = value;
            }
        };
        set("system_prompt", json!(self.system_prompt));
        set("variables", json!(self.variables));
        set("expected", json!(self.expected));
        set("conversation_id", json!(self.conversation_id));
        set("original_model", json!(self.original_model));
        set("history", json!(self.history));
        stored
    }
}

/// What a cell is asked.
pub struct Asked {
    /// For whom.
    pub asker: Asker,
    /// What they are in the workspace now.
    pub role: Option<Role>,
    /// Whether their account is switched off.
    pub disabled: bool,
    pub batch: Status,
    pub cell: CellStatus,
    pub attempts: i64,
    pub prompt: String,
    pub system_prompt: Option<String>,
    pub variables: BTreeMap<String, String>,
    pub history: Vec<Turn>,
}

/// What a call for a cell came to.
#[derive(Debug)]
pub struct Outcome {
    /// `Pending` when it is to be called again.
    pub status: CellStatus,
    pub answer: Option<String>,
    pub error: Option<Value>,
    pub finish_reason: Option<&'static str>,
    pub model: Option<String>,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub cost_micros: i64,
    pub latency_ms: i64,
    pub first_token_ms: Option<i64>,
}

impl Outcome {
    /// Of a cell that no model was called for.
    pub const fn refused(error: Value) -> Self {
        Self {
            status: CellStatus::Failed,
            answer: None,
            error: Some(error),
            finish_reason: None,
            model: None,
            prompt_tokens: 0,
            completion_tokens: 0,
            cost_micros: 0,
            latency_ms: 0,
            first_token_ms: None,
        }
    }
}
