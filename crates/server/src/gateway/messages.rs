//! `POST /v1/messages`: the same call in Anthropic's format, and how long its prompt is.

use axum::response::Response;
use bytes::Bytes;
use llm::ChatEvent;
use llm::anthropic::wire::{MessageAnswer, MessageWriter, MessagesCall};

use super::call::{self, Begun, Incoming, Wanted, Whole, Writer};
use super::schema::TokenCount;
use super::unreadable;
use crate::App;
use crate::budgets::Size;
use crate::http::anthropic_error;
use crate::http::problem::Problem;
use crate::models::Place;
use crate::usage::estimate_tokens;

/// Answers a chat call.
pub(super) async fn create(app: &App, place: &Place, incoming: Incoming) -> Result<Response, Problem> {
    let call = MessagesCall::parse(&incoming.body).map_err(unreadable)?;
    let wanted = Wanted {
        streamed: call.stream,
        verbatim: false,
        cache: incoming.cache,
    };
    let begun = call::begin(app, place, call.request, wanted).await?;
    let id = |begun: &Begun| format!("msg_{}", begun.record.key());
    if call.stream {
        let writer = MessageWriter::new(id(&begun), begun.record.model().full_name.clone());
        return Ok(begun.streamed(writer, incoming.request_id));
    }
    let Whole { begun, answer, .. } = begun.whole(app, place, |(), _| {}).await?;
    begun.answered(&MessageAnswer {
        id: &id(&begun),
        model: &begun.record.model().full_name,
        answer: &answer,
    })
}

/// How many tokens a prompt has, about: no model is asked, and only its provider could say exactly.
pub(super) async fn count(app: &App, place: &Place, body: &[u8]) -> Result<TokenCount, Problem> {
    let call = MessagesCall::parse_count(body).map_err(unreadable)?;
    let model = call::chat_model(app, place, &call.request.model).await?;
    let size = Size::of_chat(&call.request, &model);
    Ok(TokenCount {
        input_tokens: estimate_tokens(size.bytes),
    })
}

impl Writer for MessageWriter {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        let mut frames = String::new();
        self.write(event, &mut frames);
        frames.into()
    }

    fn failure(&mut self, problem: &Problem, request_id: &str) -> Bytes {
        let body = anthropic_error::body(problem, request_id);
        format!("event: error\ndata: {body}\n\n").into()
    }
}
