//! What batches are made of: lists, tables, conversations; what they will cost; what is refused.

use http::Method;
use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::batches::{answering, begin, ended, path_of, priced, rows, text};
use crate::upstream::Upstream;

#[tokio::test]
async fn the_rows_of_a_table_fill_templates_and_system_prompts() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let table = "question;language;expected\n\"Why; though?\";German;Darum\nHow?;French;\n";
    let mut body = json!({
        "models": ["mock/echo"], "settings": { "system_prompt": "Answer in {{language}}." },
        "csv": { "text": table, "template": "{{question}} ({{ language }})" },
    });
    let batch = begin(&ada, body.clone()).await;
    assert_eq!(
        (&batch["source"], &batch["columns"]),
        (&json!("csv"), &json!(["question", "language", "expected"]))
    );
    assert_eq!(batch["name"], "Why; though? (German)");
    ended(&ada, &batch).await;
    let rows = rows(&ada, &batch, "").await;
    assert_eq!(rows[0]["cells"][0]["text"], "Why; though? (German)");
    assert_eq!(
        (&rows[0]["expected"], &rows[1]["expected"]),
        (&json!("Darum"), &Value::Null)
    );
    let one = ada
        .get(&format!("{}/rows/0", path_of(&batch)))
        .await
        .expect(200)
        .data();
    assert_eq!(one["variables"]["language"], "German");
    // What is wrong with a table is told by field.
    let path = format!("/api/workspaces/{}/batches", ada.workspace);
    for (change, field) in [
        (
            json!({ "text": table, "template": "{{qestion}}" }),
            "csv.template",
        ),
        (json!({ "text": table }), "csv.prompt_column"),
        (
            json!({ "text": table, "prompt_column": "question", "expected_column": "x" }),
            "csv.expected_column",
        ),
        (json!({ "text": "prompt\n" }), "csv.text"),
        (json!({ "text": "prompt,a\n,1\n" }), "csv.text"),
    ] {
        body["csv"] = change;
        body["settings"] = json!({});
        let refused = ada.post(&path, body.clone()).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    body["csv"] = json!({ "text": "prompt\nx\n" });
    body["settings"] = json!({ "system_prompt": "{{language}}" });
    let refused = ada.post(&path, body).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "models[0].settings.system_prompt");
}

#[tokio::test]
async fn what_no_batch_can_be_made_of_is_refused() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/batches", ada.workspace);
    let ten = vec!["mock/echo"; 10];
    let many: Vec<String> = (0..2_001).map(|n| n.to_string()).collect();
    for (body, status, field) in [
        (json!({ "models": ["mock/echo"] }), 422, "prompts"),
        (json!({ "models": ["mock/echo"], "prompts": [] }), 422, "prompts"),
        (
            json!({ "models": ["mock/echo"], "prompts": ["a"], "csv": { "text": "prompt\na" } }),
            422,
            "prompts",
        ),
        (
            json!({ "models": ["mock/echo"], "prompts": ["a", " "] }),
            422,
            "prompts[1].prompt",
        ),
        (json!({ "models": [], "prompts": ["a"] }), 422, "models"),
        (
            json!({ "models": ["mock/echo"], "prompts": ["a"], "concurrency": 17 }),
            422,
            "concurrency",
        ),
        (json!({ "models": ten, "prompts": many }), 422, "prompts"),
        (json!({ "models": ["mock/gone"], "prompts": ["a"] }), 404, "model"),
        (
            json!({ "models": ["mock/echo"], "conversations": { "last": 0 } }),
            422,
            "conversations.last",
        ),
        (
            json!({ "models": ["mock/echo"], "conversations": { "ids": ["cnv_x"] } }),
            422,
            "conversations.ids",
        ),
        (
            json!({ "models": ["mock/echo"], "conversations": { "last": 3 } }),
            422,
            "conversations",
        ),
    ] {
        let refused = ada.post(&path, body).await.expect(status).json();
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    let list = ada.get(&path).await.expect(200).data();
    assert_eq!(list, json!([]));
}

/// What was said to the model last.
fn said(upstream: &Upstream) -> Vec<(String, String)> {
    let sent = upstream.requests().last().expect("a request").1["messages"].clone();
    let turns = sent.as_array().unwrap().iter();
    turns
        .map(|turn| (text(&turn["role"]), text(&turn["content"])))
        .collect()
}

/// Two conversations that can be replayed, the first of two questions, and two that can not.
async fn talked(server: &TestServer, client: &Client) -> [String; 2] {
    let first = client.conversation("mock/echo").await;
    let path = format!("/api/conversations/{first}");
    client
        .patch(&path, json!({ "system_prompt": "Be short." }))
        .await
        .expect(200);
    client.say(&first, "one").await;
    client.say(&first, "two").await;
    let second = client.conversation("mock/echo").await;
    client.say(&second, "three").await;
    client.conversation("mock/echo").await;
    let comparison = json!({ "prompt": "x", "models": ["mock/echo"] });
    client.post("/api/compare", comparison).await.expect(200);
    server.idle().await;
    [first, second]
}

