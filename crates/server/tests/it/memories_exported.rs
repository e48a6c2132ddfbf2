//! Memories that were exported and are imported elsewhere: what the export shows of them stays as it was.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use sql::{Time, query};
use testkit::{Client, TestServer};

use crate::memories::{at, path};
use crate::memories_import::imported;

sql::statements! {
    /// A memory has a past.
    AGE = "UPDATE memories SET created_at = $2, updated_at = $3, last_used_at = $4 WHERE id = $1";
}

/// What a memory has from the place where it is kept, and is not taken along.
const OF_THE_PLACE: [&str; 4] = ["id", "workspace_id", "user_id", "version"];
const STATUSES: [&str; 3] = ["active", "proposed", "rejected"];

/// Texts that part cells, rows, sections, tags, or what marks them.
const WORDS: [&str; 20] = [
    "plain",
    "a, b",
    "x; y",
    "\"said\"",
    "# heading",
    "_under_",
    "{\"id\":\"mem_1\"}",
    "<!-- stoa {} -->",
    "-->",
    "\\",
    "line\nnext",
    "\n\npart",
    "\r\nold",
    "tab\tbed",
    "größe",
    "日本",
    "=1+1",
    "[\"a\"]",
    "'",
    "|",
];

fn words(random: &mut StdRng, most: usize) -> String {
    let count = random.random_range(1..=most);
    let words: Vec<&str> = (0..count)
        .map(|_| WORDS[random.random_range(0..WORDS.len())])
        .collect();
    format!("w {} w", words.join([" ", "\n", ""][random.random_range(0..3)]))
}

/// A time of the years before 2026, in microseconds.
fn time(random: &mut StdRng) -> Time {
    Time::from_micros(random.random_range(1_000_000_000_000_000..1_760_000_000_000_000))
}

fn source(random: &mut StdRng) -> Value {
    match random.random_range(0..4) {
        0 => json!({ "kind": "message", "id": "msg_1", "conversation_id": "cnv_1" }),
        1 => json!({ "kind": "url", "url": "https://example.com/a?b=1,2", "name": words(random, 2) }),
        2 => json!({ "kind": "file", "id": "fil_1" }),
        _ => json!({ "kind": "file", "name": words(random, 2) }),
    }
}

/// Anything that a memory may be, each field there or not.
fn memory(random: &mut StdRng) -> Value {
    let mut body = json!({ "content": words(random, 9) });
    let mut set = |random: &mut StdRng, name: &str, value: Value| {
        if random.random_range(0..3) > 0 {
            body[name] = value;
        }
    };
    let title = words(random, 3);
    set(random, "title", title.into());
    let tags: Vec<String> = (0..random.random_range(0..4))
        .map(|n| match n {
            0 => WORDS[random.random_range(0..WORDS.len())].to_owned(),
            n => format!("{n}{}", words(random, 2)),
        })
        .collect();
    set(random, "tags", json!(tags));
    let series = words(random, 2);
    set(random, "series", series.into());
    let position: i64 = random.random_range(-9..i64::MAX);
    set(random, "position", position.into());
    let (from, until) = (time(random), time(random));
    if from < until {
        set(random, "valid_from", json!(from));
        set(random, "valid_until", json!(until));
    }
    let sources: Vec<Value> = (0..random.random_range(0..4)).map(|_| source(random)).collect();
    set(random, "sources", json!(sources));
    set(random, "status", "proposed".into());
    body
}

