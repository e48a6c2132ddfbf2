//! Administration: the audit log, what administrators see of people and conversations, what calls add up to, retention.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use server::admin;
use sql::{FixedClock, Time, query};
use testkit::{Client, TestServer};

use crate::upstream::eventually;

sql::statements! {
    /// How many calls are kept.
    CALLS = "SELECT COUNT(*) FROM usage_calls";
    /// How many entries of the audit log are.
    ENTRIES = "SELECT COUNT(*) FROM audit_log";
}

async fn count(server: &TestServer, statement: &'static sql::Statement) -> i64 {
    query(statement).one::<(i64,)>(&server.app().db).await.unwrap().0
}

/// A connection whose models cost 100 units for a million tokens read and 1,000 for a million written.
async fn priced(admin: &Client) {
    let settings = json!({ "prices": { "*": { "input": 100, "output": 1_000 } } });
    let body = json!({ "scope": "system", "kind": "mock", "slug": "paid", "settings": settings });
    admin.post("/api/connections", body).await.expect(201);
    eventually(admin, "/api/models", |answer| answer.text().contains("paid/echo")).await;
}

/// The calls so far are in the hours.
async fn settled(server: &TestServer) {
    server.app().usage.flush(server.app()).await;
    server::usage::settle_soon(server.app()).await.unwrap();
    server.idle().await;
}

async fn log(admin: &Client, query: &str) -> Vec<Value> {
    let entries = admin
        .get(&format!("/api/admin/audit{query}"))
        .await
        .expect(200)
        .data();
    entries.as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect()
}

/// Whatever an administrator changes of the installation, once each.
async fn change_everything(ada: &Client) {
    let bob = json!({ "email": "bob@example.com", "password": "correct horse", "name": "Bob" });
    let bob = ada.post("/api/admin/users", bob).await.expect(201).data();
    let bob = bob["id"].as_str().unwrap().to_owned();
    let change = json!({ "name": "Robert", "disabled": true, "password": "another horse" });
    ada.patch(&format!("/api/admin/users/{bob}"), change)
        .await
        .expect(200);
    ada.patch(
        "/api/settings",
        json!({ "registration": "closed", "anonymous": { "mock_mode": true } }),
    )
    .await
    .expect(200);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "api_key": "sk-very-secret-0001",
        "base_url": "https://api.example.com/v1" });
    let connection = ada.post("/api/connections", connection).await.expect(201).data();
    let connection = format!("/api/connections/{}", connection["id"].as_str().unwrap());
    ada.patch(&connection, json!({ "enabled": false }))
        .await
        .expect(200);
    ada.delete(&connection).await.expect(204);
    let budget = json!({ "scope": "installation", "period": "day", "limit_micros": 5_000_000 });
    let budget = ada.post("/api/budgets", budget).await.expect(201).data();
    let budget = format!("/api/budgets/{}", budget["id"].as_str().unwrap());
    ada.patch(&budget, json!({ "limit_micros": 6_000_000 }))
        .await
        .expect(200);
    ada.delete(&budget).await.expect(204);
    ada.patch("/api/performance/cache/templates", json!({ "enabled": false }))
        .await
        .expect(200);
    ada.delete("/api/performance/cache").await.expect(204);
}

