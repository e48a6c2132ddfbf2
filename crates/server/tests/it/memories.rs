//! Memories through HTTP: made, listed, changed, and out of reach of others.

use http::Method;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

/// The memories of a client's own workspace.
pub(crate) fn path(client: &Client) -> String {
    format!("/api/workspaces/{}/memories", client.workspace)
}

pub(crate) async fn make(client: &Client, body: Value) -> Value {
    client.post(&path(client), body).await.expect(201).data()
}

pub(crate) fn at(memory: &Value) -> String {
    format!("/api/memories/{}", memory["id"].as_str().unwrap())
}

/// The titles of a list.
pub(crate) fn titles(list: &Value) -> Vec<String> {
    let rows = list["data"].as_array().unwrap();
    rows.iter()
        .map(|row| row["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_memory_is_made_read_and_deleted() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({
        "content": "# The printer\n\nIt stands on the second floor.\nPaper is in the cupboard.",
        "tags": ["#Office", " office ", "Hardware"],
        "sources": [{ "kind": "url", "url": "https://example.com/printer", "name": "The wiki" }],
        "valid_from": "2026-01-01T00:00:00Z",
        "series": "rooms", "position": 3,
    });
    let made = make(&ada, body).await;
    assert!(made["id"].as_str().unwrap().starts_with("mem_"), "{made}");
    assert_eq!(made["title"], "The printer");
    assert_eq!(made["tags"], json!(["office", "hardware"]));
    assert_eq!(
        made["snippet"],
        "# The printer It stands on the second floor. Paper is in the cupboard."
    );
    assert_eq!(
        (&made["status"], &made["version"], &made["position"]),
        (&json!("active"), &json!(1), &json!(3))
    );
    assert_eq!(made["last_used_at"], Value::Null);
    assert_eq!(made["user_id"], json!(ada.user_id));
    assert_eq!(ada.get(&at(&made)).await.expect(200).data(), made);
    ada.delete(&at(&made)).await.expect(204);
    ada.get(&at(&made)).await.expect(404);
    assert_eq!(ada.get(&path(&ada)).await.json()["data"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once_and_by_field() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({
        "content": "  ", "title": "x".repeat(201), "tags": vec!["a".repeat(51)],
        "valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z",
        "sources": [{ "kind": "url", "url": "javascript:alert(1)" }, { "kind": "message" }],
        "status": "rejected",
    });
    let refused = ada.post(&path(&ada), body).await.expect(422).json();
    let mut fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "content",
            "sources[0].url",
            "sources[1].id",
            "status",
            "tags",
            "title",
            "valid_until"
        ]
    );
    let many: Vec<String> = (0..21).map(|n| format!("tag {n}")).collect();
    let refused = ada
        .post(&path(&ada), json!({ "content": "x", "tags": many }))
        .await;
    assert_eq!(refused.expect(422).json()["errors"][0]["field"], "tags");
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one story: from the first version back to it"
)]
async fn a_change_keeps_what_was_said_and_a_version_comes_back() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.join(&ada, &ada.workspace, &bob, "member").await;
    let made = make(
        &ada,
        json!({ "title": "Wifi", "content": "The key is blue.", "tags": ["net"] }),
    )
    .await;
    let path = at(&made);
    let second = bob
        .patch(
            &path,
            json!({ "content": "The key is green.", "tags": ["net", "key"] }),
        )
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&second["version"], &second["snippet"]),
        (&json!(2), &json!("The key is green."))
    );
    let third = ada
        .patch(&path, json!({ "title": "Wireless" }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&third["version"], &third["content"]),
        (&json!(3), &json!("The key is green."))
    );
    // What changes nothing makes no version.
    let same = json!({ "title": "Wireless", "content": "The key is green." });
    assert_eq!(ada.patch(&path, same).await.expect(200).data(), third);

    let versions = ada.get(&format!("{path}/versions")).await.expect(200).json();
    let shown: Vec<(i64, &str, &str)> = versions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            let text = |field: &str| version[field].as_str().unwrap();
            (
                version["version"].as_i64().unwrap(),
                text("title"),
                text("user_id"),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (2, "Wifi", bob.user_id.as_str()),
            (1, "Wifi", ada.user_id.as_str())
        ]
    );
    assert!(versions["data"][0].get("content").is_none());
    let page = ada.get(&format!("{path}/versions?limit=1")).await.json();
    let next = page["page"]["next"].as_str().unwrap();
    let page = ada
        .get(&format!("{path}/versions?limit=1&after={next}"))
        .await
        .json();
    assert_eq!(
        (&page["data"][0]["version"], &page["page"]["has_more"]),
        (&json!(1), &json!(false))
    );
    let first = ada.get(&format!("{path}/versions/1")).await.expect(200).data();
    assert_eq!(first["content"], "The key is blue.");
    ada.get(&format!("{path}/versions/9")).await.expect(404);
    ada.get(&format!("{path}/versions/x")).await.expect(404);

    let back = ada
        .post(&format!("{path}/restore"), json!({ "version": 1 }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&back["version"], &back["title"], &back["content"], &back["tags"]),
        (
            &json!(4),
            &json!("Wifi"),
            &json!("The key is blue."),
            &json!(["net"])
        )
    );
    ada.post(&format!("{path}/restore"), json!({ "version": 77 }))
        .await
        .expect(404);
    let tags = ada.get(&format!("{}/tags", self::path(&ada))).await.json()["data"].clone();
    assert_eq!(tags, json!([{ "tag": "net", "count": 1 }]));
}

