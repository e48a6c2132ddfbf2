//! /v1/messages and /v1/responses: the same call as /v1/chat/completions in other formats, with their events, errors and bills.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

const TEXT: &str = "Grüße, 世界\nzwei 🚀";

sql::statements! {
    /// What the calls of a user came to.
    CALLS = "SELECT model, prompt_tokens, completion_tokens, outcome FROM usage_calls WHERE user_id = $1 ORDER BY id";
}

async fn message(client: &Client, model: &str, extra: Value) -> Answer {
    let body =
        json!({ "model": model, "max_tokens": 1000, "messages": [{ "role": "user", "content": TEXT }] });
    client.post("/v1/messages", with(body, extra)).await
}

async fn respond(client: &Client, model: &str, extra: Value) -> Answer {
    client
        .post(
            "/v1/responses",
            with(json!({ "model": model, "input": TEXT }), extra),
        )
        .await
}

fn with(mut body: Value, extra: Value) -> Value {
    let Value::Object(extra) = extra else {
        panic!("{extra}")
    };
    body.as_object_mut().unwrap().extend(extra);
    body
}

/// The data of named events. Fails on anything that is not a name and one line of data, with the same type.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let text = answer.text();
    assert!(text.ends_with("\n\n"), "{text}");
    let frames = text
        .split_terminator("\n\n")
        .filter(|frame| !frame.starts_with(':'));
    frames
        .map(|frame| {
            let (name, data) = frame.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(name.strip_prefix("event: "), data["type"].as_str(), "{frame}");
            data
        })
        .collect()
}

#[track_caller]
fn message_error(answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let body = answer.json();
    assert_eq!(
        (&body["type"], &body["error"]["type"]),
        (&json!("error"), &json!(kind))
    );
    assert_eq!(body["request_id"], answer.header("x-request-id"));
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_message_whole_and_streamed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = message(&ada, "mock/echo", json!({})).await.expect(200).json();
    assert!(body["id"].as_str().unwrap().starts_with("msg_"));
    assert_eq!(
        (&body["type"], &body["role"], &body["model"], &body["stop_reason"]),
        (
            &json!("message"),
            &json!("assistant"),
            &json!("mock/echo"),
            &json!("end_turn")
        )
    );
    assert_eq!(body["content"], json!([{ "type": "text", "text": TEXT }]));
    assert_eq!(
        (&body["usage"]["input_tokens"], &body["usage"]["output_tokens"]),
        (&json!(4), &json!(4))
    );

    let streamed = message(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    let all = events(&streamed);
    let kinds: Vec<&str> = all.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["message_start", "content_block_start"]);
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["content_block_stop", "message_delta", "message_stop"]
    );
    let said: String = all
        .iter()
        .filter_map(|event| event["delta"]["text"].as_str())
        .collect();
    assert_eq!(said, TEXT);
    let end = &all[all.len() - 2];
    assert_eq!(
        (&end["delta"]["stop_reason"], &end["usage"]["output_tokens"]),
        (&json!("end_turn"), &json!(4))
    );
    let cut = message(&ada, "mock/lorem", json!({ "max_tokens": 3 }))
        .await
        .expect(200);
    assert_eq!(cut.json()["stop_reason"], "max_tokens");
}

#[tokio::test]
async fn a_response_whole_and_streamed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = respond(&ada, "mock/echo", json!({ "metadata": { "a": "b" } }))
        .await
        .expect(200)
        .json();
    assert!(body["id"].as_str().unwrap().starts_with("resp_"));
    assert_eq!(
        (
            &body["object"],
            &body["status"],
            &body["model"],
            &body["metadata"],
            &body["store"]
        ),
        (
            &json!("response"),
            &json!("completed"),
            &json!("mock/echo"),
            &json!({ "a": "b" }),
            &json!(false)
        )
    );
    assert_eq!(body["output"][0]["content"][0]["text"], TEXT);
    assert_eq!(body["usage"]["total_tokens"], 8);

    let streamed = respond(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    let all = events(&streamed);
    for (number, event) in all.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let said: String = all.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(said, TEXT);
    let last = all.last().unwrap();
    assert_eq!(last["type"], "response.completed");
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], TEXT);
    assert_eq!(last["response"]["id"], all[0]["response"]["id"]);
    let cut = respond(&ada, "mock/lorem", json!({ "max_output_tokens": 3 }))
        .await
        .expect(200);
    assert_eq!(cut.json()["incomplete_details"]["reason"], "max_output_tokens");
}

