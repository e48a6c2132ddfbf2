//! Ranking: from the words and vectors of candidates to one order. Pure.
//!
//! ```text
//! score = words (0 to 1) + VECTOR · cosine + LENGTH · how much it says + DATE · how near to a date of the question
//!         + WHEN, if the question asks for a time and the passage names one − QUESTION, if it asks something itself
//! ```
//!
//! Words are scored by BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", 2004)
//! over the passage, its title and tags, and the passages beside it in its series, as a share of what the question's words
//! are worth together: so a score says how much of the question is answered, and can be added to a cosine. The cosine is
//! taken with the passage's vector and those beside it ([`crate::arena`]). The constants were found on the development half
//! of LoCoMo with one conversation left out at a time; each lies on a plateau (`stoa eval retrieval` measures them).

use std::collections::{BTreeMap, HashMap};

use crate::dates::{self, Days};
use crate::index::{Hit, Mode};
use crate::passage::Kind;
use crate::store::Passage;
use crate::words::{Asked, Beginnings, spans};

/// What words count for in the passage one and two places before, and one and two behind.
pub const BEFORE: [f32; 2] = [0.5, 0.35];
pub const BEHIND: [f32; 2] = [0.3, 0.2];
/// What they count for in the passage right before, when that one asks something: this one answers.
const ASKED: f32 = 1.0;
/// A passage of more words than this needs less of what stands beside it: those weights fade.
pub const SHORT: f32 = 50.0;
/// What a word of the title or the tags counts for.
const HEAD: f32 = 1.0;
/// Saturation of repeated words, and weight of length.
const K1: f32 = 1.0;
const B: f32 = 0.5;
/// The cosine, against the words.
const VECTOR: f32 = 0.7;
/// A passage that says something, up to so many words.
const LENGTH: f32 = 0.2;
const LENGTH_WORDS: f32 = 60.0;
/// A passage that asks itself.
const QUESTION: f32 = 0.05;
/// A passage of a date that the question names; falls with the days outside of it.
const DATE: f32 = 0.4;
const DATE_DAYS: f32 = 7.0;
/// A passage that names a time, for a question that asks for one.
const WHEN: f32 = 0.15;
/// Length, question and time count half when only words or only vectors are compared.
const ALONE: f32 = 0.5;

const DAY_MICROS: i64 = 86_400_000_000;

/// What the words of a question are worth in the workspaces that are searched.
#[derive(Debug, Default)]
pub struct Weights {
    /// A stem of the question and its inverse document frequency; without words that nobody has written.
    idf: HashMap<String, f32>,
    /// The sum of all.
    total: f32,
    /// The sum with the words that nobody has written, each worth what a word is that is written once at most.
    asked: f32,
}

impl Weights {
    /// From how many of `total` passages hold each word.
    pub fn new(asked: &[Asked], frequencies: &[i64], total: i64) -> Self {
        let idf = |frequency: i64| {
            let (total, frequency) = (total.max(frequency) as f32, frequency as f32);
            (1.0 + (total - frequency + 0.5) / (frequency + 0.5)).ln()
        };
        let all = asked
            .iter()
            .zip(frequencies)
            .map(|(_, frequency)| idf(*frequency))
            .sum();
        let idf: HashMap<String, f32> = asked
            .iter()
            .zip(frequencies)
            .filter(|(_, frequency)| **frequency > 0)
            .map(|(word, frequency)| (word.stem.clone(), idf(*frequency)))
            .collect();
        Self {
            total: idf.values().sum(),
            asked: all,
            idf,
        }
    }

    /// What a word is worth.
    pub fn of(&self, stem: &str) -> f32 {
        self.idf.get(stem).copied().unwrap_or(0.0)
    }
}

/// What is counted of a candidate.
struct Counted<'a> {
    /// How often each word of the question stands in the text.
    found: HashMap<&'a str, f32>,
    /// Which stand in the title or the tags.
    head: Vec<&'a str>,
    words: f32,
    asks: bool,
}

