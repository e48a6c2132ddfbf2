//! Recordings and the bodies that go out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::request::{Thinking, body};
use super::stream::AnthropicDecoder;
use crate::upstream::testing::{any_cut, collect, common_answer, transcript};
use crate::{ChatRequest, Image, Message, Part, Tool, ToolCall, ToolChoice};

fn decoder() -> AnthropicDecoder {
    AnthropicDecoder::new(Arc::from("Up"))
}

/// Events as the API sends them: the type once as the event's name and once inside.
fn sse(events: &[Value]) -> String {
    events
        .iter()
        .map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap()))
        .collect::<Vec<_>>()
        .concat()
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5", "stop_reason": null,
        "usage": {"input_tokens": 10, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 8, "output_tokens": 1}}})
}

fn open(index: usize, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: usize, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn stop(index: usize) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 34}}),
        json!({"type": "message_stop"}),
    ]
}

fn recording() -> String {
    let [reason, last] = end("tool_use");
    sse(&[
        start(),
        open(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        json!({"type": "ping"}),
        delta(0, json!({"type": "thinking_delta", "thinking": "Two cities, "})),
        delta(0, json!({"type": "thinking_delta", "thinking": "two calls."})),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        stop(0),
        open(1, json!({"type": "text", "text": ""})),
        delta(1, json!({"type": "text_delta", "text": "Grüße, "})),
        delta(1, json!({"type": "text_delta", "text": "☃! Let me look."})),
        stop(1),
        open(
            2,
            json!({"type": "tool_use", "id": "call_a", "name": "weather", "input": {}}),
        ),
        delta(2, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(
            2,
            json!({"type": "input_json_delta", "partial_json": "{\"city\":"}),
        ),
        delta(
            2,
            json!({"type": "input_json_delta", "partial_json": "\"Paris\"}"}),
        ),
        stop(2),
        open(
            3,
            json!({"type": "tool_use", "id": "call_b", "name": "weather", "input": {"city": "Oslo"}}),
        ),
        stop(3),
        json!({"type": "something_new", "payload": 1}),
        reason,
        last,
    ])
}

#[tokio::test]
async fn the_recording_decodes_to_the_common_answer_however_it_is_cut() {
    let recording = recording();
    let lines = any_cut(decoder, recording.as_bytes()).await;
    assert_eq!(
        lines,
        [
            "usage 21+1 cached 8 reasoning 0",
            r#"reasoning "Two cities, ""#,
            r#"reasoning "two calls.""#,
            r#"text "Grüße, ""#,
            r#"text "☃! Let me look.""#,
            r#"call 0 id=call_a name=weather "" signed"#,
            r#"call 0 id= name= "{\"city\":""#,
            r#"call 0 id= name= "\"Paris\"}""#,
            r#"call 1 id=call_b name=weather """#,
            r#"call 1 id= name= "{\"city\":\"Oslo\"}""#,
            "usage 21+34 cached 8 reasoning 0",
            "finish tool_calls",
        ]
    );
    assert_eq!(collect(decoder(), recording.as_bytes()).await, common_answer());
}

#[tokio::test]
async fn a_call_without_input_has_an_empty_object() {
    let [reason, last] = end("tool_use");
    let bytes = sse(&[
        start(),
        open(
            0,
            json!({"type": "tool_use", "id": "a", "name": "now", "input": {}}),
        ),
        stop(0),
        reason,
        last,
    ]);
    assert_eq!(
        collect(decoder(), bytes.as_bytes()).await.tool_calls[0].arguments,
        "{}"
    );
}

#[tokio::test]
async fn ends_and_errors() {
    let text = || [open(0, json!({"type": "text", "text": "Hi"})), stop(0)];
    let usage = "usage 21+1 cached 8 reasoning 0";
    let said = r#"text "Hi""#;
    let table: [(Vec<Value>, &[&str]); 7] = [
        (
            end("end_turn").to_vec(),
            &["usage 21+34 cached 8 reasoning 0", "finish stop"],
        ),
        (
            end("max_tokens").to_vec(),
            &["usage 21+34 cached 8 reasoning 0", "finish length"],
        ),
        (
            end("refusal").to_vec(),
            &["usage 21+34 cached 8 reasoning 0", "finish content_filter"],
        ),
        // The reason came, the last event did not.
        (
            end("end_turn")[..1].to_vec(),
            &["usage 21+34 cached 8 reasoning 0", "finish stop"],
        ),
        (
            vec![json!({"type": "ping"})],
            &["error upstream_protocol: protocol error: the answer was cut off"],
        ),
        (
            vec![json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})],
            &["error upstream_error: Up answered 529: Overloaded"],
        ),
        (
            vec![json!({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow"}})],
            &["error rate_limit_exceeded: rate limited: Slow"],
        ),
    ];
    for (rest, expected) in table {
        let bytes = sse(&[vec![start()], text().to_vec(), rest].concat());
        let lines = transcript(decoder(), &[bytes.as_bytes()]).await;
        assert_eq!(lines[..2], [usage, said]);
        assert_eq!(lines[2..], *expected, "{bytes}");
    }
}

fn request(messages: Vec<Message>) -> ChatRequest {
    ChatRequest::new("claude-sonnet-4-5", messages)
}

#[test]
fn roles_alternate_and_instructions_stand_apart() {
    let call = |id: &str| ToolCall {
        id: id.into(),
        name: "look".into(),
        arguments: r#"{"x":1}"#.into(),
        signature: None,
    };
    let request = request(vec![
        Message::system("Be brief."),
        Message {
            parts: vec![
                Part::Text("Look.".into()),
                Part::Image(Image::data("image/png", &b"png"[..])),
            ],
            ..Message::user("")
        },
        Message {
            tool_calls: vec![call("a"), call("b")],
            ..Message::assistant("I look.")
        },
        Message::tool("a", "cat"),
        Message::tool("b", ""),
        Message::user("And?"),
        Message::system("Stay brief."),
        Message::user("Well?"),
        Message::assistant("It is \n"),
    ]);
    let body = body(&request, Thinking::Budget).unwrap();
    assert_eq!(
        body,
        json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": 16_000,
            "stream": true,
            "system": "Be brief.\n\nStay brief.",
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Look."},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"}},
                ]},
                {"role": "assistant", "content": [
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}},
                    {"type": "tool_use", "id": "b", "name": "look", "input": {"x": 1}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "cat"}]},
                    {"type": "tool_result", "tool_use_id": "b", "content": []},
                    {"type": "text", "text": "And?"},
                    {"type": "text", "text": "Well?"},
                ]},
                {"role": "assistant", "content": [{"type": "text", "text": "It is"}]},
            ],
        })
    );
}

