//! Comparisons through HTTP (ACCEPTANCE 5.7, 5.8): many models side by side, their one stream, what holds up nobody.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use testkit::{Client, SseEvent, TestServer, parse_sse};

use crate::upstream::{Upstream, chunk, eventually};

sql::statements! {
    /// The calls that the runs below a run have made.
    CALLS_BELOW = "SELECT u.model, u.purpose, u.outcome FROM usage_calls u JOIN runs r ON r.id = u.run_id WHERE r.parent_id = $1 ORDER BY u.model";
}

/// Begins a comparison of these models in the personal workspace.
pub async fn compare(client: &Client, prompt: &str, models: Value) -> Value {
    let path = format!("/api/workspaces/{}/comparisons", client.workspace);
    let body = json!({ "prompt": prompt, "models": models });
    client.post(&path, body).await.expect(202).data()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub fn events_of(begun: &Value) -> String {
    format!("/api/runs/{}/events", text(&begun["run"]["id"]))
}

pub fn conversation_of(begun: &Value) -> String {
    text(&begun["conversation"]["id"])
}

pub async fn messages(client: &Client, conversation: &str) -> Vec<Value> {
    let shown = client
        .get(&format!("/api/conversations/{conversation}?limit=100"))
        .await
        .expect(200)
        .data();
    shown["messages"].as_array().unwrap().clone()
}

/// The events of a run until they are as wanted.
async fn until(client: &Client, path: &str, wanted: impl Fn(&[SseEvent]) -> bool) -> Vec<SseEvent> {
    let response = client.open(Method::GET, path, None, &[]).await;
    assert_eq!(response.status(), 200);
    let mut body = response.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.unwrap());
        if bytes.ends_with(b"\n\n") && wanted(&parse_sse(&bytes)) {
            break;
        }
    }
    parse_sse(&bytes)
}

fn lanes_of(events: &[SseEvent], kind: &str) -> Vec<u64> {
    let of_kind = events.iter().filter(|event| event.event == kind);
    of_kind
        .map(|event| event.data["lane"].as_u64().expect("a lane"))
        .collect()
}

/// What a reader has of each lane: text since its last `start`.
pub fn texts(events: &[SseEvent]) -> BTreeMap<u64, String> {
    let mut texts = BTreeMap::new();
    for event in events {
        let Some(lane) = event.data["lane"].as_u64() else {
            continue;
        };
        match event.event.as_str() {
            "start" => {
                texts.insert(lane, String::new());
            }
            "text" => texts
                .get_mut(&lane)
                .expect("a start before a text")
                .push_str(event.data["text"].as_str().unwrap()),
            _ => {}
        }
    }
    texts
}

/// What holds of every stream that was read to its end.
pub fn check_whole(events: &[SseEvent], lanes: usize) {
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    let all: BTreeSet<u64> = (0..lanes as u64).collect();
    let starts = lanes_of(&events[..lanes], "start");
    assert_eq!(
        starts.iter().copied().collect::<BTreeSet<_>>(),
        all,
        "`start` of all lanes first"
    );
    let mut done = lanes_of(events, "done");
    done.sort_unstable();
    assert_eq!(done, all.into_iter().collect::<Vec<_>>(), "one `done` a lane");
    assert_eq!(events.iter().filter(|event| event.event == "complete").count(), 1);
    assert_eq!(events.last().unwrap().event, "complete");
}

