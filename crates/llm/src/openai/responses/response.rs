//! The response object, and the items of its output.

use serde_json::{Map, Value, json};

use crate::{Collected, FinishReason, Usage, carried};

/// What is the same in every state of one response.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    /// The part of its id that is its own; the ids of its items are made of it too.
    pub key: String,
    /// The outward name of the model.
    pub model: String,
    /// Seconds since 1970.
    pub created: i64,
    /// What it repeats of the request.
    pub echo: Map<String, Value>,
}

/// How far a response is.
pub(super) enum State<'a> {
    InProgress,
    Ended(FinishReason),
    Failed { code: &'a str, message: &'a str },
}

/// What an item of the output is.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Message,
    Reasoning,
    /// State that has to come back with the next call.
    Carried,
    Call {
        id: String,
        name: String,
    },
}

/// An item of the output.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) content: Content,
    /// What was said, thought or carried, or the arguments.
    pub(super) text: String,
    pub(super) status: &'static str,
}

impl Item {
    /// The item as the wire has it. While it is in progress its text is not part of it yet.
    pub(super) fn json(&self) -> Value {
        let Self { id, text, status, .. } = self;
        match &self.content {
            Content::Message => {
                let content: Vec<Value> = match *status {
                    "in_progress" => Vec::new(),
                    _ => vec![text_part(text)],
                };
                json!({"id": id, "type": "message", "status": status, "role": "assistant", "content": content})
            }
            Content::Reasoning => {
                let summary: Vec<Value> = match *status {
                    "in_progress" => Vec::new(),
                    _ => vec![summary_part(text)],
                };
                json!({"id": id, "type": "reasoning", "summary": summary, "encrypted_content": null})
            }
            Content::Carried => {
                json!({"id": id, "type": "reasoning", "summary": [], "encrypted_content": text})
            }
            Content::Call { id: call_id, name } => {
                json!({"id": id, "type": "function_call", "status": status, "call_id": call_id, "name": name,
                    "arguments": text})
            }
        }
    }
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

pub(super) fn summary_part(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    })
}

/// The status of a response, or of its last item, that ended so.
pub(super) fn ended(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop | FinishReason::ToolCalls => "completed",
        FinishReason::Length | FinishReason::ContentFilter => "incomplete",
    }
}

impl ResponseHead {
    /// A new item of this response, the `index`th.
    pub(super) fn item(&self, index: usize, content: Content) -> Item {
        let prefix = match content {
            Content::Message => "msg",
            Content::Reasoning | Content::Carried => "rs",
            Content::Call { .. } => "fc",
        };
        Item {
            id: format!("{prefix}_{}_{index}", self.key),
            content,
            text: String::new(),
            status: "in_progress",
        }
    }

    /// The response object.
    pub(super) fn object(&self, state: &State<'_>, output: &[Item], used: Option<&Usage>) -> Value {
        let (status, error, incomplete) = match state {
            State::InProgress => ("in_progress", Value::Null, Value::Null),
            State::Ended(reason) => {
                let why = match reason {
                    FinishReason::Length => json!({"reason": "max_output_tokens"}),
                    FinishReason::ContentFilter => json!({"reason": "content_filter"}),
                    FinishReason::Stop | FinishReason::ToolCalls => Value::Null,
                };
                (ended(*reason), Value::Null, why)
            }
            State::Failed { code, message } => {
                ("failed", json!({"code": code, "message": message}), Value::Null)
            }
        };
        let mut object = self.echo.clone();
        object.extend([
            ("id".to_owned(), format!("resp_{}", self.key).into()),
            ("object".to_owned(), "response".into()),
            ("created_at".to_owned(), self.created.into()),
            ("status".to_owned(), status.into()),
            ("error".to_owned(), error),
            ("incomplete_details".to_owned(), incomplete),
            ("model".to_owned(), self.model.clone().into()),
            ("output".to_owned(), output.iter().map(Item::json).collect()),
            ("usage".to_owned(), used.map_or(Value::Null, usage)),
        ]);
        object.into()
    }

    /// The body of a whole answer.
    pub fn whole(&self, answer: &Collected) -> Value {
        let mut output: Vec<Item> = Vec::new();
        let mut push = |content: Content, text: &str| {
            let mut item = self.item(output.len(), content);
            text.clone_into(&mut item.text);
            item.status = "completed";
            output.push(item);
        };
        if !answer.reasoning.is_empty() {
            push(Content::Reasoning, &answer.reasoning);
        }
        if !answer.text.is_empty() || answer.tool_calls.is_empty() {
            push(Content::Message, &answer.text);
        }
        for call in &answer.tool_calls {
            if let Some(signature) = &call.signature {
                push(Content::Carried, &carried::pack(signature));
            }
            let (id, name) = (call.id.clone(), call.name.clone());
            push(Content::Call { id, name }, &call.arguments);
        }
        let reason = answer.finish.unwrap_or(FinishReason::Stop);
        if let Some(last) = output.last_mut() {
            last.status = ended(reason);
        }
        let used = answer.usage.unwrap_or_default();
        self.object(&State::Ended(reason), &output, Some(&used))
    }
}