#[test]
fn parameters_are_translated() {
    let mut request = request(vec![Message::user("Hi")]);
    request.tools = vec![Tool {
        name: "f".into(),
        description: "F.".into(),
        parameters: Value::Null,
        strict: None,
    }];
    request.tool_choice = Some(ToolChoice::Required);
    request.max_tokens = Some(100);
    request.temperature = Some(1.5);
    request.top_p = Some(0.5);
    request.stop = vec!["END".into(), "\n".into()];
    request.response_format =
        Some(json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}));
    request.extra = json!({"parallel_tool_calls": false, "top_k": 5, "seed": 1})
        .as_object()
        .cloned()
        .unwrap();
    let body = body(&request, Thinking::Budget).unwrap();
    assert_eq!(
        body["tools"],
        json!([{"name": "f", "description": "F.", "input_schema": {"type": "object", "properties": {}}}])
    );
    assert_eq!(
        body["tool_choice"],
        json!({"type": "any", "disable_parallel_tool_use": true})
    );
    assert_eq!(body["max_tokens"], 100);
    assert_eq!(body["temperature"], 1.0);
    assert_eq!(body["top_p"], Value::Null);
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(
        body["output_config"],
        json!({"format": {"type": "json_schema", "schema": {"type": "object"}}})
    );
    assert_eq!((&body["top_k"], &body["seed"]), (&json!(5), &Value::Null));
}

#[test]
fn thinking_is_asked_for_as_the_model_wants_it() {
    assert_eq!(Thinking::usual("claude-3-7-sonnet-20250219"), Thinking::Budget);
    assert_eq!(Thinking::usual("claude-sonnet-4-20250514"), Thinking::Budget);
    assert_eq!(Thinking::usual("claude-opus-4-5"), Thinking::Budget);
    assert_eq!(Thinking::usual("claude-opus-4-7"), Thinking::Adaptive);
    let mut request = request(vec![Message::user("Hi")]);
    request.reasoning_effort = Some("medium".into());
    request.temperature = Some(0.2);
    request.max_tokens = Some(8000);
    let budget = body(&request, Thinking::Budget).unwrap();
    assert_eq!(
        budget["thinking"],
        json!({"type": "enabled", "budget_tokens": 4000})
    );
    assert_eq!(budget["temperature"], Value::Null);
    let adaptive = body(&request, Thinking::Adaptive).unwrap();
    assert_eq!(
        adaptive["thinking"],
        json!({"type": "adaptive", "display": "summarized"})
    );
    assert_eq!(adaptive["output_config"], json!({"effort": "medium"}));
    // No room for a budget.
    request.max_tokens = Some(1000);
    let small = body(&request, Thinking::Budget).unwrap();
    assert_eq!(
        (&small["thinking"], small["temperature"].is_number()),
        (&Value::Null, true)
    );
}

#[test]
fn signed_thinking_goes_back_before_its_call() {
    let signature = json!([{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}]).to_string();
    let call = |signature| ToolCall {
        id: "a".into(),
        name: "f".into(),
        arguments: "{}".into(),
        signature,
    };
    let conversation = |signature| {
        let mut request = request(vec![
            Message::user("Hi"),
            Message {
                parts: Vec::new(),
                tool_calls: vec![call(signature)],
                ..Message::assistant("")
            },
            Message::tool("a", "done"),
        ]);
        request.reasoning_effort = Some("high".into());
        body(&request, Thinking::Budget).unwrap()
    };
    let signed = conversation(Some(signature));
    assert_eq!(
        signed["messages"][1]["content"][0],
        json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})
    );
    assert_eq!(signed["thinking"]["type"], "enabled");
    // A client lost it, or another provider made it: thinking would be rejected.
    for lost in [None, Some("Z2VtaW5p".to_owned())] {
        assert_eq!(conversation(lost)["thinking"], Value::Null);
    }
}

#[test]
fn what_cannot_be_said_is_a_bad_request() {
    let other = Message {
        parts: vec![Part::Other(json!({"type": "input_audio"}))],
        ..Message::user("")
    };
    let call = ToolCall {
        id: "a".into(),
        name: "f".into(),
        arguments: "{oops".into(),
        signature: None,
    };
    let broken = Message {
        tool_calls: vec![call],
        ..Message::assistant("")
    };
    for message in [other, broken] {
        assert_eq!(
            body(&request(vec![message]), Thinking::Budget)
                .unwrap_err()
                .code(),
            "invalid_request"
        );
    }
}