#[tokio::test]
async fn twelve_models_answer_side_by_side_and_a_failing_or_silent_one_holds_up_nobody() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let mut models = vec![json!("mock/silent"), json!("mock/fail")];
    models.extend((0..10).map(|n| json!({ "model": "mock/echo", "label": format!("Echo {n}") })));
    let begun = compare(&ada, "one two three", json!(models)).await;
    assert_eq!(begun["conversation"]["kind"], "comparison");
    assert_eq!(begun["conversation"]["lanes"][2]["label"], "Echo 0");
    assert_eq!(begun["replies"].as_array().unwrap().len(), 12);
    let path = events_of(&begun);
    let seen = until(&ada, &path, |events| lanes_of(events, "done").len() == 11).await;
    assert!(
        !lanes_of(&seen, "done").contains(&0),
        "the silent lane is still open"
    );
    assert!(seen.iter().all(|event| event.event != "complete"));
    for lane in 2..12 {
        assert_eq!(texts(&seen)[&lane], "one two three");
    }
    let failed = seen
        .iter()
        .find(|event| event.event == "done" && event.data["lane"] == 1)
        .unwrap();
    assert_eq!(failed.data["status"], "failed");
    assert!(text(&failed.data["error"]["code"]).starts_with("upstream"));
    // One lane is ended by its own run.
    let silent = text(&begun["replies"][0]["run_id"]);
    ada.post(&format!("/api/runs/{silent}/cancel"), json!({}))
        .await
        .expect(202);
    let events = ada.events(&path, 0, usize::MAX).await;
    check_whole(&events, 12);
    let complete = &events.last().unwrap().data;
    assert_eq!(complete["conversation_id"], begun["conversation"]["id"]);
    assert_eq!(complete["messages"].as_array().unwrap().len(), 12);
    // `complete`, then an immediate GET: every answer is there.
    let shown = messages(&ada, &conversation_of(&begun)).await;
    assert_eq!(shown.len(), 13);
    let statuses: Vec<&str> = shown[1..].iter().map(|m| m["status"].as_str().unwrap()).collect();
    assert_eq!(statuses[..2], ["cancelled", "failed"]);
    assert!(statuses[2..].iter().all(|status| *status == "complete"));
    assert!(shown[3..].iter().all(|m| m["content"] == "one two three"));
    let one = ada
        .get(&format!("/api/conversations/{}", conversation_of(&begun)))
        .await;
    assert_eq!(one.data()["active_run_id"], Value::Null);
    assert_eq!(one.data()["message_count"], 13);
    assert_eq!(one.data()["lanes"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn every_lane_is_a_run_of_its_own_with_its_own_usage() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = compare(&ada, "one two", json!(["mock/echo", "mock/fail", "mock/lorem"])).await;
    ada.events(&events_of(&begun), 0, usize::MAX).await;
    let run = text(&begun["run"]["id"]);
    for reply in begun["replies"].as_array().unwrap() {
        let lane = ada
            .get(&format!("/api/runs/{}", text(&reply["run_id"])))
            .await
            .expect(200)
            .data();
        assert_eq!((&lane["kind"], &lane["parent_id"]), (&json!("lane"), &json!(run)));
        let wanted = if reply["model"] == "mock/fail" {
            "failed"
        } else {
            "completed"
        };
        assert_eq!(lane["status"], wanted);
    }
    let parent = ada.get(&format!("/api/runs/{run}")).await.expect(200).data();
    assert_eq!(
        (&parent["kind"], &parent["status"]),
        (&json!("comparison"), &json!("completed"))
    );
    let calls: Vec<(String, String, String)> = sql::query(&CALLS_BELOW)
        .bind(run.as_str())
        .all(&server.app().db)
        .await
        .unwrap();
    let models: Vec<&str> = calls.iter().map(|call| call.0.as_str()).collect();
    assert_eq!(models, ["mock/echo", "mock/fail", "mock/lorem"]);
    assert!(calls.iter().all(|call| call.1 == "chat"));
    assert_eq!((calls[0].2.as_str(), calls[2].2.as_str()), ("ok", "ok"));
    assert!(calls[1].2.starts_with("upstream"), "{}", calls[1].2);
}

#[tokio::test]
async fn a_silent_lane_is_ended_by_its_inactivity_limit() {
    let server = TestServer::with(&[("providers.inactivity_timeout", "300ms")]).await;
    let ada = server.register("ada").await;
    let begun = compare(&ada, "go", json!(["mock/silent", "mock/fail"])).await;
    let events = ada.events(&events_of(&begun), 0, usize::MAX).await;
    check_whole(&events, 2);
    let done = |lane: u64| {
        let done = events
            .iter()
            .find(|event| event.event == "done" && event.data["lane"] == lane);
        done.unwrap().data["error"]["code"].clone()
    };
    assert_eq!(done(0), "upstream_timeout");
    assert_ne!(done(1), "upstream_timeout");
}

#[tokio::test]
async fn the_stream_has_each_lane_in_order_and_a_resumed_one_loses_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let said = (0..120).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let body = json!({ "prompt": said, "models": ["mock/echo", "mock/echo", "mock/echo"] });
    let answer = ada.post("/api/compare-stream", body).await.expect(200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let whole = parse_sse(&answer.bytes);
    check_whole(&whole, 3);
    assert!(texts(&whole).values().all(|text| *text == said));
    let run = text(&whole[0].data["run"]);
    let path = format!("/api/runs/{run}/events");
    let (mut seen, mut over) = (Vec::new(), false);
    while !over {
        let after = seen.last().map_or(0, |event: &SseEvent| event.id);
        seen.extend(ada.events(&path, after, 17).await);
        over = seen.last().is_some_and(|event| event.event == "complete");
    }
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn compare_answers_when_everything_is_stored_and_goes_on_with_a_conversation() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({ "prompt": "a b", "models": ["mock/echo", "mock/fail"] });
    let first = ada.post("/api/compare", body).await.expect(200).data();
    let statuses: Vec<&Value> = first["replies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| &reply["status"])
        .collect();
    assert_eq!(statuses, ["complete", "failed"]);
    assert_eq!(first["conversation"]["active_run_id"], Value::Null);
    assert_eq!(first["conversation"]["title"], "a b");
    let id = conversation_of(&first);
    let body = json!({ "prompt": "c", "conversation": id, "lanes": [0] });
    let second = ada.post("/api/compare", body).await.expect(200).data();
    assert_eq!(second["message"]["lanes"], json!([0]));
    assert_eq!(second["replies"].as_array().unwrap().len(), 1);
    assert_eq!(second["replies"][0]["content"], "c");
    assert_eq!(messages(&ada, &id).await.len(), 5);
    let unknown = json!({ "prompt": "c", "conversation": id, "lanes": [2] });
    ada.post("/api/compare", unknown).await.expect(422);
    let both = json!({ "prompt": "c", "conversation": id, "models": ["mock/echo"] });
    ada.post("/api/compare", both).await.expect(422);
    // Somebody else's is not there.
    let eve = server.register("eve").await;
    let body = json!({ "prompt": "c", "conversation": id });
    eve.post("/api/compare", body).await.expect(404);
    let body = json!({ "prompt": "c", "models": ["mock/echo"], "workspace": ada.workspace });
    eve.post("/api/compare", body).await.expect(404);
}

#[tokio::test]
async fn closing_the_tab_keeps_every_answer_going() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let body = json!({ "prompt": "go", "models": ["mock/lorem", "mock/lorem"], "stream": true });
    let response = ada.open(Method::POST, &path, Some(body), &[]).await;
    assert_eq!(response.status(), 200);
    drop(response);
    server.idle().await;
    let list = ada
        .get(&format!("/api/workspaces/{}/conversations", ada.workspace))
        .await
        .data();
    let shown = messages(&ada, &text(&list[0]["id"])).await;
    assert_eq!(shown.len(), 3);
    assert!(
        shown[1..]
            .iter()
            .all(|m| m["status"] == "complete" && m["content"] != "")
    );
}

#[tokio::test]
async fn lanes_keep_what_was_shown_when_the_process_dies_in_the_middle() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let connection = json!({ "scope": "system", "kind": "mock", "slug": "slow", "name": "Slow", "settings": { "tokens": 600, "tokens_per_second": 100 } });
    ada.post("/api/connections", connection).await.expect(201);
    let begun = compare(
        &ada,
        "go",
        json!(["slow/lorem", "mock/silent", "slow/lorem", "mock/fail"]),
    )
    .await;
    let path = events_of(&begun);
    let before = ada.events(&path, 0, 120).await;
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    server.app().engine.recover_expired().await.unwrap();
    // The silent lane had said nothing, so it began again.
    let silent = text(&begun["replies"][1]["run_id"]);
    until(&ada, &path, |events| lanes_of(events, "done").len() == 3).await;
    ada.post(&format!("/api/runs/{silent}/cancel"), json!({}))
        .await
        .expect(202);
    let after = ada.events(&path, before.last().unwrap().id, usize::MAX).await;
    assert_eq!(after.last().unwrap().event, "complete");
    let whole = ada.events(&path, 0, usize::MAX).await;
    check_whole(&whole, 4);
    let shown = messages(&ada, &conversation_of(&begun)).await;
    let read = texts(&whole);
    for message in &shown[1..] {
        let lane = message["lane"].as_u64().unwrap();
        assert_eq!(message["content"], read[&lane].as_str(), "lane {lane}");
        if lane % 2 == 0 {
            assert_eq!(
                (&message["status"], &message["error"]["code"]),
                (&json!("partial"), &json!("interrupted"))
            );
            assert_ne!(message["content"], "");
            // What is said can be done is what can be done.
            let told = text(&message["error"]["detail"]);
            assert!(told.ends_with("It can be regenerated."), "{told}");
        }
    }
    let cut_off = format!("/api/messages/{}", text(&shown[1]["id"]));
    let begin = async |way: &str| ada.post(&format!("{cut_off}/{way}"), json!({})).await;
    begin("continue").await.expect(409);
    let one = ada
        .get(&format!("/api/conversations/{}", conversation_of(&begun)))
        .await;
    assert_eq!(one.data()["active_run_id"], Value::Null);
    begin("regenerate").await.expect(202);
}

