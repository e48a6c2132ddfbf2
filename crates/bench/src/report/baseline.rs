//! Compares a report with a kept one. Only ratios are compared, never figures: both sides of a ratio were measured in the
//! same minute on the same machine, so a kept ratio means the same on another day and on another machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::{Report, Row, SCHEMA, Spread};

/// A ratio may be lower than the kept one by this part of it: what repeated runs on a shared machine differ by.
const MARGIN: f64 = 0.15;

/// The kept ratios.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`SCHEMA`] of the report it was made from.
    pub schema: u32,
    /// The commit it was made of.
    pub commit: Option<String>,
    /// `release` or `debug`: builds are compared with their like.
    pub build: String,
    /// The machine, for whoever wonders.
    pub machine: String,
    /// Throughput as a part of the reference's, by `suite / case / variant / clients`.
    pub ratios: BTreeMap<String, Spread>,
}

/// A ratio that was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// `suite / case / variant / clients`.
    pub name: String,
    /// The kept ratio.
    pub before: f64,
    /// The ratio now.
    pub now: f64,
    /// Whether it is lower than noise explains.
    pub regressed: bool,
}

fn key(suite: &str, row: &Row) -> String {
    format!(
        "{suite} / {} / {} / {} clients",
        row.case, row.variant, row.clients
    )
}

fn ratios(report: &Report) -> BTreeMap<String, Spread> {
    let mut ratios = BTreeMap::new();
    for suite in &report.suites {
        for row in &suite.rows {
            if let Some(ratio) = row.ratio {
                ratios.insert(key(&suite.name, row), ratio);
            }
        }
    }
    ratios
}

impl Baseline {
    /// What is kept of a report.
    pub fn of(report: &Report) -> Self {
        Self {
            schema: report.schema,
            commit: report.commit.clone(),
            build: report.build.clone(),
            machine: format!("{} cores, {}", report.machine.cores, report.machine.cpu),
            ratios: ratios(report),
        }
    }

    /// Reads a kept one.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let baseline: Self = serde_json::from_str(text)?;
        anyhow::ensure!(
            baseline.schema == SCHEMA,
            "the baseline has schema {} and this version reads {SCHEMA}",
            baseline.schema
        );
        Ok(baseline)
    }

    /// Every ratio that both have. A regression is a ratio whose *best* round is lower than the kept median by more than
    /// the margin: one slow round is noise, three slow rounds are not.
    pub fn compare(&self, report: &Report) -> anyhow::Result<Vec<Compared>> {
        anyhow::ensure!(
            self.build == report.build,
            "the baseline is of a {} build, this is a {} build",
            self.build,
            report.build
        );
        let now = ratios(report);
        let compared: Vec<Compared> = self
            .ratios
            .iter()
            .filter_map(|(name, before)| {
                let now = now.get(name)?;
                Some(Compared {
                    name: name.clone(),
                    before: before.median,
                    now: now.median,
                    regressed: now.high < before.median * (1.0 - MARGIN),
                })
            })
            .collect();
        anyhow::ensure!(
            !compared.is_empty(),
            "no ratio was measured that the baseline has"
        );
        Ok(compared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;

    fn with(ratio: &[f64]) -> Report {
        let mut report = sample();
        report.suites[0].rows[0].ratio = Spread::of(ratio);
        report
    }

    #[test]
    fn a_clear_loss_is_a_regression_and_noise_is_not() {
        let kept = Baseline::of(&with(&[0.78, 0.80, 0.82]));
        let regressed = |ratio: &[f64]| kept.compare(&with(ratio)).unwrap()[0].regressed;
        assert!(regressed(&[0.60, 0.62, 0.64]));
        assert!(
            !regressed(&[0.60, 0.62, 0.79]),
            "one round was good, so the others were disturbed"
        );
        assert!(!regressed(&[0.70, 0.72, 0.74]));
        assert!(!regressed(&[1.2, 1.3, 1.4]));
    }

    #[test]
    fn what_can_not_be_compared_is_said() {
        let kept = Baseline::of(&with(&[0.8]));
        let mut other = with(&[0.8]);
        other.build = "debug".to_owned();
        let error = kept.compare(&other).unwrap_err().to_string();
        assert!(error.contains("release build, this is a debug build"), "{error}");
        let mut other = with(&[0.8]);
        other.suites.clear();
        assert!(kept.compare(&other).is_err());
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(Baseline::parse(&text).unwrap(), kept);
    }
}
