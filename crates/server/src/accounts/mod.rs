//! Accounts: users, their sessions, API keys and preferences, and the limits on trying to log in.
//!
//! A session and an API key are the same thing to a request: a credential, of which only the SHA-256 is stored. Logging
//! out, revoking and changing the password delete rows, so they work at once and on every node. Passwords are argon2id.

pub mod keys;
mod login_limit;
mod password;
mod preferences;
mod register;
pub mod routes;
mod seen;
pub(crate) mod store;
mod update;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Db, FromRow, Row, Time};

pub use login_limit::LoginLimit;
pub use preferences::{Locale, Preferences, SendWith, Theme, UpdatePreferences, update_preferences};
pub use register::{create_user, register};
pub use seen::{FLUSH_SECONDS, Seen};
pub use update::{LimitsPatch, UserPatch, update_user};

use crate::App;
use crate::cache::Tag;
use crate::changes::Notice;
use crate::http::json::Check;
use crate::http::problem::{ErrorCode, Problem, Rule};
use crate::ids::Kind;
use crate::limits::{Limits, Rates};
use crate::secrets;

/// The shortest password.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password; argon2 would take more, but nobody should make the server hash a book.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// What an API key may be used for. A browser session may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// GET below /api.
    Read,
    /// Everything else below /api.
    Write,
    /// The /v1 surface.
    Models,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Models];

    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Models => "models",
        }
    }

    fn join(scopes: &[Self]) -> String {
        let names: Vec<&str> = Self::ALL
            .into_iter()
            .filter(|scope| scopes.contains(scope))
            .map(Self::as_str)
            .collect();
        names.join(" ")
    }
}

/// The user behind a credential, and the credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerRow {
    /// The credential's id.
    pub credential_id: String,
    /// `session` or `key`.
    pub credential_kind: String,
    /// The credential's scopes, separated by spaces.
    pub scopes: String,
    /// The user's id.
    pub user_id: String,
    /// The user's address, in lower case.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// Whether the user administrates the installation.
    pub is_admin: bool,
    /// When the account was made.
    pub created_at: Time,
    /// When the credential expires, if it does.
    pub expires_at: Option<Time>,
    /// For a key of a workspace: which. Then there is no user, and the id of the user is empty.
    pub workspace_id: Option<String>,
    /// What limits the credential, when anything does.
    pub limits: Option<Arc<Limits>>,
    /// What limits the user, over all their credentials.
    pub user_rates: Option<Rates>,
}

impl CallerRow {
    /// How many columns `caller_sql!` gives.
    pub const COLUMNS: usize = 12;

    /// Who pays and is counted: nobody, for a key of a workspace.
    pub fn payer(&self) -> Option<&str> {
        (!self.user_id.is_empty()).then_some(self.user_id.as_str())
    }

    /// The id of the API key that was used, if it was one.
    pub fn key_id(&self) -> Option<&str> {
        (self.credential_kind == "key").then_some(self.credential_id.as_str())
    }

    /// What the cache knows it by: its user, or the workspace whose key it is.
    pub fn tags(&self) -> [Tag; 2] {
        match &self.workspace_id {
            Some(id) => [Tag::user(id), Tag::workspace(id)],
            None => [Tag::user(&self.user_id); 2],
        }
    }
}

impl FromRow for CallerRow {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        Ok(Self {
            credential_id: row.get(0)?,
            credential_kind: row.get(1)?,
            scopes: row.get(2)?,
            user_id: row.get(3)?,
            email: row.get(4)?,
            name: row.get(5)?,
            is_admin: row.get(6)?,
            created_at: row.get(7)?,
            expires_at: row.get(8)?,
            workspace_id: row.get(9)?,
            limits: limits(row.get(10)?),
            user_rates: rates(row.get(11)?),
        })
    }
}

