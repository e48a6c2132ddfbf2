//! The limit on failed logins: per account and per address, counted exactly within a window.
//!
//! Kept in the process: an attacker who spreads over N nodes has N times the attempts, which is still far from enough.
//! The tables are bounded; when one is full, the accounts that failed longest ago are forgotten first.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;
use sql::Time;

use crate::http::problem::{ErrorCode, Problem};

/// The most accounts and addresses that are remembered.
const ENTRIES_MAX: usize = 10_000;

/// Counts failed logins.
pub struct LoginLimit {
    window: Duration,
    per_account: usize,
    per_address: usize,
    failures: Mutex<HashMap<String, VecDeque<Time>>>,
}

impl LoginLimit {
    /// At most `per_account` failures for an account and `per_address` from an address within the window.
    pub fn new(window: Duration, per_account: usize, per_address: usize) -> Self {
        Self {
            window,
            per_account,
            per_address,
            failures: Mutex::new(HashMap::new()),
        }
    }

    /// Begins an attempt: refused when there have been too many failures, else counted as one until [`Self::succeeded`]
    /// says otherwise. Asking and counting are one step, so a burst within the time of one check counts fully.
    pub fn attempt(&self, email: &str, address: &str, now: Time) -> Result<(), Problem> {
        let mut failures = self.failures.lock();
        for (key, most) in [
            (account(email), self.per_account),
            (from(address), self.per_address),
        ] {
            let Some(times) = failures.get(&key) else { continue };
            let recent = times.iter().filter(|at| now.since(**at) < self.window).count();
            if recent >= most {
                let oldest = times
                    .iter()
                    .find(|at| now.since(**at) < self.window)
                    .copied()
                    .unwrap_or(now);
                let wait = self.window.saturating_sub(now.since(oldest));
                let detail = format!(
                    "There were too many failed logins. Try again in {} s.",
                    wait.as_secs() + 1
                );
                return Err(Problem::new(ErrorCode::RateLimited, detail).retry_after(wait));
            }
        }
        self.count(&mut failures, email, address, now);
        Ok(())
    }

    fn count(&self, failures: &mut HashMap<String, VecDeque<Time>>, email: &str, address: &str, now: Time) {
        if failures.len() >= ENTRIES_MAX {
            let window = self.window;
            failures.retain(|_, times| times.back().is_some_and(|at| now.since(*at) < window));
            if failures.len() >= ENTRIES_MAX
                && let Some(oldest) = failures
                    .iter()
                    .min_by_key(|(_, times)| times.back().copied())
                    .map(|(key, _)| key.clone())
            {
                failures.remove(&oldest);
            }
        }
        for (key, most) in [
            (account(email), self.per_account),
            (from(address), self.per_address),
        ] {
            let times = failures.entry(key).or_default();
            times.push_back(now);
            while times.len() > most {
                times.pop_front();
            }
        }
    }

    /// The failures of an account count no longer, because it has a new password.
    pub fn forget(&self, email: &str) {
        self.failures.lock().remove(&account(email));
    }

    /// The attempt that began at `now` was right: it clears the account's failures, and does not count for the address.
    pub fn succeeded(&self, email: &str, address: &str, now: Time) {
        let mut failures = self.failures.lock();
        failures.remove(&account(email));
        if let Some(times) = failures.get_mut(&from(address))
            && let Some(at) = times.iter().rposition(|at| *at == now)
        {
            times.remove(at);
        }
    }
}

fn account(email: &str) -> String {
    format!("account {email}")
}

fn from(address: &str) -> String {
    format!("address {address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn a_burst_inside_one_second_counts_fully() {
        let limit = LoginLimit::new(Duration::from_mins(15), 5, 100);
        for _ in 0..5 {
            limit.attempt("ada@example.com", "10.0.0.1", at(0)).unwrap();
        }
        let refused = limit.attempt("ada@example.com", "10.0.0.2", at(0)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert_eq!(refused.retry_after, Some(Duration::from_mins(15)));
        limit.attempt("bob@example.com", "10.0.0.1", at(0)).unwrap();
        limit.attempt("ada@example.com", "10.0.0.1", at(901)).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_stopped() {
        let limit = LoginLimit::new(Duration::from_mins(15), 5, 20);
        for n in 0..20 {
            limit
                .attempt(&format!("user{n}@example.com"), "10.0.0.1", at(n))
                .unwrap();
        }
        assert!(limit.attempt("new@example.com", "10.0.0.1", at(30)).is_err());
        assert!(limit.attempt("new@example.com", "10.0.0.9", at(30)).is_ok());
    }

    #[test]
    fn a_success_clears_the_account_and_does_not_count_for_the_address() {
        let limit = LoginLimit::new(Duration::from_mins(15), 2, 2);
        limit.attempt("ada@example.com", "a", at(0)).unwrap();
        limit.attempt("ada@example.com", "a", at(1)).unwrap();
        limit.succeeded("ada@example.com", "a", at(1));
        limit.attempt("ada@example.com", "a", at(2)).unwrap();
        assert!(limit.attempt("bob@example.com", "a", at(3)).is_err());
    }
}
