//! Chunks of an answer that are passed on as the provider sent them, and whole answers put together from them.
//!
//! A caller of `/v1/chat/completions` gets everything that a provider of the same format says, also what no event of ours tells: log
//! probabilities, further answers, refusals, annotations, fingerprints. The decoder reads each chunk once, for what Stoa has to
//! know; what it passes on is the text of the chunk itself.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{ChatEvent, Collected};

/// Most bytes of chunks that a whole answer is put together from.
const MERGED_BYTES_MAX: usize = 64 << 20;

/// A chunk as it came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verbatim {
    /// The data of the server-sent event: a JSON object in one line.
    pub data: String,
    /// How many of the events that follow were read out of it.
    pub events: usize,
    /// How many bytes it says of answers beside the first, which no event tells.
    pub beside: usize,
    /// Whether it says why the first answer ended.
    pub finishes: bool,
    /// Whether it is the one of the usage, without an answer.
    pub only_usage: bool,
    /// Whose chunks these are, at the first.
    pub head: Option<Box<Head>>,
}

/// What the chunks of an answer have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Such as `chatcmpl-…`.
    pub id: String,
    /// The model, as the provider names it.
    pub model: String,
    /// Seconds since 1970.
    pub created: i64,
}

/// A whole answer out of the chunks of a stream.
///
/// Texts are joined, lists with an `index` are merged item by item, other lists are joined; of what else comes twice the later counts.
/// That is how the official clients put chunks together (`accumulate_delta` of the Python package `openai`), but for names, ids and
/// types, which some upstreams repeat in each chunk.
#[derive(Debug, Default)]
pub struct Merged {
    top: Map<String, Value>,
    choices: Vec<Value>,
    bytes: usize,
    /// How many of the next events the last chunk said.
    said: usize,
    /// Something came that no chunk said.
    incomplete: bool,
}

impl Merged {
    /// Takes note of the next event of the answer.
    pub fn see(&mut self, event: &ChatEvent) {
        match event {
            ChatEvent::Verbatim(chunk) => {
                self.said = chunk.events;
                self.push(chunk);
            }
            _ if self.said > 0 => self.said -= 1,
            ChatEvent::Usage(_) | ChatEvent::StopSequence(_) | ChatEvent::Finish(_) => {}
            _ => self.incomplete = true,
        }
    }

    fn push(&mut self, chunk: &Verbatim) {
        self.bytes += chunk.data.len();
        if self.bytes > MERGED_BYTES_MAX {
            return;
        }
        // The decoder has read it: it is an object.
        let Ok(Value::Object(mut fields)) = serde_json::from_str(&chunk.data) else {
            return;
        };
        if let Some(Value::Array(choices)) = fields.remove("choices") {
            for choice in choices {
                self.choice(choice);
            }
        }
        for (name, value) in fields {
            if !value.is_null() || !self.top.contains_key(&name) {
                self.top.insert(name, value);
            }
        }
    }

    fn choice(&mut self, choice: Value) {
        let Value::Object(mut choice) = choice else {
            return;
        };
        if let Some(delta) = choice.remove("delta") {
            choice.insert("message".to_owned(), delta);
        }
        merge_item(&mut self.choices, Value::Object(choice));
    }

    /// The body of the whole answer; none when the chunks do not tell all of it, or are more than fit in memory. Why it ended and
    /// what was used is taken from the events where no chunk said it.
    pub fn finish(mut self, answer: &Collected) -> Option<Value> {
        if self.top.is_empty() || self.incomplete || self.bytes > MERGED_BYTES_MAX {
            return None;
        }
        self.choices
            .sort_by_key(|choice| choice.get("index").and_then(Value::as_u64));
        let reason = answer.finish.map_or("stop", crate::FinishReason::as_str);
        for choice in self.choices.iter_mut().filter_map(Value::as_object_mut) {
            let finish = choice.entry("finish_reason").or_insert(Value::Null);
            if finish.is_null() {
                *finish = Value::from(reason);
            }
            choice.entry("logprobs").or_insert(Value::Null);
            let message = choice.entry("message").or_insert_with(|| json!({}));
            if let Some(message) = message.as_object_mut() {
                finish_message(message);
            }
        }
        let mut body = self.top;
        // Noise against guessing the length of single chunks.
        body.remove("obfuscation");
        body.insert("object".to_owned(), Value::from("chat.completion"));
        body.insert("choices".to_owned(), Value::Array(self.choices));
        let usage = body.entry("usage").or_insert(Value::Null);
        if usage.is_null() {
            *usage = json!(super::WireUsage::from(answer.usage.unwrap_or_default()));
        }
        Some(Value::Object(body))
    }
}

