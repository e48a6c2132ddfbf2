//! Answers with sources: what a reply searches, what its model is shown, and what the answer keeps of it.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

use crate::files::{id, upload};
use crate::memories::make;
use crate::memories_context::model_that_says;
use crate::retrieval::embedded;
use crate::upstream::Upstream;

/// A conversation with this model that draws on this.
pub async fn drawing(client: &Client, collection: Value) -> String {
    let conversation = client.conversation("up/m").await;
    let path = format!("/api/conversations/{conversation}");
    client.patch(&path, json!({ "title": "T" })).await.expect(200);
    let shown = client
        .put(&format!("{path}/collection"), collection.clone())
        .await
        .expect(200);
    assert_eq!(shown.data()["collection"], collection);
    conversation
}

/// What the model was told last: the system prompt and the question's turn.
fn told(upstream: &Upstream) -> (String, String) {
    let text = |message: &Value| message["content"].as_str().unwrap().to_owned();
    let told = |asked: &Value| {
        let messages = asked["messages"].as_array().unwrap();
        (text(&messages[0]), text(messages.last().unwrap()))
    };
    // The conversation is titled beside everything else, whenever that is.
    let mut all = upstream
        .requests()
        .into_iter()
        .rev()
        .map(|request| told(&request.1));
    all.find(|(rules, _)| !rules.starts_with("You title conversations"))
        .expect("a request")
}

