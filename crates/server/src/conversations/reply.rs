//! The beginning of a reply: send, edit, regenerate, continue. The only writer of a conversation's `active_run_id`.
//!
//! Everything a reply needs is written in one transaction: the messages, the run (already leased by this node, so that it
//! starts at once) and the conversation. The caller then gets the run's id, or its events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sql::{Batch, Time};

use crate::App;
use crate::accounts::CallerRow;
use crate::compare;
use crate::conversations::generate::ReplyInput;
use crate::conversations::prompt::first_words;
use crate::conversations::{
    CONTENT_CHARS_MAX, Conversation, Message, MessageRole, MessageStatus, lanes, passages, store,
};
use crate::http::idempotency::{RequestKey, used_key};
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::limits;
use crate::models::Resolved;
use crate::sources::Collection;

/// What a beginning reply answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// The message it answers.
    pub message: Message,
    /// The message that is being written.
    pub reply: Message,
    /// The run that writes it.
    pub run: RunRef,
}

/// A run, by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunRef {
    /// `run_…`
    pub id: String,
    /// Its status when the answer was made.
    pub status: String,
}

/// The body of a new message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Markdown.
    pub content: String,
    /// Another model than the conversation's, for this reply and those that follow.
    pub model: Option<String>,
    /// The message it follows; the end of the shown branch when absent.
    pub parent_id: Option<String>,
    /// What the answer draws on, instead of what the conversation does.
    pub collection: Option<Collection>,
    /// Answer with the stream of the reply's events instead of 202.
    pub stream: Option<bool>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<RequestKey>,
}

/// The body of a new version of a turn.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// Another model for this reply.
    pub model: Option<String>,
    /// Answer with the stream of the reply's events instead of 202.
    pub stream: Option<bool>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<RequestKey>,
}

/// The body of an edited message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The new text.
    pub content: String,
    /// Another model for this reply.
    pub model: Option<String>,
    /// Answer with the stream of the reply's events instead of 202.
    pub stream: Option<bool>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<RequestKey>,
}

/// 409: one reply at a time.
pub fn reply_running() -> Problem {
    Problem::new(
        ErrorCode::ReplyRunning,
        "A reply is being written in this conversation. Wait for its end, or stop it.",
    )
}

/// What the same request, told by its `Idempotency-Key`, has begun before.
pub async fn asked_before(
    app: &App,
    conversation: &Conversation,
    caller: &CallerRow,
    key: Option<&RequestKey>,
) -> Result<Option<Asked>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let Some(run) = key.begun(app, &caller.user_id).await? else {
        return Ok(None);
    };
    if run.conversation_id.as_deref() != Some(conversation.id.as_str()) {
        return Err(used_key());
    }
    let Ok(input) = serde_json::from_value::<ReplyInput>(run.input.clone()) else {
        return Err(used_key());
    };
    let message = store::get_message(&app.db, &conversation.id, &input.question_id).await?;
    let reply = store::get_message(&app.db, &conversation.id, &input.message_id).await?;
    let (Some(message), Some(reply)) = (message, reply) else {
        return Err(Problem::conflict(
            "What this request began before has been deleted.",
        ));
    };
    let status = run.status.as_str().to_owned();
    Ok(Some(Asked {
        message,
        reply,
        run: RunRef { id: run.id, status },
    }))
}

/// A new message of a person, and the reply to it.
pub async fn send(
    app: &App,
    conversation: &Conversation,
    caller: &CallerRow,
    body: Send,
) -> Result<Asked, Problem> {
    lanes::refuse(conversation, "Ask all or some of them: POST …/prompts.")?;
    let content = checked("content", &body.content)?;
    let collection = match body.collection {
        Some(collection) => Some(collection.checked(app, &conversation.workspace_id).await?),
        None => None,
    };
    let at_head = body.parent_id.is_none() || body.parent_id == conversation.head_id;
    let parent = match body.parent_id {
        Some(id) if !at_head => {
            let found = store::get_message(&app.db, &conversation.id, &id).await?;
            Some(
                found
                    .ok_or_else(|| Problem::invalid("parent_id", "is not a message of this conversation"))?
                    .id,
            )
        }
        _ => conversation.head_id.clone(),
    };
    ask(
        app,
        conversation,
        caller,
        Turn {
            content,
            parent_id: parent.unwrap_or_default(),
            model: body.model,
            collection,
            branches: !at_head,
            key: body.key,
        },
    )
    .await
}

