//! OpenAI's chat/completions and embeddings: what Stoa speaks to most upstreams and to its own `/v1` clients.
//!
//! One adapter serves OpenAI, OpenRouter, Ollama, vLLM, llama.cpp, Mistral, Groq, DeepSeek and the many others that speak
//! this format with an accent. Where they differ on the way in, the decoder accepts all forms; where they differ on the way
//! out (`max_tokens` or `max_completion_tokens`, `stream_options`), a rejected request is sent again in the other form and the
//! form is remembered for that model.

mod catalog;
mod request;
pub mod responses;
mod stream;
#[cfg(test)]
mod tests;
pub mod wire;

use std::collections::HashMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::upstream::{Defaults, Upstream};
use crate::{
    CallContext, Catalog, ChatModel, ChatRequest, ChatStream, Connection, Embedder, Embeddings, Error,
    ModelInfo, Net, Provider, TestReport,
};
use request::{Form, Outgoing};
use stream::OpenAiDecoder;

const DEFAULTS: Defaults = Defaults {
    base_url: "https://api.openai.com/v1",
    path: "/v1",
    key: ("authorization", "Bearer "),
};

/// Texts of one embedding call; more are sent in several.
const BATCH: usize = 256;

/// An upstream that speaks OpenAI's format.
pub(crate) struct OpenAi {
    upstream: Upstream,
    /// The form that a model has accepted, where it is not the usual one.
    forms: Mutex<HashMap<String, Form>>,
}

impl OpenAi {
    pub(crate) fn new(connection: &Connection, net: &Net) -> Result<Self, Error> {
        Ok(Self {
            upstream: Upstream::new(connection, net, &DEFAULTS)?,
            forms: Mutex::default(),
        })
    }

    /// OpenAI's own models know the newer name only; older servers elsewhere know the older name only.
    fn usual_form(&self) -> Form {
        let own = self.upstream.is_host("api.openai.com") || self.upstream.is_host("openai.azure.com");
        Form {
            newer_limit: own,
            usage: true,
        }
    }
}

#[async_trait]
impl ChatModel for OpenAi {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let known = self.forms.lock().get(&request.model).copied();
        let first = known.unwrap_or_else(|| self.usual_form());
        let mut form = first;
        loop {
            let decoder = OpenAiDecoder::of(self.upstream.name(), &request, ctx.verbatim);
            let result = self
                .upstream
                .stream("chat/completions", &Outgoing::new(&request, form), decoder, ctx)
                .await;
            let Err(Error::BadRequest(message)) = &result else {
                if form != first && result.is_ok() {
                    self.forms.lock().insert(request.model.clone(), form);
                }
                return result;
            };
            // Each step gives up something that the first form had, so this ends.
            match form.after(message, first) {
                Some(next) => form = next,
                None => return result,
            }
        }
    }
}

#[derive(Deserialize)]
struct EmbeddingAnswer {
    data: Vec<EmbeddingItem>,
    #[serde(default)]
    usage: Option<wire::WireUsage>,
}

#[derive(Deserialize)]
struct EmbeddingItem {
    #[serde(default)]
    index: Option<usize>,
    embedding: Vec<f32>,
}

#[async_trait]
impl Embedder for OpenAi {
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error> {
        let mut all = Embeddings::default();
        for batch in texts.chunks(BATCH) {
            let mut body = ctx.embedding.clone();
            body.insert("model".to_owned(), json!(model));
            body.insert("input".to_owned(), json!(batch));
            body.insert("encoding_format".to_owned(), json!("float"));
            let mut answer: EmbeddingAnswer = self.upstream.post("embeddings", &body, ctx).await?;
            if answer.data.len() != batch.len() {
                let (got, asked) = (answer.data.len(), batch.len());
                return Err(Error::Protocol(format!("{got} vectors came for {asked} texts")));
            }
            // The order is not promised; the sort is stable for those who send no index.
            answer.data.sort_by_key(|item| item.index.unwrap_or(0));
            all.vectors
                .extend(answer.data.into_iter().map(|item| item.embedding));
            all.prompt_tokens += answer.usage.map_or(0, |usage| usage.prompt_tokens);
        }
        Ok(all)
    }
}

#[async_trait]
impl Catalog for OpenAi {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let body: Value = self.upstream.get("models").await?;
        catalog::parse(&body)
    }
}

#[async_trait]
impl Provider for OpenAi {
    fn kind(&self) -> &'static str {
        "openai"
    }

    fn passes_chunks(&self) -> bool {
        true
    }

    async fn test(&self) -> Result<TestReport, Error> {
        let started = tokio::time::Instant::now();
        if self.upstream.is_host("openrouter.ai") {
            // Its list of models is open to all, so it proves nothing about the key.
            self.upstream.get::<Value>("key").await?;
        }
        let models = self.models().await?;
        Ok(TestReport {
            latency: started.elapsed(),
            models: models.len(),
        })
    }
}
