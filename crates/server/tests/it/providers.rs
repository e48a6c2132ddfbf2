//! Connections: who may see, make and change them; what becomes of keys; how they are tested.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::upstream::{Upstream, eventually};

sql::statements! {
    /// What is stored of a connection.
    RAW = "SELECT api_key_sealed, headers_sealed FROM connections WHERE id = $1";
}

fn openai(scope: &str, slug: &str) -> Value {
    json!({ "scope": scope, "kind": "openai", "slug": slug, "base_url": "https://api.example.com/v1",
        "api_key": "sk-abcdefgh12345678" })
}

async fn make(client: &Client, body: Value) -> Value {
    client.post("/api/connections", body).await.expect(201).data()
}

#[tokio::test]
async fn a_key_is_stored_sealed_and_never_shown() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut body = openai("user", "mine");
    body["headers"] = json!({ "X-Org": "secret-org" });
    let made = ada.post("/api/connections", body).await.expect(201);
    let connection = made.data();
    let id = connection["id"].as_str().unwrap().to_owned();
    assert_eq!(connection["name"], "OpenAI");
    assert_eq!(connection["key_hint"], "…5678");
    assert_eq!(connection["headers"], json!(["x-org"]));
    assert_eq!(connection["can_manage"], true);
    let shown = ada.get(&format!("/api/connections/{id}")).await.expect(200);
    let listed = ada.get("/api/connections").await.expect(200);
    for answer in [&made, &shown, &listed] {
        assert!(
            !answer.text().contains("abcdefgh") && !answer.text().contains("secret-org"),
            "{}",
            answer.text()
        );
    }
    let (key, headers): (String, String) = sql::query(&RAW).bind(id).one(&server.app().db).await.unwrap();
    assert!(!key.contains("abcdefgh") && !headers.contains("secret-org"));
}

