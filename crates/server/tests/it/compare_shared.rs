//! What the lanes of a comparison share: one search for all of them, and one stream, also on another node.

use serde_json::{Value, json};
use testkit::{SseEvent, TestServer};

use crate::compare::{check_whole, compare, conversation_of, events_of, messages, texts};
use crate::files::upload;
use crate::retrieval::embedded;
use crate::upstream::{Upstream, chunk, eventually};

fn of_kind<'a>(events: &'a [SseEvent], kind: &str) -> Vec<&'a SseEvent> {
    events.iter().filter(|event| event.event == kind).collect()
}

#[tokio::test]
async fn what_a_comparison_draws_on_is_searched_once_and_told_to_every_model() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let names = ["a", "b", "c"];
    let upstream = Upstream::with_models(&names).await;
    upstream.stream(&[
        chunk(
            json!({ "role": "assistant", "content": "It is painted green [1]." }),
            None,
        ),
        chunk(json!({}), Some("stop")),
    ]);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-1" });
    ada.post("/api/connections", connection).await.expect(201);
    eventually(&ada, "/api/models", |answer| answer.text().contains("up/c")).await;
    let file = upload(
        &ada,
        "harbour/lighthouse.md",
        "# Railing\n\nThe keeper painted the railing of the lighthouse green.",
    )
    .await;
    server.idle().await;
    embedded(&ada).await;
    let begun = ada
        .post(
            &format!("/api/workspaces/{}/comparisons", ada.workspace),
            json!({
                "prompt": "Which colour has the railing of the lighthouse?",
                "models": ["up/a", "up/b", "up/c"],
                "collection": { "folder": file["parent_id"] },
            }),
        )
        .await
        .expect(202)
        .data();
    let events = ada.events(&events_of(&begun), 0, usize::MAX).await;
    check_whole(&events, 3);
    for kind in ["step_started", "step_finished", "citation"] {
        let shown = of_kind(&events, kind);
        assert_eq!(shown.len(), 1, "{kind} once for all");
        assert_eq!(shown[0].data.get("lane"), None, "{kind} belongs to no lane");
    }
    // What was found is in the prompt of each model, between marks of its own.
    let requests = upstream.requests();
    for name in names {
        let told = requests
            .iter()
            .filter(|(_, body)| body["model"] == name && body.to_string().contains("painted^the^railing"));
        assert_eq!(told.count(), 1, "{name}");
    }
    for message in &messages(&ada, &conversation_of(&begun)).await[1..] {
        assert_eq!(message["citations"][0]["owner_id"], file["id"], "{message}");
    }
}

#[tokio::test]
async fn a_comparison_is_followed_and_resumed_on_another_node() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let other = server.another_node().await;
    let there = ada.at(&other);
    let models = json!(["mock/lorem", "mock/echo", "mock/fail", "mock/lorem"]);
    let begun = compare(&ada, "one two three", models).await;
    let path = events_of(&begun);
    // Followed while it runs.
    let seen = there.events(&path, 0, usize::MAX).await;
    check_whole(&seen, 4);
    assert_eq!(texts(&seen)[&1], "one two three");
    assert!(!texts(&seen)[&0].is_empty());
    // `complete` came behind the commit of everything, for the other node as well.
    let shown = messages(&there, &conversation_of(&begun)).await;
    let states: Vec<&str> = shown[1..]
        .iter()
        .map(|message| message["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["complete", "complete", "failed", "complete"]);
    // And from any number on, byte for byte.
    let whole = ada.events(&path, 0, usize::MAX).await;
    let told = |events: &[SseEvent]| -> Vec<(u64, Value)> {
        events
            .iter()
            .map(|event| (event.id, event.data.clone()))
            .collect()
    };
    assert_eq!(told(&whole), told(&seen));
    let middle = whole[whole.len() / 2].id;
    let rest = there.events(&path, middle, usize::MAX).await;
    assert_eq!(told(&rest), told(&whole[whole.len() / 2 + 1..]));
}
