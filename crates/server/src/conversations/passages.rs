//! What of a message the search finds: its text, and beside an answer the question.

use search::{Kind, NewPassage, Owner};
use sql::{Batch, Db};

use crate::conversations::{Message, store};

/// How much of the question stands beside an answer.
const CONTEXT_CHARS: usize = 400;

/// Adds to a batch what makes a finished message findable; `position` counts the messages
/// of its conversation, `before` is the one that it follows.
pub fn publish(
    batch: &mut Batch,
    workspace_id: &str,
    (message, position): (&Message, i64),
    before: Option<&Message>,
) {
    let owner = Owner {
        workspace_id,
        kind: Kind::Message,
        id: &message.id,
        parent_id: Some(&message.conversation_id),
        series: Some((&message.conversation_id, position)),
        at: message.created_at,
    };
    let context: String = before
        .map(|before| before.content.chars().take(CONTEXT_CHARS).collect())
        .unwrap_or_default();
    let like = NewPassage {
        context,
        ..NewPassage::default()
    };
    let passages = search::passages(&message.content, &like);
    search::publish(batch, &owner, passages);
}

/// The next messages of all conversations behind one, with their workspaces.
pub async fn all_after(
    db: &Db,
    (conversation_id, id): (&str, &str),
    limit: u32,
) -> sql::Result<Vec<(String, Message)>> {
    let page = store::messages_after(db, (conversation_id, id), limit).await?;
    Ok(page
        .into_iter()
        .map(|store::Placed(workspace_id, message)| (workspace_id, message))
        .collect())
}

/// A message of a conversation.
pub async fn message_of(db: &Db, conversation_id: &str, id: &str) -> sql::Result<Option<Message>> {
    store::get_message(db, conversation_id, id).await
}

/// The same as [`publish`], for a message that was read before: the batch fails when it has changed meanwhile.
pub fn publish_again(
    batch: &mut Batch,
    workspace_id: &str,
    (message, position): (&Message, i64),
    before: Option<&Message>,
) {
    batch.push_expecting(1, store::hold_message(message));
    publish(batch, workspace_id, (message, position), before);
}
