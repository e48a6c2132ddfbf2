//! The candidates of full text.
//!
//! What full text costs grows with how many passages hold a word, and in a large workspace an ordinary word is in ten
//! thousands of them. There each word is looked for in the newest passages that hold it alone, so many of them: all of a
//! rare word's, and of a common one's those that are most likely wanted; how many hold it is worked out from how far back
//! they reach. What is older and holds nothing rarer is found by its vector.
//!
//! SQLite's full text has the workspace as a word of each passage, and finds what holds two words by going along the lists of
//! both. The list of a workspace that is a large part of everything is the longest there is, and a rare word makes it be read
//! from end to end. So there a word is looked for alone, and of the few passages that hold it each is asked for its workspace.
//! A word that others use much more than the searched workspaces, which is seen by what is left, is looked for in them after all.

use std::collections::HashMap;

use sql::{Kind, Result};

use crate::index::{Index, Question, Scope};
use crate::rank::Weights;
use crate::store::{self, Newest, Passage};
use crate::words::{Asked, Fields, asked, query_of, query_of_everywhere};

/// Candidates that full text hands to the ranking.
const BY_WORDS: usize = 200;
/// A scope of less than this part of everything is looked for by its own list, which is short.
const PART: i64 = 4;

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
    /// The candidates of full text, and what the question's words are worth.
    pub(crate) async fn by_words(&self, question: &Question<'_>) -> Result<(Vec<Passage>, Weights)> {
        let words = asked(question.text);
        let scope = question.scope;
        if words.is_empty() || scope.workspaces.is_empty() {
            return Ok((Vec::new(), Weights::default()));
        }
        let total = self.total(&scope.workspaces).await?;
        let is_large = total > self.reach.counted;
        let (counts, newest) = if is_large {
            let newest = self.newest(&words, scope, total).await?;
            (newest.iter().map(|newest| newest.of_all(total)).collect(), newest)
        } else {
            let each = words
                .iter()
                .map(|word| self.query(&[&word.folded], Fields::Own, scope))
                .collect();
            let counts = store::frequencies(&self.db, each, scope, self.reach.counted).await?;
            (counts, Vec::new())
        };
        let weights = Weights::new(&words, &counts, total);
        // Words that are nowhere find nothing; such that are nearly everywhere only cost, when there are rarer ones.
        let rare = counts.iter().any(|count| (1..self.reach.counted).contains(count));
        let tells = |count: i64| count > 0 && (count < self.reach.counted || !rare);
        let telling: Vec<usize> = (0..words.len()).filter(|at| tells(counts[*at])).collect();
        if telling.is_empty() {
            return Ok((Vec::new(), weights));
        }
        // A filter is kept exactly: what it lets through may stand far behind the newest.
        let found = if is_large && scope.only.is_none() {
            let telling = telling
                .iter()
                .map(|at| (&newest[*at], weights.of(&words[*at].stem)));
            let numbers = most_worth(telling);
            store::by_number(&self.db, numbers, &scope.workspaces).await?
        } else {
            let folded: Vec<&str> = telling.iter().map(|at| words[*at].folded.as_str()).collect();
            let matching = self.query(&folded, Fields::All, scope);
            store::candidates(&self.db, matching, scope, BY_WORDS as i64).await?
        };
        Ok((found, weights))
    }

    fn query(&self, words: &[&str], fields: Fields, scope: &Scope) -> String {
        query_of(words, fields, self.db.kind(), &scope.workspaces)
    }

    /// The newest passages of a large scope that hold each word, or stand beside it.
    async fn newest(&self, words: &[Asked], scope: &Scope, total: i64) -> Result<Vec<Newest>> {
        let bound = self.reach.newest;
        let within = |word: &Asked| self.query(&[&word.folded], Fields::All, scope);
        if self.db.kind() == Kind::Postgres {
            let each = words.iter().map(within).collect();
            return store::newest(&self.db, each, scope, (bound, bound)).await;
        }
        let everything = store::last(&self.db).await?;
        if total.saturating_mul(PART) < everything {
            let each = words.iter().map(within).collect();
            return store::newest(&self.db, each, scope, (bound, bound)).await;
        }
        // As many more as others have, if they use the word as often.
        let further = bound.saturating_mul(everything) / total.max(1) + bound / 8;
        let each = words
            .iter()
            .map(|word| query_of_everywhere(&word.folded))
            .collect();
        let mut newest =
            store::newest(&self.db, each, scope, (further.clamp(bound, 2 * bound), bound)).await?;
        let lacking: Vec<usize> = (0..words.len())
            .filter(|at| newest[*at].is_cut && (newest[*at].numbers.len() as i64) < bound / 2)
            .collect();
        if !lacking.is_empty() {
            let each = lacking.iter().map(|at| within(&words[*at])).collect();
            let found = store::newest(&self.db, each, scope, (bound, bound)).await?;
            for (at, found) in lacking.into_iter().zip(found) {
                newest[at] = found;
            }
        }
        Ok(newest)
    }

    /// How many passages workspaces have, about: as many as have vectors, or counted as far as it matters.
    async fn total(&self, workspaces: &[String]) -> Result<i64> {
        let serving = self.serving.read().clone();
        let vectors = serving.map_or(0, |serving| serving.vectors_of(workspaces)) as i64;
        if vectors > self.reach.counted {
            return Ok(vectors);
        }
        let counted = store::count(&self.db, workspaces, self.reach.counted + 1).await?;
        Ok(counted.max(vectors))
    }
}

