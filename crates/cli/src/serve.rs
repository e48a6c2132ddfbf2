//! `stoa serve`: the server, from the lock on the data folder to the last request after SIGTERM.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use server::config::{Config, Flag, Target};
use server::{Deps, Server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::args::{Common, Serve};
use crate::lock::DataLock;
use crate::output::{self, Outcome};
use crate::{logging, models, runtime};

/// What the server may take beyond the drain, to write its last events and close the database.
const CLOSING: Duration = Duration::from_secs(10);

pub(crate) fn run(common: &Common, options: &Serve, started: Instant) -> Outcome {
    let mut flags = Vec::new();
    if let Some(listen) = &options.listen {
        flags.push(Flag {
            name: "--listen",
            key: "server.listen",
            value: listen.clone(),
        });
    }
    if options.mock {
        flags.push(Flag {
            name: "--mock",
            key: "mock.enabled",
            value: "true".into(),
        });
    }
    let config = common.load_with(flags)?;
    logging::start(&config)?;
    make_private(&config.data.dir)
        .with_context(|| format!("cannot make the data folder {}", config.data.dir.display()))?;
    // Several nodes share one PostgreSQL, and each has a data folder of its own or none that matters.
    let lock = match config.database.target {
        Target::Sqlite(_) => Some(DataLock::take(&config.data.dir, "stoa serve")?),
        Target::Postgres(_) => None,
    };
    let runtime = runtime::for_server(&config)?;
    runtime.block_on(serve(config, started))?;
    // The lock is held until what the runtime still does has ended; a thread that hangs does not hold up the end.
    runtime.shutdown_timeout(CLOSING);
    drop(lock);
    Ok(ExitCode::SUCCESS)
}

/// The data folder holds a key and everybody's conversations: it is for this user alone.
pub(crate) fn make_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

async fn serve(config: Config, started: Instant) -> anyhow::Result<()> {
    let listen = config.server.listen;
    let drain = config.server.drain_timeout;
    let signals = Signals::new().context("cannot receive signals")?;
    // Before the database is opened: a port that is taken is the most common reason not to start.
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} (choose another address with --listen)"))?;
    let address = listener.local_addr()?;
    let (local, close_local) = models::open(&config);
    let deps = Deps {
        local,
        parser: Some(this_executable()?),
        ..Deps::default()
    };
    let pull = config.models.clone();
    let server = Server::build(config, deps).await?;
    server.start().await?;
    let stopping = CancellationToken::new();
    let obeying = tokio::spawn(obey(signals, stopping.clone(), drain));
    output::line(format_args!(
        "Stoa is ready at http://{address} ({} ms)",
        started.elapsed().as_millis()
    ));
    models::pull_in_background(pull);
    let overdue = async {
        stopping.cancelled().await;
        tokio::time::sleep(drain + CLOSING).await;
    };
    let result = tokio::select! {
        result = server.serve(listener, stopping.clone()) => result.map_err(anyhow::Error::from),
        () = overdue => {
            tracing::warn!("What was under way did not end in time and was left");
            Ok(())
        }
    };
    obeying.abort();
    // It waits for threads, which an async thread must not.
    tokio::task::spawn_blocking(close_local).await?;
    result
}

/// This very executable, also when another one has been put in its place since the start.
fn this_executable() -> anyhow::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().context("cannot find the executable of this process")
}

/// The first signal asks the server to stop, the second ends the process at once.
async fn obey(mut signals: Signals, stopping: CancellationToken, drain: Duration) {
    signals.next().await;
    tracing::info!(
        drain_s = drain.as_secs(),
        "Stopping: requests under way may end, a second signal stops at once"
    );
    stopping.cancel();
    signals.next().await;
    tracing::warn!("Stopped at once");
    std::process::exit(130);
}

/// SIGTERM and SIGINT from the moment this is made. Made before the server says that it is ready: a signal that came
/// earlier than its handler would end the process in the middle of its work.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// For commands other than `serve` that need the product: it is built, used and closed, but serves nobody.
pub(crate) async fn with_app<T>(
    config: Config,
    work: impl AsyncFnOnce(&server::App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    make_private(&config.data.dir)
        .with_context(|| format!("cannot make the data folder {}", config.data.dir.display()))?;
    used(config, Deps::default(), work).await
}

/// The same with the models that run in this process.
pub(crate) async fn with_models<T>(
    config: Config,
    work: impl AsyncFnOnce(&server::App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (local, end_models) = models::open(&config);
    let deps = Deps {
        local,
        ..Deps::default()
    };
    let result = used(config, deps, async |app| {
        server::models::refresh_due(app).await?;
        work(app).await
    })
    .await;
    end_models();
    result
}

async fn used<T>(
    config: Config,
    deps: Deps,
    work: impl AsyncFnOnce(&server::App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let server = Server::build(config, deps).await?;
    let result = work(server.app()).await;
    server.app().db.close().await;
    result
}
