//! How good models are, from votes: a pure function.
//!
//! The model is that of Bradley and Terry (Rank analysis of incomplete block designs, Biometrika 39, 1952) in its form for
//! more than two answers, Luce's choice axiom (Individual choice behavior, 1959): of the answers that were shown, the one of
//! model i is called the best with probability exp(s_i) / Σ exp(s_j). For two answers the two are the same. A vote for one
//! answer of twelve so counts as one choice, not as eleven victories, which would make the intervals too narrow. A tie
//! counts half for each of two, a third for each of three. A vote that all answers are bad says nothing about who is better.
//!
//! The strengths s maximise the likelihood, which is concave, by Newton's method with halved steps. A weak normal prior
//! (mean 0, standard deviation [`PRIOR_SD`]) keeps a model finite that was never beaten, and those apart that never met.
//! Intervals are those of the normal approximation: the inverse of the observed information, as usual for maximum
//! likelihood (Wald; for these models Hunter, MM algorithms for generalized Bradley-Terry models, Annals of Statistics 32,
//! 2004, section 5), of a model against the mean of all. Votes by people who do not see the order of lanes are taken as
//! independent. On the scale of Elo, 400 points are odds of ten to one; 1000 is the mean.

/// Width of the prior in natural units: three are odds of twenty to one.
const PRIOR_SD: f64 = 3.0;
/// Points for one natural unit: 400 / ln 10.
const POINTS: f64 = 173.717_792_761_246_55;
/// The rating of the mean of all models.
const MEAN: f64 = 1000.0;
/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.959_963_984_540_054;
/// Steps of Newton's method; it takes about six.
const STEPS_MAX: usize = 100;
/// Below this the steps have come to their end.
const ENOUGH: f64 = 1e-10;

/// Votes that say the same: of these answers, those were the best.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The models of the answers, by number; one that answered twice stands there twice.
    pub models: Vec<usize>,
    /// The models of the best answers: one, or those that are tied.
    pub best: Vec<usize>,
}

/// A rating and the 95 % interval around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// On the scale of Elo, 1000 being the mean.
    pub points: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The fitted strengths with their covariance.
pub struct Fit {
    strengths: Vec<f64>,
    covariance: Vec<Vec<f64>>,
}

/// Fits the strengths of `models` models to choices, each with how often it was made.
pub fn fit(models: usize, choices: &[(Choice, f64)]) -> Fit {
    let mut strengths = vec![0.0; models];
    let mut best = likelihood(&strengths, choices);
    for _ in 0..STEPS_MAX {
        let (gradient, information) = derivatives(&strengths, choices);
        let step = solve(&cholesky(&information), &gradient);
        let mut length = 1.0;
        let moved = loop {
            let tried: Vec<f64> = strengths
                .iter()
                .zip(&step)
                .map(|(strength, step)| strength + length * step)
                .collect();
            let found = likelihood(&tried, choices);
            if found >= best || length < ENOUGH {
                let moved = step.iter().map(|step| (length * step).abs()).fold(0.0, f64::max);
                if found >= best {
                    (strengths, best) = (tried, found);
                }
                break moved;
            }
            length /= 2.0;
        };
        if moved < ENOUGH {
            break;
        }
    }
    let (_, information) = derivatives(&strengths, choices);
    Fit {
        covariance: inverse(&cholesky(&information)),
        strengths,
    }
}

impl Fit {
    /// The rating of a model against the mean of all.
    pub fn rating(&self, model: usize) -> Rating {
        let share = 1.0 / self.strengths.len() as f64;
        let mean: f64 = self.strengths.iter().sum::<f64>() * share;
        let weights: Vec<f64> = (0..self.strengths.len())
            .map(|other| if other == model { 1.0 - share } else { -share })
            .collect();
        let rating = MEAN + POINTS * (self.strengths[model] - mean);
        let half = Z * POINTS * self.variance(&weights).sqrt();
        Rating {
            points: rating,
            low: rating - half,
            high: rating + half,
        }
    }

    /// How many points one model is above another, and the 95 % interval of that.
    pub fn above(&self, model: usize, other: usize) -> Rating {
        let mut weights = vec![0.0; self.strengths.len()];
        weights[model] += 1.0;
        weights[other] -= 1.0;
        let points = POINTS * (self.strengths[model] - self.strengths[other]);
        let half = Z * POINTS * self.variance(&weights).sqrt();
        Rating {
            points,
            low: points - half,
            high: points + half,
        }
    }

