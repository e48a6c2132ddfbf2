//! From a chat request to the tokens a model reads.
//!
//! Models with the ChatML template (the delivered one, and many more) are written piece by piece: marks as marks, what
//! people say as plain text, so that nobody can end a turn by typing the mark. Other models get the template of their
//! file through llama.cpp.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use llm::{ChatRequest, Error, Message, Part, Role, ToolChoice};

/// What stands before the conversation when the caller gives no instructions.
const INSTRUCTIONS: &str = "You are a helpful assistant.";

/// Where a picture or another attachment was in an earlier message.
const LEFT_OUT: &str = "[attachment left out]";

/// One turn as the template sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) role: &'static str,
    pub(super) text: String,
}

/// The turns of a request. What the model cannot do is refused here, before anything is queued.
pub(super) fn turns(request: &ChatRequest) -> Result<Vec<Turn>, Error> {
    if let Some(ToolChoice::Required | ToolChoice::Tool(_)) = request.tool_choice {
        return Err(Error::BadRequest(
            "the local chat model cannot call tools".to_owned(),
        ));
    }
    if request.messages.is_empty() {
        return Err(Error::BadRequest("no messages".to_owned()));
    }
    if request
        .extra
        .get("n")
        .and_then(serde_json::Value::as_u64)
        .is_some_and(|n| n > 1)
    {
        return Err(Error::BadRequest(
            "the local chat model gives one answer a call".to_owned(),
        ));
    }
    let last_user = request
        .messages
        .iter()
        .rposition(|message| message.role == Role::User);
    let mut turns = Vec::with_capacity(request.messages.len() + 1);
    if request
        .messages
        .iter()
        .all(|message| message.role != Role::System)
    {
        turns.push(Turn {
            role: "system",
            text: INSTRUCTIONS.to_owned(),
        });
    }
    for (index, message) in request.messages.iter().enumerate() {
        turns.push(turn(message, Some(index) == last_user)?);
    }
    Ok(turns)
}

fn turn(message: &Message, asks_now: bool) -> Result<Turn, Error> {
    let mut text = String::new();
    for part in &message.parts {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Image(_) | Part::Other(_) if asks_now => {
                return Err(Error::BadRequest(
                    "the local chat model reads text only, no pictures and no files".to_owned(),
                ));
            }
            Part::Image(_) | Part::Other(_) => text.push_str(LEFT_OUT),
        }
    }
    // The form in which models of this family were trained to see calls and their results.
    for call in &message.tool_calls {
        let name = serde_json::Value::from(call.name.as_str());
        let arguments = &call.arguments;
        let written = format!("{{\"name\": {name}, \"arguments\": {arguments}}}");
        text.extend(["\n<tool_call>\n", &written, "\n</tool_call>"]);
    }
    Ok(match message.role {
        Role::System => Turn { role: "system", text },
        Role::User => Turn { role: "user", text },
        Role::Assistant => Turn {
            role: "assistant",
            text,
        },
        Role::Tool => Turn {
            role: "user",
            text: format!("<tool_response>\n{text}\n</tool_response>"),
        },
    })
}

/// The grammar that a `response_format` asks for, as text, or nothing.
pub(super) fn grammar(request: &ChatRequest) -> Result<Option<String>, Error> {
    let Some(format) = &request.response_format else {
        return Ok(None);
    };
    let schema = match format["type"].as_str() {
        Some("text") | None => return Ok(None),
        Some("json_object") => serde_json::json!({"type": "object"}),
        Some("json_schema") => format["json_schema"]["schema"].clone(),
        Some(other) => {
            return Err(Error::BadRequest(format!(
                "response_format `{other}` is not known"
            )));
        }
    };
    let schema = schema.to_string();
    if schema.len() > 64 * 1024 {
        return Err(Error::BadRequest(
            "the schema of response_format is longer than 64 KB".to_owned(),
        ));
    }
    llama_cpp_2::json_schema_to_grammar(&schema)
        .map(Some)
        .map_err(|error| {
            Error::BadRequest(format!("the schema of response_format is not supported: {error}"))
        })
}

/// How a loaded model wants its conversations written.
pub(super) enum Template {
    ChatMl { start: LlamaToken, end: LlamaToken },
    Other(LlamaChatTemplate),
}

impl Template {
    /// Reads the model's template; a model without one is taken for ChatML.
    pub(super) fn of(model: &LlamaModel) -> Result<Self, String> {
        let template = model.chat_template(None).ok();
        let text = template
            .as_ref()
            .and_then(|template| template.to_str().ok())
            .unwrap_or("<|im_start|>");
        let mark = |text: &str| {
            let tokens = model.vocab().tokenize(text.as_bytes(), false, true);
            <[LlamaToken; 1]>::try_from(tokens).ok().map(|[token]| token)
        };
        if text.contains("<|im_start|>")
            && let (Some(start), Some(end)) = (mark("<|im_start|>"), mark("<|im_end|>"))
        {
            return Ok(Self::ChatMl { start, end });
        }
        template
            .map(Self::Other)
            .ok_or_else(|| "the model has no chat template".to_owned())
    }

