//! The arenas of the model that answers: filled from files and from the database, and written down again. A large workspace has
//! none where the database can compare its vectors ([`crate::pgvector`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use sql::{Db, Result};

use crate::arena::{Arena, Row};
use crate::pgvector::{Copied, Outside};
use crate::saved::Folder;
use crate::store::{self, Stored};

/// Vectors that are read in one statement while an arena is filled.
const PAGE: i64 = 2_000;
/// Workspaces that are behind by no more epochs are read in one statement: an epoch has the vectors of one batch.
const EPOCHS_TOGETHER: i64 = 8;

/// How arenas are kept.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// Larger ones have a first pass.
    pub exact_until: usize,
    /// Where they are written down.
    pub folder: Option<Folder>,
    /// What holds those of large workspaces instead.
    pub outside: Option<Arc<Outside>>,
}

/// The arenas of one model.
pub struct Serving {
    pub model: String,
    pub arenas: Mutex<HashMap<String, Arc<Place>>>,
    pub keeping: Keeping,
}

/// The arena of a workspace.
pub struct Place {
    pub arena: RwLock<Arena>,
    /// Whether the database has a complete copy of its vectors and compares them; then the arena is empty.
    outside: AtomicBool,
    copied: Mutex<Copied>,
    /// One fills it at a time.
    filling: tokio::sync::Mutex<()>,
    /// Rows that are in its file; what is more is written down when it is enough.
    saved: AtomicUsize,
    /// One writes it down at a time.
    saving: Mutex<()>,
}

impl Place {
    /// Whether the database compares its vectors.
    pub fn is_outside(&self) -> bool {
        self.outside.load(Ordering::Acquire)
    }

    /// Up to where what answers has the vectors: epoch, number.
    pub fn seen(&self) -> (i64, i64) {
        if self.is_outside() {
            self.copied.lock().seen
        } else {
            self.arena.read().seen
        }
    }

    /// Vectors, in memory or outside.
    pub fn rows(&self) -> usize {
        if self.is_outside() {
            self.copied.lock().rows
        } else {
            self.arena.read().len()
        }
    }

    /// Goes on from where the copy is; whether there is one.
    async fn resume(&self, db: &Db, names: (&str, &str)) -> Result<bool> {
        let stand = Outside::stand(db, names).await?;
        let mut copied = self.copied.lock();
        copied.seen = copied.seen.max(stand.unwrap_or_default());
        Ok(stand.is_some())
    }

    /// Takes vectors that come next into the arena.
    fn add<'a>(&self, page: impl IntoIterator<Item = &'a Stored>) {
        let mut arena = self.arena.write();
        for stored in page {
            arena.add(&Row::of(stored));
            arena.seen = (stored.epoch, stored.number);
        }
        arena.settle();
    }

    /// The copy is complete: nothing stays in memory.
    fn leave(&self, exact_until: usize) {
        let mut arena = self.arena.write();
        let mut copied = self.copied.lock();
        copied.rows = copied.rows.max(arena.len());
        *arena = Arena::new(exact_until);
        self.outside.store(true, Ordering::Release);
    }
}

impl Serving {
    pub fn new(model: &str, keeping: Keeping) -> Self {
        Self {
            model: model.to_owned(),
            arenas: Mutex::default(),
            keeping,
        }
    }

    pub fn place(&self, workspace_id: &str) -> Arc<Place> {
        let mut arenas = self.arenas.lock();
        let place = arenas.entry(workspace_id.to_owned()).or_insert_with(|| {
            Arc::new(Place {
                arena: RwLock::new(Arena::new(self.keeping.exact_until)),
                outside: AtomicBool::new(false),
                copied: Mutex::default(),
                filling: tokio::sync::Mutex::default(),
                saved: AtomicUsize::new(0),
                saving: Mutex::default(),
            })
        });
        Arc::clone(place)
    }

    /// How many vectors these workspaces have.
    pub fn vectors_of(&self, workspaces: &[String]) -> usize {
        let arenas = self.arenas.lock();
        let places = workspaces.iter().filter_map(|id| arenas.get(id));
        places.map(|place| place.rows()).sum()
    }

    /// How many of these workspaces have their vectors compared by the database.
    pub fn outside_of(&self, workspaces: &[String]) -> usize {
        let arenas = self.arenas.lock();
        let places = workspaces.iter().filter_map(|id| arenas.get(id));
        places.filter(|place| place.is_outside()).count()
    }

    /// Copies the vectors of workspaces that have become too large for memory into the database, and forgets them here; how many
    /// workspaces. Each is searched as before until its copy is complete.
    pub async fn move_out(&self, db: &Db) -> Result<usize> {
        let Some(outside) = &self.keeping.outside else {
            return Ok(0);
        };
        let all: Vec<(String, Arc<Place>)> = {
            let arenas = self.arenas.lock();
            arenas
                .iter()
                .map(|(id, place)| (id.clone(), Arc::clone(place)))
                .collect()
        };
        let mut moved = 0;
        for (workspace_id, place) in &all {
            let names = (self.model.as_str(), workspace_id.as_str());
            let is_outside = place.is_outside();
            if !is_outside && place.rows() <= outside.from {
                continue;
            }
            // First, because an index of nothing is made at once and grows with the copy.
            let indexed = place.copied.lock().indexed || outside.index(db, names, place.rows()).await?;
            place.copied.lock().indexed = indexed;
            if is_outside {
                continue;
            }
            place.resume(db, names).await?;
            while !Outside::follow(db, names, &place.copied).await? {}
            Outside::count(db).await?;
            // What came meanwhile, with nobody writing to the arena.
            let _filling = place.filling.lock().await;
            while !Outside::follow(db, names, &place.copied).await? {}
            place.leave(self.keeping.exact_until);
            tracing::info!(
                workspace = workspace_id,
                "The database compares the vectors of a workspace now"
            );
            moved += 1;
        }
        Ok(moved)
    }

