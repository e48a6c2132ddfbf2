//! Content that waits for a run and never becomes a file: stored as an upload is, read by the run, and let go by the writes
//! that end it. Should no run come for it, it goes as every upload does that nobody goes on with.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use sql::{Batch, Query, Time};

use super::upload::{LIFETIME, Upload, after, give_up, key_of, media_type_of, put};
use super::{OnConflict, storage_failed, store};
use crate::App;
use crate::blobs::{BlobKey, Content, FileError};
use crate::http::problem::Problem;
use crate::ids::Kind;

/// Content that waits.
#[derive(Debug)]
pub struct Staged {
    upload: Upload,
    sha256: String,
}

impl Staged {
    /// Its name in the storage: what a run remembers of it.
    pub fn id(&self) -> &str {
        &self.upload.id
    }

    /// Adds to the batch that begins the run what keeps it until then, also when the server is stopped meanwhile.
    pub fn keep(&self, app: &App, batch: &mut Batch) {
        let kept = Upload {
            hash_state: Some(self.sha256.clone().into_bytes()),
            received: self.upload.size_bytes,
            expires_at: after(app, LIFETIME),
            ..self.upload.clone()
        };
        batch.push_expecting(1, store::received(&kept, 0));
    }
}

/// Stores what comes, up to this size. Its type and name are those that are said.
pub async fn stage<S>(
    app: &App,
    (workspace_id, user_id): (&str, &str),
    (name, media_type): (&str, Option<&str>),
    bytes_max: i64,
    content: S,
) -> Result<Staged, Problem>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let now = app.clock.now();
    let id = app.ids.make(Kind::Upload, now);
    let mut upload = Upload {
        key: key_of(&id),
        id,
        workspace_id: workspace_id.to_owned(),
        user_id: user_id.to_owned(),
        parent_id: String::new(),
        name: name.to_owned(),
        media_type: media_type_of(name, media_type),
        on_conflict: OnConflict::Fail,
        size_bytes: 0,
        multipart_id: None,
        received: 0,
        hash_state: None,
        created_at: now,
        expires_at: after(app, LIFETIME),
        file_id: None,
    };
    store::insert_upload(&upload).execute(&app.db).await?;
    match put(app, &upload, bytes_max, content).await {
        Ok(stored) => {
            upload.size_bytes = stored.size_bytes as i64;
            Ok(Staged {
                upload,
                sha256: stored.sha256,
            })
        }
        Err(problem) => {
            give_up(app, &upload.id).await;
            Err(problem)
        }
    }
}

/// Staged content that no run will come for.
pub async fn forget(app: &App, staged: &Staged) {
    give_up(app, &staged.upload.id).await;
}

/// The content, for the run; nothing when it is not there any more.
pub async fn content_of(app: &App, id: &str) -> Result<Option<Content>, Problem> {
    let key: BlobKey = key_of(id).parse().map_err(storage_failed)?;
    match app.blobs.get(&key).await {
        Ok((_, content)) => Ok(Some(content)),
        Err(FileError::NotFound(_)) => Ok(None),
        Err(error) => Err(storage_failed(error)),
    }
}

/// Lets the content go, for the writes that end the run. The sweep, or [`super::sweep::collect`], removes it then.
pub fn let_go(id: &str, now: Time) -> [Query; 3] {
    store::drop_upload(id, now)
}
