//! Routes whose answers are kept: where an answer is found again, and what of an answer is kept.
//!
//! The key is everything that changes an answer: the route, who asks (the token itself), the whole address with every
//! parameter as it was written, the header that names a workspace, and whether Anthropic's format is wanted. So no parameter can be forgotten; that two ways of
//! writing the same question have two entries costs only memory.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;
use sql::Time;

use crate::App;
use crate::cache::{self, Begun, Gathered, Keeping, Key, Look, Namespace, Outcome, SharedEpoch};
use crate::http::kept::Kept;
use crate::http::problem::Problem;
use crate::http::route::RouteSpec;
use crate::http::{anthropic_error, auth};
use crate::models::WORKSPACE_HEADER;

/// The largest body that is kept.
const BODY_BYTES_MAX: u64 = 1 << 20;

/// Where the answer to a request is kept.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// In this namespace.
    pub namespace: Namespace,
    /// Under this key.
    pub key: Key,
}

/// What changes the answer to a request.
fn parts_of<'a>(spec: &RouteSpec, request: &'a Parts, token: &'a str) -> [&'a [u8]; 6] {
    let address = &request.uri;
    let workspace = request.headers.get(&WORKSPACE_HEADER);
    [
        spec.id.as_bytes(),
        token.as_bytes(),
        address.path().as_bytes(),
        address.query().unwrap_or_default().as_bytes(),
        workspace.map_or(&[], |value| value.as_bytes()),
        if anthropic_error::wants(&request.headers) {
            b"anthropic"
        } else {
            b""
        },
    ]
}

/// Where the answer to this request is kept, if it is: for routes that declare it, and callers who say who they are.
pub fn place(app: &App, spec: &RouteSpec, request: &Parts) -> Option<Place> {
    let namespace = spec.cached.filter(|namespace| app.cache.is_on(*namespace))?;
    if request.method != Method::GET {
        return None;
    }
    let (token, _) = auth::token(&request.headers)?;
    let key = app.cache.key(&parts_of(spec, request, token));
    Some(Place { namespace, key })
}

/// Where the answer is kept among the nodes, and since when.
#[derive(Debug)]
pub struct SharedPlace {
    name: String,
    since: SharedEpoch,
}

/// The answer that another node has made, if there is one that is right; else where to keep this one's for the others.
pub async fn find_shared(
    app: &App,
    spec: &RouteSpec,
    place: Place,
    request: &Parts,
) -> (Option<Arc<Kept>>, Option<SharedPlace>) {
    let Some((link, (token, _))) = app.cache.link().zip(auth::token(&request.headers)) else {
        return (None, None);
    };
    let name = cache::shared_name(&parts_of(spec, request, token));
    let (begun, now) = (app.cache.begin(), app.clock.now());
    match link.look(&name, now).await {
        Look::Away => (None, None),
        Look::Nothing(since) => (None, Some(SharedPlace { name, since })),
        Look::Found(shared, tags, body, until) => {
            let Some(kept) = Kept::read(shared.about, body) else {
                return (None, None);
            };
            let kept = Arc::new(kept);
            let keeping = Keeping {
                bytes: kept.weight(),
                begun,
                tags: &tags,
                now,
                until: Some(until),
            };
            app.cache
                .put(place.namespace, place.key, Arc::clone(&kept), &keeping);
            note_use(app, &kept, now);
            (Some(kept), None)
        }
    }
}

/// The kept answer, if there is one that is right. Notes that the credential was used.
pub fn find(app: &App, place: Place) -> Option<Arc<Kept>> {
    let now = app.clock.now();
    let kept = app.cache.get::<Kept>(place.namespace, place.key, now)?;
    note_use(app, &kept, now);
    Some(kept)
}

fn note_use(app: &App, kept: &Kept, now: Time) {
    if let Some(credential) = &kept.credential {
        app.seen.touch(credential, now);
    }
}

/// Keeps what was made, when it can be kept, and answers with it; else hands the answer on as it is.
pub async fn keep(
    app: &App,
    (place, shared): (Place, Option<SharedPlace>),
    made: (Response, Gathered, Begun),
    asked: &HeaderMap,
) -> Result<Response, Response> {
    let (response, gathered, begun) = made;
    let size = response.body().size_hint().exact();
    let keepable = response.status() == StatusCode::OK
        && gathered.credential.is_some()
        && !gathered.passing
        && response.extensions().get::<Problem>().is_none()
        && size.is_some_and(|size| size <= BODY_BYTES_MAX);
    if !keepable {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        // A body of known size is in memory already; reading it does not fail.
        return Err(Response::from_parts(parts, Body::empty()));
    };
    let kept = Arc::new(Kept::new(&parts.headers, bytes, gathered.credential));
    let now = app.clock.now();
    let keeping = Keeping {
        bytes: kept.weight(),
        begun,
        tags: &gathered.tags,
        now,
        until: gathered.until,
    };
    app.cache
        .put(place.namespace, place.key, Arc::clone(&kept), &keeping);
    if let Some((link, shared)) = app.cache.link().cloned().zip(shared) {
        let until = keeping.ends(place.namespace);
        let (kept, tags) = (Arc::clone(&kept), gathered.tags);
        app.spawn(async move {
            let value = (kept.about(), &kept.body()[..]);
            link.put(&shared.name, shared.since, &tags, (now, until), value)
                .await;
        });
    }
    let (mut answer, _) = kept.answer(asked).await;
    answer.extensions_mut().insert(Outcome::Miss);
    Ok(answer)
}

/// In tests: what was kept against what was made now.
pub async fn doubt(app: &App, place: Place, kept: &Kept, made: Response) -> Response {
    let (parts, body) = made.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if parts.status != StatusCode::OK || bytes != *kept.body() {
        let what = format!(
            "{} was kept, {} {} is made now; that",
            String::from_utf8_lossy(kept.body()),
            parts.status,
            String::from_utf8_lossy(&bytes)
        );
        let now = app.clock.now();
        if let Err(problem) = app.cache.must_fall(place.namespace, place.key, now, &what).await {
            return axum::response::IntoResponse::into_response(problem);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}
