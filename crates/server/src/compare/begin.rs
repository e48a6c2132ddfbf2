//! The beginning of a comparison, of a question to all or some of its lanes, and of one answer anew.
//!
//! Each is one transaction with everything that its run needs; the runs of the lanes are made by the run itself.

use engine::{NewRun, Start};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sql::{Batch, Time};

use crate::App;
use crate::accounts::CallerRow;
use crate::changes::Notice;
use crate::compare::{Asked, Choice, ComparisonInput, choice};
use crate::conversations::lanes::{self, Beginning, COMPARISON, LaneInput, LaneSettings};
use crate::conversations::{
    self, Again, Conversation, Lane, Message, MessageRole, MessageStatus, ReplyInput, RunRef, checked,
    first_words, reply_running,
};
use crate::http::idempotency::{RequestKey, used_key};
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::sources::Collection;

/// How often a run whose database goes away takes up its lanes again.
const ATTEMPTS_MAX: u32 = 5;

/// The body that begins a comparison.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateComparison {
    /// The first question: Markdown.
    pub prompt: String,
    /// 1 to 12 models, by name or with a label and settings; a model may stand there more than once.
    pub models: Vec<Choice>,
    /// How all of them are asked, where a model has no setting of its own.
    pub settings: Option<LaneSettings>,
    /// What the answers draw on.
    pub collection: Option<Collection>,
    /// Hide the names of the models, and shuffle them, until the comparison is revealed.
    pub blind: Option<bool>,
    /// Answer with the stream of events instead of 202.
    pub stream: Option<bool>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<RequestKey>,
}

/// The body of a further question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePrompt {
    /// Markdown.
    pub content: String,
    /// The lanes that are asked; all when absent.
    pub lanes: Option<Vec<u8>>,
    /// What the answers draw on, instead of what the conversation does.
    pub collection: Option<Collection>,
    /// Answer with the stream of events instead of 202.
    pub stream: Option<bool>,
    /// The `Idempotency-Key` of the request.
    #[serde(skip)]
    pub key: Option<RequestKey>,
}

/// A comparison as it is shown, with its lanes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComparisonView {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// Its lanes; without names while it is blind.
    pub lanes: Vec<Lane>,
}

impl From<Conversation> for ComparisonView {
    fn from(conversation: Conversation) -> Self {
        Self {
            lanes: conversation.shown_lanes(),
            conversation,
        }
    }
}

/// A question that is being answered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Begun {
    /// The comparison.
    #[serde(skip)]
    pub conversation: Conversation,
    /// The question.
    pub message: Message,
    /// The answers that are being written, by lane.
    pub replies: Vec<Message>,
    /// The run of all of them; each answer names its own.
    pub run: RunRef,
}

/// Begins a comparison in a workspace.
pub async fn create(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    body: CreateComparison,
) -> Result<Begun, Problem> {
    if let Some(before) = begun_before(app, caller, body.key.as_ref(), None).await? {
        return Ok(before);
    }
    let content = checked("prompt", &body.prompt)?;
    let lanes = choice::checked(&body.models, body.settings.as_ref())?;
    choice::usable(app, caller, workspace_id, &lanes).await?;
    let collection = match body.collection {
        Some(collection) => Some(collection.checked(app, workspace_id).await?),
        None => None,
    };
    let now = app.clock.now();
    let blind = body.blind.unwrap_or(false);
    let id = app.ids.make(Kind::Conversation, now);
    let conversation = Conversation {
        kind: COMPARISON.to_owned(),
        lanes: if blind { choice::shuffled(lanes) } else { lanes },
        blind,
        collection,
        ..Conversation::new(id, workspace_id, &caller.user_id, now)
    };
    let mut batch = Batch::new();
    batch.push(lanes::insert(&conversation));
    let question = Question {
        content,
        lanes: None,
        collection: None,
        key: body.key,
    };
    let begun = ask(app, conversation, caller, question, (batch, now)).await?;
    let notice = Notice::conversations(workspace_id, &begun.conversation.id);
    app.changes.publish(notice).await;
    Ok(begun)
}

/// A further question to all or some of the lanes.
pub async fn prompt(
    app: &App,
    conversation: Conversation,
    caller: &CallerRow,
    body: CreatePrompt,
) -> Result<Begun, Problem> {
    if !conversation.is_comparison() {
        return Err(Problem::conflict(
            "This conversation has one model. Send it a message: POST …/messages.",
        ));
    }
    if let Some(before) = begun_before(app, caller, body.key.as_ref(), Some(&conversation)).await? {
        return Ok(before);
    }
    let content = checked("content", &body.content)?;
    let lanes = match body.lanes {
        Some(lanes) => chosen(&conversation, lanes)?,
        None => None,
    };
    let collection = match body.collection {
        Some(collection) => Some(collection.checked(app, &conversation.workspace_id).await?),
        None => None,
    };
    let question = Question {
        content,
        lanes,
        collection,
        key: body.key,
    };
    let now = app.clock.now();
    let begun = ask(app, conversation, caller, question, (Batch::new(), now)).await?;
    app.changes.publish(begun.conversation.notice()).await;
    Ok(begun)
}

