//! /v1: what is asked for in a form that can not be had is refused, and not left out.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

async fn connect(admin: &Client, body: Value, model: &str) {
    admin.post("/api/connections", body).await.expect(201);
    eventually(admin, "/api/models", |answer| answer.text().contains(model)).await;
}

#[tokio::test]
async fn a_text_that_is_longer_than_an_embedder_reads_is_refused_and_named() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let settings = json!({ "input_words": 4 });
    let body = json!({ "scope": "system", "kind": "mock", "slug": "short", "settings": settings });
    connect(&ada, body, "short/embed").await;
    let embed = async |input: Value| {
        let body = json!({ "model": "short/embed", "input": input });
        ada.post("/v1/embeddings", body).await
    };
    embed(json!(["one two", "one two three four"])).await.expect(200);
    let refused = embed(json!(["one two", "one two three four five"]))
        .await
        .expect(400);
    let error = refused.json()["error"].clone();
    assert_eq!(
        (&error["code"], &error["type"], &error["param"]),
        (
            &json!("context_length_exceeded"),
            &json!("invalid_request_error"),
            &json!("input")
        )
    );
    let why = error["message"].as_str().unwrap();
    assert!(why.contains("`input[1]`") && why.contains("4 tokens"), "{why}");
}
