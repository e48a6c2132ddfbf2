//! Folders, and what is done with what is there: rename, move, copy, delete, restore, purge.

use engine::Start;
use schemars::JsonSchema;
use serde::Deserialize;
use sql::Batch;

use super::{
    File, FileKind, Ingest, IngestStatus, checked_name, folder, free_name, ingest, is_path_taken, name_taken,
    path_below, store, sweep,
};
use crate::App;
use crate::changes::Notice;
use crate::http::json::present;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// Entries that one copy takes at most.
const COPY_MAX: usize = 5_000;
/// Entries that are read at once.
const PAGE: u32 = 1_000;
/// How often a write is tried again that met another.
const TRIES: usize = 5;

/// The body that makes a folder.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateFolder {
    /// Its name.
    pub name: String,
    /// The folder it lies in; absent for the top.
    pub parent_id: Option<String>,
}

/// An entry that is not stored yet.
pub fn new_entry(
    app: &App,
    workspace_id: &str,
    parent: Option<&File>,
    kind: FileKind,
    name: &str,
) -> Result<File, Problem> {
    let now = app.clock.now();
    Ok(File {
        id: app.ids.make(Kind::File, now),
        workspace_id: workspace_id.to_owned(),
        parent_id: parent.map(|parent| parent.id.clone()),
        kind,
        path: path_below(parent, name)?,
        name: name.to_owned(),
        size_bytes: 0,
        media_type: String::new(),
        hash: None,
        hidden: false,
        ingest: Ingest {
            status: IngestStatus::None,
            error: None,
            passages: 0,
            pages: None,
            run_id: None,
        },
        ingest_hash: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        deleted_with: None,
    })
}

/// Makes a folder.
pub async fn create_folder(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    body: CreateFolder,
) -> Result<File, Problem> {
    let name = checked_name(&body.name)?;
    let parent = folder(app, workspace_id, body.parent_id.as_deref()).await?;
    let made = new_entry(app, workspace_id, parent.as_ref(), FileKind::Folder, &name)?;
    let written = store::insert(&made, user_id).execute(&app.db).await;
    if written.as_ref().is_err_and(is_path_taken) {
        return Err(name_taken(&name));
    }
    written?;
    app.changes.publish(made.notice()).await;
    Ok(made)
}

