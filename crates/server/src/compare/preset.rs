//! Sets of models that a workspace compares again and again, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{OnViolation, Time};

use crate::App;
use crate::changes::Notice;
use crate::compare::{Choice, choice, store};
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// The longest name.
const NAME_CHARS_MAX: usize = 80;

/// A set of models.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Preset {
    /// `pre_…`
    pub id: String,
    /// The workspace it belongs to.
    pub workspace_id: String,
    /// Who made it.
    pub user_id: String,
    /// What it is called; no two of a workspace have the same name.
    pub name: String,
    /// The models, as a comparison takes them.
    pub models: Vec<Choice>,
    /// When it was made.
    #[schemars(with = "String")]
    pub created_at: Time,
    /// When it was last changed.
    #[schemars(with = "String")]
    pub updated_at: Time,
}

/// The body of a new set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePreset {
    /// What it is called.
    pub name: String,
    /// 1 to 12 models.
    pub models: Vec<Choice>,
}

/// The body that changes a set; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreset {
    /// Another name.
    pub name: Option<String>,
    /// Other models.
    pub models: Option<Vec<Choice>>,
}

fn checked(name: &str, models: &[Choice]) -> Result<String, Problem> {
    let mut check = Check::new();
    let name = check.text("name", name, 1, NAME_CHARS_MAX);
    check.done()?;
    choice::checked(models, None)?;
    Ok(name)
}

fn unique<T>(written: sql::Result<T>, name: &str) -> Result<T, Problem> {
    written.on_unique("presets_workspace_id_name_key", || {
        Problem::already_exists(
            "name",
            format!("There is a set {name:?} already; choose another name."),
        )
    })
}

/// Keeps a set of models. Which of them somebody may use is seen when they are asked.
pub async fn create(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    body: CreatePreset,
) -> Result<Preset, Problem> {
    let name = checked(&body.name, &body.models)?;
    let now = app.clock.now();
    let preset = Preset {
        id: app.ids.make(Kind::Preset, now),
        workspace_id: workspace_id.to_owned(),
        user_id: user_id.to_owned(),
        name,
        models: body.models,
        created_at: now,
        updated_at: now,
    };
    unique(store::insert_preset(&preset).execute(&app.db).await, &preset.name)?;
    app.changes.publish(Notice::presets(workspace_id)).await;
    Ok(preset)
}

/// Changes a set of models.
pub async fn update(app: &App, before: Preset, body: UpdatePreset) -> Result<Preset, Problem> {
    let name = body.name.unwrap_or_else(|| before.name.clone());
    let models = body.models.unwrap_or_else(|| before.models.clone());
    let name = checked(&name, &models)?;
    let now = app.clock.now();
    let changed = Preset {
        name,
        models,
        updated_at: now,
        ..before
    };
    unique(
        store::update_preset(&changed, now).execute(&app.db).await,
        &changed.name,
    )?;
    app.changes.publish(Notice::presets(&changed.workspace_id)).await;
    Ok(changed)
}

/// Forgets a set of models.
pub async fn delete(app: &App, preset: &Preset) -> Result<(), Problem> {
    store::delete_preset(&preset.id).execute(&app.db).await?;
    app.changes.publish(Notice::presets(&preset.workspace_id)).await;
    Ok(())
}
