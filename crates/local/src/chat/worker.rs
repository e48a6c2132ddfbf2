//! The thread of a chat model: loads it, then runs rounds until there is nothing to do.
//!
//! A round is one call of llama.cpp for all sequences together: one token for each answer that is being generated, and a
//! piece of the prompts that are still being read. Pieces are small while others generate, so that a long prompt does
//! not stop their text. Everything about a sequence's memory is decided by [`super::slots`].

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llm::{ChatEvent, Error, FinishReason, Usage};
use tokio::sync::oneshot;

use super::outlet::{Outlet, Pushed};
use super::prompt::Template;
use super::sampler::Sampler;
use super::slots::{Placement, Slots};
use super::{Events, Job, Shared, Stage, failed, log, too_long};
use crate::cpu;

/// Prompt tokens of a round in which others generate.
const ROUND_BESIDE: usize = 32;

/// The thread's body. Whatever happens, the runner is `Stopped` afterwards and nobody is left waiting.
pub(super) fn run(shared: &Arc<Shared>) {
    loop {
        let error = match catch_unwind(AssertUnwindSafe(|| serve(shared))) {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some("the local chat model failed".to_owned()),
        };
        let mut state = shared.state.lock();
        (state.waiting, state.active, state.memory) = (0, 0, 0);
        if error.is_none() && !state.closed && !state.queue.is_empty() {
            // A call came in while the idle model was being unloaded.
            state.stage = Stage::Loading;
            continue;
        }
        state.stage = Stage::Stopped;
        let Some(error) = error else { return };
        tracing::warn!(model = %shared.path.display(), error, "local chat model stopped");
        for job in state.queue.drain(..) {
            tell(job.accepted, Err(failed(&error)));
        }
        return;
    }
}

fn serve(shared: &Shared) -> Result<(), String> {
    cpu::lower_priority(shared.config.nice);
    let started = Instant::now();
    let backend = log::backend().ok_or("llama.cpp cannot be initialised")?;
    log::take_error();
    let reason = |fallback: String| log::take_error().unwrap_or(fallback);
    let parameters = LlamaModelParams::default().with_n_gpu_layers(0);
    let model = LlamaModel::load_from_file(backend, &shared.path, &parameters).map_err(|error| {
        format!(
            "{} cannot be loaded: {}",
            shared.path.display(),
            reason(error.to_string())
        )
    })?;
    let config = &shared.config;
    let cells = config.context_tokens.min(model.n_ctx_train()).max(256);
    let parallel = config.parallel.clamp(1, 64);
    let round = config.round_tokens.clamp(parallel + ROUND_BESIDE, 4096);
    let parameters = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(cells))
        .with_n_seq_max(parallel as u32)
        .with_kv_unified(true)
        .with_n_batch(round as u32)
        .with_n_ubatch(round as u32)
        .with_n_threads(config.threads.max(1) as i32)
        .with_n_threads_batch(config.threads.max(1) as i32)
        .with_no_perf(true);
    let context = model
        .new_context(backend, parameters)
        .map_err(|error| format!("no context of {cells} tokens: {}", reason(error.to_string())))?;
    let memory = memory(&model, cells, round);
    tracing::info!(
        model = %shared.path.display(),
        ms = started.elapsed().as_millis() as u64,
        bytes = memory,
        "local chat model loaded"
    );
    {
        let mut state = shared.state.lock();
        state.stage = Stage::Running;
        state.memory = memory;
    }
    let slots = Slots::new(parallel, cells as usize);
    let template = Template::of(&model)?;
    let batch = LlamaBatch::new(round, 1);
    let mut worker = Worker {
        shared,
        model: &model,
        template,
        context,
        batch,
        round,
        slots,
        active: Vec::new(),
        waiting: VecDeque::new(),
    };
    worker.rounds();
    Ok(())
}

/// What a loaded model takes, about: its tensors, the cells, and the buffers of a round (the largest holds the logits).
fn memory(model: &LlamaModel, cells: u32, round: usize) -> u64 {
    let width = u64::try_from(model.n_embd()).unwrap_or(0) / u64::from(model.n_head().max(1));
    let cell = u64::from(model.n_layer()) * u64::from(model.n_head_kv()) * width * 2 * 2;
    let logits = round as u64 * u64::try_from(model.n_vocab()).unwrap_or(0) * 4;
    model.size() + cell * u64::from(cells) + logits
}

struct Worker<'m> {
    shared: &'m Shared,
    model: &'m LlamaModel,
    template: Template,
    context: LlamaContext<'m>,
    batch: LlamaBatch<'m>,
    round: usize,
    slots: Slots,
    active: Vec<Answer>,
    waiting: VecDeque<Answer>,
}

