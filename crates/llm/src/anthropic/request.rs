//! The body that goes out to `messages`. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{MARKS, NATIVE};
use crate::chat::PDF;
use crate::{ChatRequest, Error, Image, ImageSource, Message, Part, Role, Tool, ToolCall, ToolChoice};

/// How a model is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// With a budget of tokens: models up to 4.5.
    Budget,
    /// As much as it finds right, with an effort: 4.6 and later.
    Adaptive,
}

impl Thinking {
    /// What the model's name suggests.
    pub(super) fn usual(model: &str) -> Self {
        let older = ["claude-3", "-4-0", "-4-1", "-4-5", "-4-2025"];
        if older.iter().any(|mark| model.contains(mark)) {
            Self::Budget
        } else {
            Self::Adaptive
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Budget => Self::Adaptive,
            Self::Adaptive => Self::Budget,
        }
    }
}

/// Most tokens an answer gets when the request does not say: `max_tokens` is required here.
pub(super) fn output_tokens(model: &str) -> u32 {
    if ["claude-2", "claude-3-haiku", "claude-3-opus", "claude-3-sonnet"]
        .iter()
        .any(|old| model.starts_with(old))
    {
        4096
    } else if model.starts_with("claude-3-5") {
        8192
    } else {
        16_000
    }
}

/// The whole body.
pub(super) fn body(request: &ChatRequest, thinking: Thinking) -> Result<Value, Error> {
    let max_tokens = request
        .max_tokens
        .unwrap_or_else(|| output_tokens(&request.model));
    let native = request.extra.get(NATIVE).and_then(Value::as_object);
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", request.model.clone().into());
    set("max_tokens", max_tokens.into());
    set("stream", true.into());
    if let Some(system) = system(request) {
        set("system", system);
    }
    set("messages", messages(&request.messages)?);
    if !request.tools.is_empty() {
        set("tools", tools(request));
        if let Some(choice) = tool_choice(request) {
            set("tool_choice", choice);
        }
    }
    // White space alone is rejected as a stop text.
    let stop: Vec<&String> = request
        .stop
        .iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    if !stop.is_empty() {
        set("stop_sequences", json!(stop));
    }
    let (output, mode) = output_config(request, native, thinking, max_tokens);
    match mode {
        Some(mode) => {
            set("thinking", mode);
        }
        // Thinking allows neither; newer models take one of the two.
        None => match (request.temperature, request.top_p) {
            (Some(temperature), _) => {
                set("temperature", json!(temperature.min(1.0)));
            }
            (None, Some(top_p)) => {
                set("top_p", json!(top_p));
            }
            (None, None) => {}
        },
    }
    if !output.is_empty() {
        set("output_config", output.into());
    }
    for name in ["top_k", "thinking", "metadata", "service_tier"] {
        if let Some(value) = request.extra.get(name) {
            set(name, value.clone());
        }
    }
    // What stands there already is what was checked, reserved and counted; the caller's own fields only add to it.
    for (name, value) in native.into_iter().flatten().filter(|(name, _)| *name != MARKS) {
        body.entry(name).or_insert_with(|| value.clone());
    }
    Ok(Value::Object(body))
}

/// `output_config`, and how the model is to think. A caller who speaks this format has said the latter in its own words.
fn output_config(
    request: &ChatRequest,
    native: Option<&Map<String, Value>>,
    thinking: Thinking,
    max_tokens: u32,
) -> (Map<String, Value>, Option<Value>) {
    let said = native.and_then(|native| native.get("output_config"));
    let mut output = said.and_then(Value::as_object).cloned().unwrap_or_default();
    let format = request.response_format.as_ref();
    if let Some(schema) = format.and_then(|format| format.pointer("/json_schema/schema")) {
        output.insert(
            "format".to_owned(),
            json!({"type": "json_schema", "schema": schema}),
        );
    }
    let mode = match native {
        Some(_) => None,
        None => think(request, thinking, max_tokens),
    };
    let mode = mode.map(|(mode, effort)| {
        output.extend(effort.map(|effort| ("effort".to_owned(), effort)));
        mode
    });
    (output, mode)
}

