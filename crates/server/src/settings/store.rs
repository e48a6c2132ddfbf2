//! The SQL of settings.

use serde_json::Value;
use sql::{Db, Query, Result, Time, query};

sql::statements! {
    /// Every setting that was changed.
    pub(crate) ALL = "SELECT name, value FROM settings ORDER BY name LIMIT 100";
    /// Changes one.
    pub(crate) PUT = "INSERT INTO settings (name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by";
}

pub async fn all(db: &Db) -> Result<Vec<(String, Value)>> {
    query(&ALL).all(db).await
}

pub fn put(name: &str, value: &Value, by: &str, now: Time) -> Query {
    query(&PUT).bind(name).bind(value).bind(now).bind(by)
}
