//! What a caller is told of its limits: the headers `x-ratelimit-…` of OpenAI's API, on answers and refusals alike.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::{Asked, Limited, What};

tokio::task_local! {
    static TOLD: RefCell<Option<Told>>;
}

/// How the limits of a caller stood when a call was let in or refused.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// The limit, and what is left of it.
    requests: Option<(u64, u64)>,
    tokens: Option<(u64, u64)>,
    resets: Duration,
}

/// Notes how the limits stand, for the answer.
pub(super) fn tell(limited: &[Limited], asked: &Asked) {
    // Of several limits the one that leaves least.
    let left = |what| {
        let each = limited
            .iter()
            .zip(&asked.windows)
            .filter_map(|(limited, window)| {
                let limit = limited.rates.of(what)?;
                Some((limit, limit.saturating_sub(window.used(what))))
            });
        each.min_by_key(|(_, left)| *left)
    };
    let resets = asked.windows.iter().map(|window| window.resets_after(asked.now));
    let told = Told {
        requests: left(What::Requests),
        tokens: left(What::Tokens),
        resets: resets.max().unwrap_or_default(),
    };
    // Outside of a request that tells its caller there is nobody to tell.
    let _ = TOLD.try_with(|cell| cell.replace(Some(told)));
}

/// Runs a handler that may be limited; what it was told of its limits.
pub async fn told<F: Future>(handler: F) -> (F::Output, Option<Told>) {
    TOLD.scope(RefCell::default(), async {
        let made = handler.await;
        (made, TOLD.with(RefCell::take))
    })
    .await
}

impl Told {
    /// As headers of an answer.
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        const REQUESTS: [&str; 3] = [
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-requests",
            "x-ratelimit-reset-requests",
        ];
        const TOKENS: [&str; 3] = [
            "x-ratelimit-limit-tokens",
            "x-ratelimit-remaining-tokens",
            "x-ratelimit-reset-tokens",
        ];
        let mut headers = Vec::with_capacity(6);
        for (names, left) in [(REQUESTS, self.requests), (TOKENS, self.tokens)] {
            let Some((limit, left)) = left else { continue };
            let [of_limit, of_rest, of_reset] = names.map(HeaderName::from_static);
            headers.push((of_limit, HeaderValue::from(limit)));
            headers.push((of_rest, HeaderValue::from(left)));
            if let Ok(reset) = HeaderValue::try_from(format!("{}s", self.resets.as_secs())) {
                headers.push((of_reset, reset));
            }
        }
        headers
    }
}
