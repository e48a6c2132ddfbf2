//! The beginning of a batch: one transaction with its rows, its cells and its run.

use engine::Start;
use sql::Batch as Writes;

use crate::App;
use crate::accounts::CallerRow;
use crate::batches::input::{self, CreateBatch};
use crate::batches::{Batch, KIND, Status, find, grid, step, store};
use crate::changes::Notice;
use crate::http::idempotency::used_key;
use crate::http::problem::Problem;
use crate::ids::Kind;

/// Begins a batch in a workspace.
pub async fn create(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    mut body: CreateBatch,
) -> Result<Batch, Problem> {
    let key = body.key.take();
    if let Some(before) = begun_before(app, workspace_id, caller, key.as_deref()).await? {
        return Ok(before);
    }
    let new = input::checked(app, workspace_id, caller, body).await?;
    let now = app.clock.now();
    let batch = Batch {
        id: app.ids.make(Kind::Batch, now),
        workspace_id: workspace_id.to_owned(),
        user_id: caller.user_id.clone(),
        name: new.name,
        status: Status::Running,
        reason: None,
        source: new.source,
        rows: new.rows.len() as i64,
        cells: (new.rows.len() * new.lanes.len()) as i64,
        models: new.lanes,
        columns: new.columns,
        template: new.template,
        concurrency: new.concurrency,
        done: 0,
        failed: 0,
        prompt_tokens: 0,
        completion_tokens: 0,
        cost_micros: 0,
        run_id: app.ids.make(Kind::Run, now),
        created_at: now,
        updated_at: now,
        finished_at: None,
        key_id: caller.key_id().map(str::to_owned),
    };
    let mut writes = Writes::from(store::insert(&batch));
    writes.append(grid::store::insert(&batch, &new.rows));
    let mut run = step::new_run(&batch, &batch.run_id);
    run.idempotency_key.clone_from(&key);
    let run = app
        .engine
        .prepare(run, Start::Now, &mut writes)
        .map_err(Problem::internal)?;
    match app.engine.submit(writes, vec![run]).await {
        // The same request came twice at once.
        Err(error @ sql::Error::Violation { .. }) => {
            let before = begun_before(app, workspace_id, caller, key.as_deref()).await?;
            return before.ok_or_else(|| error.into());
        }
        other => other?,
    };
    app.changes.publish(Notice::batches(workspace_id)).await;
    Ok(batch)
}

/// What the same request, told by its `Idempotency-Key`, has begun before.
async fn begun_before(
    app: &App,
    workspace_id: &str,
    caller: &CallerRow,
    key: Option<&str>,
) -> Result<Option<Batch>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let run = app.engine.find_by_idempotency_key(&caller.user_id, key).await;
    let Some(run) = run.map_err(Problem::internal)? else {
        return Ok(None);
    };
    let id = step::batch_of(&run)
        .filter(|_| run.kind == KIND)
        .ok_or_else(used_key)?;
    let batch = find(app, id).await?;
    if batch.workspace_id != workspace_id {
        return Err(used_key());
    }
    Ok(Some(batch))
}
