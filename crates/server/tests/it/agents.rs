//! A company gateway of agents: listed and chatted with like models, files streamed through, calls held to a rate.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::StreamExt;
use http::{HeaderMap, Method, StatusCode, header};
use parking_lot::Mutex;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};
use tokio::sync::Semaphore;

use crate::upstream::{eventually, hang_up};

/// What the gateway does, and what it was asked.
struct Script {
    answer: Mutex<(StatusCode, &'static str, String)>,
    asked: Mutex<Vec<Value>>,
    /// For whom each question and file was, as the gateway was told.
    users: Mutex<Vec<Option<String>>>,
    /// A permit for each piece of a file that has arrived.
    arrived: Semaphore,
    received: Mutex<usize>,
}

/// A stub of the gateway on loopback, as long as this value lives.
struct Gateway {
    script: Arc<Script>,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    async fn start() -> Self {
        let script = Arc::new(Script {
            answer: Mutex::new((StatusCode::OK, "text/event-stream", String::new())),
            asked: Mutex::default(),
            users: Mutex::default(),
            arrived: Semaphore::new(0),
            received: Mutex::new(0),
        });
        let agents =
            || async { axum::Json(json!({ "agents": [{ "agentId": "travel", "name": "Travel desk" }] })) };
        let router = Router::new()
            .route("/openapi/agent-chat/v1/agents", get(agents))
            .route("/openapi/agent-chat/v1/agent-messages", post(chat))
            .route("/openapi/agent-chat/v1/agent-messages/file", post(file))
            .layer(axum::middleware::map_response(hang_up))
            .with_state(Arc::clone(&script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { script, url, task }
    }

    fn answer(&self, status: u16, content_type: &'static str, body: impl Into<String>) {
        *self.script.answer.lock() = (StatusCode::from_u16(status).unwrap(), content_type, body.into());
    }

    /// From now on an agent says this, and ends with its connection.
    fn says(&self, pieces: &[&str]) {
        let objects = pieces
            .iter()
            .map(|piece| format!("data: {}\n\n", json!({ "content": piece })));
        self.answer(200, "text/event-stream", objects.collect::<Vec<_>>().concat());
    }

    /// A connection of the installation to it, whose agents are known; the connection's id.
    async fn connect(&self, root: &Client, settings: Value) -> String {
        let body = json!({ "scope": "system", "kind": "fabrix", "slug": "agents", "name": "FabriX API",
            "base_url": self.url, "api_key": "token-0123456789", "settings": settings });
        let made = root.post("/api/connections", body).await.expect(201).data();
        eventually(root, "/api/models", |answer| {
            answer.text().contains("agents/travel")
        })
        .await;
        made["id"].as_str().unwrap().to_owned()
    }
}

fn user_of(headers: &HeaderMap) -> Option<String> {
    let user = headers.get("x-generative-ai-user-email")?;
    Some(user.to_str().unwrap().to_owned())
}

async fn chat(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    script.users.lock().push(user_of(&headers));
    script.asked.lock().push(serde_json::from_slice(&body).unwrap());
    let (status, content_type, body) = script.answer.lock().clone();
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// Counts a file's bytes as they come.
async fn file(State(script): State<Arc<Script>>, request: Request) -> Response {
    script.users.lock().push(user_of(request.headers()));
    let mut pieces = request.into_body().into_data_stream();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        *script.received.lock() += piece.len();
        script.arrived.add_permits(1);
    }
    let received = *script.received.lock();
    axum::Json(json!({ "fileId": "f-1", "received": received })).into_response()
}

async fn ask(client: &Client, text: &str) -> Answer {
    let body = json!({ "model": "agents/travel", "messages": [{ "role": "user", "content": text }] });
    client.post("/v1/chat/completions", body).await
}

#[tokio::test]
async fn agents_are_listed_and_answer_like_models() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let gateway = Gateway::start().await;
    gateway.connect(&root, json!({})).await;
    let models = root.get("/api/models").await.expect(200).data();
    let travel = models
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == "agents/travel")
        .unwrap();
    assert_eq!(travel["name"], "Travel desk");

    gateway.says(&["Take ", "the train."]);
    let whole = ask(&root, "How?").await.expect(200).json();
    assert_eq!(whole["choices"][0]["message"]["content"], "Take the train.");
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");

