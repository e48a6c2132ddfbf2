//! Exports: a conversation as Markdown or JSON and everything a user has begun as JSON lines, streamed row by row; a
//! conversation as PDF, made as a whole.

use std::fmt::Write as _;

use axum::response::Response;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::App;
use crate::accounts::CallerRow;
use crate::compare;
use crate::conversations::{Conversation, Message, MessageRole, store};
use crate::http::download::file;
use crate::http::problem::Problem;
use crate::print::{Part, Print};
use crate::sources::Citation;
use crate::workspaces;

/// Messages that are read at once.
const PAGE: u32 = 200;

/// A format of an exported conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// The shown branch, for people.
    #[serde(alias = "md")]
    Markdown,
    /// Every branch, for programs.
    Json,
    /// A page that needs nothing else; of comparisons only.
    Html,
    /// The shown branch, for paper and for reading elsewhere.
    Pdf,
}

/// The conversation as a file.
pub async fn of_conversation(
    app: &App,
    conversation: Conversation,
    format: Format,
) -> Result<Response, Problem> {
    if format == Format::Html && !conversation.is_comparison() {
        return Err(Problem::invalid(
            "format",
            "is `markdown`, `json` or `pdf` for a chat",
        ));
    }
    if format == Format::Pdf {
        return as_pdf(app, conversation).await;
    }
    if format != Format::Json && conversation.is_comparison() {
        return of_comparison(app, conversation, format).await;
    }
    Ok(of_messages(app, conversation, format))
}

/// A comparison, whose answers to a question stand together, in whatever order they came.
async fn of_comparison(app: &App, conversation: Conversation, format: Format) -> Result<Response, Problem> {
    let name = file_name(&conversation);
    let messages: Vec<Message> = all_messages(app.clone(), conversation.clone())
        .try_collect()
        .await?;
    let (kind, ending) = match format {
        Format::Html => ("text/html; charset=utf-8", "html"),
        Format::Markdown | Format::Json | Format::Pdf => ("text/markdown; charset=utf-8", "md"),
    };
    let written = compare::exported(app, &conversation, &messages, format).await?;
    let whole = stream::once(async move { Ok(written) });
    Ok(file(whole, kind, &format!("{name}.{ending}")))
}

/// A conversation of either kind on pages.
async fn as_pdf(app: &App, conversation: Conversation) -> Result<Response, Problem> {
    let mut print = Print::begin(title(&conversation), conversation.created_at).await?;
    if conversation.is_comparison() {
        let messages: Vec<Message> = all_messages(app.clone(), conversation.clone())
            .try_collect()
            .await?;
        compare::print(app, &conversation, &messages, &mut print).await?;
    } else {
        print_messages(app, &conversation, &mut print).await?;
    }
    let written = print.finish().await?;
    let whole = stream::once(async move { Ok(written) });
    let name = format!("{}.pdf", file_name(&conversation));
    Ok(file(whole, "application/pdf", &name))
}

/// The shown branch, message by message.
async fn print_messages(app: &App, conversation: &Conversation, print: &mut Print) -> Result<(), Problem> {
    if let Some(prompt) = &conversation.system_prompt {
        print.add(Part::Heading(1, "System".to_owned()))?;
        print.add(Part::Markdown(prompt.clone()))?;
    }
    let head = conversation.head_id.clone().unwrap_or_default();
    let mut messages = std::pin::pin!(store::path_from_top(&app.db, &conversation.id, &head));
    while let Some(message) = messages.try_next().await? {
        print.add(Part::Heading(1, who(&message)))?;
        let citations = message.sources.iter().flat_map(|sources| &sources.citations);
        let mut notes: Vec<String> = citations.map(cited).collect();
        notes.extend(message.error.as_ref().map(failure));
        print.add(match message.role {
            MessageRole::User => Part::Question(message.content),
            MessageRole::System | MessageRole::Assistant => Part::Markdown(message.content),
        })?;
        for note in notes {
            print.add(Part::Note(note))?;
        }
    }
    Ok(())
}

fn of_messages(app: &App, conversation: Conversation, format: Format) -> Response {
    let name = file_name(&conversation);
    match format {
        Format::Markdown | Format::Html | Format::Pdf => {
            let head = conversation.head_id.clone().unwrap_or_default();
            let messages =
                store::path_from_top(&app.db, &conversation.id, &head).map_ok(|message| markdown(&message));
            let top = stream::once(async move { Ok(heading(&conversation)) });
            file(
                top.chain(messages),
                "text/markdown; charset=utf-8",
                &format!("{name}.md"),
            )
        }
        Format::Json => {
            let mut opening = json!({ "format": "stoa.conversation.1", "conversation": conversation });
            if conversation.is_comparison() {
                opening["conversation"]["lanes"] = json!(conversation.shown_lanes());
            }
            let mut opening = opening.to_string();
            opening.truncate(opening.len() - 1);
            opening.push_str(",\"messages\":[\n");
            let messages = all_messages(app.clone(), conversation)
                .enumerate()
                .map(|(n, message)| {
                    let comma = if n == 0 { "" } else { ",\n" };
                    message.and_then(|message| Ok(format!("{comma}{}", to_json(&message)?)))
                });
            let whole = stream::once(async move { Ok(opening) })
                .chain(messages)
                .chain(stream::once(async { Ok("\n]}\n".to_owned()) }));
            file(whole, "application/json", &format!("{name}.json"))
        }
    }
}

