//! Answers that routes keep: who gets one again, for how long, and what it costs.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use sql::{FixedClock, query};
use testkit::{Answer, Client, TestServer};

use crate::memories_context::model_that_says;
use crate::upstream::Upstream;

sql::statements! {
    /// The calls that were made, in their order.
    CALLS = "SELECT model, outcome, prompt_tokens + completion_tokens FROM usage_calls ORDER BY id";
}

/// A route of the installation to a provider's model, and that provider.
async fn keeping(admin: &Client, scope: &str) -> (Upstream, Value) {
    let upstream = model_that_says(admin, "Two words.").await;
    let body = json!({
        "name": "kept", "targets": [{ "model": "up/m" }],
        "cache": { "ttl_seconds": 60, "scope": scope },
    });
    let route = admin.post("/api/routes", body).await.expect(201).data();
    assert_eq!(route["cache"], json!({ "ttl_seconds": 60, "scope": scope }));
    (upstream, route)
}

async fn asked(client: &Client, more: Value, headers: &[(&str, &str)]) -> Answer {
    let mut body =
        json!({ "model": "route/kept", "messages": [{ "role": "user", "content": "Say two words" }] });
    let body_of = body.as_object_mut().unwrap();
    body_of.extend(more.as_object().unwrap().clone());
    client
        .send(Method::POST, "/v1/chat/completions", Some(body), headers)
        .await
        .expect(200)
}

/// Whether the answer was kept; it is the same either way.
async fn kept(client: &Client, more: Value, headers: &[(&str, &str)]) -> String {
    let answer = asked(client, more, headers).await;
    assert_eq!(
        answer.json()["choices"][0]["message"]["content"],
        "Two words.",
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("x-stoa-model"), "up/m");
    assert_eq!(answer.header("x-stoa-route"), "route/kept");
    answer.header("x-stoa-cache").to_owned()
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_until_its_time_is_over() {
    let clock = Arc::new(FixedClock::new("2026-11-22T12:00:00.000000Z".parse().unwrap()));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    let (upstream, route) = keeping(&ada, "caller").await;
    let same = || kept(&ada, json!({}), &[]);
    assert_eq!((same().await, same().await), ("miss".into(), "hit".into()));
    // Streamed or not is the same request; anything that a model is told is another.
    let streamed = asked(&ada, json!({ "stream": true }), &[]).await;
    assert_eq!(streamed.header("x-stoa-cache"), "hit");
    assert!(streamed.text().contains("Two words.") && streamed.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(kept(&ada, json!({ "temperature": 0.5 }), &[]).await, "miss");
    assert_eq!(upstream.requests().len(), 2);
    // Who wants a new one gets it, and leaves it there or not.
    let no_cache = [("cache-control", "no-cache")];
    assert_eq!(kept(&ada, json!({}), &no_cache).await, "miss");
    let no_store = [("cache-control", "max-age=0, no-store")];
    assert_eq!(kept(&ada, json!({ "top_p": 0.5 }), &no_store).await, "miss");
    assert_eq!(kept(&ada, json!({ "top_p": 0.5 }), &[]).await, "miss");
    assert_eq!(upstream.requests().len(), 5);
    clock.advance(Duration::from_secs(61));
    assert_eq!((same().await, same().await), ("miss".into(), "hit".into()));
    // A change of the route begins anew.
    let path = format!("/api/routes/{}", route["id"].as_str().unwrap());
    let body = json!({ "cache": { "ttl_seconds": 120, "scope": "caller" } });
    ada.patch(&path, body).await.expect(200);
    assert_eq!(same().await, "miss");
    ada.patch(&path, json!({ "cache": null })).await.expect(200);
    assert_eq!((same().await, same().await), (String::new(), String::new()));
}

#[tokio::test]
async fn nobody_gets_anothers_answer_unless_the_route_says_so() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.join(&ada, &ada.workspace, &bob, "member").await;
    let (upstream, route) = keeping(&ada, "caller").await;
    let path = format!("/api/routes/{}", route["id"].as_str().unwrap());
    let together = [("x-stoa-workspace", ada.workspace.as_str())];
    // What bob gets after ada: in the same workspace, and then in his own.
    for (scope, there, alone) in [
        ("caller", "miss", "hit"),
        ("workspace", "hit", "miss"),
        ("installation", "hit", "hit"),
    ] {
        let body = json!({ "cache": { "ttl_seconds": 60, "scope": scope } });
        ada.patch(&path, body).await.expect(200);
        assert_eq!(kept(&ada, json!({ "seed": scope }), &together).await, "miss");
        assert_eq!(kept(&ada, json!({ "seed": scope }), &together).await, "hit");
        assert_eq!(
            kept(&bob, json!({ "seed": scope }), &together).await,
            there,
            "{scope}"
        );
        let elsewhere = kept(&bob, json!({ "seed": scope, "user": "bob" }), &[]).await;
        assert_eq!(elsewhere, "miss", "another request is another request");
        assert_eq!(kept(&bob, json!({ "seed": scope }), &[]).await, alone, "{scope}");
    }
    assert!(!upstream.requests().is_empty());
    let of_a_workspace = json!({
        "name": "own", "targets": [{ "model": "up/m" }], "cache": { "ttl_seconds": 0, "scope": "installation" },
    });
    let routes = format!("/api/workspaces/{}/routes", ada.workspace);
    let refused = ada.post(&routes, of_a_workspace).await.expect(422).json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["cache.ttl_seconds", "cache.scope"]);
}

#[tokio::test]
async fn what_was_kept_costs_nothing_and_what_failed_is_not_kept() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (upstream, _) = keeping(&ada, "caller").await;
    for _ in 0..3 {
        kept(&ada, json!({}), &[]).await;
    }
    let calls = async {
        loop {
            let calls: Vec<(String, String, i64)> = query(&CALLS).all(&server.app().db).await.unwrap();
            if calls.len() == 3 {
                return calls;
            }
            tokio::task::yield_now().await;
        }
    };
    let calls = tokio::time::timeout(Duration::from_secs(10), calls)
        .await
        .unwrap();
    let outcomes: Vec<&str> = calls.iter().map(|call| call.1.as_str()).collect();
    assert_eq!(outcomes, ["ok", "cached", "cached"]);
    assert!(calls[0].2 > 0 && calls[1].2 == 0 && calls.iter().all(|call| call.0 == "up/m"));
    // An answer that broke off is none.
    upstream.answer(
        200,
        "text/event-stream",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Two\"}}]}\n\n",
    );
    let body = json!({ "model": "route/kept", "messages": [{ "role": "user", "content": "Again" }] });
    for _ in 0..2 {
        let before = upstream.requests().len();
        ada.post("/v1/chat/completions", body.clone()).await.expect(502);
        assert!(upstream.requests().len() > before);
    }
}
