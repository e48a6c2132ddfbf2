//! The connection to Redis: what the nodes of an installation share.
//!
//! ```text
//! <prefix>:<run>:epoch      a counter, moved on by every write
//! <prefix>:<run>:places     place of a tag → the epoch at which it was last touched; `all` for every tag
//! <prefix>:<run>:limit:…    what keys and addresses have used (`limits/shared.rs`)
//! <prefix>:<run>:a:<key>    an entry with the epoch at which its making began, the places it was made from, its value
//! ```
//!
//! `<run>` is the id that Redis gives itself at each start, so that nothing of before a restart is ever found: a Redis that
//! comes back from an old snapshot has forgotten writes. Entries follow the same rule as in memory (`tags.rs`), with the
//! epoch and the places of Redis. Every call has a short limit; a failure counts as "nothing there".

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue, RedisError, RedisResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use super::tags::Tag;

/// How long a command may take.
const COMMAND_LIMIT: Duration = Duration::from_millis(250);
/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// The place that stands for every tag.
const ALL: &str = "all";
/// Moves the epoch on, notes it at each place (the arguments between), and publishes the last argument. How many heard it.
const TOUCH: &str = "local epoch = redis.call('INCR', KEYS[1]) \
    for i = 1, #ARGV - 1 do redis.call('HSET', KEYS[2], ARGV[i], epoch) end \
    return redis.call('PUBLISH', KEYS[3], ARGV[#ARGV])";

/// A connection that works, as far as known.
pub struct Connected {
    commands: MultiplexedConnection,
    /// `<prefix>:<run>`.
    base: String,
}

/// What Redis is for this process.
pub struct Link {
    client: redis::Client,
    prefix: String,
    connected: ArcSwapOption<Connected>,
    /// A write could not be told to the other nodes.
    untold: AtomicBool,
    counts: Counts,
}

/// Counts of the link. All of them only grow.
#[derive(Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    errors: AtomicU64,
    connects: AtomicU64,
    /// Writes told to the other nodes.
    sent: AtomicU64,
    /// Writes heard from other nodes.
    received: AtomicU64,
    /// Writes answered before every node had said that it heard of them.
    unconfirmed: AtomicU64,
}

/// The link to Redis in figures, of this process since it started.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RedisStats {
    /// Whether Redis answers.
    pub connected: bool,
    /// How often it came back.
    pub reconnects: u64,
    /// Looks that found an entry.
    pub hits: u64,
    /// Looks that did not.
    pub misses: u64,
    /// Commands that failed or took too long.
    pub errors: u64,
    /// Writes told to other nodes.
    pub invalidations_sent: u64,
    /// Writes heard of from other nodes.
    pub invalidations_received: u64,
    /// Writes answered before every node had said that it heard of them.
    pub invalidations_unconfirmed: u64,
}

/// An entry as it lies in Redis: this, as JSON behind its length, then the value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shared {
    epoch: u64,
    places: Vec<u16>,
    until: i64,
    /// What the value's reader needs to know of it.
    pub about: serde_json::Value,
}

/// A look that found nothing: what is made now may be kept with this epoch.
#[derive(Debug, Clone, Copy)]
pub struct SharedEpoch(u64);

/// What a look found.
pub enum Look {
    /// The entry, the tags it was made from, its value, and until when it is right.
    Found(Shared, Vec<Tag>, Vec<u8>, Time),
    /// Nothing that is right.
    Nothing(SharedEpoch),
    /// Redis does not answer.
    Away,
}

impl Link {
    /// Not connected yet.
    pub fn new(url: &str, prefix: &str) -> RedisResult<Self> {
        Ok(Self {
            client: redis::Client::open(url)?,
            prefix: prefix.to_owned(),
            connected: ArcSwapOption::empty(),
            untold: AtomicBool::new(false),
            counts: Counts::default(),
        })
    }

