//! Reads the chunks of `chat/completions` in all their accents.
//!
//! Accepted: reasoning as `reasoning_content`, `reasoning` or Mistral's parts; tool calls without index, without id, with one
//! index for all, or with arguments as an object; usage at the end, in every chunk, under `x_groq`, or never; the reason for
//! the end in one chunk with text; no `[DONE]`; an error in the middle; a whole answer where a stream was asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::wire::{DONE, Head, Verbatim, WireUsage, lenient, signature_of};
use crate::sse::SseEvent;
use crate::upstream::{Decoder, Failure, Progress};
use crate::{ChatEvent, ChatRequest, Error, FinishReason, Usage};

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    model: Value,
    #[serde(default)]
    created: Value,
    #[serde(default, deserialize_with = "lenient")]
    object: String,
    #[serde(default)]
    message: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<WireUsage>,
    #[serde(default)]
    x_groq: Option<Groq>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Groq {
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, deserialize_with = "lenient")]
    index: u32,
    /// In chunks.
    #[serde(default)]
    delta: Option<Delta>,
    /// In whole answers.
    #[serde(default)]
    message: Option<Delta>,
    #[serde(default)]
    finish_reason: Option<String>,
    #[serde(default)]
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Delta {
    #[serde(default)]
    content: Value,
    #[serde(default)]
    reasoning_content: Option<String>,
    #[serde(default)]
    reasoning: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    tool_calls: Vec<CallDelta>,
}

#[derive(Deserialize)]
struct CallDelta {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default, deserialize_with = "lenient")]
    id: String,
    #[serde(default)]
    function: Option<FunctionDelta>,
    #[serde(default)]
    extra_content: Option<Value>,
}

#[derive(Default, Deserialize)]
struct FunctionDelta {
    #[serde(default, deserialize_with = "lenient")]
    name: String,
    #[serde(default)]
    arguments: Value,
}

impl Chunk {
    fn head(&self) -> Head {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Head {
            id: text(&self.id),
            model: text(&self.model),
            created: self.created.as_i64().unwrap_or_default(),
        }
    }

    /// Whether it is as OpenAI would have sent it, so that whoever speaks the format understands it. `calls_nothing` so far.
    fn is_standard(&self, calls_nothing: bool) -> bool {
        let named = self.id.as_str().is_some_and(|id| !id.is_empty());
        let is_standard = |choice: &Choice| {
            let reason = choice.finish_reason.as_deref();
            let delta = choice.delta.as_ref();
            choice.message.is_none()
                && delta.is_some_and(Delta::is_standard)
                && match reason {
                    // Some say so although the model waits for its tools.
                    Some("stop") => calls_nothing && delta.is_some_and(|delta| delta.tool_calls.is_empty()),
                    None | Some("length" | "tool_calls" | "content_filter") => true,
                    Some(_) => false,
                }
        };
        named
            && self.object == "chat.completion.chunk"
            && self.x_groq.is_none()
            && self.choices.iter().all(is_standard)
    }
}

impl Delta {
    fn is_standard(&self) -> bool {
        let text = |value: &Value| value.is_string() || value.is_null();
        let is_standard = |call: &CallDelta| {
            let function = call.function.as_ref();
            call.index.is_some() && function.is_none_or(|function| text(&function.arguments))
        };
        text(&self.content) && self.reasoning.is_none() && self.tool_calls.iter().all(is_standard)
    }

    /// How long its texts are.
    fn bytes(&self) -> usize {
        let texts = [&self.reasoning_content, &self.refusal];
        let functions = self.tool_calls.iter().filter_map(|call| call.function.as_ref());
        let arguments = functions.filter_map(|function| function.arguments.as_str());
        let content = self.content.as_str().into_iter();
        content
            .chain(arguments)
            .chain(texts.into_iter().filter_map(Option::as_deref))
            .map(str::len)
            .sum()
    }
}

/// A tool call that has begun.
struct Call {
    index: Option<usize>,
    /// The upstream's id; empty when it gave none and ours stands in.
    id: String,
}

/// Whether chunks are passed on beside what is read out of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passing {
    /// Not: nobody asked, or the upstream speaks the format with an accent, which our own words do not have.
    No,
    /// Those that are as the format has them. The first decides whether there are any.
    Standard { begun: bool },
    /// All: the request asks for something that only they tell.
    All { begun: bool },
}

/// The state of one answer.
pub(super) struct OpenAiDecoder {
    passing: Passing,
    /// Answers that go on.
    open: u64,
    upstream: Arc<str>,
    /// How many messages the conversation had: makes ids of our own unique in it.
    turn: usize,
    calls: Vec<Call>,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    refused: bool,
    done: bool,
}

