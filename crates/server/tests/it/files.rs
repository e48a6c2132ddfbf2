//! Files through HTTP: folders, lists, names, moves, copies, the bin, content and its ranges, previews and zips.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};
use testkit::{Client, TestServer};

pub fn files_of(ada: &Client) -> String {
    format!("/api/workspaces/{}/files", ada.workspace)
}

/// Uploads one file to the top; the file.
pub async fn upload(ada: &Client, name: &str, content: impl AsRef<[u8]>) -> Value {
    let path = files_of(ada);
    let uploaded = ada.upload(&path, &[(name, content.as_ref())]).await.expect(201);
    uploaded.data()[0].clone()
}

pub fn id(file: &Value) -> &str {
    file["id"].as_str().unwrap_or_else(|| panic!("no file: {file}"))
}

async fn folder(ada: &Client, name: &str, parent: Option<&str>) -> String {
    let path = format!("/api/workspaces/{}/folders", ada.workspace);
    let made = ada
        .post(&path, json!({ "name": name, "parent_id": parent }))
        .await
        .expect(201);
    id(&made.data()).to_owned()
}

/// The names of a list.
pub async fn names(ada: &Client, query: &str) -> Vec<String> {
    let listed = ada
        .get(&format!("{}?{query}", files_of(ada)))
        .await
        .expect(200)
        .data();
    let names = listed.as_array().unwrap().iter();
    names
        .map(|file| file["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn content(ada: &Client, id: &str) -> Vec<u8> {
    let answer = ada.get(&format!("/api/files/{id}/content")).await.expect(200);
    answer.bytes.to_vec()
}

#[tokio::test]
async fn lists_are_sorted_paged_and_searched() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let papers = folder(&ada, "Papers", None).await;
    for (name, content) in [("b.bin", "22"), ("A.bin", "333"), ("c.bin", "1")] {
        upload(&ada, name, content).await;
    }
    let inside = format!("{}?parent={papers}", files_of(&ada));
    ada.upload(&inside, &[("deep.bin", b"55555")]).await.expect(201);
    server.idle().await;
    assert_eq!(names(&ada, "").await, ["Papers", "A.bin", "b.bin", "c.bin"]);
    assert_eq!(
        names(&ada, "sort=-name").await,
        ["c.bin", "b.bin", "A.bin", "Papers"]
    );
    assert_eq!(
        names(&ada, "sort=size").await,
        ["Papers", "c.bin", "b.bin", "A.bin"]
    );
    assert_eq!(
        names(&ada, "sort=-size").await,
        ["A.bin", "b.bin", "c.bin", "Papers"]
    );
    assert_eq!(
        names(&ada, "sort=updated_at").await,
        ["Papers", "b.bin", "A.bin", "c.bin"]
    );
    assert_eq!(
        names(&ada, "sort=-updated_at").await,
        ["c.bin", "A.bin", "b.bin", "Papers"]
    );
    assert_eq!(names(&ada, &format!("parent={papers}")).await, ["deep.bin"]);
    assert_eq!(
        names(&ada, "q=BIN&sort=-size").await,
        ["deep.bin", "A.bin", "b.bin", "c.bin"]
    );
    for sort in ["name", "-name", "size", "-size", "updated_at", "-updated_at"] {
        let whole = names(&ada, &format!("sort={sort}")).await;
        let mut paged = Vec::new();
        let mut query = format!("sort={sort}&limit=1&count=true");
        loop {
            let page = ada
                .get(&format!("{}?{query}", files_of(&ada)))
                .await
                .expect(200)
                .json();
            assert_eq!(page["page"]["total"], 4);
            paged.push(page["data"][0]["name"].as_str().unwrap().to_owned());
            let Some(next) = page["page"]["next"].as_str() else {
                break;
            };
            query = format!("sort={sort}&limit=1&count=true&after={next}");
        }
        assert_eq!(paged, whole, "{sort}");
    }
    ada.get(&format!("{}?parent=fil_nothing", files_of(&ada)))
        .await
        .expect(422);
}

#[tokio::test]
async fn names_are_checked_and_stand_once_in_a_folder() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let folders = format!("/api/workspaces/{}/folders", ada.workspace);
    for name in ["", "..", "a/b", "a\\b", "a\u{7}"] {
        ada.post(&folders, json!({ "name": name })).await.expect(422);
    }
    let papers = folder(&ada, "Papers", None).await;
    ada.post(&folders, json!({ "name": "Papers" })).await.expect(409);
    let one = upload(&ada, "a.bin", "1").await;
    let two = upload(&ada, "a.bin", "2").await;
    assert_eq!(two["name"], "a (2).bin");
    assert_eq!(two["path"], "/a (2).bin");
    let failing = format!("{}?on_conflict=fail", files_of(&ada));
    let failed = ada
        .upload(&failing, &[("a.bin", b"3"), ("b.bin", b"4")])
        .await
        .expect(207)
        .data();
    assert_eq!(failed[0]["error"]["code"], "already_exists");
    assert_eq!(failed[1]["name"], "b.bin", "one that fails, fails alone");
    let replacing = format!("{}?on_conflict=replace", files_of(&ada));
    let replaced = ada
        .upload(&replacing, &[("a.bin", b"new")])
        .await
        .expect(201)
        .data();
    assert_eq!(id(&replaced[0]), id(&one));
    assert_eq!(content(&ada, id(&one)).await, b"new");
    let path = format!("/api/files/{}", id(&two));
    ada.patch(&path, json!({ "name": "a.bin" })).await.expect(409);
    let renamed = ada
        .patch(&path, json!({ "name": "z.bin", "hidden": true }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&renamed["name"], &renamed["hidden"]),
        (&json!("z.bin"), &json!(true))
    );
    assert_eq!(names(&ada, "").await, ["Papers", "a.bin", "b.bin"]);
    assert_eq!(
        names(&ada, "hidden=true").await,
        ["Papers", "a.bin", "b.bin", "z.bin"]
    );
    ada.patch(&format!("/api/files/{papers}"), json!({ "parent_id": papers }))
        .await
        .expect(422);
    ada.patch(&path, json!({ "parent_id": id(&one) }))
        .await
        .expect(422);
}

