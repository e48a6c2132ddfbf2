//! Reads messages and their blocks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::anthropic::{MARKS, NATIVE};
use crate::chat::PDF;
use crate::openai::wire::{Fields, WireError, kind};
use crate::{Image, Message, Part, Role, ToolCall, carried};

/// A message under construction, with what only this format has.
struct Building {
    message: Message,
    native: Map<String, Value>,
    marks: Map<String, Value>,
}

impl Building {
    fn new(role: Role) -> Self {
        let message = Message {
            parts: Vec::new(),
            ..Message::new(role, "")
        };
        Self {
            message,
            native: Map::new(),
            marks: Map::new(),
        }
    }

    fn push(&mut self, part: Part, mark: Option<Value>) {
        let place = self.message.parts.len().to_string();
        self.marks.extend(mark.map(|mark| (place, mark)));
        self.message.parts.push(part);
    }

    fn is_empty(&self) -> bool {
        self.message.parts.is_empty() && self.message.tool_calls.is_empty()
    }

    fn done(mut self) -> Message {
        if !self.marks.is_empty() {
            self.native.insert(MARKS.to_owned(), self.marks.into());
        }
        if !self.native.is_empty() {
            self.message.extra.insert(NATIVE.to_owned(), self.native.into());
        }
        self.message
    }
}

/// The instructions: a text, or texts with breakpoints between them.
pub(super) fn parse_system(value: Value) -> Result<Option<Message>, WireError> {
    let blocks = blocks("system", value)?;
    let mut system = Building::new(Role::System);
    let count = blocks.len();
    for (index, (path, mut block)) in blocks.into_iter().enumerate() {
        let mark = block.take("cache_control")?;
        let kind: String = block.require("type")?;
        if kind != "text" {
            return Err(not_understood(&path, &kind));
        }
        let mut text: String = block.require("text")?;
        // To models that have one text for all instructions the blocks are paragraphs.
        if index + 1 < count {
            text.push_str("\n\n");
        }
        system.push(Part::Text(text), mark);
    }
    Ok((!system.is_empty()).then(|| system.done()))
}

/// The conversation.
pub(super) fn parse_messages(value: Value) -> Result<Vec<Message>, WireError> {
    let Value::Array(items) = value else {
        let why = format!("expected an array, got {}", kind(&value));
        return Err(WireError::invalid("messages", why));
    };
    if items.is_empty() {
        return Err(WireError::invalid("messages", "at least one message is needed"));
    }
    let mut messages = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let mut fields = Fields::new(format!("messages[{index}]"), item)?;
        let role: String = fields.require("role")?;
        let path = fields.name("content");
        let blocks = blocks(&path, fields.require("content")?)?;
        match role.as_str() {
            "user" => read_user(blocks, &mut messages)?,
            "assistant" => messages.push(read_assistant(blocks)?),
            "system" => messages.push(read_plain(Role::System, blocks)?),
            other => {
                let why = format!("unknown role `{other}`");
                return Err(WireError::invalid(&fields.name("role"), why));
            }
        }
    }
    Ok(messages)
}

/// Blocks with their paths; a text alone is one block.
fn blocks(path: &str, content: Value) -> Result<Vec<(String, Fields)>, WireError> {
    let items = match content {
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(items) => items,
        other => {
            let why = format!("expected a string or an array, got {}", kind(&other));
            return Err(WireError::invalid(path, why));
        }
    };
    let block = |(index, item)| {
        let path = format!("{path}[{index}]");
        Ok((path.clone(), Fields::new(path, item)?))
    };
    items.into_iter().enumerate().map(block).collect()
}

fn not_understood(path: &str, kind: &str) -> WireError {
    WireError::unsupported(path, &format!("a block of type `{kind}` is not understood here"))
}

/// A user's turn: the results of tools are messages of their own.
fn read_user(blocks: Vec<(String, Fields)>, messages: &mut Vec<Message>) -> Result<(), WireError> {
    let mut user = Building::new(Role::User);
    for (path, mut block) in blocks {
        let kind: String = block.require("type")?;
        let mark = block.take("cache_control")?;
        if kind == "tool_result" {
            if !user.is_empty() {
                messages.push(std::mem::replace(&mut user, Building::new(Role::User)).done());
            }
            messages.push(read_result(block, mark)?);
        } else {
            user.push(read_part(&path, &kind, block)?, mark);
        }
    }
    if !user.is_empty() {
        messages.push(user.done());
    }
    Ok(())
}

fn read_plain(role: Role, blocks: Vec<(String, Fields)>) -> Result<Message, WireError> {
    let mut message = Building::new(role);
    for (path, mut block) in blocks {
        let kind: String = block.require("type")?;
        let mark = block.take("cache_control")?;
        message.push(read_part(&path, &kind, block)?, mark);
    }
    Ok(message.done())
}

