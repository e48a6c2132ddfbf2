//! Votes on comparisons through HTTP: blind mode, reveal, leaderboard, sets of models, lanes gone on with, exports.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

/// A comparison that has ended: the answer of `/api/compare`.
async fn compared(client: &Client, prompt: &str, models: Value, blind: bool) -> Value {
    let body = json!({ "prompt": prompt, "models": models, "blind": blind });
    client.post("/api/compare", body).await.expect(200).data()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn conversation(compared: &Value) -> String {
    format!("/api/conversations/{}", text(&compared["conversation"]["id"]))
}

fn vote_on(compared: &Value) -> String {
    format!("/api/messages/{}/vote", text(&compared["message"]["id"]))
}

fn best(lane: u64) -> Value {
    json!({ "verdict": "best", "lanes": [lane], "tags": ["#Rivers"] })
}

async fn leaderboard(client: &Client, query: &str) -> Value {
    let path = format!("/api/workspaces/{}/leaderboard{query}", client.workspace);
    client.get(&path).await.expect(200).data()
}

#[tokio::test]
async fn a_blind_comparison_names_nothing_until_it_is_revealed_and_then_its_votes_stay() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let models = json!(["mock/echo", { "model": "mock/lorem", "label": "Filler" }, "mock/fail"]);
    let path = format!("/api/workspaces/{}/comparisons", ada.workspace);
    let body = json!({ "prompt": "go", "models": models, "blind": true });
    let begun = ada.post(&path, body).await.expect(202);
    let run = text(&begun.data()["run"]["id"]);
    let events = ada.get(&format!("/api/runs/{run}/events")).await;
    let shown = ada.get(&conversation(&begun.data())).await;
    let lane_run = text(&begun.data()["replies"][0]["run_id"]);
    let of_lane = ada.get(&format!("/api/runs/{lane_run}/events")).await;
    let mut told = vec![begun.text(), events.text(), shown.text(), of_lane.text()];
    for format in ["markdown", "json", "html"] {
        let path = format!("{}/export?format={format}", conversation(&begun.data()));
        told.push(ada.get(&path).await.expect(200).text());
    }
    told.push(
        ada.get(&format!("{}/messages", conversation(&begun.data())))
            .await
            .text(),
    );
    for text in told {
        let leaks = ["mock", "Filler", "Mock"].iter().any(|name| text.contains(name));
        assert!(!leaks, "{text}");
    }
    let vote = vote_on(&begun.data());
    let answered = shown.data()["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["lane"].is_u64() && message["status"] == "complete")
        .unwrap()["lane"]
        .as_u64()
        .unwrap();
    ada.put(&vote, best(answered)).await.expect(200);
    assert_eq!(leaderboard(&ada, "").await, json!({ "votes": 0, "rows": [] }));
    let reveal = format!("{}/reveal", conversation(&begun.data()));
    let revealed = ada.post(&reveal, json!({})).await.expect(200).data();
    assert_eq!(revealed["blind"], true);
    assert!(revealed["revealed_at"].is_string());
    assert_eq!(leaderboard(&ada, "").await["votes"], 1);
    let shown = ada.get(&conversation(&begun.data())).await.data();
    let lanes = shown["lanes"].as_array().unwrap();
    let mut names: Vec<String> = lanes.iter().map(|lane| text(&lane["model"])).collect();
    for message in &shown["messages"].as_array().unwrap()[1..] {
        let lane = message["lane"].as_u64().unwrap() as usize;
        assert_eq!(message["model"], lanes[lane]["model"]);
    }
    names.sort();
    assert_eq!(names, ["mock/echo", "mock/fail", "mock/lorem"]);
    assert_eq!(shown["messages"][0]["vote"]["verdict"], "best");
    ada.put(&vote, best(answered)).await.expect(409);
    ada.delete(&vote).await.expect(409);
}

#[tokio::test]
async fn a_vote_is_checked_kept_for_each_person_and_taken_back() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    server.join(&ada, &ada.workspace, &bob, "member").await;
    let done = compared(&ada, "go", json!(["mock/echo", "mock/lorem", "mock/fail"]), false).await;
    let (path, vote) = (conversation(&done), vote_on(&done));
    for wrong in [
        json!({ "verdict": "best", "lanes": [0, 1] }),
        json!({ "verdict": "best" }),
        json!({ "verdict": "tie", "lanes": [0] }),
        json!({ "verdict": "all_bad", "lanes": [0] }),
        // The model that failed has said nothing.
        json!({ "verdict": "best", "lanes": [2] }),
        json!({ "verdict": "best", "lanes": [7] }),
    ] {
        ada.put(&vote, wrong).await.expect(422);
    }
    ada.put(&vote, best(0)).await.expect(200);
    let changed = json!({ "verdict": "tie", "lanes": [1, 0], "reason": "Both fine", "tags": ["x"] });
    ada.put(&vote, changed).await.expect(200);
    bob.put(&vote, json!({ "verdict": "all_bad" })).await.expect(200);
    let seen = async |client: &Client| client.get(&path).await.data()["messages"][0]["vote"].clone();
    let of_ada = seen(&ada).await;
    assert_eq!(
        (&of_ada["lanes"], &of_ada["reason"]),
        (&json!([0, 1]), &json!("Both fine"))
    );
    assert_eq!(seen(&bob).await["verdict"], "all_bad");
    ada.delete(&vote).await.expect(204);
    assert_eq!(seen(&ada).await, Value::Null);
    assert_eq!(leaderboard(&ada, "").await["votes"], 1);
    let answer = text(&done["replies"][0]["id"]);
    ada.put(&format!("/api/messages/{answer}/vote"), best(0))
        .await
        .expect(409);
}