/// The passages, best first.
pub fn rank(
    question: &str,
    passages: Vec<Passage>,
    weights: &Weights,
    cosines: &HashMap<i64, f32>,
    mode: Mode,
) -> Vec<Hit> {
    let beginnings = Beginnings::of(weights.idf.keys().map(String::as_str));
    let count = |passage| count(passage, weights, &beginnings);
    let counted: Vec<Counted<'_>> = passages.iter().map(count).collect();
    let by_words = by_words(&passages, &counted, weights);
    let mut years: Vec<i64> = passages
        .iter()
        .map(|passage| dates::year_of(day_of(passage)))
        .collect();
    years.sort_unstable();
    years.dedup();
    let (named, asks_when) = (dates::named(question, &years), dates::asks_when(question));
    let share = if mode == Mode::Hybrid { 1.0 } else { ALONE };
    // What has no vector yet is held for as far as the farthest candidate.
    let farthest = cosines.values().copied().fold(f32::INFINITY, f32::min);
    let farthest = if farthest.is_finite() { farthest } else { 0.0 };
    let mut hits: Vec<Hit> = passages
        .into_iter()
        .zip(counted.iter().zip(by_words))
        .map(|(passage, (counted, (by_words, held)))| {
            let by_vector = cosines.get(&passage.number).copied();
            let cosine = by_vector.unwrap_or(farthest);
            let matched = match mode {
                Mode::Text => by_words,
                Mode::Vector => cosine,
                Mode::Hybrid => by_words + VECTOR * cosine,
            };
            let mut said = LENGTH * (counted.words.ln_1p() / LENGTH_WORDS.ln_1p()).min(1.0);
            said -= if counted.asks { QUESTION } else { 0.0 };
            said += if asks_when && dates::names_time(&passage.text) {
                WHEN
            } else {
                0.0
            };
            let score = matched + share * said + DATE * near(&named, day_of(&passage));
            Hit {
                passage,
                score,
                by_words,
                held,
                by_vector,
            }
        })
        .collect();
    hits.sort_by(|one, other| {
        let newer = other.passage.number.cmp(&one.passage.number);
        other.score.total_cmp(&one.score).then(newer)
    });
    hits
}

fn day_of(passage: &Passage) -> i64 {
    passage.at.micros().div_euclid(DAY_MICROS)
}

/// 1 within one of the days, falling with the distance to them; 0 when none is named.
fn near(named: &[Days], day: i64) -> f32 {
    let outside = named
        .iter()
        .map(|(first, last)| (first - day).max(day - last).max(0))
        .min();
    outside.map_or(0.0, |days| (-(days as f32) / DATE_DAYS).exp())
}

fn count<'a>(passage: &Passage, weights: &'a Weights, beginnings: &Beginnings) -> Counted<'a> {
    // The stem of a word is what takes time, and few words begin like one of the question.
    let known = |word: &str| {
        let stem = beginnings.stem_of(word)?;
        weights.idf.get_key_value(&stem).map(|(stem, _)| stem.as_str())
    };
    let mut found: HashMap<&str, f32> = HashMap::new();
    let mut length = 0.0;
    for (start, end) in spans(&passage.text) {
        length += 1.0;
        if let Some(stem) = known(&passage.text[start..end]) {
            *found.entry(stem).or_default() += 1.0;
        }
    }
    let mut head: Vec<&str> = [&passage.title, &passage.tags]
        .into_iter()
        .flat_map(|text| spans(text).map(|(start, end)| &text[start..end]))
        .filter_map(known)
        .collect();
    head.sort_unstable();
    head.dedup();
    Counted {
        found,
        head,
        words: length,
        asks: passage.text.trim_end().ends_with('?'),
    }
}

/// The share of the question's worth that each passage holds, with what stands beside it: scored, and plainly as the share
/// of all words that were asked.
fn by_words(passages: &[Passage], counted: &[Counted<'_>], weights: &Weights) -> Vec<(f32, f32)> {
    if weights.total <= 0.0 {
        return vec![(0.0, 0.0); passages.len()];
    }
    let usual = usual_lengths(passages, counted);
    let order = Order::of(passages);
    passages
        .iter()
        .enumerate()
        .map(|(at, passage)| {
            let fade = (SHORT / counted[at].words.max(1.0)).min(1.0);
            let mut beside = order.beside(at, passages, |before| counted[before].asks);
            for (_, weight) in &mut beside {
                *weight *= fade;
            }
            let (mut length, mut parts) = (counted[at].words, 1.0);
            for (other, weight) in &beside {
                length += weight * counted[*other].words;
                parts += weight;
            }
            let usual = usual.get(&passage.kind).copied().unwrap_or(1.0).max(1.0);
            let saturation = K1 * (1.0 - B + B * length / (usual * parts));
            let (mut worth, mut held) = (0.0, 0.0);
            for (stem, idf) in &weights.idf {
                let stem = stem.as_str();
                let times = |at: usize| counted[at].found.get(stem).copied().unwrap_or(0.0);
                let head = if counted[at].head.contains(&stem) {
                    HEAD
                } else {
                    0.0
                };
                let beside: f32 = beside.iter().map(|(other, weight)| weight * times(*other)).sum();
                let count = times(at) + head + beside;
                worth += idf * count / (count + saturation);
                if count > 0.0 {
                    held += idf;
                }
            }
            (worth / weights.total, held / weights.asked)
        })
        .collect()
}

/// The mean length of passages, by kind: messages are short, parts of files are long.
fn usual_lengths(passages: &[Passage], counted: &[Counted<'_>]) -> HashMap<Kind, f32> {
    let mut sums: HashMap<Kind, (f32, f32)> = HashMap::new();
    for (passage, counted) in passages.iter().zip(counted) {
        let (words, count) = sums.entry(passage.kind).or_default();
        *words += counted.words;
        *count += 1.0;
    }
    sums.into_iter()
        .map(|(kind, (words, count))| (kind, words / count))
        .collect()
}

/// The candidates by where they stand in their series. A passage beside one that is no candidate holds no word of the
/// question, so nothing is missed.
struct Order<'a>(BTreeMap<(&'a str, i64, i64), usize>);

