//! The attempts that run on this node.
//!
//! A run enters when its attempt is launched and leaves with the drop of its `Slot`, also when the task is aborted or
//! panics. Invariant: a run is here at most once.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinHandle},
    time::Instant,
};

use crate::{
    live::Control,
    run::{Lane, Run},
};

#[derive(Default)]
pub(crate) struct Running {
    entries: Mutex<HashMap<String, Entry>>,
    counts: [AtomicUsize; 2],
    tasks: Mutex<Vec<AbortHandle>>,
    /// Claims under way: their runs are in no queue any more and have no place here yet.
    claims: AtomicUsize,
    /// A slot has become free; the worker alone waits here.
    pub(crate) freed: Notify,
    /// The same, for whoever waits for the node to be idle, or for the end of an earlier attempt.
    pub(crate) left: Notify,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) attempt: u32,
    pub(crate) since: Instant,
    pub(crate) control: Arc<Control>,
}

/// A claim from its beginning until what it took has its place.
pub(crate) struct Claiming(Arc<Running>);

impl Drop for Claiming {
    fn drop(&mut self) {
        self.0.claims.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The place of one attempt.
pub(crate) struct Slot {
    running: Arc<Running>,
    id: String,
    lane: Lane,
}

/// What becomes of an attempt that wants a place.
pub(crate) enum Entered {
    /// It has one.
    Here(Slot),
    /// It had one already, or a later one has.
    Known,
    /// An earlier attempt is there still. The node has lost the run meanwhile, or else nobody could have begun this one.
    Behind(Entry),
}

impl Running {
    /// Says that runs are being taken from the queue, as long as the answer lives.
    pub(crate) fn claiming(self: &Arc<Self>) -> Claiming {
        self.claims.fetch_add(1, Ordering::SeqCst);
        Claiming(Arc::clone(self))
    }

    /// Whether nothing runs here and nothing is about to.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn is_idle(&self) -> bool {
        self.claims.load(Ordering::SeqCst) == 0 && self.is_empty()
    }

    /// A place for the run, unless it has one.
    pub(crate) fn enter(self: &Arc<Self>, run: &Run, control: &Arc<Control>) -> Entered {
        let mut entries = self.entries.lock();
        match entries.get(&run.id) {
            Some(there) if there.attempt < run.attempt => return Entered::Behind(there.clone()),
            Some(_) => return Entered::Known,
            None => {}
        }
        let entry = Entry {
            attempt: run.attempt,
            since: Instant::now(),
            control: Arc::clone(control),
        };
        entries.insert(run.id.clone(), entry);
        self.counts[run.lane.index()].fetch_add(1, Ordering::SeqCst);
        Entered::Here(Slot {
            running: Arc::clone(self),
            id: run.id.clone(),
            lane: run.lane,
        })
    }

    /// Remembers the task of an attempt, for the end of the node.
    pub(crate) fn task(&self, task: JoinHandle<()>) {
        let mut tasks = self.tasks.lock();
        if tasks.len() > 64 && tasks.len() > 2 * self.entries.lock().len() {
            tasks.retain(|task| !task.is_finished());
        }
        tasks.push(task.abort_handle());
    }

    pub(crate) fn count(&self, lane: Lane) -> usize {
        self.counts[lane.index()].load(Ordering::SeqCst)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.lock().is_empty()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Entry> {
        self.entries.lock().get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<(String, Entry)> {
        self.entries
            .lock()
            .iter()
            .map(|(id, entry)| (id.clone(), entry.clone()))
            .collect()
    }

    pub(crate) fn abort_all(&self) {
        self.tasks.lock().drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.running.entries.lock().remove(&self.id);
        self.running.counts[self.lane.index()].fetch_sub(1, Ordering::SeqCst);
        self.running.freed.notify_one();
        self.running.left.notify_waiters();
    }
}
