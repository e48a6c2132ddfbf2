//! The environment: `STOA_<SECTION>_<KEY>` for every key, and the names that people know from elsewhere.
//!
//! The known names are weaker than STOA_ names, so that a platform that sets `PORT` or `DATABASE_URL` can be overruled.
//! An empty variable counts as not set.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Environment;
use super::layers::{Layers, Origin, did_you_mean, nearest};
use super::value::{Setting as _, bool_from};

/// Names from elsewhere that set one key as it is. Of two for one key, the later one wins.
const PLAIN: [(&str, &str); 12] = [
    ("ENVIRONMENT", "server.environment"),
    ("REDIS_URL", "cache.redis_url"),
    ("STORAGE", "storage.url"),
    ("AWS_ENDPOINT_URL", "storage.endpoint"),
    ("AWS_DEFAULT_REGION", "storage.region"),
    ("AWS_REGION", "storage.region"),
    ("AWS_ACCESS_KEY_ID", "storage.access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "storage.secret_access_key"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry.otlp_endpoint"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "telemetry.otlp_headers"),
    ("OTEL_TRACES_SAMPLER_ARG", "telemetry.sample_ratio"),
    ("OTEL_SERVICE_NAME", "telemetry.service_name"),
];

/// Our own names beside the systematic ones.
const OWN: [(&str, &str); 2] = [("STOA_DATA", "data.dir"), ("STOA_SECRET_KEY", "data.secret_key")];

/// Names with our prefix that are no keys: the configuration file, and what tests use.
const RESERVED: &str = "STOA_CONFIG";
const RESERVED_PREFIX: &str = "STOA_TEST_";

type Env = BTreeMap<String, String>;

fn value<'a>(env: &'a Env, name: &str) -> Option<&'a str> {
    env.get(name)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

/// Puts the environment on top of the layers.
pub(super) fn apply(layers: &mut Layers, env: &Env) {
    for (name, key) in PLAIN {
        if let Some(text) = value(env, name) {
            layers.set(key, text, Origin::Environment(name.into()));
        }
    }
    debug(layers, env);
    address(layers, env);
    database(layers, env);
    own(layers, env);
}

/// The name of the variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("STOA_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn own(layers: &mut Layers, env: &Env) {
    let mut names: BTreeMap<String, String> =
        layers.keys().map(|key| (variable(key), key.to_owned())).collect();
    names.extend(OWN.map(|(name, key)| (name.to_owned(), key.to_owned())));
    for name in env.keys().filter(|name| name.starts_with("STOA_")) {
        if name == RESERVED || name.starts_with(RESERVED_PREFIX) {
            continue;
        }
        let origin = Origin::Environment(name.clone());
        match (names.get(name), value(env, name)) {
            (Some(key), Some(text)) => layers.set(key, text, origin),
            (Some(_), None) => {}
            (None, _) => {
                let known = names.keys().map(String::as_str).chain([RESERVED]);
                let hint = did_you_mean(nearest(name, known));
                layers.fault("environment".into(), format!("unknown variable `{name}`{hint}"));
            }
        }
    }
}

/// `DEBUG=true` asks for the level debug. Other programs put other things into it, which are none of our business.
fn debug(layers: &mut Layers, env: &Env) {
    let Some(text) = value(env, "DEBUG") else { return };
    match bool_from(text) {
        Some(true) => layers.set("log.level", "debug", Origin::Environment("DEBUG".into())),
        Some(false) => {}
        None => layers
            .notes
            .push("the variable DEBUG is neither `true` nor `false` and was ignored".into()),
    }
}

/// `HOST` and `PORT` replace a part of `server.listen`. Some shells put the machine's name into HOST: that is ignored.
fn address(layers: &mut Layers, env: &Env) {
    if let Some(port) = value(env, "PORT") {
        let listen = layers.text("server.listen").to_owned();
        let host = listen
            .rsplit_once(':')
            .map_or("127.0.0.1", |(host, _)| host)
            .to_owned();
        if port.parse::<u16>().is_ok() {
            layers.set(
                "server.listen",
                &format!("{host}:{port}"),
                Origin::Environment("PORT".into()),
            );
        } else {
            layers.fault(
                "variable PORT".into(),
                "must be a port, a number from 0 to 65535".into(),
            );
        }
    }
    let Some(host) = value(env, "HOST") else { return };
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        Ok(ip) => {
            let listen = layers.text("server.listen").to_owned();
            let port = listen
                .rsplit_once(':')
                .and_then(|(_, port)| port.parse().ok())
                .unwrap_or(8000);
            let address = std::net::SocketAddr::new(ip, port).to_string();
            layers.set("server.listen", &address, Origin::Environment("HOST".into()));
        }
        Err(_) => layers
            .notes
            .push("the variable HOST is not an IP address and was ignored".into()),
    }
}

/// DATABASE_URL, else DB_* or SQLITE_DB_PATH; between these two the environment decides.
fn database(layers: &mut Layers, env: &Env) {
    let sqlite = value(env, "SQLITE_DB_PATH");
    if let Some(path) = sqlite {
        layers.set(
            "database.sqlite_path",
            path,
            Origin::Environment("SQLITE_DB_PATH".into()),
        );
    }
    if let Some(url) = value(env, "DATABASE_URL") {
        layers.set("database.url", url, Origin::Environment("DATABASE_URL".into()));
        return;
    }
    let parts = ["DB_HOST", "DB_NAME", "DB_USER"]
        .iter()
        .any(|name| value(env, name).is_some());
    let environment = value(env, "STOA_SERVER_ENVIRONMENT").unwrap_or(layers.text("server.environment"));
    let development = matches!(
        Environment::read(&environment.into()),
        Ok(Environment::Development)
    );
    match (parts, sqlite) {
        (true, None) => from_parts(layers, env),
        (true, Some(_)) if !development => from_parts(layers, env),
        (_, Some(_)) => layers.set("database.url", "", Origin::Environment("SQLITE_DB_PATH".into())),
        (false, None) => {}
    }
}

fn from_parts(layers: &mut Layers, env: &Env) {
    let (Some(user), Some(name)) = (value(env, "DB_USER"), value(env, "DB_NAME")) else {
        let text = "are both needed beside DB_HOST, DB_PORT and DB_PASSWORD; DATABASE_URL says it in one";
        layers.fault("variables DB_USER and DB_NAME".into(), text.into());
        return;
    };
    let port = value(env, "DB_PORT").unwrap_or("5432");
    if port.parse::<u16>().is_err() {
        layers.fault(
            "variable DB_PORT".into(),
            "must be a port, a number from 0 to 65535".into(),
        );
        return;
    }
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let host = value(env, "DB_HOST").unwrap_or("localhost");
    // A folder stands for a Unix socket, and an IPv6 address needs its brackets.
    let host = match host.parse::<std::net::Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) if host.starts_with('/') => encode(host),
        Err(_) => host.to_owned(),
    };
    let password = env.get("DB_PASSWORD").filter(|text| !text.is_empty());
    let password = password
        .map(|text| format!(":{}", encode(text)))
        .unwrap_or_default();
    let url = format!(
        "postgres://{}{password}@{host}:{port}/{}",
        encode(user),
        encode(name)
    );
    layers.set("database.url", &url, Origin::Environment("DB_NAME".into()));
}