#[tokio::test]
async fn if_match_refuses_a_change_of_something_else() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = make(&ada, json!({ "content": "one" })).await;
    let path = at(&made);
    let seen = ada.get(&path).await.header("etag").to_owned();
    let change = async |tag: &str, content: &str| {
        let headers = [("if-match", tag)];
        let body = Some(json!({ "content": content }));
        ada.send(Method::PATCH, &path, body, &headers).await
    };
    change(&seen, "two").await.expect(200);
    change(&seen, "three").await.expect(412);
    ada.send(Method::DELETE, &path, None, &[("if-match", &seen)])
        .await
        .expect(412);
    assert_eq!(ada.get(&path).await.data()["content"], "two");
    let fresh = ada.get(&path).await.header("etag").to_owned();
    ada.get_with(&path, &[("if-none-match", &fresh)])
        .await
        .expect(304);
    change(&fresh, "three").await.expect(200);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table: every order, every filter")]
async fn every_order_is_paged_without_a_gap_and_no_list_shows_the_text() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let list = path(&ada);
    for n in 0..3 {
        let items: Vec<Value> = (0..9)
            .map(|m| json!({ "title": format!("{} Ärger {m}{n}", ["b", "A", "c"][m % 3]), "content": "text", "tags": [format!("t{}", m % 2)] }))
            .collect();
        ada.post(&format!("{list}/bulk"), json!({ "items": items }))
            .await
            .expect(200);
    }
    for sort in [
        "-updated_at",
        "updated_at",
        "-created_at",
        "created_at",
        "title",
        "-last_used_at",
    ] {
        for filter in ["", "&tag=T1", "&q=ärger", "&tag=t0&q=A+%C3%84"] {
            let whole = ada
                .get(&format!("{list}?limit=100&count=true&sort={sort}{filter}"))
                .await
                .expect(200)
                .json();
            let all = whole["data"].as_array().unwrap().clone();
            assert_eq!(whole["page"]["total"], json!(all.len()), "{sort}{filter}");
            assert_eq!(
                all.len(),
                match filter {
                    "" | "&q=ärger" => 27,
                    "&tag=T1" => 12,
                    _ => 3,
                },
                "{sort}{filter}"
            );
            assert!(
                all.iter()
                    .all(|row| row.get("content").is_none() && row["snippet"] == "text")
            );
            let key = |row: &Value| match sort {
                "title" => row["title"].as_str().unwrap().to_lowercase(),
                "-last_used_at" => String::new(),
                sort => row[sort.trim_start_matches('-')].as_str().unwrap().to_owned(),
            };
            let mut sorted = all.clone();
            sorted.sort_by_key(|row| (key(row), row["id"].as_str().unwrap().to_owned()));
            if sort.starts_with('-') {
                sorted.reverse();
            }
            assert_eq!(all, sorted, "{sort}{filter}");
            let (mut paged, mut after) = (Vec::new(), String::new());
            loop {
                let page = ada
                    .get(&format!("{list}?limit=5&sort={sort}{filter}{after}"))
                    .await
                    .expect(200)
                    .json();
                paged.extend(page["data"].as_array().unwrap().iter().cloned());
                let Some(next) = page["page"]["next"].as_str() else {
                    break;
                };
                after = format!("&after={next}");
            }
            assert_eq!(paged, all, "{sort}{filter}");
        }
    }
    let some = ada
        .get(&format!("{list}?fields=id,title&limit=1"))
        .await
        .expect(200)
        .json();
    assert_eq!(some["data"][0].as_object().unwrap().len(), 2);
    ada.get(&format!("{list}?fields=id,content")).await.expect(422);
    ada.get(&format!("{list}?sort=size")).await.expect(400);
    ada.get(&format!("{list}?after=nonsense")).await.expect(422);
}

