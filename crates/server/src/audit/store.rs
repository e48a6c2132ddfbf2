//! The SQL of the audit log.

use sql::{Db, FromRow, Query, Result, Row, Time, query};

use super::{AuditEntry, Change};

sql::statements! {
    /// A change that was made.
    pub(crate) INSERT = "INSERT INTO audit_log (id, at, actor_id, action, subject_id, subject_name, workspace_id, detail) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// Entries before an id, newest first.
    pub(crate) LIST = "SELECT a.id, a.at, a.actor_id, u.name, a.action, a.subject_id, a.subject_name, a.workspace_id, a.detail \
        FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id WHERE a.id < $1 AND (CAST($2 AS TEXT) IS NULL OR a.action LIKE $2) \
        AND (CAST($3 AS TEXT) IS NULL OR a.actor_id = $3) ORDER BY a.id DESC LIMIT $4 OFFSET $5";
    /// Forgets what is older than an id.
    pub(crate) DELETE_OLD = "DELETE FROM audit_log WHERE id < $1";
}

/// Behind every id.
const LAST_ID: &str = "aud_~";

pub(super) fn insert(id: &str, at: Time, actor_id: Option<String>, change: &Change<'_>) -> Query {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    query(&INSERT)
        .bind(id)
        .bind(at)
        .bind(actor_id)
        .bind(change.action)
        .bind(given(change.subject_id))
        .bind(given(change.subject_name))
        .bind(change.workspace_id)
        .bind(serde_json::Value::Object(change.fields.0.clone()))
}

impl FromRow for AuditEntry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let action: String = row.get(4)?;
        let subject_kind = action.split('.').next().unwrap_or_default().to_owned();
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            actor_id: row.get(2)?,
            actor_name: row.get(3)?,
            action,
            subject_kind,
            subject_id: row.get(5)?,
            subject_name: row.get(6)?,
            workspace_id: row.get(7)?,
            detail: row.get(8)?,
        })
    }
}

/// Which entries.
pub(super) struct Wanted<'a> {
    pub before: Option<&'a str>,
    /// An action, or the beginning of one.
    pub action: Option<String>,
    pub actor_id: Option<&'a str>,
}

pub(super) async fn list(db: &Db, wanted: Wanted<'_>, limit: u32, offset: u64) -> Result<Vec<AuditEntry>> {
    query(&LIST)
        .bind(wanted.before.unwrap_or(LAST_ID))
        .bind(wanted.action)
        .bind(wanted.actor_id)
        .bind(limit)
        .bind(offset)
        .all(db)
        .await
}

pub fn delete_old(before_id: &str) -> Query {
    query(&DELETE_OLD).bind(before_id)
}
