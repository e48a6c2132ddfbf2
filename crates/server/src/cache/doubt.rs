//! In tests nothing that is kept is believed: it is made again and compared, so that a write that drops too little fails
//! whatever test comes by.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sql::Time;

use super::{Cache, Key, Namespace};
use crate::App;
use crate::http::problem::Problem;

/// How often and how long it is looked again before something kept counts as wrong: a write drops its entries right after
/// its commit, and a test may look in between.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// What is kept under this key, if it is right; in tests only when `fresh` makes the same now. The statements of that
/// count for nobody, and nowhere else is `fresh` begun.
pub async fn kept<V: Any + PartialEq + Send + Sync>(
    app: &App,
    (namespace, key): (Namespace, Key),
    what: &str,
    fresh: impl Future<Output = Result<Option<V>, Problem>> + Send,
) -> Result<Option<Arc<V>>, Problem> {
    let now = app.clock.now();
    let kept = app.cache.get::<V>(namespace, key, now);
    if let Some(kept) = &kept
        && app.doubts_cache
    {
        let fresh = sql::Meter::new().scope(fresh).await?;
        if fresh.as_ref() != Some(&**kept) {
            app.cache.must_fall(namespace, key, now, what).await?;
            return Ok(None);
        }
    }
    Ok(kept)
}

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
