//! Which of the hits a model is shown: relevant ones, that differ, as many as fit. Pure.

use std::collections::HashSet;

use search::Hit;

use crate::conversations::prompt::estimate_tokens;

/// The most passages that one answer draws on.
const PASSAGES_MAX: usize = 8;
/// Of one owner at first; more only where others leave room.
const PER_OWNER: usize = 3;
/// A passage is about the question when the share of the question's words that it holds and the cosine of their vectors come
/// to this much. On the development half of LoCoMo 95 of 100 passages that answer a question reach it, and for 7 of 10
/// questions that are asked of a conversation of other people nothing does.
const ENOUGH: f32 = 0.64;
/// The same for what has no vector: by words alone.
const WORDS_ENOUGH: f32 = 0.4;
/// Two passages that share this many of their words say the same.
const SAME: f32 = 0.8;
/// The marks and the title around a passage, in tokens.
const TOKENS_AROUND: usize = 40;

/// The passages to show, best first, within a budget of tokens.
pub fn select(hits: Vec<Hit>, budget_tokens: usize) -> Vec<Hit> {
    let mut left = budget_tokens;
    let mut taken: Vec<(Hit, HashSet<String>)> = Vec::new();
    let mut crowded = Vec::new();
    let relevant: Vec<Hit> = hits.into_iter().filter(is_relevant).collect();
    let mut take = |hit: Hit, taken: &mut Vec<(Hit, HashSet<String>)>| {
        let words = words_of(&hit.passage.text);
        let cost = estimate_tokens(&hit.passage.text) + TOKENS_AROUND;
        if taken.len() < PASSAGES_MAX && cost <= left && taken.iter().all(|(_, other)| !same(&words, other)) {
            left -= cost;
            taken.push((hit, words));
        }
    };
    for hit in relevant {
        let of_owner = taken
            .iter()
            .filter(|(other, _)| other.passage.owner_id == hit.passage.owner_id)
            .count();
        if of_owner < PER_OWNER {
            take(hit, &mut taken);
        } else {
            crowded.push(hit);
        }
    }
    for hit in crowded {
        take(hit, &mut taken);
    }
    taken.into_iter().map(|(hit, _)| hit).collect()
}

fn is_relevant(hit: &Hit) -> bool {
    match hit.by_vector {
        Some(cosine) => hit.held + cosine >= ENOUGH,
        None => hit.held >= WORDS_ENOUGH,
    }
}

fn words_of(text: &str) -> HashSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether two sets of words are nearly one (Jaccard).
fn same(one: &HashSet<String>, other: &HashSet<String>) -> bool {
    let shared = one.intersection(other).count() as f32;
    let all = (one.len() + other.len()) as f32 - shared;
    all == 0.0 || shared / all >= SAME
}

#[cfg(test)]
mod tests {
    use search::{Kind, Passage, Place};
    use sql::Time;

    use super::*;

    fn hit(owner: &str, text: &str, held: f32, by_vector: Option<f32>) -> Hit {
        Hit {
            passage: Passage {
                number: 1,
                workspace_id: "ws_1".into(),
                kind: Kind::Memory,
                owner_id: owner.into(),
                parent_id: None,
                series: None,
                part: 0,
                title: String::new(),
                tags: String::new(),
                text: text.into(),
                context: String::new(),
                place: Place::default(),
                at: Time::from_micros(0),
            },
            score: held,
            by_words: held,
            held,
            by_vector,
        }
    }

    fn texts(hits: Vec<Hit>) -> Vec<String> {
        hits.into_iter().map(|hit| hit.passage.text).collect()
    }

    #[test]
    fn what_is_neither_near_in_words_nor_in_meaning_is_left_out() {
        let hits = vec![
            hit("a", "by words", 0.9, None),
            hit("b", "by meaning", 0.0, Some(0.7)),
            hit("e", "by both", 0.3, Some(0.4)),
            hit("c", "neither of them", 0.2, Some(0.1)),
            hit("d", "unknown vector", 0.2, None),
        ];
        assert_eq!(texts(select(hits, 1_000)), ["by words", "by meaning", "by both"]);
    }

    #[test]
    fn the_same_is_not_said_twice_and_one_owner_does_not_crowd_out_the_others() {
        let mut hits: Vec<Hit> = (0..9)
            .map(|n| {
                hit(
                    "long",
                    &format!("part {n} about {}", "abcdefghi".repeat(n + 1)),
                    0.9,
                    None,
                )
            })
            .collect();
        hits.push(hit("copy", "Part 0, about: abcdefghi!", 0.8, None));
        hits.push(hit("other", "something else", 0.7, None));
        let shown = select(hits, 10_000);
        assert_eq!(shown.len(), PASSAGES_MAX);
        let owners: Vec<&str> = shown.iter().map(|hit| hit.passage.owner_id.as_str()).collect();
        assert_eq!(owners[..4], ["long", "long", "long", "other"]);
        assert!(!owners.contains(&"copy"));
    }

    #[test]
    fn what_does_not_fit_is_passed_over() {
        let hits = vec![
            hit("a", &"long ".repeat(400), 0.9, None),
            hit("b", "short", 0.8, None),
        ];
        assert_eq!(texts(select(hits.clone(), 200)), ["short"]);
        assert!(select(hits, 10).is_empty());
    }
}
