//! `stoa backup`: everything of an installation in one file, while it runs.
//!
//! The database is copied by SQLite's online backup and checked before it goes into the archive. The file appears under
//! its name only when it is whole and on the disk. PostgreSQL has better tools of its own: for it the command to use is
//! printed, and nothing is written.

pub(crate) mod manifest;
pub(crate) mod rows;

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use server::blobs::Blobs;
use server::config::{Config, Place, Target, show_bytes};
use server::start::db_config;
use sql::{Clock as _, Db, DbConfig, SystemClock};
use tempfile::NamedTempFile;

use crate::args::{Backup, Common};
use crate::doctor::is_sound;
use crate::output::{self, Outcome};
use crate::{logging, runtime};
use manifest::{CONFIG, DATABASE, Entry, FILES, FORMAT, Hashing, KEY, MANIFEST, Manifest};

/// zstd's own default: fast, and three times smaller for a database.
const LEVEL: i32 = 3;

pub(crate) fn run(common: &Common, options: &Backup) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let file = &options.file;
    let database = match &config.database.target {
        Target::Sqlite(path) => path.clone(),
        Target::Postgres(url) => bail!(postgres_advice(url.expose(), file, &config)),
    };
    ensure!(
        database.exists(),
        "there is no database at {}: nothing to back up",
        database.display()
    );
    ensure!(
        !file.exists(),
        "{} exists already: choose another name",
        file.display()
    );
    let manifest = runtime::for_command()?.block_on(write(&config, file))?;
    let size = std::fs::metadata(file)?.len();
    let rows: u64 = manifest.rows.values().sum();
    output::line(format_args!(
        "{}: {}, {} files, {rows} rows in {} tables",
        file.display(),
        show_bytes(size),
        manifest.entries.len(),
        manifest.rows.len(),
    ));
    if matches!(config.storage.place, Place::S3 { .. }) {
        output::note(format_args!(
            "the files in the {} are not in it: the bucket needs a backup of its own",
            manifest.storage
        ));
    }
    if !manifest.entries.iter().any(|entry| entry.path == KEY) {
        output::note("the secret key comes from the configuration and is not in it: keep it elsewhere");
    }
    Ok(ExitCode::SUCCESS)
}

fn postgres_advice(url: &str, file: &Path, config: &Config) -> String {
    format!(
        "this installation is on PostgreSQL, which has its own tools. Use\n  pg_dump --format=custom --file={} '{}'\nand keep {} beside it",
        file.display(),
        shell_url(url),
        config.data.dir.join(KEY).display(),
    )
}

/// The URL without its password, which would be seen in the list of processes.
fn shell_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    match rest.rsplit_once('@') {
        Some((login, host)) => format!(
            "{scheme}://{}@{host}",
            login.split(':').next().unwrap_or_default()
        ),
        None => url.into(),
    }
}

async fn write(config: &Config, file: &Path) -> anyhow::Result<Manifest> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let cannot = || format!("cannot write into {}", folder.display());
    // Beside the target, so that the finished file can be moved there; readable by this user alone, for the key is in it.
    let staging = tempfile::Builder::new()
        .prefix(".stoa-backup-")
        .tempdir_in(folder)
        .with_context(cannot)?;
    let copy = staging.path().join(DATABASE);
    let (rows, migrations) = copy_database(config, &copy).await?;
    let draft = NamedTempFile::new_in(staging.path()).with_context(cannot)?;
    let mut archive = Archive::new(draft)?;
    archive.add(DATABASE, &copy)?;
    for (name, path) in [
        (KEY, config.data.dir.join(KEY)),
        (CONFIG, config.file.clone().unwrap_or_default()),
    ] {
        if path.is_file() {
            archive.add(name, &path)?;
        }
    }
    if let Place::Local(dir) = &config.storage.place {
        archive.add_blobs(dir, dir)?;
    }
    let manifest = Manifest {
        format: FORMAT,
        stoa: env!("CARGO_PKG_VERSION").into(),
        created_at: SystemClock.now(),
        migrations,
        rows,
        storage: Blobs::open(&config.storage)?.describe(),
        entries: std::mem::take(&mut archive.entries),
    };
    let draft = archive.finish(&manifest)?;
    draft
        .persist_noclobber(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(cannot)?;
    Ok(manifest)
}

