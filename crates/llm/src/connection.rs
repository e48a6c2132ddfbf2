//! A connection to an upstream as the operator or a user configured it, and the way from there to a [`Provider`].

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Error, Net, Provider, Secret, mock};

/// The wire format an upstream speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// chat/completions: OpenAI, OpenRouter, Ollama, vLLM, llama.cpp and many more.
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic's Messages.
    Anthropic,
    /// Google Gemini's generateContent.
    Gemini,
    /// Scripted answers for tests and load.
    Mock,
    /// The models of this process; opened by the crate `local`, not by [`connect`].
    Local,
}

impl ProviderKind {
    /// Its name in settings and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Mock => "mock",
            Self::Local => "local",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [
            Self::OpenAi,
            Self::Anthropic,
            Self::Gemini,
            Self::Mock,
            Self::Local,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| Error::BadRequest(format!("unknown kind of provider `{text}`")))
    }
}

/// A configured upstream. Start from [`Connection::new`] and set what differs.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What errors call it, such as `OpenAI` or `FabriX API`.
    pub name: String,
    /// The wire format.
    pub kind: ProviderKind,
    /// The API's root, such as `https://api.openai.com/v1`; the provider's own when absent.
    pub base_url: Option<Url>,
    /// The key.
    pub api_key: Option<Secret>,
    /// Headers to add. Their values may be credentials, so they are secrets all.
    pub headers: Vec<(String, Secret)>,
    /// What only this kind knows (see [`mock::Settings`]).
    pub settings: serde_json::Value,
    /// Whether private, loopback and link-local addresses may be reached.
    pub allow_private: bool,
}

impl Connection {
    /// The provider's own address, no key, nothing special.
    pub fn new(kind: ProviderKind) -> Self {
        let name = match kind {
            ProviderKind::OpenAi => "OpenAI",
            ProviderKind::Anthropic => "Anthropic",
            ProviderKind::Gemini => "Google Gemini",
            ProviderKind::Mock => "Mock",
            ProviderKind::Local => "Local models",
        };
        Self {
            name: name.to_owned(),
            kind,
            base_url: None,
            api_key: None,
            headers: Vec::new(),
            settings: serde_json::Value::Null,
            allow_private: false,
        }
    }
}

/// Makes the provider for a connection. Touches no network; what is wrong with the connection itself is the error.
pub fn connect(connection: &Connection, _net: &Net) -> Result<Arc<dyn Provider>, Error> {
    match connection.kind {
        ProviderKind::Mock => Ok(Arc::new(mock::Mock::new(mock::Settings::parse(
            &connection.settings,
        )?))),
        ProviderKind::OpenAi | ProviderKind::Anthropic | ProviderKind::Gemini | ProviderKind::Local => {
            Err(Error::BadRequest(format!(
                "a connection of kind `{}` cannot be opened here",
                connection.kind
            )))
        }
    }
}
