//! The cache as a client meets it: hits touch no database, writes are seen at once, nobody sees another's answer.
//!
//! All other tests make everything that is kept again and compare it (`TestServer::new`); these believe the cache.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sql::{Clock as _, FixedClock, SystemClock};
use testkit::{Answer, Client, TestServer};

/// What the cache had to do with an answer, as `Server-Timing` says it.
fn word(answer: &Answer) -> &str {
    let timing = answer.header("server-timing");
    timing
        .split(", ")
        .find_map(|part| part.strip_prefix("cache;desc=\""))
        .map_or("none", |rest| rest.trim_end_matches('"'))
}

#[track_caller]
fn is(answer: &Answer, expected: &str) {
    assert_eq!(
        word(answer),
        expected,
        "{} {}",
        answer.status,
        answer.header("server-timing")
    );
}

#[tokio::test]
async fn a_hit_touches_no_database_and_a_304_neither() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    ada.conversation("mock/echo").await;
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    let made = ada.get(&path).await.expect(200);
    is(&made, "miss");
    assert!(made.header("server-timing").contains("db;"));
    let kept = ada.get(&path).await.expect(200);
    is(&kept, "hit");
    assert!(
        !kept.header("server-timing").contains("db;"),
        "{}",
        kept.header("server-timing")
    );
    assert_eq!(kept.bytes, made.bytes);
    for name in [
        "etag",
        "content-type",
        "cache-control",
        "vary",
        "x-content-type-options",
    ] {
        assert_eq!(kept.header(name), made.header(name), "{name}");
    }
    assert_ne!(kept.header("x-request-id"), made.header("x-request-id"));
    let known = ada
        .get_with(&path, &[("if-none-match", made.header("etag"))])
        .await
        .expect(304);
    is(&known, "not-modified");
    assert!(known.bytes.is_empty());
    assert_eq!(known.header("etag"), made.header("etag"));
}

#[tokio::test]
async fn the_packed_forms_are_kept_and_are_the_same_text() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    for _ in 0..5 {
        ada.conversation("mock/echo").await;
    }
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    let plain = ada.get(&path).await.expect(200);
    for (coding, word) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd")] {
        let first = ada
            .get_with(&path, &[("accept-encoding", coding)])
            .await
            .expect(200);
        is(&first, "hit");
        assert_eq!(first.header("content-encoding"), word);
        assert!(first.bytes.len() < plain.bytes.len());
        let second = ada
            .get_with(&path, &[("accept-encoding", coding)])
            .await
            .expect(200);
        assert_eq!(second.bytes, first.bytes);
        let tag = format!("{}-{word}\"", plain.header("etag").trim_end_matches('"'));
        assert_eq!(first.header("etag"), tag);
        let headers = [("if-none-match", tag.as_str()), ("accept-encoding", coding)];
        ada.get_with(&path, &headers).await.expect(304);
    }
}

/// Kept answers of one caller and what changes them: after each change the next reading is right.
#[tokio::test]
async fn what_a_write_changes_is_read_at_once_and_the_rest_stays() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let other = ada.conversation("mock/echo").await;
    let list = format!("/api/workspaces/{}/conversations", ada.workspace);
    let (shown, another) = (
        format!("/api/conversations/{one}"),
        format!("/api/conversations/{other}"),
    );
    let prime = async || {
        for path in [&list, &shown, &another] {
            ada.get(path).await.expect(200);
            is(&ada.get(path).await, "hit");
        }
    };
    prime().await;
    ada.patch(&shown, json!({ "title": "Changed" })).await.expect(200);
    let after = ada.get(&list).await;
    is(&after, "miss");
    assert!(after.text().contains("Changed"));
    assert_eq!(ada.get(&shown).await.data()["title"], "Changed");
    is(&ada.get(&another).await, "hit");

    prime().await;
    let reply = ada.say(&one, "hello").await;
    assert_eq!(reply["status"], "complete");
    assert!(ada.get(&shown).await.text().contains("hello"));
    assert_eq!(
        ada.get(&list)
            .await
            .data()
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["id"] == json!(one))
            .unwrap()["message_count"],
        2
    );
    is(&ada.get(&another).await, "hit");

    prime().await;
    ada.delete(&shown).await.expect(204);
    ada.get(&shown).await.expect(404);
    assert_eq!(ada.get(&list).await.data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_revoked_is_revoked_at_once() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    server.join(&ada, &ada.workspace, &bob, "member").await;
    bob.get(&path).await.expect(200);
    is(&bob.get(&path).await, "hit");

    // A role: a kept one lets nobody write.
    let member = format!("/api/workspaces/{}/members/{}", ada.workspace, bob.user_id);
    ada.patch(&member, json!({ "role": "observer" }))
        .await
        .expect(204);
    bob.post(&path, json!({})).await.expect(403);
    bob.get(&path).await.expect(200);
    // The membership.
    ada.delete(&member).await.expect(204);
    bob.get(&path).await.expect(404);

    // A key.
    let made = bob
        .post("/api/auth/keys", json!({ "name": "k" }))
        .await
        .expect(201);
    let key = bob.with_token(made.data()["key"].as_str());
    key.get("/api/workspaces").await.expect(200);
    is(&key.get("/api/workspaces").await, "hit");
    let id = made.data()["stored"]["id"]
        .as_str()
        .or(made.data()["id"].as_str())
        .unwrap()
        .to_owned();
    bob.delete(&format!("/api/auth/keys/{id}")).await.expect(204);
    key.get("/api/workspaces").await.expect(401);
    key.get("/v1/models").await.expect(401);

    // A session.
    let login = json!({ "email": "bob@example.com", "password": testkit::PASSWORD });
    let again = server
        .anonymous()
        .post("/api/auth/login", login)
        .await
        .expect(200);
    let session = bob.with_token(again.data()["token"].as_str());
    session.get("/api/auth/me").await.expect(200);
    is(&session.get("/api/auth/me").await, "hit");
    session.post("/api/auth/logout", json!({})).await.expect(204);
    session.get("/api/auth/me").await.expect(401);

    // An account.
    bob.get("/api/workspaces").await.expect(200);
    let admin = format!("/api/admin/users/{}", bob.user_id);
    ada.patch(&admin, json!({ "disabled": true })).await.expect(200);
    bob.get("/api/workspaces").await.expect(401);
}

