//! The second half of `api`: the same requests on databases of 1 k, 10 k, 100 k and 1 M messages, up to the scale. What is
//! fast because the data is small shows here.

use anyhow::Context as _;

use crate::Bench;
use crate::report::{Figure, Row, Suite};
use crate::stoa::{Cache, Stoa};
use crate::suites::cases::{self, Asking};
use crate::suites::point::{self, Point, Side};

/// Messages of the databases.
const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Clients at once.
const CLIENTS: usize = 16;
/// More CPU per tenfold data than this is growth, and not noise.
const SLOPE_PERCENT: f64 = 10.0;

/// Runs it; nothing in the short form, and nothing on a Stoa that runs elsewhere.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    if bench.options.short || bench.options.url.is_some() {
        return Ok(());
    }
    let sizes: Vec<u64> = SIZES
        .into_iter()
        .filter(|size| *size <= bench.messages())
        .collect();
    let mut rows: Vec<Row> = Vec::new();
    for &messages in &sizes {
        bench.note(format!("  growth: {messages} messages"));
        let stoa = Stoa::start(bench, messages, &[]).await?;
        stoa.switch(Cache::Callers).await?;
        for case in cases::reads(&stoa, false)
            .into_iter()
            .filter(|case| case.lookup.is_some())
        {
            let asked = cases::ask(&stoa, &case, Asking::Whole).await?;
            let before = rows.iter().find(|row| row.case == case.name);
            let point = Point {
                subject: Side {
                    address: stoa.address,
                    process: stoa.process.as_ref(),
                    plan: &asked.plan,
                },
                reference: None,
                clients: CLIENTS,
                // The load of the smallest, so that latencies can be compared.
                offered: before.and_then(|row| row.offered),
            };
            rows.push(Row {
                case: case.name.to_owned(),
                variant: "growth".to_owned(),
                messages,
                statements: asked.sample.statements(),
                ..point::measure(bench, &point).await?
            });
        }
        stoa.stop().await?;
    }
    suite.figures.extend(slopes(&rows));
    suite.rows.extend(rows);
    Ok(())
}

/// For each case the CPU of a request over tenfold data, in percent of its mean.
fn slopes(rows: &[Row]) -> Vec<Figure> {
    let mut names: Vec<&str> = rows.iter().map(|row| row.case.as_str()).collect();
    names.dedup();
    names.truncate(3);
    names
        .into_iter()
        .filter_map(|name| {
            let points: Vec<(f64, f64)> = rows
                .iter()
                .filter(|row| row.case == name)
                .filter_map(|row| Some(((row.messages as f64).log10(), row.server_cpu_us?)))
                .collect();
            let percent = slope_percent(&points).ok()?;
            let name = format!("{name}: CPU of a request for ten times the messages");
            Some(Figure::new(name, percent, "% more").at_most(SLOPE_PERCENT))
        })
        .collect()
}

/// The slope of the least squares line as a percentage of the mean.
fn slope_percent(points: &[(f64, f64)]) -> anyhow::Result<f64> {
    anyhow::ensure!(points.len() > 1, "a slope needs two points");
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let over: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let under: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let slope = (under > 0.0).then(|| over / under);
    Ok(slope.context("a slope needs points apart")? / y * 100.0)
}

#[cfg(test)]
mod tests {
    use super::slope_percent;

    #[test]
    fn the_slope_is_that_of_tenfold_data() {
        let flat = [(3.0, 50.0), (4.0, 50.0), (5.0, 50.0)];
        assert!(slope_percent(&flat).unwrap().abs() < 1e-9);
        let growing = [(3.0, 90.0), (4.0, 100.0), (5.0, 110.0)];
        assert!((slope_percent(&growing).unwrap() - 10.0).abs() < 1e-9);
        assert!(slope_percent(&growing[..1]).is_err());
    }
}
