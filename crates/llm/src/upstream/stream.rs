//! Reads an answer as a stream: bytes to server-sent events to chat events.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use super::Scrub;
use crate::sse::{SseDecoder, SseEvent};
use crate::{ChatEvent, ChatStream, Error};

/// How long usage is waited for after an answer has ended: some upstreams send it late, some keep the connection open and
/// send nothing.
const AFTER_FINISH: Duration = Duration::from_secs(2);

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More of it must come.
    Reading,
    /// It is complete; usage may follow.
    Finished,
    /// Nothing follows.
    Done,
}

/// Turns a provider's events into ours.
pub(crate) trait Decoder: Send + 'static {
    /// Reads one server-sent event.
    fn event(&mut self, event: SseEvent, out: &mut VecDeque<ChatEvent>) -> Result<(), Error>;

    /// Reads an answer that came whole although a stream was asked for.
    fn whole(&mut self, body: Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error>;

    /// How far the answer is.
    fn progress(&self) -> Progress;

    /// Whether a connection that is closed in order ends the answer, for upstreams that say it no other way.
    fn ends_with_connection(&self) -> bool {
        false
    }

    /// Called once, after the last event: adds usage and the finish, or says that the answer is not complete.
    fn end(&mut self, out: &mut VecDeque<ChatEvent>) -> Result<(), Error>;
}

/// The error of an answer that stops before its end.
fn cut_off(why: &str) -> Error {
    Error::Protocol(format!("the answer was cut off{why}"))
}

/// The bytes of an answer.
pub(super) type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

struct Reader<D> {
    body: Body,
    sse: SseDecoder,
    decoder: D,
    scrub: Scrub,
    events: Vec<SseEvent>,
    out: VecDeque<ChatEvent>,
    /// How the stream ends once `out` is empty.
    ended: Option<Result<(), Error>>,
}

/// The events of a streamed answer.
pub(super) fn events<D: Decoder>(body: Body, decoder: D, scrub: Scrub) -> ChatStream {
    let reader = Reader {
        body,
        sse: SseDecoder::default(),
        decoder,
        scrub,
        events: Vec::new(),
        out: VecDeque::new(),
        ended: None,
    };
    stream::unfold(reader, |mut reader| async move {
        reader.next().await.map(|event| (event, reader))
    })
    .boxed()
}

/// The events of an answer that came whole.
pub(super) fn whole<D: Decoder>(body: Value, mut decoder: D, scrub: Scrub) -> ChatStream {
    let mut out = VecDeque::new();
    let result = decoder.whole(body, &mut out).and_then(|()| decoder.end(&mut out));
    let failed = result.err().map(|error| Err(scrub.error(error)));
    stream::iter(out.into_iter().map(Ok).chain(failed)).boxed()
}

impl<D: Decoder> Reader<D> {
    async fn next(&mut self) -> Option<Result<ChatEvent, Error>> {
        loop {
            if let Some(event) = self.out.pop_front() {
                return Some(Ok(event));
            }
            match &mut self.ended {
                None => {}
                Some(Ok(())) => return None,
                Some(end @ Err(_)) => {
                    let failed = std::mem::replace(end, Ok(()));
                    return failed.err().map(|error| Err(self.scrub.error(error)));
                }
            }
            let chunk = match self.decoder.progress() {
                Progress::Reading => self.body.next().await,
                Progress::Finished => tokio::time::timeout(AFTER_FINISH, self.body.next())
                    .await
                    .unwrap_or(None),
                Progress::Done => None,
            };
            self.ended = match self.take(chunk) {
                Ok(true) => Some(self.decoder.end(&mut self.out)),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            };
        }
    }

    /// Reads what came; true when it was the last.
    fn take(&mut self, chunk: Option<reqwest::Result<Bytes>>) -> Result<bool, Error> {
        let last = match chunk {
            Some(Ok(bytes)) => {
                self.sse.feed(&bytes, &mut self.events)?;
                false
            }
            Some(Err(error)) if self.decoder.progress() == Progress::Reading => {
                return Err(cut_off(&format!(": {}", error.without_url())));
            }
            // A connection that breaks after the end of the answer harms nobody.
            Some(Err(_)) => true,
            None => {
                self.sse.end(&mut self.events);
                true
            }
        };
        for event in self.events.drain(..) {
            if self.decoder.progress() == Progress::Done {
                break;
            }
            self.decoder.event(event, &mut self.out)?;
        }
        let done = last || self.decoder.progress() == Progress::Done;
        if done && self.decoder.progress() == Progress::Reading && !self.decoder.ends_with_connection() {
            return Err(cut_off(""));
        }
        Ok(done)
    }
}