#[tokio::test]
async fn an_administrator_who_is_none_any_more_does_not_read_on() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let path = format!("/api/admin/users/{}", bob.user_id);
    ada.patch(&path, json!({ "is_admin": true })).await.expect(200);
    bob.get("/api/settings").await.expect(200);
    is(&bob.get("/api/settings").await, "hit");
    ada.patch(&path, json!({ "is_admin": false })).await.expect(200);
    bob.get("/api/settings").await.expect(403);
}

#[tokio::test]
async fn an_entry_lives_as_long_as_its_namespace_says_and_a_credential_as_it_says() {
    let clock = Arc::new(FixedClock::new(SystemClock.now()));
    let server = TestServer::trusting_cache_at(clock.clone()).await;
    let ada = server.register("ada").await;
    let list = format!("/api/workspaces/{}/conversations", ada.workspace);
    ada.get(&list).await;
    clock.advance(Duration::from_secs(29));
    is(&ada.get(&list).await, "hit");
    clock.advance(Duration::from_secs(1));
    is(&ada.get(&list).await, "miss");

    let expires = clock.now().plus(Duration::from_secs(10)).to_string();
    let body = json!({ "name": "short", "expires_at": expires });
    let made = ada.post("/api/auth/keys", body).await.expect(201);
    let key = ada.with_token(made.data()["key"].as_str());
    key.get("/api/workspaces").await.expect(200);
    clock.advance(Duration::from_secs(9));
    is(&key.get("/api/workspaces").await.expect(200), "hit");
    clock.advance(Duration::from_secs(1));
    key.get("/api/workspaces").await.expect(401);
}

