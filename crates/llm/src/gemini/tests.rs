//! Recordings and the bodies that go out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::request::{body, thinks};
use super::stream::GeminiDecoder;
use crate::upstream::testing::{any_cut, collect, common_answer, transcript};
use crate::{ChatRequest, Image, Message, Part, Tool, ToolCall, ToolChoice};

fn decoder() -> GeminiDecoder {
    GeminiDecoder::new(Arc::from("Up"), 3)
}

fn sse(chunks: &[Value]) -> String {
    chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\r\n\r\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn parts(parts: Value) -> Value {
    json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0}], "modelVersion": "gemini-3-pro"})
}

fn end(reason: &str) -> Value {
    json!({"candidates": [{"content": {"role": "model"}, "finishReason": reason, "index": 0}],
        "usageMetadata": {"promptTokenCount": 21, "candidatesTokenCount": 34, "totalTokenCount": 55, "cachedContentTokenCount": 8}})
}

fn recording() -> String {
    sse(&[
        parts(json!([{"text": "Two cities, ", "thought": true}])),
        parts(json!([{"text": "two calls.", "thought": true}])),
        parts(json!([{"text": "Grüße, "}])),
        parts(json!([{"text": "☃! Let me look."}])),
        parts(json!([
            {"functionCall": {"id": "call_a", "name": "weather", "args": {"city": "Paris"}}, "thoughtSignature": "c2ln"},
            {"functionCall": {"id": "call_b", "name": "weather", "args": {"city": "Oslo"}}},
        ])),
        end("STOP"),
    ])
}

#[tokio::test]
async fn the_recording_decodes_to_the_common_answer_however_it_is_cut() {
    let recording = recording();
    let lines = any_cut(decoder, recording.as_bytes()).await;
    assert_eq!(
        lines,
        [
            r#"reasoning "Two cities, ""#,
            r#"reasoning "two calls.""#,
            r#"text "Grüße, ""#,
            r#"text "☃! Let me look.""#,
            r#"call 0 id=call_a name=weather "{\"city\":\"Paris\"}" signed"#,
            r#"call 1 id=call_b name=weather "{\"city\":\"Oslo\"}""#,
            "usage 21+34 cached 8 reasoning 0",
            "finish tool_calls",
        ]
    );
    assert_eq!(collect(decoder(), recording.as_bytes()).await, common_answer());
}

#[tokio::test]
async fn ends_and_errors() {
    let usage = "usage 21+34 cached 8 reasoning 0";
    let table: [(Value, &[&str]); 7] = [
        (end("STOP"), &[usage, "finish stop"]),
        (end("MAX_TOKENS"), &[usage, "finish length"]),
        (end("SAFETY"), &[usage, "finish content_filter"]),
        (
            json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "what is this"}]}),
            &[
                "error upstream_protocol: protocol error: the model's answer was unusable (MALFORMED_FUNCTION_CALL): what is this",
            ],
        ),
        (
            json!({"promptFeedback": {"blockReason": "SAFETY"}}),
            &["error content_filter: refused: the prompt was blocked: SAFETY"],
        ),
        (
            json!({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}),
            &["error upstream_error: Up answered 503: overloaded"],
        ),
        (
            json!({"usageMetadata": {"promptTokenCount": 1}}),
            &["error upstream_protocol: protocol error: the answer was cut off"],
        ),
    ];
    for (last, expected) in table {
        let bytes = sse(&[parts(json!([{"text": "Hi"}])), last]);
        let lines = transcript(decoder(), &[bytes.as_bytes()]).await;
        assert_eq!(lines[0], r#"text "Hi""#);
        assert_eq!(lines[1..], *expected, "{bytes}");
    }
}

