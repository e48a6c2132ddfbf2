//! The gateway: OpenAI's and Anthropic's APIs in front of every model that the caller may use.
//!
//! `/v1/models`, `/v1/chat/completions`, `/v1/responses` and `/v1/messages` (whole and streamed) and `/v1/embeddings`, with an
//! API key of the scope `models` or a session's token. Any client of OpenAI's works with `http://…/v1` as its base URL, any of
//! Anthropic's with `http://…`. Whatever format a call comes in, it takes one way ([`call`]); the formats are read and written by
//! `llm`. A call costs one statement (who asks, and in which workspace); the model is found in memory and the usage is written
//! later ([`record::Record`]). A route may keep answers ([`answers`]). Fields that Stoa does not know go on to upstreams that speak the same format,
//! and the chunks of such an upstream reach a caller of `/v1/chat/completions` as they came ([`llm::ChatEvent::Verbatim`]): each is read once.
//!
//! What always holds: an error before the first event is an HTTP status, a later one is a frame of the stream; whoever
//! leaves ends the call upstream, and what was used until then is counted. Of an answer that is wanted whole the caller sees nothing before
//! its end, so when one breaks off another is asked for ([`again`]).

mod again;
mod answers;
mod anthropic_models;
mod call;
mod chat;
mod embeddings;
mod messages;
mod record;
mod responses;
pub mod routes;
mod schema;

use llm::openai::wire::WireError;

use crate::http::problem::{ErrorCode, FieldError, Problem};

/// A call that failed. Nobody but a server that stops cancels one here.
fn failed(error: llm::Error) -> Problem {
    match error {
        llm::Error::Cancelled => {
            Problem::new(ErrorCode::Unavailable, "Stoa is stopping; ask again in a moment.")
        }
        error => error.into(),
    }
}

/// A body that can not be read, as a problem: 400 with the parameter at fault.
fn unreadable(error: WireError) -> Problem {
    let mut problem = Problem::new(ErrorCode::Malformed, error.message.clone());
    if let Some(param) = &error.param {
        problem
            .errors
            .push(FieldError::new(param.clone(), error.message.clone()));
    }
    problem
}
