//! Limits: how much may be asked in a minute and how much at once, with an API key, by a user or from an address, or sent to a
//! connection; and which models.
//!
//! A call of a model is *admitted* before it begins: it counts as one request, as the most tokens that it may take, and as
//! one under way. When it ends, its tokens are corrected to what they were, and its place is free however it ended
//! ([`Held`]). All limits of a call are asked in one step: none counts it unless all let it in.
//!
//! ```text
//! admit ─▶ memory of this process (memory.rs), or Redis, by one script (shared.rs) ─▶ Held ─▶ dropped: corrected there
//! ```
//!
//! Counting is by the second (window.rs), so no sixty seconds have more than the limit, whatever the concurrency; what is
//! refused might have been let in less than a second later. Several nodes count together in Redis, by its clock. While
//! Redis is away each node counts for itself: nobody gets an error, and the limit holds for each node.

mod connection;
mod memory;
pub mod routes;
mod shared;
mod told;
mod window;

use std::net::IpAddr;
use std::time::Duration;

use llm::AdmissionLimits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use self::connection::ConnectionRate;
pub use self::memory::Memory;
pub use self::told::{Told, told};
use self::window::Window;
use crate::App;
use crate::accounts::CallerRow;
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem};

/// How long a call waits for a place when all are taken, and how often it looks. The end of a call is counted a moment
/// after its last word, and who has read that may come at once.
const PLACE_WAIT: Duration = Duration::from_secs(1);
const PLACE_STEP: Duration = Duration::from_millis(20);
/// The most patterns of a list of models, and characters of one.
const PATTERNS_MAX: usize = 50;
const PATTERN_CHARS_MAX: usize = 200;
/// The highest limits that make sense.
const REQUESTS_MAX: u32 = 1_000_000;
const TOKENS_MAX: u32 = 1_000_000_000;
const CONCURRENT_MAX: u32 = 10_000;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Calls in a minute.
    Requests,
    /// Tokens read and written in a minute.
    Tokens,
    /// Calls under way.
    Concurrent,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Tokens, Self::Concurrent];
}

/// Whose limits they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those of an API key.
    Key,
    /// Those of a user, over all their keys and sessions.
    User,
    /// Those of an address, for callers who are not logged in.
    Address,
    /// Those of a connection: what is sent to its provider. Nobody is told how they stand.
    #[serde(skip)]
    Connection,
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::User => "user",
            Self::Address => "address",
            Self::Connection => "connection",
        }
    }
}

/// How much. What is null is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rates {
    /// Calls of models in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens read and written in a minute. A call counts as the most it may take until it ends.
    pub tokens_per_minute: Option<u32>,
    /// Calls of models at once.
    pub concurrent: Option<u32>,
}

impl Rates {
    fn of(&self, what: What) -> Option<u64> {
        match what {
            What::Requests => self.requests_per_minute,
            What::Tokens => self.tokens_per_minute,
            What::Concurrent => self.concurrent,
        }
        .map(u64::from)
    }

    /// Notes what is not sensible.
    pub fn check(&self, check: &mut Check) {
        for (field, value, most) in [
            ("requests_per_minute", self.requests_per_minute, REQUESTS_MAX),
            ("tokens_per_minute", self.tokens_per_minute, TOKENS_MAX),
            ("concurrent", self.concurrent, CONCURRENT_MAX),
        ] {
            if value.is_some_and(|value| !(1..=most).contains(&value)) {
                check.fail(field, format!("is between 1 and {most}, or null for no limit"));
            }
        }
    }

    /// Lets nothing through.
    pub const fn nothing() -> Self {
        Self {
            requests_per_minute: Some(0),
            tokens_per_minute: None,
            concurrent: None,
        }
    }

    /// Whether anything is limited.
    pub const fn is_any(&self) -> bool {
        self.requests_per_minute.is_some() || self.tokens_per_minute.is_some() || self.concurrent.is_some()
    }
}

