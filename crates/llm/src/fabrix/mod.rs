//! A company gateway of agents, "FabriX": what it calls agents is chatted with like models.
//!
//! An agent takes the texts of a conversation and answers with events that carry `content`. It has instructions, tools and
//! knowledge of its own, so a request's tools are refused, and instructions go in front of what the user said first. What differs from
//! the others: the answer may end with its connection, without an event that says so, and files are sent to an agent beside the chat.
//! Lists take at most ten seconds and files thirty.

mod request;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use serde_json::Value;

use crate::upload::Upload;
use crate::upstream::{Defaults, Upstream};
use crate::{
    CallContext, Capabilities, Catalog, ChatModel, ChatRequest, ChatStream, Connection, Embedder, Embeddings,
    Error, ModelInfo, Net, Provider,
};

const DEFAULTS: Defaults = Defaults {
    // Every company has one of its own.
    base_url: "",
    path: "/",
    key: ("x-openapi-token", ""),
};
/// Agents of one page of the list.
const PAGE: usize = 100;
/// Most pages: a list without end must not be read without end.
const PAGES_MAX: usize = 20;
/// How long listing all agents may take.
const LIST_LIMIT: Duration = Duration::from_secs(10);
/// How long sending a file may take.
const FILE_LIMIT: Duration = Duration::from_secs(30);
const AGENTS: &str = "openapi/agent-chat/v1/agents";
const MESSAGES: &str = "openapi/agent-chat/v1/agent-messages";
const FILES: &str = "openapi/agent-chat/v1/agent-messages/file";

/// The header that says for whom an agent is asked.
const USER_HEADER: &str = "x-generative-ai-user-email";

/// What only this kind of connection knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether agents look into their knowledge when a request does not say.
    pub rag: bool,
    /// Whether the gateway is told the address of the user who asks; else, and when no user asks, that of the
    /// connection's headers.
    pub caller_email: bool,
}

impl Settings {
    /// Reads `{"rag": true, "caller_email": true}`; null means the defaults.
    pub fn parse(value: &Value) -> Result<Self, Error> {
        let flag = |name: &str| match value.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Error::BadRequest(format!("`{name}` is true or false"))),
        };
        Ok(Self {
            rag: flag("rag")?,
            caller_email: flag("caller_email")?,
        })
    }
}

/// A gateway of agents.
pub(crate) struct Fabrix {
    upstream: Upstream,
    settings: Settings,
}

impl Fabrix {
    pub(crate) fn new(connection: &Connection, net: &Net) -> Result<Self, Error> {
        if connection.base_url.is_none() {
            let why = "a gateway of agents needs its address as `base_url`";
            return Err(Error::BadRequest(why.to_owned()));
        }
        let settings = Settings::parse(&connection.settings)?;
        let mut upstream = Upstream::new(connection, net, &DEFAULTS)?;
        if settings.caller_email {
            upstream = upstream.with_user_header(USER_HEADER);
        }
        Ok(Self { upstream, settings })
    }

    /// The call within its time.
    async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let late = || Error::Timeout {
            upstream: self.upstream.name().to_string(),
        };
        tokio::time::timeout(limit, call)
            .await
            .unwrap_or_else(|_| Err(late()))
    }

    async fn list(&self) -> Result<Vec<ModelInfo>, Error> {
        let mut agents: Vec<ModelInfo> = Vec::new();
        for page in 1..=PAGES_MAX {
            let path = format!("{AGENTS}?page={page}&limit={PAGE}");
            let body: Value = self.upstream.get(&path).await?;
            let found = agents_of(&body)?;
            let count = found.len();
            let before = agents.len();
            for agent in found {
                if !agents.iter().any(|known| known.name == agent.name) {
                    agents.push(agent);
                }
            }
            // A gateway that knows no pages says the same again.
            if count < PAGE || agents.len() == before {
                break;
            }
        }
        Ok(agents)
    }
}

/// Names the upstream in failures whose own words do not.
fn named(upstream: &str, error: Error) -> Error {
    match error {
        Error::Protocol(_) | Error::Authentication(_) => {
            error.map_message(|message| format!("{upstream}: {message}"))
        }
        error => error,
    }
}

/// The agents of a page: a list, or one under the usual names.
fn agents_of(body: &Value) -> Result<Vec<ModelInfo>, Error> {
    let places = [
        "/agents",
        "/data/agents",
        "/data",
        "/items",
        "/content",
        "/list",
        "",
    ];
    let list = places
        .iter()
        .find_map(|place| body.pointer(place).and_then(Value::as_array));
    let list = list.ok_or_else(|| Error::Protocol("the list of agents is no list".to_owned()))?;
    Ok(list.iter().filter_map(agent).collect())
}

fn agent(entry: &Value) -> Option<ModelInfo> {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| match entry.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let name = text(&["agentId", "agent_id", "id"])?;
    Some(ModelInfo {
        display_name: text(&["name", "agentName", "label", "title"]).unwrap_or_else(|| name.clone()),
        name,
        context_tokens: None,
        output_tokens: None,
        capabilities: Capabilities {
            chat: true,
            ..Capabilities::default()
        },
    })
}

#[async_trait]
impl ChatModel for Fabrix {
    async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let body = request::body(&request, self.settings)?;
        let name = self.upstream.name();
        let asked = request.messages.iter().map(|message| message.text().len()).sum();
        let decoder = stream::FabrixDecoder::new(self.upstream.name(), asked);
        let events = self
            .upstream
            .stream(MESSAGES, &body, decoder, ctx)
            .await
            .map_err(|error| named(&name, error))?;
        Ok(events
            .map(move |event| event.map_err(|error| named(&name, error)))
            .boxed())
    }
}

#[async_trait]
impl Embedder for Fabrix {
    async fn embed(
        &self,
        _model: &str,
        _texts: Vec<String>,
        _ctx: &CallContext,
    ) -> Result<Embeddings, Error> {
        Err(Error::BadRequest("agents make no embeddings".to_owned()))
    }
}

#[async_trait]
impl Catalog for Fabrix {
    async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        let listed = self.within(LIST_LIMIT, self.list()).await;
        listed.map_err(|error| named(&self.upstream.name(), error))
    }
}

#[async_trait]
impl Provider for Fabrix {
    fn kind(&self) -> &'static str {
        "fabrix"
    }

    async fn send_file(&self, model: &str, file: Upload, ctx: &CallContext) -> Result<Value, Error> {
        let texts = [("agentId", model)];
        let sending = self.upstream.post_form(FILES, &texts, file, ctx);
        let sent = self.within(FILE_LIMIT, sending).await;
        sent.map_err(|error| named(&self.upstream.name(), error))
    }
}
