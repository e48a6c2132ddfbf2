//! A problem in the shape that Anthropic's clients read, for /v1/messages.

use serde_json::{Value, json};

use crate::http::openai_error;
use crate::http::problem::Problem;

/// Whether this path speaks Anthropic's format.
pub fn speaks(path: &str) -> bool {
    path.strip_prefix("/v1/messages")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `{"type": "error", "error": {"type", "message"}, "request_id"}`.
pub fn body(problem: &Problem, request_id: &str) -> Value {
    let kind = match problem.code.status().as_u16() {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    let message = openai_error::message(problem, request_id);
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": request_id })
}
