//! /v1: the bytes on the wire, errors in OpenAI's shape, what is passed through, and what a call costs.

use base64::Engine as _;
use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

sql::statements! {
    /// How the calls of a user ended.
    OUTCOMES = "SELECT outcome, completion_tokens FROM usage_calls WHERE user_id = $1 ORDER BY id";
}

/// What every chat here says, and what the echo answers.
const SAID: &str = "Grüße, 世界\nzwei 🚀";

fn ask(model: &str, extra: &Value) -> Value {
    let mut body = json!({ "model": model, "messages": [{ "role": "user", "content": SAID }] });
    body.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    body
}

async fn chat(client: &Client, model: &str, extra: Value) -> Answer {
    client.post("/v1/chat/completions", ask(model, &extra)).await
}

/// The data of the frames. Fails on anything that is not one `data:` line a frame.
fn frames(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    assert!(text.ends_with("\n\n"), "{text}");
    let frames = text
        .split_terminator("\n\n")
        .filter(|frame| !frame.starts_with(':'));
    frames
        .map(|frame| {
            let data = frame
                .strip_prefix("data: ")
                .unwrap_or_else(|| panic!("no data: {frame}"));
            assert!(!data.contains('\n') && !data.starts_with("data:"), "{frame}");
            data.to_owned()
        })
        .collect()
}

fn parse(data: &str) -> Value {
    serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))
}

#[track_caller]
fn error(answer: &Answer, status: u16, kind: &str, code: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let error = answer.json()["error"].clone();
    assert_eq!(
        (error["type"].as_str().unwrap(), error["code"].as_str().unwrap()),
        (kind, code),
        "{error}"
    );
    assert!(
        error.as_object().unwrap().contains_key("param") && !error["message"].as_str().unwrap().is_empty()
    );
    error
}

#[tokio::test]
async fn a_whole_answer() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let answer = chat(&ada, "mock/echo", json!({})).await.expect(200);
    let body = answer.json();
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(
        (&body["object"], &body["model"]),
        (&json!("chat.completion"), &json!("mock/echo"))
    );
    let choice = &body["choices"][0];
    assert_eq!(choice["message"]["content"], "Grüße, 世界\nzwei 🚀");
    assert_eq!(
        (&choice["index"], &choice["finish_reason"]),
        (&json!(0), &json!("stop"))
    );
    assert_eq!(body["usage"]["total_tokens"], 8);
}

#[tokio::test]
async fn the_bytes_of_a_stream() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let answer = chat(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert!(answer.header("content-encoding").is_empty() && answer.header("etag").is_empty());
    let mut data = frames(&answer);
    assert_eq!(data.pop().as_deref(), Some("[DONE]"));
    let chunks: Vec<Value> = data.iter().map(|data| parse(data)).collect();
    assert_eq!(
        chunks[0]["choices"][0]["delta"],
        json!({ "role": "assistant", "content": "" })
    );
    let said: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(said, "Grüße, 世界\nzwei 🚀");
    let last = chunks.last().unwrap();
    assert_eq!(
        (&last["choices"][0]["finish_reason"], &last["choices"][0]["delta"]),
        (&json!("stop"), &json!({}))
    );
    for chunk in &chunks {
        assert_eq!(
            (&chunk["id"], &chunk["object"]),
            (&chunks[0]["id"], &json!("chat.completion.chunk"))
        );
        assert!(
            chunk.get("usage").is_none(),
            "usage comes only when it is asked for: {chunk}"
        );
    }
}

#[tokio::test]
async fn usage_ends_a_stream_when_it_is_asked_for() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let extra = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let data = frames(&chat(&ada, "mock/echo", extra).await.expect(200));
    let [.., usage, done] = data.as_slice() else {
        panic!("{data:?}")
    };
    assert_eq!(done, "[DONE]");
    let usage = parse(usage);
    assert_eq!(
        (&usage["choices"], &usage["usage"]["completion_tokens"]),
        (&json!([]), &json!(4))
    );
    assert!(
        data[..data.len() - 2]
            .iter()
            .all(|data| parse(data)["usage"].is_null())
    );
}