/// The limits as they are stored. Those of a newer version that this one can not read let nothing through.
fn limits(stored: Option<serde_json::Value>) -> Option<Arc<Limits>> {
    stored.map(|stored| Arc::new(serde_json::from_value(stored).unwrap_or_else(|_| Limits::nothing())))
}

/// The limits of a user as they are stored; the same.
pub(crate) fn rates(stored: Option<serde_json::Value>) -> Option<Rates> {
    stored.map(|stored| serde_json::from_value(stored).unwrap_or_else(|_| Rates::nothing()))
}

/// The user of a valid credential.
pub async fn find_caller(db: &Db, token_hash: &str, now: Time) -> Result<Option<CallerRow>, Problem> {
    Ok(store::find_caller(db, token_hash, now).await?)
}

/// The address of a user.
pub async fn email_of(db: &Db, id: &str) -> sql::Result<Option<String>> {
    Ok(store::get_user(db, id).await?.map(|user| user.email))
}

/// A user, as the API shows one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UserView {
    /// `usr_…`
    pub id: String,
    /// Address, in lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// Administrator of the installation.
    pub is_admin: bool,
    /// Whether the account is switched off.
    pub disabled: bool,
    /// When the account was made.
    #[schemars(with = "String")]
    pub created_at: Time,
}

impl From<&CallerRow> for UserView {
    fn from(row: &CallerRow) -> Self {
        Self {
            id: row.user_id.clone(),
            email: row.email.clone(),
            name: row.name.clone(),
            is_admin: row.is_admin,
            disabled: false,
            created_at: row.created_at,
        }
    }
}

/// A validated new user.
pub struct NewUser {
    /// Address, in lower case.
    pub email: String,
    /// Name.
    pub name: String,
    /// The password as typed.
    pub password: String,
    /// Make it an administrator in any case. The first user is one always.
    pub is_admin: bool,
}

impl NewUser {
    /// Checks address, name (the part before the @ when absent) and password.
    pub fn parse(email: &str, name: Option<&str>, password: &str, is_admin: bool) -> Result<Self, Problem> {
        let mut check = Check::new();
        let email = parse_email(&mut check, email);
        let name = name
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .or_else(|| email.split('@').next())
            .unwrap_or_default();
        let name = check.text("name", name, 1, 100);
        check_password(&mut check, "password", password);
        check.done()?;
        Ok(Self {
            email,
            name,
            password: password.to_owned(),
            is_admin,
        })
    }
}

fn parse_email(check: &mut Check, email: &str) -> String {
    let email = email.trim().to_lowercase();
    let fits = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if !fits {
        check.breaks("email", Rule::Email, "is not an email address");
    }
    email
}

fn check_password(check: &mut Check, field: &str, password: &str) {
    check.length(field, password, PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX);
}

/// The users of the installation, oldest first, after this cursor.
pub async fn list_users(
    db: &Db,
    after: Option<(Time, String)>,
    limit: u32,
) -> Result<Vec<UserView>, Problem> {
    Ok(store::list_users(db, after, limit).await?)
}

/// Sets a user's password and ends all their sessions (but not their API keys). False when there is no such user.
pub async fn set_password(app: &App, email: &str, new: &str) -> Result<bool, Problem> {
    let mut check = Check::new();
    check_password(&mut check, "password", new);
    check.done()?;
    let Some(user) = store::find_login(&app.db, &email.trim().to_lowercase()).await? else {
        return Ok(false);
    };
    replace_password(app, &user.id, new, None).await?;
    Ok(true)
}

/// The id of the user with this address.
pub async fn id_of(app: &App, email: &str) -> Result<String, Problem> {
    let login = store::find_login(&app.db, &email.trim().to_lowercase()).await?;
    login
        .map(|login| login.id)
        .ok_or_else(|| Problem::not_found("user", email))
}

