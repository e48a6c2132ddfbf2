//! /v1/chat/completions with an upstream of the same format: what it sends reaches the caller word for word, and what Stoa has to
//! know of it is known all the same.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};

use crate::limits;
use crate::upstream::{Upstream, eventually};

sql::statements! {
    /// What the calls came to.
    CALLS = "SELECT prompt_tokens, completion_tokens, outcome FROM usage_calls ORDER BY id";
}

/// A person, and an upstream whose model is `up/m`.
async fn connected(server: &TestServer) -> (Client, Upstream) {
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["m", "text-embedding-x"]).await;
    let body = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/m")).await;
    (ada, upstream)
}

async fn ask(client: &Client, more: Value) -> Answer {
    let mut body = json!({ "model": "up/m", "messages": [{ "role": "user", "content": "Hi" }] });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    client.post("/v1/chat/completions", body).await
}

/// Frames as an upstream writes them: with its own order of fields, blanks and escapes, which no writer of ours would make.
const FRAMES: [&str; 5] = [
    r#"{"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "m-2026", "system_fingerprint": "fp_1", "service_tier": "flex", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "", "refusal": null}, "logprobs": null, "finish_reason": null}], "usage": null}"#,
    r#"{"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "m-2026", "choices": [{"index": 0, "delta": {"content": "Gr\u00fc\u00dfe"}, "logprobs": {"content": [{"token": "Gr\u00fc\u00dfe", "logprob": -0.125, "bytes": null, "top_logprobs": []}], "refusal": null}, "finish_reason": null}], "usage": null}"#,
    r#"{"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "m-2026", "choices": [{"index": 0, "delta": {"annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.com"}}]}, "finish_reason": null}], "usage": null}"#,
    r#"{"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "m-2026", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": null}"#,
    r#"{"id": "up-1", "object": "chat.completion.chunk", "created": 5, "model": "m-2026", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}"#,
];

fn wire(frames: &[&str]) -> String {
    let mut text = String::new();
    for frame in frames.iter().chain(&["[DONE]"]) {
        write!(text, "data: {frame}\n\n").unwrap();
    }
    text
}

#[tokio::test]
async fn what_the_upstream_sends_arrives_byte_for_byte() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    upstream.answer(200, "text/event-stream", wire(&FRAMES));
    let usage = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let streamed = ask(&ada, usage).await.expect(200);
    assert_eq!(streamed.text(), wire(&FRAMES));
    assert_eq!(streamed.header("x-stoa-model"), "up/m");
    // Who did not ask for the usage does not get it, though we did.
    let without = ask(&ada, json!({ "stream": true })).await.expect(200);
    assert_eq!(without.text(), wire(&FRAMES[..4]));
    for (_, asked) in upstream.requests() {
        assert_eq!(asked["stream_options"]["include_usage"], true);
    }
    server.app().usage.flush(server.app()).await;
    let calls: Vec<(i64, i64, String)> = sql::query(&CALLS).all(&server.app().db).await.unwrap();
    assert_eq!(calls, vec![(3, 4, "ok".to_owned()); 2]);
}

#[tokio::test]
async fn a_whole_answer_has_all_that_the_chunks_said() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    upstream.answer(200, "text/event-stream", wire(&FRAMES));
    let whole = ask(&ada, json!({ "logprobs": true })).await.expect(200).json();
    assert_eq!(
        whole,
        json!({
            "id": "up-1", "object": "chat.completion", "created": 5, "model": "m-2026", "system_fingerprint": "fp_1",
            "service_tier": "flex", "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
            "choices": [{
                "index": 0, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Grüße", "refusal": null,
                    "annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.com"}}]},
                "logprobs": {"refusal": null,
                    "content": [{"token": "Grüße", "logprob": -0.125, "bytes": null, "top_logprobs": []}]},
            }],
        })
    );
    let (_, asked) = upstream.requests().pop().unwrap();
    assert_eq!(asked["logprobs"], true);
}

fn choice(index: usize, text: &str, reason: Option<&str>) -> Value {
    json!({"id": "up-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": index, "delta": {"content": text}, "finish_reason": reason}]})
}

