//! What each model has done: calls, failures, the time to the first word, words a second.
//!
//! Counted when a call ends, whoever made it: a run, a title, a caller of `/v1`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parking_lot::RwLock;
use sql::{Distribution, Histogram};

use super::recorder::{add, get};
use crate::usage::Call;

/// Models that are told apart; further ones are counted together.
const MODELS_MAX: usize = 200;
/// What further ones are counted as.
const OTHERS: &str = "others";

/// A call of a model that ended.
#[derive(Debug, Clone, Copy)]
pub struct ModelCall<'a> {
    /// The model's full name.
    pub model: &'a str,
    /// How long its first word took.
    pub first_token: Option<Duration>,
    /// How long the whole call took.
    pub took: Duration,
    /// Tokens it read.
    pub prompt_tokens: u64,
    /// Tokens it wrote.
    pub completion_tokens: u64,
    /// What it cost, in millionths.
    pub cost_micros: i64,
    /// `ok`, `cancelled`, or the code of what went wrong.
    pub outcome: &'a str,
}

impl<'a> ModelCall<'a> {
    /// The call that this row of usage is about.
    pub fn of(call: &'a Call, first_token: Option<Duration>, took: Duration) -> Self {
        let tokens = |number: i64| u64::try_from(number).unwrap_or(0);
        Self {
            model: &call.model,
            first_token,
            took,
            prompt_tokens: tokens(call.prompt_tokens),
            completion_tokens: tokens(call.completion_tokens),
            cost_micros: call.cost_micros,
            outcome: &call.outcome,
        }
    }
}

/// What a model has done since the start.
#[derive(Debug, Clone, Default)]
pub struct ModelStats {
    /// Its full name.
    pub model: String,
    /// Calls that ended.
    pub calls: u64,
    /// Those that failed.
    pub errors: u64,
    /// Those that the caller gave up.
    pub cancelled: u64,
    /// Tokens it read.
    pub prompt_tokens: u64,
    /// Tokens it wrote.
    pub completion_tokens: u64,
    /// What it cost, in millionths.
    pub cost_micros: u64,
    /// Time from the first word to the end, all calls together.
    pub writing: Duration,
    /// Tokens that were written in that time.
    pub tokens_written: u64,
    /// How long first words took.
    pub first_token: Distribution,
    /// How long calls took.
    pub times: Distribution,
}

impl ModelStats {
    /// Tokens a second from the first word on; none when there was no answer of a measurable length.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let seconds = self.writing.as_secs_f64();
        (seconds > 0.0 && self.tokens_written > 0).then(|| self.tokens_written as f64 / seconds)
    }
}

/// The counts of all models.
#[derive(Default)]
pub(super) struct Calls {
    models: RwLock<HashMap<String, Arc<Counters>>>,
}

#[derive(Default)]
struct Counters {
    calls: AtomicU64,
    errors: AtomicU64,
    cancelled: AtomicU64,
    prompt_tokens: AtomicU64,
    completion_tokens: AtomicU64,
    cost_micros: AtomicU64,
    writing_micros: AtomicU64,
    tokens_written: AtomicU64,
    first_token: Histogram,
    times: Histogram,
}

impl Calls {
    pub fn record(&self, call: &ModelCall<'_>) {
        let counters = self.counters(call.model);
        add(&counters.calls, 1);
        match call.outcome {
            "ok" | "cached" => {}
            "cancelled" => add(&counters.cancelled, 1),
            _ => add(&counters.errors, 1),
        }
        add(&counters.prompt_tokens, call.prompt_tokens);
        add(&counters.completion_tokens, call.completion_tokens);
        add(
            &counters.cost_micros,
            u64::try_from(call.cost_micros).unwrap_or(0),
        );
        counters.times.record(call.took);
        if let Some(first) = call.first_token {
            counters.first_token.record(first);
            let writing = call.took.saturating_sub(first).as_micros();
            add(&counters.writing_micros, u64::try_from(writing).unwrap_or(0));
            add(&counters.tokens_written, call.completion_tokens);
        }
    }

    fn counters(&self, model: &str) -> Arc<Counters> {
        if let Some(known) = self.models.read().get(model) {
            return Arc::clone(known);
        }
        let mut models = self.models.write();
        let name = if models.len() < MODELS_MAX { model } else { OTHERS };
        Arc::clone(models.entry(name.to_owned()).or_default())
    }

    /// By the number of calls, the most first.
    pub fn stats(&self) -> Vec<ModelStats> {
        let mut stats: Vec<ModelStats> = self
            .models
            .read()
            .iter()
            .map(|(model, counters)| counters.stats(model))
            .collect();
        stats.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.model.cmp(&b.model)));
        stats
    }

    /// The tokens that all models have written.
    pub fn tokens(&self) -> u64 {
        let models = self.models.read();
        models
            .values()
            .map(|counters| get(&counters.completion_tokens))
            .sum()
    }
}

impl Counters {
    fn stats(&self, model: &str) -> ModelStats {
        ModelStats {
            model: model.to_owned(),
            calls: get(&self.calls),
            errors: get(&self.errors),
            cancelled: get(&self.cancelled),
            prompt_tokens: get(&self.prompt_tokens),
            completion_tokens: get(&self.completion_tokens),
            cost_micros: get(&self.cost_micros),
            writing: Duration::from_micros(get(&self.writing_micros)),
            tokens_written: get(&self.tokens_written),
            first_token: self.first_token.snapshot(),
            times: self.times.snapshot(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(model: &'a str, outcome: &'a str) -> ModelCall<'a> {
        ModelCall {
            model,
            first_token: Some(Duration::from_millis(500)),
            took: Duration::from_millis(2_500),
            prompt_tokens: 10,
            completion_tokens: 100,
            cost_micros: 7,
            outcome,
        }
    }

    #[test]
    fn calls_are_counted_by_model_and_speed_is_from_the_first_word_on() {
        let calls = Calls::default();
        calls.record(&call("mock/echo", "ok"));
        calls.record(&call("mock/echo", "cancelled"));
        calls.record(&ModelCall {
            first_token: None,
            completion_tokens: 0,
            ..call("mock/fail", "upstream_error")
        });
        let stats = calls.stats();
        let echo = &stats[0];
        assert_eq!(
            (echo.model.as_str(), echo.calls, echo.errors, echo.cancelled),
            ("mock/echo", 2, 0, 1)
        );
        assert_eq!(echo.tokens_per_second(), Some(50.0));
        assert_eq!((stats[1].errors, stats[1].tokens_per_second()), (1, None));
        assert_eq!(calls.tokens(), 200);
    }

    #[test]
    fn names_without_end_are_counted_together() {
        let calls = Calls::default();
        for number in 0..MODELS_MAX + 50 {
            calls.record(&call(&format!("up/{number}"), "ok"));
        }
        let stats = calls.stats();
        assert_eq!(stats.len(), MODELS_MAX + 1);
        assert_eq!((stats[0].model.as_str(), stats[0].calls), (OTHERS, 50));
    }
}