/// The folder at the end of these names below another; what is missing is made.
pub async fn ensure_folders(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    mut parent: Option<File>,
    names: &[String],
) -> Result<Option<File>, Problem> {
    for name in names {
        let path = path_below(parent.as_ref(), name)?;
        let mut found = store::at_path(&app.db, workspace_id, &path).await?;
        if found.is_none() {
            let made = new_entry(app, workspace_id, parent.as_ref(), FileKind::Folder, name)?;
            match store::insert(&made, user_id).execute(&app.db).await {
                Ok(_) => found = Some(made),
                // Another upload of the same folder was first.
                Err(error) if is_path_taken(&error) => {
                    found = store::at_path(&app.db, workspace_id, &path).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        parent = found;
        if parent.as_ref().is_none_or(|found| found.kind != FileKind::Folder) {
            return Err(name_taken(name));
        }
    }
    Ok(parent)
}

/// The body that changes a file or folder; what is absent stays.
#[expect(clippy::option_option, reason = "null is the top, absent is as it was")]
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateFile {
    /// Another name.
    pub name: Option<String>,
    /// Another folder; null for the top.
    #[serde(default, deserialize_with = "present")]
    pub parent_id: Option<Option<String>>,
    /// Whether it is not shown unless asked for.
    pub hidden: Option<bool>,
}

/// Renames, moves, hides.
pub async fn update(app: &App, file: &File, body: UpdateFile) -> Result<File, Problem> {
    file.live()?;
    let mut changed = file.clone();
    changed.updated_at = app.clock.now();
    changed.hidden = body.hidden.unwrap_or(file.hidden);
    if let Some(name) = &body.name {
        changed.name = checked_name(name)?;
    }
    if body.name.is_some() || body.parent_id.is_some() {
        let parent_id = body.parent_id.unwrap_or_else(|| file.parent_id.clone());
        let parent = folder(app, &file.workspace_id, parent_id.as_deref()).await?;
        changed.path = path_below(parent.as_ref(), &changed.name)?;
        let into_itself =
            |parent: &File| parent.id == file.id || parent.path.starts_with(&format!("{}/", file.path));
        if parent.as_ref().is_some_and(into_itself) {
            return Err(Problem::invalid("parent_id", "a folder can not lie in itself"));
        }
        changed.parent_id = parent.map(|parent| parent.id);
    }
    let mut batch = Batch::new();
    batch.push_expecting(1, store::change(&changed, &file.path));
    if changed.path != file.path && file.kind == FileKind::Folder {
        batch.push(store::move_below(&file.workspace_id, &file.path, &changed.path));
    }
    if changed.name != file.name || changed.parent_id != file.parent_id {
        ingest::renamed(&mut batch, &changed);
    }
    match app.db.write(batch).await {
        Err(error) if is_path_taken(&error) => return Err(name_taken(&changed.name)),
        Err(sql::Error::RowsAffected { .. }) => {
            return Err(Problem::conflict(
                "It was moved or deleted in the meantime; read it again.",
            ));
        }
        written => written?,
    };
    app.changes.publish(changed.notice()).await;
    Ok(changed)
}

/// The body that copies a file or folder.
#[expect(clippy::option_option, reason = "null is the top, absent is as it was")]
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyFile {
    /// The folder of the copy; null for the top, absent for the same folder.
    #[serde(default, deserialize_with = "present")]
    pub parent_id: Option<Option<String>>,
    /// The name of the copy; when it is taken it gets a number.
    pub name: Option<String>,
}

/// Copies a file, or a folder with what lies in it. Content is not copied, only used once more.
pub async fn copy(app: &App, file: &File, user_id: &str, body: CopyFile) -> Result<File, Problem> {
    file.live()?;
    let parent_id = body.parent_id.unwrap_or_else(|| file.parent_id.clone());
    let parent = folder(app, &file.workspace_id, parent_id.as_deref()).await?;
    let wanted = checked_name(body.name.as_deref().unwrap_or(&file.name))?;
    let below = if file.kind == FileKind::Folder {
        all_below(app, file, COPY_MAX).await?
    } else {
        Vec::new()
    };
    for _ in 0..TRIES {
        let name = free_name(app, &file.workspace_id, parent.as_ref(), &wanted).await?;
        let top = copy_of(app, file, parent.as_ref(), &name)?;
        let mut copies = vec![top.clone()];
        let mut folders = std::collections::HashMap::from([(file.id.clone(), top.clone())]);
        for entry in &below {
            let Some(above) = entry.parent_id.as_ref().and_then(|id| folders.get(id)) else {
                continue;
            };
            let made = copy_of(app, entry, Some(above), &entry.name)?;
            if entry.kind == FileKind::Folder {
                folders.insert(entry.id.clone(), made.clone());
            }
            copies.push(made);
        }
        let mut batch = Batch::new();
        for hash in copies.iter().filter_map(|made| made.hash.as_deref()) {
            batch.push_expecting(1, store::use_again(&file.workspace_id, hash));
        }
        let run = ingest::queue(app, user_id, &mut copies, &mut batch)?;
        for made in &copies {
            batch.push(store::insert(made, user_id));
        }
        match app.engine.submit(batch, run.into_iter().collect()).await {
            Err(error) if is_path_taken(&error) => {}
            Err(sql::Error::RowsAffected { .. }) => {
                return Err(Problem::conflict(
                    "Something of it was deleted in the meantime; read it again.",
                ));
            }
            written => {
                written?;
                app.changes.publish(file.notice()).await;
                return Ok(copies.swap_remove(0));
            }
        }
    }
    Err(name_taken(&wanted))
}

fn copy_of(app: &App, of: &File, parent: Option<&File>, name: &str) -> Result<File, Problem> {
    Ok(File {
        size_bytes: of.size_bytes,
        media_type: of.media_type.clone(),
        hash: of.hash.clone(),
        hidden: of.hidden,
        ..new_entry(app, &of.workspace_id, parent, of.kind, name)?
    })
}

/// What lies below a folder, folders before what they hold.
pub async fn all_below(app: &App, folder: &File, most: usize) -> Result<Vec<File>, Problem> {
    let mut found: Vec<File> = Vec::new();
    loop {
        let after = found.last().map(|last| last.path.clone());
        let page = store::below(&app.db, folder, after.as_deref(), PAGE).await?;
        let last = page.len() < PAGE as usize;
        found.extend(page);
        if found.len() > most {
            return Err(Problem::conflict(format!(
                "The folder has more than {most} files; take a part of it."
            )));
        }
        if last {
            return Ok(found);
        }
    }
}

/// Puts a file or folder away, with what lies in it; search does not find it any more.
pub async fn delete(app: &App, file: &File) -> Result<(), Problem> {
    file.live()?;
    let now = app.clock.now();
    let mut batch = Batch::new();
    withdraw(app, file, &mut batch).await?;
    batch.push_expecting(1, store::delete(&file.id, now));
    if file.kind == FileKind::Folder {
        batch.push(store::delete_below(file, now));
    }
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(Problem::not_found("file", &file.id)),
        written => written?,
    };
    app.changes.publish(file.notice()).await;
    Ok(())
}

/// Takes the passages of a file, or of all files below a folder, out of search.
async fn withdraw(app: &App, file: &File, batch: &mut Batch) -> Result<(), Problem> {
    ingest::withdraw(batch, file);
    if file.kind == FileKind::Folder {
        for entry in all_below(app, file, usize::MAX).await? {
            ingest::withdraw(batch, &entry);
        }
    }
    Ok(())
}

/// Takes back what was put away. When its folder is gone it comes back at the top; when its name is taken, with a number.
pub async fn restore(app: &App, file: &File, user_id: &str) -> Result<File, Problem> {
    if file.deleted_at.is_none() || file.deleted_with.as_ref() != Some(&file.id) {
        return Err(Problem::conflict(
            "It is not in the bin, or came there with its folder: restore that.",
        ));
    }
    let parent = folder(app, &file.workspace_id, file.parent_id.as_deref())
        .await
        .unwrap_or_default();
    for _ in 0..TRIES {
        let name = free_name(app, &file.workspace_id, parent.as_ref(), &file.name).await?;
        let mut back = File {
            parent_id: parent.as_ref().map(|parent| parent.id.clone()),
            path: path_below(parent.as_ref(), &name)?,
            name,
            updated_at: app.clock.now(),
            deleted_at: None,
            deleted_with: None,
            ..file.clone()
        };
        let mut batch = Batch::new();
        let [one, all] = store::restore(&back, &file.path);
        batch.push_expecting(1, one);
        batch.push(all);
        let mut files = Vec::new();
        let mut after = String::new();
        loop {
            let page = store::deleted_with(&app.db, &file.id, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            files.extend(page);
        }
        let run = ingest::queue(app, user_id, &mut files, &mut batch)?;
        for entry in files
            .iter()
            .filter(|entry| entry.ingest.status == IngestStatus::Queued)
        {
            batch.push(store::ingest_queued(
                &entry.id,
                entry.ingest.run_id.as_deref().unwrap_or_default(),
            ));
        }
        match app.engine.submit(batch, run.into_iter().collect()).await {
            Err(error) if is_path_taken(&error) => {}
            Err(sql::Error::RowsAffected { .. }) => return Err(Problem::not_found("file", &file.id)),
            written => {
                written?;
                app.changes.publish(back.notice()).await;
                if let Some(entry) = files.into_iter().find(|entry| entry.id == back.id) {
                    back.ingest = entry.ingest;
                }
                return Ok(back);
            }
        }
    }
    Err(name_taken(&file.name))
}

/// Removes a file or folder for good, from the bin or at once.
pub async fn purge(app: &App, file: &File) -> Result<(), Problem> {
    if file.deleted_at.is_none() {
        delete(app, file).await?;
    } else if file.deleted_with.as_ref() != Some(&file.id) {
        return Err(Problem::conflict(
            "It came into the bin with its folder: remove that.",
        ));
    }
    purge_deleted(app, &file.workspace_id, &file.id).await?;
    app.changes.publish(Notice::files(&file.workspace_id)).await;
    Ok(())
}

/// Removes for good what was put away under this id.
pub async fn purge_deleted(app: &App, workspace_id: &str, id: &str) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.extend(store::purge(workspace_id, id, app.clock.now()));
    app.db.write(batch).await?;
    sweep::collect(app).await;
    Ok(())
}

/// Has a file read again.
pub async fn ingest_again(app: &App, file: &File, user_id: &str) -> Result<File, Problem> {
    file.live()?;
    file.content_hash()?;
    let mut files = [File {
        ingest_hash: None,
        ..file.clone()
    }];
    let mut batch = Batch::new();
    let run = ingest::queue(app, user_id, &mut files, &mut batch)?;
    let [file] = files;
    let Some(run) = run else { return Ok(file) };
    debug_assert_eq!(run.kind, ingest::KIND, "prepared with {:?}", Start::Queued);
    batch.push_expecting(1, store::ingest_queued(&file.id, &run.id));
    app.engine.submit(batch, vec![run]).await?;
    app.changes.publish(file.notice()).await;
    Ok(file)
}
