//! API keys: what a program asks with.
//!
//! A key belongs to a user and does what its scopes let it do in the user's name, or it belongs to a workspace: then it is
//! an application of that workspace. It calls models there and does nothing else, its calls count for the workspace and for
//! no user, its admins manage it, and it stays when the one who made it leaves. Either may have limits
//! ([`crate::limits`]): which models, how many calls and tokens in a minute, how many calls at once.
//!
//! Invariant: a key with limits makes and changes no key, or it could give itself what it does not have.

pub mod routes;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Batch, Time};

use crate::App;
use crate::accounts::{CallerRow, Scope};
use crate::audit::{self, Change, Fields};
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::limits::{Limited, Limits};
use crate::secrets;
use store::{Key, NewCredential};

/// Whose key it is.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// A user's.
    User(&'a str),
    /// A workspace's.
    Workspace(&'a str),
}

impl Owner<'_> {
    fn notice(self) -> Notice {
        match self {
            Self::User(id) | Self::Workspace(id) => Notice::credentials(id),
        }
    }

    /// Adds what was done to the audit log. What somebody does to a key of their own is nobody else's business.
    fn push_entry(
        self,
        app: &App,
        batch: &mut Batch,
        (action, id, name): (&'static str, &str, &str),
        fields: Fields,
    ) {
        let Self::Workspace(workspace_id) = self else {
            return;
        };
        let change = Change {
            action,
            subject_id: id,
            subject_name: name,
            workspace_id: Some(workspace_id),
            fields,
        };
        batch.push(audit::entry(app, &change));
    }
}

/// A validated new API key.
pub struct NewKey {
    name: String,
    scopes: Vec<Scope>,
    limits: Limits,
    expires_at: Option<Time>,
}

impl NewKey {
    /// Checks name and limits; no scopes means all of them.
    pub fn parse(
        name: &str,
        scopes: Option<Vec<Scope>>,
        limits: Limits,
        (expires_at, now): (Option<Time>, Time),
    ) -> Result<Self, Problem> {
        let mut check = Check::new();
        let name = check.text("name", name, 1, 100);
        let scopes = scopes.unwrap_or_else(|| Scope::ALL.to_vec());
        if scopes.is_empty() {
            check.fail("scopes", "name at least one of read, write, models");
        }
        limits.check(&mut check);
        if expires_at.is_some_and(|at| at <= now) {
            check.fail("expires_at", "must be in the future");
        }
        check.done()?;
        Ok(Self {
            name,
            scopes,
            limits,
            expires_at,
        })
    }
}

/// Makes an API key. The key itself is returned once and stored nowhere.
pub async fn create(
    app: &App,
    caller: &CallerRow,
    owner: Owner<'_>,
    new: NewKey,
) -> Result<(Key, String), Problem> {
    unlimited(caller)?;
    let held = |scope: &Scope| caller.scopes.split(' ').any(|held| held == scope.as_str());
    if let Some(scope) = new.scopes.iter().find(|scope| !held(scope)) {
        let detail = format!(
            "This API key does not have the scope `{}` and can not give it to another.",
            scope.as_str()
        );
        return Err(Problem::forbidden(detail));
    }
    let now = app.clock.now();
    let key = secrets::random_token("sk-stoa-")
        .map_err(Problem::internal)?
        .expose()
        .to_owned();
    let credential = NewCredential {
        id: app.ids.make(Kind::ApiKey, now),
        made_by: caller.user_id.clone(),
        workspace_id: match owner {
            Owner::User(_) => None,
            Owner::Workspace(id) => Some(id.to_owned()),
        },
        token_hash: secrets::hash_token(&key),
        name: new.name,
        prefix: key.chars().take(14).collect(),
        scopes: Scope::join(&new.scopes),
        limits: new.limits,
        created_at: now,
        expires_at: new.expires_at,
    };
    let mut batch = Batch::new();
    batch.push(store::insert(&credential));
    let fields = Fields::new().set("limits", &credential.limits);
    let what = ("key.created", credential.id.as_str(), credential.name.as_str());
    owner.push_entry(app, &mut batch, what, fields);
    app.db.write(batch).await?;
    Ok((credential.into_stored(), key))
}

/// What changes of a key; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateKey {
    /// A new name.
    pub name: Option<String>,
    /// The models it may use; null for all.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Vec<String>>")]
    pub models: Option<Option<Vec<String>>>,
    /// Calls in a minute; null for any number.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u32>")]
    pub requests_per_minute: Option<Option<u32>>,
    /// Tokens in a minute; null for any number.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u32>")]
    pub tokens_per_minute: Option<Option<u32>>,
    /// Calls at once; null for any number.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<u32>")]
    pub concurrent: Option<Option<u32>>,
}

