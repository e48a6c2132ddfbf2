//! Large results, row by row, on a connection of their own in a transaction without a limit on its time.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use tokio::sync::{Semaphore, mpsc};

use super::pool::{Connections, Lease};
use super::run::{self, Failure};
use crate::{Error, FromRow, Query, Result, Row};

/// Streams that run at once; the next one waits.
pub(super) const STREAMS_MAX: usize = 8;
/// Rows that are handed over together.
const ROWS_TOGETHER: usize = 64;
/// Portions that wait for a slow consumer.
const PORTIONS_WAITING: usize = 2;
/// How long a consumer may leave the next portion lying.
const PATIENCE: Duration = Duration::from_mins(1);

type Portions<T> = mpsc::Sender<Result<Vec<T>>>;

pub(super) fn stream<T: FromRow + Send + 'static>(
    connections: Connections,
    permits: Arc<Semaphore>,
    query: Query,
) -> impl Stream<Item = Result<T>> + Send + use<T> {
    let start = async move {
        let (portions, received) = mpsc::channel(PORTIONS_WAITING);
        let permit = permits
            .acquire_owned()
            .await
            .map_err(|_| Error::unavailable("it was closed"))?;
        let mut lease = connections.get().await?;
        tokio::spawn(async move {
            match produce(&mut lease, &query, &portions).await {
                Ok(true) => lease.settled(),
                // In the middle of the result: nobody wants the rest.
                Ok(false) => lease.discard().await,
                Err(failure) => {
                    // Who no longer listens need not be told.
                    let _ = portions.send_timeout(Err(failure.into()), PATIENCE).await;
                }
            }
            drop(permit);
        });
        Ok(received)
    };
    crate::stream::portions(start)
}

/// Sends every row; false when the consumer went away first.
async fn produce<T: FromRow + Send>(
    lease: &mut Lease,
    query: &Query,
    portions: &Portions<T>,
) -> Result<bool, Failure> {
    let name = query.statement.name();
    let client = lease.in_transaction()?;
    run::command(client, "BEGIN READ ONLY; SET LOCAL statement_timeout = 0").await?;
    let prepared = run::prepare(client, query).await?;
    {
        let mut rows = pin!(run::send(client, &prepared, query).await?);
        let mut portion = Vec::with_capacity(ROWS_TOGETHER);
        while let Some(row) = rows
            .try_next()
            .await
            .map_err(|error| Failure::Server(name, error))?
        {
            portion.push(T::from_row(&Row::postgres(name, &row))?);
            if portion.len() == ROWS_TOGETHER {
                let full = std::mem::replace(&mut portion, Vec::with_capacity(ROWS_TOGETHER));
                if !send(portions, full).await? {
                    return Ok(false);
                }
            }
        }
        if !portion.is_empty() {
            send(portions, portion).await?;
        }
    }
    run::command(client, "COMMIT").await?;
    Ok(true)
}

/// Whether the consumer took it. One that leaves it lying gets an error instead of silence.
async fn send<T>(portions: &Portions<T>, rows: Vec<T>) -> Result<bool, Error> {
    match portions.send_timeout(Ok(rows), PATIENCE).await {
        Ok(()) => Ok(true),
        Err(_) => Ok(false),
    }
}
