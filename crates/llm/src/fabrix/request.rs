//! The body that goes out to `agent-messages`. Pure.

use serde_json::{Value, json};

use super::Settings;
use crate::{ChatRequest, Error, Message, Part, Role};

/// The whole body.
pub(super) fn body(request: &ChatRequest, settings: Settings) -> Result<Value, Error> {
    if !request.tools.is_empty() {
        return Err(refused(
            "an agent has tools of its own and takes none with a request",
        ));
    }
    let format = request.response_format.as_ref();
    if let Some(form) = format
        .and_then(|format| format["type"].as_str())
        .filter(|form| *form != "text")
    {
        let why = format!("an agent answers in words and takes no `response_format` of the type `{form}`");
        return Err(refused(&why));
    }
    let rag = match request.extra.get("isRagOn") {
        None => settings.rag,
        Some(Value::Bool(rag)) => *rag,
        Some(_) => return Err(refused("`isRagOn` is true or false")),
    };
    Ok(json!({
        "agentId": request.model,
        "contents": contents(&request.messages)?,
        "isStream": true,
        "isRagOn": rag,
    }))
}

fn refused(why: &str) -> Error {
    Error::BadRequest(why.to_owned())
}

/// The texts of the conversation: the user's and the agent's in turn, the user's first and last. What one says several times in a row is one
/// text; instructions go in front of what the user says next.
fn contents(messages: &[Message]) -> Result<Vec<String>, Error> {
    let mut contents: Vec<String> = Vec::new();
    for message in messages {
        // The user's texts have the even places.
        let users = match message.role {
            Role::System | Role::User => true,
            Role::Assistant => false,
            Role::Tool => return Err(refused("an agent takes no results of tools")),
        };
        if let Some(part) = message.parts.iter().find(|part| !matches!(part, Part::Text(_))) {
            let why = format!(
                "an agent takes text only, no content of the type `{}`; files are sent to it beside the conversation",
                part.type_name()
            );
            return Err(refused(&why));
        }
        let text = message.text();
        if text.is_empty() {
            continue;
        }
        let is_users_turn = contents.len().is_multiple_of(2);
        match contents.last_mut() {
            Some(last) if users != is_users_turn => {
                last.push_str("\n\n");
                last.push_str(&text);
            }
            // What the agent said before anybody asked stands with what the user says.
            _ => contents.push(text),
        }
    }
    if contents.is_empty() || contents.len().is_multiple_of(2) {
        return Err(refused("an agent answers what a user said last"));
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(messages: &[Message]) -> Result<Vec<String>, String> {
        contents(messages).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_alternate_and_the_new_one_is_last() {
        let said = texts(&[
            Message::system("Be brief."),
            Message::user("Hello"),
            Message::user("there"),
            Message::assistant("Hi."),
            Message::assistant(""),
            Message::user("How are you?"),
        ]);
        assert_eq!(
            said.unwrap(),
            ["Be brief.\n\nHello\n\nthere", "Hi.", "How are you?"]
        );
        let late = texts(&[
            Message::user("a"),
            Message::assistant("b"),
            Message::system("c"),
            Message::user("d"),
        ]);
        assert_eq!(late.unwrap(), ["a", "b", "c\n\nd"]);
    }

    #[test]
    fn an_agent_takes_no_form_of_its_answer() {
        let mut request = ChatRequest::new("travel", vec![Message::user("a")]);
        request.response_format = Some(json!({"type": "text"}));
        assert!(body(&request, Settings::default()).is_ok());
        request.response_format = Some(json!({"type": "json_object"}));
        let refused = body(&request, Settings::default()).unwrap_err().to_string();
        assert!(refused.contains("`json_object`"), "{refused}");
    }

    #[test]
    fn what_an_agent_can_not_be_told_is_refused() {
        assert!(texts(&[]).is_err());
        assert!(texts(&[Message::user("a"), Message::assistant("b")]).is_err());
        assert!(texts(&[Message::user("a"), Message::tool("1", "b")]).is_err());
        let picture = Message {
            parts: vec![Part::Image(crate::Image::url("https://example.com/a.png"))],
            ..Message::user("")
        };
        assert!(texts(&[picture]).unwrap_err().contains("text only"));
    }
}
