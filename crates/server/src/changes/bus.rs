//! How the nodes of an installation tell each other what has changed, over Redis.
//!
//! ```text
//! node A: write commits ─▶ touch + PUBLISH <prefix>:changes ──▶ node B: drops, tells its pages ─▶ PUBLISH <prefix>:heard:A
//!         write answered ◀── every node that heard it has said so, or the limit has passed
//! ```
//!
//! So who has written through one node reads their own writes through every other. A node that loses the connection uses
//! what it has for moments only (`cache`), and begins empty when it is back; a node that could not tell of a write
//! makes every node begin empty.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Hub, Notice};
use crate::App;
use crate::cache::{Link, Namespace};
use crate::prices;

/// How long a write waits at most until the other nodes have heard of it.
const HEARD_LIMIT: Duration = Duration::from_millis(250);
/// How often a connection that says nothing is asked for a sign of life.
const PING_EVERY: Duration = Duration::from_secs(1);
/// The pause before connecting again, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// What nodes tell each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    /// A write.
    Notice(Notice),
    /// Nothing that is kept is right any more.
    Everything,
    /// A namespace was emptied.
    Emptied(String),
    /// A namespace was switched.
    Switched(String, bool),
}

#[derive(Serialize, Deserialize)]
struct Message {
    from: String,
    number: u64,
    word: Word,
}

/// A message that waits for the others.
#[derive(Default)]
struct Waiting {
    heard: usize,
    /// How many have to; known when Redis has said how many listen.
    listeners: Option<usize>,
    all_heard: Option<oneshot::Sender<()>>,
}

impl Waiting {
    /// Wakes the writer when all have heard. True then.
    fn look(&mut self) -> bool {
        let done = self.listeners.is_some_and(|listeners| self.heard >= listeners);
        if done && let Some(all_heard) = self.all_heard.take() {
            // The writer may have stopped waiting.
            let _ = all_heard.send(());
        }
        done
    }
}

/// This node's end of the bus.
pub(super) struct Bus {
    link: Arc<Link>,
    /// The name of this process among the nodes.
    node: String,
    numbers: AtomicU64,
    waiting: Mutex<HashMap<u64, Waiting>>,
}

impl Bus {
    pub fn new(link: Arc<Link>, node: String) -> Self {
        Self {
            link,
            node,
            numbers: AtomicU64::new(1),
            waiting: Mutex::default(),
        }
    }

    /// Tells the other nodes and waits until they have heard, or the limit has passed.
    pub async fn tell(&self, word: Word) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let tags = match &word {
            Word::Notice(notice) => notice.tags(),
            _ => Vec::new(),
        };
        let message = Message {
            from: self.node.clone(),
            number,
            word,
        };
        let Ok(message) = serde_json::to_string(&message) else {
            return;
        };
        let (all_heard, heard) = oneshot::channel();
        let waiting = Waiting {
            all_heard: Some(all_heard),
            ..Waiting::default()
        };
        self.waiting.lock().insert(number, waiting);
        let listeners = self
            .link
            .touch(&tags, &self.link.channel("changes"), &message)
            .await;
        if let Some(listeners) = listeners {
            let done = match self.waiting.lock().get_mut(&number) {
                None => true,
                Some(waiting) => {
                    waiting.listeners = Some(listeners);
                    waiting.look()
                }
            };
            if !done && tokio::time::timeout(HEARD_LIMIT, heard).await.is_err() {
                self.link.unconfirmed();
                tracing::warn!(listeners, "A node did not say in time that it heard of a write");
            }
        }
        self.waiting.lock().remove(&number);
    }

    fn heard(&self, number: u64) {
        if let Some(waiting) = self.waiting.lock().get_mut(&number) {
            waiting.heard += 1;
            waiting.look();
        }
    }

    /// Connects, listens, and connects again, until the server stops.
    pub async fn keep_connected(self: Arc<Self>, app: App) {
        let mut pause = PAUSE.0;
        let mut complained = false;
        loop {
            let channels = [
                self.link.channel("changes"),
                self.link.channel(&format!("heard:{}", self.node)),
            ];
            match self.link.open(&channels).await {
                Ok((connected, listening)) => {
                    // Others may have written while nothing was heard.
                    app.cache.drop_all();
                    self.link.connect(connected);
                    app.cache.set_alone(false);
                    if self.link.take_untold() {
                        app.spawn({
                            let bus = Arc::clone(&self);
                            async move { bus.tell(Word::Everything).await }
                        });
                    }
                    tracing::info!("Redis answers; the cache is shared");
                    (pause, complained) = (PAUSE.0, false);
                    self.listen(&app, listening).await;
                    app.cache.set_alone(true);
                    self.link.disconnect();
                    if app.stopping.is_cancelled() {
                        return;
                    }
                    tracing::warn!("Redis is away; the cache goes on in memory for moments");
                }
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!(%error, "Redis can not be reached; the cache goes on in memory for moments");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = app.stopping.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Does what the other nodes tell, until the connection breaks or the server stops.
    async fn listen(&self, app: &App, mut listening: redis::aio::PubSub) {
        let mut messages = listening.on_message();
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                () = app.stopping.cancelled() => return,
                _ = ping.tick() => {
                    if self.link.ping().await {
                        continue;
                    }
                    return;
                }
                message = messages.next() => message,
            };
            let Some(message) = message else {
                return;
            };
            let payload = message.get_payload_bytes();
            if message.get_channel_name() == self.link.channel("changes") {
                self.hear(app, payload).await;
            } else if let Some(number) = std::str::from_utf8(payload)
                .ok()
                .and_then(|text| text.parse().ok())
            {
                self.heard(number);
            }
        }
    }

    async fn hear(&self, app: &App, payload: &[u8]) {
        let Ok(Message { from, number, word }) = serde_json::from_slice::<Message>(payload) else {
            // A node of a newer version says what this one does not know: it is safe to begin anew.
            app.cache.drop_all();
            return;
        };
        if from == self.node {
            self.heard(number);
            return;
        }
        self.link.received();
        if let Word::Notice(notice) = &word
            && notice.is_of_prices()
        {
            // What fails or takes longer is found when this node looks for itself, in seconds.
            let reading = tokio::time::timeout(HEARD_LIMIT, prices::reload(app)).await;
            if let Ok(Err(error)) = reading {
                tracing::warn!(%error, "The prices that another node has set could not be read yet");
            }
        }
        if matches!(&word, Word::Notice(notice) if notice.is_of_models()) {
            // Before the cache drops what was made of them, or the same would be made again.
            app.models.refreshed();
        }
        app.changes.hear(word);
        self.link
            .say(&self.link.channel(&format!("heard:{from}")), &number.to_string())
            .await;
    }
}

impl Hub {
    /// What another node has told.
    fn hear(&self, word: Word) {
        match word {
            Word::Notice(notice) => self.tell_here(notice),
            Word::Everything => self.cache.drop_all(),
            Word::Emptied(name) => {
                if let Some(namespace) = Namespace::named(&name) {
                    self.cache.clear(namespace);
                }
            }
            Word::Switched(name, enabled) => {
                if let Some(namespace) = Namespace::named(&name) {
                    self.cache.switch(namespace, enabled);
                }
            }
        }
    }
}
