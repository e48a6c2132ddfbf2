//! The body that goes out to `chat/completions`.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::json;

use super::wire::{OutgoingMessage, OutgoingTool, outgoing_tool_choice};
use crate::anthropic::NATIVE;
use crate::{ChatRequest, Message, Tool};

/// What differs between upstreams in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The limit is called `max_completion_tokens`, not `max_tokens`.
    pub newer_limit: bool,
    /// Usage is asked for with `stream_options`.
    pub usage: bool,
}

impl Form {
    /// The form to try after a rejection, when its message points at one of the differences.
    pub(super) fn after(self, message: &str, first: Self) -> Option<Self> {
        if self.usage && (message.contains("stream_options") || message.contains("include_usage")) {
            return Some(Self { usage: false, ..self });
        }
        let limit = message.contains("max_tokens") || message.contains("max_completion_tokens");
        let about_the_name = [
            "nsupported",
            "not supported",
            "nrecognized",
            "nknown",
            "xtra",
            "not permitted",
            "instead",
        ]
        .iter()
        .any(|word| message.contains(word));
        (limit && about_the_name && self.newer_limit == first.newer_limit).then_some(Self {
            newer_limit: !self.newer_limit,
            ..self
        })
    }
}

/// A request as the wire has it. Borrowed: a conversation with pictures is not copied to be sent.
pub(super) struct Outgoing<'a> {
    request: &'a ChatRequest,
    form: Form,
}

impl<'a> Outgoing<'a> {
    pub(super) fn new(request: &'a ChatRequest, form: Form) -> Self {
        Self { request, form }
    }
}

/// What this adapter decides itself, whatever `extra` says.
fn is_ours(key: &str) -> bool {
    matches!(key, "model" | "messages" | "stream" | "stream_options" | "mock") || key == NATIVE
}

impl Serialize for Outgoing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let request = self.request;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &request.model)?;
        map.serialize_entry("messages", &Messages(&request.messages))?;
        map.serialize_entry("stream", &true)?;
        if self.form.usage {
            map.serialize_entry("stream_options", &json!({"include_usage": true}))?;
        }
        if !request.tools.is_empty() {
            map.serialize_entry("tools", &Tools(&request.tools))?;
        }
        if let Some(choice) = &request.tool_choice {
            map.serialize_entry("tool_choice", &outgoing_tool_choice(choice))?;
        }
        if let Some(limit) = request.max_tokens {
            let name = if self.form.newer_limit {
                "max_completion_tokens"
            } else {
                "max_tokens"
            };
            map.serialize_entry(name, &limit)?;
        }
        if let Some(temperature) = request.temperature {
            map.serialize_entry("temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p {
            map.serialize_entry("top_p", &top_p)?;
        }
        if !request.stop.is_empty() {
            map.serialize_entry("stop", &request.stop)?;
        }
        if let Some(format) = &request.response_format {
            map.serialize_entry("response_format", format)?;
        }
        if let Some(effort) = &request.reasoning_effort {
            map.serialize_entry("reasoning_effort", effort)?;
        }
        for (key, value) in request.extra.iter().filter(|(key, _)| !is_ours(key)) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

struct Messages<'a>(&'a [Message]);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(OutgoingMessage))
    }
}

struct Tools<'a>(&'a [Tool]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(OutgoingTool))
    }
}
