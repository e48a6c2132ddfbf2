//! The index: what is in memory of it, how it is kept up to date, and how a question is answered.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use sql::{Db, Result, Time};

use crate::arena::{Arena, Near, Row, owner_of};
use crate::passage::Kind;
use crate::rank::{self, Weights};
use crate::store::{self, Passage};
use crate::words::{Fields, asked, query_of};

/// Candidates that full text hands to the ranking.
const BY_WORDS: i64 = 200;
/// Candidates that the vectors hand to the ranking.
const BY_VECTORS: usize = 60;
/// Vectors that are read in one statement while an arena is filled.
const PAGE: i64 = 2_000;
/// Words are counted no further than this: what is in that many passages tells them no better apart.
const COUNTED_MAX: i64 = 20_000;
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

/// The arenas of one model.
struct Serving {
    model: String,
    arenas: Mutex<HashMap<String, Arc<Place>>>,
}

#[derive(Default)]
struct Place {
    arena: RwLock<Arena>,
    /// One fills it at a time.
    filling: tokio::sync::Mutex<()>,
}

/// The index of a process. Clones are the same index.
#[derive(Clone)]
pub struct Index {
    db: Db,
    serving: Arc<RwLock<Option<Arc<Serving>>>>,
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
        }
    }

    /// Answers with the vectors of this model from now on.
    pub fn serve(&self, model: Option<&str>) {
        let mut serving = self.serving.write();
        if serving.as_ref().map(|serving| serving.model.as_str()) != model {
            *serving = model.map(|model| {
                Arc::new(Serving {
                    model: model.to_owned(),
                    arenas: Mutex::default(),
                })
            });
        }
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
        let mut after = String::new();
        loop {
            let page = store::workspaces(&self.db, &after, 500).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(last);
            for workspace_id in &page {
                fill(&self.db, &serving, workspace_id).await?;
            }
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

    /// Answers a question: the best passages, best first, and how it was really done.
    pub async fn search(&self, question: &Question<'_>) -> Result<(Vec<Hit>, Mode)> {
        let serving = self.serving.read().clone();
        let by_vector = question
            .vector
            .zip(serving.as_ref())
            .filter(|((model, _), serving)| question.mode != Mode::Text && serving.model == *model);
        let mode = if by_vector.is_some() {
            question.mode
        } else {
            Mode::Text
        };
        let (mut passages, weights) = if mode == Mode::Vector {
            (Vec::new(), Weights::default())
        } else {
            self.by_words(question).await?
        };
        let mut cosines = HashMap::new();
        if let Some(((model, vector), serving)) = by_vector {
            let known: Vec<i64> = passages.iter().map(|passage| passage.number).collect();
            let scanned = self
                .nearest(serving, vector, question.scope, known.clone())
                .await?;
            cosines.extend(scanned.others.iter().map(|near| (near.number, near.cosine)));
            let best: Vec<i64> = scanned.best.iter().map(|near| near.number).collect();
            let full: HashMap<i64, Vec<f32>> = store::full_vectors(&self.db, model, best.clone())
                .await?
                .into_iter()
                .collect();
            for near in scanned.best {
                let own = full
                    .get(&near.number)
                    .map_or(near.own, |stored| product(vector, stored));
                cosines.insert(near.number, near.corrected(own));
            }
            let known: HashSet<i64> = known.into_iter().collect();
            let unknown: Vec<i64> = best
                .into_iter()
                .filter(|number| !known.contains(number))
                .collect();
            let found = store::by_number(&self.db, unknown.clone(), &question.scope.workspaces).await?;
            self.forget_gone(question.scope, &unknown, &found);
            passages.extend(found);
        }
        let mut hits = rank::rank(question.text, passages, &weights, &cosines, mode);
        hits.truncate(question.k);
        Ok((hits, mode))
    }

    /// The candidates of full text, and what the question's words are worth.
    async fn by_words(&self, question: &Question<'_>) -> Result<(Vec<Passage>, Weights)> {
        let words = asked(question.text);
        if words.is_empty() || question.scope.workspaces.is_empty() {
            return Ok((Vec::new(), Weights::default()));
        }
        let (kind, workspaces) = (self.db.kind(), &question.scope.workspaces);
        let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
        let each = folded
            .iter()
            .map(|word| query_of(&[word], Fields::Own, kind, workspaces))
            .collect();
        let counts = store::frequencies(&self.db, each, question.scope, COUNTED_MAX).await?;
        let total = store::count(&self.db, workspaces, COUNTED_MAX * 10).await?;
        let weights = Weights::new(&words, &counts, total);
        // Words that are nowhere find nothing; such that are nearly everywhere only cost, when there are rarer ones.
        let rare = counts.iter().any(|count| (1..COUNTED_MAX).contains(count));
        let telling: Vec<&str> = folded
            .iter()
            .zip(&counts)
            .filter(|(_, count)| **count > 0 && (**count < COUNTED_MAX || !rare))
            .map(|(word, _)| *word)
            .collect();
        if telling.is_empty() {
            return Ok((Vec::new(), weights));
        }
        let matching = query_of(&telling, Fields::All, kind, workspaces);
        let found = store::candidates(&self.db, matching, question.scope, BY_WORDS).await?;
        Ok((found, weights))
    }

    /// The passages whose vectors are nearest, by the arenas, and what they say of others.
    async fn nearest(
        &self,
        serving: &Arc<Serving>,
        vector: &[f32],
        scope: &Scope,
        others: Vec<i64>,
    ) -> Result<Scanned> {
        let epochs = store::epochs(&self.db, &scope.workspaces).await?;
        let mut places = Vec::with_capacity(epochs.len());
        for (workspace_id, epoch) in epochs {
            let place = serving.place(&workspace_id);
            let behind = place.arena.read().seen.0 < epoch;
            if behind {
                fill(&self.db, serving, &workspace_id).await?;
            }
            places.push(place);
        }
        let only = scope.only.as_ref().map(|only| {
            let kinds: HashSet<u8> = only.kinds.iter().map(|kind| kind.byte()).collect();
            let owners: HashSet<u64> = only.owners.iter().map(|id| owner_of(id)).collect();
            (kinds, owners)
        });
        let vector = vector.to_vec();
        let scan = move || {
            let (mut best, mut found) = (BinaryHeap::with_capacity(BY_VECTORS + 1), Vec::new());
            let mut scanned = Scanned::default();
            for place in places {
                let passes = |kind: u8, owner: u64| {
                    only.as_ref()
                        .is_none_or(|(kinds, owners)| kinds.contains(&kind) || owners.contains(&owner))
                };
                place
                    .arena
                    .read()
                    .scan(&vector, BY_VECTORS, passes, &others, &mut best, &mut found);
            }
            scanned.best = best.into_iter().map(|Reverse((_, at))| found[at]).collect();
            let wanted: HashSet<i64> = others.into_iter().collect();
            found.retain(|near| wanted.contains(&near.number));
            scanned.others = found;
            scanned
        };
        // A scan of a large workspace takes milliseconds of a core: not on the threads that answer requests.
        Ok(tokio::task::spawn_blocking(scan).await.unwrap_or_default())
    }

    /// What was not found any more is gone for good.
    fn forget_gone(&self, scope: &Scope, asked: &[i64], found: &[Passage]) {
        if asked.len() == found.len() {
            return;
        }
        let found: HashSet<i64> = found.iter().map(|passage| passage.number).collect();
        let gone: Vec<i64> = asked
            .iter()
            .copied()
            .filter(|number| !found.contains(number))
            .collect();
        let Some(serving) = self.serving.read().clone() else {
            return;
        };
        for workspace_id in &scope.workspaces {
            let place = serving.arenas.lock().get(workspace_id).cloned();
            if let Some(place) = place {
                place.arena.write().forget(&gone);
            }
        }
    }
}

/// What the arenas say.
#[derive(Default)]
struct Scanned {
    /// The nearest, in no order.
    best: Vec<Near>,
    /// Those that were asked for beside them.
    others: Vec<Near>,
}

impl Serving {
    fn place(&self, workspace_id: &str) -> Arc<Place> {
        Arc::clone(self.arenas.lock().entry(workspace_id.to_owned()).or_default())
    }
}

/// Reads what the arena of a workspace lacks.
async fn fill(db: &Db, serving: &Serving, workspace_id: &str) -> Result<()> {
    let place = serving.place(workspace_id);
    let _filling = place.filling.lock().await;
    loop {
        let seen = place.arena.read().seen;
        let page = store::vectors_since(db, (&serving.model, workspace_id), seen, PAGE).await?;
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
        if (page.len() as i64) < PAGE {
            return Ok(());
        }
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

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
