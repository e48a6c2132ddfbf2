//! Reads the events of `agent-messages`.
//!
//! Every data object may carry `content`, the next piece of the text. Some gateways end with `[DONE]` or an object that says so, others
//! close the connection; a failure is an object too. A connection that breaks instead of closing is a cut-off answer.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::sse::SseEvent;
use crate::upstream::{Decoder, Failure, Progress};
use crate::{ChatEvent, Error, FinishReason, Usage};

/// Bytes of a token, about.
const BYTES_PER_TOKEN: usize = 4;
/// Words of a status that end an answer.
const ENDS: [&str; 6] = ["finish", "finished", "done", "complete", "completed", "end"];
/// Words of a status that mean a failure.
const FAILS: [&str; 4] = ["error", "fail", "failed", "failure"];

/// The state of one answer.
pub(super) struct FabrixDecoder {
    upstream: Arc<str>,
    /// Bytes of the texts that were sent.
    asked: usize,
    said: String,
    done: bool,
}

impl FabrixDecoder {
    pub(super) fn new(upstream: Arc<str>, asked: usize) -> Self {
        Self {
            upstream,
            asked,
            said: String::new(),
            done: false,
        }
    }

    fn object(&mut self, name: &str, body: &Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let is = |words: &[&str]| {
            let states = ["event_status", "eventStatus", "status", "event"];
            let states = states.iter().filter_map(|field| body.get(field)?.as_str());
            states.chain([name]).any(|state| {
                let lower = state.to_lowercase();
                words.contains(&lower.as_str())
            })
        };
        let failed = body.get("error").is_some_and(|error| !error.is_null())
            || ["status", "statusCode", "code"]
                .iter()
                .filter_map(|field| body.get(field)?.as_u64())
                .any(|status| (400..600).contains(&status));
        if failed || is(&FAILS) {
            return Err(Failure::in_band(body).into_error(&self.upstream));
        }
        let ends = is(&ENDS);
        let content = body.get("content").and_then(Value::as_str).unwrap_or_default();
        // An end that repeats the whole text says nothing new.
        let repeats = ends && content == self.said;
        if !content.is_empty() && !repeats {
            self.said.push_str(content);
            out.push_back(ChatEvent::Text(content.to_owned()));
        }
        self.done |= ends;
        Ok(())
    }
}

impl Decoder for FabrixDecoder {
    fn event(&mut self, event: SseEvent, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        if event.data.trim() == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        let body: Value = serde_json::from_str(&event.data)
            .map_err(|error| Error::Protocol(format!("an event is not the expected JSON: {error}")))?;
        self.object(&event.event, &body, out)
    }

    fn whole(&mut self, body: Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        self.object("", &body, out)?;
        if self.said.is_empty() {
            return Err(Error::Protocol("the answer has no `content`".to_owned()));
        }
        self.done = true;
        Ok(())
    }

    fn progress(&self) -> Progress {
        if self.done {
            Progress::Done
        } else {
            Progress::Reading
        }
    }

    fn ends_with_connection(&self) -> bool {
        !self.said.is_empty()
    }

    fn end(&mut self, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        // A gateway says nothing of tokens.
        let estimate = |bytes: usize| bytes.div_ceil(BYTES_PER_TOKEN) as u64;
        out.push_back(ChatEvent::Usage(Usage {
            prompt_tokens: estimate(self.asked),
            completion_tokens: estimate(self.said.len()),
            ..Usage::default()
        }));
        out.push_back(ChatEvent::Finish(FinishReason::Stop));
        Ok(())
    }
}
