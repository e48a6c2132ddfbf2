//! Conversations through HTTP: lists, pages, branches, replies and their streams, exports.

use serde_json::{Value, json};
use testkit::{Client, TestServer, parse_sse};

async fn messages(ada: &Client, conversation: &str) -> Vec<Value> {
    let shown = ada
        .get(&format!("/api/conversations/{conversation}?limit=100"))
        .await
        .expect(200)
        .data();
    shown["messages"].as_array().unwrap().clone()
}

fn contents(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_message_is_answered_and_both_sides_are_stored() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let reply = ada.say(&conversation, "Good morning, Stoa").await;
    assert_eq!(reply["content"], "Good morning, Stoa");
    assert_eq!(reply["status"], "complete");
    assert_eq!(reply["model"], "mock/echo");
    assert!(reply["completion_tokens"].as_i64().unwrap() > 0);
    let shown = ada
        .get(&format!("/api/conversations/{conversation}"))
        .await
        .expect(200);
    assert_eq!(shown.data()["message_count"], 2);
    assert_eq!(shown.data()["title"], "Good morning, Stoa");
    assert_eq!(shown.data()["title_source"], "first_words");
    assert_eq!(shown.data()["active_run_id"], Value::Null);
    assert_eq!(
        contents(shown.data()["messages"].as_array().unwrap()),
        ["Good morning, Stoa", "Good morning, Stoa"]
    );
}

#[tokio::test]
async fn a_long_message_is_within_its_budget_and_found_by_its_last_words() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/lorem").await;
    let words: Vec<String> = (0..40_000).map(|number| format!("word{number}")).collect();
    for count in [1_500, 40_000] {
        let asked = json!({ "content": words[..count].join(" ") });
        let path = format!("/api/conversations/{conversation}/messages");
        ada.post(&path, asked).await.expect(202);
        server.idle().await;
        let query = json!({ "query": words[count - 1], "mode": "text" });
        let found = ada.post("/api/search", query).await.expect(200).data();
        assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
    }
}

#[tokio::test]
async fn the_earlier_turns_and_the_new_message_reach_the_model_once() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let first = ada.say(&conversation, "one").await;
    let second = ada.say(&conversation, "two").await;
    // The mock counts the words of everything it is sent: one, its answer, two.
    assert!(second["prompt_tokens"].as_i64().unwrap() > first["prompt_tokens"].as_i64().unwrap());
    assert_eq!(
        contents(&messages(&ada, &conversation).await),
        ["one", "one", "two", "two"]
    );
}

#[tokio::test]
async fn complete_then_an_immediate_get_shows_the_answer() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let answer = ada
        .post(&path, json!({ "content": "a b c", "stream": true }))
        .await
        .expect(200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events = parse_sse(&answer.bytes);
    let kinds: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(
        kinds,
        ["start", "text", "text", "text", "usage", "done", "complete"]
    );
    let text: String = events
        .iter()
        .filter(|event| event.event == "text")
        .map(|event| event.data["text"].as_str().unwrap())
        .collect();
    assert_eq!(text, "a b c");
    let complete = &events.last().unwrap().data;
    assert_eq!(complete["conversation_id"], conversation.as_str());
    assert_eq!(complete["type"], "complete");
    assert!(events.iter().all(|event| event.data["run"] == complete["run"]));
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    let shown = messages(&ada, &conversation).await;
    assert_eq!(shown[1]["content"], "a b c");
    assert_eq!(shown[1]["id"], complete["message_id"]);
    assert_eq!(shown[1]["status"], "complete");
}

#[tokio::test]
async fn a_stream_cut_every_twenty_events_and_resumed_is_the_whole_text() {
    let server = TestServer::with(&[]).await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let said = (0..300).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let asked = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": said }),
        )
        .await
        .expect(202)
        .data();
    let path = format!("/api/runs/{}/events", asked["run"]["id"].as_str().unwrap());
    let (mut text, mut seen, mut over) = (String::new(), Vec::new(), false);
    while !over {
        let after = seen.last().copied().unwrap_or(0);
        for event in ada.events(&path, after, 20).await {
            seen.push(event.id);
            if event.event == "text" {
                text.push_str(event.data["text"].as_str().unwrap());
            }
            over = event.event == "complete";
        }
    }
    assert_eq!(text, said);
    assert!(
        seen.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "every event once, in order"
    );
    // Replayed from the log long after, it is the same.
    let replayed = ada.events(&path, 0, usize::MAX).await;
    assert_eq!(replayed.iter().map(|event| event.id).collect::<Vec<_>>(), seen);
}

