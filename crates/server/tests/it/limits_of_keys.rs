//! What counts for an API key beside the replies that are asked for with it, and what a key is told of its limits.

use serde_json::{Value, json};
use sql::query;
use testkit::{Client, TestServer};

use crate::limits::{chat, key, made, used};
use crate::memories::make;
use crate::memories_context::closed;
use crate::retrieval::embedded;
use crate::sources::drawing;
use crate::upstream::{Upstream, chunk, eventually};

sql::statements! {
    /// What was done with a key, how often, and what it cost.
    DONE_WITH = "SELECT purpose, COUNT(*), CAST(SUM(cost_micros) AS BIGINT) FROM usage_calls WHERE credential_id = $1 GROUP BY purpose ORDER BY purpose";
}

/// The model `up/m`, which costs something and always says this.
async fn paid_model_that_says(admin: &Client, text: &str) -> Upstream {
    let upstream = Upstream::with_models(&["m"]).await;
    upstream.stream(&[
        chunk(json!({ "role": "assistant", "content": text }), None),
        chunk(json!({}), Some("stop")),
        json!({ "choices": [], "usage": { "prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30 } }),
    ]);
    let prices = json!({ "prices": { "*": { "input": 100, "output": 1_000 } } });
    let connection = json!({
        "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-1", "settings": prices,
    });
    admin.post("/api/connections", connection).await.expect(201);
    eventually(admin, "/api/models", |answer| answer.text().contains("up/m")).await;
    upstream
}

async fn close(client: &Client, conversation: &str) -> Value {
    let path = format!("/api/conversations/{conversation}/close");
    let run = client.post(&path, json!({})).await.expect(202).data();
    closed(client, &run).await;
    let path = format!("/api/runs/{}", run["run"]["id"].as_str().unwrap());
    client.get(&path).await.expect(200).data()
}

#[tokio::test]
async fn titles_rewritten_questions_and_memories_count_for_the_key_that_the_work_is_asked_for_with() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let _upstream = paid_model_that_says(&ada, "Which colour has the railing of the lighthouse? [1]").await;
    make(
        &ada,
        json!({ "title": "Rail", "content": "The railing of the lighthouse is green." }),
    )
    .await;
    embedded(&ada).await;
    let (id, app) = key(&ada, json!({ "requests_per_minute": 6 })).await;
    let budget = json!({ "scope": "key", "subject": id, "period": "day", "limit_micros": 1_000_000_000 });
    let budget = ada.post("/api/budgets", budget).await.expect(201).data();
    // A question that leans on what was said is rewritten first.
    let conversation = drawing(&ada, json!({ "memories": true })).await;
    app.say(
        &conversation,
        "Tell me everything about the railing of the lighthouse.",
    )
    .await;
    assert_eq!(used(&app, "requests").await, 1);
    app.say(&conversation, "Which colour has it?").await;
    assert_eq!(used(&app, "requests").await, 3);
    // The first answer of a conversation is given a title.
    let untitled = ada.conversation("up/m").await;
    app.say(&untitled, "Hello there").await;
    server.idle().await;
    assert_eq!(used(&app, "requests").await, 5);
    assert_eq!(close(&app, &conversation).await["status"], "completed");
    assert_eq!(used(&app, "requests").await, 6);
    // No more fits, and what is done with a login counts for no key.
    let refused = close(&app, &conversation).await;
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!("failed"), &json!("rate_limited"))
    );
    assert_eq!(close(&ada, &conversation).await["status"], "completed");
    let done: Vec<(String, i64, i64)> = query(&DONE_WITH)
        .bind(id.as_str())
        .all(&server.app().db)
        .await
        .unwrap();
    let counted: Vec<(&str, i64)> = done
        .iter()
        .map(|(purpose, count, _)| (purpose.as_str(), *count))
        .collect();
    assert_eq!(counted, [("chat", 3), ("close", 1), ("query", 1), ("title", 1)]);
    let path = format!("/api/budgets/{}", budget["id"].as_str().unwrap());
    let shown = ada.get(&path).await.expect(200).data();
    let spent: i64 = done.iter().map(|(_, _, cost)| cost).sum();
    assert!(done.iter().all(|(_, _, cost)| *cost > 0), "{done:?}");
    assert_eq!(
        (&shown["spent_micros"], &shown["reserved_micros"]),
        (&json!(spent), &json!(0))
    );
    // Nor is a model asked beside the reply that the key may not use.
    let (_, narrow) = key(&ada, json!({ "models": ["mock/*"] })).await;
    assert_eq!(close(&narrow, &conversation).await["error"]["code"], "forbidden");
}

#[tokio::test]
async fn any_key_is_told_its_own_limits_whatever_its_scopes() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/keys", ada.workspace);
    let limits = json!({ "name": "Shop", "requests_per_minute": 5, "concurrent": 2 });
    let (_, shop) = made(&ada, &path, limits).await;
    chat(&shop, "mock/echo").await.expect(200);
    let narrow = json!({ "name": "narrow", "scopes": ["models"], "requests_per_minute": 7 });
    let (_, narrow) = made(&ada, "/api/auth/keys", narrow).await;
    let told = async |client: &Client| -> Vec<(Value, Value, Value)> {
        let rows = client.get("/api/rate-limit-status").await.expect(200).data();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| (row["what"].clone(), row["limit"].clone(), row["used"].clone()))
            .collect()
    };
    assert_eq!(
        told(&shop).await,
        [
            (json!("requests"), json!(5), json!(1)),
            (json!("concurrent"), json!(2), json!(0))
        ]
    );
    assert_eq!(told(&narrow).await, [(json!("requests"), json!(7), json!(0))]);
    // It reads nothing else.
    for client in [&shop, &narrow] {
        client.get("/api/auth/me").await.expect(403);
    }
}
