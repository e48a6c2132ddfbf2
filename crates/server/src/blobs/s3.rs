//! Blobs in an S3 bucket, or in a server that speaks its protocol.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesOrdered;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, PutPayload, RetryConfig,
};

use super::{BlobKey, Content, FileError, Head, PART_BYTES};
use crate::config::Storage;

/// A blob of this size or more is sent in parts.
const MULTIPART_FROM: usize = 50 << 20;
/// Parts on their way at once: with their size, the memory that one upload takes.
const PARTS_AT_ONCE: usize = 10;
const RETRIES_MAX: usize = 3;
const RETRY_LIMIT: Duration = Duration::from_secs(30);
/// How long the bucket may be silent. There is no limit on a whole request: a large blob is read for minutes.
const SILENCE_LIMIT: Duration = Duration::from_mins(1);
/// How long it may be silent while it makes one blob of many parts: it may have to copy them all.
const COMPLETE_LIMIT: Duration = Duration::from_mins(15);

/// Bytes that have come and are not sent yet.
#[derive(Default)]
struct Parts {
    pieces: VecDeque<Bytes>,
    size_bytes: usize,
}

impl Parts {
    fn push(&mut self, bytes: Bytes) {
        self.size_bytes += bytes.len();
        self.pieces.push_back(bytes);
    }

    fn take_all(&mut self) -> VecDeque<Bytes> {
        self.size_bytes = 0;
        std::mem::take(&mut self.pieces)
    }

    /// A whole part, when there is one.
    fn take_part(&mut self) -> Option<PutPayload> {
        if self.size_bytes < PART_BYTES {
            return None;
        }
        let mut part = Vec::new();
        let mut missing = PART_BYTES;
        while let Some(mut piece) = self.pieces.pop_front() {
            if piece.len() > missing {
                self.pieces.push_front(piece.split_off(missing));
            }
            missing -= piece.len();
            part.push(piece);
            if missing == 0 {
                break;
            }
        }
        self.size_bytes -= PART_BYTES;
        Some(part.into_iter().collect())
    }
}

/// A bucket, and the start of our keys in it.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    /// The same, for what takes long.
    patient: Arc<AmazonS3>,
    name: String,
    prefix: String,
}

impl Bucket {
    pub(super) fn open(storage: &Storage, bucket: &str, prefix: &str) -> Result<Self, FileError> {
        // The HTTP client takes the process's TLS provider. A second call finds it installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&storage.region)
            // Not every server knows the request that removes many at once.
            .with_disable_bulk_delete(true);
        if let Some(endpoint) = &storage.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        if let (Some(id), Some(secret)) = (&storage.access_key_id, &storage.secret_access_key) {
            builder = builder
                .with_access_key_id(id)
                .with_secret_access_key(secret.expose());
        }
        let failed = |source| FileError::S3 {
            bucket: bucket.into(),
            source: Box::new(source),
        };
        let within = |silence: Duration, retry_timeout: Duration| {
            let options = ClientOptions::new()
                .with_allow_http(true)
                .with_connect_timeout(Duration::from_secs(5))
                .with_timeout_disabled()
                .with_read_timeout(silence);
            let retry = RetryConfig {
                max_retries: RETRIES_MAX,
                retry_timeout,
                ..RetryConfig::default()
            };
            let builder = builder.clone().with_retry(retry).with_client_options(options);
            builder.build().map(Arc::new).map_err(failed)
        };
        Ok(Self {
            store: within(SILENCE_LIMIT, RETRY_LIMIT)?,
            patient: within(COMPLETE_LIMIT, COMPLETE_LIMIT)?,
            name: bucket.into(),
            prefix: prefix.into(),
        })
    }

    /// Bucket and prefix.
    pub fn describe(&self) -> String {
        format!("{}/{}", self.name, self.prefix)
    }

    fn path(&self, key: &BlobKey) -> Path {
        Path::from(format!("{}{key}", self.prefix))
    }

    fn failed(&self, source: object_store::Error) -> FileError {
        FileError::S3 {
            bucket: self.name.clone(),
            source: Box::new(source),
        }
    }

    /// Small content is one request. Of large content `note` hears the bucket's name for the upload before its first part
    /// is sent, so that an upload that dies can be taken away.
    pub(super) async fn put<S, N>(
        &self,
        key: &BlobKey,
        mut content: Pin<&mut S>,
        note: N,
    ) -> Result<(), FileError>
    where
        S: Stream<Item = Result<Bytes, FileError>> + Send,
        N: AsyncFnOnce(&str) -> Result<(), FileError>,
    {
        let path = self.path(key);
        let mut parts = Parts::default();
        while parts.size_bytes < MULTIPART_FROM {
            let Some(bytes) = content.try_next().await? else {
                let whole: PutPayload = parts.take_all().into_iter().collect();
                return self
                    .store
                    .put(&path, whole)
                    .await
                    .map(drop)
                    .map_err(|source| self.failed(source));
            };
            parts.push(bytes);
        }
        let id = self.begin(key).await?;
        let sent = async {
            note(&id).await?;
            self.send(key, &id, parts, content).await
        };
        let sent = sent.await;
        if sent.is_err() {
            // The first error counts; what could not be taken away now is tried again by whoever was told the name.
            let _ = self.abort(key, &id).await;
        }
        sent
    }

