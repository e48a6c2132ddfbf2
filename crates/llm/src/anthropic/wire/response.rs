//! Writes a whole answer.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Collected, FinishReason, Usage, carried};

/// Tokens as the wire has them: what was read is parted into fresh, written to the cache, and read from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
pub(super) struct WireUsage {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
    output_tokens: u64,
}

impl From<Usage> for WireUsage {
    fn from(usage: Usage) -> Self {
        let cached = usage.cached_tokens + usage.cache_write_tokens;
        Self {
            input_tokens: usage.prompt_tokens.saturating_sub(cached),
            cache_creation_input_tokens: usage.cache_write_tokens,
            cache_read_input_tokens: usage.cached_tokens,
            output_tokens: usage.completion_tokens,
        }
    }
}

/// The wire's name of a reason; `stop_sequence` is the stop text that ended the answer, where that is known.
pub(super) fn stop_reason(reason: FinishReason, stop_sequence: Option<&str>) -> &'static str {
    match reason {
        FinishReason::Stop if stop_sequence.is_some() => "stop_sequence",
        FinishReason::Stop => "end_turn",
        FinishReason::Length => "max_tokens",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::ContentFilter => "refusal",
    }
}

/// A block of an answer.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Text {
        text: &'a str,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: String,
    },
    ToolUse {
        id: &'a str,
        name: &'a str,
        input: Value,
    },
}

/// A message, whole or as a stream begins it.
#[derive(Serialize)]
pub(super) struct WireMessage<'a> {
    pub(super) id: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) role: &'static str,
    pub(super) model: &'a str,
    pub(super) content: Vec<Block<'a>>,
    pub(super) stop_reason: Option<&'static str>,
    pub(super) stop_sequence: Option<&'a str>,
    pub(super) usage: WireUsage,
}

/// A whole answer. Serialise it as the body.
#[derive(Clone, Debug)]
pub struct MessageAnswer<'a> {
    /// Such as `msg_…`.
    pub id: &'a str,
    /// The outward name of the model.
    pub model: &'a str,
    /// What was said.
    pub answer: &'a Collected,
}

impl Serialize for MessageAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = self.answer.finish.unwrap_or(FinishReason::Stop);
        let stop_sequence = self.answer.stop_sequence.as_deref();
        let message = WireMessage {
            id: self.id,
            kind: "message",
            role: "assistant",
            model: self.model,
            content: content(self.answer),
            stop_reason: Some(stop_reason(reason, stop_sequence)),
            stop_sequence,
            usage: self.answer.usage.unwrap_or_default().into(),
        };
        message.serialize(serializer)
    }
}

fn content(answer: &Collected) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    if !answer.reasoning.is_empty() {
        blocks.push(Block::Thinking {
            thinking: &answer.reasoning,
            signature: "",
        });
    }
    if !answer.text.is_empty() {
        blocks.push(Block::Text { text: &answer.text });
    }
    for call in &answer.tool_calls {
        if let Some(signature) = &call.signature {
            blocks.push(Block::RedactedThinking {
                data: carried::pack(signature),
            });
        }
        blocks.push(Block::ToolUse {
            id: &call.id,
            name: &call.name,
            input: input(&call.arguments),
        });
    }
    blocks
}

/// Arguments have to be an object here. What a model wrote instead is not lost.
fn input(arguments: &str) -> Value {
    if arguments.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(map)) => Value::Object(map),
        _ => Value::Object(Map::from_iter([("arguments".to_owned(), arguments.into())])),
    }
}
