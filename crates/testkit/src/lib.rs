//! For tests only: the real server on a database of its own, with clients that say who asks.
//!
//! [`TestServer::new`] is the real router, engine and database (SQLite, or PostgreSQL with `TEST_DATABASE=postgres`), a
//! seeded source of ids, the scripted provider, and budgets that fail instead of warn. Nothing leaves the process.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use,
    clippy::assigning_clones,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::StreamExt;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::config::{Config, Flag, Sources};
use server::ids::Ids;
use server::{App, Deps, Server};
use sql::testing::TestDb;
use sql::{Clock, SystemClock};
use tower::ServiceExt;

/// The password of every test user.
pub const PASSWORD: &str = "correct horse battery";

/// A server of one test.
pub struct TestServer {
    server: Option<Server>,
    data: tempfile::TempDir,
    database: TestDb,
    clock: Arc<dyn Clock>,
    flags: Vec<Flag>,
    doubts_cache: bool,
}

impl TestServer {
    /// A running server with the mock models.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same with other configuration: keys of the default file and their values.
    pub async fn with(keys: &[(&'static str, &str)]) -> Self {
        Self::build(keys, Arc::new(SystemClock)).await
    }

    /// The same, believing its cache: in other tests everything kept is made again and compared.
    pub async fn trusting_cache() -> Self {
        Self::trusting_cache_at(Arc::new(SystemClock)).await
    }

    /// The same with a clock of the test.
    pub async fn trusting_cache_at(clock: Arc<dyn Clock>) -> Self {
        let mut this = Self::at(clock).await;
        this.doubts_cache = false;
        this.restart().await;
        this
    }

    /// The same with a clock of the test.
    pub async fn at(clock: Arc<dyn Clock>) -> Self {
        Self::build(&[], clock).await
    }

    /// The same with both.
    pub async fn with_at(keys: &[(&'static str, &str)], clock: Arc<dyn Clock>) -> Self {
        Self::build(keys, clock).await
    }

    /// The same on a PostgreSQL that has the extension pgvector.
    pub async fn on_pgvector(keys: &[(&'static str, &str)]) -> Self {
        let database = TestDb::pgvector(server::MIGRATIONS).await;
        Self::build_on(database, keys, Arc::new(SystemClock)).await
    }

    async fn build(keys: &[(&'static str, &str)], clock: Arc<dyn Clock>) -> Self {
        let database = TestDb::from_env(server::MIGRATIONS).await;
        Self::build_on(database, keys, clock).await
    }

    async fn build_on(database: TestDb, keys: &[(&'static str, &str)], clock: Arc<dyn Clock>) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut flags = vec![
            flag("data.dir", &data.path().display().to_string()),
            flag("mock.enabled", "true"),
            flag("auth.registration", "open"),
            flag("models.local", "false"),
            flag("search.model", "mock/embed"),
        ];
        flags.extend(keys.iter().map(|(key, value)| flag(key, value)));
        let mut this = Self {
            server: None,
            data,
            database,
            clock,
            flags,
            doubts_cache: true,
        };
        this.open().await;
        this
    }

    async fn open(&mut self) {
        self.server = Some(self.another_node().await);
    }

    /// Another server on the same database and data folder. Nothing but the database tells it of the first one's writes.
    pub async fn another_node(&self) -> Server {
        let sources = Sources {
            file: None,
            env: BTreeMap::new(),
            flags: self.flags.clone(),
        };
        let config = Config::load(&sources).expect("the test's configuration");
        let deps = Deps {
            local: None,
            clock: self.clock.clone(),
            ids: Ids::random(),
            parser: None,
            strict_budgets: true,
            doubts_cache: self.doubts_cache,
        };
        let server = Server::build_on(config, deps, self.database.db().clone())
            .await
            .expect("the server builds");
        server.start().await.expect("the server starts");
        server
    }

    /// Ends the server in order and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.stop_engine().await;
        self.open().await;
    }

    /// Lets the server die: nothing is flushed or finished. The next one finds what was logged.
    pub async fn crash_and_restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.app().engine.crash().await;
            server.app().stopping.cancel();
        }
        self.open().await;
    }

    async fn stop_engine(&mut self) {
        if let Some(server) = self.server.take() {
            server.app().stopping.cancel();
            server.app().engine.shutdown(Duration::from_secs(10)).await;
        }
    }

    /// The application.
    pub fn app(&self) -> &App {
        self.server.as_ref().expect("the server runs").app()
    }

    /// The data folder.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Waits until no run is queued or running.
    pub async fn idle(&self) {
        self.app().engine.run_until_idle().await.expect("the runs end");
    }

    /// A client that is not logged in.
    pub fn anonymous(&self) -> Client {
        Client {
            router: self.server.as_ref().expect("the server runs").router(),
            token: None,
            user_id: String::new(),
            workspace: String::new(),
        }
    }

    /// Makes an account `<name>@example.com` and logs in. The first one administrates the installation.
    pub async fn register(&self, name: &str) -> Client {
        let body = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
        let answer = self.anonymous().post("/api/auth/register", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let mut client = self.anonymous();
        client.token = answer.data()["token"].as_str().map(str::to_owned);
        client.user_id = answer.data()["user"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let me = client.get("/api/auth/me").await;
        client.workspace = me.data()["workspaces"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        client
    }

    /// Makes this user a member of a workspace that `owner` manages.
    pub async fn join(&self, owner: &Client, workspace: &str, user: &Client, role: &str) {
        let me = user.get("/api/auth/me").await;
        let email = me.data()["user"]["email"].clone();
        let path = format!("/api/workspaces/{workspace}/invitations");
        let invitation = owner.post(&path, json!({ "email": email, "role": role })).await;
        assert_eq!(invitation.status, StatusCode::CREATED, "{}", invitation.text());
        let id = invitation.data()["id"].as_str().expect("an id").to_owned();
        let accepted = user
            .post(&format!("/api/invitations/{id}/accept"), json!({}))
            .await;
        assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text());
    }
}

fn flag(key: &'static str, value: &str) -> Flag {
    Flag {
        name: key,
        key,
        value: value.to_owned(),
    }
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    router: axum::Router,
    /// The bearer token.
    pub token: Option<String>,
    /// The user's id.
    pub user_id: String,
    /// The id of the personal workspace.
    pub workspace: String,
}

/// What came back, whole.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// The `data` of the body.
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The same answer, after its status was checked.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

/// A server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// Its number.
    pub id: u64,
    /// Its type.
    pub event: String,
    /// Its data.
    pub data: Value,
}

/// The events in these bytes; comments are passed over. Panics on anything that is not exactly framed.
pub fn parse_sse(bytes: &[u8]) -> Vec<SseEvent> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let frames = text
        .split("\n\n")
        .filter(|frame| !frame.is_empty() && !frame.starts_with(':'));
    frames
        .map(|frame| {
            let lines: Vec<&str> = frame.split('\n').collect();
            let [id, event, data] = lines.as_slice() else {
                panic!("a frame of {} lines: {frame}", lines.len())
            };
            SseEvent {
                id: id
                    .strip_prefix("id: ")
                    .and_then(|id| id.parse().ok())
                    .unwrap_or_else(|| panic!("no id: {frame}")),
                event: event
                    .strip_prefix("event: ")
                    .unwrap_or_else(|| panic!("no event: {frame}"))
                    .to_owned(),
                data: data
                    .strip_prefix("data: ")
                    .and_then(|data| serde_json::from_str(data).ok())
                    .unwrap_or_else(|| panic!("no data: {frame}")),
            }
        })
        .collect()
}

impl Client {
    /// The same client with another credential.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self {
            token: token.map(str::to_owned),
            ..self.clone()
        }
    }

    /// The same client on the server as it is now, after a restart.
    pub fn on(&self, server: &TestServer) -> Self {
        Self {
            router: server.anonymous().router,
            ..self.clone()
        }
    }

    /// The same client on another node.
    pub fn at(&self, node: &Server) -> Self {
        Self {
            router: node.router(),
            ..self.clone()
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }
    /// GET with headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, None, headers).await
    }
    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }
    /// PATCH.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }
    /// PUT.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), &[]).await
    }
    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Any request, answered whole.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let response = self.open(method, path, body, headers).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// Any request; the body is left to the caller, for streams.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).expect("a request");
        // A request over a socket lets other tasks run. One that is answered from the cache here would not, and a loop of
        // them would have a thread of the runtime for itself.
        tokio::task::yield_now().await;
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// Any request with a body of any type, answered whole.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.header(header::CONTENT_TYPE, content_type);
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the whole body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// Uploads files, each with its name and content, as a browser does.
    pub async fn upload(&self, path: &str, files: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, content) in files {
            body.extend_from_slice(
                format!(
                    "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--limit--\r\n");
        self.send_bytes(Method::POST, path, "multipart/form-data; boundary=limit", body)
            .await
    }

    /// The first `count` events of a stream; then the connection is dropped. Fewer when the stream ends before.
    pub async fn events(&self, path: &str, after: u64, count: usize) -> Vec<SseEvent> {
        let last = after.to_string();
        let response = self
            .open(Method::GET, path, None, &[("last-event-id", &last)])
            .await;
        assert_eq!(response.status(), StatusCode::OK);
        let mut body = response.into_body().into_data_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.expect("a chunk"));
            if bytes.ends_with(b"\n\n") && parse_sse(&bytes).len() >= count {
                break;
            }
        }
        let mut events = parse_sse(&bytes);
        events.truncate(count);
        events
    }

    /// Begins a conversation with this model in the personal workspace; its id.
    pub async fn conversation(&self, model: &str) -> String {
        let path = format!("/api/workspaces/{}/conversations", self.workspace);
        let made = self.post(&path, json!({ "model": model })).await.expect(201);
        made.data()["id"].as_str().expect("an id").to_owned()
    }

    /// Says something and waits for the end of the reply; the answer's message as the API shows it.
    pub async fn say(&self, conversation: &str, content: &str) -> Value {
        let asked = self
            .post(
                &format!("/api/conversations/{conversation}/messages"),
                json!({ "content": content }),
            )
            .await
            .expect(202);
        let (run, reply) = (
            asked.data()["run"]["id"].clone(),
            asked.data()["reply"]["id"].clone(),
        );
        self.events(
            &format!("/api/runs/{}/events", run.as_str().expect("a run")),
            0,
            usize::MAX,
        )
        .await;
        let shown = self
            .get(&format!("/api/conversations/{conversation}"))
            .await
            .expect(200)
            .data();
        let messages = shown["messages"].as_array().cloned().unwrap_or_default();
        messages
            .into_iter()
            .find(|message| message["id"] == reply)
            .expect("the reply is there")
    }
}