    /// Of a weighted sum of strengths.
    fn variance(&self, weights: &[f64]) -> f64 {
        let rows = self.covariance.iter().zip(weights);
        let sum: f64 = rows.map(|(row, weight)| weight * dot(row, weights)).sum();
        sum.max(0.0)
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The logarithm, up to a constant, of likelihood and prior.
fn likelihood(strengths: &[f64], choices: &[(Choice, f64)]) -> f64 {
    let prior: f64 = strengths.iter().map(|strength| strength * strength).sum();
    let told: f64 = choices
        .iter()
        .map(|(choice, times)| {
            let best: f64 = choice.best.iter().map(|model| strengths[*model]).sum();
            times * (best / choice.best.len() as f64 - log_sum(strengths, &choice.models))
        })
        .sum();
    told - prior / (2.0 * PRIOR_SD * PRIOR_SD)
}

/// The logarithm of the sum of exponentials, without overflow.
fn log_sum(strengths: &[f64], models: &[usize]) -> f64 {
    let most = models
        .iter()
        .map(|model| strengths[*model])
        .fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = models.iter().map(|model| (strengths[*model] - most).exp()).sum();
    most + sum.ln()
}

/// The gradient of the likelihood, and the information: the negative of its second derivatives.
fn derivatives(strengths: &[f64], choices: &[(Choice, f64)]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (count, prior) = (strengths.len(), 1.0 / (PRIOR_SD * PRIOR_SD));
    let mut gradient: Vec<f64> = strengths.iter().map(|strength| -prior * strength).collect();
    let mut information = vec![vec![0.0; count]; count];
    for (model, row) in information.iter_mut().enumerate() {
        row[model] = prior;
    }
    for (choice, times) in choices {
        let whole = log_sum(strengths, &choice.models);
        let share = times / choice.best.len() as f64;
        for model in &choice.best {
            gradient[*model] += share;
        }
        for one in &choice.models {
            let chance = (strengths[*one] - whole).exp();
            gradient[*one] -= times * chance;
            information[*one][*one] += times * chance;
            for other in &choice.models {
                let both = chance * (strengths[*other] - whole).exp();
                information[*one][*other] -= times * both;
            }
        }
    }
    (gradient, information)
}

/// The lower triangle L of a symmetric positive matrix L·Lᵀ. The prior on the diagonal keeps it positive.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let count = matrix.len();
    let mut lower = vec![vec![0.0; count]; count];
    for row in 0..count {
        for column in 0..=row {
            let known = dot(&lower[row][..column], &lower[column][..column]);
            let left = matrix[row][column] - known;
            lower[row][column] = if row == column {
                left.max(f64::MIN_POSITIVE).sqrt()
            } else {
                left / lower[column][column]
            };
        }
    }
    lower
}

/// The solution x of L·Lᵀ·x = b.
fn solve(lower: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let count = right.len();
    let mut found = right.to_vec();
    for row in 0..count {
        let known = dot(&lower[row][..row], &found[..row]);
        found[row] = (found[row] - known) / lower[row][row];
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count)
            .map(|below| lower[below][row] * found[below])
            .sum();
        found[row] = (found[row] - known) / lower[row][row];
    }
    found
}

