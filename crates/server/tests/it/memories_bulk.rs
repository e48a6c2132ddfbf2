//! Memories by the thousand and in the inbox; what is exported, kept and told of them.

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use testkit::TestServer;

use crate::memories::{at, make, path, titles};

#[tokio::test]
async fn many_are_written_in_one_call() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bulk = format!("{}/bulk", path(&ada));
    let items: Vec<Value> = (0..1_000)
        .map(|n| json!({ "content": format!("memory number {n}"), "tags": ["many", format!("m{}", n % 7)], "series": "all", "position": n }))
        .collect();
    let done = ada
        .post(&bulk, json!({ "items": items }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&done["created"], &done["updated"], &done["deleted"]),
        (&json!(1_000), &json!(0), &json!(0))
    );
    let ids: Vec<String> = serde_json::from_value(done["ids"].clone()).unwrap();
    assert_eq!(ids.len(), 1_000);
    let count = async || {
        ada.get(&format!("{}?count=true&limit=1", path(&ada)))
            .await
            .json()["page"]["total"]
            .clone()
    };
    assert_eq!(count().await, 1_000);

    let items: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| match n % 2 {
            0 => json!({ "op": "delete", "id": id }),
            // With an id and no word, it is a change.
            _ => json!({ "id": id, "title": format!("Number {n}"), "tags": ["few"] }),
        })
        .collect();
    let done = ada
        .post(&bulk, json!({ "items": items }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&done["created"], &done["updated"], &done["deleted"]),
        (&json!(0), &json!(500), &json!(500))
    );
    assert_eq!(count().await, 500);
    let tags = ada.get(&format!("{}/tags", path(&ada))).await.json()["data"].clone();
    assert_eq!(tags, json!([{ "tag": "few", "count": 500 }]));
    let one = ada
        .get(&format!("/api/memories/{}", ids[1]))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&one["title"], &one["content"], &one["version"]),
        (&json!("Number 1"), &json!("memory number 1"), &json!(2))
    );
    let stats = ada
        .get(&format!("/api/workspaces/{}/stats", ada.workspace))
        .await
        .data();
    assert_eq!(stats["memories"], 500);
}

#[tokio::test]
async fn a_bulk_write_with_one_fault_changes_nothing_and_names_every_fault() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = make(&ada, json!({ "title": "Old", "content": "old" })).await;
    let bulk = format!("{}/bulk", path(&ada));
    let items = json!({ "items": [
        { "content": "fine" },
        { "op": "update", "id": made["id"], "title": "New" },
        { "content": "" },
        { "op": "delete", "id": "mem_nothing" },
        { "op": "delete" },
        { "op": "delete", "id": made["id"] },
        { "op": "create", "id": made["id"], "content": "x" },
        { "content": "x", "sources": [{ "kind": "file" }] },
    ] });
    let refused = ada.post(&bulk, items).await.expect(422).json();
    let fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "items[2].content",
            "items[3].id",
            "items[4].id",
            "items[5].id",
            "items[6].id",
            "items[7].sources[0].id"
        ]
    );
    assert_eq!(
        ada.get(&path(&ada)).await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(ada.get(&at(&made)).await.data(), made);
    // Of a wrong type: the place is named too.
    let refused = ada
        .post(&bulk, json!({ "items": [{ "content": "x" }, { "content": 5 }] }))
        .await;
    assert_eq!(
        refused.expect(422).json()["errors"][0]["field"],
        "items[1].content"
    );
    ada.post(&bulk, json!({ "items": [] })).await.expect(422);
    let many: Vec<Value> = (0..1_001).map(|_| json!({ "content": "x" })).collect();
    ada.post(&bulk, json!({ "items": many })).await.expect(422);
}

/// Of two who change the same memory at once, one is told; no version is lost and none is there twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_the_same_moment_do_not_overwrite_each_other() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let made = make(&ada, json!({ "content": "zero" })).await;
    let changing: Vec<_> = (0..20)
        .map(|n| {
            let (ada, path) = (ada.clone(), at(&made));
            tokio::spawn(async move {
                ada.patch(&path, json!({ "content": format!("text {n}") }))
                    .await
                    .status
            })
        })
        .collect();
    let mut well = 0;
    for status in changing {
        match status.await.unwrap().as_u16() {
            200 => well += 1,
            status => assert_eq!(status, 409),
        }
    }
    assert!(well >= 1);
    let after = ada.get(&at(&made)).await.data();
    assert_eq!(after["version"], json!(1 + well));
    let versions = ada.get(&format!("{}/versions?limit=100", at(&made))).await.json();
    assert_eq!(versions["data"].as_array().unwrap().len(), well);
}