    let conversation = root.conversation("agents/travel").await;
    root.say(&conversation, "How?").await;
    server.idle().await;
    gateway.says(&["At noon."]);
    root.say(&conversation, "When?").await;
    server.idle().await;
    let asked = gateway.script.asked.lock().clone();
    let last = asked
        .iter()
        .rev()
        .find(|asked| asked["contents"].as_array().unwrap().len() > 1);
    let contents = last.unwrap()["contents"].as_array().unwrap();
    assert_eq!(
        contents.len(),
        3,
        "the earlier turn goes with the question: {contents:?}"
    );
    assert_eq!(contents[1], "Take the train.");
    assert!(contents[2].as_str().unwrap().ends_with("When?"));
}

#[tokio::test]
async fn failures_have_their_status_and_name_the_gateway() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let root = server.register("root").await;
    let gateway = Gateway::start().await;
    gateway.connect(&root, json!({})).await;
    let message = |answer: &Answer| answer.json()["error"]["message"].as_str().unwrap().to_owned();
    gateway.answer(
        500,
        "application/json",
        json!({ "message": "it burns" }).to_string(),
    );
    let failed = ask(&root, "How?").await.expect(502);
    assert_eq!(message(&failed), "FabriX API answered 500: it burns");
    let in_band = format!("data: {}\n\n", json!({ "error": { "message": "no such agent" } }));
    gateway.answer(200, "text/event-stream", in_band);
    let failed = ask(&root, "How?").await.expect(502);
    assert!(message(&failed).contains("no such agent"));
    assert!(message(&failed).contains("FabriX API"));
    gateway.says(&["fine"]);
    ask(&root, "How?").await.expect(200);
    drop(gateway);
    let gone = ask(&root, "How?").await.expect(503);
    assert_eq!(message(&gone), "FabriX API cannot be reached");
}

#[tokio::test]
async fn calls_beyond_the_rate_of_the_connection_are_told_when_to_come_back() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let gateway = Gateway::start().await;
    gateway.connect(&root, json!({ "requests_per_minute": 2 })).await;
    gateway.says(&["fine"]);
    ask(&root, "one").await.expect(200);
    ask(&root, "two").await.expect(200);
    let refused = ask(&root, "three").await.expect(429);
    let after: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&after), "{after}");
    assert!(
        refused
            .text()
            .contains("FabriX API is sent 2 requests a minute at most")
    );
    assert_eq!(gateway.script.asked.lock().len(), 2);
    let wrong = json!({ "settings": { "requests_per_minute": 0, "tokens_per_minute": "many" } });
    let connections = root.get("/api/connections").await.expect(200).data();
    let id = connections[0]["id"].as_str().unwrap();
    let refused = root
        .patch(&format!("/api/connections/{id}"), wrong)
        .await
        .expect(422)
        .json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["settings.requests_per_minute", "settings.tokens_per_minute"]
    );
}

/// A form with one file whose body is this stream.
async fn send(client: &Client, path: &str, body: Body) -> Answer {
    client
        .send_bytes(Method::POST, path, "multipart/form-data; boundary=cut", body)
        .await
}

fn form_head() -> Bytes {
    Bytes::from(
        "--cut\r\ncontent-disposition: form-data; name=\"file\"; filename=\"plan.txt\"\r\ncontent-type: text/plain\r\n\r\n",
    )
}

#[tokio::test]
async fn a_file_is_passed_on_while_it_comes() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let gateway = Gateway::start().await;
    let id = gateway.connect(&root, json!({})).await;
    let path = format!("/api/connections/{id}/agents/travel/files");
    let script = Arc::clone(&gateway.script);
    // Each piece is sent only when the gateway has something of the one before: whoever collected the whole first would wait forever.
    let pieces = futures_util::stream::unfold(0, move |number| {
        let script = Arc::clone(&script);
        async move {
            if number > 1 {
                script.arrived.acquire().await.unwrap().forget();
            }
            let piece = match number {
                0 => form_head(),
                1..=8 => Bytes::from(vec![b'x'; 256 * 1024]),
                9 => Bytes::from("\r\n--cut--\r\n"),
                _ => return None,
            };
            Some((Ok::<_, std::io::Error>(piece), number + 1))
        }
    });
    let sent = send(&root, &path, Body::from_stream(pieces))
        .await
        .expect(200)
        .data();
    assert_eq!(sent["fileId"], "f-1");
    assert!(sent["received"].as_u64().unwrap() > 8 * 256 * 1024);

    let empty = send(&root, &path, Body::from("--cut--\r\n")).await.expect(422);
    assert_eq!(empty.json()["errors"][0]["field"], "file");
    root.post(&path, json!({})).await.expect(415);
    let unknown = "/api/connections/con_nothing/agents/travel/files";
    send(&root, unknown, Body::from("--cut--\r\n")).await.expect(404);
}

