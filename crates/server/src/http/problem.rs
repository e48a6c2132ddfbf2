//! Problems: everything that can go wrong in a request, as one type and one table.
//!
//! Features make a [`Problem`] with a small constructor that reads as a sentence; handlers return it; the middleware
//! (`observe.rs`) renders it as RFC 9457 `application/problem+json` (in OpenAI's shape below `/v1`) and logs it once with
//! its whole chain of causes. A caller's fault carries a detail that says what to do; ours carries none, only a request id.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:ident $title:literal;)+) => {
        /// What kind of problem it is. The code is stable and part of the API; `docs/errors.md` lists this table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorCode { $($(#[$doc])* $name,)+ }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as clients see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
            /// The HTTP status it answers with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }
            /// A title for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }
        }
    };
}

error_codes! {
    /// The body, a header or a parameter could not be read at all.
    Malformed = "malformed" BAD_REQUEST "The request could not be read";
    /// The conversation does not fit into what the model reads at once.
    ContextTooLong = "context_length_exceeded" BAD_REQUEST "The conversation is too long for this model";
    /// The provider's policy refuses what was said.
    ContentRefused = "content_filter" BAD_REQUEST "The provider refuses this content";
    /// No valid credential came with the request.
    Unauthenticated = "unauthenticated" UNAUTHORIZED "Please log in";
    /// Email and password do not match.
    WrongCredentials = "wrong_credentials" UNAUTHORIZED "Email or password is wrong";
    /// A budget is used up.
    BudgetExceeded = "budget_exceeded" PAYMENT_REQUIRED "The budget is used up";
    /// The caller is known but may not do this.
    Forbidden = "forbidden" FORBIDDEN "You may not do this";
    /// Work goes on for an API key that is there no more.
    KeyRevoked = "key_revoked" FORBIDDEN "The API key was revoked";
    /// An unsafe request with a cookie that did not prove where it comes from.
    CrossSite = "cross_site" FORBIDDEN "The request came from another site";
    /// It does not exist, or the caller may not know that it does.
    NotFound = "not_found" NOT_FOUND "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed" METHOD_NOT_ALLOWED "This path does not have that method";
    /// It is there already.
    AlreadyExists = "already_exists" CONFLICT "It exists already";
    /// The thing is in a state in which this can not be done.
    Conflict = "conflict" CONFLICT "Not possible in the present state";
    /// A reply is being written on this branch of the conversation.
    ReplyRunning = "reply_running" CONFLICT "A reply is being written";
    /// `If-Match` named another version.
    PreconditionFailed = "precondition_failed" PRECONDITION_FAILED "It was changed in the meantime";
    /// The body is larger than this route takes.
    TooLarge = "too_large" PAYLOAD_TOO_LARGE "The request is too large";
    /// The body is not of a type this route reads.
    UnsupportedMediaType = "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "This type of content is not read here";
    /// The request was read, but a value in it is not valid.
    Invalid = "invalid" UNPROCESSABLE_ENTITY "Some values are not valid";
    /// Too many requests or attempts; `Retry-After` says when to come again.
    RateLimited = "rate_limited" TOO_MANY_REQUESTS "Too many requests";
    /// A fault of ours.
    Internal = "internal" INTERNAL_SERVER_ERROR "Something went wrong in Stoa";
    /// The model's provider answered with an error.
    Upstream = "upstream_error" BAD_GATEWAY "The model's provider answered with an error";
    /// The model's provider refuses our credential.
    UpstreamAuthentication = "upstream_authentication" BAD_GATEWAY "The provider refused the key";
    /// The model that was asked for can not be used.
    ModelUnavailable = "model_unavailable" SERVICE_UNAVAILABLE "The model can not be used now";
    /// The provider can not be reached.
    UpstreamUnreachable = "upstream_unreachable" SERVICE_UNAVAILABLE "The model's provider can not be reached";
    /// The server is starting, stopping or full.
    Unavailable = "unavailable" SERVICE_UNAVAILABLE "Not available for the moment";
    /// The request took longer than it may.
    Timeout = "timeout" GATEWAY_TIMEOUT "It took too long";
    /// The provider took longer than it may.
    UpstreamTimeout = "upstream_timeout" GATEWAY_TIMEOUT "The model's provider took too long";
}

/// One field of the input that is not valid.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct FieldError {
    /// Where: a field name, or a path such as `items[3].title`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Which rule was broken, for a client that says it in words of its own.
    #[serde(flatten)]
    pub rule: Rule,
}

impl FieldError {
    /// A fault that only its message tells.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            rule: Rule::Other,
        }
    }
}

/// The rules that many fields share. What is particular to one field is `other`.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// There has to be something.
    Required,
    /// Fewer characters than `limit`.
    TooShort {
        /// The fewest that are possible.
        limit: usize,
    },
    /// More characters than `limit`.
    TooLong {
        /// The most that are possible.
        limit: usize,
    },
    /// No email address.
    Email,
    /// Not of the characters that an id or slug is made of.
    Slug,
    /// Another one has it already.
    Taken,
    /// Not what is stored, such as the present password.
    Mismatch,
    /// The message says it.
    Other,
}

