//! Routes: who may make them, where a call along one ends up, and what it costs.

use std::time::Duration;

use serde_json::{Value, json};
use sql::query;
use testkit::{Answer, Client, TestServer};

use crate::upstream::eventually;

sql::statements! {
    /// The calls that were made, in no order that matters.
    CALLS = "SELECT model, outcome, cost_micros FROM usage_calls ORDER BY model, outcome";
}

/// A connection to mock models with these settings.
async fn mock(admin: &Client, slug: &str, settings: Value) -> String {
    let body = json!({ "scope": "system", "kind": "mock", "slug": slug, "settings": settings });
    let made = admin.post("/api/connections", body).await.expect(201).data();
    let name = format!("{slug}/echo");
    eventually(admin, "/api/models", |answer| answer.text().contains(&name)).await;
    made["id"].as_str().unwrap().to_owned()
}

fn targets(models: &[&str]) -> Value {
    models.iter().map(|model| json!({ "model": model })).collect()
}

/// Makes a route of a workspace: these fields beside its name and targets.
async fn route(client: &Client, name: &str, models: &[&str], more: Value) -> Value {
    let mut body = json!({ "name": name, "targets": targets(models) });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let path = format!("/api/workspaces/{}/routes", client.workspace);
    client.post(&path, body).await.expect(201).data()
}

async fn chat(client: &Client, model: &str, more: Value) -> Answer {
    let mut body =
        json!({ "model": model, "messages": [{ "role": "user", "content": "two words" }], "max_tokens": 10 });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    client.post("/v1/chat/completions", body).await
}

/// Who answers a call of this model.
async fn answers(client: &Client, model: &str, more: Value) -> String {
    let answer = chat(client, model, more).await.expect(200);
    assert_eq!(answer.json()["choices"][0]["message"]["content"], "two words");
    assert_eq!(answer.header("x-stoa-route"), model);
    assert_eq!(answer.json()["model"], answer.header("x-stoa-model"));
    answer.header("x-stoa-model").to_owned()
}

