//! Answers with sources: a conversation, or one question, draws on a [`Collection`]; a reply then searches it before the
//! model speaks, shows the model what was found, and keeps what the answer names.
//!
//! ```text
//! question ─▶ query (query.rs: made to stand alone) ─▶ retrieval::find, within the collection (collection.rs)
//!                    ─▶ relevant, different, within a budget (select.rs) ─▶ `citation` events
//!                    ─▶ marked as data in front of the question (marked.rs) ─▶ model ─▶ without marks (unmarked.rs)
//!                    ─▶ the numbers that the answer names
//! ```
//!
//! Invariant: what was found is never told to a model as an instruction: it stands in the question's turn, never in the
//! system prompt, between marks that nothing inside of it can know.

mod collection;
mod find;
mod marked;
mod query;
pub mod routes;
mod select;
pub(crate) mod store;
mod unmarked;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use collection::Collection;
pub use find::{Asked, Found, find, found};
pub use marked::{named, rules};
pub use unmarked::Unmarked;

use crate::retrieval::{Kind, PlaceView};

/// A passage that an answer draws on: what stands behind `[number]` in its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Citation {
    /// Its number in this answer, from 1.
    pub number: u32,
    /// The passage: `/api/passages/{passage}`.
    pub passage: i64,
    /// What it belongs to is a…
    pub kind: Kind,
    /// What it belongs to.
    pub owner_id: String,
    /// The conversation of a message, the folder of a file.
    pub parent_id: Option<String>,
    /// The title of what it belongs to.
    pub title: String,
    /// Where it stands there.
    pub place: PlaceView,
    /// The part of it that is nearest to the question.
    pub snippet: String,
}

/// A search that a reply made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retrieval {
    /// What was searched for: the question, or what the conversation made of it.
    pub query: String,
    /// How many relevant passages the model was shown; 0: nothing relevant was found.
    pub found: u32,
}

/// What an answer draws on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sources {
    /// The search behind it.
    pub retrieval: Retrieval,
    /// The passages that the answer names; all that the model was shown, when it names none.
    pub citations: Vec<Citation>,
}

impl Sources {
    /// Leaves those that the text names; a text that names none rests on all of them, as far as anybody can tell.
    pub fn keep_named(&mut self, text: &str) {
        let numbers = named(text);
        if self
            .citations
            .iter()
            .any(|citation| numbers.contains(&citation.number))
        {
            self.citations
                .retain(|citation| numbers.contains(&citation.number));
        }
    }
}
