//! `stoa serve`: the server, from the lock on the data folder to the last request after SIGTERM.

use std::path::Path;
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
const CLOSING: Duration = Duration::from_secs(5);

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
    // The lock is held until everything that the runtime still does has ended.
    drop(runtime);
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
    // Before the database is opened: a port that is taken is the most common reason not to start.
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} (choose another address with --listen)"))?;
    let address = listener.local_addr()?;
    let (local, close_local) = models::open(&config);
    let deps = Deps {
        local,
        ..Deps::default()
    };
    let pull = config.models.clone();
    let server = Server::build(config, deps).await?;
    let stopping = CancellationToken::new();
    let signals = tokio::spawn(signals(stopping.clone(), drain));
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
    signals.abort();
    // It waits for threads, which an async thread must not.
    tokio::task::spawn_blocking(close_local).await?;
    result
}

/// The first signal asks the server to stop, the second ends the process at once.
async fn signals(stopping: CancellationToken, drain: Duration) {
    interrupted().await;
    tracing::info!(
        drain_s = drain.as_secs(),
        "Stopping: requests under way may end, a second signal stops at once"
    );
    stopping.cancel();
    interrupted().await;
    tracing::warn!("Stopped at once");
    std::process::exit(130);
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "Signals cannot be received: only kill -9 stops this process");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// For commands other than `serve` that need the product: it is built, used and closed, but serves nobody.
pub(crate) async fn with_app<T>(
    config: Config,
    work: impl AsyncFnOnce(&server::App) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    make_private(&config.data.dir)
        .with_context(|| format!("cannot make the data folder {}", config.data.dir.display()))?;
    let server = Server::build(config, Deps::default()).await?;
    let result = work(server.app()).await;
    server.close().await;
    result
}