/// The calls that were kept, once there are so many of them.
async fn calls(server: &TestServer, count: usize) -> Vec<(String, String, i64)> {
    let waiting = async {
        loop {
            let rows: Vec<(String, String, i64)> = query(&CALLS).all(&server.app().db).await.unwrap();
            if rows.len() >= count {
                return rows;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_route_is_a_model_to_everybody() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let priced = |output: u64| json!({ "prices": { "*": { "input": 100, "output": output } } });
    mock(&ada, "one", priced(1_000)).await;
    mock(&ada, "other", priced(2_000)).await;
    let made = route(
        &ada,
        "main",
        &["one/echo", "other/echo"],
        json!({ "description": "Both" }),
    )
    .await;
    assert_eq!(
        (&made["model"], &made["scope"]),
        (&json!("route/main"), &json!("workspace"))
    );
    assert_eq!(
        made["targets"][0],
        json!({ "model": "one/echo", "weight": 1, "first_token_timeout_ms": null, "available": true })
    );

    let models = ada.get("/api/models").await.expect(200).data();
    let shown = models.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&shown["id"], &shown["route"]),
        (&json!("route/main"), &made["id"])
    );
    assert_eq!(
        (&shown["available"], &shown["output_price_micros"]),
        (&json!(true), &json!(2_000_000_000_u64))
    );
    assert!(
        ada.get("/v1/models")
            .await
            .expect(200)
            .text()
            .contains("route/main")
    );
    ada.get("/v1/models/route/main").await.expect(200);

    assert_eq!(answers(&ada, "route/main", json!({})).await, "one/echo");
    // Two words read and two written, at the prices of the one that answered.
    assert_eq!(
        calls(&server, 1).await,
        [("one/echo".to_owned(), "ok".to_owned(), 2_200)]
    );

    // A chat keeps the route; each message has the model that wrote it.
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    let made = ada
        .post(&path, json!({ "model": "route/main" }))
        .await
        .expect(201)
        .data();
    let reply = ada.say(made["id"].as_str().unwrap(), "two words").await;
    assert_eq!(
        (&reply["model"], &reply["content"]),
        (&json!("one/echo"), &json!("two words"))
    );
    let costs: Vec<i64> = calls(&server, 2)
        .await
        .into_iter()
        .map(|(.., cost)| cost)
        .collect();
    assert!(
        costs.contains(&reply["cost_micros"].as_i64().unwrap()),
        "{costs:?}"
    );
}

#[tokio::test]
async fn what_fails_before_its_first_word_passes_to_the_next_target() {
    let server = TestServer::with(&[("providers.retries", "2")]).await;
    let ada = server.register("ada").await;
    mock(&ada, "well", json!({})).await;
    for status in [500, 503, 429, 401, 402, 404, 408] {
        let slug = format!("bad{status}");
        mock(&ada, &slug, json!({ "status": status })).await;
        let (name, failing) = (format!("r{status}"), format!("{slug}/fail"));
        route(&ada, &name, &[&failing, "well/echo"], json!({})).await;
        assert_eq!(
            answers(&ada, &format!("route/{name}"), json!({})).await,
            "well/echo",
            "{status}"
        );
    }
    // What the caller did wrong is not tried elsewhere.
    mock(&ada, "strict", json!({ "status": 400 })).await;
    route(&ada, "strict", &["strict/fail", "well/echo"], json!({})).await;
    chat(&ada, "route/strict", json!({})).await.expect(400);
    // When all fail the last one's failure is told.
    route(
        &ada,
        "hopeless",
        &["bad429/fail", "bad500/fail"],
        json!({ "retries": 1 }),
    )
    .await;
    let failed = chat(&ada, "route/hopeless", json!({})).await.expect(502);
    assert_eq!(failed.json()["error"]["code"], "upstream_error");
    // Once it has begun to answer nobody else is asked.
    mock(&ada, "breaks", json!({ "after_tokens": 1 })).await;
    route(&ada, "breaks", &["breaks/fail", "well/echo"], json!({})).await;
    let broken = chat(&ada, "route/breaks", json!({ "stream": true }))
        .await
        .expect(200);
    assert_eq!(broken.header("x-stoa-model"), "breaks/fail");
    assert!(
        broken.text().contains("\"error\"") && !broken.text().contains("[DONE]"),
        "{}",
        broken.text()
    );
}

#[tokio::test]
async fn a_silent_target_is_left_after_its_limit_and_the_whole_call_has_one_too() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    route(
        &ada,
        "quick",
        &["mock/silent", "mock/echo"],
        json!({ "first_token_timeout_ms": 100 }),
    )
    .await;
    assert_eq!(answers(&ada, "route/quick", json!({})).await, "mock/echo");
    // Its silence is its own: after five of them it is not asked, and the other goes on.
    for _ in 0..5 {
        answers(&ada, "route/quick", json!({})).await;
    }
    let models = ada.get("/api/models").await.expect(200).data();
    let available = |id: &str| {
        let models = models.as_array().unwrap();
        models.iter().find(|model| model["id"] == id).unwrap()["available"].clone()
    };
    assert_eq!(
        (available("mock/silent"), available("mock/echo")),
        (json!(false), json!(true))
    );

    mock(&ada, "still", json!({})).await;
    route(
        &ada,
        "late",
        &["still/silent"],
        json!({ "timeout_ms": 200, "retries": 5 }),
    )
    .await;
    let late = chat(&ada, "route/late", json!({})).await.expect(504);
    assert_eq!(late.json()["error"]["code"], "upstream_timeout");
}

#[tokio::test]
async fn weights_and_speed_choose_the_target() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    mock(&ada, "slow", json!({ "first_token_ms": 400 })).await;
    mock(&ada, "fast", json!({ "first_token_ms": 0 })).await;
    let shares = json!({ "strategy": "weighted", "targets": [
        { "model": "slow/echo", "weight": 0 }, { "model": "fast/echo", "weight": 5 },
    ] });
    route(&ada, "shares", &[], shares).await;
    for _ in 0..5 {
        assert_eq!(answers(&ada, "route/shares", json!({})).await, "fast/echo");
    }
    route(
        &ada,
        "soon",
        &["slow/echo", "fast/echo"],
        json!({ "strategy": "fastest" }),
    )
    .await;
    // The one that nothing is known of is tried first, and then no more.
    assert_eq!(answers(&ada, "route/soon", json!({})).await, "slow/echo");
    for _ in 0..5 {
        assert_eq!(answers(&ada, "route/soon", json!({})).await, "fast/echo");
    }
}

