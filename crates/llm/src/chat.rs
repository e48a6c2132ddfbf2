//! What is said to a chat model and what comes back: requests, messages, events, usage.
//!
//! Every provider translates between these types and its wire format; the server, the engine's steps and the `/v1`
//! surface see nothing else. The types carry what all providers share; parameters that only one knows travel in `extra`.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::Error;
use crate::openai::wire::Verbatim;

/// One call of a chat model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The model as its provider names it (the outward name without the connection's slug).
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// What the model may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not call a tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Most tokens the answer may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Randomness, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// Nucleus sampling, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f32>,
    /// Texts that end the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// OpenAI's `response_format` object; translated where the provider has the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Value>,
    /// `minimal`, `low`, `medium` or `high`; translated where the provider has the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<String>,
    /// Other parameters of OpenAI's wire format, passed on to upstreams that speak it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl ChatRequest {
    /// How many answers are asked for.
    pub fn choices(&self) -> u64 {
        self.extra.get("n").and_then(Value::as_u64).unwrap_or(1).max(1)
    }

    /// The field that asks for something no other [`ChatEvent`] than [`ChatEvent::Verbatim`] can tell: several answers, or how
    /// probable their words are.
    pub fn beyond_events(&self) -> Option<&'static str> {
        if self.choices() > 1 {
            return Some("n");
        }
        let probable = self.extra.get("logprobs").and_then(Value::as_bool);
        (probable == Some(true)).then_some("logprobs")
    }

    /// A request with nothing but its messages.
    pub fn new(model: impl Into<String>, messages: Vec<Message>) -> Self {
        Self {
            model: model.into(),
            messages,
            ..Self::default()
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions (OpenAI's `system` and `developer`).
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// The calls an assistant's message made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that a tool's message answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// Other fields of OpenAI's wire format (`name` …), passed on to upstreams that speak it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Message {
    /// A message of one text.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![Part::Text(text.into())],
            tool_calls: Vec::new(),
            tool_call_id: None,
            extra: Map::new(),
        }
    }

    /// Instructions.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System, text)
    }

    /// What the person says.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, text)
    }

    /// What the model said.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant, text)
    }

    /// The result of a tool call.
    pub fn tool(tool_call_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            tool_call_id: Some(tool_call_id.into()),
            ..Self::new(Role::Tool, text)
        }
    }

    /// The text parts, joined.
    pub fn text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect()
    }
}

/// A typed piece of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text(String),
    /// A picture for models that see.
    Image(Image),
    /// A content part of OpenAI's format that this crate does not know (audio, files); passed on to upstreams that speak it.
    Other(Value),
}

/// The type of the files that models of several formats read.
pub(crate) const PDF: &str = "application/pdf";

impl Part {
    /// A PDF whose bytes are here, as base64: the part that OpenAI's format has for it.
    pub(crate) fn pdf(title: Option<&str>, base64: &str) -> Self {
        let title = title.filter(|title| !title.is_empty()).unwrap_or("document");
        let title = title.strip_suffix(".pdf").unwrap_or(title);
        Self::Other(json!({"type": "file", "file": {
            "filename": format!("{title}.pdf"),
            "file_data": format!("data:{PDF};base64,{base64}"),
        }}))
    }

    /// The name of the PDF that it is, and its bytes as base64.
    pub(crate) fn as_pdf(&self) -> Option<(Option<&str>, &str)> {
        let Self::Other(value) = self else { return None };
        let file = value.get("file").filter(|_| value["type"] == "file")?;
        let data = file.get("file_data")?.as_str()?;
        let data = data
            .strip_prefix("data:")?
            .strip_prefix(PDF)?
            .strip_prefix(";base64,")?;
        Some((file.get("filename").and_then(Value::as_str), data))
    }

    /// What it is called where it is refused.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Other(value) => value.get("type").and_then(Value::as_str).unwrap_or("other"),
        }
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Image(_) | Self::Other(_) => None,
        }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where it is.
    pub source: ImageSource,
    /// OpenAI's `detail`: `low`, `high` or `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Image {
    /// A picture whose bytes are here.
    pub fn data(media_type: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self {
            source: ImageSource::Data {
                media_type: media_type.into(),
                data: data.into(),
            },
            detail: None,
        }
    }

    /// A picture that the provider fetches.
    pub fn url(url: impl Into<String>) -> Self {
        Self {
            source: ImageSource::Url(url.into()),
            detail: None,
        }
    }
}

/// Where a picture is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// Here.
    Data {
        /// Such as `image/png`.
        media_type: String,
        /// The file's bytes.
        #[serde(with = "base64_bytes")]
        data: Bytes,
    },
    /// At an address that the provider fetches.
    Url(String),
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data { media_type, data } => write!(f, "Data({media_type}, {} bytes)", data.len()),
            Self::Url(url) => f.debug_tuple("Url").field(url).finish(),
        }
    }
}

