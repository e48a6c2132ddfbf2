//! The way out to the network.

use crate::Error;

/// The shared HTTP clients.
#[derive(Clone, Debug, Default)]
pub struct Net {}

impl Net {
    /// Opens nothing yet: clients are made on first use.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {})
    }
}
