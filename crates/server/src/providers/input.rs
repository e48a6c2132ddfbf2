//! What callers send to make or change a connection, and the rules for it.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use llm::{Net, ProviderKind};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use sql::Time;
use url::Url;

use super::open::{self, headers_purpose, key_purpose};
use super::{Connection, Kind, Scope, rate};
use crate::App;
use crate::http::json::Check;
use crate::http::problem::Problem;
use crate::models::PriceList;
use crate::routing;
use crate::secrets::Vault;

/// The most further headers of a connection.
const HEADERS_MAX: usize = 20;
/// The largest settings, as JSON text.
const SETTINGS_BYTES_MAX: usize = 16 << 10;
/// The longest key.
const KEY_CHARS_MAX: usize = 4_096;
/// Headers that belong to the transport.
const OWN_HEADERS: [&str; 7] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The body that makes a connection.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConnection {
    /// Whom it belongs to.
    pub scope: Scope,
    /// The workspace (id or slug), for that scope.
    pub workspace: Option<String>,
    /// The wire format.
    pub kind: Kind,
    /// The part of a model's name before the slash: letters, digits, `-` and `_`.
    pub slug: String,
    /// The name people see, also in errors; that of the provider when absent.
    pub name: Option<String>,
    /// The API's root, such as `http://localhost:11434/v1`; the provider's usual one when absent.
    pub base_url: Option<String>,
    /// The key. It is stored sealed and never shown again.
    pub api_key: Option<String>,
    /// Further headers of each call. Their values are stored sealed as well.
    pub headers: Option<BTreeMap<String, String>>,
    /// `prices`: `{"<model or *>": {"input": 2.5, "output": 10, "cached_input": 1.25, "cache_write": 3}}` for a million
    /// tokens each; they win over the table of prices.
    /// Anything else is for the kind of provider.
    pub settings: Option<Value>,
    /// Whether it may be used; true when absent.
    pub enabled: Option<bool>,
}

/// The body that changes a connection; what is absent stays, an empty text takes away.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateConnection {
    /// A new slug. Conversations that name the old one have to choose a model again.
    pub slug: Option<String>,
    /// A new name.
    pub name: Option<String>,
    /// A new address. Another host needs the key and the headers again.
    pub base_url: Option<String>,
    /// A new key.
    pub api_key: Option<String>,
    /// New headers, in place of all there are.
    pub headers: Option<BTreeMap<String, String>>,
    /// New settings, in place of all there are.
    pub settings: Option<Value>,
    /// Switches it on or off.
    pub enabled: Option<bool>,
}

/// A valid connection that is not stored yet.
pub(super) struct Draft {
    pub scope: Scope,
    kind: ProviderKind,
    slug: String,
    name: String,
    base_url: Option<String>,
    api_key: Option<String>,
    headers: BTreeMap<String, String>,
    settings: Value,
    enabled: bool,
}

impl Draft {
    /// Checks everything and tells of all that is wrong at once.
    pub fn parse(app: &App, body: CreateConnection) -> Result<Self, Problem> {
        let mut check = Check::new();
        let kind = ProviderKind::from(body.kind);
        check_kind(&mut check, app, body.kind, body.scope);
        let slug = checked_slug(&mut check, kind, &body.slug);
        let usual = llm::Connection::new(kind).name;
        let name = check.text("name", body.name.as_deref().unwrap_or(&usual), 1, 100);
        let private = open::allow_private(&app.config, body.scope);
        let base_url = body
            .base_url
            .as_deref()
            .and_then(|url| checked_url(&mut check, kind, url, private));
        must_have_address(&mut check, kind, base_url.as_deref());
        let api_key = body
            .api_key
            .as_deref()
            .and_then(|key| checked_key(&mut check, key));
        let headers = body
            .headers
            .map(|headers| checked_headers(&mut check, headers))
            .unwrap_or_default();
        let settings = checked_settings(&mut check, kind, body.settings.unwrap_or(Value::Null));
        check.done()?;
        let enabled = body.enabled.unwrap_or(true);
        Ok(Self {
            scope: body.scope,
            kind,
            slug,
            name,
            base_url,
            api_key,
            headers,
            settings,
            enabled,
        })
    }

    /// The connection as it is stored: key and headers sealed for this id.
    pub fn seal(
        self,
        vault: &Vault,
        id: String,
        workspace_id: Option<String>,
        user_id: Option<String>,
        now: Time,
    ) -> Result<Connection, Problem> {
        let api_key_hint = self.api_key.as_deref().and_then(hint);
        let api_key_sealed = self.api_key.map(|key| seal_key(vault, &id, &key)).transpose()?;
        let headers_sealed = seal_headers(vault, &id, &self.headers)?;
        Ok(Connection {
            id,
            scope: self.scope,
            workspace_id,
            user_id,
            kind: self.kind,
            slug: self.slug,
            name: self.name,
            base_url: self.base_url,
            api_key_sealed,
            api_key_hint,
            headers_sealed,
            settings: self.settings,
            enabled: self.enabled,
            created_at: now,
            updated_at: now,
            read_at: None,
            error_code: None,
            error: None,
        })
    }
}

