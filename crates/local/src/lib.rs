//! Models that run in this process: text embeddings and a small chat model, behind `llm`'s traits.
//!
//! [`Local`] is a provider like any other; `cli` opens it once and hands it to the server. Models are files in one
//! folder, and [`models`] fetches those that are delivered:
//!
//! ```text
//! <models>/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf      chat: every *.gguf, by llama.cpp          (module chat)
//! <models>/all-minilm-l6-v2/{config.json, …}            embeddings: every BERT folder, our own code (module embed)
//! ```
//!
//! What always holds:
//! - opening loads nothing; a model is loaded by its first call, on a thread of its own;
//! - no async thread ever computes: all work is on named OS threads of lowered priority, their number fixed by
//!   [`LocalConfig`] (one more for short texts at normal priority);
//! - every queue has a limit, and full queues answer `RateLimited`; a dropped call is given up at the next round;
//! - memory is bounded: one context of `context_tokens` for a chat model, at most `max_loaded` of them;
//! - this is the only crate with C++ behind it, and the only `unsafe` in the house is here and in the loops of `search`, each
//!   with its reason.
//!
//! llama.cpp's kernels are compiled for AVX2, FMA, F16C and BMI2 and not for the machine that builds, so one binary runs on every x86-64
//! processor since about 2013; on an older one the chat model says so ([`chat_supported`]) and the rest works.

mod chat;
mod config;
mod cpu;
mod embed;
pub mod models;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use llm::{
    CallContext, Capabilities, Catalog, ChatModel, ChatRequest, ChatStream, Embedder, Embeddings, Error,
    ModelInfo, Provider,
};
use parking_lot::Mutex;
use serde::Serialize;

pub use config::LocalConfig;
pub use cpu::{chat_supported, kernels_are_vectorised};

use chat::Runner;
use embed::{Encoder, EncoderLimits, Purpose};

/// What errors call this provider.
pub(crate) const UPSTREAM: &str = "the local model";

/// The suffix of an embedding model's name that asks for the vector of a question (models with other words before
/// questions than before passages).
const QUERY: &str = ":query";

/// The models of one folder.
pub struct Local {
    folder: PathBuf,
    config: LocalConfig,
    chats: Mutex<HashMap<String, Arc<Runner>>>,
    encoders: Mutex<HashMap<String, Arc<Encoder>>>,
}

/// What the local models hold and do now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The models that were asked for since the start, by name.
    pub models: Vec<ModelStats>,
    /// Estimate of the memory they take, bytes.
    pub resident_bytes: u64,
}

/// What one local model holds and does now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelStats {
    /// Its name in the catalogue.
    pub name: String,
    /// Whether it is in memory.
    pub loaded: bool,
    /// Calls that wait.
    pub queued: usize,
    /// Answers being generated (chat models).
    pub active: usize,
    /// Estimate of the memory it takes, bytes.
    pub resident_bytes: u64,
}

impl Local {
    /// Knows the folder; reads and loads nothing.
    pub fn open(folder: impl Into<PathBuf>, config: LocalConfig) -> Arc<Self> {
        let folder = folder.into();
        Arc::new(Self {
            folder,
            config,
            chats: Mutex::default(),
            encoders: Mutex::default(),
        })
    }

    /// The folder the models are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is held and done now.
    pub fn stats(&self) -> Stats {
        let mut models: Vec<ModelStats> = Vec::new();
        for (name, runner) in &*self.chats.lock() {
            let stats = runner.stats();
            models.push(ModelStats {
                name: name.clone(),
                loaded: stats.loaded,
                queued: stats.queued,
                active: stats.active,
                resident_bytes: stats.memory,
            });
        }
        for (name, encoder) in &*self.encoders.lock() {
            let stats = encoder.stats();
            models.push(ModelStats {
                name: name.clone(),
                loaded: stats.loaded,
                queued: stats.queued,
                active: 0,
                resident_bytes: stats.bytes as u64,
            });
        }
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Stats {
            resident_bytes: models.iter().map(|model| model.resident_bytes).sum(),
            models,
        }
    }

    /// Ends all model threads and waits for them (a second at most); later calls start them anew. Call it before the
    /// process ends, off the async threads.
    pub fn close(&self) {
        let runners: Vec<Arc<Runner>> = self.chats.lock().drain().map(|(_, runner)| runner).collect();
        for runner in runners {
            runner.close();
        }
        self.encoders.lock().clear();
    }

