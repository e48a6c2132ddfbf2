//! In tests nothing that is kept is believed: it is made again and compared, so that a write that drops too little fails
//! whatever test comes by.

use std::time::Duration;

use sql::Time;

use super::{Cache, Key, Namespace};
use crate::http::problem::Problem;

/// How often and how long it is looked again before something kept counts as wrong: a write drops its entries right after
/// its commit, and a test may look in between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

impl Cache {
    /// Called when what is kept differs from what was made now: nothing when a write drops it within a second, else an
    /// internal error that says what was not dropped.
    pub async fn must_fall(
        &self,
        namespace: Namespace,
        key: Key,
        now: Time,
        what: &str,
    ) -> Result<(), Problem> {
        for _ in 0..LOOKS {
            if !self.holds(namespace, key, now) {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Problem::internal(format!(
            "stale cache: {what} is not what the database says"
        )))
    }
}
