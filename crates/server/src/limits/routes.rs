//! `/api/rate-limit-status`.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use sql::Time;

use super::window::Window;
use super::{Limited, Scope, What, ask};
use crate::App;
use crate::accounts::Origin;
use crate::http::auth::AnyCredential;
use crate::http::page::Page;
use crate::http::problem::Problem;
use crate::http::route::{Access, Routes, get};
use crate::settings;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().add(
        get("/api/rate-limit-status", status)
            .id("get_rate_limit_status")
            .access(Access::Public)
            .list::<LimitView>()
            .about("What is left of your limits: yours, those of the API key you ask with whatever its scopes, or of your address when you are not logged in"),
    )
}

/// A limit, and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
struct LimitView {
    /// Whose limit it is.
    scope: Scope,
    /// What it limits.
    what: What,
    /// How much is possible.
    limit: u64,
    /// What is used of it: in the last minute, or now for what is under way.
    used: u64,
    /// What is left.
    remaining: u64,
    /// When nothing that is used now will count any more; absent when nothing is, and for what is under way.
    #[schemars(with = "Option<String>")]
    resets_at: Option<Time>,
}

async fn status(
    State(app): State<App>,
    AnyCredential(caller): AnyCredential,
    origin: Origin,
) -> Result<Page<LimitView>, Problem> {
    let limited = if let Some(caller) = caller {
        Limited::of(&caller.user)
    } else {
        let most = settings::current(&app).await?.anonymous.requests_per_minute;
        vec![Limited::address(&origin.address, most)]
    };
    if limited.is_empty() {
        return Ok(Page::whole(Vec::new()));
    }
    let (_, asked) = ask(&app, &limited, None).await;
    let at = (asked.now, app.clock.now());
    let each = limited.iter().zip(&asked.windows);
    Ok(Page::whole(
        each.flat_map(|(limited, window)| views(limited, window, at))
            .collect(),
    ))
}

fn views(limited: &Limited, window: &Window, (second, now): (i64, Time)) -> Vec<LimitView> {
    let view = |what: What| {
        let limit = limited.rates.of(what)?;
        let used = window.used(what);
        let passes = what != What::Concurrent && used > 0;
        Some(LimitView {
            scope: limited.scope,
            what,
            limit,
            used,
            remaining: limit.saturating_sub(used),
            resets_at: passes.then(|| now.plus(window.resets_after(second))),
        })
    };
    What::ALL.into_iter().filter_map(view).collect()
}
