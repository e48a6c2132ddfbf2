//! Visitors: who has no account, and may compare the mock models while an administrator lets them.
//!
//! A visitor's comparison speaks like any other (`compare`), but nothing of it is kept: no conversation, no run, no usage,
//! not a statement. So it can not be resumed, and ends when the visitor leaves. How many an address may ask in a minute is
//! limited, and how many are under way at once.

pub mod routes;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use llm::{CallContext, ChatEvent, ChatRequest, Provider, ProviderKind, Usage};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::App;
use crate::conversations::{Lane, Message, MessageRole, MessageStatus};
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem};
use crate::{limits, settings};

/// What visitors may ask. `mock/silent` would hold its place for nothing.
pub const MODELS: [&str; 3] = ["mock/echo", "mock/lorem", "mock/fail"];

/// The longest question of a visitor.
const QUESTION_CHARS_MAX: usize = 4_000;
/// The longest answer.
const TOKENS_MAX: u32 = 500;
/// How long an answer may take; with the pace below far more than any needs.
const ANSWER_TIME: Duration = Duration::from_mins(1);
/// Comparisons of visitors at once.
const UNDER_WAY_MAX: usize = 64;
/// Events that wait for a slow reader.
const EVENTS_WAITING: usize = 256;

static UNDER_WAY: Semaphore = Semaphore::const_new(UNDER_WAY_MAX);

/// Whether visitors may ask, and how often.
pub async fn allowed(app: &App) -> Result<Option<u32>, Problem> {
    let settings = settings::current(app).await?;
    let anonymous = &settings.anonymous;
    Ok(anonymous.mock_mode.then_some(anonymous.requests_per_minute))
}

/// One event of a visitor's comparison.
struct Told {
    kind: &'static str,
    data: Value,
}

/// A visitor's comparison under way. Dropping it ends it.
pub struct Visit {
    events: mpsc::Receiver<Told>,
    _lanes: JoinSet<()>,
    _place: SemaphorePermit<'static>,
}

/// Somebody without an account, who may ask.
pub struct Visitor {
    /// The address they come from.
    pub address: String,
    /// How many questions it may ask in a minute.
    pub requests_per_minute: u32,
}

/// Begins a comparison of mock models for a visitor.
pub async fn begin(app: &App, visitor: &Visitor, question: &str, lanes: Vec<Lane>) -> Result<Visit, Problem> {
    let mut check = Check::new();
    let question = check.text("prompt", question, 1, QUESTION_CHARS_MAX);
    for lane in &lanes {
        let named = lane.model.as_deref().unwrap_or_default();
        if !MODELS.contains(&named) {
            let message = format!("Without an account you can ask {}.", MODELS.join(", "));
            check.fail(&format!("models[{}]", lane.lane), message);
        }
    }
    check.done()?;
    limits::admit_address(app, &visitor.address, visitor.requests_per_minute).await?;
    let place = UNDER_WAY.try_acquire().map_err(|_| {
        let detail = "Too many visitors compare models at this moment; try again in a moment, or log in.";
        Problem::new(ErrorCode::Unavailable, detail).retry_after(Duration::from_secs(5))
    })?;
    let provider = provider(app)?;
    let (teller, events) = mpsc::channel(EVENTS_WAITING);
    let mut tasks = JoinSet::new();
    let cut = app.usage.cut();
    tasks.spawn(async move {
        for lane in &lanes {
            let start = json!({ "lane": lane.lane, "message_id": null, "conversation_id": null, "model": lane.model });
            tell(&teller, "start", start).await;
        }
        let answering = lanes.into_iter().map(|lane| {
            let (provider, teller) = (Arc::clone(&provider), teller.clone());
            let (question, ctx) = (question.clone(), CallContext::new(cut.clone()));
            async move { answer(&*provider, lane, question, &ctx, &teller).await }
        });
        futures_util::future::join_all(answering).await;
        let complete = json!({ "status": "complete", "conversation_id": null, "message_id": null, "messages": [] });
        tell(&teller, "complete", complete).await;
    });
    Ok(Visit {
        events,
        _lanes: tasks,
        _place: place,
    })
}

/// The mock models, at a pace that people can watch.
fn provider(app: &App) -> Result<Arc<dyn Provider>, Problem> {
    let mut connection = llm::Connection::new(ProviderKind::Mock);
    connection.settings = json!({ "first_token_ms": 100, "tokens_per_second": 80 });
    llm::connect(&connection, app.models.net()).map_err(Problem::internal)
}

