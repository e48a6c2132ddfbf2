//! Recordings of the dialects and the bodies that go out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::request::{Form, Outgoing};
use super::stream::OpenAiDecoder;
use crate::upstream::testing::{any_cut, collect, common_answer, transcript};
use crate::{ChatRequest, Image, Message, Part, Tool, ToolCall, ToolChoice};

fn decoder() -> OpenAiDecoder {
    OpenAiDecoder::new(Arc::from("Up"), 3)
}

/// Chunks as server-sent events. Each is the inside of a chunk's object.
fn sse(chunks: &[&str]) -> String {
    chunks
        .iter()
        .map(|chunk| format!("data: {{{chunk}}}\n\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn delta(inside: &str) -> String {
    format!(r#""choices":[{{"index":0,"delta":{{{inside}}},"finish_reason":null}}]"#)
}

fn end(reason: &str) -> String {
    format!(r#""choices":[{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]"#)
}

async fn lines(text: &str) -> Vec<String> {
    transcript(decoder(), &[text.as_bytes()]).await
}

const OPENAI: &str = concat!(
    r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-5","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x"}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"reasoning_content":"Two cities, "},"finish_reason":null}],"usage":null}"#,
    "\n\n: keep-alive\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"reasoning_content":"two calls."},"finish_reason":null}],"usage":null}"#,
    "\r\n\r\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Grüße, "},"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"☃! Let me look."},"finish_reason":null}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},"finish_reason":null}]}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null}"#,
    "\n\n",
    r#"data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":21,"completion_tokens":34,"total_tokens":55,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
    "\n\ndata: [DONE]\n\n",
);

#[tokio::test]
async fn the_recording_decodes_to_the_common_answer_however_it_is_cut() {
    let lines = any_cut(decoder, OPENAI.as_bytes()).await;
    assert_eq!(
        lines,
        [
            r#"reasoning "Two cities, ""#,
            r#"reasoning "two calls.""#,
            r#"text "Grüße, ""#,
            r#"text "☃! Let me look.""#,
            r#"call 0 id=call_a name=weather """#,
            r#"call 0 id= name= "{\"city\":""#,
            r#"call 0 id= name= "\"Paris\"}""#,
            r#"call 1 id=call_b name=weather "{\"city\":\"Oslo\"}""#,
            "usage 21+34 cached 8 reasoning 0",
            "finish tool_calls",
        ]
    );
    assert_eq!(collect(decoder(), OPENAI.as_bytes()).await, common_answer());
}

#[tokio::test]
async fn ends_in_every_accent() {
    let hi = delta(r#""content":"Hi""#);
    let text = r#"text "Hi""#;
    let table: [(String, &[&str]); 9] = [
        // No [DONE], no usage.
        (sse(&[&hi, &end("stop")]), &[text, "finish stop"]),
        // [DONE] without a reason.
        (sse(&[&hi]) + "data: [DONE]\n\n", &[text, "finish stop"]),
        // No blank line at the very end.
        (
            sse(&[&hi, &end("length")]) + "data: [DONE]",
            &[text, "finish length"],
        ),
        // Text and reason in one chunk, usage beside them.
        (
            sse(&[
                r#""choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}"#,
            ]),
            &[text, "usage 1+2 cached 0 reasoning 0", "finish stop"],
        ),
        // Usage in every chunk: the last counts.
        (
            sse(&[
                &format!(r#"{hi},"usage":{{"prompt_tokens":1,"completion_tokens":1}}"#),
                &format!(
                    r#"{},"usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":null}}"#,
                    end("stop")
                ),
            ]),
            &[text, "usage 1+2 cached 0 reasoning 0", "finish stop"],
        ),
        // Groq.
        (
            sse(&[
                &hi,
                &format!(
                    r#"{},"x_groq":{{"usage":{{"prompt_tokens":5,"completion_tokens":6}}}}"#,
                    end("stop")
                ),
            ]),
            &[text, "usage 5+6 cached 0 reasoning 0", "finish stop"],
        ),
        // Other names for reasons.
        (sse(&[&hi, &end("eos")]), &[text, "finish stop"]),
        (
            sse(&[&hi, &end("content_filter")]),
            &[text, "finish content_filter"],
        ),
        // A refusal.
        (
            sse(&[&delta(r#""refusal":"No.""#), &end("stop")]),
            &[r#"text "No.""#, "finish content_filter"],
        ),
    ];
    for (bytes, expected) in table {
        assert_eq!(lines(&bytes).await, expected, "{bytes}");
    }
}

#[tokio::test]
async fn reasoning_in_every_accent() {
    let done = end("stop");
    for inside in [
        r#""reasoning_content":"Hm.","content":null"#,
        r#""reasoning":"Hm.","content":"""#,
        r#""reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm."}]"#,
        r#""content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]"#,
    ] {
        assert_eq!(
            lines(&sse(&[&delta(inside), &done])).await,
            [r#"reasoning "Hm.""#, "finish stop"],
            "{inside}"
        );
    }
    let parts = delta(r#""content":[{"type":"text","text":"Hi"}]"#);
    assert_eq!(
        lines(&sse(&[&parts, &done])).await,
        [r#"text "Hi""#, "finish stop"]
    );
}

#[tokio::test]
async fn tool_calls_in_every_accent() {
    let call = |inside: &str| delta(&format!(r#""tool_calls":[{inside}]"#));
    let one = r#"{"id":"a","index":0,"function":{"name":"f","arguments":"{}"}}"#;
    let table: [(Vec<String>, &[&str]); 7] = [
        // Every call has index 0 (Ollama).
        (
            vec![
                call(one),
                call(r#"{"id":"b","index":0,"function":{"name":"g","arguments":"{}"}}"#),
            ],
            &[r#"call 0 id=a name=f "{}""#, r#"call 1 id=b name=g "{}""#],
        ),
        // No index at all (Gemini's compatible surface), two calls in one chunk.
        (
            vec![call(
                r#"{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}"#,
            )],
            &[r#"call 0 id=a name=f "{}""#, r#"call 1 id=b name=g "{}""#],
        ),
        // No ids: ours hold the number of messages, so that they differ from turn to turn.
        (
            vec![
                call(r#"{"index":0,"function":{"name":"f","arguments":"{\"x\":"}}"#),
                call(r#"{"index":0,"function":{"arguments":"1}"}}"#),
                call(r#"{"index":1,"id":"","function":{"name":"g","arguments":"{}"}}"#),
            ],
            &[
                r#"call 0 id=call_3_0 name=f "{\"x\":""#,
                r#"call 0 id= name= "1}""#,
                r#"call 1 id=call_3_1 name=g "{}""#,
            ],
        ),
        // Neither ids nor indexes.
        (
            vec![
                call(r#"{"function":{"name":"f","arguments":""}}"#),
                call(r#"{"function":{"arguments":"{}"}}"#),
                call(r#"{"function":{"name":"g","arguments":"{}"}}"#),
            ],
            &[
                r#"call 0 id=call_3_0 name=f """#,
                r#"call 0 id= name= "{}""#,
                r#"call 1 id=call_3_1 name=g "{}""#,
            ],
        ),
        // Id and name repeated in every chunk.
        (
            vec![
                call(r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#),
                call(r#"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#),
            ],
            &[r#"call 0 id=a name=f "{""#, r#"call 0 id= name= "}""#],
        ),
        // Arguments as an object, null where nothing is.
        (
            vec![
                call(r#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}"#),
                delta(r#""tool_calls":null"#),
            ],
            &[r#"call 0 id=a name=f "{\"x\":1}""#],
        ),
        // A signature (Gemini's compatible surface).
        (
            vec![call(
                r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s"}}}"#,
            )],
            &[r#"call 0 id=a name=f "{}" signed"#],
        ),
    ];
    for (chunks, expected) in table {
        // They say `stop`, and the model waits for its tools all the same.
        let bytes = chunks.iter().map(|chunk| sse(&[chunk])).collect::<String>() + &sse(&[&end("stop")]);
        let mut expected: Vec<&str> = expected.to_vec();
        expected.push("finish tool_calls");
        assert_eq!(lines(&bytes).await, expected, "{bytes}");
    }
}

#[tokio::test]
async fn what_goes_wrong_in_the_middle_is_the_last_event() {
    let hi = sse(&[&delta(r#""content":"Hi""#)]);
    let table = [
        (
            r#"data: {"error":{"message":"slow down","type":"rate_limit_error","code":429}}"#,
            "error rate_limit_exceeded: rate limited: slow down",
        ),
        (
            r#"data: {"object":"error","message":"boom","code":500}"#,
            "error upstream_error: Up answered 500: boom",
        ),
        (
            r#"data: {"error":{"message":"gone","code":502},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            "error upstream_error: Up answered 502: gone",
        ),
        (
            "event: error\ndata: {\"message\":\"bad\",\"code\":503}",
            "error upstream_error: Up answered 503: bad",
        ),
        (
            "data: {not json",
            "error upstream_protocol: protocol error: a chunk is not the expected JSON: key must be a string at line 1 column 2",
        ),
        (
            "data: ",
            "error upstream_protocol: protocol error: the answer was cut off",
        ),
        (
            ": only a comment",
            "error upstream_protocol: protocol error: the answer was cut off",
        ),
    ];
    for (bad, expected) in table {
        let bytes = format!("{hi}{bad}\n\n");
        assert_eq!(lines(&bytes).await, [r#"text "Hi""#, expected], "{bad}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one request and its body")]
fn a_request_goes_out_whole() {
    let mut request = ChatRequest::new(
        "gpt-5",
        vec![
            Message::system("Be brief."),
            Message {
                parts: vec![
                    Part::Text("What is this?".into()),
                    Part::Image(Image::data("image/png", &b"png"[..])),
                ],
                ..Message::user("")
            },
            Message {
                parts: Vec::new(),
                tool_calls: vec![ToolCall {
                    id: "a".into(),
                    name: "look".into(),
                    arguments: "{}".into(),
                    signature: None,
                }],
                ..Message::assistant("")
            },
            Message::tool("a", "a cat"),
        ],
    );
    request.tools = vec![Tool {
        name: "look".into(),
        description: "Looks.".into(),
        parameters: json!({"type": "object"}),
        strict: Some(true),
    }];
    request.tool_choice = Some(ToolChoice::Tool("look".into()));
    request.max_tokens = Some(9);
    request.temperature = Some(0.7);
    request.stop = vec!["END".into()];
    request.reasoning_effort = Some("low".into());
    request.extra = json!({"seed": 7, "stream": false, "model": "other", "provider": {"order": ["x"]}})
        .as_object()
        .cloned()
        .unwrap();
    let body = serde_json::to_value(Outgoing::new(
        &request,
        Form {
            newer_limit: true,
            usage: true,
        },
    ))
    .unwrap();
    assert_eq!(
        body,
        json!({
            "model": "gpt-5",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
                ]},
                {"role": "assistant", "content": null,
                 "tool_calls": [{"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
                {"role": "tool", "content": "a cat", "tool_call_id": "a"},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
            "tools": [{"type": "function", "function":
                {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "strict": true}}],
            "tool_choice": {"type": "function", "function": {"name": "look"}},
            "max_completion_tokens": 9,
            "temperature": 0.7_f32,
            "stop": ["END"],
            "reasoning_effort": "low",
            "seed": 7,
            "provider": {"order": ["x"]},
        })
    );
    let text = serde_json::to_string(&Outgoing::new(
        &request,
        Form {
            newer_limit: false,
            usage: false,
        },
    ))
    .unwrap();
    assert!(text.contains(r#""max_tokens":9,"temperature":0.7,"#), "{text}");
    assert!(!text.contains("stream_options"), "{text}");
}

#[test]
fn a_rejection_names_the_form_to_try() {
    let usual = Form {
        newer_limit: false,
        usage: true,
    };
    let newer = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    assert_eq!(
        usual.after(newer, usual),
        Some(Form {
            newer_limit: true,
            usage: true
        })
    );
    let without = Form {
        newer_limit: false,
        usage: false,
    };
    assert_eq!(
        usual.after("Extra inputs are not permitted: stream_options", usual),
        Some(without)
    );
    assert_eq!(without.after("unknown field stream_options", usual), None);
    // The number, not the name, is wrong.
    assert_eq!(usual.after("max_tokens is too large: 99999", usual), None);
    // Tried already.
    let tried = Form {
        newer_limit: true,
        usage: true,
    };
    assert_eq!(
        tried.after("'max_completion_tokens' is not supported", usual),
        None
    );
}

#[tokio::test]
async fn an_answer_in_one_piece_is_read_as_well() {
    use crate::upstream::Decoder;
    let body: Value = json!({"object": "chat.completion", "choices": [{"index": 0, "finish_reason": "stop", "message":
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    let mut decoder = decoder();
    let mut out = std::collections::VecDeque::new();
    decoder.whole(body, &mut out).unwrap();
    decoder.end(&mut out).unwrap();
    assert_eq!(out.len(), 4, "{out:?}");
}

const STANDARD: &str = r#"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"up","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"more":1}"#;

fn passing(extra: &[(&str, Value)]) -> OpenAiDecoder {
    let extra = extra
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    let request = ChatRequest {
        extra: extra.collect(),
        ..ChatRequest::default()
    };
    OpenAiDecoder::of(Arc::from("Up"), &request, true)
}

#[tokio::test]
async fn chunks_are_passed_on_word_for_word_before_what_they_say() {
    let call = r#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"!","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]}"#;
    let stop = r#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let text = format!("data: {STANDARD}\n\ndata: {call}\n\ndata: {stop}\n\ndata: [DONE]\n\n");
    let lines = any_cut(|| passing(&[]), text.as_bytes()).await;
    assert_eq!(
        lines,
        [
            format!("verbatim {STANDARD} for 1"),
            "text \"Hi\"".to_owned(),
            format!("verbatim {call} for 2"),
            "text \"!\"".to_owned(),
            "call 0 id=a name=f \"{}\"".to_owned(),
            // The model waits for its tool: `stop` is an accent, and our own chunk says what is meant.
            "finish tool_calls".to_owned(),
        ]
    );
}

#[tokio::test]
async fn an_upstream_with_an_accent_is_not_passed_on() {
    let accents = [
        r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        r#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hi"}]}}]}"#,
        r#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"eos"}]}"#,
    ];
    for accent in accents {
        let text = format!("data: {accent}\n\ndata: {STANDARD}\n\ndata: [DONE]\n\n");
        let lines = transcript(passing(&[]), &[text.as_bytes()]).await;
        assert_eq!(lines, ["text \"Hi\"", "text \"Hi\"", "finish stop"], "{accent}");
    }
}

#[tokio::test]
async fn several_answers_are_read_until_the_last_has_ended() {
    let chunk = |index: usize, reason: &str| {
        format!(
            r#"{{"id":"c1","object":"chat.completion.chunk","choices":[{{"index":{index},"delta":{{"content":"x"}},"finish_reason":{reason}}}]}}"#
        )
    };
    let chunks = [chunk(0, "\"stop\""), chunk(1, "null"), chunk(1, "\"length\"")];
    let lines = any_cut(|| passing(&[("n", json!(2))]), frames(&chunks).as_bytes()).await;
    assert_eq!(
        lines,
        [
            format!("verbatim {} for 1", chunks[0]),
            "text \"x\"".to_owned(),
            format!("verbatim {} for 0", chunks[1]),
            format!("verbatim {} for 0", chunks[2]),
            "finish stop".to_owned(),
        ]
    );
    // One of the two is missing.
    let cut = lines_of(&chunks[..2]).await;
    assert!(cut.last().unwrap().contains("cut off"), "{cut:?}");
}

/// What a decoder that waits for two answers makes of these chunks.
async fn lines_of(chunks: &[String]) -> Vec<String> {
    transcript(passing(&[("n", json!(2))]), &[frames(chunks).as_bytes()]).await
}

fn frames(chunks: &[String]) -> String {
    let frames: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    frames.concat()
}
