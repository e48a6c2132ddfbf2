//! `stoa parse`, the process in which the server reads files: it answers, and what is too much for it ends it alone.

use crate::stoa::Home;

fn parse(name: &str, content: &str) -> serde_json::Value {
    let out = Home::new()
        .run_with_input(&["parse", &format!("--name={name}")], content)
        .succeeded();
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_process_that_reads_files_answers_with_the_document_or_the_reason() {
    let document = &parse("a.md", "# Top\n\nText.\n")["Ok"];
    assert_eq!(document["title"], "Top");
    assert_eq!(document["text"], "# Top\n\nText.\n");
    assert_eq!(parse("a.json", "{")["Err"]["reason"], "damaged");
    assert_eq!(parse("a.bin", "x")["Err"]["reason"], "unsupported");
}

#[tokio::test]
async fn a_file_that_eats_memory_fails_alone_and_says_so() {
    use server::documents::{Parser, Reason};
    let parser = Parser::new(Some(env!("CARGO_BIN_EXE_stoa").into()));
    let content = |text: String| stream_of(vec![text]);
    // Every item becomes many times its size in memory.
    let hungry = format!("[{}0]", "[],".repeat(30 << 20));
    let error = parser.parse(content(hungry), "", "a.json").await.unwrap_err();
    assert_eq!(error.reason, Reason::Memory, "{error}");
    let document = parser.parse(content("plain".into()), "", "a.txt").await.unwrap();
    assert_eq!(document.text, "plain");
}

fn stream_of(pieces: Vec<String>) -> impl futures_util::Stream<Item = std::io::Result<bytes::Bytes>> + Send {
    futures_util::stream::iter(pieces.into_iter().map(|piece| Ok(piece.into())))
}
