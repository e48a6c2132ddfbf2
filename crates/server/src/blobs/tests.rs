//! One suite for both stores; the bucket is a small server that speaks as much of S3 as the client uses.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Method, Response, StatusCode};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use parking_lot::Mutex;

use super::*;
use crate::secrets::Secret;

#[derive(Clone, Default)]
struct FakeS3 {
    blobs: Arc<Mutex<BTreeMap<String, Bytes>>>,
    parts: Arc<Mutex<BTreeMap<u32, Bytes>>>,
    /// Makes a blob of parts, and then answers as if it did not know of them.
    forgets: Arc<AtomicBool>,
}

async fn fake_s3(
    State(s3): State<FakeS3>,
    Path(key): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    method: Method,
    body: Bytes,
) -> Response<Body> {
    let reply = Response::builder()
        .header("etag", "\"e\"")
        .header("last-modified", "Sat, 21 Nov 2026 11:00:00 GMT");
    let part = query
        .get("partNumber")
        .map(|number| number.parse::<u32>().unwrap());
    match (method.as_str(), part) {
        ("POST", _) if query.contains_key("uploads") => {
            let xml = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
            reply.body(Body::from(xml)).unwrap()
        }
        ("POST", _) => {
            let whole = std::mem::take(&mut *s3.parts.lock())
                .into_values()
                .collect::<Vec<_>>()
                .concat();
            s3.blobs.lock().insert(key, whole.into());
            if s3.forgets.load(Ordering::Relaxed) {
                return reply.status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
            }
            let xml = "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
            reply.body(Body::from(xml)).unwrap()
        }
        ("PUT", Some(number)) => {
            s3.parts.lock().insert(number, body);
            reply.body(Body::empty()).unwrap()
        }
        ("PUT", None) => {
            s3.blobs.lock().insert(key, body);
            reply.body(Body::empty()).unwrap()
        }
        ("DELETE", _) if query.contains_key("uploadId") => {
            s3.parts.lock().clear();
            reply.status(StatusCode::NO_CONTENT).body(Body::empty()).unwrap()
        }
        ("DELETE", _) => {
            s3.blobs.lock().remove(&key);
            reply.status(StatusCode::NO_CONTENT).body(Body::empty()).unwrap()
        }
        _ => match s3.blobs.lock().get(&key).cloned() {
            Some(bytes) => reply
                .header("content-length", bytes.len())
                .body(Body::from(bytes))
                .unwrap(),
            None => reply.status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap(),
        },
    }
}

async fn bucket() -> (Blobs, FakeS3) {
    let s3 = FakeS3::default();
    let router = Router::new()
        .route("/{*key}", axum::routing::any(fake_s3))
        .layer(axum::extract::DefaultBodyLimit::disable());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = axum::serve(listener, router.with_state(s3.clone()));
    tokio::spawn(async move { server.await.unwrap() });
    let storage = Storage {
        place: Place::S3 {
            bucket: "bucket".into(),
            prefix: "stoa/".into(),
        },
        endpoint: Some(endpoint.parse().unwrap()),
        region: "us-east-1".into(),
        access_key_id: Some("id".into()),
        secret_access_key: Some(Secret::new("key")),
    };
    (Blobs::open(&storage).unwrap(), s3)
}

fn folder(dir: &std::path::Path) -> Blobs {
    Blobs::Local(local::Folder::new(dir.join("files")))
}

fn key(text: &str) -> BlobKey {
    text.parse().unwrap()
}

fn chunks(count: usize, each: usize) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::iter((0..count).map(move |i| Ok(Bytes::from(vec![i as u8; each]))))
}

async fn read(blobs: &Blobs, at: &str) -> Vec<u8> {
    let (head, content) = blobs.get(&key(at)).await.unwrap();
    let bytes = content.try_collect::<Vec<Bytes>>().await.unwrap().concat();
    assert_eq!(head.size_bytes, bytes.len() as u64);
    bytes
}

