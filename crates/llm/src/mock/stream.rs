//! How the mock hands out an answer: word by word at a pace, with one timer a word.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};

use crate::{ChatEvent, ChatStream, Error, FinishReason, Usage};

/// When words come.
pub(super) struct Pace {
    pub first: Duration,
    pub between: Duration,
}

/// What is said, and how it ends.
pub(super) struct Answer {
    pub pieces: Vec<String>,
    pub end: Result<FinishReason, Error>,
    pub prompt_tokens: u64,
}

/// The answer as a stream. Due times count from the start, so that a late word does not delay those after it.
pub(super) fn paced(answer: Answer, pace: Pace) -> ChatStream {
    let start = Instant::now() + pace.first;
    let said = answer.pieces.len() as u64;
    let usage = Usage {
        prompt_tokens: answer.prompt_tokens,
        completion_tokens: said,
        ..Usage::default()
    };
    let waits = !pace.first.is_zero() || !pace.between.is_zero();
    let words = stream::iter(answer.pieces.into_iter().enumerate()).then(move |(index, piece)| async move {
        if waits {
            sleep_until(start + pace.between.saturating_mul(index as u32)).await;
        } else {
            // Without a timer the stream is always ready; the budget keeps one answer from holding its thread.
            tokio::task::coop::consume_budget().await;
        }
        Ok(ChatEvent::Text(piece))
    });
    let end = match answer.end {
        Ok(reason) => vec![Ok(ChatEvent::Usage(usage)), Ok(ChatEvent::Finish(reason))],
        Err(error) => vec![Err(error)],
    };
    words.chain(stream::iter(end)).boxed()
}
