//! Batches through HTTP: prompts asked of several models by one run, steered, read as a grid, exported.

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use testkit::{Client, SseEvent, TestServer, parse_sse};

use crate::upstream::{Upstream, chunk, eventually};

sql::statements! {
    /// What the cells of a batch add up to.
    SUMS = "SELECT CAST(SUM(CASE WHEN status = 'done' THEN 1 ELSE 0 END) AS BIGINT), CAST(SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) AS BIGINT), \
        COUNT(*), CAST(SUM(prompt_tokens) AS BIGINT), CAST(SUM(completion_tokens) AS BIGINT), CAST(SUM(cost_micros) AS BIGINT), \
        CAST(SUM(attempts) AS BIGINT) FROM batch_cells WHERE batch_id = $1";
    /// What its lanes do.
    LANE_SUMS = "SELECT CAST(SUM(done_count) AS BIGINT), CAST(SUM(failed_count) AS BIGINT), CAST(SUM(prompt_tokens) AS BIGINT), \
        CAST(SUM(completion_tokens) AS BIGINT), CAST(SUM(cost_micros) AS BIGINT) FROM batch_lanes WHERE batch_id = $1";
    /// What was recorded of its calls.
    CALLS = "SELECT COUNT(*), CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT), CAST(COALESCE(SUM(completion_tokens), 0) AS BIGINT) \
        FROM usage_calls WHERE purpose = 'batch' AND workspace_id = $1";
    /// Promises to calls that have not ended.
    pub(crate) PROMISES = "SELECT COUNT(*) FROM budget_reservations";
}

pub async fn begin(client: &Client, body: Value) -> Value {
    let path = format!("/api/workspaces/{}/batches", client.workspace);
    client.post(&path, body).await.expect(202).data()
}

pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub fn path_of(batch: &Value) -> String {
    format!("/api/batches/{}", text(&batch["id"]))
}

pub fn events_of(batch: &Value) -> String {
    format!("/api/runs/{}/events", text(&batch["run_id"]))
}

pub async fn shown(client: &Client, batch: &Value) -> Value {
    client.get(&path_of(batch)).await.expect(200).data()
}

pub async fn rows(client: &Client, batch: &Value, query: &str) -> Vec<Value> {
    let path = format!("{}/rows?limit=100{query}", path_of(batch));
    let rows = client.get(&path).await.expect(200).data();
    rows.as_array().expect("rows").clone()
}

/// Steers a batch; what it answers.
pub async fn steer(client: &Client, batch: &Value, how: &str, status: u16) -> Value {
    let path = format!("{}/{how}", path_of(batch));
    client.post(&path, json!({})).await.expect(status).json()["data"].clone()
}

/// Waits for the last event of the run that works on it, and looks at it then.
pub async fn ended(client: &Client, batch: &Value) -> Value {
    client.events(&events_of(batch), 0, usize::MAX).await;
    shown(client, batch).await
}

/// The events of a run until they are as wanted.
pub async fn until(client: &Client, batch: &Value, wanted: impl Fn(&[SseEvent]) -> bool) -> Vec<SseEvent> {
    let response = client.open(Method::GET, &events_of(batch), None, &[]).await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
        if bytes.ends_with(b"\n\n") && wanted(&parse_sse(&bytes)) {
            break;
        }
    }
    parse_sse(&bytes)
}

/// Waits until a batch is as wanted.
pub async fn becomes(client: &Client, batch: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually(client, &path_of(batch), |answer| wanted(&answer.data())).await;
    shown(client, batch).await
}

/// What always holds of a batch at rest: its sums, those of its lanes and those of its cells are the same.
pub async fn check_sums(server: &TestServer, client: &Client, batch: &Value) -> i64 {
    let id = text(&batch["id"]);
    let db = &server.app().db;
    let shown = shown(client, batch).await;
    let (done, failed, cells, read, written, cost, attempts): (i64, i64, i64, i64, i64, i64, i64) =
        sql::query(&SUMS).bind(id.as_str()).one(db).await.unwrap();
    let of_batch = [
        "done",
        "failed",
        "cells",
        "prompt_tokens",
        "completion_tokens",
        "cost_micros",
    ]
    .map(|name| shown[name].as_i64().unwrap());
    assert_eq!(of_batch, [done, failed, cells, read, written, cost]);
    let lanes: (i64, i64, i64, i64, i64) = sql::query(&LANE_SUMS).bind(id.as_str()).one(db).await.unwrap();
    assert_eq!(lanes, (done, failed, read, written, cost));
    attempts
}