#[tokio::test]
async fn stopping_a_comparison_stops_every_lane() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = compare(&ada, "go", json!(["mock/silent", "mock/echo", "mock/silent"])).await;
    let (path, id) = (events_of(&begun), conversation_of(&begun));
    until(&ada, &path, |events| lanes_of(events, "done") == [1]).await;
    let busy = format!("/api/conversations/{id}/prompts");
    let again = ada.post(&busy, json!({ "content": "again" })).await.expect(409);
    assert_eq!(again.json()["code"], "reply_running");
    ada.post(&format!("/api/conversations/{id}/stop"), json!({}))
        .await
        .expect(204);
    let events = ada.events(&path, 0, usize::MAX).await;
    check_whole(&events, 3);
    assert_eq!(events.last().unwrap().data["status"], "cancelled");
    let shown = messages(&ada, &id).await;
    let statuses: Vec<&Value> = shown[1..].iter().map(|message| &message["status"]).collect();
    assert_eq!(statuses, ["cancelled", "complete", "cancelled"]);
    server.idle().await;
    let lanes = json!({ "content": "now", "lanes": [1] });
    let begun = ada.post(&busy, lanes).await.expect(202).data();
    let events = ada.events(&events_of(&begun), 0, usize::MAX).await;
    assert_eq!(lanes_of(&events, "done"), [1]);
}

