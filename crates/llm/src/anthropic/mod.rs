//! Anthropic's Messages API.
//!
//! What differs from the others: the system prompt stands beside the messages, roles must alternate, tool results are content
//! of the user's next message, `max_tokens` is required, and signed thinking must come back in front of the tool calls it led to
//! (it travels in [`crate::ToolCall::signature`]). There are no embeddings.

mod request;
mod stream;
#[cfg(test)]
mod tests;
pub mod wire;

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde::Deserialize;

use crate::upstream::{Defaults, Upstream};
use crate::{
    CallContext, Capabilities, Catalog, ChatModel, ChatRequest, ChatStream, Connection, Embedder, Embeddings,
    Error, ModelInfo, Net, Provider,
};
use request::Thinking;

const DEFAULTS: Defaults = Defaults {
    base_url: "https://api.anthropic.com/v1",
    path: "/v1",
    key: ("x-api-key", ""),
};
/// Where `extra` of a request and of a message keeps what only this format has. No other adapter sends it.
pub(crate) const NATIVE: &str = "anthropic";
/// Where [`NATIVE`] has cache breakpoints: by the index of a part or tool, or by the id of a call.
const MARKS: &str = "cache_breakpoints";
/// The version of the API that this adapter speaks.
const VERSION: &str = "2023-06-01";

/// Anthropic, or another upstream that speaks its format.
pub(crate) struct Anthropic {
    upstream: Upstream,
    /// The way of asking for thinking that a model has accepted, where it is not the one its name suggests.
    thinking: Mutex<HashMap<String, Thinking>>,
}

impl Anthropic {
    pub(crate) fn new(connection: &Connection, net: &Net) -> Result<Self, Error> {
        let upstream = Upstream::new(connection, net, &DEFAULTS)?;
        Ok(Self {
            upstream: upstream.with_header("anthropic-version", VERSION),
            thinking: Mutex::default(),
        })
    }

    async fn ask(
        &self,
        request: &ChatRequest,
        thinking: Thinking,
        ctx: &CallContext,
    ) -> Result<ChatStream, Error> {
        let body = request::body(request, thinking)?;
        let decoder = stream::AnthropicDecoder::new(self.upstream.name());
        self.upstream.stream("messages", &body, decoder, ctx).await
    }
}

#[async_trait]
impl ChatModel for Anthropic {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let known = self.thinking.lock().get(&request.model).copied();
        let first = known.unwrap_or_else(|| Thinking::usual(&request.model));
        let result = self.ask(&request, first, ctx).await;
        let Err(Error::BadRequest(message)) = &result else {
            return result;
        };
        let ours = request.reasoning_effort.is_some() && !request.extra.contains_key(NATIVE);
        if !ours || !(message.contains("thinking") || message.contains("effort")) {
            return result;
        }
        // Which models take which way changes with every release; the rejection says that it is the other.
        let other = first.other();
        let result = self.ask(&request, other, ctx).await;
        if result.is_ok() {
            self.thinking.lock().insert(request.model.clone(), other);
        }
        result
    }
}

#[async_trait]
impl Embedder for Anthropic {
    async fn embed(
        &self,
        _model: &str,
        _texts: Vec<String>,
        _ctx: &CallContext,
    ) -> Result<Embeddings, Error> {
        Err(Error::BadRequest("Anthropic offers no embeddings".to_owned()))
    }
}

#[derive(Deserialize)]
struct ModelPage {
    data: Vec<ModelEntry>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    last_id: Option<String>,
}

#[derive(Deserialize)]
struct ModelEntry {
    id: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    max_input_tokens: Option<u64>,
    #[serde(default)]
    max_tokens: Option<u64>,
}

impl From<ModelEntry> for ModelInfo {
    fn from(entry: ModelEntry) -> Self {
        let old = [
            "claude-2",
            "claude-3-haiku",
            "claude-3-opus",
            "claude-3-sonnet",
            "claude-3-5",
        ];
        let reasoning = !old.iter().any(|prefix| entry.id.starts_with(prefix));
        Self {
            display_name: entry.display_name.unwrap_or_else(|| entry.id.clone()),
            // Every model since Claude 2.1 takes as much.
            context_tokens: entry.max_input_tokens.or(Some(200_000)),
            output_tokens: entry
                .max_tokens
                .or_else(|| Some(u64::from(request::output_tokens(&entry.id)))),
            capabilities: Capabilities {
                chat: true,
                embeddings: false,
                tools: true,
                vision: true,
                reasoning,
            },
            name: entry.id,
        }
    }
}

/// Most pages of the list of models: a list without end must not be read without end.
const PAGES_MAX: usize = 20;

#[async_trait]
impl Catalog for Anthropic {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let mut models = Vec::new();
        let mut path = "models?limit=1000".to_owned();
        for _ in 0..PAGES_MAX {
            let page: ModelPage = self.upstream.get(&path).await?;
            models.extend(page.data.into_iter().map(ModelInfo::from));
            match page.last_id {
                Some(last) if page.has_more => path = format!("models?limit=1000&after_id={last}"),
                _ => break,
            }
        }
        Ok(models)
    }
}

#[async_trait]
impl Provider for Anthropic {
    fn kind(&self) -> &'static str {
        "anthropic"
    }
}
