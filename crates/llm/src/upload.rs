//! A file on its way to an upstream.

use std::fmt;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

/// A file that is sent on piece by piece, never held whole.
pub struct Upload {
    /// Its name.
    pub name: String,
    /// Such as `application/pdf`.
    pub media_type: String,
    /// Its bytes, as they come.
    pub body: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}
