//! Chat with a GGUF model through llama.cpp: the queue before it and the handle on its thread.
//!
//! [`crate::Local`] keeps a [`Runner`] for each chat model in use. The runner's one thread ([`worker`]) loads the model on
//! the first call and then generates all answers together, a token for each in every round.
//!
//! ```text
//!            first call            loaded                idle for `unload_after`
//! Stopped ─────────────> Loading ─────────> Running ──────────────────────────────> Stopped
//!    ^───────── failed ─────┘                  └───────────── close() ────────────────^
//! ```
//!
//! What always holds: at most `max_queue` calls wait; an answer ends with exactly one `Finish` or one error; a caller that
//! went away costs at most one more round; the channel of an answer holds no more than its `max_tokens` pieces.

mod log;
mod outlet;
mod prompt;
mod sampler;
mod slots;
mod worker;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use llm::{CallContext, ChatEvent, ChatRequest, ChatStream, Error};
use parking_lot::{Condvar, Mutex};
use tokio::sync::{mpsc, oneshot};

use crate::UPSTREAM;
use crate::config::LocalConfig;
use prompt::Turn;
use sampler::Sampling;

/// What goes to the caller.
type Events = mpsc::UnboundedSender<Result<ChatEvent, Error>>;

/// A handle on one chat model. Closing it ends its thread.
pub(crate) struct Runner {
    shared: Arc<Shared>,
}

/// What the handle and the thread share.
struct Shared {
    path: PathBuf,
    config: LocalConfig,
    state: Mutex<State>,
    /// Something was queued, or the runner is to close.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stage: Stage,
    queue: VecDeque<Job>,
    /// Calls taken from the queue that wait for a place in the context.
    waiting: usize,
    /// Answers being generated.
    active: usize,
    closed: bool,
    thread: Option<JoinHandle<()>>,
    memory: u64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Stopped,
    Loading,
    Running,
}

/// One call on its way to the worker.
struct Job {
    turns: Vec<Turn>,
    grammar: Option<String>,
    sampling: Sampling,
    stop: Vec<String>,
    max_tokens: Option<u32>,
    accepted: oneshot::Sender<Result<(), Error>>,
    events: Events,
}

/// A snapshot for [`crate::Stats`].
pub(crate) struct RunnerStats {
    pub(crate) loaded: bool,
    pub(crate) queued: usize,
    pub(crate) active: usize,
    pub(crate) memory: u64,
}

impl Runner {
    /// Knows where the model is; loads nothing.
    pub(crate) fn new(path: PathBuf, config: LocalConfig) -> Self {
        Self {
            shared: Arc::new(Shared {
                path,
                config,
                state: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// Starts an answer. Returns when the model has been loaded and the prompt is known to fit.
    pub(crate) async fn chat(&self, request: ChatRequest, ctx: &CallContext) -> Result<ChatStream, Error> {
        let (accepted, answer) = oneshot::channel();
        let (events, receiver) = mpsc::unbounded_channel();
        let job = Job {
            turns: prompt::turns(&request)?,
            grammar: prompt::grammar(&request)?,
            sampling: Sampling::of(&request),
            stop: request.stop,
            max_tokens: request.max_tokens,
            accepted,
            events,
        };
        // A token is rarely longer than a few bytes; this spares the worker texts that cannot fit by any measure.
        let bytes: usize = job.turns.iter().map(|turn| turn.text.len()).sum();
        let context = self.shared.config.context_tokens;
        if bytes > context as usize * 32 {
            return Err(too_long(&format!("{bytes} bytes of text"), context));
        }
        self.submit(job)?;
        tokio::select! {
            answer = answer => answer.unwrap_or_else(|_| Err(failed("the model's thread ended")))?,
            () = ctx.cancel.cancelled() => return Err(Error::Cancelled),
        }
        Ok(stream(receiver, ctx.clone()))
    }

    /// Whether ending it now would cut nobody off.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.shared.state.lock();
        state.stage != Stage::Loading && state.queue.is_empty() && state.waiting + state.active == 0
    }

    /// What it holds now.
    pub(crate) fn stats(&self) -> RunnerStats {
        let state = self.shared.state.lock();
        RunnerStats {
            loaded: state.stage == Stage::Running,
            queued: state.queue.len() + state.waiting,
            active: state.active,
            memory: state.memory,
        }
    }

    /// Ends the thread after the round in hand and waits for that. Answers under way end with an error.
    pub(crate) fn close(&self) {
        let thread = {
            let mut state = self.shared.state.lock();
            state.closed = true;
            state.queue.clear();
            state.thread.take()
        };
        self.shared.changed.notify_all();
        if let Some(thread) = thread {
            // A panic of the thread has been reported by its own guard.
            let _ = thread.join();
        }
    }

    fn submit(&self, job: Job) -> Result<(), Error> {
        let shared = &self.shared;
        let mut state = shared.state.lock();
        if state.closed {
            return Err(failed("the local models are shutting down"));
        }
        let queued = state.queue.len() + state.waiting;
        if queued >= shared.config.max_queue {
            return Err(Error::RateLimited {
                retry_after: Some(Duration::from_secs(5)),
                message: format!("{queued} calls already wait for the local chat model"),
            });
        }
        if state.stage == Stage::Stopped {
            let for_thread = Arc::clone(shared);
            let spawned = std::thread::Builder::new()
                .name("local-chat".to_owned())
                .spawn(move || worker::run(&for_thread))
                .map_err(|error| failed(&format!("no thread could be started: {error}")))?;
            state.stage = Stage::Loading;
            state.thread = Some(spawned);
        }
        state.queue.push_back(job);
        shared.changed.notify_all();
        Ok(())
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // llama.cpp must not compute while the process takes its static objects down.
        self.close();
    }
}

/// The caller's end: the worker's events, cut off when the call is cancelled or the worker dies.
fn stream(receiver: mpsc::UnboundedReceiver<Result<ChatEvent, Error>>, ctx: CallContext) -> ChatStream {
    Box::pin(futures_util::stream::unfold(Some(receiver), move |receiver| {
        let cancel = ctx.cancel.clone();
        async move {
            let mut receiver = receiver?;
            let event = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Error::Cancelled),
                event = receiver.recv() => event.unwrap_or_else(|| Err(failed("the model's thread ended"))),
            };
            let over = matches!(event, Err(_) | Ok(ChatEvent::Finish(_)));
            Some((event, (!over).then_some(receiver)))
        }
    }))
}

fn failed(message: &str) -> Error {
    Error::Upstream {
        upstream: UPSTREAM.to_owned(),
        status: 500,
        message: message.to_owned(),
        retry_after: None,
    }
}

fn too_long(what: &str, context: u32) -> Error {
    Error::ContextTooLong(format!(
        "{what} do not fit the local chat model's {context} tokens"
    ))
}