/// What an API key may do. What is null is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// The models it may use, by their outward names; `*` stands for any characters (`openai/*`).
    pub models: Option<Vec<String>>,
    /// Calls of models in a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens read and written in a minute. A call counts as the most it may take until it ends.
    pub tokens_per_minute: Option<u32>,
    /// Calls of models at once.
    pub concurrent: Option<u32>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_none(&self) -> bool {
        self.models.is_none() && !self.rates().is_any()
    }

    /// Lets no model be used.
    pub fn nothing() -> Self {
        Self {
            models: Some(Vec::new()),
            ..Self::default()
        }
    }

    const fn rates(&self) -> Rates {
        Rates {
            requests_per_minute: self.requests_per_minute,
            tokens_per_minute: self.tokens_per_minute,
            concurrent: self.concurrent,
        }
    }

    /// Whether these let a model be used.
    pub fn names(&self, model: &str) -> bool {
        self.models
            .as_ref()
            .is_none_or(|patterns| patterns.iter().any(|pattern| fits(pattern, model)))
    }

    /// Notes what is not sensible.
    pub fn check(&self, check: &mut Check) {
        if let Some(patterns) = &self.models {
            if !(1..=PATTERNS_MAX).contains(&patterns.len()) {
                check.fail(
                    "models",
                    format!("names 1 to {PATTERNS_MAX} models or patterns; null for every model"),
                );
            }
            for (number, pattern) in patterns.iter().enumerate() {
                check.text(&format!("models[{number}]"), pattern, 1, PATTERN_CHARS_MAX);
            }
        }
        self.rates().check(check);
    }
}

/// Whether a name fits a pattern, in which `*` stands for any characters.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    true
}

/// 403 when these limits do not let the model be used.
pub fn allow(limits: Option<&Limits>, model: &str) -> Result<(), Problem> {
    match limits {
        Some(limits) if !limits.names(model) => {
            let names = limits.models.as_deref().unwrap_or_default().join("`, `");
            Err(Problem::forbidden(format!(
                "This API key may not use the model `{model}`; it may use `{names}`."
            )))
        }
        _ => Ok(()),
    }
}

/// Somebody whose calls are limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited {
    scope: Scope,
    id: String,
    rates: Rates,
}

impl Limited {
    /// An API key; nothing when it has no limits.
    pub fn key(credential_id: &str, limits: Option<&Limits>) -> Option<Self> {
        let rates = limits.map(Limits::rates).filter(Rates::is_any)?;
        Some(Self {
            scope: Scope::Key,
            id: credential_id.to_owned(),
            rates,
        })
    }

    /// A user; nothing when they have no limits.
    pub fn user(id: &str, rates: Option<Rates>) -> Option<Self> {
        let rates = rates.filter(Rates::is_any)?;
        Some(Self {
            scope: Scope::User,
            id: id.to_owned(),
            rates,
        })
    }

    /// A caller: the credential, and the user it belongs to.
    pub fn of(user: &CallerRow) -> Vec<Self> {
        let key = Self::key(&user.credential_id, user.limits.as_deref());
        let user = Self::user(&user.user_id, user.user_rates);
        key.into_iter().chain(user).collect()
    }

    /// The address of a caller who is not logged in. Whoever has an address of IPv6 has a whole network of them, so they
    /// count by its first 64 bits.
    pub fn address(address: &str, requests_per_minute: u32) -> Self {
        let id = match address.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            _ => address.to_owned(),
        };
        Self {
            scope: Scope::Address,
            id,
            rates: Rates {
                requests_per_minute: Some(requests_per_minute),
                ..Rates::default()
            },
        }
    }

    /// A connection, whose calls are counted when they are sent.
    pub fn connection(id: &str, limits: AdmissionLimits) -> Self {
        Self {
            scope: Scope::Connection,
            id: id.to_owned(),
            rates: Rates {
                requests_per_minute: limits.requests_per_minute,
                tokens_per_minute: limits
                    .tokens_per_minute
                    .map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
                concurrent: None,
            },
        }
    }

    /// What it is counted under.
    fn name(&self) -> String {
        format!("{}:{}", self.scope.as_str(), self.id)
    }
}