/// The lanes that are asked, each once, in their order; none when that is all of them.
fn chosen(conversation: &Conversation, mut lanes: Vec<u8>) -> Result<Option<Vec<u8>>, Problem> {
    lanes.sort_unstable();
    lanes.dedup();
    let mut check = Check::new();
    if lanes.is_empty() {
        check.fail("lanes", "names no lane; leave it out to ask all of them");
    }
    if let Some(lane) = lanes
        .iter()
        .find(|lane| usize::from(**lane) >= conversation.lanes.len())
    {
        check.fail("lanes", format!("{lane} is no lane of this comparison"));
    }
    check.done()?;
    Ok((lanes.len() < conversation.lanes.len()).then_some(lanes))
}

struct Question {
    content: String,
    /// All of them when absent.
    lanes: Option<Vec<u8>>,
    collection: Option<Collection>,
    key: Option<RequestKey>,
}

async fn ask(
    app: &App,
    conversation: Conversation,
    caller: &CallerRow,
    question: Question,
    (mut batch, now): (Batch, Time),
) -> Result<Begun, Problem> {
    if conversation.active_run_id.is_some() {
        return Err(reply_running());
    }
    let run_id = app.ids.make(Kind::Run, now);
    let parent = conversation.head_id.clone().unwrap_or_default();
    let id = app.ids.make(Kind::Message, now);
    let message = Message {
        user_id: Some(caller.user_id.clone()),
        content: question.content,
        lanes: question.lanes,
        collection: question.collection,
        // Deleting the question forgets the log of its run with it.
        run_id: Some(run_id.clone()),
        ..Message::new(id, &conversation.id, &parent, MessageRole::User, now)
    };
    let replies = replies(app, &conversation, &message, now);
    let input = input_of(&conversation, &message, &replies, (caller, now));
    let mut run = NewRun::new(run_id.clone(), COMPARISON, json!(input));
    run.workspace_id = Some(conversation.workspace_id.clone());
    run.user_id = Some(caller.user_id.clone());
    run.conversation_id = Some(conversation.id.clone());
    run.attempts_max = ATTEMPTS_MAX;
    if let Some(key) = &question.key {
        key.mark(&mut run);
    }
    let beginning = Beginning {
        conversation: &conversation,
        question: &message,
        asks: true,
        replies: &replies,
        run_id: &run_id,
    };
    beginning.push(&mut batch, &first_words(&message.content), now);
    let run = app
        .engine
        .prepare(run, Start::Now, &mut batch)
        .map_err(Problem::internal)?;
    let status = run.status.as_str().to_owned();
    match app.engine.submit(batch, vec![run]).await {
        // Somebody else was faster, or the same request came twice at once.
        Err(sql::Error::RowsAffected { .. } | sql::Error::Violation { .. }) => {
            let before = begun_before(app, caller, question.key.as_ref(), None).await?;
            return before.ok_or_else(reply_running);
        }
        other => other?,
    };
    app.search.wake();
    let conversation = as_begun(conversation, &message, &replies, &run_id);
    Ok(Begun {
        replies: shown(&conversation, replies),
        conversation,
        message,
        run: RunRef { id: run_id, status },
    })
}

/// An answer for each lane that is asked, with nothing in it yet.
fn replies(app: &App, conversation: &Conversation, question: &Message, now: Time) -> Vec<Message> {
    let asked = |lane: &&Lane| match &question.lanes {
        Some(lanes) => lanes.contains(&lane.lane),
        None => true,
    };
    let lanes = conversation.lanes.iter().filter(asked);
    lanes
        .map(|lane| blank(app, conversation, question, lane, now))
        .collect()
}

fn blank(app: &App, conversation: &Conversation, question: &Message, lane: &Lane, now: Time) -> Message {
    let id = app.ids.make(Kind::Message, now);
    Message {
        model: lane.model.clone(),
        lane: Some(lane.lane),
        status: MessageStatus::Generating,
        run_id: Some(app.ids.make(Kind::Run, now)),
        ..Message::new(id, &conversation.id, &question.id, MessageRole::Assistant, now)
    }
}

fn settings_of(conversation: &Conversation, lane: Option<u8>) -> LaneSettings {
    conversation
        .lanes
        .iter()
        .find(|known| Some(known.lane) == lane)
        .and_then(|known| known.settings.clone())
        .unwrap_or_default()
}

fn input_of(
    conversation: &Conversation,
    question: &Message,
    replies: &[Message],
    (caller, now): (&CallerRow, Time),
) -> ComparisonInput {
    let lanes = replies.iter().map(|reply| Asked {
        lane: reply.lane.unwrap_or_default(),
        message_id: reply.id.clone(),
        run_id: reply.run_id.clone().unwrap_or_default(),
        model: reply.model.clone().unwrap_or_default(),
        settings: settings_of(conversation, reply.lane),
    });
    ComparisonInput {
        question_id: question.id.clone(),
        lanes: lanes.collect(),
        collection: question
            .collection
            .clone()
            .or_else(|| conversation.collection.clone()),
        hidden: conversation.hides_models(),
        position: conversation.message_count + 1,
        asked_at: now,
        key_id: caller.key_id().map(str::to_owned),
    }
}

