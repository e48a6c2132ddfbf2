//! What administrators say of prices, and what is made of it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use sql::{Batch, OnViolation, Query, Time};

use super::{PRICES_MAX, Price, reload, store};
use crate::App;
use crate::audit::{self, Change, Fields};
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::Problem;
use crate::ids::Kind;

/// The highest price of a million tokens: a slip of the finger must not overflow sums.
const MICROS_MAX: i64 = 1_000_000_000_000;
const PATTERN_CHARS_MAX: usize = 200;
const NOTE_CHARS_MAX: usize = 500;
/// The most prices of one import.
pub(super) const IMPORT_MAX: usize = 500;

/// The body of a new price. Amounts are for a million tokens, in micro-units (millionths of the unit of all prices).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePrice {
    /// The outward name of a model, or many: `*` stands for any characters (`openai/gpt-5*`).
    pub pattern: String,
    /// From when on; now when absent. In the past it counts from now on: what was charged stays.
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Time>,
    /// What is read.
    pub input_micros: i64,
    /// What is read and the provider had cached; as what is read when absent.
    pub cached_input_micros: Option<i64>,
    /// What is read and the provider puts into its cache; as what is read when absent.
    pub cache_write_micros: Option<i64>,
    /// What is written.
    pub output_micros: i64,
    /// Why, or where it is from.
    #[serde(default)]
    pub note: String,
}

/// What changes of a price; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePrice {
    /// Of which models.
    pub pattern: Option<String>,
    /// From when on.
    #[schemars(with = "Option<String>")]
    pub valid_from: Option<Time>,
    /// What is read.
    pub input_micros: Option<i64>,
    /// What the provider had cached; null for as what is read.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>")]
    pub cached_input_micros: Option<Option<i64>>,
    /// What the provider puts into its cache; null for as what is read.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<i64>")]
    pub cache_write_micros: Option<Option<i64>>,
    /// What is written.
    pub output_micros: Option<i64>,
    /// Why, or where it is from.
    pub note: Option<String>,
}

/// Many prices in one call.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportPrices {
    /// 1 to 500.
    pub prices: Vec<CreatePrice>,
}

/// Sets a price.
pub async fn create(app: &App, by: &str, body: CreatePrice) -> Result<Price, Problem> {
    let price = new(app, by, body);
    let mut check = Check::new();
    look(&mut check, "", &price);
    room(app, &mut check, "pattern", 1);
    check.done()?;
    let mut batch = Batch::new();
    batch.push(store::insert(&price));
    batch.push(entry(app, "price.created", &price, said(&price)));
    write(app, batch, ("valid_from", &price.id)).await?;
    Ok(price)
}

/// Changes a price, also one that counts already: calls that were charged keep their cost.
pub async fn update(app: &App, mut price: Price, body: UpdatePrice) -> Result<Price, Problem> {
    let before = price.clone();
    price.pattern = body
        .pattern
        .map_or(price.pattern, |pattern| pattern.trim().to_owned());
    price.valid_from = body.valid_from.unwrap_or(price.valid_from);
    price.input_micros = body.input_micros.unwrap_or(price.input_micros);
    price.cached_input_micros = body.cached_input_micros.unwrap_or(price.cached_input_micros);
    price.cache_write_micros = body.cache_write_micros.unwrap_or(price.cache_write_micros);
    price.output_micros = body.output_micros.unwrap_or(price.output_micros);
    price.note = body.note.map_or(price.note, |note| note.trim().to_owned());
    price.updated_at = app.clock.now();
    let mut check = Check::new();
    look(&mut check, "", &price);
    check.done()?;
    let fields = Fields::new()
        .change("pattern", &before.pattern, &price.pattern)
        .change("valid_from", &before.valid_from, &price.valid_from)
        .change("input_micros", &before.input_micros, &price.input_micros)
        .change(
            "cached_input_micros",
            &before.cached_input_micros,
            &price.cached_input_micros,
        )
        .change(
            "cache_write_micros",
            &before.cache_write_micros,
            &price.cache_write_micros,
        )
        .change("output_micros", &before.output_micros, &price.output_micros)
        .change("note", &before.note, &price.note);
    let mut batch = Batch::new();
    batch.push_expecting(1, store::update(&price));
    batch.push(entry(app, "price.updated", &price, fields));
    write(app, batch, ("valid_from", &price.id)).await?;
    Ok(price)
}

/// Takes a price away: from the next call on the one before it counts.
pub async fn delete(app: &App, price: &Price) -> Result<(), Problem> {
    let mut batch = Batch::new();
    batch.push_expecting(1, store::delete(&price.id));
    batch.push(entry(app, "price.deleted", price, said(price)));
    write(app, batch, ("price", &price.id)).await
}

