//! Large results, row by row. Each running stream has a thread and a connection of its own, so a slow consumer keeps no
//! reader from its work.

use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use tokio::sync::{Semaphore, mpsc};

use super::Settings;
use super::catalog::Catalog;
use super::conn::{Access, Conn};
use crate::{Error, FromRow, Query, Result};

/// Streams that run at once; the next one waits.
pub(super) const STREAMS_MAX: usize = 8;
/// Rows that are handed over together.
const ROWS_TOGETHER: usize = 64;
/// Portions that wait for a slow consumer.
const PORTIONS_WAITING: usize = 2;
/// How long a consumer may leave the next portion lying: meanwhile the log cannot start over.
const PATIENCE: Duration = Duration::from_mins(1);

type Portion<T> = Result<Vec<T>>;

pub(super) fn stream<T: FromRow + Send + 'static>(
    settings: Settings,
    catalog: Arc<Catalog>,
    permits: Arc<Semaphore>,
    query: Query,
) -> impl Stream<Item = Result<T>> + Send {
    let start = async move {
        let (portions, received) = mpsc::channel(PORTIONS_WAITING);
        let permit = permits
            .acquire_owned()
            .await
            .map_err(|_| Error::unavailable("it was closed"))?;
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new()
            .name("sql-stream".to_owned())
            .spawn(move || {
                let sender = Sender { portions, runtime };
                if let Err(error) = produce(&settings, catalog, &query, &sender) {
                    sender.send(Err(error));
                }
                drop(permit);
            });
        match thread {
            Ok(_) => Ok(received),
            Err(source) => Err(Error::Unavailable {
                detail: "no thread can be started".to_owned(),
                source: Some(source.into()),
            }),
        }
    };
    crate::stream::portions(start)
}

struct Sender<T> {
    portions: mpsc::Sender<Portion<T>>,
    runtime: tokio::runtime::Handle,
}

impl<T: Send> Sender<T> {
    /// Whether the consumer still wants more.
    fn send(&self, portion: Portion<T>) -> bool {
        self.runtime
            .block_on(self.portions.send_timeout(portion, PATIENCE))
            .is_ok()
    }
}

fn produce<T: FromRow + Send>(
    settings: &Settings,
    catalog: Arc<Catalog>,
    query: &Query,
    sender: &Sender<T>,
) -> Result<()> {
    let conn = Conn::open(settings, Access::Read, catalog)?;
    let mut portion = Vec::with_capacity(ROWS_TOGETHER);
    let mut wanted = true;
    conn.each(query, |row| {
        portion.push(T::from_row(row)?);
        if portion.len() == ROWS_TOGETHER {
            wanted = sender.send(Ok(std::mem::replace(
                &mut portion,
                Vec::with_capacity(ROWS_TOGETHER),
            )));
        }
        Ok(wanted)
    })?;
    if wanted && !portion.is_empty() {
        sender.send(Ok(portion));
    }
    Ok(())
}
