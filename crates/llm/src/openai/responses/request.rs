//! Reads the body of `POST /v1/responses`.

use serde_json::{Map, Value, json};

use super::input::parse_input;
use crate::openai::wire::{Fields, WireError, check_schema};
use crate::{ChatRequest, Message, Tool, ToolChoice};

/// A read body: what to ask the model, and how the caller wants the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsesCall {
    /// What to ask. `model` is the outward name, as the caller wrote it.
    pub request: ChatRequest,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// What the answer repeats of the request.
    pub echo: Map<String, Value>,
}

impl ResponsesCall {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| WireError::invalid("", error))?;
        let echo = echo(&value);
        let mut fields = Fields::new("", value)?;
        refuse_unsupported(&mut fields)?;
        let model = fields.require("model")?;
        let instructions: Option<String> = fields.take("instructions")?;
        let input = parse_input(fields.require("input")?)?;
        let tools = parse_tools(fields.take("tools")?.unwrap_or_default())?;
        let tool_choice = parse_tool_choice(fields.take("tool_choice")?)?;
        let max_tokens = fields.take("max_output_tokens")?;
        let temperature = fields.take("temperature")?;
        let top_p = fields.take("top_p")?;
        let stream = fields.take("stream")?.unwrap_or(false);
        let (response_format, verbosity) = parse_text(fields.take("text")?)?;
        let reasoning_effort = parse_effort(fields.take("reasoning")?)?;
        // These say how OpenAI keeps and frames an answer; a model is told nothing of them.
        for name in [
            "metadata",
            "include",
            "truncation",
            "stream_options",
            "max_tool_calls",
            "context_management",
        ] {
            fields.take::<Value>(name)?;
        }
        let mut extra = fields.rest();
        extra.extend(verbosity.map(|verbosity| ("verbosity".to_owned(), verbosity)));
        let request = ChatRequest {
            model,
            messages: instructions
                .map(Message::system)
                .into_iter()
                .chain(input)
                .collect(),
            tools,
            tool_choice,
            max_tokens,
            temperature,
            top_p,
            stop: Vec::new(),
            response_format,
            reasoning_effort,
            extra,
        };
        Ok(Self {
            request,
            stream,
            echo,
        })
    }
}

/// What an answer repeats of its request, with what holds when nothing was said.
fn echo(body: &Value) -> Map<String, Value> {
    let usual = json!({
        "background": false,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "metadata": {},
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": {"effort": null, "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": false,
        "temperature": null,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": null,
        "truncation": "disabled",
        "user": null,
    });
    let Value::Object(mut echo) = usual else {
        return Map::new();
    };
    for (name, value) in &mut echo {
        if let Some(said) = body.get(name).filter(|said| !said.is_null()) {
            value.clone_from(said);
        }
    }
    echo
}

/// What would need an earlier response, or would change the answer's shape, is refused rather than ignored.
fn refuse_unsupported(fields: &mut Fields) -> Result<(), WireError> {
    for name in ["previous_response_id", "conversation"] {
        if fields.take::<Value>(name)?.is_some() {
            let why = "responses are not stored here; send the whole conversation as `input`";
            return Err(WireError::unsupported(name, why));
        }
    }
    if fields.take::<bool>("store")? == Some(true) {
        let why = "responses are not stored here; leave it out or send `false`";
        return Err(WireError::unsupported("store", why));
    }
    if fields.take::<bool>("background")? == Some(true) {
        let why = "an answer belongs to its connection";
        return Err(WireError::unsupported("background", why));
    }
    if fields.take::<Value>("prompt")?.is_some() {
        let why = "there are no stored prompts; send `instructions` and `input`";
        return Err(WireError::unsupported("prompt", why));
    }
    if fields.take::<u64>("top_logprobs")?.is_some_and(|count| count > 0) {
        let why = "log probabilities are not available";
        return Err(WireError::unsupported("top_logprobs", why));
    }
    Ok(())
}

fn parse_tools(items: Vec<Value>) -> Result<Vec<Tool>, WireError> {
    let tool = |(index, item)| {
        let mut fields = Fields::new(format!("tools[{index}]"), item)?;
        let tool_type: String = fields.require("type")?;
        if tool_type != "function" {
            return Err(WireError::unsupported(&fields.name("type"), "only functions are"));
        }
        Ok(Tool {
            name: fields.require("name")?,
            description: fields.take("description")?.unwrap_or_default(),
            parameters: fields.take("parameters")?.unwrap_or_default(),
            strict: fields.take("strict")?,
        })
    };
    items.into_iter().enumerate().map(tool).collect()
}

fn parse_tool_choice(value: Option<Value>) -> Result<Option<ToolChoice>, WireError> {
    let word = match value {
        None => return Ok(None),
        Some(Value::String(word)) => word,
        Some(object) => {
            let mut fields = Fields::new("tool_choice", object)?;
            let choice: String = fields.require("type")?;
            if choice != "function" {
                let why = format!("`{choice}` is not understood here");
                return Err(WireError::unsupported("tool_choice.type", &why));
            }
            return Ok(Some(ToolChoice::Tool(fields.require("name")?)));
        }
    };
    match word.as_str() {
        "auto" => Ok(Some(ToolChoice::Auto)),
        "none" => Ok(Some(ToolChoice::None)),
        "required" => Ok(Some(ToolChoice::Required)),
        other => {
            let why = format!("unknown choice `{other}`");
            Err(WireError::invalid("tool_choice", why))
        }
    }
}

/// The form of the answer as chat/completions has it, and its verbosity.
fn parse_text(value: Option<Value>) -> Result<(Option<Value>, Option<Value>), WireError> {
    let Some(value) = value else {
        return Ok((None, None));
    };
    let mut text = Fields::new("text", value)?;
    let verbosity = text.take("verbosity")?;
    let Some(Value::Object(mut format)) = text.take::<Value>("format")? else {
        return Ok((None, verbosity));
    };
    let form = format.remove("type");
    let format = match form.as_ref().and_then(Value::as_str) {
        Some("text") => None,
        Some("json_schema") => {
            check_schema("text.format", format.clone().into())?;
            Some(json!({"type": "json_schema", "json_schema": format}))
        }
        Some("json_object") => Some(json!({"type": "json_object"})),
        _ => {
            let why = "expected `text`, `json_schema` or `json_object`";
            return Err(WireError::invalid("text.format.type", why));
        }
    };
    Ok((format, verbosity))
}

fn parse_effort(value: Option<Value>) -> Result<Option<String>, WireError> {
    let Some(value) = value else { return Ok(None) };
    Fields::new("reasoning", value)?.take("effort")
}
