//! The catalogue: what a caller may use, which connection a name means, and what a look-up costs.

use serde_json::{Value, json};
use testkit::{Answer, Client, TestServer};

use crate::changes::Page;
use crate::upstream::{Upstream, eventually};

fn ids(answer: &Answer) -> Vec<String> {
    answer
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Connects an upstream and waits until one of its models is listed.
async fn connect(client: &Client, body: Value, list: &str, model: &str) -> String {
    let made = client.post("/api/connections", body).await.expect(201).data();
    eventually(client, list, |answer| ids(answer).iter().any(|id| id == model)).await;
    made["id"].as_str().unwrap().to_owned()
}

fn at(upstream: &Upstream, scope: &str, slug: &str) -> Value {
    json!({ "scope": scope, "kind": "openai", "slug": slug, "base_url": upstream.url, "api_key": "sk-test" })
}

#[tokio::test]
async fn the_mock_models_are_there_from_the_first_request_on() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let list = ada.get("/api/models").await.expect(200);
    assert_eq!(
        ids(&list),
        [
            "mock/echo",
            "mock/lorem",
            "mock/fail",
            "mock/silent",
            "mock/embed"
        ]
    );
    let echo = &list.data()[0];
    assert_eq!(
        echo,
        &json!({
            "id": "mock/echo", "name": "Mock: echo", "connection_id": "con_mock", "connection": "Mock", "kind": "mock",
            "capabilities": { "chat": true, "embeddings": false, "tools": false, "vision": false, "reasoning": false },
            "context_tokens": 128_000, "output_tokens": 1_000_000, "input_price_micros": 0, "cached_input_price_micros": 0,
            "cache_write_price_micros": 0, "output_price_micros": 0, "price_source": null, "price_changes_at": null,
            "available": true, "local": false, "is_default": true,
        })
    );
    server.anonymous().get("/api/models").await.expect(401);
}

#[tokio::test]
async fn a_suspended_model_that_comes_with_stoa_is_told_and_shown_at_once() {
    let server = TestServer::trusting_cache().await;
    let ada = server.register("ada").await;
    let available = async || {
        let models = ada.get("/api/models").await.expect(200).data();
        let fail = models
            .as_array()
            .unwrap()
            .iter()
            .find(|model| model["id"] == "mock/fail");
        fail.unwrap()["available"].clone()
    };
    let mut page = Page::of(&ada).await;
    assert_eq!(available().await, true);
    for _ in 0..5 {
        let body = json!({ "model": "mock/fail", "messages": [{ "role": "user", "content": "x" }] });
        ada.post("/v1/chat/completions", body).await;
    }
    page.hears("models", None, None).await;
    assert_eq!(available().await, false);
}

#[tokio::test]
async fn the_administrators_choice_is_the_default_while_it_can_be_used() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let default = async || {
        let list = ada.get("/api/models").await.expect(200).data();
        let chosen: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .filter(|model| model["is_default"] == true)
            .cloned()
            .collect();
        assert_eq!(chosen.len(), 1, "{list}");
        chosen[0]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(default().await, "mock/echo");
    ada.patch("/api/settings", json!({ "default_model": "mock/lorem" }))
        .await
        .expect(200);
    assert_eq!(default().await, "mock/lorem");
    let gone = json!({ "scope": "system", "kind": "mock", "slug": "gone", "name": "Gone", "settings": {} });
    let gone = ada.post("/api/connections", gone).await.expect(201).data();
    ada.patch("/api/settings", json!({ "default_model": "gone/echo" }))
        .await
        .expect(200);
    assert_eq!(default().await, "gone/echo");
    ada.delete(&format!("/api/connections/{}", gone["id"].as_str().unwrap()))
        .await
        .expect(204);
    assert_eq!(default().await, "mock/echo");
}