/// A message as it stands in a whole answer: with what may be absent in chunks, without the places of its calls.
fn finish_message(message: &mut Map<String, Value>) {
    message.entry("role").or_insert_with(|| Value::from("assistant"));
    message.entry("refusal").or_insert(Value::Null);
    let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
    let calls_something = calls.as_ref().is_some_and(|calls| !calls.is_empty());
    for call in calls.into_iter().flatten().filter_map(Value::as_object_mut) {
        call.remove("index");
    }
    let content = message.entry("content").or_insert(Value::Null);
    if calls_something && content.as_str() == Some("") {
        *content = Value::Null;
    }
}

/// Adds an item to the one of its index in a list.
fn merge_item(list: &mut Vec<Value>, item: Value) {
    let index = item.get("index").and_then(Value::as_u64);
    let known = list
        .iter_mut()
        .find(|known| index.is_some() && known.get("index").and_then(Value::as_u64) == index);
    match known {
        Some(known) => merge(known, item),
        None => list.push(item),
    }
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (_, Value::Null) => {}
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                match into.get_mut(&name) {
                    Some(known) if !is_repeated(&name) => merge(known, value),
                    // An empty id or name says nothing about the one that came before.
                    Some(Value::String(known)) if !known.is_empty() && value.as_str() == Some("") => {}
                    _ => {
                        into.insert(name, value);
                    }
                }
            }
        }
        (Value::String(into), Value::String(more)) => into.push_str(&more),
        (Value::Array(into), Value::Array(more)) => {
            for item in more {
                merge_item(into, item);
            }
        }
        (into, more) => *into = more,
    }
}

/// Fields whose texts are no pieces of a longer one.
fn is_repeated(name: &str) -> bool {
    matches!(name, "id" | "index" | "name" | "role" | "type" | "finish_reason")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FinishReason;

    fn merged(chunks: &[Value]) -> Value {
        let mut merged = Merged::default();
        for chunk in chunks {
            merged.push(&Verbatim {
                data: chunk.to_string(),
                ..Verbatim::default()
            });
        }
        let answer = Collected {
            finish: Some(FinishReason::Length),
            ..Collected::default()
        };
        merged.finish(&answer).unwrap()
    }

    #[test]
    fn chunks_become_the_answer_they_were_cut_from() {
        let chunk = |choices: Value| {
            json!({"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m", "system_fingerprint": "fp",
                "obfuscation": "xyz", "usage": null, "choices": choices})
        };
        let body = merged(&[
            chunk(
                json!([{"index": 0, "delta": {"role": "assistant", "content": "", "refusal": null},
                "logprobs": {"content": [], "refusal": null}, "finish_reason": null}]),
            ),
            chunk(
                json!([{"index": 1, "delta": {"role": "assistant", "content": "Sec"}, "finish_reason": null}]),
            ),
            chunk(json!([{"index": 0, "delta": {"content": "Fir"},
                "logprobs": {"content": [{"token": "Fir", "logprob": -0.5}], "refusal": null}, "finish_reason": null}])),
            chunk(
                json!([{"index": 0, "delta": {"content": "st", "annotations": [{"type": "url_citation"}]},
                "logprobs": {"content": [{"token": "st", "logprob": -0.25}], "refusal": null}, "finish_reason": null}]),
            ),
            chunk(json!([{"index": 1, "delta": {"content": "ond"}, "finish_reason": "stop"}])),
            chunk(json!([{"index": 0, "delta": {}, "finish_reason": null}])),
            json!({"id": "c1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [],
                "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}),
        ]);
        assert_eq!(
            body,
            json!({
                "id": "c1", "object": "chat.completion", "created": 7, "model": "m", "system_fingerprint": "fp",
                "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
                "choices": [
                    {"index": 0, "finish_reason": "length",
                        "message": {"role": "assistant", "content": "First", "refusal": null,
                            "annotations": [{"type": "url_citation"}]},
                        "logprobs": {"refusal": null, "content": [{"token": "Fir", "logprob": -0.5}, {"token": "st", "logprob": -0.25}]}},
                    {"index": 1, "finish_reason": "stop", "logprobs": null,
                        "message": {"role": "assistant", "content": "Second", "refusal": null}},
                ],
            })
        );
    }

    #[test]
    fn calls_of_tools_are_whole_again() {
        let chunk = |call: Value| json!({"id": "c1", "choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": [call]}}]});
        let body = merged(&[
            chunk(
                json!({"index": 0, "id": "call_a", "type": "function", "function": {"name": "weather", "arguments": ""}}),
            ),
            chunk(json!({"index": 0, "id": "", "function": {"name": "weather", "arguments": "{\"city\":"}})),
            chunk(
                json!({"index": 1, "id": "call_b", "type": "function", "function": {"name": "time", "arguments": "{}"}}),
            ),
            chunk(json!({"index": 0, "type": "function", "function": {"arguments": "\"Oslo\"}"}})),
        ]);
        assert_eq!(
            body["choices"][0]["message"],
            json!({"role": "assistant", "content": null, "refusal": null, "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}},
                {"id": "call_b", "type": "function", "function": {"name": "time", "arguments": "{}"}},
            ]})
        );
    }
}