    /// Opens the connections: one for commands, one to listen on `channels`.
    pub async fn open(&self, channels: &[String]) -> RedisResult<(Connected, redis::aio::PubSub)> {
        let opening = async {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECT_LIMIT))
                .set_response_timeout(Some(COMMAND_LIMIT));
            let mut commands = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            let mut listening = self.client.get_async_pubsub().await?;
            for channel in channels {
                listening.subscribe(channel).await?;
            }
            let server: String = redis::cmd("INFO")
                .arg("server")
                .query_async(&mut commands)
                .await?;
            let run = server.lines().find_map(|line| line.strip_prefix("run_id:"));
            let base = format!("{}:{}", self.prefix, run.unwrap_or("0").trim());
            Ok((Connected { commands, base }, listening))
        };
        let late = |_| RedisError::from((redis::ErrorKind::Io, "no connection in time"));
        tokio::time::timeout(CONNECT_LIMIT, opening).await.map_err(late)?
    }

    /// Uses this connection from now on.
    pub fn connect(&self, connected: Connected) {
        self.connected.store(Some(connected.into()));
        self.counts.connects.fetch_add(1, Ordering::Relaxed);
    }

    /// Uses none.
    pub fn disconnect(&self) {
        self.connected.store(None);
    }

    /// Whether Redis answers, as far as known.
    pub fn is_connected(&self) -> bool {
        self.connected.load().is_some()
    }

    /// The name of a channel.
    pub fn channel(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// Whether a write could not be told since this was last asked.
    pub fn take_untold(&self) -> bool {
        self.untold.swap(false, Ordering::SeqCst)
    }

    fn failed<T>(&self, outcome: RedisResult<T>) -> Option<T> {
        outcome
            .inspect_err(|error| {
                self.counts.errors.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "Redis did not do it");
            })
            .ok()
    }

    /// A sign of life.
    pub async fn ping(&self) -> bool {
        let Some(connected) = self.connected.load_full() else {
            return false;
        };
        let mut commands = connected.commands.clone();
        let pong = redis::cmd("PING").query_async::<String>(&mut commands).await;
        self.failed(pong).is_some()
    }

    /// Publishes a message that changes nothing.
    pub async fn say(&self, channel: &str, message: &str) {
        let Some(connected) = self.connected.load_full() else {
            return;
        };
        let mut commands = connected.commands.clone();
        let said = redis::cmd("PUBLISH")
            .arg(channel)
            .arg(message)
            .query_async::<i64>(&mut commands)
            .await;
        self.failed(said);
    }

    /// Touches these tags for every node and publishes the message: how many heard it. None when Redis is away; then it is
    /// remembered that something is untold. Without tags every one is touched.
    pub async fn touch(&self, tags: &[Tag], channel: &str, message: &str) -> Option<usize> {
        let told = match self.connected.load_full() {
            None => None,
            Some(connected) => {
                let mut touch = redis::cmd("EVAL");
                touch
                    .arg(TOUCH)
                    .arg(3)
                    .arg(format!("{}:epoch", connected.base))
                    .arg(format!("{}:places", connected.base))
                    .arg(channel);
                if tags.is_empty() {
                    touch.arg(ALL);
                }
                for tag in tags {
                    touch.arg(tag.place());
                }
                touch.arg(message);
                let mut commands = connected.commands.clone();
                self.failed(touch.query_async::<usize>(&mut commands).await)
            }
        };
        if told.is_none() {
            self.untold.store(true, Ordering::SeqCst);
        } else {
            self.counts.sent.fetch_add(1, Ordering::Relaxed);
        }
        told
    }

    /// Runs a script on what has these names, which is as nothing when Redis starts anew. None when Redis is away.
    pub async fn script<T: FromRedisValue>(
        &self,
        script: &str,
        names: &[String],
        arguments: &[String],
    ) -> Option<T> {
        let connected = self.connected.load_full()?;
        let mut run = redis::cmd("EVAL");
        run.arg(script).arg(names.len());
        for name in names {
            run.arg(format!("{}:{name}", connected.base));
        }
        for argument in arguments {
            run.arg(argument);
        }
        let mut commands = connected.commands.clone();
        self.failed(run.query_async::<T>(&mut commands).await)
    }

    /// Looks for an entry.
    pub async fn look(&self, key: &str, now: Time) -> Look {
        let Some(connected) = self.connected.load_full() else {
            return Look::Away;
        };
        let look = self.look_on(&connected, key, now).await;
        let Some(look) = self.failed(look) else {
            return Look::Away;
        };
        let count = match look {
            Look::Found(..) => &self.counts.hits,
            _ => &self.counts.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
        look
    }

    async fn look_on(&self, connected: &Connected, key: &str, now: Time) -> RedisResult<Look> {
        let mut commands = connected.commands.clone();
        let base = &connected.base;
        let (entry, epoch): (Option<Vec<u8>>, Option<u64>) = redis::pipe()
            .get(format!("{base}:a:{key}"))
            .get(format!("{base}:epoch"))
            .query_async(&mut commands)
            .await?;
        let nothing = Look::Nothing(SharedEpoch(epoch.unwrap_or(0)));
        let Some((shared, value)) = entry.as_deref().and_then(parse) else {
            return Ok(nothing);
        };
        let until = Time::from_micros(shared.until);
        if now >= until {
            return Ok(nothing);
        }
        let mut touched = redis::cmd("HMGET");
        touched.arg(format!("{base}:places")).arg(ALL);
        for place in &shared.places {
            touched.arg(*place);
        }
        let touched: Vec<Option<u64>> = touched.query_async(&mut commands).await?;
        if touched.into_iter().flatten().any(|at| at > shared.epoch) {
            return Ok(nothing);
        }
        let tags = shared.places.iter().map(|place| Tag::at(*place)).collect();
        Ok(Look::Found(shared, tags, value.to_vec(), until))
    }

    /// Keeps a value that was made after the look that found nothing.
    pub async fn put(
        &self,
        key: &str,
        since: SharedEpoch,
        tags: &[Tag],
        (now, until): (Time, Time),
        (about, value): (serde_json::Value, &[u8]),
    ) {
        let Some(connected) = self.connected.load_full() else {
            return;
        };
        let shared = Shared {
            epoch: since.0,
            places: tags.iter().map(|tag| tag.place()).collect(),
            until: until.micros(),
            about,
        };
        let Ok(head) = serde_json::to_vec(&shared) else {
            return;
        };
        let mut entry = Vec::with_capacity(4 + head.len() + value.len());
        entry.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
        entry.extend_from_slice(&head);
        entry.extend_from_slice(value);
        let lives = u64::try_from(until.since(now).as_millis()).unwrap_or(1).max(1);
        let mut commands = connected.commands.clone();
        let put = redis::cmd("SET")
            .arg(format!("{}:a:{key}", connected.base))
            .arg(entry)
            .arg("PX")
            .arg(lives)
            .query_async::<()>(&mut commands)
            .await;
        self.failed(put);
    }

    /// A write of another node was heard of.
    pub fn received(&self) {
        self.counts.received.fetch_add(1, Ordering::Relaxed);
    }

    /// A write was answered before every node had heard of it.
    pub fn unconfirmed(&self) {
        self.counts.unconfirmed.fetch_add(1, Ordering::Relaxed);
    }

    /// The link in figures.
    pub fn stats(&self) -> RedisStats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        RedisStats {
            connected: self.is_connected(),
            reconnects: read(&counts.connects).saturating_sub(1),
            hits: read(&counts.hits),
            misses: read(&counts.misses),
            errors: read(&counts.errors),
            invalidations_sent: read(&counts.sent),
            invalidations_received: read(&counts.received),
            invalidations_unconfirmed: read(&counts.unconfirmed),
        }
    }
}

fn parse(entry: &[u8]) -> Option<(Shared, &[u8])> {
    let (length, rest) = entry.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (head, value) = rest.split_at_checked(length)?;
    Some((serde_json::from_slice(head).ok()?, value))
}

/// The name of an entry that every node gives it: a hash of the same parts as the key in memory, without this process's secret.
pub fn shared_name(parts: &[&[u8]]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_was_cut_off_is_no_entry() {
        let shared = Shared {
            epoch: 3,
            places: vec![1, 2],
            until: 9,
            about: serde_json::json!({}),
        };
        let head = serde_json::to_vec(&shared).unwrap();
        let mut entry = u32::try_from(head.len()).unwrap().to_le_bytes().to_vec();
        entry.extend_from_slice(&head);
        entry.extend_from_slice(b"value");
        assert_eq!(
            parse(&entry).map(|(shared, value)| (shared.epoch, value)),
            Some((3, &b"value"[..]))
        );
        for length in 0..head.len() + 4 {
            assert!(parse(&entry[..length]).is_none());
        }
    }
}
