//! The formats of exports: the same names everywhere, and those that there are for one that there is not.

use serde_json::json;
use testkit::TestServer;

#[tokio::test]
async fn markdown_has_two_names_in_every_export_and_what_is_unknown_is_told_what_there_is() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let chat = ada.conversation("mock/echo").await;
    ada.say(&chat, "Hi").await;
    let workspace = format!("/api/workspaces/{}", ada.workspace);
    let models = json!([{ "model": "mock/echo" }, { "model": "mock/lorem" }]);
    let begun = ada
        .post(
            &format!("{workspace}/comparisons"),
            json!({ "prompt": "Hi", "models": models }),
        )
        .await
        .expect(202);
    let comparison = begun.data()["conversation"]["id"].as_str().unwrap().to_owned();
    let batch = json!({
        "name": "b", "models": ["mock/echo"], "prompts": ["Hi"],
    });
    let batch = ada
        .post(&format!("{workspace}/batches"), batch)
        .await
        .expect(202)
        .data();
    server.idle().await;
    let exports = [
        (format!("/api/conversations/{chat}/export"), "json"),
        (format!("/api/conversations/{comparison}/export"), "html"),
        (
            format!("/api/batches/{}/export", batch["id"].as_str().unwrap()),
            "csv",
        ),
        (format!("{workspace}/memories/export"), "jsonl"),
    ];
    for (path, other) in exports {
        let long = ada.get(&format!("{path}?format=markdown")).await.expect(200);
        let short = ada.get(&format!("{path}?format=md")).await.expect(200);
        assert!(
            short.header("content-type").starts_with("text/markdown"),
            "{path}"
        );
        assert_eq!(long.text(), short.text(), "{path}");
        let refused = ada.get(&format!("{path}?format=docx")).await.expect(400).text();
        for name in ["docx", "markdown", "md", other] {
            assert!(refused.contains(&format!("`{name}`")), "{path}: {refused}");
        }
    }
}
