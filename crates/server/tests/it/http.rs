//! The habits of every answer: headers, conditional requests, compression, problems, documents.

use serde_json::{Value, json};
use testkit::TestServer;

#[tokio::test]
async fn every_answer_says_what_it_cost() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let answer = ada
        .get_with("/api/workspaces", &[("x-request-id", "my-own-id")])
        .await
        .expect(200);
    assert_eq!(answer.header("x-request-id"), "my-own-id");
    assert!(answer.header("x-process-time").parse::<f64>().unwrap() > 0.0);
    assert!(answer.header("server-timing").contains("db;dur="));
    let other = ada
        .get_with("/api/workspaces", &[("x-request-id", "an id with spaces")])
        .await;
    assert!(other.header("x-request-id").starts_with("req_"));
}

#[tokio::test]
async fn an_unchanged_answer_is_304_and_a_changed_one_is_not() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let first = ada.get("/api/workspaces").await.expect(200);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "strong: {tag}");
    let again = ada
        .get_with("/api/workspaces", &[("if-none-match", &tag)])
        .await
        .expect(304);
    assert!(again.bytes.is_empty());
    assert_eq!(again.header("etag"), tag);
    ada.post("/api/workspaces", json!({ "name": "New" }))
        .await
        .expect(201);
    ada.get_with("/api/workspaces", &[("if-none-match", &tag)])
        .await
        .expect(200);
}

#[tokio::test]
async fn a_browser_keeps_answers_for_itself_and_asks_whether_they_are_still_right() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let vary = |answer: &testkit::Answer| {
        let values = answer.headers.get_all("vary").iter();
        values
            .map(|value| value.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    };
    for path in [
        "/api/auth/me",
        "/api/workspaces",
        "/api/models",
        "/v1/models",
        "/api/settings",
    ] {
        let answer = ada.get(path).await.expect(200);
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
        for name in ["Accept-Encoding", "Cookie", "Authorization"] {
            assert!(vary(&answer).contains(name), "{path}: {}", vary(&answer));
        }
        // The answer without a body says the same, for it replaces the kept headers.
        let same = [("if-none-match", answer.header("etag"))];
        let again = ada.get_with(path, &same).await.expect(304);
        assert_eq!(again.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(vary(&again), vary(&answer), "{path}");
    }
    let missing = ada.get("/api/workspaces/nothing").await.expect(404);
    assert_eq!(missing.header("cache-control"), "no-store");
    let made = ada
        .post("/api/workspaces", json!({ "name": "New" }))
        .await
        .expect(201);
    assert_eq!(made.header("etag"), "");
}

#[tokio::test]
async fn settings_take_a_precondition() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let tag = ada
        .get("/api/settings")
        .await
        .expect(200)
        .header("etag")
        .to_owned();
    let change = |to: &str| Some(json!({ "registration": to }));
    let path = "/api/settings";
    ada.send(http::Method::PATCH, path, change("closed"), &[("if-match", &tag)])
        .await
        .expect(200);
    ada.send(http::Method::PATCH, path, change("open"), &[("if-match", &tag)])
        .await
        .expect(412);
    ada.patch(path, json!({ "registration": "invite" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn large_answers_are_compressed_and_small_ones_are_not() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for n in 0..10 {
        ada.post("/api/workspaces", json!({ "name": format!("Workspace {n}") }))
            .await
            .expect(201);
    }
    let plain = ada.get("/api/workspaces").await.expect(200);
    for (encoding, first) in [
        ("gzip", &[0x1f_u8, 0x8b][..]),
        ("zstd", &[0x28, 0xb5]),
        ("br", &[]),
    ] {
        let packed = ada
            .get_with("/api/workspaces", &[("accept-encoding", encoding)])
            .await
            .expect(200);
        assert_eq!(packed.header("content-encoding"), encoding);
        assert!(packed.header("vary").contains("Accept-Encoding"));
        assert!(packed.bytes.starts_with(first) && packed.bytes.len() < plain.bytes.len() / 2);
        assert_ne!(
            packed.header("etag"),
            plain.header("etag"),
            "a strong tag names the bytes"
        );
        ada.get_with(
            "/api/workspaces",
            &[
                ("accept-encoding", encoding),
                ("if-none-match", plain.header("etag")),
            ],
        )
        .await
        .expect(304);
    }
    let small = ada
        .get_with("/health", &[("accept-encoding", "gzip")])
        .await
        .expect(200);
    assert_eq!(small.header("content-encoding"), "");
}

#[tokio::test]
async fn errors_are_problems_with_a_code_and_what_to_do() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let missing = ada.get("/api/workspaces/nothing").await.expect(404);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    let body = missing.json();
    assert_eq!(body["code"], "not_found");
    assert_eq!(body["status"], 404);
    assert_eq!(body["request_id"], missing.header("x-request-id"));
    let nobody = server.anonymous().get("/api/workspaces").await.expect(401);
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
    assert_eq!(
        ada.get("/api/nowhere").await.expect(404).json()["code"],
        "not_found"
    );
    assert_eq!(
        ada.delete("/api/workspaces").await.expect(405).json()["code"],
        "method_not_allowed"
    );
    let headers = [("content-type", "text/plain")];
    assert_eq!(
        ada.send(http::Method::POST, "/api/workspaces", None, &headers)
            .await
            .expect(415)
            .json()["code"],
        "unsupported_media_type"
    );
    let headers = [("content-type", "application/json")];
    assert_eq!(
        ada.send(http::Method::POST, "/api/workspaces", None, &headers)
            .await
            .expect(400)
            .json()["code"],
        "malformed"
    );
    let large = ada
        .post("/api/workspaces", json!({ "name": "x".repeat(2 << 20) }))
        .await
        .expect(413);
    assert_eq!(large.json()["code"], "too_large");
    let wrong = ada
        .post("/api/workspaces", json!({ "name": 7 }))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["field"], "name");
    // Below /v1 the same problem is told in OpenAI's words.
    let nobody = server.anonymous().get("/v1/models").await.expect(401).json();
    assert_eq!(nobody["error"]["code"], "invalid_api_key");
}

#[tokio::test]
async fn health_ready_and_documents_are_open() {
    let server = TestServer::new().await;
    let anyone = server.anonymous();
    assert_eq!(anyone.get("/health").await.expect(200).json()["status"], "ok");
    assert_eq!(
        anyone.get("/ready").await.expect(200).json(),
        json!({ "status": "ready", "database": true })
    );
    assert!(
        anyone
            .get("/docs")
            .await
            .expect(200)
            .text()
            .contains("/docs/docs.js")
    );
    assert!(
        anyone
            .get("/docs/errors")
            .await
            .expect(200)
            .text()
            .contains("`reply_running` | 409")
    );
    let document = anyone.get("/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let operations = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let ids: Vec<&str> = operations
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "operation ids are unique");
    assert!(ids.iter().all(|id| !id.is_empty()));
    let refs = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in refs
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(schemas.contains_key(name), "{name} is referred to and not there");
    }
}

