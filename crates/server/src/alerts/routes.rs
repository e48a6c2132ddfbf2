//! `/api/alerts`: administrators only.

use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::App;
use crate::alerts::{self, Alert, TestView, store, webhook};
use crate::http::auth::SystemAdmin;
use crate::http::json::Query;
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, get, post};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            get("/api/alerts", list)
                .id("list_alerts")
                .access(Access::SystemAdmin)
                .statements(3)
                .query::<PageParams>()
                .query::<AlertParams>()
                .list::<Alert>()
                .about("What left its bounds on any node, newest first"),
        )
        .add(
            post("/api/alerts/{alert}/acknowledge", acknowledge)
                .id("acknowledge_alert")
                .access(Access::SystemAdmin)
                // The alert itself says who took note of it.
                .unlogged()
                .data::<Alert>()
                .about("Takes note of an alert; it stays open until the measurement is good again"),
        )
        .add(
            post("/api/alerts/test", test)
                .id("test_alerts")
                .access(Access::SystemAdmin)
                .data::<TestView>()
                .about("Sends a test message to the webhook and says what came of it"),
        )
}

/// Which alerts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct AlertParams {
    /// Only those that are open.
    open: Option<bool>,
}

async fn list(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
    Query(which): Query<AlertParams>,
) -> Result<Page<Alert>, Problem> {
    let open = which.open.unwrap_or(false);
    let before: Option<String> = params.cursor()?;
    let limit = params.limit()? + 1;
    let rows = store::list(&app.db, open, before.as_deref(), limit, params.offset()?).await?;
    let total = if params.wants_count() {
        Some(store::count(&app.db, open).await?)
    } else {
        None
    };
    Ok(Page::new(&params, rows, |alert| Some(alert.id.clone()))?.with_total(total))
}

async fn acknowledge(
    State(app): State<App>,
    admin: SystemAdmin,
    Path(id): Path<String>,
) -> Result<Data<Alert>, Problem> {
    alerts::acknowledge(&app, &id, admin.0.id()).await.map(Data)
}

async fn test(State(app): State<App>, _admin: SystemAdmin) -> Result<Data<TestView>, Problem> {
    webhook::test(&app).await.map(Data)
}
