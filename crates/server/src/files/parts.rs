//! Uploads in parts, which go on after a connection, a page or the server was lost.
//!
//! ```text
//! the part is here ─▶ its turn ─▶ the row is read ─▶ stored under a name of its own ─▶ written down, if the row is as it was
//!                                     │                                                     │ all of them
//!                                     └─ another offset: 409 with the right one             ▼
//!                                     └─ a file already: that file ◀── put together, compared with size and hash
//! ```
//!
//! Invariant: what a part has stored is changed by no other one, also from another node: only the row decides which parts
//! count. Invariant: there is a file only when what is stored has the hash of what arrived. A part that comes twice is
//! refused with the right offset, the last one is answered with its file again, for a day; one that broke off was never there.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::SerializableState as _;
use sha2::{Digest as _, Sha256};
use sql::{Batch, Time};
use tokio::sync::OwnedMutexGuard;

use super::upload::{LIFETIME, NewUpload, Upload, after, finish, give_up, given_up, prepare};
use super::{File, OnConflict, SIZE_BYTES_MAX, storage_failed, store};
use crate::App;
use crate::blobs::{FileError, PART_BYTES, Stored};
use crate::http::problem::{FieldError, Problem};

/// The uploads that this process is storing a part of, one part at a time. Other nodes may be at it too: that is safe, but
/// in vain.
#[derive(Debug, Clone, Default)]
pub struct Receiving(Arc<Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>>);

impl Receiving {
    /// Waits until no other part of the upload is being stored.
    async fn turn(&self, id: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock();
            turns.retain(|_, turn| turn.strong_count() > 0);
            turns.get(id).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::default();
                turns.insert(id.to_owned(), Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}

/// The body that begins an upload in parts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUpload {
    /// The name of the file; folders in it are made.
    pub name: String,
    /// Its whole size.
    pub size_bytes: i64,
    /// The folder; absent for the top.
    pub parent_id: Option<String>,
    /// The type of its content; by its name when absent.
    pub media_type: Option<String>,
    /// What is done when the name is taken.
    #[serde(default)]
    pub on_conflict: OnConflict,
}

/// An upload in parts, as a caller sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UploadView {
    /// `upl_…`
    pub id: String,
    /// How much has arrived: where the next part begins.
    pub offset: i64,
    /// The whole size.
    pub size_bytes: i64,
    /// The size of every part but the last.
    pub part_bytes: usize,
    /// When it is given up, unless a part comes; of one that is a file, when it is forgotten.
    #[schemars(with = "String")]
    pub expires_at: Time,
    /// The file, once all has arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
}

impl UploadView {
    fn of(upload: &Upload) -> Self {
        Self {
            id: upload.id.clone(),
            offset: upload.received,
            size_bytes: upload.size_bytes,
            part_bytes: PART_BYTES,
            expires_at: upload.expires_at,
            file: None,
        }
    }
}

/// Begins an upload.
pub async fn create(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    body: CreateUpload,
) -> Result<UploadView, Problem> {
    if !(0..=SIZE_BYTES_MAX).contains(&body.size_bytes) {
        return Err(Problem::invalid(
            "size_bytes",
            format!("is between 0 and {SIZE_BYTES_MAX}"),
        ));
    }
    let (mut upload, _) = prepare(
        app,
        NewUpload {
            workspace_id,
            user_id,
            parent_id: body.parent_id.as_deref(),
            name: &body.name,
            media_type: body.media_type.as_deref(),
            on_conflict: body.on_conflict,
            size_bytes: body.size_bytes,
        },
    )
    .await?;
    upload.hash_state = Some(Sha256::new().serialize().to_vec());
    store::insert_upload(&upload).execute(&app.db).await?;
    if upload.size_bytes > 0
        && let Err(problem) = begin(app, &upload).await
    {
        give_up(app, &upload.id).await;
        return Err(problem);
    }
    Ok(UploadView::of(&upload))
}

/// Tells the storage, before the first part: two parts that come at once go to one place.
async fn begin(app: &App, upload: &Upload) -> Result<(), Problem> {
    let begun = app
        .blobs
        .begin(&upload.blob_key()?)
        .await
        .map_err(storage_failed)?;
    if let Some(id) = begun {
        store::name_multipart(&upload.id, &id).execute(&app.db).await?;
    }
    Ok(())
}

/// How far an upload is; with its file when it has become one.
pub async fn view(app: &App, upload: &Upload) -> Result<UploadView, Problem> {
    let mut view = UploadView::of(upload);
    if let Some(id) = &upload.file_id {
        let file = store::get(&app.db, &upload.workspace_id, id).await?;
        // Purged meanwhile: then there is nothing to tell any more.
        view.file = Some(file.ok_or_else(|| Problem::not_found("upload", &upload.id))?);
    }
    Ok(view)
}

fn wrong_offset(upload: &Upload) -> Problem {
    let mut problem = Problem::conflict(format!("The next part begins at {}.", upload.received));
    problem
        .errors
        .push(FieldError::new("offset", upload.received.to_string()));
    problem
}

async fn find(app: &App, id: &str) -> Result<Upload, Problem> {
    let found = store::get_upload(&app.db, id).await?;
    found.ok_or_else(given_up)
}

