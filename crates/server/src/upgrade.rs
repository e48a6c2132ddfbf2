//! Bringing the database up to date: a snapshot first, then the migrations.
//!
//! The server calls [`apply`] when it starts, `stoa migrate` on its own. What always holds: before a migration touches a
//! SQLite database that has been in use, a copy of it lies in the snapshots folder; only the last few copies are kept.
//! PostgreSQL is left to its own tools.

use std::path::{Path, PathBuf};

use sql::{Clock, Db, Kind, Migration, Time};

/// The folder of snapshots in the data folder.
pub const SNAPSHOTS: &str = "snapshots";

/// Copies that are kept.
const KEPT: usize = 3;

/// Why the database could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// A migration failed or the database is not one of ours.
    #[error("the database cannot be brought up to date")]
    Migrate(#[source] sql::Error),
    /// The copy could not be made, so nothing was changed.
    #[error("no snapshot can be written to {}, so the database was left as it is", path.display())]
    Snapshot {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Applies the migrations that are missing and returns their names. `data` is the data folder.
pub async fn apply(
    db: &Db,
    migrations: &[Migration],
    data: &Path,
    clock: &dyn Clock,
) -> Result<Vec<String>, UpgradeError> {
    let pending = sql::pending(db, migrations)
        .await
        .map_err(UpgradeError::Migrate)?;
    let Some(first) = pending.first() else {
        return Ok(pending);
    };
    // A database without any migration is new: there is nothing to lose.
    if db.kind() == Kind::Sqlite && pending.len() < migrations.len() {
        let path = data
            .join(SNAPSHOTS)
            .join(format!("{}-before-{first}.db", stamp(clock.now())));
        let failed = |source| UpgradeError::Snapshot {
            path: path.clone(),
            source,
        };
        take(db, &path).await.map_err(failed)?;
        tracing::info!(path = %path.display(), migrations = pending.len(), "Snapshot taken before the upgrade");
    }
    let applied = sql::migrate(db, migrations, clock)
        .await
        .map_err(UpgradeError::Migrate)?;
    tracing::info!(
        migrations = applied.len(),
        last = applied.last().map(String::as_str),
        "Database is up to date"
    );
    Ok(applied)
}

/// The time as a part of a file name that sorts by time: `20261121T110000Z`.
pub fn stamp(time: Time) -> String {
    let text: String = time
        .to_string()
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .collect();
    format!("{}Z", text.split('.').next().unwrap_or(&text))
}

async fn take(db: &Db, path: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = path.parent().unwrap_or(path);
    tokio::fs::create_dir_all(folder).await?;
    // Under its own name only when whole, so that a crash leaves no half snapshot that looks like one.
    let draft = path.with_extension("unfinished");
    if tokio::fs::try_exists(&draft).await? {
        tokio::fs::remove_file(&draft).await?;
    }
    db.backup_to(&draft).await?;
    tokio::fs::rename(&draft, path).await?;
    forget_old(folder).await?;
    Ok(())
}

async fn forget_old(folder: &Path) -> std::io::Result<()> {
    let mut entries = tokio::fs::read_dir(folder).await?;
    let mut snapshots = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Only what has our form: a copy that somebody put here is not ours to remove.
        if name.contains("-before-") && Path::new(&name).extension() == Some("db".as_ref()) {
            snapshots.push(name);
        }
    }
    snapshots.sort();
    for name in snapshots.iter().rev().skip(KEPT) {
        tokio::fs::remove_file(folder.join(name)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sql::{DbConfig, FixedClock};

    use super::*;

    const MIGRATIONS: [Migration; 6] = [
        Migration {
            name: "0001_a",
            text: "CREATE TABLE a (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
        Migration {
            name: "0002_b",
            text: "CREATE TABLE b (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
        Migration {
            name: "0003_c",
            text: "CREATE TABLE c (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
        Migration {
            name: "0004_d",
            text: "CREATE TABLE d (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
        Migration {
            name: "0005_e",
            text: "CREATE TABLE e (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
        Migration {
            name: "0006_f",
            text: "CREATE TABLE f (id {id} NOT NULL PRIMARY KEY) {strict};",
        },
    ];

    fn snapshots(data: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(data.join(SNAPSHOTS)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn an_upgrade_of_a_used_database_is_preceded_by_a_snapshot() {
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::new("2026-11-21T11:00:00.000000Z".parse().unwrap());
        let db = Db::open(&DbConfig::sqlite(data.path().join("stoa.db")))
            .await
            .unwrap();
        assert_eq!(
            apply(&db, &MIGRATIONS[..1], data.path(), &clock).await.unwrap(),
            ["0001_a"]
        );
        assert_eq!(snapshots(data.path()), [""; 0], "a new database needs none");
        assert!(
            apply(&db, &MIGRATIONS[..1], data.path(), &clock)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(snapshots(data.path()), [""; 0]);

        assert_eq!(
            apply(&db, &MIGRATIONS[..3], data.path(), &clock).await.unwrap(),
            ["0002_b", "0003_c"]
        );
        assert_eq!(snapshots(data.path()), ["20261121T110000Z-before-0002_b.db"]);
        let before = Db::open(&DbConfig::sqlite(
            data.path().join(SNAPSHOTS).join(&snapshots(data.path())[0]),
        ))
        .await
        .unwrap();
        assert_eq!(
            sql::pending(&before, &MIGRATIONS[..3]).await.unwrap(),
            ["0002_b", "0003_c"],
            "it is the old state"
        );
        before.close().await;

        std::fs::write(data.path().join(SNAPSHOTS).join("mine.db"), "").unwrap();
        for upto in 4..=6 {
            clock.advance(Duration::from_mins(1));
            apply(&db, &MIGRATIONS[..upto], data.path(), &clock)
                .await
                .unwrap();
        }
        assert_eq!(
            snapshots(data.path()),
            [
                "20261121T110100Z-before-0004_d.db",
                "20261121T110200Z-before-0005_e.db",
                "20261121T110300Z-before-0006_f.db",
                "mine.db",
            ]
        );
        db.close().await;
    }

    #[tokio::test]
    async fn without_a_snapshot_there_is_no_upgrade() {
        let data = tempfile::tempdir().unwrap();
        let clock = FixedClock::new(Time::EPOCH);
        let db = Db::open(&DbConfig::sqlite(data.path().join("stoa.db")))
            .await
            .unwrap();
        apply(&db, &MIGRATIONS[..1], data.path(), &clock).await.unwrap();
        std::fs::write(data.path().join(SNAPSHOTS), "in the way").unwrap();
        let error = apply(&db, &MIGRATIONS[..2], data.path(), &clock)
            .await
            .unwrap_err();
        assert!(matches!(error, UpgradeError::Snapshot { .. }), "{error}");
        assert_eq!(sql::pending(&db, &MIGRATIONS[..2]).await.unwrap(), ["0002_b"]);
        db.close().await;
    }
}