impl Rule {
    /// The names of all rules, for the API document.
    pub const NAMES: [&str; 8] = [
        "required",
        "too_short",
        "too_long",
        "email",
        "slug",
        "taken",
        "mismatch",
        "other",
    ];
}

/// A request that failed, and why.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {detail}", code.as_str())]
pub struct Problem {
    /// Which kind.
    pub code: ErrorCode,
    /// For the caller: what was wrong and what to do. Never shown for `internal`.
    pub detail: String,
    /// Field by field, for `invalid`.
    pub errors: Vec<FieldError>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The cause; logged, never shown.
    #[source]
    pub source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// A problem of this kind with a detail for the caller.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    /// A fault of ours. What it was goes to the log only.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ErrorCode::Internal, "The fault is logged under the request id.").with_source(source)
    }

    /// One field is not valid.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        let mut problem = Self::new(ErrorCode::Invalid, format!("{field}: {message}"));
        problem.errors.push(FieldError::new(field, message));
        problem
    }

    /// A thing of this name does not exist (or is not the caller's to see).
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            ErrorCode::NotFound,
            format!("There is no {what} {id:?} that you can see."),
        )
    }

    /// The caller's role does not allow it.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, detail)
    }

    /// The state of the thing does not allow it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, detail)
    }

    /// Something of that name is there already; `field` says which input was the reason.
    pub fn already_exists(field: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let mut problem = Self::new(ErrorCode::AlreadyExists, detail.clone());
        problem.errors.push(FieldError {
            rule: Rule::Taken,
            ..FieldError::new(field, detail)
        });
        problem
    }

    /// The same problem with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The same problem with the time after which to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// What is stored with a run or a message that failed, and sent as the `error` event of a stream.
    pub fn to_stored(&self) -> serde_json::Value {
        serde_json::json!({ "code": self.code.as_str(), "detail": self.detail })
    }

    /// The problem and all its causes in one line, for the log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static));
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl IntoResponse for Problem {
    /// Status and the problem itself as an extension; the middleware writes the body, because it knows the request id.
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<sql::Error> for Problem {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::Busy(_) | sql::Error::Unavailable { .. } => Self::new(
                ErrorCode::Unavailable,
                "The database is busy; try again in a moment.",
            )
            .retry_after(Duration::from_secs(1))
            .with_source(error),
            sql::Error::Timeout { .. } => {
                Self::new(ErrorCode::Timeout, "The database took too long.").with_source(error)
            }
            error => Self::internal(error),
        }
    }
}

/// How long to wait before a provider that can not be reached is tried again, when nobody knows better.
const UPSTREAM_RETRY: Duration = Duration::from_secs(5);

/// A provider's failure: its own words where it has some, and always which provider it was.
impl From<llm::Error> for Problem {
    fn from(error: llm::Error) -> Self {
        use llm::Error;
        let code = match &error {
            Error::Timeout { .. } | Error::Inactive { .. } => ErrorCode::UpstreamTimeout,
            Error::Unreachable { .. } => ErrorCode::UpstreamUnreachable,
            Error::CircuitOpen { .. } => ErrorCode::ModelUnavailable,
            Error::RateLimited { .. } => ErrorCode::RateLimited,
            Error::Authentication(_) => ErrorCode::UpstreamAuthentication,
            Error::NotFound(_) => ErrorCode::NotFound,
            Error::ContextTooLong(_) => ErrorCode::ContextTooLong,
            Error::Refused(_) => ErrorCode::ContentRefused,
            Error::BadRequest(_) => ErrorCode::Malformed,
            Error::Cancelled => ErrorCode::Unavailable,
            // Credit, protocol, addresses: between us and the provider, nothing that the caller did.
            Error::QuotaExhausted(_)
            | Error::Upstream { .. }
            | Error::Protocol(_)
            | Error::AddressRefused(_) => ErrorCode::Upstream,
        };
        let mut problem = Self::new(code, error.to_string());
        let field = match code {
            ErrorCode::NotFound => Some("model"),
            ErrorCode::ContextTooLong | ErrorCode::ContentRefused => Some("messages"),
            _ => None,
        };
        if let Some(field) = field {
            problem.errors.push(FieldError::new(field, error.to_string()));
        }
        let waits = matches!(
            code,
            ErrorCode::RateLimited | ErrorCode::UpstreamUnreachable | ErrorCode::ModelUnavailable
        );
        problem.retry_after = error.retry_after().or(waits.then_some(UPSTREAM_RETRY));
        problem.with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_rule_as_it_is_sent() {
        let limit = 3;
        let all = [
            Rule::Required,
            Rule::TooShort { limit },
            Rule::TooLong { limit },
            Rule::Email,
            Rule::Slug,
            Rule::Taken,
            Rule::Mismatch,
            Rule::Other,
        ];
        let sent = all.map(|rule| serde_json::to_value(rule).unwrap()["rule"].clone());
        assert_eq!(sent, Rule::NAMES);
        let error = FieldError {
            rule: Rule::TooShort { limit },
            ..FieldError::new("name", "needs at least 3 characters")
        };
        let sent = serde_json::to_value(error).unwrap();
        let expected = serde_json::json!({
            "field": "name", "message": "needs at least 3 characters", "rule": "too_short", "limit": 3,
        });
        assert_eq!(sent, expected);
    }
}
