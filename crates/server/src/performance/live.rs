//! The requests under way, so that one that hangs can be seen while it does.
//!
//! Each request that was not answered out of the cache is in one of a few short lists until its answer begins. Entering
//! and leaving take one lock each that hardly anybody else wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use parking_lot::Mutex;
use sql::Meter;

use super::{RouteIndex, Trace};

/// Lists, so that threads seldom meet.
const LISTS: usize = 16;

/// A request under way.
#[derive(Clone)]
pub(super) struct Running {
    pub route: RouteIndex,
    pub method: Method,
    pub path: String,
    pub request_id: Arc<str>,
    pub meter: Meter,
    pub trace: Trace,
}

/// All requests under way.
#[derive(Default)]
pub(super) struct Live {
    lists: [Mutex<List>; LISTS],
    next: AtomicUsize,
}

#[derive(Default)]
struct List {
    places: Vec<Option<Running>>,
    free: Vec<usize>,
}

/// A request's place among those under way; it leaves when this is dropped.
pub struct Entered {
    live: Arc<Live>,
    list: usize,
    place: usize,
}

impl Live {
    pub fn enter(self: &Arc<Self>, running: Running) -> Entered {
        let list = self.next.fetch_add(1, Ordering::Relaxed) % LISTS;
        let mut entries = self.lists[list].lock();
        let place = if let Some(place) = entries.free.pop() {
            place
        } else {
            entries.places.push(None);
            entries.places.len() - 1
        };
        entries.places[place] = Some(running);
        drop(entries);
        Entered {
            live: Arc::clone(self),
            list,
            place,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let lists = self.lists.iter().map(|list| {
            let list = list.lock();
            list.places.len() - list.free.len()
        });
        lists.sum()
    }

    /// Those that have been under way for at least this long.
    pub fn longer_than(&self, limit: Duration) -> Vec<Running> {
        let mut found = Vec::new();
        for list in &self.lists {
            let list = list.lock();
            let long = list.places.iter().flatten();
            found.extend(
                long.filter(|running| running.trace.began().elapsed() >= limit)
                    .cloned(),
            );
        }
        found
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut list = self.live.lists[self.list].lock();
        if let Some(place) = list.places.get_mut(self.place) {
            *place = None;
            list.free.push(self.place);
        }
    }
}
