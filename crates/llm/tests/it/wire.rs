//! OpenAI's wire format at `/v1`: what is read and what is written.

use llm::openai::wire::{
    ChatCall, ChatCompletion, ChunkWriter, DONE, EmbeddingCall, EmbeddingEncoding, EmbeddingList, ErrorBody,
    ModelEntry, ModelList, WireError,
};
use llm::{
    ChatEvent, Collected, Embeddings, Error, FinishReason, ImageSource, Part, Role, ToolCall, ToolChoice,
    Usage,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn parse(body: Value) -> Result<ChatCall, WireError> {
    ChatCall::parse(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    body[field] = value;
    body
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_body_with_everything_is_read() {
    let call = parse(json!({
        "model": "openai/gpt-5",
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "name": "ada", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}},
            ]},
            {"role": "assistant", "content": null, "refusal": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"},
                 "extra_content": {"google": {"thought_signature": "sig"}}}]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "a cat"}]},
        ],
        "stream": true,
        "stream_options": {"include_usage": true},
        "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}, "strict": true}}],
        "tool_choice": {"type": "function", "function": {"name": "look"}},
        "max_tokens": 5,
        "max_completion_tokens": 9,
        "temperature": 1,
        "top_p": 0.5,
        "stop": "END",
        "response_format": {"type": "json_object"},
        "reasoning_effort": "low",
        "n": 1,
        "logprobs": false,
        "seed": 7,
        "user": null,
        "vendor_option": {"a": [1]},
    }))
    .unwrap();
    assert!(call.stream && call.include_usage);
    let request = call.request;
    assert_eq!(
        (request.model.as_str(), request.max_tokens),
        ("openai/gpt-5", Some(9))
    );
    assert_eq!((request.temperature, request.top_p), (Some(1.0), Some(0.5)));
    assert_eq!(
        (request.stop.as_slice(), request.tool_choice),
        (&["END".to_owned()][..], Some(ToolChoice::Tool("look".into())))
    );
    assert_eq!(request.response_format, Some(json!({"type": "json_object"})));
    assert_eq!(
        Value::Object(request.extra),
        json!({"seed": 7, "vendor_option": {"a": [1]}})
    );
    let [system, user, assistant, tool] = request.messages.as_slice() else {
        panic!("four messages")
    };
    assert_eq!((system.role, system.text().as_str()), (Role::System, "Be brief."));
    assert_eq!(user.extra["name"], "ada");
    let [
        Part::Text(_),
        Part::Image(png),
        Part::Image(far),
        Part::Other(audio),
    ] = user.parts.as_slice()
    else {
        panic!("{:?}", user.parts)
    };
    assert_eq!(
        png.source,
        ImageSource::Data {
            media_type: "image/png".into(),
            data: b"png"[..].into()
        }
    );
    assert_eq!(png.detail.as_deref(), Some("low"));
    assert_eq!(far.source, ImageSource::Url("https://example.com/a.png".into()));
    assert_eq!(audio["input_audio"]["format"], "wav");
    let call = ToolCall {
        id: "a".into(),
        name: "look".into(),
        arguments: "{}".into(),
        signature: Some("sig".into()),
    };
    assert_eq!(
        (
            assistant.parts.len(),
            assistant.tool_calls.as_slice(),
            assistant.extra.len()
        ),
        (0, &[call][..], 0)
    );
    assert_eq!(
        (tool.tool_call_id.as_deref(), tool.text().as_str()),
        (Some("a"), "a cat")
    );
    assert_eq!(request.tools[0].strict, Some(true));
}

