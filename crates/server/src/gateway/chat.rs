//! `POST /v1/chat/completions`: one call of a chat model, answered whole or event by event.

use std::sync::Arc;
use std::time::Instant;

use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::StatusCode;
use llm::openai::wire::{ChatCall, ChatCompletion, ChunkWriter};
use llm::{CallContext, ChatEvent, ChatModel, ChatStream, Collected};

use super::record::Record;
use super::{failed, unreadable};
use crate::App;
use crate::budgets::Size;
use crate::http::openai_error;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::json_bytes;
use crate::http::sse;
use crate::models::{Place, Resolved};
use crate::performance::{self, Part};
use crate::telemetry;
use crate::usage::Purpose;

/// A call whose first event is there.
struct Begun {
    events: ChatStream,
    record: Record,
    id: String,
    created: i64,
    asked: Instant,
}

/// Answers a chat call.
pub(super) async fn complete(
    app: &App,
    place: &Place,
    body: &[u8],
    request_id: Arc<str>,
) -> Result<Response, Problem> {
    let call = ChatCall::parse(body).map_err(unreadable)?;
    let (stream, include_usage) = (call.stream, call.include_usage);
    let begun = begin(app, place, call).await?;
    if stream {
        let writer = ChunkWriter::new(
            begun.id,
            begun.record.model().full_name.clone(),
            begun.created,
            include_usage,
        );
        return Ok(sse::stream(frames(
            begun.events,
            begun.record,
            writer,
            request_id,
        )));
    }
    whole(begun).await
}

/// Finds the model and starts the call. What fails before the model says anything is the error.
async fn begin(app: &App, place: &Place, call: ChatCall) -> Result<Begun, Problem> {
    let streamed = call.stream;
    let mut request = call.request;
    let model = app
        .models
        .resolve(app, place.caller.id(), Some(&place.workspace_id), &request.model)
        .await?;
    must_chat(&model)?;
    let size = Size::of_chat(&request, &model);
    let mut record = Record::begin(app, place, Purpose::Chat, (model, size)).await?;
    must_chat(record.model())?;
    if record.is_bounded() {
        // What was reserved is for so much and no more.
        request.max_tokens = size.answer_tokens.and_then(|tokens| u32::try_from(tokens).ok());
    }
    request.model.clone_from(&record.model().name);
    let provider = Arc::clone(&record.model().provider);
    let id = format!("chatcmpl-{}", record.key());
    let asked = Instant::now();
    let call = CallContext::new(app.usage.cut()).traced(telemetry::traceparent());
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
        id,
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

/// Reads the answer to its end and sends it as one body.
async fn whole(begun: Begun) -> Result<Response, Problem> {
    let Begun {
        mut events,
        mut record,
        id,
        created,
        asked,
    } = begun;
    let mut answer = Collected::default();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                record.see(&event);
                answer.push(event);
            }
            Err(error) => {
                let problem = failed(error);
                record.ended(problem.code.as_str());
                return Err(problem);
            }
        }
    }
    performance::mark(Part::Model, asked);
    let body = ChatCompletion {
        id: &id,
        model: &record.model().full_name,
        created,
        answer: &answer,
    };
    let bytes = serde_json::to_vec(&body).map_err(Problem::internal)?;
    Ok(json_bytes(StatusCode::OK, bytes))
}

/// A stream under way.
struct Streaming {
    events: ChatStream,
    record: Record,
    writer: ChunkWriter,
    request_id: Arc<str>,
    ended: bool,
}

/// The frames of a streamed answer, one `data:` line each. Dropping them ends the call and records it.
fn frames(
    events: ChatStream,
    record: Record,
    writer: ChunkWriter,
    request_id: Arc<str>,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let streaming = Streaming {
        events,
        record,
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

impl Streaming {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        self.record.see(event);
        frame_all(&self.writer.write(event))
    }

    /// The status is sent already, so the error is a frame, in the shape a status would have brought. No `[DONE]`
    /// follows: the answer is not done.
    fn failure(&mut self, error: llm::Error) -> Bytes {
        let problem = failed(error);
        self.ended = true;
        self.record.ended(problem.code.as_str());
        tracing::warn!(request_id = %self.request_id, "A streamed answer broke off: {}", problem.chain());
        frame_all(&[openai_error::body(&problem, &self.request_id).to_string()])
    }
}

/// Lines of data as frames. JSON text has no line break in it, so each is one line.
fn frame_all(lines: &[String]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(lines.iter().map(|line| line.len() + 8).sum());
    for line in lines {
        bytes.put_slice(b"data: ");
        bytes.put_slice(line.as_bytes());
        bytes.put_slice(b"\n\n");
    }
    bytes.freeze()
}
