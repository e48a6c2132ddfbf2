//! The SQL of budgets.

use sql::{Batch, Db, FromRow, Query, Result, Row, Time, query};

use super::{Budget, Period, Scope, WhenSpent};
use crate::caller_sql;

/// How far a call with the model `$5` may go in the budget of a row: a share of the limit where a cheaper model takes over.
macro_rules! ceiling {
    ($budget:literal) => {
        concat!(
            "CASE WHEN ",
            $budget,
            ".when_spent = 'cheaper' AND ",
            $budget,
            ".cheaper_model <> $5 \
             THEN ",
            $budget,
            ".limit_micros / 100 * ",
            $budget,
            ".cheaper_from_percent ELSE ",
            $budget,
            ".limit_micros END"
        )
    };
}

/// The beginning of the window that a budget is in, where the day began at `$2` and the month at `$3`.
macro_rules! begins {
    ($budget:literal) => {
        concat!(
            "CASE ",
            $budget,
            ".period WHEN 'day' THEN CAST($2 AS TIMESTAMPTZ) ELSE CAST($3 AS TIMESTAMPTZ) END"
        )
    };
}

sql::statements! {
    /// The caller, their role, and the budget that a path names.
    pub(crate) FIND_SCOPED = caller_sql!("SELECT caller.*, \
        CASE WHEN b.id IS NULL THEN NULL \
             WHEN caller.is_admin AND (b.locked OR b.scope = 'installation') THEN 'owner' \
             WHEN b.scope = 'workspace' THEN CASE WHEN b.locked AND m.role IS NOT NULL THEN 'observer' ELSE m.role END \
             WHEN b.scope = 'user' AND b.subject_id = caller.user_id THEN 'observer' \
             WHEN b.scope = 'key' AND k.workspace_id IS NOT NULL THEN CASE WHEN b.locked AND n.role IS NOT NULL THEN 'observer' ELSE n.role END \
             WHEN b.scope = 'key' AND k.user_id = caller.user_id THEN CASE WHEN b.locked THEN 'observer' ELSE 'owner' END END, \
        b.id, b.scope, b.subject_id, b.period, b.limit_micros, b.when_spent, b.cheaper_model, b.cheaper_from_percent, b.locked, \
        b.created_at, b.updated_at FROM caller LEFT JOIN budgets b ON b.id = $3 \
        LEFT JOIN memberships m ON m.user_id = caller.user_id AND m.workspace_id = b.subject_id \
        LEFT JOIN credentials k ON k.id = b.subject_id \
        LEFT JOIN memberships n ON n.user_id = caller.user_id AND n.workspace_id = k.workspace_id");
    /// The budgets of these subjects.
    pub(crate) OF_SUBJECTS = "SELECT id, scope, subject_id, period, limit_micros, when_spent, cheaper_model, cheaper_from_percent, locked, \
        created_at, updated_at FROM budgets WHERE subject_id IN {$1} ORDER BY id";
    /// Promises the most that a call may cost, in each of these budgets that has something left.
    pub(crate) RESERVE = concat!("INSERT INTO budget_windows (budget_id, begins, spent_micros, reserved_micros) \
        SELECT a.id, ", begins!("a"), ", 0, $4 FROM budgets a WHERE a.id IN {$1} AND ", ceiling!("a"), " > 0 ORDER BY a.id \
        ON CONFLICT (budget_id, begins) DO UPDATE SET reserved_micros = budget_windows.reserved_micros + excluded.reserved_micros \
        WHERE budget_windows.spent_micros + budget_windows.reserved_micros < \
        (SELECT ", ceiling!("b"), " FROM budgets b WHERE b.id = excluded.budget_id)");
    /// What was promised, for the end of the call.
    pub(crate) HOLD = concat!("INSERT INTO budget_reservations (call_id, budget_id, begins, bound_micros, expires_at) \
        SELECT $5, a.id, ", begins!("a"), ", $4, $6 FROM budgets a WHERE a.id IN {$1}");
    /// Holds the promises of a call until the transaction ends, so that it is settled once.
    pub(crate) LOCK = "UPDATE budget_reservations SET expires_at = expires_at WHERE call_id = $1";
    /// Counts what a call cost instead of what was promised; all of that when the cost is not known.
    pub(crate) SETTLE = "UPDATE budget_windows SET \
        spent_micros = spent_micros + COALESCE(CAST($2 AS BIGINT), (SELECT r.bound_micros FROM budget_reservations r \
            WHERE r.call_id = $1 AND r.budget_id = budget_windows.budget_id)), \
        reserved_micros = reserved_micros - (SELECT r.bound_micros FROM budget_reservations r \
            WHERE r.call_id = $1 AND r.budget_id = budget_windows.budget_id) \
        WHERE (budget_id, begins) IN (SELECT r.budget_id, r.begins FROM budget_reservations r WHERE r.call_id = $1)";
    /// The promises of a call are kept.
    pub(crate) FORGET = "DELETE FROM budget_reservations WHERE call_id = $1";
    /// Calls that never said how they ended.
    pub(crate) EXPIRED = "SELECT call_id FROM budget_reservations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2";
    /// Where these budgets stand.
    pub(crate) STANDING = concat!("SELECT a.id, COALESCE(w.spent_micros, 0), COALESCE(w.reserved_micros, 0) FROM budgets a \
        LEFT JOIN budget_windows w ON w.budget_id = a.id AND w.begins = ", begins!("a"), " WHERE a.id IN {$1} ORDER BY a.id");
    /// What limits a user: their own budgets, those of their keys, of their workspaces and of the keys of those.
    pub(crate) LIST_MINE = "SELECT b.id, b.scope, b.subject_id, b.period, b.limit_micros, b.when_spent, b.cheaper_model, \
        b.cheaper_from_percent, b.locked, b.created_at, b.updated_at, COALESCE(w.name, k.name) FROM budgets b \
        LEFT JOIN workspaces w ON w.id = b.subject_id LEFT JOIN credentials k ON k.id = b.subject_id \
        WHERE b.subject_id = $1 OR b.subject_id IN (SELECT id FROM credentials WHERE user_id = $1 AND kind = 'key' AND workspace_id IS NULL) \
        OR b.subject_id IN (SELECT k.id FROM memberships m JOIN credentials k ON k.workspace_id = m.workspace_id WHERE m.user_id = $1) \
        OR b.subject_id IN (SELECT workspace_id FROM memberships WHERE user_id = $1) ORDER BY b.id LIMIT $2 OFFSET $3";
    /// All budgets, with the names of those they limit.
    pub(crate) LIST_ALL = "SELECT b.id, b.scope, b.subject_id, b.period, b.limit_micros, b.when_spent, b.cheaper_model, \
        b.cheaper_from_percent, b.locked, b.created_at, b.updated_at, COALESCE(w.name, k.name, u.name) FROM budgets b \
        LEFT JOIN workspaces w ON w.id = b.subject_id LEFT JOIN credentials k ON k.id = b.subject_id \
        LEFT JOIN users u ON u.id = b.subject_id ORDER BY b.id LIMIT $1 OFFSET $2";
    /// A new budget.
    pub(crate) INSERT = "INSERT INTO budgets (id, scope, subject_id, period, limit_micros, when_spent, cheaper_model, \
        cheaper_from_percent, locked, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// What may change of a budget.
    pub(crate) UPDATE = "UPDATE budgets SET limit_micros = $2, when_spent = $3, cheaper_model = $4, cheaper_from_percent = $5, \
        updated_at = $6 WHERE id = $1";
    /// Takes a budget away, with what was spent of it.
    pub(crate) DELETE = "DELETE FROM budgets WHERE id = $1";
    /// Takes away the budgets of what is gone.
    pub(crate) DELETE_LEFT_OVER = "DELETE FROM budgets WHERE scope <> 'installation' \
        AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = subject_id) AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = subject_id) \
        AND NOT EXISTS (SELECT 1 FROM credentials k WHERE k.id = subject_id)";
    /// The windows that nobody asks about any more.
    pub(crate) DELETE_OLD_WINDOWS = "DELETE FROM budget_windows WHERE begins < $1 AND reserved_micros = 0";
    /// Whether a user exists, by id or address.
    pub(crate) FIND_USER = "SELECT id FROM users WHERE id = $1 OR email = $1";
    /// Whether an API key is this user's, or one of a workspace that they manage.
    pub(crate) FIND_KEY = "SELECT k.id FROM credentials k LEFT JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = $2 \
        WHERE k.id = $1 AND k.kind = 'key' AND ((k.workspace_id IS NULL AND k.user_id = $2) OR m.role IN ('admin', 'owner'))";
    /// A workspace by id or slug, with this user's role in it.
    pub(crate) FIND_WORKSPACE = "SELECT w.id, m.role FROM workspaces w LEFT JOIN memberships m ON m.workspace_id = w.id AND m.user_id = $2 \
        WHERE w.id = $1 OR w.slug = $1";
}

