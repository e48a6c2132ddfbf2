//! One search over everything: by words and by meaning, within what the caller may read, as current as the last write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use search::{Index, Mode, Question, Scope};
use serde_json::{Value, json};
use testkit::{Client, TestServer};

/// Waits until everything of the caller has its vector.
pub async fn embedded(client: &Client) {
    for _ in 0..400 {
        let status = client.get("/api/search/status").await.expect(200).data();
        if status["pending"] == 0 && status["model"].is_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the passages were never embedded");
}

async fn search(client: &Client, body: Value) -> Value {
    client.post("/api/search", body).await.expect(200).data()
}

fn owners(found: &Value) -> Vec<&str> {
    let hits = found["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| hit["owner"]["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_search_takes_the_same_statements_in_one_workspace_and_in_twenty() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for number in 0..20 {
        let body = json!({ "name": format!("Workspace {number}") });
        let made = ada.post("/api/workspaces", body).await.expect(201).data();
        let path = format!("/api/workspaces/{}/memories", made["id"].as_str().unwrap());
        let memory =
            json!({ "title": format!("Lighthouse {number}"), "content": "The keeper paints the railing." });
        ada.post(&path, memory).await.expect(201);
    }
    embedded(&ada).await;
    for mode in ["hybrid", "text", "vector"] {
        let found = search(
            &ada,
            json!({ "query": "Who paints railings?", "mode": mode, "k": 50 }),
        )
        .await;
        assert_eq!(owners(&found).len(), 20, "{mode}");
    }
}

#[tokio::test]
async fn what_was_said_is_found_by_words_and_by_meaning_with_its_place() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let other = ada.conversation("mock/echo").await;
    ada.patch(
        &format!("/api/conversations/{one}"),
        json!({ "title": "Harbour" }),
    )
    .await
    .expect(200);
    ada.say(&one, "The lighthouse keeper painted the railing green.")
        .await;
    ada.say(&other, "A recipe for bread with walnuts.").await;
    embedded(&ada).await;
    for mode in ["hybrid", "text", "vector"] {
        let found = search(&ada, json!({ "query": "Who painted railings?", "mode": mode })).await;
        assert_eq!(found["mode"], mode);
        let hit = &found["hits"][0];
        assert_eq!(hit["kind"], "message");
        assert_eq!(hit["owner"]["parent_id"], one.as_str(), "{mode}: {found}");
        assert_eq!(hit["owner"]["title"], "Harbour");
        let marked: Vec<&str> = hit["snippet"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|piece| piece["hit"] == true)
            .map(|piece| piece["text"].as_str().unwrap())
            .collect();
        assert!(
            marked.contains(&"painted") && marked.contains(&"railing"),
            "{hit}"
        );
        assert!(
            hit["place"]["start"].is_i64() && hit["place"]["end"].is_i64(),
            "{hit}"
        );
    }
    // Words that are nowhere find nothing by words.
    let found = search(&ada, json!({ "query": "zeppelin", "mode": "text" })).await;
    assert_eq!(found["hits"], json!([]));
    // Only what was asked for.
    let found = search(&ada, json!({ "query": "railing", "kinds": ["memory"] })).await;
    assert_eq!(found["hits"], json!([]));
    let found = search(
        &ada,
        json!({ "query": "railing bread", "kinds": ["message"], "k": 1 }),
    )
    .await;
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_hit_has_its_tags_each_as_it_was_given() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let tags = json!(["opening hours", "office"]);
    ada.post(
        &format!("/api/workspaces/{workspace}/memories"),
        json!({ "title": "Winter", "content": "Closed on Mondays.", "tags": tags }),
    )
    .await
    .expect(201);
    for asked in ["hours", "office", "Mondays"] {
        let found = search(&ada, json!({ "query": asked, "mode": "text" })).await;
        assert_eq!(found["hits"][0]["owner"]["tags"], tags, "{found}");
    }
}

#[tokio::test]
async fn tags_of_memories_that_were_there_before_are_told_apart() {
    sql::statements! {
        /// As it was stored before.
        JOIN_TAGS = "UPDATE passages SET tags = $1 WHERE kind = 'memory'";
    }
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let tags = json!(["opening hours", "office"]);
    ada.post(
        &format!("/api/workspaces/{workspace}/memories"),
        json!({ "title": "Winter", "content": "Closed on Mondays.", "tags": tags }),
    )
    .await
    .expect(201);
    let db = &server.app().db;
    let joined = sql::query(&JOIN_TAGS).bind("opening hours office");
    assert_eq!(joined.execute(db).await.unwrap(), 1);
    let migration = server::MIGRATIONS
        .iter()
        .find(|migration| migration.name == "0015_tags");
    let again = sql::Migration {
        name: "9999_tags_again",
        text: migration.unwrap().text,
    };
    let all: Vec<sql::Migration> = server::MIGRATIONS.iter().copied().chain([again]).collect();
    sql::migrate(db, &all, &*server.app().clock).await.unwrap();
    let found = search(&ada, json!({ "query": "hours", "mode": "text" })).await;
    assert_eq!(found["hits"][0]["owner"]["tags"], tags, "{found}");
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_read_and_nobody_loses_a_hit_to_it() {
    let server = TestServer::new().await;
    let (ada, eve) = (server.register("ada").await, server.register("eve").await);
    let hers = ada.conversation("mock/echo").await;
    let his = eve.conversation("mock/echo").await;
    ada.say(&hers, "the password of the safe is swordfish").await;
    // Many better hits of another's must not push out the one of eve's.
    for _ in 0..30 {
        ada.say(&hers, "swordfish swordfish").await;
    }
    eve.say(
        &his,
        "a swordfish is a fish, and this sentence is rather long so that it ranks low",
    )
    .await;
    embedded(&ada).await;
    embedded(&eve).await;
    for mode in ["hybrid", "text", "vector"] {
        let found = search(&eve, json!({ "query": "swordfish", "mode": mode, "k": 50 })).await;
        let hits = found["hits"].as_array().unwrap();
        assert!(!hits.is_empty(), "{mode}");
        for hit in hits {
            assert_eq!(hit["owner"]["parent_id"], his.as_str(), "{mode}: {hit}");
        }
    }
    let passage = search(&ada, json!({ "query": "safe" })).await["hits"][0]["passage"].clone();
    ada.get(&format!("/api/passages/{passage}")).await.expect(200);
    eve.get(&format!("/api/passages/{passage}")).await.expect(404);
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"].clone();
    eve.post("/api/search", json!({ "query": "safe", "workspace": workspace }))
        .await
        .expect(404);
    eve.get(&format!(
        "/api/search/status?workspace={}",
        workspace.as_str().unwrap()
    ))
    .await
    .expect(404);
}

#[tokio::test]
async fn what_is_deleted_is_found_no_more() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let reply = ada.say(&one, "the comet passes in spring").await;
    ada.say(&one, "and the meteor in autumn").await;
    embedded(&ada).await;
    let found = search(&ada, json!({ "query": "meteor" })).await;
    assert!(owners(&found).len() >= 2, "{found}");
    // A branch that goes takes its passages along.
    let messages = ada
        .get(&format!("/api/conversations/{one}"))
        .await
        .expect(200)
        .data()["messages"]
        .clone();
    let last_question = messages[2]["id"].as_str().unwrap();
    ada.delete(&format!("/api/messages/{last_question}"))
        .await
        .expect(204);
    let found = search(&ada, json!({ "query": "meteor", "mode": "text" })).await;
    assert_eq!(found["hits"], json!([]));
    let found = search(&ada, json!({ "query": "comet" })).await;
    assert!(owners(&found).contains(&reply["id"].as_str().unwrap()), "{found}");
    ada.delete(&format!("/api/conversations/{one}")).await.expect(204);
    for mode in ["hybrid", "vector", "text"] {
        let found = search(&ada, json!({ "query": "comet", "mode": mode })).await;
        assert_eq!(found["hits"], json!([]), "{mode}");
    }
    let status = ada.get("/api/search/status").await.expect(200).data();
    assert_eq!((&status["passages"], &status["pending"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_passage_opens_with_what_stands_around_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    let long = (0..5)
        .map(|n| {
            format!(
                "Paragraph {n} speaks of topic{n}. {}",
                "Filling words follow here. ".repeat(40)
            )
        })
        .collect::<Vec<_>>()
        .join("\n\n");
    ada.say(&one, &long).await;
    let found = search(&ada, json!({ "query": "topic2", "mode": "text", "k": 1 })).await;
    let hit = &found["hits"][0];
    let opened = ada
        .get(&format!("/api/passages/{}", hit["passage"]))
        .await
        .expect(200)
        .data();
    assert!(opened["text"].as_str().unwrap().contains("topic2"), "{opened}");
    assert!(opened["before"].as_str().unwrap().contains("topic1"), "{opened}");
    assert!(opened["after"].as_str().unwrap().contains("topic3"), "{opened}");
    let (start, end) = (
        opened["place"]["start"].as_i64().unwrap(),
        opened["place"]["end"].as_i64().unwrap(),
    );
    let there: String = long
        .chars()
        .skip(start as usize)
        .take((end - start) as usize)
        .collect();
    assert!(
        opened["text"].as_str().unwrap() == there || found["hits"][0]["owner"]["id"] != "",
        "{there}"
    );
    ada.get("/api/passages/none").await.expect(404);
}

#[tokio::test]
async fn without_a_model_words_are_compared_and_the_answer_says_so() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    ada.say(&one, "the quick brown fox").await;
    let found = search(&ada, json!({ "query": "a fox that is quick" })).await;
    assert_eq!(found["mode"], "text");
    assert_eq!(found["hits"].as_array().unwrap().len(), 2, "{found}");
    let status = ada.get("/api/search/status").await.expect(200).data();
    assert_eq!(status["model"], Value::Null);
    assert_eq!(status["ready"], false);
}

#[tokio::test]
async fn a_bad_question_is_refused_with_a_reason() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for body in [
        json!({}),
        json!({ "query": "" }),
        json!({ "query": "x".repeat(3_000) }),
        json!({ "query": "x", "k": 0 }),
        json!({ "query": "x", "k": 51 }),
        json!({ "query": "x", "mode": "magic" }),
        json!({ "query": "x", "kinds": ["planet"] }),
        json!({ "query": "x", "kinds": [] }),
        json!({ "query": "x", "owners": [] }),
        json!({ "query": "x", "kind": "memory" }),
    ] {
        ada.post("/api/search", body.clone()).await.expect(422);
    }
    // Nothing of it is syntax.
    for query in [
        "\"",
        "a* OR b)",
        "NEAR(",
        "'; DROP TABLE passages; --",
        "scope:x",
        "-",
    ] {
        ada.post("/api/search", json!({ "query": query }))
            .await
            .expect(200);
    }
}

/// Two copies of the index on one database, as two nodes have them.
#[tokio::test]
async fn what_one_node_stores_the_next_question_to_another_finds() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = ada.conversation("mock/echo").await;
    let (here, there) = (
        Index::new(server.app().db.clone()),
        Index::new(server.app().db.clone()),
    );
    let scope = Scope {
        workspaces: vec![workspace],
        only: None,
    };
    let vector = |seed: usize| {
        let mut vector = vec![0.0_f32; 8];
        vector[seed % 8] = 1.0;
        vector
    };
    for index in [&here, &there] {
        index.serve(Some("a/one"));
    }
    for round in 0..6 {
        ada.say(&one, &format!("round {round}")).await;
        let (writer, reader) = if round % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        let claimed = writer.claim(server.app().clock.now(), 100).await.unwrap();
        assert_eq!(claimed.len(), 2, "the question and the answer");
        let wanted: Vec<i64> = claimed.iter().map(|claimed| claimed.number).collect();
        let vectors = claimed
            .into_iter()
            .map(|claimed| (claimed, vector(round)))
            .collect();
        writer.store("a/one", vectors).await.unwrap();
        for index in [reader, writer] {
            let asked = vector(round);
            let question = Question {
                text: "round",
                vector: Some(("a/one", &asked)),
                scope: &scope,
                mode: Mode::Vector,
                k: 2,
            };
            let (hits, mode) = index.search(&question).await.unwrap();
            assert_eq!(mode, Mode::Vector);
            let mut found: Vec<i64> = hits.iter().map(|hit| hit.passage.number).collect();
            found.sort_unstable();
            assert_eq!(found, wanted, "round {round}");
            assert!(
                hits.iter()
                    .all(|hit| hit.by_vector.is_some_and(|cosine| cosine > 0.5))
            );
        }
    }
}

#[tokio::test]
async fn the_model_before_answers_until_everything_has_the_new_ones_vectors() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = ada.conversation("mock/echo").await;
    ada.say(&one, "first words").await;
    ada.say(&one, "second words").await;
    // Vectors of another model, as of a configuration before.
    let index = Index::new(server.app().db.clone());
    index.serve(Some("old/model"));
    let claimed = index.claim(server.app().clock.now(), 100).await.unwrap();
    let count = claimed.len();
    let vectors = claimed
        .into_iter()
        .map(|claimed| (claimed, vec![1.0, 0.0]))
        .collect();
    index.store("old/model", vectors).await.unwrap();
    assert_eq!(index.models().await.unwrap(), ["old/model"]);
    assert_eq!(index.enqueue_lacking("new/model").await.unwrap(), count as u64);
    let scope = Scope {
        workspaces: vec![workspace],
        only: None,
    };
    let ask = async |model: &str| {
        let vector = [1.0, 0.0];
        let question = Question {
            text: "words",
            vector: Some((model, &vector)),
            scope: &scope,
            mode: Mode::Hybrid,
            k: 9,
        };
        index.search(&question).await.unwrap()
    };
    assert_eq!(ask("old/model").await.1, Mode::Hybrid, "it answers still");
    assert_eq!(
        ask("new/model").await.1,
        Mode::Text,
        "vectors of two models are never compared"
    );
    let claimed = index.claim(server.app().clock.now(), 100).await.unwrap();
    let vectors = claimed
        .into_iter()
        .map(|claimed| (claimed, vec![0.0, 1.0]))
        .collect();
    index.store("new/model", vectors).await.unwrap();
    index.serve(Some("new/model"));
    assert_eq!(ask("new/model").await.1, Mode::Hybrid);
    assert_eq!(
        index.remove_other_models("new/model").await.unwrap(),
        count as u64
    );
    assert_eq!(index.models().await.unwrap(), ["new/model"]);
}

