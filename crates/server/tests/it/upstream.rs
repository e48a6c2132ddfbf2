//! A provider on loopback that speaks OpenAI's format or Anthropic's and does as a test says.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use parking_lot::Mutex;
use serde_json::{Value, json};
use testkit::{Answer, Client};

/// What the upstream does, and what it was asked.
#[derive(Default)]
struct Script {
    models: Vec<String>,
    refuses_keys: bool,
    answer: Option<(StatusCode, &'static str, String)>,
    /// What the next chats are answered with before `answer` has its turn.
    before: VecDeque<(StatusCode, &'static str, String)>,
    requests: Vec<(HeaderMap, Value)>,
}

/// A provider that lives as long as this value.
pub struct Upstream {
    script: Arc<Mutex<Script>>,
    /// The root of its API.
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    /// A provider with these models.
    pub async fn with_models(models: &[&str]) -> Self {
        let script = Script {
            models: models.iter().map(|name| (*name).to_owned()).collect(),
            ..Script::default()
        };
        let script = Arc::new(Mutex::new(script));
        let router = Router::new()
            .route("/v1/models", get(list))
            .route("/v1/chat/completions", post(chat))
            .route("/v1/messages", post(chat))
            .route("/v1/embeddings", post(chat))
            .layer(axum::middleware::map_response(hang_up))
            .with_state(Arc::clone(&script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, url, task }
    }

    /// From now on every key is wrong, or right again.
    pub fn refuse_keys(&self, refuses: bool) {
        self.script.lock().refuses_keys = refuses;
    }

    /// From now on a chat is answered like this.
    pub fn answer(&self, status: u16, content_type: &'static str, body: impl Into<String>) {
        self.script.lock().answer = Some((StatusCode::from_u16(status).unwrap(), content_type, body.into()));
    }

    /// The next chat, or the one after those that were said before, is answered by these chunks and is cut off behind them.
    pub fn cut_off(&self, chunks: &[Value]) {
        let mut frames = String::new();
        for chunk in chunks {
            write!(frames, "data: {chunk}\n\n").unwrap();
        }
        let cut = (StatusCode::OK, "text/event-stream", frames);
        self.script.lock().before.push_back(cut);
    }

    /// From now on a chat is answered by these chunks.
    pub fn stream(&self, chunks: &[Value]) {
        let mut body = String::new();
        for chunk in chunks {
            write!(body, "data: {chunk}\n\n").unwrap();
        }
        body.push_str("data: [DONE]\n\n");
        self.answer(200, "text/event-stream", body);
    }

    /// Header fields and bodies of the chats so far.
    pub fn requests(&self) -> Vec<(HeaderMap, Value)> {
        self.script.lock().requests.clone()
    }
}

/// No connection is kept, so that nothing is reached once the value is dropped.
pub async fn hang_up(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}

async fn list(State(script): State<Arc<Mutex<Script>>>) -> Response {
    let script = script.lock();
    if script.refuses_keys {
        let error = json!({"error": {"message": "that key is not ours", "type": "invalid_request_error"}});
        return (StatusCode::UNAUTHORIZED, error.to_string()).into_response();
    }
    let data: Vec<Value> = script
        .models
        .iter()
        .map(|id| json!({"id": id, "object": "model", "created": 1}))
        .collect();
    (
        [(header::CONTENT_TYPE, "application/json")],
        json!({"object": "list", "data": data}).to_string(),
    )
        .into_response()
}

async fn chat(State(script): State<Arc<Mutex<Script>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut script = script.lock();
    script
        .requests
        .push((headers, serde_json::from_slice(&body).unwrap()));
    let before = script.before.pop_front();
    let (status, content_type, body) = before
        .or_else(|| script.answer.clone())
        .expect("the test says what is answered");
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// A chunk of OpenAI's stream with this delta.
pub fn chunk(delta: Value, finish_reason: Option<&str>) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})
}

/// Asks again until the answer is as wanted. For what happens in the background; fails after ten seconds.
pub async fn eventually(client: &Client, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    let asking = async {
        loop {
            let answer = client.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(10), asking).await;
    answer.unwrap_or_else(|_| panic!("{path} did not become what the test waits for"))
}
