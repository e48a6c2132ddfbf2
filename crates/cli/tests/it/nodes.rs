//! Two servers on one PostgreSQL, with a Redis between them that is killed and comes back. All of them are processes.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::database::Database;
use crate::stoa::{Home, Serving};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// A Redis of this test alone.
struct Redis {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Self::spawn(port, &folder);
        Self { child, port, folder }
    }

    fn spawn(port: u16, folder: &tempfile::TempDir) -> Child {
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there: scripts/setup.sh test installs it");
        let until = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "Redis does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        child
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = Self::spawn(self.port, &self.folder);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node and somebody who asks it.
#[derive(Clone)]
struct Node {
    client: Client,
    base: String,
    token: String,
}

impl Node {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, String, String) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let timing = answer.headers().get("server-timing");
        let timing = timing
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        (answer.status(), answer.text().await.unwrap(), timing)
    }

    async fn get(&self, path: &str) -> (StatusCode, String, String) {
        self.send(Method::GET, path, None).await
    }

    async fn change(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, text, _) = self.send(method, path, Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str::<Value>(&text).map_or(Value::Null, |value| value["data"].clone())
    }

    /// Waits until Redis is there or away, as this node sees it.
    async fn redis_is(&self, connected: bool) -> Value {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let (_, text, _) = self.get("/api/performance/cache").await;
            let cache: Value = serde_json::from_str(&text).unwrap();
            let redis = cache["data"]["redis"].clone();
            if redis["connected"] == json!(connected) {
                return redis;
            }
            assert!(Instant::now() < until, "{redis}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The two nodes, and what keeps them alive.
struct Installation {
    one: Node,
    other: Node,
    redis: Redis,
    servers: [(Home, Serving); 2],
    database: Database,
}

async fn installation() -> Installation {
    // The client asks for one, although everything here is plain HTTP. The other test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let database = Database::create().await;
    let url = database.url();
    let redis = Redis::start();
    let redis_url = format!("redis://127.0.0.1:{}/0", redis.port);
    let env = [("DATABASE_URL", url.as_str()), ("REDIS_URL", redis_url.as_str())];
    let start = || {
        let home = Home::new();
        let serving = home.serve_in(&env);
        (home, serving)
    };
    let servers = [start(), start()];
    #[expect(
        clippy::disallowed_methods,
        reason = "the test's own client, to addresses of its own"
    )]
    let client = Client::new();
    let body = json!({ "email": "ada@example.com", "password": "correct horse battery", "name": "Ada" });
    let registered = client
        .post(format!("http://{}/api/auth/register", servers[0].1.address))
        .json(&body)
        .send()
        .await
        .unwrap();
    let registered: Value = registered.json().await.unwrap();
    let node = |index: usize| Node {
        client: client.clone(),
        base: format!("http://{}", servers[index].1.address),
        token: registered["data"]["token"]
            .as_str()
            .unwrap_or_else(|| panic!("{registered}"))
            .to_owned(),
    };
    let (one, other) = (node(0), node(1));
    one.redis_is(true).await;
    other.redis_is(true).await;
    Installation {
        one,
        other,
        redis,
        servers,
        database,
    }
}

async fn conversation(node: &Node) -> (String, String) {
    let workspaces = node.get("/api/workspaces").await.1;
    let workspaces: Value = serde_json::from_str(&workspaces).unwrap();
    let list = format!(
        "/api/workspaces/{}/conversations",
        workspaces["data"][0]["id"].as_str().unwrap()
    );
    let made = node
        .change(Method::POST, &list, json!({ "model": "mock/echo" }))
        .await;
    (
        format!("/api/conversations/{}", made["id"].as_str().unwrap()),
        list,
    )
}

