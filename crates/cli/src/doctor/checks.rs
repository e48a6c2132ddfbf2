//! The checks other than the database's, in the order in which a start would need them.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, SystemTime};

use server::blobs::Blobs;
use server::config::{Config, Origin, Place, Target, show_bytes, show_duration};
use sql::{Clock as _, SystemClock, Time};

use super::{Check, causes, database};
use crate::lock;

/// Below the first, Stoa warns; below the second, SQLite may not be able to write.
const SPACE_WARN: u64 = 2 << 30;
const SPACE_FAIL: u64 = 64 << 20;
/// No clock that is right shows an earlier time: 2026-01-01.
const EARLIEST: Time = Time::from_secs(1_767_225_600);
/// A file may be this much ahead of the clock, because file systems round.
const AHEAD: Duration = Duration::from_secs(5);

pub(super) async fn all(config: &Config) -> Vec<Check> {
    let mut checks = vec![configuration(config), data_folder(config)];
    checks.extend(space(config));
    checks.push(key(config));
    checks.extend(database::check(config).await);
    checks.extend([
        cache(config).await,
        storage(config).await,
        models(config),
        port(config),
        clock(config),
    ]);
    checks
}

fn configuration(config: &Config) -> Check {
    let changed = config
        .effective
        .iter()
        .filter(|entry| entry.origin != Origin::Default)
        .count();
    let file = config
        .file
        .as_ref()
        .map_or("no file".into(), |path| path.display().to_string());
    let detail = format!("{file}, {changed} values other than the defaults");
    match config.notes.first() {
        Some(note) => Check::warn(
            "configuration",
            format!("{detail}; {note}"),
            "remove the variable, or ignore this",
        ),
        None => Check::ok("configuration", detail),
    }
}

/// The nearest folder that exists, unless a file stands in the way.
fn existing(path: &Path) -> Option<&Path> {
    path.ancestors()
        .find(|folder| folder.exists())
        .filter(|folder| folder.is_dir())
}

fn data_folder(config: &Config) -> Check {
    let dir = &config.data.dir;
    if dir.exists() && !dir.is_dir() {
        return Check::fail(
            "data folder",
            format!("{} is not a folder", dir.display()),
            "choose another one with --data or STOA_DATA",
        );
    }
    let Some(nearest) = existing(dir) else {
        return Check::fail(
            "data folder",
            format!("{} cannot be made", dir.display()),
            "choose another one with --data or STOA_DATA",
        );
    };
    let state = if nearest == dir {
        "is there"
    } else {
        "will be made at the first start"
    };
    match tempfile::tempfile_in(nearest) {
        Ok(_) => Check::ok("data folder", format!("{} {state}", dir.display())),
        Err(error) => {
            let detail = format!("{} is not writable: {error}", nearest.display());
            Check::fail(
                "data folder",
                detail,
                "give this user the right to write there, or choose another folder with --data or STOA_DATA",
            )
        }
    }
}

fn space(config: &Config) -> Option<Check> {
    let folder = existing(&config.data.dir)?;
    let advice = "make room: a database that cannot grow refuses every write";
    Some(match fs4::available_space(folder) {
        Ok(free) if free < SPACE_FAIL => Check::fail("free space", show_bytes(free), advice),
        Ok(free) if free < SPACE_WARN => Check::warn("free space", show_bytes(free), advice),
        Ok(free) => Check::ok("free space", show_bytes(free)),
        Err(error) => Check::warn("free space", format!("unknown: {error}"), "look with `df`"),
    })
}

