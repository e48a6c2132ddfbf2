//! `/api/search`, its status, and passages.

use std::collections::HashMap;

use axum::extract::{Path, State};
use schemars::JsonSchema;
use search::{Hit, Mode, Only, Passage, Piece};
use serde::{Deserialize, Serialize};
use sql::Time;

use crate::App;
use crate::http::auth::Caller;
use crate::http::json::{Check, Json, Query};
use crate::http::problem::Problem;
use crate::http::respond::Data;
use crate::http::route::{Access, Routes, get, post};
use crate::retrieval::views::{Kind, OwnerView, PlaceView, titles_of};
use crate::retrieval::{self, backfill};
use crate::workspaces;

/// The longest question.
const QUERY_CHARS_MAX: usize = 2_000;
/// The most hits of one answer, and those when nothing is said.
const HITS_MAX: u32 = 50;
const HITS: u32 = 10;
/// Characters of a snippet.
const SNIPPET_CHARS: usize = 240;
/// Passages before and after one that is opened.
const AROUND: i64 = 2;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .add(
            post("/api/search", search_all)
                .id("search")
                .access(Access::SignedIn)
                // Who asks and where they belong; the epochs, the words' frequencies, how many passages, the candidates, those
                // that only the vectors found, the vectors themselves; the titles, and what waits.
                .statements(10)
                .rows(2_000)
                .body::<SearchBody>()
                .data::<Found>()
                .about("Searches memories, files, messages and commands by words and by meaning"),
        )
        .add(
            get("/api/search/status", status)
                .id("get_search_status")
                .access(Access::SignedIn)
                // Who asks and where they belong; the passages; what has not been looked at, of two kinds.
                .statements(8)
                .query::<Place>()
                .data::<Status>()
                .about("How current the search index is"),
        )
        .add(
            get("/api/passages/{passage}", show)
                .id("get_passage")
                .access(Access::SignedIn)
                .statements(5)
                .data::<PassageView>()
                .about("A passage with what stands around it: what a citation opens"),
        )
}

/// By what passages are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeView {
    /// Words and meaning.
    #[default]
    Hybrid,
    /// Meaning alone.
    Vector,
    /// Words alone.
    Text,
}

impl From<ModeView> for Mode {
    fn from(mode: ModeView) -> Self {
        match mode {
            ModeView::Hybrid => Self::Hybrid,
            ModeView::Vector => Self::Vector,
            ModeView::Text => Self::Text,
        }
    }
}

impl From<Mode> for ModeView {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Hybrid => Self::Hybrid,
            Mode::Vector => Self::Vector,
            Mode::Text => Self::Text,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchBody {
    /// What is looked for.
    query: String,
    /// One of your workspaces, by id or slug; all of them when absent.
    workspace: Option<String>,
    /// Only these kinds of things.
    kinds: Option<Vec<Kind>>,
    /// Only these things, by id, beside the kinds.
    owners: Option<Vec<String>>,
    /// The most hits: 1 to 50, 10 when absent.
    k: Option<u32>,
    /// By what they are found.
    #[serde(default)]
    mode: ModeView,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    /// The passages, best first.
    hits: Vec<HitView>,
    /// By what they were found in fact: `text` when no model of vectors could be had.
    mode: ModeView,
    /// Passages of these workspaces that have no vector yet.
    pending: i64,
}

/// A piece of a snippet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PieceView {
    /// The text.
    pub text: String,
    /// Whether it is a word of the question.
    pub hit: bool,
}

/// A passage that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HitView {
    /// Its number: `/api/passages/{passage}`.
    pub passage: i64,
    /// What it belongs to is a…
    pub kind: Kind,
    /// What it belongs to.
    pub owner: OwnerView,
    /// Whose it is.
    pub workspace_id: String,
    /// Which of its owner's passages it is, from 0.
    pub part: i64,
    /// The best part of it, the question's words marked.
    pub snippet: Vec<PieceView>,
    /// Where it stands.
    pub place: PlaceView,
    /// Higher is better; comparable within one answer.
    pub score: f32,
    /// The time of what it is about.
    #[schemars(with = "String")]
    pub at: Time,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Place {
    /// One of your workspaces, by id or slug; all of them when absent.
    workspace: Option<String>,
}

/// How current the index is.
#[derive(Debug, Serialize, JsonSchema)]
struct Status {
    /// Passages there are.
    passages: i64,
    /// Those that have a vector.
    embedded: i64,
    /// Those that have none yet, with the memories and messages of old that can not be found yet.
    pending: i64,
    /// The model whose vectors answer; none: words alone are compared.
    model: Option<String>,
    /// Vectors in this node's memory, of all workspaces.
    vectors: u64,
    /// The memory they take.
    index_bytes: u64,
    /// Of these workspaces, those whose vectors the database compares (pgvector) and not this node.
    in_database: u64,
    /// Whether everything can be found by meaning.
    ready: bool,
}

