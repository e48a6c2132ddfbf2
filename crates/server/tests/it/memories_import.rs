//! Importing memories: files of every kind, pages of the web, what can not be read, and a server that dies meanwhile.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::Path;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use http::Method;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::memories::{path, titles};

fn import_path(client: &Client) -> String {
    format!("{}/import", path(client))
}

/// How a run ended: its last event, and what it said of the import.
async fn end_of(client: &Client, begun: &Value) -> (String, Value) {
    let run = begun["run"]["id"].as_str().unwrap_or_else(|| panic!("{begun}"));
    let events = client
        .events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
        .await;
    let imported = events.iter().find(|event| event.event == "imported");
    let imported = imported.map(|event| event.data.clone()).unwrap_or_default();
    let last = events.last().map(|event| event.data.clone()).unwrap_or_default();
    (last["status"].as_str().unwrap_or_default().to_owned(), imported)
}

/// Imports files; what the run said.
pub(crate) async fn imported(client: &Client, files: &[(&str, &[u8])]) -> Value {
    let begun = client
        .upload(&import_path(client), files)
        .await
        .expect(202)
        .data();
    end_of(client, &begun).await.1
}

/// All memories with their texts, in the order in which they were made.
pub(crate) async fn all(client: &Client) -> Vec<Value> {
    let exported = client
        .get(&format!("{}/export?format=jsonl", path(client)))
        .await
        .expect(200)
        .text();
    exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The files in a folder and below.
fn stored(dir: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { stored(&path) } else { 1 })
        .sum()
}

fn docx() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let styles = r#"<w:styles><w:style w:styleId="h1"><w:name w:val="heading 1"/></w:style></w:styles>"#;
    let body = r#"<w:document><w:body><w:p><w:pPr><w:pStyle w:val="h1"/></w:pPr><w:r><w:t>Spices</w:t></w:r></w:p>
        <w:p><w:r><w:t>Salt and pepper.</w:t></w:r></w:p></w:body></w:document>"#;
    for (name, text) in [("word/document.xml", body), ("word/styles.xml", styles)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A PDF of one page with one line.
fn pdf(line: &str) -> Vec<u8> {
    let content = format!("BT /F1 12 Tf 50 700 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{} 0 obj\n{object}\nendobj", number + 1).unwrap();
    }
    let at = file.len();
    write!(
        file,
        "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
    )
    .unwrap();
    file.into_bytes()
}

/// A file's name and content, the titles of its memories, and what the last one says.
type Case<'a> = (&'a str, &'a [u8], &'a [&'a str], &'a str);

/// One of every format.
fn cases<'a>(docx: &'a [u8], pdf: &'a [u8]) -> [Case<'a>; 7] {
    [
        (
            "house.md",
            b"# House\n\nOld.\n\n## Roof\n\nRed tiles.\n",
            &["House", "House \u{203a} Roof"],
            "Red tiles.",
        ),
        (
            "plain.txt",
            b"Only some words.",
            &["plain.txt"],
            "Only some words.",
        ),
        (
            "page.html",
            b"<html><head><title>Bees</title></head><body><h1>Bees</h1><p>They dance.</p></body></html>",
            &["Bees"],
            "They dance.",
        ),
        ("rivers.pdf", pdf, &["rivers.pdf"], "Rivers are long."),
        ("spices.docx", docx, &["Spices"], "Salt and pepper."),
        (
            "table.csv",
            b"title,content,tags\nOne,First row,a; b\nTwo,Second row,\n",
            &["One", "Two"],
            "Second row",
        ),
        (
            "items.json",
            br#"[{"title": "Three", "content": "An item", "tags": ["c"]}]"#,
            &["Three"],
            "An item",
        ),
    ]
}

#[tokio::test]
async fn every_format_becomes_memories() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (docx, pdf) = (docx(), pdf("Rivers are long."));
    let mut before = 0;
    for (name, content, titled, last) in cases(&docx, &pdf) {
        let said = imported(&ada, &[(name, content)]).await;
        assert_eq!(
            (&said["memories"], &said["failed"]),
            (&json!(titled.len()), &json!([])),
            "{name}: {said}"
        );
        let memories = all(&ada).await;
        let made = &memories[before..];
        let found: Vec<&str> = made
            .iter()
            .map(|memory| memory["title"].as_str().unwrap())
            .collect();
        assert_eq!(found, titled, "{name}");
        assert_eq!(made.last().unwrap()["content"], last, "{name}");
        for (position, memory) in made.iter().enumerate() {
            assert_eq!(memory["sources"], json!([{ "kind": "file", "name": name }]));
            assert_eq!(
                (&memory["status"], &memory["user_id"]),
                (&json!("active"), &json!(ada.user_id))
            );
            if ["table.csv", "items.json"].contains(&name) {
                assert_eq!(memory["series"], Value::Null);
            } else {
                assert_eq!(memory["position"], json!(position), "{name}");
                assert_eq!(memory["series"], made[0]["series"]);
            }
        }
        before = memories.len();
    }
    let tagged = ada.get(&format!("{}?tag=b", path(&ada))).await.json();
    assert_eq!(titles(&tagged), ["One"], "the list that was kept knows of them");
    let body = json!({ "query": "who dances", "k": 5, "mode": "text" });
    let found = ada.post("/api/search", body).await.expect(200).data();
    assert_eq!(found["hits"][0]["owner"]["title"], "Bees");
    // One that was imported can be changed as it is shown.
    let bees = all(&ada)
        .await
        .into_iter()
        .find(|memory| memory["title"] == "Bees");
    let bees = bees.unwrap();
    let at = format!("/api/memories/{}", bees["id"].as_str().unwrap());
    ada.patch(
        &at,
        json!({ "sources": bees["sources"], "content": "They dance well." }),
    )
    .await
    .expect(200);
    assert_eq!(stored(&server.data().join("files")), 0, "what was read is let go");
}