impl OpenAiDecoder {
    pub(super) fn new(upstream: Arc<str>, turn: usize) -> Self {
        Self {
            passing: Passing::No,
            open: 1,
            upstream,
            turn,
            calls: Vec::new(),
            usage: None,
            finish: None,
            refused: false,
            done: false,
        }
    }

    /// A decoder of the answer to `request` that passes chunks on when they are `wanted`.
    pub(super) fn of(upstream: Arc<str>, request: &ChatRequest, wanted: bool) -> Self {
        let passing = match (wanted, request.beyond_events()) {
            (false, _) => Passing::No,
            (true, None) => Passing::Standard { begun: false },
            (true, Some(_)) => Passing::All { begun: false },
        };
        Self {
            passing,
            open: request.choices(),
            ..Self::new(upstream, request.messages.len())
        }
    }

    /// What is passed on of a chunk, before it is read.
    fn verbatim(&mut self, chunk: &Chunk, data: &str) -> Option<Verbatim> {
        // Within a line of an event's data there is room for one line.
        let fits = !data.contains(['\n', '\r']);
        let first = match &mut self.passing {
            Passing::No => return None,
            Passing::Standard { begun } => {
                if !fits || !chunk.is_standard(self.calls.is_empty()) {
                    if !*begun {
                        self.passing = Passing::No;
                    }
                    return None;
                }
                !std::mem::replace(begun, true)
            }
            Passing::All { begun } => fits.then(|| !std::mem::replace(begun, true))?,
        };
        let others = chunk.choices.iter().filter(|choice| choice.index != 0);
        Some(Verbatim {
            data: String::new(),
            events: 0,
            beside: others
                .filter_map(|choice| choice.delta.as_ref())
                .map(Delta::bytes)
                .sum(),
            finishes: chunk
                .choices
                .iter()
                .any(|choice| choice.index == 0 && choice.finish_reason.is_some()),
            only_usage: chunk.choices.is_empty() && chunk.usage.is_some(),
            head: first.then(|| Box::new(chunk.head())),
        })
    }

    fn read(&mut self, chunk: Chunk, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let bare = chunk.message.filter(|_| chunk.object == "error");
        if let Some(error) = chunk.error.filter(|error| !error.is_null()).or(bare) {
            return Err(Failure::in_band(&error).into_error(&self.upstream));
        }
        if let Some(usage) = chunk.usage.or(chunk.x_groq.and_then(|groq| groq.usage)) {
            self.usage = Some(usage.into());
        }
        for choice in chunk.choices {
            let ends = choice
                .finish_reason
                .as_ref()
                .is_some_and(|reason| !reason.is_empty());
            self.open = self.open.saturating_sub(u64::from(ends));
            if choice.index != 0 {
                continue;
            }
            if let Some(error) = choice.error.filter(|error| !error.is_null()) {
                return Err(Failure::in_band(&error).into_error(&self.upstream));
            }
            self.read_delta(choice.delta.or(choice.message).unwrap_or_default(), out);
            match choice.finish_reason.as_deref() {
                None | Some("") => {}
                Some("error") => {
                    return Err(Error::Protocol(
                        "the upstream ended the answer with an error".to_owned(),
                    ));
                }
                Some(reason) => self.finish = Some(finish_reason(reason)),
            }
        }
        Ok(())
    }

    fn read_delta(&mut self, delta: Delta, out: &mut VecDeque<ChatEvent>) {
        let reasoning = delta
            .reasoning_content
            .filter(|text| !text.is_empty())
            .or(delta.reasoning)
            .unwrap_or_default();
        push_text(out, ChatEvent::Reasoning, reasoning);
        match delta.content {
            Value::String(text) => push_text(out, ChatEvent::Text, text),
            Value::Array(parts) => parts.iter().for_each(|part| read_part(part, out)),
            _ => {}
        }
        if let Some(refusal) = delta.refusal.filter(|text| !text.is_empty()) {
            self.refused = true;
            push_text(out, ChatEvent::Text, refusal);
        }
        for call in delta.tool_calls {
            let event = self.read_call(call);
            out.push_back(event);
        }
    }

