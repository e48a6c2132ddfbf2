//! Usage: every call is counted once, with its tokens and its cost.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::upstream::eventually;

sql::statements! {
    /// The calls of a user, oldest first.
    CALLS = "SELECT model, purpose, prompt_tokens, completion_tokens, cost_micros, outcome FROM usage_calls WHERE user_id = $1 ORDER BY id";
}

/// Model, purpose, tokens read, tokens written, cost, outcome.
type Row = (String, String, i64, i64, i64, String);

async fn calls(server: &TestServer, client: &Client) -> Vec<Row> {
    server.app().usage.flush(server.app()).await;
    sql::query(&CALLS)
        .bind(client.user_id.as_str())
        .all(&server.app().db)
        .await
        .unwrap()
}

async fn settled(server: &TestServer, client: &Client) -> Value {
    server.app().usage.flush(server.app()).await;
    server::usage::settle_soon(server.app()).await.unwrap();
    server.idle().await;
    client.get("/api/usage").await.expect(200).data()
}

async fn chat(client: &Client, model: &str, extra: Value) -> testkit::Answer {
    let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": "one two three" }] });
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    client.post("/v1/chat/completions", body).await
}

/// Model, calls, failures, tokens read, tokens written.
type Sums = (String, i64, i64, i64, i64);

/// The hours of each model together: the hour may turn between two calls of a test.
fn sums(hours: &Value) -> Vec<Sums> {
    let mut by_model = BTreeMap::<String, Sums>::new();
    for hour in hours.as_array().unwrap() {
        let number = |field: &str| hour[field].as_i64().unwrap();
        let model = hour["model"].as_str().unwrap().to_owned();
        let sum = by_model.entry(model.clone()).or_insert((model, 0, 0, 0, 0));
        sum.1 += number("calls");
        sum.2 += number("failures");
        sum.3 += number("prompt_tokens");
        sum.4 += number("completion_tokens");
    }
    by_model.into_values().collect()
}

#[tokio::test]
async fn calls_through_the_gateway_are_added_up_by_the_hour_and_only_once() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    chat(&ada, "mock/echo", json!({})).await.expect(200);
    chat(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    chat(
        &ada,
        "mock/fail",
        json!({ "mock": { "status": 400, "message": "no" } }),
    )
    .await
    .expect(400);
    ada.post(
        "/v1/embeddings",
        json!({ "model": "mock/embed", "input": ["a b", "c"] }),
    )
    .await
    .expect(200);
    let row = |model: &str, purpose: &str, read, written, outcome: &str| -> Row {
        (
            model.to_owned(),
            purpose.to_owned(),
            read,
            written,
            0,
            outcome.to_owned(),
        )
    };
    assert_eq!(
        calls(&server, &ada).await,
        [
            row("mock/echo", "chat", 3, 3, "ok"),
            row("mock/echo", "chat", 3, 3, "ok"),
            row("mock/fail", "chat", 0, 0, "malformed"),
            row("mock/embed", "embeddings", 3, 0, "ok"),
        ]
    );
    let hours = settled(&server, &ada).await;
    let expected = [
        ("mock/echo".to_owned(), 2, 0, 6, 6),
        ("mock/embed".to_owned(), 1, 0, 3, 0),
        ("mock/fail".to_owned(), 1, 1, 0, 0),
    ];
    assert_eq!(sums(&hours), expected);
    assert!(
        !server::usage::settle_soon(server.app()).await.unwrap(),
        "nothing is left to settle"
    );
    assert_eq!(sums(&settled(&server, &ada).await), expected);
    chat(&ada, "mock/echo", json!({})).await.expect(200);
    assert_eq!(
        sums(&settled(&server, &ada).await)[0],
        ("mock/echo".to_owned(), 3, 0, 9, 9)
    );
}

#[tokio::test]
async fn two_settlements_at_once_count_each_call_once() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for _ in 0..20 {
        chat(&ada, "mock/echo", json!({})).await.expect(200);
    }
    server.app().usage.flush(server.app()).await;
    let soon = || server::usage::settle_soon(server.app());
    let (first, second, third) = tokio::join!(soon(), soon(), soon());
    assert!(first.unwrap() && second.unwrap() && third.unwrap());
    server.idle().await;
    let hours = ada.get("/api/usage").await.expect(200).data();
    let calls: i64 = hours
        .as_array()
        .unwrap()
        .iter()
        .map(|hour| hour["calls"].as_i64().unwrap())
        .sum();
    assert_eq!(calls, 20);
}

#[tokio::test]
async fn a_call_costs_what_its_connection_says() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let prices = json!({ "echo": { "input": 100, "output": 1_000 } });
    let body = json!({ "scope": "system", "kind": "mock", "slug": "paid", "settings": { "prices": prices } });
    ada.post("/api/connections", body).await.expect(201);
    let listed = eventually(&ada, "/api/models", |answer| answer.text().contains("paid/echo"))
        .await
        .data();
    let echo = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == "paid/echo")
        .unwrap()
        .clone();
    assert_eq!(
        (&echo["input_price_micros"], &echo["output_price_micros"]),
        (&json!(100_000_000), &json!(1_000_000_000))
    );
    chat(&ada, "paid/echo", json!({})).await.expect(200);
    // Three words read at 100 a million, three written at 1,000.
    assert_eq!(calls(&server, &ada).await[0].4, 300 + 3_000);
}

#[tokio::test]
async fn a_reply_in_a_conversation_is_counted_with_its_run() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, "one two").await;
    let calls = calls(&server, &ada).await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!((calls[0].0.as_str(), calls[0].5.as_str()), ("mock/echo", "ok"));
    let hours = settled(&server, &ada).await;
    assert_eq!(hours[0]["completion_tokens"], 2);
    assert_eq!(hours[0]["workspace_id"], ada.workspace.as_str());
}

#[tokio::test]
async fn usage_is_the_callers_own_and_can_be_narrowed() {
    let server = TestServer::with(&[("auth.registration", "open")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    chat(&ada, "mock/echo", json!({})).await.expect(200);
    settled(&server, &ada).await;
    assert_eq!(bob.get("/api/usage").await.expect(200).data(), json!([]));
    assert_eq!(
        ada.get("/api/usage?to=2020-01-01T00:00:00Z")
            .await
            .expect(200)
            .data(),
        json!([])
    );
    assert_eq!(
        ada.get("/api/usage?workspace=elsewhere").await.expect(200).data(),
        json!([])
    );
    let own = ada
        .get(&format!("/api/usage?workspace={}", ada.workspace))
        .await
        .expect(200)
        .data();
    assert_eq!(own.as_array().unwrap().len(), 1);
    ada.get("/api/usage?from=yesterday").await.expect(400);
}
