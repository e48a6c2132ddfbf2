//! From the layers to the typed [`Config`].
//!
//! [`Config::load`] reads the one file; [`Config::from_layers`] is pure: file text, environment and flags are arguments.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;

use super::layers::{Broken, ConfigError, Fault, Layers, Origin};
use super::value::{Ratio, Size};
use super::{
    Alerts, Auth, Cache, Config, DEFAULTS, Data, Database, Engine, Import, Log, Mock, Models, Performance,
    Place, Providers, Search, SearchModel, Server, Storage, Target, Telemetry, known,
};
use crate::secrets::Secret;

/// The name of the configuration file in the data folder.
const FILE: &str = "stoa.toml";

/// The highest layer: an option of the command line that sets a key.
#[derive(Clone, Debug)]
pub struct Flag {
    /// As typed: `--listen`.
    pub name: &'static str,
    /// The key it sets.
    pub key: &'static str,
    /// Its value as text.
    pub value: String,
}

/// Where the configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The options of the command line.
    pub flags: Vec<Flag>,
}

/// A shorter token could be found by trying.
const METRICS_TOKEN_BYTES_MIN: usize = 16;

/// A file that was found.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Found by convention inside the data folder, so it can not say where that folder is.
    pub(super) in_data_dir: bool,
}

impl Config {
    /// Reads the configuration.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let named = sources
            .file
            .clone()
            .or_else(|| env(&sources.env, "STOA_CONFIG").map(PathBuf::from));
        let (path, in_data_dir) = match named {
            Some(path) => (path, false),
            None => (data_dir(sources).join(FILE), true),
        };
        let file = match std::fs::read_to_string(&path) {
            Ok(text) => Some(File {
                path,
                text,
                in_data_dir,
            }),
            Err(error) if in_data_dir && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let fault = Fault {
                    place: path.display().to_string(),
                    text: format!("cannot be read: {error}"),
                };
                return Err(ConfigError { faults: vec![fault] });
            }
        };
        Self::from_layers(file, sources)
    }

    pub(super) fn from_layers(file: Option<File>, sources: &Sources) -> Result<Self, ConfigError> {
        let mut layers = Layers::new(DEFAULTS);
        if let Some(file) = &file {
            layers.add_file(&file.path, &file.text);
            if file.in_data_dir && layers.origin("data.dir") != Some(&Origin::Default) {
                layers.reject(
                    "data.dir",
                    "set elsewhere: this file was found inside the data folder",
                );
            }
        }
        known::apply(&mut layers, &sources.env);
        for flag in &sources.flags {
            layers.set(flag.key, &flag.value, Origin::Flag(flag.name));
        }
        let built = build(&mut layers, sources, file.map(|file| file.path));
        match built {
            Ok(config) if layers.faults.is_empty() => Ok(config),
            _ => Err(ConfigError {
                faults: layers.faults,
            }),
        }
    }
}

fn env<'a>(env: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    env.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// The data folder before any file is read.
fn data_dir(sources: &Sources) -> PathBuf {
    let flag = sources
        .flags
        .iter()
        .rev()
        .find(|flag| flag.key == "data.dir")
        .map(|flag| flag.value.as_str());
    let given = flag
        .or_else(|| env(&sources.env, "STOA_DATA_DIR"))
        .or_else(|| env(&sources.env, "STOA_DATA"));
    given.map_or_else(|| conventional_dir(&sources.env), PathBuf::from)
}