/// A folder `Papers` with `deep/a.txt` and `b.bin`.
async fn tree(ada: &Client) -> (String, Value) {
    let papers = folder(ada, "Papers", None).await;
    let inside = format!("{}?parent={papers}", files_of(ada));
    let uploaded = ada
        .upload(&inside, &[("deep/a.txt", b"alpha"), ("b.bin", b"beta")])
        .await;
    (papers, uploaded.expect(201).data())
}

#[tokio::test]
async fn a_folder_moves_with_what_lies_in_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (papers, files) = tree(&ada).await;
    assert_eq!(files[0]["path"], "/Papers/deep/a.txt");
    let other = folder(&ada, "Other", None).await;
    let moved = json!({ "parent_id": other, "name": "Old" });
    ada.patch(&format!("/api/files/{papers}"), moved)
        .await
        .expect(200);
    let deep = ada
        .get(&format!("/api/files/{}", id(&files[0])))
        .await
        .expect(200)
        .data();
    assert_eq!(deep["path"], "/Other/Old/deep/a.txt");
    // Into itself, further down.
    let below = ada
        .get(&format!("{}?parent={papers}", files_of(&ada)))
        .await
        .data();
    ada.patch(
        &format!("/api/files/{other}"),
        json!({ "parent_id": id(&below[0]) }),
    )
    .await
    .expect(422);
    ada.patch(&format!("/api/files/{papers}"), json!({ "parent_id": null }))
        .await
        .expect(200);
    let deep = ada
        .get(&format!("/api/files/{}", id(&files[0])))
        .await
        .expect(200)
        .data();
    assert_eq!(deep["path"], "/Old/deep/a.txt");
    assert_eq!(names(&ada, "").await, ["Old", "Other"]);
}

#[tokio::test]
async fn a_copy_shares_its_content_until_both_are_gone() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (papers, files) = tree(&ada).await;
    let copy = ada
        .post(&format!("/api/files/{papers}/copy"), json!({}))
        .await
        .expect(201)
        .data();
    assert_eq!(copy["name"], "Papers (2)");
    assert_eq!(stored(&server), 2, "content is kept once");
    ada.delete(&format!("/api/files/{papers}?forever=true"))
        .await
        .expect(204);
    ada.get(&format!("/api/files/{}", id(&files[1])))
        .await
        .expect(404);
    assert_eq!(stored(&server), 2);
    let inside = ada
        .get(&format!("{}?parent={}", files_of(&ada), id(&copy)))
        .await
        .data();
    assert_eq!(content(&ada, id(&inside[1])).await, b"beta");
    ada.delete(&format!("/api/files/{}?forever=true", id(&copy)))
        .await
        .expect(204);
    assert_eq!(stored(&server), 0, "the last use takes the content with it");
    assert_eq!(names(&ada, "").await, [""; 0]);
}

/// How many blobs the storage of a test has; drafts count too.
pub fn stored(server: &TestServer) -> usize {
    fn walk(dir: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(dir) else {
            return 0;
        };
        let entries = entries.map(|entry| entry.unwrap().path());
        entries
            .map(|path| if path.is_dir() { walk(&path) } else { 1 })
            .sum()
    }
    walk(&server.data().join("files"))
}

