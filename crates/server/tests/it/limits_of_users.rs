//! Limits of users: over all their keys and sessions together, set by administrators, never passed.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::limits::{chat, clock, key, made, storm, used};

/// Sets what limits a user.
pub async fn limit_user(admin: &Client, user: &Client, limits: Value) {
    let path = format!("/api/admin/users/{}", user.user_id);
    admin.patch(&path, limits).await.expect(200);
}

#[tokio::test]
async fn the_limits_of_a_user_hold_for_all_their_keys_and_sessions_together() {
    let clock = clock();
    let server = TestServer::at(clock.clone()).await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let (_, one) = key(&ada, json!({})).await;
    let (_, two) = key(&ada, json!({ "requests_per_minute": 3 })).await;
    chat(&ada, "mock/echo").await.expect(200);
    limit_user(
        &root,
        &ada,
        json!({ "requests_per_minute": 4, "tokens_per_minute": 1_000 }),
    )
    .await;
    chat(&ada, "mock/echo").await.expect(200);
    chat(&one, "mock/echo").await.expect(200);
    let answer = chat(&two, "mock/echo").await.expect(200);
    // Of both limits the one that leaves less.
    assert_eq!(answer.header("x-ratelimit-limit-requests"), "4");
    assert_eq!(answer.header("x-ratelimit-remaining-requests"), "1");
    assert_eq!(answer.header("x-ratelimit-limit-tokens"), "1000");
    chat(&two, "mock/echo").await.expect(200);
    // The user's, with a session, with a key that has none and with one that has more left.
    for client in [&ada, &one, &two] {
        let refused = chat(client, "mock/echo").await.expect(429);
        assert_eq!(refused.header("retry-after"), "61");
    }
    let message = chat(&one, "mock/echo").await.json()["error"]["message"].to_string();
    assert!(
        message.contains("4 requests a minute are the limit of your account"),
        "{message}"
    );
    assert_eq!(used(&ada, "requests").await, 4);
    let rows = two.get("/api/rate-limit-status").await.expect(200).data();
    let scopes: Vec<(&Value, &Value, &Value)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["scope"], &row["what"], &row["used"]))
        .collect();
    // What the user's limits refused has not counted for the key.
    assert_eq!(scopes[0], (&json!("key"), &json!("requests"), &json!(2)));
    assert_eq!(scopes[1], (&json!("user"), &json!("requests"), &json!(4)));
    // Others are not concerned, and a key of a workspace is nobody's.
    chat(&root, "mock/echo").await.expect(200);
    let path = format!("/api/workspaces/{}/keys", ada.workspace);
    let (_, shop) = made(&ada, &path, json!({ "name": "Shop" })).await;
    chat(&shop, "mock/echo").await.expect(200);
    // A reply that is asked for with a key counts; one that is asked for in the browser does not.
    let conversation = ada.conversation("mock/echo").await;
    let refused = one.say(&conversation, "hello").await;
    assert_eq!(refused["error"]["code"], "rate_limited");
    assert_eq!(ada.say(&conversation, "hello again").await["status"], "complete");
    // Raised, it goes on at once; null takes a limit away.
    let more = json!({ "requests_per_minute": 6, "tokens_per_minute": null });
    limit_user(&root, &ada, more).await;
    chat(&one, "mock/echo").await.expect(200);
    limit_user(&root, &ada, json!({ "requests_per_minute": null })).await;
    assert_eq!(storm(&[ada.clone(), one.clone()], 20).await, 20);
    assert_eq!(
        ada.get("/api/rate-limit-status").await.expect(200).data(),
        json!([])
    );
}

#[tokio::test]
async fn only_administrators_limit_users_and_what_makes_no_sense_is_refused() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    let path = format!("/api/admin/users/{}", ada.user_id);
    ada.patch(&path, json!({ "concurrent": 100 })).await.expect(403);
    let wrong = json!({ "requests_per_minute": 0, "concurrent": 20_000 });
    let refused = root.patch(&path, wrong).await.expect(422).json();
    let errors = refused["errors"].as_array().unwrap();
    let fields: Vec<&Value> = errors.iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["requests_per_minute", "concurrent"]);
    limit_user(&root, &ada, json!({ "concurrent": 2, "tokens_per_minute": 50 })).await;
    limit_user(&root, &ada, json!({ "concurrent": 3 })).await;
    let listed = root.get("/api/admin/users?q=ada").await.expect(200).data();
    let shown =
        ["requests_per_minute", "tokens_per_minute", "concurrent"].map(|name| listed[0][name].clone());
    assert_eq!(shown, [Value::Null, json!(50), json!(3)]);
    let log = root.get("/api/admin/audit?action=user").await.expect(200).data();
    assert_eq!(log[0]["detail"], json!({ "concurrent": { "from": 2, "to": 3 } }));
    assert_eq!(log[0]["subject_name"], "ada");
}

/// Many calls with several keys and a session of one user at once, on two limits: never more than the user's in any minute,
/// and never more than a key's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_any_concurrency_exactly_the_limit_of_a_user_is_let_in() {
    let clock = clock();
    let server = TestServer::at(clock.clone()).await;
    let root = server.register("root").await;
    let ada = server.register("ada").await;
    for limit in [1, 7, 40] {
        let (_, free) = key(&ada, json!({})).await;
        let (_, narrow) = key(&ada, json!({ "requests_per_minute": 5 })).await;
        limit_user(&root, &ada, json!({ "requests_per_minute": limit })).await;
        let all = [ada.clone(), free.clone(), narrow.clone()];
        assert_eq!(storm(&all, 150).await, limit);
        assert!(used(&narrow, "requests").await <= 5);
        clock.advance(Duration::from_mins(1));
        assert_eq!(storm(&all, 60).await, 0);
        clock.advance(Duration::from_secs(1));
        // With the narrow key alone, the key's limit is in the way.
        assert_eq!(storm(std::slice::from_ref(&narrow), 60).await, limit.min(5));
        assert_eq!(storm(&[ada.clone(), free], 150).await, limit - limit.min(5));
        clock.advance(Duration::from_secs(61));
    }
}
