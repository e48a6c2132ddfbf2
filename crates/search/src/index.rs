//! The index: what is in memory of it, and how it is kept up to date. How a question is answered is in [`crate::answer`].

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use sql::{Db, Result, Time};

use crate::arena::EXACT_UNTIL;
use crate::by_words::Reach;
use crate::passage::Kind;
use crate::pgvector::Outside;
use crate::saved::Folder;
use crate::serving::{Keeping, Place, Serving};
use crate::store::{self, Passage};

/// Passages that are taken from the queue at once stay taken for so long, should their node die.
const TAKEN: Duration = Duration::from_mins(5);
/// Numbers that one statement of a change of models looks at.
const STRIDE: i64 = 5_000;

/// What a search looks at.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The workspaces that the caller may read. Nothing outside of them is looked at.
    pub workspaces: Vec<String>,
    /// Within them, only this.
    pub only: Option<Only>,
}

/// A part of workspaces: everything of some kinds, and some owners.
#[derive(Debug, Clone, Default)]
pub struct Only {
    /// All passages of these kinds.
    pub kinds: Vec<Kind>,
    /// All passages of these owners.
    pub owners: Vec<String>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By words and by meaning.
    Hybrid,
    /// By meaning alone.
    Vector,
    /// By words alone.
    Text,
}

/// A question to the index.
#[derive(Debug)]
pub struct Question<'a> {
    /// As it was asked.
    pub text: &'a str,
    /// Its vector, and the model that made it; without, only words are compared.
    pub vector: Option<(&'a str, &'a [f32])>,
    /// Where to look.
    pub scope: &'a Scope,
    /// How.
    pub mode: Mode,
    /// The most hits to return.
    pub k: usize,
}

/// A passage that answers a question.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The passage.
    pub passage: Passage,
    /// Higher is better; comparable within one answer.
    pub score: f32,
    /// BM25 of its words.
    pub by_words: f32,
    /// The share of what the question asks for, by the rarity of its words, that it and what stands beside it hold: 0 to 1. Words
    /// that nobody has written count as asked for.
    pub held: f32,
    /// The cosine of its vector and the question's.
    pub by_vector: Option<f32>,
}

/// A passage that waits for its vector.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its number.
    pub number: i64,
    /// Its workspace.
    pub workspace_id: String,
    /// What is to be embedded.
    pub text: String,
}

/// How current the index is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Passages there are.
    pub passages: i64,
    /// Passages that wait for a vector.
    pub pending: i64,
}

/// The index of a process. Clones are the same index.
#[derive(Clone)]
pub struct Index {
    pub(crate) db: Db,
    pub(crate) serving: Arc<RwLock<Option<Arc<Serving>>>>,
    keeping: Arc<RwLock<Keeping>>,
    pub(crate) reach: Reach,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Index {
    /// An index over the passages of this database, that compares words alone until it is told of a model.
    pub fn new(db: Db) -> Self {
        Self {
            db,
            serving: Arc::default(),
            keeping: Arc::new(RwLock::new(Keeping {
                exact_until: EXACT_UNTIL,
                folder: None,
                outside: None,
            })),
            reach: Reach::default(),
        }
    }

    /// The same index, that compares up to so many vectors of a workspace one by one and has a first pass before larger ones.
    #[must_use]
    pub fn exact_until(self, vectors: usize) -> Self {
        self.keeping.write().exact_until = vectors;
        self
    }

    /// The same index, that keeps what it has in memory in the files of a folder too, for the next start.
    #[must_use]
    pub fn kept_in(self, folder: PathBuf) -> Self {
        self.keeping.write().folder = Some(Folder(folder));
        self
    }

    /// The same index, that looks for words otherwise; for tests.
    #[must_use]
    pub fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Answers with the vectors of this model from now on.
    pub fn serve(&self, model: Option<&str>) {
        let mut serving = self.serving.write();
        if serving.as_ref().map(|serving| serving.model.as_str()) != model {
            let keeping = || self.keeping.read().clone();
            *serving = model.map(|model| Arc::new(Serving::new(model, keeping())));
        }
    }

    /// Lets the database compare the vectors of workspaces that have more of them than `from`, if it is PostgreSQL with pgvector;
    /// else says why all are in memory. To be called before [`Index::serve`].
    pub async fn look_for_pgvector(&self, from: usize) -> Result<std::result::Result<(), &'static str>> {
        let exact_until = self.keeping.read().exact_until;
        let outside = Outside::set_up(&self.db, from, exact_until).await?;
        Ok(outside.map(|outside| self.keeping.write().outside = Some(outside)))
    }

    /// Moves the vectors of workspaces that have become too large for memory into the database; how many workspaces.
    pub async fn move_out(&self) -> Result<usize> {
        let serving = self.serving.read().clone();
        match serving {
            Some(serving) => serving.move_out(&self.db).await,
            None => Ok(0),
        }
    }

    /// How many of these workspaces have their vectors compared by the database.
    pub fn outside_of(&self, workspaces: &[String]) -> usize {
        let serving = self.serving.read().clone();
        serving.map_or(0, |serving| serving.outside_of(workspaces))
    }

    /// The model whose vectors answer; a question is to be embedded by the same.
    pub fn model(&self) -> Option<String> {
        self.serving.read().as_ref().map(|serving| serving.model.clone())
    }