#[tokio::test]
async fn every_administrative_change_is_in_the_log_with_who_and_what() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    change_everything(&ada).await;
    let entries = log(&ada, "?limit=100").await;
    assert_eq!(
        actions(&entries),
        [
            "cache.emptied",
            "cache.switched",
            "budget.deleted",
            "budget.updated",
            "budget.created",
            "connection.deleted",
            "connection.updated",
            "connection.created",
            "settings.updated",
            "user.updated",
            "user.created",
        ]
    );
    assert!(entries.iter().all(|entry| entry["actor_id"] == *ada.user_id));
    assert!(entries.iter().all(|entry| entry["actor_name"].is_string()));
    let detail = |action: &str| {
        let entry = entries.iter().find(|entry| entry["action"] == action).unwrap();
        entry["detail"].clone()
    };
    assert_eq!(
        detail("user.updated"),
        json!({ "name": { "from": "Bob", "to": "Robert" }, "disabled": { "from": false, "to": true }, "password": {} })
    );
    assert_eq!(
        detail("budget.updated"),
        json!({ "limit_micros": { "from": 5_000_000, "to": 6_000_000 } })
    );
    assert_eq!(
        detail("settings.updated")["registration"],
        json!({ "to": "closed" })
    );
    assert_eq!(detail("settings.updated")["anonymous"]["to"]["mock_mode"], true);
    let whole = json!(entries).to_string();
    assert!(
        !whole.contains("very-secret") && !whole.contains("horse"),
        "{whole}"
    );

    assert_eq!(
        actions(&log(&ada, "?action=user").await),
        ["user.updated", "user.created"]
    );
    assert_eq!(
        actions(&log(&ada, "?action=user.created").await),
        ["user.created"]
    );
    assert_eq!(log(&ada, "?actor=usr_nobody").await, Vec::<Value>::new());
    let page = ada.get("/api/admin/audit?limit=4").await.expect(200);
    let after = page.json()["page"]["next"].as_str().unwrap().to_owned();
    let next = log(&ada, &format!("?limit=4&after={after}")).await;
    assert_eq!(actions(&next), actions(&entries[4..8]));
}

#[tokio::test]
async fn what_is_changed_in_a_workspace_is_in_the_log_and_what_is_refused_is_not() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    server.join(&ada, "team", &bob, "member").await;
    let member = format!("/api/workspaces/team/members/{}", bob.user_id);
    ada.patch(&member, json!({ "role": "observer" }))
        .await
        .expect(204);
    ada.patch("/api/workspaces/team", json!({ "name": "Crew" }))
        .await
        .expect(200);
    // Refused: the owner can not leave, and an unknown member can not be changed.
    ada.delete(&format!("/api/workspaces/team/members/{}", ada.user_id))
        .await
        .expect(409);
    ada.patch(
        "/api/workspaces/team/members/usr_nobody",
        json!({ "role": "admin" }),
    )
    .await
    .expect(404);
    ada.delete(&member).await.expect(204);
    ada.delete("/api/workspaces/team").await.expect(204);

    let entries = log(&root, "?limit=100").await;
    let workspace: Vec<&str> = actions(&entries);
    assert_eq!(
        workspace,
        [
            "workspace.deleted",
            "member.removed",
            "workspace.updated",
            "member.updated",
            "invitation.created",
        ]
    );
    assert_eq!(
        entries[3]["detail"],
        json!({ "role": { "from": "member", "to": "observer" } })
    );
    assert_eq!(entries[3]["subject_id"], *bob.user_id);
    assert!(entries.iter().all(|entry| entry["actor_id"] == *ada.user_id));
    ada.get("/api/admin/audit").await.expect(403);
}

#[tokio::test]
async fn administrators_see_how_much_everybody_does_and_what_it_costs() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    priced(&root).await;
    let dear = ada.conversation("paid/echo").await;
    ada.conversation("mock/echo").await;
    ada.say(&dear, "one two three four").await;
    settled(&server).await;

    let shown = ada
        .get(&format!("/api/conversations/{dear}"))
        .await
        .expect(200)
        .data();
    let cost = shown["cost_micros"].as_i64().unwrap();
    assert!(cost > 0, "{shown}");
    let answers: i64 = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["cost_micros"].as_i64().unwrap())
        .sum();
    assert_eq!(cost, answers);

    let users = root.get("/api/admin/users").await.expect(200).data();
    let row = |name: &str| {
        let rows = users.as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap().clone()
    };
    assert_eq!(
        (
            row("root")["conversations"].as_i64(),
            row("root")["cost_micros"].as_i64()
        ),
        (Some(0), Some(0))
    );
    assert_eq!(row("ada")["conversations"], 2);
    assert!(row("ada")["cost_micros"].as_i64().unwrap() >= cost, "{users}");

    for query in [
        "",
        &format!("?user={}", ada.user_id),
        &format!("?workspace={}", ada.workspace),
    ] {
        let all = root
            .get(&format!("/api/admin/conversations{query}"))
            .await
            .expect(200)
            .data();
        let rows = all.as_array().unwrap();
        assert_eq!(rows.len(), 2, "{query}: {all}");
        let row = rows.iter().find(|row| row["id"] == *dear).unwrap();
        assert_eq!(row["message_count"], 2);
        assert_eq!(row["cost_micros"], cost);
        assert_eq!(row["user_name"], "ada");
    }
    let found = root
        .get("/api/admin/conversations?q=three")
        .await
        .expect(200)
        .data();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let path = "/api/admin/conversations?user=usr_1&workspace=ws_1";
    root.get(path).await.expect(422);
    // They see that it is there, not what was said.
    root.get(&format!("/api/conversations/{dear}")).await.expect(404);
}

