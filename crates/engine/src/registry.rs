//! Which runs have events in memory on this node: those that run here and those that somebody watches here.
//!
//! Attempts and viewers of the same run share one `Live`, found by the run's id and kept as long as one of them uses it. So
//! a viewer that comes before the run begins is woken when it does.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicUsize},
};

use parking_lot::Mutex;

use crate::live::Live;

/// All `Live`s of a node, each kept as long as an attempt or a viewer uses it.
#[derive(Default)]
pub(crate) struct Registry {
    lives: Mutex<HashMap<String, (Arc<Live>, usize)>>,
    pub(crate) viewers: AtomicUsize,
}

impl Registry {
    pub(crate) fn get(self: &Arc<Self>, run_id: &str) -> LiveRef {
        let mut lives = self.lives.lock();
        let (live, uses) = lives
            .entry(run_id.to_owned())
            .or_insert_with(|| (Arc::new(Live::new(run_id)), 0));
        *uses += 1;
        LiveRef {
            live: Arc::clone(live),
            registry: Arc::clone(self),
        }
    }

    /// Wakes the viewers of a run, if it has any here.
    pub(crate) fn wake(&self, run_id: &str) {
        if let Some((live, _)) = self.lives.lock().get(run_id) {
            live.changed.notify_waiters();
        }
    }

    /// No run shows anything any more.
    pub(crate) fn freeze(&self) {
        self.lives.lock().values().for_each(|(live, _)| live.freeze());
    }

    pub(crate) fn unflushed(&self) -> u64 {
        self.lives.lock().values().map(|(live, _)| live.unflushed()).sum()
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn len(&self) -> usize {
        self.lives.lock().len()
    }
}

/// One use of a `Live`.
pub(crate) struct LiveRef {
    live: Arc<Live>,
    registry: Arc<Registry>,
}

impl LiveRef {
    pub(crate) fn shared(&self) -> &Arc<Live> {
        &self.live
    }
}

impl std::ops::Deref for LiveRef {
    type Target = Live;

    fn deref(&self) -> &Live {
        &self.live
    }
}

impl Drop for LiveRef {
    fn drop(&mut self) {
        let mut lives = self.registry.lives.lock();
        if let Some((_, uses)) = lives.get_mut(&self.live.run_id) {
            *uses -= 1;
            if *uses == 0 {
                lives.remove(&self.live.run_id);
            }
        }
    }
}