/// Copies the database, checks the copy, and says what is in it.
async fn copy_database(
    config: &Config,
    copy: &Path,
) -> anyhow::Result<(std::collections::BTreeMap<String, u64>, Vec<String>)> {
    let db = Db::open(&db_config(config))
        .await
        .context("cannot open the database")?;
    let copied = db.backup_to(copy).await;
    db.close().await;
    copied.context("cannot copy the database")?;
    let db = Db::open(&DbConfig::sqlite(copy))
        .await
        .context("the copy of the database does not open")?;
    let looked = async {
        ensure!(
            is_sound(&db).await?,
            "the database is damaged: `stoa doctor` says more, and an older backup is needed"
        );
        let pending = sql::pending(&db, server::MIGRATIONS).await?;
        let names = server::MIGRATIONS
            .iter()
            .map(|migration| migration.name.to_owned());
        anyhow::Ok((
            rows::count(&db).await?,
            names.filter(|name| !pending.contains(name)).collect(),
        ))
    };
    let found = looked.await;
    db.close().await;
    found
}

/// The archive while it is written.
struct Archive {
    tar: tar::Builder<zstd::Encoder<'static, BufWriter<NamedTempFile>>>,
    entries: Vec<Entry>,
}

impl Archive {
    fn new(draft: NamedTempFile) -> anyhow::Result<Self> {
        let mut encoder = zstd::Encoder::new(BufWriter::new(draft), LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self {
            tar: tar::Builder::new(encoder),
            entries: Vec::new(),
        })
    }

    fn add(&mut self, name: &str, path: &Path) -> anyhow::Result<()> {
        let failed = || format!("cannot save {}", path.display());
        let file = File::open(path).with_context(failed)?;
        let size = file.metadata().with_context(failed)?.len();
        let mut content = Hashing::new(file.take(size));
        self.append(name, size, &mut content).with_context(failed)?;
        let (entry, _) = content.finish(name);
        ensure!(
            entry.size_bytes == size,
            "{} became shorter while it was saved",
            path.display()
        );
        self.entries.push(entry);
        Ok(())
    }

    fn append(&mut self, name: &str, size: u64, content: impl std::io::Read) -> std::io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(SystemClock.now().secs()).unwrap_or_default());
        self.tar.append_data(&mut header, name, content)
    }

    /// Every blob beneath `dir`, in the order of their keys.
    fn add_blobs(&mut self, root: &Path, dir: &Path) -> anyhow::Result<()> {
        if !dir.is_dir() {
            return Ok(());
        }
        let failed = || format!("cannot read {}", dir.display());
        let listed = std::fs::read_dir(dir).with_context(failed)?;
        let mut paths: Vec<PathBuf> = listed
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .with_context(failed)?;
        paths.sort();
        for path in paths {
            let key = path
                .strip_prefix(root)
                .ok()
                .and_then(Path::to_str)
                .unwrap_or_default()
                .to_owned();
            if path.is_dir() && !key.starts_with('.') {
                self.add_blobs(root, &path)?;
            } else if path.is_file() && key.parse::<server::blobs::BlobKey>().is_ok() {
                self.add(&format!("{FILES}{key}"), &path)?;
            }
        }
        Ok(())
    }

    fn finish(mut self, manifest: &Manifest) -> anyhow::Result<NamedTempFile> {
        let text = serde_json::to_vec_pretty(manifest)?;
        self.append(MANIFEST, text.len() as u64, text.as_slice())?;
        let mut writer = self.tar.into_inner()?.finish()?;
        writer.flush()?;
        let draft = writer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        draft.as_file().sync_all()?;
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_for_postgres_shows_no_password() {
        let cases = [
            ("postgres://ada:p@ss@db:5432/stoa", "postgres://ada@db:5432/stoa"),
            ("postgres://ada@db/stoa", "postgres://ada@db/stoa"),
            ("postgres://db/stoa", "postgres://db/stoa"),
        ];
        for (url, shown) in cases {
            assert_eq!(super::shell_url(url), shown);
        }
    }
}
