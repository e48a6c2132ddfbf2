//! Ingest: a run that reads files, splits them into passages and gives those to search, a file at a time.
//!
//! The passages of a file and its status are one transaction, so a run that dies is run again and goes on where it was.
//! A file that can not be read fails alone, with its reason in its row.

use async_trait::async_trait;
use engine::{Finish, FinishStatus, Lane, NewRun, Outcome, Run, RunContext, Start, Step, StepError};
use futures_util::TryStreamExt as _;
use search::{NewPassage, Owner, Place};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Batch, Time};

use super::{File, FileKind, IngestStatus, store};
use crate::App;
use crate::changes::Notice;
use crate::documents::{Document, Format, Passage, Reason, Unreadable, split};
use crate::http::problem::Problem;
use crate::ids::Kind;

/// The kind of the runs.
pub const KIND: &str = "ingest";
/// How often a storage that does not answer is asked again.
const ATTEMPTS_MAX: u32 = 5;

#[derive(Serialize, Deserialize)]
struct Input {
    files: Vec<String>,
}

/// Queues the reading of those whose content search does not have yet, in one run; says so in them. The caller writes them.
pub fn queue(
    app: &App,
    user_id: &str,
    files: &mut [File],
    batch: &mut Batch,
) -> Result<Option<Run>, Problem> {
    let id = app.ids.make(Kind::Run, app.clock.now());
    let mut input = Input { files: Vec::new() };
    for file in files.iter_mut().filter(|file| file.kind == FileKind::File) {
        if Format::of(&file.media_type, &file.name).is_none() {
            file.ingest.status = IngestStatus::Unsupported;
        } else if file.ingest_hash != file.hash || file.ingest.status != IngestStatus::Done {
            file.ingest.status = IngestStatus::Queued;
            file.ingest.error = None;
            file.ingest.run_id = Some(id.clone());
            input.files.push(file.id.clone());
        }
    }
    let Some(first) = files.first().filter(|_| !input.files.is_empty()) else {
        return Ok(None);
    };
    let run = NewRun {
        workspace_id: Some(first.workspace_id.clone()),
        user_id: Some(user_id.to_owned()),
        attempts_max: ATTEMPTS_MAX,
        ..NewRun::new(id, KIND, json!(input))
    };
    let run = app
        .engine
        .prepare(run, Start::Queued, batch)
        .map_err(Problem::internal)?;
    Ok(Some(run))
}

/// Gives the passages of a file to search, in the place of those it had.
fn publish(batch: &mut Batch, file: &File, passages: Vec<Passage>) {
    let owner = Owner {
        workspace_id: &file.workspace_id,
        kind: search::Kind::File,
        id: &file.id,
        parent_id: file.parent_id.as_deref(),
        series: Some((&file.id, 0)),
        at: file.updated_at,
    };
    let passages = passages
        .into_iter()
        .map(|passage| NewPassage {
            title: file.name.clone(),
            context: passage.heading().unwrap_or_default(),
            place: Place {
                start: i64::try_from(passage.start).ok(),
                end: i64::try_from(passage.end).ok(),
                page: passage.page.map(i64::from),
                heading: passage.heading(),
            },
            text: passage.text,
            ..NewPassage::default()
        })
        .collect();
    search::publish(batch, &owner, passages);
}

/// Takes a file's passages out of search.
pub fn withdraw(batch: &mut Batch, file: &File) {
    search::withdraw(batch, &file.id);
}

/// Tells search of another name or folder.
pub fn renamed(batch: &mut Batch, file: &File) {
    search::retitle(batch, &file.id, &file.name, file.parent_id.as_deref());
}

/// Reads files.
pub struct IngestStep {
    app: App,
}

