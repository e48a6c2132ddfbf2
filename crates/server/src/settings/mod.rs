//! The settings of the installation that an administrator changes while Stoa runs.
//!
//! A setting is a field of [`Settings`] with its default; stored is only what was changed. They are read into memory once
//! and again after at most [`FRESH_SECONDS`], so that a change through another node is seen; a change here is seen at once.

pub mod routes;
pub(crate) mod store;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::{Batch, Time};

use crate::App;
use crate::changes::Notice;
use crate::config;
use crate::http::problem::Problem;
use crate::models::Owner;

/// How old the copy in memory may be.
pub const FRESH_SECONDS: u64 = 300;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Whoever has an invitation to a workspace.
    Invite,
    /// Nobody; administrators make accounts.
    Closed,
}

impl From<config::Registration> for Registration {
    fn from(configured: config::Registration) -> Self {
        match configured {
            config::Registration::Open => Self::Open,
            config::Registration::Invite => Self::Invite,
            config::Registration::Closed => Self::Closed,
        }
    }
}

/// All settings with their present values.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// Who may make an account. The default is in the configuration.
    pub registration: Registration,
    /// The model of conversations that name none; the first available when absent.
    pub default_model: Option<String>,
    /// The model that titles conversations; the conversation's own when absent.
    pub title_model: Option<String>,
}

/// What an administrator changes; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    /// Who may make an account.
    pub registration: Option<Registration>,
    /// The model of conversations that name none; an empty text for none.
    pub default_model: Option<String>,
    /// The model that titles conversations; an empty text for none.
    pub title_model: Option<String>,
}

/// The copy in memory.
#[derive(Default)]
pub struct Cached {
    copy: ArcSwapOption<(Time, Settings)>,
}

impl Cached {
    /// The present settings: usually from memory.
    pub async fn get(&self, app: &App) -> Result<Arc<(Time, Settings)>, Problem> {
        let now = app.clock.now();
        if let Some(copy) = self.copy.load_full()
            && now.since(copy.0) < Duration::from_secs(FRESH_SECONDS)
        {
            return Ok(copy);
        }
        let copy = Arc::new((now, load(app).await?));
        self.copy.store(Some(copy.clone()));
        Ok(copy)
    }

    /// Forgets the copy, after a change.
    pub fn drop_copy(&self) {
        self.copy.store(None);
    }
}

async fn load(app: &App) -> Result<Settings, Problem> {
    let mut settings = Settings {
        registration: app.config.auth.registration.into(),
        default_model: None,
        title_model: None,
    };
    for (name, value) in store::all(&app.db).await? {
        match name.as_str() {
            "registration" => {
                if let Ok(registration) = serde_json::from_value(value) {
                    settings.registration = registration;
                }
            }
            "default_model" => {
                settings.default_model = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            }
            "title_model" => {
                settings.title_model = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            }
            // A setting of a newer version: kept, not used.
            _ => {}
        }
    }
    Ok(settings)
}

/// Stores what changes and returns all settings.
pub async fn update(app: &App, by: &str, change: UpdateSettings) -> Result<Settings, Problem> {
    let now = app.clock.now();
    let mut batch = Batch::new();
    if let Some(registration) = change.registration {
        let value = serde_json::to_value(registration).map_err(Problem::internal)?;
        batch.push(store::put("registration", &value, by, now));
    }
    for (name, value) in [
        ("default_model", change.default_model),
        ("title_model", change.title_model),
    ] {
        if let Some(value) = value {
            batch.push(store::put(name, &serde_json::Value::from(value.trim()), by, now));
        }
    }
    if !batch.is_empty() {
        app.db.write(batch).await?;
        app.settings.drop_copy();
        // The default model is marked in the list of models.
        app.changes.publish(Notice::models(&Owner::System));
    }
    Ok(app.settings.get(app).await?.1.clone())
}