fn key(config: &Config) -> Check {
    if config.data.secret_key.is_some() {
        return Check::ok("key", "from the configuration");
    }
    let path = config.data.dir.join(server::secrets::KEY_FILE);
    match server::secrets::key_file_state(&config.data.dir) {
        None => Check::ok(
            "key",
            format!("{} will be made at the first start", path.display()),
        ),
        Some(Err(error)) => Check::fail(
            "key",
            causes(&error),
            "bring the file back from a backup: without it stored provider keys stay closed",
        ),
        Some(Ok(())) if readable_by_others(&path) => Check::warn(
            "key",
            format!("{} can be read by other users", path.display()),
            format!("chmod 600 {}", path.display()),
        ),
        Some(Ok(())) => Check::ok("key", path.display().to_string()),
    }
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> bool {
    false
}

async fn cache(config: &Config) -> Check {
    let Some(url) = &config.cache.redis_url else {
        return Check::ok("cache", "in memory");
    };
    match server::cache::redis_check(url).await {
        Ok(took) => Check::ok("cache", format!("Redis answers in {}", show_duration(took))),
        Err(error) => Check::warn(
            "cache",
            causes(&error),
            "Stoa runs with memory alone until Redis is back: check cache.redis_url (REDIS_URL)",
        ),
    }
}

async fn storage(config: &Config) -> Check {
    let blobs = match Blobs::open(&config.storage) {
        Ok(blobs) => blobs,
        Err(error) => return Check::fail("storage", causes(&error), "correct the section `storage`"),
    };
    if let Place::Local(dir) = &config.storage.place
        && !dir.exists()
    {
        // Made only when the first file comes, so the self-test must wait.
        let data = existing(&config.data.dir);
        return match existing(dir)
            .filter(|nearest| Some(*nearest) == data || tempfile::tempfile_in(nearest).is_ok())
        {
            Some(_) => Check::ok(
                "storage",
                format!("{} will be made at the first file", blobs.describe()),
            ),
            None => Check::fail(
                "storage",
                format!("{} cannot be made", blobs.describe()),
                "choose another `storage.url`",
            ),
        };
    }
    match blobs.self_test().await {
        Ok(took) => Check::ok(
            "storage",
            format!(
                "{}: written, read and removed in {}",
                blobs.describe(),
                show_duration(took)
            ),
        ),
        Err(error) => {
            let advice = match config.storage.place {
                Place::Local(_) => "is the folder writable?",
                Place::S3 { .. } => {
                    "are endpoint, region, bucket and keys right? Stoa needs to read, write and delete"
                }
            };
            Check::fail(
                "storage",
                format!("{}: {}", blobs.describe(), causes(&error)),
                advice,
            )
        }
    }
}

fn models(config: &Config) -> Check {
    if !config.models.local {
        return Check::ok("models", "local models are switched off");
    }
    let missing = match crate::models::missing(config) {
        Ok(missing) => missing,
        Err(reason) => {
            return Check::warn(
                "models",
                reason,
                "connect a provider in the settings, or use a build with local models",
            );
        }
    };
    if missing.is_empty() {
        return Check::ok(
            "models",
            format!("all local models are in {}", config.models.dir.display()),
        );
    }
    let advice = "`stoa models pull` fetches them; until then connect a provider in the settings";
    Check::warn(
        "models",
        format!("not in {}: {}", config.models.dir.display(), missing.join(", ")),
        advice,
    )
}

fn port(config: &Config) -> Check {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Check::ok("port", format!("{listen} is free")),
        Err(error) => match lock::held_by(&config.data.dir) {
            Some(holder) => Check::ok("port", format!("{listen} is taken, probably by {holder}")),
            None => Check::fail("port", format!("{listen}: {error}"), other_port(listen)),
        },
    }
}

fn other_port(listen: SocketAddr) -> String {
    let next = SocketAddr::new(listen.ip(), listen.port().saturating_add(1));
    format!("stop what listens there, or choose another port: `stoa serve --listen {next}`")
}

/// Sessions, leases and invitations end by the clock.
fn clock(config: &Config) -> Check {
    let now = SystemClock.now();
    let advice = "set the clock, best with NTP: sessions, leases and invitations end by it";
    if now < EARLIEST {
        return Check::fail("clock", format!("{now} is in the past"), advice);
    }
    let written = match &config.database.target {
        Target::Sqlite(path) => path.metadata().and_then(|found| found.modified()).ok(),
        Target::Postgres(_) => None,
    };
    let written = written.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    match written.map(|since| Time::EPOCH.plus(since)) {
        Some(written) if written > now.plus(AHEAD) => Check::fail(
            "clock",
            format!("{now} is before the last write of the database, {written}"),
            advice,
        ),
        _ => Check::ok("clock", now.to_string()),
    }
}
