//! The choice of the next token: penalties, a grammar when there is one, top-k, temperature, nucleus, a seeded draw.
//!
//! One for each answer, used by its worker alone. The draw is our own, so a seed gives the same answer whenever the model
//! computes the same logits: on one machine, when no other answer shares its rounds. Defaults are those that the delivered model's authors recommend.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hasher, RandomState};

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llm::ChatRequest;

/// How many of the latest tokens the penalties look at.
const WINDOW: usize = 64;

/// Parameters of the draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sampling {
    temperature: f32,
    top_p: f32,
    top_k: usize,
    repetition: f32,
    frequency: f32,
    presence: f32,
    seed: Option<u64>,
}

impl Sampling {
    /// What the call says, inside sensible limits, and the defaults for the rest.
    pub(super) fn of(request: &ChatRequest) -> Self {
        let number = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| request.extra.get(*name))
                .and_then(serde_json::Value::as_f64)
                .map(|n| n as f32)
        };
        let seed = request.extra.get("seed").and_then(serde_json::Value::as_i64);
        Self {
            temperature: request.temperature.unwrap_or(0.7).clamp(0.0, 5.0),
            top_p: request.top_p.unwrap_or(0.8).clamp(0.0, 1.0),
            top_k: number(&["top_k"]).map_or(20, |k| if k < 1.0 { 256 } else { (k as usize).min(256) }),
            repetition: number(&["repetition_penalty", "repeat_penalty"])
                .unwrap_or(1.1)
                .clamp(0.1, 10.0),
            frequency: number(&["frequency_penalty"]).unwrap_or(0.0).clamp(-2.0, 2.0),
            presence: number(&["presence_penalty"]).unwrap_or(0.0).clamp(-2.0, 2.0),
            seed: seed.map(|seed| seed as u64),
        }
    }
}

/// The state of one answer's draws.
pub(super) struct Sampler {
    sampling: Sampling,
    grammar: Option<LlamaSampler>,
    recent: VecDeque<i32>,
    random: u64,
    candidates: Vec<(i32, f32)>,
}

impl Sampler {
    pub(super) fn new(sampling: Sampling, grammar: Option<LlamaSampler>) -> Self {
        // A hasher's random keys are the randomness that the standard library gives.
        let random = sampling
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self {
            sampling,
            grammar,
            recent: VecDeque::with_capacity(WINDOW),
            random,
            candidates: Vec::new(),
        }
    }

    /// Whether the caller wants to get the same answer again.
    pub(super) fn is_seeded(&self) -> bool {
        self.sampling.seed.is_some()
    }

    /// Chooses a token and remembers it. Fails when no token satisfies the grammar.
    pub(super) fn sample(&mut self, logits: &[f32]) -> Result<i32, &'static str> {
        self.collect(logits);
        self.penalise();
        if let Some(grammar) = &mut self.grammar
            && !permitted(grammar, &mut self.candidates)
        {
            // None of the likely tokens fits: ask about all of them.
            let all = logits.iter().enumerate();
            self.candidates = all.map(|(token, logit)| (token as i32, *logit)).collect();
            if !permitted(grammar, &mut self.candidates) {
                return Err("no token fits the requested format");
            }
        }
        self.candidates
            .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.candidates.truncate(self.sampling.top_k);
        let token = self.draw().ok_or("the model gave no probabilities")?;
        if let Some(grammar) = &mut self.grammar {
            grammar
                .try_accept(LlamaToken::new(token))
                .map_err(|_| "no token fits the requested format")?;
        }
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(token);
        Ok(token)
    }

    /// The likeliest tokens, enough of them that the penalties cannot push out one that belongs among the first `top_k`,
    /// and the recent ones, which a negative penalty may lift.
    fn collect(&mut self, logits: &[f32]) {
        let wanted = self.sampling.top_k + WINDOW;
        self.candidates.clear();
        let mut threshold = f32::NEG_INFINITY;
        for (token, &logit) in logits.iter().enumerate() {
            if logit > threshold {
                self.candidates.push((token as i32, logit));
                if self.candidates.len() >= 4 * wanted {
                    self.candidates
                        .select_nth_unstable_by(wanted, |a, b| b.1.total_cmp(&a.1));
                    self.candidates.truncate(wanted);
                    threshold = self
                        .candidates
                        .iter()
                        .map(|candidate| candidate.1)
                        .fold(f32::INFINITY, f32::min);
                }
            }
        }
        for &token in &self.recent {
            if let Some(&logit) = logits.get(token as usize)
                && !self.candidates.iter().any(|candidate| candidate.0 == token)
            {
                self.candidates.push((token, logit));
            }
        }
    }

    fn penalise(&mut self) {
        let Sampling {
            repetition,
            frequency,
            presence,
            ..
        } = self.sampling;
        for (token, logit) in &mut self.candidates {
            let count = self.recent.iter().filter(|recent| *recent == token).count();
            if count > 0 {
                *logit = if *logit > 0.0 {
                    *logit / repetition
                } else {
                    *logit * repetition
                };
                *logit -= frequency * count as f32 + presence;
            }
        }
    }

    /// Draws from the sorted candidates.
    fn draw(&mut self) -> Option<i32> {
        let &(first, highest) = self.candidates.first()?;
        if self.sampling.temperature < 1e-3 {
            return Some(first);
        }
        let weights: Vec<f32> = self
            .candidates
            .iter()
            .map(|candidate| ((candidate.1 - highest) / self.sampling.temperature).exp())
            .collect();
        let nucleus = self.sampling.top_p * weights.iter().sum::<f32>();
        let mut sum = 0.0;
        let kept = weights.iter().position(|weight| {
            sum += weight;
            sum >= nucleus
        });
        let kept = &weights[..=kept.unwrap_or(weights.len() - 1)];
        let mut point = self.uniform() * kept.iter().sum::<f32>();
        for (weight, candidate) in kept.iter().zip(&self.candidates) {
            point -= weight;
            if point < 0.0 {
                return Some(candidate.0);
            }
        }
        Some(first)
    }

    /// SplitMix64: a number in [0, 1).
    fn uniform(&mut self) -> f32 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    }
}

