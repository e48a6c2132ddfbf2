//! What was written before there was a search, or past the features that publish passages (generated data), and can
//! therefore not be found: it is looked for from the first to the last, once, in small batches beside everything else.
//!
//! How far it is stands in the database and is moved on in the transaction that publishes, from where it was: whatever
//! dies goes on there, and of two nodes that do the same work at once, one starts over from where the other is.
//! What is published has to be as it was read, or the batch is made anew. Generated data asks for another round ([`again`]).

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sql::{Batch, Query};

use crate::App;
use crate::conversations::{self, Message, MessageStatus};
use crate::http::problem::Problem;
use crate::retrieval::store::{self, Stand};
use crate::{files, memories};

/// Things that are looked at in one batch.
const BATCH: u32 = 100;
/// How long a failed batch waits before it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Things of a kind that are asked whether they can be found, when somebody wants to know how many can not: some ten
/// milliseconds.
const LOOKED_AT: i64 = 10_000;
/// The longest pause between two batches.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The kinds of things, in the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Memories,
    Files,
    Messages,
}

impl Of {
    const ALL: [Self; 3] = [Self::Memories, Self::Files, Self::Messages];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Memories => "memories",
            Self::Files => "files",
            Self::Messages => MESSAGES,
        }
    }
}

const MESSAGES: &str = "messages";

/// The last one that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct At {
    id: String,
    /// Of a message, its conversation, and which of its messages it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    conversation_id: String,
    #[serde(default)]
    position: i64,
}

/// Messages that no feature published were written: they are looked for again. For the batch that writes them.
pub fn again() -> Query {
    store::forget_stand(MESSAGES)
}

