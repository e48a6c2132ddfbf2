//! The lanes of a comparison: which models are asked, with what, and what each of them is told.
//!
//! A comparison is a conversation of kind [`COMPARISON`]. Its questions follow each other; the answers to a question are
//! its children, one for each lane it went to, and one more for each time that a lane's answer was written anew (the newest
//! counts). [`crate::compare`] begins and runs comparisons; here is what of them belongs to every conversation.
//!
//! Invariant: while a comparison is blind, nothing that leaves the server names a model of it ([`Conversation::mask`]).

use engine::{Finish, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Batch, Db, Query, Time};

use crate::App;
use crate::conversations::{
    Conversation, Message, MessageRole, MessageStatus, ReplyInput, passages, store, title,
};
use crate::http::problem::Problem;
use crate::sources::Sources;
use crate::workspaces::Role;

/// The kind of a comparison.
pub const COMPARISON: &str = "comparison";
/// The kind of a chat that goes on with one lane of a comparison.
pub const BREAKOUT: &str = "breakout";
/// The most messages of a lane that are read at once.
pub const HISTORY_MAX: u32 = 5_000;
/// The most lanes of one comparison.
pub const LANES_MAX: usize = 12;

/// How the model of a lane is asked; what is absent is as in any conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneSettings {
    /// Randomness, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Most tokens of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// What the model is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
}

impl LaneSettings {
    /// These, and for what they leave open the others.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            temperature: self.temperature.or(other.temperature),
            max_tokens: self.max_tokens.or(other.max_tokens),
            system_prompt: self.system_prompt.or_else(|| other.system_prompt.clone()),
        }
    }
}

/// A lane of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lane {
    /// Its number, from 0.
    pub lane: u8,
    /// The model's full name; null while a comparison is blind.
    pub model: Option<String>,
    /// What people call it; null while a comparison is blind.
    pub label: Option<String>,
    /// How the model is asked; null while a comparison is blind.
    pub settings: Option<LaneSettings>,
}

impl Lane {
    pub(super) fn to_stored(lanes: &[Self]) -> Option<Value> {
        // Structs of plain fields serialise.
        (!lanes.is_empty()).then(|| json!(lanes))
    }

    pub(super) fn from_stored(stored: Option<Value>) -> Vec<Self> {
        stored
            .and_then(|stored| serde_json::from_value(stored).ok())
            .unwrap_or_default()
    }
}

/// Lanes as bits of a number, as they are stored.
pub fn bits(lanes: &[u8]) -> i64 {
    lanes.iter().fold(0, |bits, lane| bits | 1 << lane)
}

/// The lanes of such a number.
pub fn of_bits(bits: i64) -> Vec<u8> {
    (0..LANES_MAX as u8)
        .filter(|lane| bits & (1 << lane) != 0)
        .collect()
}

impl Conversation {
    /// Whether it is a comparison.
    pub fn is_comparison(&self) -> bool {
        self.kind == COMPARISON
    }

    /// Whether its models are not to be named yet.
    pub const fn hides_models(&self) -> bool {
        self.blind && self.revealed_at.is_none()
    }

    /// Its lanes, as they may be shown now.
    pub fn shown_lanes(&self) -> Vec<Lane> {
        if !self.hides_models() {
            return self.lanes.clone();
        }
        let shown = self.lanes.iter().map(|lane| Lane {
            lane: lane.lane,
            model: None,
            label: None,
            settings: None,
        });
        shown.collect()
    }

    /// Takes from a message what would tell its model, as long as that is to be hidden. What an answer cost would, too.
    pub fn mask(&self, message: &mut Message) {
        if self.hides_models() && message.lane.is_some() {
            message.model = None;
            message.cost_micros = 0;
            message.error = message.error.as_ref().map(masked);
        }
    }
}

/// An error without what its provider says of itself.
pub fn masked(error: &Value) -> Value {
    json!({ "code": error["code"], "detail": "This model failed. What it said is shown when the comparison is revealed." })
}

/// 409: what a comparison has no place for.
pub fn refuse(conversation: &Conversation, instead: &str) -> Result<(), Problem> {
    if conversation.is_comparison() {
        return Err(Problem::conflict(format!(
            "This is a comparison of models. {instead}"
        )));
    }
    Ok(())
}

