//! The parts of one request, in the order of time: who asks, the model, the writing of the answer.
//!
//! `http/observe.rs` opens a trace around a request that is not answered out of the cache; any code on its way may mark a
//! part. Outside a request, and in a spawned task, marking does nothing. Statements are not marked: the meter has them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

tokio::task_local! {
    static TRACE: Trace;
}

/// Parts that are kept of one request.
const SPANS_MAX: usize = 32;

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Finding out who asks and what they may.
    Auth,
    /// Asking the cache, or waiting for another who fills it.
    Cache,
    /// From the call of a model until its first word.
    ModelFirst,
    /// The whole call of a model.
    Model,
    /// Writing the answer as JSON.
    Serialise,
    /// ETag and compression.
    Encode,
}

impl Part {
    /// The word for it in `Server-Timing` and in the waterfall.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Cache => "cache",
            Self::ModelFirst => "model_first",
            Self::Model => "model",
            Self::Serialise => "serialise",
            Self::Encode => "encode",
        }
    }
}

/// A part that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which.
    pub part: Part,
    /// When it began, after the request did.
    pub offset: Duration,
    /// How long it took; none while it goes on.
    pub took: Option<Duration>,
}

/// The parts of one request. Clones are the same trace.
#[derive(Debug, Clone)]
pub struct Trace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    spans: Mutex<Vec<Span>>,
}

impl Trace {
    /// Of a request that began then.
    pub fn new(began: Instant) -> Self {
        let spans = Mutex::default();
        Self(Arc::new(Inner { began, spans }))
    }

    /// When the request began.
    pub fn began(&self) -> Instant {
        self.0.began
    }

    /// What `future` marks belongs to this request.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        TRACE.scope(self.clone(), future)
    }

    /// What was marked, in the order of its beginning.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.0.spans.lock().clone();
        spans.sort_by_key(|span| span.offset);
        spans
    }

    /// How long a part took, all its times together; none when there was none.
    pub fn time_of(&self, part: Part) -> Option<Duration> {
        let spans = self.0.spans.lock();
        let times = spans.iter().filter(|span| span.part == part);
        times.filter_map(|span| span.took).reduce(|all, took| all + took)
    }

    /// Marks a part that began then and ends now.
    pub fn mark(&self, part: Part, began: Instant) {
        self.push(part, began, Some(began.elapsed()));
    }

    fn push(&self, part: Part, began: Instant, took: Option<Duration>) {
        let mut spans = self.0.spans.lock();
        if spans.len() < SPANS_MAX {
            spans.push(Span {
                part,
                offset: began.duration_since(self.0.began),
                took,
            });
        }
    }

    fn end(&self, part: Part) {
        let mut spans = self.0.spans.lock();
        let open = spans
            .iter_mut()
            .rfind(|span| span.part == part && span.took.is_none());
        if let Some(span) = open {
            span.took = Some(self.0.began.elapsed().saturating_sub(span.offset));
        }
    }
}

/// Marks a part of the request that this runs in: it began then and ends now.
pub fn mark(part: Part, began: Instant) {
    // Outside a request there is nobody to tell.
    let _ = TRACE.try_with(|trace| trace.mark(part, began));
}

/// A part begins that `end` will end; when it never comes to that, the request ends with it.
pub fn begin(part: Part) {
    let _ = TRACE.try_with(|trace| trace.push(part, Instant::now(), None));
}

/// The part that was begun last ends.
pub fn end(part: Part) {
    let _ = TRACE.try_with(|trace| trace.end(part));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn parts_are_marked_in_a_request_and_nowhere_else() {
        mark(Part::Model, Instant::now());
        let trace = Trace::new(Instant::now());
        trace
            .scope(async {
                begin(Part::Auth);
                end(Part::Auth);
                mark(Part::Serialise, Instant::now());
                begin(Part::Cache);
            })
            .await;
        let parts: Vec<(Part, bool)> = trace
            .spans()
            .iter()
            .map(|span| (span.part, span.took.is_some()))
            .collect();
        assert_eq!(
            parts,
            [(Part::Auth, true), (Part::Serialise, true), (Part::Cache, false)]
        );
        assert!(trace.time_of(Part::Auth).is_some());
        assert_eq!(trace.time_of(Part::Model), None);
    }
}
