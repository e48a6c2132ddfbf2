//! How many calls, and tokens with them, one upstream is sent within any minute.
//!
//! A call that does not fit waits a little, when it will fit soon; else it is told when it would. Tokens are an estimate made before
//! the call: its texts, and the longest answer it allows. Who counts is a [`Rate`]: this process what it sends ([`OwnRate`]), or
//! somebody above who can ask what other processes send.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{ChatRequest, Error, Part};

/// What is counted.
const WINDOW: Duration = Duration::from_mins(1);
/// Bytes of a token, about.
const BYTES_PER_TOKEN: usize = 4;

/// The limits of one upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Most calls of a minute.
    pub requests_per_minute: Option<u32>,
    /// Most tokens of a minute, by estimate. A call that is larger than that alone is let through when nothing else was.
    pub tokens_per_minute: Option<u64>,
    /// Longest wait until a call fits.
    pub wait: Duration,
}

/// Counts the calls of one upstream.
#[async_trait]
pub trait Rate: Send + Sync {
    /// Counts a call of so many tokens when it fits now; else says after how long it would, if nobody else came.
    async fn take(&self, tokens: u64) -> Result<(), Duration>;
}

/// Counts what this process sends, to the moment.
pub struct OwnRate {
    limits: AdmissionLimits,
    admitted: Mutex<Admitted>,
}

/// Lets calls through as a rate does.
pub(super) struct Admission {
    limits: AdmissionLimits,
    rate: Arc<dyn Rate>,
}

#[derive(Default)]
struct Admitted {
    calls: VecDeque<(Instant, u64)>,
    tokens: u64,
}

/// The tokens that a call will take, about.
pub(super) fn estimate(request: &ChatRequest) -> u64 {
    let texts = request.messages.iter().flat_map(|message| &message.parts);
    let bytes: usize = texts.filter_map(Part::as_text).map(str::len).sum();
    tokens_of(bytes) + u64::from(request.max_tokens.unwrap_or(0))
}

/// The tokens of so much text, about.
pub(super) fn tokens_of(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN) as u64
}

impl Admission {
    pub(super) const fn new(limits: AdmissionLimits, rate: Arc<dyn Rate>) -> Self {
        Self { limits, rate }
    }

    /// Returns when the call may be made, and counts it.
    pub(super) async fn admit(&self, upstream: &str, tokens: u64) -> Result<(), Error> {
        let limits = &self.limits;
        if limits.requests_per_minute.is_none() && limits.tokens_per_minute.is_none() {
            return Ok(());
        }
        let give_up = Instant::now() + limits.wait;
        loop {
            let Err(after) = self.rate.take(tokens).await else {
                return Ok(());
            };
            let fits = Instant::now() + after;
            if fits > give_up {
                return Err(self.full(upstream, after));
            }
            tokio::time::sleep_until(fits).await;
        }
    }

    fn full(&self, upstream: &str, after: Duration) -> Error {
        let AdmissionLimits {
            requests_per_minute,
            tokens_per_minute,
            ..
        } = self.limits;
        let requests = requests_per_minute.map(|max| format!("{max} requests"));
        let tokens = tokens_per_minute.map(|max| format!("{max} tokens"));
        let limits: Vec<String> = requests.into_iter().chain(tokens).collect();
        Error::RateLimited {
            retry_after: Some(after),
            message: format!("{upstream} is sent {} a minute at most", limits.join(" and ")),
        }
    }
}

#[async_trait]
impl Rate for OwnRate {
    async fn take(&self, tokens: u64) -> Result<(), Duration> {
        let now = Instant::now();
        match self.fits_at(now, tokens) {
            Some(at) => Err(at.saturating_duration_since(now)),
            None => Ok(()),
        }
    }
}

impl OwnRate {
    /// Nothing was sent yet.
    pub fn new(limits: AdmissionLimits) -> Self {
        Self {
            limits,
            admitted: Mutex::default(),
        }
    }

    /// Counts the call when it fits now; else says when it would, if nobody else came.
    fn fits_at(&self, now: Instant, tokens: u64) -> Option<Instant> {
        let mut admitted = self.admitted.lock();
        while let Some((at, freed)) = admitted.calls.front().copied() {
            if now.saturating_duration_since(at) < WINDOW {
                break;
            }
            admitted.tokens -= freed;
            admitted.calls.pop_front();
        }
        let requests_max = self
            .limits
            .requests_per_minute
            .map_or(usize::MAX, |max| max as usize);
        let tokens_max = self.limits.tokens_per_minute.unwrap_or(u64::MAX);
        let (mut calls, mut sum) = (admitted.calls.len(), admitted.tokens);
        let fits = |calls: usize, sum: u64| {
            calls < requests_max && (calls == 0 || sum.saturating_add(tokens) <= tokens_max)
        };
        let mut last = None;
        let mut oldest = admitted.calls.iter();
        while !fits(calls, sum) {
            // A minute after so many of them have been made, they count no more.
            let (at, freed) = oldest.next()?;
            (calls, sum) = (calls - 1, sum - freed);
            last = Some(*at + WINDOW);
        }
        if last.is_none() {
            admitted.calls.push_back((now, tokens));
            admitted.tokens += tokens;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(requests: Option<u32>, tokens: Option<u64>) -> Admission {
        let limits = AdmissionLimits {
            requests_per_minute: requests,
            tokens_per_minute: tokens,
            wait: Duration::from_secs(2),
        };
        Admission::new(limits, Arc::new(OwnRate::new(limits)))
    }

    fn retry_after(result: Result<(), Error>) -> Duration {
        match result {
            Err(Error::RateLimited {
                retry_after: Some(after),
                message,
            }) => {
                assert!(message.starts_with("FabriX API is sent "), "{message}");
                after
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_of_a_minute_are_counted_wherever_the_minute_begins() {
        let admission = admission(Some(2), None);
        admission.admit("FabriX API", 1).await.unwrap();
        tokio::time::advance(Duration::from_secs(30)).await;
        admission.admit("FabriX API", 1).await.unwrap();
        let after = retry_after(admission.admit("FabriX API", 1).await);
        assert_eq!(after, Duration::from_secs(30));
        tokio::time::advance(Duration::from_secs(30)).await;
        admission.admit("FabriX API", 1).await.unwrap();
        retry_after(admission.admit("FabriX API", 1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_fits_soon_waits() {
        let admission = admission(Some(1), None);
        admission.admit("FabriX API", 1).await.unwrap();
        tokio::time::advance(Duration::from_secs(58)).await;
        let before = Instant::now();
        admission.admit("FabriX API", 1).await.unwrap();
        assert_eq!(before.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_counted_and_a_large_call_alone_is_let_through() {
        let admission = admission(None, Some(100));
        admission.admit("FabriX API", 500).await.unwrap();
        retry_after(admission.admit("FabriX API", 1).await);
        tokio::time::advance(WINDOW).await;
        admission.admit("FabriX API", 60).await.unwrap();
        admission.admit("FabriX API", 40).await.unwrap();
        retry_after(admission.admit("FabriX API", 1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_are_never_more_than_allowed() {
        let admission = std::sync::Arc::new(admission(Some(5), None));
        let calls = (0..50).map(|_| {
            let admission = std::sync::Arc::clone(&admission);
            tokio::spawn(async move { admission.admit("FabriX API", 1).await.is_ok() })
        });
        let admitted = futures_util::future::join_all(calls).await;
        assert_eq!(
            admitted
                .into_iter()
                .filter(|call| *call.as_ref().unwrap())
                .count(),
            5
        );
    }
}
