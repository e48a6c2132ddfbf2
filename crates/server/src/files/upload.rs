//! Uploads that come in one go: streamed into the storage, hashed on the way, and made a file when all is there.
//!
//! Whatever ends an upload early, nothing of it is left: its row in `uploads` is there before its first byte, and from
//! that the sweep knows what to remove.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;
use sql::{Batch, Row, Statement, Time};

use super::{
    File, FileKind, Ingest, IngestStatus, OnConflict, checked_name, folder, free_name, ingest, is_path_taken,
    name_taken, path_below, storage_failed, store, sweep, tree,
};
use crate::App;
use crate::blobs::{BlobKey, FileError, Stored};
use crate::cache::Tag;
use crate::http::auth::Resource;
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::settings::{
    self,
    uploads::{self, UploadLimits},
};

/// Nobody sends a file for longer than this without a word.
pub const LIFETIME: Duration = Duration::from_hours(24);
/// How often a name is looked for that others take at the same moment.
const TRIES: usize = 20;

/// An upload under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// `upl_…`
    pub id: String,
    /// Where the file will be.
    pub workspace_id: String,
    /// Who sends it.
    pub user_id: String,
    /// The folder; empty for the top.
    pub parent_id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// When the name is taken.
    pub on_conflict: OnConflict,
    /// Its whole size, when that was said.
    pub size_bytes: i64,
    /// Where its bytes are.
    pub key: String,
    /// The storage's own name of it.
    pub multipart_id: Option<String>,
    /// How much has arrived.
    pub received: i64,
    /// The hash up to there.
    pub hash_state: Option<Vec<u8>>,
    /// When it began.
    pub created_at: Time,
    /// When it is given up, or forgotten.
    pub expires_at: Time,
    /// The file that it has become.
    pub file_id: Option<String>,
}

impl Resource for Upload {
    const NAME: &'static str = "upload";
    const PARAM: &'static str = "upload";

    fn statement() -> &'static Statement {
        &store::FIND_UPLOAD_SCOPED
    }
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self> {
        Self::read_row(row, at)
    }
    /// It moves on without telling the cache.
    fn tags(&self) -> [Option<Tag>; 2] {
        [None, None]
    }
}

impl Upload {
    /// The key as the storage takes it.
    pub fn blob_key(&self) -> Result<BlobKey, Problem> {
        self.key.parse().map_err(storage_failed)
    }

    /// Whether it comes part by part; then its hash is kept from part to part.
    pub fn is_in_parts(&self) -> bool {
        self.hash_state.is_some()
    }
}

/// What a caller says of a file that it sends.
pub struct NewUpload<'a> {
    pub workspace_id: &'a str,
    pub user_id: &'a str,
    pub parent_id: Option<&'a str>,
    /// May have folders in it; they are made.
    pub name: &'a str,
    pub media_type: Option<&'a str>,
    pub on_conflict: OnConflict,
    pub size_bytes: i64,
}

/// Time from now.
pub fn after(app: &App, lifetime: Duration) -> Time {
    Time::from_micros(app.clock.now().micros() + lifetime.as_micros() as i64)
}

/// The type of content: what its sender says, else by its name.
pub fn media_type_of(name: &str, said: Option<&str>) -> String {
    let said = said.map(str::trim).filter(|said| {
        let plain =
            said.len() <= 200 && said.contains('/') && said.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        plain && *said != "application/octet-stream"
    });
    said.map_or_else(
        || mime_guess::from_path(name).first_or_octet_stream().to_string(),
        str::to_owned,
    )
}

/// Where the bytes of an upload are: spread over folders by its last letters, which are random.
pub fn key_of(upload_id: &str) -> String {
    format!("files/{}/{upload_id}", &upload_id[upload_id.len() - 2..])
}

