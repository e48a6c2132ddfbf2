//! What Anthropic's clients ask for beside a conversation: documents, tools of Anthropic's servers, and the list of models.

use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};

use crate::upstream::{Upstream, chunk, eventually};

const VERSION: &[(&str, &str)] = &[("anthropic-version", "2023-06-01")];

/// A connection of this kind to an upstream with the model `m`, which answers in this kind's format.
async fn connected(admin: &Client, kind: &str) -> Upstream {
    let upstream = Upstream::with_models(&["m"]).await;
    let body = json!({
        "scope": "system", "kind": kind, "slug": kind, "base_url": upstream.url, "api_key": "sk-test",
    });
    admin.post("/api/connections", body).await.expect(201);
    let name = format!("{kind}/m");
    eventually(admin, "/api/models", |answer| answer.text().contains(&name)).await;
    upstream
}

async fn ask(client: &Client, model: &str, block: Value, tools: Value) -> Answer {
    let content = json!([block, { "type": "text", "text": "What does it say?" }]);
    let body = json!({
        "model": model, "max_tokens": 100, "messages": [{ "role": "user", "content": content }], "tools": tools,
    });
    client.post("/v1/messages", body).await
}

fn pdf() -> Value {
    json!({ "type": "document", "title": "plan",
        "source": { "type": "base64", "media_type": "application/pdf", "data": "JVBERi0=" } })
}

#[tokio::test]
async fn a_pdf_reaches_models_of_both_formats_and_is_refused_where_none_is_read() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = connected(&ada, "openai").await;
    upstream.stream(&[
        chunk(json!({ "content": "Yes." }), None),
        chunk(json!({}), Some("stop")),
    ]);
    ask(&ada, "openai/m", pdf(), json!([])).await.expect(200);
    let sent = upstream.requests()[0].1["messages"][0]["content"][0].clone();
    let file = json!({ "filename": "plan.pdf", "file_data": "data:application/pdf;base64,JVBERi0=" });
    assert_eq!(sent, json!({ "type": "file", "file": file }));

    let upstream = connected(&ada, "anthropic").await;
    upstream.answer(529, "application/json", "{}");
    ask(&ada, "anthropic/m", pdf(), json!([])).await;
    let sent = upstream.requests()[0].1["messages"][0]["content"][0].clone();
    assert_eq!(
        (&sent["type"], &sent["source"]),
        (&json!("document"), &pdf()["source"])
    );

    let agents = connected_agents(&ada).await;
    let refused = ask(&ada, "agents/travel", pdf(), json!([]))
        .await
        .expect(400)
        .json();
    assert_eq!(refused["error"]["type"], "invalid_request_error");
    let why = refused["error"]["message"].as_str().unwrap();
    assert!(why.contains("text only") && why.contains("`file`"), "{why}");
    drop(agents);
    let picture = json!({ "type": "document",
        "source": { "type": "base64", "media_type": "image/tiff", "data": "eA==" } });
    let refused = ask(&ada, "openai/m", picture, json!([])).await.expect(400).text();
    assert!(
        refused.contains("image/tiff") && refused.contains("application/pdf"),
        "{refused}"
    );
}

/// A gateway of agents that lists one.
async fn connected_agents(admin: &Client) -> tokio::task::JoinHandle<()> {
    let agents =
        || async { axum::Json(json!({ "agents": [{ "agentId": "travel", "name": "Travel desk" }] })) };
    let router = axum::Router::new().route("/openapi/agent-chat/v1/agents", axum::routing::get(agents));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let body = json!({
        "scope": "system", "kind": "fabrix", "slug": "agents", "base_url": url, "api_key": "token-0123456789",
    });
    admin.post("/api/connections", body).await.expect(201);
    eventually(admin, "/api/models", |answer| {
        answer.text().contains("agents/travel")
    })
    .await;
    task
}

#[tokio::test]
async fn a_tool_of_anthropics_servers_is_refused_by_its_name() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let text = json!({ "type": "text", "text": "Hi" });
    for tool in ["web_search_20250305", "bash_20250124", "code_execution_20250522"] {
        let tools = json!([{ "type": tool, "name": "it" }]);
        let refused = ask(&ada, "mock/echo", text.clone(), tools)
            .await
            .expect(400)
            .json();
        assert_eq!(refused["error"]["type"], "invalid_request_error");
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(why.contains(tool) && why.contains("tools[0].type"), "{why}");
    }
}

#[tokio::test]
async fn the_models_are_listed_in_the_format_of_who_asks() {
    // What is kept of one format is not given to the other.
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let ids = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|model| model["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let openai = ada.get("/v1/models").await.expect(200).json();
    assert_eq!(
        (&openai["object"], &openai["data"][0]["object"]),
        (&json!("list"), &json!("model"))
    );
    let all = ada.get_with("/v1/models", VERSION).await.expect(200).json();
    let names = ids(&openai);
    assert_eq!(ids(&all), names);
    assert!(names.len() > 3, "{names:?}");
    assert_eq!(
        (&all["has_more"], &all["first_id"], &all["last_id"]),
        (&json!(false), &json!(names.first()), &json!(names.last()))
    );
    let echo = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|model| model["id"] == "mock/echo")
        .unwrap();
    assert_eq!(
        (&echo["type"], &echo["display_name"]),
        (&json!("model"), &json!("Mock: echo"))
    );
    assert!(echo["created_at"].as_str().unwrap().ends_with('Z'), "{echo}");
    assert_eq!(ada.get("/v1/models").await.expect(200).json(), openai);

    let page = async |query: &str| {
        let answer = ada.get_with(&format!("/v1/models?{query}"), VERSION).await;
        let page = answer.expect(200).json();
        (ids(&page), page["has_more"].as_bool().unwrap())
    };
    assert_eq!(page("limit=2").await, (names[..2].to_vec(), true));
    assert_eq!(
        page(&format!("limit=100&after_id={}", names[1])).await,
        (names[2..].to_vec(), false)
    );
    assert_eq!(
        page(&format!("limit=1&before_id={}", names[2])).await,
        (names[1..2].to_vec(), true)
    );
    let wrong = ada
        .get_with("/v1/models?after_id=mock/nothing", VERSION)
        .await
        .expect(400)
        .json();
    assert_eq!(wrong["type"], "error");

    let one = ada
        .get_with("/v1/models/mock/echo", VERSION)
        .await
        .expect(200)
        .json();
    assert_eq!(&one, echo);
    let unknown = ada
        .get_with("/v1/models/mock/nothing", VERSION)
        .await
        .expect(404)
        .json();
    assert_eq!(unknown["error"]["type"], "not_found_error");
}
