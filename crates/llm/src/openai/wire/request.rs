//! Reads the body of `POST /v1/chat/completions`.

use serde::Deserialize;
use serde_json::Value;

use super::fields::{Fields, kind};
use super::format::check_format;
use super::message::{parse_message, parse_tool};
use super::{WireError, message::parse_tool_choice};
use crate::{ChatRequest, Message, Tool};

/// Most answers to one request: as many as OpenAI gives (API reference, `n` of chat completions).
const CHOICES_MAX: u64 = 128;

/// Texts that end an answer: one or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

#[derive(Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// A read body: what to ask the model, and how the caller wants the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatCall {
    /// What to ask. `model` is the outward name, as the caller wrote it.
    pub request: ChatRequest,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// Whether a streamed answer ends with a chunk of usage.
    pub include_usage: bool,
}

impl ChatCall {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| WireError::invalid("", error))?;
        let mut fields = Fields::new("", value)?;
        refuse_unsupported(&mut fields)?;
        let model = fields.require("model")?;
        let messages = parse_messages(fields.require("messages")?)?;
        let tools = parse_tools(fields.take("tools")?.unwrap_or_default())?;
        let choice = fields.take::<Value>("tool_choice")?;
        let stream = fields.take("stream")?.unwrap_or(false);
        let options: StreamOptions = fields.take("stream_options")?.unwrap_or_default();
        let newer_limit = fields.take("max_completion_tokens")?;
        let older_limit = fields.take("max_tokens")?;
        let temperature = fields.take("temperature")?;
        let top_p = fields.take("top_p")?;
        let stop = match fields.take("stop")? {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text],
            Some(Stop::Several(texts)) => texts,
        };
        let response_format = fields.take::<Value>("response_format")?;
        if let Some(format) = &response_format {
            check_format("response_format", format.clone())?;
        }
        let reasoning_effort = fields.take("reasoning_effort")?;
        let choices = take_choices(&mut fields)?;
        let logprobs = fields.take::<bool>("logprobs")?.filter(|wanted| *wanted);
        let mut extra = fields.rest();
        extra.extend(choices.map(|choices| ("n".to_owned(), Value::from(choices))));
        extra.extend(logprobs.map(|wanted| ("logprobs".to_owned(), Value::from(wanted))));
        let tool_choice = match choice.as_ref().map(parse_tool_choice) {
            // A form of choice that only OpenAI knows goes on as it is.
            Some(None) => {
                extra.extend(choice.map(|choice| ("tool_choice".to_owned(), choice)));
                None
            }
            Some(known) => known,
            None => None,
        };
        let request = ChatRequest {
            model,
            messages,
            tools,
            tool_choice,
            max_tokens: newer_limit.or(older_limit),
            temperature,
            top_p,
            stop,
            response_format,
            reasoning_effort,
            extra,
        };
        Ok(Self {
            request,
            stream,
            include_usage: options.include_usage,
        })
    }
}

/// How many answers are wanted, when it is more than one.
fn take_choices(fields: &mut Fields) -> Result<Option<u64>, WireError> {
    match fields.take::<u64>("n")? {
        None | Some(1) => Ok(None),
        Some(choices) if (2..=CHOICES_MAX).contains(&choices) => Ok(Some(choices)),
        Some(_) => Err(WireError::invalid("n", format!("expected 1 to {CHOICES_MAX}"))),
    }
}

/// What would change the answer's shape is refused rather than ignored: the caller would wait for data that never comes.
fn refuse_unsupported(fields: &mut Fields) -> Result<(), WireError> {
    if fields.take::<Value>("functions")?.is_some() {
        return Err(WireError::unsupported("functions", "use 'tools'"));
    }
    if fields.take::<Value>("audio")?.is_some() {
        return Err(WireError::unsupported("audio", "answers are text"));
    }
    Ok(())
}

fn parse_messages(value: Value) -> Result<Vec<Message>, WireError> {
    let Value::Array(items) = value else {
        return Err(WireError::invalid(
            "messages",
            format!("expected an array, got {}", kind(&value)),
        ));
    };
    if items.is_empty() {
        return Err(WireError::invalid("messages", "at least one message is needed"));
    }
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| parse_message(&format!("messages[{index}]"), item))
        .collect()
}

fn parse_tools(items: Vec<Value>) -> Result<Vec<Tool>, WireError> {
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| parse_tool(&format!("tools[{index}]"), item))
        .collect()
}