/// The cache breakpoint that a caller of this format has set there.
fn mark<'a>(extra: &'a Map<String, Value>, place: &str) -> Option<&'a Value> {
    extra.get(NATIVE)?.get(MARKS)?.get(place)
}

/// A block with its cache breakpoint, when it has one.
fn marked(mut block: Value, mark: Option<&Value>) -> Value {
    if let (Some(mark), Some(map)) = (mark, block.as_object_mut()) {
        map.insert("cache_control".to_owned(), mark.clone());
    }
    block
}

fn tools(request: &ChatRequest) -> Value {
    let tool = |(index, tool): (usize, &Tool)| {
        let block = json!({"name": tool.name, "description": tool.description, "input_schema": schema(&tool.parameters)});
        marked(block, mark(&request.extra, &index.to_string()))
    };
    request.tools.iter().enumerate().map(tool).collect()
}

/// All instructions in one: they have no place among the messages. They stay apart only for their cache breakpoints.
fn system(request: &ChatRequest) -> Option<Value> {
    let instructions = || {
        let all = request.messages.iter();
        all.filter(|message| message.role == Role::System)
    };
    let format = request
        .response_format
        .as_ref()
        .and_then(|format| format.get("type"))
        .and_then(Value::as_str);
    // There is no mode for JSON without a schema.
    let json = (format == Some("json_object")).then_some("Answer with one JSON object and nothing else.");
    if instructions().any(|message| message.extra.contains_key(NATIVE)) {
        let blocks = instructions().flat_map(texts);
        let json = json.map(|text| json!({"type": "text", "text": text}));
        return Some(blocks.chain(json).collect());
    }
    let texts = instructions().map(Message::text).filter(|text| !text.is_empty());
    let texts: Vec<String> = texts.chain(json.map(str::to_owned)).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n").into())
}

/// The texts of a message as blocks.
fn texts(message: &Message) -> impl Iterator<Item = Value> {
    let texts = message.parts.iter().enumerate().filter_map(|(index, part)| {
        let text = part.as_text().filter(|text| !text.is_empty())?;
        Some((index, text))
    });
    texts.map(|(index, text)| {
        marked(
            json!({"type": "text", "text": text}),
            mark(&message.extra, &index.to_string()),
        )
    })
}

fn messages(all: &[Message]) -> Result<Value, Error> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in all {
        let (role, blocks) = match message.role {
            Role::System => continue,
            Role::User => ("user", content(message)?),
            Role::Assistant => ("assistant", assistant(message)?),
            Role::Tool => ("user", vec![tool_result(message)?]),
        };
        if blocks.is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some((last, list)) if *last == role => list.extend(blocks),
            _ => turns.push((role, blocks)),
        }
    }
    // An answer that is to be continued must not end in white space.
    if let Some(("assistant", blocks)) = turns.last_mut()
        && let Some(Value::String(text)) = blocks.last_mut().and_then(|block| block.get_mut("text"))
    {
        text.truncate(text.trim_end().len());
    }
    Ok(turns
        .into_iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect())
}

fn content(message: &Message) -> Result<Vec<Value>, Error> {
    let mut blocks = Vec::new();
    for (index, part) in message.parts.iter().enumerate() {
        let block = match part {
            // Empty text is rejected.
            Part::Text(text) if text.is_empty() => continue,
            Part::Text(text) => json!({"type": "text", "text": text}),
            Part::Image(image) => json!({"type": "image", "source": source(image)}),
            other @ Part::Other(_) => document(other)?,
        };
        blocks.push(marked(block, mark(&message.extra, &index.to_string())));
    }
    Ok(blocks)
}

fn document(part: &Part) -> Result<Value, Error> {
    let Some((name, data)) = part.as_pdf() else {
        let why = format!(
            "Anthropic takes text, pictures and PDFs in base64, no content of the type `{}`",
            part.type_name()
        );
        return Err(Error::BadRequest(why));
    };
    let mut block =
        json!({"type": "document", "source": {"type": "base64", "media_type": PDF, "data": data}});
    if let (Some(name), Some(map)) = (name, block.as_object_mut()) {
        map.insert("title".to_owned(), name.into());
    }
    Ok(block)
}

fn source(image: &Image) -> Value {
    match &image.source {
        ImageSource::Url(url) => json!({"type": "url", "url": url}),
        ImageSource::Data { media_type, data } => {
            json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(data)})
        }
    }
}

