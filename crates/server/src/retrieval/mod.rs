//! Retrieval: one search over everything that workspaces own, and what draws on it.
//!
//! Features publish their passages in the transaction that writes them ([`search::publish`]) and then wake this one
//! ([`Search::wake`]): a task embeds what waits, in batches, off every request's path. A question waits for no model but
//! the one that embeds it; when that is not there, words alone are compared and the answer says so.

mod backfill;
mod embed;
pub mod evaluate;
pub mod routes;
pub(crate) mod store;
mod views;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use llm::{CallContext, Embedder};
use search::{Hit, Index, Question, Scope};
use sql::Time;
use tokio::sync::Notify;

use crate::App;
use crate::http::problem::Problem;
use crate::performance::{self, Part};

pub use backfill::{again as backfill_again, backfill, keep_backfilled};
pub use embed::{embed_waiting, keep_embedded, keep_moved_out};
pub use search::{Mode, Only};
pub use views::{Kind, PlaceView, titles_of};

/// A question is embedded within this time, or only its words are compared.
const EMBED_LIMIT: Duration = Duration::from_secs(2);

/// The index of passages, and the bell of those who embed.
pub struct Search {
    /// The index.
    pub index: Index,
    bell: Arc<Notify>,
    /// Whether everything has been looked at that might lack passages.
    backfilled: AtomicBool,
}

impl Search {
    /// Over this database, with a folder for what is in memory of it.
    pub fn new(db: sql::Db, folder: PathBuf) -> Self {
        Self {
            index: Index::new(db).kept_in(folder),
            bell: Arc::default(),
            backfilled: AtomicBool::new(false),
        }
    }

    /// Something was published: it is embedded in the background, soon.
    pub fn wake(&self) {
        self.bell.notify_one();
    }
}

/// What is looked for, and where.
#[derive(Debug)]
pub struct Query<'a> {
    /// The question.
    pub text: &'a str,
    /// The workspaces of the caller that are searched.
    pub workspaces: Vec<String>,
    /// Within them, only this.
    pub only: Option<Only>,
    /// The most hits.
    pub k: usize,
    /// How.
    pub mode: Mode,
}

/// The beginning of the first day that a text names.
pub fn date_of(text: &str) -> Option<Time> {
    search::first_day(text).map(|day| Time::from_micros(day * 86_400_000_000))
}

/// The best passages, best first, and how they were found.
pub async fn find(app: &App, query: Query<'_>) -> Result<(Vec<Hit>, Mode), Problem> {
    let model = match query.mode {
        Mode::Text => None,
        Mode::Hybrid | Mode::Vector => app.search.index.model(),
    };
    let scope = Scope {
        workspaces: query.workspaces,
        only: query.only,
    };
    let question = Question {
        text: query.text,
        vector: None,
        scope: &scope,
        mode: query.mode,
        k: query.k,
    };
    let vector = async {
        let model = model.as_deref()?;
        embedded(app, model, query.text).await
    };
    let index = &app.search.index;
    // It is large, and part of every reply that draws on something.
    Ok(Box::pin(index.search_when(&question, model.as_deref(), vector)).await?)
}

/// The vector of a question, of length 1; none when the model can not be had now, which is logged.
async fn embedded(app: &App, model: &str, text: &str) -> Option<Vec<f32>> {
    let asked = std::time::Instant::now();
    let made = tokio::time::timeout(EMBED_LIMIT, async {
        let model = app.models.resolve(app, "", None, model).await?;
        let call = CallContext::new(app.stopping.clone());
        let made = model
            .provider
            .embed(&model.name, vec![text.to_owned()], &call)
            .await?;
        Ok::<_, Problem>(made.vectors.into_iter().next())
    })
    .await;
    performance::mark(Part::Model, asked);
    match made {
        Ok(Ok(vector)) => vector.map(search::normalised),
        Ok(Err(problem)) => {
            tracing::warn!("a question could not be embedded: {}", problem.chain());
            None
        }
        Err(_) => {
            tracing::warn!("a question could not be embedded within {EMBED_LIMIT:?}");
            None
        }
    }
}
