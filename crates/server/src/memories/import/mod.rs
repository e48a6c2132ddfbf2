//! Importing: memories made of files and of pages of the web, by a run.
//!
//! ```text
//! files ─▶ staged in the storage ─┐  one batch: kept, and a run `import`
//! an address ─────────────────────┴─▶ in the run: fetch.rs (a page) ─▶ documents::Parser ─▶ made.rs
//!                                       its end, one transaction: all memories, and what was staged is let go
//! ```
//!
//! Invariant: the memories of an import are there all at once or not at all, and once, however often the run was begun
//! again. A file that can not be read fails alone, with its reason in the run's output. A file that this program exported
//! becomes what it was (exported.rs).

mod exported;
mod fetch;
mod made;
pub mod routes;

use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use engine::{
    Finish, FinishStatus, Lane, NewEvent, NewRun, Outcome, Run, RunContext, Start, Step, StepError,
};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Batch, Time};
use url::Url;

use crate::App;
use crate::changes::Notice;
use crate::conversations::RunRef;
use crate::documents::{Document, Format, Reason, Unreadable};
use crate::files::stage::{self, Staged};
use crate::files::sweep;
use crate::http::problem::{ErrorCode, Problem};
use crate::ids::Kind;
use crate::memories::{NewMemory, Source, SourceKind, push_new};

/// The kind of the runs.
pub const KIND: &str = "import";
/// The most files of one import.
const FILES_MAX: usize = 20;
/// The largest file, and the largest page.
pub const BYTES_MAX: u64 = 32 << 20;
/// The most memories of one import: they are one transaction.
const MEMORIES_MAX: usize = 5_000;
/// How often a storage that does not answer is asked again.
const ATTEMPTS_MAX: u32 = 5;
/// The longest name and the longest address of a source.
const NAME_CHARS_MAX: usize = 150;
const URL_CHARS_MAX: usize = 2_000;

/// The body that imports a page of the web.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportPage {
    /// Its address; it begins with https:// or http://.
    pub url: String,
}

/// What a beginning import answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Importing {
    /// The run; its event `imported` and its output say how many memories it made, and what could not be read.
    pub run: RunRef,
}

/// Where the text of an import comes from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
enum Origin {
    File {
        staged: String,
        name: String,
        media_type: String,
    },
    Page {
        url: String,
    },
    /// A file that was refused when it came, beside others that were not.
    Refused {
        name: String,
        why: Unreadable,
    },
}

impl Origin {
    fn name(&self) -> &str {
        match self {
            Self::File { name, .. } | Self::Refused { name, .. } => name,
            Self::Page { url } => url,
        }
    }

