//! The tokio runtime, built by hand because its threads are configured.

use server::config::Config;
use tokio::runtime::{Builder, Runtime};

/// One worker hides nothing: a handler that blocks it would stop the whole process.
const WORKERS_MIN: usize = 2;

/// The runtime of `serve`: as many workers as configured, else one for each core.
pub(crate) fn for_server(config: &Config) -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(WORKERS_MIN, usize::from);
    let workers = if config.server.workers == 0 {
        cores.max(WORKERS_MIN)
    } else {
        config.server.workers
    };
    Builder::new_multi_thread()
        .worker_threads(workers)
        .thread_name("stoa")
        .enable_all()
        .build()
}

/// The runtime of a command that does one thing and ends.
pub(crate) fn for_command() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS_MIN)
        .thread_name("stoa")
        .enable_all()
        .build()
}