/// What every store must do.
async fn check(blobs: &Blobs) {
    let a = key("ws_1/fil_a.txt");
    assert!(matches!(blobs.get(&a).await, Err(FileError::NotFound(_))));
    assert_eq!(blobs.head(&a).await.unwrap(), None);
    let stored = blobs
        .put(&a, stream::iter([Ok(Bytes::from("he")), Ok(Bytes::from("llo"))]))
        .await
        .unwrap();
    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(
        stored,
        Stored {
            size_bytes: 5,
            sha256: sha256.into()
        }
    );
    assert_eq!(read(blobs, "ws_1/fil_a.txt").await, b"hello");
    assert_eq!(blobs.head(&a).await.unwrap(), Some(Head { size_bytes: 5 }));

    blobs
        .put(&a, stream::iter([Ok(Bytes::from("new"))]))
        .await
        .unwrap();
    assert_eq!(read(blobs, "ws_1/fil_a.txt").await, b"new");

    // More than one part, so that the large path is taken too.
    let stored = blobs.put(&key("large"), chunks(20, 1 << 20)).await.unwrap();
    assert_eq!(stored.size_bytes, 20 << 20);
    let bytes = read(blobs, "large").await;
    assert!(
        bytes
            .chunks(1 << 20)
            .enumerate()
            .all(|(i, chunk)| chunk.iter().all(|byte| *byte == i as u8))
    );

    // A sender that breaks off leaves what was there, and no half blob.
    for (at, before) in [("ws_1/fil_a.txt", Some(3)), ("broken", None)] {
        let broken = stream::iter([
            Ok(Bytes::from(vec![0; 9 << 20])),
            Err(std::io::Error::other("gone")),
        ]);
        assert!(matches!(
            blobs.put(&key(at), broken).await,
            Err(FileError::Content(_))
        ));
        assert_eq!(
            blobs.head(&key(at)).await.unwrap().map(|head| head.size_bytes),
            before
        );
    }
    blobs.put(&key("empty"), stream::iter([])).await.unwrap();
    assert_eq!(read(blobs, "empty").await, b"");

    blobs.delete(&a).await.unwrap();
    blobs.delete(&a).await.unwrap();
    assert_eq!(blobs.head(&a).await.unwrap(), None);
    blobs.self_test().await.unwrap();
}

#[tokio::test]
async fn a_folder_keeps_blobs() {
    let dir = tempfile::tempdir().unwrap();
    check(&folder(dir.path())).await;
    let left = std::fs::read_dir(dir.path().join("files/.unfinished"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "no draft is left behind");
}

#[tokio::test]
async fn a_bucket_keeps_blobs() {
    let (blobs, s3) = bucket().await;
    check(&blobs).await;
    let keys: Vec<String> = s3.blobs.lock().keys().cloned().collect();
    assert_eq!(keys, ["bucket/stoa/empty", "bucket/stoa/large"]);
    assert!(s3.parts.lock().is_empty());
}

/// A bucket may be slower than whoever waits for it: asked again, it does not know the upload any more.
#[tokio::test]
async fn a_blob_that_a_bucket_made_without_being_heard_is_there() {
    let (blobs, s3) = bucket().await;
    s3.forgets.store(true, Ordering::Relaxed);
    let stored = blobs.put(&key("large"), chunks(60, 1 << 20)).await.unwrap();
    assert_eq!(stored.size_bytes, 60 << 20);
    assert_eq!(read(&blobs, "large").await.len(), 60 << 20);
    assert!(s3.parts.lock().is_empty());
}

/// Two parts at one place, then a blob of the first: what came of it.
async fn of_two_parts(blobs: &Blobs) -> Result<(), FileError> {
    let at = key("of/parts");
    let id = blobs.begin(&at).await.unwrap();
    let expected = Stored::of(Sha256::new_with_prefix("right"), 5);
    let mut names = Vec::new();
    for content in ["right", "wrong"] {
        let part = blobs.put_part(&at, id.as_deref(), 0, Bytes::from(content));
        names.push(part.await.unwrap());
    }
    let first = vec![names.remove(0)];
    blobs.complete(&at, id.as_deref(), first, &expected).await
}

#[tokio::test]
async fn a_part_in_a_folder_is_not_changed_by_one_that_comes_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = folder(dir.path());
    of_two_parts(&blobs).await.unwrap();
    assert_eq!(read(&blobs, "of/parts").await, b"right");
    blobs.delete(&key("of/parts").parts()).await.unwrap();
    assert_eq!(
        read(&blobs, "of/parts").await,
        b"right",
        "parts have a name of their own"
    );
    let left = std::fs::read_dir(dir.path().join("files/.unfinished")).unwrap();
    assert_eq!(left.count(), 0);
}

/// This bucket does not look which part is named; ours is compared all the same.
#[tokio::test]
async fn what_a_bucket_made_of_parts_is_compared_with_what_arrived() {
    let (blobs, _) = bucket().await;
    let made = of_two_parts(&blobs).await;
    assert!(matches!(made, Err(FileError::Changed)), "{made:?}");
}

#[tokio::test]
async fn a_store_that_can_not_be_used_says_why() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("files"), "not a folder").unwrap();
    let error = folder(dir.path()).self_test().await.unwrap_err();
    assert!(error.to_string().contains("files"), "{error}");
}

#[test]
fn a_key_can_not_lead_out_of_the_store() {
    for text in ["a", "ws_1/fil_2/report.v1.pdf"] {
        assert!(text.parse::<BlobKey>().is_ok(), "{text}");
    }
    let long = "a".repeat(513);
    for text in [
        "",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        ".unfinished/x",
        "a/.b",
        "a\\b",
        "a b",
        "ä",
        "a\0",
        &long,
    ] {
        assert!(text.parse::<BlobKey>().is_err(), "{text}");
    }
}