#[tokio::test]
async fn another_workspace_is_out_of_reach() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let made = make(&ada, json!({ "content": "Ada's" })).await;
    for answer in [
        bob.get(&path(&ada)).await,
        bob.get(&format!("{}/tags", path(&ada))).await,
        bob.get(&format!("{}/export", path(&ada))).await,
        bob.post(&path(&ada), json!({ "content": "x" })).await,
        bob.get(&at(&made)).await,
        bob.patch(&at(&made), json!({ "content": "x" })).await,
        bob.delete(&at(&made)).await,
        bob.get(&format!("{}/versions", at(&made))).await,
    ] {
        answer.expect(404);
    }
    // By way of one's own workspace neither.
    for op in ["update", "delete"] {
        let items =
            json!({ "items": [{ "content": "mine" }, { "op": op, "id": made["id"], "content": "x" }] });
        let refused = bob
            .post(&format!("{}/bulk", path(&bob)), items)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["field"], "items[1].id");
    }
    assert_eq!(bob.get(&path(&bob)).await.json()["data"], json!([]));
    assert_eq!(ada.get(&at(&made)).await.data(), made);

    server.join(&ada, &ada.workspace, &bob, "observer").await;
    bob.get(&at(&made)).await.expect(200);
    bob.patch(&at(&made), json!({ "content": "x" })).await.expect(403);
    bob.post(&format!("{}/bulk", path(&ada)), json!({ "items": [] }))
        .await
        .expect(403);
}

