//! How every provider over HTTP says the same things, and a bench on which each of them is tried against a fake upstream.

use std::sync::Arc;

use futures_util::StreamExt;
use llm::{
    Breakers, CallContext, ChatRequest, ChatStream, Collected, Connection, Error, Limits, Message, Net,
    Provider, ProviderKind, connect, guarded,
};
use serde_json::{Value, json};

use crate::fake::Fake;

const KEY: &str = "sk-conformance-0123456789";

/// How a provider says the same things.
pub struct Dialect {
    pub kind: ProviderKind,
    base: &'static str,
    pub model: &'static str,
    pub chat: &'static str,
    pub key: (&'static str, &'static str),
    pub opening: fn() -> Vec<String>,
    pub word: fn(&str) -> String,
    pub ending: fn() -> Vec<String>,
    pub failure: fn(&str) -> Value,
    pub keep_alive: &'static str,
}

pub fn data(value: Value) -> String {
    format!("data: {value}\n\n")
}

fn named(value: Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub fn dialects() -> [Dialect; 3] {
    [
        Dialect {
            kind: ProviderKind::OpenAi,
            base: "/v1",
            model: "gpt-5",
            chat: "/v1/chat/completions",
            key: ("authorization", "Bearer sk-conformance-0123456789"),
            opening: || {
                vec![data(
                    json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}),
                )]
            },
            word: |word| {
                data(json!({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": null}]}))
            },
            ending: || {
                vec![
                    data(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})),
                    data(
                        json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}}),
                    ),
                    "data: [DONE]\n\n".to_owned(),
                ]
            },
            failure: |message| json!({"error": {"message": message, "type": "server_error", "code": null}}),
            keep_alive: ": PROCESSING\n\n",
        },
        Dialect {
            kind: ProviderKind::Anthropic,
            base: "/v1",
            model: "claude-sonnet-4-5",
            chat: "/v1/messages",
            key: ("x-api-key", KEY),
            opening: || {
                vec![
                    named(
                        json!({"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}}),
                    ),
                    named(
                        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                    ),
                ]
            },
            word: |word| {
                named(
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}),
                )
            },
            ending: || {
                vec![
                    named(json!({"type": "content_block_stop", "index": 0})),
                    named(
                        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
                    ),
                    named(json!({"type": "message_stop"})),
                ]
            },
            failure: |message| json!({"type": "error", "error": {"type": "api_error", "message": message}}),
            keep_alive: "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        },
        Dialect {
            kind: ProviderKind::Gemini,
            base: "/v1beta",
            model: "gemini-2.5-flash",
            chat: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            key: ("x-goog-api-key", KEY),
            opening: Vec::new,
            word: |word| {
                data(
                    json!({"candidates": [{"content": {"parts": [{"text": word}], "role": "model"}, "index": 0}]}),
                )
            },
            ending: || {
                vec![data(json!({
                    "candidates": [{"content": {"parts": [], "role": "model"}, "finishReason": "STOP", "index": 0}],
                    "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 3, "totalTokenCount": 8},
                }))]
            },
            failure: |message| json!({"error": {"code": 500, "message": message, "status": "INTERNAL"}}),
            keep_alive: ": keep-alive\n\n",
        },
    ]
}

impl Dialect {
    pub fn connection(&self, fake: &Fake) -> Connection {
        Connection {
            name: "FabriX API".to_owned(),
            base_url: Some(fake.url(self.base)),
            api_key: Some(KEY.into()),
            headers: vec![("x-tenant".to_owned(), "tenant-secret-42".into())],
            allow_private: true,
            ..Connection::new(self.kind)
        }
    }

    pub async fn bench(self) -> Bench {
        let fake = Fake::start().await;
        let provider = connect(&self.connection(&fake), &Net::new()).unwrap();
        Bench {
            dialect: self,
            fake,
            provider,
        }
    }

    /// The opening and some words.
    pub fn begun(&self) -> Vec<String> {
        let mut events = (self.opening)();
        events.extend(["Good ", "day, ", "Ünïcode ☃."].map(self.word));
        events
    }

    pub fn whole(&self) -> Vec<String> {
        let mut events = self.begun();
        events.extend((self.ending)());
        events
    }
}

pub struct Bench {
    pub dialect: Dialect,
    pub fake: Fake,
    pub provider: Arc<dyn Provider>,
}

pub const SAID: &str = "Good day, Ünïcode ☃.";

impl Bench {
    pub fn request(&self) -> ChatRequest {
        ChatRequest::new(self.dialect.model, vec![Message::user("Hello?")])
    }

    pub async fn chat(&self) -> Result<ChatStream, Error> {
        self.provider.chat(self.request(), &CallContext::default()).await
    }

    pub async fn fails(&self) -> Error {
        self.chat()
            .await
            .err()
            .unwrap_or_else(|| panic!("{}: the call must fail", self.dialect.kind))
    }

    pub fn guarded(&self, limits: Limits) -> Arc<dyn Provider> {
        guarded(
            "FabriX API",
            Arc::clone(&self.provider),
            limits,
            Arc::new(Breakers::default()),
        )
    }
}

/// What was said, and how it ended.
pub async fn read(mut stream: ChatStream) -> (Collected, Option<Error>) {
    let mut collected = Collected::default();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => collected.push(event),
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return (collected, Some(error));
            }
        }
    }
    (collected, None)
}
