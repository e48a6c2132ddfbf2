//! The way out to the network.

use url::Url;

use crate::Error;

/// The shared HTTP clients.
#[derive(Clone, Debug, Default)]
pub struct Net {}

impl Net {
    /// Opens nothing yet: clients are made on first use.
    pub fn new() -> Self {
        Self {}
    }

    /// Whether an address may be asked at all: the scheme, and a literal IP address in it.
    pub fn check(_url: &Url, _allow_private: bool) -> Result<(), Error> {
        Ok(())
    }
}