/// Two models of one upstream, which answers every question with the same word.
async fn two_models(ada: &Client) -> Upstream {
    let upstream = Upstream::with_models(&["a", "b"]).await;
    upstream.stream(&[
        chunk(json!({ "role": "assistant", "content": "Yes." }), None),
        chunk(json!({}), Some("stop")),
    ]);
    let connection = json!({ "scope": "system", "kind": "openai", "slug": "up", "base_url": upstream.url, "api_key": "sk-1" });
    ada.post("/api/connections", connection).await.expect(201);
    eventually(ada, "/api/models", |answer| answer.text().contains("up/b")).await;
    upstream
}

/// What the model was sent last.
fn sent(upstream: &Upstream, model: &str) -> Value {
    let requests = upstream.requests();
    let last = requests.iter().rev().find(|request| {
        request.1["model"] == model
            && request.1["max_tokens"] != 24
            && request.1["max_completion_tokens"] != 24
    });
    last.expect("a request").1.clone()
}

fn turns(request: &Value) -> Vec<(String, String)> {
    let turns = request["messages"].as_array().unwrap().iter();
    turns
        .map(|turn| (text(&turn["role"]), text(&turn["content"])))
        .collect()
}

fn said(turns: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |turn: &(&str, &str)| (turn.0.to_owned(), turn.1.to_owned());
    turns.iter().map(owned).collect()
}