#[tokio::test]
async fn a_form_with_more_than_a_file_and_an_agent_that_there_is_not_are_refused() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let gateway = Gateway::start().await;
    let id = gateway.connect(&root, json!({})).await;
    let path = format!("/api/connections/{id}/agents/travel/files");
    for (name, told) in [("fil", "did you mean `file`?"), ("purpose", "one field, `file`")] {
        let field = format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n");
        let mut whole = field.into_bytes();
        whole.extend_from_slice(&form_head());
        whole.extend_from_slice(b"A plan.\r\n--cut--\r\n");
        let refused = send(&root, &path, Body::from(whole)).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], name);
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
    }
    let missing = format!("/api/connections/{id}/agents/travle/files");
    let refused = root
        .upload(&missing, &[("plan.txt", b"A plan.")])
        .await
        .expect(404)
        .json();
    let why = refused["detail"].as_str().unwrap();
    assert!(
        why.contains("`travle`") && why.contains("FabriX API") && why.contains("did you mean `travel`?"),
        "{why}"
    );
    assert_eq!(*gateway.script.received.lock(), 0, "nothing was passed on");
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    let unknown = json!({ "model": "agents/travle", "messages": messages });
    let unknown = root
        .post("/v1/chat/completions", unknown)
        .await
        .expect(404)
        .json();
    assert_eq!(unknown["error"]["code"], "model_not_found");
    assert!(
        unknown["error"]["message"]
            .as_str()
            .unwrap()
            .contains("agents/travel")
    );
    let format = json!({ "type": "json_object" });
    let in_form = json!({ "model": "agents/travel", "messages": messages, "response_format": format });
    let refused = root
        .post("/v1/chat/completions", in_form)
        .await
        .expect(400)
        .text();
    assert!(refused.contains("response_format"), "{refused}");
}

#[tokio::test]
async fn a_provider_without_agents_takes_no_files() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let body = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": "https://api.example.com/v1" });
    let made = root.post("/api/connections", body).await.expect(201).data();
    let path = format!("/api/connections/{}/agents/m/files", made["id"].as_str().unwrap());
    let mut whole = form_head().to_vec();
    whole.extend_from_slice(b"x\r\n--cut--\r\n");
    let refused = send(&root, &path, Body::from(whole)).await.expect(400);
    assert!(refused.text().contains("takes no files"), "{}", refused.text());
    let wrong = json!({ "scope": "system", "kind": "fabrix", "slug": "agents" });
    let refused = root.post("/api/connections", wrong).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "base_url");
}

/// Whom the gateway is told of: the one who asks, in conversations and at `/v1`; for a program of a workspace the fixed one.
#[tokio::test]
async fn the_gateway_is_told_who_asks_and_never_somebody_else() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let bob = server.register("bob").await;
    let team = json!({ "name": "Team", "id": "team" });
    root.post("/api/workspaces", team).await.expect(201);
    let key = root
        .post("/api/workspaces/team/keys", json!({ "name": "Shop" }))
        .await;
    let shop = root.with_token(key.expect(201).data()["key"].as_str());
    let gateway = Gateway::start().await;
    gateway.says(&["Yes"]);
    let id = gateway.connect(&root, json!({ "caller_email": true })).await;
    let path = format!("/api/connections/{id}");
    let users = || std::mem::take(&mut *gateway.script.users.lock());
    let told = |email: &str| Some(email.to_owned());

    ask(&bob, "Open?").await.expect(200);
    ask(&root, "Open?").await.expect(200);
    // No user, and no fixed address.
    ask(&shop, "Open?").await.expect(200);
    assert_eq!(users(), [told("bob@example.com"), told("root@example.com"), None]);

    let conversation = bob.conversation("agents/travel").await;
    bob.say(&conversation, "Open?").await;
    server.idle().await;
    let heard = users();
    assert!(!heard.is_empty());
    // The answer, and the title.
    assert!(
        heard.iter().all(|user| *user == told("bob@example.com")),
        "{heard:?}"
    );
    bob.upload(
        &format!("{path}/agents/travel/files"),
        &[("plan.txt", b"A plan.")],
    )
    .await
    .expect(200);
    assert_eq!(users(), [told("bob@example.com")]);

    // A fixed one is for whom no user asks.
    let headers = json!({ "headers": { "x-generative-ai-user-email": "stoa@example.com" } });
    root.patch(&path, headers).await.expect(200);
    eventually(&root, "/api/models", |answer| {
        answer.text().contains("agents/travel")
    })
    .await;
    ask(&bob, "Open?").await.expect(200);
    ask(&shop, "Open?").await.expect(200);
    assert_eq!(users(), [told("bob@example.com"), told("stoa@example.com")]);

    // And, without the setting, for everybody.
    root.patch(&path, json!({ "settings": {} })).await.expect(200);
    eventually(&root, "/api/models", |answer| {
        answer.text().contains("agents/travel")
    })
    .await;
    ask(&bob, "Open?").await.expect(200);
    assert_eq!(users(), [told("stoa@example.com")]);
    let wrong = json!({ "settings": { "caller_email": "yes" } });
    root.patch(&path, wrong).await.expect(422);
}
