//! Uploads: at once and in parts, kept once, and nothing left of those that break off, expire or are given up.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::Method;
use serde_json::{Value, json};
use sql::{FixedClock, Time};
use testkit::{Answer, Client, TestServer};

use crate::files::{files_of, id, names, stored, upload};

pub const PART: usize = 8 << 20;

#[tokio::test]
async fn the_same_content_is_stored_once() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let one = upload(&ada, "one.bin", "the same").await;
    let two = upload(&ada, "two.bin", "the same").await;
    assert_eq!(one["hash"], two["hash"]);
    assert_eq!((&one["size_bytes"], stored(&server)), (&json!(8), 1));
    // Another workspace knows nothing of it.
    let bob = server.register("bob").await;
    upload(&bob, "one.bin", "the same").await;
    assert_eq!(stored(&server), 2);
    ada.get(&format!("/api/files/{}", id(&one))).await.expect(200);
    bob.get(&format!("/api/files/{}", id(&one))).await.expect(404);
    bob.get(&format!("/api/files/{}/content", id(&one)))
        .await
        .expect(404);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let head = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
    let pieces = [
        Ok(Bytes::from(head)),
        Ok(Bytes::from(vec![1; 1 << 20])),
        Err(std::io::Error::other("the line is dead")),
    ];
    let body = Body::from_stream(stream::iter(pieces));
    let kind = "multipart/form-data; boundary=limit";
    ada.send_bytes(Method::POST, &files_of(&ada), kind, body)
        .await
        .expect(400);
    assert_eq!(stored(&server), 0);
    assert_eq!(names(&ada, "").await, [""; 0]);
    ada.post(&files_of(&ada), json!({})).await.expect(415);
    ada.upload(&files_of(&ada), &[]).await.expect(422);
}

/// Begins an upload in parts.
pub async fn begin(ada: &Client, name: &str, size: usize) -> Value {
    let path = format!("/api/workspaces/{}/uploads", ada.workspace);
    ada.post(&path, json!({ "name": name, "size_bytes": size }))
        .await
        .expect(201)
        .data()
}

/// Sends a part of it.
pub async fn part(ada: &Client, upload: &Value, offset: usize, bytes: &[u8]) -> Answer {
    let path = format!("/api/uploads/{}?offset={offset}", id(upload));
    ada.send_bytes(Method::PUT, &path, "application/octet-stream", bytes.to_vec())
        .await
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_after_a_restart() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let content: Vec<u8> = (0..PART + 1_000).map(|n| (n % 251) as u8).collect();
    let begun = begin(&ada, "large.bin", content.len()).await;
    assert_eq!(
        (&begun["offset"], &begun["part_bytes"]),
        (&json!(0), &json!(PART))
    );
    part(&ada, &begun, 0, &content[..100]).await.expect(422);
    let after = part(&ada, &begun, 0, &content[..PART]).await.expect(200).data();
    assert_eq!((&after["offset"], &after["file"]), (&json!(PART), &Value::Null));
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    let again = part(&ada, &begun, 0, &content[..PART]).await.expect(409).json();
    assert_eq!(
        again["errors"][0]["message"],
        PART.to_string(),
        "it says where to go on"
    );
    let there = ada
        .get(&format!("/api/uploads/{}", id(&begun)))
        .await
        .expect(200)
        .data();
    assert_eq!(there["offset"], PART);
    let done = part(&ada, &begun, PART, &content[PART..])
        .await
        .expect(200)
        .data();
    let file = &done["file"];
    assert_eq!(
        (&file["name"], &file["size_bytes"]),
        (&json!("large.bin"), &json!(content.len()))
    );
    let at_once = upload(&ada, "same.bin", &content).await;
    assert_eq!(file["hash"], at_once["hash"], "the hash goes on over parts");
    assert_eq!(stored(&server), 1);
    let sent = ada
        .get(&format!("/api/files/{}/content", id(file)))
        .await
        .expect(200);
    assert!(sent.bytes == content);
}

#[tokio::test]
async fn an_upload_that_is_given_up_or_forgotten_leaves_nothing() {
    let clock = Arc::new(FixedClock::new(Time::from_secs(1_795_258_800)));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    let given_up = begin(&ada, "a.bin", PART + 1).await;
    part(&ada, &given_up, 0, &vec![1; PART]).await.expect(200);
    assert_eq!(stored(&server), 1);
    ada.delete(&format!("/api/uploads/{}", id(&given_up)))
        .await
        .expect(204);
    assert_eq!(stored(&server), 0);
    part(&ada, &given_up, PART, &[1]).await.expect(404);
    let forgotten = begin(&ada, "b.bin", PART + 1).await;
    part(&ada, &forgotten, 0, &vec![1; PART]).await.expect(200);
    server::files::sweep::sweep(server.app()).await.unwrap();
    assert_eq!(stored(&server), 1, "it may still go on");
    clock.advance(Duration::from_hours(25));
    server::files::sweep::sweep(server.app()).await.unwrap();
    assert_eq!(stored(&server), 0);
}