#[tokio::test]
async fn errors_have_openais_shape() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let nobody = server.anonymous();
    error(
        &chat(&nobody, "mock/echo", json!({})).await,
        401,
        "authentication_error",
        "invalid_api_key",
    );
    let unknown = error(
        &chat(&ada, "mock/ehco", json!({})).await,
        404,
        "invalid_request_error",
        "model_not_found",
    );
    assert_eq!(unknown["param"], "model");
    assert!(unknown["message"].as_str().unwrap().contains("mock/echo"));
    let wrong = json!({ "model": "mock/echo", "messages": [{ "role": "nobody", "content": "x" }] });
    let wrong = ada.post("/v1/chat/completions", wrong).await;
    assert_eq!(
        error(&wrong, 400, "invalid_request_error", "malformed")["param"],
        "messages[0].role"
    );
    let not_chat = chat(&ada, "mock/embed", json!({})).await;
    assert_eq!(
        error(&not_chat, 400, "invalid_request_error", "malformed")["param"],
        "model"
    );
    let nowhere = ada.get("/v1/nothing").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_upstreams_failure_is_told_with_its_status() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let cases = [
        (500, 502, "server_error", "upstream_error"),
        (503, 502, "server_error", "upstream_error"),
        (429, 429, "rate_limit_error", "rate_limit_exceeded"),
        (401, 502, "server_error", "upstream_authentication"),
        (400, 400, "invalid_request_error", "malformed"),
        (404, 404, "invalid_request_error", "model_not_found"),
        (413, 400, "invalid_request_error", "context_length_exceeded"),
    ];
    for stream in [false, true] {
        for (upstream, status, kind, code) in cases {
            // A success before each failure keeps the breaker closed.
            chat(&ada, "mock/echo", json!({})).await.expect(200);
            let extra =
                json!({ "stream": stream, "mock": { "status": upstream, "message": "told to fail" } });
            let answer = chat(&ada, "mock/fail", extra).await;
            let error = error(&answer, status, kind, code);
            assert!(
                error["message"].as_str().unwrap().contains("told to fail"),
                "{error}"
            );
            assert_eq!(
                answer.header("retry-after").is_empty(),
                status != 429,
                "{upstream}"
            );
        }
    }
}

#[tokio::test]
async fn a_silent_upstream_is_named_in_the_timeout() {
    let server = TestServer::with(&[
        ("providers.total_timeout", "300ms"),
        ("providers.inactivity_timeout", "10s"),
    ])
    .await;
    let ada = server.register("ada").await;
    let late = error(
        &chat(&ada, "mock/silent", json!({})).await,
        504,
        "server_error",
        "upstream_timeout",
    );
    assert_eq!(late["message"], "Request to Mock timed out");
}

#[tokio::test]
async fn a_failing_and_a_silent_model_are_suspended_and_their_siblings_are_not() {
    let server = TestServer::with(&[
        ("providers.retries", "0"),
        ("providers.inactivity_timeout", "200ms"),
    ])
    .await;
    let ada = server.register("ada").await;
    let body = json!({ "scope": "system", "kind": "mock", "slug": "shared" });
    let made = ada.post("/api/connections", body).await.expect(201).data();
    eventually(&ada, "/api/models", |answer| {
        answer.text().contains("shared/echo")
    })
    .await;
    let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
    let answers = async |answer: Answer| {
        answer.expect(200).json()["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for _ in 0..5 {
        let (failing, silent, well) = tokio::join!(
            chat(&ada, "shared/fail", json!({})),
            chat(&ada, "shared/silent", json!({})),
            chat(&ada, "shared/echo", json!({})),
        );
        error(&failing, 502, "server_error", "upstream_error");
        error(&silent, 504, "server_error", "upstream_timeout");
        assert_eq!(answers(well).await, SAID);
    }
    for name in ["shared/fail", "shared/silent"] {
        let refused = chat(&ada, name, json!({})).await;
        let told = error(&refused, 503, "server_error", "model_unavailable");
        let told = told["message"].as_str().unwrap();
        assert!(told.contains("failed repeatedly"), "{told}");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    }
    assert_eq!(answers(chat(&ada, "shared/echo", json!({})).await).await, SAID);

    let health = ada.get(&path).await.expect(200).data()["health"].clone();
    assert_eq!(health["suspended_models"], json!(["fail", "silent"]));
    assert_eq!(health["state"], "ok");
    let models = ada.get("/api/models").await.expect(200).data();
    for model in models.as_array().unwrap() {
        let id = model["id"].as_str().unwrap();
        let suspended = ["shared/fail", "shared/silent"].contains(&id);
        assert_eq!(model["available"], !suspended, "{id}");
        if suspended {
            let why = model["unavailable_reason"].as_str().unwrap();
            assert!(
                why.contains("failed repeatedly, others of \"Mock\" go on"),
                "{why}"
            );
        }
    }
    let usable = ada.get("/v1/models").await.expect(200).text();
    assert!(
        usable.contains("shared/echo") && !usable.contains("shared/fail"),
        "{usable}"
    );
}

#[tokio::test]
async fn a_connection_that_can_not_be_reached_is_suspended_with_all_its_models() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one", "other"]).await;
    let body = json!({
        "scope": "system", "kind": "openai", "slug": "away", "base_url": upstream.url, "api_key": "sk-test",
    });
    let made = ada.post("/api/connections", body).await.expect(201).data();
    eventually(&ada, "/api/models", |answer| answer.text().contains("away/other")).await;
    drop(upstream);
    for _ in 0..5 {
        let answer = chat(&ada, "away/one", json!({})).await;
        error(&answer, 503, "server_error", "upstream_unreachable");
    }
    let refused = chat(&ada, "away/other", json!({})).await;
    error(&refused, 503, "server_error", "model_unavailable");
    let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
    let health = ada.get(&path).await.expect(200).data()["health"].clone();
    assert_eq!(
        (&health["state"], &health["suspended_models"]),
        (&json!("suspended"), &Value::Null)
    );
    let models = ada.get("/api/models").await.expect(200).data();
    for model in models.as_array().unwrap() {
        let of_it = model["id"].as_str().unwrap().starts_with("away/");
        assert_eq!(model["available"], !of_it, "{model}");
    }
}

