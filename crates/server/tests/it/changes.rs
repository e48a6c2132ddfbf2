//! The feed of changes through HTTP: who hears what, and when a feed ends.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use serde_json::{Value, json};
use server::changes::Notice;
use testkit::{Client, PASSWORD, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

/// Nothing here takes longer than a fraction of this.
const PATIENCE: Duration = Duration::from_secs(20);

/// A page that listens.
pub struct Page {
    body: BodyDataStream,
    text: String,
}

impl Page {
    pub async fn of(client: &Client) -> Self {
        let response = client.open(http::Method::GET, "/api/changes", None, &[]).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next change; none when the feed has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                if !frame.starts_with(':') {
                    let data = frame.strip_prefix("event: change\ndata: ").expect("a change");
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await;
            match chunk.expect("a change in time") {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap()),
                None => return None,
            }
        }
    }

    #[track_caller]
    fn is(change: Option<Value>, what: &str, workspace: Option<&str>, conversation: Option<&str>) {
        let expected =
            json!({ "type": "change", "what": what, "workspace": workspace, "conversation": conversation });
        assert_eq!(change.expect("the feed goes on"), expected);
    }

    pub async fn hears(&mut self, what: &str, workspace: Option<&str>, conversation: Option<&str>) {
        Self::is(self.next().await, what, workspace, conversation);
    }

    async fn ends(&mut self) {
        assert_eq!(self.next().await, None);
    }
}

async fn team(server: &TestServer) -> (Client, Client) {
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    ada.post("/api/workspaces", json!({ "name": "Team", "id": "team" }))
        .await
        .expect(201);
    server.join(&ada, "team", &bob, "observer").await;
    (ada, bob)
}

#[tokio::test]
async fn members_hear_of_every_change_of_a_conversation_and_nobody_else_does() {
    let server = TestServer::new().await;
    let (ada, bob) = team(&server).await;
    let eve = server.register("eve").await;
    let (mut page, mut outside) = (Page::of(&bob).await, Page::of(&eve).await);
    let path = "/api/workspaces/team/conversations";
    let made = ada.post(path, json!({ "model": "mock/echo" })).await.expect(201);
    let id = made.data()["id"].as_str().unwrap().to_owned();
    let here = Some(id.as_str());
    page.hears("conversations", Some("team"), here).await;
    let reply = ada.say(&id, "hello").await;
    // The reply begins, and ends.
    page.hears("conversation", Some("team"), here).await;
    page.hears("conversation", Some("team"), here).await;
    let path = format!("/api/conversations/{id}");
    ada.patch(&path, json!({ "title": "New" })).await.expect(200);
    page.hears("conversation", Some("team"), here).await;
    let message = format!("/api/messages/{}", reply["id"].as_str().unwrap());
    ada.patch(&message, json!({ "pinned": true })).await.expect(200);
    page.hears("conversation", Some("team"), here).await;
    let fork = ada
        .post(&format!("{message}/fork"), json!({}))
        .await
        .expect(201)
        .data();
    page.hears("conversations", Some("team"), fork["id"].as_str())
        .await;
    ada.delete(&message).await.expect(204);
    page.hears("conversation", Some("team"), here).await;
    ada.delete(&path).await.expect(204);
    page.hears("conversation", Some("team"), here).await;
    // A refused request changes nothing, and the stranger hears first of what is theirs.
    bob.patch(&path, json!({ "title": "No" })).await.expect(404);
    let own = eve.conversation("mock/echo").await;
    outside
        .hears("conversations", Some(&eve.workspace), Some(&own))
        .await;
}

#[tokio::test]
async fn a_stopped_reply_is_a_change_too() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let id = ada.conversation("mock/silent").await;
    let mut page = Page::of(&ada).await;
    let (here, place) = (Some(id.as_str()), Some(ada.workspace.as_str()));
    ada.post(
        &format!("/api/conversations/{id}/messages"),
        json!({ "content": "wait" }),
    )
    .await
    .expect(202);
    page.hears("conversation", place, here).await;
    ada.post(&format!("/api/conversations/{id}/stop"), json!({}))
        .await
        .expect(204);
    page.hears("conversation", place, here).await;
    let shown = ada.get(&format!("/api/conversations/{id}")).await.data();
    assert_eq!(shown["active_run_id"], json!(null), "told after the commit");
}