#[tokio::test]
async fn the_leaderboard_rates_by_votes_and_forgets_them_with_their_conversation() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    assert_eq!(leaderboard(&ada, "").await, json!({ "votes": 0, "rows": [] }));
    let mut last = Value::Null;
    for winner in [0, 0, 0, 1] {
        last = compared(&ada, "go", json!(["mock/echo", "mock/lorem"]), false).await;
        ada.put(&vote_on(&last), best(winner)).await.expect(200);
    }
    let board = leaderboard(&ada, "").await;
    assert_eq!(board["votes"], 4);
    let rows = board["rows"].as_array().unwrap();
    assert_eq!(
        (&rows[0]["model"], &rows[1]["model"]),
        (&json!("mock/echo"), &json!("mock/lorem"))
    );
    assert_eq!(
        (&rows[0]["wins"], &rows[0]["losses"], &rows[0]["votes"]),
        (&json!(3), &json!(1), &json!(4))
    );
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&rows[0]["rating"]) > 1000.0 && number(&rows[0]["low"]) < number(&rows[1]["high"]));
    let tags = format!("/api/workspaces/{}/leaderboard/tags", ada.workspace);
    assert_eq!(
        ada.get(&tags).await.expect(200).data(),
        json!([{ "tag": "rivers", "votes": 4 }])
    );
    assert_eq!(leaderboard(&ada, "?tag=Rivers").await["votes"], 4);
    assert_eq!(leaderboard(&ada, "?tag=lakes").await["votes"], 0);
    let asked = leaderboard(&ada, "?not_worse_than=mock/echo&margin=0").await;
    assert_eq!(
        (&asked["cheapest"], &asked["rows"][1]["not_worse"]),
        (&json!("mock/echo"), &json!(false))
    );
    ada.delete(&conversation(&last)).await.expect(204);
    assert_eq!(leaderboard(&ada, "").await["votes"], 3);
    assert_eq!(
        ada.get(&tags).await.data(),
        json!([{ "tag": "rivers", "votes": 3 }])
    );
}

