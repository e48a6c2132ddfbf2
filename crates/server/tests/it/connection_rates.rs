//! The rate of a connection: never passed by those who come first and at once, nor by several nodes together.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::limits::{Redis, chat, redis_is, two_nodes};
use crate::upstream::eventually;

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
        assert_eq!(sent(std::slice::from_ref(&ada), "new/echo", 20).await, 3 + round);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_send_a_connection_no_more_than_its_rate_together_and_each_for_itself_without_redis() {
    let mut redis = Redis::start().await;
    let (_server, _other, nodes) = two_nodes(&redis).await;
    let ada = nodes[0].clone();
    let errors = async || redis_is(&nodes[0], true).await + redis_is(&nodes[1], true).await;
    let mut judged = 0;
    for (round, rate) in [5, 17, 9].into_iter().enumerate() {
        let slug = format!("rated{round}");
        rated(&ada, &slug, rate).await;
        for node in &nodes {
            eventually(node, "/api/models", |answer| answer.text().contains(&slug)).await;
        }
        let before = errors().await;
        let sent = sent(&nodes, &format!("{slug}/echo"), 60).await;
        // A command that took too long was counted by its node alone, which is as it should be and not what is looked at.
        if errors().await == before {
            assert_eq!(sent, rate as usize, "round {round}");
            judged += 1;
        } else {
            assert!(sent <= 3 * rate as usize, "round {round}: {sent} of {rate}");
        }
    }
    assert!(judged > 0, "Redis was too slow in every round");
    rated(&ada, "alone", 4).await;
    for node in &nodes {
        eventually(node, "/api/models", |answer| answer.text().contains("alone")).await;
    }
    redis.stop();
    for node in &nodes {
        redis_is(node, false).await;
    }
    assert_eq!(sent(&nodes, "alone/echo", 60).await, 8);
}