/// Says something to whoever listens. Nobody does any more once the visitor has left; then the task ends soon.
async fn tell(teller: &mpsc::Sender<Told>, kind: &'static str, data: Value) {
    let _ = teller.send(Told { kind, data }).await;
}

/// Answers in one lane: its text as it comes, then exactly one `done`.
async fn answer(
    provider: &dyn Provider,
    lane: Lane,
    question: String,
    ctx: &CallContext,
    teller: &mpsc::Sender<Told>,
) {
    let began = Instant::now();
    let settings = lane.settings.unwrap_or_default();
    let model = lane.model.as_deref().unwrap_or_default();
    let name = model.split_once('/').map_or(model, |(_, name)| name);
    let mut messages = Vec::new();
    messages.extend(settings.system_prompt.map(llm::Message::system));
    messages.push(llm::Message::user(question));
    let request = ChatRequest {
        max_tokens: Some(settings.max_tokens.unwrap_or(TOKENS_MAX).min(TOKENS_MAX)),
        temperature: settings.temperature,
        ..ChatRequest::new(name, messages)
    };
    let mut first = None;
    let mut usage = Usage::default();
    let said = async {
        let mut events = provider.chat(request, ctx).await?;
        while let Some(event) = events.next().await {
            match event? {
                ChatEvent::Text(text) => {
                    first.get_or_insert_with(|| began.elapsed());
                    tell(teller, "text", json!({ "lane": lane.lane, "text": text })).await;
                }
                ChatEvent::Usage(used) => usage = used,
                _ => {}
            }
        }
        Ok::<_, llm::Error>(())
    };
    let ended = tokio::time::timeout(ANSWER_TIME, said).await;
    let error = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(Problem::from(error)),
        Err(_) => Some(Problem::new(
            ErrorCode::Timeout,
            "The answer took longer than a minute.",
        )),
    };
    let error = error.map(|problem| json!({ "code": problem.code.as_str(), "detail": problem.detail }));
    let done = json!({
        "lane": lane.lane, "message_id": null, "status": if error.is_some() { "failed" } else { "complete" }, "error": error,
        "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens, "cost_micros": 0,
        "first_token_ms": first.map(|after| after.as_millis() as u64), "latency_ms": began.elapsed().as_millis() as u64,
    });
    tell(teller, "done", done).await;
}

impl Visit {
    /// The events as frames of a stream, numbered from 1.
    pub fn frames(self) -> impl Stream<Item = Bytes> + Send + 'static {
        stream::unfold((self, 0_u64), |(mut visit, number)| async move {
            let mut told = visit.events.recv().await?;
            let number = number + 1;
            if let Value::Object(fields) = &mut told.data {
                fields.insert("type".to_owned(), told.kind.into());
            }
            let frame = format!("id: {number}\nevent: {}\ndata: {}\n\n", told.kind, told.data);
            Some((Bytes::from(frame), (visit, number)))
        })
    }

    /// Waits for the end: the answers by lane.
    pub async fn collect(mut self, app: &App, lanes: &[Lane]) -> Vec<Message> {
        let now = app.clock.now();
        let empty = |lane: &Lane| {
            let mut message = Message::new(String::new(), "", "", MessageRole::Assistant, now);
            message.model.clone_from(&lane.model);
            message.lane = Some(lane.lane);
            message
        };
        let mut answers: Vec<Message> = lanes.iter().map(empty).collect();
        while let Some(Told { kind, data }) = self.events.recv().await {
            let of = data["lane"].as_u64().and_then(|lane| usize::try_from(lane).ok());
            let Some(answer) = of.and_then(|lane| answers.get_mut(lane)) else {
                continue;
            };
            match kind {
                "text" => answer.content.push_str(data["text"].as_str().unwrap_or_default()),
                "done" => finish(answer, &data),
                _ => {}
            }
        }
        answers
    }
}

/// What `done` says of an answer.
fn finish(answer: &mut Message, done: &Value) {
    if !done["error"].is_null() {
        answer.status = MessageStatus::Failed;
        answer.error = Some(done["error"].clone());
    }
    let number = |field: &str| done[field].as_i64();
    answer.prompt_tokens = number("prompt_tokens").unwrap_or(0);
    answer.completion_tokens = number("completion_tokens").unwrap_or(0);
    answer.first_token_ms = number("first_token_ms");
    answer.latency_ms = number("latency_ms");
}
