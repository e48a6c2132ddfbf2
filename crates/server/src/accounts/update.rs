//! What changes of a user: by themselves their name, by administrators anything.

use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Batch, Query};

use super::{UserView, check_password, password, store};
use crate::App;
use crate::audit::{self, Change, Fields};
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::Problem;
use crate::limits::Rates;

/// What changes of a user; what is absent stays.
#[derive(Default)]
pub struct UserPatch {
    /// A new name.
    pub name: Option<String>,
    /// Administrator or not.
    pub is_admin: Option<bool>,
    /// Switched off or on.
    pub disabled: Option<bool>,
    /// A new password, as typed.
    pub password: Option<String>,
    /// New limits.
    pub limits: LimitsPatch,
    /// An administrator changes it, and not the user.
    pub administered: bool,
}

/// What changes of the limits of a user; what is absent stays, null takes a limit away.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
pub struct LimitsPatch {
    /// Calls of models in a minute, with all keys and sessions of the user together.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u32>")]
    pub requests_per_minute: Option<Option<u32>>,
    /// Tokens in a minute.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u32>")]
    pub tokens_per_minute: Option<Option<u32>>,
    /// Calls at once.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u32>")]
    pub concurrent: Option<Option<u32>>,
}

impl LimitsPatch {
    fn applied(self, rates: Rates) -> Rates {
        Rates {
            requests_per_minute: self.requests_per_minute.unwrap_or(rates.requests_per_minute),
            tokens_per_minute: self.tokens_per_minute.unwrap_or(rates.tokens_per_minute),
            concurrent: self.concurrent.unwrap_or(rates.concurrent),
        }
    }
}

/// Changes a user. A new password ends all their sessions, switching them off their API keys as well. The last
/// administrator stays one.
pub async fn update_user(app: &App, id: &str, patch: UserPatch) -> Result<UserView, Problem> {
    let mut check = Check::new();
    let name = patch.name.as_deref().map(|name| check.text("name", name, 1, 100));
    if let Some(password) = &patch.password {
        check_password(&mut check, "password", password);
    }
    patch.limits.applied(Rates::default()).check(&mut check);
    check.done()?;
    let missing = || Problem::not_found("user", id);
    let before = store::get_limited(&app.db, id).await?.ok_or_else(missing)?;
    let loses_admin = patch.is_admin == Some(false) || patch.disabled == Some(true);
    if loses_admin && !store::another_admin(&app.db, id).await? {
        return Err(Problem::conflict(
            "This is the last administrator; make another one first.",
        ));
    }
    let mut after = before.clone();
    if let Some(name) = &name {
        after.user.name.clone_from(name);
    }
    after.user.is_admin = patch.is_admin.unwrap_or(after.user.is_admin);
    after.user.disabled = patch.disabled.unwrap_or(after.user.disabled);
    after.rates = patch.limits.applied(before.rates);
    let hash = match patch.password {
        Some(password) => Some(password::hash(password).await?),
        None => None,
    };
    let now = app.clock.now();
    let mut batch = Batch::new();
    batch.push_expecting(1, store::update_user(id, name.as_deref(), patch.is_admin, now));
    if let Some(hash) = &hash {
        batch.push(store::set_password(id, hash, now));
        batch.push(store::delete_other_sessions(id, ""));
    }
    if let Some(disabled) = patch.disabled {
        batch.push(store::set_disabled(id, disabled.then_some(now), now));
        if disabled {
            batch.push(store::delete_all_credentials(id));
        }
    }
    if after.rates != before.rates {
        batch.push(store::set_limits(id, after.rates, now));
    }
    if patch.administered {
        batch.push(updated(app, (&before, &after), hash.is_some()));
    }
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(missing()),
        other => other?,
    };
    app.changes.publish(Notice::profile(id)).await;
    if patch.disabled == Some(true) || hash.is_some() {
        app.changes.publish(Notice::credentials(id)).await;
    }
    if hash.is_some() {
        // Whoever forgot a password has usually tried too often.
        app.login_limit.forget(&after.user.email);
    }
    Ok(after.user)
}

/// The entry about a changed user.
fn updated(app: &App, (before, after): (&store::Limited, &store::Limited), password: bool) -> Query {
    let (was, is) = (&before.user, &after.user);
    let (had, has) = (&before.rates, &after.rates);
    let change = Change {
        action: "user.updated",
        subject_id: &is.id,
        subject_name: &is.name,
        workspace_id: None,
        fields: Fields::new()
            .change("name", &was.name, &is.name)
            .change("is_admin", &was.is_admin, &is.is_admin)
            .change("disabled", &was.disabled, &is.disabled)
            .change(
                "requests_per_minute",
                &had.requests_per_minute,
                &has.requests_per_minute,
            )
            .change(
                "tokens_per_minute",
                &had.tokens_per_minute,
                &has.tokens_per_minute,
            )
            .change("concurrent", &had.concurrent, &has.concurrent)
            .secret("password", password),
    };
    audit::entry(app, &change)
}