/// Sets many prices in one transaction: all of them or none.
pub async fn import(app: &App, by: &str, body: ImportPrices) -> Result<usize, Problem> {
    let count = body.prices.len();
    if !(1..=IMPORT_MAX).contains(&count) {
        let message = format!("holds {count}; 1 to {IMPORT_MAX} are possible in one call");
        return Err(Problem::invalid("prices", message));
    }
    let mut check = Check::new();
    room(app, &mut check, "prices", count);
    let mut batch = Batch::new();
    let (mut seen, mut patterns) = (HashSet::new(), Vec::new());
    for (number, body) in body.prices.into_iter().enumerate() {
        let price = new(app, by, body);
        look(&mut check, &format!("prices[{number}]."), &price);
        if !seen.insert((price.pattern.clone(), price.valid_from)) {
            check.fail(
                &format!("prices[{number}].valid_from"),
                "is that of another price in this list for the same models",
            );
        }
        batch.push(store::insert(&price));
        if !patterns.contains(&price.pattern) {
            patterns.push(price.pattern);
        }
    }
    check.done()?;
    let change = Change {
        action: "price.imported",
        subject_id: "",
        subject_name: "",
        workspace_id: None,
        fields: Fields::new().set("count", count).set("patterns", &patterns),
    };
    batch.push(audit::entry(app, &change));
    write(app, batch, ("prices", "")).await?;
    Ok(count)
}

fn new(app: &App, by: &str, body: CreatePrice) -> Price {
    let now = app.clock.now();
    Price {
        id: app.ids.make(Kind::Price, now),
        pattern: body.pattern.trim().to_owned(),
        valid_from: body.valid_from.unwrap_or(now),
        input_micros: body.input_micros,
        cached_input_micros: body.cached_input_micros,
        cache_write_micros: body.cache_write_micros,
        output_micros: body.output_micros,
        note: body.note.trim().to_owned(),
        created_by: Some(by.to_owned()),
        created_at: now,
        updated_at: now,
    }
}

/// Notes what is wrong with a price; `at` is where it stands in the body.
fn look(check: &mut Check, at: &str, price: &Price) {
    let field = format!("{at}pattern");
    check.text(&field, &price.pattern, 1, PATTERN_CHARS_MAX);
    if price.pattern.chars().any(char::is_whitespace) {
        check.fail(
            &field,
            "is a name such as `openai/gpt-5` or a pattern such as `openai/*`, without spaces",
        );
    }
    check.optional_text(&format!("{at}note"), Some(&price.note), NOTE_CHARS_MAX);
    for (name, micros) in [
        ("input_micros", Some(price.input_micros)),
        ("cached_input_micros", price.cached_input_micros),
        ("cache_write_micros", price.cache_write_micros),
        ("output_micros", Some(price.output_micros)),
    ] {
        if micros.is_some_and(|micros| !(0..=MICROS_MAX).contains(&micros)) {
            check.fail(
                &format!("{at}{name}"),
                format!("is between 0 and {MICROS_MAX}; 1000000 are one unit for a million tokens"),
            );
        }
    }
}

/// Notes when there are too many. What another node has set a moment ago may come on top.
fn room(app: &App, check: &mut Check, field: &str, more: usize) {
    if app.prices.table().len() + more > PRICES_MAX {
        check.fail(
            field,
            format!("there are {PRICES_MAX} prices at most; delete those of long ago"),
        );
    }
}

/// Writes, and makes it known everywhere before it is answered. `field` is where a price that is there already was named.
async fn write(app: &App, batch: Batch, (field, id): (&str, &str)) -> Result<(), Problem> {
    let written = match app.db.write(batch).await {
        Err(sql::Error::RowsAffected { .. }) => return Err(Problem::not_found("price", id)),
        other => other,
    };
    written.on_unique("prices_pattern_valid_from_key", || {
        Problem::already_exists(
            field,
            "There is a price for these models from this time on already; change that one.",
        )
    })?;
    reload(app).await?;
    app.changes.publish(Notice::prices()).await;
    Ok(())
}

/// What there is to say of a price as a whole.
fn said(price: &Price) -> Fields {
    Fields::new()
        .set("pattern", &price.pattern)
        .set("valid_from", price.valid_from)
        .set("input_micros", price.input_micros)
        .maybe("cached_input_micros", price.cached_input_micros)
        .maybe("cache_write_micros", price.cache_write_micros)
        .set("output_micros", price.output_micros)
}

fn entry(app: &App, action: &'static str, price: &Price, fields: Fields) -> Query {
    let change = Change {
        action,
        subject_id: &price.id,
        subject_name: &price.pattern,
        workspace_id: None,
        fields,
    };
    audit::entry(app, &change)
}
