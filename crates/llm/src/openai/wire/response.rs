//! Writes answers: whole, in chunks, and the list of models.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::message::{Calls, extra_content};
use super::{ErrorBody, Head, Verbatim, lenient};
use crate::{ChatEvent, Collected, Error, Usage};

/// The data of the event that ends a stream.
pub const DONE: &str = "[DONE]";

/// Tokens as the wire has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireUsage {
    /// What was read.
    #[serde(default, deserialize_with = "lenient")]
    pub prompt_tokens: u64,
    /// What was written.
    #[serde(default, deserialize_with = "lenient")]
    pub completion_tokens: u64,
    /// Both.
    #[serde(default, deserialize_with = "lenient")]
    pub total_tokens: u64,
    /// More about what was read.
    #[serde(default)]
    pub prompt_tokens_details: Option<PromptDetails>,
    /// More about what was written.
    #[serde(default)]
    pub completion_tokens_details: Option<CompletionDetails>,
}

/// More about what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptDetails {
    /// Read from a cache.
    #[serde(default)]
    pub cached_tokens: Option<u64>,
}

/// More about what was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionDetails {
    /// Thought, not said.
    #[serde(default)]
    pub reasoning_tokens: Option<u64>,
}

impl From<Usage> for WireUsage {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens + usage.completion_tokens,
            prompt_tokens_details: Some(PromptDetails {
                cached_tokens: Some(usage.cached_tokens),
            }),
            completion_tokens_details: Some(CompletionDetails {
                reasoning_tokens: Some(usage.reasoning_tokens),
            }),
        }
    }
}

impl From<WireUsage> for Usage {
    fn from(usage: WireUsage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            cached_tokens: usage
                .prompt_tokens_details
                .and_then(|more| more.cached_tokens)
                .unwrap_or(0),
            reasoning_tokens: usage
                .completion_tokens_details
                .and_then(|more| more.reasoning_tokens)
                .unwrap_or(0),
            cache_write_tokens: 0,
        }
    }
}

/// A whole answer. Serialise it as the body.
#[derive(Clone, Debug)]
pub struct ChatCompletion<'a> {
    /// Such as `chatcmpl-…`.
    pub id: &'a str,
    /// The outward name of the model.
    pub model: &'a str,
    /// Seconds since 1970.
    pub created: i64,
    /// What was said.
    pub answer: &'a Collected,
}

impl Serialize for ChatCompletion<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answer = self.answer;
        let message = CompleteMessage {
            role: "assistant",
            content: (!answer.text.is_empty() || answer.tool_calls.is_empty()).then_some(&answer.text),
            refusal: None,
            reasoning_content: (!answer.reasoning.is_empty()).then_some(&answer.reasoning),
            tool_calls: (!answer.tool_calls.is_empty()).then_some(Calls(&answer.tool_calls)),
        };
        let choice = CompleteChoice {
            index: 0,
            message,
            logprobs: None,
            finish_reason: answer.finish.map_or("stop", crate::FinishReason::as_str),
        };
        let body = Complete {
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: [choice],
            usage: answer.usage.unwrap_or_default().into(),
        };
        body.serialize(serializer)
    }
}

#[derive(Serialize)]
struct Complete<'a> {
    id: &'a str,
    object: &'a str,
    created: i64,
    model: &'a str,
    choices: [CompleteChoice<'a>; 1],
    usage: WireUsage,
}

#[derive(Serialize)]
struct CompleteChoice<'a> {
    index: u32,
    message: CompleteMessage<'a>,
    logprobs: Option<Value>,
    finish_reason: &'a str,
}

#[derive(Serialize)]
struct CompleteMessage<'a> {
    role: &'a str,
    content: Option<&'a String>,
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<Calls<'a>>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[CallDelta<'a>; 1]>,
}

#[derive(Serialize)]
struct CallDelta<'a> {
    index: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    function: FunctionDelta<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_content: Option<Value>,
}

#[derive(Serialize)]
struct FunctionDelta<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    arguments: &'a str,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'a str,
    created: i64,
    model: &'a str,
    choices: &'a [ChunkChoice<'a>],
    /// Absent unless the caller asked for usage; then null in every chunk but the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Value>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<Value>,
    finish_reason: Option<&'a str>,
}

/// Turns events into the chunks of a streamed answer.
///
/// ```text
/// role, then text | reasoning | tool call …, then finish_reason, then usage when asked for, then [DONE]
/// ```
///
/// A chunk that came word for word is passed on as it is, and what was read out of it is not written again. What has to be written
/// between such chunks bears their id.
#[derive(Clone, Debug)]
pub struct ChunkWriter {
    head: Head,
    include_usage: bool,
    started: bool,
    usage: Usage,
    passed: Passed,
}

/// What passed chunks have said.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    /// How many of the next events the last one said.
    events: usize,
    /// Why the answer ended.
    finish: bool,
    /// The usage, in a chunk of its own.
    usage: bool,
}