#[tokio::test]
async fn a_lane_goes_on_as_a_chat_with_its_history_and_its_model() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let lorem =
        json!({ "model": "mock/lorem", "settings": { "max_tokens": 3, "system_prompt": "Be short." } });
    let done = compared(&ada, "first", json!(["mock/echo", lorem]), false).await;
    let further = json!({ "prompt": "second", "conversation": done["conversation"]["id"], "lanes": [0] });
    ada.post("/api/compare", further).await.expect(200);
    let contents = async |lane: u8| {
        let path = format!("{}/lanes/{lane}/breakout", conversation(&done));
        let chat = ada.post(&path, json!({})).await.expect(201).data();
        let path = format!("/api/conversations/{}", text(&chat["id"]));
        let shown = ada.get(&path).await.expect(200).data();
        let contents: Vec<String> = shown["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| text(&message["content"]))
            .collect();
        (chat, contents)
    };
    let (chat, said) = contents(0).await;
    assert_eq!(
        (&chat["kind"], &chat["model"]),
        (&json!("breakout"), &json!("mock/echo"))
    );
    assert_eq!(said, ["first", "first", "second", "second"]);
    let id = text(&chat["id"]);
    assert_eq!(ada.say(&id, "third").await["content"], "third");
    let (chat, said) = contents(1).await;
    assert_eq!(chat["system_prompt"], "Be short.");
    assert_eq!(said, ["first", "lorem ipsum dolor "]);
    let missing = format!("{}/lanes/2/breakout", conversation(&done));
    ada.post(&missing, json!({})).await.expect(404);
    let blind = compared(&ada, "x", json!(["mock/echo"]), true).await;
    let path = format!("{}/lanes/0/breakout", conversation(&blind));
    ada.post(&path, json!({})).await.expect(409);
}

#[tokio::test]
async fn a_set_of_models_is_kept_under_one_name() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/presets", ada.workspace);
    let body = json!({ "name": "Two", "models": ["mock/echo", { "model": "mock/lorem", "label": "L" }] });
    let made = ada.post(&path, body.clone()).await.expect(201).data();
    assert_eq!(made["models"], body["models"]);
    ada.post(&path, body.clone()).await.expect(409);
    let one = format!("/api/presets/{}", text(&made["id"]));
    let changed = ada
        .patch(&one, json!({ "name": "Three" }))
        .await
        .expect(200)
        .data();
    assert_eq!(
        (&changed["name"], &changed["models"]),
        (&json!("Three"), &body["models"])
    );
    ada.patch(&one, json!({ "models": [] })).await.expect(422);
    let eve = server.register("eve").await;
    eve.patch(&one, json!({ "name": "Mine" })).await.expect(404);
    let list = ada.get(&path).await.expect(200).data();
    assert_eq!(list[0]["name"], "Three");
    ada.delete(&one).await.expect(204);
    assert_eq!(ada.get(&path).await.data(), json!([]));
}

#[tokio::test]
async fn an_exported_comparison_has_answers_beside_each_other_and_no_markup_of_theirs() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let prompt = "<script>alert('x')</script>";
    let models = json!([{ "model": "mock/echo", "label": "A <b>" }, "mock/fail"]);
    let done = compared(&ada, prompt, models, false).await;
    ada.put(&vote_on(&done), best(0)).await.expect(200);
    let export = async |format: &str| {
        let path = format!("{}/export?format={format}", conversation(&done));
        ada.get(&path).await.expect(200)
    };
    let page = export("html").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        !page.text().contains("<script>") && !page.text().contains("A <b>"),
        "{}",
        page.text()
    );
    assert_eq!(page.text().matches("<article>").count(), 2);
    let markdown = export("markdown").await.text();
    for part in [
        "## You",
        "### A <b> (mock/echo)",
        "### mock/fail",
        "> Best: A <b> (mock/echo)",
    ] {
        assert!(markdown.contains(part), "{part} in {markdown}");
    }
    let whole = export("json").await.json();
    assert_eq!(whole["conversation"]["lanes"][1]["model"], "mock/fail");
    assert_eq!(whole["messages"].as_array().unwrap().len(), 3);
    let chat = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{chat}/export?format=html");
    ada.get(&path).await.expect(422);
}

#[tokio::test]
async fn a_leaderboard_is_asked_about_models_that_there_are() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let path = format!("/api/workspaces/{}/leaderboard?not_worse_than=", ada.workspace);
    for (model, status) in [("nope/x", 422), ("mock/embed", 422), ("mock/lorem", 200)] {
        ada.get(&format!("{path}{model}")).await.expect(status);
    }
}
