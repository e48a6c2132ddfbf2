//! `/api/auth/…` and the administrators' list of users.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header, request::Parts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::accounts::store::Session;
use crate::accounts::{self, Login, NewUser, Origin, Preferences, UpdatePreferences, UserView, store};
use crate::cache::{self, Namespace, Tag};
use crate::http::auth::{self, Caller, SESSION_COOKIE, SystemAdmin};
use crate::http::json::{Check, Json};
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};
use crate::settings::{self, Registration};
use crate::workspaces::{self, WorkspaceView};

/// The routes of this feature.
#[expect(clippy::too_many_lines, reason = "a table: one entry a route")]
pub fn routes() -> Routes {
    use Access::{Public, SignedIn, SystemAdmin};
    Routes::new()
        .add(
            get("/api/auth/status", status)
                .id("get_auth_status")
                .access(Public)
                .statements(2)
                .data::<Status>()
                .about("Whether this is the first start, and who may register"),
        )
        .add(
            post("/api/auth/register", register)
                .id("register")
                .access(Public)
                // Twice the rules and the write when somebody else becomes the first user in the same instant.
                .statements(14)
                .body::<Register>()
                .created::<Login>()
                .about("Makes an account and logs in; the first one administrates the installation"),
        )
        .add(
            post("/api/auth/login", log_in)
                .id("log_in")
                .access(Public)
                .statements(3)
                .body::<Credentials>()
                .data::<Login>()
                .about("Opens a session: a bearer token, and a cookie for the browser"),
        )
        .add(
            post("/api/auth/logout", log_out)
                .id("log_out")
                .access(SignedIn)
                .statements(2)
                .empty()
                .about("Ends this session for good"),
        )
        .add(
            get("/api/auth/me", me)
                .id("get_me")
                .access(SignedIn)
                .cached(Namespace::Users)
                .data::<Me>()
                .about("Who you are and where you belong"),
        )
        .add(
            patch("/api/auth/me", update_me)
                .id("update_me")
                .access(SignedIn)
                .statements(3)
                .body::<UpdateMe>()
                .data::<UserView>()
                .about("Changes your name"),
        )
        .add(
            patch("/api/auth/preferences", update_preferences)
                .id("update_preferences")
                .access(SignedIn)
                .statements(3)
                .body::<UpdatePreferences>()
                .data::<Preferences>()
                .about("Changes your preferences; what is absent stays, null clears"),
        )
        .add(
            post("/api/auth/password", change_password)
                .id("change_password")
                .access(SignedIn)
                .statements(4)
                .body::<ChangePassword>()
                .empty()
                .about("Changes your password; your other sessions end"),
        )
        .add(
            get("/api/auth/sessions", list_sessions)
                .id("list_sessions")
                .access(SignedIn)
                .list::<SessionView>()
                .about("Where you are logged in"),
        )
        .add(
            delete("/api/auth/sessions/{session}", revoke_session)
                .id("revoke_session")
                .access(SignedIn)
                .empty()
                .about("Ends one of your sessions"),
        )
        .add(
            post("/api/admin/users", create_user)
                .id("create_user")
                .access(SystemAdmin)
                .statements(9)
                .body::<CreateUser>()
                .created::<UserView>()
                .about("Makes an account for somebody"),
        )
        .add(
            patch("/api/admin/users/{user}", update_user)
                .id("update_user")
                .access(SystemAdmin)
                .statements(10)
                .body::<UpdateUser>()
                .data::<UserView>()
                .about(
                    "Changes a user: name, password, administrator, switched off, limits on calls of models",
                ),
        )
}

/// Where a request comes from: the address of the connection, or what a trusted proxy says.
impl FromRequestParts<App> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let trusted = peer.is_some_and(|peer| {
            app.config
                .server
                .trusted_proxies
                .iter()
                .any(|network| network.contains(peer))
        });
        let forwarded = parts
            .headers
            .get("x-forwarded-for")
            .and_then(|value| value.to_str().ok());
        let address = match (trusted, forwarded.and_then(|list| list.rsplit(',').next())) {
            (true, Some(address)) => address.trim().to_owned(),
            _ => peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string()),
        };
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let tls = trusted
            && parts
                .headers
                .get("x-forwarded-proto")
                .is_some_and(|proto| proto == "https");
        Ok(Self {
            address,
            user_agent,
            tls,
        })
    }
}

#[derive(Serialize, JsonSchema)]
struct Status {
    /// Nobody has an account yet: the next to register becomes the administrator.
    first_start: bool,
    registration: Registration,
    /// Whether the mock models are there.
    mock: bool,
    version: &'static str,
}

