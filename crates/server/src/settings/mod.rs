//! The settings of the installation that an administrator changes while Stoa runs.
//!
//! A setting is a field of [`Settings`] with its default; stored is only what was changed. They are kept in the cache for
//! five minutes, and dropped by a change of them.

pub mod retention;
pub mod routes;
pub(crate) mod store;
pub mod uploads;
pub mod visitors;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sql::Batch;
use url::Url;

use crate::App;
use crate::alerts::thresholds::{self, Thresholds, UpdateThresholds};
use crate::audit::{self, Change, Fields};
use crate::cache::{self, Keeping, Namespace, Tag};
use crate::changes::Notice;
use crate::config;
use crate::http::json::{Check, present};
use crate::http::problem::Problem;
use crate::settings::retention::{Retention, UpdateRetention};
use crate::settings::uploads::{UpdateUploads, UploadLimits};
use crate::settings::visitors::{Anonymous, UpdateAnonymous};

/// The names under which what has several fields is stored, and the address of the alerts' webhook.
const UPLOADS: &str = "uploads";
const ANONYMOUS: &str = "anonymous";
const RETENTION: &str = "retention";
const ALERTS: &str = "alerts";
const WEBHOOK: &str = "alerts_webhook";

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
    /// When administrators are told that something is wrong.
    pub alerts: Thresholds,
    /// What may be uploaded.
    pub uploads: UploadLimits,
    /// What may be done without logging in.
    pub anonymous: Anonymous,
    /// How long things are kept.
    pub retention: Retention,
}

/// What an administrator changes; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSettings {
    /// Who may make an account.
    pub registration: Option<Registration>,
    /// The model of conversations that name none; null or an empty text for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub default_model: Option<Option<String>>,
    /// The model that titles conversations; null or an empty text for none.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    pub title_model: Option<Option<String>>,
    /// When administrators are told that something is wrong.
    pub alerts: Option<UpdateThresholds>,
    /// What may be uploaded.
    pub uploads: Option<UpdateUploads>,
    /// What may be done without logging in.
    pub anonymous: Option<UpdateAnonymous>,
    /// How long things are kept.
    pub retention: Option<UpdateRetention>,
}

/// The address of the webhook as it is stored: such addresses carry their secret in themselves.
#[derive(Serialize, Deserialize)]
struct Webhook {
    sealed: String,
    hint: String,
}

/// The memory that the kept copy takes, about.
const COPY_BYTES: usize = 1_024;

/// The present settings: usually from memory.
pub async fn current(app: &App) -> Result<Arc<Settings>, Problem> {
    let tags = [Tag::settings()];
    cache::made_from(tags);
    let (key, now) = (app.cache.key(&[b"settings"]), app.clock.now());
    if let Some(copy) = app.cache.get::<Settings>(Namespace::Settings, key, now) {
        return Ok(copy);
    }
    app.cache.missed(Namespace::Settings, false);
    let begun = app.cache.begin();
    let copy = stored(app).await?;
    let keeping = Keeping {
        bytes: COPY_BYTES,
        begun,
        tags: &tags,
        now,
        until: None,
    };
    app.cache
        .put(Namespace::Settings, key, Arc::clone(&copy), &keeping);
    Ok(copy)
}

/// The settings as they are stored now.
pub async fn stored(app: &App) -> Result<Arc<Settings>, Problem> {
    Ok(Arc::new(load(app).await?))
}

async fn load(app: &App) -> Result<Settings, Problem> {
    let mut settings = Settings {
        registration: app.config.auth.registration.into(),
        default_model: None,
        title_model: None,
        alerts: Thresholds::default(),
        uploads: UploadLimits::default(),
        anonymous: Anonymous::default(),
        retention: Retention::default(),
    };
    let mut webhook = None;
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
            ANONYMOUS => settings.anonymous = serde_json::from_value(value).unwrap_or_default(),
            RETENTION => settings.retention = serde_json::from_value(value).unwrap_or_default(),
            UPLOADS => settings.uploads = serde_json::from_value(value).unwrap_or_default(),
            ALERTS => settings.alerts = serde_json::from_value(value).unwrap_or_default(),
            WEBHOOK => webhook = serde_json::from_value::<Webhook>(value).ok(),
            // A setting of a newer version: kept, not used.
            _ => {}
        }
    }
    settings.alerts.webhook_url = webhook.map(|webhook| webhook.hint);
    Ok(settings)
}

/// The address that alerts are posted to. Read each time: it is needed seldom, and is a secret.
pub async fn webhook_url(app: &App) -> Result<Option<Url>, Problem> {
    let stored = store::all(&app.db).await?;
    let stored = stored.into_iter().find(|(name, _)| name == WEBHOOK);
    let Some(Webhook { sealed, .. }) = stored.and_then(|(_, value)| serde_json::from_value(value).ok())
    else {
        return Ok(None);
    };
    let opened = app.vault.open_text(WEBHOOK, &sealed).map_err(|_| {
        Problem::conflict(
            "The address of the webhook was sealed with another key file than the one in use; enter it again.",
        )
    })?;
    Url::parse(opened.expose()).map(Some).map_err(Problem::internal)
}

