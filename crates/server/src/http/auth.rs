//! Who is asking, and may they? Extractors whose types say it, so that a handler's signature is its permission.
//!
//! | extractor | lets in | carries |
//! |---|---|---|
//! | [`Caller`] | any valid credential whose scopes cover the request | the user |
//! | [`AnyCredential`] | everybody; a credential need not cover it | the user, if any |
//! | [`SystemAdmin`] | administrators of the installation | the user |
//! | [`Member<R>`] | everyone in the workspace that owns the row, observers too | user, role, row |
//! | [`Editor<R>`] | member, admin, owner | user, role, row |
//! | [`Admin<R>`] | admin, owner | user, role, row |
//! | [`Owner<R>`] | owner | user, role, row |
//!
//! One statement answers all of it: the credential, its user, the row that the path names and the caller's role in the
//! row's workspace. No row at all is 401; a row without a role is 404 (also for what exists but is not the caller's).
//! Who is behind a credential, and for readings also the role in a workspace, is kept for a minute and dropped at once by
//! whatever changes it; a change is never made on the strength of a kept row.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::{HeaderMap, Method, header, request::Parts};
use sql::{FromRow, Row, Statement, query};

use crate::App;
use crate::accounts::{self, CallerRow, Scope};
use crate::audit;
use crate::cache::{self, Namespace, Tag};
use crate::http::problem::{ErrorCode, Problem};
use crate::performance::{self, Part};
use crate::secrets;
use crate::workspaces::Role;

/// The cookie that carries a browser's session.
pub const SESSION_COOKIE: &str = "stoa_session";
/// The header with which the web client shows that a request is its own; other sites can not set it without asking first.
pub const CLIENT_HEADER: &str = "x-stoa-client";

/// The columns of the caller, for statements that look up the credential `$1` (its hash) at the time `$2` and the row `$3`.
/// The statement goes on with `SELECT caller.*, <role>, <row> FROM caller LEFT JOIN …`. A key of a workspace is nobody: its
/// user has an empty id, is a member of nothing, and lasts when its maker is switched off.
#[macro_export]
macro_rules! caller_sql {
    ($($rest:tt)+) => {
        concat!(
            "WITH caller AS (SELECT c.id AS credential_id, c.kind AS credential_kind, c.scopes, \
             CASE WHEN c.workspace_id IS NULL THEN u.id ELSE '' END AS user_id, \
             CASE WHEN c.workspace_id IS NULL THEN u.email ELSE '' END AS email, \
             CASE WHEN c.workspace_id IS NULL THEN u.name ELSE c.name END AS name, \
             (u.is_admin AND c.workspace_id IS NULL) AS is_admin, u.created_at, c.expires_at, \
             c.workspace_id AS key_workspace_id, c.limits AS key_limits, \
             CASE WHEN c.workspace_id IS NULL THEN u.limits END AS user_limits FROM credentials c JOIN users u ON u.id = c.user_id \
             WHERE c.token_hash = $1 AND (c.expires_at IS NULL OR c.expires_at > $2) \
             AND (u.disabled_at IS NULL OR c.workspace_id IS NOT NULL)) ",
            $($rest)+
        )
    };
}

/// The user behind a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Id, email, name and the credential used.
    pub user: Arc<CallerRow>,
}

impl Caller {
    /// The user's id.
    pub fn id(&self) -> &str {
        &self.user.user_id
    }
}

/// What a request presented.
pub struct Presented {
    /// What is stored of the token.
    pub hash: String,
    by_cookie: bool,
}

/// The token of a request: a bearer token, an `x-api-key` (as Anthropic's clients send it), or the session cookie; and
/// whether it was the cookie.
pub fn token(headers: &HeaderMap) -> Option<(&str, bool)> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    if let Some(token) = bearer.or_else(|| text(header::HeaderName::from_static("x-api-key"))) {
        return Some((token, false));
    }
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let token = cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == SESSION_COOKIE).then_some(value)
    })?;
    Some((token, true))
}