fn conventional_dir(variables: &BTreeMap<String, String>) -> PathBuf {
    let absolute = |name| {
        env(variables, name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if let Some(base) = absolute("XDG_DATA_HOME") {
        return base.join("stoa");
    }
    // What system users have for a home.
    let homeless = ["/", "/nonexistent", "/var/empty", "/dev/null"].map(Path::new);
    match absolute("HOME").filter(|home| !homeless.contains(&home.as_path())) {
        Some(home) => home.join(".local/share/stoa"),
        None => PathBuf::from("/var/lib/stoa"),
    }
}

fn build(layers: &mut Layers, sources: &Sources, file: Option<PathBuf>) -> Result<Config, Broken> {
    let given: Option<PathBuf> = layers.get("data.dir")?;
    let dir = given.unwrap_or_else(|| conventional_dir(&sources.env));
    let config = Config {
        server: server(layers)?,
        database: database(layers, &dir)?,
        cache: cache(layers)?,
        storage: storage(layers, &dir)?,
        auth: Auth {
            registration: layers.get("auth.registration")?,
            session: layers.get("auth.session")?,
            login_attempts: layers.get("auth.login_attempts")?,
            login_window: layers.get("auth.login_window")?,
        },
        models: Models {
            local: layers.get("models.local")?,
            dir: dir.join(layers.get::<PathBuf>("models.dir")?),
            hub_url: layers.get("models.hub_url")?,
            pull: layers.get("models.pull")?,
            threads: layers.get("models.threads")?,
            queue: layers.get("models.queue")?,
        },
        providers: Providers {
            total_timeout: layers.get("providers.total_timeout")?,
            inactivity_timeout: layers.get("providers.inactivity_timeout")?,
            retries: layers.get("providers.retries")?,
            allow_private: layers.get("providers.allow_private")?,
        },
        engine: Engine {
            interactive: layers.get("engine.interactive")?,
            background: layers.get("engine.background")?,
            lease: layers.get("engine.lease")?,
        },
        log: log(layers)?,
        alerts: Alerts {
            allow_private: layers.get("alerts.allow_private")?,
        },
        import: Import {
            allow_private: layers.get("import.allow_private")?,
        },
        performance: Performance {
            open_on_loopback: layers.get("performance.open_on_loopback")?,
            metrics_token: layers.get("performance.metrics_token")?,
        },
        telemetry: telemetry(layers)?,
        search: Search {
            model: match layers.get::<String>("search.model")?.as_str() {
                "auto" => SearchModel::Auto,
                "none" => SearchModel::None,
                name => SearchModel::Named(name.to_owned()),
            },
            backfill: layers.get("search.backfill")?,
            vectors_in_memory: layers.get("search.vectors_in_memory")?,
        },
        mock: Mock {
            enabled: layers.get("mock.enabled")?,
        },
        data: Data {
            dir,
            secret_key: layers.get("data.secret_key")?,
        },
        effective: layers.effective(),
        notes: std::mem::take(&mut layers.notes),
        file,
    };
    check(layers, &config);
    Ok(config)
}

fn server(layers: &mut Layers) -> Result<Server, Broken> {
    Ok(Server {
        environment: layers.get("server.environment")?,
        listen: layers.get("server.listen")?,
        public_url: layers.get("server.public_url")?,
        workers: layers.get("server.workers")?,
        drain_timeout: layers.get("server.drain_timeout")?,
        trusted_proxies: layers.get("server.trusted_proxies")?,
        cors_origins: layers.get("server.cors_origins")?,
    })
}

fn database(layers: &mut Layers, dir: &Path) -> Result<Database, Broken> {
    let url: Option<String> = layers.get("database.url")?;
    let file: PathBuf = layers.get("database.sqlite_path")?;
    let target = match url.as_deref().map(target) {
        None => Target::Sqlite(dir.join(file)),
        Some(Some(Target::Sqlite(path))) => Target::Sqlite(dir.join(path)),
        Some(Some(postgres)) => postgres,
        Some(None) => {
            let wanted = "`postgres://user:password@host:5432/name`, with special characters in the password percent-encoded, or `sqlite:/path/to/file`";
            layers.reject("database.url", wanted);
            Target::Sqlite(dir.join(file))
        }
    };
    Ok(Database {
        target,
        readers: layers.get("database.readers")?,
        cache: layers.get::<Size>("database.cache")?.0,
        mmap: layers.get::<Size>("database.mmap")?.0,
        pool_min: layers.get("database.pool_min")?,
        pool_max: layers.get("database.pool_max")?,
        statement_timeout: layers.get("database.statement_timeout")?,
        recycle: layers.get("database.recycle")?,
        slow: layers.get("database.slow")?,
    })
}

fn target(url: &str) -> Option<Target> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return (!path.is_empty()).then(|| Target::Sqlite(path.into()));
    }
    let parsed = Url::parse(url).ok()?;
    matches!(parsed.scheme(), "postgres" | "postgresql").then(|| Target::Postgres(Secret::new(url)))
}

fn cache(layers: &mut Layers) -> Result<Cache, Broken> {
    let redis_url: Option<Secret> = layers.get("cache.redis_url")?;
    let known = |url: &Secret| {
        Url::parse(url.expose()).is_ok_and(|url| matches!(url.scheme(), "redis" | "redis+unix" | "unix"))
    };
    if redis_url.as_ref().is_some_and(|url| !known(url)) {
        layers.reject(
            "cache.redis_url",
            "an address such as `redis://:password@host:6379/0`",
        );
    }
    let prefix: String = layers.get("cache.prefix")?;
    if prefix.is_empty()
        || !prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    {
        layers.reject("cache.prefix", "made of letters, digits, `-`, `_` and `.`");
    }
    Ok(Cache {
        memory: layers.get::<Size>("cache.memory")?.0,
        prefix,
        redis_url,
    })
}