fn inverse(lower: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let count = lower.len();
    (0..count)
        .map(|column| {
            let mut unit = vec![0.0; count];
            unit[column] = 1.0;
            solve(lower, &unit)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn choice(models: &[usize], best: &[usize]) -> Choice {
        Choice {
            models: models.to_vec(),
            best: best.to_vec(),
        }
    }

    #[test]
    fn two_models_have_the_odds_of_their_votes() {
        let votes = [(choice(&[0, 1], &[0]), 3_000.0), (choice(&[0, 1], &[1]), 1_000.0)];
        let fit = fit(2, &votes);
        let above = fit.above(0, 1);
        // Odds of three to one, but for the prior; the error of a logarithm of odds is sqrt(1/a + 1/b).
        assert!((above.points - 400.0 * 3.0_f64.log10()).abs() < 0.5, "{above:?}");
        let error = (1.0 / 3_000.0 + 1.0 / 1_000.0_f64).sqrt() * POINTS * Z;
        assert!((above.high - above.points - error).abs() < 0.1, "{above:?}");
        assert!((fit.rating(0).points + fit.rating(1).points - 2.0 * MEAN).abs() < 1e-6);
    }

    #[test]
    fn ties_and_an_unbeaten_model_stay_finite_and_in_order() {
        let tied = fit(2, &[(choice(&[0, 1], &[0, 1]), 50.0)]);
        assert!(tied.above(0, 1).points.abs() < 1e-6);
        let votes = [
            (choice(&[0, 1, 2], &[0]), 40.0),
            (choice(&[1, 2], &[1]), 5.0),
            (choice(&[1, 2], &[2]), 5.0),
        ];
        let fit = fit(4, &votes);
        let ratings: Vec<Rating> = (0..4).map(|model| fit.rating(model)).collect();
        assert!(
            ratings.iter().all(|rating| rating.high.is_finite()),
            "{ratings:?}"
        );
        assert!(fit.above(0, 1).low > 0.0, "{ratings:?}");
        assert!(
            (ratings[1].points - ratings[2].points).abs() < 1e-6,
            "{ratings:?}"
        );
        // Nobody knows anything about the fourth.
        assert!(
            ratings[3].low < ratings[1].low && ratings[3].high > ratings[0].points,
            "{ratings:?}"
        );
    }

    /// Votes of people who choose by these strengths among `shown` answers of random models.
    fn voted(random: &mut StdRng, strengths: &[f64], (votes, shown): (usize, usize)) -> Vec<(Choice, f64)> {
        let mut counted: HashMap<Choice, f64> = HashMap::new();
        for _ in 0..votes {
            let mut models: Vec<usize> = Vec::new();
            while models.len() < shown {
                let model = random.random_range(0..strengths.len());
                if !models.contains(&model) {
                    models.push(model);
                }
            }
            models.sort_unstable();
            let weights: Vec<f64> = models.iter().map(|model| strengths[*model].exp()).collect();
            let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
            let place = weights.iter().position(|weight| {
                left -= weight;
                left < 0.0
            });
            let best = models[place.unwrap_or(0)];
            *counted.entry(choice(&models, &[best])).or_default() += 1.0;
        }
        counted.into_iter().collect()
    }

    /// How many of `rounds` simulations have each model's true rating in its interval, all models together.
    fn covered(seed: u64, shown: usize, rounds: usize) -> (usize, usize) {
        let strengths = [1.2, 0.7, 0.2, -0.1, -0.7, -1.3];
        let mut random = StdRng::seed_from_u64(seed);
        let (mut inside, mut all) = (0, 0);
        for _ in 0..rounds {
            let votes = voted(&mut random, &strengths, (300, shown));
            let fit = fit(strengths.len(), &votes);
            for (model, strength) in strengths.iter().enumerate() {
                let truth = MEAN + POINTS * strength;
                let found = fit.rating(model);
                inside += usize::from(found.low <= truth && truth <= found.high);
                all += 1;
            }
        }
        (inside, all)
    }

    #[test]
    fn intervals_cover_the_true_strength_of_simulated_voters_in_95_of_100_cases() {
        for (seed, shown) in [(1, 2), (2, 4)] {
            let (inside, all) = covered(seed, shown, 400);
            // 95 % of 2,400, within four standard deviations; models of one round depend on each other a little.
            let (expected, deviation) = (0.95 * all as f64, (0.95 * 0.05 * all as f64).sqrt());
            let off = (inside as f64 - expected).abs();
            assert!(off < 4.0 * deviation, "{inside} of {all} with {shown} answers");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_votes_and_the_names_of_models_change_nothing(seed in 0_u64..1_000) {
            let mut random = StdRng::seed_from_u64(seed);
            let votes = voted(&mut random, &[0.5, 0.0, -0.5], (40, 2));
            let turned: Vec<(Choice, f64)> = votes
                .iter()
                .rev()
                .map(|(told, times)| {
                    let turn = |models: &[usize]| models.iter().map(|model| 2 - model).collect();
                    (Choice { models: turn(&told.models), best: turn(&told.best) }, *times)
                })
                .collect();
            let (one, other) = (fit(3, &votes), fit(3, &turned));
            for model in 0..3 {
                let (one, other) = (one.rating(model), other.rating(2 - model));
                prop_assert!((one.points - other.points).abs() < 1e-5, "{one:?} {other:?}");
                prop_assert!(one.low <= one.points && one.points <= one.high);
            }
        }

        #[test]
        fn another_victory_never_lowers_a_model(seed in 0_u64..1_000) {
            let mut random = StdRng::seed_from_u64(seed);
            let mut votes = voted(&mut random, &[0.5, 0.0, -0.5], (30, 2));
            let before = fit(3, &votes).above(1, 0).points;
            votes.push((choice(&[0, 1], &[1]), 1.0));
            prop_assert!(fit(3, &votes).above(1, 0).points > before);
        }
    }
}
