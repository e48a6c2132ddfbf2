//! Budgets in money: refused, waited for, answered by a cheaper model; never passed by more than one reservation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use server::budgets;
use sql::{FixedClock, Time, query};
use testkit::{Answer, Client, TestServer};

use crate::upstream::{Upstream, eventually};

sql::statements! {
    /// What all settled calls of priced models have cost.
    COSTS = "SELECT CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) FROM usage_calls";
    /// What is promised and what is spent, over all budgets.
    WINDOWS = "SELECT budget_id, spent_micros, reserved_micros FROM budget_windows ORDER BY budget_id";
    /// Promises that are not settled.
    OPEN = "SELECT COUNT(*) FROM budget_reservations";
}

/// A connection whose models cost 100 units for a million tokens read and 1,000 for a million written.
async fn paid(admin: &Client, slug: &str, settings: Value) {
    let mut settings = settings;
    settings["prices"] = json!({ "*": { "input": 100, "output": 1_000 } });
    let body = json!({ "scope": "system", "kind": "mock", "slug": slug, "settings": settings });
    admin.post("/api/connections", body).await.expect(201);
    let name = format!("{slug}/echo");
    eventually(admin, "/api/models", |answer| answer.text().contains(&name)).await;
}

async fn chat(client: &Client, model: &str, words: usize, max_tokens: u64) -> Answer {
    let text = vec!["word"; words].join(" ");
    let messages = json!([{ "role": "user", "content": text }]);
    let body = json!({ "model": model, "messages": messages, "max_tokens": max_tokens });
    client.post("/v1/chat/completions", body).await
}

async fn budget(client: &Client, body: Value) -> String {
    let made = client.post("/api/budgets", body).await.expect(201).data();
    made["id"].as_str().unwrap().to_owned()
}

async fn standing(client: &Client, id: &str) -> (i64, i64) {
    let shown = client.get(&format!("/api/budgets/{id}")).await.expect(200).data();
    (
        shown["spent_micros"].as_i64().unwrap(),
        shown["reserved_micros"].as_i64().unwrap(),
    )
}

/// Waits until everything is settled; what was spent then.
async fn settled(client: &Client, id: &str) -> i64 {
    let path = format!("/api/budgets/{id}");
    let shown = eventually(client, &path, |answer| {
        let data = answer.data();
        data["reserved_micros"] == 0 && data["spent_micros"] != 0
    });
    shown.await.data()["spent_micros"].as_i64().unwrap()
}

#[tokio::test]
async fn a_call_beyond_the_budget_is_refused_and_told_why() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    // A word read and a word written cost 1,100; there are two of each.
    let day =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 2_000 });
    let id = budget(&ada, day).await;
    chat(&ada, "paid/echo", 2, 10).await.expect(200);
    assert_eq!(settled(&ada, &id).await, 2_200);
    let refused = chat(&ada, "paid/echo", 1, 10).await.expect(402);
    let error = refused.json()["error"].clone();
    assert_eq!(error["code"], "insufficient_quota");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("0.0022 of 0.0020 spent"), "{message}");
    assert!(message.contains("begins anew at"), "{message}");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=24 * 3_600).contains(&wait), "{wait}");
    // What costs nothing goes on, and what was refused has left nothing behind.
    chat(&ada, "mock/echo", 1, 10).await.expect(200);
    assert_eq!(standing(&ada, &id).await, (2_200, 0));
    // Raised, it goes on at once.
    let raise = json!({ "limit_micros": 10_000 });
    ada.patch(&format!("/api/budgets/{id}"), raise).await.expect(200);
    chat(&ada, "paid/echo", 1, 10).await.expect(200);
}

