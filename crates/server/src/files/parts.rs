//! Uploads in parts, which go on after a connection, a page or the server was lost.
//!
//! A part is stored before its end is written down, so what is written down is there. A part that comes twice is refused
//! with the right offset, one that broke off was never there.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::SerializableState as _;
use sha2::{Digest as _, Sha256};
use sql::{Batch, Time};

use super::upload::{LIFETIME, NewUpload, Upload, after, finish, give_up, prepare};
use super::{File, OnConflict, SIZE_BYTES_MAX, storage_failed, store};
use crate::App;
use crate::blobs::{PART_BYTES, Stored};
use crate::http::problem::{FieldError, Problem};

/// The uploads that are receiving a part in this process: two at once would write over each other.
#[derive(Debug, Clone, Default)]
pub struct Receiving(Arc<Mutex<HashSet<String>>>);

struct Place {
    receiving: Receiving,
    id: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.receiving.0.lock().remove(&self.id);
    }
}

impl Receiving {
    fn enter(&self, id: &str) -> Result<Place, Problem> {
        if !self.0.lock().insert(id.to_owned()) {
            return Err(Problem::conflict(
                "Another part of this upload is being received.",
            ));
        }
        Ok(Place {
            receiving: self.clone(),
            id: id.to_owned(),
        })
    }
}

/// The body that begins an upload in parts.
#[derive(Debug, Deserialize, JsonSchema)]
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
    /// When it is given up, unless a part comes.
    #[schemars(with = "String")]
    pub expires_at: Time,
    /// The file, once all has arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
}

impl UploadView {
    /// Of this upload.
    pub fn of(upload: &Upload) -> Self {
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
    Ok(UploadView::of(&upload))
}

fn wrong_offset(upload: &Upload) -> Problem {
    let mut problem = Problem::conflict(format!("The next part begins at {}.", upload.received));
    problem
        .errors
        .push(FieldError::new("offset", upload.received.to_string()));
    problem
}

/// Takes the part at an offset; with the last one the upload becomes a file.
pub async fn put(app: &App, upload: &Upload, offset: i64, part: Bytes) -> Result<UploadView, Problem> {
    let _place = app.receiving.enter(&upload.id)?;
    if offset != upload.received {
        return Err(wrong_offset(upload));
    }
    let size = part.len() as i64;
    let missing = upload.size_bytes - upload.received;
    if size != missing.min(PART_BYTES as i64) {
        let detail = format!("this part has {} bytes", missing.min(PART_BYTES as i64));
        return Err(Problem::invalid("body", detail));
    }
    let mut upload = upload.clone();
    if size > 0 {
        upload = store_part(app, upload, part).await?;
    }
    let mut view = UploadView::of(&upload);
    if upload.received == upload.size_bytes {
        view.file = Some(complete(app, &upload).await?);
    }
    Ok(view)
}

async fn store_part(app: &App, before: Upload, part: Bytes) -> Result<Upload, Problem> {
    let key = before.blob_key()?;
    let mut upload = before.clone();
    if upload.received == 0 && upload.multipart_id.is_none() {
        upload.multipart_id = app.blobs.begin(&key).await.map_err(storage_failed)?;
        if let Some(id) = &upload.multipart_id {
            store::name_multipart(&upload.id, id).execute(&app.db).await?;
        }
    }
    let mut hash = hash_of(&upload)?;
    hash.update(&part);
    upload.received += part.len() as i64;
    upload.hash_state = Some(hash.serialize().to_vec());
    upload.expires_at = after(app, LIFETIME);
    let stored = app
        .blobs
        .put_part(&key, upload.multipart_id.as_deref(), before.received as u64, part);
    let content_id = stored.await.map_err(storage_failed)?;
    let mut batch = Batch::new();
    batch.push_expecting(1, store::received(&upload, before.received));
    batch.push(store::insert_part(&upload.id, before.received, &content_id));
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => {
            // Given up while the part came: what it has stored must not stay.
            let removed = app.blobs.remove(&key, upload.multipart_id.as_deref()).await;
            removed.map_err(storage_failed)?;
            Err(Problem::conflict("The upload was given up."))
        }
        written => {
            written?;
            Ok(upload)
        }
    }
}

fn hash_of(upload: &Upload) -> Result<Sha256, Problem> {
    let state = upload.hash_state.as_deref().unwrap_or_default();
    let state = state.try_into().map_err(Problem::internal)?;
    Sha256::deserialize(&state).map_err(|_| Problem::internal("the hash of an upload can not be read"))
}

async fn complete(app: &App, upload: &Upload) -> Result<File, Problem> {
    let key = upload.blob_key()?;
    if upload.size_bytes == 0 {
        let nothing = futures_util::stream::empty::<std::io::Result<Bytes>>();
        app.blobs.put(&key, nothing).await.map_err(storage_failed)?;
    } else {
        let mut parts = Vec::new();
        if upload.multipart_id.is_some() {
            loop {
                let after = parts.len() as i64 * PART_BYTES as i64 - 1;
                let page = store::parts(&app.db, &upload.id, after).await?;
                if page.is_empty() {
                    break;
                }
                parts.extend(page);
            }
        }
        let size = upload.size_bytes as u64;
        let done = app
            .blobs
            .complete(&key, upload.multipart_id.as_deref(), parts, size);
        done.await.map_err(storage_failed)?;
    }
    let stored = Stored {
        size_bytes: upload.size_bytes as u64,
        sha256: hex::encode(hash_of(upload)?.finalize()),
    };
    match finish(app, upload, &stored).await {
        Ok(file) => Ok(file),
        // A name that is taken stays taken: there is no way on.
        Err(problem) if problem.code.status().is_client_error() => {
            give_up(app, &upload.id).await;
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
}
