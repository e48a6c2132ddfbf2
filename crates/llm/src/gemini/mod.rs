//! Google Gemini's `generateContent`.
//!
//! What differs from the others: the model is part of the path, roles are `user` and `model`, tool results name the function
//! instead of the call, calls have no ids (ours are made), and newer models want the signature of their thinking back with each
//! call (it travels in [`crate::ToolCall::signature`]).

mod request;
mod stream;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::upstream::{Defaults, Upstream};
use crate::{
    CallContext, Capabilities, Catalog, ChatModel, ChatRequest, ChatStream, Connection, Embedder, Embeddings,
    Error, ModelInfo, Net, Provider,
};

const DEFAULTS: Defaults = Defaults {
    base_url: "https://generativelanguage.googleapis.com/v1beta",
    path: "/v1beta",
    key: ("x-goog-api-key", ""),
};

/// Most texts of one embedding call that the API takes.
const BATCH: usize = 100;

/// Gemini, or another upstream that speaks its format.
pub(crate) struct Gemini {
    upstream: Upstream,
}

impl Gemini {
    pub(crate) fn new(connection: &Connection, net: &Net) -> Result<Self, Error> {
        Ok(Self {
            upstream: Upstream::new(connection, net, &DEFAULTS)?,
        })
    }
}

/// The model's name as part of a path.
fn path(model: &str, method: &str) -> Result<String, Error> {
    let name = model.strip_prefix("models/").unwrap_or(model);
    // The name comes from a caller: it must not lead elsewhere.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(plain) || name.starts_with('.') {
        return Err(Error::NotFound(format!("`{name}` is no name of a Gemini model")));
    }
    Ok(format!("models/{name}:{method}"))
}

#[async_trait]
impl ChatModel for Gemini {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let path = path(&request.model, "streamGenerateContent?alt=sse")?;
        let body = request::body(&request)?;
        let decoder = stream::GeminiDecoder::new(self.upstream.name(), request.messages.len());
        self.upstream.stream(&path, &body, decoder, ctx).await
    }
}

#[derive(Deserialize)]
struct EmbeddingAnswer {
    embeddings: Vec<Values>,
    #[serde(default, rename = "usageMetadata")]
    usage: Option<EmbeddingUsage>,
}

#[derive(Deserialize)]
struct Values {
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct EmbeddingUsage {
    #[serde(default, rename = "promptTokenCount")]
    prompt_tokens: u64,
}

#[async_trait]
impl Embedder for Gemini {
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error> {
        let path = path(model, "batchEmbedContents")?;
        let name = format!("models/{}", model.strip_prefix("models/").unwrap_or(model));
        let dimensions = ctx.embedding.get("dimensions").and_then(Value::as_u64);
        let mut all = Embeddings::default();
        for batch in texts.chunks(BATCH) {
            let requests: Vec<Value> = batch
                .iter()
                .map(|text| {
                    let mut request = json!({"model": name, "content": {"parts": [{"text": text}]}});
                    if let Some(dimensions) = dimensions {
                        request["outputDimensionality"] = dimensions.into();
                    }
                    request
                })
                .collect();
            let answer: EmbeddingAnswer = self
                .upstream
                .post(&path, &json!({"requests": requests}), ctx)
                .await?;
            if answer.embeddings.len() != batch.len() {
                let (got, asked) = (answer.embeddings.len(), batch.len());
                return Err(Error::Protocol(format!("{got} vectors came for {asked} texts")));
            }
            all.vectors
                .extend(answer.embeddings.into_iter().map(|item| item.values));
            all.prompt_tokens += answer.usage.map_or(0, |usage| usage.prompt_tokens);
        }
        Ok(all)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModelPage {
    #[serde(default)]
    models: Vec<ModelEntry>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModelEntry {
    name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    input_token_limit: Option<u64>,
    #[serde(default)]
    output_token_limit: Option<u64>,
    #[serde(default)]
    supported_generation_methods: Vec<String>,
    #[serde(default)]
    thinking: Option<bool>,
}

impl From<ModelEntry> for ModelInfo {
    fn from(entry: ModelEntry) -> Self {
        let name = entry
            .name
            .strip_prefix("models/")
            .unwrap_or(&entry.name)
            .to_owned();
        let can = |method: &str| entry.supported_generation_methods.iter().any(|own| own == method);
        let chat = can("generateContent") && !["image", "tts", "aqa"].iter().any(|word| name.contains(word));
        let gemini = chat && name.starts_with("gemini");
        Self {
            display_name: entry.display_name.unwrap_or_else(|| name.clone()),
            context_tokens: entry.input_token_limit,
            output_tokens: entry.output_token_limit,
            capabilities: Capabilities {
                chat,
                embeddings: can("embedContent"),
                tools: gemini,
                vision: chat,
                reasoning: chat && entry.thinking.unwrap_or_else(|| request::thinks(&name)),
            },
            name,
        }
    }
}

/// Most pages of the list of models: a list without end must not be read without end.
const PAGES_MAX: usize = 20;

#[async_trait]
impl Catalog for Gemini {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let mut models = Vec::new();
        let mut path = "models?pageSize=1000".to_owned();
        for _ in 0..PAGES_MAX {
            let page: ModelPage = self.upstream.get(&path).await?;
            models.extend(page.models.into_iter().map(ModelInfo::from));
            match page.next_page_token {
                Some(token) if !token.is_empty() => path = format!("models?pageSize=1000&pageToken={token}"),
                _ => break,
            }
        }
        Ok(models)
    }
}

#[async_trait]
impl Provider for Gemini {
    fn kind(&self) -> &'static str {
        "gemini"
    }
}
