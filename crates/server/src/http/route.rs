//! One declaration per route: method, path, who may, budget, what goes in and out, and the handler.
//!
//! Everything that has to know about routes reads this table: the router itself, the middleware (budgets), the access
//! test (every route as every kind of caller), openapi.json and the profiler. A route is therefore written once:
//!
//! ```ignore
//! get("/api/workspaces", list).id("list_workspaces").about("The workspaces you belong to")
//!     .access(Access::SignedIn).statements(2).query::<PageParams>().list::<WorkspaceView>()
//! ```

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::App;
use crate::cache::Namespace;
use crate::http::json::BodyLimit;
use crate::http::list::ListParams;
use crate::http::observe;
use crate::workspaces::Role;

/// Who may call a route. The extractor in the handler's signature enforces it; the access test compares the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, logged in or not.
    Public,
    /// Anybody with a valid credential; sees only what is theirs.
    SignedIn,
    /// The same, and whoever has none while administrators let visitors in.
    Visitor,
    /// A member of the workspace that the path names (or that owns what the path names), with at least this role.
    Workspace(Role),
    /// An administrator of the installation.
    SystemAdmin,
}

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What a route answers with when all goes well.
#[derive(Clone, Copy)]
pub enum Answer {
    /// `{"data": …}`
    Data(StatusCode, SchemaOf),
    /// `{"data": […], "page": …}`
    List(SchemaOf),
    /// The body as it is, without an envelope (the /v1 surface, health).
    Plain(StatusCode, SchemaOf),
    /// No body.
    Empty(StatusCode),
    /// Server-sent events.
    Events,
    /// Bytes of this content type.
    Bytes(&'static str),
}

/// What is declared about one route.
#[derive(Clone)]
pub struct RouteSpec {
    /// HTTP method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Operation id, `<verb>_<resource>`.
    pub id: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The most SQL statements one request may take.
    pub statements_max: u32,
    /// The most rows those statements may return or change.
    pub rows_max: u64,
    /// Where its answers are kept, when they are.
    pub cached: Option<Namespace>,
    /// Whether it ends when the caller hangs up, although it is no reading.
    pub ends_with_caller: bool,
    /// Whether what it writes is no change that an administrator answers for.
    pub unlogged: bool,
    /// Longest time until the answer begins; streams and exports have none.
    pub timeout: Option<Duration>,
    /// Largest body.
    pub body_bytes_max: usize,
    /// Schema of the JSON body.
    pub body: Option<SchemaOf>,
    /// Schemas of the query parameters.
    pub query: Vec<SchemaOf>,
    /// The answers of success.
    pub answers: Vec<Answer>,
}

impl RouteSpec {
    /// Whether a request that has begun is finished when the caller hangs up: every change is.
    pub fn outlives_caller(&self) -> bool {
        !self.ends_with_caller && !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }
}

/// A route: its declaration and its handler.
pub struct Route {
    spec: RouteSpec,
    handler: MethodRouter<App>,
}

/// `GET path`.
pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::GET, MethodFilter::GET, path, handler)
}
/// `POST path`.
pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::POST, MethodFilter::POST, path, handler)
}
/// `PATCH path`.
pub fn patch<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::PATCH, MethodFilter::PATCH, path, handler)
}
/// `PUT path`.
pub fn put<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::PUT, MethodFilter::PUT, path, handler)
}
/// `DELETE path`.
pub fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Route {
    Route::new(Method::DELETE, MethodFilter::DELETE, path, handler)
}