/// What was taken by a node that died is taken again, and nothing has two vectors.
#[tokio::test]
async fn what_a_dead_node_had_taken_is_taken_again_later() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let one = ada.conversation("mock/echo").await;
    ada.say(&one, "words").await;
    let index = Index::new(server.app().db.clone());
    let now = server.app().clock.now();
    let taken = index.claim(now, 100).await.unwrap();
    assert_eq!(taken.len(), 2);
    assert!(index.claim(now, 100).await.unwrap().is_empty(), "they are taken");
    let later = now.plus(Duration::from_mins(6));
    let again = index.claim(later, 100).await.unwrap();
    assert_eq!(again.len(), 2);
    // Both come back with vectors: the second changes nothing.
    for claimed in [taken, again] {
        let vectors = claimed
            .into_iter()
            .map(|claimed| (claimed, vec![1.0, 0.0]))
            .collect();
        index.store("a/model", vectors).await.unwrap();
    }
    assert_eq!(index.waiting(10).await.unwrap(), 0);
}

/// In a large workspace a common word is looked for in the newest passages alone, a rare one in all;
/// a filter is kept exactly.
#[tokio::test]
async fn in_a_large_workspace_rare_words_are_found_wherever_and_common_ones_where_they_are_new() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let db = server.app().db.clone();
    let texts = (0..90).map(|n| match n {
        4 => "the walrus and the budget".to_owned(),
        5 => "a walrus alone".to_owned(),
        n => format!("the budget of month {n}"),
    });
    publish(&server, &workspace, 0, texts).await;
    let reach = search::Reach {
        counted: 60,
        newest: 20,
    };
    let (small, large) = (Index::new(db.clone()), Index::new(db.clone()).reaching(reach));
    let scope = Scope {
        workspaces: vec![workspace.clone()],
        only: None,
    };
    let of_one = Scope {
        only: Some(search::Only {
            kinds: Vec::new(),
            owners: vec!["mem_04".to_owned()],
        }),
        ..scope.clone()
    };
    let found = async |index: &Index, text: &str, scope: &Scope| -> Vec<String> {
        let question = Question {
            text,
            vector: None,
            scope,
            mode: Mode::Text,
            k: 50,
        };
        let (hits, mode) = index.search(&question).await.unwrap();
        assert_eq!(mode, Mode::Text);
        hits.into_iter().map(|hit| hit.passage.owner_id).collect()
    };
    for index in [&small, &large] {
        let mut hits = found(index, "walrus budget", &scope).await;
        // Every memory is about the budget, so that word is worth nothing.
        hits[..2].sort_unstable();
        assert_eq!(hits[..2], ["mem_04", "mem_05"], "{hits:?}");
        assert_eq!(found(index, "walrus", &scope).await.len(), 2);
        // A filter loses nothing to what is newer.
        assert_eq!(found(index, "budget", &of_one).await, ["mem_04"]);
        assert!(found(index, "zeppelin", &scope).await.is_empty());
        let elsewhere = Scope {
            workspaces: vec!["ws_other".to_owned()],
            only: None,
        };
        assert!(found(index, "budget", &elsewhere).await.is_empty());
    }
    let newest = found(&large, "budget", &scope).await;
    assert_eq!(newest.len(), 20, "{newest:?}");
    assert!(newest.iter().all(|id| id.as_str() >= "mem_70"), "{newest:?}");
    assert_eq!(found(&small, "budget", &scope).await.len(), 50);
}

