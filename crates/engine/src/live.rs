//! The events of runs in memory: what viewers see at once, before and while the log follows.
//!
//! Each run that runs here or is watched here has one `Live`. The step pushes events into it; viewers pull from it, each at
//! its own pace, so a slow viewer never holds up the run or another viewer; the flusher takes what the log does not have
//! yet. Memory is bounded: a window of recent events, and a step waits when too many are unflushed.
//!
//! Invariant: an event leaves the window only after it is in the log, so a viewer finds every event in one of the two.
//! Invariant: the last events of a run enter the window after the commit that ends it.

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use sql::Time;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{decide::Stop, journal::Chunk, state::RunStatus, step::StepError};

/// The kind of the event that ends every run's stream, exactly once and last.
pub const COMPLETE: &str = "complete";

/// A step waits when this many of its events are not in the log yet: only a stalled database brings it there.
pub const UNFLUSHED_MAX: u64 = 1024;
/// This many waiting events are written without waiting for the flusher's next round.
pub const FLUSH_EVENTS: u64 = 64;
/// The most events of one row.
const CHUNK_EVENTS_MAX: usize = 256;
/// After a crash, numbering goes on this far (times the attempt) behind the last logged event. Anything that was shown
/// but not logged is at most `UNFLUSHED_MAX` events behind it, or twice that when a flush of the old owner slipped in
/// just before it lost the run. Times the attempt, because an attempt may die without having logged anything.
pub const SEQ_JUMP: u64 = 4 * UNFLUSHED_MAX;
/// Logged events that stay in memory, for viewers that come back or lag a little.
const WINDOW_EVENTS: usize = 64;
/// The most bytes of data that logged events may hold in memory.
const WINDOW_BYTES: usize = 16 * 1024;
/// Events a viewer takes in one go.
const READ_EVENTS: usize = 64;

/// One numbered event of a run.
#[derive(Debug, Clone)]
pub struct Event {
    /// Ascends within the run, from 1. Has gaps only where a node died.
    pub seq: u64,
    /// What it is: `text`, `usage`, `done`, `complete` …
    pub kind: Cow<'static, str>,
    /// JSON, byte for byte as the step gave it.
    pub data: Box<RawValue>,
    /// When it happened.
    pub at: Time,
}

/// An event without number and time: `Finish::last_events`.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What it is.
    pub kind: &'static str,
    /// JSON.
    pub data: Box<RawValue>,
}

impl NewEvent {
    /// Fails only when the data can not be written as JSON.
    pub fn new(kind: &'static str, data: impl Serialize) -> Result<Self, StepError> {
        debug_assert!(is_word(kind), "an event's kind is a word of a-z, 0-9 and _");
        let data = serde_json::value::to_raw_value(&data)
            .map_err(|error| StepError::fail("event_not_json", error))?;
        Ok(Self { kind, data })
    }
}

fn is_word(kind: &str) -> bool {
    !kind.is_empty()
        && kind
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The kinds that the product knows, so that events read from the log need no text of their own.
pub(crate) fn known_kind(kind: &str) -> Option<&'static str> {
    const KINDS: [&str; 13] = [
        "text",
        "reasoning",
        "tool_call",
        "tool_result",
        "start",
        "citation",
        "usage",
        "progress",
        "step_started",
        "step_finished",
        "done",
        COMPLETE,
        "error",
    ];
    KINDS.into_iter().find(|known| *known == kind)
}

/// The event that ends a stream whose step gave none. Made the same way live and in replay, from what the row says.
pub(crate) fn closing_event(status: RunStatus, error: Option<&Value>, last_seq: u64, at: Time) -> Event {
    let mut data = json!({"status": status.as_str()});
    if let (Some(object), Some(error)) = (data.as_object_mut(), error) {
        object.insert("error".into(), error.clone());
    }
    // A JSON value always is JSON.
    let data = RawValue::from_string(data.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned());
    Event {
        seq: last_seq + 1,
        kind: Cow::Borrowed(COMPLETE),
        data,
        at,
    }
}

/// How an attempt is told to stop: a token for the step and the reason for the worker.
#[derive(Debug, Default)]
pub(crate) struct Control {
    pub(crate) token: CancellationToken,
    reason: AtomicU8,
}

impl Control {
    /// The first reason but one: losing the run outweighs its cancellation, because then nothing may be written.
    pub(crate) fn stop(&self, stop: Stop) {
        let number = match stop {
            Stop::None => return,
            Stop::Cancel => 1,
            Stop::Lost => 2,
        };
        self.reason.fetch_max(number, Ordering::SeqCst);
        self.token.cancel();
    }

