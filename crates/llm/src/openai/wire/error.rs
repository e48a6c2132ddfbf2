//! OpenAI's error shape, and what is wrong with a body that cannot be read.

use serde::{Deserialize, Serialize};

use crate::Error;

/// What is wrong with a request's body; always the caller's fault (400).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// For people.
    pub message: String,
    /// The parameter at fault, such as `messages[2].content`.
    pub param: Option<String>,
    /// OpenAI's code.
    pub code: &'static str,
}

impl WireError {
    pub(crate) fn invalid(param: &str, why: impl std::fmt::Display) -> Self {
        let param = (!param.is_empty()).then(|| param.to_owned());
        let message = match &param {
            Some(param) => format!("Invalid value for '{param}': {why}."),
            None => format!("Invalid body: {why}."),
        };
        Self {
            message,
            param,
            code: "invalid_value",
        }
    }

    pub(crate) fn missing(param: String) -> Self {
        Self {
            message: format!("Missing required parameter: '{param}'."),
            param: Some(param),
            code: "missing_required_parameter",
        }
    }

    pub(crate) fn unsupported(param: &str, why: &str) -> Self {
        Self {
            message: format!("Unsupported parameter: '{param}': {why}."),
            param: Some(param.to_owned()),
            code: "unsupported_parameter",
        }
    }
}

/// `{"error": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The only field.
    pub error: ErrorDetail,
}

/// The inside of an [`ErrorBody`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// For people.
    pub message: String,
    /// The family, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The parameter at fault.
    pub param: Option<String>,
    /// The exact kind.
    pub code: Option<String>,
}

impl ErrorBody {
    /// An error of the family that belongs to an HTTP status.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        let kind = match status {
            401 => "authentication_error",
            402 => "insufficient_quota",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        let error = ErrorDetail {
            message: message.into(),
            kind: kind.to_owned(),
            param: None,
            code: Some(code.to_owned()),
        };
        Self { error }
    }
}

impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        Self::new(error.http_status(), error.code(), error.to_string())
    }
}

impl From<&WireError> for ErrorBody {
    fn from(error: &WireError) -> Self {
        let mut body = Self::new(400, error.code, error.message.clone());
        body.error.param.clone_from(&error.param);
        body
    }
}