/// The upload as it begins, and what it may be; the folders in its name are made.
pub async fn prepare(app: &App, new: NewUpload<'_>) -> Result<(Upload, UploadLimits), Problem> {
    let mut names = Vec::new();
    for part in new.name.split(['/', '\\']).filter(|part| !part.is_empty()) {
        names.push(checked_name(part)?);
    }
    let name = names.pop().map_or_else(|| checked_name(""), Ok)?;
    let limits = settings::current(app).await?.uploads.clone();
    let media_type = media_type_of(&name, new.media_type);
    limits.check_type(&media_type, &name)?;
    limits.check_size(new.size_bytes)?;
    let top = folder(app, new.workspace_id, new.parent_id).await?;
    let parent = tree::ensure_folders(app, new.workspace_id, new.user_id, top, &names).await?;
    path_below(parent.as_ref(), &name)?;
    let now = app.clock.now();
    let id = app.ids.make(Kind::Upload, now);
    let upload = Upload {
        key: key_of(&id),
        id,
        workspace_id: new.workspace_id.to_owned(),
        user_id: new.user_id.to_owned(),
        parent_id: parent.map(|parent| parent.id).unwrap_or_default(),
        name,
        media_type,
        on_conflict: new.on_conflict,
        size_bytes: new.size_bytes,
        multipart_id: None,
        received: 0,
        hash_state: None,
        created_at: now,
        expires_at: after(app, LIFETIME),
        file_id: None,
    };
    Ok((upload, limits))
}

/// One of the files of an upload: what became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Uploaded {
    /// It is there.
    File(Box<File>),
    /// It failed, alone.
    Failed {
        /// The name it came with.
        name: String,
        /// Why: `{code, detail}`.
        error: serde_json::Value,
    },
}

/// Stores a file that comes as a stream.
pub async fn receive<S>(app: &App, new: NewUpload<'_>, content: S) -> Result<File, Problem>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let (upload, limits) = prepare(app, new).await?;
    store::insert_upload(&upload).execute(&app.db).await?;
    let stored = async {
        let stored = put(app, &upload, limits.max_bytes, content).await?;
        finish(app, &upload, &stored).await
    };
    match stored.await {
        Ok(file) => Ok(file),
        Err(problem) => {
            give_up(app, &upload.id).await;
            Err(problem)
        }
    }
}

/// Stores the bytes of an upload whose row is there.
pub async fn put<S>(app: &App, upload: &Upload, bytes_max: i64, content: S) -> Result<Stored, Problem>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let mut size = 0;
    let limited = content.map(move |piece| {
        let piece = piece?;
        size += piece.len() as i64;
        if size > bytes_max {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Ok(piece)
    });
    let note = async |id: &str| {
        let noted = store::name_multipart(&upload.id, id).execute(&app.db).await;
        noted
            .map(drop)
            .map_err(|error| FileError::Content(io::Error::other(error)))
    };
    let stored = app.blobs.put_noting(&upload.blob_key()?, limited, note).await;
    stored.map_err(|error| match error {
        FileError::Content(source) if source.kind() == io::ErrorKind::FileTooLarge => {
            uploads::too_large(bytes_max)
        }
        error => storage_failed(error),
    })
}

/// Ends an upload without a file. What it has stored is removed now, or by the sweep.
pub async fn give_up(app: &App, upload_id: &str) {
    let mut batch = Batch::new();
    batch.extend(store::drop_upload(upload_id, app.clock.now()));
    if let Err(error) = app.db.write(batch).await {
        tracing::warn!(%error, "an upload could not be given up; it will be when it expires");
        return;
    }
    sweep::collect(app).await;
}

