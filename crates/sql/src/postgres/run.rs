//! Statements on one connection.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use deadpool_postgres::Object;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use tokio_postgres::RowStream;

use super::errors;
use super::values::{self, Bound};
use crate::batch::Step;
use crate::db::{self, micros_since};
use crate::{Error, FromRow, Kind, Query, Result, Row};

/// Why a statement failed, with what the server said while it may matter for trying again.
#[derive(Debug)]
pub(super) enum Failure {
    Server(&'static str, tokio_postgres::Error),
    Ours(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Server(name, error) => errors::translate(name, error),
            Failure::Ours(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// Prepares the query's statement unless it is, and checks the values against it.
pub(super) async fn prepare(client: &Object, query: &Query) -> Result<tokio_postgres::Statement, Failure> {
    let name = query.statement.name();
    let text = query.statement.text(Kind::Postgres);
    let prepared = client
        .prepare_cached(text)
        .await
        .map_err(|error| Failure::Server(name, error))?;
    values::check(query, prepared.params())?;
    Ok(prepared)
}

/// Sends a prepared query. The first poll sends it, so queries that are polled in order are run in order.
pub(super) async fn send(
    client: &Object,
    prepared: &tokio_postgres::Statement,
    query: &Query,
) -> Result<RowStream, Failure> {
    let parameters = query.values.iter().map(Bound);
    client
        .query_raw(prepared, parameters)
        .await
        .map_err(|error| Failure::Server(query.statement.name(), error))
}

/// Something to do on a connection, as often as it takes.
pub(super) trait Work: Sync {
    type Output: Send;

    fn run(&self, client: &Object) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// Rows of type `T`.
pub(super) struct Fetch<'a, T> {
    query: &'a Query,
    limit: usize,
    rows: PhantomData<fn() -> T>,
}

impl<'a, T> Fetch<'a, T> {
    pub(super) fn new(query: &'a Query, limit: usize) -> Self {
        Self {
            query,
            limit,
            rows: PhantomData,
        }
    }
}

impl<T: FromRow + Send> Work for Fetch<'_, T> {
    type Output = Vec<T>;

    fn run(&self, client: &Object) -> impl Future<Output = Result<Self::Output, Failure>> + Send {
        fetch(client, self.query, self.limit)
    }
}

/// A statement for its effect.
pub(super) struct Execute<'a>(pub(super) &'a Query);

impl Work for Execute<'_> {
    type Output = u64;

    fn run(&self, client: &Object) -> impl Future<Output = Result<Self::Output, Failure>> + Send {
        execute(client, self.0)
    }
}

/// BEGIN, COMMIT and the like.
pub(super) struct Command(pub(super) &'static str);

impl Work for Command {
    type Output = ();

    fn run(&self, client: &Object) -> impl Future<Output = Result<Self::Output, Failure>> + Send {
        command(client, self.0)
    }
}

/// At most `limit` rows, or an error when there are more.
async fn fetch<T: FromRow>(client: &Object, query: &Query, limit: usize) -> Result<Vec<T>, Failure> {
    let name = query.statement.name();
    let prepared = prepare(client, query).await?;
    let mut rows = pin!(send(client, &prepared, query).await?);
    let mut found = Vec::new();
    let mut failed = None;
    while let Some(row) = rows
        .try_next()
        .await
        .map_err(|error| Failure::Server(name, error))?
    {
        // The rest is read and dropped, so that the connection is at rest afterwards.
        if failed.is_some() {
            continue;
        }
        if found.len() == limit {
            failed = Some(Error::TooManyRows {
                statement: name,
                limit,
            });
            continue;
        }
        match T::from_row(&Row::postgres(name, &row)) {
            Ok(value) => found.push(value),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(found), |error| Err(error.into()))
}

/// The number of rows it changed or returned.
pub(super) async fn execute(client: &Object, query: &Query) -> Result<u64, Failure> {
    let prepared = prepare(client, query).await?;
    execute_prepared(client, &prepared, query).await
}

async fn execute_prepared(
    client: &Object,
    prepared: &tokio_postgres::Statement,
    query: &Query,
) -> Result<u64, Failure> {
    let mut rows = pin!(send(client, prepared, query).await?);
    while rows
        .try_next()
        .await
        .map_err(|error| Failure::Server(query.statement.name(), error))?
        .is_some()
    {}
    Ok(rows.rows_affected().unwrap_or(0))
}

/// BEGIN, COMMIT and the like.
pub(super) async fn command(client: &Object, text: &'static str) -> Result<(), Failure> {
    client
        .batch_execute(text)
        .await
        .map_err(|error| Failure::Server(text, error))
}

/// What a flight of statements did.
pub(super) type Ran = Vec<db::Ran>;

/// Runs the steps in a transaction, sent together and answered together. With expectations the COMMIT waits until they
/// are seen to be met, which is a second flight.
pub(super) async fn batch(client: &Object, steps: &[Step], ran: &mut Ran) -> Result<(), Failure> {
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        prepared.push(prepare(client, &step.query).await?);
    }
    let expecting = steps.iter().any(|step| step.expected.is_some());
    let mut flight: Vec<BoxFuture<'_, Result<u64, Failure>>> = Vec::with_capacity(steps.len() + 2);
    flight.push(Box::pin(async { command(client, "BEGIN").await.map(|()| 0) }));
    for (step, prepared) in steps.iter().zip(&prepared) {
        flight.push(Box::pin(execute_prepared(client, prepared, &step.query)));
    }
    if !expecting {
        flight.push(Box::pin(async { command(client, "COMMIT").await.map(|()| 0) }));
    }
    let started = Instant::now();
    let mut results = together(flight, started).await.into_iter();
    let begun = results.next();
    let mut failure = begun.and_then(|result| result.err().map(|failed| failed.0));
    for (step, result) in steps.iter().zip(results.by_ref()) {
        match result {
            Ok((rows, at)) => {
                ran.push(arrived(ran, started, rows, at));
                if let Err(unexpected) = step.check(rows) {
                    failure = failure.or(Some(unexpected.into()));
                }
            }
            // The first failure is the reason; what follows only says that there was one.
            Err((failed, at)) => {
                ran.push(db::Ran {
                    failed: failure.is_none(),
                    ..arrived(ran, started, 0, at)
                });
                failure = failure.or(Some(failed));
            }
        }
    }
    match (failure, expecting) {
        (Some(failure), _) => {
            // Harmless when the COMMIT has ended the transaction already.
            command(client, "ROLLBACK").await?;
            Err(failure)
        }
        (None, true) => command(client, "COMMIT").await,
        (None, false) => results.next().map_or(Ok(()), |committed| {
            committed.map(|_| ()).map_err(|failed| failed.0)
        }),
    }
}

/// A statement of a flight whose answer came `at` microseconds after the start: the server worked on it since the answer
/// before.
fn arrived(ran: &[db::Ran], started: Instant, rows: u64, at: u64) -> db::Ran {
    let before: u64 = ran.iter().map(|ran| ran.micros).sum();
    db::Ran {
        rows,
        began: Some(started + Duration::from_micros(before)),
        micros: at.saturating_sub(before),
        failed: false,
    }
}

type Arrival = Result<(u64, u64), (Failure, u64)>;

/// Polls the futures in order until all are ready, and notes when each was. One that fails at its first poll was never
/// sent; then neither is what comes after it: a COMMIT must not follow an incomplete list.
async fn together<F: Future<Output = Result<u64, Failure>> + Unpin>(
    mut flight: Vec<F>,
    started: Instant,
) -> Vec<Arrival> {
    let mut arrivals: Vec<Option<Arrival>> = flight.iter().map(|_| None).collect();
    let mut departed = false;
    std::future::poll_fn(|context| {
        let mut unsent = None;
        for (index, (future, arrival)) in flight.iter_mut().zip(arrivals.iter_mut()).enumerate() {
            if arrival.is_some() {
                continue;
            }
            if let Poll::Ready(result) = Pin::new(future).poll(context) {
                let at = micros_since(started);
                let failed = result.is_err();
                *arrival = Some(result.map(|rows| (rows, at)).map_err(|failure| (failure, at)));
                if failed && !departed {
                    unsent = Some(index + 1);
                    break;
                }
            }
        }
        departed = true;
        if let Some(kept) = unsent {
            flight.truncate(kept);
            arrivals.truncate(kept);
        }
        if arrivals.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    arrivals.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure::Ours(Error::Aborted)
    }

    #[tokio::test]
    async fn everything_is_sent_before_anything_is_waited_for() {
        let sent = std::cell::RefCell::new(Vec::new());
        let flight = (0..40_u64)
            .map(|number| {
                let sent = &sent;
                Box::pin(async move {
                    sent.borrow_mut().push(number);
                    tokio::task::yield_now().await;
                    assert_eq!(sent.borrow().len(), 40);
                    Ok(number)
                })
            })
            .collect::<Vec<_>>();
        let arrivals = together(flight, Instant::now()).await;
        assert_eq!(*sent.borrow(), (0..40).collect::<Vec<_>>());
        assert_eq!(
            arrivals
                .into_iter()
                .map(|arrival| arrival.unwrap().0)
                .collect::<Vec<_>>(),
            (0..40).collect::<Vec<_>>()
        );
    }

    #[tokio::test]
    async fn nothing_follows_what_could_not_be_sent() {
        let sent = std::cell::RefCell::new(Vec::new());
        let flight = (0..4_u64)
            .map(|number| {
                let sent = &sent;
                Box::pin(async move {
                    sent.borrow_mut().push(number);
                    if number == 2 {
                        return Err(failure());
                    }
                    tokio::task::yield_now().await;
                    Ok(number)
                })
            })
            .collect::<Vec<_>>();
        let arrivals = together(flight, Instant::now()).await;
        assert_eq!(*sent.borrow(), [0, 1, 2]);
        assert_eq!(arrivals.len(), 3);
        assert!(arrivals[2].is_err());
    }

    #[tokio::test]
    async fn a_failure_that_comes_back_stops_nothing() {
        let flight = (0..3_u64)
            .map(|number| {
                Box::pin(async move {
                    tokio::task::yield_now().await;
                    if number == 0 { Err(failure()) } else { Ok(number) }
                })
            })
            .collect::<Vec<_>>();
        assert_eq!(together(flight, Instant::now()).await.len(), 3);
    }
}
