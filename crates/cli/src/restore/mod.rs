//! `stoa restore`: takes everything from a backup.
//!
//! First all of the archive is unpacked beside its place and checked: checksums, rows, version. Only then is anything
//! moved, and what was there before is moved aside under a name that says when, never removed.

mod unpack;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use server::config::{Config, Place, Target};
use server::upgrade::stamp;
use sql::{Clock as _, Db, DbConfig, SystemClock};
use tempfile::TempDir;

use crate::args::{Common, Restore};
use crate::backup::manifest::{CONFIG, DATABASE, KEY, Manifest};
use crate::backup::rows;
use crate::doctor::is_sound;
use crate::lock::DataLock;
use crate::output::{self, Outcome};
use crate::{logging, runtime, serve};

pub(crate) fn run(common: &Common, options: &Restore) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let Target::Sqlite(database) = config.database.target.clone() else {
        bail!(
            "this installation is on PostgreSQL, which has its own tools: use pg_restore --clean --if-exists --dbname=URL FILE"
        );
    };
    serve::make_private(&config.data.dir)?;
    let lock = DataLock::take(&config.data.dir, "stoa restore")?;
    ensure!(
        options.force || !database.exists(),
        "there is a database at {}: --force replaces it and keeps it aside",
        database.display()
    );
    let target = Places::new(&config, database)?;
    let staged = target.stage(&options.file)?;
    runtime::for_command()?.block_on(check(&staged))?;
    let moves = target.put_in_place(&staged)?;
    drop(lock);
    for (path, aside) in moves {
        match aside {
            Some(aside) => output::line(format_args!("{} (before: {})", path.display(), aside.display())),
            None => output::line(path.display()),
        }
    }
    let Manifest {
        created_at,
        stoa,
        rows,
        ..
    } = staged.manifest;
    let total: u64 = rows.values().sum();
    output::line(format_args!(
        "restored: the state of {created_at}, written by Stoa {stoa}, {total} rows in {} tables",
        rows.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where things belong.
struct Places {
    database: PathBuf,
    data: PathBuf,
    /// The folder of blobs; none when they are in a bucket.
    blobs: Option<PathBuf>,
}

/// An archive unpacked beside its place, its checksums proven.
struct Staged {
    manifest: Manifest,
    /// Beside the database, so that moving is renaming.
    main: TempDir,
    /// Beside the folder of blobs.
    blobs: Option<TempDir>,
}

impl Places {
    fn new(config: &Config, database: PathBuf) -> anyhow::Result<Self> {
        let blobs = match &config.storage.place {
            Place::Local(dir) => Some(dir.clone()),
            Place::S3 { .. } => None,
        };
        for path in [Some(&database), blobs.as_ref()].into_iter().flatten() {
            serve::make_private(parent(path))
                .with_context(|| format!("cannot make {}", parent(path).display()))?;
        }
        Ok(Self {
            database,
            data: config.data.dir.clone(),
            blobs,
        })
    }

    fn stage(&self, archive: &Path) -> anyhow::Result<Staged> {
        let beside = |path: &Path| {
            let folder = parent(path);
            let staging = tempfile::Builder::new()
                .prefix(".stoa-restore-")
                .tempdir_in(folder);
            staging.with_context(|| format!("cannot write into {}", folder.display()))
        };
        let main = beside(&self.database)?;
        let blobs = self.blobs.as_deref().map(beside).transpose()?;
        let manifest =
            unpack::unpack(archive, main.path(), blobs.as_ref().map(TempDir::path)).with_context(|| {
                format!(
                    "{} cannot be restored, and nothing was changed",
                    archive.display()
                )
            })?;
        Ok(Staged {
            manifest,
            main,
            blobs,
        })
    }

    /// Moves what is there aside and what was unpacked in. Returns each place with where its old content is now.
    fn put_in_place(&self, staged: &Staged) -> anyhow::Result<Vec<(PathBuf, Option<PathBuf>)>> {
        let stamp = stamp(SystemClock.now());
        let mut moves = Vec::new();
        // The key before the database that needs it: were this to stop in between, a second run puts both right.
        let key = staged.main.path().join(KEY);
        if key.exists() {
            moves.push(replace(&key, &self.data.join(KEY), &stamp)?);
        }
        let (config, present) = (staged.main.path().join(CONFIG), self.data.join(CONFIG));
        if config.exists() && !present.exists() {
            moves.push(replace(&config, &present, &stamp)?);
        } else if config.exists() {
            output::note(format_args!("{} is kept as it is", present.display()));
        }
        if let (Some(place), Some(unpacked)) = (&self.blobs, &staged.blobs) {
            let unpacked = unpacked.path().join("files");
            if unpacked.exists() {
                moves.push(replace(&unpacked, place, &stamp)?);
            }
        }
        // The old log belongs to the old database: left here, SQLite would play it into the new one.
        let aside = with_suffix(&self.database, &format!(".replaced-{stamp}"));
        for suffix in ["-wal", "-shm"] {
            let log = with_suffix(&self.database, suffix);
            if log.exists() {
                std::fs::rename(&log, with_suffix(&aside, suffix))
                    .with_context(|| format!("cannot move {}", log.display()))?;
            }
        }
        moves.push(replace(
            &staged.main.path().join(DATABASE),
            &self.database,
            &stamp,
        )?);
        Ok(moves)
    }
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Moves `new` to `place`, and what is at `place` aside first.
fn replace(new: &Path, place: &Path, stamp: &str) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let aside = if place.exists() {
        let aside = with_suffix(place, &format!(".replaced-{stamp}"));
        std::fs::rename(place, &aside).with_context(|| format!("cannot move {} aside", place.display()))?;
        Some(aside)
    } else {
        None
    };
    let moved = std::fs::rename(new, place).or_else(|error| match error.kind() {
        // The key and the configuration are small and may lie on another disk than the database.
        std::io::ErrorKind::CrossesDevices if new.is_file() => std::fs::copy(new, place).map(drop),
        _ => Err(error),
    });
    moved.with_context(|| format!("cannot move the restored {} into place", place.display()))?;
    let folder = parent(place);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot write {}", folder.display()))?;
    Ok((place.into(), aside))
}

/// Whether the unpacked database is whole, known to this version, and has the rows it had.
async fn check(staged: &Staged) -> anyhow::Result<()> {
    let manifest = &staged.manifest;
    if let Some(unknown) = manifest
        .migrations
        .iter()
        .find(|name| !server::MIGRATIONS.iter().any(|known| known.name == name.as_str()))
    {
        bail!(
            "the backup was written by a newer Stoa ({}), which knows the migration `{unknown}`: use that version",
            manifest.stoa
        );
    }
    let db = Db::open(&DbConfig::sqlite(staged.main.path().join(DATABASE)))
        .await
        .context("the database of the backup does not open")?;
    let looked = async {
        ensure!(is_sound(&db).await?, "the database of the backup is damaged");
        let rows = rows::count(&db).await?;
        for (table, saved) in &manifest.rows {
            let found = rows.get(table).copied().unwrap_or_default();
            ensure!(
                found == *saved,
                "the table `{table}` of the backup has {found} rows, its manifest says {saved}"
            );
        }
        anyhow::Ok(())
    };
    let result = looked.await;
    db.close().await;
    result
}