#[tokio::test]
async fn two_viewers_see_the_same_events() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/lorem").await;
    let asked = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": "go" }),
        )
        .await
        .expect(202)
        .data();
    let path = format!("/api/runs/{}/events", asked["run"]["id"].as_str().unwrap());
    let (one, two) = tokio::join!(ada.events(&path, 0, usize::MAX), ada.events(&path, 0, usize::MAX));
    assert_eq!(one, two);
    assert_eq!(one.last().unwrap().event, "complete");
}

#[tokio::test]
async fn closing_the_connection_keeps_the_answer_going() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/lorem").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let response = ada
        .open(
            http::Method::POST,
            &path,
            Some(json!({ "content": "go", "stream": true })),
            &[],
        )
        .await;
    assert_eq!(response.status(), 200);
    drop(response);
    server.idle().await;
    let shown = messages(&ada, &conversation).await;
    assert_eq!(shown[1]["status"], "complete");
    assert!(!shown[1]["content"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn stop_ends_the_reply_and_keeps_what_was_written() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/silent").await;
    let asked = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": "go" }),
        )
        .await
        .expect(202)
        .data();
    let run = asked["run"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        ada.events(&format!("/api/runs/{run}/events"), 0, 1).await[0].event,
        "start"
    );
    let second = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": "again" }),
        )
        .await
        .expect(409);
    assert_eq!(second.json()["code"], "reply_running");
    ada.post(&format!("/api/conversations/{conversation}/stop"), json!({}))
        .await
        .expect(204);
    let events = ada
        .events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
        .await;
    assert_eq!(events.last().unwrap().data["status"], "cancelled");
    assert_eq!(
        ada.get(&format!("/api/runs/{run}")).await.expect(200).data()["status"],
        "cancelled"
    );
    assert_eq!(messages(&ada, &conversation).await[1]["status"], "cancelled");
    // The conversation is free again.
    let model = json!({ "model": "mock/echo" });
    ada.patch(&format!("/api/conversations/{conversation}"), model)
        .await
        .expect(200);
    // The stopped answer had no word, so the model is asked both things at once.
    assert_eq!(ada.say(&conversation, "hello").await["content"], "go\n\nhello");
}

#[tokio::test]
async fn a_reply_stopped_before_it_began_frees_the_conversation() {
    let server = TestServer::with(&[("engine.interactive", "1")]).await;
    let ada = server.register("ada").await;
    let (busy, waiting) = (
        ada.conversation("mock/silent").await,
        ada.conversation("mock/echo").await,
    );
    let ask = |conversation: &str| format!("/api/conversations/{conversation}/messages");
    ada.post(&ask(&busy), json!({ "content": "go" }))
        .await
        .expect(202);
    let asked = ada
        .post(&ask(&waiting), json!({ "content": "queued" }))
        .await
        .expect(202)
        .data();
    assert_eq!(asked["run"]["status"], "queued");
    ada.post(&format!("/api/conversations/{waiting}/stop"), json!({}))
        .await
        .expect(204);
    let shown = ada
        .get(&format!("/api/conversations/{waiting}"))
        .await
        .expect(200)
        .data();
    assert_eq!(shown["active_run_id"], Value::Null);
    assert_eq!(shown["messages"][1]["status"], "cancelled");
    ada.post(&format!("/api/conversations/{busy}/stop"), json!({}))
        .await
        .expect(204);
    server.idle().await;
    assert_eq!(ada.say(&waiting, "now").await["status"], "complete");
}

#[tokio::test]
async fn the_same_request_sent_twice_begins_one_reply() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let post = async || {
        let body = Some(json!({ "content": "once" }));
        ada.send(http::Method::POST, &path, body, &[("idempotency-key", "k-1")])
            .await
            .expect(202)
            .data()
    };
    let first = post().await;
    server.idle().await;
    let second = post().await;
    assert_eq!(first["run"]["id"], second["run"]["id"]);
    assert_eq!(second["reply"]["content"], "once");
    assert_eq!(messages(&ada, &conversation).await.len(), 2);
    let other = ada.conversation("mock/echo").await;
    let body = Some(json!({ "content": "other" }));
    let path = format!("/api/conversations/{other}/messages");
    ada.send(http::Method::POST, &path, body, &[("idempotency-key", "k-1")])
        .await
        .expect(422);
}

