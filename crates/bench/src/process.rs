//! Servers as processes: started on their cores, watched through /proc, stopped.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};

use crate::machine::{Cores, Place};

/// How long a server may take until it is ready: a large database is checked and a snapshot may be taken.
const START: Duration = Duration::from_mins(3);
/// How long a server may take to stop before it is ended.
const STOP: Duration = Duration::from_secs(40);

/// A server that runs. Ended when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the line that says it is ready.
    pub(crate) ready: Duration,
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_micros: u64,
    pub(crate) rss_bytes: u64,
    /// What of that is the process's own: without the parts of files that are mapped, the database's among them.
    pub(crate) own_bytes: u64,
}

impl Process {
    /// Starts a server and waits for its line with `http://ADDRESS`. What it logs goes into `log`; `input` to its standard
    /// input, which stays open: our own servers end when it closes, so none outlives the bench.
    pub(crate) async fn start(
        mut command: Command,
        input: Option<String>,
        log: &Path,
        (cores, place): (&Cores, Place),
    ) -> anyhow::Result<Self> {
        let file = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(file);
        let (cores, log) = (cores.clone(), log.to_owned());
        let (send, ready) = tokio::sync::oneshot::channel();
        // A thread of its own: the child inherits its cores.
        std::thread::Builder::new()
            .name("starts-a-server".to_owned())
            .spawn(move || {
                cores.keep(place);
                let _ = send.send(Self::start_here(command, input, &log));
            })?;
        tokio::time::timeout(START, ready)
            .await
            .context("a server was not ready in time")?
            .context("the thread that starts a server ended")?
    }

    fn start_here(mut command: Command, input: Option<String>, log: &Path) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = command.spawn().context("cannot start a server")?;
        if let (Some(text), Some(stdin)) = (input, child.stdin.as_mut()) {
            writeln!(stdin, "{text}").context("a server does not take its instructions")?;
        }
        let out = child.stdout.take().ok_or_else(|| anyhow!("no output"))?;
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let ready = started.elapsed();
        let address = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.split_whitespace().next())
            .and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            let said = std::fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(3).collect();
            bail!("a server did not start: {line} {}", last.join(" / "));
        };
        // Whatever it still says is read away, so that it never waits for a full pipe.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Ok(Self {
            child,
            address,
            ready,
        })
    }

    /// What it has used until now.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            cpu_micros: cpu_micros(self.child.id()).unwrap_or(0),
            rss_bytes: status_bytes(self.child.id(), "VmRSS:").unwrap_or(0),
            own_bytes: status_bytes(self.child.id(), "RssAnon:").unwrap_or(0),
        }
    }

    /// Asks it to end and waits.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        drop(self.child.stdin.take());
        let started = Instant::now();
        while started.elapsed() < STOP {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("a server did not end within {} s and was killed", STOP.as_secs());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already when it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU of a process in microseconds: the sum over its threads, in nanoseconds; where the kernel does not keep that, the
/// total of the process in hundredths of a second.
fn cpu_micros(pid: u32) -> Option<u64> {
    let mut nanos = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let text = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        nanos += text
            .split(' ')
            .next()
            .and_then(|ran| ran.parse::<u64>().ok())
            .unwrap_or(0);
    }
    if nanos > 0 {
        return Some(nanos / 1_000);
    }
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name in parentheses, which may hold anything: state is field 3, utime and stime are 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(ticks * 1_000_000 / rustix::param::clock_ticks_per_second())
}

/// A size in `/proc/PID/status`.
fn status_bytes(pid: u32, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
