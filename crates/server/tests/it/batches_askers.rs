//! For whom a batch is worked on: it stands still when they may not ask any more, and goes on as that of whoever resumes it.

use serde_json::{Value, json};
use sql::query;
use testkit::{Client, TestServer};

use crate::batches::{becomes, check_sums, ended, scripted, shown, steer, text};
use crate::limits::{key, used};

sql::statements! {
    /// How many calls of batches were made in a workspace for a user, and with a key.
    CALLS_OF = "SELECT COUNT(*) FROM usage_calls WHERE purpose = 'batch' AND workspace_id = $1 AND user_id = $2 AND COALESCE(credential_id, '') = $3";
}

/// A batch of forty slow cells in the workspace `team`, two of which are done.
async fn begun(client: &Client) -> Value {
    let prompts: Vec<String> = (0..40).map(|n| format!("prompt {n}")).collect();
    let body = json!({ "prompts": prompts, "models": ["slow/echo"], "concurrency": 2 });
    let batch = client.post("/api/workspaces/team/batches", body).await;
    let batch = batch.expect(202).data();
    becomes(client, &batch, |now| now["done"].as_i64() >= Some(2)).await;
    batch
}

/// A workspace whose members are these.
async fn team(owner: &Client, server: &TestServer, members: &[&Client]) -> String {
    scripted(owner, "slow", json!({ "first_token_ms": 40 })).await;
    let team = json!({ "name": "Team", "id": "team" });
    let team = owner.post("/api/workspaces", team).await.expect(201).data();
    for member in members {
        server.join(owner, "team", member, "member").await;
    }
    text(&team["id"])
}

/// Waits until the batch stands still of itself; no cell has failed, and its answers are kept.
async fn pauses(server: &TestServer, client: &Client, batch: &Value, code: &str) -> i64 {
    let paused = becomes(client, batch, |now| now["status"] == "paused").await;
    assert_eq!(paused["reason"]["code"], code, "{}", paused["reason"]);
    assert!(text(&paused["reason"]["detail"]).contains("may resume it"));
    server.idle().await;
    let at_rest = shown(client, batch).await;
    let done = at_rest["done"].as_i64().unwrap();
    assert!((2..40).contains(&done), "{done}");
    assert_eq!(at_rest["failed"], 0);
    check_sums(server, client, batch).await;
    done
}

async fn completes(client: &Client, batch: &Value) {
    let after = ended(client, batch).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("completed"), &json!(40), &json!(0))
    );
}

async fn calls_of(server: &TestServer, workspace: &str, user: &Client, key_id: &str) -> i64 {
    let calls = query(&CALLS_OF)
        .bind(workspace)
        .bind(user.user_id.as_str())
        .bind(key_id);
    let calls: (i64,) = calls.one(&server.app().db).await.unwrap();
    calls.0
}

#[tokio::test]
async fn a_batch_whose_key_is_revoked_stands_still_and_goes_on_with_the_key_or_login_that_resumes_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let team = team(&ada, &server, &[]).await;
    let (first, app) = key(&ada, json!({})).await;
    let batch = begun(&app).await;
    let revoke = async |id: &str| ada.delete(&format!("/api/auth/keys/{id}")).await.expect(204);
    revoke(&first).await;
    let by_first = pauses(&server, &ada, &batch, "key_revoked").await;
    assert_eq!(calls_of(&server, &team, &ada, &first).await, by_first);
    // With another key, whose limits count from now on.
    let (second, app) = key(&ada, json!({ "requests_per_minute": 1_000 })).await;
    steer(&app, &batch, "resume", 202).await;
    becomes(&ada, &batch, |now| now["done"].as_i64() >= Some(by_first + 2)).await;
    assert!(used(&app, "requests").await >= 2);
    revoke(&second).await;
    let by_both = pauses(&server, &ada, &batch, "key_revoked").await;
    assert_eq!(calls_of(&server, &team, &ada, &second).await, by_both - by_first);
    // With a login there is no key.
    steer(&ada, &batch, "resume", 202).await;
    completes(&ada, &batch).await;
    assert_eq!(calls_of(&server, &team, &ada, "").await, 40 - by_both);
}

#[tokio::test]
async fn a_batch_of_a_member_who_may_not_ask_any_more_stands_still_until_another_resumes_it_as_theirs() {
    let server = TestServer::new().await;
    let root = server.register("root").await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    let team = team(&root, &server, &[&ada, &bob]).await;
    let member = |user: &Client| format!("/api/workspaces/team/members/{}", user.user_id);
    // Who may only read does not ask.
    let batch = begun(&ada).await;
    assert_eq!(batch["user_id"], json!(ada.user_id));
    root.patch(&member(&ada), json!({ "role": "observer" }))
        .await
        .expect(204);
    pauses(&server, &bob, &batch, "member_left").await;
    steer(&ada, &batch, "resume", 403).await;
    root.patch(&member(&ada), json!({ "role": "member" }))
        .await
        .expect(204);
    let resumed = steer(&ada, &batch, "resume", 202).await;
    assert_eq!(resumed["user_id"], json!(ada.user_id));
    becomes(&bob, &batch, |now| now["status"] == "running").await;
    // Nor does who has left.
    root.delete(&member(&ada)).await.expect(204);
    let by_ada = pauses(&server, &bob, &batch, "member_left").await;
    steer(&ada, &batch, "resume", 404).await;
    let resumed = steer(&bob, &batch, "resume", 202).await;
    assert_eq!(
        (&resumed["user_id"], &resumed["reason"]),
        (&json!(bob.user_id), &Value::Null)
    );
    becomes(&root, &batch, |now| now["done"].as_i64() >= Some(by_ada + 2)).await;
    // Nor does who was switched off.
    let user = format!("/api/admin/users/{}", bob.user_id);
    root.patch(&user, json!({ "disabled": true })).await.expect(200);
    let by_both = pauses(&server, &root, &batch, "user_disabled").await;
    steer(&root, &batch, "resume", 202).await;
    completes(&root, &batch).await;
    let calls = [
        calls_of(&server, &team, &ada, "").await,
        calls_of(&server, &team, &bob, "").await,
        calls_of(&server, &team, &root, "").await,
    ];
    assert_eq!(calls, [by_ada, by_both - by_ada, 40 - by_both]);
}
