//! The queue between callers, who never wait to put something in, and threads, which wait to take something out.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

use crate::{Error, Result};

#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    limit: usize,
    full: &'static str,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    /// A queue for at most `limit` entries; `full` tells the caller whose entry is refused.
    pub(super) fn new(limit: usize, full: &'static str) -> Self {
        let state = State {
            waiting: VecDeque::with_capacity(64),
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            filled: Condvar::new(),
            limit,
            full,
        }
    }

    pub(super) fn push(&self, entry: T) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::unavailable("it was closed"));
        }
        if state.waiting.len() >= self.limit {
            return Err(Error::Busy(self.full));
        }
        state.waiting.push_back(entry);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for an entry; `None` when the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.state.lock();
        loop {
            if let Some(entry) = state.waiting.pop_front() {
                return Some(entry);
            }
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
    }

    /// Takes further entries, as long as they fit, without waiting.
    pub(super) fn pop_more(&self, into: &mut Vec<T>, limit: usize, fits: impl Fn(&T) -> bool) {
        let mut state = self.state.lock();
        while into.len() < limit && state.waiting.front().is_some_and(&fits) {
            into.extend(state.waiting.pop_front());
        }
    }

    /// Lets what is queued be taken and refuses everything new.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().waiting.len()
    }
}
