//! Alerts: each of them caused for real, told by row, notice and webhook, and over when its cause is.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sql::{FixedClock, Time};
use testkit::{Client, TestServer};

sql::statements! {
    /// What is stored of the settings.
    STORED = "SELECT name, CAST(value AS TEXT) FROM settings ORDER BY name";
    /// What another node left behind, long ago.
    LEFT = "INSERT INTO alerts (id, node, kind, opened_at, seen_at, value, worst, threshold, detail) \
        VALUES ($1, 'elsewhere:8000', 'cpu', $2, $2, 90.0, 90.0, 80.0, 'left behind')";
}

const PATIENCE: Duration = Duration::from_secs(20);

/// A system that is told of alerts, on loopback.
struct Receiver {
    url: String,
    heard: Arc<Mutex<Heard>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    bodies: Vec<Value>,
    /// The statuses of the next answers; 200 when there is none left.
    answers: Vec<u16>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    async fn new(answers: &[u16]) -> Self {
        async fn hear(State(heard): State<Arc<Mutex<Heard>>>, body: Bytes) -> StatusCode {
            let mut heard = heard.lock();
            heard.bodies.push(serde_json::from_slice(&body).unwrap());
            if heard.answers.is_empty() {
                StatusCode::OK
            } else {
                StatusCode::from_u16(heard.answers.remove(0)).unwrap()
            }
        }
        async fn slow() -> &'static str {
            tokio::time::sleep(Duration::from_millis(1_100)).await;
            r#"{"object": "list", "data": []}"#
        }
        let heard = Arc::new(Mutex::new(Heard {
            answers: answers.to_vec(),
            ..Heard::default()
        }));
        let router = Router::new()
            .route("/hook/0123456789abcdef", post(hear))
            .route("/v1/models", get(slow))
            .with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, heard, task }
    }

    fn hook(&self) -> String {
        format!("{}/hook/0123456789abcdef", self.url)
    }

    /// Waits for a message with this event about this kind.
    async fn hears(&self, event: &str, kind: &str) -> Value {
        let waiting = async {
            loop {
                let found = self
                    .heard
                    .lock()
                    .bodies
                    .iter()
                    .find(|body| body["event"] == event && (kind.is_empty() || body["alert"]["kind"] == kind))
                    .cloned();
                if let Some(body) = found {
                    return body;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let heard = tokio::time::timeout(PATIENCE, waiting).await;
        heard.unwrap_or_else(|_| panic!("no {event} of {kind}: {:?}", self.heard.lock().bodies))
    }
}

struct Watched {
    server: TestServer,
    clock: Arc<FixedClock>,
    admin: Client,
    receiver: Receiver,
}

impl Watched {
    /// A server whose alerts are posted to a receiver. Every bound is far away but those that the test sets.
    async fn with(bounds: Value) -> Self {
        Self::answering(bounds, &[]).await
    }

    async fn answering(bounds: Value, answers: &[u16]) -> Self {
        let clock = Arc::new(FixedClock::new(Time::from_secs(1_800_000_000)));
        let server = TestServer::with_at(&[("alerts.allow_private", "true")], clock.clone()).await;
        let admin = server.register("ada").await;
        let receiver = Receiver::new(answers).await;
        let mut alerts = json!({
            "response_ms": 600_000, "error_percent": 100, "pool_waiting": 1_000_000, "memory_percent": 100,
            "cpu_percent": 100, "requests_min": 3, "window_seconds": 60, "webhook_url": receiver.hook(),
        });
        alerts
            .as_object_mut()
            .unwrap()
            .extend(bounds.as_object().unwrap().clone());
        admin
            .patch("/api/settings", json!({ "alerts": alerts }))
            .await
            .expect(200);
        let this = Self {
            server,
            clock,
            admin,
            receiver,
        };
        this.look().await;
        this
    }

    async fn look(&self) {
        let app = self.server.app();
        app.alerts.look(app).await;
    }

    /// Looks now, and again after a window.
    async fn look_for_a_window(&self) {
        self.look().await;
        self.clock.advance(Duration::from_secs(61));
        self.look().await;
    }

    async fn open(&self) -> Vec<Value> {
        let open = self.admin.get("/api/alerts?open=true").await.expect(200).data();
        open.as_array().unwrap().clone()
    }

    /// The one alert that is open, and what the receiver heard of it.
    async fn opened(&self, kind: &str) -> Value {
        let heard = self.receiver.hears("alert.opened", kind).await;
        let open = self.open().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0]["kind"], kind);
        for field in ["id", "kind", "node", "opened_at", "value", "threshold", "detail"] {
            assert_eq!(open[0][field], heard["alert"][field], "{field}");
        }
        assert_eq!(open[0]["node"], self.server.app().alerts.node());
        open[0].clone()
    }

    async fn closed(&self, alert: &Value) {
        let heard = self
            .receiver
            .hears("alert.closed", alert["kind"].as_str().unwrap())
            .await;
        assert_eq!(heard["alert"]["id"], alert["id"]);
        assert_eq!(self.open().await, Vec::<Value>::new());
        let all = self.admin.get("/api/alerts").await.expect(200).data();
        let row = all
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == alert["id"])
            .unwrap();
        assert_eq!(row["closed_at"], heard["alert"]["closed_at"]);
        assert!(row["closed_at"].is_string());
    }
}

