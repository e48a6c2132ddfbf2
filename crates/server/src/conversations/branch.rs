//! Operations on branches: forking a conversation at a message, deleting a message with everything below it.

use engine::Forget;
use futures_util::TryStreamExt;
use sql::{Batch, Db};

use crate::App;
use crate::accounts::CallerRow;
use crate::changes::Notice;
use crate::conversations::{
    Conversation, Message, MessageRole, MessageStatus, TITLE_CHARS_MAX, TitleSource, lanes, passages, reply,
    store,
};
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// The longest branch that can be copied.
const FORK_MAX: usize = 5_000;

/// The branch that ends in a message, oldest first: its latest messages, for steps.
pub async fn branch_of(
    db: &Db,
    conversation_id: &str,
    head_id: &str,
    messages_max: u32,
) -> sql::Result<Vec<Message>> {
    let mut branch = store::branch(db, conversation_id, head_id, messages_max).await?;
    branch.reverse();
    Ok(branch)
}

/// A new conversation with a copy of the branch up to and with this message.
pub async fn fork(
    app: &App,
    from: &Conversation,
    message: &Message,
    caller: &CallerRow,
    title: Option<String>,
) -> Result<Conversation, Problem> {
    let mut check = Check::new();
    let title = check
        .optional_text("title", title.as_deref(), TITLE_CHARS_MAX)
        .filter(|title| !title.is_empty());
    check.done()?;
    lanes::refuse(from, "Break out one of its lanes: POST …/lanes/{lane}/breakout.")?;
    if message.status == MessageStatus::Generating {
        return Err(reply::reply_running());
    }
    let path: Vec<Message> = store::path_from_top(&app.db, &from.id, &message.id)
        .try_collect()
        .await?;
    if path.len() > FORK_MAX {
        return Err(Problem::conflict(format!(
            "The branch has {} messages; at most {FORK_MAX} can be copied.",
            path.len()
        )));
    }
    let like = Conversation {
        user_id: caller.user_id.clone(),
        title_source: if title.is_some() {
            TitleSource::User
        } else {
            from.title_source
        },
        title: title.unwrap_or_else(|| from.title.clone()),
        ..from.clone()
    };
    copied(app, like, path).await
}

/// A new conversation like this one, with copies of these messages, each following the one before.
pub async fn copied(app: &App, like: Conversation, path: Vec<Message>) -> Result<Conversation, Problem> {
    let now = app.clock.now();
    let mut conversation = Conversation {
        id: app.ids.make(Kind::Conversation, now),
        head_id: None,
        branched: false,
        active_run_id: None,
        pinned: false,
        archived: false,
        message_count: path.len() as i64,
        last_message_at: now,
        created_at: now,
        updated_at: now,
        ..like
    };
    let mut copies = Vec::with_capacity(path.len());
    let mut parent_id = String::new();
    for original in path {
        let id = app.ids.make(Kind::Message, now);
        let copy = Message {
            conversation_id: conversation.id.clone(),
            id: id.clone(),
            parent_id,
            run_id: None,
            pinned: false,
            ..original
        };
        copies.push(copy);
        parent_id = id;
    }
    conversation.head_id = Some(parent_id).filter(|id| !id.is_empty());
    let mut batch = Batch::new();
    batch.push(store::insert(&conversation));
    push_copies(&mut batch, &conversation.workspace_id, &copies);
    app.db.write(batch).await?;
    app.search.wake();
    app.changes
        .publish(Notice::conversations(
            &conversation.workspace_id,
            &conversation.id,
        ))
        .await;
    Ok(conversation)
}

/// Adds copies of messages to a batch, with what the search finds of them.
fn push_copies(batch: &mut Batch, workspace_id: &str, copies: &[Message]) {
    let mut before = None;
    for (position, copy) in copies.iter().enumerate() {
        batch.push(store::insert_message(copy));
        passages::publish(batch, workspace_id, (copy, position as i64), before);
        before = Some(copy);
    }
}

/// Deletes a message and everything below it. The branch that is shown then ends at its parent, if it ended below.
pub async fn delete_message(
    app: &App,
    conversation: &Conversation,
    message: &Message,
) -> Result<(), Problem> {
    if conversation.active_run_id.is_some() {
        return Err(reply::reply_running());
    }
    if message.role == MessageRole::Assistant {
        // The log of a comparison tells all its answers in one.
        lanes::refuse(conversation, "Delete the question, with all its answers.")?;
    }
    let mut tx = app.db.begin().await?;
    let (ids, runs) = store::below(&mut tx, &conversation.id, &message.id).await?;
    let head_falls = conversation
        .head_id
        .as_ref()
        .is_some_and(|head| ids.contains(head));
    let head_id = if head_falls {
        Some(message.parent_id.clone()).filter(|id| !id.is_empty())
    } else {
        conversation.head_id.clone()
    };
    let deleted = store::delete_messages(&conversation.id, ids.clone())
        .execute(&mut tx)
        .await?;
    // Behind the messages: whoever is publishing them at this moment is waited for by then.
    search::withdraw_all(ids).execute(&mut tx).await?;
    let after = store::after_delete(
        &conversation.id,
        deleted as i64,
        head_id.as_deref(),
        app.clock.now(),
    );
    if after.execute(&mut tx).await? == 0 {
        // A reply began in the meantime; dropping the transaction takes everything back.
        return Err(reply::reply_running());
    }
    Forget::Runs(&conversation.id, runs)
        .query()
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    app.changes.publish(conversation.notice()).await;
    Ok(())
}
