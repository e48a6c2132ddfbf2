//! Parts that come twice, late, at once or to another node: what was answered with success is there and has its hash.
//!
//! A part is held up in its middle (`Slow`), so that the other ones overtake it without a clock. Each case is run on one
//! node and on two, on a folder and on the S3 server of `TEST_S3_URL`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sql::{FixedClock, Time};
use testkit::{Answer, Client, TestServer};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::files::{files_of, id, names, stored, upload};
use crate::files_upload::{PART, begin, part};

/// A part on its way: the server has its first half and waits for the second one.
struct Slow {
    go_on: oneshot::Sender<()>,
    answer: JoinHandle<Answer>,
}

impl Slow {
    async fn send(client: &Client, upload: &Value, offset: usize, bytes: &[u8]) -> Self {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let (first, second) = (Bytes::copy_from_slice(first), Bytes::copy_from_slice(second));
        let (go_on, waits) = oneshot::channel();
        let (half, is_there) = oneshot::channel();
        let rest = stream::once(async move {
            half.send(()).unwrap();
            waits.await.unwrap();
            Ok::<_, std::io::Error>(second)
        });
        let body = Body::from_stream(stream::iter([Ok(first)]).chain(rest));
        let path = format!("/api/uploads/{}?offset={offset}", id(upload));
        let client = client.clone();
        let kind = "application/octet-stream";
        let answer = tokio::spawn(async move { client.send_bytes(Method::PUT, &path, kind, body).await });
        is_there.await.unwrap();
        Self { go_on, answer }
    }

    async fn end(self) -> Answer {
        self.go_on.send(()).unwrap();
        self.answer.await.unwrap()
    }
}

fn bytes(seed: usize, len: usize) -> Vec<u8> {
    (0..len)
        .map(|n| ((n * 31 + n / 251 + seed) % 256) as u8)
        .collect()
}

/// The file can be read and has its hash.
async fn is_right(client: &Client, file: &Value, content: &[u8]) {
    let sent = client.get(&format!("/api/files/{}/content", id(file))).await;
    assert!(sent.expect(200).bytes == content, "{file}");
    assert_eq!(file["hash"], hex::encode(Sha256::digest(content)));
}

/// The only part of a file is overtaken by its retry.
async fn a_part_is_overtaken(slow: &Client, fast: &Client) {
    let content = bytes(1, PART);
    let begun = begin(slow, "one.bin", PART).await;
    let late = Slow::send(slow, &begun, 0, &content).await;
    let file = part(fast, &begun, 0, &content).await.expect(200).data()["file"].clone();
    is_right(fast, &file, &content).await;
    let again = late.end().await.expect(200).data();
    assert_eq!(id(&again["file"]), id(&file), "it hears of the same file");
    let again = part(slow, &begun, 0, &content).await.expect(200).data();
    assert_eq!(id(&again["file"]), id(&file), "so does who asks after success");
    is_right(slow, &file, &content).await;
    let twin = upload(fast, "twin.bin", &content).await;
    is_right(slow, &twin, &content).await;
}

/// The first of two parts is overtaken, once before the second one came, once after.
async fn a_first_part_is_overtaken(slow: &Client, fast: &Client) {
    let content = bytes(2, 2 * PART);
    let (first, second) = content.split_at(PART);
    let begun = begin(slow, "two.bin", 2 * PART).await;
    let late = Slow::send(slow, &begun, 0, first).await;
    let later = Slow::send(slow, &begun, 0, first).await;
    part(fast, &begun, 0, first).await.expect(200);
    let refused = late.end().await.expect(409).json();
    assert_eq!(refused["errors"][0]["message"], PART.to_string());
    let file = part(fast, &begun, PART, second).await.expect(200).data()["file"].clone();
    later.end().await.expect(409);
    is_right(slow, &file, &content).await;
}

/// All parts come four times at once.
async fn parts_come_at_once(one: &Client, other: &Client) {
    let content = bytes(3, PART + 1_000);
    let begun = begin(one, "many.bin", content.len()).await;
    let (first, second) = content.split_at(PART);
    for (offset, piece) in [(0, first), (PART, second)] {
        let clients = [one, other, one, other];
        let answers = join_all(clients.map(|client| part(client, &begun, offset, piece))).await;
        let taken = answers.iter().filter(|answer| answer.status == 200).count();
        let refused = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!((taken > 0, taken + refused), (true, 4), "{answers:?}");
    }
    let there = one.get(&format!("/api/uploads/{}", id(&begun))).await;
    is_right(other, &there.expect(200).data()["file"], &content).await;
}

