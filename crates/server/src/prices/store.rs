//! The SQL of prices.

use sql::{Db, FromRow, Query, Result, Row, query};

use super::Price;

sql::statements! {
    /// All prices, for the memory of the process.
    pub(crate) ALL = "SELECT id, pattern, valid_from, input_micros, cached_input_micros, cache_write_micros, output_micros, note, \
        created_by, created_at, updated_at FROM prices ORDER BY pattern, valid_from LIMIT $1";
    /// A page of them by pattern, newest first, and who has set each.
    pub(crate) LIST = "SELECT p.id, p.pattern, p.valid_from, p.input_micros, p.cached_input_micros, p.cache_write_micros, p.output_micros, \
        p.note, p.created_by, p.created_at, p.updated_at, u.name FROM prices p LEFT JOIN users u ON u.id = p.created_by \
        WHERE CAST($1 AS TEXT) IS NULL OR LOWER(p.pattern) LIKE $1 ESCAPE '\\' OR LOWER(p.note) LIKE $1 ESCAPE '\\' \
        ORDER BY p.pattern, p.valid_from DESC LIMIT $2 OFFSET $3";
    /// One of them.
    pub(crate) GET = "SELECT p.id, p.pattern, p.valid_from, p.input_micros, p.cached_input_micros, p.cache_write_micros, p.output_micros, \
        p.note, p.created_by, p.created_at, p.updated_at, u.name FROM prices p LEFT JOIN users u ON u.id = p.created_by WHERE p.id = $1";
    /// A new price.
    pub(crate) INSERT = "INSERT INTO prices (id, pattern, valid_from, input_micros, cached_input_micros, cache_write_micros, \
        output_micros, note, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// What may change of a price.
    pub(crate) UPDATE = "UPDATE prices SET pattern = $2, valid_from = $3, input_micros = $4, cached_input_micros = $5, \
        cache_write_micros = $6, output_micros = $7, note = $8, updated_at = $9 WHERE id = $1";
    /// Takes a price away.
    pub(crate) DELETE = "DELETE FROM prices WHERE id = $1";
}

impl FromRow for Price {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            pattern: row.get(1)?,
            valid_from: row.get(2)?,
            input_micros: row.get(3)?,
            cached_input_micros: row.get(4)?,
            cache_write_micros: row.get(5)?,
            output_micros: row.get(6)?,
            note: row.get(7)?,
            created_by: row.get(8)?,
            created_at: row.get(9)?,
            updated_at: row.get(10)?,
        })
    }
}

/// A price, and the name of who has set it.
pub(super) struct Named {
    pub price: Price,
    pub by: Option<String>,
}

impl FromRow for Named {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            price: Price::from_row(row)?,
            by: row.get(11)?,
        })
    }
}

pub(super) async fn all(db: &Db, limit: usize) -> Result<Vec<Price>> {
    query(&ALL).bind(limit).all(db).await
}

pub(super) async fn list(db: &Db, q: Option<String>, limit: u32, offset: u64) -> Result<Vec<Named>> {
    query(&LIST).bind(q).bind(limit).bind(offset).all(db).await
}

pub(super) async fn get(db: &Db, id: &str) -> Result<Option<Named>> {
    query(&GET).bind(id).optional(db).await
}

pub(super) fn insert(price: &Price) -> Query {
    query(&INSERT)
        .bind(price.id.as_str())
        .bind(price.pattern.as_str())
        .bind(price.valid_from)
        .bind(price.input_micros)
        .bind(price.cached_input_micros)
        .bind(price.cache_write_micros)
        .bind(price.output_micros)
        .bind(price.note.as_str())
        .bind(price.created_by.clone())
        .bind(price.created_at)
        .bind(price.updated_at)
}

pub(super) fn update(price: &Price) -> Query {
    query(&UPDATE)
        .bind(price.id.as_str())
        .bind(price.pattern.as_str())
        .bind(price.valid_from)
        .bind(price.input_micros)
        .bind(price.cached_input_micros)
        .bind(price.cache_write_micros)
        .bind(price.output_micros)
        .bind(price.note.as_str())
        .bind(price.updated_at)
}

pub(super) fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}
