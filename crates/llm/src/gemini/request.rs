//! The body that goes out to `streamGenerateContent`. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::chat::PDF;
use crate::{ChatRequest, Error, ImageSource, Message, Part, Role, ToolCall, ToolChoice};

/// What Google documents for calls whose signature is not at hand: made by another model, or lost by a client.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";
/// Most stop texts that the API takes.
const STOP_MAX: usize = 5;

/// Whether a model thinks, by its name: 2.5 and later.
pub(super) fn thinks(model: &str) -> bool {
    match version(model) {
        Some(version) => version >= (2, 5),
        // `gemini-flash-latest` and the like.
        None => model.starts_with("gemini") && model.ends_with("latest"),
    }
}

fn version(model: &str) -> Option<(u32, u32)> {
    let number = model.strip_prefix("gemini-")?.split('-').next()?;
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The whole body.
pub(super) fn body(request: &ChatRequest) -> Result<Value, Error> {
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("contents", contents(request)?);
    let system: Vec<String> = request
        .messages
        .iter()
        .filter(|message| message.role == Role::System)
        .map(Message::text)
        .filter(|text| !text.is_empty())
        .collect();
    if !system.is_empty() {
        set(
            "systemInstruction",
            json!({"parts": [{"text": system.join("\n\n")}]}),
        );
    }
    if !request.tools.is_empty() {
        set("tools", json!([{"functionDeclarations": declarations(request)}]));
        if let Some(choice) = &request.tool_choice {
            set("toolConfig", json!({"functionCallingConfig": calling(choice)}));
        }
    }
    let generation = generation(request);
    if !generation.is_empty() {
        set("generationConfig", generation.into());
    }
    for (outer, inner) in [
        ("safetySettings", "safety_settings"),
        ("cachedContent", "cached_content"),
    ] {
        if let Some(value) = request.extra.get(outer).or_else(|| request.extra.get(inner)) {
            set(outer, value.clone());
        }
    }
    Ok(Value::Object(body))
}

fn declarations(request: &ChatRequest) -> Vec<Value> {
    let declare = |tool: &crate::Tool| {
        let mut declaration = json!({"name": tool.name, "description": tool.description});
        if let (true, Some(map)) = (tool.parameters.is_object(), declaration.as_object_mut()) {
            // The field that takes JSON schema as it is; `parameters` takes a dialect that rejects much of it.
            map.insert("parametersJsonSchema".to_owned(), tool.parameters.clone());
        }
        declaration
    };
    request.tools.iter().map(declare).collect()
}

fn calling(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => json!({"mode": "AUTO"}),
        ToolChoice::None => json!({"mode": "NONE"}),
        ToolChoice::Required => json!({"mode": "ANY"}),
        ToolChoice::Tool(name) => json!({"mode": "ANY", "allowedFunctionNames": [name]}),
    }
}

fn generation(request: &ChatRequest) -> Map<String, Value> {
    let mut config = Map::new();
    let mut set = |name: &str, value: Value| config.insert(name.to_owned(), value);
    if let Some(limit) = request.max_tokens {
        set("maxOutputTokens", limit.into());
    }
    if let Some(temperature) = request.temperature {
        set("temperature", json!(temperature));
    }
    if let Some(top_p) = request.top_p {
        set("topP", json!(top_p));
    }
    if !request.stop.is_empty() {
        set(
            "stopSequences",
            json!(request.stop.iter().take(STOP_MAX).collect::<Vec<_>>()),
        );
    }
    for (ours, theirs) in [
        ("top_k", "topK"),
        ("seed", "seed"),
        ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
    ] {
        if let Some(value) = request.extra.get(ours) {
            set(theirs, value.clone());
        }
    }
    if let Some(format) = &request.response_format {
        if format
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.starts_with("json"))
        {
            set("responseMimeType", "application/json".into());
        }
        if let Some(schema) = format.pointer("/json_schema/schema") {
            set("responseJsonSchema", schema.clone());
        }
    }
    if thinks(&request.model) {
        set("thinkingConfig", thinking(request));
    }
    config
}

