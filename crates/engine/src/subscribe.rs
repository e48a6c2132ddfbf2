//! Viewers: the events of a run from any number on, whether it runs here, ran long ago or runs on another node.
//!
//! One loop serves all cases. The viewer pulls: from the window in memory when the run is here, from the log when it lies
//! further back or the run is elsewhere, and waits when there is nothing. It only ever moves forward by number, so no
//! event is lost or doubled when the source changes under it. The stream ends after the event of kind `complete`.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{Stream, stream};
use sql::query;

use crate::{
    Engine, Error, journal,
    live::{COMPLETE, Event, Read, closing_event},
    queue,
    registry::LiveRef,
};

/// How often a viewer asks again when the database is away, before its stream ends with the error.
const PATIENCE: u32 = 40;

struct Viewer {
    engine: Engine,
    live: LiveRef,
    /// The last event that was handed out, or what stands for it.
    seen: u64,
    buffer: VecDeque<Arc<Event>>,
    troubles: u32,
    over: bool,
}

impl Engine {
    /// The events of a run after a number (0: all), as they come, up to its end. Ends at once when the last of them has
    /// been seen already. The first item is `Error::NotFound` when there is no such run.
    pub fn subscribe(
        &self,
        run_id: &str,
        after: u64,
    ) -> impl Stream<Item = Result<Arc<Event>, Error>> + Send + use<> {
        let registry = &self.0.registry;
        registry.viewers.fetch_add(1, Ordering::Relaxed);
        let viewer = Viewer {
            live: registry.get(run_id),
            engine: self.clone(),
            seen: after,
            buffer: VecDeque::new(),
            troubles: 0,
            over: false,
        };
        stream::unfold(viewer, |mut viewer| async move {
            Some((viewer.next().await?, viewer))
        })
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.engine.0.registry.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Viewer {
    async fn next(&mut self) -> Option<Result<Arc<Event>, Error>> {
        loop {
            if let Some(event) = self.buffer.pop_front() {
                self.seen = event.seq;
                self.over = event.kind == COMPLETE;
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.fill().await {
                self.troubles += 1;
                if self.troubles < PATIENCE
                    && matches!(&error, Error::Sql(source) if crate::is_passing(source))
                {
                    tokio::time::sleep(self.engine.0.config.tail_every).await;
                    continue;
                }
                self.over = true;
                return Some(Err(error));
            }
            self.troubles = 0;
        }
    }

    /// Brings events into the buffer, or waits for something to change.
    async fn fill(&mut self) -> Result<(), Error> {
        // Registered before looking, so that nothing that comes between goes unnoticed.
        let live = Arc::clone(self.live.shared());
        let changed = live.changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        match live.read(self.seen, &mut self.buffer) {
            Read::Events => {}
            Read::Wait => changed.await,
            Read::Ended => self.over = true,
            Read::Log { from } => {
                if self.read_log().await? == 0 {
                    // Nothing was logged in between: the numbers were skipped after a crash.
                    self.seen = self.seen.max(from - 1);
                }
            }
            Read::Elsewhere => {
                if self.tail().await? {
                    let pause = self.engine.0.config.tail_every;
                    let _ = tokio::time::timeout(pause.max(Duration::from_millis(1)), changed).await;
                }
            }
        }
        Ok(())
    }

    async fn read_log(&mut self) -> Result<usize, Error> {
        let events = journal::page(self.engine.db(), &self.live.run_id, self.seen).await?;
        let count = events.len();
        self.buffer.extend(events.into_iter().map(Arc::new));
        Ok(count)
    }

    /// From the log of a run that is not here. True when there is nothing yet.
    async fn tail(&mut self) -> Result<bool, Error> {
        let id = self.live.run_id.as_str();
        let db = self.engine.db();
        // The end is read before the log: what ends a run and its last events are one commit, so a log that is read
        // after the end is whole.
        let end: Option<queue::EndRow> = query(&queue::GET_END).bind(id).optional(db).await?;
        let Some(end) = end else {
            return Err(Error::NotFound { run: id.to_owned() });
        };
        if self.read_log().await? > 0 {
            return Ok(false);
        }
        if !end.status.is_terminal() {
            return Ok(true);
        }
        let last = journal::last(self.engine.db(), &self.live.run_id).await?;
        self.over = true;
        if last.as_ref().is_some_and(|event| event.kind == COMPLETE) {
            return Ok(false);
        }
        let at = end.finished_at.unwrap_or(sql::Time::EPOCH);
        let last_seq = last.map_or(0, |event| event.seq);
        let closing = closing_event(end.status, end.error.as_ref().map(|error| &error.0), last_seq, at);
        if closing.seq > self.seen {
            self.buffer.push_back(Arc::new(closing));
        }
        Ok(false)
    }
}