    /// Whether the database has all but some of the vectors of a workspace that is too large for memory; then it has all now.
    async fn found_outside(&self, db: &Db, workspace_id: &str, place: &Place) -> Result<bool> {
        let Some(outside) = &self.keeping.outside else {
            return Ok(false);
        };
        let names = (self.model.as_str(), workspace_id);
        let bound = i64::try_from(outside.from).unwrap_or(i64::MAX).saturating_add(1);
        let workspaces = [workspace_id.to_owned()];
        if store::count(db, &workspaces, bound).await? < bound
            || !place.resume(db, names).await?
            || !Outside::follow(db, names, &place.copied).await?
        {
            return Ok(false);
        }
        place.copied.lock().rows = store::count(db, &workspaces, i64::MAX).await? as usize;
        place.leave(self.keeping.exact_until);
        Ok(true)
    }

    /// Drops what the database holds for other models.
    pub async fn tidy(&self, db: &Db) -> Result<()> {
        match &self.keeping.outside {
            Some(_) => Outside::tidy(db, &self.model).await,
            None => Ok(()),
        }
    }

    /// Reads what the arenas of these workspaces, which are at these epochs, lack: the little that several of them do in one
    /// statement.
    pub async fn fill(&self, db: &Db, epochs: &[(String, i64)]) -> Result<()> {
        // Always in the same order, so that two who fill the same do not wait for each other.
        let epochs: BTreeMap<&str, i64> = epochs.iter().map(|(id, epoch)| (id.as_str(), *epoch)).collect();
        let places: Vec<_> = epochs
            .iter()
            .map(|(id, epoch)| (*id, *epoch, self.place(id)))
            .collect();
        let mut filling = Vec::with_capacity(places.len());
        for (_, _, place) in &places {
            filling.push(place.filling.lock().await);
        }
        let (mut little, mut lacking) = (Vec::new(), Vec::new());
        for (id, epoch, place) in &places {
            if self.is_kept_here(db, id, place).await? {
                let is_little = epoch - place.arena.read().seen.0 <= EPOCHS_TOGETHER;
                if is_little { &mut little } else { &mut lacking }.push((*id, place));
            }
        }
        if little.len() < 2 || !self.read_together(db, &little).await? {
            lacking.append(&mut little);
        }
        for (id, place) in &lacking {
            loop {
                let seen = place.arena.read().seen;
                let page = store::vectors_since(db, (&self.model, id), seen, PAGE).await?;
                place.add(&page);
                if (page.len() as i64) < PAGE {
                    break;
                }
            }
        }
        for (id, place) in lacking.iter().chain(&little) {
            // In steps, between which others may search.
            while place.arena.write().code() {
                tokio::task::yield_now().await;
            }
            self.write_down(Arc::clone(place), id);
        }
        Ok(())
    }

    /// Whether a workspace has an arena, read from its file when it is empty. Otherwise what its copy in the database lacked is
    /// there now.
    async fn is_kept_here(&self, db: &Db, workspace_id: &str, place: &Place) -> Result<bool> {
        if place.is_outside() {
            while !Outside::follow(db, (&self.model, workspace_id), &place.copied).await? {}
            return Ok(false);
        }
        if place.arena.read().rows() > 0 {
            return Ok(true);
        }
        if self.found_outside(db, workspace_id, place).await? {
            return Ok(false);
        }
        if let Some(folder) = &self.keeping.folder
            && let Some(arena) = folder
                .load(db, (&self.model, workspace_id), self.keeping.exact_until)
                .await?
        {
            place.saved.store(arena.rows(), Ordering::Relaxed);
            *place.arena.write() = arena;
        }
        Ok(true)
    }

    /// Reads a page of what several arenas lack; whether that was all.
    async fn read_together(&self, db: &Db, lacking: &[(&str, &Arc<Place>)]) -> Result<bool> {
        let from: Vec<_> = lacking
            .iter()
            .map(|(id, place)| (*id, place.arena.read().seen))
            .collect();
        let page = store::vectors_since_of_many(db, &self.model, &from, PAGE).await?;
        for of_one in page.chunk_by(|one, next| one.workspace_id == next.workspace_id) {
            if let Some((_, place)) = lacking.iter().find(|(id, _)| *id == of_one[0].workspace_id) {
                place.add(of_one.iter().map(|row| &row.stored));
            }
        }
        Ok((page.len() as i64) < PAGE)
    }

    /// Writes an arena into its file, in the background, when much of it is new.
    fn write_down(&self, place: Arc<Place>, workspace_id: &str) {
        let Some(folder) = self.keeping.folder.clone() else {
            return;
        };
        if !Folder::wants(place.arena.read().rows(), place.saved.load(Ordering::Relaxed)) {
            return;
        }
        let names = (self.model.clone(), workspace_id.to_owned());
        tokio::task::spawn_blocking(move || {
            let Some(_saving) = place.saving.try_lock() else {
                return;
            };
            match folder.save((&names.0, &names.1), &place.arena) {
                Ok(rows) => place.saved.store(rows, Ordering::Relaxed),
                Err(error) => {
                    tracing::warn!(workspace = names.1, %error, "A part of the search index could not be saved");
                }
            }
        });
    }

    /// Removes the files of workspaces that are there no more.
    pub fn sweep(&self, workspaces: &[String]) {
        if let Some(folder) = &self.keeping.folder
            && let Err(error) = folder.sweep(workspaces)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "Saved parts of the search index could not be removed");
        }
    }
}