#[tokio::test]
async fn calls_without_ids_get_ones_that_differ_from_turn_to_turn() {
    let bytes = sse(&[parts(json!([{"functionCall": {"name": "now"}}])), end("STOP")]);
    let lines = transcript(decoder(), &[bytes.as_bytes()]).await;
    assert_eq!(lines[0], r#"call 0 id=call_3_0 name=now "{}""#);
}

#[test]
fn a_conversation_goes_out_whole() {
    let call = |id: &str, signature: Option<&str>| ToolCall {
        id: id.into(),
        name: "look".into(),
        arguments: r#"{"x":1}"#.into(),
        signature: signature.map(str::to_owned),
    };
    let request = ChatRequest::new(
        "gemini-3-pro",
        vec![
            Message::system("Be brief."),
            Message {
                parts: vec![
                    Part::Text("Look.".into()),
                    Part::Image(Image::data("image/png", &b"png"[..])),
                ],
                ..Message::user("")
            },
            Message {
                parts: Vec::new(),
                tool_calls: vec![call("a", Some("c2ln")), call("b", None)],
                ..Message::assistant("")
            },
            Message::tool("a", r#"{"seen":"cat"}"#),
            Message::tool("b", "a dog"),
            Message {
                tool_calls: vec![call("c", Some(r#"[{"type":"thinking"}]"#))],
                ..Message::assistant("Again.")
            },
            Message::tool("c", "[1]"),
        ],
    );
    let body = body(&request).unwrap();
    let args = json!({"name": "look", "args": {"x": 1}});
    assert_eq!(
        body,
        json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Look."}, {"inlineData": {"mimeType": "image/png", "data": "cG5n"}}]},
                {"role": "model", "parts": [{"functionCall": args, "thoughtSignature": "c2ln"}, {"functionCall": args}]},
                {"role": "user", "parts": [
                    {"functionResponse": {"name": "look", "response": {"seen": "cat"}}},
                    {"functionResponse": {"name": "look", "response": {"result": "a dog"}}},
                ]},
                {"role": "model", "parts": [
                    {"text": "Again."},
                    {"functionCall": args, "thoughtSignature": "skip_thought_signature_validator"},
                ]},
                {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"result": [1]}}}]},
            ],
            "generationConfig": {"thinkingConfig": {"includeThoughts": true}},
        })
    );
}

#[test]
fn parameters_are_translated() {
    let mut request = ChatRequest::new("gemini-2.0-flash", vec![Message::user("Hi")]);
    request.tools = vec![Tool {
        name: "f".into(),
        description: "F.".into(),
        parameters: json!({"type": "object"}),
        strict: None,
    }];
    request.tool_choice = Some(ToolChoice::Tool("f".into()));
    request.max_tokens = Some(100);
    request.temperature = Some(0.5);
    request.stop = (0..9).map(|n| n.to_string()).collect();
    request.reasoning_effort = Some("high".into());
    request.response_format =
        Some(json!({"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}));
    request.extra = json!({"seed": 4, "logit_bias": {}}).as_object().cloned().unwrap();
    let body = body(&request).unwrap();
    assert_eq!(
        body["tools"],
        json!([{"functionDeclarations":
        [{"name": "f", "description": "F.", "parametersJsonSchema": {"type": "object"}}]}])
    );
    assert_eq!(
        body["toolConfig"],
        json!({"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}})
    );
    // 2.0 does not think, whatever is asked for.
    assert_eq!(
        body["generationConfig"],
        json!({"maxOutputTokens": 100, "temperature": 0.5, "stopSequences": ["0", "1", "2", "3", "4"],
        "seed": 4, "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}})
    );
}

#[test]
fn thinking_is_asked_for_as_the_model_wants_it() {
    let config = |model: &str, effort: &str| {
        let mut request = ChatRequest::new(model, vec![Message::user("Hi")]);
        request.reasoning_effort = Some(effort.to_owned());
        body(&request).unwrap()["generationConfig"]["thinkingConfig"].clone()
    };
    assert_eq!(
        config("gemini-3-pro-preview", "high"),
        json!({"includeThoughts": true, "thinkingLevel": "high"})
    );
    assert_eq!(
        config("gemini-3.1-flash", "minimal"),
        json!({"includeThoughts": true, "thinkingLevel": "minimal"})
    );
    assert_eq!(
        config("gemini-2.5-flash", "low"),
        json!({"includeThoughts": true, "thinkingBudget": 1024})
    );
    assert_eq!(config("gemini-2.0-flash", "low"), Value::Null);
    assert!(thinks("gemini-flash-latest") && !thinks("gemma-3-27b-it") && !thinks("gemini-1.5-pro"));
}

#[test]
fn a_name_cannot_leave_its_path() {
    for name in ["../files", "a/b", "", "x?key=1", "models/../x", ".."] {
        assert_eq!(
            super::path(name, "embedContent").unwrap_err().code(),
            "model_not_found",
            "{name}"
        );
    }
    assert_eq!(
        super::path("models/gemini-2.5-pro", "x").unwrap(),
        "models/gemini-2.5-pro:x"
    );
}
