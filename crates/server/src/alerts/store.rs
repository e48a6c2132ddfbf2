//! The SQL of alerts.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use super::{Alert, Kind};

macro_rules! columns {
    () => {
        "id, kind, node, opened_at, closed_at, value, worst, threshold, detail, acknowledged_at, acknowledged_by"
    };
}

sql::statements! {
    /// Alerts before an id, newest first.
    pub(crate) LIST = concat!("SELECT ", columns!(), " FROM alerts WHERE id < $1 ORDER BY id DESC LIMIT $2 OFFSET $3");
    /// Those that are open.
    pub(crate) LIST_OPEN = concat!("SELECT ", columns!(), " FROM alerts WHERE closed_at IS NULL AND id < $1 \
        ORDER BY id DESC LIMIT $2 OFFSET $3");
    /// How many there are.
    pub(crate) COUNT = "SELECT COUNT(*) FROM alerts";
    /// How many are open.
    pub(crate) COUNT_OPEN = "SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL";
    /// A new alert, unless the node has one of this kind.
    pub(crate) OPEN = "INSERT INTO alerts (id, node, kind, opened_at, seen_at, value, worst, threshold, detail) \
        VALUES ($1, $2, $3, $4, $4, $5, $5, $6, $7) ON CONFLICT (node, kind) WHERE closed_at IS NULL DO NOTHING";
    /// Says that an alert is still open, and how bad it has been.
    pub(crate) SEEN = "UPDATE alerts SET seen_at = $2, worst = $3 WHERE id = $1 AND closed_at IS NULL";
    /// Ends an alert.
    pub(crate) CLOSE = "UPDATE alerts SET closed_at = $2, seen_at = $2, worst = $3 WHERE id = $1 AND closed_at IS NULL";
    /// Ends what a node of this name left open, and what no node has spoken of since a time.
    pub(crate) CLOSE_LEFT = "UPDATE alerts SET closed_at = $3 WHERE closed_at IS NULL AND (node = $1 OR seen_at < $2)";
    /// Takes note of one, once.
    pub(crate) ACKNOWLEDGE = concat!("UPDATE alerts SET acknowledged_at = COALESCE(acknowledged_at, $3), \
        acknowledged_by = COALESCE(acknowledged_by, $2) WHERE id = $1 RETURNING ", columns!());
    /// Removes old ones that are over.
    pub(crate) DELETE_OLD = "DELETE FROM alerts WHERE id < $1 AND closed_at IS NOT NULL";
}

/// Behind every id.
const LAST_ID: &str = "alr_~";

impl FromRow for Alert {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let word: String = row.get(1)?;
        // A kind of a newer version is shown as the broadest there is.
        let kind = Kind::parse(&word).unwrap_or(Kind::ErrorRate);
        Ok(Self {
            id: row.get(0)?,
            kind,
            node: row.get(2)?,
            opened_at: row.get(3)?,
            closed_at: row.get(4)?,
            value: row.get(5)?,
            worst: row.get(6)?,
            threshold: row.get(7)?,
            unit: kind.unit(),
            detail: row.get(8)?,
            acknowledged_at: row.get(9)?,
            acknowledged_by: row.get(10)?,
        })
    }
}

pub async fn list(db: &Db, open: bool, before: Option<&str>, limit: u32, offset: u64) -> Result<Vec<Alert>> {
    query(if open { &LIST_OPEN } else { &LIST })
        .bind(before.unwrap_or(LAST_ID))
        .bind(limit)
        .bind(offset)
        .all(db)
        .await
}

pub async fn count(db: &Db, open: bool) -> Result<i64> {
    if open {
        return count_open(db).await;
    }
    Ok(query(&COUNT).one::<(i64,)>(db).await?.0)
}

pub async fn count_open(db: &Db) -> Result<i64> {
    Ok(query(&COUNT_OPEN).one::<(i64,)>(db).await?.0)
}

pub fn open(alert: &Alert) -> Query {
    query(&OPEN)
        .bind(alert.id.as_str())
        .bind(alert.node.as_str())
        .bind(alert.kind.as_str())
        .bind(alert.opened_at)
        .bind(alert.value)
        .bind(alert.threshold)
        .bind(alert.detail.as_str())
}

pub fn seen(alert: &Alert, now: Time) -> Query {
    query(&SEEN).bind(alert.id.as_str()).bind(now).bind(alert.worst)
}

pub fn close(alert: &Alert, now: Time) -> Query {
    query(&CLOSE).bind(alert.id.as_str()).bind(now).bind(alert.worst)
}

pub fn close_left(node: &str, unseen_since: Time, now: Time) -> Query {
    query(&CLOSE_LEFT).bind(node).bind(unseen_since).bind(now)
}

pub async fn acknowledge(db: &Db, id: &str, by: &str, now: Time) -> Result<Option<Alert>> {
    query(&ACKNOWLEDGE).bind(id).bind(by).bind(now).optional(db).await
}

pub fn delete_old(before_id: &str) -> Query {
    query(&DELETE_OLD).bind(before_id)
}
