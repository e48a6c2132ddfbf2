//! Reading batches: pages of the grid and of the list, files.

use serde_json::json;
use testkit::TestServer;

use crate::batches::{begin, ended, path_of, rows, scripted, text};

#[tokio::test]
async fn the_grid_is_paged_and_long_texts_are_shortened() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    scripted(&ada, "bad", json!({ "status": 400 })).await;
    let mut prompts: Vec<String> = (0..55).map(|n| format!("prompt {n}")).collect();
    prompts[0] = "long ".repeat(1_000);
    let batch = begin(
        &ada,
        json!({ "name": "Long", "prompts": prompts, "models": ["mock/echo", "bad/fail"], "concurrency": 16 }),
    )
    .await;
    ended(&ada, &batch).await;
    let path = format!("{}/rows", path_of(&batch));
    let (mut positions, mut next) = (Vec::new(), String::new());
    loop {
        let page = ada
            .get(&format!("{path}?limit=20{next}"))
            .await
            .expect(200)
            .json();
        let rows = page["data"].as_array().unwrap();
        positions.extend(rows.iter().map(|row| row["position"].as_i64().unwrap()));
        if page["page"]["has_more"] == false {
            break;
        }
        next = format!("&after={}", text(&page["page"]["next"]));
    }
    assert_eq!(positions, (0..55).collect::<Vec<_>>());
    let page = ada
        .get(&format!("{path}?limit=5&offset=50&count=true"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&page["data"][0]["position"], &page["page"]["total"]),
        (&json!(50), &json!(55))
    );
    let failed = ada
        .get(&format!("{path}?status=failed&limit=5&offset=50"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            failed["data"].as_array().unwrap().len(),
            &failed["page"]["has_more"]
        ),
        (5, &json!(false))
    );
    let fields = ada
        .get(&format!("{path}?limit=1&fields=position"))
        .await
        .expect(200)
        .data();
    assert_eq!(fields, json!([{ "position": 0 }]));
    let long = &rows(&ada, &batch, "").await[0].clone();
    assert_eq!(
        (&long["truncated"], &long["cells"][0]["truncated"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(text(&long["cells"][0]["text"]).len(), 2_000);
    let whole = ada.get(&format!("{path}/0")).await.expect(200).data();
    assert_eq!(whole["cells"][0]["text"], whole["prompt"]);
    ada.get(&format!("{path}/55")).await.expect(404);
    ada.get(&format!("{path}/x")).await.expect(404);
}

#[tokio::test]
async fn the_batches_of_a_workspace_are_listed_found_and_renamed() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for name in ["Long", "Other"] {
        let batch = begin(
            &ada,
            json!({ "name": name, "prompts": ["x"], "models": ["mock/echo"] }),
        )
        .await;
        ended(&ada, &batch).await;
    }
    let path = format!("/api/workspaces/{}/batches", ada.workspace);
    let page = ada
        .get(&format!("{path}?limit=1&count=true"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&page["data"][0]["name"], &page["page"]["total"]),
        (&json!("Other"), &json!(2))
    );
    let next = text(&page["page"]["next"]);
    let page = ada
        .get(&format!("{path}?limit=1&after={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&page["data"][0]["name"], &page["page"]["has_more"]),
        (&json!("Long"), &json!(false))
    );
    let long = path_of(&page["data"][0]);
    ada.patch(&long, json!({ "name": "Renamed" })).await.expect(200);
    ada.patch(&long, json!({ "name": " " })).await.expect(422);
    let found = ada
        .get(&format!("{path}?q=rename&fields=name"))
        .await
        .expect(200)
        .data();
    assert_eq!(found, json!([{ "name": "Renamed" }]));
}

#[tokio::test]
async fn a_batch_is_exported_in_every_format_without_formulas_or_markup() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    scripted(&ada, "bad", json!({ "status": 400, "message": "-no" })).await;
    let table = "prompt,expected,topic\n\"=1+1\",2,\"+sums\"\n<b>bold</b>,,x\n";
    let body = json!({ "name": "<i>Sums</i>", "csv": { "text": table }, "models": ["mock/echo", { "model": "bad/fail", "label": "Bad" }] });
    let batch = begin(&ada, body).await;
    ended(&ada, &batch).await;
    let export = |format: &str| format!("{}/export?format={format}", path_of(&batch));
    let csv = ada.get(&export("csv")).await.expect(200);
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        csv.header("content-disposition")
            .contains(&format!("{}.csv", text(&batch["id"])))
    );
    let written = csv.text();
    let lines: Vec<&str> = written.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert!(lines[0].starts_with("row,prompt,expected,topic,asked,expected_answer,conversation_id,original_model,1 mock/echo,1 status"), "{}", lines[0]);
    assert!(lines[0].contains(",2 Bad (bad/fail),2 status,2 error,"));
    assert!(
        lines[1].starts_with("1,'=1+1,2,'+sums,'=1+1,2,,,'=1+1,done,,"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("2,<b>bold</b>,,x,<b>bold</b>,,,,<b>bold</b>,done,,"),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 4, "a header, two rows, the end of the last");
    let json = ada.get(&export("json")).await.expect(200).json();
    assert_eq!(
        (&json["format"], &json["batch"]["id"]),
        (&json!("stoa.batch.1"), &batch["id"])
    );
    assert_eq!(json["rows"][0]["cells"][0]["text"], "=1+1");
    assert_eq!(json["rows"][0]["variables"]["topic"], "+sums");
    let markdown = ada.get(&export("markdown")).await.expect(200).text();
    assert!(
        markdown.starts_with("# <i>Sums</i>\n\n") && markdown.contains("### Bad (bad/fail)"),
        "{markdown}"
    );
    let html = ada.get(&export("html")).await.expect(200).text();
    assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;") && html.ends_with("</body></html>\n"));
    assert!(!html.contains("<b>") && !html.contains("<i>"));
    let pdf = ada.get(&export("pdf")).await.expect(200);
    assert_eq!(pdf.header("content-type"), "application/pdf");
    let pages = pdf_extract::extract_text_from_mem(&pdf.bytes).expect("a PDF");
    for part in ["<i>Sums</i>", "<b>bold</b>", "Expected", "Bad (bad/fail)"] {
        assert!(pages.contains(part), "{part} in {pages}");
    }
    ada.get(&export("docx")).await.expect(400);
}
