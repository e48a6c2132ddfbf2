//! What a memory said before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::http::problem::Problem;
use crate::memories::input::Change;
use crate::memories::{Memory, store, write};

/// A version that was replaced, without its text.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionEntry {
    /// Its number, from 1.
    pub version: i64,
    /// Who wrote it.
    pub user_id: String,
    /// When it was written.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// What the memory was called.
    pub title: String,
    /// The beginning of its text.
    pub snippet: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Since when it held.
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Time>,
    /// Until when it held.
    #[schemars(with = "Option<String>")]
    pub valid_until: Option<Time>,
}

/// A version that was replaced.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VersionView {
    /// Everything but the text.
    #[serde(flatten)]
    pub entry: VersionEntry,
    /// Markdown.
    pub content: String,
}

/// The body that brings a version back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Its number.
    pub version: i64,
}

/// A version of a memory.
pub async fn get(app: &App, memory: &Memory, version: i64) -> Result<VersionView, Problem> {
    let found = store::version(&app.db, &memory.entry.id, version).await?;
    found.ok_or_else(|| Problem::not_found("version", &version.to_string()))
}

/// Says again what a version said; that is a new version.
pub async fn restore(app: &App, memory: Memory, editor_id: &str, version: i64) -> Result<Memory, Problem> {
    if version == memory.entry.version {
        return Ok(memory);
    }
    let VersionView { entry, content } = get(app, &memory, version).await?;
    let change = Change::back_to(
        entry.title,
        content,
        entry.tags,
        [entry.valid_from, entry.valid_until],
    );
    write::apply(app, memory, editor_id, change).await
}
