//! Batches outlive the process that works on them: it dies, it stops, another node takes over.

use std::collections::BTreeMap;

use serde_json::json;
use testkit::TestServer;

use crate::batches::{
    PROMISES, becomes, begin, calls, check_sums, ended, events_of, priced, rows, scripted, text,
};

#[tokio::test]
async fn when_the_process_dies_only_cells_without_a_result_are_asked_again() {
    let mut server = TestServer::with(&[("engine.lease", "1s")]).await;
    let ada = server.register("ada").await;
    priced(&ada, 1_000_000.0).await;
    let budget = json!({ "scope": "workspace", "subject": ada.workspace, "period": "month", "limit_micros": 1_000_000_000 });
    ada.post("/api/budgets", budget).await.expect(201);
    let prompts: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    let body =
        json!({ "prompts": prompts, "models": ["paid/echo", "mock/echo"], "settings": { "max_tokens": 5 } });
    let batch = begin(&ada, body).await;
    let mut client = ada.clone();
    // It dies three times.
    for done in [10, 50, 90] {
        becomes(&client, &batch, |now| now["done"].as_i64() >= Some(done)).await;
        server.crash_and_restart().await;
        client = ada.on(&server);
        server.app().engine.recover_expired().await.unwrap();
    }
    let after = ended(&client, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("completed"), &json!(120), &json!(0))
    );
    let attempts = check_sums(&server, &client, &batch).await;
    // What is recorded is what counts: a cell is charged once, and what died with the process is not.
    assert_eq!(attempts, 120);
    assert_eq!(calls(&server, &client).await, (120, 60_000_000));
    let mut answers = BTreeMap::new();
    for query in ["", "&offset=50"] {
        for row in rows(&client, &batch, query).await {
            answers.insert(row["position"].as_i64().unwrap(), text(&row["cells"][0]["text"]));
        }
    }
    assert_eq!(answers.len(), 60);
    assert!(
        answers
            .iter()
            .all(|(position, answer)| *answer == format!("p{position}"))
    );
    // The next attempt of a cell has taken over what was promised to the one that died.
    let promises: (i64,) = sql::query(&PROMISES).one(&server.app().db).await.unwrap();
    assert_eq!(promises.0, 0);
    let events = client.events(&events_of(&batch), 0, usize::MAX).await;
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(events.iter().filter(|event| event.event == "complete").count(), 1);
    assert!(events.iter().filter(|event| event.event == "start").count() >= 2);
}

#[tokio::test]
async fn a_server_that_stops_in_order_ends_its_calls_and_the_next_one_goes_on() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    scripted(&ada, "slow", json!({ "first_token_ms": 100 })).await;
    let prompts: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    let batch = begin(&ada, json!({ "prompts": prompts, "models": ["slow/echo"] })).await;
    becomes(&ada, &batch, |now| now["done"].as_i64() >= Some(4)).await;
    server.restart().await;
    let ada = ada.on(&server);
    let after = ended(&ada, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"]),
        (&json!("completed"), &json!(60))
    );
    // Nothing was broken off: as many calls as cells.
    assert_eq!(check_sums(&server, &ada, &batch).await, 60);
    assert_eq!(calls(&server, &ada).await.0, 60);
}

#[tokio::test]
async fn another_node_takes_a_batch_over_and_no_cell_has_two_results() {
    let server = TestServer::with(&[("engine.lease", "1s")]).await;
    let ada = server.register("ada").await;
    priced(&ada, 1_000_000.0).await;
    let prompts: Vec<String> = (0..60).map(|n| format!("p{n}")).collect();
    let body =
        json!({ "prompts": prompts, "models": ["paid/echo", "mock/echo"], "settings": { "max_tokens": 5 } });
    let batch = begin(&ada, body).await;
    becomes(&ada, &batch, |now| now["done"].as_i64() >= Some(10)).await;
    // Where a database belongs to one process the second takes the run from the first, which works on for a moment.
    let other = server.another_node().await;
    let there = ada.at(&other);
    becomes(&there, &batch, |now| now["done"].as_i64() >= Some(30)).await;
    server.app().engine.crash().await;
    let after = ended(&there, &batch).await;
    assert_eq!(
        (&after["status"], &after["done"], &after["failed"]),
        (&json!("completed"), &json!(120), &json!(0))
    );
    assert!(after["lanes"][0]["cost_micros"].as_i64() >= Some(60_000_000));
    assert!(check_sums(&server, &there, &batch).await >= 120);
    // A call whose cell had a result already was paid for, and is recorded beside it.
    assert!(calls(&server, &there).await.0 >= 120);
    for row in rows(&there, &batch, "").await {
        assert_eq!(row["cells"][0]["text"], row["prompt"]);
        assert_eq!(row["cells"][1]["text"], row["prompt"]);
    }
    other
        .app()
        .engine
        .shutdown(std::time::Duration::from_secs(5))
        .await;
}
