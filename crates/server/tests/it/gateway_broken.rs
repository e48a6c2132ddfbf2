//! /v1: whole answers that break off before their end, of which the caller has seen nothing.

use serde_json::{Value, json};
use sql::query;
use testkit::{Answer, Client, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

sql::statements! {
    /// What was called, how it ended, what it wrote and what that cost.
    CALLS = "SELECT model, outcome, completion_tokens, cost_micros FROM usage_calls ORDER BY id";
}

/// A connection in OpenAI's format to an upstream with the model `m`.
async fn connected(admin: &Client, slug: &str) -> Upstream {
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({
        "scope": "system", "kind": "openai", "slug": slug, "base_url": upstream.url, "api_key": "sk-test",
        "settings": { "prices": { "*": { "input": 100, "output": 1_000 } } },
    });
    admin.post("/api/connections", body).await.expect(201);
    let name = format!("{slug}/m");
    eventually(admin, "/api/models", |answer| answer.text().contains(&name)).await;
    upstream
}

/// Some of an answer.
fn begun() -> [Value; 2] {
    ["Half of ", "an answer"].map(|text| chunk(json!({ "content": text }), None))
}

/// All of one.
fn answered() -> [Value; 2] {
    [
        chunk(json!({ "content": "All of it." }), None),
        chunk(json!({}), Some("stop")),
    ]
}

async fn route(client: &Client, name: &str, models: &[&str]) {
    let targets: Value = models.iter().map(|model| json!({ "model": model })).collect();
    let path = format!("/api/workspaces/{}/routes", client.workspace);
    let body = json!({ "name": name, "targets": targets });
    client.post(&path, body).await.expect(201);
}

async fn chat(client: &Client, model: &str, stream: bool) -> Answer {
    let messages = json!([{ "role": "user", "content": "All of it." }]);
    let body = json!({ "model": model, "messages": messages, "stream": stream, "max_tokens": 50 });
    client.post("/v1/chat/completions", body).await
}

/// The calls so far, once there are so many of them.
async fn calls(server: &TestServer, count: usize) -> Vec<(String, String, i64, i64)> {
    let waiting = async {
        loop {
            let rows: Vec<(String, String, i64, i64)> = query(&CALLS).all(&server.app().db).await.unwrap();
            if rows.len() >= count {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_is_had_from_the_next_target_and_what_was_written_is_charged() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = connected(&ada, "breaks").await;
    route(&ada, "main", &["breaks/m", "mock/echo"]).await;
    upstream.cut_off(&begun());
    let answer = chat(&ada, "route/main", false).await.expect(200);
    let body = answer.json();
    assert_eq!(body["choices"][0]["message"]["content"], "All of it.");
    assert_eq!(
        (answer.header("x-stoa-model"), answer.header("x-stoa-route")),
        ("mock/echo", "route/main")
    );
    assert_eq!(body["model"], "mock/echo");
    assert_eq!(
        upstream.requests().len(),
        1,
        "another target is the better second attempt"
    );
    let calls = calls(&server, 2).await;
    let (model, outcome, written, cost) = &calls[0];
    assert_eq!((model.as_str(), outcome.as_str()), ("breaks/m", "upstream_error"));
    // "Half of an answer" and the question, in tokens of four bytes each.
    assert_eq!((*written, *cost), (5, 300 + 5_000));
    assert_eq!((calls[1].0.as_str(), calls[1].1.as_str()), ("mock/echo", "ok"));

    // A stream has been seen: nobody else is asked.
    upstream.cut_off(&begun());
    let broken = chat(&ada, "route/main", true).await.expect(200).text();
    assert!(
        broken.contains("Half of ") && broken.contains("\"error\"") && !broken.contains("[DONE]"),
        "{broken}"
    );
}

#[tokio::test]
async fn a_whole_answer_that_breaks_off_in_any_format_is_asked_for_once_more() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = connected(&ada, "up").await;
    upstream.stream(&answered());
    let user = json!([{ "role": "user", "content": "Hi" }]);
    let formats = [
        ("/v1/chat/completions", "messages", "/choices/0/message/content"),
        ("/v1/messages", "messages", "/content/0/text"),
        ("/v1/responses", "input", "/output/0/content/0/text"),
    ];
    for (path, field, place) in formats {
        let before = upstream.requests().len();
        upstream.cut_off(&begun());
        let mut body = json!({ "model": "up/m", field: user });
        if path == "/v1/messages" {
            body["max_tokens"] = 50.into();
        }
        let answer = ada.post(path, body).await.expect(200).json();
        assert_eq!(answer.pointer(place).unwrap(), "All of it.", "{path}: {answer}");
        assert_eq!(upstream.requests().len(), before + 2, "{path}");
    }
    // Once, and not for ever.
    let before = upstream.requests().len();
    upstream.cut_off(&begun());
    upstream.cut_off(&begun());
    chat(&ada, "up/m", false).await.expect(502);
    assert_eq!(upstream.requests().len(), before + 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_asked_for_again_where_nothing_is_or_where_nothing_is_left_for_it() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let upstream = connected(&ada, "up").await;
    upstream.stream(&answered());
    upstream.cut_off(&begun());
    chat(&ada, "up/m", false).await.expect(502);
    assert_eq!(upstream.requests().len(), 1);

    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = connected(&ada, "up").await;
    upstream.stream(&answered());
    // What the half of an answer costs is more than there is, and nothing is left for another.
    let budget =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": 5_000 });
    ada.post("/api/budgets", budget).await.expect(201);
    upstream.cut_off(&begun());
    let answer = chat(&ada, "up/m", false).await.expect(502);
    assert_eq!(answer.json()["error"]["code"], "upstream_error");
    assert_eq!(upstream.requests().len(), 1);
    assert_eq!(calls(&server, 1).await.len(), 1);
}