#[tokio::test]
async fn what_is_deleted_is_gone_from_the_log_too() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let first = ada.say(&conversation, "one").await;
    let second = ada.say(&conversation, "two").await;
    let run = |message: &Value| format!("/api/runs/{}/events", message["run_id"].as_str().unwrap());
    ada.delete(&format!("/api/messages/{}", second["id"].as_str().unwrap()))
        .await
        .expect(204);
    ada.get(&run(&second)).await.expect(404);
    ada.get(&run(&first)).await.expect(200);
    ada.delete(&format!("/api/conversations/{conversation}"))
        .await
        .expect(204);
    ada.get(&run(&first)).await.expect(404);
}

#[tokio::test]
async fn a_failing_model_leaves_a_failed_message_that_says_why() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/fail").await;
    let reply = ada.say(&conversation, "go").await;
    assert_eq!(reply["status"], "failed");
    assert!(
        reply["error"]["code"].as_str().unwrap().starts_with("upstream"),
        "{}",
        reply["error"]
    );
    let run = ada
        .get(&format!("/api/runs/{}", reply["run_id"].as_str().unwrap()))
        .await
        .expect(200)
        .data();
    assert_eq!(run["status"], "failed");
}

#[tokio::test]
async fn a_reply_cut_off_by_the_end_of_the_process_is_marked_and_can_be_continued() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let connection = json!({ "scope": "system", "kind": "mock", "slug": "slow", "name": "Slow", "settings": { "tokens": 400, "tokens_per_second": 100 } });
    ada.post("/api/connections", connection).await.expect(201);
    let conversation = ada.conversation("slow/lorem").await;
    let asked = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": "go" }),
        )
        .await
        .expect(202)
        .data();
    let run = asked["run"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/runs/{run}/events");
    let before = ada.events(&path, 0, 60).await;
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    server.app().engine.recover_expired().await.unwrap();
    let after = ada.events(&path, before.last().unwrap().id, usize::MAX).await;
    assert_eq!(after.last().unwrap().event, "complete");
    assert!(
        after
            .iter()
            .any(|event| event.event == "error" && event.data["code"] == "interrupted")
    );
    let message = messages(&ada, &conversation).await.pop().unwrap();
    assert_eq!(message["status"], "partial");
    let kept = message["content"].as_str().unwrap().to_owned();
    assert!(!kept.is_empty());
    let id = message["id"].as_str().unwrap();
    let again = ada
        .post(
            &format!("/api/messages/{id}/continue"),
            json!({ "model": "mock/echo" }),
        )
        .await
        .expect(202)
        .data();
    assert_eq!(again["reply"]["id"], message["id"]);
    ada.events(
        &format!("/api/runs/{}/events", again["run"]["id"].as_str().unwrap()),
        0,
        usize::MAX,
    )
    .await;
    let message = messages(&ada, &conversation).await.pop().unwrap();
    assert_eq!(message["status"], "complete");
    assert!(message["content"].as_str().unwrap().starts_with(&kept));
    assert!(message["content"].as_str().unwrap().len() > kept.len());
}

#[tokio::test]
async fn edit_and_regenerate_make_branches_and_the_head_chooses_between_them() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let first = ada.say(&conversation, "first").await;
    ada.say(&conversation, "second").await;
    let shown = messages(&ada, &conversation).await;
    let question = shown[0]["id"].as_str().unwrap();
    let edited = ada
        .post(
            &format!("/api/messages/{question}/edit"),
            json!({ "content": "first, better" }),
        )
        .await
        .expect(202)
        .data();
    server.idle().await;
    let shown = messages(&ada, &conversation).await;
    assert_eq!(contents(&shown), ["first, better", "first, better"]);
    assert_eq!(
        shown[0]["siblings"],
        json!({ "ids": [question, edited["message"]["id"]], "index": 1 })
    );
    // Another answer to the same question stands beside the first.
    let answer = shown[1]["id"].as_str().unwrap();
    ada.post(&format!("/api/messages/{answer}/regenerate"), json!({}))
        .await
        .expect(202);
    server.idle().await;
    let shown = messages(&ada, &conversation).await;
    assert_eq!(shown[1]["siblings"]["index"], 1);
    // Back to the old branch, down to its newest end.
    ada.patch(
        &format!("/api/conversations/{conversation}"),
        json!({ "head_id": first["id"] }),
    )
    .await
    .expect(200);
    assert_eq!(
        contents(&messages(&ada, &conversation).await),
        ["first", "first", "second", "second"]
    );
    assert_eq!(
        ada.get(&format!("/api/conversations/{conversation}"))
            .await
            .data()["message_count"],
        7
    );
}