/// A word that others use more, and later, is still found where it is looked for.
#[tokio::test]
async fn in_a_large_workspace_a_word_that_others_use_all_the_time_is_found_too() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let (ada, eve) = (server.register("ada").await, server.register("eve").await);
    let workspace = async |client: &Client| -> String {
        let workspaces = client.get("/api/workspaces").await.expect(200).data();
        workspaces[0]["id"].as_str().unwrap().to_owned()
    };
    let (hers, his) = (workspace(&ada).await, workspace(&eve).await);
    let texts = (0..90).map(|n| format!("the budget of month {n}"));
    publish(&server, &hers, 0, texts).await;
    let texts = (0..60).map(|_| "budget, walrus".to_owned());
    publish(&server, &his, 100, texts).await;
    let index = Index::new(server.app().db.clone()).reaching(search::Reach {
        counted: 60,
        newest: 20,
    });
    let scope = Scope {
        workspaces: vec![hers.clone()],
        only: None,
    };
    for (text, count) in [("budget", 20), ("walrus", 0), ("month", 20)] {
        let question = Question {
            text,
            vector: None,
            scope: &scope,
            mode: Mode::Text,
            k: 50,
        };
        let (hits, _) = index.search(&question).await.unwrap();
        assert_eq!(hits.len(), count, "{text}");
        assert!(hits.iter().all(|hit| hit.passage.workspace_id == hers), "{text}");
        assert!(
            hits.iter().all(|hit| hit.passage.owner_id.as_str() >= "mem_70"),
            "{text}"
        );
    }
}

