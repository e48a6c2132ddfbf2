//! The servers that Stoa is compared with, each a process of the same executable, with the same allocator and as many
//! threads: one that answers kept bytes, one that runs the product's statements and nothing else, a provider of a model, and a
//! gateway that only sends on.
//!
//! What to do comes as one line of JSON on standard input. They end when that closes.

mod forward;
mod provider;
mod replay;
mod rows;
mod sqlite;

use std::io::{Read as _, Write as _};

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

pub(crate) use replay::{Compressed, Recorded};
pub(crate) use sqlite::{Bound, Lookup, Sqlite};

/// What such a server is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub(crate) enum Instructions {
    /// Answers each of these at `/0`, `/1` and so on.
    Replay {
        /// What to answer.
        answers: Vec<Recorded>,
    },
    /// Runs statements.
    Sqlite(Sqlite),
    /// Speaks OpenAI's format, as a provider of models does.
    Provider,
    /// Sends everything on.
    Forward {
        /// The root of the server that it goes to.
        upstream: String,
    },
}

/// The life of such a process: reads what to do, says where it listens, answers until standard input closes.
pub fn run() -> anyhow::Result<()> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let instructions = serde_json::from_str(&line).context("standard input does not say what to do")?;
    crate::machine::allow_many_files();
    // As many as the product's server has.
    let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    runtime.block_on(serve(instructions))?;
    // Threads that still read are of no interest.
    runtime.shutdown_background();
    Ok(())
}

async fn serve(instructions: Instructions) -> anyhow::Result<()> {
    let router: Router = match instructions {
        Instructions::Replay { answers } => replay::router(answers)?,
        Instructions::Sqlite(settings) => sqlite::router(settings)?,
        Instructions::Provider => provider::router(),
        Instructions::Forward { upstream } => forward::router(upstream),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // As the product does; without it a streamed token waits for the acknowledgement of the one before.
    let listener = listener.tap_io(|tcp| {
        let _ = tcp.set_nodelay(true);
    });
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "ready at http://{address}")?;
        out.flush()?;
    }
    let (send, closed) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        drop(send);
    });
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served?,
        _ = closed => {}
    }
    Ok(())
}
