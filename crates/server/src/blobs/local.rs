//! Blobs in a folder: one file each, written beside its place and moved there when it is on the disk. A part of an upload
//! is a file of its own, with a name that no other part ever gets: whoever sends one again writes over nothing.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::{BlobKey, Content, FileError, Head, Stored};

/// Unfinished blobs. The dot keeps it apart from every key.
const UNFINISHED: &str = ".unfinished";
/// How much is read from a file at a time.
const READ_BYTES: usize = 256 * 1024;

/// A folder of blobs.
#[derive(Clone, Debug)]
pub struct Folder {
    dir: PathBuf,
}

/// Removes the draft unless it was moved into place, also when the caller goes away in the middle.
struct Draft {
    path: PathBuf,
    moved: bool,
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.moved {
            // It may never have been made; what is left over is only space.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Local { path, source }
}

/// A name is on the disk only once its folder is.
async fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().unwrap_or(path);
    let opened = fs::File::open(folder).await.map_err(failed(folder))?;
    opened.sync_all().await.map_err(failed(folder))
}

/// What is not there counts as removed.
fn removed(path: &Path, done: std::io::Result<()>) -> Result<(), FileError> {
    match done {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(failed(path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes a draft, or a folder of parts.
async fn clear(path: &Path) -> Result<(), FileError> {
    let done = match fs::symlink_metadata(path).await {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).await,
        Ok(_) => fs::remove_file(path).await,
        Err(error) => Err(error),
    };
    removed(path, done)
}

impl Folder {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, key: &BlobKey) -> PathBuf {
        self.dir.join(key.as_str())
    }

    pub(super) async fn put<S>(&self, key: &BlobKey, mut content: Pin<&mut S>) -> Result<(), FileError>
    where
        S: Stream<Item = Result<Bytes, FileError>> + Send,
    {
        self.make_drafts().await?;
        let mut draft = Draft {
            path: self.draft(key),
            moved: false,
        };
        let mut file = fs::File::create(&draft.path).await.map_err(failed(&draft.path))?;
        while let Some(bytes) = content.try_next().await? {
            file.write_all(&bytes).await.map_err(failed(&draft.path))?;
        }
        file.flush().await.map_err(failed(&draft.path))?;
        file.sync_all().await.map_err(failed(&draft.path))?;
        self.move_in(&draft.path, key).await?;
        draft.moved = true;
        Ok(())
    }

    /// A draft has the name of its key, so that one whose process died is found again.
    fn draft(&self, key: &BlobKey) -> PathBuf {
        self.dir.join(UNFINISHED).join(key.as_str().replace('/', "_"))
    }

    async fn make_drafts(&self) -> Result<(), FileError> {
        let drafts = self.dir.join(UNFINISHED);
        fs::create_dir_all(&drafts).await.map_err(failed(&drafts))
    }

    /// A new file among the parts of a blob: nobody else has its name.
    async fn new_part(&self, key: &BlobKey, about: &str) -> Result<(Draft, fs::File), FileError> {
        let parts = self.draft(&key.parts());
        fs::create_dir_all(&parts).await.map_err(failed(&parts))?;
        let path = parts.join(format!("{about}-{}", ulid::Ulid::generate()));
        let file = fs::File::create_new(&path).await.map_err(failed(&path))?;
        Ok((Draft { path, moved: false }, file))
    }

    /// Stores a part; its name. On return all of it is on the disk.
    pub(super) async fn put_part(
        &self,
        key: &BlobKey,
        offset: u64,
        part: Bytes,
    ) -> Result<String, FileError> {
        let (mut draft, mut file) = self.new_part(key, &offset.to_string()).await?;
        let written = async {
            file.write_all(&part).await?;
            file.flush().await?;
            file.sync_all().await
        };
        written.await.map_err(failed(&draft.path))?;
        sync_folder_of(&draft.path).await?;
        draft.moved = true;
        let name = draft.path.file_name().unwrap_or_default();
        Ok(name.to_string_lossy().into_owned())
    }

    /// Takes a part away that is not to be one of the blob.
    pub(super) async fn drop_part(&self, key: &BlobKey, name: &str) -> Result<(), FileError> {
        clear(&self.draft(&key.parts()).join(name)).await
    }

    /// Makes a blob of the parts, if they are what is expected. One that was made already is no failure.
    pub(super) async fn complete(
        &self,
        key: &BlobKey,
        parts: &[String],
        expected: &Stored,
    ) -> Result<(), FileError> {
        if self.head(key).await?.is_some() {
            return Ok(());
        }
        let (mut draft, mut file) = self.new_part(key, "whole").await?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        for name in parts {
            let path = self.draft(&key.parts()).join(name);
            let part = fs::read(&path).await.map_err(|error| match error.kind() {
                ErrorKind::NotFound => FileError::Changed,
                _ => failed(&path)(error),
            })?;
            hash.update(&part);
            size_bytes += part.len() as u64;
            file.write_all(&part).await.map_err(failed(&draft.path))?;
        }
        if Stored::of(hash, size_bytes) != *expected {
            return Err(FileError::Changed);
        }
        file.flush().await.map_err(failed(&draft.path))?;
        file.sync_all().await.map_err(failed(&draft.path))?;
        self.move_in(&draft.path, key).await?;
        draft.moved = true;
        Ok(())
    }

    async fn move_in(&self, draft: &Path, key: &BlobKey) -> Result<(), FileError> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder).await.map_err(failed(folder))?;
        fs::rename(draft, &path).await.map_err(failed(&path))?;
        sync_folder_of(&path).await
    }

    pub(super) async fn get(&self, key: &BlobKey) -> Result<(Head, Content), FileError> {
        let path = self.path(key);
        let file = match fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(FileError::NotFound(key.clone()));
            }
            Err(error) => return Err(failed(&path)(error)),
        };
        let size_bytes = file.metadata().await.map_err(failed(&path))?.len();
        let content = ReaderStream::with_capacity(file, READ_BYTES);
        let content = content.map_err(move |source| FileError::Local {
            path: path.clone(),
            source,
        });
        Ok((Head { size_bytes }, content.boxed()))
    }

    /// The bytes of a blob in this range.
    pub(super) async fn get_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Content, FileError> {
        let path = self.path(key);
        let mut file = match fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(FileError::NotFound(key.clone()));
            }
            Err(error) => return Err(failed(&path)(error)),
        };
        let moved = file.seek(SeekFrom::Start(range.start)).await;
        moved.map_err(failed(&path))?;
        let content =
            ReaderStream::with_capacity(file.take(range.end.saturating_sub(range.start)), READ_BYTES);
        let content = content.map_err(move |source| FileError::Local {
            path: path.clone(),
            source,
        });
        Ok(content.boxed())
    }

    pub(super) async fn head(&self, key: &BlobKey) -> Result<Option<Head>, FileError> {
        let path = self.path(key);
        match fs::metadata(&path).await {
            Ok(found) if found.is_file() => Ok(Some(Head {
                size_bytes: found.len(),
            })),
            Ok(_) => Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    pub(super) async fn delete(&self, key: &BlobKey) -> Result<(), FileError> {
        removed(&self.path(key), fs::remove_file(self.path(key)).await)?;
        clear(&self.draft(key)).await?;
        clear(&self.draft(&key.parts())).await
    }
}