#[tokio::test]
async fn a_failure_within_a_stream_is_its_last_frame() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let extra = json!({ "stream": true, "mock": { "after_tokens": 3, "message": "told to fail" } });
    let answer = chat(&ada, "mock/fail", extra).await.expect(200);
    let data = frames(&answer);
    assert!(data.iter().all(|data| data != "[DONE]"));
    let said: String = data
        .iter()
        .filter_map(|data| {
            parse(data)["choices"][0]["delta"]["content"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        ["lorem", "ipsum", "dolor"]
    );
    let error = parse(data.last().unwrap())["error"].clone();
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("server_error"), &json!("upstream_error"))
    );
    assert!(error["message"].as_str().unwrap().contains("told to fail"));
}

#[tokio::test]
async fn whoever_leaves_ends_the_call_and_is_counted() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let extra = json!({ "stream": true, "mock": { "tokens": 100_000, "tokens_per_second": 200 } });
    let response = ada
        .open(
            Method::POST,
            "/v1/chat/completions",
            Some(ask("mock/lorem", &extra)),
            &[],
        )
        .await;
    let mut body = response.into_body().into_data_stream();
    for _ in 0..4 {
        body.next().await.unwrap().unwrap();
    }
    drop(body);
    server.app().usage.flush(server.app()).await;
    let outcomes: Vec<(String, i64)> = sql::query(&OUTCOMES)
        .bind(ada.user_id.as_str())
        .all(&server.app().db)
        .await
        .unwrap();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].0, "cancelled");
    assert!(
        (1..100).contains(&outcomes[0].1),
        "a guess at what was used: {outcomes:?}"
    );
}

#[tokio::test]
async fn a_server_that_stops_waits_for_calls_and_then_tells_them() {
    let server = TestServer::with(&[("server.drain_timeout", "200ms")]).await;
    let ada = server.register("ada").await;
    let extra = json!({ "stream": true, "mock": { "tokens": 100_000, "tokens_per_second": 200 } });
    let response = ada
        .open(
            Method::POST,
            "/v1/chat/completions",
            Some(ask("mock/lorem", &extra)),
            &[],
        )
        .await;
    server.app().stopping.cancel();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    let answer = Answer {
        status: StatusCode::OK,
        headers: http::HeaderMap::new(),
        bytes,
    };
    let data = frames(&answer);
    assert!(data.len() > 10, "the answer went on for a while: {data:?}");
    let error = parse(data.last().unwrap())["error"].clone();
    assert_eq!(
        (&error["code"], &error["message"]),
        (
            &json!("unavailable"),
            &json!("Stoa is stopping; ask again in a moment.")
        )
    );
    server.app().usage.flush(server.app()).await;
    let outcomes: Vec<(String, i64)> = sql::query(&OUTCOMES)
        .bind(ada.user_id.as_str())
        .all(&server.app().db)
        .await
        .unwrap();
    assert_eq!(outcomes[0].0, "unavailable");
}

