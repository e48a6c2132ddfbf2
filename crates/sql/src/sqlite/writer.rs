//! The one thread that writes.
//!
//! It takes what waits, up to 256 jobs, runs them in one transaction with a savepoint each, commits once, and only then
//! answers. A lone job is not kept waiting for company. An interactive transaction has the thread for itself until it
//! ends. So nobody ever meets a locked database.
//!
//! ```text
//! wait ─► job(s) ─► BEGIN IMMEDIATE ─► run each ─► COMMIT ─► answer all
//!                       │ the commit, or the whole transaction, fails
//!                       └► each job again in a transaction of its own: who is at fault gets the error
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::STATEMENT_TIME;
use super::checkpoint::Wal;
use super::conn::Conn;
use super::queue::Queue;
use crate::stats::GroupCommits;
use crate::{Error, Result};

/// Jobs that share a commit at most.
const JOBS_MAX: usize = 256;
/// How long an interactive transaction may hold the writer.
pub(super) const TRANSACTION_TIME: Duration = Duration::from_secs(5);

/// Something to write.
pub(super) trait Job: Send {
    /// Does it, inside a transaction, and says whether that went well. May be called again when the transaction around
    /// it failed for another's sake.
    fn run(&mut self, conn: &Conn) -> bool;
    /// Whether a failure can leave half of it behind, so that it needs a savepoint.
    fn needs_savepoint(&self) -> bool;
    /// Tells the caller what `run` found, or that what it did was lost by `failure`.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// What a job tells its caller.
pub(super) trait Outcome: Send + 'static {
    fn is_ok(&self) -> bool;
    fn from_error(error: Error) -> Self;
}

/// A job made of a closure.
pub(super) struct Write<R, F> {
    work: F,
    needs_savepoint: bool,
    outcome: Option<R>,
    reply: oneshot::Sender<R>,
}

impl<R: Outcome, F: FnMut(&Conn) -> R + Send> Write<R, F> {
    pub(super) fn new(work: F, needs_savepoint: bool) -> (Self, oneshot::Receiver<R>) {
        let (reply, answer) = oneshot::channel();
        (
            Self {
                work,
                needs_savepoint,
                outcome: None,
                reply,
            },
            answer,
        )
    }
}

impl<R: Outcome, F: FnMut(&Conn) -> R + Send> Job for Write<R, F> {
    fn run(&mut self, conn: &Conn) -> bool {
        self.outcome.insert((self.work)(conn)).is_ok()
    }

    fn needs_savepoint(&self) -> bool {
        self.needs_savepoint
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let outcome = match (failure, self.outcome) {
            // The job's own failure says more than that of the transaction around it.
            (Some(failure), outcome) => outcome
                .filter(|outcome| !outcome.is_ok())
                .unwrap_or_else(|| R::from_error(failure)),
            (None, Some(outcome)) => outcome,
            (None, None) => R::from_error(Error::Aborted),
        };
        // Who no longer waits need not be told.
        let _ = self.reply.send(outcome);
    }
}

/// What waits for the writer.
pub(super) enum Work {
    Job(Box<dyn Job>),
    Transaction(oneshot::Sender<Result<Opened>>),
    /// Something that has the connection for itself, outside a transaction.
    Alone(Box<dyn FnOnce(&Conn) + Send>),
}

/// The caller's end of an interactive transaction.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) timed_out: Arc<AtomicBool>,
}

/// What an interactive transaction asks for.
pub(super) enum Command {
    Run(Box<dyn FnOnce(&Conn) + Send>),
    Commit(oneshot::Sender<Result<()>>),
    Rollback(oneshot::Sender<()>),
}

/// How many jobs shared commits.
#[derive(Debug, Default)]
pub(super) struct Groups {
    count: AtomicU64,
    jobs: AtomicU64,
    largest: AtomicU64,
    histogram: [AtomicU64; 9],
}

impl Groups {
    fn record(&self, jobs: usize) {
        let number = jobs as u64;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.jobs.fetch_add(number, Ordering::Relaxed);
        self.largest.fetch_max(number, Ordering::Relaxed);
        let class = number.next_power_of_two().trailing_zeros() as usize;
        if let Some(counter) = self.histogram.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> GroupCommits {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        GroupCommits {
            count: get(&self.count),
            jobs: get(&self.jobs),
            largest: get(&self.largest),
            histogram: self.histogram.each_ref().map(get),
        }
    }
}

/// The thread.
pub(super) fn run(conn: Conn, queue: &Queue<Work>, groups: &Groups, wal: Arc<Wal>) {
    let mut conn = conn;
    let hooked = conn
        .raw
        .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            wal.committed(u64::try_from(pages).unwrap_or(0));
            Ok(())
        }));
    if let Err(error) = hooked {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "The writer cannot watch the log"
        );
    }
    let mut group = Vec::with_capacity(JOBS_MAX);
    while let Some(work) = queue.pop() {
        match work {
            Work::Job(job) => {
                group.push(Work::Job(job));
                queue.pop_more(&mut group, JOBS_MAX, |work| matches!(work, Work::Job(_)));
                let jobs = group.drain(..).filter_map(|work| match work {
                    Work::Job(job) => Some(job),
                    _ => None,
                });
                commit_group(&conn, jobs.collect(), groups);
            }
            Work::Transaction(reply) => interact(&conn, reply),
            Work::Alone(work) => {
                conn.limit(None);
                work(&conn);
            }
        }
    }
}