#[tokio::test]
async fn the_models_of_the_settings_are_there_and_answer_and_null_takes_them_away() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for name in ["default_model", "title_model"] {
        for (model, status) in [
            (json!("nope/x"), 422),
            (json!("mock/embed"), 422),
            (json!("mock/lorem"), 200),
        ] {
            let answer = ada
                .patch("/api/settings", json!({ name: model }))
                .await
                .expect(status);
            if status == 422 {
                assert_eq!(answer.json()["errors"][0]["field"], name, "{}", answer.text());
            }
        }
        for nothing in [json!(null), json!("")] {
            ada.patch("/api/settings", json!({ name: "mock/echo" }))
                .await
                .expect(200);
            let cleared = ada
                .patch("/api/settings", json!({ name: nothing }))
                .await
                .expect(200);
            assert_eq!(cleared.data()[name], json!(null));
        }
    }
    let both = ada
        .patch(
            "/api/settings",
            json!({ "default_model": "a/b", "title_model": "c/d" }),
        )
        .await;
    assert_eq!(both.expect(422).json()["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_most_personal_connection_of_a_slug_wins() {
    let server =
        TestServer::with(&[("auth.registration", "open"), ("providers.allow_private", "true")]).await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let everybodys = Upstream::with_models(&["big", "shared"]).await;
    let teams = Upstream::with_models(&["big", "team"]).await;
    let bobs = Upstream::with_models(&["big", "bob"]).await;
    connect(&ada, at(&everybodys, "system", "up"), "/api/models", "up/shared").await;
    let lab = ada
        .post("/api/workspaces", json!({ "name": "Lab", "id": "lab" }))
        .await
        .expect(201)
        .data();
    server
        .join(&ada, lab["id"].as_str().unwrap(), &bob, "member")
        .await;
    let mut body = at(&teams, "workspace", "up");
    body["workspace"] = json!("lab");
    connect(&ada, body, "/api/models?workspace=lab", "up/team").await;
    let own = connect(&bob, at(&bobs, "user", "up"), "/api/models", "up/bob").await;

    let mocks = [
        "mock/echo",
        "mock/lorem",
        "mock/fail",
        "mock/silent",
        "mock/embed",
    ];
    let of = async |client: &Client, path: &str| -> Vec<String> {
        ids(&client.get(path).await.expect(200))
            .into_iter()
            .filter(|id| !mocks.contains(&id.as_str()))
            .collect()
    };
    assert_eq!(of(&ada, "/api/models").await, ["up/big", "up/shared"]);
    assert_eq!(of(&ada, "/api/models?workspace=lab").await, ["up/big", "up/team"]);
    assert_eq!(of(&bob, "/api/models").await, ["up/big", "up/bob"]);
    assert_eq!(of(&bob, "/api/models?workspace=lab").await, ["up/big", "up/bob"]);

    // A connection that is switched off does not stand in the way of the next.
    bob.patch(&format!("/api/connections/{own}"), json!({ "enabled": false }))
        .await
        .expect(200);
    assert_eq!(of(&bob, "/api/models?workspace=lab").await, ["up/big", "up/team"]);
    bob.delete(&format!("/api/connections/{own}")).await.expect(204);
    assert_eq!(of(&bob, "/api/models").await, ["up/big", "up/shared"]);
    bob.get("/api/models?workspace=nowhere").await.expect(404);
}

#[tokio::test]
async fn what_can_not_be_used_says_why() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one"]).await;
    let id = connect(&ada, at(&upstream, "system", "up"), "/api/models", "up/one").await;
    let path = format!("/api/connections/{id}");
    let reason = async |wanted: &str| {
        let has = |answer: &Answer| {
            let list = answer.data();
            let model = list
                .as_array()
                .unwrap()
                .iter()
                .find(|model| model["id"] == "up/one")
                .cloned()
                .unwrap();
            model["available"] == false && model["unavailable_reason"].as_str().unwrap().contains(wanted)
        };
        eventually(&ada, "/api/models", has).await;
    };
    upstream.refuse_keys(true);
    ada.patch(&path, json!({ "name": "Upstream" })).await.expect(200);
    reason("refuses the key of the connection \"Upstream\"").await;
    ada.patch(&path, json!({ "enabled": false })).await.expect(200);
    reason("switched off").await;
    let refused = ada
        .post(
            "/v1/chat/completions",
            json!({ "model": "up/one", "messages": [{ "role": "user", "content": "x" }] }),
        )
        .await
        .expect(503);
    assert!(
        refused.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("switched off"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn an_unknown_model_is_answered_with_the_nearest_names() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let app = server.app();
    for (asked, near) in [
        ("mock/ehco", "`mock/echo`"),
        ("echo", "`mock/echo`"),
        ("mock/loren", "`mock/lorem`"),
    ] {
        let problem = app
            .models
            .resolve(app, &ada.user_id, Some(&ada.workspace), asked)
            .await
            .err()
            .unwrap();
        assert_eq!(problem.code.as_str(), "not_found");
        assert_eq!(problem.errors[0].field, "model");
        assert!(problem.detail.contains(near), "{}", problem.detail);
    }
    for asked in ["", "/", "mock/", "/echo", "nobody/gpt-5"] {
        assert!(
            app.models.resolve(app, &ada.user_id, None, asked).await.is_err(),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn a_warm_look_up_takes_no_statement() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let app = server.app();
    let look = || {
        app.models
            .resolve(app, &ada.user_id, Some(&ada.workspace), "mock/echo")
    };
    let cold = sql::Meter::new();
    assert_eq!(cold.scope(look()).await.unwrap().full_name, "mock/echo");
    assert!(cold.statements() <= 1);
    let warm = sql::Meter::new();
    for _ in 0..100 {
        warm.scope(look()).await.unwrap();
    }
    assert_eq!(warm.statements(), 0);
}

#[tokio::test]
async fn a_change_counts_at_once_and_keeps_the_providers_of_others() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let app = server.app();
    let make = async |slug: &str| {
        let body = json!({ "scope": "system", "kind": "mock", "slug": slug });
        let made = ada.post("/api/connections", body).await.expect(201).data();
        let echo = format!("{slug}/echo");
        eventually(&ada, "/api/models", |answer| ids(answer).contains(&echo)).await;
        made["id"].as_str().unwrap().to_owned()
    };
    let (first, second) = (make("first").await, make("second").await);
    let provider = async |name: &str| {
        app.models
            .resolve(app, &ada.user_id, None, name)
            .await
            .unwrap()
            .provider
    };
    let (before_first, before_second) = (provider("first/echo").await, provider("second/echo").await);
    ada.patch(
        &format!("/api/connections/{second}"),
        json!({ "settings": { "tokens": 5 } }),
    )
    .await
    .expect(200);
    assert!(
        std::sync::Arc::ptr_eq(&before_first, &provider("first/echo").await),
        "it has its breaker and its health"
    );
    assert!(
        !std::sync::Arc::ptr_eq(&before_second, &provider("second/echo").await),
        "it has new settings"
    );
    ada.delete(&format!("/api/connections/{first}")).await.expect(204);
    assert!(
        app.models
            .resolve(app, &ada.user_id, None, "first/echo")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_catalogue_that_can_not_be_read_keeps_its_models() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = Upstream::with_models(&["one"]).await;
    let id = connect(&ada, at(&upstream, "system", "up"), "/api/models", "up/one").await;
    drop(upstream);
    let path = format!("/api/connections/{id}");
    ada.patch(&path, json!({ "name": "Away" })).await.expect(200);
    eventually(&ada, &path, |answer| {
        answer.data()["health"]["state"] == "failing"
    })
    .await;
    assert!(ids(&ada.get("/api/models").await.expect(200)).contains(&"up/one".to_owned()));
}

#[tokio::test]
async fn a_new_connection_can_be_used_before_its_models_are_read() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({ "scope": "system", "kind": "mock", "slug": "slow", "settings": { "tokens": 3 } });
    ada.post("/api/connections", body).await.expect(201);
    let call = json!({ "model": "slow/lorem", "messages": [{ "role": "user", "content": "go" }] });
    let answer = ada.post("/v1/chat/completions", call).await.expect(200).json();
    assert_eq!(answer["choices"][0]["message"]["content"], "lorem ipsum dolor");
}
