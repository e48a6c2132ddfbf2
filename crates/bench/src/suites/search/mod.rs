//! `search`: `POST /api/search` over 100,000 memories and a million messages of one workspace (at `--scale large`; a
//! hundredth and a tenth of that at the other scales), by words, by vectors and by both, with a question that is embedded
//! for each request; what the index takes of memory and of time at the start; and what its first pass loses.

mod corpus;
mod recall;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use crate::Bench;
use crate::load::request::{Request, data};
use crate::load::{Clients, Plan};
use crate::report::{Figure, Row, Suite, Target};
use crate::stoa::{self, Stoa};
use crate::suites::point::{self, Point, Side};
use corpus::{Corpus, Size};

/// Messages of the demo data that stand beside what is searched.
const BASE: u64 = 200;
/// Questions that are asked in turn.
const QUESTIONS: usize = 96;
const CLIENTS: usize = 8;
/// The budget of a hybrid search at the largest scale.
const P99_MS: f64 = 25.0;
/// Memories that are written while a server embeds them.
const EMBEDDED: usize = 200;
/// How long a server may take to read its index.
const WARM: Duration = Duration::from_mins(10);

/// Runs it; it needs a Stoa of its own.
pub(super) async fn run(bench: &Bench<'_>, suite: &mut Suite) -> anyhow::Result<()> {
    anyhow::ensure!(bench.options.url.is_none(), "it needs a Stoa of its own");
    let size = Size {
        memories: (bench.messages() / 10).max(1),
        messages: bench.messages(),
    };
    let model = if bench.product.models.is_some() {
        "local/all-minilm-l6-v2"
    } else {
        "mock/embed"
    };
    suite.notes.push(format!(
        "{} memories and {} messages of one workspace; texts are made of a seeded list of words, vectors are those of 256 \
         sentences by {model}, mixed in pairs and with noise (a model would need hours). Every request embeds its question. \
         One client asks again when it has its answer, eight ask in an open loop; servers may use all cores.",
        size.memories, size.messages
    ));
    let env = environment(bench);
    let corpus = Corpus::new();
    let folder = prepared(bench, suite, (&corpus, size), (model, &env)).await?;
    let questions = corpus.questions(QUESTIONS);
    // Without the files of the index, then with them.
    remove(&folder.join("index"))?;
    let (stoa, without) = started(bench, &folder, &env, size).await?;
    saved(&folder, size).await;
    stoa.stop().await?;
    let (stoa, with) = started(bench, &folder, &env, size).await?;
    for (name, took) in [("from the database", without), ("from its files", with)] {
        let name = format!("the index is in memory again, {name}");
        suite.figures.push(Figure::new(name, took.as_secs_f64(), "s"));
    }
    memory(suite, &stoa).await?;
    for mode in ["hybrid", "text", "vector"] {
        bench.note(format!("  {mode}"));
        measure(bench, suite, &stoa, (mode, &questions), size).await?;
    }
    let vectors = embedded(&stoa, model, &questions).await?;
    ingested(bench, suite, &stoa).await?;
    stoa.stop().await?;
    bench.note("  recall");
    recall::measure(suite, &folder, (model, &questions, &vectors)).await
}

/// What a server of this suite has in its environment.
fn environment(bench: &Bench<'_>) -> Vec<(&'static str, String)> {
    match &bench.product.models {
        Some(folder) => vec![
            ("STOA_MODELS_LOCAL", "true".to_owned()),
            ("STOA_MODELS_DIR", folder.display().to_string()),
        ],
        None => vec![("STOA_SEARCH_MODEL", "mock/embed".to_owned())],
    }
}

