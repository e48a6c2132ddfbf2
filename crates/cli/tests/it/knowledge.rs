//! Files and memories, and a process that is killed in the middle of it: nothing is lost, doubled or left behind. On SQLite, and
//! with `TEST_DATABASE=postgres` on PostgreSQL.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::database::Database;
use crate::stoa::{Home, Serving};

const ENV: [(&str, &str); 2] = [
    ("STOA_AUTH_REGISTRATION", "open"),
    // Killed again and again, and asked again and again.
    ("STOA_SEARCH_MODEL", "none"),
];

/// An installation whose server is killed and started again.
struct Place {
    home: Home,
    /// With what it is asked about itself; none where the server keeps everything in its folder.
    database: Option<(tokio::runtime::Runtime, Database)>,
}

impl Place {
    fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are configured by the environment"
        )]
        let on_postgres = std::env::var("TEST_DATABASE").is_ok_and(|name| name == "postgres");
        let database = on_postgres.then(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let database = runtime.block_on(Database::create());
            (runtime, database)
        });
        Self {
            home: Home::new(),
            database,
        }
    }

    fn serve(&self) -> Serving {
        let url = self.database.as_ref().map(|(_, database)| database.url());
        let env: Vec<(&str, &str)> = ENV
            .into_iter()
            .chain(url.as_deref().map(|url| ("DATABASE_URL", url)))
            .collect();
        self.home.serve_in(&env)
    }

    /// Kills it. What it had sent to its database is there or not when this returns.
    fn kill(&self, server: Serving) {
        server.end("KILL");
        if let Some((runtime, database)) = &self.database {
            runtime.block_on(database.left_alone());
        }
    }

    /// What it was receiving when it was killed is removed. In PostgreSQL it waits a day: another node might be receiving it.
    fn is_tidied(&self) {
        let files = self.files();
        if self.database.is_none() {
            wait_until("it is removed", || stored(&files) == 0);
        } else {
            assert_eq!(stored(&files), 1);
        }
    }

    /// Where it keeps the contents of files.
    fn files(&self) -> std::path::PathBuf {
        self.home.data().join("files")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((runtime, database)) = self.database.take() {
            runtime.block_on(database.drop());
        }
    }
}

/// A request, as it is sent.
fn request(method: &str, path: &str, token: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: stoa\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An answer's status and JSON; nothing when there was none.
fn tried(address: &str, request: &[u8]) -> Option<(u16, Value)> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.write_all(request).ok()?;
    let mut reply = String::new();
    socket.read_to_string(&mut reply).ok()?;
    let status = reply.split(' ').nth(1)?.parse().ok()?;
    let body = reply.split_once("\r\n\r\n")?.1;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}

/// Somebody with an account and a workspace.
struct Person {
    token: String,
    workspace: String,
}

impl Person {
    fn register(server: &Serving) -> Self {
        let mut this = Self {
            token: String::new(),
            workspace: String::new(),
        };
        let body = json!({ "email": "ada@example.com", "password": "correct horse battery", "name": "Ada" });
        let made = this.post(server, "/api/auth/register", &body);
        made["token"].as_str().unwrap().clone_into(&mut this.token);
        let me = this.get(server, "/api/auth/me");
        me["workspaces"][0]["id"]
            .as_str()
            .unwrap()
            .clone_into(&mut this.workspace);
        this
    }

    fn at(&self, path: &str) -> String {
        format!("/api/workspaces/{}/{path}", self.workspace)
    }

    fn send(&self, server: &Serving, method: &str, path: &str, kind: &str, body: &[u8]) -> Value {
        let sent = request(method, path, &self.token, kind, body);
        let (status, answer) = tried(&server.address, &sent).unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer["data"].clone()
    }

    fn get(&self, server: &Serving, path: &str) -> Value {
        self.send(server, "GET", path, "application/json", b"")
    }

    fn post(&self, server: &Serving, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        self.send(server, "POST", path, "application/json", body.as_bytes())
    }

    /// How many memories there are.
    fn memories(&self, server: &Serving) -> u64 {
        let path = self.at("memories?count=true&limit=1");
        let sent = request("GET", &path, &self.token, "application/json", b"");
        let (_, listed) = tried(&server.address, &sent).unwrap();
        listed["page"]["total"].as_u64().unwrap()
    }

    /// How many passages search has.
    fn passages(&self, server: &Serving) -> u64 {
        let status = self.get(server, "/api/search/status");
        status["passages"].as_u64().unwrap()
    }
}