    pub(crate) fn reason(&self) -> Stop {
        match self.reason.load(Ordering::SeqCst) {
            0 => Stop::None,
            1 => Stop::Cancel,
            _ => Stop::Lost,
        }
    }
}

/// Where the events of a run come from just now.
enum Phase {
    /// Not from here: from the log, if at all.
    Elsewhere,
    /// From this attempt.
    Here { attempt: u32, control: Arc<Control> },
    /// It ended here; the window has the last of them.
    Ended,
}

struct State {
    phase: Phase,
    next_seq: u64,
    /// Everything up to this is in the log.
    logged: u64,
    /// Everything up to this is in the log or in a write that is under way.
    taken: u64,
    writing: bool,
    /// Whether the flusher has it in its list.
    listed: bool,
    /// The node goes down: no more events, so that the last flush has all that were shown.
    frozen: bool,
    window: VecDeque<Arc<Event>>,
    window_bytes: usize,
}

/// The events of one run in memory.
pub(crate) struct Live {
    pub(crate) run_id: String,
    state: Mutex<State>,
    /// Viewers wait here.
    pub(crate) changed: Notify,
    /// A step without room waits here, and the end of an attempt for a write that is under way.
    pub(crate) flushed: Notify,
}

/// What came of a push.
pub(crate) enum Push {
    /// It has this number. `list`: the flusher does not know yet. `full`: worth a write at once.
    Done { seq: u64, list: bool, full: bool },
    /// Wait for `flushed`, then try again.
    NoRoom,
    /// The attempt has ended or lost the run.
    Gone,
}

/// What a viewer got.
pub(crate) enum Read {
    /// Some events.
    Events,
    /// Older ones are in the log; from this number on they are here.
    Log { from: u64 },
    /// Nothing new: wait for `changed`.
    Wait,
    /// Nothing will come any more.
    Ended,
    /// Not here: look into the log.
    Elsewhere,
}

impl Live {
    pub(crate) fn new(run_id: &str) -> Self {
        let state = State {
            phase: Phase::Elsewhere,
            next_seq: 1,
            logged: 0,
            taken: 0,
            writing: false,
            listed: false,
            frozen: false,
            window: VecDeque::new(),
            window_bytes: 0,
        };
        Self {
            run_id: run_id.to_owned(),
            state: Mutex::new(state),
            changed: Notify::new(),
            flushed: Notify::new(),
        }
    }

    /// An attempt begins here with that number.
    pub(crate) fn begin(&self, attempt: u32, first_seq: u64, control: Arc<Control>) {
        let mut state = self.state.lock();
        state.phase = Phase::Here { attempt, control };
        state.next_seq = first_seq;
        state.logged = first_seq - 1;
        state.taken = state.logged;
        state.window.clear();
        state.window_bytes = 0;
        drop(state);
        self.changed.notify_waiters();
    }

