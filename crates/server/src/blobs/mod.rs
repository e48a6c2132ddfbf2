//! Where the bytes of files are kept: a local folder or an S3 bucket, behind one enum.
//!
//! Features store a blob under a [`BlobKey`] and remember the key in their row; `doctor` and `backup` look in from
//! outside. What always holds: content is streamed both ways and never whole in memory; a blob appears under its key
//! only when it is complete and, in a folder, on the disk; a key can not lead out of the store.

mod local;
mod s3;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, Stream, TryStreamExt as _};
use sha2::{Digest as _, Sha256};

use crate::config::{Place, Storage};

/// Uploads in parts have parts of this size, but for the last.
pub const PART_BYTES: usize = 8 << 20;
/// How long the self-test may take; a store that needs longer is not usable.
const SELF_TEST_LIMIT: Duration = Duration::from_secs(15);

/// The content of a blob on its way out.
pub type Content = BoxStream<'static, Result<Bytes, FileError>>;

/// What can go wrong with a blob.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The key has characters or parts that a key must not have.
    #[error("`{0}` is no key of a blob")]
    Key(String),
    /// There is no blob under this key.
    #[error("there is no blob `{0}`")]
    NotFound(BlobKey),
    /// A folder or file can not be used.
    #[error("cannot use {}", path.display())]
    Local {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bucket can not be used.
    #[error("the bucket `{bucket}` is not usable")]
    S3 {
        /// Which.
        bucket: String,
        /// What it said.
        source: Box<object_store::Error>,
    },
    /// Whoever sends the content failed.
    #[error("the content of the blob ended early")]
    Content(#[source] std::io::Error),
    /// The store gave back something else than it was given.
    #[error("the store gave back other bytes than it was given")]
    Changed,
    /// The store did not answer in time.
    #[error("the store did not answer within {} s", SELF_TEST_LIMIT.as_secs())]
    Silent,
}

/// The name of a blob in its store: parts of letters, digits, `.`, `_` and `-`, divided by `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the parts are kept under that a blob is to be made of. They are removed under this name when the blob is there.
    #[must_use]
    pub fn parts(&self) -> Self {
        Self(format!("{}.parts", self.0))
    }
}

impl FromStr for BlobKey {
    type Err = FileError;

    fn from_str(text: &str) -> Result<Self, FileError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        // A leading dot is ours: unfinished blobs of the folder store live beside the finished ones.
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
        if text.len() <= 512 && text.split('/').all(part) {
            Ok(Self(text.into()))
        } else {
            Err(FileError::Key(text.into()))
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a blob without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its size.
    pub size_bytes: u64,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its size.
    pub size_bytes: u64,
    /// The SHA-256 of its content in hex.
    pub sha256: String,
}

impl Stored {
    /// What has this many bytes and this hash.
    pub fn of(hash: Sha256, size_bytes: u64) -> Self {
        Self {
            size_bytes,
            sha256: hex::encode(hash.finalize()),
        }
    }
}

/// The store.
#[derive(Clone, Debug)]
pub enum Blobs {
    /// A folder.
    Local(local::Folder),
    /// A bucket.
    S3(s3::Bucket),
}

impl Blobs {
    /// The store that the configuration names. Touches nothing yet.
    pub fn open(storage: &Storage) -> Result<Self, FileError> {
        match &storage.place {
            Place::Local(dir) => Ok(Self::Local(local::Folder::new(dir.clone()))),
            Place::S3 { bucket, prefix } => s3::Bucket::open(storage, bucket, prefix).map(Self::S3),
        }
    }

    /// Stores the content under the key; what was there before is replaced. On an error nothing is left.
    pub async fn put<S>(&self, key: &BlobKey, content: S) -> Result<Stored, FileError>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send,
    {
        self.put_noting(key, content, async |_: &str| Ok(())).await
    }

    /// The same; `note` hears the store's own name of an upload in parts before its first part is stored. Should the
    /// process die in the middle, [`Self::remove`] with that name leaves nothing behind.
    pub async fn put_noting<S, N>(&self, key: &BlobKey, content: S, note: N) -> Result<Stored, FileError>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send,
        N: AsyncFnOnce(&str) -> Result<(), FileError>,
    {
        let mut hash = Sha256::new();
        let mut size_bytes = 0;
        let content = content.map_err(FileError::Content).inspect_ok(|bytes| {
            hash.update(bytes);
            size_bytes += bytes.len() as u64;
        });
        let content = std::pin::pin!(content);
        match self {
            Self::Local(folder) => folder.put(key, content).await?,
            Self::S3(bucket) => bucket.put(key, content, note).await?,
        }
        Ok(Stored::of(hash, size_bytes))
    }

    /// Begins an upload in parts; its name, when the store gives it one.
    pub async fn begin(&self, key: &BlobKey) -> Result<Option<String>, FileError> {
        match self {
            Self::Local(_) => Ok(None),
            Self::S3(bucket) => bucket.begin(key).await.map(Some),
        }
    }