#[test]
fn defaults_and_forms() {
    let call = parse(with("user", json!("ada"))).unwrap();
    assert!(!call.stream && !call.include_usage);
    assert_eq!(call.request.extra["user"], "ada");
    for (word, choice) in [
        ("auto", ToolChoice::Auto),
        ("none", ToolChoice::None),
        ("required", ToolChoice::Required),
    ] {
        assert_eq!(
            parse(with("tool_choice", json!(word)))
                .unwrap()
                .request
                .tool_choice,
            Some(choice)
        );
    }
    // A form that only OpenAI knows goes on untouched.
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}});
    let call = parse(with("tool_choice", allowed.clone())).unwrap();
    assert_eq!(
        (call.request.tool_choice, &call.request.extra["tool_choice"]),
        (None, &allowed)
    );
    assert_eq!(
        parse(with("stop", json!(["a", "b"]))).unwrap().request.stop,
        ["a", "b"]
    );
    assert_eq!(
        parse(with("stop", Value::Null)).unwrap().request.stop,
        Vec::<String>::new()
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_wrong_is_named() {
    let message = |content: Value| with("messages", json!([content]));
    let table = [
        (json!({"messages": []}), "model"),
        (json!({"model": "m"}), "messages"),
        (with("model", json!(5)), "model"),
        (with("messages", json!("Hi")), "messages"),
        (with("messages", json!([])), "messages"),
        (message(json!("Hi")), "messages[0]"),
        (message(json!({"content": "Hi"})), "messages[0].role"),
        (
            message(json!({"role": "wizard", "content": "Hi"})),
            "messages[0].role",
        ),
        (
            message(json!({"role": "user", "content": 5})),
            "messages[0].content",
        ),
        (
            message(json!({"role": "user", "content": [{"text": "x"}]})),
            "messages[0].content[0]",
        ),
        (
            message(
                json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png,x"}}]}),
            ),
            "messages[0].content[0].image_url.url",
        ),
        (
            message(
                json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}}]}),
            ),
            "messages[0].content[0].image_url.url",
        ),
        (
            message(json!({"role": "tool", "content": "x"})),
            "messages[0].tool_call_id",
        ),
        (
            message(json!({"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]})),
            "messages[0].tool_calls[0].function.name",
        ),
        (with("stream", json!("yes")), "stream"),
        (with("max_tokens", json!(-1)), "max_tokens"),
        (with("temperature", json!("hot")), "temperature"),
        (with("n", json!(0)), "n"),
        (with("n", json!(129)), "n"),
        (with("logprobs", json!("yes")), "logprobs"),
        (with("functions", json!([])), "functions"),
        (
            with("tools", json!([{"type": "custom", "custom": {}}])),
            "tools[0].type",
        ),
        (
            with("tools", json!([{"type": "function", "function": {}}])),
            "tools[0].function.name",
        ),
    ];
    for (body, param) in table {
        let error = parse(body.clone()).expect_err(&body.to_string());
        assert_eq!(error.param.as_deref(), Some(param), "{body}: {error}");
        let wire = serde_json::to_value(ErrorBody::from(&error)).unwrap();
        assert_eq!(wire["error"]["type"], "invalid_request_error");
        assert_eq!(wire["error"]["param"], param);
    }
    for body in ["", "{", "[]", "null", "\"x\""] {
        let error = ChatCall::parse(body.as_bytes()).unwrap_err();
        assert_eq!(
            (error.param.as_deref(), error.code),
            (None, "invalid_value"),
            "{body}: {error}"
        );
    }
}

fn answer() -> Collected {
    Collected {
        text: "Hi".into(),
        usage: Some(Usage {
            prompt_tokens: 3,
            completion_tokens: 4,
            cached_tokens: 1,
            reasoning_tokens: 2,
            ..Usage::default()
        }),
        stop_sequence: None,
        finish: Some(FinishReason::Stop),
        ..Collected::default()
    }
}

#[test]
fn a_whole_answer_is_written() {
    let write = |answer: &Collected| {
        serde_json::to_value(ChatCompletion {
            id: "chatcmpl-1",
            model: "openai/gpt-5",
            created: 7,
            answer,
        })
        .unwrap()
    };
    assert_eq!(
        write(&answer()),
        json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "openai/gpt-5",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi", "refusal": null}, "logprobs": null,
                "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 1}, "completion_tokens_details": {"reasoning_tokens": 2}},
        })
    );
    let call = ToolCall {
        id: "a".into(),
        name: "f".into(),
        arguments: "{}".into(),
        signature: Some("s".into()),
    };
    let calls = Collected {
        text: String::new(),
        reasoning: "Hm.".into(),
        tool_calls: vec![call],
        stop_sequence: None,
        finish: Some(FinishReason::ToolCalls),
        ..answer()
    };
    assert_eq!(
        write(&calls)["choices"][0],
        json!({"index": 0, "logprobs": null, "finish_reason": "tool_calls", "message":
        {"role": "assistant", "content": null, "refusal": null, "reasoning_content": "Hm.", "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"},
             "extra_content": {"google": {"thought_signature": "s"}}}]}})
    );
}

fn events() -> Vec<ChatEvent> {
    let call = |id: &str, name: &str, delta: &str| ChatEvent::ToolCall {
        index: 0,
        id: id.into(),
        name: name.into(),
        arguments_delta: delta.into(),
        signature: None,
    };
    vec![
        ChatEvent::Usage(Usage {
            prompt_tokens: 3,
            ..Usage::default()
        }),
        ChatEvent::Reasoning("Hm.".into()),
        ChatEvent::Text("Hi \"you\"\n".into()),
        call("a", "f", ""),
        call("", "", "{}"),
        ChatEvent::Usage(Usage {
            prompt_tokens: 3,
            completion_tokens: 4,
            ..Usage::default()
        }),
        ChatEvent::Finish(FinishReason::ToolCalls),
    ]
}

