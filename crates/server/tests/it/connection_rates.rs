//! The rate of a connection: never passed by those who come first and at once.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::limits::chat;

/// A connection of mock models that is sent so many calls a minute.
async fn rated(admin: &Client, slug: &str, requests_per_minute: u32) -> Value {
    let settings = json!({ "requests_per_minute": requests_per_minute });
    let connection =
        json!({ "scope": "system", "kind": "mock", "slug": slug, "name": slug, "settings": settings });
    admin
        .post("/api/connections", connection)
        .await
        .expect(201)
        .data()
}

/// Many calls at once, on these nodes: how many were sent.
async fn sent(nodes: &[Client], model: &str, calls: usize) -> usize {
    let calls = (0..calls).map(|number| {
        let (client, model) = (nodes[number % nodes.len()].clone(), model.to_owned());
        tokio::spawn(async move { chat(&client, &model).await })
    });
    let mut sent = 0;
    for answer in join_all(calls).await {
        let answer = answer.unwrap();
        match answer.status.as_u16() {
            200 => sent += 1,
            429 => assert!(answer.text().contains("a minute at most"), "{}", answer.text()),
            _ => panic!("{}", answer.text()),
        }
    }
    sent
}

#[tokio::test]
async fn first_calls_of_a_connection_that_come_at_once_share_one_provider_and_its_rate() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = rated(&ada, "new", 1_000).await;
    let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
    for round in 0..5 {
        // Changed, it is opened anew by whoever calls first.
        let changed = json!({ "settings": { "requests_per_minute": 3 + round } });
        ada.patch(&path, changed).await.expect(200);
        let (app, user) = (server.app(), ada.user_id.as_str());
        let first = (0..20).map(|_| app.models.resolve(app, user, None, "new/echo"));
        let first: Vec<_> = join_all(first).await.into_iter().map(Result::unwrap).collect();
        let same = first
            .iter()
            .filter(|model| Arc::ptr_eq(&model.provider, &first[0].provider));
        assert_eq!(same.count(), 20);
        assert_eq!(sent(&[ada.clone()], "new/echo", 20).await, 3 + round);
    }
}
