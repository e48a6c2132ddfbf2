//! Models that are made of rules: for tests, for load, and for a look around without a key.
//!
//! | model | answer |
//! |---|---|
//! | `echo` | the last user message, word by word, each with the white space after it, so that the joined text is byte-equal |
//! | `lorem` | `tokens` words |
//! | `fail` | an upstream failure with `status` and `message`, after `after_tokens` words when that is set |
//! | `silent` | nothing, ever |
//! | `embed` | vectors of 384 numbers; texts that share words are near each other |
//!
//! Everything is deterministic. Every chat model takes [`ModelSettings`]; a connection sets them for all models and, under
//! `models`, for one; a request may set them for itself under `extra.mock`. [`Scripted`] answers exactly what a test says.

mod embed;
mod scripted;
mod stream;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream::pending};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    CallContext, Capabilities, Catalog, ChatModel, ChatRequest, ChatStream, Embedder, Embeddings, Error,
    FinishReason, Message, ModelInfo, Provider, Role,
};

pub use embed::{DIMENSIONS, embed_text};
pub use scripted::{Reply, Scripted};

/// Words that `lorem` says, over and over.
const LOREM: &str = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et \
                     dolore magna aliqua";
/// Words of `lorem` when nothing sets them.
const LOREM_TOKENS: u32 = 100;
/// Most words of one answer: a slip in the settings must not fill the memory.
const TOKENS_MAX: u32 = 1_000_000;

/// How a mock model behaves. What is absent comes from the connection, then from the defaults.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// Wait before the first word.
    pub first_token_ms: Option<u64>,
    /// Pace after it; as fast as possible when absent.
    pub tokens_per_second: Option<f64>,
    /// Words of `lorem`.
    pub tokens: Option<u32>,
    /// HTTP status that `fail` stands for; 500 when absent.
    pub status: Option<u16>,
    /// What `fail` says.
    pub message: Option<String>,
    /// Words that `fail` says first; it fails before the stream begins when absent.
    pub after_tokens: Option<u32>,
    /// Words that `embed` reads of a text; the rest is cut off, or refused where nothing may be. All of them when absent.
    pub input_words: Option<u32>,
}

impl ModelSettings {
    fn or(self, other: &Self) -> Self {
        Self {
            first_token_ms: self.first_token_ms.or(other.first_token_ms),
            tokens_per_second: self.tokens_per_second.or(other.tokens_per_second),
            tokens: self.tokens.or(other.tokens),
            status: self.status.or(other.status),
            message: self.message.or_else(|| other.message.clone()),
            after_tokens: self.after_tokens.or(other.after_tokens),
            input_words: self.input_words.or(other.input_words),
        }
    }

    /// The pace these settings ask for.
    fn pace(&self) -> stream::Pace {
        let between = self
            .tokens_per_second
            .filter(|rate| rate.is_finite() && *rate > 0.0);
        stream::Pace {
            first: Duration::from_millis(self.first_token_ms.unwrap_or(0)),
            between: between.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64((1.0 / rate).min(3600.0))
            }),
        }
    }
}

/// The settings of a mock connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// For every model.
    pub all: ModelSettings,
    /// For one model, by name.
    pub models: BTreeMap<String, ModelSettings>,
}

impl Settings {
    /// Reads `{"tokens_per_second": 50, "models": {"lorem": {"tokens": 200}}}`; null means the defaults.
    pub fn parse(value: &Value) -> Result<Self, Error> {
        let wrong =
            |error: serde_json::Error| Error::BadRequest(format!("settings of the mock connection: {error}"));
        let Value::Object(map) = value else {
            return if value.is_null() {
                Ok(Self::default())
            } else {
                Err(Error::BadRequest(
                    "settings of the mock connection: expected an object".to_owned(),
                ))
            };
        };
        let mut all = map.clone();
        let models = all
            .remove("models")
            .map(serde_json::from_value)
            .transpose()
            .map_err(wrong)?
            .unwrap_or_default();
        Ok(Self {
            all: serde_json::from_value(Value::Object(all)).map_err(wrong)?,
            models,
        })
    }

    /// What holds for one request.
    fn of(&self, request: &ChatRequest) -> Result<ModelSettings, Error> {
        let own = match request.extra.get("mock") {
            Some(value) => serde_json::from_value(value.clone())
                .map_err(|error| Error::BadRequest(format!("parameter `mock`: {error}")))?,
            None => ModelSettings::default(),
        };
        let model = self.models.get(&request.model).cloned().unwrap_or_default();
        Ok(own.or(&model).or(&self.all))
    }
}

/// The provider of the mock models.
#[derive(Clone, Debug, Default)]
pub struct Mock {
    settings: Settings,
}

impl Mock {
    /// A mock provider that behaves as `settings` say.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }
}

