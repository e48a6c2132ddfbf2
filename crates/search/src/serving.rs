//! The arenas of the model that answers: filled from files and from the database, and written down again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use sql::{Db, Result};

use crate::arena::{Arena, Row};
use crate::saved::Folder;
use crate::store;

/// Vectors that are read in one statement while an arena is filled.
const PAGE: i64 = 2_000;

/// How arenas are kept.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// Larger ones have a first pass.
    pub exact_until: usize,
    /// Where they are written down.
    pub folder: Option<Folder>,
}

/// The arenas of one model.
pub struct Serving {
    pub model: String,
    pub arenas: Mutex<HashMap<String, Arc<Place>>>,
    keeping: Keeping,
}

/// The arena of a workspace.
pub struct Place {
    pub arena: RwLock<Arena>,
    /// One fills it at a time.
    filling: tokio::sync::Mutex<()>,
    /// Rows that are in its file; what is more is written down when it is enough.
    saved: AtomicUsize,
    /// One writes it down at a time.
    saving: Mutex<()>,
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
                filling: tokio::sync::Mutex::default(),
                saved: AtomicUsize::new(0),
                saving: Mutex::default(),
            })
        });
        Arc::clone(place)
    }

    /// How many vectors of these workspaces are in memory.
    pub fn vectors_of(&self, workspaces: &[String]) -> usize {
        let arenas = self.arenas.lock();
        let places = workspaces.iter().filter_map(|id| arenas.get(id));
        places.map(|place| place.arena.read().len()).sum()
    }

    /// Reads what the arena of a workspace lacks.
    pub async fn fill(&self, db: &Db, workspace_id: &str) -> Result<()> {
        let place = self.place(workspace_id);
        let _filling = place.filling.lock().await;
        if let Some(folder) = &self.keeping.folder
            && place.arena.read().rows() == 0
            && let Some(arena) = folder
                .load(db, (&self.model, workspace_id), self.keeping.exact_until)
                .await?
        {
            place.saved.store(arena.rows(), Ordering::Relaxed);
            *place.arena.write() = arena;
        }
        loop {
            let seen = place.arena.read().seen;
            let page = store::vectors_since(db, (&self.model, workspace_id), seen, PAGE).await?;
            let mut arena = place.arena.write();
            for stored in &page {
                arena.add(&Row {
                    number: stored.number,
                    kind: stored.kind,
                    owner_id: &stored.owner_id,
                    series: stored
                        .series
                        .as_ref()
                        .map(|(series, position)| (series.as_str(), *position)),
                    part: stored.part,
                    chars: stored.chars,
                    vector: &stored.vector,
                });
                arena.seen = (stored.epoch, stored.number);
            }
            arena.settle();
            drop(arena);
            if (page.len() as i64) < PAGE {
                break;
            }
        }
        // In steps, between which others may search.
        while place.arena.write().code() {
            tokio::task::yield_now().await;
        }
        self.write_down(place.clone(), workspace_id);
        Ok(())
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
