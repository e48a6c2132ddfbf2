//! Prices with dates: what the tokens of models cost from when on, set by administrators for the whole installation.
//!
//! A price is of a pattern of outward names (`openai/gpt-5*`) and counts from a time on; which one counts for a model says
//! [`Table`]. Prices in the settings of a connection (`models/prices.rs`) win over the table.
//!
//! The table is in the memory of each node, so that no call asks the database for it. Whoever writes a price reads it again
//! before the write is answered, and so does each other node when it hears of the write; a node that hears nothing looks
//! every few seconds. A call is charged what its model cost when it began: its `Resolved` has the prices of then.
//!
//! Invariant: what was charged stays, whatever happens to the table.

mod input;
pub mod routes;
pub(crate) mod store;
mod table;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use sql::Time;
use tokio::sync::Mutex;

pub use input::{CreatePrice, UpdatePrice};
pub use table::{Dated, Found, Runs, Table};

use crate::App;
use crate::changes::Notice;
use crate::models::{Owner, Prices};

/// The most prices.
pub const PRICES_MAX: usize = 2_000;
/// How often a node looks whether there are others: as fresh as connections are.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A price, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// `prc_…`
    pub id: String,
    /// Of outward names.
    pub pattern: String,
    /// From when on.
    pub valid_from: Time,
    /// Of a million tokens read, in micro-units.
    pub input_micros: i64,
    /// Of those that the provider had cached; as what is read when absent.
    pub cached_input_micros: Option<i64>,
    /// Of those that the provider put into its cache; as what is read when absent.
    pub cache_write_micros: Option<i64>,
    /// Of a million tokens written.
    pub output_micros: i64,
    /// Why, or where it is from.
    pub note: String,
    /// Who has set it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl Price {
    /// What a call is charged.
    pub fn prices(&self) -> Prices {
        Prices {
            input_micros: self.input_micros,
            cached_input_micros: self.cached_input_micros.unwrap_or(self.input_micros),
            cache_write_micros: self.cache_write_micros.unwrap_or(self.input_micros),
            output_micros: self.output_micros,
        }
    }

    fn into_dated(self) -> Dated {
        Dated {
            prices: self.prices(),
            pattern: self.pattern,
            valid_from: self.valid_from,
        }
    }
}

/// The prices, as this process knows them.
#[derive(Default)]
pub struct Current {
    table: ArcSwap<Table>,
    /// Held while they are read, so that of two readings the later one stays.
    reading: Mutex<()>,
}

impl Current {
    /// All of them.
    pub fn table(&self) -> Arc<Table> {
        self.table.load_full()
    }
}

/// Reads the prices. True when there are others than before.
pub async fn load(app: &App) -> sql::Result<bool> {
    let _reading = app.prices.reading.lock().await;
    let rows = store::all(&app.db, PRICES_MAX * 2).await?;
    let table = Table::new(rows.into_iter().map(Price::into_dated).collect());
    let others = *app.prices.table.load_full() != table;
    if others {
        app.prices.table.store(Arc::new(table));
    }
    Ok(others)
}

/// Reads the prices again. When there are others, what was made from those of before is not right any more.
pub async fn reload(app: &App) -> sql::Result<()> {
    if load(app).await? {
        app.changes.publish_soon(Notice::models(&Owner::System));
    }
    Ok(())
}

/// Looks for prices that were set elsewhere, until the server stops.
pub async fn keep_fresh(app: App) {
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if let Err(error) = reload(&app).await {
            tracing::warn!(%error, "The prices could not be read; those of before go on");
        }
    }
}
