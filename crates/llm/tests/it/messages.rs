//! Anthropic's format at `/v1/messages`: what is read and what is written.

use llm::anthropic::wire::{MessageAnswer, MessageWriter, MessagesCall};
use llm::openai::wire::WireError;
use llm::{ChatEvent, Collected, FinishReason, ImageSource, Part, Role, ToolCall, ToolChoice, Usage};
use serde_json::{Value, json};

fn parse(body: &Value) -> Result<MessagesCall, WireError> {
    MessagesCall::parse(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    body[field] = value;
    body
}

/// Frames as `(event, data)`; the name stands twice and has to be the same.
fn frames(text: &str) -> Vec<Value> {
    assert!(text.ends_with("\n\n"), "{text}");
    text.split_terminator("\n\n")
        .map(|frame| {
            let (event, data) = frame.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(event.strip_prefix("event: "), data["type"].as_str());
            data
        })
        .collect()
}

fn stream(events: &[ChatEvent]) -> Vec<Value> {
    let mut writer = MessageWriter::new("msg_1", "up/m");
    let mut text = String::new();
    for event in events {
        writer.write(event, &mut text);
    }
    frames(&text)
}

fn call(index: usize, id: &str, name: &str, delta: &str) -> ChatEvent {
    ChatEvent::ToolCall {
        index,
        id: id.into(),
        name: name.into(),
        arguments_delta: delta.into(),
        signature: None,
    }
}

#[test]
fn the_parameters_are_read() {
    let mut body = with("system", json!("Be brief."));
    body["stop_sequences"] = json!(["END"]);
    body["temperature"] = json!(0.5);
    body["stream"] = json!(true);
    body["tools"] = json!([{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]);
    body["tool_choice"] = json!({"type": "tool", "name": "look", "disable_parallel_tool_use": true});
    body["metadata"] = json!({"user_id": "u"});
    body["thinking"] = json!({"type": "enabled", "budget_tokens": 2000});
    let call = parse(&body).unwrap();
    assert!(call.stream);
    let request = call.request;
    assert_eq!((request.model.as_str(), request.max_tokens), ("m", Some(9)));
    assert_eq!(
        (request.temperature, request.stop.as_slice()),
        (Some(0.5), &["END".to_owned()][..])
    );
    assert_eq!(request.tool_choice, Some(ToolChoice::Tool("look".into())));
    assert_eq!(request.tools[0].parameters, json!({"type": "object"}));
    assert_eq!(
        request.reasoning_effort.as_deref(),
        Some("low"),
        "a small budget, for models that take a word"
    );
    let roles: Vec<Role> = request.messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::System, Role::User]);
    assert_eq!(
        Value::Object(request.extra),
        json!({"parallel_tool_calls": false,
            "anthropic": {"metadata": {"user_id": "u"}, "thinking": {"type": "enabled", "budget_tokens": 2000}}}),
        "what only this format has is kept apart"
    );
}

#[test]
fn a_conversation_with_tools_and_pictures_is_read() {
    let body = with(
        "messages",
        json!([
            {"role": "user", "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "A page."}}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "A cat?", "signature": "c2ln"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "a", "name": "look", "input": {"near": true}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "is_error": true, "content": [{"type": "text", "text": "dark"}]},
                {"type": "text", "text": "And now?"}]},
        ]),
    );
    let messages = parse(&body).unwrap().request.messages;
    let [user, assistant, tool, last] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(user.text(), "What is this?A page.");
    let Part::Image(image) = &user.parts[1] else {
        panic!("{user:?}")
    };
    assert!(
        matches!(&image.source, ImageSource::Data { media_type, data } if media_type == "image/png" && data.as_ref() == b"png")
    );
    assert_eq!(assistant.text(), "I look.");
    let [made] = assistant.tool_calls.as_slice() else {
        panic!("{assistant:?}")
    };
    assert_eq!(
        (made.id.as_str(), made.name.as_str(), made.arguments.as_str()),
        ("a", "look", r#"{"near":true}"#)
    );
    let thoughts: Value = serde_json::from_str(made.signature.as_deref().unwrap()).unwrap();
    assert_eq!(
        thoughts,
        json!([{"type": "thinking", "thinking": "A cat?", "signature": "c2ln"}])
    );
    assert_eq!((tool.role, tool.text().as_str()), (Role::Tool, "dark"));
    assert_eq!(tool.tool_call_id.as_deref(), Some("a"));
    assert_eq!(tool.extra["anthropic"]["is_error"], true);
    assert_eq!((last.role, last.text().as_str()), (Role::User, "And now?"));
}