#[tokio::test]
async fn a_hedged_call_takes_the_first_answer_and_counts_both_within_its_budget() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let prices = json!({ "*": { "input": 100, "output": 1_000 } });
    mock(
        &ada,
        "slow",
        json!({ "first_token_ms": 60_000, "prices": prices }),
    )
    .await;
    mock(&ada, "fast", json!({ "first_token_ms": 0, "prices": prices })).await;
    route(
        &ada,
        "soon",
        &["slow/echo", "fast/echo"],
        json!({ "hedge_after_ms": 50 }),
    )
    .await;
    let day =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 1_000_000 });
    let budget = ada.post("/api/budgets", day).await.expect(201).data();
    assert_eq!(answers(&ada, "route/soon", json!({})).await, "fast/echo");
    let kept = calls(&server, 2).await;
    let [(fast, ok, cost), (slow, cancelled, lost)] = kept.as_slice() else {
        panic!("{kept:?}");
    };
    assert_eq!((fast.as_str(), ok.as_str(), *cost), ("fast/echo", "ok", 2_200));
    assert_eq!((slow.as_str(), cancelled.as_str()), ("slow/echo", "cancelled"));
    assert!(*lost > 0, "it has read the prompt");
    let path = format!("/api/budgets/{}", budget["id"].as_str().unwrap());
    let settled = eventually(&ada, &path, |answer| answer.data()["reserved_micros"] == 0)
        .await
        .data();
    assert_eq!(settled["spent_micros"], cost + lost);
    // What is reserved covers both.
    let estimate = json!({ "models": ["route/soon", "fast/echo"], "texts": ["two words"], "max_tokens": 10 });
    let estimate = ada
        .post("/api/models/estimate", estimate)
        .await
        .expect(200)
        .data();
    let most = |number: usize| estimate[number]["cost_micros_max"].as_i64().unwrap();
    assert_eq!(most(0), 2 * most(1));
    // A target that answers in time is asked alone.
    route(
        &ada,
        "calm",
        &["fast/echo", "slow/echo"],
        json!({ "hedge_after_ms": 10_000 }),
    )
    .await;
    assert_eq!(answers(&ada, "route/calm", json!({})).await, "fast/echo");
    assert_eq!(calls(&server, 3).await.len(), 3);
}

/// What of a connection is suspended, as its health says.
async fn suspended(client: &Client, connection: &str) -> Value {
    let path = format!("/api/connections/{connection}");
    client.get(&path).await.expect(200).data()["health"]["suspended_models"].clone()
}

#[tokio::test]
async fn a_target_that_always_loses_by_its_silence_is_suspended_and_one_that_is_merely_slower_is_not() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let slow = mock(&ada, "slow", json!({ "first_token_ms": 300 })).await;
    let mute = mock(&ada, "mute", json!({})).await;
    mock(&ada, "fast", json!({ "first_token_ms": 0 })).await;
    let hedged = json!({ "hedge_after_ms": 50, "first_token_timeout_ms": 2_000 });
    route(&ada, "slower", &["slow/echo", "fast/echo"], hedged).await;
    for _ in 0..6 {
        assert_eq!(answers(&ada, "route/slower", json!({})).await, "fast/echo");
    }
    // What it says now is behind what it would have said to those who waited no longer.
    chat(&ada, "slow/echo", json!({})).await.expect(200);
    assert_eq!(suspended(&ada, &slow).await, Value::Null);
    let hedged = json!({ "hedge_after_ms": 50, "first_token_timeout_ms": 300 });
    route(&ada, "mute", &["mute/silent", "fast/echo"], hedged).await;
    for _ in 0..5 {
        assert_eq!(answers(&ada, "route/mute", json!({})).await, "fast/echo");
    }
    let path = format!("/api/connections/{mute}");
    eventually(&ada, &path, |answer| {
        answer.data()["health"]["suspended_models"] == json!(["silent"])
    })
    .await;
    // From now on the other is asked first, and alone.
    let before = calls(&server, 23).await.len();
    assert_eq!(answers(&ada, "route/mute", json!({})).await, "fast/echo");
    assert_eq!(calls(&server, before + 1).await.len(), before + 1);
}

