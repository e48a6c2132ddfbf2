//! Single flight: of those who miss the same entry at once, one makes it and the others wait for it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Key;

/// The entries that are being made.
#[derive(Default)]
pub struct Flights {
    under_way: Mutex<HashMap<Key, Arc<Semaphore>>>,
}

/// What one who missed does now.
pub enum Seat {
    /// Makes the entry; others wait until this is dropped.
    Maker(Making),
    /// Somebody else has made it, or has tried to.
    Waited,
}

/// The making of an entry. Dropping it, also when the maker is cut off, lets the others look again.
pub struct Making {
    flights: Arc<Flights>,
    key: Key,
    _permit: OwnedSemaphorePermit,
}

impl Flights {
    /// The seat of one who missed this entry; waits while somebody else makes it.
    pub async fn board(self: &Arc<Self>, key: Key) -> Seat {
        let gate = {
            let mut under_way = self.under_way.lock();
            if let Some(gate) = under_way.get(&key) {
                Arc::clone(gate)
            } else {
                let gate = Arc::new(Semaphore::new(1));
                if let Ok(permit) = Arc::clone(&gate).try_acquire_owned() {
                    under_way.insert(key, gate);
                    return Seat::Maker(Making {
                        flights: Arc::clone(self),
                        key,
                        _permit: permit,
                    });
                }
                gate
            }
        };
        // The permit is given back at once: all who waited go on together.
        drop(gate.acquire_owned().await);
        Seat::Waited
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.flights.under_way.lock().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_makes_and_the_others_wait_also_when_the_maker_is_cut_off() {
        let flights = Arc::new(Flights::default());
        let Seat::Maker(making) = flights.board(Key(7)).await else {
            panic!("the first makes");
        };
        assert!(
            matches!(flights.board(Key(8)).await, Seat::Maker(_)),
            "another entry"
        );
        let waiting: Vec<_> = (0..10)
            .map(|_| {
                let flights = Arc::clone(&flights);
                tokio::spawn(async move { matches!(flights.board(Key(7)).await, Seat::Waited) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(waiting.iter().all(|waiter| !waiter.is_finished()));
        drop(making);
        for waiter in waiting {
            assert!(waiter.await.unwrap());
        }
        assert!(
            matches!(flights.board(Key(7)).await, Seat::Maker(_)),
            "and the next makes again"
        );
    }
}
