//! Usage: one row a call of a model, and what they add up to by the hour.
//!
//! A reply writes its call in the transaction that ends it ([`Call::writes`]). The gateway hands its calls to the
//! [`Recorder`], which writes them in batches off the request's path and once more at shutdown. A background step
//! ([`SettleStep`]) adds calls to the hours they belong to: each exactly once, whatever dies in between.

mod recorder;
pub mod routes;
mod settle;
pub(crate) mod store;
pub(crate) mod summary;

use schemars::JsonSchema;
use serde::Serialize;
use sql::{Batch, Time};

use crate::budgets;

pub use recorder::Recorder;
pub use settle::{SettleStep, keep_settled, settle_soon};

/// What a model was called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An answer.
    Chat,
    /// Vectors.
    Embeddings,
    /// The title of a conversation.
    Title,
    /// A memory of a conversation.
    Close,
    /// A question, made to stand alone for a search.
    Query,
    /// A cell of a batch.
    Batch,
}

impl Purpose {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
            Self::Title => "title",
            Self::Close => "close",
            Self::Query => "query",
            Self::Batch => "batch",
        }
    }
}

/// One call of a model that has ended.
#[derive(Debug, Clone)]
pub struct Call {
    /// `use_…`
    pub id: String,
    /// When it ended.
    pub at: Time,
    /// Who asked.
    pub user_id: Option<String>,
    /// Where.
    pub workspace_id: Option<String>,
    /// With what; for calls through the gateway.
    pub credential_id: Option<String>,
    /// The run it was part of.
    pub run_id: Option<String>,
    /// What for.
    pub purpose: Purpose,
    /// The outward name of the model.
    pub model: String,
    /// What was read.
    pub prompt_tokens: i64,
    /// What was written.
    pub completion_tokens: i64,
    /// What it cost.
    pub cost_micros: i64,
    /// From the request to the end.
    pub latency_ms: i64,
    /// From the request to the first word.
    pub first_token_ms: Option<i64>,
    /// `ok`, `cancelled`, or the code of the error.
    pub outcome: String,
    /// What its budgets know it by, when something is reserved for it.
    pub reserved_as: Option<String>,
    /// A call that was made beside it and given up, within the same reservation: see [`crate::routing`].
    pub beside: Option<Box<Call>>,
}

impl Call {
    /// The writes that keep it and settle its budgets, for the batch of whoever made the call.
    pub fn writes(&self) -> Batch {
        let mut batch = Batch::new();
        batch.push(store::insert(self));
        let mut cost_micros = self.cost_micros;
        if let Some(beside) = &self.beside {
            batch.push(store::insert(beside));
            cost_micros += beside.cost_micros;
        }
        if let Some(call_id) = &self.reserved_as {
            batch.append(budgets::settle(call_id, cost_micros));
        }
        batch
    }
}

/// A guess at the tokens of a text, for calls that ended before the provider could say: four bytes each.
pub fn estimate_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}
