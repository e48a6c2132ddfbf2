//! Blobs in an S3 bucket, or in a server that speaks its protocol.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, RetryConfig};
use tokio::io::AsyncWriteExt as _;

use super::{BlobKey, Content, FileError, Head};
use crate::config::Storage;

/// A smaller blob is sent in one request, a larger one in parts of this size.
const PART_BYTES: usize = 8 << 20;
/// Parts on their way at once: with their size, the memory that one upload takes.
const PARTS_AT_ONCE: usize = 4;
const RETRIES_MAX: usize = 3;
const RETRY_LIMIT: Duration = Duration::from_secs(30);

/// A bucket, and the start of our keys in it.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    name: String,
    prefix: String,
}

impl Bucket {
    pub(super) fn open(storage: &Storage, bucket: &str, prefix: &str) -> Result<Self, FileError> {
        // The HTTP client takes the process's TLS provider. A second call finds it installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retry = RetryConfig {
            max_retries: RETRIES_MAX,
            retry_timeout: RETRY_LIMIT,
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&storage.region)
            .with_retry(retry)
            .with_client_options(ClientOptions::new().with_allow_http(true).with_connect_timeout(Duration::from_secs(5)))
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
        let store = builder.build().map_err(failed)?;
        Ok(Self {
            store: Arc::new(store),
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

    pub(super) async fn put<S>(&self, key: &BlobKey, mut content: Pin<&mut S>) -> Result<(), FileError>
    where
        S: Stream<Item = Result<Bytes, FileError>> + Send,
    {
        let store: Arc<dyn ObjectStore> = Arc::clone(&self.store) as Arc<dyn ObjectStore>;
        let mut writer =
            BufWriter::with_capacity(store, self.path(key), PART_BYTES).with_max_concurrency(PARTS_AT_ONCE);
        loop {
            let written = match content.try_next().await {
                Ok(Some(bytes)) => writer.put(bytes).await.map_err(|source| self.failed(source)),
                Ok(None) => break,
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                // The first error counts; parts that could not be removed are swept by the bucket's own rules.
                let _ = writer.abort().await;
                return Err(error);
            }
        }
        let finished = writer.shutdown().await;
        finished.map_err(|error| {
            self.failed(object_store::Error::Generic {
                store: "S3",
                source: Box::new(error),
            })
        })
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
