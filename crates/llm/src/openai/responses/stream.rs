//! Writes a streamed answer.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::response::{Content, Item, ResponseHead, State, ended, summary_part, text_part};
use crate::{ChatEvent, FinishReason, Usage, carried};

/// One event; each kind has some of these fields.
#[derive(Default, Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sequence_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<[u8; 0]>,
}

/// Turns events into the frames of a streamed response.
///
/// ```text
/// response.created · response.in_progress · items … · response.completed | incomplete | failed
/// item: output_item.added · (content_part.added · output_text.delta … · output_text.done · content_part.done
///       | reasoning_summary_part … | function_call_arguments …) · output_item.done
/// ```
///
/// Every frame has the next `sequence_number`, from 0. One item is open at a time; what a provider adds to a call that
/// another has followed goes to the call's own index, and the last frame has the whole of it.
#[derive(Debug)]
pub struct ResponseWriter {
    head: ResponseHead,
    sequence: u64,
    output: Vec<Item>,
    /// Whether the last item is under way.
    open: bool,
    /// The item of each call.
    calls: BTreeMap<usize, usize>,
    usage: Usage,
}

impl ResponseWriter {
    /// A writer for one answer.
    pub fn new(head: ResponseHead) -> Self {
        Self {
            head,
            sequence: 0,
            output: Vec::new(),
            open: false,
            calls: BTreeMap::new(),
            usage: Usage::default(),
        }
    }