#[tokio::test]
async fn who_joins_hears_from_then_on_and_who_leaves_no_longer() {
    let server = TestServer::new().await;
    let (ada, bob) = team(&server).await;
    let eve = server.register("eve").await;
    let mut page = Page::of(&eve).await;
    server.join(&ada, "team", &eve, "member").await;
    page.hears("workspaces", Some("team"), None).await;
    ada.patch("/api/workspaces/team", json!({ "name": "Better" }))
        .await
        .expect(200);
    page.hears("workspaces", Some("team"), None).await;
    let member = format!("/api/workspaces/team/members/{}", eve.user_id);
    ada.patch(&member, json!({ "role": "observer" }))
        .await
        .expect(204);
    page.hears("workspaces", Some("team"), None).await;
    ada.delete(&member).await.expect(204);
    page.hears("workspaces", Some("team"), None).await;
    ada.post("/api/workspaces/team/conversations", json!({}))
        .await
        .expect(201);
    // Of that she heard nothing: the next is her own.
    let made = eve
        .post("/api/workspaces", json!({ "name": "Mine" }))
        .await
        .expect(201)
        .data();
    page.hears("workspaces", made["id"].as_str(), None).await;
    let mut page = Page::of(&bob).await;
    ada.delete("/api/workspaces/team").await.expect(204);
    page.hears("workspaces", Some("team"), None).await;
}

#[tokio::test]
async fn connections_are_told_to_those_who_may_use_them() {
    let server = TestServer::new().await;
    let (root, bob) = (server.register("root").await, server.register("bob").await);
    let upstream = Upstream::with_models(&["one"]).await;
    let (mut roots, mut bobs) = (Page::of(&root).await, Page::of(&bob).await);
    let connection = |scope: &str, url: &str| json!({ "scope": scope, "kind": "openai", "slug": scope, "base_url": url, "api_key": "sk-right" });
    bob.post(
        "/api/connections",
        connection("user", "https://api.example.invalid/v1"),
    )
    .await
    .expect(201);
    bobs.hears("models", None, None).await;
    // The administrator heard nothing of that; first comes what is theirs.
    let own = root.conversation("mock/echo").await;
    roots
        .hears("conversations", Some(&root.workspace), Some(&own))
        .await;
    let made = root
        .post("/api/connections", connection("system", &upstream.url))
        .await
        .expect(201)
        .data();
    roots.hears("models", None, None).await;
    // Its models are read in the background, and that is told as well.
    roots.hears("models", None, None).await;
    let models = root.get("/api/models").await.expect(200).text();
    assert!(models.contains("system/one"), "{models}");
    let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
    root.delete(&path).await.expect(204);
    roots.hears("models", None, None).await;
    bobs.hears("models", None, None).await;
}

#[tokio::test]
async fn a_title_that_a_model_made_is_told() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one"]).await;
    upstream.stream(&[
        chunk(json!({ "content": "Sorting a list" }), None),
        chunk(json!({}), Some("stop")),
    ]);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-right" });
    ada.post("/api/connections", connection).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/one")).await;
    let id = ada.conversation("up/one").await;
    let mut page = Page::of(&ada).await;
    ada.say(&id, "How do I sort?").await;
    // The reply begins, the reply ends, the title is there.
    for _ in 0..3 {
        page.hears("conversation", Some(&ada.workspace), Some(&id)).await;
    }
    let shown = ada.get(&format!("/api/conversations/{id}")).await.data();
    assert_eq!(
        (&shown["title"], &shown["title_source"]),
        (&json!("Sorting a list"), &json!("model"))
    );
}

#[tokio::test]
async fn a_feed_ends_with_its_credential() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.anonymous().get("/api/changes").await.expect(401);
    let login = json!({ "email": "bob@example.com", "password": PASSWORD });
    let second = server
        .anonymous()
        .post("/api/auth/login", login)
        .await
        .expect(200);
    let second = bob.with_token(second.data()["token"].as_str());
    let key = bob
        .post("/api/auth/keys", json!({ "name": "reader", "scopes": ["read"] }))
        .await
        .expect(201)
        .data();
    let mut by_key = Page::of(&bob.with_token(key["key"].as_str())).await;
    let (mut first, mut other) = (Page::of(&bob).await, Page::of(&second).await);
    second.post("/api/auth/logout", json!({})).await.expect(204);
    other.ends().await;
    bob.delete(&format!("/api/auth/keys/{}", key["id"].as_str().unwrap()))
        .await
        .expect(204);
    by_key.ends().await;
    // His other login goes on until the account is switched off.
    let id = bob.conversation("mock/echo").await;
    first
        .hears("conversations", Some(&bob.workspace), Some(&id))
        .await;
    ada.patch(
        &format!("/api/admin/users/{}", bob.user_id),
        json!({ "disabled": true }),
    )
    .await
    .expect(200);
    first.ends().await;
}

#[tokio::test]
async fn who_is_too_slow_is_told_that_anything_may_have_changed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut page = Page::of(&ada).await;
    for n in 0..2_000 {
        let notice = Notice::conversation(&ada.workspace, &format!("cnv_{n}"));
        server.app().changes.publish(notice).await;
    }
    page.hears("all", None, None).await;
    // And goes on with those that are still there, up to the last.
    let mut last = json!(null);
    while last != "cnv_1999" {
        last = page.next().await.unwrap()["conversation"].clone();
    }
}

#[tokio::test]
async fn feeds_end_when_the_server_stops() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut page = Page::of(&ada).await;
    server.app().stopping.cancel();
    page.ends().await;
}