/// One answer, waiting or being generated.
struct Answer {
    sequence: usize,
    prompt: Vec<i32>,
    /// Prompt tokens that are in the model's memory.
    read: usize,
    /// The last chosen token, not yet in the model's memory.
    next: Option<i32>,
    /// Where its logits are after this round.
    logits_at: Option<i32>,
    room: usize,
    sampler: Sampler,
    outlet: Outlet,
    usage: Usage,
    events: Events,
}

impl Worker<'_> {
    fn rounds(&mut self) {
        while self.take_jobs() {
            self.place();
            if self.active.is_empty() {
                continue;
            }
            match self.round() {
                Ok(()) => self.collect(),
                Err(error) => self.give_up(&error),
            }
        }
    }

    /// Takes what was queued; waits when there is nothing else to do. False when the thread should end.
    fn take_jobs(&mut self) -> bool {
        self.waiting.retain(|answer| !answer.events.is_closed());
        let jobs: Vec<Job> = {
            let mut state = self.shared.state.lock();
            state.active = self.active.len();
            while self.active.is_empty() && self.waiting.is_empty() && state.queue.is_empty() && !state.closed
            {
                state.waiting = 0;
                match self.shared.config.unload_after() {
                    None => self.shared.changed.wait(&mut state),
                    Some(limit) => {
                        let timed_out = self.shared.changed.wait_for(&mut state, limit).timed_out();
                        if timed_out && state.queue.is_empty() {
                            return false;
                        }
                    }
                }
            }
            if state.closed {
                return false;
            }
            state.waiting = self.waiting.len() + state.queue.len();
            state.queue.drain(..).collect()
        };
        for job in jobs {
            self.accept(job);
        }
        true
    }

    /// Writes the prompt and tells the caller whether it fits.
    fn accept(&mut self, job: Job) {
        let Job {
            turns,
            grammar,
            sampling,
            stop,
            max_tokens,
            accepted,
            events,
        } = job;
        if accepted.is_closed() {
            return;
        }
        let prepared = self.template.tokens(self.model, &turns).and_then(|tokens| {
            let grammar = grammar.map(|grammar| {
                LlamaSampler::grammar(self.model, &grammar, "root")
                    .map_err(|error| Error::BadRequest(format!("response_format: {error}")))
            });
            let prompt: Vec<i32> = tokens.iter().map(|token| token.0).collect();
            let cells = self.slots.cells();
            if prompt.len() >= cells {
                return Err(too_long(&format!("{} tokens", prompt.len()), cells as u32));
            }
            let wanted = max_tokens.unwrap_or(self.shared.config.max_tokens).max(1) as usize;
            Ok((grammar.transpose()?, wanted.min(cells - prompt.len()), prompt))
        });
        match prepared {
            Ok((grammar, room, prompt)) => {
                let answer = Answer {
                    sequence: 0,
                    read: 0,
                    next: None,
                    logits_at: None,
                    room,
                    sampler: Sampler::new(sampling, grammar),
                    outlet: Outlet::new(stop),
                    usage: Usage {
                        prompt_tokens: prompt.len() as u64,
                        ..Usage::default()
                    },
                    prompt,
                    events,
                };
                if tell(accepted, Ok(())) {
                    self.waiting.push_back(answer);
                }
            }
            Err(error) => {
                tell(accepted, Err(error));
            }
        }
    }

    /// Gives places to those who wait, in order, as far as there are any.
    fn place(&mut self) {
        while let Some(answer) = self.waiting.front() {
            let Some(Placement {
                sequence,
                keep,
                evicted,
            }) = self.slots.place(&answer.prompt, answer.room)
            else {
                break;
            };
            let Some(mut answer) = self.waiting.pop_front() else {
                break;
            };
            for other in evicted {
                self.forget(other, 0);
            }
            // Some kinds of model cannot forget a part; then everything is read again. So it is for a call with a seed:
            // what was read in another batch has other roundings, which are enough to change a draw.
            let keep = if !answer.sampler.is_seeded() && self.forget(sequence, keep) {
                keep
            } else {
                self.forget(sequence, 0);
                self.slots.forget(sequence);
                0
            };
            answer.sequence = sequence;
            answer.read = keep;
            answer.usage.cached_tokens = keep as u64;
            self.active.push(answer);
        }
        let mut state = self.shared.state.lock();
        state.active = self.active.len();
        state.waiting = self.waiting.len();
    }

    /// Removes a sequence's tokens from `from` on. False when the model cannot.
    fn forget(&mut self, sequence: usize, from: usize) -> bool {
        let from = (from > 0).then_some(from as u32);
        matches!(
            self.context.clear_kv_cache_seq(Some(sequence as u32), from, None),
            Ok(true)
        )
    }

    /// Builds the batch of a round and evaluates it.
    fn round(&mut self) -> Result<(), String> {
        self.batch.clear();
        let generating = self.active.iter().filter(|answer| answer.next.is_some()).count();
        let mut left = if generating > 0 { ROUND_BESIDE } else { self.round };
        for answer in &mut self.active {
            answer.logits_at = None;
            if let Some(token) = answer.next {
                let position = answer.read + answer.usage.completion_tokens as usize - 1;
                answer.logits_at = Some(self.batch.n_tokens());
                add(&mut self.batch, token, position, answer.sequence, true)?;
                self.slots.extend(answer.sequence, &[token]);
                continue;
            }
            let until = answer.prompt.len().min(answer.read + left);
            left -= until - answer.read;
            let piece = &answer.prompt[answer.read..until];
            for (index, &token) in piece.iter().enumerate() {
                let last = answer.read + index + 1 == answer.prompt.len();
                if last {
                    answer.logits_at = Some(self.batch.n_tokens());
                }
                add(&mut self.batch, token, answer.read + index, answer.sequence, last)?;
            }
            self.slots.extend(answer.sequence, piece);
            answer.read = until;
        }
        self.context
            .decode(&mut self.batch)
            .map_err(|error| error.to_string())
    }

    /// Chooses the next token of every answer that has logits, hands the text out, and lets go of those that ended.
    fn collect(&mut self) {
        let vocab = self.model.vocab();
        let mut ended = Vec::new();
        for (index, answer) in self.active.iter_mut().enumerate() {
            let over = match answer.logits_at.take() {
                _ if answer.events.is_closed() => true,
                None => false,
                Some(at) => match answer.sampler.sample(self.context.get_logits_ith(at)) {
                    Ok(token) => {
                        let token_ = LlamaToken::new(token);
                        let bytes =
                            (!vocab.is_eog(token_)).then(|| vocab.token_to_piece(token_, false, None));
                        answer.chosen(token, bytes.as_deref())
                    }
                    Err(error) => {
                        // A caller that went away needs no error.
                        let _ = answer.events.send(Err(failed(error)));
                        true
                    }
                },
            };
            if over {
                ended.push(index);
            }
        }
        for index in ended.into_iter().rev() {
            let answer = self.active.swap_remove(index);
            self.slots.release(answer.sequence);
        }
    }

    /// The round failed: everybody is told, and the model's memory starts afresh.
    fn give_up(&mut self, error: &str) {
        tracing::warn!(model = %self.shared.path.display(), error, "local chat round failed");
        self.context.clear_kv_cache();
        self.slots.reset();
        for answer in self.active.drain(..) {
            // A caller that went away needs no error.
            let _ = answer.events.send(Err(failed(error)));
        }
    }
}