    /// Appends the frames that an event becomes; none for some.
    pub fn write(&mut self, event: &ChatEvent, out: &mut String) {
        self.start(out);
        match event {
            ChatEvent::Text(text) => {
                if !matches!(self.under_way(), Some(Content::Message)) {
                    self.begin(Content::Message, out);
                }
                self.add(self.output.len() - 1, text, out);
            }
            ChatEvent::Reasoning(text) => {
                if !matches!(self.under_way(), Some(Content::Reasoning)) {
                    self.begin(Content::Reasoning, out);
                }
                self.add(self.output.len() - 1, text, out);
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
                    self.add(index, arguments_delta, out);
                }
            }
            ChatEvent::Usage(usage) => self.usage = *usage,
            ChatEvent::StopSequence(_) | ChatEvent::Verbatim(_) => {}
            ChatEvent::Finish(reason) => self.finish(*reason, out),
        }
    }

    /// Appends the frame that tells of a failure, the last one.
    pub fn fail(&mut self, code: &str, message: &str, out: &mut String) {
        self.start(out);
        if let Some(item) = self.output.last_mut().filter(|_| self.open) {
            item.status = "incomplete";
        }
        let state = State::Failed { code, message };
        self.whole("response.failed", &state, out);
    }

    fn start(&mut self, out: &mut String) {
        if self.sequence == 0 {
            self.whole("response.created", &State::InProgress, out);
            self.whole("response.in_progress", &State::InProgress, out);
        }
    }

    /// An event with the response object.
    fn whole(&mut self, kind: &'static str, state: &State<'_>, out: &mut String) {
        let used = (!matches!(state, State::InProgress)).then_some(&self.usage);
        let event = Event {
            kind,
            response: Some(self.head.object(state, &self.output, used)),
            ..Event::default()
        };
        frame(&mut self.sequence, event, out);
    }

    fn under_way(&self) -> Option<&Content> {
        let last = self.output.last().filter(|_| self.open)?;
        Some(&last.content)
    }

    fn begin(&mut self, content: Content, out: &mut String) {
        self.end("completed", out);
        let index = self.output.len();
        let item = self.head.item(index, content);
        let sequence = &mut self.sequence;
        let added = Event {
            kind: "response.output_item.added",
            output_index: Some(index),
            item: Some(item.json()),
            ..Event::default()
        };
        frame(sequence, added, out);
        let part = Event {
            output_index: Some(index),
            item_id: Some(&item.id),
            ..Event::default()
        };
        match item.content {
            Content::Message => {
                let part = Event {
                    kind: "response.content_part.added",
                    content_index: Some(0),
                    part: Some(text_part("")),
                    ..part
                };
                frame(sequence, part, out);
            }
            Content::Reasoning => {
                let part = Event {
                    kind: "response.reasoning_summary_part.added",
                    summary_index: Some(0),
                    part: Some(summary_part("")),
                    ..part
                };
                frame(sequence, part, out);
            }
            Content::Carried | Content::Call { .. } => {}
        }
        self.output.push(item);
        self.open = true;
    }

    /// More of an item.
    fn add(&mut self, index: usize, delta: &str, out: &mut String) {
        let Some(item) = self.output.get_mut(index) else {
            return;
        };
        item.text.push_str(delta);
        let event = Event {
            output_index: Some(index),
            item_id: Some(&item.id),
            delta: Some(delta),
            ..Event::default()
        };
        let event = match item.content {
            Content::Message => Event {
                kind: "response.output_text.delta",
                content_index: Some(0),
                logprobs: Some([]),
                ..event
            },
            Content::Reasoning => Event {
                kind: "response.reasoning_summary_text.delta",
                summary_index: Some(0),
                ..event
            },
            Content::Call { .. } => Event {
                kind: "response.function_call_arguments.delta",
                ..event
            },
            Content::Carried => return,
        };
        frame(&mut self.sequence, event, out);
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
            self.begin(Content::Carried, out);
            if let Some(item) = self.output.last_mut() {
                item.text = carried::pack(signature);
            }
        }
        let (id, name) = (id.to_owned(), name.to_owned());
        self.begin(Content::Call { id, name }, out);
        let index = self.output.len() - 1;
        self.calls.insert(call, index);
        index
    }

    /// Ends the item that is under way.
    fn end(&mut self, status: &'static str, out: &mut String) {
        let index = self.output.len().saturating_sub(1);
        let Some(item) = self.output.last_mut().filter(|_| self.open) else {
            return;
        };
        self.open = false;
        item.status = status;
        let sequence = &mut self.sequence;
        let event = |kind| Event {
            kind,
            output_index: Some(index),
            item_id: Some(&item.id),
            ..Event::default()
        };
        match &item.content {
            Content::Message => {
                let text = Event {
                    content_index: Some(0),
                    text: Some(&item.text),
                    logprobs: Some([]),
                    ..event("response.output_text.done")
                };
                frame(sequence, text, out);
                let part = Event {
                    content_index: Some(0),
                    part: Some(text_part(&item.text)),
                    ..event("response.content_part.done")
                };
                frame(sequence, part, out);
            }
            Content::Reasoning => {
                let text = Event {
                    summary_index: Some(0),
                    text: Some(&item.text),
                    ..event("response.reasoning_summary_text.done")
                };
                frame(sequence, text, out);
                let part = Event {
                    summary_index: Some(0),
                    part: Some(summary_part(&item.text)),
                    ..event("response.reasoning_summary_part.done")
                };
                frame(sequence, part, out);
            }
            Content::Call { name, .. } => {
                let arguments = Event {
                    name: Some(name),
                    arguments: Some(&item.text),
                    ..event("response.function_call_arguments.done")
                };
                frame(sequence, arguments, out);
            }
            Content::Carried => {}
        }
        let done = Event {
            item_id: None,
            item: Some(item.json()),
            ..event("response.output_item.done")
        };
        frame(sequence, done, out);
    }

    fn finish(&mut self, reason: FinishReason, out: &mut String) {
        if self.output.is_empty() {
            self.begin(Content::Message, out);
        }
        self.end(ended(reason), out);
        let kind = match ended(reason) {
            "completed" => "response.completed",
            _ => "response.incomplete",
        };
        self.whole(kind, &State::Ended(reason), out);
    }
}

/// An event as a frame, with the next number. Our own types have text keys only, so that they can always be written.
fn frame(sequence: &mut u64, event: Event<'_>, out: &mut String) {
    let event = Event {
        sequence_number: *sequence,
        ..event
    };
    *sequence += 1;
    let data = serde_json::to_string(&event).unwrap_or_default();
    out.push_str("event: ");
    out.push_str(event.kind);
    out.push_str("\ndata: ");
    out.push_str(&data);
    out.push_str("\n\n");
}