#[tokio::test]
async fn a_routed_reply_that_is_cut_off_is_charged_as_the_target_that_wrote_it() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let priced = |output: u64| json!({ "tokens": 400, "tokens_per_second": 100, "prices": { "*": { "output": output } } });
    mock(&ada, "cheap", priced(20_000)).await;
    mock(&ada, "dear", priced(1_000_000)).await;
    route(&ada, "main", &["cheap/lorem", "dear/lorem"], json!({})).await;
    let conversation = ada.conversation("route/main").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let asked = ada
        .post(&path, json!({ "content": "go" }))
        .await
        .expect(202)
        .data();
    let events = format!("/api/runs/{}/events", asked["run"]["id"].as_str().unwrap());
    let before = ada.events(&events, 0, 60).await;
    let named = before.iter().find(|event| event.event == "model");
    assert_eq!(named.unwrap().data["model"], "cheap/lorem");
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    server.app().engine.recover_expired().await.unwrap();
    ada.events(&events, before.last().unwrap().id, usize::MAX).await;
    let shown = ada
        .get(&format!("/api/conversations/{conversation}"))
        .await
        .expect(200)
        .data();
    let reply = shown["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&reply["status"], &reply["model"]),
        (&json!("partial"), &json!("cheap/lorem"))
    );
    let written = reply["completion_tokens"].as_i64().unwrap();
    assert!(written > 0);
    assert_eq!(reply["cost_micros"], json!(written * 20_000));
}

#[tokio::test]
async fn a_budget_is_asked_for_the_dearest_target() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let priced = |output: u64| json!({ "status": 500, "prices": { "*": { "input": 0, "output": output } } });
    mock(&ada, "dear", priced(1_000)).await;
    mock(&ada, "cheap", json!({})).await;
    route(&ada, "main", &["dear/fail", "cheap/echo"], json!({})).await;
    let day = json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 1 });
    ada.post("/api/budgets", day).await.expect(201);
    chat(&ada, "dear/echo", json!({})).await.expect(200);
    // One target costs: nothing is left for that, though another would be free.
    chat(&ada, "route/main", json!({})).await.expect(402);
    let free = json!({ "targets": targets(&["cheap/echo"]) });
    let id = list(&ada).await[0]["id"].as_str().unwrap().to_owned();
    ada.patch(&format!("/api/routes/{id}"), free).await.expect(200);
    assert_eq!(answers(&ada, "route/main", json!({})).await, "cheap/echo");
}

async fn list(client: &Client) -> Vec<Value> {
    let path = format!("/api/workspaces/{}/routes", client.workspace);
    client
        .get(&path)
        .await
        .expect(200)
        .data()
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn an_allow_list_that_names_the_route_lets_its_targets_be_used_through_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    mock(&ada, "one", json!({})).await;
    route(&ada, "main", &["one/fail", "one/echo"], json!({})).await;
    let key = json!({ "name": "app", "models": ["route/*"] });
    let key = ada.post("/api/auth/keys", key).await.expect(201).data();
    let app = ada.with_token(key["key"].as_str());
    assert_eq!(answers(&app, "route/main", json!({})).await, "one/echo");
    chat(&app, "one/echo", json!({})).await.expect(403);
    let key = json!({ "name": "other", "models": ["one/*"] });
    let key = ada.post("/api/auth/keys", key).await.expect(201).data();
    chat(&ada.with_token(key["key"].as_str()), "route/main", json!({}))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_target_that_has_gone_is_passed_over_and_without_any_it_is_said_why() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (one, other) = (
        mock(&ada, "one", json!({})).await,
        mock(&ada, "other", json!({})).await,
    );
    let made = route(&ada, "main", &["one/echo", "other/echo"], json!({})).await;
    ada.delete(&format!("/api/connections/{one}")).await.expect(204);
    assert_eq!(answers(&ada, "route/main", json!({})).await, "other/echo");
    let path = format!("/api/routes/{}", made["id"].as_str().unwrap());
    let shown = ada.get(&path).await.expect(200).data();
    assert_eq!(
        (
            &shown["targets"][0]["available"],
            &shown["targets"][1]["available"]
        ),
        (&json!(false), &json!(true))
    );
    // It can be changed though a target of it is not there.
    ada.patch(&path, json!({ "description": "Half" }))
        .await
        .expect(200);
    ada.delete(&format!("/api/connections/{other}")).await.expect(204);
    let none = chat(&ada, "route/main", json!({})).await.expect(503);
    let message = none.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("none of its targets can") && message.contains("one/echo"),
        "{message}"
    );
    ada.patch(&path, json!({ "enabled": false })).await.expect(200);
    let off = chat(&ada, "route/main", json!({})).await.expect(503);
    assert!(off.text().contains("switched off"));
    ada.delete(&path).await.expect(204);
    chat(&ada, "route/main", json!({})).await.expect(404);
}