fn commit_group(conn: &Conn, mut jobs: Vec<Box<dyn Job>>, groups: &Groups) {
    groups.record(jobs.len());
    if jobs.len() == 1 {
        for job in jobs {
            run_alone(conn, job);
        }
        return;
    }
    match run_group(conn, &mut jobs) {
        Ok(()) => jobs.into_iter().for_each(|job| job.answer(None)),
        Err(Failed::Begin) => {
            let busy = || Some(Error::Busy("another process holds the database"));
            for job in jobs {
                job.answer(busy());
            }
        }
        // Who is at fault shows when each stands alone.
        Err(Failed::Together) => jobs.into_iter().for_each(|job| run_alone(conn, job)),
    }
}

/// Why none of a group's writes was made.
enum Failed {
    /// The transaction could not begin.
    Begin,
    /// The transaction was rolled back as a whole.
    Together,
}

fn run_group(conn: &Conn, jobs: &mut [Box<dyn Job>]) -> Result<(), Failed> {
    conn.limit(None);
    conn.command("BEGIN IMMEDIATE").map_err(|_| Failed::Begin)?;
    let together = |_: Error| {
        roll_back(conn);
        Failed::Together
    };
    for job in jobs {
        run_in_savepoint(conn, job.as_mut()).map_err(together)?;
    }
    conn.limit(None);
    conn.command("COMMIT").map_err(together)
}

/// Runs one job of a group; fails when that ended the transaction of them all.
fn run_in_savepoint(conn: &Conn, job: &mut dyn Job) -> Result<()> {
    let savepoint = job.needs_savepoint();
    if savepoint {
        conn.command("SAVEPOINT job")?;
    }
    conn.limit(Some(STATEMENT_TIME));
    let ok = job.run(conn);
    conn.limit(None);
    // Some failures (a full disk, an interrupt) take the whole transaction with them.
    if conn.raw.is_autocommit() {
        return Err(Error::Aborted);
    }
    if savepoint {
        if !ok {
            conn.command("ROLLBACK TO job")?;
        }
        conn.command("RELEASE job")?;
    }
    Ok(())
}

fn run_alone(conn: &Conn, mut job: Box<dyn Job>) {
    conn.limit(None);
    if let Err(error) = conn.command("BEGIN IMMEDIATE") {
        return job.answer(Some(error));
    }
    conn.limit(Some(STATEMENT_TIME));
    let ok = job.run(conn);
    conn.limit(None);
    let failure = if ok { conn.command("COMMIT").err() } else { None };
    if !ok || failure.is_some() {
        roll_back(conn);
    }
    job.answer(failure);
}

/// Ends the transaction if there still is one.
fn roll_back(conn: &Conn) {
    conn.limit(None);
    if conn.raw.is_autocommit() {
        return;
    }
    if let Err(error) = conn.command("ROLLBACK") {
        tracing::error!(error = &error as &dyn std::error::Error, "Rollback failed");
    }
}

/// Serves one interactive transaction until it ends or its time is over.
fn interact(conn: &Conn, reply: oneshot::Sender<Result<Opened>>) {
    if reply.is_closed() {
        return;
    }
    conn.limit(None);
    if let Err(error) = conn.command("BEGIN IMMEDIATE") {
        // The caller went away meanwhile: nobody to tell.
        let _ = reply.send(Err(error));
        return;
    }
    let (commands, asked) = mpsc::channel();
    let timed_out = Arc::new(AtomicBool::new(false));
    if reply
        .send(Ok(Opened {
            commands,
            timed_out: Arc::clone(&timed_out),
        }))
        .is_ok()
    {
        serve(conn, &asked, &timed_out);
    }
    roll_back(conn);
}

fn serve(conn: &Conn, asked: &mpsc::Receiver<Command>, timed_out: &AtomicBool) {
    let started = Instant::now();
    loop {
        let left = TRANSACTION_TIME.saturating_sub(started.elapsed());
        match asked.recv_timeout(left) {
            Ok(Command::Run(work)) => {
                conn.limit(Some(left));
                work(conn);
            }
            Ok(Command::Commit(reply)) => {
                conn.limit(None);
                let committed = conn.command("COMMIT");
                if committed.is_err() {
                    roll_back(conn);
                }
                let _ = reply.send(committed);
                return;
            }
            Ok(Command::Rollback(reply)) => {
                roll_back(conn);
                let _ = reply.send(());
                return;
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                // Told before the channel closes, so that who finds it closed knows why.
                timed_out.store(true, Ordering::SeqCst);
                tracing::warn!(target: "sql::transaction", "A transaction was open for too long and is rolled back");
                return;
            }
        }
    }
}
