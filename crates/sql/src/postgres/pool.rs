//! Connections: made when needed, checked before use, replaced after an hour, never handed on in the middle of something.

use std::ops::Deref;
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Settings, errors, tls};
use crate::{Error, Result};

/// How long a caller waits for a connection when all are in use.
const WAIT: Duration = Duration::from_secs(5);
/// How long the making of a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the check before use may take.
const CHECK: Duration = Duration::from_secs(2);
/// A connection that was used this recently is not asked again whether it lives: it answered a moment ago, and the
/// question would cost each statement a second flight.
const FRESH: Duration = Duration::from_secs(1);
/// After how long connections beyond the kept ones are closed when idle.
const IDLE: Duration = Duration::from_mins(1);
/// How often idle connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long a connection that was left in the middle of a statement may take to come to its end.
const SETTLE: Duration = Duration::from_secs(1);

/// The pool and what is needed to cancel a query.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) pool: Pool,
    tls: MakeRustlsConnect,
}

impl Connections {
    pub(super) fn open(settings: &Settings) -> Result<Self> {
        let target = tls::target(&settings.url)?;
        let tls = target.connector()?;
        // The hook below asks; the manager only looks whether the socket is closed.
        let manager_config = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(target.config, tls.clone(), manager_config);
        let pool = Pool::builder(manager)
            .max_size(settings.pool_max.max(1))
            .timeouts(Timeouts { wait: Some(WAIT), create: Some(CONNECT), recycle: Some(CHECK) })
            // The most recently used first, so that those beyond need grow idle and can be closed.
            .queue_mode(deadpool_postgres::QueueMode::Lifo)
            .post_create(set_up(settings))
            .pre_recycle(check(settings.recycle_after))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|source| Error::Unavailable { detail: "no pool can be made".to_owned(), source: Some(source.into()) })?;
        tokio::spawn(close_idle(pool.weak(), settings.pool_min));
        Ok(Self { pool, tls })
    }

    /// A connection that lives.
    pub(super) async fn get(&self) -> Result<Lease> {
        let client = self.pool.get().await.map_err(errors::from_pool)?;
        Ok(Lease {
            client: Some(client),
            tls: self.tls.clone(),
            state: State::Idle,
        })
    }
}

/// What every session says once.
fn set_up(settings: &Settings) -> Hook {
    let text = format!(
        "SET TimeZone = 'UTC'; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = 60000; SET jit = off",
        settings.statement_timeout.as_millis()
    );
    Hook::async_fn(move |client, _| {
        let text = text.clone();
        Box::pin(async move { client.batch_execute(&text).await.map_err(HookError::Backend) })
    })
}

/// Refuses a connection that is old, and asks one that has been idle whether it lives.
fn check(recycle_after: Duration) -> Hook {
    Hook::async_fn(move |client, metrics| {
        Box::pin(async move {
            if metrics.age() >= recycle_after {
                return Err(HookError::message("it is old"));
            }
            if metrics.last_used() < FRESH {
                return Ok(());
            }
            client.check_connection().await.map_err(HookError::Backend)
        })
    })
}

/// Closes connections that nobody needs, until the pool is gone.
async fn close_idle(pool: deadpool_postgres::WeakPool, keep: usize) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else {
            return;
        };
        let mut spare = pool.status().size.saturating_sub(keep);
        pool.retain(|client, metrics| {
            let close = client.is_closed() || (spare > 0 && metrics.last_used() >= IDLE);
            spare -= usize::from(close && spare > 0);
            !close
        });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Idle,
    /// A statement is under way.
    Running,
    /// A transaction is open, or was when something failed.
    Transaction,
}

/// A connection while it is in use. One that is dropped in the middle of something is brought to an end in the
/// background, and closed when that takes too long: nobody gets it as it is.
pub(super) struct Lease {
    client: Option<Object>,
    tls: MakeRustlsConnect,
    state: State,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Lease {
    /// The connection, marked as being in the middle of a statement.
    pub(super) fn running(&mut self) -> Result<&Object> {
        self.state = State::Running;
        self.client()
    }

    /// The connection, marked as having a transaction open.
    pub(super) fn in_transaction(&mut self) -> Result<&Object> {
        self.state = State::Transaction;
        self.client()
    }

    /// Nothing is under way any more.
    pub(super) fn settled(&mut self) {
        self.state = State::Idle;
    }

    pub(super) fn client(&self) -> Result<&Object> {
        self.client
            .as_ref()
            .ok_or_else(|| Error::unavailable("the connection was given back"))
    }

    /// Closes the connection without asking the server for anything.
    pub(super) fn give_up(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }

    /// Ends what is under way and closes the connection.
    pub(super) async fn discard(mut self) {
        if let Some(client) = self.client.take() {
            discard(client, self.tls.clone()).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.state == State::Idle || client.is_closed() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(Object::take(client));
            return;
        };
        let end = if self.state == State::Transaction {
            "ROLLBACK"
        } else {
            ""
        };
        let tls = self.tls.clone();
        runtime.spawn(async move {
            let settled = tokio::time::timeout(SETTLE, client.batch_execute(end)).await;
            if !matches!(settled, Ok(Ok(()))) {
                discard(client, tls).await;
            }
        });
    }
}

async fn discard(client: Object, tls: MakeRustlsConnect) {
    let cancel = client.cancel_token();
    // Out of the pool first: whatever comes of the cancelling, nobody gets it.
    let client: Box<_> = Object::take(client).into();
    if let Err(error) = cancel.cancel_query(tls).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "A query cannot be cancelled"
        );
    }
    drop(client);
}

impl Deref for Connections {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}
