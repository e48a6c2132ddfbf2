//! Unpacks an archive into staging folders and proves its checksums.
//!
//! What always holds: only the paths that `backup` writes are accepted, so an archive from elsewhere can not place a file
//! anywhere; an archive without its manifest, or with anything more or less than the manifest says, is refused.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use server::blobs::BlobKey;

use crate::backup::manifest::{CONFIG, DATABASE, Entry, FILES, FORMAT, Hashing, KEY, MANIFEST, Manifest};

/// A manifest has a line for each file; one this large is none of ours.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// Unpacks into `main` and, below the folder `files`, into `blobs`.
pub(super) fn unpack(archive: &Path, main: &Path, blobs: Option<&Path>) -> anyhow::Result<Manifest> {
    let file = File::open(archive).context("it cannot be opened")?;
    let decoder = zstd::Decoder::new(BufReader::new(file)).context("it is no backup")?;
    let mut tar = tar::Archive::new(decoder);
    let mut entries: Vec<Entry> = Vec::new();
    let mut manifest: Option<Manifest> = None;
    for entry in tar.entries().context("it is no backup")? {
        let mut entry = entry.context("it is damaged or cut off")?;
        let name = entry
            .path()?
            .to_str()
            .context("it has a file that no backup has")?
            .to_owned();
        ensure!(manifest.is_none(), "it goes on after its end");
        ensure!(
            entry.header().entry_type().is_file(),
            "it has an entry `{name}` that is no file"
        );
        if name == MANIFEST {
            let mut text = String::new();
            entry
                .take(MANIFEST_BYTES_MAX)
                .read_to_string(&mut text)
                .context("it is damaged or cut off")?;
            manifest = Some(serde_json::from_str(&text).context("its manifest is damaged")?);
            continue;
        }
        let path = place(&name, main, blobs)?;
        entries.push(write(&name, &mut entry, &path)?);
    }
    let manifest = manifest.context("it was cut off: its manifest is missing")?;
    ensure!(
        manifest.format == FORMAT,
        "it has the form {}, this version reads form {FORMAT}",
        manifest.format
    );
    compare(&manifest.entries, &entries)?;
    ensure!(
        entries.iter().any(|entry| entry.path == DATABASE),
        "it has no database"
    );
    Ok(manifest)
}

/// Where an entry is unpacked to.
fn place(name: &str, main: &Path, blobs: Option<&Path>) -> anyhow::Result<PathBuf> {
    if [DATABASE, KEY, CONFIG].contains(&name) {
        return Ok(main.join(name));
    }
    let Some(key) = name.strip_prefix(FILES) else {
        bail!("it has a file `{name}` that no backup has")
    };
    let key: BlobKey = key.parse().context("it has a file that no backup has")?;
    let blobs = blobs.context(
        "it has files, but the configuration keeps files in a bucket: restore with a local `storage.url`",
    )?;
    Ok(blobs.join("files").join(key.as_str()))
}

fn write(name: &str, content: &mut impl Read, path: &Path) -> anyhow::Result<Entry> {
    let failed = || format!("cannot unpack `{name}`");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = Hashing::new(options.open(path).with_context(failed)?);
    std::io::copy(content, &mut file).context("it is damaged or cut off")?;
    let (entry, file) = file.finish(name);
    file.sync_all().with_context(failed)?;
    Ok(entry)
}

/// The manifest lists the entries in the order of the archive.
fn compare(expected: &[Entry], found: &[Entry]) -> anyhow::Result<()> {
    for (expected, found) in expected.iter().zip(found) {
        ensure!(
            expected.path == found.path,
            "it is damaged: `{}` stands where `{}` should",
            found.path,
            expected.path
        );
        ensure!(
            expected == found,
            "it is damaged: the checksum of `{}` does not fit",
            found.path
        );
    }
    ensure!(
        expected.len() == found.len(),
        "it is damaged: it has {} files, its manifest says {}",
        found.len(),
        expected.len()
    );
    Ok(())
}