#[tokio::test]
async fn answers_that_take_longer_than_a_second_open_an_alert() {
    let watched = Watched::with(json!({ "response_ms": 1_000 })).await;
    // A provider that takes its time, asked by a route that has to be quick.
    let body = json!({ "scope": "system", "kind": "openai", "slug": "slow", "base_url": format!("{}/v1", watched.receiver.url) });
    let tests = (0..3).map(|_| watched.admin.post("/api/connections/test", body.clone()));
    for answer in futures_util::future::join_all(tests).await {
        assert_eq!(answer.expect(200).data()["ok"], true);
    }
    watched.look().await;
    let alert = watched.opened("response_time").await;
    assert!(alert["value"].as_f64().unwrap() > 1_000.0, "{alert}");
    assert_eq!(alert["unit"], "milliseconds");
    let detail = alert["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("POST /api/connections/test: of 3 answers"),
        "{detail}"
    );
    // The answers leave the window; after another window without any the alert is over.
    for _ in 0..4 {
        watched.clock.advance(Duration::from_secs(40));
        watched.look().await;
    }
    watched.closed(&alert).await;
}

#[tokio::test]
async fn requests_that_fail_open_an_alert_and_go_on_being_one() {
    let watched = Watched::with(json!({ "error_percent": 1 })).await;
    let fail = json!({ "model": "mock/fail", "messages": [{ "role": "user", "content": "x" }] });
    for round in 0..2 {
        for _ in 0..3 {
            let answer = watched.admin.post("/v1/chat/completions", fail.clone()).await;
            assert!(answer.status.is_server_error(), "{}", answer.text());
        }
        watched.clock.advance(Duration::from_secs(5));
        watched.look().await;
        let alert = watched.opened("error_rate").await;
        let detail = alert["detail"].as_str().unwrap();
        assert!(detail.contains("POST /v1/chat/completions"), "{round}: {detail}");
    }
    let messages = watched.receiver.heard.lock().bodies.len();
    assert_eq!(messages, 1, "one alert is told once");
}

