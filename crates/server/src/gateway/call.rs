//! One call of a chat model, whatever format it came in: begun within its budgets, recorded, and answered whole or frame by
//! frame by a [`Writer`] of the format.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use llm::{CallContext, ChatEvent, ChatModel, ChatRequest, ChatStream, Collected};

use super::failed;
use super::record::Record;
use crate::App;
use crate::budgets::Size;
use crate::http::problem::{ErrorCode, Problem};
use crate::models::{Place, Resolved};
use crate::performance::{self, Part};
use crate::telemetry;
use crate::usage::Purpose;

/// A call whose first event is there.
pub(super) struct Begun {
    events: ChatStream,
    /// Counts it until it is dropped.
    pub record: Record,
    /// When it began, in seconds since 1970.
    pub created: i64,
    asked: Instant,
}

/// How a format writes the events of a streamed answer.
pub(super) trait Writer: Send + 'static {
    /// The frames that an event becomes; none for some.
    fn event(&mut self, event: &ChatEvent) -> Bytes;
    /// The frame that tells of a failure. The status is sent already, and no other frame follows.
    fn failure(&mut self, problem: &Problem, request_id: &str) -> Bytes;
}

/// The model that a request names, when it answers conversations.
pub(super) async fn chat_model(app: &App, place: &Place, name: &str) -> Result<Resolved, Problem> {
    let model = app
        .models
        .resolve(app, place.caller.id(), Some(&place.workspace_id), name)
        .await?;
    must_chat(&model)?;
    Ok(model)
}

/// Finds the model and starts the call. What fails before the model says anything is the error.
pub(super) async fn begin(
    app: &App,
    place: &Place,
    mut request: ChatRequest,
    streamed: bool,
) -> Result<Begun, Problem> {
    let model = chat_model(app, place, &request.model).await?;
    let size = Size::of_chat(&request, &model);
    let mut record = Record::begin(app, place, Purpose::Chat, (model, size)).await?;
    must_chat(record.model())?;
    if record.is_bounded() {
        // What was reserved is for so much and no more.
        request.max_tokens = size.answer_tokens.and_then(|tokens| u32::try_from(tokens).ok());
    }
    request.model.clone_from(&record.model().name);
    let provider = Arc::clone(&record.model().provider);
    let asked = Instant::now();
    let call = CallContext::new(app.usage.cut())
        .traced(telemetry::traceparent())
        .asked_by(Some(place.caller.user.email.clone()));
    let events = provider.chat(request, &call).await;
    performance::mark(Part::ModelFirst, asked);
    if streamed {
        performance::mark(Part::Model, asked);
    }
    let events = match events {
        Ok(events) => events,
        Err(error) => {
            let problem = failed(error);
            record.ended(problem.code.as_str());
            return Err(problem);
        }
    };
    Ok(Begun {
        events,
        record,
        created: app.clock.now().secs(),
        asked,
    })
}

fn must_chat(model: &Resolved) -> Result<(), Problem> {
    if model.capabilities.chat {
        return Ok(());
    }
    let detail = format!("The model `{}` does not answer conversations.", model.full_name);
    Err(Problem {
        code: ErrorCode::Malformed,
        ..Problem::invalid("model", detail)
    })
}

impl Begun {
    /// Reads the answer to its end.
    pub async fn whole(&mut self) -> Result<Collected, Problem> {
        let mut answer = Collected::default();
        while let Some(event) = self.events.next().await {
            match event {
                Ok(event) => {
                    self.record.see(&event);
                    answer.push(event);
                }
                Err(error) => {
                    let problem = failed(error);
                    self.record.ended(problem.code.as_str());
                    return Err(problem);
                }
            }
        }
        performance::mark(Part::Model, self.asked);
        Ok(answer)
    }

    /// The frames of a streamed answer. Dropping them ends the call and records it.
    pub fn frames<W: Writer>(
        self,
        writer: W,
        request_id: Arc<str>,
    ) -> impl Stream<Item = Bytes> + Send + 'static {
        let streaming = Streaming {
            events: self.events,
            record: self.record,
            writer,
            request_id,
            ended: false,
        };
        stream::unfold(streaming, |mut streaming| async move {
            while !streaming.ended {
                let frames = match streaming.events.next().await {
                    Some(Ok(event)) => streaming.event(&event),
                    Some(Err(error)) => streaming.failure(error),
                    None => {
                        streaming.ended = true;
                        continue;
                    }
                };
                if !frames.is_empty() {
                    return Some((frames, streaming));
                }
            }
            None
        })
    }
}

/// A stream under way.
struct Streaming<W> {
    events: ChatStream,
    record: Record,
    writer: W,
    request_id: Arc<str>,
    ended: bool,
}

impl<W: Writer> Streaming<W> {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        self.record.see(event);
        self.writer.event(event)
    }

    fn failure(&mut self, error: llm::Error) -> Bytes {
        let problem = failed(error);
        self.ended = true;
        self.record.ended(problem.code.as_str());
        tracing::warn!(request_id = %self.request_id, "A streamed answer broke off: {}", problem.chain());
        self.writer.failure(&problem, &self.request_id)
    }
}