#[tokio::test]
async fn each_model_is_sent_its_own_history_and_its_own_settings() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = two_models(&ada).await;
    let path = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let body = json!({
        "prompt": "First?",
        "models": [{ "model": "up/a", "settings": { "temperature": 0.5, "system_prompt": "Be short." } }, "up/b"],
        "settings": { "max_tokens": 77 },
    });
    let begun = ada.post(&path, body).await.expect(202).data();
    let id = conversation_of(&begun);
    // A title of one's own, so that no model is asked for one.
    ada.events(&events_of(&begun), 0, usize::MAX).await;
    server.idle().await;
    let prompts = format!("/api/conversations/{id}/prompts");
    for body in [
        json!({ "content": "Only a?", "lanes": [0] }),
        json!({ "content": "Both?" }),
    ] {
        let begun = ada.post(&prompts, body).await.expect(202).data();
        ada.events(&events_of(&begun), 0, usize::MAX).await;
    }
    let (a, b) = (sent(&upstream, "a"), sent(&upstream, "b"));
    let all = [
        ("system", "Be short."),
        ("user", "First?"),
        ("assistant", "Yes."),
        ("user", "Only a?"),
        ("assistant", "Yes."),
        ("user", "Both?"),
    ];
    assert_eq!(turns(&a), said(&all));
    assert_eq!(turns(&b), said(&[all[1], all[2], all[5]]));
    let tokens = |request: &Value| {
        request["max_tokens"]
            .as_u64()
            .or(request["max_completion_tokens"].as_u64())
    };
    assert_eq!((tokens(&a), tokens(&b)), (Some(77), Some(77)));
    assert_eq!(
        (&a["temperature"], &b["temperature"]),
        (&json!(0.5), &Value::Null)
    );
}

#[tokio::test]
async fn one_answer_is_written_anew_and_the_newest_counts() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = compare(&ada, "one two", json!(["mock/echo", "mock/echo"])).await;
    ada.events(&events_of(&begun), 0, usize::MAX).await;
    let reply = text(&begun["replies"][1]["id"]);
    let again = ada
        .post(&format!("/api/messages/{reply}/regenerate"), json!({}))
        .await
        .expect(202)
        .data();
    assert_eq!(
        (&again["reply"]["lane"], &again["reply"]["parent_id"]),
        (&json!(1), &begun["message"]["id"])
    );
    let events = ada.events(&events_of(&again), 0, usize::MAX).await;
    assert_eq!(lanes_of(&events, "done"), [1]);
    assert_eq!(texts(&events)[&1], "one two");
    let shown = messages(&ada, &conversation_of(&begun)).await;
    assert_eq!(shown.len(), 4);
    assert_eq!(
        (&shown[3]["id"], &shown[3]["status"]),
        (&again["reply"]["id"], &json!("complete"))
    );
    server.idle().await;
    let prompts = format!("/api/conversations/{}/prompts", conversation_of(&begun));
    ada.post(&prompts, json!({ "content": "three" }))
        .await
        .expect(202);
}

#[tokio::test]
async fn a_comparison_has_no_branches_and_what_it_forgets_is_gone_from_its_log() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let begun = compare(&ada, "one", json!(["mock/echo", "mock/echo"])).await;
    ada.events(&events_of(&begun), 0, usize::MAX).await;
    let id = conversation_of(&begun);
    let (question, answer) = (text(&begun["message"]["id"]), text(&begun["replies"][0]["id"]));
    let refused = [
        (
            format!("/api/conversations/{id}/messages"),
            json!({ "content": "x" }),
        ),
        (
            format!("/api/messages/{question}/edit"),
            json!({ "content": "x" }),
        ),
        (format!("/api/messages/{answer}/continue"), json!({})),
        (format!("/api/messages/{answer}/fork"), json!({})),
    ];
    for (path, body) in refused {
        ada.post(&path, body).await.expect(409);
    }
    ada.patch(&format!("/api/conversations/{id}"), json!({ "head_id": answer }))
        .await
        .expect(409);
    ada.delete(&format!("/api/messages/{answer}")).await.expect(409);
    ada.delete(&format!("/api/messages/{question}")).await.expect(204);
    assert!(messages(&ada, &id).await.is_empty());
    ada.get(&events_of(&begun)).await.expect(404);
    let run = text(&begun["replies"][1]["run_id"]);
    ada.get(&format!("/api/runs/{run}")).await.expect(404);
}

