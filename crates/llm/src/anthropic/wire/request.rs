//! Reads the body of `POST /v1/messages`.

use serde_json::{Map, Value, json};

use super::content::{parse_messages, parse_system};
use crate::anthropic::{MARKS, NATIVE};
use crate::openai::wire::{Fields, WireError, kind};
use crate::{ChatRequest, Tool, ToolChoice};

/// A read body: what to ask the model, and how the caller wants the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesCall {
    /// What to ask. `model` is the outward name, as the caller wrote it.
    pub request: ChatRequest,
    /// Whether the answer is to be streamed.
    pub stream: bool,
}

impl MessagesCall {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let call = Self::parse_count(body)?;
        if call.request.max_tokens.is_none() {
            return Err(WireError::missing("max_tokens".to_owned()));
        }
        Ok(call)
    }

    /// Reads the body of a question how long a prompt is: the same without `max_tokens`.
    pub fn parse_count(body: &[u8]) -> Result<Self, WireError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| WireError::invalid("", error))?;
        let mut fields = Fields::new("", value)?;
        let model = fields.require("model")?;
        let system = fields.take::<Value>("system")?.map(parse_system).transpose()?;
        let conversation = parse_messages(fields.require("messages")?)?;
        let (tools, marks) = parse_tools(fields.take("tools")?)?;
        let (tool_choice, one_at_a_time) = parse_tool_choice(fields.take("tool_choice")?)?;
        let max_tokens = fields.take("max_tokens")?;
        let temperature = fields.take("temperature")?;
        let top_p = fields.take("top_p")?;
        let stop = fields.take("stop_sequences")?.unwrap_or_default();
        let stream = fields.take("stream")?.unwrap_or(false);
        let mut extra = Map::new();
        // The mock's own parameter; no upstream is sent it.
        extra.extend(
            fields
                .take::<Value>("mock")?
                .map(|mock| ("mock".to_owned(), mock)),
        );
        if one_at_a_time {
            extra.insert("parallel_tool_calls".to_owned(), false.into());
        }
        let mut native = fields.rest();
        let response_format = response_format(&native);
        let reasoning_effort = effort(&native);
        if !marks.is_empty() {
            native.insert(MARKS.to_owned(), marks.into());
        }
        extra.insert(NATIVE.to_owned(), native.into());
        let request = ChatRequest {
            model,
            messages: system.flatten().into_iter().chain(conversation).collect(),
            tools,
            tool_choice,
            max_tokens,
            temperature,
            top_p,
            stop,
            response_format,
            reasoning_effort,
            extra,
        };
        Ok(Self { request, stream })
    }
}

/// The tools, and the cache breakpoints behind them by their index.
fn parse_tools(value: Option<Value>) -> Result<(Vec<Tool>, Map<String, Value>), WireError> {
    let items = match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(other) => {
            let why = format!("expected an array, got {}", kind(&other));
            return Err(WireError::invalid("tools", why));
        }
    };
    let mut marks = Map::new();
    let mut tools = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let mut fields = Fields::new(format!("tools[{index}]"), item)?;
        if let Some(own) = fields
            .take::<String>("type")?
            .filter(|tool_type| tool_type != "custom")
        {
            let why =
                format!("`{own}` is a tool of Anthropic's; only those with an `input_schema` are known");
            return Err(WireError::unsupported(&fields.name("type"), &why));
        }
        let mark = fields.take::<Value>("cache_control")?;
        marks.extend(mark.map(|mark| (index.to_string(), mark)));
        tools.push(Tool {
            name: fields.require("name")?,
            description: fields.take("description")?.unwrap_or_default(),
            parameters: fields.require("input_schema")?,
            strict: fields.take("strict")?,
        });
    }
    Ok((tools, marks))
}

/// The choice, and whether only one call is wanted at a time.
fn parse_tool_choice(value: Option<Value>) -> Result<(Option<ToolChoice>, bool), WireError> {
    let Some(value) = value else {
        return Ok((None, false));
    };
    let mut fields = Fields::new("tool_choice", value)?;
    let choice: String = fields.require("type")?;
    let choice = match choice.as_str() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Tool(fields.require("name")?),
        other => {
            let why = format!("unknown choice `{other}`");
            return Err(WireError::invalid("tool_choice.type", why));
        }
    };
    let one_at_a_time = fields.take("disable_parallel_tool_use")?.unwrap_or(false);
    Ok((Some(choice), one_at_a_time))
}

/// The form of the answer as other formats have it.
fn response_format(native: &Map<String, Value>) -> Option<Value> {
    let format = native.get("output_config")?.get("format")?;
    let schema = format.get("schema")?;
    Some(json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": true}}))
}

/// How long other models should think, when the caller asks for thinking: budgets of tokens become words.
fn effort(native: &Map<String, Value>) -> Option<String> {
    let thinking = native.get("thinking")?;
    let effort = native
        .get("output_config")
        .and_then(|output| output.get("effort"));
    let effort = match (thinking.get("type")?.as_str()?, effort.and_then(Value::as_str)) {
        ("disabled", _) => return None,
        (_, Some("xhigh" | "max")) => "high",
        (_, Some(effort)) => effort,
        ("enabled", None) => match thinking.get("budget_tokens").and_then(Value::as_u64) {
            Some(..=4096) => "low",
            Some(4097..=16_384) | None => "medium",
            Some(_) => "high",
        },
        (_, None) => "medium",
    };
    Some(effort.to_owned())
}