#[tokio::test]
async fn pages_of_messages_go_back_to_the_beginning_on_every_kind_of_branch() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    for n in 0..6 {
        ada.say(&conversation, &format!("m{n}")).await;
    }
    for branched in [false, true] {
        if branched {
            let last = messages(&ada, &conversation).await.pop().unwrap();
            ada.post(
                &format!("/api/messages/{}/regenerate", last["id"].as_str().unwrap()),
                json!({}),
            )
            .await
            .expect(202);
            server.idle().await;
        }
        let (mut all, mut before) = (Vec::new(), None::<String>);
        loop {
            let cursor = before.map(|id| format!("&before={id}")).unwrap_or_default();
            let page = ada
                .get(&format!("/api/conversations/{conversation}?limit=5{cursor}"))
                .await
                .expect(200)
                .data();
            let mut rows = page["messages"].as_array().unwrap().clone();
            rows.extend(all);
            all = rows;
            before = page["page"]["next"].as_str().map(str::to_owned);
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (0..6).flat_map(|n| [format!("m{n}"), format!("m{n}")]).collect();
        assert_eq!(contents(&all), expected, "branched: {branched}");
    }
}

#[tokio::test]
async fn a_list_is_paged_by_cursor_and_filtered_in_one_statement() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    for n in 0..7 {
        let path = format!("/api/workspaces/{}/conversations", ada.workspace);
        ada.post(&path, json!({ "title": format!("Plan {n} 100%") }))
            .await
            .expect(201);
    }
    let (mut titles, mut after) = (Vec::new(), String::new());
    loop {
        let page = ada
            .get(&format!(
                "/api/workspaces/{}/conversations?limit=3{after}",
                ada.workspace
            ))
            .await
            .expect(200);
        assert!(
            page.header("server-timing").contains("desc=\"1\""),
            "{}",
            page.header("server-timing")
        );
        for row in page.json()["data"].as_array().unwrap() {
            titles.push(row["title"].as_str().unwrap().to_owned());
        }
        match page.json()["page"]["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(
        titles,
        (0..7).rev().map(|n| format!("Plan {n} 100%")).collect::<Vec<_>>()
    );
    let found = ada
        .get(&format!(
            "/api/workspaces/{}/conversations?q=4%20100%25&count=true",
            ada.workspace
        ))
        .await
        .expect(200)
        .json();
    assert_eq!(found["page"]["total"], 1);
    assert_eq!(found["data"][0]["title"], "Plan 4 100%");
    let few = ada
        .get(&format!(
            "/api/workspaces/{}/conversations?limit=1&fields=id,title",
            ada.workspace
        ))
        .await
        .expect(200)
        .json();
    assert_eq!(
        few["data"][0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "title"]
    );
    let wrong = ada
        .get(&format!(
            "/api/workspaces/{}/conversations?fields=titel",
            ada.workspace
        ))
        .await
        .expect(422)
        .json();
    assert!(wrong["detail"].as_str().unwrap().contains("title"));
}

#[tokio::test]
async fn archive_pin_rename_and_delete() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{conversation}");
    let list = format!("/api/workspaces/{}/conversations", ada.workspace);
    ada.patch(&path, json!({ "title": "Mine", "pinned": true }))
        .await
        .expect(200);
    assert_eq!(
        ada.get(&format!("{list}?pinned=true")).await.json()["data"][0]["title"],
        "Mine"
    );
    ada.patch(&path, json!({ "archived": true })).await.expect(200);
    assert_eq!(ada.get(&list).await.json()["data"], json!([]));
    assert_eq!(
        ada.get(&format!("{list}?archived=true")).await.json()["data"][0]["pinned"],
        true
    );
    ada.say(&conversation, "a title of one's own stays").await;
    assert_eq!(ada.get(&path).await.data()["title"], "Mine");
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.expect(404);
}