#[tokio::test]
async fn calls_add_up_by_day_model_person_and_workspace_for_those_who_may_see_them() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    priced(&root).await;
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    server.join(&ada, "team", &bob, "member").await;
    let ask = |model: &'static str, words: &'static str| {
        let messages = json!([{ "role": "user", "content": words }]);
        json!({ "model": model, "messages": messages })
    };
    for (client, model) in [(&ada, "paid/echo"), (&ada, "mock/echo"), (&bob, "paid/echo")] {
        client
            .open(
                Method::POST,
                "/v1/chat/completions",
                Some(ask(model, "one two three")),
                &[("x-stoa-workspace", "team")],
            )
            .await;
    }
    ada.post("/v1/chat/completions", ask("mock/fail", "no")).await;
    settled(&server).await;

    let get = async |client: &Client, query: &str| {
        client
            .get(&format!("/api/usage/summary{query}"))
            .await
            .expect(200)
            .data()
    };
    let mine = get(&ada, "").await;
    assert_eq!(mine["total"]["calls"], 3);
    assert_eq!(mine["total"]["failures"], 1);
    let days: i64 = mine["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["calls"].as_i64().unwrap())
        .sum();
    assert_eq!(days, 3);

    let everybody = get(&root, "?scope=installation&by=user").await;
    assert_eq!(everybody["total"]["calls"], 4);
    let rows = everybody["rows"].as_array().unwrap();
    let names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"ada") && names.contains(&"bob"), "{names:?}");

    let models = get(&root, "?scope=installation&by=model").await;
    assert_eq!(models["rows"][0]["key"], "paid/echo", "the dearest first");
    assert_eq!(models["rows"][0]["calls"], 2);
    let purposes = get(&root, "?scope=installation&by=purpose").await;
    assert_eq!(purposes["rows"][0]["key"], "chat");
    let hours = get(&ada, "?by=hour").await;
    assert_eq!(hours["total"]["calls"], 3);

    let stats = ada.get("/api/models/stats").await.expect(200).data();
    let paid = stats
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["model"] == "paid/echo")
        .unwrap();
    assert_eq!(paid["calls"], 1);
    assert!(paid["first_token_ms"].is_i64(), "{paid}");
}