#[tokio::test]
async fn a_page_of_the_client_is_never_an_api_answer() {
    let server = TestServer::new().await;
    let answer = server.anonymous().get("/api/does/not/exist").await.expect(404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["errors"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_name_that_no_body_has_is_refused_with_the_one_it_looks_like() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let at = |rest: &str| format!("/api/workspaces/{}/{rest}", ada.workspace);
    for (path, body, field, told) in [
        (
            at("memories"),
            json!({ "content": "x", "valid_to": "2030-01-01T00:00:00Z" }),
            "valid_to",
            "did you mean `valid_from` or `valid_until`?",
        ),
        (
            at("memories/bulk"),
            json!({ "items": [{ "content": "x", "tag": ["a"] }] }),
            "items[0].tag",
            "did you mean `tags`?",
        ),
        (
            at("keys"),
            json!({ "name": "app", "scopes": ["read"] }),
            "scopes",
            "is not known here",
        ),
        (
            at("conversations"),
            json!({ "temperature": -1 }),
            "temperature",
            "there are title, model, tag, system_prompt, collection",
        ),
        (
            "/api/workspaces".to_owned(),
            json!({ "nmae": "x" }),
            "nmae",
            "did you mean `name`?",
        ),
    ] {
        let refused = ada.post(&path, body).await.expect(422).json();
        let error = &refused["errors"][0];
        assert_eq!(error["field"], field, "{refused}");
        assert!(error["message"].as_str().unwrap().ends_with(told), "{refused}");
    }
}

#[tokio::test]
async fn every_list_is_cut_and_shows_the_fields_that_are_asked_for() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for name in ["one", "two"] {
        ada.post("/api/auth/keys", json!({ "name": name }))
            .await
            .expect(201);
    }
    for path in ["/api/auth/keys", "/api/models", "/api/connections"] {
        let get = async |query: &str| ada.get(&format!("{path}?{query}")).await;
        let all = get("count=true").await.expect(200).json();
        let count = all["data"].as_array().unwrap().len();
        assert_eq!(all["page"]["total"], count);
        let cut = get("limit=1&offset=1&fields=id").await.expect(200).json();
        let expected: Vec<Value> = all["data"]
            .as_array()
            .unwrap()
            .iter()
            .skip(1)
            .take(1)
            .map(|row| json!({ "id": row["id"] }))
            .collect();
        assert_eq!(cut["data"], json!(expected), "{path}");
        assert_eq!(
            cut["page"],
            json!({ "limit": 1, "offset": 1, "has_more": count > 2 })
        );
        let behind = get("offset=100000").await.expect(200).json();
        assert_eq!(behind["data"], json!([]), "{path}");
        for wrong in ["limit=0", "limit=101", "offset=100001", "after=x", "fields=idd"] {
            get(wrong).await.expect(422);
        }
        get("limit=many").await.expect(400);
    }
}

#[tokio::test]
async fn an_unknown_field_of_a_row_is_refused_although_there_is_no_row() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let at = |rest: &str| format!("/api/workspaces/{}/{rest}", ada.workspace);
    for path in [
        at("invitations"),
        at("keys"),
        at("presets"),
        at("leaderboard/tags"),
        at("memories/tags"),
        at("conversations"),
        "/api/routes".to_owned(),
        "/api/models/stats".to_owned(),
        "/api/invitations".to_owned(),
    ] {
        let none = ada.get(&path).await.expect(200).data();
        assert_eq!(none, json!([]), "{path}");
        let refused = ada
            .get(&format!("{path}?fields=nothing"))
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["field"], "fields", "{path}");
    }
    ada.get("/api/auth/sessions?fields=nothing").await.expect(422);
}

#[tokio::test]
async fn a_list_by_cursor_refuses_an_offset_and_says_how_it_is_paged() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    for path in [
        "/api/admin/users".to_owned(),
        "/api/admin/keys".to_owned(),
        "/api/admin/conversations".to_owned(),
        format!("/api/conversations/{conversation}/messages"),
    ] {
        let refused = ada.get(&format!("{path}?offset=100000")).await.expect(422).json();
        assert!(
            refused["detail"].as_str().unwrap().contains("`after`"),
            "{refused}"
        );
        ada.get(&format!("{path}?offset=0")).await.expect(200);
    }
}
