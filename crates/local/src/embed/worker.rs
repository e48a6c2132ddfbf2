//! The threads of an embedding model and the queues before them.
//!
//! Two lanes share one set of weights: `short` has a thread of its own at normal priority, so that the text of a search
//! never waits behind documents; `long` takes everything else on threads of low priority. Nothing is loaded until the
//! first call; calls that come meanwhile wait in the queues.
//!
//! ```text
//! Idle ── first call ──> Loading ──> Ready
//!   ^─────────── failed ────┘          (queued calls get the error; the next call tries again)
//! ```
//!
//! What always holds: a queue never exceeds its limit; a call whose caller went away costs at most one more batch.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use llm::{Embeddings, Error};
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::bert::Scratch;
use super::{Model, Purpose};
use crate::cpu;

/// Most bytes of text, in all, that the short lane takes.
const SHORT_BYTES: usize = 1024;

/// Tokens of one forward pass; bounds the buffers and how long a cancelled call goes on.
const BATCH_TOKENS: usize = 512;

/// What of a text is looked at: a text is cut off at a few hundred tokens, so its tail need not be split into tokens.
const TEXT_BYTES: usize = 64 * 1024;

/// Limits of one encoder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncoderLimits {
    pub(crate) threads: usize,
    pub(crate) queue: usize,
    pub(crate) texts: usize,
    pub(crate) nice: i32,
}

/// A snapshot for [`crate::Stats`].
pub(crate) struct EncoderStats {
    pub(crate) loaded: bool,
    pub(crate) queued: usize,
    pub(crate) bytes: usize,
}

/// A handle on the threads of one embedding model. Dropping it ends them after the job in hand.
pub(crate) struct Encoder {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    limits: EncoderLimits,
    state: Mutex<State>,
    short_ready: Condvar,
    long_ready: Condvar,
}

struct State {
    stage: Stage,
    short: VecDeque<Job>,
    long: VecDeque<Job>,
    closed: bool,
}

enum Stage {
    Idle,
    Loading,
    Ready(Arc<Model>),
}

struct Job {
    texts: Vec<String>,
    purpose: Purpose,
    uncut: bool,
    reply: oneshot::Sender<Result<Embeddings, Error>>,
}

#[derive(Clone, Copy)]
enum Lane {
    Short,
    Long,
}

impl Encoder {
    /// Knows where the model is; loads nothing.
    pub(crate) fn new(folder: PathBuf, limits: EncoderLimits) -> Self {
        let state = State {
            stage: Stage::Idle,
            short: VecDeque::new(),
            long: VecDeque::new(),
            closed: false,
        };
        let shared = Shared {
            folder,
            limits,
            state: Mutex::new(state),
            short_ready: Condvar::new(),
            long_ready: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Queues the texts and waits for their vectors. Dropping the future drops the work. A text that is longer than the model reads is
    /// cut off, or refused when it is to stay `uncut`.
    pub(crate) async fn embed(
        &self,
        mut texts: Vec<String>,
        purpose: Purpose,
        uncut: bool,
    ) -> Result<Embeddings, Error> {
        let limits = self.shared.limits;
        if texts.is_empty() {
            return Ok(Embeddings::default());
        }
        if texts.len() > limits.texts {
            return Err(Error::BadRequest(format!(
                "{} texts in one call, at most {}",
                texts.len(),
                limits.texts
            )));
        }
        for (index, text) in texts.iter_mut().enumerate() {
            if uncut && text.len() > TEXT_BYTES {
                return Err(Error::ContextTooLong(format!(
                    "`input[{index}]` has more than {TEXT_BYTES} bytes, which is more than this model reads; send it in parts"
                )));
            }
            text.truncate(text.floor_char_boundary(TEXT_BYTES));
        }
        let (reply, answer) = oneshot::channel();
        self.queue(Job {
            texts,
            purpose,
            uncut,
            reply,
        })?;
        answer
            .await
            .unwrap_or_else(|_| Err(failed("the embedding thread ended")))
    }

    /// What it holds now.
    pub(crate) fn stats(&self) -> EncoderStats {
        let state = self.shared.state.lock();
        let bytes = match &state.stage {
            Stage::Ready(model) => model.bytes(),
            Stage::Idle | Stage::Loading => 0,
        };
        EncoderStats {
            loaded: bytes > 0,
            queued: state.short.len() + state.long.len(),
            bytes,
        }
    }

    fn queue(&self, job: Job) -> Result<(), Error> {
        let shared = &self.shared;
        let bytes: usize = job.texts.iter().map(String::len).sum();
        let mut state = shared.state.lock();
        let (queue, ready) = if bytes <= SHORT_BYTES {
            (&mut state.short, &shared.short_ready)
        } else {
            (&mut state.long, &shared.long_ready)
        };
        if queue.len() >= shared.limits.queue {
            return Err(Error::RateLimited {
                retry_after: Some(std::time::Duration::from_secs(1)),
                message: format!("{} texts already wait for the local embedding model", queue.len()),
            });
        }
        queue.push_back(job);
        ready.notify_one();
        if matches!(state.stage, Stage::Idle) {
            state.stage = Stage::Loading;
            drop(state);
            let shared = Arc::clone(shared);
            spawn("local-embed-load", move || load(&shared)).inspect_err(|_| {
                self.shared.fail("no thread could be started");
            })?;
        }
        Ok(())
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.short_ready.notify_all();
        self.shared.long_ready.notify_all();
    }
}

impl Shared {
    /// Back to the start; whoever waits is told why.
    fn fail(&self, why: &str) {
        tracing::warn!(model = %self.folder.display(), error = why, "local embedding model not loaded");
        let mut state = self.state.lock();
        state.stage = Stage::Idle;
        let State { short, long, .. } = &mut *state;
        for job in short.drain(..).chain(long.drain(..)) {
            // The caller may have gone away.
            let _ = job.reply.send(Err(failed(why)));
        }
    }

    fn next(&self, lane: Lane) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            let (job, ready) = match lane {
                Lane::Short => (state.short.pop_front(), &self.short_ready),
                Lane::Long => (state.long.pop_front(), &self.long_ready),
            };
            match job {
                Some(job) if job.reply.is_closed() => {}
                Some(job) => return Some(job),
                None => ready.wait(&mut state),
            }
        }
    }
}