impl ChunkWriter {
    /// A writer for one answer.
    pub fn new(id: impl Into<String>, model: impl Into<String>, created: i64, include_usage: bool) -> Self {
        Self {
            head: Head {
                id: id.into(),
                model: model.into(),
                created,
            },
            include_usage,
            started: false,
            usage: Usage::default(),
            passed: Passed::default(),
        }
    }

    /// The chunks that an event becomes, each the `data` of one server-sent event. [`DONE`] follows the finish.
    pub fn write(&mut self, event: &ChatEvent) -> Vec<String> {
        if let ChatEvent::Verbatim(chunk) = event {
            return self.pass(chunk).into_iter().collect();
        }
        if let ChatEvent::Usage(usage) = event {
            self.usage = *usage;
        }
        if self.passed.events > 0 {
            self.passed.events -= 1;
            return Vec::new();
        }
        let mut out = Vec::new();
        if !self.started {
            self.started = true;
            let delta = Delta {
                role: Some("assistant"),
                content: Some(""),
                ..Delta::default()
            };
            out.push(self.chunk(delta, None));
        }
        match event {
            ChatEvent::Finish(reason) => self.finish(reason.as_str(), &mut out),
            _ => out.extend(delta_of(event).map(|delta| self.chunk(delta, None))),
        }
        out
    }

    /// The chunk, unless it is the usage that the caller did not ask for.
    fn pass(&mut self, chunk: &Verbatim) -> Option<String> {
        if let Some(head) = &chunk.head
            && !self.started
        {
            self.head.clone_from(head);
        }
        self.started = true;
        self.passed.events = chunk.events;
        self.passed.finish |= chunk.finishes;
        self.passed.usage |= chunk.only_usage;
        (self.include_usage || !chunk.only_usage).then(|| chunk.data.clone())
    }

    fn finish(&self, reason: &str, out: &mut Vec<String>) {
        if !self.passed.finish {
            out.push(self.chunk(Delta::default(), Some(reason)));
        }
        if self.include_usage && !self.passed.usage {
            out.push(self.json(&[], Some(self.usage.into())));
        }
        out.push(DONE.to_owned());
    }

    /// The `data` that tells a client of a failure after the stream has begun.
    pub fn error(error: &Error) -> String {
        to_json(&ErrorBody::from(error))
    }

    fn chunk(&self, delta: Delta<'_>, finish_reason: Option<&str>) -> String {
        self.json(
            &[ChunkChoice {
                index: 0,
                delta,
                logprobs: None,
                finish_reason,
            }],
            None,
        )
    }

    fn json(&self, choices: &[ChunkChoice<'_>], usage: Option<WireUsage>) -> String {
        to_json(&Chunk {
            id: &self.head.id,
            object: "chat.completion.chunk",
            created: self.head.created,
            model: &self.head.model,
            choices,
            usage: self.include_usage.then(|| json!(usage)),
        })
    }
}

/// What an event adds to the answer; nothing, for those that stand elsewhere in a chunk.
fn delta_of(event: &ChatEvent) -> Option<Delta<'_>> {
    match event {
        ChatEvent::Text(text) => Some(Delta {
            content: Some(text),
            ..Delta::default()
        }),
        ChatEvent::Reasoning(text) => Some(Delta {
            reasoning_content: Some(text),
            ..Delta::default()
        }),
        ChatEvent::ToolCall {
            index,
            id,
            name,
            arguments_delta,
            signature,
        } => Some(Delta {
            tool_calls: Some([CallDelta {
                index: *index,
                id,
                kind: (!id.is_empty()).then_some("function"),
                function: FunctionDelta {
                    name,
                    arguments: arguments_delta,
                },
                extra_content: signature.as_deref().map(extra_content),
            }]),
            ..Delta::default()
        }),
        ChatEvent::Verbatim(_) | ChatEvent::Usage(_) | ChatEvent::StopSequence(_) | ChatEvent::Finish(_) => {
            None
        }
    }
}

/// JSON text of our own types. They have text keys only, so serialising cannot fail; the client is told if it does.
fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|_| r#"{"error":{"message":"unwritable","type":"api_error"}}"#.into())
}

/// The body of `GET /v1/models`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelList {
    /// Always `list`.
    pub object: String,
    /// The models.
    pub data: Vec<ModelEntry>,
}

/// A model of a [`ModelList`], also the body of `GET /v1/models/{model}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelEntry {
    /// The outward name.
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// Seconds since 1970.
    pub created: i64,
    /// Who serves it.
    pub owned_by: String,
}

impl ModelEntry {
    /// An entry.
    pub fn new(id: impl Into<String>, created: i64, owned_by: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            object: "model".to_owned(),
            created,
            owned_by: owned_by.into(),
        }
    }
}

impl ModelList {
    /// A list.
    pub fn new(data: Vec<ModelEntry>) -> Self {
        Self {
            object: "list".to_owned(),
            data,
        }
    }
}
