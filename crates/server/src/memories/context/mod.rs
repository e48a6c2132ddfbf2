//! The memories beside a conversation: a person puts them there, pauses them, takes them away; the active ones are shown to
//! its models as data (`conversations/prompt.rs`).
//!
//! Invariant: what stands beside a conversation is a memory of its workspace that a person has accepted.

pub mod routes;
pub(crate) mod store;
mod suggested;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Db, Query, Time};

use crate::App;
use crate::changes::Notice;
use crate::conversations::Conversation;
use crate::conversations::prompt::Note;
use crate::http::problem::Problem;

pub use suggested::Suggested;

/// The most memories beside one conversation.
pub const ITEMS_MAX: i64 = 100;

/// Whether the models of the conversation read a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They do.
    Active,
    /// They do not, for now.
    Paused,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }
    fn parse(text: &str) -> Self {
        if text == "paused" {
            Self::Paused
        } else {
            Self::Active
        }
    }
}

/// What is shown of a memory beside a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemoryBrief {
    /// `mem_…`
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The beginning of its text.
    pub snippet: String,
    /// Its tags.
    pub tags: Vec<String>,
}

/// A memory beside a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContextItem {
    /// The memory.
    pub memory: MemoryBrief,
    /// Whether models read it.
    pub state: State,
    /// When it was put there.
    #[schemars(with = "String")]
    pub added_at: Time,
}

/// What stands beside a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContextView {
    /// In the order in which they were put there.
    pub items: Vec<ContextItem>,
    /// Memories that would help, by what was said last; best first.
    pub suggested: Vec<Suggested>,
}

/// The body that puts a memory beside a conversation, or changes how it stands there.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutItem {
    /// `active` or `paused`.
    pub state: State,
}

/// What stands beside a conversation.
pub async fn of(app: &App, conversation: &Conversation) -> Result<ContextView, Problem> {
    let items = store::list(&app.db, &conversation.id).await?;
    let suggested = suggested::of(app, conversation, &items).await?;
    Ok(ContextView { items, suggested })
}

/// Puts a memory beside a conversation, or changes how it stands there.
pub async fn put(
    app: &App,
    conversation: &Conversation,
    memory_id: &str,
    user_id: &str,
    state: State,
) -> Result<(), Problem> {
    let found = store::look(&app.db, conversation, memory_id).await?;
    match found.status.as_deref() {
        None => return Err(Problem::not_found("memory", memory_id)),
        Some("active") => {}
        Some(_) => {
            return Err(Problem::conflict(
                "This memory is not in use. Accept it first; then it can stand beside a conversation.",
            ));
        }
    }
    if !found.is_there && found.count >= ITEMS_MAX {
        return Err(Problem::conflict(format!(
            "{ITEMS_MAX} memories stand beside this conversation already; take one away first."
        )));
    }
    let written = store::put(&conversation.id, memory_id, user_id, state, app.clock.now())
        .execute(&app.db)
        .await;
    match written {
        // It was deleted a moment ago.
        Err(error) if error.is_foreign_key() => return Err(Problem::not_found("memory", memory_id)),
        other => other?,
    };
    tell(app, conversation).await;
    Ok(())
}

/// Takes a memory away from a conversation; the memory stays.
pub async fn remove(app: &App, conversation: &Conversation, memory_id: &str) -> Result<(), Problem> {
    let removed = store::remove(&conversation.id, memory_id)
        .execute(&app.db)
        .await?;
    if removed == 0 {
        return Err(Problem::not_found("memory", memory_id));
    }
    tell(app, conversation).await;
    Ok(())
}

async fn tell(app: &App, conversation: &Conversation) {
    app.changes
        .publish(Notice::conversation(&conversation.workspace_id, &conversation.id))
        .await;
}

/// What the models of a conversation read, in order, for its prompt.
pub async fn notes(db: &Db, conversation_id: &str) -> sql::Result<Vec<Note>> {
    store::notes(db, conversation_id).await
}

/// Notes when these memories were last read by a model.
pub fn used(ids: &[String], now: Time) -> Query {
    store::used(ids, now)
}