/// Cuts a text after each run of white space: the pieces, joined, are the text.
pub fn words(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut after_space = false;
    for c in text.chars() {
        // White space before the first word stays with that word.
        if after_space && !c.is_whitespace() && !piece.trim().is_empty() {
            pieces.push(std::mem::take(&mut piece));
        }
        after_space = c.is_whitespace();
        piece.push(c);
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// The mock's idea of a token: a word.
fn count_tokens(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

fn prompt_tokens(messages: &[Message]) -> u64 {
    messages.iter().map(|message| count_tokens(&message.text())).sum()
}

/// The words of `lorem`, each but the last followed by a space.
fn lorem(tokens: u32) -> Vec<String> {
    let tokens = tokens.min(TOKENS_MAX) as usize;
    let mut pieces: Vec<String> = LOREM
        .split_whitespace()
        .cycle()
        .take(tokens)
        .map(|word| format!("{word} "))
        .collect();
    if let Some(last) = pieces.last_mut() {
        last.truncate(last.trim_end().len());
    }
    pieces
}

#[async_trait]
impl ChatModel for Mock {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let settings = self.settings.of(&request)?;
        let failure = || {
            let message = settings
                .message
                .clone()
                .unwrap_or_else(|| "the mock was told to fail".to_owned());
            Error::from_status("Mock", settings.status.unwrap_or(500), message, None)
        };
        let (mut pieces, end) = match request.model.as_str() {
            "echo" => {
                let last = request
                    .messages
                    .iter()
                    .rev()
                    .find(|message| message.role == Role::User);
                (
                    words(&last.map(Message::text).unwrap_or_default()),
                    Ok(FinishReason::Stop),
                )
            }
            "lorem" => (
                lorem(settings.tokens.unwrap_or(LOREM_TOKENS)),
                Ok(FinishReason::Stop),
            ),
            "fail" => match settings.after_tokens {
                None | Some(0) => return Err(failure()),
                Some(tokens) => (lorem(tokens), Err(failure())),
            },
            "silent" => return Ok(ctx.stop(pending().boxed())),
            other => {
                return Err(Error::NotFound(format!("the mock has no chat model `{other}`")));
            }
        };
        let end = match request.max_tokens {
            Some(limit) if pieces.len() > limit as usize => {
                pieces.truncate(limit as usize);
                Ok(FinishReason::Length)
            }
            _ => end,
        };
        let answer = stream::Answer {
            pieces,
            end,
            prompt_tokens: prompt_tokens(&request.messages),
        };
        Ok(ctx.stop(stream::paced(answer, settings.pace())))
    }
}

/// Where the last word that is read ends, in a text that has more of them.
fn end_of_words(text: &str, most: usize) -> Option<usize> {
    let next = text.split_whitespace().nth(most)?;
    let at = next.as_ptr().addr() - text.as_ptr().addr();
    Some(text[..at].trim_end().len())
}

#[async_trait]
impl Embedder for Mock {
    async fn embed(
        &self,
        model: &str,
        mut texts: Vec<String>,
        ctx: &CallContext,
    ) -> Result<Embeddings, Error> {
        if model != "embed" {
            return Err(Error::NotFound(format!(
                "the mock has no embedding model `{model}`"
            )));
        }
        let own = self.settings.models.get(model).cloned().unwrap_or_default();
        if let Some(most) = own.or(&self.settings.all).input_words {
            for (index, text) in texts.iter_mut().enumerate() {
                let Some(end) = end_of_words(text, most as usize) else {
                    continue;
                };
                if ctx.uncut {
                    return Err(Error::too_long_to_embed(index, most as usize));
                }
                text.truncate(end);
            }
        }
        Ok(Embeddings {
            prompt_tokens: texts.iter().map(|text| count_tokens(text)).sum(),
            vectors: texts.iter().map(|text| embed_text(text)).collect(),
        })
    }
}

#[async_trait]
impl Catalog for Mock {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let chat = |name: &str, display_name: &str| ModelInfo {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            context_tokens: Some(128_000),
            output_tokens: Some(u64::from(TOKENS_MAX)),
            capabilities: Capabilities {
                chat: true,
                ..Capabilities::default()
            },
        };
        let embed = ModelInfo {
            name: "embed".to_owned(),
            display_name: "Mock embeddings".to_owned(),
            context_tokens: Some(8_192),
            output_tokens: None,
            capabilities: Capabilities {
                embeddings: true,
                ..Capabilities::default()
            },
        };
        Ok(vec![
            chat("echo", "Mock: echo"),
            chat("lorem", "Mock: lorem ipsum"),
            chat("fail", "Mock: always fails"),
            chat("silent", "Mock: never answers"),
            embed,
        ])
    }
}

#[async_trait]
impl Provider for Mock {
    fn kind(&self) -> &'static str {
        "mock"
    }
}