#[tokio::test]
async fn conversations_are_replayed_with_what_was_said_before_and_the_original_answer_beside() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = answering(&ada).await;
    let [first, second] = talked(&server, &ada).await;
    let body = json!({ "conversations": { "last": 10 }, "models": ["up/a"], "concurrency": 1 });
    let batch = begin(&ada, body).await;
    assert_eq!(
        (&batch["source"], &batch["rows"]),
        (&json!("conversations"), &json!(2))
    );
    ended(&ada, &batch).await;
    let replayed = rows(&ada, &batch, "").await;
    let told = |row: &Value| {
        ["prompt", "expected", "conversation_id", "original_model"].map(|field| text(&row[field]))
    };
    assert_eq!(
        told(&replayed[0]),
        ["three", "three", second.as_str(), "mock/echo"]
    );
    assert_eq!(told(&replayed[1]), ["two", "two", first.as_str(), "mock/echo"]);
    assert!(replayed.iter().all(|row| row["cells"][0]["text"] == "Yes."));
    let whole = ada
        .get(&format!("{}/rows/1", path_of(&batch)))
        .await
        .expect(200)
        .data();
    let turn = |role: &str, content: &str| json!({ "role": role, "content": content });
    assert_eq!(
        whole["history"],
        json!([turn("user", "one"), turn("assistant", "one")])
    );
    // The model was sent the conversation as it was.
    let wanted = [
        ("system", "Be short."),
        ("user", "one"),
        ("assistant", "one"),
        ("user", "two"),
    ];
    let wanted = wanted.map(|(role, content)| (role.to_owned(), content.to_owned()));
    assert_eq!(said(&upstream), wanted);
}

#[tokio::test]
async fn conversations_are_replayed_by_name_where_they_belong() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let [first, _] = talked(&server, &ada).await;
    let body = json!({ "conversations": { "ids": [first, first] }, "models": ["mock/echo"] });
    let named = begin(&ada, body.clone()).await;
    assert_eq!(named["rows"], 1);
    ended(&ada, &named).await;
    // Nobody else's.
    let eve = server.register("eve").await;
    let path = format!("/api/workspaces/{}/batches", eve.workspace);
    let refused = eve.post(&path, body).await.expect(422).json();
    assert_eq!(refused["errors"][0]["field"], "conversations.ids");
}

#[tokio::test]
async fn what_a_batch_will_cost_is_told_before_it_begins() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    priced(&ada, 10.0).await;
    let path = format!("/api/workspaces/{}/batches/estimate", ada.workspace);
    let body = json!({ "prompts": ["12345678", "1234"], "models": ["paid/echo", "mock/echo"], "settings": { "max_tokens": 1000 } });
    let told = ada.post(&path, body).await.expect(200).data();
    assert_eq!((&told["rows"], &told["cells"]), (&json!(2), &json!(4)));
    let [paid, free] = [&told["lanes"][0], &told["lanes"][1]];
    assert_eq!(
        (&paid["prompt_tokens"], &paid["answer_tokens_max"]),
        (&json!(3), &json!(1_000))
    );
    // A thousand tokens at ten micro-units each, and four hundred, of two cells.
    assert_eq!(
        (&paid["cost_micros_max"], &paid["cost_micros_expected"]),
        (&json!(20_000), &json!(8_000))
    );
    assert_eq!(
        (&free["priced"], &free["cost_micros_max"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(told["cost_micros_max"], 20_000);
    let list = ada
        .get(&format!("/api/workspaces/{}/batches", ada.workspace))
        .await
        .expect(200)
        .data();
    assert_eq!(list, json!([]));
}

#[tokio::test]
async fn the_same_request_begins_one_batch_and_ten_thousand_rows_fit() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/batches", ada.workspace);
    let prompts: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
    let body = json!({ "prompts": prompts, "models": ["mock/silent", "mock/silent"] });
    let key = [("idempotency-key", "once")];
    let first = ada
        .send(Method::POST, &path, Some(body.clone()), &key)
        .await
        .expect(202)
        .data();
    assert_eq!(
        (&first["rows"], &first["cells"]),
        (&json!(10_000), &json!(20_000))
    );
    let again = ada
        .send(Method::POST, &path, Some(body), &key)
        .await
        .expect(202)
        .data();
    assert_eq!(again["id"], first["id"]);
    let page = ada
        .get(&format!("{}/rows?limit=2&offset=9998", path_of(&first)))
        .await
        .expect(200)
        .data();
    assert_eq!(page[1]["prompt"], "p9999");
    ada.delete(&path_of(&first)).await.expect(204);
    server.idle().await;
}