impl UpdateConnection {
    /// The connection with the changes in it.
    pub(super) fn apply(self, app: &App, mut connection: Connection) -> Result<Connection, Problem> {
        let mut check = Check::new();
        let kind = connection.kind;
        if let Some(slug) = &self.slug {
            connection.slug = checked_slug(&mut check, kind, slug);
        }
        if let Some(name) = &self.name {
            connection.name = check.text("name", name, 1, 100);
        }
        if let Some(url) = &self.base_url {
            let private = open::allow_private(&app.config, connection.scope);
            let url = checked_url(&mut check, kind, url, private);
            let moved = host_of(url.as_deref()) != host_of(connection.base_url.as_deref());
            if moved && connection.api_key_sealed.is_some() && self.api_key.is_none() {
                check.fail(
                    "api_key",
                    "give the key again: it would be sent to another host than before",
                );
            }
            if moved && connection.headers_sealed.is_some() && self.headers.is_none() {
                check.fail(
                    "headers",
                    "give the headers again: they would be sent to another host than before",
                );
            }
            must_have_address(&mut check, kind, url.as_deref());
            connection.base_url = url;
        }
        let api_key = self.api_key.as_deref().map(|key| checked_key(&mut check, key));
        let headers = self.headers.map(|headers| checked_headers(&mut check, headers));
        if let Some(settings) = self.settings {
            connection.settings = checked_settings(&mut check, kind, settings);
        }
        connection.enabled = self.enabled.unwrap_or(connection.enabled);
        check.done()?;
        if let Some(key) = api_key {
            connection.api_key_hint = key.as_deref().and_then(hint);
            connection.api_key_sealed = key
                .map(|key| seal_key(&app.vault, &connection.id, &key))
                .transpose()?;
        }
        if let Some(headers) = headers {
            connection.headers_sealed = seal_headers(&app.vault, &connection.id, &headers)?;
        }
        Ok(connection)
    }
}

fn seal_key(vault: &Vault, id: &str, key: &str) -> Result<String, Problem> {
    vault
        .seal(&key_purpose(id), key.as_bytes())
        .map_err(Problem::internal)
}

fn seal_headers(
    vault: &Vault,
    id: &str,
    headers: &BTreeMap<String, String>,
) -> Result<Option<String>, Problem> {
    if headers.is_empty() {
        return Ok(None);
    }
    let plain = serde_json::to_vec(headers).map_err(Problem::internal)?;
    vault
        .seal(&headers_purpose(id), &plain)
        .map(Some)
        .map_err(Problem::internal)
}

/// The last characters of a key that is long enough to spare them.
fn hint(key: &str) -> Option<String> {
    let start = key.len().checked_sub(4).filter(|_| key.len() >= 12)?;
    key.get(start..).map(|end| format!("…{end}"))
}

/// Scheme, host and port: where a key would be sent to. None is the provider's usual address.
fn host_of(url: Option<&str>) -> Option<url::Origin> {
    url.and_then(|url| Url::parse(url).ok()).map(|url| url.origin())
}

fn check_kind(check: &mut Check, app: &App, kind: Kind, scope: Scope) {
    match kind {
        Kind::Local => check.fail("kind", "the models of this process need no connection"),
        Kind::Mock if !app.config.mock.enabled => {
            check.fail(
                "kind",
                "the mock provider is there only when Stoa was started with `--mock`",
            );
        }
        Kind::Mock if scope != Scope::System => {
            check.fail(
                "kind",
                "mock connections are made by administrators, with the scope `system`",
            );
        }
        _ => {}
    }
}

/// `local` stands for the models of this process, `mock` for the mock models, `route` for routes, whoever asks.
fn checked_slug(check: &mut Check, kind: ProviderKind, slug: &str) -> String {
    let slug = check.slug("slug", slug.trim());
    if slug == "local" || (slug == "mock" && kind != ProviderKind::Mock) {
        check.fail(
            "slug",
            format!("`{slug}` names models that come with Stoa; choose another"),
        );
    }
    if slug == routing::SLUG {
        check.fail(
            "slug",
            "`route` stands before the names of routes; choose another",
        );
    }
    slug
}