    /// Vectors in memory, and the bytes they take.
    pub fn in_memory(&self) -> (usize, usize) {
        let Some(serving) = self.serving.read().clone() else {
            return (0, 0);
        };
        let arenas: Vec<Arc<Place>> = serving.arenas.lock().values().cloned().collect();
        arenas.iter().fold((0, 0), |(vectors, bytes), place| {
            let arena = place.arena.read();
            (vectors + arena.len(), bytes + arena.bytes())
        })
    }

    /// Takes passages that wait for a vector, those of memories first. Nobody else takes them for five minutes.
    pub async fn claim(&self, now: Time, limit: usize) -> Result<Vec<Claimed>> {
        let taken = store::claim(&self.db, now, now.plus(TAKEN), limit as i64).await?;
        Ok(taken
            .into_iter()
            .map(|(number, workspace_id, kind, title, text)| Claimed {
                number,
                workspace_id,
                text: embedded(kind, &title, text),
            })
            .collect())
    }

    /// Gives passages back that could not be embedded; they are taken again from a time on.
    pub async fn give_back(&self, claimed: &[Claimed], from: Time) -> Result<()> {
        let numbers = claimed.iter().map(|claimed| claimed.number).collect();
        store::unclaim(&self.db, numbers, from).await.map(|_| ())
    }

    /// Stores vectors, of length 1 each: one batch a workspace.
    pub async fn store(&self, model: &str, vectors: Vec<(Claimed, Vec<f32>)>) -> Result<()> {
        let mut by_workspace: HashMap<String, Vec<(i64, Vec<f32>)>> = HashMap::new();
        for (claimed, vector) in vectors {
            by_workspace
                .entry(claimed.workspace_id)
                .or_default()
                .push((claimed.number, normalised(vector)));
        }
        for (workspace_id, vectors) in by_workspace {
            let batch = store::vectors(model, &workspace_id, vectors);
            self.db.write(batch).await?;
        }
        Ok(())
    }

    /// How current the index is in these workspaces.
    pub async fn coverage(&self, workspaces: &[String]) -> Result<Coverage> {
        let (passages, pending) = store::coverage(&self.db, workspaces).await?;
        Ok(Coverage { passages, pending })
    }

    /// Which of these owners have published something.
    pub async fn published(&self, owner_ids: Vec<String>) -> Result<HashSet<String>> {
        let found = store::published(&self.db, owner_ids).await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    /// How many passages of these workspaces wait for a vector.
    pub async fn pending(&self, workspaces: &[String]) -> Result<i64> {
        store::pending(&self.db, workspaces).await
    }

    /// How many passages wait in all workspaces, no further than a bound.
    pub async fn waiting(&self, bound: i64) -> Result<i64> {
        store::waiting(&self.db, bound).await
    }

    /// Everything that lacks a vector of this model waits for one now.
    pub async fn enqueue_lacking(&self, model: &str) -> Result<u64> {
        let last = store::last(&self.db).await?;
        let (mut at, mut enqueued) = (0, 0);
        while at < last {
            enqueued += store::enqueue_lacking(&self.db, model, at, at + STRIDE).await?;
            at += STRIDE;
        }
        Ok(enqueued)
    }

    /// The models that vectors come from.
    pub async fn models(&self) -> Result<Vec<String>> {
        let mut models = Vec::new();
        while let Some(next) = store::next_model(&self.db, models.last().map_or("", String::as_str)).await? {
            models.push(next);
        }
        Ok(models)
    }

    /// Removes vectors of all models but this one.
    pub async fn remove_other_models(&self, keep: &str) -> Result<u64> {
        let last = store::last(&self.db).await?;
        let (mut at, mut removed) = (0, 0);
        while at < last {
            removed += store::delete_other_models(&self.db, keep, at, at + STRIDE).await?;
            at += STRIDE;
        }
        Ok(removed)
    }

    /// Fills the arenas of all workspaces, so that no search has to.
    pub async fn warm(&self) -> Result<()> {
        let Some(serving) = self.serving.read().clone() else {
            return Ok(());
        };
        let workspaces = self.workspaces().await?;
        serving.sweep(&workspaces);
        for workspace_id in workspaces {
            serving.fill(&self.db, &[(workspace_id, i64::MAX)]).await?;
        }
        serving.tidy(&self.db).await
    }

    /// The workspaces that have vectors, in the order of their ids.
    pub async fn workspaces(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or("", String::as_str);
            let page = store::workspaces(&self.db, after, 500).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// A passage, if it is in one of these workspaces.
    pub async fn passage(&self, number: i64, workspaces: &[String]) -> Result<Option<Passage>> {
        Ok(store::by_number(&self.db, vec![number], workspaces).await?.pop())
    }

    /// Those of these passages that are in one of these workspaces, in no order.
    pub async fn passages(&self, numbers: Vec<i64>, workspaces: &[String]) -> Result<Vec<Passage>> {
        store::by_number(&self.db, numbers, workspaces).await
    }

    /// The passages of the same owner around one, with itself, in order.
    pub async fn around(&self, passage: &Passage, reach: i64) -> Result<Vec<Passage>> {
        store::around(
            &self.db,
            &passage.owner_id,
            passage.part - reach,
            passage.part + reach,
        )
        .await
    }
}

/// The vector, made of length 1.
pub fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut vector {
            *number /= length;
        }
    }
    vector
}

/// What of a passage a model of vectors reads: a title that says who or what it is about helps, the name of a file does
/// not.
fn embedded(kind: Kind, title: &str, text: String) -> String {
    let titled =
        matches!(kind, Kind::Memory | Kind::Command) && !title.is_empty() && !text.starts_with(title);
    if titled { format!("{title}: {text}") } else { text }
}