    /// Stores a part of an upload; what the store calls it. All but the last have [`PART_BYTES`].
    pub async fn put_part(
        &self,
        key: &BlobKey,
        id: Option<&str>,
        offset: u64,
        part: Bytes,
    ) -> Result<String, FileError> {
        match self {
            Self::Local(folder) => folder.put_part(key, offset, part).await,
            Self::S3(bucket) => {
                let number = (offset / PART_BYTES as u64) as usize;
                bucket
                    .put_part(key, id.unwrap_or_default(), number, part.into())
                    .await
            }
        }
    }

    /// Takes a part away that came too late. A bucket has one part of a number and keeps it for the upload.
    pub async fn drop_part(&self, key: &BlobKey, part: &str) -> Result<(), FileError> {
        match self {
            Self::Local(folder) => folder.drop_part(key, part).await,
            Self::S3(_) => Ok(()),
        }
    }

    /// Makes a blob of the parts and compares it with what is expected: [`FileError::Changed`] when it is something else.
    /// Done already is done well.
    pub async fn complete(
        &self,
        key: &BlobKey,
        id: Option<&str>,
        parts: Vec<String>,
        expected: &Stored,
    ) -> Result<(), FileError> {
        match (self, id) {
            (Self::Local(folder), _) => folder.complete(key, &parts, expected).await,
            (Self::S3(bucket), Some(id)) => {
                bucket.complete(key, id, parts, expected.size_bytes).await?;
                // The bucket has put it together: what it has now is what counts.
                if self.stored(key).await? == *expected {
                    Ok(())
                } else {
                    Err(FileError::Changed)
                }
            }
            (Self::S3(_), None) => Err(FileError::Changed),
        }
    }

    /// Reads a blob: what is stored under the key.
    async fn stored(&self, key: &BlobKey) -> Result<Stored, FileError> {
        let (_, mut content) = self.get(key).await?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        while let Some(bytes) = content.try_next().await? {
            hash.update(&bytes);
            size_bytes += bytes.len() as u64;
        }
        Ok(Stored::of(hash, size_bytes))
    }

    /// Removes a blob and whatever an upload of it has left. What is not there counts as removed.
    pub async fn remove(&self, key: &BlobKey, id: Option<&str>) -> Result<(), FileError> {
        self.drop_parts(key, id).await?;
        self.delete(key).await
    }

    /// Takes away the parts that an upload has left, never a blob.
    pub async fn drop_parts(&self, key: &BlobKey, id: Option<&str>) -> Result<(), FileError> {
        match (self, id) {
            (Self::S3(bucket), Some(id)) => bucket.abort(key, id).await,
            (Self::Local(folder), _) => folder.delete(&key.parts()).await,
            _ => Ok(()),
        }
    }

    /// Opens a part of a blob for reading.
    pub async fn get_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Content, FileError> {
        match self {
            Self::Local(folder) => folder.get_range(key, range).await,
            Self::S3(bucket) => bucket.get_range(key, range).await,
        }
    }

    /// Opens a blob for reading.
    pub async fn get(&self, key: &BlobKey) -> Result<(Head, Content), FileError> {
        match self {
            Self::Local(folder) => folder.get(key).await,
            Self::S3(bucket) => bucket.get(key).await,
        }
    }

    /// What is known of a blob; `None` when there is none.
    pub async fn head(&self, key: &BlobKey) -> Result<Option<Head>, FileError> {
        match self {
            Self::Local(folder) => folder.head(key).await,
            Self::S3(bucket) => bucket.head(key).await,
        }
    }

    /// Removes a blob. One that is not there counts as removed.
    pub async fn delete(&self, key: &BlobKey) -> Result<(), FileError> {
        match self {
            Self::Local(folder) => folder.delete(key).await,
            Self::S3(bucket) => bucket.delete(key).await,
        }
    }

    /// Writes, reads, compares and removes a small blob; says how long that took. For `stoa doctor`.
    pub async fn self_test(&self) -> Result<Duration, FileError> {
        let started = Instant::now();
        let key: BlobKey = format!("self-test/{}", ulid::Ulid::generate()).parse()?;
        let check = async {
            let bytes = Bytes::from_static(b"stoa");
            self.put(&key, futures_util::stream::iter([Ok(bytes.clone())]))
                .await?;
            let (_, content) = self.get(&key).await?;
            let read: Vec<Bytes> = content.try_collect().await?;
            self.delete(&key).await?;
            if read.concat() == bytes {
                Ok(())
            } else {
                Err(FileError::Changed)
            }
        };
        tokio::time::timeout(SELF_TEST_LIMIT, check.boxed())
            .await
            .unwrap_or(Err(FileError::Silent))?;
        Ok(started.elapsed())
    }

    /// Where the blobs are, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Local(folder) => format!("folder {}", folder.dir().display()),
            Self::S3(bucket) => format!("bucket s3://{}", bucket.describe()),
        }
    }
}
