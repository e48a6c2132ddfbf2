//! Streams report their rows and time once, when they end or are dropped.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;

use crate::Result;
use crate::db::Ran;

struct Metered<T, F: FnOnce(Ran)> {
    rows: BoxStream<'static, Result<T>>,
    count: u64,
    failed: bool,
    started: Option<Instant>,
    report: Option<F>,
}

/// Counts the rows of a stream; `report` gets their number and the time from the first poll to the end.
pub(crate) fn metered<T>(
    rows: BoxStream<'static, Result<T>>,
    report: impl FnOnce(Ran) + Send + Unpin,
) -> impl Stream<Item = Result<T>> + Send {
    Metered {
        rows,
        count: 0,
        failed: false,
        started: None,
        report: Some(report),
    }
}

impl<T, F: FnOnce(Ran) + Unpin> Stream for Metered<T, F> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.started.get_or_insert_with(Instant::now);
        let next = self.rows.poll_next_unpin(context);
        match &next {
            Poll::Ready(Some(Ok(_))) => self.count += 1,
            Poll::Ready(Some(Err(_))) => self.failed = true,
            Poll::Ready(None) => self.end(),
            _ => {}
        }
        next
    }
}

impl<T, F: FnOnce(Ran)> Metered<T, F> {
    fn end(&mut self) {
        if let (Some(started), Some(report)) = (self.started, self.report.take()) {
            report(Ran {
                failed: self.failed,
                ..Ran::since(started, &Ok::<_, ()>(self.count))
            });
        }
    }
}

impl<T, F: FnOnce(Ran)> Drop for Metered<T, F> {
    fn drop(&mut self) {
        self.end();
    }
}

/// A stream of rows out of a channel of portions that `start` opens at the first poll.
pub(crate) fn portions<T: Send + 'static>(
    start: impl Future<Output = Result<mpsc::Receiver<Result<Vec<T>>>>> + Send + 'static,
) -> impl Stream<Item = Result<T>> + Send {
    let received = async {
        match start.await {
            Ok(received) => received_rows(received).left_stream(),
            Err(error) => stream::once(std::future::ready(Err(error))).right_stream(),
        }
    };
    received.into_stream().flatten()
}

fn received_rows<T: Send + 'static>(
    received: mpsc::Receiver<Result<Vec<T>>>,
) -> impl Stream<Item = Result<T>> + Send {
    let portions = stream::unfold(received, |mut received| async {
        received.recv().await.map(|portion| (portion, received))
    });
    portions.flat_map(|portion| match portion {
        Ok(rows) => stream::iter(rows.into_iter().map(Ok)).left_stream(),
        Err(error) => stream::once(std::future::ready(Err(error))).right_stream(),
    })
}
