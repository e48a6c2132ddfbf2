//! One server for each data folder: two would each believe to be SQLite's only writer.
//!
//! The lock is the operating system's on `stoa.lock`, so a killed process holds nothing; the text inside says who holds it.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

const FILE: &str = "stoa.lock";

/// Holds the data folder until it is dropped.
#[derive(Debug)]
pub(crate) struct DataLock {
    file: File,
}

fn open(data: &Path) -> anyhow::Result<File> {
    let path = data.join(FILE);
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false);
    options
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))
}

impl DataLock {
    /// Takes the data folder for `what`, such as "stoa serve".
    pub(crate) fn take(data: &Path, what: &str) -> anyhow::Result<Self> {
        let mut lock = Self { file: open(data)? };
        match lock.file.try_lock() {
            Ok(()) => lock.sign(what)?,
            Err(TryLockError::WouldBlock) => {
                let data = data.display();
                match holder(&mut lock.file) {
                    Some(holder) => bail!(
                        "the data folder {data} is in use by {holder}: stop it first, or choose another folder with --data"
                    ),
                    None => bail!(
                        "the data folder {data} is in use by another Stoa: stop it first, or choose another folder with --data"
                    ),
                }
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the data folder"),
        }
        Ok(lock)
    }

    fn sign(&mut self, what: &str) -> anyhow::Result<()> {
        let text = format!("{what} (process {})\n", std::process::id());
        let signed = self.file.set_len(0).and_then(|()| self.file.rewind());
        let signed = signed.and_then(|()| self.file.write_all(text.as_bytes()));
        signed.context("cannot write the lock file of the data folder")
    }
}

/// Who holds the data folder now, if anybody does.
pub(crate) fn held_by(data: &Path) -> Option<String> {
    // Not created here: looking must not change anything.
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(data.join(FILE))
        .ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(holder(&mut file).unwrap_or_else(|| "another Stoa".into())),
        _ => None,
    }
}

fn holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_is_first() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(held_by(data.path()), None);
        let first = DataLock::take(data.path(), "stoa serve").unwrap();
        let me = format!("stoa serve (process {})", std::process::id());
        assert_eq!(held_by(data.path()), Some(me.clone()));
        let error = DataLock::take(data.path(), "stoa serve").unwrap_err().to_string();
        assert!(error.contains(&me) && error.contains("--data"), "{error}");
        drop(first);
        assert_eq!(held_by(data.path()), None);
        DataLock::take(data.path(), "stoa restore").unwrap();
    }
}