/// Looks for everything that has no passages, until all of it has been looked at.
pub async fn keep_backfilled(app: App) {
    if !app.config.search.backfill {
        return;
    }
    loop {
        let began = Instant::now();
        let pause = match step(&app).await {
            Ok(true) => {
                app.search.wake();
                // Half of the time belongs to others.
                began.elapsed().min(PAUSE_MAX)
            }
            Ok(false) => return,
            Err(problem) => {
                tracing::warn!("what lacks passages could not be published: {}", problem.chain());
                AGAIN_AFTER
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.stopping.cancelled() => return,
        }
    }
}

/// The same, without pauses.
pub async fn backfill(app: &App) -> Result<(), Problem> {
    while step(app).await? {}
    app.search.wake();
    Ok(())
}

/// Looks at one batch; whether there may be more.
async fn step(app: &App) -> Result<bool, Problem> {
    let stands = store::stands(&app.db).await?;
    let next = Of::ALL.into_iter().find(|of| {
        let stand = stands.iter().find(|stand| stand.name == of.as_str());
        stand.is_none_or(|stand| !stand.finished)
    });
    app.search.backfilled.store(next.is_none(), Ordering::Relaxed);
    let Some(of) = next else { return Ok(false) };
    let stand = stands.into_iter().find(|stand| stand.name == of.as_str());
    let Some(stand) = stand else {
        // Another node may be faster: it is the same row.
        store::begin_stand(of.as_str(), &written(&At::default())?)
            .execute(&app.db)
            .await?;
        return Ok(true);
    };
    let at: At = serde_json::from_str(&stand.at).map_err(Problem::internal)?;
    let mut batch = Batch::new();
    let next = match of {
        Of::Memories => memories_from(app, &at, &mut batch).await?,
        Of::Files => files_from(app, &at).await?,
        Of::Messages => messages_from(app, &at, &mut batch).await?,
    };
    let moved = match next {
        Some(next) => store::move_stand(&stand, &written(&next)?, None),
        None => store::move_stand(&stand, &stand.at, Some(app.clock.now())),
    };
    batch.push_expecting(1, moved);
    match app.db.write(batch).await {
        // Another node was faster, or something was changed or deleted between reading and writing.
        Err(sql::Error::RowsAffected { .. } | sql::Error::Violation { .. }) => {}
        written => {
            written?;
        }
    }
    Ok(true)
}

fn written(at: &At) -> Result<String, Problem> {
    serde_json::to_string(at).map_err(Problem::internal)
}

async fn memories_from(app: &App, at: &At, batch: &mut Batch) -> Result<Option<At>, Problem> {
    let page = memories::all_after(&app.db, &at.id, BATCH).await?;
    let ids = page.iter().map(|memory| memory.entry.id.clone()).collect();
    let there = app.search.index.published(ids).await?;
    for memory in page.iter().filter(|memory| !there.contains(&memory.entry.id)) {
        memories::publish_again(batch, memory);
    }
    Ok(page.last().map(|memory| At {
        id: memory.entry.id.clone(),
        ..At::default()
    }))
}

/// Files are read again, each by a run of its own: where that was begun already, it is not begun twice.
async fn files_from(app: &App, at: &At) -> Result<Option<At>, Problem> {
    let page = files::read_after(&app.db, &at.id, BATCH).await?;
    let ids = page.iter().map(|(file, _)| file.id.clone()).collect();
    let there = app.search.index.published(ids).await?;
    for (file, user_id) in page.iter().filter(|(file, _)| !there.contains(&file.id)) {
        match files::ingest_again(app, file, user_id).await {
            // Deleted or replaced a moment ago.
            Err(problem) if problem.code.status().is_client_error() => {}
            begun => {
                begun?;
            }
        }
    }
    Ok(page.last().map(|(file, _)| At {
        id: file.id.clone(),
        ..At::default()
    }))
}

async fn messages_from(app: &App, at: &At, batch: &mut Batch) -> Result<Option<At>, Problem> {
    let page = conversations::all_after(&app.db, (&at.conversation_id, &at.id), BATCH).await?;
    let ids = page.iter().map(|(_, message)| message.id.clone()).collect();
    let there = app.search.index.published(ids).await?;
    let by_id: HashMap<&str, &Message> = page
        .iter()
        .map(|(_, message)| (message.id.as_str(), message))
        .collect();
    let mut last = at.clone();
    for (workspace_id, message) in &page {
        let position = if message.conversation_id == last.conversation_id {
            last.position + 1
        } else {
            0
        };
        last = At {
            id: message.id.clone(),
            conversation_id: message.conversation_id.clone(),
            position,
        };
        // A reply that is being written is published by its end.
        let waits = !there.contains(&message.id)
            && message.status != MessageStatus::Generating
            && !message.content.trim().is_empty();
        if !waits {
            continue;
        }
        let answers = message.user_id.is_none() && !message.parent_id.is_empty();
        let question = match by_id.get(message.parent_id.as_str()) {
            _ if !answers => None,
            Some(question) => Some((*question).clone()),
            None => conversations::message_of(&app.db, &message.conversation_id, &message.parent_id).await?,
        };
        let place = (message, position);
        conversations::publish_again(batch, workspace_id, place, question.as_ref());
    }
    Ok((!page.is_empty()).then_some(last))
}

/// How many memories and messages of these workspaces can not be found because nobody has looked at them yet. Those that can
/// be found already are told apart among [`LOOKED_AT`] of each kind; of more, the rest counts as it is.
pub async fn unseen(app: &App, workspaces: &[String]) -> Result<i64, Problem> {
    if app.search.backfilled.load(Ordering::Relaxed) || !app.config.search.backfill {
        return Ok(0);
    }
    let stands = store::stands(&app.db).await?;
    let at = |of: Of| -> Option<At> {
        match stands.iter().find(|stand| stand.name == of.as_str()) {
            None => Some(At::default()),
            Some(Stand { finished: true, .. }) => None,
            Some(stand) => serde_json::from_str(&stand.at).ok(),
        }
    };
    let db = &app.db;
    let mut unseen = 0;
    if let Some(at) = at(Of::Memories) {
        let (looked_at, lacking) = store::memories_lacking(db, workspaces, &at.id, LOOKED_AT).await?;
        unseen += lacking;
        if looked_at == LOOKED_AT {
            let behind = store::memories_behind(db, workspaces, &at.id).await?;
            unseen += (behind - looked_at).max(0);
        }
    }
    if let Some(at) = at(Of::Messages) {
        let place = (at.conversation_id.as_str(), at.id.as_str());
        let (looked_at, lacking) = store::messages_lacking(db, workspaces, place, LOOKED_AT).await?;
        unseen += lacking;
        if looked_at == LOOKED_AT {
            let behind = store::messages_behind(db, workspaces, place.0, at.position).await?;
            unseen += (behind - looked_at).max(0);
        }
    }
    Ok(unseen)
}
