//! Reads the events of `messages`.
//!
//! ```text
//! message_start (usage) · content_block_start · content_block_delta … · content_block_stop · message_delta (reason, usage)
//! · message_stop        ping: any time        error: any time, ends it
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::openai::wire::lenient;
use crate::sse::SseEvent;
use crate::upstream::{Decoder, Failure, Progress};
use crate::{ChatEvent, Error, FinishReason, Usage};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: usize,
        content_block: Block,
    },
    ContentBlockDelta {
        index: usize,
        delta: Delta,
    },
    ContentBlockStop {
        index: usize,
    },
    MessageDelta {
        #[serde(default)]
        delta: End,
        #[serde(default)]
        usage: WireUsage,
    },
    MessageStop,
    Error {
        error: Value,
    },
    /// `ping`, and what may be added later.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    #[serde(default)]
    usage: WireUsage,
}

#[derive(Default, Deserialize)]
struct End {
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    stop_sequence: Option<String>,
}

#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct WireUsage {
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    #[serde(default)]
    cache_read_input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation_input_tokens: Option<u64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        #[serde(default, deserialize_with = "lenient")]
        text: String,
    },
    Thinking {
        #[serde(default, deserialize_with = "lenient")]
        thinking: String,
        #[serde(default, deserialize_with = "lenient")]
        signature: String,
    },
    RedactedThinking {
        #[serde(default, deserialize_with = "lenient")]
        data: String,
    },
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the wire's names")]
enum Delta {
    TextDelta {
        text: String,
    },
    ThinkingDelta {
        thinking: String,
    },
    SignatureDelta {
        signature: String,
    },
    InputJsonDelta {
        partial_json: String,
    },
    #[serde(other)]
    Other,
}

/// The content block under way.
enum Open {
    Thinking {
        text: String,
        signature: String,
    },
    /// `index` counts calls; `whole` is the input that came with the start, used when no delta follows.
    Call {
        index: usize,
        whole: Value,
        said: bool,
    },
    Plain,
}

/// The state of one answer.
pub(super) struct AnthropicDecoder {
    upstream: Arc<str>,
    open: Option<(usize, Open)>,
    calls: usize,
    /// Signed thinking that the next call carries.
    thoughts: Vec<Value>,
    usage: Usage,
    finish: Option<FinishReason>,
    /// The stop text that ended it.
    stopped_by: Option<String>,
    done: bool,
}

impl AnthropicDecoder {
    pub(super) fn new(upstream: Arc<str>) -> Self {
        Self {
            upstream,
            open: None,
            calls: 0,
            thoughts: Vec::new(),
            usage: Usage::default(),
            finish: None,
            stopped_by: None,
            done: false,
        }
    }

    fn read(&mut self, event: Event, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        match event {
            Event::MessageStart { message } => {
                self.count(&message.usage);
                // At once, so that a call that is cancelled has its prompt counted.
                out.push_back(ChatEvent::Usage(self.usage));
            }
            Event::ContentBlockStart { index, content_block } => self.start(index, content_block, out),
            Event::ContentBlockDelta { index, delta } => self.delta(index, delta, out),
            Event::ContentBlockStop { index } => self.stop(index, out),
            Event::MessageDelta { delta, usage } => {
                self.count(&usage);
                self.finish = delta.stop_reason.as_deref().map(finish_reason).or(self.finish);
                self.stopped_by = delta.stop_sequence.or(self.stopped_by.take());
            }
            Event::MessageStop => self.done = true,
            Event::Error { error } => return Err(Failure::in_band(&error).into_error(&self.upstream)),
            Event::Other => {}
        }
        Ok(())
    }

    /// Counts are totals; a later one replaces an earlier one.
    fn count(&mut self, usage: &WireUsage) {
        if let Some(input) = usage.input_tokens {
            let cached = usage.cache_read_input_tokens.unwrap_or(0);
            let written = usage.cache_creation_input_tokens.unwrap_or(0);
            self.usage.prompt_tokens = input + cached + written;
            self.usage.cached_tokens = cached;
            self.usage.cache_write_tokens = written;
        }
        self.usage.completion_tokens = usage.output_tokens.unwrap_or(self.usage.completion_tokens);
    }

