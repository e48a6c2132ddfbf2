//! Replaying: the last question of conversations is asked again, of other models, beside the answer that was given.
//!
//! A row is a conversation: its prompt the last question of the branch that is shown, its history the turns before that as
//! they were, its expected answer the original one. So every model is asked exactly what the original one was asked, and an
//! answer is not led astray by a model's own earlier ones. Comparisons have no single answer, and are passed over, as are
//! conversations in which nothing was answered yet. Memories and files that the original drew on are not asked again.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::App;
use crate::batches::grid::{NewRow, Turn};
use crate::batches::input::clean;
use crate::conversations::{self, Conversation, Message, MessageRole};
use crate::http::problem::Problem;

/// The most conversations.
const CONVERSATIONS_MAX: usize = 500;
/// How many messages before the question are taken, and how much text of them: the newest.
const MESSAGES_MAX: u32 = 100;
const HISTORY_BYTES_MAX: usize = 200_000;

/// Conversations whose last question is asked again. It names one of `last` and `ids`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BatchConversations")]
pub struct Conversations {
    /// So many of your own in this workspace, by their last message: 1 to 500.
    pub last: Option<u32>,
    /// These of the workspace, at most 500.
    pub ids: Option<Vec<String>>,
}

/// A row of each conversation that can be replayed.
pub async fn rows(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    chosen: Conversations,
) -> Result<Vec<NewRow>, Problem> {
    let mut rows = Vec::new();
    for conversation in found(app, workspace_id, user_id, chosen).await? {
        if conversation.is_comparison() {
            continue;
        }
        let Some(head) = &conversation.head_id else {
            continue;
        };
        let messages = conversations::branch_of(&app.db, &conversation.id, head, MESSAGES_MAX).await?;
        rows.extend(row(&conversation, messages));
    }
    if rows.is_empty() {
        let detail = "none of them has an answer to compare with; comparisons are not replayed";
        return Err(Problem::invalid("conversations", detail));
    }
    Ok(rows)
}

async fn found(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    chosen: Conversations,
) -> Result<Vec<Conversation>, Problem> {
    match (chosen.last, chosen.ids) {
        (Some(last), None) if (1..=CONVERSATIONS_MAX as u32).contains(&last) => {
            conversations::newest_of(app, workspace_id, user_id, last).await
        }
        (Some(_), None) => Err(Problem::invalid(
            "conversations.last",
            format!("takes 1 to {CONVERSATIONS_MAX}"),
        )),
        (None, Some(mut ids)) if (1..=CONVERSATIONS_MAX).contains(&ids.len()) => {
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(id.clone()));
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                let conversation = conversations::find(app, &id).await?;
                let here = conversation.filter(|conversation| conversation.workspace_id == workspace_id);
                found.push(here.ok_or_else(|| {
                    Problem::invalid(
                        "conversations.ids",
                        format!("{id:?} is no conversation of this workspace"),
                    )
                })?);
            }
            Ok(found)
        }
        (None, Some(_)) => Err(Problem::invalid(
            "conversations.ids",
            format!("takes 1 to {CONVERSATIONS_MAX}"),
        )),
        _ => Err(Problem::invalid("conversations", "name one of `last` and `ids`")),
    }
}

/// The row of a conversation, from its last messages, oldest first.
fn row(conversation: &Conversation, mut messages: Vec<Message>) -> Option<NewRow> {
    let answered = |message: &Message| message.role == MessageRole::Assistant && !message.content.is_empty();
    let at = messages.iter().rposition(answered)?;
    messages.truncate(at + 1);
    let answer = messages.pop()?;
    // The question may have stood there twice, when it failed the first time.
    let at = messages
        .iter()
        .rposition(|message| message.role == MessageRole::User)?;
    messages.truncate(at + 1);
    let question = messages.pop()?;
    Some(NewRow {
        prompt: clean(question.content),
        system_prompt: conversation.system_prompt.clone().map(clean),
        expected: Some(clean(answer.content)),
        conversation_id: Some(conversation.id.clone()),
        original_model: answer.model,
        history: Some(history(messages)),
        ..NewRow::default()
    })
}

/// The turns before the question: the newest that there is room for, beginning with a person's.
fn history(messages: Vec<Message>) -> Vec<Turn> {
    let mut left = HISTORY_BYTES_MAX;
    let mut turns: Vec<Turn> = messages
        .into_iter()
        .rev()
        .filter(|message| !message.content.is_empty())
        .take_while(|message| {
            let fits = message.content.len() <= left;
            left = left.saturating_sub(message.content.len());
            fits
        })
        .map(|message| Turn {
            role: message.role.as_str().to_owned(),
            content: clean(message.content),
        })
        .collect();
    while turns
        .last()
        .is_some_and(|turn| turn.role == MessageRole::Assistant.as_str())
    {
        turns.pop();
    }
    turns.reverse();
    turns
}

#[cfg(test)]
mod tests {
    use sql::Time;

    use super::*;

    fn said(turns: &[(MessageRole, &str)]) -> Vec<Message> {
        let message = |(role, content): &(MessageRole, &str)| Message {
            content: (*content).to_owned(),
            model: (*role == MessageRole::Assistant).then(|| "mock/echo".to_owned()),
            ..Message::new("msg_1".into(), "cnv_1", "", *role, Time::from_micros(0))
        };
        turns.iter().map(message).collect()
    }

    fn told(row: &NewRow) -> Vec<String> {
        let history = row.history.iter().flatten();
        history
            .map(|turn| format!("{}: {}", turn.role, turn.content))
            .collect()
    }

    #[test]
    fn the_last_question_with_an_answer_is_asked_with_what_was_said_before() {
        use MessageRole::{Assistant, User};
        let conversation = Conversation::new("cnv_1".into(), "ws_1", "usr_1", Time::from_micros(0));
        let whole = said(&[
            (User, "one"),
            (Assistant, "two"),
            (User, "three"),
            (Assistant, "four"),
            (User, "five"),
        ]);
        let replayed = row(&conversation, whole).unwrap();
        assert_eq!(
            (replayed.prompt.as_str(), replayed.expected.as_deref()),
            ("three", Some("four"))
        );
        assert_eq!(told(&replayed), ["user: one", "assistant: two"]);
        assert_eq!(replayed.original_model.as_deref(), Some("mock/echo"));
        let failed = said(&[
            (User, "one"),
            (Assistant, ""),
            (User, "again"),
            (Assistant, "yes"),
        ]);
        let replayed = row(&conversation, failed).unwrap();
        assert_eq!(
            (replayed.prompt.as_str(), told(&replayed)),
            ("again", vec!["user: one".to_owned()])
        );
        for nothing in [
            &[(User, "one")][..],
            &[(Assistant, "one")],
            &[],
            &[(User, "one"), (Assistant, "")],
        ] {
            assert_eq!(row(&conversation, said(nothing)), None);
        }
    }

    #[test]
    fn a_long_history_loses_its_oldest_turns_and_begins_with_a_question() {
        use MessageRole::{Assistant, User};
        let long = "x".repeat(HISTORY_BYTES_MAX - 10);
        let turns = history(said(&[
            (User, &long),
            (Assistant, &long),
            (User, "short"),
            (Assistant, "yes"),
        ]));
        let roles: Vec<&str> = turns.iter().map(|turn| turn.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant"]);
    }
}