#[tokio::test]
async fn what_is_deleted_comes_back_together_or_goes_for_good() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (papers, files) = tree(&ada).await;
    let (deep, beta) = (id(&files[0]).to_owned(), id(&files[1]).to_owned());
    ada.delete(&format!("/api/files/{beta}")).await.expect(204);
    ada.delete(&format!("/api/files/{papers}")).await.expect(204);
    assert_eq!(names(&ada, "").await, [""; 0]);
    assert_eq!(names(&ada, "q=a.txt").await, [""; 0]);
    assert_eq!(names(&ada, "deleted=true").await, ["Papers", "b.bin"]);
    ada.patch(&format!("/api/files/{deep}"), json!({ "name": "x" }))
        .await
        .expect(409);
    ada.post(&format!("/api/files/{deep}/restore"), json!({}))
        .await
        .expect(409);
    // The name was taken meanwhile.
    folder(&ada, "Papers", None).await;
    let back = ada
        .post(&format!("/api/files/{papers}/restore"), json!({}))
        .await
        .expect(200)
        .data();
    assert_eq!(back["path"], "/Papers (2)");
    let found = ada.get(&format!("/api/files/{deep}")).await.expect(200).data();
    assert_eq!(
        (&found["path"], &found["deleted_at"]),
        (&json!("/Papers (2)/deep/a.txt"), &Value::Null)
    );
    // What was deleted on its own stays where it is.
    assert_eq!(names(&ada, "deleted=true").await, ["b.bin"]);
    ada.delete(&format!("/api/files/{beta}?forever=true"))
        .await
        .expect(204);
    assert_eq!(names(&ada, "deleted=true").await, [""; 0]);
    assert_eq!(stored(&server), 1);
    ada.delete(&format!("/api/files/{papers}")).await.expect(204);
    ada.delete(&format!("/api/files/{papers}")).await.expect(409);
}

#[tokio::test]
async fn content_is_sent_whole_in_ranges_or_not_at_all() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let file = upload(&ada, "ten.txt", "0123456789").await;
    let path = format!("/api/files/{}/content", id(&file));
    let whole = ada.get(&path).await.expect(200);
    assert_eq!(&whole.bytes[..], b"0123456789");
    assert_eq!(whole.header("content-length"), "10");
    assert_eq!(whole.header("content-type"), "text/plain");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert!(whole.header("content-disposition").starts_with("inline;"));
    let tag = whole.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", file["hash"].as_str().unwrap()));
    for (range, expected, told) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let part = ada.get_with(&path, &[("range", range)]).await.expect(206);
        assert_eq!(
            (part.text().as_str(), part.header("content-range")),
            (expected, told)
        );
    }
    let beyond = ada.get_with(&path, &[("range", "bytes=10-")]).await.expect(416);
    assert_eq!(beyond.header("content-range"), "bytes */10");
    ada.get_with(&path, &[("range", "bytes=0-1,3-4")])
        .await
        .expect(200);
    ada.get_with(&path, &[("range", "bytes=0-1"), ("if-range", "\"old\"")])
        .await
        .expect(200);
    ada.get_with(&path, &[("if-none-match", &tag)]).await.expect(304);
    let saved = ada.get(&format!("{path}?download=true")).await.expect(200);
    assert!(saved.header("content-disposition").starts_with("attachment;"));
    // A page that somebody uploaded runs nothing in our name.
    let page = upload(&ada, "a.html", "<script>alert(1)</script>").await;
    let page = ada
        .get(&format!("/api/files/{}/content", id(&page)))
        .await
        .expect(200);
    assert!(page.header("content-disposition").starts_with("attachment;"));
    assert!(page.header("content-security-policy").starts_with("sandbox"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_preview_shows_the_beginning_in_its_own_way() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let shown = async |name: &str, content: &[u8]| {
        let file = upload(&ada, name, content).await;
        ada.get(&format!("/api/files/{}/preview", id(&file)))
            .await
            .expect(200)
            .data()
    };
    assert_eq!(
        shown("a.md", b"# Hi").await,
        json!({ "kind": "markdown", "text": "# Hi", "truncated": false })
    );
    let table = shown("a.csv", b"n;v\n1;one\n").await;
    assert_eq!(
        table,
        json!({ "kind": "table", "rows": [["n", "v"], ["1", "one"]], "truncated": false })
    );
    assert_eq!(shown("a.png", b"x").await["kind"], "image");
    assert_eq!(shown("a.pdf", b"x").await["kind"], "pdf");
    assert_eq!(shown("a.exe", b"x").await["kind"], "none");
    let long = shown("a.txt", "twelve bytes\n".repeat(50_000).as_bytes()).await;
    assert_eq!(long["truncated"], true);
    let text = long["text"].as_str().unwrap();
    assert!(text.len() <= 256 << 10 && text.ends_with("bytes\n"));
}

#[tokio::test]
async fn a_folder_comes_as_a_zip() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (papers, files) = tree(&ada).await;
    let zip = ada.get(&format!("/api/files/{papers}/zip")).await.expect(200);
    assert_eq!(zip.header("content-type"), "application/zip");
    let mut zip = zip::ZipArchive::new(Cursor::new(zip.bytes)).unwrap();
    let mut names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["b.bin", "deep/", "deep/a.txt"]);
    let mut text = String::new();
    zip.by_name("deep/a.txt")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "alpha");
    ada.get(&format!("/api/files/{}/zip", id(&files[0])))
        .await
        .expect(409);
}