/// Leaves only the candidates that the grammar accepts; says whether one is left, and changes nothing when none is.
fn permitted(grammar: &mut LlamaSampler, candidates: &mut Vec<(i32, f32)>) -> bool {
    let data = candidates
        .iter()
        .map(|&(token, logit)| LlamaTokenData::new(LlamaToken::new(token), logit, 0.0));
    let mut array = LlamaTokenDataArray::from_iter(data, false);
    grammar.apply(&mut array);
    let left: Vec<(i32, f32)> = array
        .data
        .iter()
        .filter(|candidate| candidate.logit() > f32::NEG_INFINITY)
        .map(|candidate| (candidate.id().0, candidate.logit()))
        .collect();
    let any = !left.is_empty();
    if any {
        *candidates = left;
    }
    any
}

#[cfg(test)]
mod tests {
    use llm::{ChatRequest, Message};
    use serde_json::json;

    use super::*;

    fn request(parameters: serde_json::Value) -> ChatRequest {
        let mut request = ChatRequest::new("m", vec![Message::user("hi")]);
        request.temperature = parameters["temperature"].as_f64().map(|n| n as f32);
        request.top_p = parameters["top_p"].as_f64().map(|n| n as f32);
        request.extra = parameters.as_object().unwrap().clone();
        request
    }

    fn draws(parameters: serde_json::Value, logits: &[f32], count: usize) -> Vec<i32> {
        let mut sampler = Sampler::new(Sampling::of(&request(parameters)), None);
        (0..count).map(|_| sampler.sample(logits).unwrap()).collect()
    }

    #[test]
    fn temperature_zero_takes_the_likeliest() {
        let mut logits = vec![0.0; 5000];
        logits[4321] = 9.0;
        assert_eq!(
            draws(json!({"temperature": 0, "repetition_penalty": 1}), &logits, 3),
            [4321; 3]
        );
    }

    #[test]
    fn a_seed_repeats_the_draws_and_another_changes_them() {
        let logits: Vec<f32> = (0..1000).map(|i| (i % 10) as f32 / 10.0).collect();
        let with = |seed: i64| draws(json!({"temperature": 1.5, "top_p": 1, "seed": seed}), &logits, 40);
        assert_eq!(with(7), with(7));
        assert_ne!(with(7), with(8));
    }

    #[test]
    fn draws_follow_the_probabilities() {
        // Three to one.
        let logits = [3f32.ln(), 0.0, -50.0];
        let drawn = draws(
            json!({"temperature": 1, "top_p": 1, "repetition_penalty": 1, "seed": 1}),
            &logits,
            4000,
        );
        let first = drawn.iter().filter(|token| **token == 0).count();
        assert!((2850..3150).contains(&first), "{first} of 4000");
    }

    #[test]
    fn a_small_nucleus_leaves_only_the_top() {
        let logits = [1.0, 1.1, 0.9, 1.05];
        assert_eq!(
            draws(
                json!({"temperature": 1, "top_p": 0.01, "repetition_penalty": 1}),
                &logits,
                20
            ),
            [1; 20]
        );
    }

    #[test]
    fn penalties_push_repeated_tokens_back() {
        let logits = [2.0, 1.95, 0.0];
        let drawn = draws(json!({"temperature": 0, "repetition_penalty": 1.1}), &logits, 2);
        assert_eq!(drawn, [0, 1]);
        let drawn = draws(
            json!({"temperature": 0, "repetition_penalty": 1, "frequency_penalty": 1}),
            &logits,
            3,
        );
        assert_eq!(drawn, [0, 1, 0]);
    }
}
