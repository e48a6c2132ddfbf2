//! Counting in the memory of this process: exact on one node, and what goes on while Redis is away.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::window::Window;
use super::{Asked, Limited, Scope};

/// The most keys, users and addresses that are counted for themselves. Whoever comes by beyond that shares one count with the
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
    /// Looks, and counts a call of so many tokens for all of them when each lets it in.
    pub(super) fn ask(&self, limited: &[Limited], now: i64, tokens: Option<u64>) -> Asked {
        let mut inner = self.inner.lock();
        let Some(tokens) = tokens else {
            let known = |limited: &Limited| inner.windows.get(&limited.name()).cloned();
            let windows: Vec<Window> = limited.iter().map(|one| known(one).unwrap_or_default()).collect();
            return Asked::seen(windows, now);
        };
        let names: Vec<String> = limited.iter().map(|one| inner.place_of(one, now)).collect();
        let windows = names
            .iter()
            .map(|name| inner.windows.entry(name.clone()).or_default().clone())
            .collect();
        let mut asked = Asked::seen(windows, now);
        let refuses = |(limited, window): (&Limited, &Window)| window.refuses(&limited.rates, tokens);
        asked.let_in = limited.iter().zip(&asked.windows).find_map(refuses).is_none();
        for ((name, limited), window) in names.into_iter().zip(limited).zip(&mut asked.windows) {
            if asked.let_in {
                window.count(asked.now, &limited.rates, tokens);
            }
            inner.windows.insert(name, window.clone());
        }
        asked
    }

    /// A call that was counted at `at` has ended.
    pub(super) fn correct(&self, limited: &[Limited], at: i64, counted_and_used: (u64, u64)) {
        let mut inner = self.inner.lock();
        for limited in limited {
            if let Some(window) = inner.windows.get_mut(&limited.name()) {
                window.correct(at, &limited.rates, counted_and_used);
            }
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
            // Keys and users are as many as somebody has made, addresses as many as somebody pretends to have.
            if self.windows.len() >= WINDOWS_MAX && limited.scope == Scope::Address {
                return "address:others".to_owned();
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rates;
    use super::*;

    #[test]
    fn a_call_counts_for_all_of_its_limits_or_for_none() {
        let memory = Memory::default();
        let of = |scope, id: &str, requests| Limited {
            scope,
            id: id.to_owned(),
            rates: Rates {
                requests_per_minute: Some(requests),
                concurrent: Some(2),
                ..Rates::default()
            },
        };
        let ada = of(Scope::User, "ada", 3);
        let calls = |key: &str| [of(Scope::Key, key, 2), ada.clone()];
        let used =
            |limited: Limited| memory.ask(&[limited], 7, None).windows[0].used(super::super::What::Requests);
        assert!(memory.ask(&calls("one"), 7, Some(0)).let_in);
        assert!(memory.ask(&calls("one"), 7, Some(0)).let_in);
        // All places of the user are taken; the key that has one left is not counted.
        assert!(!memory.ask(&calls("two"), 7, Some(0)).let_in);
        assert_eq!((used(of(Scope::Key, "two", 2)), used(ada.clone())), (0, 2));
        memory.correct(&calls("one"), 7, (0, 0));
        // The key is at its limit, the user is not.
        assert!(!memory.ask(&calls("one"), 7, Some(0)).let_in);
        assert!(memory.ask(&calls("two"), 7, Some(0)).let_in);
        assert_eq!((used(of(Scope::Key, "one", 2)), used(ada.clone())), (2, 3));
        memory.correct(&calls("two"), 7, (0, 0));
        assert!(!memory.ask(&calls("two"), 7, Some(0)).let_in);
        assert!(memory.ask(&calls("two"), 68, Some(0)).let_in);
    }

    #[test]
    fn any_number_of_addresses_takes_a_bounded_memory_and_is_limited() {
        let memory = Memory::default();
        let mut let_in = 0;
        for number in 0..WINDOWS_MAX + 500 {
            let limited = Limited::address(&format!("host-{number}"), 3);
            let asked = memory.ask(&[limited], 100, Some(0));
            let_in += usize::from(asked.let_in);
        }
        assert_eq!(let_in, WINDOWS_MAX + 3);
        assert_eq!(memory.inner.lock().windows.len(), WINDOWS_MAX + 1);
        // A minute later there is room again.
        let limited = Limited::address("late", 3);
        assert!(memory.ask(&[limited], 200, Some(0)).let_in);
        assert_eq!(memory.inner.lock().windows.len(), 1);
    }
}
