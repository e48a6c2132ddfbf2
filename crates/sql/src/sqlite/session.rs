//! The caller's end of an interactive transaction on the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::conn::Conn;
use super::writer::{Command, Opened};
use crate::db::Timed;
use crate::{Error, FromRow, Query, Result};

/// An open transaction. The writer rolls it back when this is dropped.
#[derive(Debug)]
pub(crate) struct Session {
    commands: mpsc::Sender<Command>,
    timed_out: Arc<AtomicBool>,
}

impl Session {
    pub(super) fn new(opened: Opened) -> Self {
        Self {
            commands: opened.commands,
            timed_out: opened.timed_out,
        }
    }

    pub(crate) async fn fetch<T: FromRow + Send + 'static>(
        &mut self,
        query: Query,
        limit: usize,
    ) -> Timed<Vec<T>> {
        self.run(move |conn| Timed::take(|| conn.fetch(&query, limit), |rows: &Vec<T>| rows.len() as u64))
            .await
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Timed<u64> {
        self.run(move |conn| Timed::take(|| conn.execute(&query), |rows| *rows))
            .await
    }

    pub(crate) async fn commit(self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(Command::Commit(reply))
            .map_err(|_| self.ended("COMMIT"))?;
        answer.await.map_err(|_| self.ended("COMMIT"))?
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        // A transaction that ended by itself was rolled back.
        if self.commands.send(Command::Rollback(reply)).is_ok() {
            let _ = answer.await;
        }
        Ok(())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Conn) -> Timed<T> + Send + 'static,
    ) -> Timed<T> {
        let (reply, answer) = oneshot::channel();
        let run = Command::Run(Box::new(move |conn| {
            // Who no longer waits has dropped the transaction too.
            let _ = reply.send(work(conn));
        }));
        if self.commands.send(run).is_err() {
            return Timed::failed(self.ended("BEGIN"));
        }
        answer
            .await
            .unwrap_or_else(|_| Timed::failed(self.ended("BEGIN")))
    }

    fn ended(&self, statement: &'static str) -> Error {
        if self.timed_out.load(Ordering::SeqCst) {
            Error::Timeout { statement }
        } else {
            Error::unavailable("it was closed")
        }
    }
}