/// Takes the part at an offset; with the last one the upload becomes a file.
pub async fn put(app: &App, id: &str, offset: i64, part: Bytes) -> Result<UploadView, Problem> {
    let turn = app.receiving.turn(id).await;
    // Read only now: while the part came, another one may have been faster.
    let upload = find(app, id).await?;
    let size = part.len() as i64;
    if upload.file_id.is_some() || offset != upload.received {
        return behind(app, &upload, offset.saturating_add(size)).await;
    }
    let expected = (upload.size_bytes - upload.received).min(PART_BYTES as i64);
    if size != expected {
        let detail = format!("this part has {expected} bytes");
        return Err(Problem::invalid("body", detail));
    }
    let upload = if size > 0 {
        match store_part(app, &upload, part).await? {
            Some(upload) => upload,
            None => return behind(app, &find(app, id).await?, offset + size).await,
        }
    } else {
        upload
    };
    if upload.received < upload.size_bytes {
        return Ok(UploadView::of(&upload));
    }
    // A large file takes a while, and who waits for it may have gone: it is made all the same.
    let made = tokio::spawn({
        let (app, upload) = (app.clone(), upload.clone());
        async move {
            let _turn = turn;
            complete(&app, &upload).await
        }
    });
    let file = made.await.map_err(Problem::internal)??;
    Ok(UploadView {
        file: Some(file),
        ..UploadView::of(&upload)
    })
}

/// The answer to a part that others were faster with: the file when it was the last one, else where to go on.
async fn behind(app: &App, upload: &Upload, end: i64) -> Result<UploadView, Problem> {
    if upload.file_id.is_some() && end == upload.size_bytes {
        return view(app, upload).await;
    }
    Err(wrong_offset(upload))
}

/// Stores a part and writes it down: the upload with it. Nothing when another node was faster.
async fn store_part(app: &App, before: &Upload, part: Bytes) -> Result<Option<Upload>, Problem> {
    let key = before.blob_key()?;
    let multipart_id = before.multipart_id.as_deref();
    let mut hash = hash_of(before)?;
    hash.update(&part);
    let upload = Upload {
        received: before.received + part.len() as i64,
        hash_state: Some(hash.serialize().to_vec()),
        expires_at: after(app, LIFETIME),
        ..before.clone()
    };
    let stored = app
        .blobs
        .put_part(&key, multipart_id, before.received as u64, part);
    let name = match stored.await {
        Ok(name) => name,
        // A storage does not take parts of an upload that has ended.
        Err(error) => {
            let now = find(app, &upload.id).await?;
            let as_it_was = now.file_id.is_none() && now.received == before.received;
            return if as_it_was {
                Err(storage_failed(error))
            } else {
                Ok(None)
            };
        }
    };
    let mut batch = Batch::new();
    batch.push_expecting(1, store::received(&upload, before.received));
    batch.push(store::insert_part(&upload.id, before.received, &name));
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => {
            // It counts for nothing, and when the upload has ended nobody else will take it away.
            let removed = match store::get_upload(&app.db, &upload.id).await? {
                Some(now) if now.file_id.is_none() => app.blobs.drop_part(&key, &name).await,
                _ => app.blobs.drop_parts(&key, multipart_id).await,
            };
            removed.map_err(storage_failed)?;
            Ok(None)
        }
        written => {
            written?;
            Ok(Some(upload))
        }
    }
}

fn hash_of(upload: &Upload) -> Result<Sha256, Problem> {
    let state = upload.hash_state.as_deref().unwrap_or_default();
    let state = state.try_into().map_err(Problem::internal)?;
    Sha256::deserialize(&state).map_err(|_| Problem::internal("the hash of an upload can not be read"))
}

/// Puts the parts together and makes the file; the same file when another node was faster.
async fn complete(app: &App, upload: &Upload) -> Result<File, Problem> {
    let made = async { finish(app, upload, &assemble(app, upload).await?).await };
    let problem = match made.await {
        Ok(file) => return Ok(file),
        Err(problem) => problem,
    };
    let now = find(app, &upload.id).await?;
    if now.file_id.is_some() {
        let view = view(app, &now).await?;
        return view.file.ok_or(problem);
    }
    // A name that is taken stays taken, and so is what arrived: there is no way on.
    if problem.code.status().is_client_error() {
        give_up(app, &upload.id).await;
    }
    Err(problem)
}

async fn assemble(app: &App, upload: &Upload) -> Result<Stored, Problem> {
    let key = upload.blob_key()?;
    let stored = Stored::of(hash_of(upload)?, upload.size_bytes as u64);
    if upload.size_bytes == 0 {
        let nothing = futures_util::stream::empty::<std::io::Result<Bytes>>();
        return app.blobs.put(&key, nothing).await.map_err(storage_failed);
    }
    let mut parts = Vec::new();
    loop {
        let after = parts.len() as i64 * PART_BYTES as i64 - 1;
        let page = store::parts(&app.db, &upload.id, after).await?;
        if page.is_empty() {
            break;
        }
        parts.extend(page);
    }
    let done = app
        .blobs
        .complete(&key, upload.multipart_id.as_deref(), parts, &stored);
    match done.await {
        Ok(()) => Ok(stored),
        Err(error @ FileError::Changed) => Err(Problem::conflict(
            "What is stored of this upload is not what arrived, so nothing of it was kept; begin another one.",
        )
        .with_source(error)),
        Err(error) => Err(storage_failed(error)),
    }
}
