//! The SQL of what stands beside a conversation.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use crate::conversations::Conversation;
use crate::conversations::prompt::Note;
use crate::memories::context::{ContextItem, MemoryBrief, State};

sql::statements! {
    /// What stands beside a conversation, without the texts.
    pub(crate) LIST = "SELECT i.state, i.added_at, v.id, v.title, v.snippet, v.tags FROM context_items i CROSS JOIN memories v \
        WHERE i.conversation_id = $1 AND v.id = i.memory_id ORDER BY i.added_at, i.memory_id LIMIT 100";
    /// Whether a memory of this workspace can be put there: where it stands, whether it is there, and how many are.
    pub(crate) LOOK = "SELECT (SELECT v.status FROM memories v WHERE v.id = $2 AND v.workspace_id = $3), \
        EXISTS (SELECT 1 FROM context_items i WHERE i.conversation_id = $1 AND i.memory_id = $2), \
        (SELECT COUNT(*) FROM context_items i WHERE i.conversation_id = $1)";
    /// Puts a memory there, or changes how it stands there.
    pub(crate) PUT = "INSERT INTO context_items (conversation_id, memory_id, state, added_by, added_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (conversation_id, memory_id) DO UPDATE SET state = excluded.state";
    /// Takes it away.
    pub(crate) REMOVE = "DELETE FROM context_items WHERE conversation_id = $1 AND memory_id = $2";
    /// The texts that models read, in order.
    pub(crate) NOTES = "SELECT v.id, v.title, v.valid_from, v.valid_until, v.content FROM context_items i CROSS JOIN memories v \
        WHERE i.conversation_id = $1 AND i.state = 'active' AND v.id = i.memory_id AND v.status = 'active' \
        ORDER BY i.added_at, i.memory_id LIMIT 100";
    /// A model has read these.
    pub(crate) USED = "UPDATE memories SET last_used_at = $2 WHERE id IN {$1}";
}

impl FromRow for ContextItem {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let state: String = row.get(0)?;
        Ok(Self {
            state: State::parse(&state),
            added_at: row.get(1)?,
            memory: MemoryBrief {
                id: row.get(2)?,
                title: row.get(3)?,
                snippet: row.get(4)?,
                tags: serde_json::from_value(row.get(5)?).unwrap_or_default(),
            },
        })
    }
}

impl FromRow for Note {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            valid_from: row.get(2)?,
            valid_until: row.get(3)?,
            text: row.get(4)?,
        })
    }
}

pub async fn list(db: &Db, conversation_id: &str) -> Result<Vec<ContextItem>> {
    query(&LIST).bind(conversation_id).all(db).await
}

/// What is known of a memory that is to be put there.
pub struct Looked {
    pub status: Option<String>,
    pub is_there: bool,
    pub count: i64,
}

impl FromRow for Looked {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            status: row.get(0)?,
            is_there: row.get(1)?,
            count: row.get(2)?,
        })
    }
}

pub async fn look(db: &Db, conversation: &Conversation, memory_id: &str) -> Result<Looked> {
    query(&LOOK)
        .bind(conversation.id.as_str())
        .bind(memory_id)
        .bind(conversation.workspace_id.as_str())
        .one(db)
        .await
}

pub fn put(conversation_id: &str, memory_id: &str, user_id: &str, state: State, now: Time) -> Query {
    query(&PUT)
        .bind(conversation_id)
        .bind(memory_id)
        .bind(state.as_str())
        .bind(user_id)
        .bind(now)
}

pub fn remove(conversation_id: &str, memory_id: &str) -> Query {
    query(&REMOVE).bind(conversation_id).bind(memory_id)
}

pub async fn notes(db: &Db, conversation_id: &str) -> Result<Vec<Note>> {
    query(&NOTES).bind(conversation_id).all(db).await
}

pub fn used(ids: &[String], now: Time) -> Query {
    query(&USED).bind(ids).bind(now)
}