    /// The attempt is over but the run is not; its events go on elsewhere or in another attempt.
    pub(crate) fn leave(&self, attempt: u32) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Here { attempt: here, .. } if here == attempt) {
            state.phase = Phase::Elsewhere;
            state.writing = false;
            state.window.clear();
            state.window_bytes = 0;
        }
        drop(state);
        self.changed.notify_waiters();
        self.flushed.notify_waiters();
    }

    /// The run has ended: its last events, committed already, become visible.
    pub(crate) fn end(&self, last: impl IntoIterator<Item = Event>) {
        let mut state = self.state.lock();
        state.logged = state.next_seq - 1;
        for event in last {
            state.next_seq = event.seq + 1;
            state.logged = event.seq;
            state.keep(event);
        }
        state.taken = state.logged;
        state.writing = false;
        state.phase = Phase::Ended;
        state.forget();
        drop(state);
        self.changed.notify_waiters();
        self.flushed.notify_waiters();
    }

    /// A new event of the attempt, visible at once.
    pub(crate) fn push(&self, attempt: u32, event: &NewEvent, at: Time) -> Push {
        let mut state = self.state.lock();
        match &state.phase {
            Phase::Here {
                attempt: here,
                control,
            } if *here == attempt && control.reason() != Stop::Lost => {}
            _ => return Push::Gone,
        }
        let seq = state.next_seq;
        if state.frozen || seq - 1 - state.logged >= UNFLUSHED_MAX {
            return Push::NoRoom;
        }
        state.next_seq += 1;
        state.keep(Event {
            seq,
            kind: Cow::Borrowed(event.kind),
            data: event.data.clone(),
            at,
        });
        let list = !std::mem::replace(&mut state.listed, true);
        let full = seq - state.taken.max(state.logged) == FLUSH_EVENTS;
        drop(state);
        self.changed.notify_waiters();
        Push::Done { seq, list, full }
    }

    /// Events after a number, into the viewer's own buffer.
    pub(crate) fn read(&self, after: u64, into: &mut VecDeque<Arc<Event>>) -> Read {
        let state = self.state.lock();
        let nothing = match state.phase {
            Phase::Elsewhere => return Read::Elsewhere,
            Phase::Here { .. } => Read::Wait,
            Phase::Ended => Read::Ended,
        };
        let first = state.window.front().map_or(state.next_seq, |event| event.seq);
        if after.saturating_add(1) < first {
            return Read::Log { from: first };
        }
        let skip = usize::try_from(after.saturating_add(1) - first).unwrap_or(usize::MAX);
        let before = into.len();
        into.extend(state.window.iter().skip(skip).take(READ_EVENTS).cloned());
        if into.len() > before {
            Read::Events
        } else {
            nothing
        }
    }

    /// How many events are not in the log.
    pub(crate) fn unflushed(&self) -> u64 {
        let state = self.state.lock();
        state.next_seq - 1 - state.logged
    }

    /// Whether a write at once is worth it.
    pub(crate) fn is_full(&self) -> bool {
        let state = self.state.lock();
        state.next_seq - 1 - state.taken.max(state.logged) >= FLUSH_EVENTS
    }

    /// The flusher takes what waits, with the attempt it belongs to. It is off the list then; `taken_back` or
    /// `written` must follow.
    pub(crate) fn take(&self) -> Option<(u32, Arc<Control>, Vec<Chunk>)> {
        let mut state = self.state.lock();
        state.listed = false;
        let Phase::Here { attempt, control } = &state.phase else {
            return None;
        };
        if state.writing || control.reason() == Stop::Lost {
            return None;
        }
        let (attempt, control) = (*attempt, Arc::clone(control));
        let chunks = state.take();
        state.writing = !chunks.is_empty();
        (state.writing).then_some((attempt, control, chunks))
    }

    /// What was taken is in the log. True when more waits: the run belongs on the list again.
    pub(crate) fn written(&self, attempt: u32) -> bool {
        self.settle(attempt, true)
    }

    /// What was taken could not be written. True: it belongs on the list again.
    pub(crate) fn taken_back(&self, attempt: u32) -> bool {
        self.settle(attempt, false)
    }

    fn settle(&self, attempt: u32, written: bool) -> bool {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::Here { attempt: here, .. } if here == attempt) {
            return false;
        }
        if written {
            state.logged = state.taken;
        } else {
            state.taken = state.logged;
        }
        state.writing = false;
        state.forget();
        let waits = state.next_seq - 1 > state.logged;
        let list = waits && !std::mem::replace(&mut state.listed, waits);
        drop(state);
        self.flushed.notify_waiters();
        list
    }

    /// At the end of an attempt: waits for the flusher, then takes the rest for the attempt's last write. Until
    /// `released`, `leave` or `end`, the flusher leaves the run alone.
    pub(crate) async fn take_rest(&self) -> Vec<Chunk> {
        loop {
            let flushed = self.flushed.notified();
            tokio::pin!(flushed);
            flushed.as_mut().enable();
            {
                let mut state = self.state.lock();
                if !state.writing {
                    state.writing = true;
                    return state.take();
                }
            }
            flushed.await;
        }
    }

    /// Nothing is shown any more.
    pub(crate) fn freeze(&self) {
        self.state.lock().frozen = true;
    }

    /// The number of the next event.
    pub(crate) fn next_seq(&self) -> u64 {
        self.state.lock().next_seq
    }
}

impl State {
    fn keep(&mut self, event: Event) {
        self.window_bytes += event.data.get().len();
        self.window.push_back(Arc::new(event));
        self.forget();
    }

    /// Drops the oldest of the logged events when there are too many.
    fn forget(&mut self) {
        while self.window.len() > WINDOW_EVENTS || self.window_bytes > WINDOW_BYTES {
            let Some(event) = self.window.front() else { return };
            // Invariant: what the log does not have stays.
            if event.seq > self.logged {
                return;
            }
            self.window_bytes -= event.data.get().len();
            self.window.pop_front();
        }
    }

    fn take(&mut self) -> Vec<Chunk> {
        let first = self.window.front().map_or(self.next_seq, |event| event.seq);
        let skip = (self.taken.max(self.logged) + 1).saturating_sub(first) as usize;
        let waiting: Vec<&Event> = self.window.iter().skip(skip).map(Arc::as_ref).collect();
        self.taken = self.next_seq - 1;
        waiting
            .chunks(CHUNK_EVENTS_MAX)
            .filter_map(|events| Chunk::encode(events.iter().copied()))
            .collect()
    }
}