    /// The tokens of a conversation, up to the place where the assistant speaks.
    pub(super) fn tokens(&self, model: &LlamaModel, turns: &[Turn]) -> Result<Vec<LlamaToken>, Error> {
        let vocab = model.vocab();
        match self {
            Self::ChatMl { start, end } => {
                let mut tokens = Vec::new();
                if vocab.should_add_bos() {
                    tokens.push(vocab.bos());
                }
                for Turn { role, text } in turns {
                    tokens.push(*start);
                    tokens.extend(vocab.tokenize(format!("{role}\n{text}").as_bytes(), false, false));
                    tokens.push(*end);
                    tokens.extend(vocab.tokenize(b"\n", false, false));
                }
                tokens.push(*start);
                tokens.extend(vocab.tokenize(b"assistant\n", false, false));
                Ok(tokens)
            }
            Self::Other(template) => {
                let bad = |_| Error::BadRequest("a message holds a null character".to_owned());
                let messages = turns
                    .iter()
                    .map(|turn| LlamaChatMessage::new(turn.role.to_owned(), turn.text.clone()))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(bad)?;
                let text = model
                    .apply_chat_template(template, &messages, true)
                    .map_err(|error| {
                        Error::BadRequest(format!("the model's chat template refuses this: {error}"))
                    })?;
                Ok(vocab.tokenize(text.as_bytes(), vocab.should_add_bos(), true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use llm::{Image, ToolCall};
    use serde_json::json;

    use super::*;

    fn roles_and_texts(messages: Vec<Message>) -> Vec<(&'static str, String)> {
        let turns = turns(&ChatRequest::new("m", messages)).unwrap();
        turns.into_iter().map(|turn| (turn.role, turn.text)).collect()
    }

    #[test]
    fn a_conversation_without_instructions_gets_some() {
        assert_eq!(
            roles_and_texts(vec![Message::user("hi")]),
            [("system", INSTRUCTIONS.to_owned()), ("user", "hi".to_owned())]
        );
        assert_eq!(
            roles_and_texts(vec![Message::system("be brief"), Message::user("hi")]).len(),
            2
        );
    }

    #[test]
    fn tool_calls_and_results_are_written_out() {
        let mut call = Message::assistant("");
        call.tool_calls = vec![ToolCall {
            name: "add".into(),
            arguments: r#"{"a":1}"#.into(),
            ..ToolCall::default()
        }];
        let turns = roles_and_texts(vec![Message::user("1+1"), call, Message::tool("c1", "2")]);
        assert_eq!(
            turns[2],
            (
                "assistant",
                "\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\":1}}\n</tool_call>".to_owned()
            )
        );
        assert_eq!(
            turns[3],
            ("user", "<tool_response>\n2\n</tool_response>".to_owned())
        );
    }

    #[test]
    fn a_picture_is_refused_when_asked_about_and_left_out_when_it_is_history() {
        let mut picture = Message::user("what is this?");
        picture
            .parts
            .push(Part::Image(Image::data("image/png", Bytes::new())));
        let asked = turns(&ChatRequest::new("m", vec![picture.clone()]));
        assert!(matches!(asked, Err(Error::BadRequest(_))), "{asked:?}");
        let later = roles_and_texts(vec![
            picture,
            Message::assistant("A cat."),
            Message::user("and now?"),
        ]);
        assert_eq!(later[1].1, "what is this?[attachment left out]");
    }

    #[test]
    fn what_the_model_cannot_do_is_refused() {
        let mut request = ChatRequest::new("m", vec![Message::user("hi")]);
        request.tool_choice = Some(ToolChoice::Required);
        assert!(matches!(turns(&request), Err(Error::BadRequest(_))));
        request.tool_choice = Some(ToolChoice::Auto);
        assert!(turns(&request).is_ok());
        request.extra.insert("n".to_owned(), json!(2));
        assert!(matches!(turns(&request), Err(Error::BadRequest(_))));
        assert!(matches!(
            turns(&ChatRequest::new("m", vec![])),
            Err(Error::BadRequest(_))
        ));
    }

    #[test]
    fn a_format_becomes_a_grammar() {
        let mut request = ChatRequest::new("m", vec![]);
        assert_eq!(grammar(&request).unwrap(), None);
        request.response_format = Some(json!({"type": "text"}));
        assert_eq!(grammar(&request).unwrap(), None);
        request.response_format = Some(json!({"type": "json_object"}));
        assert!(grammar(&request).unwrap().unwrap().contains("root ::="));
        request.response_format = Some(json!({"type": "json_schema", "json_schema": {"schema": {
            "type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}}}));
        assert!(grammar(&request).unwrap().unwrap().contains("title"));
        request.response_format =
            Some(json!({"type": "json_schema", "json_schema": {"schema": {"$ref": "#/$defs/none"}}}));
        assert!(matches!(grammar(&request), Err(Error::BadRequest(_))));
        request.response_format = Some(json!({"type": "xml"}));
        assert!(matches!(grammar(&request), Err(Error::BadRequest(_))));
    }
}
