//! A problem in the shape that OpenAI's clients read, for the /v1 surface.

use serde_json::{Value, json};

use crate::http::problem::{ErrorCode, Problem};

/// `{"error": {"message", "type", "param", "code"}}`.
pub fn body(problem: &Problem, request_id: &str) -> Value {
    let kind = match problem.code {
        ErrorCode::Unauthenticated | ErrorCode::WrongCredentials => "authentication_error",
        ErrorCode::Forbidden | ErrorCode::CrossSite => "permission_error",
        ErrorCode::RateLimited => "rate_limit_error",
        ErrorCode::BudgetExceeded => "insufficient_quota",
        code if code.status().is_server_error() => "server_error",
        _ => "invalid_request_error",
    };
    let code = match problem.code {
        ErrorCode::Unauthenticated => "invalid_api_key",
        ErrorCode::RateLimited => "rate_limit_exceeded",
        ErrorCode::BudgetExceeded => "insufficient_quota",
        ErrorCode::NotFound if problem.errors.iter().any(|error| error.field == "model") => "model_not_found",
        code => code.as_str(),
    };
    json!({ "error": {
        "message": message(problem, request_id),
        "type": kind,
        "param": problem.errors.first().map(|error| error.field.clone()),
        "code": code,
    }})
}

/// What is said of it. A fault of ours is in the log, not in the answer.
pub fn message(problem: &Problem, request_id: &str) -> String {
    if problem.code == ErrorCode::Internal {
        format!("Something went wrong in Stoa; the fault is logged under {request_id}.")
    } else {
        problem.detail.clone()
    }
}