async fn replace_password(
    app: &App,
    user_id: &str,
    new: &str,
    keep_credential: Option<&str>,
) -> Result<(), Problem> {
    let hash = password::hash(new.to_owned()).await?;
    let mut batch = Batch::new();
    batch.push_expecting(1, store::set_password(user_id, &hash, app.clock.now()));
    batch.push(store::delete_other_sessions(
        user_id,
        keep_credential.unwrap_or_default(),
    ));
    app.db.write(batch).await?;
    app.changes.publish(Notice::credentials(user_id)).await;
    Ok(())
}

/// Changes the caller's own password, when the present one is right; all other sessions end.
pub async fn change_password(app: &App, caller: &CallerRow, current: &str, new: &str) -> Result<(), Problem> {
    let mut check = Check::new();
    check_password(&mut check, "new", new);
    check.done()?;
    let login = store::find_login(&app.db, &caller.email)
        .await?
        .ok_or_else(wrong_credentials)?;
    if !password::verify(current.to_owned(), login.password_hash).await? {
        let mut check = Check::new();
        check.breaks("current", Rule::Mismatch, "is not your present password");
        return check.done();
    }
    replace_password(app, &caller.user_id, new, Some(&caller.credential_id)).await
}

fn wrong_credentials() -> Problem {
    Problem::new(
        ErrorCode::WrongCredentials,
        "There is no account with this email and password.",
    )
}

/// Where a login comes from.
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// The client's own description.
    pub user_agent: Option<String>,
    /// Whether it came over TLS, as a trusted proxy says.
    pub tls: bool,
}

/// A new session: the token (shown once) and the user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Login {
    /// Bearer token of the session.
    pub token: String,
    /// Who logged in.
    pub user: UserView,
}

/// Checks email and password, within the limits per account and address, and opens a session.
pub async fn log_in(app: &App, email: &str, password_typed: &str, origin: &Origin) -> Result<Login, Problem> {
    let email = email.trim().to_lowercase();
    let now = app.clock.now();
    app.login_limit.attempt(&email, &origin.address, now)?;
    let login = store::find_login(&app.db, &email).await?;
    // An unknown address costs the same time as a wrong password, so that one can not be told from the other.
    let hash = login
        .as_ref()
        .map_or_else(password::hash_of_nothing, |login| login.password_hash.clone());
    let right = password::verify(password_typed.to_owned(), hash).await?;
    let user = match login {
        Some(login) if right && !login.disabled => login,
        _ => return Err(wrong_credentials()),
    };
    app.login_limit.succeeded(&email, &origin.address, now);
    let view = store::get_user(&app.db, &user.id)
        .await?
        .ok_or_else(wrong_credentials)?;
    open_session(app, view, origin).await
}

/// Opens a session for a user who has just proved who they are.
pub async fn open_session(app: &App, user: UserView, origin: &Origin) -> Result<Login, Problem> {
    let now = app.clock.now();
    let token = secrets::random_token("stoa_s_")
        .map_err(Problem::internal)?
        .expose()
        .to_owned();
    let session = store::NewSession {
        id: app.ids.make(Kind::Session, now),
        user_id: user.id.clone(),
        token_hash: secrets::hash_token(&token),
        scopes: Scope::join(&Scope::ALL),
        user_agent: origin
            .user_agent
            .as_deref()
            .map(|agent| agent.chars().take(300).collect()),
        address: Some(origin.address.clone()),
        created_at: now,
        expires_at: Some(now.plus(app.config.auth.session)),
    };
    store::insert_session(&session).execute(&app.db).await?;
    Ok(Login { token, user })
}

/// Revokes one credential of a user, a `session` or a `key`. False when there is no such.
pub async fn revoke(app: &App, user_id: &str, kind: &str, id: &str) -> Result<bool, Problem> {
    let revoked = store::delete_credential(&app.db, user_id, kind, id).await?;
    if revoked {
        app.changes.publish(Notice::credentials(user_id)).await;
    }
    Ok(revoked)
}

/// Removes credentials that have expired. Called by the housekeeping.
pub async fn sweep(app: &App) -> Result<u64, Problem> {
    Ok(store::delete_expired(&app.db, app.clock.now()).await?)
}
