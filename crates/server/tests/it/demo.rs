//! Demo data through HTTP: what was loaded can be opened, scrolled through and loaded again.

use serde_json::{Value, json};
use server::demo::{self, EMAIL, PASSWORD, Wanted};
use testkit::{Client, TestServer};

async fn demo_user(server: &TestServer) -> Client {
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    let login = server
        .anonymous()
        .post("/api/auth/login", login)
        .await
        .expect(200)
        .data();
    server.anonymous().with_token(login["token"].as_str())
}

/// Every message of the shown branch, oldest first, page by page from the end.
async fn scroll_up(client: &Client, conversation: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/conversations/{conversation}?limit=100{before}");
        let shown = client.get(&path).await.expect(200).data();
        let mut page = shown["messages"].as_array().unwrap().clone();
        page.append(&mut all);
        all = page;
        match shown["page"]["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn a_long_conversation_is_whole_and_varied() {
    let server = TestServer::new().await;
    let wanted = Wanted {
        long: 2_345,
        seed: 7,
        ..Wanted::default()
    };
    let loaded = demo::load(server.app(), wanted).await.unwrap();
    let id = loaded.long_conversation.unwrap();
    let user = demo_user(&server).await;
    let shown = user
        .get(&format!("/api/conversations/{id}?limit=1"))
        .await
        .expect(200)
        .data();
    assert_eq!(shown["title"], "A long conversation");
    assert_eq!(shown["workspace_id"], demo::WORKSPACE);
    assert_eq!(shown["message_count"], 2_345);
    let messages = scroll_up(&user, &id).await;
    assert_eq!(messages.len(), 2_345);
    assert_eq!(shown["head_id"], messages.last().unwrap()["id"]);
    let mut parent = json!("");
    for (n, message) in messages.iter().enumerate() {
        assert_eq!(message["role"], if n % 2 == 0 { "user" } else { "assistant" });
        assert_eq!(message["parent_id"], parent);
        parent = message["id"].clone();
    }
    let texts: Vec<&str> = messages.iter().map(|m| m["content"].as_str().unwrap()).collect();
    for part in [
        "\n```",
        "|---|",
        "\n- **",
        "\n1. **",
        "# ",
        "> ",
        "(Message 2341)",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}");
    }
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    assert!(*lengths.iter().min().unwrap() < 10 && *lengths.iter().max().unwrap() > 1_500);
    // The same seed says the same; a second load adds a second one.
    let again = demo::load(server.app(), Wanted { long: 11, ..wanted })
        .await
        .unwrap();
    let again = scroll_up(&user, &again.long_conversation.unwrap()).await;
    assert_eq!(again[10]["content"], texts[10]);
}

#[tokio::test]
async fn the_team_knows_something_and_something_waits_in_its_inbox() {
    let server = TestServer::new().await;
    let loaded = demo::load(server.app(), Wanted::default()).await.unwrap();
    let user = demo_user(&server).await;
    let list = format!("/api/workspaces/{}/memories", demo::WORKSPACE);
    let count = async |query: &str| {
        let shown = user
            .get(&format!("{list}?count=true&{query}"))
            .await
            .expect(200)
            .json();
        shown["page"]["total"].as_u64().unwrap()
    };
    let (known, proposed) = (count("").await, count("status=proposed").await);
    assert!(known >= 5 && proposed >= 1, "{known} {proposed}");
    assert_eq!(loaded.memories, known + proposed);
    // Loading it again adds nothing.
    assert_eq!(
        demo::load(server.app(), Wanted::default())
            .await
            .unwrap()
            .memories,
        0
    );
    assert_eq!(count("").await, known);
}
