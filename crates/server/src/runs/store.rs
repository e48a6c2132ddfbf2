//! The one statement of this feature: who may see a run. Everything else is the engine's.

use crate::caller_sql;

sql::statements! {
    /// The caller, their role, and the run that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, m.role, r.id FROM caller LEFT JOIN runs r ON r.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = r.workspace_id");
}