#[tokio::test]
async fn fork_and_delete_a_message() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let first = ada.say(&conversation, "one").await;
    let second = ada.say(&conversation, "two").await;
    let fork = ada
        .post(
            &format!("/api/messages/{}/fork", first["id"].as_str().unwrap()),
            json!({ "title": "Fork" }),
        )
        .await
        .expect(201)
        .data();
    let forked = fork["id"].as_str().unwrap();
    assert_eq!(contents(&messages(&ada, forked).await), ["one", "one"]);
    assert_eq!(ada.say(forked, "three").await["content"], "three");
    assert_eq!(messages(&ada, &conversation).await.len(), 4);
    let question = second["parent_id"].as_str().unwrap();
    ada.delete(&format!("/api/messages/{question}")).await.expect(204);
    assert_eq!(contents(&messages(&ada, &conversation).await), ["one", "one"]);
    assert_eq!(
        ada.get(&format!("/api/conversations/{conversation}"))
            .await
            .data()["message_count"],
        2
    );
    assert_eq!(ada.say(&conversation, "again").await["content"], "again");
}

#[tokio::test]
async fn exports_are_complete() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, "Export me").await;
    let markdown = ada
        .get(&format!("/api/conversations/{conversation}/export"))
        .await
        .expect(200);
    assert!(
        markdown.text().starts_with("# Export me\n"),
        "{}",
        markdown.text()
    );
    assert!(markdown.text().contains("## mock/echo\n\nExport me\n"));
    assert!(markdown.header("content-disposition").contains("export-me.md"));
    let whole = ada
        .get(&format!("/api/conversations/{conversation}/export?format=json"))
        .await
        .expect(200)
        .json();
    assert_eq!(whole["conversation"]["id"], conversation.as_str());
    assert_eq!(whole["messages"].as_array().unwrap().len(), 2);
    let lines = ada.get("/api/export").await.expect(200).text();
    let kinds: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(kinds, ["user", "workspace", "conversation", "message", "message"]);
}

#[tokio::test]
async fn an_observer_reads_and_can_not_write_and_a_stranger_sees_nothing() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (obi, eve) = (server.register("obi").await, server.register("eve").await);
    server.join(&ada, &ada.workspace, &obi, "observer").await;
    let conversation = ada.conversation("mock/echo").await;
    let reply = ada.say(&conversation, "hello").await;
    let path = format!("/api/conversations/{conversation}");
    assert_eq!(obi.get(&path).await.expect(200).data()["role"], "observer");
    obi.post(&format!("{path}/messages"), json!({ "content": "hi" }))
        .await
        .expect(403);
    obi.delete(&path).await.expect(403);
    eve.get(&path).await.expect(404);
    eve.post(&format!("{path}/messages"), json!({ "content": "hi" }))
        .await
        .expect(404);
    let run = reply["run_id"].as_str().unwrap();
    assert_eq!(
        obi.events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
            .await
            .last()
            .unwrap()
            .event,
        "complete"
    );
    eve.get(&format!("/api/runs/{run}/events")).await.expect(404);
}

#[tokio::test]
async fn bad_input_is_named_and_nothing_is_stored() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let empty = ada
        .post(&path, json!({ "content": "   " }))
        .await
        .expect(422)
        .json();
    assert_eq!(empty["errors"][0]["field"], "content");
    let missing = ada.post(&path, json!({})).await.expect(422).json();
    assert!(missing["detail"].as_str().unwrap().contains("content"));
    ada.post(&path, json!({ "content": "x", "model": "mock/nothing" }))
        .await
        .expect(404);
    let foreign = ada
        .post(&path, json!({ "content": "x", "parent_id": "msg_other" }))
        .await
        .expect(422)
        .json();
    assert_eq!(foreign["errors"][0]["field"], "parent_id");
    assert_eq!(messages(&ada, &conversation).await.len(), 0);
}

#[tokio::test]
async fn a_key_that_comes_with_another_request_is_refused() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    let said = ada.say(&conversation, "one").await;
    let reply = format!("/api/messages/{}", said["id"].as_str().unwrap());
    let post = async |path: &str, body: Value| {
        let key = [("idempotency-key", "k-1")];
        ada.send(http::Method::POST, path, Some(body), &key).await
    };
    let path = format!("/api/conversations/{conversation}/messages");
    post(&path, json!({ "content": "once" })).await.expect(202);
    server.idle().await;
    for (path, body) in [
        (path.as_str(), json!({ "content": "twice" })),
        (path.as_str(), json!({ "content": "once", "model": "mock/lorem" })),
        (&format!("{reply}/regenerate"), json!({})),
    ] {
        let refused = post(path, body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], "Idempotency-Key");
    }
    // How it is answered is not what is asked; nor is the order of the fields.
    post(&path, json!({ "stream": false, "content": "once" }))
        .await
        .expect(202);
    assert_eq!(messages(&ada, &conversation).await.len(), 4);
}