/// A passage, opened.
#[derive(Debug, Serialize, JsonSchema)]
struct PassageView {
    /// Its number.
    passage: i64,
    /// What it belongs to is a…
    kind: Kind,
    /// What it belongs to.
    owner: OwnerView,
    /// Whose it is.
    workspace_id: String,
    /// Its text.
    text: String,
    /// What stands before it.
    before: String,
    /// What stands behind it.
    after: String,
    /// Where it stands.
    place: PlaceView,
    /// The time of what it is about.
    #[schemars(with = "String")]
    at: Time,
}

/// The caller's workspaces, or the one that is named.
async fn searched(app: &App, caller: &Caller, named: Option<&str>) -> Result<Vec<String>, Problem> {
    match named {
        None => Ok(workspaces::kept_ids_of(app, caller.id()).await?.to_vec()),
        Some(named) => {
            let id = workspaces::id_of(app, caller.id(), named).await?;
            Ok(vec![id])
        }
    }
}

async fn search_all(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<SearchBody>,
) -> Result<Data<Found>, Problem> {
    let mut check = Check::new();
    let text = check.text("query", &body.query, 1, QUERY_CHARS_MAX);
    let k = body.k.unwrap_or(HITS);
    if !(1..=HITS_MAX).contains(&k) {
        check.fail("k", format!("must be from 1 to {HITS_MAX}"));
    }
    for (field, nothing) in [
        ("kinds", body.kinds.as_ref().is_some_and(Vec::is_empty)),
        ("owners", body.owners.as_ref().is_some_and(Vec::is_empty)),
    ] {
        if nothing {
            check.fail(field, "names nothing; leave it out to search everything");
        }
    }
    check.done()?;
    let workspaces = searched(&app, &caller, body.workspace.as_deref()).await?;
    let only = (body.kinds.is_some() || body.owners.is_some()).then(|| Only {
        kinds: body
            .kinds
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect(),
        owners: body.owners.unwrap_or_default(),
    });
    let query = retrieval::Query {
        text: &text,
        workspaces: workspaces.clone(),
        only,
        k: k as usize,
        mode: body.mode.into(),
    };
    let (hits, mode) = retrieval::find(&app, query).await?;
    let titles = titles_of(&app, hits.iter().map(|hit| &hit.passage)).await?;
    let pending = app.search.index.pending(&workspaces).await?;
    Ok(Data(Found {
        hits: hits
            .into_iter()
            .map(|hit| hit_view(hit, &text, &titles))
            .collect(),
        mode: mode.into(),
        pending,
    }))
}

fn hit_view(hit: Hit, question: &str, titles: &HashMap<String, String>) -> HitView {
    let passage = hit.passage;
    let pieces = search::snippet(&passage.text, question, SNIPPET_CHARS);
    HitView {
        passage: passage.number,
        kind: passage.kind.into(),
        owner: OwnerView::of(&passage, titles),
        workspace_id: passage.workspace_id,
        part: passage.part,
        snippet: pieces
            .into_iter()
            .map(|Piece { text, hit }| PieceView { text, hit })
            .collect(),
        place: PlaceView::from(&passage.place),
        score: hit.score,
        at: passage.at,
    }
}

async fn status(
    State(app): State<App>,
    caller: Caller,
    Query(place): Query<Place>,
) -> Result<Data<Status>, Problem> {
    let workspaces = searched(&app, &caller, place.workspace.as_deref()).await?;
    let index = &app.search.index;
    let coverage = index.coverage(&workspaces).await?;
    let pending = coverage.pending + backfill::unseen(&app, &workspaces).await?;
    let (vectors, bytes) = index.in_memory();
    let model = index.model();
    Ok(Data(Status {
        passages: coverage.passages,
        embedded: coverage.passages - coverage.pending,
        pending,
        ready: model.is_some() && pending == 0,
        model,
        vectors: vectors as u64,
        index_bytes: bytes as u64,
        in_database: index.outside_of(&workspaces) as u64,
    }))
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(number): Path<String>,
) -> Result<Data<PassageView>, Problem> {
    let missing = || Problem::not_found("passage", &number);
    let workspaces = workspaces::kept_ids_of(&app, caller.id()).await?;
    let asked: i64 = number.parse().map_err(|_| missing())?;
    let index = &app.search.index;
    let passage = index.passage(asked, &workspaces).await?.ok_or_else(missing)?;
    let titles = titles_of(&app, std::iter::once(&passage)).await?;
    let around = index.around(&passage, AROUND).await?;
    let joined = |parts: &mut dyn Iterator<Item = &Passage>| {
        parts
            .map(|part| part.text.as_str())
            .collect::<Vec<_>>()
            .join("\n\n")
    };
    Ok(Data(PassageView {
        passage: passage.number,
        kind: passage.kind.into(),
        owner: OwnerView::of(&passage, &titles),
        workspace_id: passage.workspace_id.clone(),
        before: joined(&mut around.iter().filter(|part| part.part < passage.part)),
        after: joined(&mut around.iter().filter(|part| part.part > passage.part)),
        place: PlaceView::from(&passage.place),
        at: passage.at,
        text: passage.text,
    }))
}