#[tokio::test]
async fn a_call_counts_for_every_budget_that_it_concerns() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let key = ada
        .post("/api/auth/keys", json!({ "name": "app" }))
        .await
        .expect(201)
        .data();
    let mut ids = Vec::new();
    for (scope, subject) in [
        ("installation", Value::Null),
        ("workspace", json!(ada.workspace)),
        ("user", json!("ada@example.com")),
        ("key", key["id"].clone()),
    ] {
        for period in ["day", "month"] {
            let body = json!({ "scope": scope, "subject": subject, "period": period, "limit_micros": 5_000 });
            ids.push(budget(&ada, body).await);
        }
    }
    let app = ada.with_token(key["key"].as_str());
    chat(&app, "paid/echo", 2, 2).await.expect(200);
    for id in &ids {
        assert_eq!(settled(&ada, id).await, 2_200);
    }
    // Without the key those of the key do not count.
    chat(&ada, "paid/echo", 2, 2).await.expect(200);
    assert_eq!(settled(&ada, &ids[0]).await, 4_400);
    let listed = ada.get("/api/admin/budgets").await.expect(200).data();
    let spent = |id: &String| {
        let row = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == id.as_str());
        row.unwrap()["spent_micros"].as_i64().unwrap()
    };
    assert_eq!(
        ids.iter().map(spent).collect::<Vec<_>>(),
        [4_400, 4_400, 4_400, 4_400, 4_400, 4_400, 2_200, 2_200]
    );
}

/// What all calls have cost so far.
async fn costs(server: &TestServer) -> i64 {
    query(&COSTS).one::<(i64,)>(&server.app().db).await.unwrap().0
}

/// The invariant, while many callers on two nodes fight over two budgets: what is spent and promised passes the limit by
/// less than one reservation, and in the end what was spent is what the calls have cost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_any_concurrency_a_budget_is_passed_by_less_than_one_reservation() {
    for round in 0..4_usize {
        let server = TestServer::new().await;
        let ada = server.register("ada").await;
        paid(&ada, "paid", json!({})).await;
        let other = server.another_node().await;
        let limit = 40_000 + 17_000 * round as i64;
        let workspace = json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": limit });
        let user = json!({ "scope": "user", "subject": ada.user_id, "period": "day", "limit_micros": limit + 9_000 });
        let ids = [budget(&ada, workspace).await, budget(&ada, user).await];
        // The largest call: 8 words of 5 bytes, 16 tokens around them, 12 tokens of an answer.
        let bound = (39 + 16) * 100 + 12 * 1_000;
        let over = Arc::new(AtomicBool::new(false));
        let watching = {
            let (db, over, user) = (server.app().db.clone(), Arc::clone(&over), ids[1].clone());
            tokio::spawn(async move {
                let mut passed = Vec::new();
                while !over.load(Ordering::SeqCst) {
                    let rows: Vec<(String, i64, i64)> = query(&WINDOWS).all(&db).await.unwrap();
                    for (id, spent, reserved) in rows {
                        let limit = if id == user { limit + 9_000 } else { limit };
                        assert!(spent >= 0 && reserved >= 0, "{spent} {reserved}");
                        if spent + reserved >= limit + bound {
                            passed.push((id, spent, reserved));
                        }
                    }
                    tokio::task::yield_now().await;
                }
                passed
            })
        };
        let calls = (0..120_usize).map(|n| {
            let client = if n % 2 == 0 { ada.clone() } else { ada.at(&other) };
            // A fixed scatter of sizes, other in each round.
            let (words, most) = (1 + (n * 7 + round) % 8, 1 + ((n * 13 + round * 5) % 12) as u64);
            tokio::spawn(async move { chat(&client, "paid/echo", words, most).await.status.as_u16() })
        });
        let statuses: Vec<u16> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
        let seen: BTreeSet<u16> = statuses.iter().copied().collect();
        assert_eq!(seen, BTreeSet::from([200, 402]), "{statuses:?}");
        let spent = [settled(&ada, &ids[0]).await, settled(&ada, &ids[1]).await];
        over.store(true, Ordering::SeqCst);
        assert_eq!(watching.await.unwrap(), [], "passed by more than a reservation");
        let cost = costs(&server).await;
        assert_eq!(spent, [cost, cost]);
        assert!(cost < limit + bound, "{cost} of {limit}");
        let (open,): (i64,) = query(&OPEN).one(&server.app().db).await.unwrap();
        assert_eq!(open, 0);
    }
}

