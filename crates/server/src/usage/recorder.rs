//! Gathers the calls of the gateway and writes them together.

use std::time::Duration;

use parking_lot::Mutex;
use sql::Batch;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Call;
use crate::App;

/// Calls of one write.
const BATCH_MAX: usize = 256;
/// How long a call waits for others before it is written.
const GATHER: Duration = Duration::from_millis(200);
/// The most calls that wait while the database does not take them; what comes after is lost, and logged.
const WAITING_MAX: usize = 50_000;

/// How long calls that were cut off have to take note of it.
const CUT: Duration = Duration::from_secs(1);

/// The calls that are not written yet, and those that go on.
#[derive(Default)]
pub struct Recorder {
    waiting: Mutex<Vec<Call>>,
    wake: Notify,
    under_way: TaskTracker,
    cut: CancellationToken,
}

impl Recorder {
    /// A call begins. The server waits a while for the token to be dropped before it stops.
    pub fn begin(&self) -> TaskTrackerToken {
        self.under_way.token()
    }

    /// Fires when calls have to end because the server stops and has waited for them.
    pub fn cut(&self) -> CancellationToken {
        self.cut.clone()
    }

    /// Waits until no call is under way, and after this time cuts off those that are.
    pub(super) async fn drain(&self, limit: Duration) {
        self.under_way.close();
        if tokio::time::timeout(limit, self.under_way.wait()).await.is_err() {
            tracing::info!(
                count = self.under_way.len(),
                "Calls of models are cut off: the server stops"
            );
            self.cut.cancel();
            // Who does not read any more does not notice either; those calls end with their connections.
            let _ = tokio::time::timeout(CUT, self.under_way.wait()).await;
        }
    }

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
            let mut batch = Batch::new();
            for call in &calls {
                batch.append(call.writes());
            }
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