    /// Sends what was gathered and what comes, several parts at once.
    async fn send<S>(
        &self,
        key: &BlobKey,
        id: &str,
        mut parts: Parts,
        mut content: Pin<&mut S>,
    ) -> Result<(), FileError>
    where
        S: Stream<Item = Result<Bytes, FileError>> + Send,
    {
        let mut sending = FuturesOrdered::new();
        let mut sent = Vec::new();
        let (mut number, mut size_bytes) = (0, parts.size_bytes as u64);
        loop {
            while let Some(part) = parts.take_part() {
                while sending.len() >= PARTS_AT_ONCE {
                    sent.extend(sending.try_next().await?);
                }
                sending.push_back(self.put_part(key, id, number, part));
                number += 1;
            }
            let next = if sending.is_empty() {
                content.try_next().await?
            } else {
                // Parts go on while the sender is waited for.
                tokio::select! {
                    next = content.try_next() => next?,
                    done = sending.try_next() => {
                        sent.extend(done?);
                        continue;
                    }
                }
            };
            let Some(bytes) = next else { break };
            size_bytes += bytes.len() as u64;
            parts.push(bytes);
        }
        if parts.size_bytes > 0 {
            sending.push_back(self.put_part(key, id, number, parts.take_all().into_iter().collect()));
        }
        while let Some(part) = sending.try_next().await? {
            sent.push(part);
        }
        self.complete(key, id, sent, size_bytes).await
    }

    /// Begins an upload in parts; its name.
    pub(super) async fn begin(&self, key: &BlobKey) -> Result<String, FileError> {
        let begun = self.store.create_multipart(&self.path(key)).await;
        begun.map_err(|source| self.failed(source))
    }

    /// Stores a part; what the bucket calls it.
    pub(super) async fn put_part(
        &self,
        key: &BlobKey,
        id: &str,
        number: usize,
        part: PutPayload,
    ) -> Result<String, FileError> {
        let stored = self
            .store
            .put_part(&self.path(key), &id.to_owned(), number, part)
            .await;
        stored
            .map(|part| part.content_id)
            .map_err(|source| self.failed(source))
    }

    /// Makes a blob of the parts. Done already is done well: the bucket may have done it without being heard.
    pub(super) async fn complete(
        &self,
        key: &BlobKey,
        id: &str,
        parts: Vec<String>,
        size_bytes: u64,
    ) -> Result<(), FileError> {
        let parts = parts
            .into_iter()
            .map(|content_id| PartId { content_id })
            .collect();
        let done = self
            .patient
            .complete_multipart(&self.path(key), &id.to_owned(), parts)
            .await;
        let Err(source) = done else { return Ok(()) };
        match self.head(key).await {
            Ok(Some(head)) if head.size_bytes == size_bytes => Ok(()),
            _ => Err(self.failed(source)),
        }
    }

    /// Takes an upload in parts away. One that is not there counts as taken away.
    pub(super) async fn abort(&self, key: &BlobKey, id: &str) -> Result<(), FileError> {
        match self.store.abort_multipart(&self.path(key), &id.to_owned()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The bytes of a blob in this range.
    pub(super) async fn get_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Content, FileError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let found = match self.store.get_opts(&self.path(key), options).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(FileError::NotFound(key.clone())),
            Err(error) => return Err(self.failed(error)),
        };
        let bucket = self.clone();
        Ok(found
            .into_stream()
            .map_err(move |error| bucket.failed(error))
            .boxed())
    }

    pub(super) async fn get(&self, key: &BlobKey) -> Result<(Head, Content), FileError> {
        let found = match self.store.get(&self.path(key)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(FileError::NotFound(key.clone())),
            Err(error) => return Err(self.failed(error)),
        };
        let head = Head {
            size_bytes: found.meta.size,
        };
        let bucket = self.clone();
        Ok((
            head,
            found
                .into_stream()
                .map_err(move |error| bucket.failed(error))
                .boxed(),
        ))
    }

    pub(super) async fn head(&self, key: &BlobKey) -> Result<Option<Head>, FileError> {
        match self.store.head(&self.path(key)).await {
            Ok(meta) => Ok(Some(Head {
                size_bytes: meta.size,
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    pub(super) async fn delete(&self, key: &BlobKey) -> Result<(), FileError> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(error)),
        }
    }
}
