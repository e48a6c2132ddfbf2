//! A connection to an upstream as the operator or a user configured it, and the way from there to a [`Provider`].

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::anthropic::Anthropic;
use crate::fabrix::Fabrix;
use crate::gemini::Gemini;
use crate::mock::{Mock, Settings};
use crate::openai::OpenAi;
use crate::{Error, Net, Provider, Secret};

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
    /// A company gateway of agents.
    Fabrix,
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
            Self::Fabrix => "fabrix",
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
            Self::Fabrix,
            Self::Mock,
            Self::Local,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| Error::BadRequest(format!("unknown kind of provider `{text}`")))
    }
}

/// A configured upstream. Start from [`Connection::new`] and set what differs.
#[derive(Clone)]
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
    /// What only this kind knows (see [`Settings`] and [`crate::fabrix::Settings`]).
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
            ProviderKind::Fabrix => "FabriX API",
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

/// Addresses can carry a password or a key, so only their place is shown; settings and header values are not shown at all.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self
            .base_url
            .as_ref()
            .map(|url| format!("{}{}", url.origin().ascii_serialization(), url.path()));
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Connection")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("base_url", &place)
            .field("api_key", &self.api_key)
            .field("headers", &headers)
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

/// Makes the provider for a connection. Touches no network; what is wrong with the connection itself is the error.
pub fn connect(connection: &Connection, net: &Net) -> Result<Arc<dyn Provider>, Error> {
    Ok(match connection.kind {
        ProviderKind::OpenAi => Arc::new(OpenAi::new(connection, net)?),
        ProviderKind::Anthropic => Arc::new(Anthropic::new(connection, net)?),
        ProviderKind::Gemini => Arc::new(Gemini::new(connection, net)?),
        ProviderKind::Fabrix => Arc::new(Fabrix::new(connection, net)?),
        ProviderKind::Mock => Arc::new(Mock::new(Settings::parse(&connection.settings)?)),
        ProviderKind::Local => {
            let why = "the models of this process are opened by the program, not by a connection";
            return Err(Error::BadRequest(why.to_owned()));
        }
    })
}
