//! When each credential was last used: remembered in memory, written at most once a minute in one batch.
//!
//! A write on every request would make every read a write; this costs one map entry a request instead.

use std::collections::HashMap;

use parking_lot::Mutex;
use sql::{Batch, Db, Time};

use crate::accounts::store;

/// How often the times are written.
pub const FLUSH_SECONDS: u64 = 60;

/// The credentials used since the last flush.
#[derive(Default)]
pub struct Seen {
    used: Mutex<HashMap<String, Time>>,
}

impl Seen {
    /// Notes that this credential was used.
    pub fn touch(&self, credential_id: &str, now: Time) {
        let mut used = self.used.lock();
        match used.get_mut(credential_id) {
            Some(at) => *at = now,
            None => {
                used.insert(credential_id.to_owned(), now);
            }
        }
    }

    /// Writes what has gathered. A failure loses only the times, which the next use brings again.
    pub async fn flush(&self, db: &Db) {
        let used = std::mem::take(&mut *self.used.lock());
        if used.is_empty() {
            return;
        }
        let mut batch = Batch::new();
        for (credential_id, at) in used {
            batch.push(store::touch_credential(&credential_id, at));
        }
        if let Err(error) = db.write(batch).await {
            tracing::warn!(%error, "the times of last use could not be written");
        }
    }
}
