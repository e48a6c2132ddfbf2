//! A problem in the shape that Anthropic's clients read, for /v1/messages.

use http::{HeaderMap, HeaderName};
use serde_json::{Value, json};

use crate::http::openai_error;
use crate::http::problem::Problem;

/// Which version of Anthropic's API a client speaks. It says so with every request.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("anthropic-version");

/// Whether this request wants Anthropic's format where a path has two.
pub fn wants(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION_HEADER)
}

/// Whether this path speaks Anthropic's format to a request with these headers.
pub fn speaks(path: &str, headers: &HeaderMap) -> bool {
    let below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below("/v1/messages") || (below("/v1/models") && wants(headers))
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