/// A new version of a person's message, and the reply to it: a branch beside the old one.
pub async fn edit(
    app: &App,
    conversation: &Conversation,
    message: &Message,
    caller: &CallerRow,
    body: Edit,
) -> Result<Asked, Problem> {
    if message.role != MessageRole::User {
        return Err(Problem::conflict(
            "Only what people wrote can be edited; a reply can be regenerated or continued.",
        ));
    }
    lanes::refuse(conversation, "Ask another question instead of changing this one.")?;
    let content = checked("content", &body.content)?;
    ask(
        app,
        conversation,
        caller,
        Turn {
            content,
            parent_id: message.parent_id.clone(),
            model: body.model,
            collection: message.collection.clone(),
            branches: true,
            key: body.key,
        },
    )
    .await
}

/// The text of a message.
pub fn checked(field: &str, content: &str) -> Result<String, Problem> {
    let mut check = Check::new();
    let text = check.text(field, content, 1, CONTENT_CHARS_MAX);
    check.done()?;
    Ok(text)
}

struct Turn {
    content: String,
    parent_id: String,
    model: Option<String>,
    collection: Option<Collection>,
    branches: bool,
    key: Option<RequestKey>,
}

async fn ask(
    app: &App,
    conversation: &Conversation,
    caller: &CallerRow,
    turn: Turn,
) -> Result<Asked, Problem> {
    let model = resolve(app, conversation, caller, turn.model.as_deref()).await?;
    let now = app.clock.now();
    let message = Message {
        user_id: Some(caller.user_id.clone()),
        content: turn.content,
        collection: turn.collection,
        ..blank(app, conversation, &turn.parent_id, MessageRole::User, now)
    };
    let mut start = Start {
        conversation,
        caller,
        model,
        branches: turn.branches,
        batch: Batch::new(),
        new_messages: 1,
        now,
        key: turn.key,
    };
    start.batch.push(store::insert_message(&message));
    passages::publish(
        &mut start.batch,
        &conversation.workspace_id,
        (&message, conversation.message_count),
        None,
    );
    start.new_reply(app, message).await
}

/// Another reply to the same message: beside the old one.
pub async fn regenerate(
    app: &App,
    conversation: &Conversation,
    message: &Message,
    caller: &CallerRow,
    body: Again,
) -> Result<Asked, Problem> {
    if conversation.is_comparison() {
        return compare::regenerate(app, conversation, message, caller, body).await;
    }
    let question = if message.role == MessageRole::Assistant {
        let question = store::get_message(&app.db, &conversation.id, &message.parent_id).await?;
        question.ok_or_else(|| Problem::conflict("This reply answers nothing."))?
    } else {
        message.clone()
    };
    let model = resolve(app, conversation, caller, body.model.as_deref()).await?;
    let now = app.clock.now();
    let branches = message.role == MessageRole::Assistant
        || conversation.head_id.as_deref() != Some(question.id.as_str());
    let start = Start {
        conversation,
        caller,
        model,
        branches,
        batch: Batch::new(),
        new_messages: 0,
        now,
        key: body.key,
    };
    start.new_reply(app, question).await
}

/// Goes on with a reply that was cut off, in the same message.
pub async fn continue_reply(
    app: &App,
    conversation: &Conversation,
    message: &Message,
    caller: &CallerRow,
    body: Again,
) -> Result<Asked, Problem> {
    lanes::refuse(conversation, "An answer of it can be regenerated.")?;
    let cut_off = matches!(
        message.status,
        MessageStatus::Partial | MessageStatus::Cancelled | MessageStatus::Failed
    );
    if message.role != MessageRole::Assistant || !cut_off {
        return Err(Problem::conflict(
            "Only a reply that was cut off can be continued.",
        ));
    }
    let question = store::get_message(&app.db, &conversation.id, &message.parent_id).await?;
    let question = question.ok_or_else(|| Problem::conflict("This reply answers nothing."))?;
    let model = body.model.as_deref().or(message.model.as_deref());
    let model = resolve(app, conversation, caller, model).await?;
    let now = app.clock.now();
    let run_id = app.ids.make(Kind::Run, now);
    let reply = Message {
        status: MessageStatus::Generating,
        error: None,
        run_id: Some(run_id.clone()),
        model: Some(model.full_name.clone()),
        updated_at: now,
        ..message.clone()
    };
    let mut start = Start {
        conversation,
        caller,
        model,
        branches: false,
        batch: Batch::new(),
        new_messages: 0,
        now,
        key: body.key,
    };
    let reopen = store::reopen_message(
        &conversation.id,
        &message.id,
        &run_id,
        &start.model.full_name,
        now,
    );
    start.batch.push_expecting(1, reopen);
    start.commit(app, question, reply, run_id).await
}

