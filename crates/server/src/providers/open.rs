//! From a stored connection to a provider that can be called: opens what is sealed and decides which addresses it may
//! reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use llm::{Net, Provider, ProviderKind};
use serde_json::Value;
use url::Url;

use super::{Connection, Scope, rate};
use crate::config::Config;
use crate::secrets::{SecretError, Vault};

/// What a key is sealed for.
pub(super) fn key_purpose(connection_id: &str) -> String {
    format!("connection {connection_id} key")
}

/// What headers are sealed for.
pub(super) fn headers_purpose(connection_id: &str) -> String {
    format!("connection {connection_id} headers")
}

/// Whether connections of this scope may reach private addresses.
pub(super) fn allow_private(config: &Config, scope: Scope) -> bool {
    scope == Scope::System || config.providers.allow_private
}

/// The headers of a connection.
pub(super) fn headers(
    vault: &Vault,
    connection: &Connection,
) -> Result<BTreeMap<String, String>, SecretError> {
    let Some(sealed) = &connection.headers_sealed else {
        return Ok(BTreeMap::new());
    };
    let plain = vault.open(&headers_purpose(&connection.id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| SecretError::Sealed)
}

/// The names of the headers of a connection; none when they can not be opened any more.
pub(super) fn header_names(vault: &Vault, connection: &Connection) -> Vec<String> {
    headers(vault, connection)
        .unwrap_or_default()
        .into_keys()
        .collect()
}

/// The settings that the provider gets: without what is ours.
pub(super) fn provider_settings(settings: &Value) -> Value {
    let mut settings = settings.clone();
    if let Value::Object(map) = &mut settings {
        map.remove("prices");
        for name in rate::NAMES {
            map.remove(name);
        }
    }
    settings
}

/// Why a connection can not be opened, for people.
fn sealed_otherwise(_: SecretError) -> String {
    "its key was sealed with another key file than the one in use; enter the key again".to_owned()
}

/// Opens the provider of a connection. Touches no network; the error says what is wrong with the connection.
pub(crate) fn open(
    connection: &Connection,
    config: &Config,
    vault: &Vault,
    net: &Net,
) -> Result<Arc<dyn Provider>, String> {
    if connection.kind == ProviderKind::Mock && !config.mock.enabled {
        return Err("the mock provider is switched off in the configuration".to_owned());
    }
    let mut wanted = llm::Connection::new(connection.kind);
    wanted.name.clone_from(&connection.name);
    wanted.base_url = match &connection.base_url {
        Some(url) => Some(Url::parse(url).map_err(|error| format!("its address can not be read: {error}"))?),
        None => None,
    };
    wanted.api_key = match &connection.api_key_sealed {
        Some(sealed) => {
            let key = vault
                .open_text(&key_purpose(&connection.id), sealed)
                .map_err(sealed_otherwise)?;
            Some(llm::Secret::new(key.expose()))
        }
        None => None,
    };
    let headers = headers(vault, connection).map_err(sealed_otherwise)?;
    wanted.headers = headers
        .into_iter()
        .map(|(name, value)| (name, llm::Secret::new(value)))
        .collect();
    wanted.settings = provider_settings(&connection.settings);
    wanted.allow_private = allow_private(config, connection.scope);
    llm::connect(&wanted, net).map_err(|error| error.to_string())
}
