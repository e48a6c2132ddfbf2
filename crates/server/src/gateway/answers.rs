//! Answers that a route keeps: the same request gets the same answer for a while, without a call of a model.
//!
//! The same is what is sent to a model: messages, tools and all parameters, whatever format they came in, streamed or not. The key also
//! holds who may get the answer again and the version of the route, so that nobody gets another's and a change of the route begins
//! anew. Only answers that came to a good end are kept, in the memory of this process, in the namespace `answers` of the cache.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::{HeaderMap, header};
use llm::{ChatEvent, ChatRequest, ChatStream, FinishReason};
use sql::Time;

use crate::App;
use crate::cache::{Begun, Keeping, Key, Namespace};
use crate::models::{Place, Resolved};
use crate::routing::CacheScope;

/// The largest answer that is kept, in bytes of its texts.
const BYTES_MAX: usize = 256 << 10;

/// What the caller wants of answers that are kept: the header `Cache-Control` of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct CacheUse {
    /// One may be given: not with `no-cache` or `no-store`.
    pub read: bool,
    /// This one may be kept: not with `no-store`.
    pub keep: bool,
}

impl CacheUse {
    pub fn of(headers: &HeaderMap) -> Self {
        let says = |word: &str| {
            let values = headers.get_all(header::CACHE_CONTROL).iter();
            let mut words = values
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','));
            words.any(|said| said.trim().eq_ignore_ascii_case(word))
        };
        let keep = !says("no-store");
        Self {
            read: keep && !says("no-cache"),
            keep,
        }
    }
}

/// An answer as it is kept.
struct Kept {
    /// The full name of the model that gave it.
    model: String,
    events: Vec<ChatEvent>,
}

/// Where the answer to a request is kept.
pub(super) struct Slot {
    app: App,
    key: Key,
    begun: Begun,
    ttl: Duration,
}

impl Slot {
    /// None when what is asked for is no route that keeps answers, or more than is kept of one.
    pub fn of(app: &App, place: &Place, model: &Resolved, request: &ChatRequest) -> Option<Self> {
        let route = &model.route.as_ref()?.route;
        let cache = route.spec.cache.filter(|_| request.beyond_events().is_none())?;
        let user = &place.caller.user;
        let (scope, whom) = match cache.scope {
            CacheScope::Caller => (b"caller".as_slice(), user.payer().unwrap_or(&user.credential_id)),
            CacheScope::Workspace => (b"workspace".as_slice(), place.workspace_id.as_str()),
            CacheScope::Installation => (b"installation".as_slice(), ""),
        };
        let said = serde_json::to_vec(request).ok()?;
        let version = route.updated_at.micros().to_le_bytes();
        let parts = [
            b"answer",
            scope,
            whom.as_bytes(),
            route.id.as_bytes(),
            &version,
            &said,
        ];
        Some(Self {
            app: app.clone(),
            key: app.cache.key(&parts),
            begun: app.cache.begin(),
            ttl: Duration::from_secs(cache.ttl_seconds),
        })
    }

    /// The answer that is kept, with the full name of the model that gave it.
    pub fn find(&self) -> Option<(String, ChatStream)> {
        let (cache, now) = (&self.app.cache, self.app.clock.now());
        let Some(kept) = cache.get::<Kept>(Namespace::Answers, self.key, now) else {
            cache.missed(Namespace::Answers, false);
            return None;
        };
        let events: Vec<_> = kept.events.iter().cloned().map(Ok).collect();
        Some((kept.model.clone(), stream::iter(events).boxed()))
    }

    /// The same events, which are kept when they have come to a good end.
    pub fn watch(self, model: &str, events: ChatStream) -> ChatStream {
        let mut watching = Watching {
            slot: self,
            kept: Kept {
                model: model.to_owned(),
                events: Vec::new(),
            },
            bytes: 0,
        };
        let seen = events.inspect(move |event| {
            if let Ok(event) = event {
                watching.see(event);
            }
        });
        seen.boxed()
    }

    fn put(&self, kept: Kept, bytes: usize) {
        let now: Time = self.app.clock.now();
        let keeping = Keeping {
            bytes,
            begun: self.begun,
            tags: &[],
            now,
            until: Some(now.plus(self.ttl)),
        };
        self.app
            .cache
            .put(Namespace::Answers, self.key, Arc::new(kept), &keeping);
    }
}

/// An answer that may be kept, while it comes.
struct Watching {
    slot: Slot,
    kept: Kept,
    bytes: usize,
}

impl Watching {
    fn see(&mut self, event: &ChatEvent) {
        if matches!(event, ChatEvent::Verbatim(_)) {
            // It is kept as the events that were read out of it, which any format can be written from.
            return;
        }
        self.bytes += size_of::<ChatEvent>() + text_of(event).map_or(0, str::len);
        if self.bytes > BYTES_MAX {
            self.kept.events = Vec::new();
            return;
        }
        let events = &mut self.kept.events;
        match (events.last_mut(), event) {
            (Some(ChatEvent::Text(before)), ChatEvent::Text(more))
            | (Some(ChatEvent::Reasoning(before)), ChatEvent::Reasoning(more)) => before.push_str(more),
            _ => events.push(event.clone()),
        }
        if let ChatEvent::Finish(reason) = event
            && *reason != FinishReason::ContentFilter
        {
            let kept = Kept {
                model: self.kept.model.clone(),
                events: std::mem::take(&mut self.kept.events),
            };
            self.slot.put(kept, self.bytes);
        }
    }
}

fn text_of(event: &ChatEvent) -> Option<&str> {
    match event {
        ChatEvent::Text(text) | ChatEvent::Reasoning(text) | ChatEvent::StopSequence(text) => Some(text),
        ChatEvent::ToolCall { arguments_delta, .. } => Some(arguments_delta),
        ChatEvent::Verbatim(_) | ChatEvent::Usage(_) | ChatEvent::Finish(_) => None,
    }
}
