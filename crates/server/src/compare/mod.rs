//! Comparisons: one question to up to twelve models side by side, each with a history of its own.
//!
//! A comparison is a conversation with lanes ([`crate::conversations::lanes`]). A question to it is a run of kind
//! `comparison` ([`ComparisonStep`]) with a run of kind `lane` below it for each lane:
//!
//! ```text
//! begin.rs: one transaction: question, empty answers, the run, conversation.active_run_id
//!    ▼
//! step.rs: `start` of every lane ─▶ one search for all ─▶ runs of the lanes, on this node ─▶ follows their logs
//!              │                                             │ text, done (committed with the answer)
//!              ◀──────────────── every event of a lane, as it is, into the one numbered log of the comparison
//!    ▼ every lane has ended
//! conversation free, title ─▶ commit ─▶ `complete`
//! ```
//!
//! So a lane is cancelled, counted and recovered like any run, and a slow, silent or failing one holds up nobody. The log
//! of the comparison is written by its step alone, so its numbers are those of one run: no number is used twice, and
//! `complete` is behind the commit of every answer. When the process dies, lanes keep what was logged of them and end as
//! interrupted, or begin again when no word had come; the comparison begins every lane that was not done with a new
//! `start`, which tells a reader to forget what it has of it, and shows it from its log.
//!
//! What people think of the answers are votes (`vote.rs`), what the votes of a workspace say of its models is a leaderboard
//! (`leaderboard.rs`, fitted by `rating.rs`). `breakout.rs` makes a chat of a lane, `preset.rs` keeps sets of models.

mod begin;
mod breakout;
mod choice;
mod leaderboard;
mod page;
mod preset;
mod rating;
pub mod routes;
mod step;
pub(crate) mod store;
mod vote;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

pub use begin::regenerate;
pub use choice::{checked, usable};
pub use leaderboard::{Standing, Wanted, show as leaderboard};
pub use page::{STYLE as PAGE_STYLE, escaped, exported, print, quoted};
pub use step::ComparisonStep;
pub use vote::{Vote, attach};

use crate::conversations::lanes::LaneSettings;
use crate::sources::Collection;

/// What the run of a comparison is given.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ComparisonInput {
    /// The question.
    question_id: String,
    /// Who answers it.
    lanes: Vec<Asked>,
    /// What the answers draw on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collection: Option<Collection>,
    /// Whether the models are not to be named in events.
    #[serde(default)]
    hidden: bool,
    /// The position of the first answer among the messages of the conversation.
    position: i64,
    /// When it was asked.
    asked_at: Time,
    /// The API key it was asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

/// A lane that a question goes to, and what is made for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    lane: u8,
    message_id: String,
    run_id: String,
    model: String,
    #[serde(default)]
    settings: LaneSettings,
}

/// A model of a comparison: its name, or more about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "has to be a model's name, or an object of `model`, `label` and `settings`"
)]
pub enum Choice {
    /// The model's full name.
    Name(String),
    /// A model, what people call it, and how it is asked.
    Lane {
        /// The model's full name.
        model: String,
        /// What people call it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// How it is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings: Option<LaneSettings>,
    },
}
