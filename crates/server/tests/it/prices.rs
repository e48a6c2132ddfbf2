//! Prices with dates: which one counts, from when on, what a call is charged, and who may set them.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use sql::{FixedClock, Time, query};
use testkit::{Answer, Client, TestServer};

use crate::limits::{Redis, redis_is};
use crate::upstream::{Upstream, eventually};

sql::statements! {
    /// What the calls have cost, oldest first.
    COSTS = "SELECT cost_micros FROM usage_calls ORDER BY id";
}

const DAY: &str = "2026-11-23T00:00:00Z";

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

/// A connection without prices of its own, unless `prices` says some.
async fn connection(admin: &Client, slug: &str, prices: Value) {
    let settings = if prices.is_null() {
        json!({})
    } else {
        json!({ "prices": prices })
    };
    let body = json!({ "scope": "system", "kind": "mock", "slug": slug, "settings": settings });
    admin.post("/api/connections", body).await.expect(201);
    let name = format!("{slug}/echo");
    eventually(admin, "/api/models", |answer| answer.text().contains(&name)).await;
}

/// A price of so many units for a million tokens read, and ten times as many for those written.
async fn price(admin: &Client, pattern: &str, units: i64, valid_from: Option<&str>) -> Value {
    let body = json!({ "pattern": pattern, "valid_from": valid_from, "input_micros": units * 1_000_000,
        "output_micros": units * 10_000_000 });
    admin.post("/api/prices", body).await.expect(201).data()
}

/// Three words to be read, and three to be written.
async fn chat(client: &Client, model: &str) -> Answer {
    let messages = json!([{ "role": "user", "content": "one two three" }]);
    let body = json!({ "model": model, "messages": messages });
    client.post("/v1/chat/completions", body).await
}

/// What all calls so far have cost.
async fn costs(server: &TestServer) -> Vec<i64> {
    server.app().usage.flush(server.app()).await;
    let rows: Vec<(i64,)> = query(&COSTS).all(&server.app().db).await.unwrap();
    rows.into_iter().map(|(cost,)| cost).collect()
}

/// What a call of this model costs.
async fn cost(server: &TestServer, client: &Client, model: &str) -> i64 {
    chat(client, model).await.expect(200);
    *costs(server).await.last().unwrap()
}

async fn model(client: &Client, id: &str) -> Value {
    let models = client.get("/api/models").await.expect(200).data();
    let models = models.as_array().unwrap().iter();
    models.clone().find(|model| model["id"] == id).unwrap().clone()
}

fn states(listed: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = listed.as_array().unwrap().iter();
    rows.map(|row| (text(&row["pattern"]), text(&row["state"])))
        .collect()
}

#[tokio::test]
async fn a_price_counts_from_its_time_on_and_kept_answers_end_there() {
    let clock = Arc::new(FixedClock::new(time("2026-11-22T10:00:00Z")));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    assert_eq!(cost(&server, &ada, "shop/echo").await, 0);
    price(&ada, "shop/*", 100, None).await;
    price(&ada, "shop/*", 200, Some(DAY)).await;
    for _ in 0..2 {
        let shown = model(&ada, "shop/echo").await;
        assert_eq!(shown["input_price_micros"], 100_000_000);
        assert_eq!(shown["output_price_micros"], 1_000_000_000);
        assert_eq!(shown["price_source"], "table");
        assert_eq!(shown["price_changes_at"], "2026-11-23T00:00:00.000000Z");
    }
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 * 100 + 3 * 1_000);
    clock.set(time("2026-11-22T23:59:59.999Z"));
    assert_eq!(model(&ada, "shop/echo").await["input_price_micros"], 100_000_000);

    clock.set(time(DAY));
    let shown = model(&ada, "shop/echo").await;
    assert_eq!(shown["input_price_micros"], 200_000_000);
    assert_eq!(shown["price_changes_at"], Value::Null);
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 * 200 + 3 * 2_000);
    assert_eq!(costs(&server).await, [0, 3_300, 6_600]);
    let listed = ada.get("/api/prices").await.expect(200).data();
    let expected = [("shop/*", "current"), ("shop/*", "past")];
    assert_eq!(
        states(&listed),
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(listed[0]["created_by_name"], "ada");
}