#[tokio::test]
async fn a_call_is_counted_the_same_in_every_format() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let chat = json!({ "model": "mock/echo", "messages": [{ "role": "user", "content": TEXT }] });
    ada.post("/v1/chat/completions", chat).await.expect(200);
    message(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    respond(&ada, "mock/echo", json!({})).await.expect(200);
    server.app().usage.flush(server.app()).await;
    let calls: Vec<(String, i64, i64, String)> = sql::query(&CALLS)
        .bind(ada.user_id.as_str())
        .all(&server.app().db)
        .await
        .unwrap();
    assert_eq!(calls, vec![("mock/echo".to_owned(), 4, 4, "ok".to_owned()); 3]);
}

#[tokio::test]
async fn a_budget_holds_for_every_format() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let settings = json!({ "prices": { "*": { "input": 100, "output": 1_000 } } });
    let body = json!({ "scope": "system", "kind": "mock", "slug": "paid", "settings": settings });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("paid/echo")).await;
    let budget =
        json!({ "scope": "user", "subject": "ada@example.com", "period": "day", "limit_micros": 4_000 });
    let budget = ada.post("/api/budgets", budget).await.expect(201).data();
    message(&ada, "paid/echo", json!({})).await.expect(200);
    let path = format!("/api/budgets/{}", budget["id"].as_str().unwrap());
    // Four words read and four written.
    eventually(&ada, &path, |answer| answer.data()["spent_micros"] == 4_400).await;
    let refused = message(&ada, "paid/echo", json!({})).await;
    message_error(&refused, 402, "billing_error");
    let refused = respond(&ada, "paid/echo", json!({})).await.expect(402);
    assert_eq!(refused.json()["error"]["code"], "insufficient_quota");
}

#[tokio::test]
async fn errors_of_messages_have_anthropics_shape() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let nobody = server.anonymous();
    message_error(
        &message(&nobody, "mock/echo", json!({})).await,
        401,
        "authentication_error",
    );
    let unknown = message(&ada, "mock/ehco", json!({})).await;
    assert!(message_error(&unknown, 404, "not_found_error").contains("mock/echo"));
    let wrong = message(&ada, "mock/echo", json!({ "messages": [] })).await;
    assert!(message_error(&wrong, 400, "invalid_request_error").contains("'messages'"));
    let mock = |status: u16| json!({ "mock": { "status": status, "message": "told to fail" } });
    for (status, ours, kind) in [
        (500, 502, "api_error"),
        (429, 429, "rate_limit_error"),
        (413, 400, "invalid_request_error"),
    ] {
        // A success before each failure keeps the breaker closed.
        message(&ada, "mock/echo", json!({})).await.expect(200);
        let failed = message(&ada, "mock/fail", mock(status)).await;
        assert!(message_error(&failed, ours, kind).contains("told to fail"));
    }
    let extra = json!({ "stream": true, "mock": { "after_tokens": 3, "message": "told to fail" } });
    let all = events(&message(&ada, "mock/fail", extra).await.expect(200));
    let last = all.last().unwrap();
    assert_eq!(
        (&last["type"], &last["error"]["type"]),
        (&json!("error"), &json!("api_error"))
    );
    assert!(
        last["error"]["message"]
            .as_str()
            .unwrap()
            .contains("told to fail")
    );
    ada.get("/v1/messages").await.expect(405);
}

