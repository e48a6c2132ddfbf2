//! Memories: what a workspace knows, each a text with a title, tags, a time for which it holds, and where it comes from.
//!
//! ```text
//! written by a person, in bulk, imported ──▶ active ──▶ passages for search, notes beside conversations
//! proposed by a run (close.rs) ──▶ proposed ──▶ accept ──▶ active
//!                                          └──▶ reject ──▶ rejected
//! ```
//!
//! Every change of what a memory says keeps what it said before (`memory_versions`). Passages are written in the same
//! transaction as the memory; their vectors are made later, and no writer waits for them.
//!
//! Invariant: nothing that a model made becomes active without a person. Invariant: no list reads `content`.

mod bulk;
pub(crate) mod close;
pub mod context;
mod export;
pub mod import;
mod input;
mod origin;
mod passages;
pub mod routes;
pub(crate) mod store;
mod versions;
mod write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Row, Statement, Time};

pub use bulk::{Bulk, Done, Item, Op, bulk};
pub use close::CloseStep;
pub use import::ImportStep;
pub use input::MemoryBody;
pub use passages::{all_after, publish_again};
pub use versions::{VersionEntry, VersionView};
pub use write::{accept, create, delete, push_new, reject, update};

use crate::cache::Tag;
use crate::http::auth::Resource;
use crate::ids::Kind;
use crate::{App, conversations};

/// The longest text of a memory, in characters.
pub const CONTENT_CHARS_MAX: usize = 100_000;
/// The longest title.
pub const TITLE_CHARS_MAX: usize = 200;
/// The most tags of a memory.
pub const TAGS_MAX: usize = 20;
/// The longest tag.
pub const TAG_CHARS_MAX: usize = 50;
/// The most sources of a memory.
pub const SOURCES_MAX: usize = 200;
/// How much of the text a list shows.
const SNIPPET_CHARS: usize = 200;

/// Where a memory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Known: it is found, and may be put beside a conversation.
    Active,
    /// In the inbox: a run made it, and a person has not said yes or no.
    Proposed,
    /// A person said no.
    Rejected,
}

impl Status {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Proposed => "proposed",
            Self::Rejected => "rejected",
        }
    }
    fn parse(text: &str) -> Self {
        [Self::Active, Self::Proposed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::Rejected)
    }
}

/// What a memory was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A message of a conversation.
    Message,
    /// A file.
    File,
    /// A page of the web.
    Url,
}

/// Where a memory, or a part of it, comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The message or the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The conversation of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A memory without its text, as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MemoryEntry {
    /// `mem_…`
    pub id: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// Who made it.
    pub user_id: String,
    /// What it is called.
    pub title: String,
    /// The beginning of its text.
    pub snippet: String,
    /// Words it is found by, in lower case.
    pub tags: Vec<String>,
    /// Where it stands.
    pub status: Status,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// Memories of one series stand in an order: turns of a conversation, parts of a file.
    pub series: Option<String>,
    /// Its place in the series.
    pub position: Option<i64>,
    /// Since when it holds.
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Time>,
    /// Until when it holds.
    #[schemars(with = "Option<String>")]
    pub valid_until: Option<Time>,
    /// How often it was written, from 1.
    pub version: i64,
    /// When a model last read it.
    #[schemars(with = "Option<String>")]
    pub last_used_at: Option<Time>,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

/// A memory, stored and shown alike.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Memory {
    /// Everything but the text.
    #[serde(flatten)]
    pub entry: MemoryEntry,
    /// Markdown.
    pub content: String,
}

/// When what is made here was made, changed and used where it is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// When a model last read it.
    pub last_used_at: Option<Time>,
}

impl Times {
    /// Nothing lies in the future, and nothing is changed before it is made.
    fn until(self, now: Time) -> Self {
        let created_at = self.created_at.min(now);
        Self {
            created_at,
            updated_at: self.updated_at.clamp(created_at, now),
            last_used_at: self.last_used_at.map(|at| at.min(now)),
        }
    }
}

/// A valid new memory.
#[derive(Debug, Clone)]
pub struct NewMemory {
    /// What it is called; the first line of the text when empty.
    pub title: String,
    /// Markdown.
    pub content: String,
    /// In lower case, each once.
    pub tags: Vec<String>,
    /// Where it stands at first.
    pub status: Status,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// The series it is part of.
    pub series: Option<String>,
    /// Its place in there.
    pub position: Option<i64>,
    /// Since when it holds.
    pub valid_from: Option<Time>,
    /// Until when it holds.
    pub valid_until: Option<Time>,
    /// When it was made, for one that was exported before; else now.
    pub times: Option<Times>,
}

impl NewMemory {
    /// With an id and a time: ready to be stored.
    pub fn into_memory(self, app: &App, workspace_id: &str, user_id: &str, now: Time) -> Memory {
        let title = if self.title.is_empty() {
            one_line(&conversations::prompt::first_words(&self.content))
        } else {
            self.title
        };
        let made_now = Times {
            created_at: now,
            updated_at: now,
            last_used_at: None,
        };
        let times = self.times.map_or(made_now, |times| times.until(now));
        Memory {
            entry: MemoryEntry {
                id: app.ids.make(Kind::Memory, now),
                workspace_id: workspace_id.to_owned(),
                user_id: user_id.to_owned(),
                title,
                snippet: snippet(&self.content),
                tags: self.tags,
                status: self.status,
                sources: self.sources,
                series: self.series,
                position: self.position,
                valid_from: self.valid_from,
                valid_until: self.valid_until,
                version: 1,
                last_used_at: times.last_used_at,
                created_at: times.created_at,
                updated_at: times.updated_at,
            },
            content: self.content,
        }
    }
}

/// A text without line breaks, with one space between its words.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, on one line.
fn snippet(content: &str) -> String {
    let mut snippet = String::new();
    let mut left = SNIPPET_CHARS;
    for word in content.split_whitespace() {
        let space = usize::from(!snippet.is_empty());
        let length = word.chars().count() + space;
        if length > left {
            if snippet.is_empty() {
                snippet.extend(word.chars().take(SNIPPET_CHARS));
            }
            snippet.push('…');
            return snippet;
        }
        left -= length;
        if space == 1 {
            snippet.push(' ');
        }
        snippet.push_str(word);
    }
    snippet
}

impl Resource for Memory {
    const NAME: &'static str = "memory";
    const PARAM: &'static str = "memory";

    fn statement() -> &'static Statement {
        &store::FIND_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Ok(Self {
            entry: MemoryEntry::read(row, at)?,
            content: row.get(at + store::ENTRY_COLUMNS)?,
        })
    }
    fn tags(&self) -> [Option<Tag>; 2] {
        [
            Some(Tag::workspace(&self.entry.workspace_id)),
            Some(Tag::memories(&self.entry.workspace_id)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_one_line_of_whole_words() {
        assert_eq!(snippet("  one\n\ntwo\tthree "), "one two three");
        let long = snippet(&"word ".repeat(100));
        assert!(
            long.ends_with("word…") && long.chars().count() <= SNIPPET_CHARS + 1,
            "{long}"
        );
        assert_eq!(snippet(&"ä".repeat(500)).chars().count(), SNIPPET_CHARS + 1);
        assert_eq!(snippet(" "), "");
    }
}