#[tokio::test]
async fn what_can_not_be_read_fails_alone_and_says_why() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = ada
        .upload(
            &import_path(&ada),
            &[
                ("bad.pdf", b"%PDF-1.4 broken"),
                ("good.md", b"Good words."),
                ("film.mp4", b"x"),
            ],
        )
        .await
        .expect(202)
        .data();
    let (status, said) = end_of(&ada, &begun).await;
    assert_eq!((status.as_str(), &said["memories"]), ("completed", &json!(1)));
    let failed: Vec<(&str, &str)> = said["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failed| {
            (
                failed["name"].as_str().unwrap(),
                failed["error"]["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(failed, [("bad.pdf", "damaged"), ("film.mp4", "unsupported")]);
    // Alone, the run fails with the reason; what is no text at all is refused at once.
    let begun = ada
        .upload(&import_path(&ada), &[("bad.json", b"{ no json")])
        .await
        .expect(202)
        .data();
    let run = begun["run"]["id"].as_str().unwrap();
    let (status, said) = end_of(&ada, &begun).await;
    assert_eq!((status.as_str(), &said["memories"]), ("failed", &json!(0)));
    let run = ada.get(&format!("/api/runs/{run}")).await.expect(200).data();
    assert_eq!(run["error"]["code"], "damaged", "{run}");
    ada.upload(&import_path(&ada), &[("film.mp4", b"x")])
        .await
        .expect(415);
    ada.upload(&import_path(&ada), &[]).await.expect(422);
    let many: Vec<(String, &[u8])> = (0..21).map(|n| (format!("{n}.md"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, content)| (name.as_str(), *content))
        .collect();
    ada.upload(&import_path(&ada), &many).await.expect(422);
    let large = vec![b'x'; (32 << 20) + 1];
    let refused = ada
        .upload(&import_path(&ada), &[("large.txt", &large)])
        .await
        .expect(413);
    assert!(refused.text().contains("32 MiB"), "{}", refused.text());
    let rows = "content\n".to_owned() + &"a row\n".repeat(5_001);
    let said = imported(&ada, &[("many.csv", rows.as_bytes())]).await;
    assert_eq!(said["failed"][0]["error"]["code"], "too_many", "{said}");
    assert_eq!(all(&ada).await.len(), 1);
    server.idle().await;
    assert_eq!(stored(&server.data().join("files")), 0, "nothing is left behind");
}

#[tokio::test]
async fn thousands_of_rows_are_one_import() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut rows = "title,content,tags\n".to_owned();
    for n in 0..5_000 {
        writeln!(rows, "Row {n},What row {n} says,\"many, t{}\"", n % 9).unwrap();
    }
    let said = imported(&ada, &[("rows.csv", rows.as_bytes())]).await;
    assert_eq!(said["memories"], 5_000);
    let count = ada
        .get(&format!("{}?count=true&limit=1", path(&ada)))
        .await
        .json();
    assert_eq!(count["page"]["total"], 5_000);
}

/// A small web: pages of several kinds; its address.
async fn web() -> String {
    let typed = |kind: &'static str| [(header::CONTENT_TYPE, kind)];
    let to = |to: &'static str| (StatusCode::FOUND, [(header::LOCATION, to)]);
    let router = Router::new()
        .route(
            "/bees",
            get(move || async move {
                (
                    typed("text/html; charset=utf-8"),
                    "<title>Bees</title><h1>Bees</h1><p>They dance.</p>",
                )
            }),
        )
        .route("/moved", get(move || async move { to("/bees") }))
        .route("/round", get(move || async move { to("/round") }))
        .route(
            "/away",
            get(move || async move { to("http://169.254.169.254/latest/meta-data") }),
        )
        .route("/file", get(move || async move { to("file:///etc/passwd") }))
        .route(
            "/data.csv",
            get(move || async move { (typed("text/plain"), "content\nA row\n") }),
        )
        .route("/picture", get(move || async move { (typed("image/png"), "x") }))
        .route(
            "/large",
            get(move || async move { (typed("text/plain"), vec![b'x'; (32 << 20) + 1]) }),
        )
        .route(
            "/endless",
            get(move || async move {
                let pieces = futures_util::stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(axum::body::Bytes::from(vec![b'x'; 1 << 20]))
                });
                (typed("text/plain"), axum::body::Body::from_stream(pieces))
            }),
        )
        .route(
            "/agent",
            get(|headers: HeaderMap| async move {
                // No credential of anybody is sent along.
                assert!(
                    !headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE)
                );
                "plain words"
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn page(ada: &Client, url: &str) -> (String, Value) {
    let begun = ada
        .post(&import_path(ada), json!({ "url": url }))
        .await
        .expect(202)
        .data();
    end_of(ada, &begun).await
}

#[tokio::test]
async fn a_page_is_fetched_within_limits_and_becomes_memories() {
    let web = web().await;
    let server = TestServer::with(&[("import.allow_private", "true")]).await;
    let ada = server.register("ada").await;
    let moved = format!("{web}/moved");
    let (status, said) = page(&ada, &moved).await;
    assert_eq!(
        (status.as_str(), &said["memories"]),
        ("completed", &json!(1)),
        "{said}"
    );
    let bees = all(&ada).await.remove(0);
    assert_eq!(
        (&bees["title"], &bees["content"]),
        (&json!("Bees"), &json!("They dance."))
    );
    assert_eq!(
        bees["sources"],
        json!([{ "kind": "url", "url": moved, "name": "Bees" }])
    );
    for (at, count) in [("/data.csv", 1), ("/agent", 1)] {
        let (status, said) = page(&ada, &format!("{web}{at}")).await;
        assert_eq!(
            (status.as_str(), &said["memories"]),
            ("completed", &json!(count)),
            "{at}: {said}"
        );
    }
    for (at, code) in [
        ("/picture", "unsupported"),
        ("/large", "too_large"),
        ("/endless", "too_large"),
        ("/round", "unreachable"),
        ("/nothing", "unreachable"),
        ("/file", "refused"),
    ] {
        let (status, said) = page(&ada, &format!("{web}{at}")).await;
        assert_eq!(status, "failed", "{at}: {said}");
        assert_eq!(said["failed"][0]["error"]["code"], code, "{at}: {said}");
        assert_eq!(said["failed"][0]["name"], json!(format!("{web}{at}")));
    }
    assert_eq!(all(&ada).await.len(), 3);
}

#[tokio::test]
async fn private_addresses_are_not_asked() {
    let web = web().await;
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let port = web.rsplit(':').next().unwrap();
    for url in [
        &web,
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "ftp://example.com/a.txt",
        "file:///etc/passwd",
        "https://name:word@example.com/",
        "no address",
        "",
    ] {
        let refused = ada
            .post(&import_path(&ada), json!({ "url": url }))
            .await
            .expect(422);
        assert_eq!(refused.json()["errors"][0]["field"], "url", "{url}");
    }
    // A name shows where it leads only when it is resolved.
    let (status, said) = page(&ada, &format!("http://localhost:{port}/bees")).await;
    assert_eq!(status, "failed");
    assert_eq!(said["failed"][0]["error"]["code"], "refused", "{said}");
    assert_eq!(all(&ada).await.len(), 0);
    let import = import_path(&ada);
    ada.send_bytes(Method::POST, &import, "text/plain", "x")
        .await
        .expect(415);
    ada.post(&import, json!({ "url": "x".repeat(70_000) }))
        .await
        .expect(413);
}

#[tokio::test]
async fn an_import_that_died_goes_on_and_doubles_nothing() {
    let mut server = TestServer::new().await;
    let mut ada = server.register("ada").await;
    let mut rows = "content\n".to_owned();
    for n in 0..2_000 {
        writeln!(rows, "What row {n} says").unwrap();
    }
    // Before it was begun, and in the middle of it.
    for (round, events) in [(1, 0), (2, 1)] {
        let begun = ada
            .upload(&import_path(&ada), &[("rows.csv", rows.as_bytes())])
            .await
            .expect(202)
            .data();
        let run = begun["run"]["id"].as_str().unwrap();
        if events > 0 {
            ada.events(&format!("/api/runs/{run}/events"), 0, events).await;
        }
        server.crash_and_restart().await;
        ada = ada.on(&server);
        server.app().engine.recover_expired().await.unwrap();
        let (status, _) = end_of(&ada, &begun).await;
        assert_eq!(status, "completed");
        assert_eq!(all(&ada).await.len(), round * 2_000);
    }
    assert_eq!(stored(&server.data().join("files")), 0);
}
