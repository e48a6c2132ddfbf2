//! What of a message the search finds: its text, and beside an answer the question.

use search::{Kind, NewPassage, Owner};
use sql::Batch;

use crate::conversations::Message;

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