fn read_result(mut block: Fields, mark: Option<Value>) -> Result<Message, WireError> {
    let mut result = Building::new(Role::Tool);
    let id: String = block.require("tool_use_id")?;
    let path = block.name("content");
    if let Some(content) = block.take::<Value>("content")? {
        let parts = blocks(&path, content)?;
        for (path, mut block) in parts {
            let kind: String = block.require("type")?;
            let mark = block.take("cache_control")?;
            result.push(read_part(&path, &kind, block)?, mark);
        }
    }
    if block.take::<bool>("is_error")? == Some(true) {
        result.native.insert("is_error".to_owned(), true.into());
    }
    result.marks.extend(mark.map(|mark| (id.clone(), mark)));
    result.message.tool_call_id = Some(id);
    Ok(result.done())
}

/// A document: text, which is said as such, or a PDF, which becomes the file part that OpenAI's format has for it. Every adapter knows that
/// one, and says so where its models read no files.
fn read_document(mut block: Fields) -> Result<Part, WireError> {
    let mut source = Fields::new(block.name("source"), block.require("source")?)?;
    let form: String = source.require("type")?;
    let title: Option<String> = block.take("title")?;
    let context: Option<String> = block.take("context")?;
    let cited = block.take::<Value>("citations")?;
    if cited.is_some_and(|cited| cited.get("enabled") == Some(&Value::Bool(true))) {
        let why = "answers come without citations here";
        return Err(WireError::unsupported(&block.name("citations"), why));
    }
    let data = match form.as_str() {
        "text" | "base64" => source.require::<String>("data")?,
        other => {
            let why = format!("documents come as `base64` or `text`, not as `{other}`");
            return Err(WireError::unsupported(&source.name("type"), &why));
        }
    };
    if form == "text" {
        let head = [title, context].into_iter().flatten();
        let parts: Vec<String> = head.chain([data]).collect();
        return Ok(Part::Text(parts.join("\n\n")));
    }
    let media_type: String = source.require("media_type")?;
    if media_type != PDF {
        let why = format!("documents in base64 are `{PDF}`, not `{media_type}`; send text as `text`");
        return Err(WireError::unsupported(&source.name("media_type"), &why));
    }
    if context.is_some() {
        let why = "stands beside documents of text only; say it in a block of text";
        return Err(WireError::unsupported(&block.name("context"), why));
    }
    if let Err(error) = STANDARD.decode(&data) {
        let why = format!("not base64: {error}");
        return Err(WireError::invalid(&source.name("data"), why));
    }
    Ok(Part::pdf(title.as_deref(), &data))
}

/// Text, a picture, or a document.
fn read_part(path: &str, kind: &str, mut block: Fields) -> Result<Part, WireError> {
    match kind {
        "text" => Ok(Part::Text(block.require("text")?)),
        "image" => {
            let mut source = Fields::new(block.name("source"), block.require("source")?)?;
            let form: String = source.require("type")?;
            match form.as_str() {
                "base64" => {
                    let media_type: String = source.require("media_type")?;
                    let data: String = source.require("data")?;
                    let bytes = STANDARD.decode(data).map_err(|error| {
                        WireError::invalid(&source.name("data"), format!("not base64: {error}"))
                    })?;
                    Ok(Part::Image(Image::data(media_type, bytes)))
                }
                "url" => Ok(Part::Image(Image::url(source.require::<String>("url")?))),
                other => {
                    let why = format!("pictures come as `base64` or `url`, not as `{other}`");
                    Err(WireError::unsupported(&source.name("type"), &why))
                }
            }
        }
        "document" => read_document(block),
        other => Err(not_understood(path, other)),
    }
}

/// A model's turn: what it said, what it called, and the signed thinking in front of a call.
fn read_assistant(blocks: Vec<(String, Fields)>) -> Result<Message, WireError> {
    let mut assistant = Building::new(Role::Assistant);
    let mut carried = None;
    let mut thoughts: Vec<Value> = Vec::new();
    for (path, mut block) in blocks {
        let kind: String = block.require("type")?;
        let mark: Option<Value> = block.take("cache_control")?;
        match kind.as_str() {
            "thinking" => {
                let thinking: String = block.take("thinking")?.unwrap_or_default();
                let signature: String = block.take("signature")?.unwrap_or_default();
                // What nobody has signed is not accepted back by anybody.
                if !signature.is_empty() {
                    thoughts.push(json!({"type": "thinking", "thinking": thinking, "signature": signature}));
                }
            }
            "redacted_thinking" => {
                let data: String = block.require("data")?;
                match carried::unpack(&data) {
                    Some(signature) => carried = Some(signature),
                    None => thoughts.push(json!({"type": "redacted_thinking", "data": data})),
                }
            }
            "tool_use" => {
                let id: String = block.require("id")?;
                let input: Value = block.take("input")?.unwrap_or_else(|| json!({}));
                let own = std::mem::take(&mut thoughts);
                let own = (!own.is_empty()).then(|| Value::Array(own).to_string());
                assistant.marks.extend(mark.map(|mark| (id.clone(), mark)));
                assistant.message.tool_calls.push(ToolCall {
                    name: block.require("name")?,
                    arguments: input.to_string(),
                    signature: carried.take().or(own),
                    id,
                });
            }
            other => assistant.push(read_part(&path, other, block)?, mark),
        }
    }
    Ok(assistant.done())
}