/// The conversation as the write has left it.
fn as_begun(before: Conversation, question: &Message, replies: &[Message], run_id: &str) -> Conversation {
    let untitled = before.title_source == conversations::TitleSource::None;
    Conversation {
        head_id: Some(question.id.clone()),
        active_run_id: Some(run_id.to_owned()),
        message_count: before.message_count + 1 + replies.len() as i64,
        last_message_at: question.created_at,
        updated_at: question.created_at,
        title: if untitled {
            first_words(&question.content)
        } else {
            before.title.clone()
        },
        title_source: if untitled {
            conversations::TitleSource::FirstWords
        } else {
            before.title_source
        },
        ..before
    }
}

fn shown(conversation: &Conversation, mut replies: Vec<Message>) -> Vec<Message> {
    for reply in &mut replies {
        conversation.mask(reply);
    }
    replies
}

/// What the same request, told by its `Idempotency-Key`, has begun before; in this conversation, when it names one.
async fn begun_before(
    app: &App,
    caller: &CallerRow,
    key: Option<&RequestKey>,
    within: Option<&Conversation>,
) -> Result<Option<Begun>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let Some(run) = key.begun(app, &caller.user_id).await? else {
        return Ok(None);
    };
    let id = run.conversation_id.clone().unwrap_or_default();
    if within.is_some_and(|within| within.id != id) {
        return Err(used_key());
    }
    let input: ComparisonInput = serde_json::from_value(run.input).map_err(|_| used_key())?;
    let gone = || Problem::conflict("What this request began before has been deleted.");
    let (_, conversation) = lanes::find_for_user(app, &id, &caller.user_id)
        .await?
        .ok_or_else(gone)?;
    let message = lanes::message(app, &conversation, &input.question_id)
        .await?
        .ok_or_else(gone)?;
    let mut replies = lanes::answers(app, &conversation, &message.id).await?;
    replies.retain(|reply| input.lanes.iter().any(|lane| lane.message_id == reply.id));
    let status = run.status.as_str().to_owned();
    Ok(Some(Begun {
        conversation,
        message,
        replies,
        run: RunRef { id: run.id, status },
    }))
}

/// One lane's answer, written anew beside the old one; the newest counts.
pub async fn regenerate(
    app: &App,
    conversation: &Conversation,
    answer: &Message,
    caller: &CallerRow,
    body: Again,
) -> Result<conversations::Asked, Problem> {
    let lane = conversation
        .lanes
        .iter()
        .find(|lane| Some(lane.lane) == answer.lane)
        .ok_or_else(|| Problem::conflict("Only an answer of a comparison can be written anew."))?;
    if body.model.is_some() {
        return Err(Problem::invalid("model", "is that of the lane"));
    }
    if conversation.active_run_id.is_some() {
        return Err(reply_running());
    }
    let question = lanes::message(app, conversation, &answer.parent_id).await?;
    let question = question.ok_or_else(|| Problem::conflict("This reply answers nothing."))?;
    let now = app.clock.now();
    let mut reply = blank(app, conversation, &question, lane, now);
    let run_id = reply.run_id.clone().unwrap_or_default();
    let input = ReplyInput {
        message_id: reply.id.clone(),
        question_id: question.id.clone(),
        model: reply.model.clone().unwrap_or_default(),
        continues: false,
        position: conversation.message_count,
        collection: question
            .collection
            .clone()
            .or_else(|| conversation.collection.clone()),
        asked_at: now,
        lane: Some(LaneInput {
            lane: lane.lane,
            settings: lane.settings.clone().unwrap_or_default(),
            hidden: conversation.hides_models(),
            sources: None,
        }),
        key_id: caller.key_id().map(str::to_owned),
    };
    let mut run = lanes::new_run(&run_id, &input);
    run.workspace_id = Some(conversation.workspace_id.clone());
    run.user_id = Some(caller.user_id.clone());
    run.conversation_id = Some(conversation.id.clone());
    if let Some(key) = &body.key {
        key.mark(&mut run);
    }
    let mut batch = Batch::new();
    let beginning = Beginning {
        conversation,
        question: &question,
        asks: false,
        replies: std::slice::from_ref(&reply),
        run_id: &run_id,
    };
    beginning.push(&mut batch, "", now);
    let run = app
        .engine
        .prepare(run, Start::Now, &mut batch)
        .map_err(Problem::internal)?;
    let status = run.status.as_str().to_owned();
    match app.engine.submit(batch, vec![run]).await {
        Err(sql::Error::RowsAffected { .. } | sql::Error::Violation { .. }) => return Err(reply_running()),
        other => other?,
    };
    app.changes.publish(conversation.notice()).await;
    conversation.mask(&mut reply);
    Ok(conversations::Asked {
        message: question,
        reply,
        run: RunRef { id: run_id, status },
    })
}