/// How many calls of batches were recorded in the personal workspace, and what they cost.
pub async fn calls(server: &TestServer, client: &Client) -> (i64, i64) {
    let calls: (i64, i64, i64) = sql::query(&CALLS)
        .bind(client.workspace.as_str())
        .one(&server.app().db)
        .await
        .unwrap();
    (calls.0, calls.1)
}

/// A connection of scripted models that behave so.
pub async fn scripted(admin: &Client, slug: &str, settings: Value) {
    let connection =
        json!({ "scope": "system", "kind": "mock", "slug": slug, "name": slug, "settings": settings });
    admin.post("/api/connections", connection).await.expect(201);
}

pub fn statuses(row: &Value) -> Vec<String> {
    let cells = row["cells"].as_array().unwrap().iter();
    cells.map(|cell| text(&cell["status"])).collect()
}

/// A connection whose words cost so much: a million tokens, in units.
pub async fn priced(admin: &Client, output: f64) {
    let settings = json!({ "prices": { "*": { "output": output } }, "first_token_ms": 20 });
    let connection =
        json!({ "scope": "system", "kind": "mock", "slug": "paid", "name": "Paid", "settings": settings });
    admin.post("/api/connections", connection).await.expect(201);
}

/// A model of a provider that answers every question with the same word: `up/a`.
pub async fn answering(admin: &Client) -> Upstream {
    let upstream = Upstream::with_models(&["a"]).await;
    answers(&upstream);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-1" });
    admin.post("/api/connections", connection).await.expect(201);
    eventually(admin, "/api/models", |answer| answer.text().contains("up/a")).await;
    upstream
}

fn answers(upstream: &Upstream) {
    upstream.stream(&[
        chunk(json!({ "role": "assistant", "content": "Yes." }), None),
        chunk(json!({}), Some("stop")),
    ]);
}

#[tokio::test]
async fn every_prompt_is_asked_of_every_model_and_a_failing_one_stops_no_other() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    scripted(&ada, "bad", json!({ "status": 400, "message": "no such thing" })).await;
    let batch = begin(
        &ada,
        json!({
            "name": "Three", "prompts": ["one", { "prompt": "two two", "expected": "2" }, "three"],
            "models": ["mock/echo", { "model": "bad/fail", "label": "Bad" }, { "model": "mock/lorem", "settings": { "max_tokens": 3 } }],
        }),
    )
    .await;
    assert_eq!(
        (&batch["status"], &batch["rows"], &batch["cells"]),
        (&json!("running"), &json!(3), &json!(9))
    );
    let events = ada.events(&events_of(&batch), 0, usize::MAX).await;
    assert_eq!(events[0].event, "start");
    let last = events.last().unwrap();
    assert_eq!(
        (last.event.as_str(), &last.data["status"]),
        ("complete", &json!("completed"))
    );
    assert_eq!(
        (&last.data["done"], &last.data["failed"], &last.data["total"]),
        (&json!(6), &json!(3), &json!(9))
    );
    let told: Vec<&Value> = events
        .iter()
        .filter(|event| event.event == "progress")
        .map(|event| &event.data)
        .collect();
    let mut positions: Vec<i64> = told
        .iter()
        .flat_map(|data| {
            data["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row.as_i64().unwrap())
        })
        .collect();
    positions.sort_unstable();
    positions.dedup();
    assert_eq!(positions, [0, 1, 2]);
    let after = shown(&ada, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("completed"), &json!(6), &json!(3))
    );
    assert_eq!(after["lanes"][1]["failed"], 3);
    assert!(after["finished_at"].is_string() && after["lanes"][0]["latency_ms"].is_i64());
    let rows = rows(&ada, &batch, "").await;
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[1]["prompt"], &rows[1]["expected"]),
        (&json!("two two"), &json!("2"))
    );
    for row in &rows {
        assert_eq!(statuses(row), ["done", "failed", "done"]);
        assert_eq!(row["cells"][0]["text"], row["prompt"]);
        assert_eq!(row["cells"][2]["text"], "lorem ipsum dolor ");
        assert_eq!(row["cells"][2]["finish_reason"], "length");
        assert!(text(&row["cells"][1]["error"]["detail"]).contains("no such thing"));
    }
    let attempts = check_sums(&server, &ada, &batch).await;
    assert_eq!((attempts, calls(&server, &ada).await.0), (9, 9));
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_and_failed_cells_wait_again_on_request() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let upstream = answering(&ada).await;
    upstream.answer(503, "application/json", "{}");
    let batch = begin(
        &ada,
        json!({ "prompts": ["one"], "models": ["up/a", "mock/echo"] }),
    )
    .await;
    let before = ended(&ada, &batch).await;
    assert_eq!(
        (&before["status"], &before["done"], &before["failed"]),
        (&json!("completed"), &json!(1), &json!(1))
    );
    let row = &rows(&ada, &batch, "&status=failed").await[0];
    assert_eq!(row["cells"][0]["attempts"], 3);
    assert_eq!(row["cells"][0]["error"]["code"], "upstream_error");
    // It answers again.
    answers(&upstream);
    let again = steer(&ada, &batch, "retry", 202).await;
    assert_ne!(again["run_id"], batch["run_id"]);
    assert_eq!(
        (&again["status"], &again["failed"]),
        (&json!("running"), &json!(0))
    );
    let after = ended(&ada, &again).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("completed"), &json!(2), &json!(0))
    );
    let row = &rows(&ada, &batch, "").await[0];
    assert_eq!(
        (&row["cells"][0]["text"], &row["cells"][0]["attempts"]),
        (&json!("Yes."), &json!(4))
    );
    assert_eq!(check_sums(&server, &ada, &batch).await, 5);
    assert_eq!(calls(&server, &ada).await.0, 5);
    // Nothing has failed any more, and what is complete does not go on.
    for how in ["retry", "resume", "pause", "cancel"] {
        steer(&ada, &batch, how, 409).await;
    }
}

