//! Reads `input`: a text, or items.

use serde_json::{Map, Value, json};

use crate::openai::wire::{Fields, WireError, kind, parse_image};
use crate::{Message, Part, Role, ToolCall, carried};

/// The conversation that the items are.
pub(super) fn parse_input(value: Value) -> Result<Vec<Message>, WireError> {
    let items = match value {
        Value::String(text) => return Ok(vec![Message::user(text)]),
        Value::Array(items) if !items.is_empty() => items,
        Value::Array(_) => return Err(WireError::invalid("input", "at least one item is needed")),
        other => {
            let why = format!("expected a string or an array, got {}", kind(&other));
            return Err(WireError::invalid("input", why));
        }
    };
    let mut reading = Reading::default();
    for (index, item) in items.into_iter().enumerate() {
        reading.item(Fields::new(format!("input[{index}]"), item)?)?;
    }
    Ok(reading.messages)
}

#[derive(Default)]
struct Reading {
    messages: Vec<Message>,
    /// What the reasoning in front of a call carries for it.
    signature: Option<String>,
}

impl Reading {
    fn item(&mut self, mut item: Fields) -> Result<(), WireError> {
        let item_type: Option<String> = item.take("type")?;
        match item_type.as_deref() {
            None | Some("message") => self.messages.push(message(item)?),
            Some("function_call") => self.call(item)?,
            Some("function_call_output") => {
                let id: String = item.require("call_id")?;
                let path = item.name("output");
                let mut result = Message::tool(id, "");
                result.parts = content(&path, item.require("output")?)?;
                self.messages.push(result);
            }
            Some("reasoning") => {
                let carried: Option<String> = item.take("encrypted_content")?;
                self.signature = carried
                    .as_deref()
                    .and_then(carried::unpack)
                    .or(self.signature.take());
            }
            Some("item_reference") => {
                let why = "nothing is stored here; send the item itself";
                return Err(WireError::unsupported(&item.name("type"), why));
            }
            Some(other) => {
                let why = format!("an item of type `{other}` is not understood here");
                return Err(WireError::unsupported(&item.name("type"), &why));
            }
        }
        Ok(())
    }

    /// A call belongs to what the model said before it.
    fn call(&mut self, mut item: Fields) -> Result<(), WireError> {
        let call = ToolCall {
            id: item.require("call_id")?,
            name: item.require("name")?,
            arguments: item.take("arguments")?.unwrap_or_default(),
            signature: self.signature.take(),
        };
        match self.messages.last_mut() {
            Some(last) if last.role == Role::Assistant => last.tool_calls.push(call),
            _ => self.messages.push(Message {
                parts: Vec::new(),
                tool_calls: vec![call],
                ..Message::assistant("")
            }),
        }
        Ok(())
    }
}

fn message(mut item: Fields) -> Result<Message, WireError> {
    let role: String = item.require("role")?;
    let role = match role.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        other => {
            let why = format!("unknown role `{other}`");
            return Err(WireError::invalid(&item.name("role"), why));
        }
    };
    let path = item.name("content");
    let parts = content(&path, item.require("content")?)?;
    Ok(Message {
        parts,
        ..Message::new(role, "")
    })
}

fn content(path: &str, content: Value) -> Result<Vec<Part>, WireError> {
    match content {
        Value::String(text) => Ok(vec![Part::Text(text)]),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| part(Fields::new(format!("{path}[{index}]"), item)?))
            .collect(),
        other => {
            let why = format!("expected a string or an array, got {}", kind(&other));
            Err(WireError::invalid(path, why))
        }
    }
}

fn part(mut part: Fields) -> Result<Part, WireError> {
    let part_type: String = part.require("type")?;
    match part_type.as_str() {
        "input_text" | "output_text" | "text" => Ok(Part::Text(part.require("text")?)),
        "refusal" => Ok(Part::Text(part.require("refusal")?)),
        "input_image" => {
            let path = part.name("image_url");
            let Some(url) = part.take::<String>("image_url")? else {
                let why = "no files are stored here; send the picture as `image_url`";
                return Err(WireError::unsupported(&part.name("file_id"), why));
            };
            let mut image = parse_image(&path, url)?;
            image.detail = part.take("detail")?;
            Ok(Part::Image(image))
        }
        "input_file" => {
            let mut file = Map::new();
            for name in ["file_data", "filename"] {
                file.extend(part.take::<Value>(name)?.map(|value| (name.to_owned(), value)));
            }
            if !file.contains_key("file_data") {
                let why = "files come within the request, as `file_data`";
                return Err(WireError::unsupported(&part.name("type"), why));
            }
            Ok(Part::Other(json!({"type": "file", "file": file})))
        }
        other => {
            let why = format!("content of type `{other}` is not understood here");
            Err(WireError::unsupported(&part.name("type"), &why))
        }
    }
}
