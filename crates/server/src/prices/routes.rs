//! `/api/prices`: administrators only. What a model costs now, everybody reads in `/api/models`.

use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Time;

use super::input::{self, IMPORT_MAX, ImportPrices};
use super::store::{self, Named};
use super::{CreatePrice, Table, UpdatePrice};
use crate::App;
use crate::http::auth::SystemAdmin;
use crate::http::json::{Json, Query};
use crate::http::page::{Page, PageParams};
use crate::http::problem::Problem;
use crate::http::respond::{Created, Data, NoContent};
use crate::http::route::{Access, Routes, delete, get, patch, post};

/// The routes of this feature.
pub fn routes() -> Routes {
    let admin = Access::SystemAdmin;
    Routes::new()
        .add(
            get("/api/prices", list)
                .id("list_prices")
                .access(admin)
                .query::<PageParams>()
                .list::<PriceView>()
                .about("What models cost and from when on: by pattern, newest first"),
        )
        .add(
            post("/api/prices", create)
                .id("create_price")
                .access(admin)
                .statements(4)
                // All prices are read again into memory.
                .rows(5_000)
                .body::<CreatePrice>()
                .created::<PriceView>()
                .about("Sets what models cost from a time on"),
        )
        .add(
            post("/api/prices/import", import)
                .id("import_prices")
                .access(admin)
                .statements(3 + IMPORT_MAX as u32)
                .rows(5_000)
                .body::<ImportPrices>()
                .data::<Imported>()
                .about("Sets up to 500 prices in one transaction: all or none"),
        )
        .add(
            patch("/api/prices/{price}", update)
                .id("update_price")
                .access(admin)
                .statements(5)
                .rows(5_000)
                .body::<UpdatePrice>()
                .data::<PriceView>()
                .about("Changes a price; calls that were charged keep their cost"),
        )
        .add(
            delete("/api/prices/{price}", remove)
                .id("delete_price")
                .access(admin)
                .statements(5)
                .rows(5_000)
                .empty()
                .about("Takes a price away: the one before it counts again"),
        )
}

/// Whether a price counts, among those of its pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// Another one of its pattern has begun after it.
    Past,
    /// It counts.
    Current,
    /// It has not begun yet.
    Future,
}

/// A price. Amounts are for a million tokens, in micro-units.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PriceView {
    /// `prc_…`
    id: String,
    /// Of which models: `*` stands for any characters.
    pattern: String,
    /// From when on.
    #[schemars(with = "String")]
    valid_from: Time,
    /// Whether it counts now, among those of its pattern.
    state: Standing,
    /// What is read.
    input_micros: i64,
    /// What is read and the provider had cached.
    cached_input_micros: i64,
    /// What is read and the provider puts into its cache.
    cache_write_micros: i64,
    /// What is written.
    output_micros: i64,
    /// Why, or where it is from.
    note: String,
    /// Who has set it.
    created_by: Option<String>,
    /// Their name.
    created_by_name: Option<String>,
    /// When.
    #[schemars(with = "String")]
    created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    updated_at: Time,
}

/// What came of an import.
#[derive(Debug, Serialize, JsonSchema)]
struct Imported {
    /// How many prices were set.
    created: usize,
}

fn view(table: &Table, named: Named, now: Time) -> PriceView {
    let Named { price, by } = named;
    let prices = price.prices();
    let state = if price.valid_from > now {
        Standing::Future
    } else if table
        .begun(&price.pattern, now)
        .is_some_and(|begun| begun > price.valid_from)
    {
        Standing::Past
    } else {
        Standing::Current
    };
    PriceView {
        id: price.id,
        pattern: price.pattern,
        valid_from: price.valid_from,
        state,
        input_micros: prices.input_micros,
        cached_input_micros: prices.cached_input_micros,
        cache_write_micros: prices.cache_write_micros,
        output_micros: prices.output_micros,
        note: price.note,
        created_by: price.created_by,
        created_by_name: by,
        created_at: price.created_at,
        updated_at: price.updated_at,
    }
}

async fn list(
    State(app): State<App>,
    _admin: SystemAdmin,
    Query(params): Query<PageParams>,
) -> Result<Page<PriceView>, Problem> {
    let rows = store::list(&app.db, params.like(), params.limit()? + 1, params.offset()?).await?;
    let (table, now) = (app.prices.table(), app.clock.now());
    Ok(Page::new(&params, rows, |_| None::<()>)?.map(|row| view(&table, row, now)))
}

async fn create(
    State(app): State<App>,
    admin: SystemAdmin,
    Json(body): Json<CreatePrice>,
) -> Result<Created<PriceView>, Problem> {
    let price = input::create(&app, admin.0.id(), body).await?;
    let by = Some(admin.0.user.name.clone());
    Ok(Created(view(
        &app.prices.table(),
        Named { price, by },
        app.clock.now(),
    )))
}

async fn import(
    State(app): State<App>,
    admin: SystemAdmin,
    Json(body): Json<ImportPrices>,
) -> Result<Data<Imported>, Problem> {
    let created = input::import(&app, admin.0.id(), body).await?;
    Ok(Data(Imported { created }))
}

/// The part of a path that names a price.
#[derive(Deserialize, JsonSchema)]
struct Which {
    price: String,
}

async fn find(app: &App, which: &Which) -> Result<Named, Problem> {
    let found = store::get(&app.db, &which.price).await?;
    found.ok_or_else(|| Problem::not_found("price", &which.price))
}

async fn update(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(which): Path<Which>,
    Json(body): Json<UpdatePrice>,
) -> Result<Data<PriceView>, Problem> {
    let Named { price, by } = find(&app, &which).await?;
    let price = input::update(&app, price, body).await?;
    Ok(Data(view(
        &app.prices.table(),
        Named { price, by },
        app.clock.now(),
    )))
}

async fn remove(
    State(app): State<App>,
    _admin: SystemAdmin,
    Path(which): Path<Which>,
) -> Result<NoContent, Problem> {
    let Named { price, .. } = find(&app, &which).await?;
    input::delete(&app, &price).await?;
    Ok(NoContent)
}