    fn staged(&self) -> Option<&str> {
        match self {
            Self::File { staged, .. } => Some(staged),
            _ => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Input {
    origins: Vec<Origin>,
}

impl Input {
    fn of(run: &Run) -> Result<Self, StepError> {
        serde_json::from_value(run.input.clone()).map_err(|error| StepError::fail("internal", error))
    }

    /// Adds to the batch that ends the run what lets its content go.
    fn let_go(&self, now: Time, batch: &mut Batch) {
        for id in self.origins.iter().filter_map(Origin::staged) {
            batch.extend(stage::let_go(id, now));
        }
    }
}

/// Begins the import of a page.
pub async fn begin_page(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    body: ImportPage,
) -> Result<Importing, Problem> {
    let text = body.url.trim();
    let url = Url::parse(text).ok().filter(|_| text.len() <= URL_CHARS_MAX);
    let url = url.ok_or_else(|| Problem::invalid("url", "is no address of a page"))?;
    fetch::check(app, &url).map_err(|why| Problem::invalid("url", why.detail))?;
    begin(
        app,
        (workspace_id, user_id),
        vec![Origin::Page { url: url.into() }],
        Batch::new(),
    )
    .await
}

/// Begins the import of the files that were taken.
pub async fn begin_files(
    app: &App,
    workspace_id: &str,
    user_id: &str,
    taken: Taken,
) -> Result<Importing, Problem> {
    let Taken {
        origins,
        staged,
        refused,
    } = taken;
    if let Some(problem) = refused.filter(|_| staged.is_empty()) {
        // Nothing is left to be read.
        return Err(problem);
    }
    if origins.is_empty() {
        return Err(Problem::invalid("file", "there is no file in the body"));
    }
    let mut batch = Batch::new();
    for staged in &staged {
        staged.keep(app, &mut batch);
    }
    begin(app, (workspace_id, user_id), origins, batch).await
}

/// The files that have come for an import.
#[derive(Debug, Default)]
pub struct Taken {
    origins: Vec<Origin>,
    staged: Vec<Staged>,
    /// Why the last of those was refused that were.
    refused: Option<Problem>,
}

impl Taken {
    /// Takes one more file. One that can not be read is noted, and fails alone.
    pub async fn take<S>(
        &mut self,
        app: &App,
        whose: (&str, &str),
        (path, media_type): (&str, &str),
        content: S,
    ) -> Result<(), Problem>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        if self.origins.len() == FILES_MAX {
            let detail = format!("at most {FILES_MAX} files can be imported at once");
            return Err(Problem::invalid("file", detail));
        }
        let name = short_name(path);
        if Format::of(media_type, &name).is_none() {
            self.refuse(name, Unreadable::unsupported(), ErrorCode::UnsupportedMediaType);
            return Ok(());
        }
        let said = (name.as_str(), Some(media_type));
        match stage::stage(app, whose, said, BYTES_MAX as i64, content).await {
            Ok(staged) => {
                self.origins.push(Origin::File {
                    staged: staged.id().to_owned(),
                    name,
                    media_type: media_type.to_owned(),
                });
                self.staged.push(staged);
            }
            Err(problem) if problem.code == ErrorCode::TooLarge => {
                let detail = format!(
                    "A file of at most {} MiB can be imported. Divide it.",
                    BYTES_MAX >> 20
                );
                let why = Unreadable::new(Reason::TooLarge, detail);
                self.refuse(name, why, ErrorCode::TooLarge);
            }
            Err(problem) => return Err(problem),
        }
        Ok(())
    }

    fn refuse(&mut self, name: String, why: Unreadable, code: ErrorCode) {
        self.refused = Some(Problem::new(code, why.detail.clone()));
        self.origins.push(Origin::Refused { name, why });
    }

    /// Nothing comes of it: what was stored is let go.
    pub async fn forget(self, app: &App) {
        for staged in &self.staged {
            stage::forget(app, staged).await;
        }
    }
}

/// The last part of a path, as long as a name may be.
fn short_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let printed = name.chars().filter(|c| !c.is_control());
    // Its end says what it is.
    let printed: Vec<char> = printed.collect();
    printed[printed.len().saturating_sub(NAME_CHARS_MAX)..]
        .iter()
        .collect()
}

async fn begin(
    app: &App,
    (workspace_id, user_id): (&str, &str),
    origins: Vec<Origin>,
    mut batch: Batch,
) -> Result<Importing, Problem> {
    let id = app.ids.make(Kind::Run, app.clock.now());
    let run = NewRun {
        workspace_id: Some(workspace_id.to_owned()),
        user_id: Some(user_id.to_owned()),
        attempts_max: ATTEMPTS_MAX,
        ..NewRun::new(id, KIND, json!(Input { origins }))
    };
    let run = app
        .engine
        .prepare(run, Start::Queued, &mut batch)
        .map_err(Problem::internal)?;
    let named = RunRef {
        id: run.id.clone(),
        status: run.status.as_str().to_owned(),
    };
    app.engine.submit(batch, vec![run]).await?;
    Ok(Importing { run: named })
}

/// What was read of an origin.
enum Read {
    /// A document, what it is called, and the source that its memories name.
    Document(Document, String, Source),
    /// What this program exported, its type and its name.
    Exported(Vec<u8>, String, String),
}

/// Makes memories of files and pages.
pub struct ImportStep {
    app: App,
}

impl ImportStep {
    /// For this application.
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// What an origin holds.
    async fn read(&self, origin: &Origin) -> Result<Read, Unreadable> {
        let (app, parser) = (&self.app, &self.app.parser);
        let source = |kind, url, name: &str| Source {
            kind,
            id: None,
            conversation_id: None,
            url,
            name: Some(name.to_owned()),
        };
        match origin {
            Origin::Refused { why, .. } => Err(why.clone()),
            Origin::File {
                staged,
                name,
                media_type,
            } => {
                let away = |detail: &str| Unreadable::new(Reason::Storage, detail);
                let content = stage::content_of(app, staged).await.map_err(|problem| {
                    tracing::warn!("a file to be imported could not be had: {}", problem.chain());
                    away("The storage of files does not answer as it should.")
                })?;
                let content =
                    content.ok_or_else(|| away("The file is not there any more. Send it again."))?;
                let mut content = content.map_err(std::io::Error::other);
                let mut begun = Vec::new();
                while let Some(piece) = content.next().await {
                    begun.push(piece.map_err(|_| away("The content of the file could not be read."))?);
                    if begun.iter().map(Bytes::len).sum::<usize>() >= exported::BEGINNING_BYTES {
                        break;
                    }
                }
                let is_ours = exported::is_ours(&begun.concat(), media_type, name);
                let content = stream::iter(begun.into_iter().map(Ok)).chain(content);
                if is_ours {
                    let text = content.try_fold(Vec::new(), async |mut text, piece: Bytes| {
                        text.extend_from_slice(&piece);
                        Ok(text)
                    });
                    let text = text
                        .await
                        .map_err(|_| away("The content of the file could not be read."))?;
                    return Ok(Read::Exported(text, media_type.clone(), name.clone()));
                }
                let document = parser.parse(content, media_type, name).await?;
                Ok(Read::Document(
                    document,
                    name.clone(),
                    source(SourceKind::File, None, name),
                ))
            }
            Origin::Page { url } => {
                let page = fetch::fetch(app, url).await?;
                let content = stream::iter(page.content).map(Ok);
                let document = parser.parse(content, &page.media_type, &page.name).await?;
                let called = document.title.as_deref().unwrap_or(&page.called);
                let called: String = called.chars().take(NAME_CHARS_MAX).collect();
                let source = source(SourceKind::Url, Some(url.clone()), &called);
                Ok(Read::Document(document, called, source))
            }
        }
    }