/// Thoughts are asked for always: the API keeps them to itself otherwise.
fn thinking(request: &ChatRequest) -> Value {
    let Some(effort) = request.reasoning_effort.as_deref() else {
        return json!({"includeThoughts": true});
    };
    if version(&request.model).is_none_or(|version| version >= (3, 0)) {
        let level = match effort {
            "none" | "minimal" => "minimal",
            "low" | "medium" => effort,
            _ => "high",
        };
        return json!({"includeThoughts": true, "thinkingLevel": level});
    }
    let budget = match effort {
        "none" | "minimal" => 512,
        "low" => 1024,
        "medium" => 8192,
        _ => 24_576,
    };
    json!({"includeThoughts": true, "thinkingBudget": budget})
}

fn contents(request: &ChatRequest) -> Result<Value, Error> {
    let signed = version(&request.model).is_none_or(|version| version >= (3, 0));
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for (index, message) in request.messages.iter().enumerate() {
        let (role, parts) = match message.role {
            Role::System => continue,
            Role::User => ("user", parts(&message.parts)?),
            Role::Assistant => ("model", model_parts(message, signed)?),
            Role::Tool => (
                "user",
                vec![function_response(message, &request.messages[..index])],
            ),
        };
        if parts.is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some((last, list)) if *last == role => list.extend(parts),
            _ => turns.push((role, parts)),
        }
    }
    Ok(turns
        .into_iter()
        .map(|(role, parts)| json!({"role": role, "parts": parts}))
        .collect())
}

fn parts(all: &[Part]) -> Result<Vec<Value>, Error> {
    let mut parts = Vec::new();
    for part in all {
        match part {
            Part::Text(text) if text.is_empty() => {}
            Part::Text(text) => parts.push(json!({"text": text})),
            Part::Image(image) => parts.push(match &image.source {
                ImageSource::Url(url) => json!({"fileData": {"fileUri": url}}),
                ImageSource::Data { media_type, data } => {
                    json!({"inlineData": {"mimeType": media_type, "data": STANDARD.encode(data)}})
                }
            }),
            other @ Part::Other(_) => {
                let Some((_, data)) = other.as_pdf() else {
                    let why = format!(
                        "Gemini takes text, pictures and PDFs in base64 here, no content of the type `{}`",
                        other.type_name()
                    );
                    return Err(Error::BadRequest(why));
                };
                parts.push(json!({"inlineData": {"mimeType": PDF, "data": data}}));
            }
        }
    }
    Ok(parts)
}

fn model_parts(message: &Message, signed: bool) -> Result<Vec<Value>, Error> {
    let mut parts = parts(&message.parts)?;
    for (
        index,
        ToolCall {
            id,
            name,
            arguments,
            signature,
        },
    ) in message.tool_calls.iter().enumerate()
    {
        let args: Value = match arguments.trim() {
            "" => json!({}),
            text => serde_json::from_str(text).map_err(|error| {
                Error::BadRequest(format!("the arguments of the call `{id}` are no JSON: {error}"))
            })?,
        };
        let mut part = json!({"functionCall": {"name": name, "args": args}});
        // Anthropic's signature is a list in JSON; it means nothing here.
        let own = signature
            .as_deref()
            .filter(|signature| !signature.starts_with('['));
        // Of calls made together only the first is signed.
        let signature = own.or((signed && index == 0).then_some(NO_SIGNATURE));
        if let (Some(signature), Some(map)) = (signature, part.as_object_mut()) {
            map.insert("thoughtSignature".to_owned(), signature.into());
        }
        parts.push(part);
    }
    Ok(parts)
}

/// The result of a call. It names the function, which only the call itself knows.
fn function_response(message: &Message, before: &[Message]) -> Value {
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    let mut calls = before.iter().rev().flat_map(|message| &message.tool_calls);
    let name = calls
        .find(|call| call.id == id)
        .map_or(id, |call| call.name.as_str());
    let text = message.text();
    // The API wants an object.
    let response = match serde_json::from_str::<Value>(&text) {
        Ok(value @ Value::Object(_)) => value,
        Ok(value) => json!({"result": value}),
        Err(_) => json!({"result": text}),
    };
    json!({"functionResponse": {"name": name, "response": response}})
}
