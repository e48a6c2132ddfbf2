//! The SQL of collections.

use sql::{Db, Query, Result, Time, query};

use crate::sources::Collection;

sql::statements! {
    /// Which of these are there, what they are, and whose.
    pub(crate) KINDS = "SELECT id, kind, workspace_id FROM files WHERE id IN {$1} AND deleted_at IS NULL";
    /// The files below a folder, by its range of paths.
    pub(crate) FILES_BELOW = "SELECT f.id FROM files d JOIN files f ON f.workspace_id = d.workspace_id \
        AND f.path > d.path || '/' AND f.path < d.path || '0' AND f.deleted_at IS NULL \
        WHERE d.id = $2 AND d.workspace_id = $1 AND d.deleted_at IS NULL AND f.kind = 'file' LIMIT 50000";
    /// What a conversation draws on from now on.
    pub(crate) SET = "UPDATE conversations SET collection = $2, updated_at = $3 WHERE id = $1";
}

pub async fn kinds(db: &Db, workspace_id: &str, ids: Vec<String>) -> Result<Vec<(String, String)>> {
    let rows: Vec<(String, String, String)> = query(&KINDS).bind(ids).all(db).await?;
    let of_workspace = rows.into_iter().filter(|(_, _, of)| of == workspace_id);
    Ok(of_workspace.map(|(id, kind, _)| (id, kind)).collect())
}

pub async fn files_below(db: &Db, workspace_id: &str, folder_id: &str) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&FILES_BELOW)
        .bind(workspace_id)
        .bind(folder_id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub fn set(conversation_id: &str, collection: Option<&Collection>, now: Time) -> Query {
    query(&SET)
        .bind(conversation_id)
        .bind(collection.map(Collection::to_stored))
        .bind(now)
}