    /// The memories of an origin, when there is room for them.
    async fn make(&self, run_id: &str, origin: &Origin, room: usize) -> Result<Vec<NewMemory>, Unreadable> {
        let read = self.read(origin).await?;
        let run_id = run_id.to_owned();
        let making = tokio::task::spawn_blocking(move || match read {
            Read::Exported(text, media_type, name) => exported::memories(&text, &media_type, &name),
            Read::Document(document, name, source) => {
                // The same file may be imported twice: each time it is a series of its own.
                let series = format!("{name} · {run_id}");
                Ok(made::memories(&document, &name, &series, &source))
            }
        });
        let made = making
            .await
            .map_err(|_| Unreadable::new(Reason::Crashed, "No memories could be made of this text."))??;
        if made.len() > room {
            let detail = format!(
                "{} memories would come of it; at most {MEMORIES_MAX} are made in one import. Divide it.",
                made.len()
            );
            return Err(Unreadable::new(Reason::TooMany, detail));
        }
        Ok(made)
    }
}

fn stored(why: &Unreadable) -> Value {
    json!({ "code": why.reason.as_str(), "detail": why.detail })
}

#[async_trait]
impl Step for ImportStep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let (app, run) = (&self.app, ctx.run());
        let input = Input::of(run)?;
        let (cancelled, count) = (ctx.cancelled(), input.origins.len());
        let mut memories: Vec<NewMemory> = Vec::new();
        let (mut failed, mut last) = (Vec::new(), None);
        for (index, origin) in input.origins.iter().enumerate() {
            let name = origin.name();
            ctx.emit("source", json!({ "name": name, "index": index, "count": count }))
                .await?;
            let room = MEMORIES_MAX - memories.len();
            let made = tokio::select! {
                made = self.make(&run.id, origin, room) => made,
                () = cancelled.cancelled() => return Err(StepError::Cancelled),
            };
            match made {
                Ok(made) => memories.extend(made),
                Err(why) if why.reason == Reason::Storage => {
                    return Err(StepError::retry("storage", why.detail));
                }
                Err(why) => {
                    failed.push(json!({ "name": name, "error": stored(&why) }));
                    last = Some(why);
                }
            }
        }
        let now = app.clock.now();
        let output = json!({ "memories": memories.len(), "sources": count, "failed": failed });
        let mut finish = match last.filter(|_| failed.len() == count) {
            None => Finish::completed(output.clone()),
            Some(why) => Finish {
                output: output.clone(),
                ..Finish::failed(stored(&why))
            },
        };
        finish.last_events.push(NewEvent::new("imported", output)?);
        let (workspace, user) = (
            run.workspace_id.as_deref().unwrap_or_default(),
            run.user_id.as_deref().unwrap_or_default(),
        );
        for memory in memories {
            push_new(&mut finish.writes, &memory.into_memory(app, workspace, user, now));
        }
        input.let_go(now, &mut finish.writes);
        Ok(Outcome::Complete(finish))
    }

    fn closing_writes(&self, run: &Run, _status: FinishStatus, _error: Option<&Value>, now: Time) -> Batch {
        let mut batch = Batch::new();
        if let Ok(input) = Input::of(run) {
            input.let_go(now, &mut batch);
        }
        batch
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        let mut finish = Finish::cancelled();
        finish.writes = self.closing_writes(ctx.run(), FinishStatus::Cancelled, None, ctx.clock().now());
        Ok(finish)
    }

    async fn ended(&self, run: &Run, status: FinishStatus, _output: &Value) {
        if status == FinishStatus::Completed
            && let Some(workspace_id) = &run.workspace_id
        {
            self.app.changes.publish(Notice::memories(workspace_id)).await;
            self.app.search.wake();
        }
        sweep::collect(&self.app).await;
    }
}
