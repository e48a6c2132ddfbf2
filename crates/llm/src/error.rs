//! Why a call of a model failed.
//!
//! One enum for all providers, so that callers decide by kind (retry, 404, 429 …) and show the upstream's own words.
//! Messages come from the upstream, shortened and with our keys struck out; they never hold a prompt.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// Longest wait that an upstream may ask for before the caller is told instead.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(2);

/// Why a call failed. Cheap to clone, so that a breaker or a shared flight can hand it to several callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The upstream (or the local queue) has no room for this call now.
    #[error("rate limited: {message}")]
    RateLimited {
        /// When the upstream said it may be tried again.
        retry_after: Option<Duration>,
        /// The upstream's words.
        message: String,
    },
    /// The upstream account has no credit left; waiting does not help.
    #[error("quota exhausted: {0}")]
    QuotaExhausted(String),
    /// The key is missing, wrong or not allowed to do this.
    #[error("authentication failed: {0}")]
    Authentication(String),
    /// There is no such model (or the base URL is wrong).
    #[error("not found: {0}")]
    NotFound(String),
    /// The conversation does not fit the model.
    #[error("context too long: {0}")]
    ContextTooLong(String),
    /// The provider's policy refuses the content.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider understood and rejected the request.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// The whole call took longer than its limit.
    #[error("Request to {upstream} timed out")]
    Timeout {
        /// The connection's name.
        upstream: String,
    },
    /// Nothing but keep-alives came for too long.
    #[error("{upstream} sent nothing for {} s", after.as_secs_f32())]
    Inactive {
        /// The connection's name.
        upstream: String,
        /// The limit that passed.
        after: Duration,
    },
    /// No connection could be made, or it broke before an answer.
    #[error("{upstream} cannot be reached")]
    Unreachable {
        /// The connection's name.
        upstream: String,
        /// What the network said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The upstream failed in its own way.
    #[error("{upstream} answered {status}: {message}")]
    Upstream {
        /// The connection's name.
        upstream: String,
        /// The HTTP status, or the one that stands for an error inside the stream.
        status: u16,
        /// The upstream's words.
        message: String,
        /// When the upstream said it may be tried again.
        retry_after: Option<Duration>,
    },
    /// Too many calls in a row failed; none is tried until then.
    #[error("{upstream} failed repeatedly and is not tried for {} s", until.saturating_duration_since(Instant::now()).as_secs_f32().ceil())]
    CircuitOpen {
        /// The connection's name; with that of the model before it when only the model fails.
        upstream: String,
        /// When a call is tried again.
        until: Instant,
    },
    /// The caller ended the call.
    #[error("cancelled")]
    Cancelled,
    /// The upstream's answer breaks its protocol: cut off, oversized or not decodable.
    #[error("protocol error: {0}")]
    Protocol(String),
    /// The address is private and the connection does not allow that.
    #[error("address refused: {0}")]
    AddressRefused(String),
}

impl Error {
    /// Whether the same call may succeed later without a change: the failures that are retried and that the breakers count.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Timeout { .. }
            | Self::Inactive { .. }
            | Self::Unreachable { .. }
            | Self::CircuitOpen { .. }
            | Self::Protocol(_) => true,
            Self::Upstream { status, .. } => *status >= 500 || matches!(status, 408 | 409 | 425),
            Self::QuotaExhausted(_)
            | Self::Authentication(_)
            | Self::NotFound(_)
            | Self::ContextTooLong(_)
            | Self::Refused(_)
            | Self::BadRequest(_)
            | Self::Cancelled
            | Self::AddressRefused(_) => false,
        }
    }

    /// Whether the same upstream is to be asked again soon. A call that was silent until its limit is not repeated: the upstream may be
    /// working on it still, and the caller has waited long enough; nor one that asks for more patience than callers have.
    pub fn is_worth_repeating(&self) -> bool {
        let hopeless = matches!(
            self,
            Self::Timeout { .. } | Self::Inactive { .. } | Self::CircuitOpen { .. }
        );
        self.is_passing() && !hopeless && self.retry_after().is_none_or(|after| after <= RETRY_AFTER_MAX)
    }

    /// A text that is longer than a model for vectors reads, by its place among those of the call.
    pub fn too_long_to_embed(index: usize, tokens_max: usize) -> Self {
        Self::ContextTooLong(format!(
            "`input[{index}]` has more than the {tokens_max} tokens that this model reads; send it in parts"
        ))
    }

    /// How long to wait before trying again, when that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Upstream { retry_after, .. } => *retry_after,
            Self::CircuitOpen { until, .. } => Some(until.saturating_duration_since(Instant::now())),
            _ => None,
        }
    }
}

impl Error {
    /// The status with which Stoa answers a caller whose call failed so. The upstream's own 401 is not the caller's.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::ContextTooLong(_) | Self::Refused(_) | Self::BadRequest(_) => 400,
            Self::QuotaExhausted(_) => 402,
            Self::NotFound(_) => 404,
            Self::RateLimited { .. } => 429,
            Self::Cancelled => 499,
            Self::Authentication(_) | Self::Upstream { .. } | Self::Protocol(_) | Self::AddressRefused(_) => {
                502
            }
            Self::Unreachable { .. } | Self::CircuitOpen { .. } => 503,
            Self::Timeout { .. } | Self::Inactive { .. } => 504,
        }
    }

    /// A stable name for the kind of failure; OpenAI's own where it has one.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limit_exceeded",
            Self::QuotaExhausted(_) => "insufficient_quota",
            Self::Authentication(_) => "upstream_authentication",
            Self::NotFound(_) => "model_not_found",
            Self::ContextTooLong(_) => "context_length_exceeded",
            Self::Refused(_) => "content_filter",
            Self::BadRequest(_) => "invalid_request",
            Self::Timeout { .. } => "upstream_timeout",
            Self::Inactive { .. } => "upstream_inactive",
            Self::Unreachable { .. } => "upstream_unreachable",
            Self::Upstream { .. } => "upstream_error",
            Self::CircuitOpen { .. } => "upstream_suspended",
            Self::Cancelled => "cancelled",
            Self::Protocol(_) => "upstream_protocol",
            Self::AddressRefused(_) => "address_refused",
        }
    }

    /// The same error with its message changed.
    pub(crate) fn map_message(mut self, change: impl FnOnce(String) -> String) -> Self {
        match &mut self {
            Self::RateLimited { message, .. } | Self::Upstream { message, .. } => {
                *message = change(std::mem::take(message));
            }
            Self::QuotaExhausted(message)
            | Self::Authentication(message)
            | Self::NotFound(message)
            | Self::ContextTooLong(message)
            | Self::Refused(message)
            | Self::BadRequest(message)
            | Self::Protocol(message)
            | Self::AddressRefused(message) => *message = change(std::mem::take(message)),
            Self::Timeout { .. }
            | Self::Inactive { .. }
            | Self::Unreachable { .. }
            | Self::CircuitOpen { .. }
            | Self::Cancelled => {}
        }
        self
    }

    /// The kind of failure that an upstream's HTTP status stands for.
    pub(crate) fn from_status(
        upstream: &str,
        status: u16,
        message: String,
        retry_after: Option<Duration>,
    ) -> Self {
        match status {
            400 | 422 => Self::BadRequest(message),
            401 | 403 => Self::Authentication(message),
            402 => Self::QuotaExhausted(message),
            404 => Self::NotFound(message),
            413 => Self::ContextTooLong(message),
            429 => Self::RateLimited { retry_after, message },
            _ => Self::Upstream {
                upstream: upstream.to_owned(),
                status,
                message,
                retry_after,
            },
        }
    }
}