#[tokio::test]
async fn the_workspaces_own_wins_and_each_is_changed_by_its_own_people() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let body = |model: &str| json!({ "name": "main", "targets": targets(&[model]) });
    let systems = root
        .post("/api/routes", body("mock/echo"))
        .await
        .expect(201)
        .data();
    ada.post("/api/routes", body("mock/echo")).await.expect(403);
    assert_eq!(
        ada.get("/api/routes").await.expect(200).data()[0]["can_manage"],
        false
    );
    assert_eq!(answers(&ada, "route/main", json!({})).await, "mock/echo");
    mock(&root, "team", json!({})).await;
    let own = route(&ada, "main", &["team/echo"], json!({ "tag": "#Code " })).await;
    assert_eq!(own["tag"], "code");
    assert_eq!(answers(&ada, "route/main", json!({})).await, "team/echo");
    assert_eq!(answers(&bob, "route/main", json!({})).await, "mock/echo");
    let names: Vec<Value> = list(&ada)
        .await
        .iter()
        .map(|route| route["scope"].clone())
        .collect();
    assert_eq!(names, ["workspace", "system"]);

    let path = |route: &Value| format!("/api/routes/{}", route["id"].as_str().unwrap());
    bob.get(&path(&own)).await.expect(404);
    bob.patch(&path(&own), json!({})).await.expect(404);
    ada.patch(&path(&systems), json!({ "enabled": false }))
        .await
        .expect(403);
    root.patch(&path(&systems), json!({ "enabled": false }))
        .await
        .expect(200);
    chat(&bob, "route/main", json!({})).await.expect(503);
    // One that is switched off gives way to one that is on.
    root.patch(&path(&systems), json!({ "enabled": true }))
        .await
        .expect(200);
    ada.patch(&path(&own), json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(answers(&ada, "route/main", json!({})).await, "mock/echo");
}

