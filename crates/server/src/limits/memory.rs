//! Counting in the memory of this process: exact on one node, and what goes on while Redis is away.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::window::Window;
use super::{Asked, Limited, Rates, Scope};

/// The most keys and addresses that are counted for themselves. Whoever comes by beyond that shares one count with the
/// others who do: many addresses at once neither fill the memory nor get past the limit.
const WINDOWS_MAX: usize = 50_000;

/// The windows of everybody who was limited in the last minute.
#[derive(Default)]
pub struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    windows: HashMap<String, Window>,
    /// The second in which what counts no longer was last removed.
    swept_at: i64,
}

impl Memory {
    /// Looks, and counts a call of so many tokens when it is let in.
    pub(super) fn ask(&self, limited: &Limited, now: i64, rates: &Rates, tokens: Option<u64>) -> Asked {
        let mut inner = self.inner.lock();
        let Some(tokens) = tokens else {
            let mut window = inner.windows.get(&limited.name()).cloned().unwrap_or_default();
            let now = window.at(now);
            return Asked {
                let_in: true,
                now,
                window,
            };
        };
        let name = inner.place_of(limited, now);
        let window = inner.windows.entry(name).or_default();
        let now = window.at(now);
        let let_in = window.refuses(rates, tokens).is_none();
        if let_in {
            window.count(now, rates, tokens);
        }
        Asked {
            let_in,
            now,
            window: window.clone(),
        }
    }

    /// A call that was counted at `at` has ended.
    pub(super) fn correct(&self, name: &str, at: i64, rates: &Rates, counted_and_used: (u64, u64)) {
        if let Some(window) = self.inner.lock().windows.get_mut(name) {
            window.correct(at, rates, counted_and_used);
        }
    }
}

impl Inner {
    /// Where to count; when there are too many, together with others.
    fn place_of(&mut self, limited: &Limited, now: i64) -> String {
        let name = limited.name();
        if self.windows.len() >= WINDOWS_MAX && !self.windows.contains_key(&name) {
            if self.swept_at != now {
                self.swept_at = now;
                self.windows.retain(|_, window| {
                    window.at(now);
                    !window.is_empty()
                });
            }
            // Keys are as many as somebody has made, addresses as many as somebody pretends to have.
            if self.windows.len() >= WINDOWS_MAX && limited.scope == Scope::Address {
                return "address:others".to_owned();
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_addresses_takes_a_bounded_memory_and_is_limited() {
        let memory = Memory::default();
        let mut let_in = 0;
        for number in 0..WINDOWS_MAX + 500 {
            let limited = Limited::address(&format!("host-{number}"), 3);
            let asked = memory.ask(&limited, 100, &limited.rates, Some(0));
            let_in += usize::from(asked.let_in);
        }
        assert_eq!(let_in, WINDOWS_MAX + 3);
        assert_eq!(memory.inner.lock().windows.len(), WINDOWS_MAX + 1);
        // A minute later there is room again.
        let limited = Limited::address("late", 3);
        assert!(memory.ask(&limited, 200, &limited.rates, Some(0)).let_in);
        assert_eq!(memory.inner.lock().windows.len(), 1);
    }
}