impl Answer {
    /// Takes a chosen token (`None` for the end of the answer). True when the answer is over.
    fn chosen(&mut self, token: i32, bytes: Option<&[u8]>) -> bool {
        self.usage.completion_tokens += 1;
        let Some(bytes) = bytes else {
            let rest = self.outlet.finish();
            return self.end(rest, FinishReason::Stop);
        };
        match self.outlet.push(bytes) {
            Pushed::Stopped(text) => self.end(text, FinishReason::Stop),
            Pushed::Text(mut text) => {
                if self.usage.completion_tokens >= self.room as u64 {
                    text.push_str(&self.outlet.finish());
                    return self.end(text, FinishReason::Length);
                }
                self.next = Some(token);
                !self.show(text)
            }
        }
    }

    fn end(&mut self, text: String, reason: FinishReason) -> bool {
        if self.show(text) {
            // A caller that went away in between needs neither.
            let _ = self.events.send(Ok(ChatEvent::Usage(self.usage)));
            let _ = self.events.send(Ok(ChatEvent::Finish(reason)));
        }
        true
    }

    /// False when nobody listens any more.
    fn show(&self, text: String) -> bool {
        text.is_empty() || self.events.send(Ok(ChatEvent::Text(text))).is_ok()
    }
}

fn add(
    batch: &mut LlamaBatch<'_>,
    token: i32,
    at: usize,
    sequence: usize,
    logits: bool,
) -> Result<(), String> {
    batch
        .add(LlamaToken::new(token), at as i32, &[sequence as i32], logits)
        .map_err(|error| error.to_string())
}

/// Answers whether a call was accepted. False when the caller has gone away.
fn tell(accepted: oneshot::Sender<Result<(), Error>>, answer: Result<(), Error>) -> bool {
    accepted.send(answer).is_ok()
}
