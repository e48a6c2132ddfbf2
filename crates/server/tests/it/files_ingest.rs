//! Ingest through HTTP: files become passages, what can not be read says why, and only what changed is read again.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::files::{files_of, id, upload};

async fn ingest(ada: &Client, file: &Value) -> Value {
    let file = ada.get(&format!("/api/files/{}", id(file))).await.expect(200);
    file.data()["ingest"].clone()
}

#[tokio::test]
async fn a_file_is_read_in_the_background_and_says_how_it_went() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let text = "A paragraph of some words that stand here.\n\n".repeat(100);
    let good = upload(&ada, "good.md", format!("# Top\n\n{text}")).await;
    assert_eq!(good["ingest"]["status"], "queued");
    let bad = upload(&ada, "bad.pdf", "%PDF-1.4 broken").await;
    let foreign = upload(&ada, "movie.mp4", "x").await;
    server.idle().await;
    let done = ingest(&ada, &good).await;
    assert_eq!(done["status"], "done");
    assert!(done["passages"].as_i64().unwrap() >= 4, "{done}");
    let failed = ingest(&ada, &bad).await;
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("damaged"))
    );
    assert_eq!(ingest(&ada, &foreign).await["status"], "unsupported");
    let run = done["run_id"].as_str().unwrap();
    let events = ada.events(&format!("/api/runs/{run}/events"), 0, 3).await;
    let kinds: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(kinds, ["file", "read", "complete"]);
    assert_eq!(events[1].data["passages"], done["passages"]);
}

#[tokio::test]
async fn only_what_changed_is_read_again() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let file = upload(&ada, "a.txt", "the first content").await;
    server.idle().await;
    let first = ingest(&ada, &file).await;
    let replacing = format!("{}?on_conflict=replace", files_of(&ada));
    let same = ada
        .upload(&replacing, &[("a.txt", b"the first content")])
        .await
        .expect(201);
    assert_eq!(
        same.data()[0]["ingest"],
        first,
        "the same content is not read again"
    );
    let other = ada
        .upload(&replacing, &[("a.txt", b"other content")])
        .await
        .expect(201);
    assert_eq!(other.data()[0]["ingest"]["status"], "queued");
    server.idle().await;
    let second = ingest(&ada, &file).await;
    assert_eq!(second["status"], "done");
    assert_ne!(second["run_id"], first["run_id"]);
    let again = ada
        .post(&format!("/api/files/{}/ingest", id(&file)), json!({}))
        .await
        .expect(202);
    assert_eq!(again.data()["ingest"]["status"], "queued");
    server.idle().await;
    assert_eq!(ingest(&ada, &file).await["status"], "done");
}

#[tokio::test]
async fn what_is_deleted_is_not_read_and_what_comes_back_is() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let file = upload(&ada, "deep/a.txt", "some words").await;
    server.idle().await;
    let folder = file["parent_id"].as_str().unwrap();
    ada.delete(&format!("/api/files/{folder}")).await.expect(204);
    assert_eq!(ingest(&ada, &file).await["passages"], 0);
    ada.post(&format!("/api/files/{folder}/restore"), json!({}))
        .await
        .expect(200);
    server.idle().await;
    let back = ingest(&ada, &file).await;
    assert_eq!((&back["status"], &back["passages"]), (&json!("done"), &json!(1)));
}

#[tokio::test]
async fn a_run_that_died_goes_on_and_doubles_nothing() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut files = Vec::new();
    for n in 0..12 {
        let text = format!("Words of file {n}.\n\n").repeat(2_000);
        files.push(upload(&ada, &format!("{n}.txt"), text).await);
    }
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    server.app().engine.recover_expired().await.unwrap();
    for file in &files {
        // A stream of events ends with its run, also of one that waits for the dead node's lease to run out.
        let run = file["ingest"]["run_id"].as_str().unwrap();
        ada.events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
            .await;
        let ingest = ingest(&ada, file).await;
        assert_eq!(ingest["status"], "done", "{ingest}");
        assert!(ingest["passages"].as_i64().unwrap() > 20);
    }
}

#[tokio::test]
async fn what_a_file_says_is_found_where_it_stands_as_long_as_it_is_there() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let text = format!(
        "# Manual\n\n{}\n\n## Valves\n\nThe brass valve is opened by a quarter turn.\n",
        "Filling words stand here. ".repeat(60)
    );
    let file = upload(&ada, "pump.md", &text).await;
    server.idle().await;
    let search = async |query: &str| {
        let body = json!({ "query": query, "kinds": ["file"], "mode": "text" });
        ada.post("/api/search", body).await.expect(200).data()["hits"].clone()
    };
    let hits = search("How is the brass valve opened?").await;
    let hit = &hits[0];
    assert_eq!(hit["owner"]["id"], id(&file), "{hits}");
    assert_eq!(hit["owner"]["title"], "pump.md");
    assert!(
        hit["place"]["heading"].as_str().unwrap().contains("Valves"),
        "{hit}"
    );
    let path = format!("/api/files/{}", id(&file));
    ada.patch(&path, json!({ "name": "pump manual.md" }))
        .await
        .expect(200);
    assert_eq!(search("valve").await[0]["owner"]["title"], "pump manual.md");
    ada.delete(&path).await.expect(204);
    assert_eq!(search("valve").await, json!([]));
    ada.post(&format!("{path}/restore"), json!({})).await.expect(200);
    server.idle().await;
    assert_eq!(search("valve").await[0]["owner"]["id"], id(&file));
}