#[tokio::test]
async fn of_many_who_miss_at_once_one_reads() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    ada.conversation("mock/echo").await;
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let (ada, path) = (ada.clone(), path.clone());
            tokio::spawn(async move { ada.get(&path).await.expect(200) })
        })
        .collect();
    let mut made = 0;
    for answer in asking {
        made += usize::from(word(&answer.await.unwrap()) == "miss");
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_namespace_is_switched_and_emptied_while_the_server_runs() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let path = format!("/api/workspaces/{}/conversations", ada.workspace);
    let space = "/api/performance/cache/conversation_lists";
    let find = async || {
        let cache = ada.get("/api/performance/cache").await.expect(200).data();
        let spaces = cache["namespaces"].as_array().unwrap().clone();
        spaces
            .into_iter()
            .find(|space| space["name"] == "conversation_lists")
            .unwrap()
    };
    ada.get(&path).await;
    is(&ada.get(&path).await, "hit");
    let stats = find().await;
    assert_eq!(
        (&stats["hits"], &stats["misses"], &stats["entries"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(stats["bytes"].as_u64().unwrap() > 0);
    assert_eq!(stats["oldest_seconds"], 0);

    bob.patch(space, json!({ "enabled": false })).await.expect(403);
    let off = ada.patch(space, json!({ "enabled": false })).await.expect(200);
    assert_eq!(
        (&off.data()["enabled"], &off.data()["entries"]),
        (&json!(false), &json!(0))
    );
    ada.get(&path).await;
    is(&ada.get(&path).await, "none");
    ada.patch(space, json!({ "enabled": true })).await.expect(200);
    ada.get(&path).await;
    is(&ada.get(&path).await, "hit");
    ada.delete(space).await.expect(204);
    is(&ada.get(&path).await, "miss");
    ada.delete("/api/performance/cache").await.expect(204);
    is(&ada.get(&path).await, "miss");
    ada.delete("/api/performance/cache/nonsense").await.expect(404);
    ada.patch("/api/performance/cache/nonsense", json!({ "enabled": true }))
        .await
        .expect(404);
}

/// What a parameter is set to: two values that are read differently, or at least written differently.
fn values(name: &str) -> [String; 2] {
    let values = match name {
        "limit" => ["7", "8"],
        "offset" => ["1", "2"],
        "q" => ["a", "b"],
        "fields" => ["id", "id,title"],
        "sort" => ["updated_at", "-updated_at"],
        "status" => ["active", "proposed"],
        "parent" => ["root", ""],
        "count" | "archived" | "pinned" | "hidden" | "deleted" => ["true", "false"],
        "from" | "to" => ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
        _ => ["x1", "x2"],
    };
    values.map(str::to_owned)
}

/// Every route whose answers are kept × every input that changes its answer: what differs in any of them is never
/// answered with what was kept for the other. Routes and parameters are those of the API document.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table: every route, every input")]
async fn no_key_misses_a_parameter() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.join(&ada, &ada.workspace, &bob, "member").await;
    let team = ada
        .post("/api/workspaces", json!({ "name": "Team" }))
        .await
        .expect(201);
    let team = team.data()["id"].as_str().unwrap().to_owned();
    let (one, two) = (
        ada.conversation("mock/echo").await,
        ada.conversation("mock/echo").await,
    );
    let remember = async |content: &str| {
        let path = format!("/api/workspaces/{}/memories", ada.workspace);
        let made = ada.post(&path, json!({ "content": content })).await.expect(201);
        made.data()["id"].as_str().unwrap().to_owned()
    };
    let memories = [remember("one").await, remember("two").await];
    let inside = |name: &str| match name {
        "workspace" => [ada.workspace.clone(), team.clone()],
        "conversation" => [one.clone(), two.clone()],
        "memory" => memories.clone(),
        other => panic!("the test knows no two values of {{{other}}}"),
    };
    let document: Value = server.anonymous().get("/openapi.json").await.expect(200).json();
    let mut cached = 0;
    for (template, methods) in document["paths"].as_object().unwrap() {
        let operation = &methods["get"];
        if !operation["x-cache"].is_string() {
            continue;
        }
        cached += 1;
        let names = |place: &str| -> Vec<String> {
            let all = operation["parameters"].as_array().cloned().unwrap_or_default();
            let of = all.iter().filter(|parameter| parameter["in"] == place);
            of.map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let in_path: Vec<String> = template
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        let path = |chosen: Option<&str>| {
            in_path.iter().fold(template.clone(), |path, name| {
                let index = usize::from(chosen == Some(name.as_str()));
                path.replace(&format!("{{{name}}}"), &inside(name)[index])
            })
        };
        let base = path(None);
        let same = async |what: &str| {
            is(&ada.get(&base).await.expect(200), "hit");
            let _ = what;
        };
        let other = async |client: &Client, address: &str, headers: &[(&str, &str)]| {
            let answer = client.get_with(address, headers).await;
            assert!(
                !matches!(word(&answer), "hit" | "not-modified"),
                "{address} {headers:?} was answered with what is kept for another question"
            );
        };
        ada.get(&base).await.expect(200);
        same("the same question").await;
        for name in &in_path {
            other(&ada, &path(Some(name)), &[]).await;
            same(name).await;
        }
        for name in names("query") {
            for value in values(&name) {
                other(&ada, &format!("{base}?{name}={value}"), &[]).await;
                same(&name).await;
            }
        }
        other(&ada, &base, &[("x-stoa-workspace", &team)]).await;
        same("the workspace's header").await;
        other(&bob, &base, &[]).await;
        same("another caller").await;
        server.anonymous().get(&base).await.expect(401);
    }
    assert!(cached >= 10, "{cached} routes are kept");
}

/// A caller who goes away in the middle of a change does not leave the cache behind.
#[tokio::test]
async fn a_change_is_finished_when_its_caller_hangs_up() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{one}");
    for round in 0..20 {
        ada.get(&path).await.expect(200);
        let title = format!("title {round}");
        let change = ada.patch(&path, json!({ "title": title }));
        // Hangs up at once, or after a moment.
        let _ = tokio::time::timeout(Duration::from_micros(round * 50), change).await;
        let shown = async || ada.get(&path).await.expect(200).data()["title"].clone();
        // It is done soon, or it was never begun; and what is read is never an older title than what was read before.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let kept = shown().await;
        assert!(kept.is_string());
        server.app().cache.drop_all();
        assert_eq!(kept, shown().await);
    }
}

/// Whoever has seen `complete` finds the answer, however often the conversation was read and kept meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complete_then_an_immediate_get_shows_the_answer_also_when_it_was_kept() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{one}");
    let reading = tokio::spawn({
        let (ada, path) = (ada.clone(), path.clone());
        async move {
            loop {
                ada.get(&path).await.expect(200);
            }
        }
    });
    for round in 0..30 {
        // `say` reads the conversation as soon as the stream has ended.
        let reply = ada.say(&one, &format!("word {round}")).await;
        assert_eq!(reply["status"], "complete", "round {round}");
        assert!(reply["content"].as_str().unwrap().contains("word"), "{reply}");
    }
    reading.abort();
}
