//! Counting in Redis, for all nodes of an installation: one script asks and counts, another corrects.
//!
//! ```text
//! <prefix>:<run>:limit:<scope>:<id>   r<second> requests, t<second> tokens, c<call> the second in which its place is free anyway
//! ```
//!
//! The rules are those of `window.rs`; the seconds are those of Redis' clock, so nodes need not agree on the time.

use super::window::{SPAN, Window};
use super::{Asked, Holding, Limited, Rates};
use crate::cache::Cache;

/// A place that nobody gave back, because its node died, is free again after so many seconds. No call takes longer.
const PLACE_SECONDS: i64 = 900;

/// Forgets what counts no longer, looks, and counts the call in all of KEYS when each of them lets it in. ARGV: the call
/// (empty to look only), its tokens, the seconds that count, the seconds of a place; then for each key its three limits
/// (empty for none). Answers whether it was let in, the second, and for each key the fields that count.
const ASK: &str = "local now, span, place = tonumber(redis.call('TIME')[1]), tonumber(ARGV[3]), tonumber(ARGV[4]) \
    local let_in, all = true, {} \
    local function limit(k, n) return tonumber(ARGV[4 + (k - 1) * 3 + n]) end \
    for k = 1, #KEYS do \
        local fields, kept, gone = redis.call('HGETALL', KEYS[k]), {}, {} \
        local used = { r = 0, t = 0, c = 0 } \
        for i = 1, #fields, 2 do \
            local name, value = fields[i], tonumber(fields[i + 1]) \
            local kind = string.sub(name, 1, 1) \
            local counts = kind == 'c' and value > now or kind ~= 'c' and tonumber(string.sub(name, 2)) > now - span \
            if counts then \
                if kind == 'c' then value = 1 end \
                used[kind] = used[kind] + value \
                kept[#kept + 1] = name \
                kept[#kept + 1] = tostring(fields[i + 1]) \
            else gone[#gone + 1] = name end \
        end \
        for i = 1, #gone do redis.call('HDEL', KEYS[k], gone[i]) end \
        local requests, tokens, places = limit(k, 1), limit(k, 2), limit(k, 3) \
        local asked = math.min(tonumber(ARGV[2]), tokens or 0) \
        if requests and used.r + 1 > requests or tokens and used.t + asked > tokens or places and used.c + 1 > places then \
            let_in = false \
        end \
        all[k] = kept \
    end \
    if ARGV[1] ~= '' and let_in then \
        for k = 1, #KEYS do \
            local requests, tokens, places = limit(k, 1), limit(k, 2), limit(k, 3) \
            if requests then redis.call('HINCRBY', KEYS[k], 'r' .. now, 1) end \
            if tokens then redis.call('HINCRBY', KEYS[k], 't' .. now, math.min(tonumber(ARGV[2]), tokens)) end \
            if places then redis.call('HSET', KEYS[k], 'c' .. ARGV[1], now + place) end \
            redis.call('EXPIRE', KEYS[k], places and place + 1 or span + 1) \
        end \
    end \
    return { let_in and 1 or 0, now, all }";

/// A call has ended. ARGV: the call, the second it was counted in, what is to be added to its tokens.
const CORRECT: &str = "local key = KEYS[1] \
    redis.call('HDEL', key, 'c' .. ARGV[1]) \
    local second = 't' .. ARGV[2] \
    if ARGV[3] ~= '0' and redis.call('HEXISTS', key, second) == 1 then redis.call('HINCRBY', key, second, ARGV[3]) end \
    return 1";

/// Asks Redis. None when there is none, or when it does not answer.
pub(super) async fn ask(cache: &Cache, limited: &[Limited], call: Option<(&str, u64)>) -> Option<Asked> {
    let link = cache.link()?;
    let (id, tokens) = call.unwrap_or_default();
    let mut arguments = vec![
        // An address or a connection has no calls that could end.
        if id.is_empty() && call.is_some() { "-" } else { id }.to_owned(),
        tokens.to_string(),
        SPAN.to_string(),
        PLACE_SECONDS.to_string(),
    ];
    let text = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    for Rates {
        requests_per_minute,
        tokens_per_minute,
        concurrent,
    } in limited.iter().map(|limited| limited.rates)
    {
        arguments.extend([requests_per_minute, tokens_per_minute, concurrent].map(text));
    }
    let names: Vec<String> = limited.iter().map(name).collect();
    let (let_in, now, fields): (i64, i64, Vec<Vec<String>>) = link.script(ASK, &names, &arguments).await?;
    let let_in = let_in == 1;
    let window = |(limited, fields): (&Limited, &Vec<String>)| {
        let mut window = Window::from_fields(fields);
        if call.is_some() && let_in {
            window.count(now, &limited.rates, tokens);
        }
        window
    };
    Some(Asked {
        let_in,
        now,
        windows: limited.iter().zip(&fields).map(window).collect(),
    })
}

/// Frees the places of a call that Redis has counted, and corrects its tokens. When Redis is away now, its places are free
/// when their time is up, and its tokens are forgotten with their second.
pub(super) async fn correct(held: &Holding) {
    let Some(link) = held.app.cache.link() else { return };
    for limited in &held.limited {
        let change = match limited.rates.tokens_per_minute {
            Some(limit) => i128::from(held.used) - i128::from(held.tokens.min(u64::from(limit))),
            None => 0,
        };
        let arguments = [held.call_id.clone(), held.at.to_string(), change.to_string()];
        link.script::<i64>(CORRECT, &[name(limited)], &arguments).await;
    }
}

fn name(limited: &Limited) -> String {
    format!("limit:{}", limited.name())
}
