//! The table `run_events`: the numbered events of a run, many in a row.
//!
//! The flusher and the end of an attempt append chunks; viewers that have fallen behind the window in memory, viewers on
//! other nodes, and recovery read them. Invariant: chunks of a run never overlap and ascend, and only the owner of the
//! run can append (`APPEND` is fenced like the writes of `queue.rs`).

use std::borrow::Cow;

use serde_json::value::RawValue;
use sql::{Db, Query, Time, query};

use crate::{
    Error,
    live::{Event, known_kind},
    queue::Fence,
};

sql::statements! {
    /// One chunk, if the run still belongs to this attempt. No row otherwise, which tells the writer that it lost the run
    /// without spoiling the chunks of other runs in the same batch.
    pub(crate) APPEND = "INSERT INTO run_events (run_id, first_seq, last_seq, events) \
        SELECT r.id, CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS TEXT) FROM runs r \
        WHERE r.id = $1 AND r.lease_owner = $2 AND r.attempt = $3 AND r.status = 'running'";
    /// The chunks after an event. The inner look-up finds the one chunk that may hold it in its middle.
    pub(crate) PAGE = "SELECT first_seq, events FROM run_events WHERE run_id = $1 AND first_seq >= \
        (SELECT COALESCE(MAX(e.first_seq), 0) FROM run_events e WHERE e.run_id = $1 AND e.first_seq <= $2) \
        AND last_seq > $2 ORDER BY first_seq LIMIT $3";
    /// The last chunk of a run.
    pub(crate) LAST = "SELECT first_seq, events FROM run_events WHERE run_id = $1 ORDER BY first_seq DESC LIMIT 1";
    /// The number of the last logged event.
    pub(crate) LAST_SEQ = "SELECT last_seq FROM run_events WHERE run_id = $1 ORDER BY first_seq DESC LIMIT 1";
}

/// Chunks read at once: at most 64 × 256 events, usually a whole reply.
const PAGE_CHUNKS: i64 = 64;

/// Events that become one row.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) events: String,
}

impl Chunk {
    /// `None` of no events. They must be numbered without gaps.
    pub(crate) fn encode<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut text = String::with_capacity(256);
        let (mut first, mut last) = (0, 0);
        for event in events {
            first = if first == 0 { event.seq } else { first };
            last = event.seq;
            text.push(if text.is_empty() { '[' } else { ',' });
            text.push('[');
            text.push_str(&event.at.micros().to_string());
            // A kind is a word of the program; it needs no escaping, which `live` asserts.
            text.push_str(",\"");
            text.push_str(&event.kind);
            text.push_str("\",");
            text.push_str(event.data.get());
            text.push(']');
        }
        text.push(']');
        (first > 0).then_some(Self {
            first,
            last,
            events: text,
        })
    }

    /// How many events it holds.
    pub(crate) fn len(&self) -> u64 {
        self.last - self.first + 1
    }

    /// The write that appends it.
    pub(crate) fn append(&self, fence: &Fence) -> Query {
        query(&APPEND)
            .bind(fence.id.as_str())
            .bind(fence.owner.as_str())
            .bind(fence.attempt)
            .bind(self.first)
            .bind(self.last)
            .bind(self.events.as_str())
    }
}

fn decode(run: &str, first: u64, text: &str) -> Result<Vec<Event>, Error> {
    let rows: Vec<(i64, Cow<'_, str>, Box<RawValue>)> =
        serde_json::from_str(text).map_err(|source| Error::Log {
            run: run.to_owned(),
            seq: first,
            source,
        })?;
    let events = rows
        .into_iter()
        .zip(first..)
        .map(|((at, kind, data), seq)| Event {
            seq,
            kind: known_kind(&kind).map_or_else(|| Cow::Owned(kind.into_owned()), Cow::Borrowed),
            data,
            at: Time::from_micros(at),
        });
    Ok(events.collect())
}

/// The next events after one, a page of them; none when the log has no more.
pub(crate) async fn page(db: &Db, run: &str, after: u64) -> Result<Vec<Event>, Error> {
    // Numbers beyond the largest integer come only from outside, and nothing comes after them.
    let Ok(cut) = i64::try_from(after) else {
        return Ok(Vec::new());
    };
    let chunks: Vec<(u64, String)> = query(&PAGE).bind(run).bind(cut).bind(PAGE_CHUNKS).all(db).await?;
    let mut events = Vec::new();
    for (first, text) in chunks {
        events.extend(
            decode(run, first, &text)?
                .into_iter()
                .filter(|event| event.seq > after),
        );
    }
    Ok(events)
}

/// Everything that was logged.
pub(crate) async fn all(db: &Db, run: &str) -> Result<Vec<Event>, Error> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let page = page(db, run, events.last().map_or(0, |event| event.seq)).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// The last logged event.
pub(crate) async fn last(db: &Db, run: &str) -> Result<Option<Event>, Error> {
    let Some((first, text)) = query(&LAST).bind(run).optional::<(u64, String)>(db).await? else {
        return Ok(None);
    };
    Ok(decode(run, first, &text)?.pop())
}

/// Its number; 0 when nothing was logged.
pub(crate) async fn last_seq(db: &Db, run: &str) -> Result<u64, Error> {
    let row: Option<(u64,)> = query(&LAST_SEQ).bind(run).optional(db).await?;
    Ok(row.map_or(0, |(seq,)| seq))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_chunk_gives_back_the_very_bytes(texts in prop::collection::vec(any::<String>(), 1..20), first in 1u64..1_000_000) {
            let events: Vec<Event> = texts.iter().zip(first..).map(|(text, seq)| Event {
                seq,
                kind: "text".into(),
                data: serde_json::value::to_raw_value(text).unwrap(),
                at: Time::from_micros(seq as i64 * 7),
            }).collect();
            let chunk = Chunk::encode(&events).unwrap();
            prop_assert_eq!((chunk.first, chunk.len()), (first, texts.len() as u64));
            let back = decode("run", chunk.first, &chunk.events).unwrap();
            for (event, back) in events.iter().zip(&back) {
                prop_assert_eq!((event.seq, &event.kind, event.data.get(), event.at), (back.seq, &back.kind, back.data.get(), back.at));
            }
        }
    }

    #[test]
    fn no_events_are_no_chunk() {
        assert!(Chunk::encode([]).is_none());
    }
}