/// A kept answer is not right after the change, without a test's doubt.
#[tokio::test]
async fn what_is_kept_of_the_models_is_dropped_by_a_change_and_by_time() {
    let clock = Arc::new(FixedClock::new(time("2026-11-22T10:00:00Z")));
    let server = TestServer::trusting_cache_at(clock.clone()).await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    let shown = async || model(&ada, "shop/echo").await["input_price_micros"].clone();
    assert_eq!(shown().await, 0);
    let set = price(&ada, "shop/echo", 5, None).await;
    assert_eq!(shown().await, 5_000_000);
    price(&ada, "shop/echo", 6, Some("2026-11-22T10:00:30Z")).await;
    assert_eq!(shown().await, 5_000_000);
    clock.set(time("2026-11-22T10:00:29.999Z"));
    assert_eq!(shown().await, 5_000_000);
    clock.set(time("2026-11-22T10:00:30Z"));
    assert_eq!(shown().await, 6_000_000);
    let path = format!("/api/prices/{}", set["id"].as_str().unwrap());
    ada.patch(&path, json!({ "valid_from": "2026-11-22T10:00:30Z" }))
        .await
        .expect(409);
    ada.delete(&path).await.expect(204);
    assert_eq!(shown().await, 6_000_000);
}

#[tokio::test]
async fn a_call_under_way_is_charged_what_it_cost_when_it_began() {
    let clock = Arc::new(FixedClock::new(time("2026-11-22T10:00:00Z")));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    price(&ada, "shop/*", 100, None).await;
    price(&ada, "shop/*", 200, Some(DAY)).await;
    let body = json!({ "model": "shop/echo", "stream": true, "messages": [{ "role": "user", "content": "one two three" }] });
    let response = ada
        .open(Method::POST, "/v1/chat/completions", Some(body), &[])
        .await;
    assert_eq!(response.status(), 200);
    clock.set(time(DAY));
    // Read to its end on the next day.
    axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    assert_eq!(costs(&server).await, [3_300]);
}

#[tokio::test]
async fn the_most_specific_pattern_counts_and_a_connections_own_price_wins() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    connection(&ada, "own", json!({ "echo": { "input": 7, "output": 0 } })).await;
    price(&ada, "*", 1, None).await;
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 + 30);
    price(&ada, "shop/e*", 3, None).await;
    price(&ada, "shop/*", 2, None).await;
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 * 3 + 3 * 30);
    assert_eq!(cost(&server, &ada, "shop/lorem").await % 2, 0);
    let exact = price(&ada, "shop/echo", 4, None).await;
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 * 4 + 3 * 40);
    assert_eq!(cost(&server, &ada, "own/echo").await, 3 * 7);
    assert_eq!(model(&ada, "own/echo").await["price_source"], "connection");
    // What the connection does not price, the table does.
    assert_eq!(model(&ada, "own/lorem").await["input_price_micros"], 1_000_000);
    // What runs in this process is free until it is named.
    assert_eq!(cost(&server, &ada, "mock/echo").await, 0);
    assert_eq!(model(&ada, "mock/echo").await["price_source"], Value::Null);
    price(&ada, "mock/*", 9, None).await;
    assert_eq!(cost(&server, &ada, "mock/echo").await, 3 * 9 + 3 * 90);
    // Without it, the pattern counts again.
    let path = format!("/api/prices/{}", exact["id"].as_str().unwrap());
    ada.delete(&path).await.expect(204);
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3 * 3 + 3 * 30);
}