#[tokio::test]
async fn the_inbox_is_apart_until_a_person_says_yes() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let list = path(&ada);
    let yes = make(
        &ada,
        json!({ "title": "Yes", "content": "a", "tags": ["t"], "status": "proposed" }),
    )
    .await;
    let no = make(
        &ada,
        json!({ "title": "No", "content": "b", "tags": ["t"], "status": "proposed" }),
    )
    .await;
    assert_eq!(ada.get(&list).await.json()["data"], json!([]));
    assert_eq!(ada.get(&format!("{list}/tags")).await.json()["data"], json!([]));
    let inbox = async || {
        titles(
            &ada.get(&format!("{list}?status=proposed&sort=created_at"))
                .await
                .json(),
        )
    };
    assert_eq!(inbox().await, ["Yes", "No"]);
    assert_eq!(
        titles(
            &ada.get(&format!("{list}?status=proposed&tag=t&sort=title"))
                .await
                .json()
        ),
        ["No", "Yes"]
    );

    let accepted = ada
        .post(&format!("{}/accept", at(&yes)), json!({}))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&accepted["status"], &accepted["version"]),
        (&json!("active"), &json!(1))
    );
    let rejected = ada
        .post(&format!("{}/reject", at(&no)), json!({}))
        .await
        .expect(200)
        .data();
    assert_eq!(rejected["status"], "rejected");
    assert_eq!(inbox().await, Vec::<String>::new());
    assert_eq!(titles(&ada.get(&list).await.json()), ["Yes"]);
    assert_eq!(
        titles(&ada.get(&format!("{list}?status=rejected")).await.json()),
        ["No"]
    );
    assert_eq!(
        ada.get(&format!("{list}/tags")).await.json()["data"],
        json!([{ "tag": "t", "count": 1 }])
    );
}

#[tokio::test]
async fn a_second_word_of_the_same_kind_changes_nothing_and_a_no_can_become_a_yes() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let list = path(&ada);
    let propose = async |title: &str| {
        let body = json!({ "title": title, "content": "a", "tags": ["t"], "status": "proposed" });
        make(&ada, body).await
    };
    let (yes, no) = (propose("Yes").await, propose("No").await);
    let say = async |memory: &Value, word: &str| ada.post(&format!("{}/{word}", at(memory)), json!({})).await;
    let accepted = say(&yes, "accept").await.expect(200).data();
    say(&no, "reject").await.expect(200);
    assert_eq!(say(&yes, "accept").await.expect(200).data(), accepted);
    say(&no, "reject").await.expect(200);
    // What is in use is not rejected, but deleted.
    say(&yes, "reject").await.expect(409);
    say(&no, "accept").await.expect(200);
    let shown = ada.get(&format!("{list}?tag=t&sort=title")).await.json();
    assert_eq!(titles(&shown), ["No", "Yes"]);
    ada.patch(&at(&yes), json!({ "status": "proposed" }))
        .await
        .expect(422);
}

#[tokio::test]
async fn everything_is_exported_in_three_forms_row_by_row() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let items: Vec<Value> = (0..600)
        .map(|n| json!({ "title": format!("T{n}"), "content": format!("line one, \"{n}\"\nline two"), "tags": ["a", "b"] }))
        .collect();
    ada.post(&format!("{}/bulk", path(&ada)), json!({ "items": items }))
        .await
        .expect(200);
    make(&ada, json!({ "content": "not yet", "status": "proposed" })).await;
    let export = async |format: &str| {
        ada.get(&format!("{}/export?format={format}", path(&ada)))
            .await
            .expect(200)
    };

    let lines = export("jsonl").await;
    assert_eq!(
        lines.header("content-disposition"),
        "attachment; filename=\"memories.jsonl\""
    );
    let rows: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 600);
    assert_eq!(
        (&rows[7]["title"], &rows[7]["content"]),
        (&json!("T7"), &json!("line one, \"7\"\nline two"))
    );
    assert_eq!(ada.get(&at(&rows[7])).await.data(), rows[7]);

    let table = export("csv").await.text();
    assert!(table.starts_with("id,title,content,tags,"), "{}", &table[..80]);
    assert!(table.contains(",T7,\"line one, \"\"7\"\"\nline two\",a; b,active,"));
    let text = export("md").await.text();
    assert!(text.contains("# T7\n\n_a, b_\n\nline one, \"7\"\nline two\n\n"));
    assert_eq!(export("jsonl&status=proposed").await.text().lines().count(), 1);

    // Streamed: the first piece is there before the last row is read.
    let response = ada
        .open(Method::GET, &format!("{}/export", path(&ada)), None, &[])
        .await;
    let pieces = response.into_body().into_data_stream().count().await;
    assert!(pieces > 100, "{pieces} pieces");
}