/// Something the model may call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// The name the model calls it by.
    pub name: String,
    /// What it does, for the model.
    #[serde(default)]
    pub description: String,
    /// JSON schema of its arguments.
    #[serde(default)]
    pub parameters: Value,
    /// OpenAI's `strict`: the arguments must follow the schema to the letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// Whether the model may, must or must not call a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// No tool.
    None,
    /// At least one tool.
    Required,
    /// This tool.
    Tool(String),
}

/// A call that a model made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id that the result refers to.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments as JSON text.
    pub arguments: String,
    /// Opaque state that the provider wants back with the call (signed thinking); keep it and send it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// One thing that happened in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatEvent {
    /// More of the answer.
    Text(String),
    /// More of what the model thinks aloud.
    Reasoning(String),
    /// A tool call or more of one. The first event of an `index` carries `id` and `name`; later ones may leave them empty.
    ToolCall {
        /// Which call of this answer, from 0.
        index: usize,
        /// The call's id, or empty when it was given before.
        id: String,
        /// The tool, or empty when it was given before.
        name: String,
        /// More of the arguments' JSON text.
        arguments_delta: String,
        /// See [`ToolCall::signature`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// What the provider sent, word for word, before the events that were read out of it: only in a call that asked for it
    /// ([`crate::CallContext::verbatim`]), from a provider that speaks OpenAI's format.
    Verbatim(Verbatim),
    /// What was used so far; a later one replaces an earlier one.
    Usage(Usage),
    /// This stop text of the request ended the answer, before its end; only where the provider says which.
    StopSequence(String),
    /// The end: exactly once, last, and only on success.
    Finish(FinishReason),
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was complete, or a stop text was reached.
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// The model waits for the results of its tool calls.
    ToolCalls,
    /// The provider's filter or the model's refusal cut it off.
    ContentFilter,
}

impl FinishReason {
    /// The name in OpenAI's wire format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// Tokens of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What was read, cached tokens included.
    pub prompt_tokens: u64,
    /// What was written, reasoning included.
    pub completion_tokens: u64,
    /// Part of `prompt_tokens` that the provider had cached.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Part of `prompt_tokens` that the provider put into its cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write_tokens: u64,
    /// Part of `completion_tokens` that was reasoning.
    #[serde(default)]
    pub reasoning_tokens: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

/// The whole answer, put together from its events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// What the model said.
    pub text: String,
    /// What it thought aloud.
    pub reasoning: String,
    /// What it wants to call.
    pub tool_calls: Vec<ToolCall>,
    /// What was used, when the provider said so.
    pub usage: Option<Usage>,
    /// The stop text that ended it, when the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_sequence: Option<String>,
    /// Why it ended; absent while it goes on.
    pub finish: Option<FinishReason>,
}

/// Most tool calls of one answer: an index from outside must not make a list of any length.
const TOOL_CALLS_MAX: usize = 256;

impl Collected {
    /// Adds an event.
    pub fn push(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Text(text) => self.text.push_str(&text),
            ChatEvent::Reasoning(text) => self.reasoning.push_str(&text),
            ChatEvent::ToolCall {
                index,
                id,
                name,
                arguments_delta,
                signature,
            } => {
                if index >= TOOL_CALLS_MAX {
                    return;
                }
                if self.tool_calls.len() <= index {
                    self.tool_calls.resize_with(index + 1, ToolCall::default);
                }
                let Some(call) = self.tool_calls.get_mut(index) else {
                    return;
                };
                call.id.push_str(&id);
                call.name.push_str(&name);
                call.arguments.push_str(&arguments_delta);
                call.signature = signature.or(call.signature.take());
            }
            ChatEvent::Verbatim(_) => {}
            ChatEvent::Usage(usage) => self.usage = Some(usage),
            ChatEvent::StopSequence(text) => self.stop_sequence = Some(text),
            ChatEvent::Finish(reason) => self.finish = Some(reason),
        }
    }

    /// Reads a stream to its end.
    pub async fn read(mut stream: ChatStream) -> Result<Self, Error> {
        let mut collected = Self::default();
        while let Some(event) = stream.next().await {
            collected.push(event?);
        }
        Ok(collected)
    }
}

/// The events of one answer. Dropping it cancels the call.
pub type ChatStream = Pin<Box<dyn Stream<Item = Result<ChatEvent, Error>> + Send>>;

mod base64_bytes {
    //! Bytes as base64 text in JSON.

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(serde::de::Error::custom)
    }
}
