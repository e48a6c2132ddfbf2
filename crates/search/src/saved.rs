//! Arenas in files, so that a process that starts again need not read every vector out of the database.
//!
//! A file is right about every number it has (a passage is never changed), and says up to which epoch it has them; what came
//! later is read from the database. It is a copy that may vanish at any time: whatever is wrong with it, it is left aside and
//! made anew. Only a database that was put back to an earlier state could contradict it unnoticed: so its epoch must not be
//! beyond the database's, and some of its rows, the newest above all, are compared with the vectors there.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::PathBuf;

use parking_lot::RwLock;
use sql::{Db, Result};

use crate::arena::{Arena, Snapshot, owner_of};
use crate::store;

/// Fewer vectors than this are read as fast from the database.
const WORTH_IT: usize = 5_000;
/// A file is written again when so large a part of the arena is newer.
const NEWER_PART: usize = 16;
/// A file of which more than this part is gone is made anew, without them.
const GONE_PART: usize = 4;
/// Rows of eight bits that are copied while nobody can write to the arena.
const COPIED_AT_ONCE: usize = 4_096;
/// Rows that are compared with the database: the newest, and some from all over.
const COMPARED: usize = 64;
const ENDING: &str = "arena";

/// The folder of the files.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// By a hash: an id may hold what no name of a file may. The file itself says whose it is.
    fn file(&self, workspace_id: &str) -> PathBuf {
        self.0.join(format!("{:016x}.{ENDING}", owner_of(workspace_id)))
    }

    /// The arena of a workspace, if there is a file of it that the database does not contradict.
    pub async fn load(
        &self,
        db: &Db,
        (model, workspace_id): (&str, &str),
        exact_until: usize,
    ) -> Result<Option<Arena>> {
        let path = self.file(workspace_id);
        let names = (model.to_owned(), workspace_id.to_owned());
        let opened = path.clone();
        let read = tokio::task::spawn_blocking(move || {
            let file = File::open(opened)?;
            let bytes = file.metadata()?.len();
            Arena::read(BufReader::new(file), bytes, (&names.0, &names.1), exact_until)
        });
        let why = match read.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(arena) if arena.gone() > arena.len() / GONE_PART => "most of it is gone".to_owned(),
            Ok(arena) if agrees(db, (model, workspace_id), &arena).await? => return Ok(Some(arena)),
            Ok(_) => "the database has other vectors".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => error.to_string(),
        };
        tracing::info!(
            workspace = workspace_id,
            why,
            "A saved part of the search index is made anew"
        );
        Ok(None)
    }

    /// Whether so many vectors, of which `saved` are in a file, are worth writing down.
    pub fn wants(vectors: usize, saved: usize) -> bool {
        vectors >= WORTH_IT && vectors - saved.min(vectors) > vectors / NEWER_PART
    }

    /// Writes the file of a workspace; how many rows it has. Others may search meanwhile, and write.
    pub fn save(&self, names: (&str, &str), arena: &RwLock<Arena>) -> io::Result<usize> {
        std::fs::create_dir_all(&self.0)?;
        let path = self.file(names.1);
        let unfinished = path.with_extension("unfinished");
        let snapshot = Snapshot::of(&arena.read());
        let out = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        let rows = snapshot.rows();
        snapshot.write(out, names, |from| {
            arena.read().codes_of(from..rows.min(from + COPIED_AT_ONCE))
        })?;
        // Should the machine lose power now, the checksum tells.
        std::fs::rename(&unfinished, &path)?;
        Ok(rows)
    }

    /// Removes the files of workspaces that are there no more.
    pub fn sweep(&self, workspaces: &[String]) -> io::Result<()> {
        let known: HashSet<PathBuf> = workspaces.iter().map(|id| self.file(id)).collect();
        for entry in std::fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) && !known.contains(&path) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Whether the database has the vectors of a saved arena, as far as a look tells.
async fn agrees(db: &Db, (model, workspace_id): (&str, &str), arena: &Arena) -> Result<bool> {
    let epochs = store::epochs(db, &[workspace_id.to_owned()]).await?;
    let epoch = epochs.first().map_or(0, |(_, epoch)| *epoch);
    if arena.seen.0 > epoch {
        return Ok(false);
    }
    let stored = store::full_vectors(db, model, arena.sample(COMPARED)).await?;
    Ok(stored.iter().all(|(number, vector)| arena.has(*number, vector)))
}