#[tokio::test]
async fn errors_of_responses_have_openais_shape() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let earlier = respond(&ada, "mock/echo", json!({ "previous_response_id": "resp_1" }))
        .await
        .expect(400);
    let error = earlier.json()["error"].clone();
    assert_eq!(error["param"], "previous_response_id");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("send the whole conversation")
    );
    respond(&ada, "mock/echo", json!({ "store": true }))
        .await
        .expect(400);
    let extra = json!({ "stream": true, "mock": { "after_tokens": 3, "message": "told to fail" } });
    let all = events(&respond(&ada, "mock/fail", extra).await.expect(200));
    let last = all.last().unwrap();
    assert_eq!(
        (
            &last["type"],
            &last["response"]["status"],
            &last["response"]["error"]["code"]
        ),
        (
            &json!("response.failed"),
            &json!("failed"),
            &json!("server_error")
        )
    );
    assert!(
        last["response"]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("told to fail")
    );
}

#[tokio::test]
async fn a_key_in_anthropics_header_is_a_key() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let key = ada
        .post("/api/auth/keys", json!({ "name": "k", "scopes": ["models"] }))
        .await
        .expect(201)
        .data()["key"]
        .clone();
    let body =
        json!({ "model": "mock/echo", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hi" }] });
    let headers = [
        ("x-api-key", key.as_str().unwrap()),
        ("anthropic-version", "2023-06-01"),
    ];
    let nobody = server.anonymous();
    let answer = nobody
        .send(Method::POST, "/v1/messages", Some(body.clone()), &headers)
        .await;
    assert_eq!(answer.expect(200).json()["content"][0]["text"], "Hi");
    let count = nobody
        .send(Method::POST, "/v1/messages/count_tokens", Some(body), &headers)
        .await;
    assert_eq!(count.expect(200).json(), json!({ "input_tokens": 1 }));
}

/// What an Anthropic upstream sends for a call with signed thinking.
fn anthropic_stream() -> String {
    let events = [
        json!({ "type": "message_start", "message": { "usage": { "input_tokens": 10, "cache_read_input_tokens": 8,
            "cache_creation_input_tokens": 3, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "", "signature": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Hm." } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "signature_delta", "signature": "c2ln" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "tool_use", "id": "toolu_1", "name": "look", "input": {} } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "{\"near\":true}" } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use", "stop_sequence": null }, "usage": { "output_tokens": 34 } }),
        json!({ "type": "message_stop" }),
    ];
    let named = events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()));
    named.collect::<Vec<_>>().concat()
}

/// A body with everything that only Anthropic's format has.
fn native_body() -> Value {
    let kept = json!({ "type": "ephemeral" });
    json!({ "model": "up/claude", "max_tokens": 2000,
        "system": [{ "type": "text", "text": "Rules.", "cache_control": kept }, { "type": "text", "text": "Today." }],
        "tools": [{ "name": "look", "input_schema": { "type": "object" }, "cache_control": kept }],
        "thinking": { "type": "enabled", "budget_tokens": 1024 },
        "metadata": { "user_id": "u" },
        "messages": [{ "role": "user", "content": [
            { "type": "text", "text": "A long page.", "cache_control": kept }, { "type": "text", "text": "What is it?" }] }] })
}

#[tokio::test]
async fn what_only_anthropics_format_has_reaches_its_models_and_comes_back() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["claude"]).await;
    let body = json!({ "scope": "system", "kind": "anthropic", "slug": "up", "base_url": upstream.url, "api_key": "sk-up" });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/claude")).await;
    upstream.answer(200, "text/event-stream", anthropic_stream());
    let answer = ada.post("/v1/messages", native_body()).await.expect(200).json();
    assert_eq!(
        answer["usage"],
        json!({ "input_tokens": 10, "cache_read_input_tokens": 8, "cache_creation_input_tokens": 3, "output_tokens": 34 })
    );
    assert_eq!(answer["stop_reason"], "tool_use");

    let mut next = native_body();
    let result =
        json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": "a cat", "is_error": true });
    next["messages"].as_array_mut().unwrap().extend([
        json!({ "role": "assistant", "content": answer["content"] }),
        json!({ "role": "user", "content": [result] }),
    ]);
    ada.post("/v1/messages", next).await.expect(200);

    let requests = upstream.requests();
    let [(headers, first), (_, second)] = requests.as_slice() else {
        panic!("{requests:?}")
    };
    assert_eq!(headers["x-api-key"], "sk-up");
    assert_eq!(first["model"], "claude");
    assert_eq!(
        first["thinking"],
        json!({ "type": "enabled", "budget_tokens": 1024 })
    );
    assert_eq!(first["metadata"], json!({ "user_id": "u" }));
    let kept = json!({ "type": "ephemeral" });
    assert_eq!(first["system"][0]["cache_control"], kept);
    assert!(first["system"][1].get("cache_control").is_none());
    assert_eq!(first["tools"][0]["cache_control"], kept);
    assert_eq!(first["messages"][0]["content"][0]["cache_control"], kept);
    assert!(first["messages"][0]["content"][1].get("cache_control").is_none());
    let assistant = &second["messages"][1]["content"];
    assert_eq!(
        assistant[0],
        json!({ "type": "thinking", "thinking": "Hm.", "signature": "c2ln" }),
        "the signed thinking is back as it was"
    );
    assert_eq!(assistant[1]["input"], json!({ "near": true }));
    assert_eq!(second["messages"][2]["content"][0]["is_error"], true);
}

#[tokio::test]
async fn a_message_reaches_an_openai_upstream_in_its_own_format() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/m")).await;
    upstream.stream(&[
        chunk(
            json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function",
            "function": { "name": "look", "arguments": "{\"near\":true}" } }] }),
            None,
        ),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let mut body = native_body();
    body["model"] = json!("up/m");
    let answer = ada.post("/v1/messages", body).await.expect(200).json();
    assert_eq!(
        answer["content"],
        json!([{ "type": "tool_use", "id": "call_1", "name": "look", "input": { "near": true } }])
    );
    let (_, asked) = upstream.requests().remove(0);
    assert_eq!(
        asked["messages"][0],
        json!({ "role": "system", "content": "Rules.\n\nToday." })
    );
    assert_eq!(asked["messages"][1]["content"], "A long page.What is it?");
    assert_eq!(asked["reasoning_effort"], "low");
    for native in ["anthropic", "thinking", "metadata", "system"] {
        assert!(asked.get(native).is_none(), "{native}: {asked}");
    }
    assert!(!asked.to_string().contains("cache_"), "{asked}");
}