pub(super) fn read_budget(row: &Row<'_>, at: usize) -> Result<Budget> {
    let (scope, period, when): (String, String, String) =
        (row.get(at + 1)?, row.get(at + 3)?, row.get(at + 5)?);
    Ok(Budget {
        id: row.get(at)?,
        scope: Scope::parse(&scope).unwrap_or(Scope::Installation),
        subject_id: row.get(at + 2)?,
        period: if period == "day" {
            Period::Day
        } else {
            Period::Month
        },
        limit_micros: row.get(at + 4)?,
        when_spent: WhenSpent::parse(&when),
        cheaper_model: row.get(at + 6)?,
        cheaper_from_percent: row.get(at + 7)?,
        locked: row.get(at + 8)?,
        created_at: row.get(at + 9)?,
        updated_at: row.get(at + 10)?,
    })
}

impl FromRow for Budget {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        read_budget(row, 0)
    }
}

/// A budget, and the name of what it limits.
pub(super) struct Named {
    pub budget: Budget,
    pub subject: Option<String>,
}

impl FromRow for Named {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            budget: read_budget(row, 0)?,
            subject: row.get(11)?,
        })
    }
}

/// The budgets of these subjects and of the installation.
pub(super) async fn of_subjects(db: &Db, subjects: &[&str]) -> Result<Vec<Budget>> {
    let mut ids: Vec<String> = subjects.iter().map(|&id| id.to_owned()).collect();
    // That of the installation has an empty subject.
    ids.push(String::new());
    ids.sort_unstable();
    ids.dedup();
    query(&OF_SUBJECTS).bind(ids).all(db).await
}

