//! SQLite: a migrated file, copied.

use std::path::{Path, PathBuf};

use super::{chain, checksum, open};
use crate::{DbConfig, Migration, SystemClock, migrate};

/// A folder with a migrated `test.db` in it.
pub(super) async fn folder(migrations: &[Migration]) -> tempfile::TempDir {
    let template = template(migrations).await;
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    if let Err(error) = std::fs::copy(&template, folder.path().join("test.db")) {
        panic!("{} cannot be copied: {error}", template.display());
    }
    folder
}

/// The migrated file, made by the first test that needs it. Several may make it at once: the last rename wins, and all
/// of them are the same.
async fn template(migrations: &[Migration]) -> PathBuf {
    let folder = std::env::temp_dir().join("stoa-test-templates");
    let template = folder.join(format!("{}.db", checksum(migrations)));
    if template.exists() {
        return template;
    }
    if let Err(error) = std::fs::create_dir_all(&folder) {
        panic!("{} cannot be made: {error}", folder.display());
    }
    let making = tempfile::tempdir_in(&folder).unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let file = making.path().join("template.db");
    make(&file, migrations).await;
    if let Err(error) = std::fs::rename(&file, &template) {
        panic!("{} cannot be made: {error}", template.display());
    }
    template
}

async fn make(file: &Path, migrations: &[Migration]) {
    let db = open(&DbConfig::sqlite(file)).await;
    if let Err(error) = migrate(&db, migrations, &SystemClock).await {
        panic!("the migrations cannot be applied: {}", chain(&error));
    }
    // The log is in the file when it is closed.
    db.close().await;
}