/// The loading thread: reads the model, then starts the lanes.
fn load(shared: &Arc<Shared>) {
    let started = std::time::Instant::now();
    let model = match catch_unwind(AssertUnwindSafe(|| Model::load(&shared.folder))) {
        Ok(Ok(model)) => Arc::new(model),
        Ok(Err(error)) => return shared.fail(&error),
        Err(_) => return shared.fail("the files cannot be read as a model"),
    };
    tracing::info!(
        model = %shared.folder.display(),
        ms = started.elapsed().as_millis() as u64,
        bytes = model.bytes(),
        "local embedding model loaded"
    );
    shared.state.lock().stage = Stage::Ready(Arc::clone(&model));
    let lanes = std::iter::once(Lane::Short).chain(std::iter::repeat_n(Lane::Long, shared.limits.threads));
    for lane in lanes {
        let (shared_, model) = (Arc::clone(shared), Arc::clone(&model));
        if spawn("local-embed", move || work(&shared_, &model, lane)).is_err() {
            return shared.fail("no thread could be started");
        }
    }
}

/// A lane's thread: one job after the other until the encoder is dropped.
fn work(shared: &Shared, model: &Model, lane: Lane) {
    if matches!(lane, Lane::Long) {
        cpu::lower_priority(shared.limits.nice);
    }
    let mut scratch = Scratch::default();
    while let Some(job) = shared.next(lane) {
        let Job {
            texts,
            purpose,
            uncut,
            mut reply,
        } = job;
        let result = catch_unwind(AssertUnwindSafe(|| {
            run(model, &texts, (purpose, uncut), &mut scratch, &mut reply)
        }));
        let answer = result.unwrap_or_else(|_| {
            scratch = Scratch::default();
            Err(failed("the embedder failed on this text"))
        });
        // The caller may have gone away.
        let _ = reply.send(answer);
    }
}

fn run(
    model: &Model,
    texts: &[String],
    (purpose, uncut): (Purpose, bool),
    scratch: &mut Scratch,
    reply: &mut oneshot::Sender<Result<Embeddings, Error>>,
) -> Result<Embeddings, Error> {
    let mut embeddings = Embeddings {
        vectors: Vec::with_capacity(texts.len()),
        prompt_tokens: 0,
    };
    let mut batch: Vec<Vec<u32>> = Vec::new();
    let mut texts = texts.iter().enumerate().peekable();
    while let Some((index, text)) = texts.next() {
        let (read, is_cut) = model.tokens(text, purpose).map_err(|error| failed(&error))?;
        if is_cut && uncut {
            return Err(Error::too_long_to_embed(index, read.len()));
        }
        batch.push(read);
        let tokens: usize = batch.iter().map(Vec::len).sum();
        if tokens < BATCH_TOKENS && texts.peek().is_some() {
            continue;
        }
        if reply.is_closed() {
            return Err(failed("nobody waits for this any more"));
        }
        let slices: Vec<&[u32]> = batch.iter().map(Vec::as_slice).collect();
        let vectors = model.embed(&slices, scratch).map_err(|error| failed(&error))?;
        embeddings.vectors.extend(vectors);
        embeddings.prompt_tokens += tokens as u64;
        batch.clear();
    }
    Ok(embeddings)
}

fn failed(message: &str) -> Error {
    Error::Upstream {
        upstream: crate::UPSTREAM.to_owned(),
        status: 500,
        message: message.to_owned(),
        retry_after: None,
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    spawned
        .map(drop)
        .map_err(|error| failed(&format!("no thread could be started: {error}")))
}