#[tokio::test]
async fn what_a_provider_puts_into_its_cache_has_its_own_price() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["claude"]).await;
    let body = json!({ "scope": "system", "kind": "anthropic", "slug": "up", "base_url": upstream.url, "api_key": "sk-up" });
    let made = ada.post("/api/connections", body).await.expect(201).data();
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/claude")).await;
    let price = json!({ "pattern": "up/claude", "input_micros": 1_000_000_000, "cached_input_micros": 100_000_000,
        "cache_write_micros": 1_250_000_000, "output_micros": 5_000_000_000_i64 });
    ada.post("/api/prices", price).await.expect(201);
    let shown = model(&ada, "up/claude").await;
    assert_eq!(shown["cached_input_price_micros"], 100_000_000);
    assert_eq!(shown["cache_write_price_micros"], 1_250_000_000);
    let usage = json!({ "input_tokens": 10, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 50, "output_tokens": 7 });
    let answer = json!({ "type": "message", "content": [{ "type": "text", "text": "Hi" }], "stop_reason": "end_turn", "usage": usage });
    upstream.answer(200, "application/json", answer.to_string());
    chat(&ada, "up/claude").await.expect(200);
    assert_eq!(
        costs(&server).await,
        [10 * 1_000 + 50 * 100 + 100 * 1_250 + 7 * 5_000]
    );
    // The settings of a connection have such a price as well.
    let own = json!({ "claude": { "input": 1, "cached_input": 0, "cache_write": 2, "output": 3 } });
    let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
    ada.patch(&path, json!({ "settings": { "prices": own } }))
        .await
        .expect(200);
    chat(&ada, "up/claude").await.expect(200);
    assert_eq!(costs(&server).await[1], 10 + 2 * 100 + 3 * 7);
}

#[tokio::test]
async fn budgets_go_by_the_table() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    let set = price(&ada, "shop/*", 100, None).await;
    let day = json!({ "scope": "user", "subject": ada.user_id, "period": "day", "limit_micros": 3_000 });
    ada.post("/api/budgets", day).await.expect(201);
    assert_eq!(cost(&server, &ada, "shop/echo").await, 3_300);
    chat(&ada, "shop/echo").await.expect(402);
    let estimate = json!({ "models": ["shop/echo"], "texts": ["four"], "max_tokens": 2 });
    let told = ada
        .post("/api/models/estimate", estimate)
        .await
        .expect(200)
        .data();
    assert_eq!(told[0]["cost_micros_max"], 100 + 2 * 1_000);
    // What costs nothing asks no budget.
    let path = format!("/api/prices/{}", set["id"].as_str().unwrap());
    ada.patch(&path, json!({ "input_micros": 0, "output_micros": 0 }))
        .await
        .expect(200);
    chat(&ada, "shop/echo").await.expect(200);
}

#[tokio::test]
async fn prices_are_set_by_administrators_and_every_change_is_in_the_log() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let bob = server.register("bob").await;
    let body = json!({ "pattern": "a/*", "input_micros": 1, "output_micros": 2 });
    bob.post("/api/prices", body.clone()).await.expect(403);
    bob.get("/api/prices").await.expect(403);
    let wrong = json!({ "pattern": "a b", "input_micros": -1, "output_micros": 2_000_000_000_000_i64, "cache_write_micros": -2 });
    let refused = root.post("/api/prices", wrong).await.expect(422).json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["pattern", "input_micros", "cache_write_micros", "output_micros"]
    );
    let mut from = body.clone();
    from["valid_from"] = json!(DAY);
    let made = root.post("/api/prices", from.clone()).await.expect(201).data();
    let again = root.post("/api/prices", from).await.expect(409).json();
    assert_eq!(again["errors"][0]["field"], "valid_from");
    let path = format!("/api/prices/{}", made["id"].as_str().unwrap());
    let patch = json!({ "output_micros": 3, "cached_input_micros": 0, "note": " List price " });
    let changed = root.patch(&path, patch).await.expect(200).data();
    assert_eq!(
        (
            &changed["output_micros"],
            &changed["cached_input_micros"],
            &changed["note"]
        ),
        (&json!(3), &json!(0), &json!("List price"))
    );
    let back = json!({ "cached_input_micros": null });
    let changed = root.patch(&path, back).await.expect(200).data();
    assert_eq!(changed["cached_input_micros"], 1);
    root.patch("/api/prices/prc_none", json!({})).await.expect(404);
    root.delete("/api/prices/prc_none").await.expect(404);
    root.delete(&path).await.expect(204);
    let log = root.get("/api/admin/audit?action=price").await.expect(200).data();
    let actions: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        ["price.deleted", "price.updated", "price.updated", "price.created"]
    );
    assert_eq!(
        log[2]["detail"],
        json!({ "output_micros": { "from": 2, "to": 3 }, "cached_input_micros": { "from": null, "to": 0 },
            "note": { "from": "", "to": "List price" } })
    );
    assert_eq!(log[0]["subject_name"], "a/*");
}