#[tokio::test]
async fn a_database_without_room_is_told_before_its_row_can_be_written() {
    let watched = Watched::with(json!({ "pool_waiting": 0, "window_seconds": 1 })).await;
    let db = watched.server.app().db.clone();
    // All of PostgreSQL's connections, or SQLite's only writer.
    let mut held = Vec::new();
    while let Ok(begun) = tokio::time::timeout(Duration::from_millis(300), db.begin()).await {
        held.push(begun.unwrap());
    }
    let waiting: Vec<_> = (0..3)
        .map(|number| {
            let client = watched.admin.clone();
            let body = json!({ "name": format!("Waits {number}") });
            tokio::spawn(async move { client.post("/api/workspaces", body).await })
        })
        .collect();
    let waits = || {
        let stats = db.stats();
        stats.waiting + stats.writer_queue
    };
    while waits() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watched.look().await;
    watched.clock.advance(Duration::from_secs(2));
    let heard = {
        let (heard, ()) = tokio::join!(watched.receiver.hears("alert.opened", "pool_exhausted"), async {
            // Its row waits for the database too, until there is room again.
            let look = watched.look();
            let release = async {
                watched.receiver.hears("alert.opened", "pool_exhausted").await;
                for transaction in held.drain(..) {
                    transaction.rollback().await.unwrap();
                }
            };
            tokio::join!(look, release);
        });
        heard
    };
    assert!(heard["alert"]["value"].as_f64().unwrap() >= 3.0, "{heard}");
    for asked in waiting {
        asked.await.unwrap().expect(201);
    }
    watched.look().await;
    watched.opened("pool_exhausted").await;
}

#[tokio::test]
async fn memory_beyond_its_bound_opens_an_alert_and_below_closes_it() {
    let watched = Watched::with(json!({ "memory_percent": 0.01 })).await;
    watched.look_for_a_window().await;
    let alert = watched.opened("memory").await;
    let value = alert["value"].as_f64().unwrap();
    assert!(value > 0.01 && value < 100.0, "{alert}");
    // The reading is that of this machine: with a bound well above it, it is over.
    let bound = (value * 1.6).min(100.0);
    watched
        .admin
        .patch("/api/settings", json!({ "alerts": { "memory_percent": bound } }))
        .await
        .expect(200);
    watched.look().await;
    watched.look_for_a_window().await;
    watched.closed(&alert).await;
}

#[tokio::test]
async fn a_busy_processor_opens_an_alert() {
    let watched = Watched::with(json!({ "cpu_percent": 0.01 })).await;
    for _ in 0..3 {
        // Real work, as long as two looks are apart.
        let begun = std::time::Instant::now();
        tokio::task::spawn_blocking(move || {
            let mut number = 0u64;
            while begun.elapsed() < Duration::from_millis(150) {
                number = std::hint::black_box(number.wrapping_mul(31).wrapping_add(7));
            }
        })
        .await
        .unwrap();
        watched.look().await;
        watched.clock.advance(Duration::from_secs(40));
    }
    let alert = watched.opened("cpu").await;
    assert!(alert["value"].as_f64().unwrap() > 0.01, "{alert}");
    // Switched off, nothing is watched and nothing stays open.
    watched
        .admin
        .patch("/api/settings", json!({ "alerts": { "enabled": false } }))
        .await
        .expect(200);
    watched.look().await;
    watched.closed(&alert).await;
}

