//! The schema of the product: its migrations, the indexes that must be there, and every statement that runs on it.

use sql::{Db, Migration, Statement};

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        /// All migrations, oldest first. One that has been released is never changed, only followed by another.
        pub const MIGRATIONS: &[Migration] =
            &[$(Migration { name: $name, text: include_str!(concat!("../../../migrations/", $name, ".sql")) }),+];
    };
}

migrations![
    "0001_accounts",
    "0002_runs",
    "0003_models",
    "0004_conversations",
    "0005_preferences",
    "0006_founder",
    "0007_alerts",
    "0008_search",
    "0009_memories",
    "0010_files",
    "0011_citations",
    "0012_backfills",
    "0013_compare",
    "0014_budgets",
    "0015_tags",
    "0016_administration",
    "0017_limits",
    "0018_prices",
    "0019_routes",
    "0020_batches",
    "0021_uploads"
];

/// The indexes that lists and look-ups rely on; `stoa serve` does not start without them and `doctor` names a missing one.
pub const INDEXES: &[&str] = &[
    "alerts_node_kind_key",
    "alerts_open_idx",
    "batch_cells_batch_id_status_idx",
    "batches_updated_at_idx",
    "batches_user_id_idx",
    "batches_workspace_id_created_at_idx",
    "blob_garbage_since_idx",
    "blobs_key_key",
    "blobs_unused_idx",
    "context_items_memory_id_idx",
    "budget_reservations_expires_at_idx",
    "budgets_subject_id_period_key",
    "conversations_agent_id_idx",
    "conversations_created_at_idx",
    "conversations_updated_at_idx",
    "conversations_updated_at_user_id_idx",
    "conversations_user_id_created_at_idx",
    "conversations_user_id_last_message_at_idx",
    "conversations_workspace_id_last_message_at_idx",
    "credentials_kind_created_at_idx",
    "credentials_token_hash_key",
    "credentials_workspace_id_created_at_idx",
    "files_deleted_at_idx",
    "files_deleted_idx",
    "files_deleted_with_idx",
    "files_name_idx",
    "files_parent_name_idx",
    "files_parent_size_idx",
    "files_parent_updated_idx",
    "files_size_idx",
    "files_updated_idx",
    "files_workspace_id_path_key",
    "memberships_workspace_id_created_at_idx",
    "memories_workspace_id_series_position_idx",
    "memories_workspace_id_status_created_at_idx",
    "memories_workspace_id_status_last_used_at_idx",
    "memories_workspace_id_status_title_key_idx",
    "memories_workspace_id_status_updated_at_idx",
    "memory_tags_memory_id_idx",
    "messages_conversation_id_created_at_idx",
    "messages_conversation_id_parent_id_idx",
    "messages_conversation_id_role_idx",
    "messages_created_at_idx",
    "messages_id_key",
    "messages_role_idx",
    "passage_queue_rank_number_idx",
    "passage_queue_workspace_id_idx",
    "passage_vectors_model_workspace_id_epoch_idx",
    "passages_owner_id_part_key",
    "passages_parent_id_idx",
    "passages_workspace_id_number_idx",
    "presets_workspace_id_name_key",
    "prices_pattern_valid_from_key",
    "routes_system_name_key",
    "routes_system_tag_key",
    "routes_workspace_id_name_key",
    "routes_workspace_id_tag_key",
    "uploads_expires_at_idx",
    "uploads_workspace_id_idx",
    "usage_calls_unsettled_idx",
    "usage_hours_hour_idx",
    "users_email_key",
    "users_founder_key",
    "vote_answers_workspace_id_message_id_user_id_idx",
    "vote_tags_message_id_user_id_idx",
    "votes_conversation_id_message_id_idx",
    "votes_user_id_idx",
    "votes_workspace_id_idx",
    "workspaces_owner_id_updated_at_idx",
    "workspaces_slug_key",
];

/// The tables that grow with use: no statement may read one of them whole, and the profiler says which index is missing
/// when one does.
pub const GROWING: &[&str] = &[
    "users",
    "credentials",
    "memberships",
    "workspaces",
    "conversations",
    "messages",
    "runs",
    "run_events",
    "usage_calls",
    "usage_hours",
    "alerts",
    "audit_log",
    "memories",
    "files",
    "blobs",
    "uploads",
    "upload_parts",
    "blob_garbage",
    "memory_versions",
    "memory_tags",
    "context_items",
    "passages",
    "passage_vectors",
    "passage_queue",
    "passage_epochs",
    "budget_windows",
    "budget_reservations",
    "votes",
    "vote_answers",
    "vote_tags",
    "batches",
    "batch_rows",
    "batch_cells",
    "batch_lanes",
];

/// The indexes of [`INDEXES`] that the live schema does not have.
pub async fn missing_indexes(db: &Db) -> sql::Result<Vec<&'static str>> {
    let live = db.indexes().await?;
    Ok(INDEXES
        .iter()
        .filter(|name| !live.iter().any(|index| index.name == **name))
        .copied()
        .collect())
}

/// Every statement of the product, by feature. A store that is missing here fails the tidy test.
pub fn statements() -> Vec<&'static Statement> {
    [
        crate::accounts::store::STATEMENTS,
        crate::admin::store::STATEMENTS,
        crate::audit::store::STATEMENTS,
        crate::accounts::keys::store::STATEMENTS,
        crate::workspaces::store::STATEMENTS,
        crate::settings::store::STATEMENTS,
        crate::providers::store::STATEMENTS,
        crate::models::store::STATEMENTS,
        crate::routing::store::STATEMENTS,
        crate::usage::store::STATEMENTS,
        crate::usage::summary::store::STATEMENTS,
        crate::budgets::store::STATEMENTS,
        crate::prices::store::STATEMENTS,
        crate::conversations::store::STATEMENTS,
        crate::compare::store::STATEMENTS,
        crate::batches::store::STATEMENTS,
        crate::batches::grid::store::STATEMENTS,
        crate::memories::store::STATEMENTS,
        crate::memories::context::store::STATEMENTS,
        crate::files::store::STATEMENTS,
        crate::runs::store::STATEMENTS,
        crate::alerts::store::STATEMENTS,
        crate::retrieval::store::STATEMENTS,
        crate::sources::store::STATEMENTS,
    ]
    .concat()
    .into_iter()
    .chain(engine::statements())
    .chain(search::statements())
    .collect()
}