#[tokio::test]
async fn a_kept_list_falls_with_every_write() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let (list, tags) = (path(&ada), format!("{}/tags", path(&ada)));
    let stats = format!("/api/workspaces/{}/stats", ada.workspace);
    let shown = async || {
        let mut all = Vec::new();
        for path in [&list, &tags, &stats] {
            ada.get(path).await.expect(200);
            all.push(ada.get(path).await.expect(200));
        }
        (
            titles(&all[0].json()),
            all[1].json()["data"].clone(),
            all[2].data()["memories"].clone(),
        )
    };
    assert_eq!(shown().await, (vec![], json!([]), json!(0)));
    let made = make(&ada, json!({ "title": "One", "content": "x", "tags": ["t"] })).await;
    assert_eq!(
        shown().await,
        (
            vec!["One".to_owned()],
            json!([{ "tag": "t", "count": 1 }]),
            json!(1)
        )
    );
    ada.get(&at(&made)).await.expect(200);
    ada.patch(&at(&made), json!({ "title": "Two", "tags": [] }))
        .await
        .expect(200);
    assert_eq!(shown().await, (vec!["Two".to_owned()], json!([]), json!(1)));
    assert_eq!(ada.get(&at(&made)).await.data()["title"], "Two");
    let items =
        json!({ "items": [{ "title": "Three", "content": "x" }, { "op": "delete", "id": made["id"] }] });
    ada.post(&format!("{list}/bulk"), items).await.expect(200);
    assert_eq!(shown().await, (vec!["Three".to_owned()], json!([]), json!(1)));
    ada.get(&at(&made)).await.expect(404);
}

#[tokio::test]
async fn an_open_page_hears_of_a_change() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let response = ada.open(Method::GET, "/api/changes", None, &[]).await;
    let mut feed = response.into_body().into_data_stream();
    make(&ada, json!({ "content": "news" })).await;
    let mut heard = String::new();
    while !heard.contains("memories") {
        let piece = tokio::time::timeout(std::time::Duration::from_secs(10), feed.next()).await;
        heard.push_str(std::str::from_utf8(&piece.unwrap().unwrap().unwrap()).unwrap());
    }
    assert!(heard.contains(&ada.workspace), "{heard}");
}

/// Whoever hangs up and whatever dies: a bulk write is there whole or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_write_that_is_cut_off_is_whole_or_absent() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bulk = format!("{}/bulk", path(&ada));
    let shared = make(&ada, json!({ "content": "shared" })).await;
    // Each round tags its own; some callers hang up at once, some a little later, and all of them fight over one memory.
    let rounds: Vec<_> = (0..12_u64)
        .map(|round| {
            let (ada, bulk, id) = (ada.clone(), bulk.clone(), shared["id"].clone());
            tokio::spawn(async move {
                let tag = format!("round {round}");
                let mut items: Vec<Value> = (0..150)
                    .map(|n| json!({ "content": format!("{round} {n}"), "tags": [tag] }))
                    .collect();
                items.push(json!({ "op": "update", "id": id, "content": tag }));
                let write = ada.post(&bulk, json!({ "items": items }));
                let _ = tokio::time::timeout(std::time::Duration::from_millis(round * 4), write).await;
            })
        })
        .collect();
    for round in rounds {
        round.await.unwrap();
    }
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    // What had been sent to PostgreSQL when the server died may still be committed there, also between two readings, and
    // nobody is left to tell the new server's cache: it does without, and only readings with the same tags before and after
    // them are of one moment.
    ada.patch("/api/performance/cache/default", json!({ "enabled": false }))
        .await
        .expect(200);
    let (tags, count, version) = loop {
        let before = tags_of(&ada).await;
        let list = ada
            .get(&format!("{}?count=true&limit=1", path(&ada)))
            .await
            .json();
        let version = ada.get(&at(&shared)).await.data()["version"].clone();
        if tags_of(&ada).await == before {
            break (before, list["page"]["total"].clone(), version);
        }
    };
    assert!(tags.iter().all(|tag| tag["count"] == 150), "{tags:?}");
    assert_eq!(count, json!(1 + 150 * tags.len()));
    // The one they fought over was written once for each that is there.
    assert_eq!(version, json!(1 + tags.len()));
}

async fn tags_of(client: &testkit::Client) -> Vec<Value> {
    let tags = client
        .get(&format!("{}/tags", path(client)))
        .await
        .expect(200)
        .json();
    tags["data"].as_array().unwrap().clone()
}
