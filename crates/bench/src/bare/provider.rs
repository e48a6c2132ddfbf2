//! A provider of models in OpenAI's format: `fast` answers as quickly as it can, `paced` a token every 20 ms.
//!
//! A token of `paced` is its number and the microsecond it was due on the clock that all processes of the machine share, so
//! whoever reads it can say how late it is and whether one is missing.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::header;
use serde::Deserialize;
use serde_json::json;

use crate::machine::monotonic_micros;

/// Tokens of an answer when the request does not say.
const TOKENS: u32 = 16;
/// Between two tokens of `paced`: 50 a second.
const BETWEEN: Duration = Duration::from_millis(20);

#[derive(Deserialize)]
struct Call {
    model: String,
    #[serde(default)]
    stream: bool,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
}

/// The routes of the provider.
pub(super) fn router() -> Router {
    let models = json!({"object": "list", "data": [
        {"id": "fast", "object": "model", "owned_by": "bench"},
        {"id": "paced", "object": "model", "owned_by": "bench"},
    ]});
    Router::new()
        .route(
            "/v1/models",
            get(move || std::future::ready(Json(models.clone()))),
        )
        .route("/v1/chat/completions", post(complete))
        .layer(axum::extract::DefaultBodyLimit::max(64 << 20))
}

async fn complete(body: Bytes) -> Response {
    let call: Call = match serde_json::from_slice(&body) {
        Ok(call) => call,
        Err(error) => return (http::StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let tokens = call.max_tokens.or(call.max_completion_tokens).unwrap_or(TOKENS);
    let usage = json!({"prompt_tokens": body.len() / 4, "completion_tokens": tokens, "total_tokens": body.len() / 4 + tokens as usize});
    if !call.stream {
        return Json(json!({
            "id": "chatcmpl-bench", "object": "chat.completion", "created": 1, "model": call.model,
            "choices": [{"index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "word ".repeat(tokens as usize)}}],
            "usage": usage,
        }))
        .into_response();
    }
    let paced = call.model == "paced";
    let start = tokio::time::Instant::now();
    let start_micros = monotonic_micros();
    let words = stream::iter(0..tokens).then(move |number| async move {
        let after = BETWEEN * (number + 1);
        let text = if paced {
            tokio::time::sleep_until(start + after).await;
            format!("{number}:{} ", start_micros + after.as_micros() as u64)
        } else {
            "word ".to_owned()
        };
        chunk(&format!("{{\"content\":\"{text}\"}}"), "null", "")
    });
    let end = chunk("{}", "\"stop\"", &format!(",\"usage\":{usage}"));
    let last = stream::iter([end, Bytes::from_static(b"data: [DONE]\n\n")]);
    let body = Body::from_stream(words.chain(last).map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// One event of a streamed answer.
fn chunk(delta: &str, finish: &str, rest: &str) -> Bytes {
    Bytes::from(format!(
        "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\",\
         \"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]{rest}}}\n\n"
    ))
}
