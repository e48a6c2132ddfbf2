//! The configuration: one typed [`Config`], read once at the start.
//!
//! `cli` loads it and hands it to the server; nothing else reads the environment. `default.toml` is both the defaults
//! and the reference document, so a key exists in one place. Layers, weakest first: `default.toml`, the file, the names
//! that other products use (`DATABASE_URL`, `DB_HOST`, `PORT` …), `STOA_<SECTION>_<KEY>`, flags. What always holds: an
//! unknown key or name is refused with the nearest known one; an error names the place, the key and what is allowed;
//! passwords and keys are [`Secret`]s, which `Debug` does not show.

mod docs;
mod known;
mod layers;
mod load;
mod value;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::secrets::Secret;

pub use docs::{DEFAULTS, effective, reference};
pub use layers::{ConfigError, Effective, Fault, Origin};
pub use load::{Flag, Sources};
pub use value::{Network, WebOrigin, show_bytes, show_duration};

/// Everything that can be configured; `default.toml` says what each field means.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where Stoa listens and how it treats requests.
    pub server: Server,
    /// Where it keeps what it must not lose.
    pub data: Data,
    /// SQLite or PostgreSQL.
    pub database: Database,
    /// The shared second level of the cache.
    pub cache: Cache,
    /// Where files are kept.
    pub storage: Storage,
    /// Who may come in.
    pub auth: Auth,
    /// The models that run inside the process.
    pub models: Models,
    /// The search.
    pub search: Search,
    /// Calls to model providers.
    pub providers: Providers,
    /// Durable runs.
    pub engine: Engine,
    /// What is logged.
    pub log: Log,
    /// Alerts.
    pub alerts: Alerts,
    /// Memories that are made of pages.
    pub import: Import,
    /// What is measured.
    pub performance: Performance,
    /// What an OpenTelemetry collector is told.
    pub telemetry: Telemetry,
    /// The scripted provider.
    pub mock: Mock,
    /// Each key with what is in effect and where it comes from, secrets blanked out.
    pub effective: Vec<Effective>,
    /// What was ignored, and why: to be logged once logging runs.
    pub notes: Vec<String>,
    /// The configuration file that was read, if any.
    pub file: Option<PathBuf>,
}

/// Production, or work on Stoa itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Users depend on it.
    Production,
    /// One machine, one person.
    Development,
}

/// Section `server`.
#[derive(Clone, Debug)]
pub struct Server {
    /// Production or development.
    pub environment: Environment,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The address that users see.
    pub public_url: Option<Url>,
    /// Worker threads; 0: by the number of cores.
    pub workers: usize,
    /// How long requests under way may go on after SIGTERM.
    pub drain_timeout: Duration,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// Origins of other sites whose pages may call `/v1`.
    pub cors_origins: Vec<WebOrigin>,
}

/// Section `data`.
#[derive(Clone, Debug)]
pub struct Data {
    /// The data folder; absolute, or relative to where the process was started.
    pub dir: PathBuf,
    /// The key that seals provider keys, when it does not come from the key file.
    pub secret_key: Option<Secret>,
}

/// Which database.
#[derive(Clone, Debug)]
pub enum Target {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, with its password.
    Postgres(Secret),
}

/// Section `database`.
#[derive(Clone, Debug)]
pub struct Database {
    /// Which one.
    pub target: Target,
    /// SQLite: threads that read.
    pub readers: usize,
    /// SQLite: page cache of a connection, in bytes.
    pub cache: u64,
    /// SQLite: bytes of the file that are mapped into memory.
    pub mmap: u64,
    /// PostgreSQL: connections kept open.
    pub pool_min: usize,
    /// PostgreSQL: connections at most.
    pub pool_max: usize,
    /// PostgreSQL: the time limit of a statement.
    pub statement_timeout: Duration,
    /// PostgreSQL: the age at which a connection is replaced.
    pub recycle: Duration,
    /// A slower statement is logged with its plan.
    pub slow: Duration,
}

/// Section `cache`.
#[derive(Clone, Debug)]
pub struct Cache {
    /// The memory of the cache in bytes; 0 for none.
    pub memory: u64,
    /// What the keys in Redis begin with.
    pub prefix: String,
    /// Redis, with its password.
    pub redis_url: Option<Secret>,
}