/// What the run of a lane is given beside what every reply is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LaneInput {
    /// Its number.
    pub lane: u8,
    /// How its model is asked.
    #[serde(default)]
    pub settings: LaneSettings,
    /// Whether the model is not to be named in its events.
    #[serde(default)]
    pub hidden: bool,
    /// What was found for the question, once for all lanes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Sources>,
}

/// What the model of a lane is told up to and with a question; oldest first.
pub async fn history(
    db: &Db,
    (conversation_id, question_id): (&str, &str),
    lane: u8,
    messages_max: u32,
) -> sql::Result<Vec<Message>> {
    let newest_first = store::lane_history(db, conversation_id, question_id, lane, messages_max).await?;
    Ok(in_order(newest_first))
}

/// Questions, each with the newest of its answers, oldest first. An answer that was written anew came later than the
/// questions behind it, so the order of the ids is not that of the turns.
fn in_order(newest_first: Vec<Message>) -> Vec<Message> {
    let mut answered = std::collections::HashSet::new();
    let mut turns: Vec<Message> = newest_first
        .into_iter()
        .filter(|message| {
            message.role != MessageRole::Assistant || answered.insert(message.parent_id.clone())
        })
        .collect();
    turns.sort_by(|one, other| turn(one).cmp(&turn(other)));
    turns
}

/// The question, and behind it its answer.
fn turn(message: &Message) -> (&str, bool) {
    match message.role {
        MessageRole::Assistant => (&message.parent_id, true),
        _ => (&message.id, false),
    }
}

/// The conversation that a user names, and their role in its workspace.
pub async fn find_for_user(
    app: &App,
    id: &str,
    user_id: &str,
) -> Result<Option<(Role, Conversation)>, Problem> {
    let found = store::find_for_user(&app.db, id, user_id).await?;
    Ok(found.and_then(|store::ForUser(role, conversation)| Some((role?, conversation))))
}

/// The answers to a question, by lane and then by age, as they may be shown.
pub async fn answers(app: &App, conversation: &Conversation, question_id: &str) -> sql::Result<Vec<Message>> {
    let mut answers = store::answers(&app.db, &conversation.id, question_id).await?;
    for answer in &mut answers {
        conversation.mask(answer);
    }
    Ok(answers)
}

/// The answers to a question with the names of their models, whatever may be shown: for counting.
pub async fn answers_named(db: &Db, conversation_id: &str, question_id: &str) -> sql::Result<Vec<Message>> {
    store::answers(db, conversation_id, question_id).await
}

/// A question or an answer of a comparison.
pub async fn message(app: &App, conversation: &Conversation, id: &str) -> sql::Result<Option<Message>> {
    let mut found = store::get_message(&app.db, &conversation.id, id).await?;
    if let Some(message) = &mut found {
        conversation.mask(message);
    }
    Ok(found)
}

/// The models of a blind comparison may be named from now on.
pub fn reveal(conversation_id: &str, now: Time) -> Query {
    store::reveal(conversation_id, now)
}

/// A new conversation.
pub fn insert(conversation: &Conversation) -> Query {
    store::insert(conversation)
}

/// What a beginning comparison writes: the question when it is new, an answer for each lane that has nothing in it yet,
/// and that the conversation is busy with this run.
pub struct Beginning<'a> {
    /// The conversation as the caller saw it.
    pub conversation: &'a Conversation,
    /// The question.
    pub question: &'a Message,
    /// Whether it is new.
    pub asks: bool,
    /// The answers.
    pub replies: &'a [Message],
    /// The run.
    pub run_id: &'a str,
}

