//! How a question is answered: candidates by words and by vectors at the same time, then one ranking.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sql::Result;

use crate::arena::{Found, owner_of};
use crate::index::{Hit, Index, Mode, Question, Scope};
use crate::pgvector::Outside;
use crate::rank::{self, Weights};
use crate::serving::{Place, Serving};
use crate::store::{self, Passage};

/// Candidates that the vectors hand to the ranking.
const BY_VECTORS: usize = 60;

impl Index {
    /// Answers a question: the best passages, best first, and how it was really done.
    pub async fn search(&self, question: &Question<'_>) -> Result<(Vec<Hit>, Mode)> {
        let vector = question.vector.map(|(_, vector)| vector.to_vec());
        let model = question.vector.map(|(model, _)| model);
        self.search_when(question, model, std::future::ready(vector))
            .await
    }

    /// The same for a question whose vector is still being made, by this model: words are compared meanwhile.
    pub async fn search_when(
        &self,
        question: &Question<'_>,
        model: Option<&str>,
        vector: impl Future<Output = Option<Vec<f32>>>,
    ) -> Result<(Vec<Hit>, Mode)> {
        let serving = self.serving.read().clone();
        let serving =
            serving.filter(|serving| question.mode != Mode::Text && model == Some(serving.model.as_str()));
        let by_vector = async {
            let Some(serving) = &serving else { return Ok(None) };
            // What was written before the question is read while its vector is being made.
            let (vector, mut filled) = tokio::join!(vector, self.filled(serving, question.scope));
            let Some(vector) = vector else {
                return Ok(None);
            };
            loop {
                let nearest = self
                    .nearest(serving, vector.clone(), question.scope, filled?)
                    .await?;
                // A workspace that was moved out meanwhile is looked for where it is now.
                if !nearest.places.iter().any(|place| place.is_outside()) {
                    return Ok(Some(nearest));
                }
                filled = self.filled(serving, question.scope).await;
            }
        };
        let by_words = async {
            if question.mode == Mode::Vector && serving.is_some() {
                return Ok((Vec::new(), Weights::default()));
            }
            self.by_words(question).await
        };
        let (by_words, by_vector): (Result<_>, Result<_>) = tokio::join!(by_words, by_vector);
        let ((mut passages, mut weights), by_vector) = (by_words?, by_vector?);
        let mode = if by_vector.is_some() {
            question.mode
        } else {
            Mode::Text
        };
        if mode == Mode::Text && question.mode == Mode::Vector && serving.is_some() {
            // No vector could be had after all.
            (passages, weights) = self.by_words(question).await?;
        }
        let mut cosines = HashMap::new();
        if let Some(nearest) = by_vector {
            cosines = self.joined(question.scope, nearest, &mut passages).await?;
        }
        let mut hits = rank::rank(question.text, passages, &weights, &cosines, mode);
        hits.truncate(question.k);
        Ok((hits, mode))
    }

    /// Adds the passages that are near by their vectors to those that were found by their words; the cosines of all.
    async fn joined(
        &self,
        scope: &Scope,
        nearest: Nearest,
        passages: &mut Vec<Passage>,
    ) -> Result<HashMap<i64, f32>> {
        let known: HashSet<i64> = passages.iter().map(|passage| passage.number).collect();
        let mut others = Found::new(0);
        let wanted: Vec<i64> = known.iter().copied().collect();
        for place in &nearest.places {
            place.arena.read().tell(&nearest.vector, &wanted, &mut others);
        }
        if !nearest.outside.is_empty() {
            let asked = (nearest.model.as_str(), nearest.vector.as_slice());
            Outside::tell(&self.db, asked, &nearest.outside, &wanted, &mut others).await?;
        }
        let told = others.others.iter();
        let mut cosines: HashMap<i64, f32> = told.map(|near| (near.number, near.cosine)).collect();
        let best = nearest.found.best();
        let numbers: Vec<i64> = best.iter().map(|near| near.number).collect();
        let unknown: Vec<i64> = numbers
            .iter()
            .copied()
            .filter(|number| !known.contains(number))
            .collect();
        let (full, found) = tokio::join!(
            store::full_vectors(&self.db, &nearest.model, numbers),
            store::by_number(&self.db, unknown.clone(), &scope.workspaces)
        );
        let (full, found) = (full?.into_iter().collect::<HashMap<_, _>>(), found?);
        for near in best {
            let own = full
                .get(&near.number)
                .map_or(near.own, |stored| product(&nearest.vector, stored));
            cosines.insert(near.number, near.corrected(own));
        }
        self.forget_gone(scope, &unknown, &found);
        passages.extend(found);
        Ok(cosines)
    }

    /// Where the vectors of a scope are, with all that were written before.
    async fn filled(&self, serving: &Arc<Serving>, scope: &Scope) -> Result<Filled> {
        let epochs = store::epochs(&self.db, &scope.workspaces).await?;
        let mut behind = epochs.clone();
        behind.retain(|(workspace_id, epoch)| serving.place(workspace_id).seen().0 < *epoch);
        if !behind.is_empty() {
            serving.fill(&self.db, &behind).await?;
        }
        let (mut places, mut outside) = (Vec::with_capacity(epochs.len()), Vec::new());
        for (workspace_id, _) in epochs {
            let place = serving.place(&workspace_id);
            if place.is_outside() {
                outside.push(workspace_id);
            } else {
                places.push(place);
            }
        }
        Ok(Filled { places, outside })
    }

    /// The passages whose vectors are nearest, by the arenas.
    async fn nearest(
        &self,
        serving: &Arc<Serving>,
        vector: Vec<f32>,
        scope: &Scope,
        Filled { places, outside }: Filled,
    ) -> Result<Nearest> {
        let only = scope.only.as_ref().map(|only| {
            let kinds: HashSet<u8> = only.kinds.iter().map(|kind| kind.byte()).collect();
            let owners: HashSet<u64> = only.owners.iter().map(|id| owner_of(id)).collect();
            (kinds, owners)
        });
        let mut nearest = Nearest {
            model: serving.model.clone(),
            vector,
            places,
            outside,
            found: Found::new(BY_VECTORS),
        };
        let (places, vector) = (nearest.places.clone(), nearest.vector.clone());
        let scan = move || {
            let mut found = Found::new(BY_VECTORS);
            let passes = only.as_ref().map(|(kinds, owners)| {
                move |kind: u8, owner: u64| kinds.contains(&kind) || owners.contains(&owner)
            });
            for place in places {
                place.arena.read().scan(&vector, passes, &mut found);
            }
            found
        };
        // A scan of a large workspace takes milliseconds of a core: not on the threads that answer requests.
        if let Ok(found) = tokio::task::spawn_blocking(scan).await {
            nearest.found = found;
        }
        if !nearest.outside.is_empty()
            && let Some(outside) = &serving.keeping.outside
        {
            let (asked, found) = (
                (nearest.model.as_str(), nearest.vector.as_slice()),
                &mut nearest.found,
            );
            outside
                .scan(&self.db, asked, &nearest.outside, scope, found)
                .await?;
        }
        Ok(nearest)
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

/// Workspaces whose vectors are in memory, and those whose vectors the database compares.
struct Filled {
    places: Vec<Arc<Place>>,
    outside: Vec<String>,
}

/// What the vectors say.
struct Nearest {
    model: String,
    vector: Vec<f32>,
    places: Vec<Arc<Place>>,
    outside: Vec<String>,
    found: Found,
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