/// The files in a folder and below.
fn stored(dir: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .map(|path| if path.is_dir() { stored(&path) } else { 1 })
        .sum()
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const FORM: &str = "multipart/form-data; boundary=limit";

/// A form of one file a name and content.
fn form(files: &[(String, String)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, content) in files {
        write!(
            body,
            "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
        .unwrap();
    }
    body.push_str("--limit--\r\n");
    body.into_bytes()
}

#[test]
fn kill_in_the_middle_of_an_upload_leaves_nothing() {
    let place = Place::new();
    let server = place.serve();
    let ada = Person::register(&server);
    let mut socket = TcpStream::connect(&server.address).unwrap();
    write!(
        socket,
        "POST {} HTTP/1.1\r\nHost: stoa\r\nAuthorization: Bearer {}\r\nContent-Type: {FORM}\r\nContent-Length: 100000000\r\n\r\n\
         --limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n",
        ada.at("files"),
        ada.token
    )
    .unwrap();
    socket.write_all(&vec![1; 8 << 20]).unwrap();
    let files = place.files();
    wait_until("some of it is stored", || stored(&files) == 1);
    place.kill(server);
    assert_eq!(stored(&files), 1, "the process had no time to remove it");
    let server = place.serve();
    place.is_tidied();
    assert_eq!(ada.get(&server, &ada.at("files")), json!([]));
}

#[test]
fn kill_in_the_middle_of_an_ingest_loses_and_doubles_nothing() {
    let place = Place::new();
    let mut server = place.serve();
    let ada = Person::register(&server);
    let files: Vec<(String, String)> = (0..24)
        .map(|n| {
            let text = format!("Words of the file {} that stand here.\n\n", 10 + n).repeat(1_000);
            (format!("{n}.md"), text)
        })
        .collect();
    ada.send(&server, "POST", &ada.at("files"), FORM, &form(&files));
    let list = |server: &Serving| {
        ada.get(server, &ada.at("files?limit=100"))
            .as_array()
            .unwrap()
            .clone()
    };
    let done = |files: &[Value]| {
        let done = files.iter().filter(|file| file["ingest"]["status"] == "done");
        done.count()
    };
    for least in [1, 6, 12] {
        wait_until("some are read", || done(&list(&server)) >= least);
        place.kill(server);
        server = place.serve();
    }
    wait_until("all are read", || done(&list(&server)) == 24);
    let files = list(&server);
    assert_eq!(files.len(), 24);
    let each = files[0]["ingest"]["passages"].as_u64().unwrap();
    assert!(each > 20, "{each}");
    for file in &files {
        assert_eq!(file["ingest"]["passages"], each);
    }
    assert_eq!(ada.passages(&server), 24 * each, "search has each passage once");
}

#[test]
fn kill_in_the_middle_of_a_bulk_write_keeps_all_or_nothing() {
    let place = Place::new();
    let mut server = place.serve();
    let ada = Person::register(&server);
    let items: Vec<Value> = (0..1_000)
        .map(|n| json!({ "content": format!("What number {n} says."), "tags": ["many"] }))
        .collect();
    let body = json!({ "items": items }).to_string();
    let sent = request(
        "POST",
        &ada.at("memories/bulk"),
        &ada.token,
        "application/json",
        body.as_bytes(),
    );
    let mut before = 0;
    // The write takes a tenth of a second or a few: somewhere in it.
    for wait_ms in [20, 60, 120, 200, 320, 500] {
        let (address, sent) = (server.address.clone(), sent.clone());
        let writing = std::thread::spawn(move || tried(&address, &sent));
        std::thread::sleep(Duration::from_millis(wait_ms));
        place.kill(server);
        let answered = writing.join().unwrap().is_some_and(|(status, _)| status == 200);
        server = place.serve();
        let now = ada.memories(&server);
        assert!(now == before || now == before + 1_000, "{before} and then {now}");
        assert!(!answered || now == before + 1_000, "what was answered is there");
        assert_eq!(ada.passages(&server), now);
        before = now;
    }
}

#[test]
fn kill_in_the_middle_of_an_import_loses_and_doubles_nothing() {
    let place = Place::new();
    let mut server = place.serve();
    let ada = Person::register(&server);
    let mut rows = "title,content\n".to_owned();
    for n in 0..2_000 {
        writeln!(rows, "Row {n},What row {n} says").unwrap();
    }
    let body = form(&[("rows.csv".to_owned(), rows)]);
    let files = place.files();
    let mut expected = 0;
    for wait_ms in [0, 100, 300, 600] {
        let begun = ada.send(&server, "POST", &ada.at("memories/import"), FORM, &body);
        assert!(begun["run"]["id"].is_string(), "{begun}");
        expected += 2_000;
        std::thread::sleep(Duration::from_millis(wait_ms));
        place.kill(server);
        server = place.serve();
        wait_until("all are there", || ada.memories(&server) >= expected);
        assert_eq!(
            (ada.memories(&server), ada.passages(&server)),
            (expected, expected)
        );
        wait_until("what was sent is let go", || stored(&files) == 0);
    }
    // One that breaks off before its run is there leaves nothing either.
    let mut socket = TcpStream::connect(&server.address).unwrap();
    let half = request("POST", &ada.at("memories/import"), &ada.token, FORM, &body);
    socket.write_all(&half[..half.len() / 2]).unwrap();
    wait_until("some of it is stored", || stored(&files) == 1);
    place.kill(server);
    let server = place.serve();
    place.is_tidied();
    assert_eq!(ada.memories(&server), expected);
}