#[tokio::test]
async fn several_answers_are_asked_for_reserved_and_given() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    upstream.stream(&[
        choice(0, "One", None),
        choice(1, "Two", Some("length")),
        choice(0, ".", Some("stop")),
    ]);
    let whole = ask(&ada, json!({ "n": 2 })).await.expect(200).json();
    let said: Vec<(&Value, &Value)> = whole["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| (&choice["message"]["content"], &choice["finish_reason"]))
        .collect();
    assert_eq!(
        said,
        [
            (&json!("One."), &json!("stop")),
            (&json!("Two"), &json!("length"))
        ]
    );
    assert_eq!(upstream.requests().pop().unwrap().1["n"], 2);

    // Each may be as long as was said, so there is room for both.
    let (_, app) = limits::key(&ada, json!({ "tokens_per_minute": 10_000 })).await;
    let most = json!({ "n": 2, "max_tokens": 100 });
    let answer = ask(&app, most).await.expect(200);
    // 2 bytes and 16 around them to be read.
    assert_eq!(
        answer.header("x-ratelimit-remaining-tokens"),
        (10_000 - 18 - 2 * 100).to_string()
    );
    assert_eq!(upstream.requests().pop().unwrap().1["max_tokens"], 100);
}

#[tokio::test]
async fn what_only_chunks_can_tell_is_refused_where_there_are_none() {
    let server = TestServer::new().await;
    let (ada, _upstream) = connected(&server).await;
    for (more, field) in [
        (json!({ "n": 2 }), "`n`"),
        (json!({ "logprobs": true }), "`logprobs`"),
    ] {
        let mut more = more;
        more["model"] = json!("mock/echo");
        let refused = ask(&ada, more).await.expect(400).json();
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(field) && message.contains("`openai`"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_after_passed_chunks_ends_with_an_error() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    let error = json!({"error": {"message": "it burns", "code": 500}});
    upstream.answer(
        200,
        "text/event-stream",
        format!("data: {}\n\ndata: {error}\n\n", FRAMES[1]),
    );
    let broken = ask(&ada, json!({ "stream": true })).await.expect(200).text();
    let (passed, rest) = broken.split_once("\n\n").unwrap();
    assert_eq!(passed, format!("data: {}", FRAMES[1]));
    assert!(rest.contains("it burns") && !rest.contains("[DONE]"), "{rest}");
}

#[tokio::test]
async fn what_a_call_for_vectors_asks_for_reaches_the_upstream() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    let vectors = json!({ "data": [{ "index": 0, "embedding": [0.5, 0.25] }], "usage": { "prompt_tokens": 3, "total_tokens": 3 } });
    upstream.answer(200, "application/json", vectors.to_string());
    let body = json!({ "model": "up/text-embedding-x", "input": "Hi", "dimensions": 2, "user": "u1", "encoding_format": "float" });
    let made = ada.post("/v1/embeddings", body).await.expect(200).json();
    assert_eq!(made["data"][0]["embedding"], json!([0.5, 0.25]));
    let (_, asked) = upstream.requests().pop().unwrap();
    assert_eq!(
        asked,
        json!({ "model": "text-embedding-x", "input": ["Hi"], "dimensions": 2, "user": "u1", "encoding_format": "float" })
    );
}

#[tokio::test]
async fn what_was_used_is_told_as_it_is_counted_where_the_upstream_does_not_say_it() {
    let server = TestServer::new().await;
    let (ada, upstream) = connected(&server).await;
    upstream.stream(&[choice(0, "Some words.", Some("stop"))]);
    let whole = ask(&ada, json!({})).await.expect(200).json();
    let streamed = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let streamed = ask(&ada, streamed).await.expect(200).text();
    let frame = streamed
        .split("\n\n")
        .find(|frame| frame.contains("prompt_tokens"))
        .unwrap();
    let told: Value = serde_json::from_str(frame.strip_prefix("data: ").unwrap()).unwrap();
    server.app().usage.flush(server.app()).await;
    let calls: Vec<(i64, i64, String)> = sql::query(&CALLS).all(&server.app().db).await.unwrap();
    for (usage, call) in [&whole["usage"], &told["usage"]].into_iter().zip(calls) {
        assert_eq!(usage["prompt_tokens"], call.0, "{usage}");
        assert_eq!(usage["completion_tokens"], call.1, "{usage}");
        assert!(call.0 > 0 && call.1 > 0, "{usage}");
    }
}
