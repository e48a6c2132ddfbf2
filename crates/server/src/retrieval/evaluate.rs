//! How good the search is, on questions whose answers are known: recall and mean reciprocal rank, by words, by vectors and
//! by both. `stoa eval retrieval` runs it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use search::{Mode, Only};
use serde::Serialize;

use crate::App;
use crate::http::problem::Problem;
use crate::retrieval::{Query, find};

/// How far down the list is looked.
const DEPTH: usize = 20;

/// A question and what answers it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The workspace that is searched.
    pub workspace_id: String,
    /// The question.
    pub question: String,
    /// The ids of what answers it: memories, files, messages.
    pub evidence: Vec<String>,
    /// What kind of question it is, when that is known.
    pub category: Option<String>,
}

/// How good the answers of one mode were.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Score {
    /// `text`, `vector` or `hybrid`.
    pub mode: String,
    /// Questions that were asked.
    pub questions: usize,
    /// The share of a question's evidence among the best five, the mean of all questions.
    pub recall_at_5: f64,
    /// The same of the best ten.
    pub recall_at_10: f64,
    /// The same of the best twenty.
    pub recall_at_20: f64,
    /// One over the rank of the first evidence (0 when it is not among the best twenty), the mean of all questions.
    pub mrr: f64,
    /// Milliseconds that half of the questions took at most, with the embedding of the question.
    pub p50_ms: f64,
    /// The same of 99 in a hundred.
    pub p99_ms: f64,
}

/// How one question was answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// Recall at 5, 10, 20 and the reciprocal rank.
    measured: [f64; 4],
    took: Duration,
}

/// Asks every question in every mode, in turns, so that what else the machine does slows all of them alike. The answers of
/// each mode, in the order of the questions.
pub async fn evaluate(app: &App, cases: &[Case], modes: &[Mode]) -> Result<Vec<Vec<Answer>>, Problem> {
    let mut answers = vec![Vec::with_capacity(cases.len()); modes.len()];
    for case in cases {
        for (mode, answers) in modes.iter().zip(&mut answers) {
            let began = Instant::now();
            let query = Query {
                text: &case.question,
                workspaces: vec![case.workspace_id.clone()],
                only: None::<Only>,
                k: DEPTH,
                mode: *mode,
            };
            let (hits, done) = find(app, query).await?;
            let took = began.elapsed();
            if done != *mode {
                let detail = "There is no model of vectors: `stoa models pull` fetches the local one.";
                return Err(Problem::conflict(detail));
            }
            let owners: Vec<&str> = hits.iter().map(|hit| hit.passage.owner_id.as_str()).collect();
            let measured = measured(&owners, &case.evidence);
            answers.push(Answer { measured, took });
        }
    }
    Ok(answers)
}

/// Recall at 5, 10, 20 and the reciprocal rank.
fn measured(owners: &[&str], evidence: &[String]) -> [f64; 4] {
    let wanted: HashSet<&str> = evidence.iter().map(String::as_str).collect();
    let recall = |k: usize| {
        let found: HashSet<&str> = owners
            .iter()
            .take(k)
            .copied()
            .filter(|id| wanted.contains(id))
            .collect();
        found.len() as f64 / wanted.len().max(1) as f64
    };
    let first = owners.iter().position(|id| wanted.contains(id));
    [
        recall(5),
        recall(10),
        recall(20),
        first.map_or(0.0, |at| 1.0 / (at + 1) as f64),
    ]
}

/// The score of a mode over some of its answers.
pub fn score(mode: Mode, answers: &[Answer]) -> Score {
    let mut times: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    times.sort_unstable();
    let mean = |at: usize| {
        let sum: f64 = answers.iter().map(|answer| answer.measured[at]).sum();
        sum / answers.len().max(1) as f64
    };
    let percentile = |share: f64| {
        let at = ((times.len() as f64 * share).ceil() as usize).saturating_sub(1);
        times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    };
    Score {
        mode: match mode {
            Mode::Text => "text",
            Mode::Vector => "vector",
            Mode::Hybrid => "hybrid",
        }
        .to_owned(),
        questions: answers.len(),
        recall_at_5: mean(0),
        recall_at_10: mean(1),
        recall_at_20: mean(2),
        mrr: mean(3),
        p50_ms: percentile(0.5),
        p99_ms: percentile(0.99),
    }
}

#[cfg(test)]
mod tests {
    use super::measured;

    #[test]
    fn evidence_counts_once_and_from_its_first_place() {
        let evidence = ["a".to_owned(), "b".to_owned(), "a".to_owned()];
        let same = |got: [f64; 4], wanted: [f64; 4]| {
            assert!(
                got.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-9),
                "{got:?}"
            );
        };
        same(
            measured(&["x", "a", "a", "y", "z", "b"], &evidence),
            [0.5, 1.0, 1.0, 0.5],
        );
        same(measured(&["x"], &evidence), [0.0; 4]);
    }
}