#[tokio::test]
async fn who_waits_is_let_in_when_another_call_cost_less_than_it_might() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(
        &ada,
        "paid",
        json!({ "models": { "lorem": { "first_token_ms": 300, "tokens": 2 } } }),
    )
    .await;
    let body = json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 10_000, "when_spent": "wait" });
    let id = budget(&ada, body).await;
    // The first promises all there is and spends little; the second comes meanwhile.
    let first = tokio::spawn({
        let ada = ada.clone();
        async move { chat(&ada, "paid/lorem", 1, 1_000).await.status.as_u16() }
    });
    eventually(&ada, &format!("/api/budgets/{id}"), |answer| {
        answer.data()["reserved_micros"] != 0
    })
    .await;
    chat(&ada, "paid/echo", 1, 1).await.expect(200);
    assert_eq!(first.await.unwrap(), 200);
    assert_eq!(settled(&ada, &id).await, 2_100 + 1_100);
}

#[tokio::test]
async fn near_the_limit_a_cheaper_model_answers() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let body = json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 10_000,
        "when_spent": "cheaper", "cheaper_model": "mock/echo", "cheaper_from_percent": 20 });
    let id = budget(&ada, body).await;
    let model = async || chat(&ada, "paid/echo", 2, 2).await.expect(200).json()["model"].clone();
    assert_eq!(model().await, "paid/echo");
    assert_eq!(settled(&ada, &id).await, 2_200);
    // More than a fifth is spent: the free model answers, and does so for ever.
    assert_eq!(model().await, "mock/echo");
    assert_eq!(standing(&ada, &id).await, (2_200, 0));
    let wrong = json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": 1, "when_spent": "cheaper" });
    let wrong = ada.post("/api/budgets", wrong).await.expect(422);
    assert_eq!(wrong.json()["errors"][0]["field"], "cheaper_model");
}

#[tokio::test]
async fn who_leaves_in_the_middle_pays_what_was_written() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(
        &ada,
        "paid",
        json!({ "models": { "lorem": { "tokens_per_second": 50, "tokens": 1_000 } } }),
    )
    .await;
    let body =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 100_000 });
    let id = budget(&ada, body).await;
    let call = json!({ "model": "paid/lorem", "stream": true, "max_tokens": 1_000, "messages": [{ "role": "user", "content": "go" }] });
    let response = ada
        .open(Method::POST, "/v1/chat/completions", Some(call), &[])
        .await;
    let mut body = response.into_body().into_data_stream();
    let mut heard = String::new();
    while !heard.contains("lorem") {
        heard.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    let (spent, reserved) = standing(&ada, &id).await;
    assert!(spent == 0 && reserved > 1_000_000, "{spent} {reserved}");
    drop(body);
    let spent = settled(&ada, &id).await;
    assert!(spent > 0 && spent < 1_000_000, "{spent}");
}

#[tokio::test]
async fn a_call_whose_server_died_counts_as_the_most_it_may_have_cost() {
    let clock = Arc::new(FixedClock::new("2026-11-22T10:00:00Z".parse::<Time>().unwrap()));
    let mut server = TestServer::with_at(&[("server.drain_timeout", "10m")], clock.clone()).await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let body =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 100_000 });
    let id = budget(&ada, body).await;
    let call = json!({ "model": "paid/silent", "stream": true, "max_tokens": 5, "messages": [{ "role": "user", "content": "1234" }] });
    let hanging = tokio::spawn({
        let ada = ada.clone();
        async move {
            ada.open(Method::POST, "/v1/chat/completions", Some(call), &[])
                .await
        }
    });
    let bound = (4 + 16) * 100 + 5 * 1_000;
    eventually(&ada, &format!("/api/budgets/{id}"), |answer| {
        answer.data()["reserved_micros"] == bound
    })
    .await;
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    budgets::sweep(server.app()).await.unwrap();
    assert_eq!(standing(&ada, &id).await, (0, bound), "not yet");
    clock.advance(Duration::from_secs(3_601));
    budgets::sweep(server.app()).await.unwrap();
    assert_eq!(standing(&ada, &id).await, (bound, 0));
    // What comes too late changes nothing any more.
    hanging.abort();
    let _ = hanging.await;
    budgets::sweep(server.app()).await.unwrap();
    assert_eq!(standing(&ada, &id).await, (bound, 0));
}

