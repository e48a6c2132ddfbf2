//! Counting in Redis, for all nodes of an installation: one script asks and counts, another corrects.
//!
//! ```text
//! <prefix>:<run>:limit:<scope>:<id>   r<second> requests, t<second> tokens, c<call> the second in which its place is free anyway
//! ```
//!
//! The rules are those of `window.rs`; the seconds are those of Redis' clock, so nodes need not agree on the time.

use super::window::{SPAN, Window};
use super::{Asked, Holding, Limited};
use crate::App;

/// A place that nobody gave back, because its node died, is free again after so many seconds. No call takes longer.
const PLACE_SECONDS: i64 = 900;

/// Forgets what counts no longer, looks, and counts the call when it is let in. ARGV: the call (empty to look only), its
/// tokens, the three limits (empty for none), the seconds that count, the seconds of a place. Answers whether it was let
/// in, the second, and the fields that count.
const ASK: &str = "local key, now = KEYS[1], tonumber(redis.call('TIME')[1]) \
    local fields, kept, gone = redis.call('HGETALL', key), {}, {} \
    local used = { r = 0, t = 0, c = 0 } \
    for i = 1, #fields, 2 do \
        local name, value = fields[i], tonumber(fields[i + 1]) \
        local kind = string.sub(name, 1, 1) \
        local counts = kind == 'c' and value > now or kind ~= 'c' and tonumber(string.sub(name, 2)) > now - tonumber(ARGV[6]) \
        if counts then \
            if kind == 'c' then value = 1 end \
            used[kind] = used[kind] + value \
            kept[#kept + 1] = name \
            kept[#kept + 1] = tostring(fields[i + 1]) \
        else gone[#gone + 1] = name end \
    end \
    for i = 1, #gone do redis.call('HDEL', key, gone[i]) end \
    local requests, tokens, places = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]) \
    local asked = math.min(tonumber(ARGV[2]), tokens or 0) \
    local let_in = not (requests and used.r + 1 > requests or tokens and used.t + asked > tokens or places and used.c + 1 > places) \
    if ARGV[1] ~= '' and let_in then \
        if requests then redis.call('HINCRBY', key, 'r' .. now, 1) end \
        if tokens then redis.call('HINCRBY', key, 't' .. now, asked) end \
        if places then redis.call('HSET', key, 'c' .. ARGV[1], now + tonumber(ARGV[7])) end \
        redis.call('EXPIRE', key, places and tonumber(ARGV[7]) + 1 or tonumber(ARGV[6]) + 1) \
    end \
    return { let_in and 1 or 0, now, kept }";

/// A call has ended. ARGV: the call, the second it was counted in, what is to be added to its tokens.
const CORRECT: &str = "local key = KEYS[1] \
    redis.call('HDEL', key, 'c' .. ARGV[1]) \
    local second = 't' .. ARGV[2] \
    if ARGV[3] ~= '0' and redis.call('HEXISTS', key, second) == 1 then redis.call('HINCRBY', key, second, ARGV[3]) end \
    return 1";

/// Asks Redis. None when there is none, or when it does not answer.
pub(super) async fn ask(app: &App, limited: &Limited, call: Option<(&str, u64)>) -> Option<Asked> {
    let link = app.cache.link()?;
    let rates = &limited.rates;
    let (id, tokens) = call.unwrap_or_default();
    let text = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    let arguments = [
        // An address has no calls of their own that could end.
        if id.is_empty() && call.is_some() { "-" } else { id }.to_owned(),
        tokens.to_string(),
        text(rates.requests_per_minute),
        text(rates.tokens_per_minute),
        text(rates.concurrent),
        SPAN.to_string(),
        PLACE_SECONDS.to_string(),
    ];
    let (let_in, now, fields): (i64, i64, Vec<String>) = link.script(ASK, &name(limited), &arguments).await?;
    let (mut window, let_in) = (Window::from_fields(&fields), let_in == 1);
    if call.is_some() && let_in {
        window.count(now, rates, tokens);
    }
    Some(Asked { let_in, now, window })
}

/// Frees the place of a call that Redis has counted, and corrects its tokens. When Redis is away now, its place is free
/// when its time is up, and its tokens are forgotten with their second.
pub(super) async fn correct(held: &Holding) {
    let Some(link) = held.app.cache.link() else { return };
    let counted = held
        .limited
        .rates
        .tokens_per_minute
        .map_or(0, |limit| held.tokens.min(u64::from(limit)));
    let limited_tokens = held.limited.rates.tokens_per_minute.is_some();
    let change = if limited_tokens {
        i128::from(held.used) - i128::from(counted)
    } else {
        0
    };
    let arguments = [held.call_id.clone(), held.at.to_string(), change.to_string()];
    link.script::<i64>(CORRECT, &name(&held.limited), &arguments)
        .await;
}

fn name(limited: &Limited) -> String {
    format!("limit:{}", limited.name())
}