/// A promise that is to be made.
pub(super) struct Promise<'a> {
    pub call_id: &'a str,
    pub budgets: Vec<String>,
    pub model: &'a str,
    pub bound_micros: i64,
    pub windows: [Time; 2],
    pub expires_at: Time,
    /// Whether the call may have a promise from an earlier attempt, which is taken back.
    pub again: bool,
}

/// Makes a promise in all of its budgets, or in none of them: then [`sql::Error::RowsAffected`].
pub(super) async fn reserve(db: &Db, promise: &Promise<'_>) -> Result<()> {
    let count = promise.budgets.len() as u64;
    let [day, month] = promise.windows;
    let mut batch = Batch::new();
    if promise.again {
        batch.append(settle(promise.call_id, Some(0)));
    }
    batch.push_expecting(
        count,
        query(&RESERVE)
            .bind(promise.budgets.clone())
            .bind(day)
            .bind(month)
            .bind(promise.bound_micros)
            .bind(promise.model),
    );
    batch.push_expecting(
        count,
        query(&HOLD)
            .bind(promise.budgets.clone())
            .bind(day)
            .bind(month)
            .bind(promise.bound_micros)
            .bind(promise.call_id)
            .bind(promise.expires_at),
    );
    db.write(batch).await?;
    Ok(())
}

/// The writes that settle a call: at what it cost, or at what was promised.
pub(super) fn settle(call_id: &str, cost_micros: Option<i64>) -> Batch {
    let mut batch = Batch::new();
    batch.push(query(&LOCK).bind(call_id));
    batch.push(query(&SETTLE).bind(call_id).bind(cost_micros));
    batch.push(query(&FORGET).bind(call_id));
    batch
}

pub(super) async fn expired(db: &Db, now: Time, limit: usize) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = query(&EXPIRED).bind(now).bind(limit).all(db).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The id of each budget, what was spent of it and what is promised.
pub(super) async fn standing(
    db: &Db,
    ids: Vec<String>,
    windows: [Time; 2],
) -> Result<Vec<(String, i64, i64)>> {
    let [day, month] = windows;
    query(&STANDING).bind(ids).bind(day).bind(month).all(db).await
}

pub(super) async fn list_mine(db: &Db, user_id: &str, limit: u32, offset: u64) -> Result<Vec<Named>> {
    query(&LIST_MINE)
        .bind(user_id)
        .bind(limit)
        .bind(offset)
        .all(db)
        .await
}

pub(super) async fn list_all(db: &Db, limit: u32, offset: u64) -> Result<Vec<Named>> {
    query(&LIST_ALL).bind(limit).bind(offset).all(db).await
}

pub(super) fn insert(budget: &Budget, by: &str) -> Query {
    query(&INSERT)
        .bind(budget.id.as_str())
        .bind(budget.scope.as_str())
        .bind(budget.subject_id.as_str())
        .bind(budget.period.as_str())
        .bind(budget.limit_micros)
        .bind(budget.when_spent.as_str())
        .bind(budget.cheaper_model.clone())
        .bind(budget.cheaper_from_percent)
        .bind(budget.locked)
        .bind(by)
        .bind(budget.created_at)
        .bind(budget.updated_at)
}

pub(super) fn update(budget: &Budget) -> Query {
    query(&UPDATE)
        .bind(budget.id.as_str())
        .bind(budget.limit_micros)
        .bind(budget.when_spent.as_str())
        .bind(budget.cheaper_model.clone())
        .bind(budget.cheaper_from_percent)
        .bind(budget.updated_at)
}

pub(super) fn delete(id: &str) -> Query {
    query(&DELETE).bind(id)
}

/// What housekeeping takes away: budgets of what is gone, and windows from before this time.
pub(super) fn tidy(before: Time) -> Batch {
    let mut batch = Batch::new();
    batch.push(query(&DELETE_LEFT_OVER));
    batch.push(query(&DELETE_OLD_WINDOWS).bind(before));
    batch
}

pub(super) async fn find_user(db: &Db, named: &str) -> Result<Option<String>> {
    let found: Option<(String,)> = query(&FIND_USER).bind(named).optional(db).await?;
    Ok(found.map(|(id,)| id))
}

pub(super) async fn find_key(db: &Db, id: &str, user_id: &str) -> Result<Option<String>> {
    let found: Option<(String,)> = query(&FIND_KEY).bind(id).bind(user_id).optional(db).await?;
    Ok(found.map(|(id,)| id))
}

pub(super) async fn find_workspace(
    db: &Db,
    named: &str,
    user_id: &str,
) -> Result<Option<(String, Option<String>)>> {
    query(&FIND_WORKSPACE)
        .bind(named)
        .bind(user_id)
        .optional(db)
        .await
}