/// Adds what changes of the alerts to the batch; refuses what is not sensible.
async fn change_alerts(
    app: &App,
    by: &str,
    change: &UpdateThresholds,
    batch: &mut Batch,
) -> Result<(), Problem> {
    // Not the copy in memory: another node may have changed another field.
    let before = load(app).await?.alerts;
    let mut check = Check::new();
    let mut alerts = before.changed(change, &mut check);
    let webhook = change.webhook_url.as_ref().map(|text| {
        let text = text.as_deref().unwrap_or_default();
        thresholds::parse_webhook(text, app.config.alerts.allow_private, &mut check)
    });
    check.done()?;
    let now = app.clock.now();
    alerts.webhook_url = None;
    let value = serde_json::to_value(&alerts).map_err(Problem::internal)?;
    batch.push(store::put(ALERTS, &value, by, now));
    if let Some(url) = webhook {
        let value = match url {
            None => serde_json::Value::Null,
            Some(url) => serde_json::to_value(Webhook {
                sealed: app
                    .vault
                    .seal(WEBHOOK, url.as_str().as_bytes())
                    .map_err(Problem::internal)?,
                hint: thresholds::hint(&url),
            })
            .map_err(Problem::internal)?,
        };
        batch.push(store::put(WEBHOOK, &value, by, now));
    }
    Ok(())
}

/// The settings that have several fields, as they are to be stored, and what changes of them.
async fn change_groups(
    app: &App,
    change: &UpdateSettings,
    mut fields: Fields,
) -> Result<(Vec<(&'static str, serde_json::Value)>, Fields), Problem> {
    let mut groups = Vec::new();
    if change.uploads.is_none() && change.anonymous.is_none() && change.retention.is_none() {
        return Ok((groups, fields));
    }
    // Not the copy in memory: another node may have changed another field.
    let before = load(app).await?;
    let mut check = Check::new();
    let stored = |value: serde_json::Result<serde_json::Value>| value.map_err(Problem::internal);
    if let Some(uploads) = &change.uploads {
        let after = before.uploads.changed(uploads.clone(), &mut check);
        fields = fields.change(UPLOADS, &before.uploads, &after);
        groups.push((UPLOADS, stored(serde_json::to_value(&after))?));
    }
    if let Some(anonymous) = &change.anonymous {
        let after = before.anonymous.changed(anonymous, &mut check);
        fields = fields.change(ANONYMOUS, &before.anonymous, &after);
        groups.push((ANONYMOUS, stored(serde_json::to_value(&after))?));
    }
    if let Some(retention) = &change.retention {
        let after = before.retention.changed(retention, &mut check);
        fields = fields.change(RETENTION, &before.retention, &after);
        groups.push((RETENTION, stored(serde_json::to_value(&after))?));
    }
    check.done()?;
    Ok((groups, fields))
}

/// The models that are set, by the name of their setting; an empty text for none. Each is one that everybody here can use.
async fn checked_models<'a>(
    app: &App,
    change: &'a UpdateSettings,
) -> Result<Vec<(&'static str, &'a str)>, Problem> {
    let given = [
        ("default_model", &change.default_model),
        ("title_model", &change.title_model),
    ];
    let text = |given: &'a Option<String>| given.as_deref().unwrap_or_default().trim();
    let named = given
        .into_iter()
        .filter_map(|(field, given)| Some((field, text(given.as_ref()?))));
    let models: Vec<_> = named.collect();
    if models.iter().any(|(_, name)| !name.is_empty()) {
        let view = app.models.view(app, "", None).await?;
        let mut check = Check::new();
        for (field, name) in models.iter().filter(|(_, name)| !name.is_empty()) {
            if let Some(reason) = view.unfit(name) {
                check.fail(field, reason);
            }
        }
        check.done()?;
    }
    Ok(models)
}

/// Stores what changes and returns all settings.
pub async fn update(app: &App, by: &str, change: UpdateSettings) -> Result<Settings, Problem> {
    let now = app.clock.now();
    let models = checked_models(app, &change).await?;
    let said = |field: &str| models.iter().find(|(name, _)| *name == field).map(|(_, to)| *to);
    let fields = Fields::new()
        .maybe("registration", change.registration)
        .maybe("default_model", said("default_model"))
        .maybe("title_model", said("title_model"))
        .secret("alerts", change.alerts.is_some());
    let mut batch = Batch::new();
    if let Some(registration) = change.registration {
        let value = serde_json::to_value(registration).map_err(Problem::internal)?;
        batch.push(store::put("registration", &value, by, now));
    }
    for (name, model) in &models {
        batch.push(store::put(name, &serde_json::Value::from(*model), by, now));
    }
    if let Some(alerts) = &change.alerts {
        change_alerts(app, by, alerts, &mut batch).await?;
    }
    let (groups, fields) = change_groups(app, &change, fields).await?;
    for (name, value) in groups {
        batch.push(store::put(name, &value, by, now));
    }
    if !batch.is_empty() {
        let said = Change {
            action: "settings.updated",
            subject_id: "",
            subject_name: "",
            workspace_id: None,
            fields,
        };
        batch.push(audit::entry(app, &said));
        app.db.write(batch).await?;
        app.changes.publish(Notice::settings()).await;
    }
    Ok(Settings::clone(&*stored(app).await?))
}
