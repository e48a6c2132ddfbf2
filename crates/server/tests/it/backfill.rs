//! What was written before there was a search is made findable: once, from where it was, and without touching the rest.

use std::collections::HashSet;

use serde_json::json;
use server::demo::{self, Wanted};
use server::retrieval;
use sql::Batch;
use testkit::{Client, TestServer};

use crate::files::{id, upload};
use crate::memories::make;

sql::statements! {
    /// As if nothing had been published.
    pub FORGET = "DELETE FROM passages";
    /// As if nobody had looked.
    pub BEGIN = "DELETE FROM backfills";
    /// Everything that is published.
    pub ALL = "SELECT owner_id, part, text, position FROM passages ORDER BY owner_id, part";
    /// The numbers of all passages.
    pub NUMBERS = "SELECT number FROM passages ORDER BY number";
    /// How far it is.
    pub STANDS = "SELECT name, finished_at IS NOT NULL FROM backfills ORDER BY name";
}

type Passage = (String, i64, String, i64);

async fn all(server: &TestServer) -> Vec<Passage> {
    sql::query(&ALL).all(&server.app().db).await.unwrap()
}

async fn numbers(server: &TestServer) -> Vec<(i64,)> {
    sql::query(&NUMBERS).all(&server.app().db).await.unwrap()
}

/// Waits until nobody looks any more: the server that starts does.
async fn looked(server: &TestServer) {
    for _ in 0..6_000 {
        let stands: Vec<(String, bool)> = sql::query(&STANDS).all(&server.app().db).await.unwrap();
        if stands.len() == 3 && stands.iter().all(|(_, finished)| *finished) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never ended");
}

async fn forget(server: &TestServer) {
    let mut batch = Batch::new();
    batch.push(sql::query(&FORGET));
    batch.push(sql::query(&BEGIN));
    server.app().db.write(batch).await.unwrap();
}

async fn pending(client: &Client) -> i64 {
    let status = client.get("/api/search/status").await.expect(200).data();
    status["pending"].as_i64().unwrap()
}

async fn found(client: &Client, query: &str) -> Vec<String> {
    let body = json!({ "query": query, "mode": "text" });
    let found = client.post("/api/search", body).await.expect(200).data();
    let hits = found["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| hit["owner"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_has_no_passages_gets_them_as_its_feature_would_have_published_them() {
    let mut server = TestServer::with(&[("search.model", "none")]).await;
    let mut ada = server.register("ada").await;
    looked(&server).await;
    let conversation = ada.conversation("mock/echo").await;
    for text in ["The lighthouse is green.", "The harbour is deep."] {
        ada.say(&conversation, text).await;
    }
    let memory = make(
        &ada,
        json!({ "title": "Brass", "content": "The valve is of brass.", "tags": ["a"] }),
    )
    .await;
    let proposed = make(
        &ada,
        json!({ "content": "A rumour of tin.", "status": "proposed" }),
    )
    .await;
    let file = upload(&ada, "a.md", "# Copper\n\nThe kettle is of copper.").await;
    server.idle().await;
    let before = all(&server).await;
    assert!(before.len() >= 6, "{before:?}");
    forget(&server).await;
    assert_eq!(found(&ada, "lighthouse brass kettle").await, Vec::<String>::new());
    server.restart().await;
    ada = ada.on(&server);
    looked(&server).await;
    server.idle().await;
    assert_eq!(all(&server).await, before);
    for (query, owner) in [("brass", &memory), ("kettle", &file)] {
        assert_eq!(found(&ada, query).await, [id(owner)], "{query}");
    }
    assert_eq!(found(&ada, "rumour").await, Vec::<String>::new(), "{proposed}");
    assert_eq!(
        pending(&ada).await,
        before.len() as i64,
        "they wait for a model only"
    );
}

#[tokio::test]
async fn it_is_looked_at_once() {
    let server = TestServer::with(&[("search.model", "none")]).await;
    let ada = server.register("ada").await;
    looked(&server).await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, "The lighthouse is green.").await;
    make(&ada, json!({ "content": "The valve is of brass." })).await;
    let before = all(&server).await;
    assert_eq!(before.len(), 3);
    forget(&server).await;
    retrieval::backfill(server.app()).await.unwrap();
    assert_eq!(all(&server).await, before);
    // What is published is left alone: another round writes nothing.
    let numbers = numbers(&server).await;
    sql::query(&BEGIN).execute(&server.app().db).await.unwrap();
    retrieval::backfill(server.app()).await.unwrap();
    assert_eq!(self::numbers(&server).await, numbers);
    // It was looked at: what loses its passages now is not looked for again.
    sql::query(&FORGET).execute(&server.app().db).await.unwrap();
    retrieval::backfill(server.app()).await.unwrap();
    assert_eq!(all(&server).await, []);
}

#[tokio::test]
async fn generated_data_is_found_after_the_next_start_and_pending_until_then() {
    let mut server = TestServer::with(&[("search.model", "none")]).await;
    looked(&server).await;
    let wanted = Wanted {
        scale: 3_000,
        long: 120,
        seed: 3,
    };
    demo::load(server.app(), wanted).await.unwrap();
    let lively = all(&server).await.len();
    let login = json!({ "email": demo::EMAIL, "password": demo::PASSWORD });
    let token = server
        .anonymous()
        .post("/api/auth/login", login)
        .await
        .expect(200);
    let token = token.data()["token"].as_str().unwrap().to_owned();
    server.restart().await;
    let user = server.anonymous().with_token(Some(&token));
    let status = user.get("/api/search/status").await.expect(200).data();
    let waiting = status["pending"].as_i64().unwrap();
    assert!(
        waiting > lively as i64 + 1_000 && status["ready"] == false,
        "{status}"
    );
    looked(&server).await;
    let passages = all(&server).await;
    // What could be found already did not count, and what was looked at meanwhile counted once.
    let owners: HashSet<&String> = passages.iter().map(|(owner, ..)| owner).collect();
    assert!(
        waiting <= passages.len() as i64 && waiting + 300 > owners.len() as i64,
        "{waiting} of {} in {}",
        owners.len(),
        passages.len()
    );
    assert_eq!(
        pending(&user).await,
        passages.len() as i64,
        "they wait for a model only"
    );
    assert!(
        passages.len() >= lively + 3_120,
        "{lively} and then {}",
        passages.len()
    );
    // Each message of the long conversation stands at its place.
    let mut places: Vec<i64> = passages.iter().map(|(_, _, _, position)| *position).collect();
    places.sort_unstable();
    assert_eq!(places.last(), Some(&119));
}