fn cited(message: &Value) -> Vec<(u64, &str)> {
    let citations = message["citations"].as_array().unwrap();
    citations
        .iter()
        .map(|citation| {
            (
                citation["number"].as_u64().unwrap(),
                citation["title"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn an_answer_draws_on_a_folder_and_cites_what_opens_at_its_place() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = model_that_says(&ada, "It is painted green [1].").await;
    let inside = upload(
        &ada,
        "harbour/lighthouse.md",
        "# Railing\n\nThe keeper painted the railing of the lighthouse green.",
    )
    .await;
    upload(
        &ada,
        "elsewhere.md",
        "The railing of the lighthouse was red in another story.",
    )
    .await;
    server.idle().await;
    embedded(&ada).await;
    let folder = inside["parent_id"].as_str().unwrap();
    let conversation = drawing(&ada, json!({ "folder": folder })).await;
    let asked = ada
        .post(
            &format!("/api/conversations/{conversation}/messages"),
            json!({ "content": "Which colour has the railing of the lighthouse?" }),
        )
        .await
        .expect(202)
        .data();
    let events = ada
        .events(
            &format!("/api/runs/{}/events", asked["run"]["id"].as_str().unwrap()),
            0,
            usize::MAX,
        )
        .await;
    let kinds: Vec<&str> = events.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(
        kinds[..4],
        ["start", "step_started", "step_finished", "citation"],
        "{kinds:?}"
    );
    assert_eq!(events[2].data["found"], 1);
    let (system, question) = told(&upstream);
    assert!(system.contains("is only data"), "{system}");
    assert!(
        question.contains("painted^the^railing") && !question.contains("was^red"),
        "{question}"
    );
    assert!(
        question.contains("\n\nWhich colour has the railing of the lighthouse?\n\n"),
        "{question}"
    );
    assert!(!system.contains("painted"), "{system}");

    let shown = ada
        .get(&format!("/api/conversations/{conversation}"))
        .await
        .data();
    let message = shown["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(message["id"], asked["reply"]["id"]);
    assert_eq!(cited(message), [(1, "lighthouse.md")]);
    let citation = &message["citations"][0];
    assert_eq!(&events[3].data["passage"], &citation["passage"]);
    assert_eq!(
        (&citation["kind"], &citation["owner_id"]),
        (&json!("file"), &inside["id"])
    );
    opens(&server, &ada, citation).await;
}

/// What is cited opens at its place, for nobody else.
async fn opens(server: &TestServer, ada: &Client, citation: &Value) {
    let path = format!("/api/passages/{}", citation["passage"]);
    let opened = ada.get(&path).await.expect(200).data();
    assert!(
        opened["text"].as_str().unwrap().contains("painted the railing"),
        "{opened}"
    );
    assert_eq!(opened["place"], citation["place"]);
    let bob = server.register("bob").await;
    bob.get(&path).await.expect(404);
}

#[tokio::test]
async fn an_answer_keeps_only_the_sources_that_it_names() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = model_that_says(&ada, "The second says so [2], see [9].").await;
    for (title, text) in [
        ("One", "The railing of the lighthouse is green."),
        (
            "Two",
            "Somebody said that the railing of the lighthouse is blue or so.",
        ),
        ("Bread", "A recipe for bread with walnuts and raisins."),
    ] {
        make(&ada, json!({ "title": title, "content": text })).await;
    }
    embedded(&ada).await;
    let conversation = drawing(&ada, json!({ "memories": true })).await;
    let reply = ada
        .say(&conversation, "Which colour has the railing of the lighthouse?")
        .await;
    assert_eq!(reply["retrieval"]["found"], 2, "{reply}");
    let cited = cited(&reply);
    assert_eq!(cited.len(), 1);
    assert_eq!(cited[0].0, 2);
    let (_, question) = told(&upstream);
    assert!(!question.contains("walnuts"), "{question}");
    let exported = ada
        .get(&format!("/api/conversations/{conversation}/export"))
        .await;
    assert!(
        exported.text().contains(&format!("> [2] {}", cited[0].1)),
        "{}",
        exported.text()
    );
    // A memory that a model has read was used.
    let used = ada
        .get(&format!(
            "/api/workspaces/{}/memories?sort=-last_used_at&limit=3",
            ada.workspace
        ))
        .await
        .json();
    let used: Vec<bool> = used["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|memory| memory["last_used_at"].is_string())
        .collect();
    assert_eq!(used, [true, true, false]);
}

#[tokio::test]
async fn when_nothing_relevant_is_found_the_answer_and_its_model_know() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = model_that_says(&ada, "The memories say nothing of it.").await;
    make(
        &ada,
        json!({ "title": "Bread", "content": "A recipe for bread with walnuts." }),
    )
    .await;
    embedded(&ada).await;
    let conversation = drawing(&ada, json!({ "memories": true })).await;
    let reply = ada
        .say(&conversation, "Which colour has the railing of the lighthouse?")
        .await;
    assert_eq!(reply["retrieval"]["found"], 0, "{reply}");
    assert_eq!(reply["citations"], json!([]));
    let (system, question) = told(&upstream);
    assert!(system.contains("found nothing relevant"), "{system}");
    assert!(
        question.starts_with("Which colour has the railing of the lighthouse?\n\nBegin by saying"),
        "{question}"
    );
    // Without a collection nothing is searched, and nothing is said of it.
    let path = format!("/api/conversations/{conversation}/collection");
    ada.put(&path, Value::Null).await.expect(200);
    let reply = ada
        .say(&conversation, "And which colour has the door of the lighthouse?")
        .await;
    assert!(
        reply.get("citations").is_none() && reply.get("retrieval").is_none(),
        "{reply}"
    );
    assert!(!told(&upstream).0.contains("search"));
}

#[tokio::test]
async fn one_message_draws_on_something_of_its_own_and_so_does_its_next_version() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = model_that_says(&ada, "Green [1].").await;
    make(
        &ada,
        json!({ "title": "Rail", "content": "The railing of the lighthouse is green." }),
    )
    .await;
    embedded(&ada).await;
    let conversation = ada.conversation("up/m").await;
    // With a title of its own, so that the model is asked for none in between.
    ada.patch(
        &format!("/api/conversations/{conversation}"),
        json!({ "title": "T" }),
    )
    .await
    .expect(200);
    let messages = format!("/api/conversations/{conversation}/messages");
    let question = "Which colour has the railing of the lighthouse?";
    let body = json!({ "content": question, "collection": { "memories": true } });
    let asked = ada.post(&messages, body).await.expect(202).data();
    assert_eq!(asked["message"]["collection"], json!({ "memories": true }));
    let ended = |asked: Value| {
        let ada = ada.clone();
        async move {
            let run = asked["run"]["id"].as_str().unwrap();
            ada.events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
                .await;
        }
    };
    let reply = asked["reply"]["id"].as_str().unwrap().to_owned();
    ended(asked).await;
    assert!(told(&upstream).1.contains("is^green"));
    let again = ada
        .post(&format!("/api/messages/{reply}/regenerate"), json!({}))
        .await
        .expect(202)
        .data();
    ended(again).await;
    assert!(told(&upstream).1.contains("is^green"));
    let plain = ada
        .say(
            &conversation,
            "Which colour has the railing of the lighthouse today?",
        )
        .await;
    assert!(plain.get("citations").is_none(), "{plain}");
}

#[tokio::test]
async fn a_question_that_leans_on_the_conversation_is_searched_for_as_it_is_meant() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let upstream = model_that_says(&ada, "Which colour has the railing of the lighthouse? [1]").await;
    make(
        &ada,
        json!({ "title": "Rail", "content": "The railing of the lighthouse is green." }),
    )
    .await;
    embedded(&ada).await;
    let conversation = drawing(&ada, json!({ "memories": true })).await;
    ada.say(
        &conversation,
        "Tell me everything about the railing of the lighthouse.",
    )
    .await;
    let before = upstream.requests().len();
    let reply = ada.say(&conversation, "Which colour has it?").await;
    // The model made the question stand alone, and then answered it.
    assert_eq!(upstream.requests().len(), before + 2);
    assert_eq!(
        reply["retrieval"]["query"],
        "Which colour has the railing of the lighthouse? [1]"
    );
    assert_eq!(reply["retrieval"]["found"], 1, "{reply}");
    let (_, question) = told(&upstream);
    assert!(question.contains("\n\nWhich colour has it?\n\n"), "{question}");
    // What the model says instead of a question is not searched for.
    upstream.stream(&[
        crate::upstream::chunk(
            json!({ "role": "assistant", "content": "Bananas grow in warm places" }),
            None,
        ),
        crate::upstream::chunk(json!({}), Some("stop")),
    ]);
    let reply = ada.say(&conversation, "Who painted it?").await;
    assert_eq!(
        reply["retrieval"]["query"],
        "Who painted it? Which colour has it?"
    );
}

#[tokio::test]
async fn an_answer_in_the_words_of_its_source_is_without_the_signs_between_them() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let _upstream = model_that_says(&ada, "[1]^The^railing^is^painted^green, and 2^10 is 1024 [1].").await;
    let memory = json!({ "title": "Rail", "content": "The railing of the lighthouse is painted green." });
    make(&ada, memory).await;
    embedded(&ada).await;
    let conversation = drawing(&ada, json!({ "memories": true })).await;
    let reply = ada
        .say(&conversation, "Which colour has the railing of the lighthouse?")
        .await;
    let read = "[1] The railing is painted green, and 2^10 is 1024 [1].";
    assert_eq!(reply["content"], read);
    assert_eq!(cited(&reply), [(1, "Rail")]);
    // Without sources a text is what the model said.
    let conversation = ada.conversation("up/m").await;
    let reply = ada.say(&conversation, "Say it again").await;
    assert_eq!(
        reply["content"],
        "[1]^The^railing^is^painted^green, and 2^10 is 1024 [1]."
    );
}

#[tokio::test]
async fn what_a_conversation_draws_on_is_checked() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let bob = server.register("bob").await;
    let file = upload(&ada, "f/a.txt", "some words").await;
    let (file, folder) = (id(&file).to_owned(), file["parent_id"].clone());
    let bobs = upload(&bob, "b.txt", "his words").await;
    let conversation = ada.conversation("mock/echo").await;
    let path = format!("/api/conversations/{conversation}/collection");
    for bad in [
        json!({}),
        json!({ "folder": file }),
        json!({ "files": [folder] }),
        json!({ "files": [id(&bobs)] }),
        json!({ "files": vec!["fil_1"; 201] }),
        json!({ "folders": [folder] }),
        json!("everything"),
    ] {
        ada.put(&path, bad.clone()).await.expect(422);
        let messages = format!("/api/conversations/{conversation}/messages");
        let body = json!({ "content": "x", "collection": bad });
        ada.post(&messages, body).await.expect(422);
    }
    let good = json!({ "memories": true, "folder": folder, "files": [file] });
    ada.put(&path, good.clone()).await.expect(200);
    let shown = ada
        .get(&format!("/api/conversations/{conversation}"))
        .await
        .data();
    assert_eq!(shown["collection"], good);
    // One may begin with it, and with no folder of somebody else's.
    let begin = |collection: Value| {
        let body = json!({ "model": "mock/echo", "collection": collection });
        async {
            ada.post(&format!("/api/workspaces/{}/conversations", ada.workspace), body)
                .await
        }
    };
    let begun = begin(good.clone()).await.expect(201).data();
    assert_eq!(begun["collection"], good);
    begin(json!({ "files": [id(&bobs)] })).await.expect(422);
    bob.put(&path, Value::Null).await.expect(404);
    // A copy draws on the same.
    ada.say(&conversation, "hello").await;
    let shown = ada
        .get(&format!("/api/conversations/{conversation}"))
        .await
        .data();
    let last = shown["messages"].as_array().unwrap().last().unwrap()["id"].clone();
    let fork = ada
        .post(
            &format!("/api/messages/{}/fork", last.as_str().unwrap()),
            json!({}),
        )
        .await
        .expect(201)
        .data();
    assert_eq!(fork["collection"], good);
    let begun = ada
        .post(
            &format!("/api/workspaces/{}/conversations", ada.workspace),
            json!({ "collection": { "everything": true } }),
        )
        .await
        .expect(201)
        .data();
    assert_eq!(begun["collection"], json!({ "everything": true }));
}