#[tokio::test]
async fn an_import_sets_all_or_none() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let row = |pattern: &str, micros: i64| json!({ "pattern": pattern, "valid_from": DAY, "input_micros": micros, "output_micros": 1 });
    let import = async |prices: Value| root.post("/api/prices/import", json!({ "prices": prices })).await;
    let done = import(json!([row("a/*", 1), row("b/*", 2), row("a/c", 3)])).await;
    assert_eq!(done.expect(200).data(), json!({ "created": 3 }));
    // One of them is there, one is wrong, two are the same, none at all.
    import(json!([row("d/*", 1), row("b/*", 2)])).await.expect(409);
    for (prices, field) in [
        (json!([row("d/*", 1), row("e/*", -1)]), "prices[1].input_micros"),
        (json!([row("d/*", 1), row("d/*", 2)]), "prices[1].valid_from"),
        (json!([]), "prices"),
    ] {
        let refused = import(prices).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let listed = root.get("/api/prices?q=/").await.expect(200).data();
    let expected = ["a/*", "a/c", "b/*"].map(|pattern| (pattern.to_owned(), "current".to_owned()));
    let future = expected.map(|(pattern, _)| {
        let state = if time(DAY) > server.app().clock.now() {
            "future"
        } else {
            "current"
        };
        (pattern, state.to_owned())
    });
    assert_eq!(states(&listed), future);
    let none = root.get("/api/prices?q=zzz").await.expect(200).data();
    assert_eq!(none, json!([]));
    let page = root.get("/api/prices?limit=1&offset=1").await.expect(200).json();
    assert_eq!(
        (&page["data"][0]["pattern"], &page["page"]["has_more"]),
        (&json!("a/c"), &json!(true))
    );
    let log = root.get("/api/admin/audit?action=price").await.expect(200).data();
    assert_eq!(log[0]["detail"]["count"]["to"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_counts_on_every_node() {
    let redis = Redis::start().await;
    let url = format!("redis://127.0.0.1:{}/0", redis.port);
    let server = TestServer::with(&[("cache.redis_url", &url)]).await;
    let ada = server.register("ada").await;
    connection(&ada, "shop", Value::Null).await;
    let other = server.another_node().await;
    let there = ada.at(&other);
    for node in [&ada, &there] {
        redis_is(node, true).await;
    }
    let costs_there = async |micros: i64| {
        eventually(&there, "/api/models", |answer| {
            let models = answer.data();
            let mut models = models.as_array().unwrap().iter();
            models.any(|model| model["id"] == "shop/echo" && model["input_price_micros"] == micros)
        })
        .await;
    };
    costs_there(0).await;
    let set = price(&ada, "shop/*", 100, None).await;
    costs_there(100_000_000).await;
    chat(&there, "shop/echo").await.expect(200);
    other.app().usage.flush(other.app()).await;
    assert_eq!(costs(&server).await, [3_300]);
    let path = format!("/api/prices/{}", set["id"].as_str().unwrap());
    there.delete(&path).await.expect(204);
    eventually(&ada, "/api/models", |answer| !answer.text().contains("100000000")).await;
}
