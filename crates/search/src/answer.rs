//! How a question is answered: candidates by words and by vectors at the same time, then one ranking.
//!
//! What full text costs grows with how many passages hold a word, and in a large workspace an ordinary word is in ten
//! thousands of them. There each word is looked for in the newest passages that hold it alone, so many of them: all of a
//! rare word's, and of a common one's those that are most likely wanted; how many hold it is worked out from how far back
//! they reach. What is older and holds nothing rarer is found by its vector.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sql::Result;

use crate::arena::{Found, owner_of};
use crate::index::{Hit, Index, Mode, Question, Scope};
use crate::pgvector::Outside;
use crate::rank::{self, Weights};
use crate::serving::{Place, Serving};
use crate::store::{self, Newest, Passage};
use crate::words::{Fields, asked, query_of};

/// Candidates that full text hands to the ranking.
const BY_WORDS: i64 = 200;
/// Candidates that the vectors hand to the ranking.
const BY_VECTORS: usize = 60;

/// How far words are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Words are counted no further than this: what is in that many passages tells them no better apart. A scope of more
    /// passages is large.
    pub counted: i64,
    /// Of a word, so many of the newest passages are looked at in a large scope.
    pub newest: i64,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            counted: 20_000,
            // One or two milliseconds a word, whatever the size of the scope.
            newest: 1_000,
        }
    }
}

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
            let Some(vector) = vector.await else {
                return Ok(None);
            };
            loop {
                let nearest = self.nearest(serving, vector.clone(), question.scope).await?;
                // A workspace that was moved out meanwhile is looked for where it is now.
                if !nearest.places.iter().any(|place| place.is_outside()) {
                    return Ok(Some(nearest));
                }
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

    /// The candidates of full text, and what the question's words are worth.
    async fn by_words(&self, question: &Question<'_>) -> Result<(Vec<Passage>, Weights)> {
        let words = asked(question.text);
        if words.is_empty() || question.scope.workspaces.is_empty() {
            return Ok((Vec::new(), Weights::default()));
        }
        let (kind, workspaces) = (self.db.kind(), &question.scope.workspaces);
        let Reach { counted, newest } = self.reach;
        let total = self.total(workspaces).await?;
        let is_large = total > counted;
        let each = words
            .iter()
            .map(|word| query_of(&[&word.folded], Fields::Own, kind, workspaces))
            .collect();
        let bound = if is_large { newest } else { counted };
        let newest = store::frequencies(&self.db, each, question.scope, bound).await?;
        let counts: Vec<i64> = newest.iter().map(|newest| newest.of_all(bound, total)).collect();
        let weights = Weights::new(&words, &counts, total);
        // Words that are nowhere find nothing; such that are nearly everywhere only cost, when there are rarer ones.
        let rare = counts.iter().any(|count| (1..counted).contains(count));
        let telling = || {
            words
                .iter()
                .zip(counts.iter().zip(&newest))
                .filter(|(_, (count, _))| **count > 0 && (**count < counted || !rare))
        };
        if telling().next().is_none() {
            return Ok((Vec::new(), weights));
        }
        // A filter is kept exactly: what it lets through may stand far behind the newest.
        let found = if is_large && question.scope.only.is_none() {
            let worth = telling()
                .map(|(word, (_, newest))| {
                    let query = query_of(&[&word.folded], Fields::All, kind, workspaces);
                    let from = if newest.count < bound { 0 } else { newest.low };
                    (query, from, weights.of(&word.stem))
                })
                .collect();
            store::newest_candidates(&self.db, worth, question.scope, BY_WORDS).await?
        } else {
            let folded: Vec<&str> = telling().map(|(word, _)| word.folded.as_str()).collect();
            let matching = query_of(&folded, Fields::All, kind, workspaces);
            store::candidates(&self.db, matching, question.scope, BY_WORDS).await?
        };
        Ok((found, weights))
    }

    /// How many passages workspaces have, about: counted as far as it matters, then as many as have vectors in memory.
    async fn total(&self, workspaces: &[String]) -> Result<i64> {
        let counted = store::count(&self.db, workspaces, self.reach.counted + 1).await?;
        if counted <= self.reach.counted {
            return Ok(counted);
        }
        let serving = self.serving.read().clone();
        let arenas = serving.map(|serving| serving.vectors_of(workspaces));
        Ok(counted.max(arenas.unwrap_or_default() as i64))
    }

    /// The passages whose vectors are nearest, by the arenas.
    async fn nearest(&self, serving: &Arc<Serving>, vector: Vec<f32>, scope: &Scope) -> Result<Nearest> {
        let epochs = store::epochs(&self.db, &scope.workspaces).await?;
        let (mut places, mut outside) = (Vec::with_capacity(epochs.len()), Vec::new());
        for (workspace_id, epoch) in epochs {
            let place = serving.place(&workspace_id);
            if place.seen().0 < epoch {
                serving.fill(&self.db, &workspace_id).await?;
            }
            if place.is_outside() {
                outside.push(workspace_id);
            } else {
                places.push(place);
            }
        }
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
            for place in places {
                let passes = |kind: u8, owner: u64| {
                    only.as_ref()
                        .is_none_or(|(kinds, owners)| kinds.contains(&kind) || owners.contains(&owner))
                };
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

/// What the vectors say.
struct Nearest {
    model: String,
    vector: Vec<f32>,
    /// Workspaces whose vectors are in memory, and those whose vectors the database compares.
    places: Vec<Arc<Place>>,
    outside: Vec<String>,
    found: Found,
}

impl Newest {
    /// How many passages hold the word, if these are the newest of them: as many more as they reach back less far.
    fn of_all(&self, bound: i64, total: i64) -> i64 {
        if self.count < bound {
            return self.count;
        }
        let reach = (self.high - self.low).max(1);
        (self.count.saturating_mul(self.high) / reach).clamp(self.count, total.max(self.count))
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_hold_a_word_follows_from_how_far_back_the_newest_reach() {
        let of_all = |count, low, high| Newest { count, low, high }.of_all(1_000, 50_000);
        assert_eq!(of_all(7, 3, 90_000), 7, "all of them are known");
        assert_eq!(of_all(1_000, 90_000, 100_000), 10_000);
        assert_eq!(of_all(1_000, 99_990, 100_000), 50_000, "no more than there are");
        assert_eq!(of_all(1_000, 1, 1_000), 1_001);
    }
}