async fn resolve(
    app: &App,
    conversation: &Conversation,
    caller: &CallerRow,
    asked: Option<&str>,
) -> Result<Resolved, Problem> {
    if conversation.active_run_id.is_some() {
        return Err(reply_running());
    }
    let (user, workspace) = (caller.user_id.as_str(), Some(conversation.workspace_id.as_str()));
    let model = match asked
        .filter(|name| !name.is_empty())
        .or(conversation.model.as_deref())
    {
        Some(name) => app.models.resolve(app, user, workspace, name).await?,
        None => app.models.default_model(app, user, workspace).await?,
    };
    model.must_chat("model")?;
    limits::allow(caller.limits.as_deref(), &model.full_name)?;
    Ok(model)
}

/// A message of this conversation with nothing in it yet.
fn blank(app: &App, conversation: &Conversation, parent_id: &str, role: MessageRole, now: Time) -> Message {
    let id = app.ids.make(Kind::Message, now);
    Message::new(id, &conversation.id, parent_id, role, now)
}

/// A reply on its way into the database.
struct Start<'a> {
    conversation: &'a Conversation,
    caller: &'a CallerRow,
    model: Resolved,
    branches: bool,
    batch: Batch,
    new_messages: i64,
    now: Time,
    key: Option<RequestKey>,
}

impl Start<'_> {
    async fn new_reply(mut self, app: &App, question: Message) -> Result<Asked, Problem> {
        let run_id = app.ids.make(Kind::Run, self.now);
        let reply = Message {
            model: Some(self.model.full_name.clone()),
            status: MessageStatus::Generating,
            run_id: Some(run_id.clone()),
            ..blank(
                app,
                self.conversation,
                &question.id,
                MessageRole::Assistant,
                self.now,
            )
        };
        self.batch.push(store::insert_message(&reply));
        self.new_messages += 1;
        self.commit(app, question, reply, run_id).await
    }

    async fn commit(
        mut self,
        app: &App,
        question: Message,
        reply: Message,
        run_id: String,
    ) -> Result<Asked, Problem> {
        let input = ReplyInput {
            message_id: reply.id.clone(),
            question_id: question.id.clone(),
            model: self.model.full_name.clone(),
            continues: !reply.content.is_empty(),
            position: self.conversation.message_count + self.new_messages - 1,
            collection: question
                .collection
                .clone()
                .or_else(|| self.conversation.collection.clone()),
            asked_at: self.now,
            lane: None,
            key_id: self.caller.key_id().map(str::to_owned),
        };
        let mut run = engine::NewRun::new(run_id.clone(), "reply", json!(input));
        run.workspace_id = Some(self.conversation.workspace_id.clone());
        run.user_id = Some(self.caller.user_id.clone());
        run.conversation_id = Some(self.conversation.id.clone());
        // A second attempt is for a node that died before the first word; after that a reply is kept, not repeated.
        run.attempts_max = 2;
        if let Some(key) = &self.key {
            key.mark(&mut run);
        }
        let run = app
            .engine
            .prepare(run, engine::Start::Now, &mut self.batch)
            .map_err(Problem::internal)?;
        let status = run.status.as_str().to_owned();
        let words = first_words(&question.content);
        let begin = store::BeginReply {
            conversation: self.conversation,
            head_id: &reply.id,
            run_id: &run_id,
            branches: self.branches,
            new_messages: self.new_messages,
            first_words: &words,
        };
        self.batch.push_expecting(1, store::begin_reply(&begin, self.now));
        match app.engine.submit(self.batch, vec![run]).await {
            // Somebody else was faster, or the branch has gone on since the caller saw it, or the same request came twice
            // at once.
            Err(sql::Error::RowsAffected { .. } | sql::Error::Violation { .. }) => {
                let before = asked_before(app, self.conversation, self.caller, self.key.as_ref()).await?;
                return before.ok_or_else(reply_running);
            }
            other => other?,
        };
        app.search.wake();
        app.changes.publish(self.conversation.notice()).await;
        Ok(Asked {
            message: question,
            reply,
            run: RunRef { id: run_id, status },
        })
    }
}
