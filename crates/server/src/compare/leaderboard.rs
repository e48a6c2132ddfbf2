//! The leaderboard of a workspace: what its votes say of each model, beside what the model costs and how fast it is.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::compare::rating::{self, Choice, Fit};
use crate::compare::store::{self, Voted};
use crate::http::problem::Problem;

/// How many points a model may be below another and still count as not worse, when nobody says.
const MARGIN: f64 = 50.0;

/// The query of a leaderboard.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Wanted {
    /// Only votes with this tag.
    pub tag: Option<String>,
    /// A model: which cheaper ones are not worse?
    pub not_worse_than: Option<String>,
    /// How many points below that still counts as not worse; 50 when absent.
    pub margin: Option<f64>,
}

/// What the votes of a workspace say.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Leaderboard {
    /// How many votes were counted.
    pub votes: i64,
    /// The models, the best first.
    pub rows: Vec<Standing>,
    /// The cheapest model that is not worse than the one asked for, as far as the votes tell: with 95 % confidence it is at
    /// most `margin` points below. Absent when none was asked for; the model itself when no cheaper one is as good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cheapest: Option<String>,
}

/// A model on the leaderboard.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Standing {
    /// Its full name.
    pub model: String,
    /// Bradley-Terry on the scale of Elo: 400 points are odds of ten to one, 1000 is the mean.
    pub rating: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// The upper end of it.
    pub high: f64,
    /// Votes on answers of it, those that found all bad included.
    pub votes: i64,
    /// Votes in which it alone was the best.
    pub wins: i64,
    /// Votes in which it was tied.
    pub ties: i64,
    /// Votes in which others were better.
    pub losses: i64,
    /// What an answer costs in the mean, in millionths.
    pub cost_micros: f64,
    /// From the question to the first token, in the mean.
    pub first_token_ms: Option<f64>,
    /// Tokens of its answers by the time from the first of them to the last.
    pub tokens_per_second: Option<f64>,
    /// Whether it is not worse than the model that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_worse: Option<bool>,
}

/// What is added up of a model.
#[derive(Default)]
struct Sums {
    votes: i64,
    wins: i64,
    ties: i64,
    losses: i64,
    answers: i64,
    cost_micros: i64,
    first_tokens: i64,
    first_token_ms: i64,
    timed_tokens: i64,
    timed_ms: i64,
}

/// What votes add up to, vote by vote.
#[derive(Default)]
struct Counted {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
    sums: Vec<Sums>,
    choices: HashMap<Choice, f64>,
    votes: i64,
}

impl Counted {
    fn number(&mut self, model: &str) -> usize {
        if let Some(number) = self.numbers.get(model) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(model.to_owned(), number);
        self.names.push(model.to_owned());
        self.sums.push(Sums::default());
        number
    }

    /// All answers of one vote.
    fn vote(&mut self, answers: &[Voted]) {
        if answers.is_empty() {
            return;
        }
        self.votes += 1;
        let mut models: Vec<usize> = Vec::with_capacity(answers.len());
        let mut best: Vec<usize> = Vec::new();
        for answer in answers {
            let number = self.number(&answer.model);
            models.push(number);
            if answer.place == Some(0) {
                best.push(number);
            }
            self.sums[number].answer(answer);
        }
        let (all_bad, tied) = (best.is_empty(), best.len() > 1);
        let mut each = models.clone();
        each.sort_unstable();
        each.dedup();
        for number in each {
            let (sums, good) = (&mut self.sums[number], best.contains(&number));
            sums.votes += 1;
            sums.wins += i64::from(good && !tied);
            sums.ties += i64::from(good && tied);
            sums.losses += i64::from(!good && !all_bad);
        }
        if !all_bad {
            models.sort_unstable();
            best.sort_unstable();
            *self.choices.entry(Choice { models, best }).or_default() += 1.0;
        }
    }
}

impl Sums {
    fn answer(&mut self, answer: &Voted) {
        self.answers += 1;
        self.cost_micros += answer.cost_micros;
        if let Some(first) = answer.first_token_ms {
            self.first_tokens += 1;
            self.first_token_ms += first;
            let spoke = answer.latency_ms.unwrap_or(0) - first;
            if spoke > 0 {
                self.timed_tokens += answer.completion_tokens;
                self.timed_ms += spoke;
            }
        }
    }
}

fn ratio(sum: i64, count: i64) -> Option<f64> {
    (count > 0).then(|| sum as f64 / count as f64)
}

/// The leaderboard of a workspace.
pub async fn show(app: &App, workspace_id: &str, wanted: &Wanted) -> Result<Leaderboard, Problem> {
    let tag = wanted.tag.as_deref().map(|tag| tag.trim().to_lowercase());
    let mut counted = Counted::default();
    let mut rows = std::pin::pin!(store::voted(&app.db, workspace_id, tag.as_deref()));
    let mut answers: Vec<Voted> = Vec::new();
    while let Some(answer) = rows.try_next().await? {
        if answers.last().is_some_and(|last| last.vote != answer.vote) {
            counted.vote(&answers);
            answers.clear();
        }
        answers.push(answer);
    }
    counted.vote(&answers);
    let margin = wanted.margin.unwrap_or(MARGIN);
    if !margin.is_finite() || margin < 0.0 {
        return Err(Problem::invalid("margin", "takes 0 or more"));
    }
    Ok(ranked(counted, wanted.not_worse_than.as_deref(), margin))
}