/// The passages that hold the words that are worth most together; of equal ones the newest.
fn most_worth<'a>(words: impl Iterator<Item = (&'a Newest, f32)>) -> Vec<i64> {
    let mut worth: HashMap<i64, f32> = HashMap::new();
    for (newest, weight) in words {
        for number in &newest.numbers {
            *worth.entry(*number).or_default() += weight;
        }
    }
    let mut best: Vec<(f32, i64)> = worth.into_iter().map(|(number, worth)| (worth, number)).collect();
    let order = |one: &(f32, i64), other: &(f32, i64)| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1));
    if best.len() > BY_WORDS {
        best.select_nth_unstable_by(BY_WORDS, order);
        best.truncate(BY_WORDS);
    }
    best.into_iter().map(|(_, number)| number).collect()
}

impl Newest {
    /// How many passages hold the word, if these are the newest of them: as many more as they reach back less far.
    fn of_all(&self, total: i64) -> i64 {
        let count = self.numbers.len() as i64;
        let (Some(high), Some(low)) = (self.numbers.first(), self.numbers.last()) else {
            return count;
        };
        if !self.is_cut {
            return count;
        }
        let reach = (high - low).max(1);
        (count.saturating_mul(*high) / reach).clamp(count, total.max(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_hold_a_word_follows_from_how_far_back_the_newest_reach() {
        let of_all = |count: i64, low: i64, high: i64, is_cut: bool| {
            let between = (1..count - 1).map(|at| high - at);
            let numbers = std::iter::once(high).chain(between).chain([low]).collect();
            Newest { numbers, is_cut }.of_all(50_000)
        };
        assert_eq!(of_all(7, 3, 90_000, false), 7, "all of them are known");
        assert_eq!(of_all(1_000, 90_000, 100_000, true), 10_000);
        assert_eq!(
            of_all(1_000, 99_001, 100_000, true),
            50_000,
            "no more than there are"
        );
        assert_eq!(Newest::default().of_all(9), 0);
    }

    #[test]
    fn what_holds_more_of_the_question_comes_before_what_is_newer() {
        let newest = |numbers: std::ops::Range<i64>| Newest {
            numbers: numbers.rev().collect(),
            is_cut: true,
        };
        let (common, rare) = (newest(1_000..2_000), newest(900..1_003));
        let best = most_worth([(&common, 1.0), (&rare, 3.0)].into_iter());
        assert_eq!(best.len(), BY_WORDS);
        // Those with both words, those with the rare one, the newest with the common one.
        let mut wanted: Vec<i64> = (900..1_003).chain(1_903..2_000).collect();
        let mut best: Vec<i64> = best;
        best.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(best, wanted);
    }
}