impl<'a> Order<'a> {
    fn of(passages: &'a [Passage]) -> Self {
        let places = passages.iter().enumerate().filter_map(|(at, passage)| {
            let (series, position) = passage.series.as_ref()?;
            Some(((series.as_str(), *position, passage.part), at))
        });
        Self(places.collect())
    }

    /// What stands beside a passage, with what it counts for.
    fn beside(&self, at: usize, passages: &[Passage], asks: impl Fn(usize) -> bool) -> Vec<(usize, f32)> {
        let mut beside = Vec::new();
        let passage = &passages[at];
        let Some((series, position)) = &passage.series else {
            return beside;
        };
        let here = (series.as_str(), *position, passage.part);
        let mut last = here;
        for (step, (key, other)) in self.0.range(..here).rev().take(BEFORE.len()).enumerate() {
            if !follows(*key, last) {
                break;
            }
            let weight = if step == 0 && asks(*other) {
                ASKED
            } else {
                BEFORE[step]
            };
            beside.push((*other, weight));
            last = *key;
        }
        last = here;
        let after = (std::ops::Bound::Excluded(here), std::ops::Bound::Unbounded);
        for (step, (key, other)) in self.0.range(after).take(BEHIND.len()).enumerate() {
            if !follows(last, *key) {
                break;
            }
            beside.push((*other, BEHIND[step]));
            last = *key;
        }
        beside
    }
}

/// Whether one place of a series (series, position, part) is right behind another: its next part, or the first of the next
/// position.
pub fn follows<S: PartialEq>(one: (S, i64, i64), next: (S, i64, i64)) -> bool {
    one.0 == next.0
        && ((one.1 == next.1 && one.2 + 1 == next.2) || (one.1.checked_add(1) == Some(next.1) && next.2 == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::Place;
    use crate::words::asked;

    fn passage(number: i64, text: &str, series: Option<(&str, i64)>) -> Passage {
        Passage {
            number,
            workspace_id: "ws".to_owned(),
            kind: Kind::Memory,
            owner_id: format!("mem_{number}"),
            parent_id: None,
            series: series.map(|(series, position)| (series.to_owned(), position)),
            part: 0,
            title: String::new(),
            tags: String::new(),
            text: text.to_owned(),
            context: String::new(),
            place: Place::default(),
            at: sql::Time::from_micros(19_485 * DAY_MICROS + 5),
        }
    }

    fn order(question: &str, passages: Vec<Passage>) -> Vec<i64> {
        let asked = asked(question);
        let counts = vec![1; asked.len()];
        let weights = Weights::new(&asked, &counts, 100);
        let hits = rank(question, passages, &weights, &HashMap::new(), Mode::Text);
        hits.into_iter().map(|hit| hit.passage.number).collect()
    }

    #[test]
    fn more_of_the_question_is_better() {
        let found = order(
            "red kite castle",
            vec![
                passage(1, "a red car on the road", None),
                passage(2, "a red kite over the castle", None),
                passage(3, "red red red red red red", None),
            ],
        );
        assert_eq!(found[0], 2);
    }

    #[test]
    fn an_answer_is_found_by_the_question_before_it() {
        let found = order(
            "How many eggs go into the dough?",
            vec![
                passage(1, "How many eggs go into the dough?", Some(("s", 4))),
                passage(
                    2,
                    "I always take three and a bit of sugar on top of it.",
                    Some(("s", 5)),
                ),
                passage(
                    3,
                    "I always take three and a bit of sugar on top of it.",
                    Some(("s", 9)),
                ),
            ],
        );
        assert_eq!(found[2], 3, "{found:?}");
    }

    #[test]
    fn the_date_of_the_question_counts() {
        let mut early = passage(1, "we met at the harbour", None);
        early.at = sql::Time::from_micros(19_000 * DAY_MICROS);
        let found = order(
            "harbour on 8 May 2023",
            vec![early, passage(2, "we met at the harbour", None)],
        );
        assert_eq!(found, [2, 1]);
    }

    #[test]
    fn only_what_stands_side_by_side_helps() {
        assert!(follows(("a", 1, 0), ("a", 1, 1)) && follows(("a", 1, 3), ("a", 2, 0)));
        assert!(
            !follows(("a", 1, 0), ("a", 1, 2))
                && !follows(("a", 1, 0), ("b", 2, 0))
                && !follows(("a", 1, 0), ("a", 3, 0))
        );
    }
}
