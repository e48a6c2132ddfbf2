//! Reading files that come from outside, with limits: a file that panics the reader, eats memory or never ends fails alone.
//!
//! The server runs `stoa parse`, a child process of the same executable, which takes the file from its standard input and
//! answers with one JSON value. It has no environment, little memory and little time. Where the process is not that
//! executable (tests), a thread reads; its panics are caught and its time is limited, its memory is not.

use std::io::{self, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::{Document, Reason, SOURCE_BYTES_MAX, Unreadable, read};

/// How long reading a file may take. The reader gives way to everything else, so on a busy machine this is much more than
/// its share of the processor.
const TIME_MAX: Duration = Duration::from_mins(10);
/// How much of it the processor may be busy, in seconds.
#[cfg(unix)]
const CPU_SECONDS_MAX: u64 = 120;
/// The address space of the child.
#[cfg(unix)]
const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// The stack of the thread that reads: some formats nest.
const STACK_BYTES: usize = 64 << 20;
/// The longest answer of the child that is taken: all text there may be, escaped.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
/// What is looked at of the child's last words.
const WORDS_BYTES_MAX: u64 = 4_096;
/// Files that are read at once.
const AT_ONCE: usize = 2;

/// Reads files within limits. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Parser {
    executable: Option<PathBuf>,
    time_max: Duration,
    places: Arc<Semaphore>,
}

/// The content of a file on its way in.
type Source<'a> = Pin<&'a mut (dyn Stream<Item = io::Result<Bytes>> + Send)>;

impl Parser {
    /// With this executable, which has the command `parse`; without one, in a thread.
    pub fn new(executable: Option<PathBuf>) -> Self {
        Self {
            executable,
            time_max: TIME_MAX,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The same with another limit on the time of one file.
    #[must_use]
    pub fn within(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// The document in this content. The content is never whole in the memory of this process, unless a thread reads.
    pub async fn parse<S>(&self, content: S, media_type: &str, name: &str) -> Result<Document, Unreadable>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        if super::Format::of(media_type, name).is_none() {
            return Err(Unreadable::unsupported());
        }
        let Ok(_place) = self.places.acquire().await else {
            return Err(Unreadable::new(Reason::Crashed, "The server is stopping."));
        };
        let mut content = std::pin::pin!(content);
        let content: Source<'_> = content.as_mut();
        let parsed = async {
            match &self.executable {
                Some(executable) => in_child(executable.clone(), content, media_type, name).await,
                None => in_thread(content, media_type, name).await,
            }
        };
        let timed_out = || Unreadable::new(Reason::Timeout, "Reading this file took too long.");
        tokio::time::timeout(self.time_max, parsed)
            .await
            .unwrap_or_else(|_| Err(timed_out()))
    }
}

fn storage(error: &io::Error) -> Unreadable {
    tracing::warn!(%error, "the content of a file could not be had");
    Unreadable::new(
        Reason::Storage,
        "The content of the file could not be read from its storage.",
    )
}

fn crashed() -> Unreadable {
    Unreadable::new(
        Reason::Crashed,
        "The file could not be read: the reader failed on it.",
    )
}

async fn in_thread(mut content: Source<'_>, media_type: &str, name: &str) -> Result<Document, Unreadable> {
    let mut bytes = Vec::new();
    while let Some(piece) = content.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| storage(&error))?);
        if bytes.len() as u64 > SOURCE_BYTES_MAX {
            return Err(Unreadable::too_large());
        }
    }
    let (media_type, name) = (media_type.to_owned(), name.to_owned());
    tokio::task::spawn_blocking(move || caught(&bytes, &media_type, &name))
        .await
        .unwrap_or_else(|_| Err(crashed()))
}

fn caught(bytes: &[u8], media_type: &str, name: &str) -> Result<Document, Unreadable> {
    catch_unwind(AssertUnwindSafe(|| read(bytes, media_type, name))).unwrap_or_else(|_| Err(crashed()))
}

async fn in_child(
    executable: PathBuf,
    content: Source<'_>,
    media_type: &str,
    name: &str,
) -> Result<Document, Unreadable> {
    let started = Command::new(executable)
        .arg("parse")
        .arg(format!("--media-type={media_type}"))
        .arg(format!("--name={name}"))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(|error| {
        tracing::error!(%error, "the process that reads files could not be started");
        Unreadable::new(
            Reason::Crashed,
            "The process that reads files could not be started.",
        )
    })?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (fed, answer, words) = tokio::join!(
        feed(stdin, content),
        drain(stdout, ANSWER_BYTES_MAX),
        drain(stderr, WORDS_BYTES_MAX)
    );
    fed?;
    let answered: Option<Result<Document, Unreadable>> = serde_json::from_slice(&answer).ok();
    match (ended(&mut child).await, answered) {
        (None, Some(answer)) => answer,
        (None, None) => Err(crashed()),
        (Some(ended), _) => {
            let words = String::from_utf8_lossy(&words);
            let memory = words.contains("memory allocation") || words.contains("out of memory");
            Err(if memory {
                Unreadable::new(Reason::Memory, "Reading this file takes more memory than it may.")
            } else {
                ended
            })
        }
    }
}

/// Hands over the content. A child that has enough of it, or has died, is no fault here.
async fn feed(stdin: Option<tokio::process::ChildStdin>, mut content: Source<'_>) -> Result<(), Unreadable> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    let mut size = 0;
    while let Some(piece) = content.next().await {
        let piece = piece.map_err(|error| storage(&error))?;
        size += piece.len() as u64;
        if size > SOURCE_BYTES_MAX {
            return Err(Unreadable::too_large());
        }
        if stdin.write_all(&piece).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn drain(from: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        let mut limited = (&mut from).take(most);
        // A pipe of a child that has died is at its end.
        let _ = limited.read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
    bytes
}

/// Why the child ended, unless it ended well.
async fn ended(child: &mut Child) -> Option<Unreadable> {
    let status = child.wait().await.ok()?;
    if status.success() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        let busy = [rustix::process::Signal::XCPU, rustix::process::Signal::KILL]
            .map(rustix::process::Signal::as_raw);
        if status.signal().is_some_and(|signal| busy.contains(&signal)) {
            return Some(Unreadable::new(
                Reason::Timeout,
                "Reading this file took too long.",
            ));
        }
    }
    tracing::warn!(%status, "the process that reads files died of a file");
    Some(crashed())
}

/// `stoa parse`: takes a file from the standard input and answers on the standard output, within limits that it sets
/// itself before it looks at the first byte.
pub fn answer_parent(media_type: &str, name: &str) -> io::Result<()> {
    limit_myself()?;
    // What goes wrong is the answer; nobody reads a backtrace.
    std::panic::set_hook(Box::new(|_| {}));
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(SOURCE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    let (media_type, name) = (media_type.to_owned(), name.to_owned());
    let answer = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || caught(&bytes, &media_type, &name))?
        .join()
        .unwrap_or_else(|_| Err(crashed()));
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, &answer)?;
    out.flush()
}

#[cfg(unix)]
fn limit_myself() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, nice, setrlimit};
    for (resource, most) in [
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Cpu, CPU_SECONDS_MAX),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    // Those who wait for an answer come first.
    nice(10)?;
    Ok(())
}

#[cfg(not(unix))]
fn limit_myself() -> io::Result<()> {
    Ok(())
}