impl Route {
    fn new<H: Handler<T, App>, T: 'static>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
    ) -> Self {
        Self {
            spec: RouteSpec {
                method,
                path,
                id: "",
                about: "",
                access: Access::SystemAdmin,
                statements_max: 2,
                rows_max: 200,
                cached: None,
                ends_with_caller: false,
                unlogged: false,
                timeout: Some(Duration::from_secs(30)),
                body_bytes_max: 1 << 20,
                body: None,
                query: Vec::new(),
                answers: Vec::new(),
            },
            handler: on(filter, handler),
        }
    }

    /// Operation id, `<verb>_<resource>`.
    #[must_use]
    pub fn id(mut self, id: &'static str) -> Self {
        self.spec.id = id;
        self
    }
    /// One sentence about the route, for the API document.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Self {
        self.spec.about = about;
        self
    }
    /// Who may call it (default: administrators only, so that a forgotten line is safe).
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.spec.access = access;
        self
    }
    /// The budget of SQL statements (default 2).
    #[must_use]
    pub fn statements(mut self, max: u32) -> Self {
        self.spec.statements_max = max;
        self
    }
    /// The budget of rows (default 200).
    #[must_use]
    pub fn rows(mut self, max: u64) -> Self {
        self.spec.rows_max = max;
        self
    }
    /// Keeps the answers of each caller. What they are made from is told to [`crate::cache::made_from`], by the handler
    /// and the extractors; what depends on anything else than that must not be kept.
    #[must_use]
    pub fn cached(mut self, namespace: Namespace) -> Self {
        self.spec.cached = Some(namespace);
        self
    }
    /// Ends when the caller hangs up: for calls of models that nobody would read. Other changes are finished.
    #[must_use]
    pub fn ends_with_caller(mut self) -> Self {
        self.spec.ends_with_caller = true;
        self
    }
    /// Writes without an entry in the audit log, although administrators alone may call it: it changes nothing that
    /// anybody would ask about later.
    #[must_use]
    pub fn unlogged(mut self) -> Self {
        self.spec.unlogged = true;
        self
    }
    /// No limit on time: for streams, whose parts have limits of their own.
    #[must_use]
    pub fn unhurried(mut self) -> Self {
        self.spec.timeout = None;
        self
    }
    /// Another limit on time than 30 s.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.spec.timeout = Some(limit);
        self
    }
    /// Another body limit than 1 MiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.spec.body_bytes_max = bytes;
        self
    }
    /// Takes this JSON body.
    #[must_use]
    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.spec.body = Some(SchemaGenerator::subschema_for::<T>);
        self
    }
    /// Takes these query parameters.
    #[must_use]
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.spec.query.push(SchemaGenerator::root_schema_for::<T>);
        self
    }
    /// Answers 200 with `{"data": T}`.
    #[must_use]
    pub fn data<T: JsonSchema>(self) -> Self {
        self.answer(Answer::Data(StatusCode::OK, SchemaGenerator::subschema_for::<T>))
    }
    /// Answers 201 with `{"data": T}`.
    #[must_use]
    pub fn created<T: JsonSchema>(self) -> Self {
        self.answer(Answer::Data(
            StatusCode::CREATED,
            SchemaGenerator::subschema_for::<T>,
        ))
    }
    /// Answers 202 with `{"data": T}`.
    #[must_use]
    pub fn accepted<T: JsonSchema>(self) -> Self {
        self.answer(Answer::Data(
            StatusCode::ACCEPTED,
            SchemaGenerator::subschema_for::<T>,
        ))
    }
    /// Answers 200 with a page of `T`; takes what every list takes.
    #[must_use]
    pub fn list<T: JsonSchema>(self) -> Self {
        self.query::<ListParams>()
            .answer(Answer::List(SchemaGenerator::subschema_for::<T>))
    }
    /// Answers 204.
    #[must_use]
    pub fn empty(self) -> Self {
        self.answer(Answer::Empty(StatusCode::NO_CONTENT))
    }
    /// Answers with server-sent events.
    #[must_use]
    pub fn events(self) -> Self {
        self.answer(Answer::Events)
    }
    /// Any other answer.
    #[must_use]
    pub fn answer(mut self, answer: Answer) -> Self {
        self.spec.answers.push(answer);
        self
    }
}

/// The routes of one feature, or of all of them.
#[derive(Default)]
pub struct Routes {
    routes: Vec<Route>,
}

impl Routes {
    /// No route yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a builder's `add`, not arithmetic")]
    pub fn add(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// With all the routes of another table.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        self
    }

    /// The declarations alone.
    pub fn specs(&self) -> impl Iterator<Item = &RouteSpec> {
        self.routes.iter().map(|route| &route.spec)
    }

    /// The axum router: each route observed with its own declaration, body limit and time limit.
    pub fn into_router(self, app: &App) -> Router<App> {
        self.routes
            .into_iter()
            .fold(Router::new(), |router, Route { spec, handler }| {
                let limit = axum::extract::DefaultBodyLimit::max(spec.body_bytes_max);
                let told = axum::Extension(BodyLimit(spec.body_bytes_max));
                let path = spec.path;
                let watched = observe::Watched::new(app.clone(), Arc::new(spec));
                router.route(
                    path,
                    handler
                        .layer((told, limit))
                        .layer(axum::middleware::from_fn_with_state(watched, observe::observe)),
                )
            })
    }
}