#[tokio::test]
async fn a_users_own_connection_is_that_users_alone() {
    let server = TestServer::with(&[("auth.registration", "open")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let id = make(&bob, openai("user", "mine")).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/connections/{id}");
    ada.get(&path).await.expect(404);
    ada.patch(&path, json!({ "enabled": false })).await.expect(404);
    ada.delete(&path).await.expect(404);
    ada.post(&format!("{path}/test"), json!({})).await.expect(404);
    assert!(!ada.get("/api/connections").await.expect(200).text().contains(&id));
    bob.patch(&path, json!({ "name": "Bob's" })).await.expect(200);
    bob.delete(&path).await.expect(204);
    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn administrators_connect_for_everybody_and_nobody_else_does() {
    let server = TestServer::with(&[("auth.registration", "open")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    bob.post("/api/connections", openai("system", "shared"))
        .await
        .expect(403);
    bob.post("/api/connections/test", openai("system", "shared"))
        .await
        .expect(403);
    let id = make(&ada, openai("system", "shared")).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/connections/{id}");
    let seen = bob.get(&path).await.expect(200).data();
    assert_eq!(
        (&seen["can_manage"], &seen["slug"]),
        (&json!(false), &json!("shared"))
    );
    for hidden in ["base_url", "key_hint", "settings", "headers"] {
        assert!(seen.get(hidden).is_none(), "{hidden} is shown to everybody");
    }
    bob.patch(&path, json!({ "enabled": false })).await.expect(403);
    bob.delete(&path).await.expect(403);
    bob.post(&format!("{path}/test"), json!({})).await.expect(403);
    ada.patch(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(
        ada.get(&path).await.expect(200).data()["health"]["state"],
        "disabled"
    );
}

#[tokio::test]
async fn a_workspaces_connection_is_managed_by_its_admins_and_seen_by_its_members() {
    let server = TestServer::with(&[("auth.registration", "open")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let eve = server.register("eve").await;
    let workspace = bob
        .post("/api/workspaces", json!({ "name": "Lab", "id": "lab" }))
        .await
        .expect(201)
        .data();
    let workspace = workspace["id"].as_str().unwrap().to_owned();
    server.join(&bob, &workspace, &ada, "member").await;

    let mut body = openai("workspace", "team");
    bob.post("/api/connections", body.clone()).await.expect(422);
    body["workspace"] = json!(workspace);
    eve.post("/api/connections", body.clone()).await.expect(404);
    ada.post("/api/connections", body.clone()).await.expect(403);
    let id = make(&bob, body).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/connections/{id}");

    eve.get(&path).await.expect(404);
    assert_eq!(ada.get(&path).await.expect(200).data()["can_manage"], false);
    ada.patch(&path, json!({ "enabled": false })).await.expect(403);
    let slugs = |answer: testkit::Answer| -> Vec<String> {
        answer
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        slugs(ada.get("/api/connections?workspace=lab").await.expect(200)),
        ["team", "mock"]
    );
    assert_eq!(
        slugs(ada.get("/api/connections").await.expect(200)),
        ["mock"],
        "not in another workspace"
    );
    eve.get("/api/connections?workspace=lab").await.expect(404);
}

#[tokio::test]
async fn a_slug_is_used_once_in_a_scope() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    make(&ada, openai("user", "mine")).await;
    make(&ada, openai("system", "mine")).await;
    let taken = ada
        .post("/api/connections", openai("user", "mine"))
        .await
        .expect(409);
    assert_eq!(taken.json()["errors"][0]["field"], "slug");
    let other = make(&ada, openai("user", "other")).await;
    let path = format!("/api/connections/{}", other["id"].as_str().unwrap());
    ada.patch(&path, json!({ "slug": "mine" })).await.expect(409);
    ada.patch(&path, json!({ "slug": "mock" })).await.expect(422);
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({ "scope": "user", "kind": "mock", "slug": "a/b", "base_url": "nowhere", "api_key": "with space",
        "headers": { "Host": "x" }, "settings": { "prices": { "m": { "input": -1 } } } });
    let refused = ada.post("/api/connections", body).await.expect(422).json();
    let fields: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert_eq!(&fields[..2], ["kind", "slug"]);
    for field in ["base_url", "api_key", "headers", "settings.prices"] {
        assert!(fields.contains(&field), "{field} in {fields:?}");
    }
    ada.post(
        "/api/connections",
        json!({ "scope": "user", "kind": "openai", "slug": "x", "keey": "typo" }),
    )
    .await
    .expect(422);
}

#[tokio::test]
async fn only_the_installation_reaches_private_addresses() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let at = |scope: &str, url: &str| {
        let mut body = openai(scope, "near");
        body["base_url"] = json!(url);
        body
    };
    for url in [
        "http://127.0.0.1:11434/v1",
        "http://[::1]/v1",
        "http://169.254.169.254/v1",
        "http://10.0.0.8/v1",
    ] {
        let refused = ada.post("/api/connections", at("user", url)).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["field"], "base_url", "{url}");
        ada.post("/api/connections/test", at("user", url))
            .await
            .expect(422);
    }
    make(&ada, at("system", "http://127.0.0.1:9/v1")).await;
    // A name that leads to a private address is refused when it is looked up.
    let tried = ada
        .post("/api/connections/test", at("user", "http://localhost:9/v1"))
        .await
        .expect(200)
        .data();
    assert_eq!(tried["ok"], false);
}

#[tokio::test]
async fn a_key_does_not_follow_to_another_host() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let id = make(&ada, openai("user", "mine")).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/connections/{id}");
    let refused = ada
        .patch(&path, json!({ "base_url": "https://evil.example.net/v1" }))
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["field"], "api_key");
    ada.patch(&path, json!({ "base_url": "https://api.example.com/v2" }))
        .await
        .expect(200);
    let body = json!({ "base_url": "https://other.example.net/v1", "api_key": "" });
    let moved = ada.patch(&path, body).await.expect(200).data();
    assert_eq!(moved["base_url"], "https://other.example.net/v1");
    assert!(moved.get("key_hint").is_none(), "{moved}");
}

#[tokio::test]
async fn a_change_can_name_the_version_it_is_for() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let id = make(
        &ada,
        json!({ "scope": "system", "kind": "mock", "slug": "slow", "enabled": false }),
    )
    .await;
    let path = format!("/api/connections/{}", id["id"].as_str().unwrap());
    let tag = ada.get(&path).await.expect(200).header("etag").to_owned();
    let patch = |tag: String, name: &'static str| {
        let (ada, path) = (ada.clone(), path.clone());
        async move {
            let headers = [("if-match", tag.as_str())];
            ada.send(
                http::Method::PATCH,
                &path,
                Some(json!({ "name": name })),
                &headers,
            )
            .await
        }
    };
    patch(tag.clone(), "first").await.expect(200);
    patch(tag, "second").await.expect(412);
    assert_eq!(ada.get(&path).await.data()["name"], "first");
}

#[tokio::test]
async fn the_test_button_says_what_happens() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one", "two"]).await;
    let mut body = openai("system", "up");
    body["base_url"] = json!(upstream.url);
    let tried = ada
        .post("/api/connections/test", body.clone())
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&tried["ok"], &tried["models"]),
        (&json!(true), &json!(2)),
        "{tried}"
    );

    let id = make(&ada, body).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/connections/{id}/test");
    assert_eq!(ada.post(&path, json!({})).await.expect(200).data()["ok"], true);
    upstream.refuse_keys(true);
    let refused = ada.post(&path, json!({})).await.expect(200).data();
    assert_eq!(refused["ok"], false);
    assert_eq!(refused["error"]["code"], "upstream_authentication");
    assert!(
        refused["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("that key is not ours"),
        "{refused}"
    );
}

#[tokio::test]
async fn health_tells_of_a_refused_key_until_it_is_mended() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one"]).await;
    upstream.refuse_keys(true);
    let mut body = openai("system", "up");
    body["base_url"] = json!(upstream.url);
    let id = make(&ada, body).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/connections/{id}");
    let broken = eventually(&ada, &path, |answer| {
        answer.data()["health"]["state"] == "key_refused"
    })
    .await
    .data();
    assert!(
        broken["health"]["last_error"]
            .as_str()
            .unwrap()
            .contains("that key is not ours"),
        "{broken}"
    );
    upstream.refuse_keys(false);
    ada.patch(&path, json!({ "api_key": "sk-a-better-key" }))
        .await
        .expect(200);
    let well = eventually(&ada, &path, |answer| answer.data()["health"]["state"] == "ok")
        .await
        .data();
    assert!(
        well["health"]["last_ok_at"].is_string() && well["health"].get("last_error").is_none(),
        "{well}"
    );
}

#[tokio::test]
async fn without_mock_mode_there_is_no_mock() {
    let server = TestServer::with(&[("mock.enabled", "false")]).await;
    let ada = server.register("ada").await;
    ada.post(
        "/api/connections",
        json!({ "scope": "system", "kind": "mock", "slug": "load" }),
    )
    .await
    .expect(422);
    assert_eq!(ada.get("/api/connections").await.expect(200).data(), json!([]));
    assert_eq!(ada.get("/api/models").await.expect(200).data(), json!([]));
}