/// Where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Local(PathBuf),
    /// A bucket, and the start of every key in it (empty or ending in `/`).
    S3 {
        /// The bucket.
        bucket: String,
        /// The start of every key.
        prefix: String,
    },
}

/// Section `storage`.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Folder or bucket.
    pub place: Place,
    /// S3: the address of a compatible server.
    pub endpoint: Option<Url>,
    /// S3: the region.
    pub region: String,
    /// S3: the access key; none: the role of the machine.
    pub access_key_id: Option<String>,
    /// S3: its secret.
    pub secret_access_key: Option<Secret>,
}

/// Who may create an account after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everybody who reaches the page.
    Open,
    /// Who holds an invitation.
    Invite,
    /// Nobody.
    Closed,
}

/// Section `auth`.
#[derive(Clone, Debug)]
pub struct Auth {
    /// Who may create an account.
    pub registration: Registration,
    /// How long an unused login lasts.
    pub session: Duration,
    /// Wrong passwords in the window before further ones are refused.
    pub login_attempts: u32,
    /// That window.
    pub login_window: Duration,
}

/// Section `models`.
#[derive(Clone, Debug)]
pub struct Models {
    /// Whether local models run at all.
    pub local: bool,
    /// Their folder.
    pub dir: PathBuf,
    /// Where `stoa models pull` looks first.
    pub hub_url: Url,
    /// Whether `serve` fetches what is missing.
    pub pull: bool,
    /// Threads of the chat model; 0: cores minus one.
    pub threads: usize,
    /// Requests that may wait for a local model.
    pub queue: usize,
}

/// Section `providers`.
#[derive(Clone, Debug)]
pub struct Providers {
    /// The time limit of a whole call.
    pub total_timeout: Duration,
    /// The time limit without anything new.
    pub inactivity_timeout: Duration,
    /// Tries after a passing failure.
    pub retries: u32,
    /// Whether connections may point at private addresses.
    pub allow_private: bool,
}

/// Section `engine`.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Runs at once that somebody waits for.
    pub interactive: usize,
    /// Runs at once in the background.
    pub background: usize,
    /// How long a run belongs to a node that stopped answering.
    pub lease: Duration,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Section `log`.
#[derive(Clone, Debug)]
pub struct Log {
    /// Text or JSON.
    pub format: LogFormat,
    /// A level for all, or levels by part.
    pub level: String,
    /// A slower request is logged as slow,
    pub slow_request: Duration,
    /// and a slower one still as very slow.
    pub very_slow_request: Duration,
}

/// Section `alerts`.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// Whether the webhook may be at a private address.
    pub allow_private: bool,
}

/// Section `import`.
#[derive(Clone, Debug)]
pub struct Import {
    /// Whether pages may be at private addresses.
    pub allow_private: bool,
}

/// Section `performance`.
#[derive(Clone, Debug)]
pub struct Performance {
    /// Whether `/performance` answers whoever asks from the same machine.
    pub open_on_loopback: bool,
    /// Whose bearer may read `/metrics`.
    pub metrics_token: Option<Secret>,
}

/// Section `telemetry`.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The address of the collector.
    pub otlp_endpoint: Option<Url>,
    /// Headers for it, as `name=value,…`.
    pub otlp_headers: Option<Secret>,
    /// The part of the requests whose spans are sent.
    pub sample_ratio: f64,
    /// The name of the service.
    pub service_name: String,
    /// How often metrics are sent.
    pub interval: Duration,
}

/// Which model makes the vectors of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchModel {
    /// The local one, when it is there.
    Auto,
    /// None: words alone are compared.
    None,
    /// This one.
    Named(String),
}

/// Section `search`.
#[derive(Clone, Debug)]
pub struct Search {
    /// The model.
    pub model: SearchModel,
    /// Whether what was written before there was a search is made findable.
    pub backfill: bool,
    /// Vectors of a workspace that are kept in memory where the database could compare them.
    pub vectors_in_memory: usize,
}

/// Section `mock`.
#[derive(Clone, Debug)]
pub struct Mock {
    /// Whether the scripted provider is there.
    pub enabled: bool,
}

impl Database {
    /// A text that says which database without its password.
    pub fn describe(&self) -> String {
        match &self.target {
            Target::Sqlite(path) => format!("SQLite at {}", path.display()),
            Target::Postgres(url) => format!("PostgreSQL at {}", value::without_password(url.expose())),
        }
    }
}