async fn all_cases(one: &Client, other: &Client) {
    a_part_is_overtaken(one, other).await;
    a_first_part_is_overtaken(one, other).await;
    parts_come_at_once(one, other).await;
}

#[tokio::test]
async fn a_part_that_comes_twice_harms_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    all_cases(&ada, &ada).await;
    server.idle().await;
    assert_eq!(stored(&server), 3, "a blob for each content, and no part");
}

#[tokio::test]
async fn a_part_that_comes_to_another_node_too_harms_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let node = server.another_node().await;
    all_cases(&ada, &ada.at(&node)).await;
    server.idle().await;
    assert_eq!(stored(&server), 3, "a blob for each content, and no part");
}

/// A server whose files are in the bucket of the test services, below a prefix of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "where the test services are stands in the environment"
)]
async fn on_s3() -> TestServer {
    let variable =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name}: scripts/services.sh env"));
    let prefix = ulid::Ulid::generate();
    let url = format!("s3://{}/{prefix}/", variable("TEST_S3_BUCKET"));
    TestServer::with(&[
        ("storage.url", &url),
        ("storage.endpoint", &variable("TEST_S3_URL")),
        ("storage.region", &variable("TEST_S3_REGION")),
        ("storage.access_key_id", &variable("TEST_S3_ACCESS_KEY")),
        ("storage.secret_access_key", &variable("TEST_S3_SECRET_KEY")),
    ])
    .await
}

#[tokio::test]
async fn a_part_that_comes_twice_harms_nothing_in_a_bucket() {
    let server = on_s3().await;
    let ada = server.register("ada").await;
    all_cases(&ada, &ada).await;
}

#[tokio::test]
async fn a_part_that_comes_to_another_node_too_harms_nothing_in_a_bucket() {
    let server = on_s3().await;
    let ada = server.register("ada").await;
    let node = server.another_node().await;
    all_cases(&ada, &ada.at(&node)).await;
}

#[tokio::test]
async fn an_upload_that_is_given_up_while_its_part_comes_leaves_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = begin(&ada, "a.bin", PART).await;
    let late = Slow::send(&ada, &begun, 0, &bytes(1, PART)).await;
    ada.delete(&format!("/api/uploads/{}", id(&begun)))
        .await
        .expect(204);
    late.end().await.expect(409);
    assert_eq!((stored(&server), names(&ada, "").await), (0, Vec::new()));
}

#[tokio::test]
async fn the_last_part_is_answered_with_its_file_for_a_day() {
    let clock = Arc::new(FixedClock::new(Time::from_secs(1_795_258_800)));
    let server = TestServer::at(clock.clone()).await;
    let ada = server.register("ada").await;
    let content = bytes(4, PART + 1);
    let begun = begin(&ada, "a.bin", content.len()).await;
    part(&ada, &begun, 0, &content[..PART]).await.expect(200);
    let file = part(&ada, &begun, PART, &content[PART..])
        .await
        .expect(200)
        .data()["file"]
        .clone();
    let path = format!("/api/uploads/{}", id(&begun));
    for answer in [
        ada.get(&path).await,
        part(&ada, &begun, PART, &content[PART..]).await,
    ] {
        let told = answer.expect(200).data();
        assert_eq!(
            (id(&told["file"]), &told["offset"]),
            (id(&file), &json!(content.len()))
        );
    }
    let refused = part(&ada, &begun, 0, &content[..PART]).await.expect(409).json();
    assert_eq!(refused["errors"][0]["message"], content.len().to_string());
    clock.advance(Duration::from_hours(25));
    server::files::sweep::sweep(server.app()).await.unwrap();
    ada.get(&path).await.expect(404);
    is_right(&ada, &file, &content).await;
    assert_eq!(stored(&server), 1);
}

#[tokio::test]
async fn a_finished_upload_that_is_given_up_keeps_its_file() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = begin(&ada, "a.bin", 3).await;
    let file = part(&ada, &begun, 0, b"abc").await.expect(200).data()["file"].clone();
    let path = format!("/api/uploads/{}", id(&begun));
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.expect(404);
    server::files::sweep::sweep(server.app()).await.unwrap();
    is_right(&ada, &file, b"abc").await;
}

/// Everything below a folder of the server's data.
fn stored_paths(server: &TestServer) -> Vec<PathBuf> {
    fn walk(dir: &std::path::Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let below = |path: PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
        entries.flat_map(below).collect()
    }
    walk(&server.data().join("files"))
}