#[tokio::test]
async fn a_silent_model_fails_its_cells_by_the_inactivity_limit() {
    let server = TestServer::with(&[
        ("providers.inactivity_timeout", "200ms"),
        ("providers.retries", "0"),
    ])
    .await;
    let ada = server.register("ada").await;
    let batch = begin(
        &ada,
        json!({ "prompts": ["one"], "models": ["mock/silent", "mock/echo"] }),
    )
    .await;
    let after = ended(&ada, &batch).await;
    assert_eq!((&after["done"], &after["failed"]), (&json!(1), &json!(1)));
    let row = &rows(&ada, &batch, "").await[0];
    assert_eq!(row["cells"][0]["error"]["code"], "upstream_timeout");
    assert_eq!(row["cells"][1]["text"], "one");
}

#[tokio::test]
async fn a_paused_batch_finishes_what_is_under_way_and_goes_on_when_it_is_resumed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    scripted(&ada, "slow", json!({ "first_token_ms": 60 })).await;
    let prompts: Vec<String> = (0..40).map(|n| format!("prompt {n}")).collect();
    let batch = begin(
        &ada,
        json!({ "prompts": prompts, "models": ["slow/echo"], "concurrency": 2 }),
    )
    .await;
    becomes(&ada, &batch, |now| now["done"].as_i64() >= Some(2)).await;
    let paused = steer(&ada, &batch, "pause", 202).await;
    assert_eq!(
        (&paused["status"], &paused["reason"]["code"]),
        (&json!("paused"), &json!("requested"))
    );
    steer(&ada, &batch, "pause", 409).await;
    let events = until(&ada, &batch, |events| {
        events.iter().any(|event| event.event == "paused")
    })
    .await;
    assert_eq!(events.last().unwrap().data["reason"]["code"], "requested");
    server.idle().await;
    let at_rest = shown(&ada, &batch).await;
    let done = at_rest["done"].as_i64().unwrap();
    assert!((2..40).contains(&done), "{done}");
    assert_eq!(at_rest["status"], "paused");
    assert_eq!(check_sums(&server, &ada, &batch).await, done);
    let waiting = rows(&ada, &batch, "&status=pending").await;
    assert_eq!(waiting.len() as i64, 40 - done);
    assert_eq!(waiting[0]["position"], done);
    let resumed = steer(&ada, &batch, "resume", 202).await;
    assert_eq!(
        (&resumed["status"], &resumed["run_id"]),
        (&json!("running"), &batch["run_id"])
    );
    let after = ended(&ada, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"]),
        (&json!("completed"), &json!(40))
    );
    assert_eq!(check_sums(&server, &ada, &batch).await, 40);
}