/// Counts a request of a caller who is not logged in; 429 when there were as many from this address in the last minute.
pub async fn admit_address(app: &App, address: &str, requests_per_minute: u32) -> Result<(), Problem> {
    let limited = Limited::address(address, requests_per_minute);
    // Nothing of it is corrected when it has ended.
    let _counted = admit(app, vec![limited], "", 0).await?;
    Ok(())
}

/// Where a call is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Memory,
    Redis,
}

/// What came of asking: whether the call was let in, and how the limits stand now.
struct Asked {
    let_in: bool,
    /// The second in which this was.
    now: i64,
    /// Of each of them.
    windows: Vec<Window>,
}

impl Asked {
    /// How these stand at this second, or at the last they have seen.
    fn seen(mut windows: Vec<Window>, now: i64) -> Self {
        let now = windows.iter_mut().fold(now, |now, window| window.at(now));
        for window in &mut windows {
            window.at(now);
        }
        Self {
            let_in: true,
            now,
            windows,
        }
    }

    /// What is in the way of a call of so many tokens: a minute's before a place, which may be free in a moment.
    fn refuses<'a>(&self, limited: &'a [Limited], tokens: u64) -> Option<(usize, &'a Limited, What)> {
        let each = limited.iter().zip(&self.windows).enumerate();
        let mut refusing = each.filter_map(|(number, (limited, window))| {
            let what = window.refuses(&limited.rates, tokens)?;
            Some((number, limited, what))
        });
        let first = refusing.next()?;
        let lasting = |(_, _, what): &(usize, &Limited, What)| *what != What::Concurrent;
        Some(
            std::iter::once(first)
                .chain(refusing)
                .find(lasting)
                .unwrap_or(first),
        )
    }
}

/// A call that was let in. Dropping it frees its place and corrects its tokens, however it ended.
#[must_use = "dropped, it counts as ended"]
#[derive(Default)]
pub struct Held(Option<Box<Holding>>);

struct Holding {
    app: App,
    limited: Vec<Limited>,
    call_id: String,
    place: Place,
    /// The second it was counted in.
    at: i64,
    tokens: u64,
    used: u64,
}

impl Held {
    /// A call that nothing limits.
    pub const fn free() -> Self {
        Self(None)
    }

    /// Whether its tokens are limited: then it must not take more than it was counted as.
    pub fn is_bounded(&self) -> bool {
        let holding = self.0.as_ref();
        let bounded = |limited: &Limited| limited.rates.tokens_per_minute.is_some();
        holding.is_some_and(|holding| holding.limited.iter().any(bounded))
    }

