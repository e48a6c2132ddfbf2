//! The rest of an answer under its limits.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::breakers::Verdict;
use crate::{ChatEvent, ChatStream, Error, FinishReason};

/// Bytes that a token has at least, on average over a long text: below this no answer can have passed its limit of tokens.
const BYTES_PER_TOKEN: usize = 8;

/// Whether an event is more of an answer. A chunk that says nothing is as good as a keep-alive.
pub(super) fn is_sound(event: &ChatEvent) -> bool {
    match event {
        ChatEvent::Verbatim(chunk) => chunk.beside > 0,
        ChatEvent::Usage(_) => false,
        _ => true,
    }
}

/// The limits of the rest.
pub(super) struct StreamLimits {
    pub deadline: Instant,
    pub inactivity: Duration,
    pub output_tokens: u32,
}

/// An answer that has begun. It ends after the first `Finish` or `Err`, and tells the breakers which of the two it was.
pub(super) struct GuardedStream {
    first: std::vec::IntoIter<ChatEvent>,
    /// None once the answer has ended.
    rest: Option<ChatStream>,
    verdict: Option<Verdict>,
    upstream: Arc<str>,
    limits: StreamLimits,
    last_event: Instant,
    /// One timer for the stream's whole life. An event does not move it; when it fires it looks at `last_event`.
    timer: Pin<Box<Sleep>>,
    said_bytes: usize,
}

impl GuardedStream {
    pub(super) fn new(
        first: Vec<ChatEvent>,
        rest: ChatStream,
        limits: StreamLimits,
        upstream: &Arc<str>,
        verdict: Verdict,
    ) -> Self {
        let now = Instant::now();
        Self {
            first: first.into_iter(),
            rest: Some(rest),
            verdict: Some(verdict),
            upstream: Arc::clone(upstream),
            timer: Box::pin(sleep_until(limits.deadline.min(now + limits.inactivity))),
            limits,
            last_event: now,
            said_bytes: 0,
        }
    }

    /// The error when a limit has passed.
    fn late(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        while self.timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let silent = self.last_event + self.limits.inactivity;
            if now >= self.limits.deadline {
                return Some(self.timed_out());
            }
            if now >= silent {
                return Some(Error::Inactive {
                    upstream: self.upstream.to_string(),
                    after: self.limits.inactivity,
                });
            }
            self.timer.as_mut().reset(self.limits.deadline.min(silent));
        }
        None
    }

    fn timed_out(&self) -> Error {
        Error::Timeout {
            upstream: self.upstream.to_string(),
        }
    }

    fn next_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatEvent, Error>>> {
        if let Some(event) = self.first.next() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        match rest.as_mut().poll_next(cx) {
            Poll::Ready(None) => Poll::Ready(Some(Err(Error::Protocol("the answer was cut off".to_owned())))),
            Poll::Ready(event) => Poll::Ready(event),
            Poll::Pending => match self.late(cx) {
                Some(error) => Poll::Ready(Some(Err(error))),
                None => Poll::Pending,
            },
        }
    }

    /// Whether the answer has passed its limit of tokens, which the upstream was told and did not keep.
    fn too_long(&mut self, event: &ChatEvent) -> bool {
        let more = match event {
            ChatEvent::Text(text) | ChatEvent::Reasoning(text) => text.len(),
            ChatEvent::ToolCall { arguments_delta, .. } => arguments_delta.len(),
            ChatEvent::Verbatim(_)
            | ChatEvent::Usage(_)
            | ChatEvent::StopSequence(_)
            | ChatEvent::Finish(_) => 0,
        };
        self.said_bytes += more;
        self.said_bytes > self.limits.output_tokens as usize * BYTES_PER_TOKEN
    }

    fn end(&mut self, error: Option<&Error>) {
        // Dropping the inner stream is what ends the call upstream.
        self.rest = None;
        self.first = Vec::new().into_iter();
        match (self.verdict.take(), error) {
            (Some(verdict), None) => verdict.succeeded(),
            (Some(verdict), Some(error @ Error::Timeout { .. })) => verdict.too_long(error),
            (Some(verdict), Some(error)) => verdict.failed(error),
            (None, _) => {}
        }
    }
}

impl Stream for GuardedStream {
    type Item = Result<ChatEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let event = std::task::ready!(this.next_event(cx));
        match event {
            None => Poll::Ready(None),
            Some(Err(error)) => {
                this.end(Some(&error));
                Poll::Ready(Some(Err(error)))
            }
            Some(Ok(event)) => {
                let now = Instant::now();
                if is_sound(&event) {
                    this.last_event = now;
                }
                if now >= this.limits.deadline {
                    // An upstream that never pauses never lets the timer be asked.
                    let error = this.timed_out();
                    this.end(Some(&error));
                    return Poll::Ready(Some(Err(error)));
                }
                let event = if this.too_long(&event) {
                    ChatEvent::Finish(FinishReason::Length)
                } else {
                    event
                };
                if matches!(event, ChatEvent::Finish(_)) {
                    this.end(None);
                }
                Poll::Ready(Some(Ok(event)))
            }
        }
    }
}
