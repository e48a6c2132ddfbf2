//! Visitors: who has no account may compare the mock models while an administrator lets them, and nothing of it is kept.

use http::Method;
use serde_json::{Value, json};
use testkit::{Client, SseEvent, TestServer, parse_sse};

async fn let_in(admin: &Client, requests_per_minute: u32) {
    let anonymous = json!({ "mock_mode": true, "requests_per_minute": requests_per_minute });
    admin
        .patch("/api/settings", json!({ "anonymous": anonymous }))
        .await
        .expect(200);
}

fn question(models: &[&str]) -> Value {
    json!({ "prompt": "one two three", "models": models, "settings": { "max_tokens": 5 } })
}

async fn streamed(client: &Client, body: Value) -> Vec<SseEvent> {
    let answer = client.post("/api/compare-stream", body).await.expect(200);
    parse_sse(&answer.bytes)
}

#[tokio::test]
async fn an_administrator_lets_visitors_in_and_out_again() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let visitor = server.anonymous();
    let status = async || {
        let path = "/api/anonymous-mock-mode-status";
        visitor.get(path).await.expect(200).data()
    };
    assert_eq!(status().await["enabled"], false);
    visitor
        .post("/api/compare", question(&["mock/echo"]))
        .await
        .expect(401);
    visitor
        .post("/api/compare-stream", question(&["mock/echo"]))
        .await
        .expect(401);
    let_in(&ada, 7).await;
    assert_eq!(
        status().await,
        json!({ "enabled": true, "models": ["mock/echo", "mock/lorem", "mock/fail"], "requests_per_minute": 7 })
    );
    visitor
        .post("/api/compare", question(&["mock/echo"]))
        .await
        .expect(200);
    ada.patch("/api/settings", json!({ "anonymous": { "mock_mode": false } }))
        .await
        .expect(200);
    assert_eq!(status().await["enabled"], false);
    visitor
        .post("/api/compare", question(&["mock/echo"]))
        .await
        .expect(401);
}

#[tokio::test]
async fn lanes_of_a_visitor_start_together_end_once_and_leave_nothing_behind() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let_in(&ada, 10).await;
    let visitor = server.anonymous();
    let events = streamed(&visitor, question(&["mock/echo", "mock/lorem", "mock/fail"])).await;
    let kinds: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(kinds[..3], ["start", "start", "start"]);
    assert_eq!(kinds.last(), Some(&"complete"));
    let numbers: Vec<u64> = events.iter().map(|event| event.id).collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    for (lane, error) in [(0, false), (1, false), (2, true)] {
        let done: Vec<_> = events
            .iter()
            .filter(|event| event.event == "done" && event.data["lane"] == lane)
            .collect();
        assert_eq!(done.len(), 1, "one done of lane {lane}");
        assert_eq!(done[0].data["error"].is_object(), error, "{}", done[0].data);
    }
    let text: String = events
        .iter()
        .filter(|event| event.event == "text" && event.data["lane"] == 0)
        .map(|event| event.data["text"].as_str().unwrap())
        .collect();
    assert_eq!(text, "one two three");

    let collected = visitor
        .post("/api/compare", question(&["mock/echo", "mock/echo"]))
        .await
        .expect(200)
        .data();
    assert!(collected["conversation"].is_null());
    assert_eq!(collected["replies"][1]["content"], "one two three");
    server.app().usage.flush(server.app()).await;
    let all = ada.get("/api/admin/conversations").await.expect(200).data();
    assert_eq!(all, json!([]));
    let usage = ada
        .get("/api/usage/summary?scope=installation")
        .await
        .expect(200)
        .data();
    assert_eq!(usage["total"]["calls"], 0);
}

#[tokio::test]
async fn a_visitor_asks_mock_models_alone_and_only_so_often() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let_in(&ada, 2).await;
    let visitor = server.anonymous();
    for models in [&["local/all-minilm-l6-v2"][..], &["mock/silent"], &[]] {
        visitor.post("/api/compare", question(models)).await.expect(422);
    }
    for (field, value) in [
        ("conversation", json!("cnv_1")),
        ("workspace", json!("team")),
        ("blind", json!(true)),
    ] {
        let mut body = question(&["mock/echo"]);
        body[field] = value;
        visitor.post("/api/compare", body).await.expect(401);
    }
    // A token that is wrong is no visitor.
    let path = "/api/compare";
    let wrong = [("authorization", "Bearer stoa_s_wrong")];
    let body = Some(question(&["mock/echo"]));
    let refused = visitor.open(Method::POST, path, body, &wrong).await;
    assert_eq!(refused.status().as_u16(), 401);

    for _ in 0..2 {
        visitor.post(path, question(&["mock/echo"])).await.expect(200);
    }
    let limited = visitor.post(path, question(&["mock/echo"])).await.expect(429);
    assert!(!limited.header("retry-after").is_empty());
    // Whoever has an account is not counted with the visitors.
    ada.post(path, question(&["mock/echo"])).await.expect(200);
}
