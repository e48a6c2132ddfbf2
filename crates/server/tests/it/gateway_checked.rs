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

#[tokio::test]
async fn a_form_of_the_answer_that_there_is_not_is_refused_by_its_place() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let schema = json!({ "type": "object", "properties": {} });
    let wrong = [
        (json!("json"), "response_format"),
        (json!({}), "response_format.type"),
        (json!({ "type": "xml" }), "response_format.type"),
        (json!({ "type": "json_schema" }), "response_format.json_schema"),
        (
            json!({ "type": "json_schema", "json_schema": { "schema": schema } }),
            "response_format.json_schema.name",
        ),
        (
            json!({ "type": "json_schema", "json_schema": { "name": "two words", "schema": schema } }),
            "response_format.json_schema.name",
        ),
        (
            json!({ "type": "json_schema", "json_schema": { "name": "note" } }),
            "response_format.json_schema.schema",
        ),
        (
            json!({ "type": "json_schema", "json_schema": { "name": "note", "schema": "object" } }),
            "response_format.json_schema.schema",
        ),
    ];
    let ask = async |model: &str, format: &Value| {
        let messages = json!([{ "role": "user", "content": "Hi" }]);
        let body = json!({ "model": model, "messages": messages, "response_format": format });
        ada.post("/v1/chat/completions", body).await
    };
    for (format, param) in wrong {
        let refused = ask("mock/echo", &format).await.expect(400).json();
        assert_eq!(refused["error"]["param"], param, "{format}: {refused}");
    }
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({
        "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-test",
    });
    connect(&ada, body, "up/m").await;
    upstream.stream(&[
        chunk(json!({ "content": "{}" }), None),
        chunk(json!({}), Some("stop")),
    ]);
    let right = [
        json!({ "type": "text" }),
        json!({ "type": "json_object" }),
        json!({ "type": "json_schema", "json_schema": { "name": "note", "strict": true, "schema": schema } }),
    ];
    for format in right {
        ask("up/m", &format).await.expect(200);
        let requests = upstream.requests();
        assert_eq!(requests.last().unwrap().1["response_format"], format);
    }
}
