//! What search shows of passages.

use std::collections::HashMap;

use schemars::JsonSchema;
use search::Passage;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::http::problem::Problem;
use crate::retrieval::store;

/// What a passage belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

impl From<search::Kind> for Kind {
    fn from(kind: search::Kind) -> Self {
        match kind {
            search::Kind::Memory => Self::Memory,
            search::Kind::File => Self::File,
            search::Kind::Message => Self::Message,
            search::Kind::Command => Self::Command,
        }
    }
}

impl From<Kind> for search::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Memory => Self::Memory,
            Kind::File => Self::File,
            Kind::Message => Self::Message,
            Kind::Command => Self::Command,
        }
    }
}

/// What a hit belongs to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OwnerView {
    /// Its id.
    pub id: String,
    /// Its title: of a message, that of its conversation.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The conversation of a message, the folder of a file.
    pub parent_id: Option<String>,
}

impl OwnerView {
    /// What a passage belongs to, with the titles of conversations.
    pub fn of(passage: &Passage, titles: &HashMap<String, String>) -> Self {
        let inherited = passage.parent_id.as_ref().and_then(|id| titles.get(id));
        Self {
            id: passage.owner_id.clone(),
            title: inherited.unwrap_or(&passage.title).clone(),
            tags: passage.tags.lines().map(str::to_owned).collect(),
            parent_id: passage.parent_id.clone(),
        }
    }
}

/// Where a passage stands in what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceView {
    /// Its first character, from 0.
    pub start: Option<i64>,
    /// The character behind its last one.
    pub end: Option<i64>,
    /// The page, from 1.
    pub page: Option<i64>,
    /// The heading it stands under.
    pub heading: Option<String>,
}

impl From<&search::Place> for PlaceView {
    fn from(place: &search::Place) -> Self {
        Self {
            start: place.start,
            end: place.end,
            page: place.page,
            heading: place.heading.clone(),
        }
    }
}

/// The titles of the conversations that messages were found in.
pub async fn titles_of(
    app: &App,
    passages: impl Iterator<Item = &Passage>,
) -> Result<HashMap<String, String>, Problem> {
    let mut ids: Vec<String> = passages
        .filter(|passage| passage.kind == search::Kind::Message)
        .filter_map(|passage| passage.parent_id.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::titles(&app.db, ids).await?.into_iter().collect())
}