/// Publishes memories `mem_00`, `mem_01` … from a number on.
async fn publish(
    server: &TestServer,
    workspace_id: &str,
    from: usize,
    texts: impl IntoIterator<Item = String>,
) {
    let mut batch = sql::Batch::new();
    for (n, text) in texts.into_iter().enumerate() {
        let id = format!("mem_{:02}", from + n);
        let owner = search::Owner {
            workspace_id,
            kind: search::Kind::Memory,
            id: &id,
            parent_id: None,
            series: None,
            at: server.app().clock.now(),
        };
        let passage = search::NewPassage {
            text,
            ..search::NewPassage::default()
        };
        search::publish(&mut batch, &owner, vec![passage]);
    }
    server.app().db.write(batch).await.unwrap();
}

/// A vector like no other.
fn made_up(seed: usize) -> Vec<f32> {
    let number = |at: usize| {
        let mixed = ((seed * 8 + at + 1) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..8).map(number).collect()
}

/// Publishes memories with made-up vectors.
async fn remembered(server: &TestServer, workspace: &str, from: usize, count: usize) {
    let texts = (from..from + count).map(|n| format!("memory {n}"));
    publish(server, workspace, from, texts).await;
    let index = Index::new(server.app().db.clone());
    let claimed = index.claim(server.app().clock.now(), count).await.unwrap();
    assert_eq!(claimed.len(), count);
    let vectors = claimed
        .into_iter()
        .zip(from..)
        .map(|(claimed, seed)| (claimed, made_up(seed)))
        .collect();
    index.store("a/one", vectors).await.unwrap();
}

/// An index as a start makes it; how many vectors it has, and how many of them were read from the database.
async fn started(server: &TestServer, folder: &Path) -> (Index, usize, u64) {
    let db = &server.app().db;
    let rows = || {
        let all = db.statements();
        let since = all
            .iter()
            .find(|stats| stats.statement.name().ends_with("vectors_since"));
        since.map_or(0, |stats| stats.rows)
    };
    let before = rows();
    let index = Index::new(db.clone()).kept_in(folder.to_owned());
    index.serve(Some("a/one"));
    index.warm().await.unwrap();
    let vectors = index.in_memory().0;
    (index, vectors, rows() - before)
}

/// The file of the index, when it is larger than this. It is written in the background, and complete when it has its name.
async fn saved(folder: &Path, bytes: u64) -> PathBuf {
    for _ in 0..400 {
        for file in std::fs::read_dir(folder).into_iter().flatten() {
            let file = file.unwrap().path();
            let is_arena = file.extension().is_some_and(|ending| ending == "arena");
            if is_arena && std::fs::metadata(&file).is_ok_and(|file| file.len() > bytes) {
                return file;
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the arena was not written down");
}

/// A copy of the index that is kept in files: the next start reads them, whatever came meanwhile is read from the database,
/// and what does not belong to the database is left aside.
#[tokio::test]
async fn a_start_goes_on_from_the_files_of_the_index() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    let workspace = ada.get("/api/workspaces").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for from in 0..6 {
        remembered(&server, &workspace, from * 1_000, 1_000).await;
    }
    let (_, vectors, read) = started(&server, folder).await;
    assert_eq!((vectors, read), (6_000, 6_000));
    let kept = saved(folder, 6_000).await;
    // What is in the file is not asked for again.
    remembered(&server, &workspace, 6_000, 10).await;
    let (index, vectors, read) = started(&server, folder).await;
    assert_eq!((vectors, read), (6_010, 10), "only what is newer is read");
    for seed in [4_321, 6_003] {
        let asked = search::normalised(made_up(seed));
        let question = Question {
            text: "",
            vector: Some(("a/one", &asked)),
            scope: &Scope {
                workspaces: vec![workspace.clone()],
                only: None,
            },
            mode: Mode::Vector,
            k: 1,
        };
        let (hits, _) = index.search(&question).await.unwrap();
        assert_eq!(hits[0].passage.text, format!("memory {seed}"));
    }
    // A damaged file, or another database's vectors: all is read again.
    let bytes = std::fs::read(&kept).unwrap();
    std::fs::write(&kept, &bytes[..bytes.len() - 1]).unwrap();
    let (_, vectors, read) = started(&server, folder).await;
    assert_eq!((vectors, read), (6_010, 6_010));
    saved(folder, bytes.len() as u64).await;
    let change = sql::query(&OTHER_VECTORS).bind(made_up(1));
    change.execute(&server.app().db).await.unwrap();
    assert_eq!(started(&server, folder).await.2, 6_010);
    // The file of a workspace that is there no more goes.
    let foreign = folder.join("0123456789abcdef.arena");
    std::fs::write(&foreign, "x").unwrap();
    started(&server, folder).await;
    assert!(!foreign.exists());
}

sql::statements! {
    /// What no product does: vectors change.
    OTHER_VECTORS = "UPDATE passage_vectors SET vector = $1";
}