#[tokio::test]
async fn what_costs_nothing_asks_no_budget() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let none = json!({ "scope": "installation", "period": "day", "limit_micros": 0 });
    budget(&ada, none).await;
    chat(&ada, "mock/echo", 3, 3).await.expect(200);
    let rows: Vec<(String, i64, i64)> = query(&WINDOWS).all(&server.app().db).await.unwrap();
    assert_eq!(rows, []);
    paid(&ada, "paid", json!({})).await;
    chat(&ada, "paid/echo", 1, 1).await.expect(402);
}

#[tokio::test]
async fn a_reply_and_every_lane_of_a_comparison_ask_their_budgets() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let body =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 20_000 });
    let id = budget(&ada, body).await;
    let conversation = ada.conversation("paid/echo").await;
    let reply = ada.say(&conversation, "one two").await;
    assert_eq!(reply["status"], "complete");
    let spent = settled(&ada, &id).await;
    assert_eq!(spent, costs(&server).await);
    // The first of the two lanes promises all that is left; what the other may do depends on when it asks, but nothing is
    // spent that was not there, and each lane has its end.
    let comparison = json!({ "prompt": "three", "models": ["paid/echo", "paid/echo", "mock/echo"], "workspace": ada.workspace });
    let compared = ada.post("/api/compare", comparison).await.expect(200).data();
    let replies = compared["replies"].as_array().unwrap().clone();
    let refused = replies
        .iter()
        .filter(|reply| reply["error"]["code"] == "budget_exceeded")
        .count();
    assert!(refused <= 1, "{replies:?}");
    assert_eq!(replies[2]["content"], "three");
    assert_eq!(settled(&ada, &id).await, costs(&server).await);
    // Nothing left: the reply says so in its place, and the question is kept.
    let path = format!("/api/budgets/{id}");
    ada.patch(&path, json!({ "limit_micros": 1 })).await.expect(200);
    let reply = ada.say(&conversation, "four").await;
    assert_eq!(
        (&reply["status"], &reply["error"]["code"]),
        (&json!("failed"), &json!("budget_exceeded"))
    );
    // A cheaper model is named in the message.
    let cheaper = json!({ "when_spent": "cheaper", "cheaper_model": "mock/echo" });
    ada.patch(&path, cheaper).await.expect(200);
    let reply = ada.say(&conversation, "five").await;
    assert!(reply["content"].as_str().unwrap().ends_with("five"), "{reply}");
    assert_eq!(reply["model"], "mock/echo");
    assert_eq!(settled(&ada, &id).await, costs(&server).await);
}

#[tokio::test]
async fn what_a_question_will_cost_is_told_before_it_is_asked() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let body =
        json!({ "models": ["paid/echo", "mock/echo"], "texts": ["12345678", "1234"], "max_tokens": 10 });
    let told = ada.post("/api/models/estimate", body).await.expect(200).data();
    assert_eq!(
        told,
        json!([
            { "model": "paid/echo", "prompt_tokens": 3, "answer_tokens_max": 10, "prompt_cost_micros": 300,
                "cost_micros_max": 10_300, "priced": true },
            { "model": "mock/echo", "prompt_tokens": 3, "answer_tokens_max": 10, "prompt_cost_micros": 0,
                "cost_micros_max": 0, "priced": false },
        ])
    );
    let none = json!({ "models": [], "texts": [] });
    ada.post("/api/models/estimate", none).await.expect(422);
    let unknown = json!({ "models": ["paid/nobody"], "texts": [] });
    ada.post("/api/models/estimate", unknown).await.expect(404);
}

