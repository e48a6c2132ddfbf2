//! Rows as the product's answers show them: the same columns in the same order, the same JSON.

use rusqlite::Row;
use serde::Serialize;
use sql::Time;

/// A conversation of a list.
#[derive(Debug, Serialize)]
pub(super) struct Conversation {
    id: String,
    workspace_id: String,
    user_id: String,
    kind: String,
    title: String,
    title_source: String,
    model: Option<String>,
    system_prompt: Option<String>,
    head_id: Option<String>,
    branched: bool,
    active_run_id: Option<String>,
    pinned: bool,
    archived: bool,
    collection: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    blind: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revealed_at: Option<i64>,
    message_count: i64,
    cost_micros: i64,
    last_message_at: Time,
    created_at: Time,
    updated_at: Time,
}

impl Conversation {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            workspace_id: row.get(1)?,
            user_id: row.get(2)?,
            kind: row.get(3)?,
            title: row.get(4)?,
            title_source: row.get(5)?,
            model: row.get(6)?,
            system_prompt: row.get(7)?,
            head_id: row.get(8)?,
            branched: row.get(9)?,
            active_run_id: row.get(10)?,
            pinned: row.get::<_, Option<i64>>(11)?.is_some(),
            archived: row.get::<_, Option<i64>>(12)?.is_some(),
            message_count: row.get(13)?,
            last_message_at: time(row, 14)?,
            created_at: time(row, 15)?,
            updated_at: time(row, 16)?,
            collection: row.get(17)?,
            blind: row.get::<_, Option<i64>>(18)?.is_some(),
            revealed_at: row.get(19)?,
            cost_micros: row.get(20)?,
        })
    }

    /// What a list is paged by.
    pub(super) fn cursor(&self) -> (Time, &str) {
        (self.last_message_at, &self.id)
    }
}

/// A message of a conversation.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    id: String,
    conversation_id: String,
    parent_id: String,
    role: String,
    user_id: Option<String>,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    model: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    run_id: Option<String>,
    prompt_tokens: i64,
    completion_tokens: i64,
    cost_micros: i64,
    latency_ms: Option<i64>,
    first_token_ms: Option<i64>,
    pinned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<String>,
    created_at: Time,
    updated_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lanes: Option<i64>,
}

impl Message {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            conversation_id: row.get(0)?,
            id: row.get(1)?,
            parent_id: row.get(2)?,
            role: row.get(3)?,
            user_id: row.get(4)?,
            content: row.get(5)?,
            reasoning: row.get(6)?,
            model: row.get(7)?,
            status: row.get(8)?,
            error: row.get(9)?,
            run_id: row.get(10)?,
            prompt_tokens: row.get(11)?,
            completion_tokens: row.get(12)?,
            cost_micros: row.get(13)?,
            latency_ms: row.get(14)?,
            first_token_ms: row.get(15)?,
            pinned: row.get::<_, Option<i64>>(16)?.is_some(),
            created_at: time(row, 17)?,
            updated_at: time(row, 18)?,
            collection: row.get(19)?,
            sources: row.get(20)?,
            lane: row.get(21)?,
            lanes: row.get(22)?,
        })
    }
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    Ok(Time::from_micros(row.get(column)?))
}