#[tokio::test]
async fn the_same_request_sent_twice_begins_one_comparison() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let body = json!({ "prompt": "once", "models": ["mock/echo", "mock/echo"] });
    let post = async |path: &str, body: &Value| {
        let key = [("idempotency-key", "k-1")];
        ada.send(Method::POST, path, Some(body.clone()), &key).await
    };
    let path = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let first = post(&path, &body).await.expect(202).data();
    server.idle().await;
    let second = post(&path, &body).await.expect(202).data();
    assert_eq!(first["run"]["id"], second["run"]["id"]);
    assert_eq!(second["replies"][1]["content"], "once");
    assert_eq!(second["conversation"]["lanes"].as_array().unwrap().len(), 2);
    let changed = json!({ "prompt": "twice", "models": ["mock/echo", "mock/echo"] });
    post(&path, &changed).await.expect(422);
    let other = compare(&ada, "other", json!(["mock/echo"])).await;
    let prompts = format!("/api/conversations/{}/prompts", conversation_of(&other));
    post(&prompts, &json!({ "content": "x" })).await.expect(422);
}

#[tokio::test]
async fn an_observer_reads_a_comparison_and_starts_none() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.join(&ada, &ada.workspace, &bob, "observer").await;
    let begun = compare(&ada, "one", json!(["mock/echo"])).await;
    ada.events(&events_of(&begun), 0, usize::MAX).await;
    let id = conversation_of(&begun);
    assert_eq!(messages(&bob, &id).await.len(), 2);
    let comparisons = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let body = json!({ "prompt": "x", "models": ["mock/echo"] });
    bob.post(&comparisons, body).await.expect(403);
    let prompts = format!("/api/conversations/{id}/prompts");
    bob.post(&prompts, json!({ "content": "x" })).await.expect(403);
    for body in [
        json!({ "prompt": "x", "conversation": id }),
        json!({ "prompt": "x", "models": ["mock/echo"], "workspace": ada.workspace }),
    ] {
        bob.post("/api/compare", body.clone()).await.expect(403);
        bob.post("/api/compare-stream", body).await.expect(403);
    }
}

#[tokio::test]
async fn what_can_not_be_asked_is_said_at_once() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let wrong = [
        (json!({ "prompt": "x", "models": [] }), 422, "models"),
        (
            json!({ "prompt": "x", "models": vec!["mock/echo"; 13] }),
            422,
            "models",
        ),
        (json!({ "prompt": " ", "models": ["mock/echo"] }), 422, "prompt"),
        (
            json!({ "prompt": "x", "models": [{ "model": "mock/echo", "settings": { "temperature": 3 } }] }),
            422,
            "models[0].settings.temperature",
        ),
        (
            json!({ "prompt": "x", "models": ["mock/echo", "mock/ecco"] }),
            404,
            "model",
        ),
        (
            json!({ "prompt": "x", "models": ["mock/echo", "mock/embed"] }),
            422,
            "models[1]",
        ),
        (
            json!({ "prompt": "x", "models": ["mock/echo"], "settings": { "temperature": -1 } }),
            422,
            "settings.temperature",
        ),
        (
            json!({ "prompt": "x", "models": ["mock/echo"], "settings": { "max_tokens": 0 } }),
            422,
            "settings.max_tokens",
        ),
        (
            json!({ "prompt": "x", "models": ["mock/echo"], "temperature": -1 }),
            422,
            "temperature",
        ),
        (
            json!({ "prompt": "x", "models": [{ "model": "mock/echo", "temperature": -1 }] }),
            422,
            "models[0]",
        ),
    ];
    for (body, status, field) in wrong {
        let answer = ada.post(&path, body).await.expect(status);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{}", answer.text());
    }
    let list = ada
        .get(&format!("/api/workspaces/{}/conversations", ada.workspace))
        .await;
    assert_eq!(list.data(), json!([]));
}