#[tokio::test]
async fn a_cancelled_batch_keeps_its_answers_and_can_go_on_later() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let batch = begin(
        &ada,
        json!({ "prompts": ["one", "two"], "models": ["mock/echo", "mock/silent"] }),
    )
    .await;
    becomes(&ada, &batch, |now| now["done"] == 2).await;
    steer(&ada, &batch, "resume", 409).await;
    steer(&ada, &batch, "cancel", 202).await;
    let events = ada.events(&events_of(&batch), 0, usize::MAX).await;
    let last = events.last().unwrap();
    assert_eq!(
        (&last.data["status"], &last.data["done"]),
        (&json!("cancelled"), &json!(2))
    );
    let after = shown(&ada, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("cancelled"), &json!(2), &json!(0))
    );
    assert_eq!(statuses(&rows(&ada, &batch, "").await[0]), ["done", "pending"]);
    // The calls that were broken off are recorded, and count for their cells.
    let attempts = check_sums(&server, &ada, &batch).await;
    assert_eq!(attempts, calls(&server, &ada).await.0);
    let resumed = steer(&ada, &batch, "resume", 202).await;
    assert_ne!(resumed["run_id"], batch["run_id"]);
    steer(&ada, &resumed, "pause", 202).await;
    // Asleep or about to be: cancelling ends it all the same.
    steer(&ada, &resumed, "cancel", 202).await;
    let after = becomes(&ada, &batch, |now| now["status"] == "cancelled").await;
    assert_eq!(after["done"], 2);
    ada.delete(&path_of(&batch)).await.expect(204);
    ada.get(&path_of(&batch)).await.expect(404);
}

#[tokio::test]
async fn deleting_a_batch_ends_what_is_under_way() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let batch = begin(&ada, json!({ "prompts": ["one"], "models": ["mock/silent"] })).await;
    ada.delete(&path_of(&batch)).await.expect(204);
    ada.get(&path_of(&batch)).await.expect(404);
    server.idle().await;
    let run = ada
        .get(&format!("/api/runs/{}", text(&batch["run_id"])))
        .await
        .expect(200)
        .data();
    assert_eq!(run["status"], "cancelled");
    // With its workspace goes every batch in it.
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    let body = json!({ "prompts": ["one"], "models": ["mock/silent"] });
    let batch = ada
        .post("/api/workspaces/team/batches", body)
        .await
        .expect(202)
        .data();
    ada.delete("/api/workspaces/team").await.expect(204);
    ada.get(&path_of(&batch)).await.expect(404);
    server.idle().await;
}

#[tokio::test]
async fn a_used_up_budget_pauses_the_batch_and_it_goes_on_when_there_is_more() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    priced(&ada, 1_000_000.0).await;
    // Every cell costs two units: two words of one unit each.
    let budget = json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": 7_000_000 });
    let budget = ada.post("/api/budgets", budget).await.expect(201).data();
    let prompts: Vec<String> = (0..8).map(|n| format!("prompt {n}")).collect();
    let body = json!({
        "prompts": prompts, "models": ["paid/echo", "mock/echo"], "settings": { "max_tokens": 2 }, "concurrency": 3,
    });
    let batch = begin(&ada, body).await;
    let paused = becomes(&ada, &batch, |now| now["status"] == "paused").await;
    assert_eq!(paused["reason"]["code"], "budget_exceeded");
    server.idle().await;
    let at_rest = shown(&ada, &batch).await;
    // The budget is passed by less than one call, and no cell has failed of it.
    assert_eq!(
        (&at_rest["lanes"][0]["done"], &at_rest["failed"]),
        (&json!(4), &json!(0))
    );
    assert_eq!(at_rest["cost_micros"], 8_000_000);
    check_sums(&server, &ada, &batch).await;
    let path = format!("/api/budgets/{}", text(&budget["id"]));
    ada.patch(&path, json!({ "limit_micros": 100_000_000 }))
        .await
        .expect(200);
    steer(&ada, &batch, "resume", 202).await;
    let after = ended(&ada, &batch).await;
    assert_eq!(
        (&after["done"], &after["cost_micros"]),
        (&json!(16), &json!(16_000_000))
    );
    let (_, cost) = calls(&server, &ada).await;
    assert_eq!(cost, 16_000_000);
    let promises: (i64,) = sql::query(&PROMISES).one(&server.app().db).await.unwrap();
    assert_eq!(promises.0, 0);
}
