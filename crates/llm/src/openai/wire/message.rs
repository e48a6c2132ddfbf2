//! Messages, tools and tool calls in both directions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value, json};

use super::WireError;
use super::fields::{Fields, kind};
use crate::anthropic::NATIVE;
use crate::{Image, ImageSource, Message, Part, Role, Tool, ToolCall, ToolChoice};

pub(super) fn parse_message(path: &str, value: Value) -> Result<Message, WireError> {
    let mut fields = Fields::new(path, value)?;
    let role: String = fields.require("role")?;
    let role = match role.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        other => {
            return Err(WireError::invalid(
                &fields.name("role"),
                format!("unknown role `{other}`"),
            ));
        }
    };
    let content = fields.take::<Value>("content")?;
    let parts = parse_content(&fields.name("content"), content)?;
    let calls: Vec<Value> = fields.take("tool_calls")?.unwrap_or_default();
    let calls_path = fields.name("tool_calls");
    let tool_calls = calls
        .into_iter()
        .enumerate()
        .map(|(index, call)| parse_tool_call(&format!("{calls_path}[{index}]"), call))
        .collect::<Result<_, _>>()?;
    let tool_call_id = match role {
        Role::Tool => Some(fields.require("tool_call_id")?),
        _ => fields.take("tool_call_id")?,
    };
    Ok(Message {
        role,
        parts,
        tool_calls,
        tool_call_id,
        extra: fields.rest(),
    })
}

fn parse_content(path: &str, content: Option<Value>) -> Result<Vec<Part>, WireError> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![Part::Text(text)]),
        Some(Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| parse_part(&format!("{path}[{index}]"), item))
            .collect(),
        Some(other) => Err(WireError::invalid(
            path,
            format!("expected a string or an array, got {}", kind(&other)),
        )),
    }
}

fn parse_part(path: &str, value: Value) -> Result<Part, WireError> {
    match value.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Part::Text(Fields::new(path, value)?.require("text")?)),
        Some("refusal") => Ok(Part::Text(Fields::new(path, value)?.require("refusal")?)),
        Some("image_url") => {
            let mut fields = Fields::new(path, value)?;
            let image = fields.require::<Value>("image_url")?;
            let path = fields.name("image_url");
            let mut fields = Fields::new(path, image)?;
            let url: String = fields.require("url")?;
            let mut image = parse_image(&fields.name("url"), url)?;
            image.detail = fields.take("detail")?;
            Ok(Part::Image(image))
        }
        Some(_) => Ok(Part::Other(value)),
        None => Err(WireError::invalid(path, "a content part needs a `type`")),
    }
}

/// An address, or a `data:` address whose bytes are taken out.
pub(crate) fn parse_image(path: &str, url: String) -> Result<Image, WireError> {
    let Some(rest) = url.strip_prefix("data:") else {
        return Ok(Image::url(url));
    };
    let (head, data) = rest
        .split_once(',')
        .ok_or_else(|| WireError::invalid(path, "a data URL without data"))?;
    let media_type = head
        .strip_suffix(";base64")
        .ok_or_else(|| WireError::invalid(path, "a data URL must be base64"))?;
    let bytes = STANDARD
        .decode(data)
        .map_err(|error| WireError::invalid(path, format!("not base64: {error}")))?;
    Ok(Image::data(media_type, bytes))
}

fn parse_tool_call(path: &str, value: Value) -> Result<ToolCall, WireError> {
    let mut fields = Fields::new(path, value)?;
    let id = fields.require("id")?;
    let function = fields.require::<Value>("function")?;
    let signature = fields
        .take::<Value>("extra_content")?
        .as_ref()
        .and_then(signature_of);
    let mut function = Fields::new(fields.name("function"), function)?;
    let name = function.require("name")?;
    let arguments = function.take("arguments")?.unwrap_or_default();
    Ok(ToolCall {
        id,
        name,
        arguments,
        signature,
    })
}

