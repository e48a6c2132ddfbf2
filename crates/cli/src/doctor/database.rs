//! The database: whether it opens, how far it is, whether it is whole, how fast it answers.

use std::path::Path;
use std::time::Instant;

use server::config::{Config, Target, show_duration};
use server::start::db_config;
use sql::{Db, Kind, query};

use super::{Check, causes};

sql::statements! {
    /// SQLite's own look at every page and index; one row that says `ok` when nothing is wrong. Each name beneath it is a fault.
    pub(crate) QUICK_CHECK = sqlite "SELECT quick_check FROM pragma_quick_check" postgres "SELECT 'ok'";
}

/// Faults that are shown; a broken file has thousands.
const FAULTS_SHOWN: usize = 3;

pub(super) async fn check(config: &Config) -> Vec<Check> {
    let place = config.database.describe();
    if let Target::Sqlite(path) = &config.database.target
        && !path.exists()
    {
        return vec![Check::ok(
            "database",
            format!("{place} will be made at the first start"),
        )];
    }
    let db = match Db::open(&db_config(config)).await {
        Ok(db) => db,
        Err(error) => {
            let advice = match config.database.target {
                Target::Sqlite(_) => {
                    "is the file readable, and is it a database? `stoa restore` brings a backup back"
                }
                Target::Postgres(_) => "is the server running, and are address, user and password right?",
            };
            return vec![Check::fail(
                "database",
                format!("{place} does not open: {}", causes(&error)),
                advice,
            )];
        }
    };
    let checks = vec![
        latency(&db, &place).await,
        migrations(&db, &config.data.dir).await,
    ];
    let indexes = indexes(&db).await;
    let integrity = if db.kind() == Kind::Sqlite {
        Some(integrity(&db).await)
    } else {
        None
    };
    db.close().await;
    checks.into_iter().chain(indexes).chain(integrity).collect()
}

async fn latency(db: &Db, place: &str) -> Check {
    let started = Instant::now();
    match db.ping().await {
        Ok(()) if started.elapsed().as_millis() > 50 => {
            let detail = format!("{place} answers in {}", show_duration(started.elapsed()));
            Check::warn(
                "database",
                detail,
                "every request waits this long: move the database nearer",
            )
        }
        Ok(()) => Check::ok(
            "database",
            format!("{place} answers in {}", show_duration(started.elapsed())),
        ),
        Err(error) => Check::fail(
            "database",
            format!("{place} does not answer: {}", causes(&error)),
            "see the database's own log",
        ),
    }
}

async fn migrations(db: &Db, data: &Path) -> Check {
    match sql::pending(db, server::MIGRATIONS).await {
        Ok(pending) if pending.is_empty() => {
            Check::ok("migrations", format!("all {} applied", server::MIGRATIONS.len()))
        }
        Ok(pending) => {
            let advice = format!(
                "`stoa serve` and `stoa migrate` apply them, with a snapshot in {} first",
                data.join(server::upgrade::SNAPSHOTS).display()
            );
            Check::warn(
                "migrations",
                format!("{} not applied yet, next {}", pending.len(), pending[0]),
                advice,
            )
        }
        Err(error) => Check::fail(
            "migrations",
            causes(&error),
            "this database belongs to another version of Stoa: use that version, or restore a backup",
        ),
    }
}

/// Nothing to say before the migrations that make them.
async fn indexes(db: &Db) -> Option<Check> {
    if !sql::pending(db, server::MIGRATIONS)
        .await
        .is_ok_and(|pending| pending.is_empty())
    {
        return None;
    }
    let advice = "make them again as `stoa migrate --print` shows them: without them lists become slow, and Stoa does not start";
    Some(match server::schema::missing_indexes(db).await {
        Ok(missing) if missing.is_empty() => Check::ok(
            "indexes",
            format!("all {} are there", server::schema::INDEXES.len()),
        ),
        Ok(missing) => Check::fail("indexes", format!("missing: {}", missing.join(", ")), advice),
        Err(error) => Check::fail("indexes", causes(&error), advice),
    })
}

async fn integrity(db: &Db) -> Check {
    let rows: sql::Result<Vec<(String,)>> = query(&QUICK_CHECK).all(db).await;
    let advice = "stop Stoa, keep a copy of the file, and restore the last backup";
    match rows {
        Ok(rows) if rows.iter().all(|(text,)| text == "ok") => {
            Check::ok("integrity", "every page and index is sound")
        }
        Ok(rows) => {
            let shown: Vec<&str> = rows
                .iter()
                .take(FAULTS_SHOWN)
                .map(|(text,)| text.as_str())
                .collect();
            Check::fail(
                "integrity",
                format!("{} faults: {}", rows.len(), shown.join("; ")),
                advice,
            )
        }
        Err(error) => Check::fail("integrity", causes(&error), advice),
    }
}

/// Whether a database file is sound, for `backup` and `restore`.
pub(crate) async fn is_sound(db: &Db) -> sql::Result<bool> {
    let rows: Vec<(String,)> = query(&QUICK_CHECK).all(db).await?;
    Ok(rows.iter().all(|(text,)| text == "ok"))
}