#[test]
fn a_streamed_answer_is_written_in_chunks() {
    let mut writer = ChunkWriter::new("chatcmpl-1", "openai/gpt-5", 7, true);
    let mut lines: Vec<String> = events().iter().flat_map(|event| writer.write(event)).collect();
    assert_eq!(lines.pop().as_deref(), Some(DONE));
    let chunks: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for chunk in &chunks {
        assert!(!chunk.to_string().contains('\n'));
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(
            (&chunk["id"], &chunk["model"], &chunk["created"]),
            (&json!("chatcmpl-1"), &json!("openai/gpt-5"), &json!(7))
        );
    }
    let (usage, chunks) = chunks.split_last().unwrap();
    assert_eq!(
        (&usage["choices"], &usage["usage"]["total_tokens"]),
        (&json!([]), &json!(7))
    );
    let deltas: Vec<&Value> = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(
        deltas,
        [
            &json!({"role": "assistant", "content": ""}),
            &json!({"reasoning_content": "Hm."}),
            &json!({"content": "Hi \"you\"\n"}),
            &json!({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]}),
            &json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
            &json!({}),
        ]
    );
    let reasons: Vec<&Value> = chunks
        .iter()
        .map(|chunk| &chunk["choices"][0]["finish_reason"])
        .collect();
    assert_eq!(reasons.iter().filter(|reason| !reason.is_null()).count(), 1);
    assert_eq!(*reasons.last().unwrap(), "tool_calls");
    // Asked for usage: null in every chunk but the last. Not asked for: not there at all.
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.get("usage") == Some(&Value::Null))
    );
    let mut writer = ChunkWriter::new("c", "m", 7, false);
    let lines: Vec<String> = events().iter().flat_map(|event| writer.write(event)).collect();
    assert!(lines.iter().all(|line| !line.contains("usage")));
}

#[test]
fn errors_have_openais_shape() {
    let error = Error::RateLimited {
        retry_after: None,
        message: "slow down".into(),
    };
    assert_eq!(
        serde_json::to_value(ErrorBody::from(&error)).unwrap(),
        json!({"error":
        {"message": "rate limited: slow down", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded"}})
    );
    let timeout = Error::Timeout {
        upstream: "FabriX API".into(),
    };
    assert_eq!(timeout.http_status(), 504);
    let data: Value = serde_json::from_str(&ChunkWriter::error(&timeout)).unwrap();
    assert_eq!(data["error"]["message"], "Request to FabriX API timed out");
}

#[test]
fn models_and_embeddings_are_written() {
    let list = ModelList::new(vec![ModelEntry::new("mock/echo", 7, "mock")]);
    assert_eq!(
        serde_json::to_value(list).unwrap(),
        json!({"object": "list", "data":
        [{"id": "mock/echo", "object": "model", "created": 7, "owned_by": "mock"}]})
    );
    let embeddings = Embeddings {
        vectors: vec![vec![0.5, -1.0], vec![0.25, 0.0]],
        prompt_tokens: 3,
    };
    let write = |encoding| {
        serde_json::to_value(EmbeddingList {
            model: "local/m",
            embeddings: &embeddings,
            encoding,
        })
        .unwrap()
    };
    assert_eq!(
        write(EmbeddingEncoding::Float),
        json!({"object": "list", "model": "local/m", "data": [
        {"object": "embedding", "index": 0, "embedding": [0.5, -1.0]},
        {"object": "embedding", "index": 1, "embedding": [0.25, 0.0]},
    ], "usage": {"prompt_tokens": 3, "total_tokens": 3}})
    );
    // Python: base64.b64encode(struct.pack("<2f", 0.5, -1.0))
    assert_eq!(
        write(EmbeddingEncoding::Base64)["data"][0]["embedding"],
        "AAAAPwAAgL8="
    );
}

#[test]
fn embedding_bodies_are_read() {
    let parse = |body: Value| EmbeddingCall::parse(body.to_string().as_bytes());
    let call = parse(
        json!({"model": "m", "input": "one", "encoding_format": "base64", "dimensions": 384, "user": "ada"}),
    )
    .unwrap();
    assert_eq!(
        (call.texts.as_slice(), call.encoding, call.dimensions),
        (&["one".to_owned()][..], EmbeddingEncoding::Base64, Some(384))
    );
    assert_eq!(call.extra["user"], "ada");
    assert_eq!(
        parse(json!({"model": "m", "input": ["a", "b"]})).unwrap().texts,
        ["a", "b"]
    );
    for (input, says) in [
        (json!([1, 2]), "token numbers"),
        (json!([[1], [2]]), "token numbers"),
        (json!([]), "1 to 2048"),
        (json!({}), "object"),
    ] {
        let error = parse(json!({"model": "m", "input": input})).unwrap_err();
        assert!(
            error.message.contains(says) && error.param.as_deref() == Some("input"),
            "{error}"
        );
    }
    assert_eq!(
        parse(json!({"model": "m", "input": "x", "encoding_format": "hex"}))
            .unwrap_err()
            .param
            .as_deref(),
        Some("encoding_format")
    );
}

proptest! {
    /// Bytes from outside never make it panic.
    #[test]
    fn no_body_makes_it_fail(
        body in "\\{(\"(model|messages|tools|stop|stream|n|content|role)\": ?(\"[a-z]{0,3}\"|[0-9]{1,3}|null|\\[\\]|\\{\\}|\\[\\{\\}\\]),? ?){0,6}\\}?"
    ) {
        let _ = ChatCall::parse(body.as_bytes());
        let _ = EmbeddingCall::parse(body.as_bytes());
    }
}