impl IngestStep {
    /// For this application.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

fn input(run: &Run) -> Result<Input, StepError> {
    serde_json::from_value(run.input.clone()).map_err(|error| StepError::fail("internal", error))
}

#[async_trait]
impl Step for IngestStep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Background
    }

    async fn run(&self, ctx: &RunContext) -> Result<Outcome, StepError> {
        let input = input(ctx.run())?;
        let workspace_id = ctx.run().workspace_id.clone().unwrap_or_default();
        let count = input.files.len();
        let (mut done, mut failed, mut last) = (0, 0, None);
        for (index, id) in input.files.iter().enumerate() {
            let file = store::get(&self.app.db, &workspace_id, id).await?;
            // Gone meanwhile, or read by an attempt before this one.
            let waits = |file: &File| {
                let waits = matches!(file.ingest.status, IngestStatus::Queued | IngestStatus::Running);
                waits && file.deleted_at.is_none() && file.ingest.run_id.as_ref() == Some(&ctx.run().id)
            };
            let Some(file) = file.filter(waits) else { continue };
            let of = json!({ "file": file.id, "name": file.name, "index": index, "count": count });
            ctx.emit("file", of).await?;
            match read(ctx, &self.app, file).await? {
                None => done += 1,
                Some(unreadable) => {
                    failed += 1;
                    last = Some(unreadable);
                }
            }
        }
        let output = json!({ "files": count, "done": done, "failed": failed });
        let mut finish = Finish::completed(output.clone());
        if let Some(unreadable) = last.filter(|_| done == 0) {
            finish = Finish::failed(stored(&unreadable));
            finish.output = output;
        }
        Ok(Outcome::Complete(finish))
    }

    fn closing_writes(&self, run: &Run, status: FinishStatus, error: Option<&Value>, _now: Time) -> Batch {
        let mut batch = Batch::new();
        if let Ok(input) = input(run) {
            let cancelled = json!({ "code": "cancelled", "detail": "Reading this file was stopped." });
            let error = error
                .filter(|_| status != FinishStatus::Cancelled)
                .unwrap_or(&cancelled);
            batch.push(store::ingest_closed(input.files, &run.id, error));
        }
        batch
    }

    async fn cancelled(&self, ctx: &RunContext) -> Result<Finish, StepError> {
        let mut finish = Finish::cancelled();
        finish.writes = self.closing_writes(ctx.run(), FinishStatus::Cancelled, None, ctx.clock().now());
        Ok(finish)
    }

    async fn ended(&self, run: &Run, _status: FinishStatus, _output: &Value) {
        self.app.search.wake();
        if let Some(workspace_id) = &run.workspace_id {
            self.app.changes.publish(Notice::files(workspace_id)).await;
        }
    }
}

fn stored(unreadable: &Unreadable) -> Value {
    json!({ "code": unreadable.reason.as_str(), "detail": unreadable.detail })
}

/// Reads one file and writes what came of it; the reason when it could not be read.
async fn read(ctx: &RunContext, app: &App, mut file: File) -> Result<Option<Unreadable>, StepError> {
    let Some(hash) = file.hash.clone() else {
        return Ok(None);
    };
    store::ingest_begun(&file.id, &hash).execute(&app.db).await?;
    app.changes.publish(file.notice()).await;
    let cancelled = ctx.cancelled();
    let parsed = tokio::select! {
        parsed = parse(app, &file, &hash) => parsed,
        () = cancelled.cancelled() => return Err(StepError::Cancelled),
    };
    let mut batch = Batch::new();
    let unreadable = match parsed {
        Err(unreadable) if unreadable.reason == Reason::Storage => {
            return Err(StepError::retry("storage", unreadable.detail));
        }
        Err(unreadable) => {
            file.ingest.status = match unreadable.reason {
                Reason::Unsupported => IngestStatus::Unsupported,
                _ => IngestStatus::Failed,
            };
            file.ingest.error = Some(stored(&unreadable));
            (file.ingest.passages, file.ingest.pages, file.ingest_hash) = (0, None, None);
            withdraw(&mut batch, &file);
            Some(unreadable)
        }
        Ok((document, passages)) => {
            let read = json!({ "file": file.id, "pages": document.pages, "passages": passages.len() });
            ctx.emit("read", read).await?;
            file.ingest.status = IngestStatus::Done;
            file.ingest.error = None;
            file.ingest.passages = passages.len() as i64;
            file.ingest.pages = document.pages.map(i64::from);
            file.ingest_hash = Some(hash.clone());
            publish(&mut batch, &file, passages);
            None
        }
    };
    batch.push_expecting(1, store::ingest_ended(&file, &hash));
    match app.db.write(batch).await {
        // Deleted, or its content replaced: then another run has it.
        Err(sql::Error::RowsAffected { .. }) => Ok(None),
        written => {
            written?;
            app.changes.publish(file.notice()).await;
            Ok(unreadable)
        }
    }
}

async fn parse(app: &App, file: &File, hash: &str) -> Result<(Document, Vec<Passage>), Unreadable> {
    let document = text_of(app, file, hash).await?;
    // Long texts take a while.
    let split = tokio::task::spawn_blocking(move || {
        let passages = split(&document);
        (document, passages)
    });
    split
        .await
        .map_err(|_| Unreadable::new(Reason::Crashed, "The text of this file could not be split."))
}

/// The document in a file's content.
pub async fn text_of(app: &App, file: &File, hash: &str) -> Result<Document, Unreadable> {
    let away = |detail: String| {
        tracing::warn!(file = %file.id, detail, "the content of a file could not be had");
        Unreadable::new(
            Reason::Storage,
            "The content of the file could not be read from its storage.",
        )
    };
    let key = store::blob_key(&app.db, &file.workspace_id, hash).await;
    let key = key.map_err(|error| away(error.to_string()))?;
    let key = key.ok_or_else(|| away("its key is unknown".into()))?.parse();
    let key = key.map_err(|error: crate::blobs::FileError| away(error.to_string()))?;
    let (_, content) = app
        .blobs
        .get(&key)
        .await
        .map_err(|error| away(error.to_string()))?;
    let content = content.map_err(std::io::Error::other);
    app.parser.parse(content, &file.media_type, &file.name).await
}
