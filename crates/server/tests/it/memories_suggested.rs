//! Memories that are suggested in a conversation, by what was said in it last.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::memories::make;

/// Waits until everything has its vector.
async fn embedded(client: &Client) {
    for _ in 0..400 {
        let status = client.get("/api/search/status").await.expect(200).data();
        if status["pending"] == 0 && status["model"].is_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the passages were never embedded");
}

async fn suggested(client: &Client, conversation: &str) -> Vec<String> {
    let path = format!("/api/conversations/{conversation}/context");
    let shown = client.get(&path).await.expect(200).data();
    let suggested = shown["suggested"].as_array().unwrap_or_else(|| panic!("{shown}"));
    let scores: Vec<f64> = suggested
        .iter()
        .map(|each| each["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?}");
    suggested
        .iter()
        .map(|each| each["memory"]["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn office(ada: &Client) -> Value {
    for (title, content) in [
        (
            "Coffee",
            "The coffee machine is cleaned on Fridays by the interns.",
        ),
        (
            "Vacation",
            "Vacation requests go to Maria in personnel, two weeks ahead.",
        ),
    ] {
        make(ada, json!({ "title": title, "content": content })).await;
    }
    let proposed =
        json!({ "title": "Rumour", "content": "The printer paper is sold out.", "status": "proposed" });
    make(ada, proposed).await;
    let printer = json!({ "title": "Printer", "content": "The printer paper is in the cupboard.", "tags": ["office supplies", "paper"] });
    make(ada, printer).await
}

#[tokio::test]
async fn what_was_said_last_recalls_memories_that_do_not_stand_beside_it_yet() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let printer = office(&ada).await;
    let conversation = ada.conversation("mock/echo").await;
    assert_eq!(suggested(&ada, &conversation).await, Vec::<String>::new());
    ada.say(
        &conversation,
        "Where is the paper of the printer, in the cupboard?",
    )
    .await;
    embedded(&ada).await;
    // What the mock model holds for near is near enough that more than one may come.
    assert_eq!(suggested(&ada, &conversation).await[0], "Printer");
    let path = format!("/api/conversations/{conversation}/context");
    let shown = ada.get(&path).await.data();
    let memory = &shown["suggested"][0]["memory"];
    assert_eq!(
        (&memory["id"], &memory["tags"], &memory["snippet"]),
        (&printer["id"], &printer["tags"], &printer["content"])
    );
    // What stands there already is not suggested, paused or not.
    let item = format!("{path}/{}", printer["id"].as_str().unwrap());
    let put = ada
        .put(&item, json!({ "state": "paused" }))
        .await
        .expect(200)
        .data();
    assert_eq!(put["items"].as_array().unwrap().len(), 1);
    assert!(!put["suggested"].to_string().contains("Printer"), "{put}");
    assert!(
        !suggested(&ada, &conversation)
            .await
            .contains(&"Printer".to_owned())
    );
    ada.delete(&item).await.expect(204);
    assert_eq!(suggested(&ada, &conversation).await[0], "Printer");
    // Nobody is told of another workspace's.
    let bob = server.register("bob").await;
    let other = bob.conversation("mock/echo").await;
    bob.say(&other, "Where is the paper of the printer, in the cupboard?")
        .await;
    assert_eq!(suggested(&bob, &other).await, Vec::<String>::new());
    bob.get(&path).await.expect(404);
    // And nothing is suggested that has nothing to do with it.
    let elsewhere = ada.conversation("mock/echo").await;
    ada.say(&elsewhere, "Quantum chromodynamics explains gluons.")
        .await;
    assert_eq!(suggested(&ada, &elsewhere).await, Vec::<String>::new());
}

#[tokio::test]
async fn without_a_model_of_vectors_words_recall() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    office(&ada).await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, "Who cleans the coffee machine on Fridays?")
        .await;
    assert_eq!(suggested(&ada, &conversation).await, ["Coffee"]);
    // A single word that both happen to use is not enough.
    let elsewhere = ada.conversation("mock/echo").await;
    ada.say(&elsewhere, "Draw a machine that flies.").await;
    assert_eq!(suggested(&ada, &elsewhere).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_large_workspace_keeps_recall_within_its_budget() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bulk = format!("/api/workspaces/{}/memories/bulk", ada.workspace);
    let items: Vec<Value> = (0..1_000)
        .map(|n| json!({ "title": format!("Room {n}"), "content": format!("The key of room {n} hangs at the door of the hall.") }))
        .collect();
    ada.post(&bulk, json!({ "items": items })).await.expect(200);
    embedded(&ada).await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(
        &conversation,
        "Where does the key of room 77 hang, at the door of the hall?",
    )
    .await;
    // The budget of statements and rows is a failure in tests.
    assert_eq!(suggested(&ada, &conversation).await.len(), 5);
}
