//! Exports as PDF through HTTP: what an independent reader finds in them, and who may have them.

use serde_json::{Value, json};
use testkit::{Client, TestServer};

/// Latin with umlauts, Greek and Cyrillic.
const PROMPT: &str = "Grüße, Καλημέρα, Привет";

fn path(conversation: &str) -> String {
    format!("/api/conversations/{conversation}/export?format=pdf")
}

/// A comparison that has ended: the id of its conversation.
async fn compared(client: &Client, prompt: &str, models: Value, blind: bool) -> String {
    let body = json!({ "prompt": prompt, "models": models, "blind": blind });
    let done = client.post("/api/compare", body).await.expect(200).data();
    done["conversation"]["id"].as_str().expect("an id").to_owned()
}

fn page_count(pdf: &[u8]) -> usize {
    let document = pdf_extract::Document::load_mem(pdf).expect("a PDF");
    document.get_pages().len()
}

/// The words of a PDF, with one space between them.
fn words(pdf: &[u8]) -> String {
    let text = pdf_extract::extract_text_from_mem(pdf).expect("text");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn exported(client: &Client, path: &str) -> Vec<u8> {
    let answer = client.get(path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/pdf");
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"") && disposition.ends_with(".pdf\""),
        "{disposition}"
    );
    answer.bytes.to_vec()
}

#[tokio::test]
async fn a_comparison_is_a_pdf_with_the_question_and_every_lane_under_its_name() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let models = json!([{ "model": "mock/echo", "label": "Echo" }, "mock/lorem", "mock/fail"]);
    let conversation = compared(&ada, PROMPT, models, false).await;
    let pdf = exported(&ada, &path(&conversation)).await;
    let text = words(&pdf);
    for part in [
        "You",
        "Echo (mock/echo)",
        "mock/lorem",
        "mock/fail",
        "first token after",
        "tokens",
        "lorem ipsum",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.matches(PROMPT).count() >= 2, "asked and echoed: {text}");
    let again = exported(&ada, &path(&conversation)).await;
    assert!(pdf == again, "the same comparison is the same file");
}

#[tokio::test]
async fn a_blind_comparison_names_no_model_in_its_pdf() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let models = json!(["mock/echo", { "model": "mock/lorem", "label": "Filler" }, "mock/fail"]);
    let conversation = compared(&ada, "go", models, true).await;
    let pdf = exported(&ada, &path(&conversation)).await;
    let text = format!("{} {}", words(&pdf), String::from_utf8_lossy(&pdf));
    assert!(text.contains("Answer 1") && text.contains("Answer 3"), "{text}");
    for name in ["mock/", "Mock", "Filler"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
}

#[tokio::test]
async fn a_conversation_is_a_pdf_whose_pages_grow_with_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, PROMPT).await;
    let short = exported(&ada, &path(&conversation)).await;
    let text = words(&short);
    assert!(text.contains("mock/echo") && text.contains(PROMPT), "{text}");
    assert_eq!(page_count(&short), 1);
    for number in 0..6 {
        let lines = format!("line {number}\n\n").repeat(20);
        ada.say(&conversation, &lines).await;
    }
    let long = exported(&ada, &path(&conversation)).await;
    assert!(page_count(&long) > 3);
    assert_eq!(words(&long).matches("line 5").count(), 40, "asked and echoed");
}

#[tokio::test]
async fn hostile_markdown_is_a_pdf_like_any_other() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let hostile = format!(
        "{}\n\n|a|\n|-|\n{}\n\n```\n\u{202e}\u{7}(\\) endstream endobj\n[x](javascript:alert(1)) <script>\u{fffd}𝕏漢字🙂",
        ">".repeat(400),
        "|".repeat(400)
    );
    let conversation = ada.conversation("mock/echo").await;
    ada.say(&conversation, &hostile).await;
    let pdf = exported(&ada, &path(&conversation)).await;
    assert!(words(&pdf).contains("endstream endobj"));
    assert!(!String::from_utf8_lossy(&pdf).contains("javascript:"));
}

#[tokio::test]
async fn an_observer_has_the_pdf_and_a_stranger_does_not_learn_of_it() {
    let server = TestServer::new().await;
    let ada = server.register("ada").await;
    let (obi, eve) = (server.register("obi").await, server.register("eve").await);
    server.join(&ada, &ada.workspace, &obi, "observer").await;
    let conversation = compared(&ada, "go", json!(["mock/echo", "mock/lorem"]), false).await;
    assert_eq!(page_count(&exported(&obi, &path(&conversation)).await), 1);
    eve.get(&path(&conversation)).await.expect(404);
}