#[tokio::test]
async fn a_message_that_fails_is_sent_again() {
    let watched = Watched::answering(json!({ "memory_percent": 0.01 }), &[503]).await;
    watched.look_for_a_window().await;
    watched.opened("memory").await;
    let again = async {
        while watched.server.app().alerts.webhook_counts() != (1, 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("sent again");
    let heard = watched.receiver.heard.lock();
    assert_eq!(heard.bodies.len(), 2);
    assert_eq!(heard.bodies[0], heard.bodies[1]);
}

#[tokio::test]
async fn an_alert_of_a_process_that_died_is_closed_by_the_next() {
    let mut watched = Watched::with(json!({ "memory_percent": 0.01 })).await;
    watched.look_for_a_window().await;
    let alert = watched.opened("memory").await;
    let now = watched.clock.advance(Duration::from_secs(1));
    watched.server.crash_and_restart().await;
    watched.admin = watched.admin.on(&watched.server);
    crate::upstream::eventually(&watched.admin, "/api/alerts", |answer| {
        let row = &answer.data()[0];
        row["id"] == alert["id"] && row["closed_at"] == now.to_string()
    })
    .await;
    // It is still so, and opens again, as another one.
    watched.look().await;
    watched.look_for_a_window().await;
    let open = watched.open().await;
    assert_eq!(open.len(), 1);
    assert_ne!(open[0]["id"], alert["id"]);
}

#[tokio::test]
async fn what_another_node_left_open_is_closed_when_nothing_was_heard_of_it_for_long() {
    let watched = Watched::with(json!({})).await;
    let app = watched.server.app();
    let left = app
        .ids
        .make(server::ids::Kind::Alert, watched.clock.advance(Duration::ZERO));
    let begun = watched.clock.advance(Duration::ZERO);
    sql::query(&LEFT)
        .bind(left.as_str())
        .bind(begun)
        .execute(&app.db)
        .await
        .unwrap();
    watched.clock.advance(Duration::from_mins(9));
    watched.look().await;
    assert_eq!(watched.open().await.len(), 1);
    watched.clock.advance(Duration::from_mins(6));
    watched.look().await;
    assert_eq!(watched.open().await, Vec::<Value>::new());
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from the first alert to the last")]
async fn alerts_are_paged_taken_note_of_and_told_to_administrators_alone() {
    let watched = Watched::with(json!({ "memory_percent": 0.01 })).await;
    let bob = watched.server.register("bob").await;
    let mut feeds = Vec::new();
    for client in [&watched.admin, &bob] {
        let response = client.open(http::Method::GET, "/api/changes", None, &[]).await;
        feeds.push(response.into_body().into_data_stream());
    }
    watched.look_for_a_window().await;
    let alert = watched.opened("memory").await;
    // Another change, so that it is seen that the first one was not for everybody.
    watched
        .server
        .app()
        .changes
        .publish(server::changes::Notice::models(&server::models::Owner::System))
        .await;
    for (feed, expected) in feeds.iter_mut().zip(["alerts", "models"]) {
        let first = async {
            let mut text = String::new();
            while !text.contains("\"what\"") {
                let chunk = futures_util::StreamExt::next(feed).await.unwrap().unwrap();
                text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
            text
        };
        let text = tokio::time::timeout(PATIENCE, first).await.unwrap();
        let data = text.split("data: ").nth(1).unwrap();
        let change: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
        assert_eq!(change["what"], expected);
    }
    let path = format!("/api/alerts/{}/acknowledge", alert["id"].as_str().unwrap());
    let first = watched.admin.post(&path, json!({})).await.expect(200).data();
    assert_eq!(first["acknowledged_by"], watched.admin.user_id.as_str());
    watched.clock.advance(Duration::from_secs(5));
    let second = watched.admin.post(&path, json!({})).await.expect(200).data();
    assert_eq!(second["acknowledged_at"], first["acknowledged_at"]);
    watched
        .admin
        .post("/api/alerts/alr_none/acknowledge", json!({}))
        .await
        .expect(404);
    // A second one, which is over.
    watched
        .server
        .app()
        .ids
        .make(server::ids::Kind::Alert, watched.clock.advance(Duration::ZERO));
    let left = watched
        .server
        .app()
        .ids
        .make(server::ids::Kind::Alert, watched.clock.advance(Duration::ZERO));
    let now = watched.clock.advance(Duration::ZERO);
    sql::query(&LEFT)
        .bind(left.as_str())
        .bind(now)
        .execute(&watched.server.app().db)
        .await
        .unwrap();
    let page = watched
        .admin
        .get("/api/alerts?limit=1&count=true")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (page["data"][0]["id"].as_str(), &page["page"]["total"]),
        (Some(left.as_str()), &json!(2))
    );
    let next = format!(
        "/api/alerts?limit=1&after={}",
        page["page"]["next"].as_str().unwrap()
    );
    let page = watched.admin.get(&next).await.expect(200).json();
    assert_eq!(page["data"][0]["id"], alert["id"]);
    assert_eq!(page["page"]["has_more"], false);
}

#[tokio::test]
async fn the_bounds_are_settings_and_the_webhook_is_a_secret() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let settings = ada.get("/api/settings").await.expect(200).data();
    assert_eq!(
        settings["alerts"],
        json!({ "enabled": true, "response_ms": 1000, "error_percent": 1.0, "requests_min": 20, "pool_waiting": 100,
            "memory_percent": 80.0, "cpu_percent": 80.0, "window_seconds": 60, "webhook_url": null })
    );
    let refused = ada
        .patch(
            "/api/settings",
            json!({ "alerts": { "cpu_percent": 0, "webhook_url": "http://10.0.0.1/hook" } }),
        )
        .await
        .expect(422)
        .json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["alerts.cpu_percent", "alerts.webhook_url"]);
    let address = "https://hooks.example.com/services/T000/secret-part-1234";
    let changed = ada
        .patch(
            "/api/settings",
            json!({ "alerts": { "cpu_percent": 95, "webhook_url": address } }),
        )
        .await
        .expect(200);
    assert!(!changed.text().contains("secret-part"), "{}", changed.text());
    let changed = changed.data();
    assert_eq!(
        changed["alerts"]["webhook_url"],
        "https://hooks.example.com/…1234"
    );
    assert_eq!(
        (
            &changed["alerts"]["cpu_percent"],
            &changed["alerts"]["memory_percent"]
        ),
        (&json!(95.0), &json!(80.0))
    );
    let stored: Vec<(String, String)> = sql::query(&STORED).all(&server.app().db).await.unwrap();
    assert_eq!(
        stored.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["alerts", "alerts_webhook"]
    );
    assert!(
        stored.iter().all(|(_, value)| !value.contains("secret-part")),
        "{stored:?}"
    );
    let emptied = ada
        .patch("/api/settings", json!({ "alerts": { "webhook_url": null } }))
        .await
        .expect(200)
        .data();
    assert_eq!(emptied["alerts"]["webhook_url"], Value::Null);
    assert_eq!(emptied["alerts"]["cpu_percent"], 95.0);
    ada.post("/api/alerts/test", json!({})).await.expect(409);
}

#[tokio::test]
async fn a_test_of_the_webhook_says_what_went_wrong() {
    let watched = Watched::answering(json!({}), &[200, 404]).await;
    let test = || async {
        watched
            .admin
            .post("/api/alerts/test", json!({}))
            .await
            .expect(200)
            .data()
    };
    let good = test().await;
    assert_eq!(
        (&good["ok"], &good["status"], &good["error"]),
        (&json!(true), &json!(200), &Value::Null)
    );
    let heard = watched.receiver.hears("alert.test", "").await;
    assert!(
        heard["text"]
            .as_str()
            .unwrap()
            .contains(watched.server.app().alerts.node()),
        "{heard}"
    );
    let refused = test().await;
    assert_eq!((&refused["ok"], &refused["status"]), (&json!(false), &json!(404)));
    assert_eq!(refused["error"], "the receiver answered 404 Not Found");
    let away = json!({ "alerts": { "webhook_url": "http://127.0.0.1:9/0123456789abcdefghij" } });
    watched.admin.patch("/api/settings", away).await.expect(200);
    let away = test().await;
    assert_eq!((&away["ok"], &away["status"]), (&json!(false), &Value::Null));
    let error = away["error"].as_str().unwrap();
    assert!(
        !error.contains("0123456789") && error.contains("refused"),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_it_is_looked_up() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let inside = json!({ "alerts": { "webhook_url": "http://localhost:9/hook" } });
    ada.patch("/api/settings", inside).await.expect(200);
    let test = ada.post("/api/alerts/test", json!({})).await.expect(200).data();
    assert_eq!(test["ok"], false);
    let error = test["error"].as_str().unwrap();
    assert!(error.contains("leads to no public address"), "{error}");
}