fn assistant(message: &Message) -> Result<Vec<Value>, Error> {
    // Signed thinking stands first.
    let mut blocks: Vec<Value> = message.tool_calls.iter().find_map(thoughts).unwrap_or_default();
    blocks.extend(content(message)?);
    for ToolCall {
        id, name, arguments, ..
    } in &message.tool_calls
    {
        let input: Value = match arguments.trim() {
            "" => json!({}),
            text => serde_json::from_str(text).map_err(|error| {
                Error::BadRequest(format!("the arguments of the call `{id}` are no JSON: {error}"))
            })?,
        };
        let block = json!({"type": "tool_use", "id": id, "name": name, "input": input});
        blocks.push(marked(block, mark(&message.extra, id)));
    }
    Ok(blocks)
}

/// The thinking blocks that [`super::stream`] put into a call's signature; another provider's signature is no list.
fn thoughts(call: &ToolCall) -> Option<Vec<Value>> {
    serde_json::from_str(call.signature.as_deref()?).ok()
}

fn tool_result(message: &Message) -> Result<Value, Error> {
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    let mut block = json!({"type": "tool_result", "tool_use_id": id, "content": content(message)?});
    let failed = message
        .extra
        .get(NATIVE)
        .and_then(|native| native.get("is_error"));
    if let (Some(failed), Some(map)) = (failed, block.as_object_mut()) {
        map.insert("is_error".to_owned(), failed.clone());
    }
    Ok(marked(block, mark(&message.extra, id)))
}

fn schema(parameters: &Value) -> Value {
    if parameters.is_object() {
        parameters.clone()
    } else {
        json!({"type": "object", "properties": {}})
    }
}

fn tool_choice(request: &ChatRequest) -> Option<Value> {
    let one_at_a_time = request.extra.get("parallel_tool_calls") == Some(&Value::Bool(false));
    let mut choice = match &request.tool_choice {
        None if one_at_a_time => json!({"type": "auto"}),
        None => return None,
        Some(ToolChoice::Auto) => json!({"type": "auto"}),
        Some(ToolChoice::None) => return Some(json!({"type": "none"})),
        Some(ToolChoice::Required) => json!({"type": "any"}),
        Some(ToolChoice::Tool(name)) => json!({"type": "tool", "name": name}),
    };
    if let (true, Some(map)) = (one_at_a_time, choice.as_object_mut()) {
        map.insert("disable_parallel_tool_use".to_owned(), true.into());
    }
    Some(choice)
}

/// The least that a budget may be.
const BUDGET_MIN: u32 = 1024;

/// The `thinking` object and the effort, or none when the request does not ask for it or it is not allowed.
fn think(request: &ChatRequest, thinking: Thinking, max_tokens: u32) -> Option<(Value, Option<Value>)> {
    let effort = request
        .reasoning_effort
        .as_deref()
        .filter(|effort| *effort != "none")?;
    let forced = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Tool(_))
    );
    if forced || lost_thoughts(&request.messages) {
        return None;
    }
    match thinking {
        Thinking::Adaptive => {
            let effort = if effort == "minimal" { "low" } else { effort };
            // Without `display` newer models think in silence.
            Some((
                json!({"type": "adaptive", "display": "summarized"}),
                Some(effort.into()),
            ))
        }
        Thinking::Budget => {
            let share = match effort {
                "minimal" | "low" => max_tokens / 5,
                "high" | "xhigh" => max_tokens / 5 * 4,
                _ => max_tokens / 2,
            };
            // The budget is part of the limit and below it.
            let budget = share.max(BUDGET_MIN);
            (budget < max_tokens).then(|| (json!({"type": "enabled", "budget_tokens": budget}), None))
        }
    }
}

/// Whether the last turn is a tool's result whose call has lost its signed thinking: thinking is rejected then.
fn lost_thoughts(messages: &[Message]) -> bool {
    let asked = messages
        .iter()
        .rev()
        .take_while(|message| message.role != Role::User);
    let calls: Vec<&ToolCall> = asked.flat_map(|message| &message.tool_calls).collect();
    !calls.is_empty() && calls.iter().all(|call| thoughts(call).is_none())
}
