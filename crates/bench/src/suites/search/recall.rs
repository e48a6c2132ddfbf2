//! What the first pass over a large workspace loses: the same questions to the index with it and without it.

use std::collections::HashSet;
use std::path::Path;

use search::{Index, Mode, Question, Scope};

use crate::report::{Figure, Suite, Target};
use crate::suites::search::corpus;

/// Hits that are compared.
const HITS: usize = 10;
/// The least part of them that has to be found.
const LEAST: f64 = 0.97;

/// At every scale: a small index is told to have a first pass all the same.
pub(super) async fn measure(
    suite: &mut Suite,
    folder: &Path,
    (model, questions, vectors): (&str, &[String], &[Vec<f32>]),
) -> anyhow::Result<()> {
    let db = corpus::open(folder).await?;
    let index = |exact_until: usize| {
        let index = Index::new(db.clone()).kept_in(folder.join("index"));
        let index = index.exact_until(exact_until);
        index.serve(Some(model));
        index
    };
    let (exact, fast) = (index(usize::MAX), index(0));
    exact.warm().await?;
    fast.warm().await?;
    let workspaces: Vec<String> = exact.workspaces().await?;
    let scope = Scope {
        workspaces,
        only: None,
    };
    let (mut wanted, mut found) = (0, 0);
    for (text, vector) in questions.iter().zip(vectors) {
        let vector = search::normalised(vector.clone());
        let question = Question {
            text,
            vector: Some((model, &vector)),
            scope: &scope,
            mode: Mode::Vector,
            k: HITS,
        };
        let mut best: Vec<HashSet<i64>> = Vec::new();
        for index in [&exact, &fast] {
            let (hits, _) = index.search(&question).await?;
            best.push(hits.iter().map(|hit| hit.passage.number).collect());
        }
        wanted += best[0].len();
        found += best[0].intersection(&best[1]).count();
    }
    db.close().await;
    let recall = found as f64 / (wanted as f64).max(1.0);
    let mut figure = Figure::new(
        "recall@10 of the first pass, against comparing everything",
        recall,
        "",
    );
    figure.target = Some(Target::at_least(format!("≥ {LEAST}"), recall, LEAST));
    suite.figures.push(figure);
    Ok(())
}