#[tokio::test]
async fn who_may_set_and_see_budgets() {
    let server = TestServer::new().await;
    let (root, ada, bob) = (
        server.register("root").await,
        server.register("ada").await,
        server.register("bob").await,
    );
    server.join(&ada, &ada.workspace, &bob, "member").await;
    let of = |scope: &str, subject: &str| json!({ "scope": scope, "subject": subject, "period": "day", "limit_micros": 1_000_000 });
    // Users and the installation are the administrators' business.
    bob.post("/api/budgets", of("user", &bob.user_id))
        .await
        .expect(403);
    ada.post(
        "/api/budgets",
        json!({ "scope": "installation", "period": "day", "limit_micros": 1 }),
    )
    .await
    .expect(403);
    bob.get("/api/admin/budgets").await.expect(403);
    // A workspace's are set by its admins and seen by its members.
    bob.post("/api/budgets", of("workspace", &ada.workspace))
        .await
        .expect(403);
    bob.post("/api/budgets", of("workspace", &root.workspace))
        .await
        .expect(404);
    let id = budget(&ada, of("workspace", &ada.workspace)).await;
    let twice = ada
        .post("/api/budgets", of("workspace", &ada.workspace))
        .await
        .expect(409);
    assert!(twice.text().contains("already"), "{}", twice.text());
    let path = format!("/api/budgets/{id}");
    bob.get(&path).await.expect(200);
    bob.patch(&path, json!({ "limit_micros": 2 })).await.expect(403);
    root.get(&path).await.expect(404);
    // What an administrator of the installation sets, the workspace's admins see and leave alone.
    let month =
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": 5 });
    let locked = format!("/api/budgets/{}", budget(&root, month).await);
    assert_eq!(ada.get(&locked).await.expect(200).data()["locked"], true);
    ada.delete(&locked).await.expect(403);
    root.patch(&locked, json!({ "limit_micros": 6 }))
        .await
        .expect(200);
    // A user sees what limits them: the workspace's here, and their own.
    budget(&root, of("user", "bob@example.com")).await;
    let mine = bob.get("/api/budgets").await.expect(200).data();
    let mut scopes: Vec<&str> = mine
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["scope"].as_str().unwrap())
        .collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["user", "workspace", "workspace"]);
}

#[tokio::test]
async fn the_budget_of_a_key_is_its_users_and_goes_with_it() {
    let server = TestServer::new().await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    let of = |subject: &str| json!({ "scope": "key", "subject": subject, "period": "day", "limit_micros": 1_000_000 });
    let key = bob
        .post("/api/auth/keys", json!({ "name": "app" }))
        .await
        .expect(201)
        .data();
    let key = key["id"].as_str().unwrap();
    ada.post("/api/budgets", of(key)).await.expect(404);
    let of_key = format!("/api/budgets/{}", budget(&bob, of(key)).await);
    ada.get(&of_key).await.expect(404);
    bob.delete(&format!("/api/auth/keys/{key}")).await.expect(204);
    budgets::sweep(server.app()).await.unwrap();
    bob.get(&of_key).await.expect(404);
}

#[tokio::test]
async fn a_budget_that_makes_no_sense_is_refused_field_by_field() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let wrong = json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": -1, "cheaper_from_percent": 0 });
    let wrong = ada.post("/api/budgets", wrong).await.expect(422).json();
    let fields: Vec<&str> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["limit_micros", "cheaper_from_percent"]);
}