/// Where Gemini's OpenAI-compatible surface puts the state that must come back with a call; Stoa uses it for all.
pub(crate) fn signature_of(extra_content: &Value) -> Option<String> {
    extra_content
        .pointer("/google/thought_signature")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

pub(super) fn extra_content(signature: &str) -> Value {
    json!({"google": {"thought_signature": signature}})
}

pub(super) fn parse_tool(path: &str, value: Value) -> Result<Tool, WireError> {
    let mut fields = Fields::new(path, value)?;
    let tool_type: String = fields.require("type")?;
    if tool_type != "function" {
        return Err(WireError::unsupported(&fields.name("type"), "only functions are"));
    }
    let function = fields.require::<Value>("function")?;
    let mut function = Fields::new(fields.name("function"), function)?;
    Ok(Tool {
        name: function.require("name")?,
        description: function.take("description")?.unwrap_or_default(),
        parameters: function.take("parameters")?.unwrap_or_default(),
        strict: function.take("strict")?,
    })
}

/// The choice, or none when it has a form that is not known here.
pub(super) fn parse_tool_choice(value: &Value) -> Option<ToolChoice> {
    match value {
        Value::String(word) => match word.as_str() {
            "auto" => Some(ToolChoice::Auto),
            "none" => Some(ToolChoice::None),
            "required" | "any" => Some(ToolChoice::Required),
            _ => None,
        },
        other => other
            .pointer("/function/name")
            .and_then(Value::as_str)
            .map(|name| ToolChoice::Tool(name.to_owned())),
    }
}

/// A choice as the wire has it.
pub(crate) fn outgoing_tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Tool(name) => json!({"type": "function", "function": {"name": name}}),
    }
}

/// A tool as the wire has it.
pub(crate) struct OutgoingTool<'a>(pub &'a Tool);

impl Serialize for OutgoingTool<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Function<'a> {
            name: &'a str,
            #[serde(skip_serializing_if = "str::is_empty")]
            description: &'a str,
            #[serde(skip_serializing_if = "Value::is_null")]
            parameters: &'a Value,
            #[serde(skip_serializing_if = "Option::is_none")]
            strict: Option<bool>,
        }
        let Tool {
            name,
            description,
            parameters,
            strict,
        } = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", "function")?;
        map.serialize_entry(
            "function",
            &Function {
                name,
                description,
                parameters,
                strict: *strict,
            },
        )?;
        map.end()
    }
}

/// A message as the wire has it.
pub(crate) struct OutgoingMessage<'a>(pub &'a Message);

impl Serialize for OutgoingMessage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Message {
            role,
            parts,
            tool_calls,
            tool_call_id,
            extra,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", role)?;
        match parts.as_slice() {
            // OpenAI wants null, not an empty list, beside tool calls.
            [] if !tool_calls.is_empty() => map.serialize_entry("content", &Value::Null)?,
            [] => map.serialize_entry("content", "")?,
            [Part::Text(text)] => map.serialize_entry("content", text)?,
            parts if parts.iter().all(|part| part.as_text().is_some()) => {
                // Several upstreams know a list of parts for users only; plain text is the same to all.
                map.serialize_entry("content", &self.0.text())?;
            }
            parts => map.serialize_entry("content", &Parts(parts))?,
        }
        if !tool_calls.is_empty() {
            map.serialize_entry("tool_calls", &Calls(tool_calls))?;
        }
        if let Some(id) = tool_call_id {
            map.serialize_entry("tool_call_id", id)?;
        }
        for (key, value) in extra.iter().filter(|(key, _)| !is_known(key)) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn is_known(key: &str) -> bool {
    matches!(key, "role" | "content" | "tool_calls" | "tool_call_id") || key == NATIVE
}

struct Parts<'a>(&'a [Part]);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for part in self.0 {
            match part {
                Part::Text(text) => list.serialize_element(&json!({"type": "text", "text": text}))?,
                Part::Image(image) => list.serialize_element(&image_part(image))?,
                Part::Other(value) => list.serialize_element(value)?,
            }
        }
        list.end()
    }
}

fn image_part(image: &Image) -> Value {
    let url = match &image.source {
        ImageSource::Url(url) => url.clone(),
        ImageSource::Data { media_type, data } => {
            format!("data:{media_type};base64,{}", STANDARD.encode(data))
        }
    };
    let mut inner = Map::new();
    inner.insert("url".to_owned(), url.into());
    if let Some(detail) = &image.detail {
        inner.insert("detail".to_owned(), detail.clone().into());
    }
    json!({"type": "image_url", "image_url": inner})
}

/// Tool calls as the wire has them.
pub(super) struct Calls<'a>(pub &'a [ToolCall]);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for ToolCall {
            id,
            name,
            arguments,
            signature,
        } in self.0
        {
            let mut call =
                json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
            if let (Some(signature), Some(map)) = (signature, call.as_object_mut()) {
                map.insert("extra_content".to_owned(), extra_content(signature));
            }
            list.serialize_element(&call)?;
        }
        list.end()
    }
}