/// Changes the name or the limits of a key. They hold for the next call.
pub async fn update(
    app: &App,
    caller: &CallerRow,
    (owner, id): (Owner<'_>, &str),
    patch: UpdateKey,
) -> Result<Key, Problem> {
    unlimited(caller)?;
    let missing = || Problem::not_found("key", id);
    let mut key = store::find(&app.db, owner, id).await?.ok_or_else(missing)?;
    let before = (key.name.clone(), key.limits.clone());
    let mut check = Check::new();
    if let Some(name) = &patch.name {
        key.name = check.text("name", name, 1, 100);
    }
    let limits = &mut key.limits;
    limits.models = patch.models.unwrap_or_else(|| limits.models.take());
    limits.requests_per_minute = patch.requests_per_minute.unwrap_or(limits.requests_per_minute);
    limits.tokens_per_minute = patch.tokens_per_minute.unwrap_or(limits.tokens_per_minute);
    limits.concurrent = patch.concurrent.unwrap_or(limits.concurrent);
    limits.check(&mut check);
    check.done()?;
    let mut batch = Batch::new();
    batch.push_expecting(1, store::update(&key));
    let fields = Fields::new()
        .change("name", &before.0, &key.name)
        .change("limits", &before.1, &key.limits);
    owner.push_entry(app, &mut batch, ("key.updated", id, &key.name), fields);
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(missing()),
        other => other?,
    };
    app.changes.publish(owner.notice()).await;
    Ok(key)
}

/// Revokes a key of this owner. False when there is no such.
pub async fn revoke(app: &App, owner: Owner<'_>, id: &str) -> Result<bool, Problem> {
    match owner {
        Owner::User(user_id) => super::revoke(app, user_id, "key", id).await,
        Owner::Workspace(workspace_id) => {
            let mut batch = Batch::new();
            batch.push_expecting(1, store::delete_of_workspace(workspace_id, id));
            owner.push_entry(app, &mut batch, ("key.revoked", id, ""), Fields::new());
            revoked(app, batch, owner).await
        }
    }
}

/// Who made a key, and the workspace it belongs to if it is one's.
pub async fn owner_of(app: &App, id: &str) -> Result<Option<(String, Option<String>)>, Problem> {
    let owner = store::owner_of(&app.db, id).await?;
    Ok(owner.map(|(user_id, workspace_id, _)| (user_id, workspace_id)))
}

/// Revokes anybody's key. False when there is no such.
pub async fn revoke_any(app: &App, id: &str) -> Result<bool, Problem> {
    let Some((user_id, workspace_id, name)) = store::owner_of(&app.db, id).await? else {
        return Ok(false);
    };
    let owner = match &workspace_id {
        Some(id) => Owner::Workspace(id),
        None => Owner::User(&user_id),
    };
    let change = Change {
        action: "key.revoked",
        subject_id: id,
        subject_name: &name,
        workspace_id: workspace_id.as_deref(),
        fields: Fields::new(),
    };
    let mut batch = Batch::new();
    batch.push_expecting(1, store::delete_any(id));
    batch.push(audit::entry(app, &change));
    revoked(app, batch, owner).await
}

/// Whether the key that these writes revoke was there.
async fn revoked(app: &App, batch: Batch, owner: Owner<'_>) -> Result<bool, Problem> {
    match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Ok(false),
        other => other?,
    };
    app.changes.publish(owner.notice()).await;
    Ok(true)
}

/// What limits work that was asked for with a key, as it is stored now: the key's own limits, and what counts for it and its user.
/// Nothing without a key; 403 `key_revoked` when it was revoked since, or has expired.
pub async fn limited(
    app: &App,
    key_id: Option<&str>,
    user_id: Option<&str>,
) -> Result<(Option<Limits>, Vec<Limited>), Problem> {
    let Some(id) = key_id else {
        return Ok((None, Vec::new()));
    };
    let found = store::limits_of(&app.db, id, app.clock.now()).await?;
    let (limits, user_rates) = found.ok_or_else(|| {
        let detail = "The API key that this was asked with was revoked, or has expired. Ask with another, or with a login.";
        Problem::new(ErrorCode::KeyRevoked, detail)
    })?;
    let key = Limited::key(id, limits.as_ref());
    let user = user_id.and_then(|id| Limited::user(id, user_rates));
    let limited = key.into_iter().chain(user).collect();
    Ok((limits, limited))
}

/// 403 for a key with limits.
fn unlimited(caller: &CallerRow) -> Result<(), Problem> {
    if caller.limits.is_none() {
        return Ok(());
    }
    Err(Problem::forbidden(
        "An API key with limits makes and changes no keys; do it with a login.",
    ))
}