    fn start(&mut self, index: usize, block: Block, out: &mut VecDeque<ChatEvent>) {
        let open = match block {
            Block::Text { text } => {
                push_text(out, ChatEvent::Text, text);
                Open::Plain
            }
            Block::Thinking { thinking, signature } => {
                push_text(out, ChatEvent::Reasoning, thinking.clone());
                Open::Thinking {
                    text: thinking,
                    signature,
                }
            }
            Block::RedactedThinking { data } => {
                self.thoughts
                    .push(json!({"type": "redacted_thinking", "data": data}));
                Open::Plain
            }
            Block::ToolUse { id, name, input } => {
                let call = self.calls;
                self.calls += 1;
                let thoughts = std::mem::take(&mut self.thoughts);
                let signature = (!thoughts.is_empty()).then(|| Value::Array(thoughts).to_string());
                out.push_back(ChatEvent::ToolCall {
                    index: call,
                    id,
                    name,
                    arguments_delta: String::new(),
                    signature,
                });
                Open::Call {
                    index: call,
                    whole: input,
                    said: false,
                }
            }
            Block::Other => Open::Plain,
        };
        self.open = Some((index, open));
    }

    fn delta(&mut self, index: usize, delta: Delta, out: &mut VecDeque<ChatEvent>) {
        let open = self
            .open
            .as_mut()
            .filter(|(open, _)| *open == index)
            .map(|(_, open)| open);
        match (delta, open) {
            (Delta::TextDelta { text }, _) => push_text(out, ChatEvent::Text, text),
            (Delta::ThinkingDelta { thinking }, open) => {
                if let Some(Open::Thinking { text, .. }) = open {
                    text.push_str(&thinking);
                }
                push_text(out, ChatEvent::Reasoning, thinking);
            }
            (Delta::SignatureDelta { signature: more }, Some(Open::Thinking { signature, .. })) => {
                signature.push_str(&more);
            }
            (Delta::InputJsonDelta { partial_json }, Some(Open::Call { index, said, .. }))
                if !partial_json.is_empty() =>
            {
                *said = true;
                out.push_back(arguments(*index, partial_json));
            }
            _ => {}
        }
    }

    fn stop(&mut self, index: usize, out: &mut VecDeque<ChatEvent>) {
        match self.open.take_if(|(open, _)| *open == index) {
            Some((_, Open::Thinking { text, signature })) if !signature.is_empty() => {
                self.thoughts
                    .push(json!({"type": "thinking", "thinking": text, "signature": signature}));
            }
            Some((
                _,
                Open::Call {
                    index,
                    whole,
                    said: false,
                },
            )) => {
                let whole = if whole.is_object() {
                    whole
                } else {
                    Value::Object(Map::new())
                };
                out.push_back(arguments(index, whole.to_string()));
            }
            _ => {}
        }
    }
}

fn push_text(out: &mut VecDeque<ChatEvent>, make: impl Fn(String) -> ChatEvent, text: String) {
    if !text.is_empty() {
        out.push_back(make(text));
    }
}

fn arguments(index: usize, arguments_delta: String) -> ChatEvent {
    ChatEvent::ToolCall {
        index,
        id: String::new(),
        name: String::new(),
        arguments_delta,
        signature: None,
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        // `end_turn`, `stop_sequence`, `pause_turn`.
        _ => FinishReason::Stop,
    }
}

impl Decoder for AnthropicDecoder {
    fn event(&mut self, event: SseEvent, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let event = serde_json::from_str(&event.data)
            .map_err(|error| Error::Protocol(format!("an event is not the expected JSON: {error}")))?;
        self.read(event, out)
    }

    fn whole(&mut self, body: Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        if body.get("type").and_then(Value::as_str) == Some("error") {
            return Err(Failure::in_band(&body).into_error(&self.upstream));
        }
        let unreadable = |error| Error::Protocol(format!("the answer is not the expected JSON: {error}"));
        let blocks = body
            .get("content")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        for (index, block) in blocks.into_iter().enumerate() {
            self.start(index, serde_json::from_value(block).map_err(unreadable)?, out);
            self.stop(index, out);
        }
        let usage: Option<WireUsage> = body
            .get("usage")
            .cloned()
            .map(serde_json::from_value)
            .transpose()
            .map_err(unreadable)?;
        self.count(&usage.unwrap_or_default());
        let reason = body.get("stop_reason").and_then(Value::as_str);
        self.finish = Some(finish_reason(reason.unwrap_or("end_turn")));
        let stopped_by = body.get("stop_sequence").and_then(Value::as_str);
        self.stopped_by = stopped_by.map(str::to_owned);
        self.done = true;
        Ok(())
    }

    fn progress(&self) -> Progress {
        match (self.done, self.finish) {
            (true, _) => Progress::Done,
            (false, Some(_)) => Progress::Finished,
            (false, None) => Progress::Reading,
        }
    }

    fn end(&mut self, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        out.push_back(ChatEvent::Usage(self.usage));
        out.extend(self.stopped_by.take().map(ChatEvent::StopSequence));
        out.push_back(ChatEvent::Finish(self.finish.unwrap_or(FinishReason::Stop)));
        Ok(())
    }
}