/// What is stored of the token of a request.
pub fn presented(headers: &HeaderMap) -> Option<Presented> {
    token(headers).map(|(token, by_cookie)| Presented {
        hash: secrets::hash_token(token),
        by_cookie,
    })
}

/// 401: no valid credential.
pub fn unauthenticated() -> Problem {
    Problem::new(
        ErrorCode::Unauthenticated,
        "Send `Authorization: Bearer <token>` from a login or an API key; this one is missing, unknown or expired.",
    )
}

/// What the request presented, once it is certain that the browser sent it on purpose.
pub fn credential(parts: &Parts) -> Result<Presented, Problem> {
    performance::begin(Part::Auth);
    let presented = presented(&parts.headers).ok_or_else(unauthenticated)?;
    let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if presented.by_cookie && !safe && !same_site(&parts.headers) {
        let detail = format!(
            "With a session cookie, changes need the header `{CLIENT_HEADER}` or an `Origin` of this server."
        );
        return Err(Problem::new(ErrorCode::CrossSite, detail));
    }
    Ok(presented)
}

/// The web client's own header, which another site can not set without asking first; the browser's word that the request
/// is from here; or an `Origin` that is the host the request went to.
fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(CLIENT_HEADER) {
        return true;
    }
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => text(header::ORIGIN)
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| text(header::HOST) == Some(host)),
    }
}

/// API keys may be narrower than their user: which scope this request needs.
fn scope_of(parts: &Parts) -> Scope {
    if parts.uri.path().starts_with("/v1/") {
        Scope::Models
    } else if matches!(parts.method, Method::GET | Method::HEAD) {
        Scope::Read
    } else {
        Scope::Write
    }
}

/// Whether the credential's scopes cover this request; notes that it was used.
pub fn admit(row: &CallerRow, parts: &Parts, app: &App) -> Result<(), Problem> {
    performance::end(Part::Auth);
    let needed = scope_of(parts);
    if !row.scopes.split(' ').any(|scope| scope == needed.as_str()) {
        return Err(Problem::forbidden(format!(
            "This API key does not have the scope `{}`.",
            needed.as_str()
        )));
    }
    seen(row, app);
    Ok(())
}

/// Notes who asks, and that the credential was used.
fn seen(row: &CallerRow, app: &App) {
    app.seen.touch(&row.credential_id, app.clock.now());
    if let Some(user_id) = row.payer() {
        audit::acting(user_id);
    }
    cache::asked_by(&row.credential_id, row.expires_at);
    cache::made_from(row.tags());
}

/// The memory that a kept row takes, about.
const ROW_BYTES: usize = 512;

/// The user behind a credential, when that is kept and right.
pub async fn kept_caller(app: &App, hash: &str) -> Result<Option<Arc<CallerRow>>, Problem> {
    let place = (Namespace::Users, caller_key(app, hash));
    let fresh = accounts::find_caller(&app.db, hash, app.clock.now());
    cache::kept(app, place, "who is behind a credential", fresh).await
}

fn caller_key(app: &App, hash: &str) -> cache::Key {
    app.cache.key(&[b"caller", hash.as_bytes()])
}

/// Keeps who is behind a credential, read since `begun`.
pub fn keep_caller(app: &App, hash: &str, begun: cache::Begun, user: &Arc<CallerRow>) {
    let key = caller_key(app, hash);
    let tags = user.tags();
    let kept = cache::Keeping {
        bytes: ROW_BYTES,
        begun,
        tags: &tags,
        now: app.clock.now(),
        until: user.expires_at,
    };
    app.cache.put(Namespace::Users, key, Arc::clone(user), &kept);
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Self::presented(parts, app).await?;
        admit(&caller.user, parts, app)?;
        Ok(caller)
    }
}

impl Caller {
    /// The user behind what a request presents.
    async fn presented(parts: &Parts, app: &App) -> Result<Self, Problem> {
        let presented = credential(parts)?;
        let user = if let Some(user) = kept_caller(app, &presented.hash).await? {
            user
        } else {
            app.cache.missed(Namespace::Users, false);
            let begun = app.cache.begin();
            let found = accounts::find_caller(&app.db, &presented.hash, app.clock.now()).await?;
            let user = Arc::new(found.ok_or_else(unauthenticated)?);
            keep_caller(app, &presented.hash, begun, &user);
            user
        };
        Ok(Self { user })
    }
}

