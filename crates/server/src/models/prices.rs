//! What a model's tokens cost: as the settings of its connection say, else as the table of prices does
//! ([`crate::prices`]).
//!
//! Money is counted in micro-units (millionths of the unit the operator thinks in), so that sums are exact.

use std::collections::BTreeMap;

use llm::Usage;
use serde::Deserialize;
use serde_json::Value;

/// The name that stands for every model without a price of its own.
const ANY: &str = "*";
/// The highest price of a million tokens, in units: a slip of the finger must not overflow sums.
const PRICE_MAX: f64 = 1_000_000.0;

/// Prices of a million tokens each, in micro-units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prices {
    /// What is read.
    pub input_micros: i64,
    /// What is read and the provider had cached.
    pub cached_input_micros: i64,
    /// What is read and the provider puts into its cache.
    pub cache_write_micros: i64,
    /// What is written.
    pub output_micros: i64,
}

impl Prices {
    /// Whether nothing that is read or written costs anything.
    pub const fn is_free(&self) -> bool {
        self.input_micros == 0
            && self.cached_input_micros == 0
            && self.cache_write_micros == 0
            && self.output_micros == 0
    }

    /// The most that so many tokens may cost in micro-units, wherever the provider has those that are read.
    pub fn most_micros(&self, prompt_tokens: u64, completion_tokens: u64) -> i64 {
        let input_micros = self
            .input_micros
            .max(self.cached_input_micros)
            .max(self.cache_write_micros);
        let dearest = Self {
            input_micros,
            ..*self
        };
        dearest.cost_micros(&Usage {
            prompt_tokens,
            completion_tokens,
            ..Usage::default()
        })
    }

    /// The higher price of the two, for each kind of token.
    #[must_use]
    pub fn dearer(self, other: Self) -> Self {
        self.with(other, i64::max)
    }

    /// What both cost together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.with(other, i64::saturating_add)
    }

    fn with(self, other: Self, of: fn(i64, i64) -> i64) -> Self {
        Self {
            input_micros: of(self.input_micros, other.input_micros),
            cached_input_micros: of(self.cached_input_micros, other.cached_input_micros),
            cache_write_micros: of(self.cache_write_micros, other.cache_write_micros),
            output_micros: of(self.output_micros, other.output_micros),
        }
    }

    /// The cost of a call in micro-units, rounded to the nearest.
    pub fn cost_micros(&self, usage: &Usage) -> i64 {
        let cached = usage.cached_tokens.min(usage.prompt_tokens);
        let written = usage.cache_write_tokens.min(usage.prompt_tokens - cached);
        let parts = [
            (usage.prompt_tokens - cached - written, self.input_micros),
            (cached, self.cached_input_micros),
            (written, self.cache_write_micros),
            (usage.completion_tokens, self.output_micros),
        ];
        let sum: i128 = parts
            .iter()
            .map(|(tokens, price)| i128::from(*tokens) * i128::from(*price))
            .sum();
        i64::try_from((sum + 500_000) / 1_000_000).unwrap_or(i64::MAX)
    }
}

/// One entry of the settings.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    input: f64,
    #[serde(default)]
    output: f64,
    cached_input: Option<f64>,
    cache_write: Option<f64>,
}

/// The prices of a connection's models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceList {
    by_model: BTreeMap<String, Prices>,
}

impl PriceList {
    /// Reads `prices` of a connection's settings: `{"<model or *>": {"input": 2.5, "output": 10, "cached_input": 1.25,
    /// "cache_write": 3.125}}` in units for a million tokens. The error says what is wrong.
    pub fn parse(settings: &Value) -> Result<Self, String> {
        let Some(prices) = settings.get("prices") else {
            return Ok(Self::default());
        };
        let entries: BTreeMap<String, Entry> =
            serde_json::from_value(prices.clone()).map_err(|error| error.to_string())?;
        let micros = |model: &str, price: f64| {
            if (0.0..=PRICE_MAX).contains(&price) {
                Ok((price * 1_000_000.0).round() as i64)
            } else {
                Err(format!(
                    "the price {price} of {model:?} is not between 0 and {PRICE_MAX}"
                ))
            }
        };
        let mut by_model = BTreeMap::new();
        for (model, entry) in entries {
            let prices = Prices {
                input_micros: micros(&model, entry.input)?,
                cached_input_micros: micros(&model, entry.cached_input.unwrap_or(entry.input))?,
                cache_write_micros: micros(&model, entry.cache_write.unwrap_or(entry.input))?,
                output_micros: micros(&model, entry.output)?,
            };
            by_model.insert(model, prices);
        }
        Ok(Self { by_model })
    }

    /// The prices of a model, if they are set here.
    pub fn of(&self, model: &str) -> Option<Prices> {
        self.by_model
            .get(model)
            .or_else(|| self.by_model.get(ANY))
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_costs_what_its_tokens_cost() {
        let settings = json!({"prices": {
            "big": {"input": 2.5, "cached_input": 0.25, "cache_write": 3, "output": 10},
            "*": {"input": 0.1, "output": 0.4},
        }});
        let list = PriceList::parse(&settings).unwrap();
        let of = |model: &str| list.of(model).unwrap();
        let usage = Usage {
            prompt_tokens: 1_000_000,
            completion_tokens: 500_000,
            cached_tokens: 400_000,
            cache_write_tokens: 200_000,
            ..Usage::default()
        };
        // 400 k at 2.50, 400 k at 0.25, 200 k at 3, 500 k at 10.
        assert_eq!(
            of("big").cost_micros(&usage),
            1_000_000 + 100_000 + 600_000 + 5_000_000
        );
        // All that is read as if it were written to the cache, the dearest.
        assert_eq!(of("big").most_micros(1_000_000, 500_000), 3_000_000 + 5_000_000);
        assert_eq!(of("other").cost_micros(&usage), 100_000 + 200_000);
        assert_eq!(PriceList::default().of("big"), None);
        let few = Usage {
            prompt_tokens: 3,
            completion_tokens: 2,
            ..Usage::default()
        };
        // 7.5 and 20 micro-units make 27.5, rounded up.
        assert_eq!(of("big").cost_micros(&few), 28);
    }

    #[test]
    fn wrong_prices_are_named() {
        for prices in [
            json!({"a": {"input": -1}}),
            json!({"a": {"inptu": 1}}),
            json!([1]),
            json!({"a": {"output": 1e12}}),
        ] {
            assert!(
                PriceList::parse(&json!({ "prices": prices })).is_err(),
                "{prices}"
            );
        }
        assert_eq!(PriceList::parse(&json!({})), Ok(PriceList::default()));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let list = PriceList::parse(&json!({"prices": {"*": {"output": 1_000_000}}})).unwrap();
        let usage = Usage {
            completion_tokens: u64::MAX,
            ..Usage::default()
        };
        assert_eq!(list.of("x").unwrap().cost_micros(&usage), i64::MAX);
    }
}
