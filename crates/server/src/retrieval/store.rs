//! The SQL of what hits belong to.

use sql::{Db, Result, query};

sql::statements! {
    /// The titles of conversations, for the messages that were found in them.
    pub(crate) TITLES = "SELECT id, title FROM conversations WHERE id IN {$1}";
}

/// The titles of these conversations.
pub async fn titles(db: &Db, ids: Vec<String>) -> Result<Vec<(String, String)>> {
    query(&TITLES).bind(ids).all(db).await
}