/// What is written through one is read through the other, write by write.
async fn agree(one: &Node, other: &Node, path: &str, rounds: u32) {
    for round in 0..rounds {
        other.get(path).await;
        let title = format!("again {round}");
        one.change(Method::PATCH, path, json!({ "title": title })).await;
        let (_, text, timing) = other.get(path).await;
        assert!(text.contains(&title), "round {round}: {timing} {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_through_one_node_is_seen_by_the_next_read_through_the_other() {
    let Installation {
        one,
        other,
        redis,
        servers,
        database,
    } = installation().await;
    let (path, list) = conversation(&one).await;
    for round in 0..100 {
        let (writer, reader) = if round % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        // Both have it in memory.
        for node in [&one, &other] {
            node.get(&path).await;
            node.get(&list).await;
            let timing = node.get(&path).await.2;
            assert!(timing.contains("cache;desc=\"hit\""), "{timing}");
        }
        let title = format!("title {round}");
        writer
            .change(Method::PATCH, &path, json!({ "title": title }))
            .await;
        for address in [&path, &list] {
            let (_, text, timing) = reader.get(address).await;
            assert!(text.contains(&title), "round {round}: {timing} {text}");
        }
    }
    // What one node has made the other finds in Redis.
    one.change(Method::PATCH, &path, json!({ "title": "shared" }))
        .await;
    one.get(&path).await;
    let until = Instant::now() + Duration::from_secs(10);
    let found = loop {
        let before = other.redis_is(true).await["hits"].as_u64().unwrap();
        one.change(Method::PATCH, &path, json!({ "pinned": true })).await;
        one.get(&path).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        other.get(&path).await;
        if other.redis_is(true).await["hits"].as_u64().unwrap() > before {
            break true;
        }
        if Instant::now() > until {
            break false;
        }
    };
    assert!(found, "the other node never found it in Redis");
    drop(redis);
    drop(servers);
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_revoked_through_one_node_is_refused_by_every_other_at_once() {
    let Installation {
        one,
        other,
        redis,
        servers,
        database,
    } = installation().await;
    let (path, _) = conversation(&one).await;
    for round in 0..20 {
        let (writer, reader) = if round % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let key = writer
            .change(Method::POST, "/api/auth/keys", json!({ "name": "k" }))
            .await;
        let by_key = Node {
            token: key["key"].as_str().unwrap().to_owned(),
            ..reader.clone()
        };
        assert_eq!(by_key.get(&path).await.0, StatusCode::OK);
        assert!(by_key.get(&path).await.2.contains("hit"));
        let id = key["stored"]["id"].as_str().or(key["id"].as_str()).unwrap();
        writer
            .send(Method::DELETE, &format!("/api/auth/keys/{id}"), None)
            .await;
        assert_eq!(
            by_key.get(&path).await.0,
            StatusCode::UNAUTHORIZED,
            "round {round}"
        );
    }
    drop(redis);
    drop(servers);
    database.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_killed_under_load_costs_no_error_and_is_used_again_when_it_is_back() {
    let Installation {
        one,
        other,
        mut redis,
        servers,
        database,
    } = installation().await;
    let (path, list) = conversation(&one).await;
    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let load: Vec<_> = (0..8)
        .map(|worker: usize| {
            let (node, path, list) = (
                if worker.is_multiple_of(2) { &one } else { &other }.clone(),
                path.clone(),
                list.clone(),
            );
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                let mut failed = Vec::new();
                let mut round: u64 = 0;
                while !stop.load(Ordering::Relaxed) {
                    round += 1;
                    let asked = match round % 10 {
                        0 => {
                            node.send(
                                Method::PATCH,
                                &path,
                                Some(json!({ "pinned": round.is_multiple_of(20) })),
                            )
                            .await
                        }
                        odd if odd % 2 == 1 => node.get(&path).await,
                        _ => node.get(&list).await,
                    };
                    if asked.0 != StatusCode::OK {
                        failed.push(asked);
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                failed
            })
        })
        .collect();
    let more = async |count: u64| {
        let from = done.load(Ordering::Relaxed);
        while done.load(Ordering::Relaxed) < from + count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    more(500).await;
    redis.kill();
    more(500).await;
    one.redis_is(false).await;
    other.redis_is(false).await;
    // A node reads its own writes.
    more(500).await;
    redis.start_again();
    one.redis_is(true).await;
    let back = other.redis_is(true).await;
    assert!(back["reconnects"].as_u64().unwrap() >= 1, "{back}");
    more(500).await;
    stop.store(true, Ordering::Relaxed);
    for worker in load {
        let failed = worker.await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
    }
    agree(&one, &other, &path, 20).await;
    drop(servers);
    database.drop().await;
}
