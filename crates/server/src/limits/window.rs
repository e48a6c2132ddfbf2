//! What one key or one address has used in the last minute, and has under way (pure).
//!
//! Invariant: what [`Window::refuses`] lets in never makes more than the limit in any sixty seconds. It is counted by
//! the second; a second counts until no moment of it is less than sixty seconds ago, which is [`SPAN`] seconds after it
//! began.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Rates, What};

/// How many seconds count, the present one among them.
pub const SPAN: i64 = 61;
/// When a call that found every place taken should come again: nobody knows when one will be free.
const NEXT_PLACE: Duration = Duration::from_secs(1);

/// What was counted in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Second {
    at: i64,
    requests: u64,
    tokens: u64,
}

/// What counts now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Window {
    /// Oldest first.
    seconds: VecDeque<Second>,
    /// Calls under way.
    places: u64,
}

impl Window {
    /// Forgets what counts no longer. Seconds are those since 1970; a clock that goes back stands still instead.
    pub fn at(&mut self, now: i64) -> i64 {
        let now = self.seconds.back().map_or(now, |last| last.at.max(now));
        while self.seconds.front().is_some_and(|oldest| oldest.at <= now - SPAN) {
            self.seconds.pop_front();
        }
        now
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty() && self.places == 0
    }

    /// How much is used.
    pub fn used(&self, what: What) -> u64 {
        match what {
            What::Requests => self.seconds.iter().map(|second| second.requests).sum(),
            What::Tokens => self.seconds.iter().map(|second| second.tokens).sum(),
            What::Concurrent => self.places,
        }
    }

    /// The limit that does not let in one more call, which may take so many tokens. One that may take more than all there
    /// are is let in when none are used.
    pub fn refuses(&self, rates: &Rates, tokens: u64) -> Option<What> {
        What::ALL.into_iter().find(|what| {
            rates
                .of(*what)
                .is_some_and(|limit| self.used(*what) + takes(*what, limit, tokens) > limit)
        })
    }

    /// Counts a call: what is limited of it.
    pub fn count(&mut self, now: i64, rates: &Rates, tokens: u64) {
        let counted = |what: What| rates.of(what).map_or(0, |limit| takes(what, limit, tokens));
        self.places += counted(What::Concurrent);
        let (requests, tokens) = (counted(What::Requests), counted(What::Tokens));
        if requests == 0 && tokens == 0 {
            return;
        }
        match self.seconds.back_mut().filter(|second| second.at == now) {
            Some(second) => {
                second.requests += requests;
                second.tokens += tokens;
            }
            None => self.seconds.push_back(Second {
                at: now,
                requests,
                tokens,
            }),
        }
    }

    /// A call that was counted then has ended: its place is free, and it has taken this much instead of what was counted.
    pub fn correct(&mut self, at: i64, rates: &Rates, (counted, used): (u64, u64)) {
        if rates.concurrent.is_some() {
            self.places = self.places.saturating_sub(1);
        }
        let Some(limit) = rates.of(What::Tokens) else {
            return;
        };
        if let Some(second) = self.seconds.iter_mut().find(|second| second.at == at) {
            second.tokens = second
                .tokens
                .saturating_sub(takes(What::Tokens, limit, counted))
                .saturating_add(used);
        }
    }

    /// After how long this limit would let the call in, if nothing else happens.
    pub fn lets_in_after(&self, now: i64, what: What, rates: &Rates, tokens: u64) -> Duration {
        let Some(limit) = rates.of(what).filter(|_| what != What::Concurrent) else {
            return NEXT_PLACE;
        };
        let mut used = self.used(what);
        for second in &self.seconds {
            used -= match what {
                What::Requests => second.requests,
                _ => second.tokens,
            };
            if used + takes(what, limit, tokens) <= limit {
                return seconds(second.at + SPAN - now);
            }
        }
        NEXT_PLACE
    }

    /// After how long nothing that is used now will count any more.
    pub fn resets_after(&self, now: i64) -> Duration {
        self.seconds
            .back()
            .map_or(Duration::ZERO, |newest| seconds(newest.at + SPAN - now))
    }

    /// The window of these fields: `r<second>` and `t<second>` with what was counted then, `c<call>` for each under way.
    pub fn from_fields(fields: &[String]) -> Self {
        let mut window = Self::default();
        let mut seconds: BTreeMap<i64, Second> = BTreeMap::new();
        for pair in fields.chunks_exact(2) {
            let [name, value] = pair else { continue };
            let Ok(value) = value.parse::<u64>() else {
                continue;
            };
            let at = |kind| name.strip_prefix(kind).and_then(|at| at.parse::<i64>().ok());
            if let Some(at) = at('r') {
                seconds.entry(at).or_default().requests = value;
            } else if let Some(at) = at('t') {
                seconds.entry(at).or_default().tokens = value;
            } else if name.starts_with('c') {
                window.places += 1;
            }
        }
        window.seconds = seconds
            .into_iter()
            .map(|(at, second)| Second { at, ..second })
            .collect();
        window
    }
}