    fn read_call(&mut self, delta: CallDelta) -> ChatEvent {
        let function = delta.function.unwrap_or_default();
        let known = self.find(delta.index, &delta.id, &function.name);
        let index = known.unwrap_or(self.calls.len());
        let mut id = String::new();
        if known.is_none() {
            id = if delta.id.is_empty() {
                format!("call_{}_{index}", self.turn)
            } else {
                delta.id.clone()
            };
            self.calls.push(Call {
                index: delta.index,
                id: delta.id,
            });
        }
        ChatEvent::ToolCall {
            index,
            id,
            // Some repeat the name in every chunk.
            name: if known.is_none() {
                function.name
            } else {
                String::new()
            },
            arguments_delta: match function.arguments {
                Value::String(text) => text,
                Value::Null => String::new(),
                object => object.to_string(),
            },
            signature: delta.extra_content.as_ref().and_then(signature_of),
        }
    }

    /// Which of the calls so far a chunk continues; none when it begins another.
    fn find(&self, index: Option<usize>, id: &str, name: &str) -> Option<usize> {
        let position = |test: &dyn Fn(&Call) -> bool| self.calls.iter().rposition(test);
        if !id.is_empty() {
            let same_id = position(&|call| call.id == id);
            // An id that comes late belongs to the call at its index that has none; another id there is another call,
            // because some upstreams give every call index 0.
            return same_id
                .or_else(|| position(&|call| index.is_some() && call.index == index && call.id.is_empty()));
        }
        match index {
            Some(_) => position(&|call| call.index == index),
            None if name.is_empty() => self.calls.len().checked_sub(1),
            None => None,
        }
    }
}

fn push_text(out: &mut VecDeque<ChatEvent>, make: impl Fn(String) -> ChatEvent, text: String) {
    if !text.is_empty() {
        out.push_back(make(text));
    }
}

/// Mistral's content: `{"type": "text"}` and `{"type": "thinking", "thinking": [{"type": "text"}]}`.
fn read_part(part: &Value, out: &mut VecDeque<ChatEvent>) {
    let text = |value: &Value| {
        value
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match part.get("thinking") {
        Some(Value::Array(inner)) => push_text(out, ChatEvent::Reasoning, inner.iter().map(text).collect()),
        Some(Value::String(thought)) => push_text(out, ChatEvent::Reasoning, thought.clone()),
        _ => push_text(out, ChatEvent::Text, text(part)),
    }
}

fn finish_reason(reason: &str) -> FinishReason {
    match reason {
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" | "safety" | "refusal" => FinishReason::ContentFilter,
        // `stop`, `eos`, `end_turn` and whatever else means that the model was done.
        _ => FinishReason::Stop,
    }
}

impl Decoder for OpenAiDecoder {
    fn event(&mut self, event: SseEvent, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let data = event.data.trim();
        if data == DONE {
            self.done = true;
            return Ok(());
        }
        if data.is_empty() {
            return Ok(());
        }
        let unreadable = |error| Error::Protocol(format!("a chunk is not the expected JSON: {error}"));
        if event.event == "error" {
            let value: Value = serde_json::from_str(data).map_err(unreadable)?;
            return Err(Failure::in_band(&value).into_error(&self.upstream));
        }
        let chunk = serde_json::from_str(data).map_err(unreadable)?;
        let passed = self.verbatim(&chunk, data);
        let before = out.len();
        self.read(chunk, out)?;
        if let Some(passed) = passed {
            let verbatim = Verbatim {
                events: out.len() - before,
                data: if data.len() == event.data.len() {
                    event.data
                } else {
                    data.to_owned()
                },
                ..passed
            };
            out.insert(before, ChatEvent::Verbatim(verbatim));
        }
        Ok(())
    }

    fn whole(&mut self, body: Value, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        let chunk = serde_json::from_value(body)
            .map_err(|error| Error::Protocol(format!("the answer is not the expected JSON: {error}")))?;
        self.read(chunk, out)?;
        self.done = true;
        Ok(())
    }

    fn progress(&self) -> Progress {
        match (self.done, self.finish) {
            (true, _) => Progress::Done,
            (false, Some(_)) if self.open == 0 => Progress::Finished,
            (false, _) => Progress::Reading,
        }
    }

    fn end(&mut self, out: &mut VecDeque<ChatEvent>) -> Result<(), Error> {
        out.extend(self.usage.map(ChatEvent::Usage));
        let reason = match self.finish.unwrap_or(FinishReason::Stop) {
            // Some say `stop` although the model waits for its tools.
            FinishReason::Stop if !self.calls.is_empty() => FinishReason::ToolCalls,
            FinishReason::Stop if self.refused => FinishReason::ContentFilter,
            reason => reason,
        };
        out.push_back(ChatEvent::Finish(reason));
        Ok(())
    }
}