/// The caller, if the request presents a valid credential, whatever else that may be used for: for what concerns the credential
/// itself.
pub struct AnyCredential(pub Option<Caller>);

impl FromRequestParts<App> for AnyCredential {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Caller::presented(parts, app).await {
            Ok(caller) => {
                performance::end(Part::Auth);
                seen(&caller.user, app);
                Ok(Self(Some(caller)))
            }
            Err(problem) if problem.code == ErrorCode::Unauthenticated => Ok(Self(None)),
            Err(problem) => Err(problem),
        }
    }
}

/// The caller, if the request presents a valid credential.
pub struct MaybeCaller(pub Option<Caller>);

impl FromRequestParts<App> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, app).await {
            Ok(caller) => Ok(Self(Some(caller))),
            Err(problem) if problem.code == ErrorCode::Unauthenticated => Ok(Self(None)),
            Err(problem) => Err(problem),
        }
    }
}

/// An administrator of the installation.
pub struct SystemAdmin(pub Caller);

impl FromRequestParts<App> for SystemAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if !caller.user.is_admin {
            return Err(Problem::forbidden(
                "Only an administrator of this installation may do this.",
            ));
        }
        Ok(Self(caller))
    }
}

/// A row that belongs to a workspace and that a path can name.
pub trait Resource: Clone + PartialEq + Send + Sync + 'static {
    /// What it is called in a 404.
    const NAME: &'static str;
    /// The path parameter with its id.
    const PARAM: &'static str;

    /// Made with [`caller_sql!`]: the caller's columns, the role (null when there is none), then the row's columns.
    fn statement() -> &'static Statement;
    /// Reads the row from its columns, the first at `at`. Called only when the role is not null.
    fn read(row: &Row<'_>, at: usize) -> sql::Result<Self>;
    /// Whether the row and the role are kept for readings: for what is read far more often than it changes.
    const KEPT: bool = false;
    /// What stands for the row and for the role in its workspace; nothing when an answer made from it can not be kept.
    fn tags(&self) -> [Option<Tag>; 2];
    /// Whether this member of the workspace may see it; for things that are private to a user.
    fn visible_to(&self, _user_id: &str) -> bool {
        true
    }
}

/// The least role that an extractor lets in.
pub trait Level: Send + 'static {
    /// That role.
    const LEAST: Role;
}
/// Everyone in the workspace.
pub struct Reads;
/// Those who may change things.
pub struct Edits;
/// Those who manage the workspace.
pub struct Manages;
/// The owner.
pub struct Owns;
impl Level for Reads {
    const LEAST: Role = Role::Observer;
}
impl Level for Edits {
    const LEAST: Role = Role::Member;
}
impl Level for Manages {
    const LEAST: Role = Role::Admin;
}
impl Level for Owns {
    const LEAST: Role = Role::Owner;
}

/// The caller, the row that the path names, and the caller's role in the row's workspace.
pub struct Scoped<R, L> {
    /// Who asks.
    pub caller: Caller,
    /// The role in the workspace of the row.
    pub role: Role,
    /// The row.
    pub row: R,
    level: PhantomData<L>,
}
/// Lets in everyone in the workspace, observers too.
pub type Member<R> = Scoped<R, Reads>;
/// Lets in members, admins and the owner.
pub type Editor<R> = Scoped<R, Edits>;
/// Lets in admins and the owner.
pub type Admin<R> = Scoped<R, Manages>;
/// Lets in the owner alone.
pub type Owner<R> = Scoped<R, Owns>;

/// A role, and the row it is about.
#[derive(Clone, PartialEq)]
struct Found<R> {
    role: Role,
    row: R,
}

/// One row of a resource's statement.
struct Looked<R> {
    caller: CallerRow,
    found: Option<Found<R>>,
}

