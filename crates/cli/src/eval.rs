//! `stoa eval retrieval`: how good the search is, on questions whose answers are known.
//!
//! Two ways. `--from FOLDER` has conversations (`turns.jsonl`) and questions (`questions.jsonl`) as LoCoMo has them: each
//! conversation becomes a workspace of a database made for this run, each turn a memory. `--questions FILE.csv --workspace
//! ID` asks an installation's own questions of its own data: the columns `question` and `evidence` (ids of memories, files
//! or messages, separated by spaces), and `category` if you like.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use server::App;
use server::accounts::NewUser;
use server::memories::{Bulk, Item};
use server::retrieval::evaluate::{Answer, Case, Score, evaluate, score};
use server::retrieval::{self, Mode};
use server::workspaces::CreateWorkspace;

use crate::args::{Common, EvalRetrieval};
use crate::output::{self, Outcome, plain};
use crate::{logging, runtime, serve};

#[derive(Deserialize)]
struct Turn {
    conversation: u64,
    id: String,
    session: u64,
    date: String,
    speaker: String,
    text: String,
    image: Option<String>,
}

#[derive(Deserialize)]
struct Asked {
    conversation: u64,
    question: String,
    evidence: Vec<String>,
    category: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Row {
    question: String,
    evidence: String,
    category: Option<String>,
}

pub(crate) fn run(common: &Common, options: &EvalRetrieval) -> Outcome {
    let mut config = common.load()?;
    logging::start_quiet(&config)?;
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    if options.from.is_some() {
        // A database of its own, with the models of the installation.
        folder.path().clone_into(&mut config.data.dir);
        config.database.target = server::config::Target::Sqlite(folder.path().join("eval.db"));
    }
    let work = serve::with_models(config, async |app| match (&options.from, &options.questions) {
        (Some(data), _) => from_folder(app, data).await,
        (None, Some(questions)) => {
            own(app, questions, options.workspace.as_deref().unwrap_or_default()).await
        }
        (None, None) => {
            bail!("say which questions: --from FOLDER, or --questions FILE.csv with --workspace ID")
        }
    });
    let report = runtime::for_command()?.block_on(work)?;
    show(&report);
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, json + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was measured.
#[derive(serde::Serialize)]
struct Report {
    passages: i64,
    /// Passages embedded a second, on this machine, in this run; none when all were embedded before.
    passages_per_second: Option<f64>,
    scores: Vec<Score>,
    by_category: BTreeMap<String, Vec<Score>>,
}

const MODES: [Mode; 3] = [Mode::Text, Mode::Vector, Mode::Hybrid];

async fn from_folder(app: &App, folder: &Path) -> anyhow::Result<Report> {
    let turns: Vec<Turn> = lines(&folder.join("turns.jsonl"))?;
    let questions: Vec<Asked> = lines(&folder.join("questions.jsonl"))?;
    let user = NewUser::parse("eval@example.com", None, "not a secret here", false).map_err(plain)?;
    let user = server::accounts::create_user(app, user).await.map_err(plain)?.id;
    let mut by_conversation: BTreeMap<u64, Vec<Turn>> = BTreeMap::new();
    for turn in turns {
        by_conversation.entry(turn.conversation).or_default().push(turn);
    }
    let mut places: HashMap<u64, String> = HashMap::new();
    let mut ids: HashMap<(u64, String), String> = HashMap::new();
    for (conversation, turns) in by_conversation {
        let names: Vec<String> = turns.iter().map(|turn| turn.id.clone()).collect();
        let (workspace_id, made) = load(app, &user, conversation, turns).await?;
        ids.extend(names.into_iter().map(|name| (conversation, name)).zip(made));
        places.insert(conversation, workspace_id);
    }
    let mut cases = Vec::new();
    for question in questions {
        let Some(workspace_id) = places.get(&question.conversation) else {
            bail!(
                "a question names the conversation {}, which has no turns",
                question.conversation
            );
        };
        let evidence = question
            .evidence
            .iter()
            .filter_map(|id| ids.get(&(question.conversation, id.clone())).cloned())
            .collect();
        cases.push(Case {
            workspace_id: workspace_id.clone(),
            question: question.question,
            evidence,
            category: question.category.map(|category| category.to_string()),
        });
    }
    cases.retain(|case: &Case| !case.evidence.is_empty());
    measure(app, cases).await
}

/// A conversation as a workspace, its turns as memories: the workspace's id, and those of the memories in order.
async fn load(
    app: &App,
    user: &str,
    conversation: u64,
    turns: Vec<Turn>,
) -> anyhow::Result<(String, Vec<String>)> {
    let workspace = CreateWorkspace {
        name: format!("Conversation {conversation}"),
        ..CreateWorkspace::default()
    };
    let workspace = server::workspaces::create(app, user, workspace)
        .await
        .map_err(plain)?;
    let mut items: Vec<Item> = Vec::new();
    let mut place = (0, 0);
    for turn in turns {
        place = if place.0 == turn.session {
            (place.0, place.1 + 1)
        } else {
            (turn.session, 0)
        };
        items.push(item(turn, place.1));
    }
    let mut made = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(items.len().min(1_000));
        let bulk = Bulk {
            items: std::mem::replace(&mut items, rest),
        };
        let done = server::memories::bulk(app, &workspace.id, user, bulk)
            .await
            .map_err(plain)?;
        made.extend(done.ids);
    }
    Ok((workspace.id, made))
}

/// A turn as a memory: who speaks is its title, the session the series it stands in.
fn item(turn: Turn, position: i64) -> Item {
    let said = turn.image.map_or(turn.text.clone(), |image| {
        format!("{} [image: {image}]", turn.text)
    });
    Item {
        title: Some(turn.speaker),
        content: Some(said),
        series: Some(Some(format!("session {}", turn.session))),
        position: Some(Some(position)),
        valid_from: Some(retrieval::date_of(&turn.date)),
        ..Item::default()
    }
}

async fn own(app: &App, file: &Path, workspace: &str) -> anyhow::Result<Report> {
    if workspace.is_empty() {
        bail!("say where to search: --workspace ID");
    }
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut cases = Vec::new();
    for row in csv::Reader::from_reader(text.as_slice()).deserialize() {
        let row: Row =
            row.with_context(|| format!("{} needs the columns `question` and `evidence`", file.display()))?;
        cases.push(Case {
            workspace_id: workspace.to_owned(),
            question: row.question,
            evidence: row.evidence.split_whitespace().map(str::to_owned).collect(),
            category: row.category,
        });
    }
    if cases.is_empty() {
        bail!("{} holds no questions", file.display());
    }
    measure(app, cases).await
}

async fn measure(app: &App, cases: Vec<Case>) -> anyhow::Result<Report> {
    output::note(format_args!("{} questions; embedding what waits …", cases.len()));
    let began = Instant::now();
    let embedded = retrieval::embed_waiting(app).await.map_err(plain)?;
    let took = began.elapsed().as_secs_f64();
    let mut workspaces: Vec<String> = cases.iter().map(|case| case.workspace_id.clone()).collect();
    workspaces.sort_unstable();
    workspaces.dedup();
    let coverage = app.search.index.coverage(&workspaces).await?;
    let answers = evaluate(app, &cases, &MODES).await.map_err(plain)?;
    let scores_of = |category: Option<&str>| {
        let of_mode = |(mode, answers): (&Mode, &Vec<Answer>)| {
            let of_category = answers
                .iter()
                .zip(&cases)
                .filter(|(_, case)| category.is_none() || case.category.as_deref() == category);
            let answers: Vec<Answer> = of_category.map(|(answer, _)| *answer).collect();
            score(*mode, &answers)
        };
        MODES.iter().zip(&answers).map(of_mode).collect::<Vec<Score>>()
    };
    let categories: BTreeSet<&str> = cases.iter().filter_map(|case| case.category.as_deref()).collect();
    Ok(Report {
        passages: coverage.passages,
        passages_per_second: (embedded > 0).then(|| embedded as f64 / took.max(1e-3)),
        scores: scores_of(None),
        by_category: categories
            .iter()
            .map(|category| ((*category).to_owned(), scores_of(Some(category))))
            .collect(),
    })
}

fn lines<T: for<'a> Deserialize<'a>>(file: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .enumerate()
        .map(|(n, line)| {
            serde_json::from_str(line).with_context(|| format!("{}, line {}", file.display(), n + 1))
        })
        .collect()
}

fn show(report: &Report) {
    let speed = report
        .passages_per_second
        .map_or_else(String::new, |speed| format!(", embedded at {speed:.1} a second"));
    output::line(format_args!("{} passages{speed}", report.passages));
    table("", &report.scores);
    for (category, scores) in &report.by_category {
        table(&format!("category {category}"), scores);
    }
}

fn table(name: &str, scores: &[Score]) {
    let count = scores.first().map_or(0, |score| score.questions);
    output::line(format_args!(
        "\n{:<10}{:>8}{:>8}{:>8}{:>8}{:>10}{:>10}   {count} questions {name}",
        "", "r@5", "r@10", "r@20", "MRR", "p50 ms", "p99 ms"
    ));
    for score in scores {
        output::line(format_args!(
            "{:<10}{:>8.3}{:>8.3}{:>8.3}{:>8.3}{:>10.2}{:>10.2}",
            score.mode,
            score.recall_at_5,
            score.recall_at_10,
            score.recall_at_20,
            score.mrr,
            score.p50_ms,
            score.p99_ms
        ));
    }
}