/// How much one call takes of a limit.
fn takes(what: What, limit: u64, tokens: u64) -> u64 {
    match what {
        What::Requests | What::Concurrent => 1,
        What::Tokens => tokens.min(limit),
    }
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATES: Rates = Rates {
        requests_per_minute: Some(3),
        tokens_per_minute: Some(100),
        concurrent: Some(2),
    };

    #[test]
    fn each_limit_refuses_for_itself_and_says_when_to_come_again() {
        let mut window = Window::default();
        assert_eq!(window.at(1_000), 1_000);
        window.count(1_000, &RATES, 40);
        assert_eq!(window.refuses(&RATES, 60), None);
        assert_eq!(window.refuses(&RATES, 61), Some(What::Tokens));
        window.count(1_005, &RATES, 30);
        assert_eq!(window.refuses(&RATES, 0), Some(What::Concurrent));
        window.correct(1_000, &RATES, (40, 10));
        window.correct(1_005, &RATES, (30, 35));
        assert_eq!(
            (window.used(What::Tokens), window.used(What::Concurrent)),
            (45, 0)
        );
        window.count(1_005, &RATES, 0);
        assert_eq!(window.refuses(&RATES, 0), Some(What::Requests));
        let after = |what, tokens| window.lets_in_after(1_005, what, &RATES, tokens).as_secs();
        // The first of the three is forgotten 61 seconds after its second began; of the tokens 10 are from then.
        assert_eq!((after(What::Requests, 0), after(What::Tokens, 60)), (56, 56));
        assert_eq!(after(What::Tokens, 90), 61);
        assert_eq!(window.resets_after(1_005).as_secs(), 61);
        assert_eq!(window.at(1_060), 1_060);
        assert_eq!(window.used(What::Requests), 3);
        assert_eq!(window.at(1_061), 1_061);
        assert_eq!((window.used(What::Requests), window.used(What::Tokens)), (2, 35));
        window.correct(1_005, &RATES, (0, 0));
        assert_eq!(window.at(1_066), 1_066);
        assert!(window.is_empty());
    }

    #[test]
    fn a_call_larger_than_the_limit_is_let_in_alone() {
        let mut window = Window::default();
        assert_eq!(window.refuses(&RATES, 5_000), None);
        window.count(7, &RATES, 5_000);
        assert_eq!(window.used(What::Tokens), 100);
        assert_eq!(window.refuses(&RATES, 1), Some(What::Tokens));
        window.correct(7, &RATES, (5_000, 20));
        assert_eq!(window.refuses(&RATES, 80), None);
    }

    #[test]
    fn a_clock_that_goes_back_opens_nothing() {
        let mut window = Window::default();
        for _ in 0..3 {
            let now = window.at(5_000);
            window.count(now, &RATES, 0);
            window.correct(now, &RATES, (0, 0));
        }
        assert_eq!(window.at(4_000), 5_000);
        assert_eq!(window.refuses(&RATES, 0), Some(What::Requests));
    }

    #[test]
    fn fields_are_read_back() {
        let fields = ["r12", "2", "t12", "30", "r10", "1", "cuse_1", "99", "x", "1"];
        let window = Window::from_fields(&fields.map(str::to_owned));
        let used = What::ALL.map(|what| window.used(what));
        assert_eq!(used, [3, 30, 1]);
        assert_eq!(window.resets_after(12).as_secs(), 61);
    }

    proptest! {
        /// Calls at any times, in milliseconds: those let in are never more than the limit in any sixty seconds.
        #[test]
        fn no_sixty_seconds_have_more_than_the_limit(
            gaps in prop::collection::vec(0_u64..20_000, 1..200), limit in 1_u32..10,
        ) {
            let rates = Rates { requests_per_minute: Some(limit), ..Rates::default() };
            let (mut window, mut at, mut let_in) = (Window::default(), 1_700_000_000_123_u64, Vec::new());
            for gap in gaps {
                at += gap;
                let now = window.at((at / 1_000) as i64);
                if window.refuses(&rates, 0).is_none() {
                    window.count(now, &rates, 0);
                    let_in.push(at);
                } else {
                    let again = window.lets_in_after(now, What::Requests, &rates, 0).as_secs();
                    prop_assert!((1..=61).contains(&again), "{again}");
                }
            }
            for (first, begin) in let_in.iter().enumerate() {
                let within = let_in[first..].iter().take_while(|later| **later - begin < 60_000).count();
                prop_assert!(within <= limit as usize, "{within} of {limit}");
            }
        }
    }
}