#[tokio::test]
async fn a_stop_sequence_that_ended_an_answer_is_told() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["claude"]).await;
    let body = json!({ "scope": "system", "kind": "anthropic", "slug": "up", "base_url": upstream.url, "api_key": "sk-up" });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/claude")).await;
    let whole = json!({ "type": "message", "content": [{ "type": "text", "text": "One" }], "stop_reason": "stop_sequence",
        "stop_sequence": "END", "usage": { "input_tokens": 3, "output_tokens": 1 } });
    let ask = |stream: bool| {
        json!({ "model": "up/claude", "max_tokens": 9, "stream": stream, "stop_sequences": ["END"],
            "messages": [{ "role": "user", "content": "Count." }] })
    };
    upstream.answer(200, "application/json", whole.to_string());
    let answer = ada.post("/v1/messages", ask(false)).await.expect(200).json();
    let end = |answer: &Value| (answer["stop_reason"].clone(), answer["stop_sequence"].clone());
    assert_eq!(end(&answer), (json!("stop_sequence"), json!("END")));
    let streamed = ada.post("/v1/messages", ask(true)).await.expect(200).text();
    assert!(
        streamed.contains(r#""delta":{"stop_reason":"stop_sequence","stop_sequence":"END"}"#),
        "{streamed}"
    );
    // The other formats have no word for it.
    let chat = ada
        .post("/v1/chat/completions", ask(false))
        .await
        .expect(200)
        .json();
    assert_eq!(chat["choices"][0]["finish_reason"], "stop");
    // A provider that does not say which: the end of a turn, as before.
    let text = json!({ "type": "message", "content": [{ "type": "text", "text": "One" }], "stop_reason": "end_turn" });
    upstream.answer(200, "application/json", text.to_string());
    let answer = ada.post("/v1/messages", ask(false)).await.expect(200).json();
    assert_eq!(end(&answer), (json!("end_turn"), Value::Null));
}