/// Everything a user has begun: one JSON object a line, each with its `type`: user, workspace, conversation, message.
pub async fn everything(app: &App, caller: &CallerRow) -> Result<Response, Problem> {
    let user = json!({ "type": "user", "id": caller.user_id, "email": caller.email, "name": caller.name, "created_at": caller.created_at });
    let mut first = format!("{user}\n");
    for workspace in workspaces::list_all(&app.db, &caller.user_id).await? {
        let mut line = serde_json::to_value(&workspace).map_err(Problem::internal)?;
        line["type"] = "workspace".into();
        // Writing to a String does not fail.
        let _ = writeln!(first, "{line}");
    }
    let messages_of = app.clone();
    let conversations = store::export(&app.db, &caller.user_id).map_ok(move |conversation| {
        let line = typed_line(&conversation, "conversation");
        let messages = all_messages(messages_of.clone(), conversation);
        stream::once(async move { line }).chain(messages.map(|message| typed_line(&message?, "message")))
    });
    let lines = stream::once(async move { Ok(first) }).chain(conversations.try_flatten());
    Ok(file(lines, "application/x-ndjson", "stoa-export.jsonl"))
}

fn typed_line(value: &impl serde::Serialize, kind: &str) -> sql::Result<String> {
    let mut value = serde_json::to_value(value).map_err(not_json)?;
    value["type"] = kind.into();
    Ok(format!("{value}\n"))
}

fn to_json(message: &Message) -> sql::Result<String> {
    serde_json::to_string(message).map_err(not_json)
}

fn not_json(error: serde_json::Error) -> sql::Error {
    sql::Error::Decode {
        statement: "conversations.export",
        column: "json".into(),
        detail: error.to_string(),
    }
}

/// The messages of a conversation in the order they came, a page at a time, so that no reader is held for long.
fn all_messages(app: App, conversation: Conversation) -> impl Stream<Item = sql::Result<Message>> + Send {
    let conversation_id = conversation.id.clone();
    let pages = stream::try_unfold(Some(String::new()), move |after| {
        let (app, conversation_id) = (app.clone(), conversation_id.clone());
        async move {
            let Some(after) = after else {
                return Ok::<_, sql::Error>(None);
            };
            let page = store::all_messages(&app.db, &conversation_id, &after, PAGE).await?;
            let next = if page.len() < PAGE as usize {
                None
            } else {
                page.last().map(|message| message.id.clone())
            };
            Ok(Some((stream::iter(page.into_iter().map(Ok)), next)))
        }
    });
    pages.try_flatten().map_ok(move |mut message| {
        conversation.mask(&mut message);
        message
    })
}

fn title(conversation: &Conversation) -> &str {
    match conversation.title.as_str() {
        "" if conversation.is_comparison() => "Comparison",
        "" => "Conversation",
        title => title,
    }
}

fn heading(conversation: &Conversation) -> String {
    let title = title(conversation);
    let mut text = format!("# {title}\n\n_{}_\n\n", conversation.created_at);
    if let Some(prompt) = &conversation.system_prompt {
        // Writing to a String does not fail.
        let _ = write!(text, "**System:** {prompt}\n\n");
    }
    text
}

fn who(message: &Message) -> String {
    match message.role {
        MessageRole::User => "You".to_owned(),
        MessageRole::System => "System".to_owned(),
        MessageRole::Assistant => message.model.clone().unwrap_or_else(|| "Assistant".to_owned()),
    }
}

/// A source of an answer, in a line.
fn cited(citation: &Citation) -> String {
    let page = citation.place.page;
    let page = page.map(|page| format!(", page {page}")).unwrap_or_default();
    format!("[{}] {}{page}", citation.number, citation.title)
}

/// Why there is no answer, or not all of it.
fn failure(error: &serde_json::Value) -> String {
    let detail = error["detail"].as_str();
    detail.unwrap_or("This answer failed.").to_owned()
}

fn markdown(message: &Message) -> String {
    let mut text = format!("## {}\n\n{}\n\n", who(message), message.content);
    for citation in message.sources.iter().flat_map(|sources| &sources.citations) {
        // Writing to a String does not fail.
        let _ = write!(text, "> {}\n\n", cited(citation));
    }
    if let Some(error) = &message.error {
        let _ = write!(text, "> {}\n\n", failure(error));
    }
    text
}

fn file_name(conversation: &Conversation) -> String {
    let words: Vec<String> = conversation
        .title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .take(8)
        .collect();
    if words.is_empty() {
        conversation.id.clone()
    } else {
        words.join("-")
    }
}