#[tokio::test]
async fn a_cheaper_model_is_there_for_those_who_pay_and_answers() {
    let server =
        TestServer::with(&[("auth.registration", "open"), ("providers.allow_private", "true")]).await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["echo"]).await;
    let own = json!({ "scope": "user", "kind": "openai", "slug": "own", "base_url": upstream.url, "api_key": "sk-test" });
    ada.post("/api/connections", own).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("own/echo")).await;
    let target = json!({ "name": "main", "targets": [{ "model": "mock/echo" }] });
    let route = root.post("/api/routes", target).await.expect(201).data();
    let body = |model: &str| {
        json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 1_000,
            "when_spent": "cheaper", "cheaper_model": model })
    };
    // What only one of those who pay can use is not there for the others.
    for model in ["typo/gpt", "mock/embed", "mock/ecco", "own/echo"] {
        let refused = ada.post("/api/budgets", body(model)).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "cheaper_model", "{model}");
    }
    let id = budget(&ada, body(route["model"].as_str().unwrap())).await;
    let path = format!("/api/budgets/{id}");
    for (model, status) in [("mock/embed", 422), ("mock/lorem", 200)] {
        ada.patch(&path, json!({ "cheaper_model": model }))
            .await
            .expect(status);
    }
    // The user's own pays for what the user asks.
    let key = ada
        .post("/api/auth/keys", json!({ "name": "app" }))
        .await
        .expect(201);
    let of_key = json!({ "scope": "key", "subject": key.data()["id"], "period": "day", "limit_micros": 1_000,
        "when_spent": "cheaper", "cheaper_model": "own/echo" });
    budget(&ada, of_key).await;
}

#[tokio::test]
async fn a_budget_whose_cheaper_model_is_gone_refuses_and_says_so() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    paid(&ada, "cheap", json!({})).await;
    let body = json!({ "scope": "workspace", "subject": ada.workspace, "period": "day", "limit_micros": 10_000,
        "when_spent": "cheaper", "cheaper_model": "cheap/echo", "cheaper_from_percent": 20 });
    let id = budget(&ada, body).await;
    chat(&ada, "paid/echo", 2, 2).await.expect(200);
    settled(&ada, &id).await;
    let connections = ada.get("/api/connections").await.expect(200).data();
    let mut rows = connections.as_array().unwrap().iter();
    let cheap = rows.find(|row| row["slug"] == "cheap").unwrap()["id"].clone();
    ada.delete(&format!("/api/connections/{}", cheap.as_str().unwrap()))
        .await
        .expect(204);
    eventually(&ada, "/api/models", |answer| {
        !answer.text().contains("cheap/echo")
    })
    .await;
    let refused = chat(&ada, "paid/echo", 2, 2).await.expect(402);
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    for part in [
        "budget of this workspace",
        "`cheap/echo`, which is gone",
        "can be raised by",
    ] {
        assert!(message.contains(part), "{message}");
    }
    // The limit can be raised all the same.
    ada.patch(&format!("/api/budgets/{id}"), json!({ "limit_micros": 100_000 }))
        .await
        .expect(200);
    chat(&ada, "paid/echo", 2, 2).await.expect(200);
}

#[tokio::test]
async fn a_program_of_a_workspace_is_told_who_can_raise_the_budget_of_its_key() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    paid(&ada, "paid", json!({})).await;
    let keys = format!("/api/workspaces/{}/keys", ada.workspace);
    for (path, who) in [
        (keys.as_str(), "an admin of its workspace"),
        ("/api/auth/keys", "you, in the settings of the key"),
    ] {
        let key = ada.post(path, json!({ "name": "app" })).await.expect(201).data();
        let nothing = json!({ "scope": "key", "subject": key["id"], "period": "day", "limit_micros": 0 });
        budget(&ada, nothing).await;
        let app = ada.with_token(key["key"].as_str());
        let refused = chat(&app, "paid/echo", 1, 1).await.expect(402).text();
        assert!(refused.contains(&format!("raised by {who}")), "{refused}");
    }
}
