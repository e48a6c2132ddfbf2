//! Gathers the calls of the gateway and writes them together.

use std::time::Duration;

use parking_lot::Mutex;
use sql::Batch;
use tokio::sync::Notify;

use super::Call;
use crate::App;

/// Calls of one write.
const BATCH_MAX: usize = 256;
/// How long a call waits for others before it is written.
const GATHER: Duration = Duration::from_millis(200);
/// The most calls that wait while the database does not take them; what comes after is lost, and logged.
const WAITING_MAX: usize = 50_000;

/// The calls that are not written yet.
#[derive(Default)]
pub struct Recorder {
    waiting: Mutex<Vec<Call>>,
    wake: Notify,
}

impl Recorder {
    /// Takes a call; it is written within a fraction of a second. Never waits, so it may be called when a value is dropped.
    pub fn record(&self, call: Call) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= WAITING_MAX {
            drop(waiting);
            tracing::error!(usage.id = %call.id, "A call is not counted: too many wait for the database");
            return;
        }
        waiting.push(call);
        let wake = waiting.len() == 1 || waiting.len() == BATCH_MAX;
        drop(waiting);
        if wake {
            self.wake.notify_one();
        }
    }

    /// Writes everything that waits. What can not be written goes on waiting, and the answer is false.
    pub async fn flush(&self, app: &App) -> bool {
        loop {
            let calls: Vec<Call> = {
                let mut waiting = self.waiting.lock();
                let count = waiting.len().min(BATCH_MAX);
                waiting.drain(..count).collect()
            };
            if calls.is_empty() {
                return true;
            }
            let batch: Batch = calls.iter().map(Call::query).collect();
            if let Err(error) = app.db.write(batch).await {
                tracing::warn!(%error, count = calls.len(), "The usage of model calls could not be written yet");
                self.waiting.lock().splice(0..0, calls);
                return false;
            }
        }
    }

    /// Returns when calls have waited long enough to be written together. May be dropped and asked again at any time.
    pub(super) async fn gathered(&self) {
        if self.waiting.lock().is_empty() {
            self.wake.notified().await;
        }
        if self.waiting.lock().len() < BATCH_MAX {
            tokio::time::sleep(GATHER).await;
        }
    }
}
