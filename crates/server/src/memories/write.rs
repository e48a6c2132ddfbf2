//! Every write of a memory: one batch with its version, its tags and its passages, so that all of it is there or nothing.

use sql::{Batch, Time};

use crate::App;
use crate::changes::Notice;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::memories::input::{Change, Fields};
use crate::memories::origin::{Named, check_messages};
use crate::memories::{Memory, MemoryBody, MemoryEntry, Status, passages, store};

/// Adds a new memory to a batch.
pub fn push_new(batch: &mut Batch, memory: &Memory) {
    batch.push(store::insert(memory));
    if !memory.entry.tags.is_empty() {
        batch.push(store::insert_tags(&memory.entry));
    }
    if memory.entry.status == Status::Active {
        passages::publish(batch, &memory.entry, &memory.content);
    }
}

/// Adds a change of a memory to a batch, which fails when the memory is not as `entry` says any more. `text` is the text that
/// it has now. The entry as it is afterwards.
pub fn push_change(
    batch: &mut Batch,
    (entry, text): (&MemoryEntry, &str),
    change: &Change,
    editor_id: &str,
    now: Time,
) -> MemoryEntry {
    let changed = change.of(entry, now);
    batch.push_expecting(1, store::keep_version(&entry.id, entry.version));
    batch.push_expecting(
        1,
        store::update(&changed, entry.version, change.content.as_deref(), editor_id),
    );
    if changed.tags != entry.tags {
        batch.push(store::delete_tags(&entry.id));
        if !changed.tags.is_empty() {
            batch.push(store::insert_tags(&changed));
        }
    }
    if changed.status == Status::Active {
        passages::publish(batch, &changed, change.content.as_deref().unwrap_or(text));
    }
    changed
}

/// Adds the end of a memory to a batch.
pub fn push_delete(batch: &mut Batch, id: &str) {
    batch.push_expecting(1, store::delete(id));
    passages::withdraw(batch, id);
}

/// Writes, and tells whoever shows or keeps memories of this workspace.
pub async fn write(app: &App, batch: Batch, workspace_id: &str) -> Result<(), Problem> {
    app.db.write(batch).await.map_err(changed_meanwhile)?;
    app.changes.publish(Notice::memories(workspace_id)).await;
    app.search.wake();
    Ok(())
}

fn changed_meanwhile(error: sql::Error) -> Problem {
    match error {
        sql::Error::RowsAffected { .. } | sql::Error::Violation { .. } => Problem::conflict(
            "It was changed by somebody else at this moment. Read it again and repeat your change.",
        ),
        error => error.into(),
    }
}

/// Makes a memory.
pub async fn create(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    body: MemoryBody,
) -> Result<Memory, Problem> {
    let mut check = Check::new();
    let new = Fields::new(&mut check, "").new_memory(body);
    let named = Named::new("", &new.sources, &[]);
    check_messages(app, user_id, &mut check, &[named]).await?;
    check.done()?;
    let memory = new.into_memory(app, workspace_id, user_id, app.clock.now());
    let mut batch = Batch::new();
    push_new(&mut batch, &memory);
    write(app, batch, workspace_id).await?;
    Ok(memory)
}

/// Changes a memory; what it said becomes a version.
pub async fn update(app: &App, memory: Memory, editor_id: &str, body: MemoryBody) -> Result<Memory, Problem> {
    let mut check = Check::new();
    let given = body.sources.clone().unwrap_or_default();
    let change = Fields::new(&mut check, "").change(body, &memory.entry);
    let named = Named::new("", &given, &memory.entry.sources);
    check_messages(app, editor_id, &mut check, &[named]).await?;
    check.done()?;
    apply(app, memory, editor_id, change).await
}

/// Writes a change of a memory, unless it changes nothing.
pub async fn apply(
    app: &App,
    memory: Memory,
    editor_id: &str,
    mut change: Change,
) -> Result<Memory, Problem> {
    // The same text is no new text: its passages and their vectors stay.
    change.content = change.content.filter(|content| *content != memory.content);
    let now = app.clock.now();
    let same = MemoryEntry {
        version: memory.entry.version,
        updated_at: memory.entry.updated_at,
        ..change.of(&memory.entry, now)
    };
    if change.content.is_none() && same == memory.entry {
        return Ok(memory);
    }
    let mut batch = Batch::new();
    let entry = push_change(
        &mut batch,
        (&memory.entry, &memory.content),
        &change,
        editor_id,
        now,
    );
    write(app, batch, &entry.workspace_id).await?;
    Ok(Memory {
        entry,
        content: change.content.unwrap_or(memory.content),
    })
}

/// Deletes a memory with its versions.
pub async fn delete(app: &App, memory: &Memory) -> Result<(), Problem> {
    let mut batch = Batch::new();
    push_delete(&mut batch, &memory.entry.id);
    write(app, batch, &memory.entry.workspace_id).await
}

/// Takes a memory out of the inbox into what is known; also one that was rejected before.
pub async fn accept(app: &App, memory: Memory) -> Result<Memory, Problem> {
    if memory.entry.status == Status::Active {
        return Ok(memory);
    }
    decide(app, memory, Status::Active).await
}

/// Takes a memory out of the inbox and keeps it apart.
pub async fn reject(app: &App, memory: Memory) -> Result<Memory, Problem> {
    match memory.entry.status {
        Status::Rejected => Ok(memory),
        Status::Proposed => decide(app, memory, Status::Rejected).await,
        Status::Active => Err(Problem::conflict(
            "This memory is in use already. Delete it instead of rejecting it.",
        )),
    }
}

async fn decide(app: &App, memory: Memory, to: Status) -> Result<Memory, Problem> {
    let now = app.clock.now();
    let mut batch = Batch::new();
    batch.push_expecting(
        1,
        store::set_status(&memory.entry.id, memory.entry.status, to, now),
    );
    batch.push(store::set_tag_status(&memory.entry.id, to));
    let decided = Memory {
        entry: MemoryEntry {
            status: to,
            updated_at: now,
            ..memory.entry
        },
        content: memory.content,
    };
    passages::publish(&mut batch, &decided.entry, &decided.content);
    write(app, batch, &decided.entry.workspace_id).await?;
    Ok(decided)
}
