//! `POST /v1/responses`: the same call in the format of OpenAI's Responses.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use llm::ChatEvent;
use llm::openai::responses::{ResponseHead, ResponseWriter, ResponsesCall};

use super::answers::CacheUse;
use super::call::{self, Writer, with};
use super::unreadable;
use crate::App;
use crate::http::openai_error;
use crate::http::problem::{ErrorCode, Problem};
use crate::http::respond::json_bytes;
use crate::http::sse;
use crate::models::Place;

/// Answers a chat call.
pub(super) async fn create(
    app: &App,
    place: &Place,
    body: &[u8],
    (request_id, cache): (Arc<str>, CacheUse),
) -> Result<Response, Problem> {
    let call = ResponsesCall::parse(body).map_err(unreadable)?;
    let mut begun = call::begin(app, place, call.request, (call.stream, cache)).await?;
    let head = ResponseHead {
        key: begun.record.key().to_owned(),
        model: begun.record.model().full_name.clone(),
        created: begun.created,
        echo: call.echo,
    };
    if call.stream {
        let headers = begun.headers();
        return Ok(with(
            headers,
            sse::stream(begun.frames(ResponseWriter::new(head), request_id)),
        ));
    }
    let answer = begun.whole().await?;
    let bytes = serde_json::to_vec(&head.whole(&answer)).map_err(Problem::internal)?;
    Ok(with(begun.headers(), json_bytes(StatusCode::OK, bytes)))
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