/// Makes memories of every kind: written once and again, accepted, rejected, used.
async fn populate(server: &TestServer, ada: &Client, count: usize) {
    let mut random = StdRng::seed_from_u64(7);
    let mut items: Vec<Value> = (0..count).map(|_| memory(&mut random)).collect();
    let conversation = ada.conversation("mock/echo").await;
    let said = ada.say(&conversation, "The bees dance.").await["id"].clone();
    let sources = items
        .iter_mut()
        .filter_map(|item| item.get_mut("sources")?.as_array_mut());
    for source in sources.flatten().filter(|source| source["kind"] == "message") {
        *source = json!({ "kind": "message", "id": said, "conversation_id": conversation });
    }
    let made = ada
        .post(&format!("{}/bulk", path(ada)), json!({ "items": items }))
        .await
        .expect(200)
        .data();
    for (n, id) in made["ids"].as_array().unwrap().iter().enumerate() {
        let memory = json!({ "id": id });
        if items[n]["status"] == "proposed" && n % 3 == 0 {
            ada.post(&format!("{}/reject", at(&memory)), json!({}))
                .await
                .expect(200);
        } else if n % 5 == 0 {
            ada.patch(&at(&memory), json!({ "content": words(&mut random, 5) }))
                .await
                .expect(200);
        }
        let (made, used) = (time(&mut random), time(&mut random));
        let changed = Time::from_micros(made.micros() + random.random_range(0..9_000_000));
        let aged = query(&AGE).bind(id.as_str().unwrap()).bind(made).bind(changed);
        let never = Time::from_micros(0);
        aged.bind(if n % 4 == 0 { used } else { never })
            .execute(&server.app().db)
            .await
            .unwrap();
    }
}

async fn exported(client: &Client, workspace: &str, format: &str, status: &str) -> String {
    let at = format!("/api/workspaces/{workspace}/memories/export?format={format}&status={status}");
    client.get(&at).await.expect(200).text()
}

/// What an export shows of each memory, but what is of its place.
async fn shown(client: &Client, workspace: &str, status: &str) -> Vec<Map<String, Value>> {
    let text = exported(client, workspace, "jsonl", status).await;
    let rows = text
        .lines()
        .map(|line| serde_json::from_str::<Map<String, Value>>(line).unwrap());
    let kept = rows.map(|row| {
        row.into_iter()
            .filter(|(name, _)| !OF_THE_PLACE.contains(&name.as_str()))
            .collect()
    });
    kept.collect()
}

#[tokio::test]
async fn what_is_exported_is_imported_as_it_was() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    populate(&server, &ada, 90).await;
    for format in ["jsonl", "csv", "md"] {
        let made = ada
            .post("/api/workspaces", json!({ "name": format }))
            .await
            .expect(201)
            .data();
        let mut elsewhere = ada.clone();
        elsewhere.workspace = made["id"].as_str().unwrap().to_owned();
        for status in STATUSES {
            let text = exported(&ada, &ada.workspace, format, status).await;
            let name = format!("memories.{format}");
            let said = imported(&elsewhere, &[(&name, text.as_bytes())]).await;
            let (before, mut after) = (
                shown(&ada, &ada.workspace, status).await,
                shown(&ada, &elsewhere.workspace, status).await,
            );
            assert!(before.len() > 9, "{status}: {}", before.len());
            assert_eq!(said["memories"], before.len(), "{format} {status}: {said}");
            for (before, after) in before.iter().zip(&mut after) {
                if format == "csv" {
                    // The one thing that no table shows.
                    after["last_used_at"] = before["last_used_at"].clone();
                }
                assert_eq!(before, after, "{format} {status}");
            }
            assert_eq!(before.len(), after.len());
        }
    }
}

/// What is proposed stays so, and is not found before somebody has accepted it.
#[tokio::test]
async fn an_imported_inbox_is_an_inbox() {
    let server = TestServer::new().await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    for (content, status) in [("Zebras bark.", "proposed"), ("Zebras graze.", "active")] {
        ada.post(&path(&ada), json!({ "content": content, "status": status }))
            .await
            .expect(201);
        let text = exported(&ada, &ada.workspace, "jsonl", status).await;
        assert_eq!(
            imported(&bob, &[("m.jsonl", text.as_bytes())]).await["memories"],
            1
        );
    }
    let body = json!({ "query": "zebras", "mode": "text" });
    let found = bob.post("/api/search", body).await.expect(200).data();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["hits"][0]["owner"]["title"], "Zebras graze.");
    // Who imports is who made it; a time that is still to come is now.
    let line = json!({ "id": "mem_1", "user_id": ada.user_id, "content": "Later.", "created_at": "2999-01-01T00:00:00Z" });
    imported(&bob, &[("late.jsonl", line.to_string().as_bytes())]).await;
    let all = exported(&bob, &bob.workspace, "jsonl", "active").await;
    let late: Value = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|row: &Value| row["content"] == "Later.")
        .unwrap();
    assert_eq!(late["user_id"], json!(bob.user_id));
    assert!(late["created_at"].as_str().unwrap() < "2999", "{late}");
}