    /// The tokens that it has taken.
    pub fn used(&mut self, tokens: u64) {
        if let Some(holding) = &mut self.0 {
            holding.used = tokens;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(held) = self.0.take() else { return };
        let ends =
            |Limited { rates, .. }: &Limited| rates.tokens_per_minute.is_some() || rates.concurrent.is_some();
        if !held.limited.iter().any(ends) {
            return;
        }
        match held.place {
            Place::Memory => {
                let counted_and_used = (held.tokens, held.used);
                held.app.limits.correct(&held.limited, held.at, counted_and_used);
            }
            Place::Redis => {
                let app = held.app.clone();
                app.spawn(async move { shared::correct(&held).await });
            }
        }
    }
}

/// Lets a call in that may take so many tokens, or says when to come again: 429. All of `limited` let it in, or none counts
/// it. `call_id` is its own. A place that is taken is waited for a moment.
pub async fn admit(app: &App, limited: Vec<Limited>, call_id: &str, tokens: u64) -> Result<Held, Problem> {
    if limited.is_empty() {
        return Ok(Held::free());
    }
    let until = Instant::now() + PLACE_WAIT;
    loop {
        let (place, asked) = ask(app, &limited, Some((call_id, tokens))).await;
        told::tell(&limited, &asked);
        if asked.let_in {
            return Ok(Held(Some(Box::new(Holding {
                app: app.clone(),
                call_id: call_id.to_owned(),
                place,
                at: asked.now,
                tokens,
                used: 0,
                limited,
            }))));
        }
        let late = Instant::now() >= until;
        match asked.refuses(&limited, tokens) {
            Some((number, limited, what)) if what != What::Concurrent || late => {
                return Err(refused((number, limited), what, &asked, tokens));
            }
            // What has become free since the script looked is found when it looks again.
            None if late => {
                let detail = "The limits of this call change all the time; try again in a moment.";
                return Err(Problem::new(ErrorCode::RateLimited, detail).retry_after(Duration::from_secs(1)));
            }
            _ => {}
        }
        tokio::time::sleep(PLACE_STEP).await;
    }
}

/// Asks where it is counted; with a call to count it, else only how the limits stand.
async fn ask(app: &App, limited: &[Limited], call: Option<(&str, u64)>) -> (Place, Asked) {
    if let Some(asked) = shared::ask(&app.cache, limited, call).await {
        return (Place::Redis, asked);
    }
    let now = app.clock.now().secs();
    let tokens = call.map(|(_, tokens)| tokens);
    (Place::Memory, app.limits.ask(limited, now, tokens))
}

/// 429, with what is limited, how much of it is used, and when the call would be let in.
fn refused((number, limited): (usize, &Limited), what: What, asked: &Asked, tokens: u64) -> Problem {
    let rates = &limited.rates;
    let window = asked.windows.get(number).cloned().unwrap_or_default();
    let wait = window.lets_in_after(asked.now, what, rates, tokens);
    let limit = rates.of(what).unwrap_or(0);
    let whose = match limited.scope {
        Scope::Key => "this API key",
        Scope::User => "your account",
        Scope::Address => "an address that is not logged in",
        Scope::Connection => "this connection",
    };
    let seconds = wait.as_secs();
    let detail = match what {
        What::Requests => {
            format!("{limit} requests a minute are the limit of {whose}. Try again in {seconds} s.")
        }
        What::Tokens => format!(
            "{limit} tokens a minute are the limit of {whose}, and {} are used; this call may take {tokens}. Try again \
             in {seconds} s, or with a smaller `max_tokens`.",
            window.used(what),
        ),
        What::Concurrent => {
            format!("{limit} calls at once are the limit of {whose}. Try again when one has ended.")
        }
    };
    Problem::new(ErrorCode::RateLimited, detail).retry_after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_models() {
        for (pattern, name, expected) in [
            ("openai/gpt-5", "openai/gpt-5", true),
            ("openai/gpt-5", "openai/gpt-5-mini", false),
            ("openai/*", "openai/gpt-5", true),
            ("openai/*", "openrouter/openai/gpt-5", false),
            ("*", "mock/echo", true),
            ("*/*-mini", "openai/gpt-5-mini", true),
            ("*/*-mini", "openai/gpt-5-minimal", false),
            ("open*/gpt*5", "openai/gpt-4-5", true),
            ("a*a", "a", false),
            ("mock/**", "mock/echo", true),
            ("", "mock/echo", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_caller() {
        let id = |address: &str| Limited::address(address, 1).id;
        assert_eq!(id("2001:db8:1:2::7"), id("2001:db8:1:2:ffff::1"));
        assert_ne!(id("2001:db8:1:2::7"), id("2001:db8:1:3::7"));
        assert_eq!(id("192.0.2.7"), "192.0.2.7");
        assert_ne!(id("::ffff:192.0.2.7"), id("::ffff:192.0.2.8"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let limits = Limits {
            models: Some(Vec::new()),
            requests_per_minute: Some(0),
            tokens_per_minute: Some(1),
            concurrent: Some(20_000),
        };
        let mut check = Check::new();
        limits.check(&mut check);
        let fields: Vec<String> = check
            .done()
            .unwrap_err()
            .errors
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(fields, ["models", "requests_per_minute", "concurrent"]);
    }
}
