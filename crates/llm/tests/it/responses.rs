//! OpenAI's Responses at `/v1/responses`: what is read and what is written.

use llm::openai::responses::{ResponseHead, ResponseWriter, ResponsesCall};
use llm::openai::wire::WireError;
use llm::{ChatEvent, Collected, FinishReason, Part, Role, ToolCall, ToolChoice, Usage};
use serde_json::{Value, json};

fn parse(body: &Value) -> Result<ResponsesCall, WireError> {
    ResponsesCall::parse(body.to_string().as_bytes())
}

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"model": "m", "input": "Hi"});
    body[field] = value;
    body
}

fn head() -> ResponseHead {
    ResponseHead {
        key: "1".into(),
        model: "up/m".into(),
        created: 7,
        echo: parse(&with("instructions", json!("Be brief."))).unwrap().echo,
    }
}

/// The frames, whose names stand twice and whose numbers have no gap.
fn frames(text: &str) -> Vec<Value> {
    assert!(text.ends_with("\n\n"), "{text}");
    text.split_terminator("\n\n")
        .enumerate()
        .map(|(number, frame)| {
            let (event, data) = frame.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(event.strip_prefix("event: "), data["type"].as_str());
            assert_eq!(data["sequence_number"], number);
            data
        })
        .collect()
}

fn stream(events: &[ChatEvent]) -> Vec<Value> {
    let mut writer = ResponseWriter::new(head());
    let mut text = String::new();
    for event in events {
        writer.write(event, &mut text);
    }
    frames(&text)
}

fn call(index: usize, id: &str, name: &str, delta: &str, signature: Option<&str>) -> ChatEvent {
    ChatEvent::ToolCall {
        index,
        id: id.into(),
        name: name.into(),
        arguments_delta: delta.into(),
        signature: signature.map(str::to_owned),
    }
}

#[test]
fn the_parameters_are_read_and_repeated() {
    let mut body = with("instructions", json!("Be brief."));
    body["max_output_tokens"] = json!(9);
    body["store"] = json!(false);
    body["tools"] =
        json!([{"type": "function", "name": "look", "parameters": {"type": "object"}, "strict": true}]);
    body["tool_choice"] = json!({"type": "function", "name": "look"});
    body["text"] = json!({"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}, "verbosity": "low"});
    body["reasoning"] = json!({"effort": "high", "summary": "auto"});
    body["metadata"] = json!({"a": "b"});
    body["include"] = json!(["reasoning.encrypted_content"]);
    body["vendor_option"] = json!(1);
    let call = parse(&body).unwrap();
    let request = call.request;
    assert_eq!((request.max_tokens, call.stream), (Some(9), false));
    assert_eq!(request.tool_choice, Some(ToolChoice::Tool("look".into())));
    assert_eq!(
        (request.tools[0].name.as_str(), request.tools[0].strict),
        ("look", Some(true))
    );
    assert_eq!(
        request.response_format,
        Some(json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}))
    );
    assert_eq!(request.reasoning_effort.as_deref(), Some("high"));
    assert_eq!(
        Value::Object(request.extra),
        json!({"verbosity": "low", "vendor_option": 1}),
        "what says how OpenAI keeps an answer goes to nobody"
    );
    let said: Vec<(Role, String)> = request
        .messages
        .iter()
        .map(|message| (message.role, message.text()))
        .collect();
    assert_eq!(
        said,
        [(Role::System, "Be brief.".into()), (Role::User, "Hi".into())]
    );
    assert_eq!(call.echo["metadata"], json!({"a": "b"}));
    assert_eq!(
        (&call.echo["store"], &call.echo["truncation"]),
        (&json!(false), &json!("disabled"))
    );
}

#[test]
fn items_are_a_conversation() {
    let body = with(
        "input",
        json!([
            {"role": "developer", "content": "Be brief."},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": "data:image/png;base64,cG5n", "detail": "low"},
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,cGRm"}]},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
            {"type": "function_call", "call_id": "a", "name": "look", "arguments": "{}"},
            {"type": "function_call", "call_id": "b", "name": "look", "arguments": "{\"near\":true}"},
            {"type": "function_call_output", "call_id": "a", "output": "a cat"},
            {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "a dog"}]},
        ]),
    );
    let messages = parse(&body).unwrap().request.messages;
    let [system, user, assistant, first, second] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(system.role, Role::System);
    assert!(matches!(&user.parts[1], Part::Image(image) if image.detail.as_deref() == Some("low")));
    assert_eq!(
        user.parts[2],
        Part::Other(
            json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,cGRm"}})
        )
    );
    let ids: Vec<&str> = assistant.tool_calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((assistant.text().as_str(), ids), ("I look.", vec!["a", "b"]));
    assert_eq!(
        (first.tool_call_id.as_deref(), first.text().as_str()),
        (Some("a"), "a cat")
    );
    assert_eq!((second.role, second.text().as_str()), (Role::Tool, "a dog"));
}

