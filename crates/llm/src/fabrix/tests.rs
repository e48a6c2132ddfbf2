//! The events of a gateway of agents, and the times that lists and files have.

use std::sync::Arc;

use serde_json::json;

use super::stream::FabrixDecoder;
use super::{Fabrix, LIST_LIMIT, agents_of};
use crate::upstream::testing::{any_cut, transcript};
use crate::{Connection, Error, Net, ProviderKind, Url};

fn decoder() -> FabrixDecoder {
    FabrixDecoder::new(Arc::from("FabriX API"), 10)
}

fn sse(objects: &[serde_json::Value]) -> String {
    let frames = objects.iter().map(|object| format!("data: {object}\n\n"));
    frames.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn an_answer_may_end_with_its_connection() {
    let recording = sse(&[
        json!({"event_status": "CHUNK", "content": "Guten "}),
        json!({"event_status": "CHUNK", "content": null}),
        json!({"event_status": "CHUNK", "content": "Tag"}),
    ]);
    assert_eq!(
        any_cut(decoder, recording.as_bytes()).await,
        [
            "text \"Guten \"",
            "text \"Tag\"",
            "usage 3+3 cached 0 reasoning 0",
            "finish stop"
        ]
    );
}

#[tokio::test]
async fn an_end_that_repeats_the_text_says_nothing_new() {
    for end in [
        sse(&[json!({"event_status": "FINISH", "content": "Guten Tag"})]),
        sse(&[json!({"status": "done"})]),
        "data: [DONE]\n\n".to_owned(),
        "event: done\ndata: {}\n\n".to_owned(),
    ] {
        let recording = format!("{}{end}", sse(&[json!({"content": "Guten Tag"})]));
        let heard = transcript(decoder(), &[recording.as_bytes()]).await;
        assert_eq!(
            heard,
            [
                "text \"Guten Tag\"",
                "usage 3+3 cached 0 reasoning 0",
                "finish stop"
            ],
            "{end}"
        );
    }
}

#[tokio::test]
async fn a_failure_is_an_object_of_the_stream() {
    for failure in [
        json!({"error": {"message": "it burns"}}),
        json!({"event_status": "ERROR", "message": "it burns"}),
        json!({"statusCode": 500, "message": "it burns"}),
    ] {
        let recording = sse(&[json!({"content": "Guten "}), failure]);
        let heard = transcript(decoder(), &[recording.as_bytes()]).await;
        assert_eq!(
            heard,
            [
                "text \"Guten \"",
                "error upstream_error: FabriX API answered 500: it burns"
            ]
        );
    }
}

#[tokio::test]
async fn an_empty_answer_is_no_answer() {
    let heard = transcript(decoder(), &[b": nothing\n\n"]).await;
    assert_eq!(
        heard,
        ["error upstream_protocol: protocol error: the answer was cut off"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_takes_too_long_names_the_gateway() {
    let connection = Connection {
        name: "FabriX API".to_owned(),
        base_url: Some(Url::parse("https://agents.example.com").unwrap()),
        ..Connection::new(ProviderKind::Fabrix)
    };
    let fabrix = Fabrix::new(&connection, &Net::new()).unwrap();
    let started = tokio::time::Instant::now();
    let late: Result<(), Error> = fabrix.within(LIST_LIMIT, std::future::pending()).await;
    assert_eq!(late.unwrap_err().to_string(), "Request to FabriX API timed out");
    assert_eq!(started.elapsed(), LIST_LIMIT);
}

#[test]
fn agents_are_found_wherever_the_list_is() {
    let agents = json!([{"agentId": "a-1", "name": "Travel"}, {"id": 7}, {"name": "no id"}]);
    for body in [
        json!({"agents": agents}),
        json!({"data": {"agents": agents}}),
        json!({"data": agents}),
        agents,
    ] {
        let found = agents_of(&body).unwrap();
        let names: Vec<(&str, &str)> = found
            .iter()
            .map(|agent| (agent.name.as_str(), agent.display_name.as_str()))
            .collect();
        assert_eq!(names, [("a-1", "Travel"), ("7", "7")], "{body}");
    }
    assert!(agents_of(&json!({"message": "no"})).is_err());
}
