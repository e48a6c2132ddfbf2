//! `POST /v1/responses`: the same call in the format of OpenAI's Responses.

use axum::response::Response;
use bytes::Bytes;
use llm::ChatEvent;
use llm::openai::responses::{ResponseHead, ResponseWriter, ResponsesCall};

use super::call::{self, Begun, Incoming, Wanted, Whole, Writer};
use super::unreadable;
use crate::App;
use crate::http::openai_error;
use crate::http::problem::{ErrorCode, Problem};
use crate::models::Place;

/// Answers a chat call.
pub(super) async fn create(app: &App, place: &Place, incoming: Incoming) -> Result<Response, Problem> {
    let call = ResponsesCall::parse(&incoming.body).map_err(unreadable)?;
    let wanted = Wanted {
        streamed: call.stream,
        verbatim: false,
        cache: incoming.cache,
    };
    let begun = call::begin(app, place, call.request, wanted).await?;
    let head = |begun: &Begun| ResponseHead {
        key: begun.record.key().to_owned(),
        model: begun.record.model().full_name.clone(),
        created: begun.created,
        echo: call.echo,
    };
    if call.stream {
        let writer = ResponseWriter::new(head(&begun));
        return Ok(begun.streamed(writer, incoming.request_id));
    }
    let Whole { begun, answer, .. } = begun.whole(app, place, |(), _| {}).await?;
    begun.answered(&head(&begun).whole(&answer))
}

impl Writer for ResponseWriter {
    fn event(&mut self, event: &ChatEvent) -> Bytes {
        let mut frames = String::new();
        self.write(event, &mut frames);
        frames.into()
    }

    fn failure(&mut self, problem: &Problem, request_id: &str) -> Bytes {
        // The only codes that this format has for it.
        let code = match problem.code {
            ErrorCode::RateLimited => "rate_limit_exceeded",
            ErrorCode::Malformed | ErrorCode::Invalid => "invalid_prompt",
            _ => "server_error",
        };
        let mut frames = String::new();
        let message = openai_error::message(problem, request_id);
        self.fail(code, &message, &mut frames);
        frames.into()
    }
}
