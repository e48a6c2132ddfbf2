//! Accounts through HTTP: first start, login and its limits, sessions, keys and their scopes, users.

use serde_json::{Value, json};
use testkit::{PASSWORD, TestServer};

fn login(name: &str, password: &str) -> Value {
    json!({ "email": format!("{name}@example.com"), "password": password })
}

#[tokio::test]
async fn the_first_user_administrates_and_the_second_does_not() {
    let server = TestServer::new().await;
    let status = server
        .anonymous()
        .get("/api/auth/status")
        .await
        .expect(200)
        .data();
    assert_eq!(status["first_start"], true);
    assert_eq!(status["mock"], true);
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    assert_eq!(ada.get("/api/auth/me").await.data()["user"]["is_admin"], true);
    let me = bob.get("/api/auth/me").await.expect(200).data();
    assert_eq!(me["user"]["is_admin"], false);
    assert_eq!(me["workspaces"][0]["personal"], true);
    assert_eq!(me["workspaces"][0]["role"], "owner");
    assert_eq!(
        server.anonymous().get("/api/auth/status").await.data()["first_start"],
        false
    );
}

#[tokio::test]
async fn registration_follows_the_settings() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = json!({ "email": "bob@example.com", "password": PASSWORD });
    ada.patch("/api/settings", json!({ "registration": "closed" }))
        .await
        .expect(200);
    server
        .anonymous()
        .post("/api/auth/register", bob.clone())
        .await
        .expect(403);
    ada.patch("/api/settings", json!({ "registration": "invite" }))
        .await
        .expect(200);
    server
        .anonymous()
        .post("/api/auth/register", bob.clone())
        .await
        .expect(403);
    let path = format!("/api/workspaces/{}/invitations", ada.workspace);
    let invitation = ada
        .post(&path, json!({ "email": "Bob@example.com", "role": "member" }))
        .await
        .expect(201)
        .data();
    let invited =
        json!({ "email": "bob@example.com", "password": PASSWORD, "invitation": invitation["token"] });
    let eve = json!({ "email": "eve@example.com", "password": PASSWORD, "invitation": invitation["token"] });
    server
        .anonymous()
        .post("/api/auth/register", eve)
        .await
        .expect(403);
    server
        .anonymous()
        .post("/api/auth/register", invited)
        .await
        .expect(201);
    ada.patch("/api/settings", json!({ "registration": "open" }))
        .await
        .expect(200);
    let again = server
        .anonymous()
        .post("/api/auth/register", bob)
        .await
        .expect(409)
        .json();
    assert_eq!(again["errors"][0]["field"], "email");
}

