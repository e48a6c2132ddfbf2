//! What users set for themselves: how the web client looks, speaks and sends, and the model they begin with.
//!
//! One JSON document a user, read with `/api/auth/me` and nowhere else, so that no other request pays for it. The server
//! keeps the values and checks them; what they do is the client's business.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::accounts::store;
use crate::changes::Notice;
use crate::http::json::{Check, present};
use crate::http::problem::Problem;

/// The longest name of a model.
const MODEL_CHARS_MAX: usize = 200;

/// Light or dark.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// A language of the web client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
}

/// The key that sends a message.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendWith {
    /// Enter sends, with Shift it begins a line.
    #[default]
    Enter,
    /// Enter begins a line; with Ctrl or Cmd it sends.
    ModEnter,
}

/// What a user has set, with the defaults of what they have not.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preferences {
    /// Light or dark.
    #[serde(default)]
    pub theme: Theme,
    /// The language; the browser's when null.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// The model a new conversation of this user begins with; the installation's when null.
    #[serde(default)]
    pub default_model: Option<String>,
    /// The key that sends a message.
    #[serde(default)]
    pub send_with: SendWith,
}

/// The body that changes preferences; what is absent stays, null clears.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePreferences {
    /// Light or dark.
    pub theme: Option<Theme>,
    /// The language; null for the browser's.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Locale>", skip_serializing_if = "Option::is_none")]
    pub locale: Option<Option<Locale>>,
    /// The model a new conversation begins with; null for the installation's.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>", skip_serializing_if = "Option::is_none")]
    pub default_model: Option<Option<String>>,
    /// The key that sends a message.
    pub send_with: Option<SendWith>,
}

/// Changes what is named and returns the whole. Two changes at once, of two tabs, both stay.
pub async fn update_preferences(
    app: &App,
    user_id: &str,
    change: UpdatePreferences,
) -> Result<Preferences, Problem> {
    let mut check = Check::new();
    let default_model = change.default_model.map(|model| {
        let model = check.optional_text("default_model", model.as_deref(), MODEL_CHARS_MAX);
        model.filter(|model| !model.is_empty())
    });
    check.done()?;
    let mut tx = app.db.begin().await?;
    let before = store::lock_preferences(&mut tx, user_id).await?;
    let after = Preferences {
        theme: change.theme.unwrap_or(before.theme),
        locale: change.locale.unwrap_or(before.locale),
        default_model: default_model.unwrap_or(before.default_model),
        send_with: change.send_with.unwrap_or(before.send_with),
    };
    store::set_preferences(user_id, &after, app.clock.now())
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    app.changes.publish(Notice::profile(user_id)).await;
    Ok(after)
}
