//! Blobs in a folder: one file each, written beside its place and moved there when it is on the disk.

use std::io::{ErrorKind, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::{BlobKey, Content, FileError, Head};

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

    /// Stores a part at its offset; what was behind it is cut off, and on return all of it is on the disk.
    pub(super) async fn put_part(&self, key: &BlobKey, offset: u64, part: Bytes) -> Result<(), FileError> {
        self.make_drafts().await?;
        let path = self.draft(key);
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).write(true).truncate(false).open(&path).await;
        let mut file = file.map_err(failed(&path))?;
        let written = async {
            file.set_len(offset).await?;
            file.seek(SeekFrom::Start(offset)).await?;
            file.write_all(&part).await?;
            file.flush().await?;
            file.sync_data().await
        };
        written.await.map_err(failed(&path))
    }

    /// Makes a blob of the parts. One that was made already is no failure.
    pub(super) async fn complete(&self, key: &BlobKey) -> Result<(), FileError> {
        let draft = self.draft(key);
        if !fs::try_exists(&draft).await.map_err(failed(&draft))? && self.head(key).await?.is_some() {
            return Ok(());
        }
        self.move_in(&draft, key).await
    }

    async fn move_in(&self, draft: &Path, key: &BlobKey) -> Result<(), FileError> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder).await.map_err(failed(folder))?;
        fs::rename(draft, &path).await.map_err(failed(&path))?;
        // The name is on the disk only once its folder is.
        let opened = fs::File::open(folder).await.map_err(failed(folder))?;
        opened.sync_all().await.map_err(failed(folder))
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
        for path in [self.path(key), self.draft(key)] {
            match fs::remove_file(&path).await {
                Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Err(failed(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