#[test]
fn what_no_model_could_be_told_is_refused_by_its_name() {
    let block = |block: Value| with("messages", json!([{"role": "user", "content": [block]}]));
    let cases = [
        (with("max_tokens", Value::Null), "max_tokens"),
        (with("messages", json!([])), "messages"),
        (with("messages", json!("Hi")), "messages"),
        (
            with("messages", json!([{"role": "tool", "content": "x"}])),
            "messages[0].role",
        ),
        (block(json!({"type": "search_result"})), "messages[0].content[0]"),
        (
            block(json!({"type": "image", "source": {"type": "file", "file_id": "f"}})),
            "messages[0].content[0].source.type",
        ),
        (
            block(json!({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}})),
            "messages[0].content[0].source.type",
        ),
        (
            block(
                json!({"type": "document", "source": {"type": "base64", "media_type": "image/tiff", "data": "eA=="}}),
            ),
            "messages[0].content[0].source.media_type",
        ),
        (
            block(json!({"type": "document", "citations": {"enabled": true},
                "source": {"type": "text", "media_type": "text/plain", "data": "x"}})),
            "messages[0].content[0].citations",
        ),
        (
            with(
                "tools",
                json!([{"type": "web_search_20250305", "name": "web_search"}]),
            ),
            "tools[0].type",
        ),
        (with("tool_choice", json!({"type": "often"})), "tool_choice.type"),
    ];
    for (body, param) in cases {
        let error = parse(&body).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{error}");
    }
    let count = with("max_tokens", Value::Null);
    assert!(MessagesCall::parse_count(count.to_string().as_bytes()).is_ok());
}

#[test]
fn a_whole_answer_is_written() {
    let answer = Collected {
        text: "Hi".into(),
        reasoning: "Hm.".into(),
        tool_calls: vec![ToolCall {
            id: "a".into(),
            name: "look".into(),
            arguments: r#"{"near":true}"#.into(),
            signature: None,
        }],
        usage: Some(Usage {
            prompt_tokens: 10,
            completion_tokens: 4,
            cached_tokens: 5,
            cache_write_tokens: 2,
            reasoning_tokens: 1,
        }),
        stop_sequence: None,
        finish: Some(FinishReason::ToolCalls),
    };
    let body = serde_json::to_value(MessageAnswer {
        id: "msg_1",
        model: "up/m",
        answer: &answer,
    });
    assert_eq!(
        body.unwrap(),
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "up/m",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": ""},
                {"type": "text", "text": "Hi"},
                {"type": "tool_use", "id": "a", "name": "look", "input": {"near": true}}],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 3, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 5, "output_tokens": 4}})
    );
}

#[test]
fn a_stream_has_its_events_in_order_and_one_block_open() {
    let used = |prompt_tokens, completion_tokens| {
        ChatEvent::Usage(Usage {
            prompt_tokens,
            completion_tokens,
            ..Usage::default()
        })
    };
    let all = stream(&[
        used(3, 0),
        ChatEvent::Reasoning("Hm.".into()),
        ChatEvent::Text("Hi ".into()),
        ChatEvent::Text("you".into()),
        call(0, "a", "look", ""),
        call(0, "", "", "{\"near\""),
        call(0, "", "", ":true}"),
        call(1, "b", "look", "{}"),
        used(3, 4),
        ChatEvent::Finish(FinishReason::ToolCalls),
    ]);
    let kinds: Vec<String> = all
        .iter()
        .map(|frame| {
            let kind = frame["type"].as_str().unwrap();
            frame["index"]
                .as_u64()
                .map_or(kind.to_owned(), |index| format!("{kind} {index}"))
        })
        .collect();
    let expected = "message_start, content_block_start 0, content_block_delta 0, content_block_stop 0, \
                    content_block_start 1, content_block_delta 1, content_block_delta 1, content_block_stop 1, \
                    content_block_start 2, content_block_delta 2, content_block_delta 2, content_block_stop 2, \
                    content_block_start 3, content_block_delta 3, content_block_stop 3, message_delta, message_stop";
    assert_eq!(kinds.join(", "), expected);
    assert_eq!(all[0]["message"]["usage"]["input_tokens"], 3);
    assert_eq!(all[0]["message"]["content"], json!([]));
    assert_eq!(
        all[2]["delta"],
        json!({"type": "thinking_delta", "thinking": "Hm."})
    );
    assert_eq!(
        all[8]["content_block"],
        json!({"type": "tool_use", "id": "a", "name": "look", "input": {}})
    );
    assert_eq!(
        all[9]["delta"],
        json!({"type": "input_json_delta", "partial_json": "{\"near\""})
    );
    let end = &all[15];
    assert_eq!(
        end["delta"],
        json!({"stop_reason": "tool_use", "stop_sequence": null})
    );
    assert_eq!(end["usage"]["output_tokens"], 4);
}

#[test]
fn an_answer_without_a_word_is_complete() {
    let all = stream(&[ChatEvent::Finish(FinishReason::Stop)]);
    let kinds: Vec<&str> = all.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message_start", "message_delta", "message_stop"]);
}

#[test]
fn a_providers_state_comes_back_with_its_call() {
    let signature = r#"[{"type":"thinking","thinking":"Hm.","signature":"c2ln"}]"#;
    let signed = ChatEvent::ToolCall {
        index: 0,
        id: "a".into(),
        name: "look".into(),
        arguments_delta: "{}".into(),
        signature: Some(signature.into()),
    };
    let all = stream(&[signed, ChatEvent::Finish(FinishReason::ToolCalls)]);
    let blocks: Vec<Value> = all
        .iter()
        .filter(|frame| frame["type"] == "content_block_start")
        .map(|frame| frame["content_block"].clone())
        .collect();
    assert_eq!(blocks[0]["type"], "redacted_thinking");
    let body = with(
        "messages",
        json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": blocks}]),
    );
    let messages = parse(&body).unwrap().request.messages;
    assert_eq!(messages[1].tool_calls[0].signature.as_deref(), Some(signature));
}