#[tokio::test]
async fn the_bin_is_emptied_after_thirty_days() {
    let clock = Arc::new(FixedClock::new(Time::from_secs(1_795_258_800)));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    let file = upload(&ada, "a.bin", "x").await;
    ada.delete(&format!("/api/files/{}", id(&file))).await.expect(204);
    clock.advance(Duration::from_hours(24 * 29));
    server::files::sweep::sweep(server.app()).await.unwrap();
    assert_eq!(stored(&server), 1);
    clock.advance(Duration::from_hours(48));
    server::files::sweep::sweep(server.app()).await.unwrap();
    assert_eq!(stored(&server), 0);
}

#[tokio::test]
async fn a_workspace_takes_its_content_with_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let team = ada
        .post("/api/workspaces", json!({ "name": "Team" }))
        .await
        .expect(201)
        .data();
    let path = format!("/api/workspaces/{}/files", id(&team));
    ada.upload(&path, &[("a.bin", b"x")]).await.expect(201);
    ada.delete(&format!("/api/workspaces/{}", id(&team)))
        .await
        .expect(204);
    server::files::sweep::sweep(server.app()).await.unwrap();
    assert_eq!(stored(&server), 0);
}

#[tokio::test]
async fn many_at_once_with_one_name_all_find_a_place() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let uploads = (0..8).map(|n| {
        let ada = ada.clone();
        tokio::spawn(async move { upload(&ada, "deep/er/a.bin", format!("content {n}")).await })
    });
    let mut found = Vec::new();
    for upload in uploads.collect::<Vec<_>>() {
        found.push(upload.await.unwrap()["path"].as_str().unwrap().to_owned());
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 8, "{found:?}");
    assert_eq!(names(&ada, "q=er").await, ["er"]);
}

#[tokio::test]
async fn an_administrator_says_how_large_files_may_be_and_of_which_types() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let settings = ada.get("/api/settings").await.expect(200).data();
    let usual = json!({ "max_bytes": 10_i64 << 30, "allowed_types": [], "refused_types": [] });
    assert_eq!(settings["uploads"], usual);
    let change = |uploads: Value| json!({ "uploads": uploads });
    bob.patch("/api/settings", change(json!({ "max_bytes": 1 })))
        .await
        .expect(403);
    let wrong = json!({ "max_bytes": (50_i64 << 30) + 1, "allowed_types": ["pdf"], "refused_types": ["*/*", "text/*"] });
    let refused = ada.patch("/api/settings", change(wrong)).await.expect(422).json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "uploads.max_bytes",
            "uploads.allowed_types[0]",
            "uploads.refused_types[0]"
        ]
    );
    let limits = json!({ "max_bytes": 1 << 20, "refused_types": ["text/html", "Application/X-MSdownload"] });
    let changed = ada
        .patch("/api/settings", change(limits))
        .await
        .expect(200)
        .data();
    assert_eq!(
        changed["uploads"]["refused_types"],
        json!(["text/html", "application/x-msdownload"])
    );
    // What streams is stopped at the limit, and the others of the same form are there.
    let large = vec![7; (1 << 20) + 1];
    let uploaded = bob
        .upload(
            &files_of(&bob),
            &[
                ("large.bin", large.as_slice()),
                ("page.html", b"<p>x"),
                ("exact.bin", &large[1..]),
                ("a.txt", b"x"),
            ],
        )
        .await
        .expect(207)
        .data();
    assert_eq!(
        (&uploaded[0]["error"]["code"], &uploaded[1]["error"]["code"]),
        (&json!("too_large"), &json!("unsupported_media_type"))
    );
    let said = uploaded[0]["error"]["detail"].as_str().unwrap();
    assert!(said.contains("1 MiB") && said.contains("settings"), "{said}");
    let said = uploaded[1]["error"]["detail"].as_str().unwrap();
    assert!(said.contains("text/html") && said.contains("settings"), "{said}");
    assert_eq!(names(&bob, "").await, ["a.txt", "exact.bin"]);
    server.idle().await;
    assert_eq!(stored(&server), 2, "nothing of the others is left");
    // An upload in parts is refused before its first byte.
    let path = format!("/api/workspaces/{}/uploads", bob.workspace);
    let begins = |name: &str, size: usize| json!({ "name": name, "size_bytes": size });
    bob.post(&path, begins("large.bin", (1 << 20) + 1))
        .await
        .expect(413);
    bob.post(&path, begins("folder/page.html", 1)).await.expect(415);
    assert_eq!(
        names(&bob, "").await,
        ["a.txt", "exact.bin"],
        "nor is there a folder"
    );
    bob.post(&path, begins("exact2.bin", 1 << 20)).await.expect(201);
    // Only what is allowed; the rest of the limits stays.
    let limits = json!({ "allowed_types": ["image/*", "application/pdf"] });
    ada.patch("/api/settings", change(limits)).await.expect(200);
    let refused = bob.post(&path, begins("a.txt", 1)).await.expect(415);
    assert!(
        refused.text().contains("image/*, application/pdf"),
        "{}",
        refused.text()
    );
    bob.post(&path, begins("a.png", 1)).await.expect(201);
    bob.post(&path, begins("a.png", 2 << 20)).await.expect(413);
}