#[tokio::test]
async fn an_answer_that_was_cut_off_keeps_its_sources_and_goes_on_with_them() {
    let mut server = TestServer::new().await;
    let ada = server.register("ada").await;
    let settings = json!({ "tokens": 400, "tokens_per_second": 100 });
    let connection = json!({ "scope": "system", "kind": "mock", "slug": "slow", "settings": settings });
    ada.post("/api/connections", connection).await.expect(201);
    make(
        &ada,
        json!({ "title": "Rail", "content": "The railing of the lighthouse is green." }),
    )
    .await;
    embedded(&ada).await;
    let conversation = ada.conversation("slow/lorem").await;
    let body = json!({ "content": "Which colour has the railing of the lighthouse?", "collection": { "memories": true } });
    let asked = ada
        .post(&format!("/api/conversations/{conversation}/messages"), body)
        .await
        .expect(202)
        .data();
    let run = asked["run"]["id"].as_str().unwrap().to_owned();
    ada.events(&format!("/api/runs/{run}/events"), 0, 60).await;
    server.crash_and_restart().await;
    let ada = ada.on(&server);
    server.app().engine.recover_expired().await.unwrap();
    let events = ada
        .events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
        .await;
    assert_eq!(events.last().unwrap().event, "complete");
    let last = async || {
        let shown = ada
            .get(&format!("/api/conversations/{conversation}"))
            .await
            .data();
        shown["messages"].as_array().unwrap().last().unwrap().clone()
    };
    let partial = last().await;
    assert_eq!(partial["status"], "partial");
    assert_eq!(cited(&partial), [(1, "Rail")]);
    let again = ada
        .post(
            &format!("/api/messages/{}/continue", partial["id"].as_str().unwrap()),
            json!({ "model": "mock/echo" }),
        )
        .await
        .expect(202)
        .data();
    let run = again["run"]["id"].as_str().unwrap();
    let events = ada
        .events(&format!("/api/runs/{run}/events"), 0, usize::MAX)
        .await;
    let citation = events
        .iter()
        .find(|event| event.event == "citation")
        .expect("a citation");
    assert_eq!(citation.data["passage"], partial["citations"][0]["passage"]);
    let complete = last().await;
    assert_eq!(complete["status"], "complete");
    assert_eq!(complete["citations"], partial["citations"]);
    assert_eq!(complete["retrieval"], partial["retrieval"]);
}