impl Beginning<'_> {
    /// Adds it to a batch, which fails when a reply is being written or the conversation has gone on.
    pub fn push(&self, batch: &mut Batch, first_words: &str, now: Time) {
        let place = (self.question, self.conversation.message_count);
        if self.asks {
            batch.push(store::insert_message(self.question));
            passages::publish(batch, &self.conversation.workspace_id, place, None);
        }
        for reply in self.replies {
            batch.push(store::insert_message(reply));
        }
        let head = if self.asks {
            self.question.id.as_str()
        } else {
            self.conversation.head_id.as_deref().unwrap_or_default()
        };
        let begin = store::BeginReply {
            conversation: self.conversation,
            head_id: head,
            run_id: self.run_id,
            branches: false,
            new_messages: self.replies.len() as i64 + i64::from(self.asks),
            first_words,
        };
        batch.push_expecting(1, store::begin_reply(&begin, now));
    }
}

/// A lane that ended without its step: its answer says so, unless it is written already.
pub fn close(
    (conversation_id, message_id, run_id): (&str, &str, &str),
    status: MessageStatus,
    error: Option<&Value>,
    now: Time,
) -> Query {
    store::close_message(conversation_id, message_id, run_id, status, error, now)
}

/// The conversation is free again.
pub fn free(conversation_id: &str, run_id: &str, now: Time) -> Query {
    store::end_reply(conversation_id, run_id, now)
}

/// The first answers of a comparison ask for a title, unless a person has given one.
pub async fn push_title(
    app: &App,
    (run, key_id): (&Run, Option<String>),
    answer_id: &str,
    finish: &mut Finish,
) -> Result<(), engine::StepError> {
    let conversation_id = run.conversation_id.as_deref().unwrap_or_default();
    match store::get_message(&app.db, conversation_id, answer_id).await? {
        Some(answer) => title::push(app, (run, key_id), &answer, finish).await,
        None => Ok(()),
    }
}

/// What the run of a lane is, as a run of the engine; its parent is not set yet.
pub fn new_run(run_id: &str, input: &ReplyInput) -> engine::NewRun {
    let mut run = engine::NewRun::new(run_id, "lane", json!(input));
    // A second attempt is for a node that died before the first word; after that an answer is kept, not repeated.
    run.attempts_max = 2;
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, parent_id: &str) -> Message {
        let role = if parent_id.is_empty() {
            MessageRole::User
        } else {
            MessageRole::Assistant
        };
        Message::new(id.into(), "cnv_1", parent_id, role, Time::from_micros(0))
    }

    #[test]
    fn an_answer_that_was_written_anew_takes_the_place_of_the_first() {
        let newest_first = vec![
            message("msg_9", "msg_1"),
            message("msg_5", ""),
            message("msg_4", "msg_3"),
            message("msg_3", ""),
            message("msg_2", "msg_1"),
            message("msg_1", ""),
        ];
        let ids: Vec<String> = in_order(newest_first)
            .into_iter()
            .map(|message| message.id)
            .collect();
        assert_eq!(ids, ["msg_1", "msg_9", "msg_3", "msg_4", "msg_5"]);
    }

    #[test]
    fn lanes_are_bits() {
        assert_eq!(bits(&[0, 3, 11]), 0b1000_0000_1001);
        assert_eq!(of_bits(bits(&[11, 0, 3])), [0, 3, 11]);
    }

    #[test]
    fn a_blind_comparison_names_nothing_until_it_is_revealed() {
        let mut conversation = Conversation::new("cnv_1".into(), "ws_1", "usr_1", Time::from_micros(0));
        conversation.blind = true;
        conversation.lanes = vec![Lane {
            lane: 0,
            model: Some("openai/gpt-5".into()),
            label: Some("The large one".into()),
            settings: Some(LaneSettings::default()),
        }];
        let mut answer = Message {
            lane: Some(0),
            model: Some("openai/gpt-5".into()),
            cost_micros: 12,
            error: Some(json!({ "code": "upstream", "detail": "OpenAI: no" })),
            ..message("msg_2", "msg_1")
        };
        let before = answer.clone();
        conversation.mask(&mut answer);
        let told = json!([answer, conversation.shown_lanes(), conversation]).to_string();
        assert!(
            !told.to_lowercase().contains("openai") && !told.contains("large"),
            "{told}"
        );
        conversation.revealed_at = Some(Time::from_micros(1));
        let mut answer = before.clone();
        conversation.mask(&mut answer);
        assert_eq!(answer, before);
        assert_eq!(conversation.shown_lanes(), conversation.lanes);
    }
}
