//! What every handler and step has at hand: one value, cheap to clone, built once.
//!
//! It is concrete on purpose: signatures stay short and errors readable. What differs between a test and production is
//! passed in ([`Deps`]): time, randomness, the local models.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use engine::Engine;
use sql::{Clock, Db, SystemClock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{LoginLimit, Seen};
use crate::alerts::Alerts;
use crate::blobs::Blobs;
use crate::cache::Cache;
use crate::changes;
use crate::config::Config;
use crate::documents::Parser;
use crate::files::Receiving;
use crate::http::openapi::Document;
use crate::ids::Ids;
use crate::limits;
use crate::models::Registry;
use crate::performance::Performance;
use crate::prices;
use crate::retrieval::Search;
use crate::secrets::Vault;
use crate::telemetry::Telemetry;
use crate::usage::Recorder;

/// What the server is given from outside.
pub struct Deps {
    /// The models that run in this process, when they are built in.
    pub local: Option<Arc<dyn llm::Provider>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Ids,
    /// The executable that reads files in a process of its own; without one a thread reads them.
    pub parser: Option<PathBuf>,
    /// Tests: a route that exceeds its budget fails instead of being logged.
    pub strict_budgets: bool,
    /// Tests: what is kept is made again and compared before it is sent.
    pub doubts_cache: bool,
}

impl Default for Deps {
    fn default() -> Self {
        Self {
            local: None,
            clock: Arc::new(SystemClock),
            ids: Ids::random(),
            parser: None,
            strict_budgets: false,
            doubts_cache: false,
        }
    }
}

/// The application. Dereferences to [`Parts`].
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    /// What was configured.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Durable runs.
    pub engine: Engine,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Reads documents.
    pub parser: Parser,
    /// Where the bytes of files are.
    pub blobs: Blobs,
    /// Uploads that are receiving a part.
    pub receiving: Receiving,
    /// Seals provider keys.
    pub vault: Vault,
    /// Connections and their models.
    pub models: Registry,
    /// What models cost, from when on.
    pub prices: prices::Current,
    /// Usage of calls that no run carries.
    pub usage: Recorder,
    /// What every request cost.
    pub performance: Performance,
    /// What need not be made again.
    pub cache: Cache,
    /// Tells open pages, the cache and other nodes what has changed.
    pub changes: changes::Hub,
    /// The index of passages, and what wakes its embedding.
    pub search: Search,
    /// What is watched, and whom to tell.
    pub alerts: Alerts,
    /// What other systems are told.
    pub telemetry: Telemetry,
    /// The limit on failed logins.
    pub login_limit: LoginLimit,
    /// What keys and addresses have used in the last minute.
    pub limits: limits::Memory,
    /// When credentials were last used.
    pub seen: Seen,
    /// The API document, made when it is first asked for.
    pub document: Document,
    /// Everything that runs beside the requests; waited for at shutdown.
    pub tasks: TaskTracker,
    /// Fires when the server begins to stop.
    pub stopping: CancellationToken,
    /// Tests: over budget is a failure.
    pub strict_budgets: bool,
    /// Tests: what is kept is compared with what is made now.
    pub doubts_cache: bool,
}

impl App {
    /// Makes the application of its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Starts something that runs beside the requests, and is waited for at shutdown.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
