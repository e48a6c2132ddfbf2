//! Measures Stoa from outside, over HTTP, as its users see it: throughput, latencies, CPU, memory, and ratios to servers that
//! do nothing else. `stoa bench` calls [`run`], and the hidden `stoa bench-bare` calls [`bare::run`] in a process of its own.
//!
//! - [`load`]: cheap clients, open and closed loops, histograms.
//! - [`machine`], [`process`]: cores, clocks, /proc; servers as processes.
//! - [`stoa`]: a Stoa of its own on generated data, or one that runs elsewhere.
//! - [`bare`]: the servers it is compared with, and a provider of a model.
//! - [`suites`]: what is measured. [`report`]: what is kept of it.
//!
//! The crate knows the product by its addresses, its JSON and the texts of its statements, which the caller passes in; and
//! `search`, whose index it fills with more passages than could be written over HTTP.
//! Invariant: no figure is made up. What can not be measured is absent, with the reason.

pub mod bare;
mod load;
mod machine;
mod process;
pub mod report;
mod stoa;
mod suites;

use std::path::PathBuf;
use std::time::Duration;

use report::Report;

pub use suites::SuiteName;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which suites, in this order.
    pub suites: Vec<SuiteName>,
    /// How much data.
    pub scale: Scale,
    /// Another number of messages than the scale's.
    pub messages: Option<u64>,
    /// A Stoa that runs already: `http://host:port`. One is started when absent.
    pub url: Option<String>,
    /// A token of a user of that Stoa; otherwise the demo user logs in.
    pub token: Option<String>,
    /// Length of one measurement.
    pub seconds: f64,
    /// Rounds of A B A B in a comparison.
    pub rounds: usize,
    /// The short form: fewer cases, fewer clients.
    pub short: bool,
    /// Where generated databases are kept for the next run; a folder that goes away when absent.
    pub keep: Option<PathBuf>,
}

/// How much data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// 10,000 messages.
    Small,
    /// 100,000 messages.
    Medium,
    /// 1,000,000 messages: the database of the budgets.
    Large,
}

impl Scale {
    /// Messages in the database.
    pub const fn messages(self) -> u64 {
        match self {
            Self::Small => 10_000,
            Self::Medium => 100_000,
            Self::Large => 1_000_000,
        }
    }

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// What the bench knows of the product it measures.
#[derive(Clone, Debug)]
pub struct Product {
    /// The executable: servers of all kinds are started from it.
    pub executable: PathBuf,
    /// Its version.
    pub version: String,
    /// When the run began, RFC 3339.
    pub made_at: String,
    /// The command as it was typed.
    pub command: String,
    /// Every statement by name, as SQLite gets it.
    pub statements: Vec<(String, String)>,
    /// Login and password of the user of the demo data.
    pub demo_login: (String, String),
    /// The folder of the local models, when the local model of vectors is in it.
    pub models: Option<PathBuf>,
}

/// Everything a suite needs.
struct Bench<'a> {
    options: Options,
    product: Product,
    cores: machine::Cores,
    /// Data folders and logs.
    folder: PathBuf,
    note: &'a (dyn Fn(&str) + Sync),
}

impl Bench<'_> {
    fn note(&self, text: impl AsRef<str>) {
        (self.note)(text.as_ref());
    }

    /// The length of one measurement, or a part of it.
    fn length(&self, part: f64) -> Duration {
        Duration::from_secs_f64((self.options.seconds * part).max(0.02))
    }

    /// Messages in the main database.
    fn messages(&self) -> u64 {
        self.options.messages.unwrap_or(self.options.scale.messages())
    }
}

/// Measures on a runtime of its own; `note` hears of the progress.
pub fn run(options: Options, product: Product, note: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Report> {
    machine::allow_many_files();
    let cores = machine::Cores::of_this_process();
    let machine = machine::Machine::look(&cores);
    // This thread and those of the runtime, which it starts.
    cores.keep(machine::Place::Clients);
    let runtime = match cores.count(machine::Place::Clients) {
        // One thread needs no locks that wait.
        1 => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
        workers => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers)
            .enable_all()
            .build()?,
    };
    let temporary;
    let folder = if let Some(folder) = &options.keep {
        std::fs::create_dir_all(folder)?;
        folder.canonicalize()?
    } else {
        temporary = tempfile::Builder::new().prefix("stoa-bench-").tempdir()?;
        temporary.path().to_owned()
    };
    let bench = Bench {
        options,
        product,
        cores,
        folder,
        note,
    };
    runtime.block_on(suites::run(&bench, machine))
}