fn ranked(counted: Counted, than: Option<&str>, margin: f64) -> Leaderboard {
    let choices: Vec<(Choice, f64)> = counted.choices.into_iter().collect();
    let fit = rating::fit(counted.names.len(), &choices);
    let than = than.and_then(|than| counted.numbers.get(than).copied());
    let mut rows: Vec<Standing> = counted
        .names
        .into_iter()
        .zip(&counted.sums)
        .enumerate()
        .map(|(number, (name, sums))| {
            let not_worse = than.map(|than| than == number || fit.above(number, than).low >= -margin);
            standing(&fit, (number, name), sums, not_worse)
        })
        .collect();
    rows.sort_by(|one, other| {
        let best_first = other.rating.total_cmp(&one.rating);
        best_first.then_with(|| one.model.cmp(&other.model))
    });
    let cheapest = rows
        .iter()
        .filter(|row| row.not_worse == Some(true))
        .min_by(|one, other| one.cost_micros.total_cmp(&other.cost_micros))
        .map(|row| row.model.clone());
    Leaderboard {
        votes: counted.votes,
        rows,
        cheapest,
    }
}

fn standing(fit: &Fit, (number, model): (usize, String), sums: &Sums, not_worse: Option<bool>) -> Standing {
    let rating = fit.rating(number);
    // Tenths of a point are more than any number of votes can tell.
    let rounded = |points: f64| (points * 10.0).round() / 10.0;
    Standing {
        model,
        rating: rounded(rating.points),
        low: rounded(rating.low),
        high: rounded(rating.high),
        votes: sums.votes,
        wins: sums.wins,
        ties: sums.ties,
        losses: sums.losses,
        cost_micros: ratio(sums.cost_micros, sums.answers).unwrap_or(0.0),
        first_token_ms: ratio(sums.first_token_ms, sums.first_tokens),
        tokens_per_second: ratio(sums.timed_tokens * 1_000, sums.timed_ms),
        not_worse,
    }
}

/// A tag of votes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// How many votes have it.
    pub votes: i64,
}

/// The tags of the votes in a workspace.
pub async fn tags(app: &App, workspace_id: &str) -> Result<Vec<TagCount>, Problem> {
    let tags = store::tags(&app.db, workspace_id).await?;
    Ok(tags
        .into_iter()
        .map(|(tag, votes)| TagCount { tag, votes })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(vote: usize, model: &str, place: Option<i64>, cost_micros: i64) -> Voted {
        Voted {
            vote: (format!("msg_{vote}"), "usr_1".into()),
            model: model.into(),
            place,
            cost_micros,
            completion_tokens: 50,
            latency_ms: Some(1_100),
            first_token_ms: Some(100),
        }
    }

    #[test]
    fn the_cheapest_model_that_is_not_worse_needs_votes_that_say_so() {
        let count = |votes: usize| {
            let mut counted = Counted::default();
            for vote in 0..votes {
                // The small one wins every other time, the tiny one never.
                let small = i64::from(vote % 2 == 0);
                counted.vote(&[
                    answer(vote, "large", Some(1 - small), 900),
                    answer(vote, "small", Some(small), 100),
                    answer(vote, "tiny", Some(1), 1),
                ]);
            }
            ranked(counted, Some("large"), 50.0)
        };
        let many = count(2_000);
        assert_eq!(many.cheapest.as_deref(), Some("small"));
        let models: Vec<&str> = many.rows.iter().map(|row| row.model.as_str()).collect();
        assert_eq!(models, ["large", "small", "tiny"]);
        assert_eq!(many.rows[2].not_worse, Some(false));
        assert_eq!((many.rows[0].wins, many.rows[0].losses), (1_000, 1_000));
        assert_eq!(many.rows[0].tokens_per_second, Some(50.0));
        // Few votes can not tell.
        assert_eq!(count(4).cheapest.as_deref(), Some("large"));
    }

    #[test]
    fn all_bad_counts_as_a_vote_and_says_nothing_about_who_is_better() {
        let mut counted = Counted::default();
        counted.vote(&[answer(1, "a", None, 1), answer(1, "b", None, 1)]);
        counted.vote(&[answer(2, "a", Some(0), 1), answer(2, "b", Some(0), 1)]);
        let board = ranked(counted, None, 50.0);
        assert_eq!(board.votes, 2);
        for row in &board.rows {
            assert_eq!((row.votes, row.wins, row.ties, row.losses), (2, 0, 1, 0));
            assert!((row.rating - 1_000.0).abs() < 0.1, "{row:?}");
        }
    }
}
