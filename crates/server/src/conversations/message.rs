//! A message: one turn of somebody in a conversation's tree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sql::{Row, Statement, Time};

use super::{Conversation, lanes, store};
use crate::cache::Tag;
use crate::compare::Vote;
use crate::http::auth::Resource;
use crate::sources::{Collection, Sources};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageRole {
    /// An instruction.
    System,
    /// A person.
    User,
    /// A model.
    Assistant,
}

impl MessageRole {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
    fn parse(text: &str) -> Self {
        [Self::System, Self::Assistant]
            .into_iter()
            .find(|role| role.as_str() == text)
            .unwrap_or(Self::User)
    }
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// All there.
    Complete,
    /// A run is writing it; the text so far is in the run's events.
    Generating,
    /// Cut off by the end of the process; can be continued.
    Partial,
    /// The model or its provider failed; `error` says how.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl MessageStatus {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Generating => "generating",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
    fn parse(text: &str) -> Self {
        let all = [Self::Generating, Self::Partial, Self::Failed, Self::Cancelled];
        all.into_iter()
            .find(|status| status.as_str() == text)
            .unwrap_or(Self::Complete)
    }
}

/// The versions of one turn: a message and those with the same parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Siblings {
    /// All of them, oldest first.
    pub ids: Vec<String>,
    /// Which of them this message is, from 0.
    pub index: usize,
}

/// A message, stored and shown alike.
#[derive(Debug, Clone, Serialize, JsonSchema, PartialEq)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// The message it follows; empty for the first.
    pub parent_id: String,
    /// Who speaks.
    pub role: MessageRole,
    /// Who wrote it, for what people write.
    pub user_id: Option<String>,
    /// Markdown.
    pub content: String,
    /// What the model thought before it spoke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Which model spoke.
    pub model: Option<String>,
    /// Where it stands.
    pub status: MessageStatus,
    /// Why it failed: `{code, detail}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The run that wrote it or is writing it.
    pub run_id: Option<String>,
    /// Tokens the model read.
    pub prompt_tokens: i64,
    /// Tokens the model wrote.
    pub completion_tokens: i64,
    /// What it cost, in millionths.
    pub cost_micros: i64,
    /// From the question to the end of the answer.
    pub latency_ms: Option<i64>,
    /// From the question to the first token.
    pub first_token_ms: Option<i64>,
    /// Pinned by somebody.
    pub pinned: bool,
    /// What the answer to this one message draws on, instead of what its conversation does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What the answer draws on: `retrieval` and `citations`; absent where nothing was searched.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Sources>,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
    /// The lane of a comparison that an answer belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<u8>,
    /// The lanes of a comparison that a question went to; absent: to all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lanes: Option<Vec<u8>>,
    /// What the caller thinks of the answers to this question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
    /// The other versions of this turn; absent when there is only this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub siblings: Option<Siblings>,
}

impl Message {
    /// A message with nothing in it yet.
    pub fn new(id: String, conversation_id: &str, parent_id: &str, role: MessageRole, at: Time) -> Self {
        Self {
            id,
            conversation_id: conversation_id.to_owned(),
            parent_id: parent_id.to_owned(),
            role,
            user_id: None,
            content: String::new(),
            reasoning: None,
            model: None,
            status: MessageStatus::Complete,
            error: None,
            run_id: None,
            prompt_tokens: 0,
            completion_tokens: 0,
            cost_micros: 0,
            latency_ms: None,
            first_token_ms: None,
            pinned: false,
            collection: None,
            sources: None,
            created_at: at,
            updated_at: at,
            lane: None,
            lanes: None,
            vote: None,
            siblings: None,
        }
    }

    pub(super) fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        let (role, status): (String, String) = (row.get(at + 3)?, row.get(at + 8)?);
        Ok(Self {
            conversation_id: row.get(at)?,
            id: row.get(at + 1)?,
            parent_id: row.get(at + 2)?,
            role: MessageRole::parse(&role),
            user_id: row.get(at + 4)?,
            content: row.get(at + 5)?,
            reasoning: row.get(at + 6)?,
            model: row.get(at + 7)?,
            status: MessageStatus::parse(&status),
            error: row.get(at + 9)?,
            run_id: row.get(at + 10)?,
            prompt_tokens: row.get(at + 11)?,
            completion_tokens: row.get(at + 12)?,
            cost_micros: row.get(at + 13)?,
            latency_ms: row.get(at + 14)?,
            first_token_ms: row.get(at + 15)?,
            pinned: row.get::<Option<Time>>(at + 16)?.is_some(),
            created_at: row.get(at + 17)?,
            updated_at: row.get(at + 18)?,
            collection: Collection::from_stored(row.get(at + 19)?),
            sources: row
                .get::<Option<Value>>(at + 20)?
                .and_then(|stored| serde_json::from_value(stored).ok()),
            lane: row
                .get::<Option<i64>>(at + 21)?
                .and_then(|lane| u8::try_from(lane).ok()),
            lanes: row.get::<Option<i64>>(at + 22)?.map(lanes::of_bits),
            vote: None,
            siblings: None,
        })
    }

    pub(super) fn set_siblings(&mut self, ids: Option<&str>) {
        let mut ids: Vec<String> = ids
            .unwrap_or_default()
            .split(',')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        ids.sort();
        if ids.len() > 1
            && let Some(index) = ids.iter().position(|id| *id == self.id)
        {
            self.siblings = Some(Siblings { ids, index });
        }
    }
}

/// A message that a path names, and its conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageAt {
    /// The conversation.
    pub conversation: Conversation,
    /// The message.
    pub message: Message,
}

impl Resource for MessageAt {
    const NAME: &'static str = "message";
    const PARAM: &'static str = "message";

    fn statement() -> &'static Statement {
        &store::FIND_MESSAGE_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        let conversation = Conversation::read_whole(row, at)?;
        let mut message = Message::read(row, at + store::CONVERSATION_COLUMNS + 1)?;
        conversation.mask(&mut message);
        Ok(Self {
            conversation,
            message,
        })
    }
    fn tags(&self) -> [Option<Tag>; 2] {
        self.conversation.tags()
    }
}