async fn status(State(app): State<App>) -> Result<Data<Status>, Problem> {
    let settings = settings::current(&app).await?;
    Ok(Data(Status {
        first_start: !store::any_user(&app.db).await?,
        registration: settings.registration,
        mock: app.config.mock.enabled,
        version: env!("CARGO_PKG_VERSION"),
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Register {
    email: String,
    password: String,
    name: Option<String>,
    /// The token of an invitation, where registration is by invitation.
    invitation: Option<String>,
}

async fn register(
    State(app): State<App>,
    origin: Origin,
    Json(body): Json<Register>,
) -> Result<Response, Problem> {
    let new = NewUser::parse(&body.email, body.name.as_deref(), &body.password, false)?;
    let user = accounts::register(&app, new, body.invitation.as_deref()).await?;
    let login = accounts::open_session(&app, user, &origin).await?;
    let cookie = session_cookie(&app, &origin, &login.token);
    Ok(with_cookie(Created(login), cookie))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

async fn log_in(
    State(app): State<App>,
    origin: Origin,
    Json(body): Json<Credentials>,
) -> Result<Response, Problem> {
    let login = accounts::log_in(&app, &body.email, &body.password, &origin).await?;
    let cookie = session_cookie(&app, &origin, &login.token);
    Ok(with_cookie(Data(login), cookie))
}

async fn log_out(State(app): State<App>, caller: Caller, origin: Origin) -> Result<Response, Problem> {
    accounts::revoke(
        &app,
        caller.id(),
        &caller.user.credential_kind,
        &caller.user.credential_id,
    )
    .await?;
    Ok(with_cookie(NoContent, cookie(&app, &origin, "", 0)))
}

fn session_cookie(app: &App, origin: &Origin, token: &str) -> String {
    cookie(app, origin, token, app.config.auth.session.as_secs())
}

/// `Secure` whenever the browser reached us over TLS: then a proxy says so, or the public URL does.
fn cookie(app: &App, origin: &Origin, value: &str, max_age: u64) -> String {
    let tls = origin.tls
        || app
            .config
            .server
            .public_url
            .as_ref()
            .is_some_and(|url| url.scheme() == "https");
    let secure = if tls { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
}

fn with_cookie(answer: impl IntoResponse, cookie: String) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

#[derive(Serialize, JsonSchema)]
struct Me {
    user: UserView,
    workspaces: Vec<WorkspaceView>,
    preferences: Preferences,
}

/// The caller with what they have set, by the one statement that finds the caller.
impl FromRequestParts<App> for store::Myself {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let presented = auth::credential(parts)?;
        let myself = store::find_myself(&app.db, &presented.hash, app.clock.now())
            .await?
            .ok_or_else(auth::unauthenticated)?;
        auth::admit(&myself.user, parts, app)?;
        cache::made_from([Tag::memberships(&myself.user.user_id), Tag::workspaces()]);
        Ok(myself)
    }
}

async fn me(State(app): State<App>, myself: store::Myself) -> Result<Data<Me>, Problem> {
    let workspaces = workspaces::list_all(&app.db, &myself.user.user_id).await?;
    Ok(Data(Me {
        user: UserView::from(&myself.user),
        workspaces,
        preferences: myself.preferences,
    }))
}

async fn update_preferences(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<UpdatePreferences>,
) -> Result<Data<Preferences>, Problem> {
    accounts::update_preferences(&app, caller.id(), body)
        .await
        .map(Data)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateMe {
    name: String,
}

async fn update_me(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<UpdateMe>,
) -> Result<Data<UserView>, Problem> {
    accounts::update_user(
        &app,
        caller.id(),
        accounts::UserPatch {
            name: Some(body.name),
            ..Default::default()
        },
    )
    .await
    .map(Data)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    current: String,
    new: String,
}

async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ChangePassword>,
) -> Result<NoContent, Problem> {
    accounts::change_password(&app, &caller.user, &body.current, &body.new).await?;
    Ok(NoContent)
}

#[derive(Serialize, JsonSchema)]
struct SessionView {
    id: String,
    user_agent: Option<String>,
    address: Option<String>,
    /// The session this request came with.
    current: bool,
    #[schemars(with = "String")]
    created_at: Time,
    #[schemars(with = "Option<String>")]
    last_used_at: Option<Time>,
    #[schemars(with = "Option<String>")]
    expires_at: Option<Time>,
}

async fn list_sessions(State(app): State<App>, caller: Caller) -> Result<Page<SessionView>, Problem> {
    let sessions = store::list_sessions(&app.db, caller.id(), app.clock.now()).await?;
    let view = |session: Session| SessionView {
        current: session.id == caller.user.credential_id,
        id: session.id,
        user_agent: session.user_agent,
        address: session.address,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    };
    Ok(Page::whole(sessions.into_iter().map(view).collect()))
}

async fn revoke_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<NoContent, Problem> {
    if accounts::revoke(&app, caller.id(), "session", &id).await? {
        Ok(NoContent)
    } else {
        Err(Problem::not_found("session", &id))
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    email: String,
    password: String,
    name: Option<String>,
    is_admin: Option<bool>,
}

async fn create_user(
    State(app): State<App>,
    _admin: SystemAdmin,
    Json(body): Json<CreateUser>,
) -> Result<Created<UserView>, Problem> {
    let new = NewUser::parse(
        &body.email,
        body.name.as_deref(),
        &body.password,
        body.is_admin.unwrap_or(false),
    )?;
    accounts::create_user(&app, new).await.map(Created)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateUser {
    name: Option<String>,
    is_admin: Option<bool>,
    /// Switched off: every session and key of the user ends at once.
    disabled: Option<bool>,
    /// A new password, for somebody who forgot theirs: every session of the user ends at once. Not your own.
    password: Option<String>,
    #[serde(flatten)]
    limits: accounts::LimitsPatch,
}

async fn update_user(
    State(app): State<App>,
    admin: SystemAdmin,
    Path(id): Path<String>,
    Json(body): Json<UpdateUser>,
) -> Result<Data<UserView>, Problem> {
    let mut check = Check::new();
    if admin.0.id() == id && (body.disabled == Some(true) || body.is_admin == Some(false)) {
        check.fail(
            "is_admin",
            "you can not take your own rights away; let another administrator do it",
        );
    }
    if admin.0.id() == id && body.password.is_some() {
        check.fail(
            "password",
            "your own is changed by POST /api/auth/password, which asks for the present one",
        );
    }
    check.done()?;
    let patch = accounts::UserPatch {
        name: body.name,
        is_admin: body.is_admin,
        disabled: body.disabled,
        password: body.password,
        limits: body.limits,
        administered: true,
    };
    accounts::update_user(&app, &id, patch).await.map(Data)
}