/// The data folder with the passages, made when it is not there yet.
async fn prepared(
    bench: &Bench<'_>,
    suite: &mut Suite,
    (corpus, size): (&Corpus, Size),
    (model, env): (&str, &[(&str, String)]),
) -> anyhow::Result<PathBuf> {
    let folder = bench
        .folder
        .join(format!("search-{}-{}", size.messages, model.replace('/', "-")));
    let mark = folder.join("generated");
    if std::fs::read_to_string(&mark).is_ok_and(|version| version == bench.product.version) {
        return Ok(folder);
    }
    remove(&folder)?;
    std::fs::create_dir_all(&folder)?;
    stoa::copy_files(&stoa::generated(bench, BASE)?, &folder)?;
    remove(&mark)?;
    // A server makes the workspace and the vectors of the topics.
    let stoa = Stoa::start_on(bench, BASE, &folder, env).await?;
    waited(&stoa, |status| {
        status["pending"] == 0 && status["model"].is_string()
    })
    .await?;
    let new = json!({"name": "Searched"});
    let made = data(
        stoa.address,
        &Request::send("POST", "/api/workspaces", &stoa.token, &new),
    )
    .await?;
    let workspace = made["id"].as_str().context("a workspace has no id")?.to_owned();
    let topics = embedded(&stoa, model, &corpus.sentences()).await?;
    stoa.stop().await?;
    bench.note(format!("  publishing {} passages", size.passages()));
    let db = corpus::open(&folder).await?;
    let rate = corpus.publish(&db, &workspace, size).await?;
    suite
        .figures
        .push(Figure::new("published, with their full text", rate, "passages/s"));
    let rate = corpus.store(&db, (model, &topics), size).await?;
    suite
        .figures
        .push(Figure::new("vectors stored", rate, "passages/s"));
    db.close().await;
    std::fs::write(&mark, &bench.product.version)?;
    Ok(folder)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Starts a server and waits until it has all vectors; how long that took.
async fn started(
    bench: &Bench<'_>,
    folder: &Path,
    env: &[(&str, String)],
    size: Size,
) -> anyhow::Result<(Stoa, Duration)> {
    let began = Instant::now();
    let stoa = Stoa::start_on(bench, size.messages, folder, env).await?;
    waited(&stoa, |status| {
        status["pending"] == 0 && status["vectors"].as_u64() >= Some(size.passages())
    })
    .await?;
    Ok((stoa, began.elapsed()))
}

async fn waited(stoa: &Stoa, done: impl Fn(&serde_json::Value) -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < WARM {
        let status = data(stoa.address, &Request::get("/api/search/status", &stoa.token)).await?;
        if done(&status) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the index was not ready in time")
}

/// Waits until the index is in its files, if it is large enough to be written down.
async fn saved(folder: &Path, size: Size) {
    let complete = || {
        let files = std::fs::read_dir(folder.join("index")).ok()?;
        let mut bytes = files
            .flatten()
            .filter(|file| file.path().extension().is_some_and(|ending| ending == "arena"));
        bytes
            .any(|file| {
                file.metadata()
                    .is_ok_and(|file| file.len() > size.passages() * 400)
            })
            .then_some(())
    };
    for _ in 0..600 {
        if size.passages() < 5_000 || complete().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn memory(suite: &mut Suite, stoa: &Stoa) -> anyhow::Result<()> {
    let status = data(stoa.address, &Request::get("/api/search/status", &stoa.token)).await?;
    let of = |name: &str| {
        status[name]
            .as_f64()
            .with_context(|| format!("the status has no {name}"))
    };
    let (vectors, bytes) = (of("vectors")?, of("index_bytes")?);
    suite
        .figures
        .push(Figure::new("vectors in memory", vectors, "vectors"));
    let million = bytes / vectors.max(1.0);
    suite
        .figures
        .push(Figure::new("memory of a million vectors", million, "MB"));
    if let Some(usage) = stoa.usage() {
        let name = "memory of the server, without mapped files";
        suite
            .figures
            .push(Figure::new(name, usage.own_bytes as f64 / 1e6, "MB"));
    }
    Ok(())
}

/// One mode, at one client and at several.
async fn measure(
    bench: &Bench<'_>,
    suite: &mut Suite,
    stoa: &Stoa,
    (mode, questions): (&str, &[String]),
    size: Size,
) -> anyhow::Result<()> {
    let requests = questions.iter().map(|question| {
        let body = json!({"query": question, "mode": mode, "k": 10});
        Request::send("POST", "/api/search", &stoa.token, &body).render()
    });
    let plan = Plan::turns(requests.collect());
    let opened = Clients::open(stoa.address, 1).await;
    let mut one = opened.map_err(|fault| anyhow::anyhow!("no load can be made: {}", fault.name()))?;
    one.saturate(&plan, bench.length(0.3)).await;
    let (tally, took) = one.saturate(&plan, bench.length(2.0)).await;
    drop(one);
    let alone = Row {
        clients: 1,
        throughput: Some(tally.requests as f64 / took.as_secs_f64()),
        latency: Some(tally.summary()),
        requests: tally.requests,
        bytes: tally.bytes.checked_div(tally.requests),
        errors: tally.errors.clone(),
        ..Row::default()
    };
    let point = Point {
        subject: Side {
            address: stoa.address,
            process: stoa.process.as_ref(),
            plan: &plan,
        },
        reference: None,
        clients: CLIENTS,
        offered: None,
    };
    let several = point::measure(bench, &point).await?;
    for row in [alone, several] {
        let p99 = row.latency.map_or(0.0, |latency| latency.p99_us / 1e3);
        let held = mode == "hybrid" && row.clients == 1;
        suite.rows.push(Row {
            case: format!("search, {mode}"),
            variant: format!("{} passages", size.passages()),
            messages: size.messages,
            target: held.then(|| Target::at_most(format!("p99 ≤ {P99_MS} ms"), p99, P99_MS)),
            ..row
        });
    }
    Ok(())
}

/// The vectors of texts, by the model of the installation.
async fn embedded(stoa: &Stoa, model: &str, texts: &[String]) -> anyhow::Result<Vec<Vec<f32>>> {
    let mut vectors = Vec::new();
    for some in texts.chunks(16) {
        let body = json!({"model": model, "input": some});
        let made = data(
            stoa.address,
            &Request::send("POST", "/v1/embeddings", &stoa.token, &body),
        )
        .await?;
        for row in made.as_array().into_iter().flatten() {
            let numbers = row["embedding"]
                .as_array()
                .context("an embedding has no numbers")?;
            vectors.push(
                numbers
                    .iter()
                    .map(|number| number.as_f64().unwrap_or(0.0) as f32)
                    .collect(),
            );
        }
    }
    anyhow::ensure!(
        vectors.len() == texts.len(),
        "{} of {} texts have vectors",
        vectors.len(),
        texts.len()
    );
    Ok(vectors)
}

/// How fast memories can be found after they were written: with the model that embeds them.
async fn ingested(bench: &Bench<'_>, suite: &mut Suite, stoa: &Stoa) -> anyhow::Result<()> {
    let count = if bench.options.short {
        EMBEDDED / 10
    } else {
        EMBEDDED
    };
    let corpus = Corpus::new();
    let items: Vec<serde_json::Value> = corpus
        .questions(count)
        .into_iter()
        .map(|text| json!({"content": format!("{text} {text} {text}")}))
        .collect();
    let path = format!("/api/workspaces/{}/memories/bulk", stoa.workspace);
    let began = Instant::now();
    data(
        stoa.address,
        &Request::send("POST", &path, &stoa.token, &json!({"items": items})),
    )
    .await?;
    waited(stoa, |status| status["pending"] == 0).await?;
    let rate = count as f64 / began.elapsed().as_secs_f64();
    suite.figures.push(Figure::new(
        "written and embedded by the server",
        rate,
        "passages/s",
    ));
    Ok(())
}