/// Makes a file of an upload that is stored: the row, the use of its content and the run that reads it, in one transaction.
pub async fn finish(app: &App, upload: &Upload, stored: &Stored) -> Result<File, Problem> {
    let parent = folder(app, &upload.workspace_id, Some(&upload.parent_id)).await?;
    for _ in 0..TRIES {
        let path = path_below(parent.as_ref(), &upload.name)?;
        let there = store::at_path(&app.db, &upload.workspace_id, &path).await?;
        let replaced = match (&there, upload.on_conflict) {
            (Some(there), OnConflict::Replace) if there.kind == FileKind::File => Some(there),
            (Some(_), OnConflict::Replace | OnConflict::Fail) => return Err(name_taken(&upload.name)),
            _ => None,
        };
        let name = match replaced {
            Some(_) => upload.name.clone(),
            None => free_name(app, &upload.workspace_id, parent.as_ref(), &upload.name).await?,
        };
        let entry = match replaced {
            Some(there) => there.clone(),
            None => tree::new_entry(app, &upload.workspace_id, parent.as_ref(), FileKind::File, &name)?,
        };
        let mut files = [File {
            size_bytes: stored.size_bytes as i64,
            media_type: upload.media_type.clone(),
            hash: Some(stored.sha256.clone()),
            updated_at: app.clock.now(),
            ..entry
        }];
        let lost = lost_twin(app, upload, stored).await?;
        let (batch, run) = writes(app, upload, stored, lost.as_deref(), &mut files, replaced)?;
        match app.engine.submit(batch, run.into_iter().collect()).await {
            Err(error) if is_path_taken(&error) => {}
            Err(sql::Error::RowsAffected { .. }) => still_open(app, upload).await?,
            written => {
                written?;
                sweep::collect(app).await;
                let [file] = files;
                app.changes.publish(file.notice()).await;
                return Ok(file);
            }
        }
    }
    Err(name_taken(&upload.name))
}

/// Goes on when it was the file to be replaced that has changed. Else the upload has ended meanwhile, and what was stored
/// for it is not wanted any more.
async fn still_open(app: &App, upload: &Upload) -> Result<(), Problem> {
    let now = store::get_upload(&app.db, &upload.id).await?;
    if now.is_some_and(|now| now.file_id.is_none()) {
        return Ok(());
    }
    let stray = store::drop_stray(&upload.key, app.clock.now());
    stray.execute(&app.db).await?;
    sweep::collect(app).await;
    Err(given_up())
}

/// 409: the upload is no more.
pub fn given_up() -> Problem {
    Problem::conflict("The upload was given up; begin another one.")
}

/// Where the same content is said to be, when it is not there: then what has come now takes its place, also for the files
/// that stand on it.
async fn lost_twin(app: &App, upload: &Upload, stored: &Stored) -> Result<Option<String>, Problem> {
    let key = store::blob_key(&app.db, &upload.workspace_id, &stored.sha256).await?;
    let Some(key) = key.filter(|key| *key != upload.key) else {
        return Ok(None);
    };
    let head = app.blobs.head(&key.parse().map_err(storage_failed)?).await;
    match head.map_err(storage_failed)? {
        Some(head) if head.size_bytes == stored.size_bytes => Ok(None),
        _ => {
            tracing::error!(
                key,
                "content was lost from the storage; what was uploaded now takes its place"
            );
            Ok(Some(key))
        }
    }
}

fn writes(
    app: &App,
    upload: &Upload,
    stored: &Stored,
    lost: Option<&str>,
    files: &mut [File; 1],
    replaced: Option<&File>,
) -> Result<(Batch, Option<engine::Run>), Problem> {
    let now = app.clock.now();
    let mut batch = Batch::new();
    let [file] = &*files;
    if upload.is_in_parts() {
        let parts = upload.blob_key()?.parts();
        let become_file = store::become_file(upload, &file.id, parts.as_str(), after(app, LIFETIME));
        batch.push_expecting(1, become_file);
        batch.push(store::drop_stray(parts.as_str(), now));
    } else {
        batch.push_expecting(1, store::end_upload(&upload.id));
    }
    batch.push(store::use_blob(upload, stored, lost, now));
    for key in [Some(upload.key.as_str()), lost].into_iter().flatten() {
        batch.push(store::drop_stray(key, now));
    }
    let same = replaced.is_some_and(|there| there.hash.as_ref() == Some(&stored.sha256));
    if !same {
        let [file] = &mut *files;
        file.ingest = Ingest {
            status: IngestStatus::None,
            error: None,
            passages: 0,
            pages: None,
            run_id: None,
        };
    }
    let run = ingest::queue(app, &upload.user_id, files, &mut batch)?;
    let [file] = &*files;
    match replaced.and_then(|there| there.hash.as_deref()) {
        Some(before) => {
            batch.push_expecting(1, store::replace(file, before));
            batch.extend(store::release(&upload.workspace_id, before, now));
        }
        None => batch.push(store::insert(file, &upload.user_id)),
    }
    Ok((batch, run))
}