#[tokio::test]
async fn what_is_older_than_the_settings_say_is_deleted_and_nothing_else() {
    let clock = Arc::new(FixedClock::new(Time::from_micros(1_790_000_000_000_000)));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    let (old, pinned) = (
        ada.conversation("mock/echo").await,
        ada.conversation("mock/echo").await,
    );
    ada.say(&old, "an old thing").await;
    ada.patch(&format!("/api/conversations/{pinned}"), json!({ "pinned": true }))
        .await
        .expect(200);
    settled(&server).await;
    // Nothing has a time yet.
    admin::sweep(server.app()).await.unwrap();
    ada.get(&format!("/api/conversations/{old}")).await.expect(200);
    let retention = json!({ "conversation_days": 10, "usage_days": 8, "audit_days": 5 });
    ada.patch("/api/settings", json!({ "retention": retention }))
        .await
        .expect(200);
    assert!(count(&server, &CALLS).await > 0);

    clock.advance(Duration::from_hours(11 * 24));
    let fresh = ada.conversation("mock/echo").await;
    admin::sweep(server.app()).await.unwrap();
    ada.get(&format!("/api/conversations/{old}")).await.expect(404);
    ada.get(&format!("/api/conversations/{pinned}")).await.expect(200);
    ada.get(&format!("/api/conversations/{fresh}")).await.expect(200);
    assert_eq!(count(&server, &CALLS).await, 0);
    assert_eq!(count(&server, &ENTRIES).await, 0);
    let usage = ada
        .get("/api/usage?from=2020-01-01T00:00:00Z")
        .await
        .expect(200)
        .data();
    assert_eq!(usage, json!([]));

    let never = json!({ "conversation_days": null });
    let settings = ada
        .patch("/api/settings", json!({ "retention": never }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        settings["retention"],
        json!({ "conversation_days": null, "usage_days": 8, "audit_days": 5 })
    );
    let wrong = json!({ "retention": { "usage_days": 0 } });
    let refused = ada.patch("/api/settings", wrong).await.expect(422);
    assert!(
        refused.text().contains("retention.usage_days"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn what_others_use_is_for_those_who_administrate_it() {
    let server = TestServer::new().await;
    server.register("root").await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    server.join(&ada, "team", &bob, "member").await;
    bob.get("/api/usage/summary?scope=installation").await.expect(403);
    bob.get("/api/usage/summary?scope=workspace&workspace=team")
        .await
        .expect(403);
    bob.get("/api/usage/summary?scope=workspace").await.expect(422);
    let late = "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z";
    bob.get(&format!("/api/usage/summary{late}")).await.expect(422);
    let long = "?by=hour&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z";
    bob.get(&format!("/api/usage/summary{long}")).await.expect(422);
    ada.get("/api/usage/summary?scope=workspace&workspace=team&by=user")
        .await
        .expect(200);
}

#[tokio::test]
async fn users_are_sorted_by_when_they_came_what_they_began_and_what_they_cost() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let cid = server.register("cid").await;
    priced(&ada).await;
    for (client, conversations) in [(&ada, 1), (&bob, 3), (&cid, 2)] {
        for _ in 0..conversations {
            client.conversation("mock/echo").await;
        }
    }
    for (client, words) in [(&ada, "one two"), (&cid, "one")] {
        let body = json!({ "model": "paid/echo", "messages": [{ "role": "user", "content": words }] });
        client.post("/v1/chat/completions", body).await.expect(200);
    }
    settled(&server).await;
    let page = async |query: &str| {
        ada.get(&format!("/api/admin/users{query}"))
            .await
            .expect(200)
            .json()
    };
    let names = |page: &Value| {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for (sort, expected) in [
        ("", ["ada", "bob", "cid"]),
        ("?sort=-created_at", ["cid", "bob", "ada"]),
        ("?sort=conversations", ["ada", "cid", "bob"]),
        ("?sort=-conversations", ["bob", "cid", "ada"]),
        ("?sort=cost", ["bob", "cid", "ada"]),
        ("?sort=-cost", ["ada", "cid", "bob"]),
    ] {
        assert_eq!(names(&page(sort).await), expected, "{sort}");
    }
    let first = page("?sort=-cost&limit=2").await;
    assert_eq!(
        (names(&first).len(), &first["page"]["has_more"]),
        (2, &json!(true))
    );
    assert_eq!(names(&page("?sort=-cost&limit=2&offset=2").await), ["bob"]);
    assert_eq!(names(&page("?sort=-conversations&q=d").await), ["cid", "ada"]);
    let first = page("?sort=-created_at&limit=2").await;
    let next = first["page"]["next"].as_str().unwrap();
    assert_eq!(
        names(&page(&format!("?sort=-created_at&limit=2&after={next}")).await),
        ["ada"]
    );
    ada.get("/api/admin/users?sort=-cost&after=x").await.expect(422);
    ada.get("/api/admin/users?sort=shoe").await.expect(400);
}