#[tokio::test]
async fn embeddings_in_both_encodings() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let texts = json!(["a cat", "a kitten", "interest rates"]);
    let floats = ada
        .post("/v1/embeddings", json!({ "model": "mock/embed", "input": texts }))
        .await
        .expect(200)
        .json();
    let packed = json!({ "model": "mock/embed", "input": texts, "encoding_format": "base64" });
    let packed = ada.post("/v1/embeddings", packed).await.expect(200).json();
    assert_eq!(
        (&floats["object"], &floats["model"]),
        (&json!("list"), &json!("mock/embed"))
    );
    assert_eq!(floats["usage"], json!({ "prompt_tokens": 6, "total_tokens": 6 }));
    for index in 0..3 {
        assert_eq!(floats["data"][index]["index"], index);
        let plain: Vec<f32> = serde_json::from_value(floats["data"][index]["embedding"].clone()).unwrap();
        let text = packed["data"][index]["embedding"].as_str().unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        let unpacked: Vec<f32> = bytes
            .chunks(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect();
        assert_eq!(plain.len(), 384);
        assert_eq!(plain, unpacked);
    }
    let one = ada
        .post(
            "/v1/embeddings",
            json!({ "model": "mock/embed", "input": "a cat" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(one["data"][0]["embedding"], floats["data"][0]["embedding"]);
    let shorter = json!({ "model": "mock/embed", "input": "a cat", "dimensions": 100 });
    assert_eq!(
        error(
            &ada.post("/v1/embeddings", shorter).await,
            400,
            "invalid_request_error",
            "malformed"
        )["param"],
        "dimensions"
    );
    let chat_model = json!({ "model": "mock/echo", "input": "a cat" });
    error(
        &ada.post("/v1/embeddings", chat_model).await,
        400,
        "invalid_request_error",
        "malformed",
    );
}

#[tokio::test]
async fn the_models_in_openais_format() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let list = ada.get("/v1/models").await.expect(200).json();
    assert_eq!(list["object"], "list");
    assert_eq!(
        list["data"][0],
        json!({ "id": "mock/echo", "object": "model", "created": 0, "owned_by": "mock" })
    );
    for path in ["/v1/models/mock/echo", "/v1/models/mock%2Fecho"] {
        assert_eq!(ada.get(path).await.expect(200).json(), list["data"][0]);
    }
    error(
        &ada.get("/v1/models/mock/nothing").await,
        404,
        "invalid_request_error",
        "model_not_found",
    );
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let with_scopes = async |scopes: Value| {
        let key = ada
            .post("/api/auth/keys", json!({ "name": "k", "scopes": scopes }))
            .await
            .expect(201)
            .data();
        let mut client = ada.clone();
        client.token = key["key"].as_str().map(str::to_owned);
        client
    };
    let models = with_scopes(json!(["models"])).await;
    chat(&models, "mock/echo", json!({})).await.expect(200);
    models.get("/v1/models").await.expect(200);
    models.get("/api/models").await.expect(403);
    let read = with_scopes(json!(["read"])).await;
    error(
        &chat(&read, "mock/echo", json!({})).await,
        403,
        "permission_error",
        "forbidden",
    );
    error(
        &read.get("/v1/models").await,
        403,
        "permission_error",
        "forbidden",
    );
}

#[tokio::test]
async fn a_call_is_made_in_the_workspace_that_is_named() {
    let server = TestServer::with(&[("auth.registration", "open")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    ada.post("/api/workspaces", json!({ "name": "Lab", "id": "lab" }))
        .await
        .expect(201);
    let body = ask("mock/echo", &json!({}));
    let at = [("x-stoa-workspace", "lab")];
    let there = ada
        .send(Method::POST, "/v1/chat/completions", Some(body.clone()), &at)
        .await;
    assert_eq!(there.status, StatusCode::OK);
    let outside = bob
        .send(Method::POST, "/v1/chat/completions", Some(body), &at)
        .await;
    error(&outside, 404, "invalid_request_error", "not_found");
    server.app().usage.flush(server.app()).await;
    server::usage::settle_soon(server.app()).await.unwrap();
    server.idle().await;
    let hours = ada.get("/api/usage?workspace=lab").await.expect(200).data();
    assert_eq!(hours.as_array().unwrap().len(), 1, "{hours}");
}

#[tokio::test]
async fn a_warm_call_takes_no_statement() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    chat(&ada, "mock/echo", json!({})).await.expect(200);
    let body = json!({ "model": "mock/embed", "input": "x" });
    let stream = chat(&ada, "mock/echo", json!({ "stream": true }))
        .await
        .expect(200);
    let embedded = ada.post("/v1/embeddings", body).await.expect(200);
    for answer in [chat(&ada, "mock/echo", json!({})).await, stream, embedded] {
        assert!(
            answer.header("server-timing").contains("desc=\"0\""),
            "{}",
            answer.header("server-timing")
        );
    }
}

#[tokio::test]
async fn what_stoa_does_not_know_goes_on_to_the_upstream_and_tools_come_back() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-up",
        "headers": { "X-Org": "acme" } });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/m")).await;
    let call = |arguments: &str, id: Option<&str>| {
        let mut call = json!({ "index": 0, "function": { "arguments": arguments } });
        if let Some(id) = id {
            call["id"] = json!(id);
            call["type"] = json!("function");
            call["function"]["name"] = json!("weather");
        }
        chunk(json!({ "tool_calls": [call] }), None)
    };
    upstream.stream(&[
        call("", Some("call_1")),
        call("{\"city\":", None),
        call("\"Oslo\"}", None),
        chunk(json!({}), Some("tool_calls")),
    ]);
    let tools = json!([{ "type": "function", "function": { "name": "weather", "parameters": { "type": "object" } } }]);
    let extra = json!({ "tools": tools, "tool_choice": "auto", "seed": 7, "metadata": { "a": "b" }, "temperature": 0.5 });

    let whole = chat(&ada, "up/m", extra.clone()).await.expect(200).json();
    let message = &whole["choices"][0]["message"];
    assert_eq!(whole["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(message["tool_calls"][0]["id"], "call_1");
    assert_eq!(
        message["tool_calls"][0]["function"],
        json!({ "name": "weather", "arguments": "{\"city\":\"Oslo\"}" })
    );

    let mut streamed = extra.clone();
    streamed["stream"] = json!(true);
    let data = frames(&chat(&ada, "up/m", streamed).await.expect(200));
    let arguments: String = data
        .iter()
        .filter(|data| *data != "[DONE]")
        .filter_map(|data| {
            parse(data)["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(arguments, "{\"city\":\"Oslo\"}");

    for (headers, asked) in upstream.requests() {
        assert_eq!(headers["authorization"], "Bearer sk-up");
        assert_eq!(headers["x-org"], "acme");
        assert_eq!(
            (&asked["model"], &asked["seed"], &asked["metadata"]),
            (&json!("m"), &json!(7), &json!({ "a": "b" }))
        );
        assert_eq!(asked["tools"][0]["function"]["name"], "weather");
        assert_eq!(asked["tool_choice"], "auto");
        assert_eq!(asked["messages"][0]["content"], "Grüße, 世界\nzwei 🚀");
    }
}

#[tokio::test]
async fn an_upstream_that_is_gone_can_not_be_reached() {
    let server = TestServer::with(&[("providers.retries", "0")]).await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({ "scope": "system", "kind": "openai", "slug": "up", "name": "FabriX API", "base_url": upstream.url });
    ada.post("/api/connections", body).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/m")).await;
    upstream.answer(
        500,
        "application/json",
        json!({ "error": { "message": "it burns" } }).to_string(),
    );
    let burns = error(
        &chat(&ada, "up/m", json!({})).await,
        502,
        "server_error",
        "upstream_error",
    );
    assert_eq!(burns["message"], "FabriX API answered 500: it burns");
    drop(upstream);
    let gone = chat(&ada, "up/m", json!({})).await;
    let gone_error = error(&gone, 503, "server_error", "upstream_unreachable");
    assert_eq!(gone_error["message"], "FabriX API cannot be reached");
    assert!(!gone.header("retry-after").is_empty());
}
