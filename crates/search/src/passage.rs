//! Passages as features publish them.

use serde::{Deserialize, Serialize};
use sql::{Batch, Query, Time};

use crate::split::split;
use crate::store::{self, Part};

/// How many passages one statement writes: about two megabytes of text.
const STATEMENT_MAX: usize = 1_000;

/// What a passage belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A memory.
    Memory,
    /// A file.
    File,
    /// A message of a conversation.
    Message,
    /// A command.
    Command,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::File, Self::Message, Self::Command];

    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::Message => "message",
            Self::Command => "command",
        }
    }

    /// Who waits least for its vectors: what people keep on purpose, before what they say in passing.
    pub(crate) const fn rank(self) -> i64 {
        match self {
            Self::Memory | Self::Command => 0,
            Self::File => 1,
            Self::Message => 2,
        }
    }

    pub(crate) const fn byte(self) -> u8 {
        self as u8
    }
}

impl sql::FromValue for Kind {
    fn from_value(column: sql::Column<'_>) -> Result<Self, sql::ColumnFault> {
        let text = String::from_value(column)?;
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is no kind of passage").into())
    }
}

/// What publishes passages.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The workspace it belongs to: nobody else's search sees it.
    pub workspace_id: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Its id.
    pub id: &'a str,
    /// The conversation of a message, the folder of a file.
    pub parent_id: Option<&'a str>,
    /// The order it stands in with others, and its position there: the messages of a conversation, memories of one source.
    /// What stands beside a passage helps to find it.
    pub series: Option<(&'a str, i64)>,
    /// The time of what it is about.
    pub at: Time,
}

/// Where a passage stands in its owner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its first character in the owner's text, counted in characters from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The character behind its last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// The page, from 1, of what has pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// The heading it stands under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
}

/// A passage to be published.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewPassage {
    /// The owner's title, searched with more weight; empty when the owner has none of its own.
    pub title: String,
    /// The owner's tags, one a line ([`tags_of`]).
    pub tags: String,
    /// What is found, shown and embedded.
    pub text: String,
    /// What stands around it and helps to find it (who says it, when, what was said before): searched with less weight,
    /// never shown.
    pub context: String,
    /// Where it stands in its owner.
    pub place: Place,
}

/// Tags as a passage keeps them: one a line, as a tag may be of several words.
pub fn tags_of(tags: &[String]) -> String {
    let lines: Vec<String> = tags.iter().map(|tag| tag.replace(['\n', '\r'], " ")).collect();
    lines.join("\n")
}

/// The passages of a text: cut by its structure, each like this one but with its own stretch of the text and its place.
pub fn passages(text: &str, like: &NewPassage) -> Vec<NewPassage> {
    let (mut byte, mut character) = (0, 0_i64);
    // Stretches rise, so the characters before each are counted once.
    let mut characters = |to: usize| {
        character += text[byte..to].chars().count() as i64;
        byte = to;
        character
    };
    split(text)
        .into_iter()
        .map(|stretch| NewPassage {
            text: text[stretch.start..stretch.end].to_owned(),
            place: Place {
                start: Some(characters(stretch.start)),
                end: Some(characters(stretch.end)),
                ..like.place.clone()
            },
            ..like.clone()
        })
        .collect()
}

/// Adds to a batch what gives this owner these passages instead of those it had.
pub fn publish(batch: &mut Batch, owner: &Owner<'_>, passages: Vec<NewPassage>) {
    withdraw(batch, owner.id);
    if passages.is_empty() {
        return;
    }
    let mut parts = passages
        .into_iter()
        .enumerate()
        .map(|(part, passage)| Part { part, passage })
        .peekable();
    while parts.peek().is_some() {
        batch.push(store::insert(owner, parts.by_ref().take(STATEMENT_MAX).collect()));
    }
    batch.push(store::enqueue_owner(owner));
}

/// Adds to a batch what takes all passages from an owner.
pub fn withdraw(batch: &mut Batch, owner_id: &str) {
    batch.push(store::delete_of(owner_id));
}

/// What takes all passages from several owners.
pub fn withdraw_all(owner_ids: Vec<String>) -> Query {
    store::delete_of_all(owner_ids)
}

/// Adds to a batch what takes all passages from everything below a parent: the messages of a conversation.
pub fn withdraw_below(batch: &mut Batch, parent_id: &str) {
    batch.push(store::delete_below(parent_id));
}

/// Adds to a batch what gives the passages of a file another name and another folder. Their vectors stay: those of files are
/// made of the text alone. (What is a memory is published again.)
pub fn retitle(batch: &mut Batch, owner_id: &str, title: &str, parent_id: Option<&str>) {
    batch.push(store::retitle(owner_id, title, parent_id));
}