/// The titles of the memories that a search by words finds.
async fn found(client: &Client, query: &str) -> Vec<String> {
    let asked = json!({ "query": query, "workspace": client.workspace, "kinds": ["memory"], "mode": "text", "k": 20 });
    let hits = client.post("/api/search", asked).await.expect(200).data()["hits"].clone();
    let mut titles: Vec<String> = hits
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["owner"]["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort_unstable();
    titles.dedup();
    titles
}

#[tokio::test]
async fn a_memory_is_found_as_it_is_now_from_the_moment_it_is_written() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let made = make(
        &ada,
        json!({ "title": "Printer", "content": "It stands beside the aquarium.", "tags": ["hardware"] }),
    )
    .await;
    assert_eq!(found(&ada, "aquarium").await, ["Printer"]);
    assert_eq!(found(&ada, "hardware").await, ["Printer"]);
    assert_eq!(found(&bob, "aquarium").await, Vec::<String>::new());

    ada.patch(&at(&made), json!({ "content": "It stands in the basement." }))
        .await
        .expect(200);
    assert_eq!(found(&ada, "aquarium").await, Vec::<String>::new());
    ada.patch(&at(&made), json!({ "title": "Plotter", "tags": ["engine"] }))
        .await
        .expect(200);
    assert_eq!(found(&ada, "basement").await, ["Plotter"]);
    assert_eq!(found(&ada, "engine").await, ["Plotter"]);
    assert_eq!(found(&ada, "hardware").await, Vec::<String>::new());
    ada.post(&format!("{}/restore", at(&made)), json!({ "version": 1 }))
        .await
        .expect(200);
    assert_eq!(found(&ada, "aquarium").await, ["Printer"]);

    // In bulk: a new title with the text that is there, a new one, one less.
    let items = json!({ "items": [{ "id": made["id"], "title": "Aquarium guide" }, { "title": "Fish", "content": "The aquarium has seven." }] });
    let done = ada
        .post(&format!("{}/bulk", path(&ada)), items)
        .await
        .expect(200)
        .data();
    assert_eq!(found(&ada, "aquarium").await, ["Aquarium guide", "Fish"]);
    let items = json!({ "items": [{ "op": "delete", "id": done["ids"][1] }] });
    ada.post(&format!("{}/bulk", path(&ada)), items).await.expect(200);
    ada.delete(&at(&made)).await.expect(204);
    assert_eq!(found(&ada, "aquarium").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_waits_in_the_inbox_is_not_found_before_it_is_accepted() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({ "title": "Idea", "content": "Paint the shed.", "status": "proposed" });
    let idea = make(&ada, body).await;
    ada.patch(&at(&idea), json!({ "content": "Paint the shed green." }))
        .await
        .expect(200);
    assert_eq!(found(&ada, "shed").await, Vec::<String>::new());
    ada.post(&format!("{}/reject", at(&idea)), json!({}))
        .await
        .expect(200);
    assert_eq!(found(&ada, "shed").await, Vec::<String>::new());
    ada.post(&format!("{}/accept", at(&idea)), json!({}))
        .await
        .expect(200);
    assert_eq!(found(&ada, "green").await, ["Idea"]);
}

#[tokio::test]
async fn a_message_that_a_memory_comes_from_is_one_that_its_author_can_read() {
    let server = TestServer::new().await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    let (here, there) = (
        ada.conversation("mock/echo").await,
        ada.conversation("mock/echo").await,
    );
    let said = ada.say(&here, "the printer jams").await["id"].clone();
    let elsewhere = bob.conversation("mock/echo").await;
    let not_hers = bob.say(&elsewhere, "secret").await["id"].clone();
    let body = |source: Value| json!({ "content": "Open the tray.", "sources": [source] });
    let message = |id: &Value, of: &str| json!({ "kind": "message", "id": id, "conversation_id": of });
    let wrong = [
        (message(&json!("msg_none"), &here), "sources[0].id"),
        (message(&not_hers, &elsewhere), "sources[0].id"),
        (message(&said, &there), "sources[0].conversation_id"),
    ];
    let memory = make(&ada, json!({ "content": "Open it." })).await;
    for (source, field) in wrong {
        let refused = ada
            .post(&path(&ada), body(source.clone()))
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["field"], field);
        ada.patch(&at(&memory), json!({ "sources": [source] }))
            .await
            .expect(422);
        let items = json!({ "items": [body(source)] });
        let refused = ada
            .post(&format!("{}/bulk", path(&ada)), items)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["field"], format!("items[0].{field}"));
    }
    let memory = make(&ada, body(message(&said, &here))).await;
    // What it has stays, also when the message is gone.
    ada.delete(&format!("/api/conversations/{here}"))
        .await
        .expect(204);
    let kept = json!({ "sources": memory["sources"], "content": "Open the lower tray." });
    ada.patch(&at(&memory), kept).await.expect(200);
}