fn checked_url(check: &mut Check, kind: ProviderKind, text: &str, private: bool) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut fail = |message: String| {
        check.fail("base_url", message);
        None
    };
    if kind == ProviderKind::Mock {
        return fail("the mock provider has no address".to_owned());
    }
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && text.len() <= 2_000 => url,
        _ => return fail("is not an address such as https://api.example.com/v1".to_owned()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return fail("takes no user or password; put a credential into `api_key` or `headers`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return fail("is the root of the API, without `?` and `#`".to_owned());
    }
    if let Err(error) = Net::check(&url, private) {
        return fail(error.to_string());
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// A gateway of agents is at an address of its company's own.
fn must_have_address(check: &mut Check, kind: ProviderKind, url: Option<&str>) {
    if kind == ProviderKind::Fabrix && url.is_none() {
        check.fail("base_url", "is the address of the gateway; it has no usual one");
    }
}

fn checked_key(check: &mut Check, key: &str) -> Option<String> {
    let key = key.trim();
    if key.is_empty() {
        return None;
    }
    if key.len() > KEY_CHARS_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        check.fail(
            "api_key",
            format!("takes at most {KEY_CHARS_MAX} visible characters without spaces"),
        );
    }
    Some(key.to_owned())
}

fn checked_headers(check: &mut Check, headers: BTreeMap<String, String>) -> BTreeMap<String, String> {
    if headers.len() > HEADERS_MAX {
        check.fail(
            "headers",
            format!(
                "has {} headers; at most {HEADERS_MAX} are possible",
                headers.len()
            ),
        );
    }
    let mut checked = BTreeMap::new();
    for (name, value) in headers {
        let lower = name.trim().to_ascii_lowercase();
        if HeaderName::from_bytes(lower.as_bytes()).is_err() || OWN_HEADERS.contains(&lower.as_str()) {
            check.fail("headers", format!("{name:?} can not be set"));
        } else if value.len() > KEY_CHARS_MAX || HeaderValue::from_str(&value).is_err() {
            check.fail("headers", format!("the value of {name:?} can not be sent"));
        }
        checked.insert(lower, value);
    }
    checked
}

fn checked_settings(check: &mut Check, kind: ProviderKind, settings: Value) -> Value {
    let settings = if settings.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        settings
    };
    if !settings.is_object() {
        check.fail("settings", "is an object");
    } else if settings.to_string().len() > SETTINGS_BYTES_MAX {
        check.fail("settings", format!("is longer than {SETTINGS_BYTES_MAX} bytes"));
    }
    if let Err(message) = PriceList::parse(&settings) {
        check.fail("settings.prices", message);
    }
    rate::check(check, &settings);
    if kind == ProviderKind::Fabrix
        && let Err(error) = llm::fabrix::Settings::parse(&settings)
    {
        check.fail("settings", error.to_string());
    }
    if kind == ProviderKind::Mock
        && let Err(error) = llm::mock::Settings::parse(&open::provider_settings(&settings))
    {
        check.fail("settings", error.to_string());
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<Option<String>, String> {
        let mut check = Check::new();
        let url = checked_url(&mut check, ProviderKind::OpenAi, text, true);
        check.done().map(|()| url).map_err(|problem| problem.detail)
    }

    #[test]
    fn an_address_is_the_root_of_an_api_and_carries_no_credential() {
        assert_eq!(
            url(" https://api.example.com/v1/ ").unwrap().as_deref(),
            Some("https://api.example.com/v1")
        );
        assert_eq!(url("").unwrap(), None);
        let wrong = [
            "ftp://a.example/v1",
            "api.example.com",
            "https://",
            "https://u:p@a.example",
            "https://a.example/?k=1",
        ];
        for text in wrong {
            assert!(url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_hint_of_a_key_never_shows_a_short_one() {
        assert_eq!(hint("sk-1234567890abcd").as_deref(), Some("…abcd"));
        assert_eq!(hint("short-key"), None);
    }

    #[test]
    fn a_key_goes_to_one_host() {
        let same = |a, b| host_of(a) == host_of(b);
        assert!(same(
            Some("https://a.example/v1"),
            Some("https://a.example:443/v2")
        ));
        assert!(!same(Some("https://a.example/v1"), Some("http://a.example/v1")));
        assert!(!same(Some("https://a.example/v1"), Some("https://b.example/v1")));
        assert!(!same(None, Some("https://a.example/v1")));
        assert!(same(None, None));
    }

    #[test]
    fn headers_of_the_transport_and_broken_values_are_refused() {
        for (name, value) in [
            ("Host", "x"),
            ("content-length", "1"),
            ("bad name", "x"),
            ("x-a", "line\nbreak"),
        ] {
            let mut check = Check::new();
            checked_headers(&mut check, BTreeMap::from([(name.to_owned(), value.to_owned())]));
            assert!(check.done().is_err(), "{name}");
        }
        let mut check = Check::new();
        let kept = checked_headers(
            &mut check,
            BTreeMap::from([("X-Title".to_owned(), "Stoa".to_owned())]),
        );
        assert!(check.done().is_ok());
        assert_eq!(kept, BTreeMap::from([("x-title".to_owned(), "Stoa".to_owned())]));
    }

    #[test]
    fn slugs_of_built_in_models_are_not_free() {
        let fails = |kind, slug| {
            let mut check = Check::new();
            checked_slug(&mut check, kind, slug);
            check.done().is_err()
        };
        assert!(fails(ProviderKind::OpenAi, "local"));
        assert!(fails(ProviderKind::OpenAi, "mock"));
        assert!(fails(ProviderKind::OpenAi, "route"));
        assert!(fails(ProviderKind::Mock, "local"));
        assert!(fails(ProviderKind::OpenAi, "a/b"));
        assert!(!fails(ProviderKind::Mock, "mock"));
        assert!(!fails(ProviderKind::OpenAi, "open-router_2"));
    }
}