#[tokio::test]
async fn what_is_not_what_arrived_never_becomes_a_file() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let content = bytes(5, PART + 1);
    for damage in [Some(vec![0; PART]), None] {
        let begun = begin(&ada, "a.bin", content.len()).await;
        part(&ada, &begun, 0, &content[..PART]).await.expect(200);
        for path in stored_paths(&server) {
            match &damage {
                Some(other) => std::fs::write(path, other).unwrap(),
                None => std::fs::remove_file(path).unwrap(),
            }
        }
        let refused = part(&ada, &begun, PART, &content[PART..]).await.expect(409);
        assert!(refused.text().contains("begin another"), "{}", refused.text());
        part(&ada, &begun, PART, &content[PART..]).await.expect(404);
        assert_eq!((stored(&server), names(&ada, "").await), (0, Vec::new()));
    }
}

#[tokio::test]
async fn content_that_was_lost_is_said_to_be_and_comes_back_with_the_next_upload_of_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let file = upload(&ada, "a.bin", "precious").await;
    let paths = stored_paths(&server);
    std::fs::remove_file(&paths[0]).unwrap();
    let of = |what: &str| format!("/api/files/{}/{what}", id(&file));
    assert_eq!(
        ada.get(&of("preview")).await.expect(200).data()["kind"],
        "missing"
    );
    let missing = ada.get(&of("content")).await.expect(503);
    assert!(
        missing.text().contains("missing in the storage"),
        "{}",
        missing.text()
    );
    let begun = begin(&ada, "b.bin", 8).await;
    let again = part(&ada, &begun, 0, b"precious").await.expect(200).data()["file"].clone();
    is_right(&ada, &again, b"precious").await;
    is_right(&ada, &file, b"precious").await;
    assert_eq!(ada.get(&of("preview")).await.expect(200).data()["kind"], "none");
    assert_eq!(stored(&server), 1);
}

#[tokio::test]
async fn a_part_that_is_too_large_hears_how_large_it_may_be() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = begin(&ada, "a.bin", 3 * PART).await;
    let refused = part(&ada, &begun, 0, &vec![0; PART + 1]).await.expect(413);
    assert!(refused.text().contains("8388608 bytes"), "{}", refused.text());
    let body = json!({ "name": "x".repeat(2 << 20) });
    let refused = ada.post("/api/workspaces", body).await.expect(413);
    assert!(refused.text().contains("1048576 bytes"), "{}", refused.text());
}

#[tokio::test]
async fn a_form_whose_files_are_all_refused_is_refused() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let limits = json!({ "uploads": { "max_bytes": 4, "refused_types": ["text/html"] } });
    ada.patch("/api/settings", limits).await.expect(200);
    let path = files_of(&ada);
    let large: (&str, &[u8]) = ("large.bin", b"12345");
    let page: (&str, &[u8]) = ("page.html", b"<p>");
    let refused = ada.upload(&path, &[large]).await.expect(413).json();
    assert_eq!(refused["code"], "too_large");
    let refused = ada.upload(&path, &[page, large]).await.expect(415).json();
    let errors = refused["errors"].as_array().unwrap();
    assert_eq!(
        (&errors[0]["field"], &errors[1]["field"]),
        (&json!("files[0]"), &json!("files[1]"))
    );
    assert!(
        errors[1]["message"].as_str().unwrap().starts_with("large.bin: "),
        "{errors:?}"
    );
    let some = ada
        .upload(&path, &[large, ("a.bin", b"1")])
        .await
        .expect(207)
        .data();
    assert_eq!(
        (&some[0]["error"]["code"], &some[1]["name"]),
        (&json!("too_large"), &json!("a.bin"))
    );
    ada.upload(&path, &[("b.bin", b"2")]).await.expect(201);
    for (name, status) in [
        ("a%00b.bin", 422),
        ("a%0Db.bin", 422),
        ("a\u{7f}b.bin", 400),
        ("a\0b.bin", 400),
    ] {
        let refused = ada.upload(&path, &[(name, b"3")]).await.expect(status);
        assert!(
            refused.text().contains("control character"),
            "{name:?}: {}",
            refused.text()
        );
    }
    ada.upload(&path, &[("100%.bin", b"4"), ("50%10.bin", b"5")])
        .await
        .expect(201);
    assert_eq!(names(&ada, "").await, ["100%.bin", "50%10.bin", "a.bin", "b.bin"]);
    assert_eq!(stored(&server), 4);
}
