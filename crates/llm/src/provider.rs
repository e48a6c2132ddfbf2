//! The traits that every provider implements: chat, embeddings, catalogue.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallContext, ChatRequest, ChatStream, Error, Upload};

/// Answers conversations.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Starts a call. Failures known before the first byte of the answer are the `Err`; later ones end the stream.
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error>;
}

/// Turns texts into vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// One vector for each text, in order, all of one length.
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error>;
}

/// Says which models there are.
#[async_trait]
pub trait Catalog: Send + Sync {
    /// The models that this connection may use.
    async fn models(&self) -> Result<Vec<ModelInfo>, Error>;
}

/// One upstream.
#[async_trait]
pub trait Provider: ChatModel + Embedder + Catalog {
    /// `openai`, `anthropic`, `gemini`, `fabrix`, `mock` or `local`.
    fn kind(&self) -> &'static str;

    /// Whether it speaks OpenAI's format, so that what it sends can be passed on word for word
    /// ([`crate::ChatEvent::Verbatim`]).
    fn passes_chunks(&self) -> bool {
        false
    }

    /// Whether the connection works: for the test button.
    async fn test(&self) -> Result<TestReport, Error> {
        let started = tokio::time::Instant::now();
        let models = self.models().await?;
        Ok(TestReport {
            latency: started.elapsed(),
            models: models.len(),
        })
    }

    /// Sends a file to a model that takes files beside the conversation; returns what the upstream says of it.
    async fn send_file(&self, model: &str, _file: Upload, _ctx: &CallContext) -> Result<Value, Error> {
        Err(Error::BadRequest(format!("`{model}` takes no files")))
    }
}

/// The answer of [`Embedder::embed`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    /// One for each text, in order.
    pub vectors: Vec<Vec<f32>>,
    /// What was read.
    pub prompt_tokens: u64,
}

/// A model of a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// As the provider names it; what [`ChatRequest::model`] takes.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// What fits in, when known.
    pub context_tokens: Option<u64>,
    /// What may come out, when known.
    pub output_tokens: Option<u64>,
    /// What it can do, as far as known.
    pub capabilities: Capabilities,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Answers conversations.
    pub chat: bool,
    /// Makes vectors.
    pub embeddings: bool,
    /// Calls tools.
    pub tools: bool,
    /// Sees pictures.
    pub vision: bool,
    /// Thinks aloud.
    pub reasoning: bool,
}

/// What a connection test found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// How long the upstream took to list its models.
    pub latency: Duration,
    /// How many models it listed.
    pub models: usize,
}
