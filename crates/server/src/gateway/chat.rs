//! `POST /v1/chat/completions`: one call of a chat model, answered whole or event by event.

use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use llm::ChatEvent;
use llm::openai::wire::{ChatCall, ChatCompletion, ChunkWriter, Merged};

use super::call::{self, Begun, Incoming, Wanted, Whole, Writer};
use super::unreadable;
use crate::App;
use crate::http::openai_error;
use crate::http::problem::Problem;
use crate::models::Place;

/// Answers a chat call.
pub(super) async fn complete(app: &App, place: &Place, incoming: Incoming) -> Result<Response, Problem> {
    let call = ChatCall::parse(&incoming.body).map_err(unreadable)?;
    let wanted = Wanted {
        streamed: call.stream,
        verbatim: true,
        cache: incoming.cache,
    };
    let begun = call::begin(app, place, call.request, wanted).await?;
    let id = |begun: &Begun| format!("chatcmpl-{}", begun.record.key());
    if call.stream {
        let model = begun.record.model().full_name.clone();
        let writer = ChunkWriter::new(id(&begun), model, begun.created, call.include_usage);
        return Ok(begun.streamed(writer, incoming.request_id));
    }
    // What the provider said beside the events: further answers, log probabilities, whatever it has that is its own.
    let Whole { begun, answer, seen } = begun.whole(app, place, Merged::see).await?;
    if let Some(body) = seen.finish(&answer) {
        return begun.answered(&body);
    }
    begun.answered(&ChatCompletion {
        id: &id(&begun),
        model: &begun.record.model().full_name,
        created: begun.created,
        answer: &answer,
    })
}

impl Writer for ChunkWriter {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        frame_all(&self.write(event))
    }

    /// In the shape that a status would have brought. No `[DONE]` follows: the answer is not done.
    fn failure(&mut self, problem: &Problem, request_id: &str) -> Bytes {
        frame_all(&[openai_error::body(problem, request_id).to_string()])
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
