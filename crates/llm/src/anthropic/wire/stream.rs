//! Writes a streamed answer.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::response::{Block, WireMessage, WireUsage, stop_reason};
use crate::{ChatEvent, FinishReason, Usage, carried};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    MessageStart { message: WireMessage<'a> },
    ContentBlockStart { index: usize, content_block: Block<'a> },
    ContentBlockDelta { index: usize, delta: Delta<'a> },
    ContentBlockStop { index: usize },
    MessageDelta { delta: End<'a>, usage: WireUsage },
    MessageStop,
}

impl Event<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::MessageStart { .. } => "message_start",
            Self::ContentBlockStart { .. } => "content_block_start",
            Self::ContentBlockDelta { .. } => "content_block_delta",
            Self::ContentBlockStop { .. } => "content_block_stop",
            Self::MessageDelta { .. } => "message_delta",
            Self::MessageStop => "message_stop",
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the wire's names")]
enum Delta<'a> {
    TextDelta { text: &'a str },
    ThinkingDelta { thinking: &'a str },
    InputJsonDelta { partial_json: &'a str },
}

#[derive(Serialize)]
struct End<'a> {
    stop_reason: &'static str,
    stop_sequence: Option<&'a str>,
}

/// The block under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
    Call,
}

/// Turns events into the frames of a streamed answer.
///
/// ```text
/// message_start · (content_block_start · content_block_delta … · content_block_stop) … · message_delta · message_stop
/// ```
///
/// One block is open at a time. What a provider adds to a call that another has followed goes to the call's own index.
#[derive(Debug)]
pub struct MessageWriter {
    id: String,
    model: String,
    started: bool,
    blocks: usize,
    open: Option<Open>,
    /// The block of each call.
    calls: BTreeMap<usize, usize>,
    usage: Usage,
    /// The stop text that ended the answer.
    stopped_by: Option<String>,
}

impl MessageWriter {
    /// A writer for one answer.
    pub fn new(id: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            model: model.into(),
            started: false,
            blocks: 0,
            open: None,
            calls: BTreeMap::new(),
            usage: Usage::default(),
            stopped_by: None,
        }
    }

    /// Appends the frames that an event becomes; none for some.
    pub fn write(&mut self, event: &ChatEvent, out: &mut String) {
        match event {
            ChatEvent::Usage(usage) => {
                self.usage = *usage;
                return;
            }
            ChatEvent::Verbatim(_) => return,
            _ => self.start(out),
        }
        match event {
            ChatEvent::Text(text) => {
                let index = self.block(Open::Text, Block::Text { text: "" }, out);
                frame(
                    out,
                    &Event::ContentBlockDelta {
                        index,
                        delta: Delta::TextDelta { text },
                    },
                );
            }
            ChatEvent::Reasoning(thinking) => {
                let empty = Block::Thinking {
                    thinking: "",
                    signature: "",
                };
                let index = self.block(Open::Thinking, empty, out);
                let delta = Delta::ThinkingDelta { thinking };
                frame(out, &Event::ContentBlockDelta { index, delta });
            }
            ChatEvent::ToolCall {
                index,
                id,
                name,
                arguments_delta,
                signature,
            } => {
                let index = self.call((*index, id, name), signature.as_deref(), out);
                if !arguments_delta.is_empty() {
                    let delta = Delta::InputJsonDelta {
                        partial_json: arguments_delta,
                    };
                    frame(out, &Event::ContentBlockDelta { index, delta });
                }
            }
            ChatEvent::Usage(_) | ChatEvent::Verbatim(_) => {}
            ChatEvent::StopSequence(text) => self.stopped_by = Some(text.clone()),
            ChatEvent::Finish(reason) => self.finish(*reason, out),
        }
    }

    fn start(&mut self, out: &mut String) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let message = WireMessage {
            id: &self.id,
            kind: "message",
            role: "assistant",
            model: &self.model,
            content: Vec::new(),
            stop_reason: None,
            stop_sequence: None,
            usage: self.usage.into(),
        };
        frame(out, &Event::MessageStart { message });
    }

    /// The index of the open block of this kind, which is begun when another one is open or none.
    fn block(&mut self, kind: Open, empty: Block<'_>, out: &mut String) -> usize {
        if self.open != Some(kind) {
            self.begin(kind, empty, out);
        }
        self.blocks.saturating_sub(1)
    }

    fn begin(&mut self, kind: Open, empty: Block<'_>, out: &mut String) {
        self.stop(out);
        let index = self.blocks;
        self.blocks += 1;
        self.open = Some(kind);
        frame(
            out,
            &Event::ContentBlockStart {
                index,
                content_block: empty,
            },
        );
    }

    fn call(
        &mut self,
        (call, id, name): (usize, &str, &str),
        signature: Option<&str>,
        out: &mut String,
    ) -> usize {
        if let Some(index) = self.calls.get(&call) {
            return *index;
        }
        if let Some(signature) = signature {
            let data = carried::pack(signature);
            self.begin(Open::Thinking, Block::RedactedThinking { data }, out);
        }
        let input = Value::Object(Map::new());
        self.begin(Open::Call, Block::ToolUse { id, name, input }, out);
        let index = self.blocks - 1;
        self.calls.insert(call, index);
        index
    }

    fn stop(&mut self, out: &mut String) {
        if self.open.take().is_some() {
            let index = self.blocks.saturating_sub(1);
            frame(out, &Event::ContentBlockStop { index });
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut String) {
        self.stop(out);
        let stop_sequence = self.stopped_by.as_deref();
        let delta = End {
            stop_reason: stop_reason(reason, stop_sequence),
            stop_sequence,
        };
        let usage = self.usage.into();
        frame(out, &Event::MessageDelta { delta, usage });
        frame(out, &Event::MessageStop);
    }
}

/// An event as a frame. Our own types have text keys only, so that they can always be written.
fn frame(out: &mut String, event: &Event<'_>) {
    let data = serde_json::to_string(event).unwrap_or_default();
    out.push_str("event: ");
    out.push_str(event.name());
    out.push_str("\ndata: ");
    out.push_str(&data);
    out.push_str("\n\n");
}