/// Fields of a new route that are wrong, the status they bring, and the field that it names.
fn wrong_fields() -> Vec<(Value, u16, &'static str)> {
    vec![
        (json!({ "name": "a b" }), 422, "name"),
        (json!({ "name": "main" }), 409, "name"),
        (json!({ "tag": "Code" }), 409, "tag"),
        (json!({ "tag": " " }), 422, "tag"),
        (json!({ "targets": [] }), 422, "targets"),
        (
            json!({ "targets": targets(&["mock/nobody"]) }),
            422,
            "targets[0].model",
        ),
        (
            json!({ "targets": targets(&["mock/echo", "mock/echo"]) }),
            422,
            "targets[1].model",
        ),
        (
            json!({ "targets": targets(&["route/main"]) }),
            422,
            "targets[0].model",
        ),
        (
            json!({ "targets": targets(&["mock/embed"]) }),
            422,
            "targets[0].model",
        ),
        (
            json!({ "targets": [{ "model": "mock/echo", "weight": 2_000 }] }),
            422,
            "targets[0].weight",
        ),
        (
            json!({ "targets": [{ "model": "mock/echo", "weight": 0 }], "strategy": "weighted" }),
            422,
            "targets",
        ),
        (
            json!({ "targets": [{ "model": "mock/echo", "first_token_timeout_ms": 1 }] }),
            422,
            "targets[0].first_token_timeout_ms",
        ),
        (json!({ "strategy": "best" }), 422, "strategy"),
        (json!({ "retries": 6 }), 422, "retries"),
        (
            json!({ "first_token_timeout_ms": 0 }),
            422,
            "first_token_timeout_ms",
        ),
        (json!({ "timeout_ms": 1 }), 422, "timeout_ms"),
        (json!({ "hedge_after_ms": 100 }), 422, "hedge_after_ms"),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_route_is_named_by_field() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    route(&ada, "main", &["mock/echo"], json!({ "tag": "code" })).await;
    let path = format!("/api/workspaces/{}/routes", ada.workspace);
    for (wrong, status, field) in wrong_fields() {
        let mut body = json!({ "name": "new", "targets": targets(&["mock/echo"]) });
        body.as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        let answer = ada.post(&path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{wrong}: {}", answer.text());
        assert_eq!(
            answer.json()["errors"][0]["field"],
            field,
            "{wrong}: {}",
            answer.text()
        );
    }
    let slug = json!({ "scope": "system", "kind": "mock", "slug": "route" });
    ada.post("/api/connections", slug).await.expect(422);
}

#[tokio::test]
async fn a_warm_look_up_of_a_route_takes_no_statement() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    route(&ada, "main", &["mock/echo", "mock/lorem"], json!({})).await;
    let app = server.app();
    let look = || {
        app.models
            .resolve(app, &ada.user_id, Some(&ada.workspace), "route/main")
    };
    let cold = sql::Meter::new();
    cold.scope(look()).await.unwrap();
    assert!(cold.statements() <= 1);
    let warm = sql::Meter::new();
    for _ in 0..100 {
        warm.scope(look()).await.unwrap();
    }
    assert_eq!(warm.statements(), 0);
}

#[tokio::test]
async fn the_leaderboards_cheapest_becomes_the_rule_for_its_tag() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let priced = |output: u64| json!({ "prices": { "*": { "input": 100, "output": output } } });
    mock(&ada, "large", priced(9_000)).await;
    mock(&ada, "small", priced(1_000)).await;
    let body = json!({ "prompt": "two words", "models": ["large/echo", "small/echo"] });
    let done = ada.post("/api/compare", body).await.expect(200).data();
    let vote = format!("/api/messages/{}/vote", done["message"]["id"].as_str().unwrap());
    let tied = json!({ "verdict": "tie", "lanes": [0, 1], "tags": ["#Our Code"] });
    ada.put(&vote, tied).await.expect(200);

    let path = format!("/api/workspaces/{}/routing-rules/our%20code", ada.workspace);
    let rule = async |margin: u32| {
        let body = json!({ "not_worse_than": "large/echo", "margin": margin });
        ada.put(&path, body).await.expect(200).data()
    };
    let models = |rule: &Value| {
        let targets = rule["targets"].as_array().unwrap();
        targets
            .iter()
            .map(|target| target["model"].clone())
            .collect::<Vec<_>>()
    };
    // One vote tells little: only with a wide margin the cheaper one is not worse.
    let made = rule(0).await;
    assert_eq!(models(&made), ["large/echo"]);
    assert_eq!(
        (&made["name"], &made["tag"]),
        (&json!("rule-our-code"), &json!("our code"))
    );
    let changed = rule(5_000).await;
    assert_eq!(models(&changed), ["small/echo", "large/echo"]);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(
        answers(&ada, "route/rule-our-code", json!({})).await,
        "small/echo"
    );

    // What is about that and names no model takes it.
    let path_of = format!("/api/workspaces/{}/conversations", ada.workspace);
    let about = async |body: Value| ada.post(&path_of, body).await.expect(201).data()["model"].clone();
    assert_eq!(about(json!({ "tag": "Our Code" })).await, "route/rule-our-code");
    assert_eq!(
        about(json!({ "tag": "Our Code", "model": "mock/echo" })).await,
        "mock/echo"
    );
    assert_eq!(about(json!({ "tag": "rivers" })).await, Value::Null);

    let nobody = ada
        .put(&path, json!({ "not_worse_than": "mock/echo" }))
        .await
        .expect(422);
    assert_eq!(nobody.json()["errors"][0]["field"], "not_worse_than");
    let audit = ada.get("/api/admin/audit").await.expect(200).text();
    assert!(
        audit.contains("route.created") && audit.contains("route.updated"),
        "{audit}"
    );
}