impl<R: Resource> FromRow for Looked<R> {
    fn from_row(row: &Row<'_>) -> sql::Result<Self> {
        let caller = CallerRow::from_row(row)?;
        let role: Option<String> = row.get(CallerRow::COLUMNS)?;
        let found = match role.as_deref().and_then(Role::parse) {
            Some(role) => Some(Found {
                role,
                row: R::read(row, CallerRow::COLUMNS + 1)?,
            }),
            None => None,
        };
        Ok(Self { caller, found })
    }
}

async fn look<R: Resource>(app: &App, hash: &str, id: &str) -> Result<Option<Looked<R>>, Problem> {
    let statement = query(R::statement());
    let found = statement.bind(hash).bind(app.clock.now()).bind(id);
    Ok(found.optional(&app.db).await?)
}

/// The caller and their role, from what is kept.
async fn kept_look<R: Resource>(
    app: &App,
    hash: &str,
    id: &str,
) -> Result<Option<(Arc<CallerRow>, Found<R>)>, Problem> {
    let Some(user) = kept_caller(app, hash).await? else {
        return Ok(None);
    };
    let place = (Namespace::Memberships, membership_key::<R>(app, &user, id));
    let fresh = async { Ok(look::<R>(app, hash, id).await?.and_then(|looked| looked.found)) };
    let found = cache::kept(app, place, "the role in a workspace", fresh).await?;
    Ok(found.map(|found| (user, Found::clone(&found))))
}

fn membership_key<R: Resource>(app: &App, user: &CallerRow, id: &str) -> cache::Key {
    app.cache.key(&[
        b"member",
        user.user_id.as_bytes(),
        R::PARAM.as_bytes(),
        id.as_bytes(),
    ])
}

/// The caller and their role, read now; kept for the readings that follow.
async fn fresh_look<R: Resource>(
    app: &App,
    hash: &str,
    id: &str,
) -> Result<(Arc<CallerRow>, Option<Found<R>>), Problem> {
    let begun = app.cache.begin();
    let looked = look::<R>(app, hash, id).await?.ok_or_else(unauthenticated)?;
    let user = Arc::new(looked.caller);
    if R::KEPT {
        app.cache.missed(Namespace::Memberships, false);
        keep_caller(app, hash, begun, &user);
        if let Some(found) = &looked.found {
            let mut tags = vec![Tag::user(&user.user_id)];
            tags.extend(found.row.tags().into_iter().flatten());
            let kept = cache::Keeping {
                bytes: ROW_BYTES,
                begun,
                tags: &tags,
                now: app.clock.now(),
                until: None,
            };
            let key = membership_key::<R>(app, &user, id);
            app.cache
                .put(Namespace::Memberships, key, Arc::new(found.clone()), &kept);
        }
    }
    Ok((user, looked.found))
}

impl<R: Resource, L: Level> FromRequestParts<App> for Scoped<R, L> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let presented = credential(parts)?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(Problem::internal)?;
        let id = params
            .iter()
            .find(|(name, _)| *name == R::PARAM)
            .map(|(_, value)| value.to_owned());
        let id =
            id.ok_or_else(|| Problem::internal(format!("the route has no parameter {{{}}}", R::PARAM)))?;
        let kept = if R::KEPT && parts.method == Method::GET {
            kept_look::<R>(app, &presented.hash, &id).await?
        } else {
            None
        };
        let (user, found) = match kept {
            Some((user, found)) => (user, Some(found)),
            None => fresh_look::<R>(app, &presented.hash, &id).await?,
        };
        admit(&user, parts, app)?;
        let Found { role, row } = found.ok_or_else(|| Problem::not_found(R::NAME, &id))?;
        match row.tags() {
            [None, None] => cache::passing(),
            tags => cache::made_from(tags.into_iter().flatten()),
        }
        if !row.visible_to(&user.user_id) {
            return Err(Problem::not_found(R::NAME, &id));
        }
        if role < L::LEAST {
            let detail = format!(
                "Your role in this workspace is {}; this needs {} or higher.",
                role.as_str(),
                L::LEAST.as_str()
            );
            return Err(Problem::forbidden(detail));
        }
        Ok(Self {
            caller: Caller { user },
            role,
            row,
            level: PhantomData,
        })
    }
}
