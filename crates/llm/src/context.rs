//! What surrounds a call of a model: who asks, within which limits, and how it is cancelled.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use serde_json::{Map, Value};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{ChatEvent, ChatStream, Error};

/// What surrounds a call.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// Ends the call with [`Error::Cancelled`] when it fires.
    pub cancel: CancellationToken,
    /// Where the call stands in a trace: the W3C header `traceparent`, which providers are sent too.
    pub traceparent: Option<String>,
    /// The address of the user who asks, for providers that are to know. Nobody's when a program asks for itself.
    pub user_email: Option<String>,
    /// Whether what the provider sends is wanted word for word, beside the events: for callers that speak its format.
    pub verbatim: bool,
    /// What a call for vectors asks for beside them (`dimensions`, `user`), in OpenAI's names; upstreams that have the like are told.
    pub embedding: Map<String, Value>,
    /// Whether a text that is longer than a model for vectors reads is refused ([`Error::ContextTooLong`]) instead of cut off. Upstreams that
    /// are not ours decide for themselves.
    pub uncut: bool,
    /// What the caller asks for within the limits of the connection.
    pub limits: CallLimits,
}

/// Limits of one call, narrower than those of its connection; what is absent is as there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallLimits {
    /// Until its first event.
    pub first_event: Option<Duration>,
    /// When it has ended, whatever has come.
    pub deadline: Option<Instant>,
    /// Attempts after the first.
    pub retries: Option<u32>,
}

impl CallContext {
    /// A context that `cancel` ends.
    pub fn new(cancel: CancellationToken) -> Self {
        Self {
            cancel,
            traceparent: None,
            user_email: None,
            verbatim: false,
            embedding: Map::new(),
            uncut: false,
            limits: CallLimits::default(),
        }
    }

    /// The same within narrower limits.
    #[must_use]
    pub fn limited(mut self, limits: CallLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same in a trace.
    #[must_use]
    pub fn traced(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent;
        self
    }

    /// The same for a user.
    #[must_use]
    pub fn asked_by(mut self, email: Option<String>) -> Self {
        self.user_email = email.filter(|email| !email.is_empty());
        self
    }

    /// The same, with what the provider sends word for word when `wanted`.
    #[must_use]
    pub fn verbatim(mut self, wanted: bool) -> Self {
        self.verbatim = wanted;
        self
    }

    /// The same, with this beside the texts of a call for vectors.
    #[must_use]
    pub fn embedding(mut self, parameters: Map<String, Value>) -> Self {
        self.embedding = parameters;
        self
    }

    /// The same, where no text may be cut off.
    #[must_use]
    pub fn uncut(mut self) -> Self {
        self.uncut = true;
        self
    }

    /// Ends `events` with [`Error::Cancelled`] when the context is cancelled.
    pub fn stop(&self, events: ChatStream) -> ChatStream {
        let cancelled = Box::pin(self.cancel.clone().cancelled_owned());
        Box::pin(Stoppable {
            events: Some(events),
            cancelled,
        })
    }
}

/// A stream that a token ends.
struct Stoppable {
    events: Option<ChatStream>,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Stream for Stoppable {
    type Item = Result<ChatEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(events) = &mut this.events else {
            return Poll::Ready(None);
        };
        if this.cancelled.as_mut().poll(cx).is_ready() {
            // Dropping the inner stream is what cancels the call upstream.
            this.events = None;
            return Poll::Ready(Some(Err(Error::Cancelled)));
        }
        let event = std::task::ready!(events.as_mut().poll_next(cx));
        if matches!(event, None | Some(Err(_) | Ok(ChatEvent::Finish(_)))) {
            this.events = None;
        }
        Poll::Ready(event)
    }
}