#[test]
fn what_needs_an_earlier_response_is_refused() {
    let cases = [
        (
            with("previous_response_id", json!("resp_1")),
            "previous_response_id",
        ),
        (with("conversation", json!("conv_1")), "conversation"),
        (with("store", json!(true)), "store"),
        (with("background", json!(true)), "background"),
        (with("prompt", json!({"id": "p"})), "prompt"),
        (with("top_logprobs", json!(2)), "top_logprobs"),
        (with("input", json!([])), "input"),
        (
            with("input", json!([{"type": "item_reference", "id": "msg_1"}])),
            "input[0].type",
        ),
        (
            with("input", json!([{"type": "web_search_call"}])),
            "input[0].type",
        ),
        (
            with(
                "input",
                json!([{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]),
            ),
            "input[0].content[0].file_id",
        ),
        (with("tools", json!([{"type": "web_search"}])), "tools[0].type"),
        (with("tool_choice", json!("often")), "tool_choice"),
        (
            with("text", json!({"format": {"type": "json_schema", "schema": {}}})),
            "text.format.name",
        ),
    ];
    for (body, param) in cases {
        let error = parse(&body).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(param), "{error}");
    }
}

#[test]
fn a_whole_answer_is_written() {
    let answer = Collected {
        text: "Hi".into(),
        reasoning: "Hm.".into(),
        tool_calls: vec![ToolCall {
            id: "a".into(),
            name: "look".into(),
            arguments: "{}".into(),
            signature: None,
        }],
        usage: Some(Usage {
            prompt_tokens: 3,
            completion_tokens: 4,
            cached_tokens: 1,
            ..Usage::default()
        }),
        stop_sequence: None,
        finish: Some(FinishReason::ToolCalls),
    };
    let body = head().whole(&answer);
    assert_eq!(
        (
            &body["id"],
            &body["object"],
            &body["status"],
            &body["instructions"]
        ),
        (
            &json!("resp_1"),
            &json!("response"),
            &json!("completed"),
            &json!("Be brief.")
        )
    );
    let items: Vec<(&str, &str)> = body["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["type"].as_str().unwrap(), item["id"].as_str().unwrap()))
        .collect();
    assert_eq!(
        items,
        [
            ("reasoning", "rs_1_0"),
            ("message", "msg_1_1"),
            ("function_call", "fc_1_2")
        ]
    );
    assert_eq!(body["output"][1]["content"][0]["text"], "Hi");
    assert_eq!(body["output"][2]["call_id"], "a");
    assert_eq!(
        (
            &body["usage"]["total_tokens"],
            &body["usage"]["input_tokens_details"]["cached_tokens"]
        ),
        (&json!(7), &json!(1))
    );
    let cut = Collected {
        stop_sequence: None,
        finish: Some(FinishReason::Length),
        ..answer
    };
    let body = head().whole(&cut);
    assert_eq!(
        (&body["status"], &body["incomplete_details"]),
        (&json!("incomplete"), &json!({"reason": "max_output_tokens"}))
    );
}

#[test]
fn a_stream_has_its_events_in_order_and_ends_with_the_whole() {
    let all = stream(&[
        ChatEvent::Reasoning("Hm.".into()),
        ChatEvent::Text("Hi ".into()),
        ChatEvent::Text("you".into()),
        call(0, "a", "look", "", None),
        call(0, "", "", "{}", None),
        ChatEvent::Usage(Usage {
            prompt_tokens: 3,
            completion_tokens: 4,
            ..Usage::default()
        }),
        ChatEvent::Finish(FinishReason::ToolCalls),
    ]);
    let kinds: Vec<&str> = all
        .iter()
        .map(|frame| frame["type"].as_str().unwrap().strip_prefix("response.").unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
            "completed",
        ]
    );
    assert_eq!(all[0]["response"]["status"], "in_progress");
    assert_eq!(all[12]["text"], "Hi you");
    assert_eq!(
        (&all[14]["output_index"], &all[14]["item"]["status"]),
        (&json!(1), &json!("completed"))
    );
    assert_eq!(all[17]["arguments"], "{}");
    let whole = &all[19]["response"];
    assert_eq!(
        (&whole["status"], &whole["usage"]["total_tokens"]),
        (&json!("completed"), &json!(7))
    );
    let done: Vec<Value> = all
        .iter()
        .filter(|frame| frame["type"] == "response.output_item.done")
        .map(|frame| frame["item"].clone())
        .collect();
    assert_eq!(whole["output"], Value::Array(done), "the items as they were told");
}

#[test]
fn a_cut_answer_and_a_failed_one_say_so() {
    let all = stream(&[
        ChatEvent::Text("Hi".into()),
        ChatEvent::Finish(FinishReason::Length),
    ]);
    let last = all.last().unwrap();
    assert_eq!(last["type"], "response.incomplete");
    assert_eq!(last["response"]["output"][0]["status"], "incomplete");

    let mut writer = ResponseWriter::new(head());
    let mut text = String::new();
    writer.write(&ChatEvent::Text("Hi".into()), &mut text);
    writer.fail("server_error", "it burns", &mut text);
    let all = frames(&text);
    let last = all.last().unwrap();
    assert_eq!(last["type"], "response.failed");
    assert_eq!(
        last["response"]["error"],
        json!({"code": "server_error", "message": "it burns"})
    );
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], "Hi");
}

#[test]
fn a_providers_state_comes_back_with_its_call() {
    let all = stream(&[
        call(0, "a", "look", "{}", Some("sealed")),
        ChatEvent::Finish(FinishReason::ToolCalls),
    ]);
    let output = all.last().unwrap()["response"]["output"].clone();
    assert_eq!(output[0]["type"], "reasoning");
    let messages = parse(&with("input", output)).unwrap().request.messages;
    assert_eq!(messages[0].tool_calls[0].signature.as_deref(), Some("sealed"));
}