#[tokio::test]
async fn bad_registrations_say_what_is_wrong_field_by_field() {
    let server = TestServer::new().await;
    let answer = server
        .anonymous()
        .post(
            "/api/auth/register",
            json!({ "email": "nobody", "password": "short" }),
        )
        .await
        .expect(422)
        .json();
    let fields: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["email", "password"]);
    assert_eq!(answer["errors"][0]["rule"], "email");
    assert_eq!(answer["errors"][1]["rule"], "too_short");
    assert_eq!(answer["errors"][1]["limit"], 8);
    assert_eq!(answer["code"], "invalid");
    assert!(answer["request_id"].as_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn log_out_and_revoking_really_revoke() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let second = server
        .anonymous()
        .post("/api/auth/login", login("ada", PASSWORD))
        .await
        .expect(200);
    let other = ada.with_token(second.data()["token"].as_str());
    let sessions = ada.get("/api/auth/sessions").await.expect(200).json();
    assert_eq!(sessions["data"].as_array().unwrap().len(), 2);
    let theirs = sessions["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["current"] == false)
        .unwrap();
    ada.delete(&format!("/api/auth/sessions/{}", theirs["id"].as_str().unwrap()))
        .await
        .expect(204);
    other.get("/api/auth/me").await.expect(401);
    ada.post("/api/auth/logout", json!({})).await.expect(204);
    ada.get("/api/auth/me").await.expect(401);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let second = server
        .anonymous()
        .post("/api/auth/login", login("ada", PASSWORD))
        .await
        .expect(200);
    let other = ada.with_token(second.data()["token"].as_str());
    ada.post(
        "/api/auth/password",
        json!({ "current": "wrong password", "new": "another password" }),
    )
    .await
    .expect(422);
    ada.post(
        "/api/auth/password",
        json!({ "current": PASSWORD, "new": "another password" }),
    )
    .await
    .expect(204);
    ada.get("/api/auth/me").await.expect(200);
    other.get("/api/auth/me").await.expect(401);
    server
        .anonymous()
        .post("/api/auth/login", login("ada", PASSWORD))
        .await
        .expect(401);
    server
        .anonymous()
        .post("/api/auth/login", login("ada", "another password"))
        .await
        .expect(200);
}

#[tokio::test]
async fn failed_logins_are_limited_for_the_account() {
    let server = TestServer::with(&[("auth.login_attempts", "3")]).await;
    server.register("ada").await;
    for _ in 0..3 {
        server
            .anonymous()
            .post("/api/auth/login", login("ada", "wrong password"))
            .await
            .expect(401);
    }
    let refused = server
        .anonymous()
        .post("/api/auth/login", login("ada", PASSWORD))
        .await
        .expect(429);
    assert_eq!(refused.json()["code"], "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn keys_are_shown_once_and_do_no_more_than_their_scopes() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = ada
        .post("/api/auth/keys", json!({ "name": "ci", "scopes": ["read"] }))
        .await
        .expect(201)
        .data();
    let key = made["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("sk-stoa-"));
    let listed = ada.get("/api/auth/keys").await.expect(200);
    assert!(!listed.text().contains(&key));
    assert_eq!(listed.json()["data"][0]["prefix"], key[..14]);
    let reader = ada.with_token(Some(&key));
    reader.get("/api/workspaces").await.expect(200);
    reader
        .post("/api/workspaces", json!({ "name": "No" }))
        .await
        .expect(403);
    reader.get("/v1/models").await.expect(403);
    // A key can not make itself a stronger one.
    let writer = ada
        .post("/api/auth/keys", json!({ "name": "w", "scopes": ["write"] }))
        .await
        .expect(201)
        .data();
    let writer = ada.with_token(writer["key"].as_str());
    writer
        .post("/api/auth/keys", json!({ "name": "all" }))
        .await
        .expect(403);
    writer
        .post("/api/auth/keys", json!({ "name": "same", "scopes": ["write"] }))
        .await
        .expect(201);
    ada.delete(&format!("/api/auth/keys/{}", made["id"].as_str().unwrap()))
        .await
        .expect(204);
    reader.get("/api/workspaces").await.expect(401);
}

#[tokio::test]
async fn the_cookie_of_a_browser_changes_nothing_for_another_site() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let cookie = format!("stoa_session={}", ada.token.clone().unwrap());
    let browser = ada.with_token(None);
    browser
        .get_with("/api/auth/me", &[("cookie", &cookie)])
        .await
        .expect(200);
    let body = Some(json!({ "name": "Mine" }));
    let refused = browser
        .send(
            http::Method::POST,
            "/api/workspaces",
            body.clone(),
            &[("cookie", &cookie)],
        )
        .await
        .expect(403);
    assert_eq!(refused.json()["code"], "cross_site");
    let headers = [("cookie", cookie.as_str()), ("x-stoa-client", "web")];
    browser
        .send(http::Method::POST, "/api/workspaces", body, &headers)
        .await
        .expect(201);
    let set = server
        .anonymous()
        .post("/api/auth/login", login("ada", PASSWORD))
        .await
        .expect(200);
    let set = set.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
}

#[tokio::test]
async fn administrators_manage_users_and_the_last_one_stays() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    bob.get("/api/admin/users").await.expect(403);
    let path = format!("/api/admin/users/{}", bob.user_id);
    ada.patch(
        &format!("/api/admin/users/{}", ada.user_id),
        json!({ "is_admin": false }),
    )
    .await
    .expect(422);
    assert_eq!(
        ada.patch(&path, json!({ "disabled": true }))
            .await
            .expect(200)
            .data()["disabled"],
        true
    );
    bob.get("/api/auth/me").await.expect(401);
    server
        .anonymous()
        .post("/api/auth/login", login("bob", PASSWORD))
        .await
        .expect(401);
    ada.patch(&path, json!({ "disabled": false, "is_admin": true }))
        .await
        .expect(200);
    let users = ada.get("/api/admin/users?limit=1").await.expect(200).json();
    assert_eq!(users["data"][0]["email"], "ada@example.com");
    let next = users["page"]["next"].as_str().unwrap();
    assert_eq!(
        ada.get(&format!("/api/admin/users?limit=1&after={next}"))
            .await
            .json()["data"][0]["email"],
        "bob@example.com"
    );
    assert_eq!(
        ada.get("/api/admin/users?q=BO").await.json()["data"][0]["email"],
        "bob@example.com"
    );
    ada.patch("/api/admin/users/usr_nobody", json!({ "name": "X" }))
        .await
        .expect(404);
}

#[tokio::test]
async fn preferences_have_defaults_change_one_by_one_and_are_cleared_by_null() {
    let server = TestServer::new().await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    let defaults = json!({ "theme": "system", "locale": null, "default_model": null, "send_with": "enter" });
    let me = ada.get("/api/auth/me").await.expect(200).data();
    assert_eq!(me["preferences"], defaults);
    let path = "/api/auth/preferences";
    ada.patch(path, json!({ "theme": "dark", "locale": "de" }))
        .await
        .expect(200);
    let changed = ada
        .patch(
            path,
            json!({ "default_model": " mock/echo ", "send_with": "mod_enter" }),
        )
        .await
        .expect(200)
        .data();
    let all =
        json!({ "theme": "dark", "locale": "de", "default_model": "mock/echo", "send_with": "mod_enter" });
    assert_eq!(changed, all);
    assert_eq!(ada.get("/api/auth/me").await.data()["preferences"], all);
    let cleared = ada
        .patch(path, json!({ "locale": null, "default_model": null }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        cleared,
        json!({ "theme": "dark", "locale": null, "default_model": null, "send_with": "mod_enter" })
    );
    assert_eq!(bob.get("/api/auth/me").await.data()["preferences"], defaults);
    for wrong in [
        json!({ "theme": "pink" }),
        json!({ "locale": "fr" }),
        json!({ "font": "serif" }),
        json!({ "default_model": "x".repeat(201) }),
    ] {
        ada.patch(path, wrong).await.expect(422);
    }
}

#[tokio::test]
async fn two_changes_of_preferences_at_once_both_stay() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = "/api/auth/preferences";
    for (theme, send_with) in [("dark", "mod_enter"), ("light", "enter"), ("dark", "mod_enter")] {
        let (one, two) = tokio::join!(
            ada.patch(path, json!({ "theme": theme })),
            ada.patch(path, json!({ "send_with": send_with })),
        );
        one.expect(200);
        two.expect(200);
        let kept = ada.get("/api/auth/me").await.data()["preferences"].clone();
        assert_eq!(
            (&kept["theme"], &kept["send_with"]),
            (&json!(theme), &json!(send_with))
        );
    }
}

#[tokio::test]
async fn an_administrator_sets_the_password_of_somebody_who_forgot_theirs() {
    let server = TestServer::with(&[("auth.login_attempts", "3")]).await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    let key = bob
        .post("/api/auth/keys", json!({ "name": "ci" }))
        .await
        .expect(201)
        .data();
    let anyone = server.anonymous();
    for _ in 0..3 {
        anyone
            .post("/api/auth/login", login("bob", "what was it"))
            .await
            .expect(401);
    }
    let path = format!("/api/admin/users/{}", bob.user_id);
    bob.patch(&path, json!({ "password": "my own choice" }))
        .await
        .expect(403);
    let short = ada
        .patch(&path, json!({ "password": "short", "name": "" }))
        .await
        .expect(422)
        .json();
    assert_eq!(short["errors"].as_array().unwrap().len(), 2, "{short}");
    bob.get("/api/auth/me").await.expect(200);
    let changed = ada
        .patch(&path, json!({ "password": "a new beginning" }))
        .await
        .expect(200);
    assert!(!changed.text().contains("beginning"));
    bob.get("/api/auth/me").await.expect(401);
    bob.with_token(key["key"].as_str())
        .get("/api/auth/me")
        .await
        .expect(200);
    anyone
        .post("/api/auth/login", login("bob", "a new beginning"))
        .await
        .expect(200);
    // One's own password is changed with the present one.
    let own = format!("/api/admin/users/{}", ada.user_id);
    ada.patch(&own, json!({ "password": "a new beginning" }))
        .await
        .expect(422);
    ada.patch(
        "/api/admin/users/usr_nobody",
        json!({ "password": "a new beginning" }),
    )
    .await
    .expect(404);
}

sql::statements! {
    /// Somebody registers first, and their transaction is still open.
    FOUND = "INSERT INTO users (id, email, name, password_hash, is_admin, founder, created_at, updated_at) \
        VALUES ('usr_first', 'first@example.com', 'First', '', TRUE, TRUE, $1, $1)";
}

/// Registers `second` while the first registration is not committed yet; the status of the answer.
async fn register_beside_the_first(server: &TestServer) -> testkit::Answer {
    let app = server.app();
    let mut tx = app.db.begin().await.unwrap();
    sql::query(&FOUND)
        .bind(app.clock.now())
        .execute(&mut tx)
        .await
        .unwrap();
    let anyone = server.anonymous();
    let body = json!({ "email": "second@example.com", "password": PASSWORD });
    let second = tokio::spawn(async move { anyone.post("/api/auth/register", body).await });
    // Long enough for the second to see an empty table and to wait at its write. If it is slower, it sees the first user,
    // and the answer is the same.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    tx.commit().await.unwrap();
    second.await.unwrap()
}

#[tokio::test]
async fn of_two_first_registrations_at_once_one_administrates() {
    let server = TestServer::new().await;
    let second = register_beside_the_first(&server).await.expect(201).data();
    assert_eq!(second["user"]["is_admin"], false);
    // And without anybody holding the door: many at once.
    let server = TestServer::new().await;
    let register = |n: usize| {
        let anyone = server.anonymous();
        let body = json!({ "email": format!("user{n}@example.com"), "password": PASSWORD });
        async move { anyone.post("/api/auth/register", body).await.expect(201).data() }
    };
    let all = tokio::join!(register(0), register(1), register(2), register(3), register(4));
    let admins = [&all.0, &all.1, &all.2, &all.3, &all.4]
        .into_iter()
        .filter(|login| login["user"]["is_admin"] == true)
        .count();
    assert_eq!(admins, 1);
}

#[tokio::test]
async fn who_comes_second_to_a_closed_installation_stays_outside() {
    let server = TestServer::with(&[("auth.registration", "closed")]).await;
    let second = register_beside_the_first(&server).await.expect(403).json();
    assert_eq!(second["code"], "forbidden");
}
