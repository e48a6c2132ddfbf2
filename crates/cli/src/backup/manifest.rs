//! The inner form of a backup: a tar archive, compressed with zstd, that ends with a manifest.
//!
//! ```text
//! stoa.db          the database of one moment
//! secret.key       the key, unless it comes from the configuration
//! stoa.toml        the configuration file, when there is one
//! files/<key>      every blob of a local store; a bucket's blobs stay in the bucket
//! manifest.json    sizes and checksums of all of the above, rows of each table
//! ```
//!
//! The manifest comes last, so an archive that was cut off has none and is refused.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sql::Time;

pub(crate) const FORMAT: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const DATABASE: &str = "stoa.db";
pub(crate) const KEY: &str = server::secrets::KEY_FILE;
pub(crate) const CONFIG: &str = "stoa.toml";
pub(crate) const FILES: &str = "files/";

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The form of the archive.
    pub(crate) format: u32,
    /// The version that wrote it.
    pub(crate) stoa: String,
    /// When.
    pub(crate) created_at: Time,
    /// The migrations of the database, oldest first.
    pub(crate) migrations: Vec<String>,
    /// Rows of each table.
    pub(crate) rows: BTreeMap<String, u64>,
    /// Where blobs were kept, for people.
    pub(crate) storage: String,
    /// Everything else in the archive, in its order.
    pub(crate) entries: Vec<Entry>,
}

/// One file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
}

/// Passes bytes through and takes their checksum.
pub(crate) struct Hashing<T> {
    inner: T,
    hash: Sha256,
    size_bytes: u64,
}

impl<T> Hashing<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            size_bytes: 0,
        }
    }

    /// What went through, under this path; and what it went through.
    pub(crate) fn finish(self, path: &str) -> (Entry, T) {
        let sha256 = hex::encode(self.hash.finalize());
        (
            Entry {
                path: path.into(),
                size_bytes: self.size_bytes,
                sha256,
            },
            self.inner,
        )
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.note(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.note(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