    /// The runner of a chat model; another that is idle makes room for it.
    fn runner(&self, name: &str) -> Result<Arc<Runner>, Error> {
        let mut chats = self.chats.lock();
        if let Some(runner) = chats.get(name) {
            return Ok(Arc::clone(runner));
        }
        let path = models::chat_file(&self.folder, name).ok_or_else(|| self.missing(name))?;
        chat_supported().map_err(Error::BadRequest)?;
        if chats.len() >= self.config.max_loaded.max(1) {
            let idle = chats
                .iter()
                .find(|(_, runner)| runner.is_idle())
                .map(|(name, _)| name.clone());
            let Some(idle) = idle else {
                return Err(Error::RateLimited {
                    retry_after: Some(std::time::Duration::from_secs(10)),
                    message: "another local chat model is answering, and only so many are loaded at once"
                        .to_owned(),
                });
            };
            // An idle thread ends at once, so that the memory of the two never adds up.
            if let Some(runner) = chats.remove(&idle) {
                runner.close();
            }
        }
        let runner = Arc::new(Runner::new(path, self.config.clone()));
        chats.insert(name.to_owned(), Arc::clone(&runner));
        Ok(runner)
    }

    fn encoder(&self, name: &str) -> Result<Arc<Encoder>, Error> {
        let mut encoders = self.encoders.lock();
        if let Some(encoder) = encoders.get(name) {
            return Ok(Arc::clone(encoder));
        }
        let folder = models::embedding_folder(&self.folder, name).ok_or_else(|| self.missing(name))?;
        let limits = EncoderLimits {
            threads: self.config.embed_threads.max(1),
            queue: self.config.max_queue * 8,
            texts: self.config.max_texts,
            nice: self.config.nice,
        };
        let encoder = Arc::new(Encoder::new(folder, limits));
        encoders.insert(name.to_owned(), Arc::clone(&encoder));
        Ok(encoder)
    }

    fn missing(&self, name: &str) -> Error {
        let advice = if models::manifest().iter().any(|model| model.name == name) {
            "run `stoa models pull` to fetch it"
        } else {
            "put its file there, or run `stoa models pull` for those that Stoa knows"
        };
        Error::NotFound(format!(
            "no local model `{name}` in {}: {advice}",
            self.folder.display()
        ))
    }
}

#[async_trait]
impl ChatModel for Local {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        self.runner(&request.model)?.chat(request, ctx).await
    }
}

#[async_trait]
impl Embedder for Local {
    async fn embed(&self, model: &str, texts: Vec<String>, ctx: &CallContext) -> Result<Embeddings, Error> {
        let (name, purpose) = match model.strip_suffix(QUERY) {
            Some(name) => (name, Purpose::Query),
            None => (model, Purpose::Passage),
        };
        let encoder = self.encoder(name)?;
        tokio::select! {
            embeddings = encoder.embed(texts, purpose, ctx.uncut) => embeddings,
            () = ctx.cancel.cancelled() => Err(Error::Cancelled),
        }
    }
}

#[async_trait]
impl Catalog for Local {
    /// The models that are in the folder. None at all is `NotFound` with what to do; chat models are left out on a
    /// processor that cannot run them.
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let mut infos = Vec::new();
        for found in models::found(&self.folder) {
            let chat = found.kind == models::Kind::Chat;
            if chat && chat_supported().is_err() {
                continue;
            }
            infos.push(ModelInfo {
                display_name: models::manifest()
                    .iter()
                    .find(|model| model.name == found.name)
                    .map_or_else(|| found.name.clone(), |model| model.display_name.to_owned()),
                name: found.name,
                context_tokens: chat.then_some(u64::from(self.config.context_tokens)),
                output_tokens: chat.then_some(u64::from(self.config.context_tokens)),
                capabilities: Capabilities {
                    chat,
                    embeddings: !chat,
                    ..Capabilities::default()
                },
            });
        }
        if infos.is_empty() {
            let folder = self.folder.display();
            return Err(Error::NotFound(format!(
                "no local models in {folder}: run `stoa models pull` to fetch them"
            )));
        }
        Ok(infos)
    }
}

#[async_trait]
impl Provider for Local {
    fn kind(&self) -> &'static str {
        "local"
    }
}