fn storage(layers: &mut Layers, dir: &Path) -> Result<Storage, Broken> {
    let url: String = layers.get("storage.url")?;
    let place = place(&url, dir).unwrap_or_else(|| {
        layers.reject("storage.url", "a folder, or `s3://bucket/prefix`");
        Place::Local(dir.join("files"))
    });
    Ok(Storage {
        place,
        endpoint: layers.get("storage.endpoint")?,
        region: layers.get("storage.region")?,
        access_key_id: layers.get("storage.access_key_id")?,
        secret_access_key: layers.get("storage.secret_access_key")?,
    })
}

fn place(url: &str, dir: &Path) -> Option<Place> {
    if let Some(rest) = url.strip_prefix("s3://") {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("{prefix}/")
        };
        return (!bucket.is_empty()).then(|| Place::S3 {
            bucket: bucket.into(),
            prefix,
        });
    }
    let path = url.strip_prefix("file://").unwrap_or(url);
    (!path.is_empty() && !path.contains("://")).then(|| Place::Local(dir.join(path)))
}

fn log(layers: &mut Layers) -> Result<Log, Broken> {
    let level: String = layers.get("log.level")?;
    let named = |part: &str| {
        let level = part.rsplit('=').next().unwrap_or_default().trim();
        ["error", "warn", "info", "debug", "trace", "off"].contains(&level)
    };
    if !level.split(',').all(named) {
        layers.reject(
            "log.level",
            "`error`, `warn`, `info`, `debug` or `trace`, or levels by part such as `info,sql=debug`",
        );
    }
    Ok(Log {
        format: layers.get("log.format")?,
        level,
        slow_request: layers.get("log.slow_request")?,
        very_slow_request: layers.get("log.very_slow_request")?,
    })
}

fn telemetry(layers: &mut Layers) -> Result<Telemetry, Broken> {
    let otlp_headers: Option<Secret> = layers.get("telemetry.otlp_headers")?;
    let usable = |headers: &Secret| crate::telemetry::otlp::parse_headers(headers.expose()).is_some();
    if !otlp_headers.as_ref().is_none_or(usable) {
        layers.reject(
            "telemetry.otlp_headers",
            "pairs such as `authorization=Bearer%20token,x-tenant=one`",
        );
    }
    Ok(Telemetry {
        otlp_endpoint: layers.get("telemetry.otlp_endpoint")?,
        otlp_headers,
        sample_ratio: layers.get::<Ratio>("telemetry.sample_ratio")?.0,
        service_name: layers.get("telemetry.service_name")?,
        interval: layers.get("telemetry.interval")?,
    })
}

/// What must hold between keys, and limits below which nothing works.
fn check(layers: &mut Layers, config: &Config) {
    let second = std::time::Duration::from_secs(1);
    let rules = [
        (config.database.pool_max >= 1, "database.pool_max", "1 or more"),
        (
            config.database.pool_min <= config.database.pool_max,
            "database.pool_min",
            "at most `database.pool_max`",
        ),
        (
            (1..=64).contains(&config.database.readers),
            "database.readers",
            "from 1 to 64",
        ),
        (config.server.workers <= 1024, "server.workers", "at most 1024"),
        (config.engine.interactive >= 1, "engine.interactive", "1 or more"),
        (config.engine.background >= 1, "engine.background", "1 or more"),
        (config.engine.lease >= second, "engine.lease", "1s or more"),
        (
            config
                .performance
                .metrics_token
                .as_ref()
                .is_none_or(|token| token.expose().len() >= METRICS_TOKEN_BYTES_MIN),
            "performance.metrics_token",
            "16 characters or more",
        ),
        (
            config.telemetry.interval >= second,
            "telemetry.interval",
            "1s or more",
        ),
        (
            config.auth.login_attempts >= 1,
            "auth.login_attempts",
            "1 or more",
        ),
        (
            config.log.slow_request <= config.log.very_slow_request,
            "log.slow_request",
            "at most `log.very_slow_request`",
        ),
        (
            config.storage.access_key_id.is_some() == config.storage.secret_access_key.is_some(),
            "storage.access_key_id",
            "set together with `storage.secret_access_key`",
        ),
    ];
    for (holds, key, wanted) in rules {
        if !holds {
            layers.reject(key, wanted);
        }
    }
}
