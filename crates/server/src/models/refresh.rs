//! Reads catalogues from the providers, in the background: at the start, when a connection was made or changed, and
//! every quarter of an hour. Several nodes share the work: whoever moves a catalogue's `due_at` on reads it.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use llm::ModelInfo;
use sql::{Batch, Query, Time};

use super::registry::Owner;
use super::store::{self, Loaded};
use crate::App;
use crate::changes::Notice;
use crate::http::problem::Problem;

/// How often a catalogue is read.
const READ_EVERY: Duration = Duration::from_mins(15);
/// When it is tried again after a failure.
const RETRY_AFTER: Duration = Duration::from_mins(2);
/// The longest sleep: local model files may have been put into their folder, other nodes may have made connections.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How long a provider may take to list its models.
const LIMIT: Duration = Duration::from_secs(20);
/// Catalogues that are taken at once, and read side by side.
const AT_ONCE: u32 = 8;
/// The most models of one connection; what comes after them in the provider's list is left out.
const MODELS_MAX: usize = 2_000;
/// The longest name of a model.
const NAME_BYTES_MAX: usize = 200;

/// Reads what is due, again and again, until the server stops.
pub async fn keep_fresh(app: App) {
    loop {
        if let Err(error) = refresh_due(&app).await {
            tracing::warn!(
                "The catalogues of models could not be refreshed: {}",
                Problem::from(error).chain()
            );
        }
        app.models.forget_unused();
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.models.due.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Reads what is due now and returns how many catalogues that were, those that come with Stoa not counted.
pub async fn refresh_due(app: &App) -> sql::Result<usize> {
    for builtin in &app.models.builtins {
        if builtin.refresh().await {
            app.changes.publish(Notice::models(&Owner::System)).await;
        }
    }
    let mut count = 0;
    while store::any_due(&app.db, app.clock.now()).await? {
        let now = app.clock.now();
        let ids = store::claim_due(&app.db, now, now.plus(READ_EVERY), AT_ONCE).await?;
        if ids.is_empty() {
            break;
        }
        count += ids.len();
        let claimed = store::get_claimed(&app.db, ids).await?;
        let read = stream::iter(claimed)
            .map(|row| read(app, row))
            .buffer_unordered(AT_ONCE as usize);
        let (writes, told): (Vec<Query>, Vec<Option<Owner>>) =
            read.collect::<Vec<_>>().await.into_iter().unzip();
        app.db.write(Batch::from_iter(writes)).await?;
        app.models.refreshed();
        for owner in told.iter().flatten() {
            app.changes.publish(Notice::models(owner)).await;
        }
    }
    Ok(count)
}

/// Reads one catalogue; the answer is what to write, and whom to tell when it is other than before.
async fn read(app: &App, row: Loaded) -> (Query, Option<Owner>) {
    let Loaded {
        connection,
        models: before,
        ..
    } = row;
    let outcome = match app.models.open(app, &connection) {
        Ok(provider) => {
            let late = llm::Error::Timeout {
                upstream: connection.name.clone(),
            };
            let listed = tokio::time::timeout(LIMIT, provider.models())
                .await
                .unwrap_or(Err(late));
            listed.map_err(|error| {
                let problem = Problem::from(error);
                (problem.code.as_str(), problem.detail)
            })
        }
        Err(reason) => Err(("misconfigured", reason)),
    };
    let now = app.clock.now();
    let failed_before = connection.error_code.as_deref();
    let (query, is_news) = match outcome {
        Ok(models) => {
            let (query, others) = found(&connection.id, models, before, now);
            (query, others || failed_before.is_some())
        }
        Err((code, detail)) => {
            tracing::info!(connection.id = %connection.id, code, "The models of a connection could not be read");
            let query = store::fail(&connection.id, code, &detail, now.plus(RETRY_AFTER));
            (query, failed_before != Some(code))
        }
    };
    (query, is_news.then(|| connection.owner()))
}

/// What to write of a reading that went well, and whether it found other models than before.
fn found(
    connection_id: &str,
    mut models: Vec<ModelInfo>,
    before: Option<Vec<ModelInfo>>,
    now: Time,
) -> (Query, bool) {
    models.retain(|model| {
        !model.name.is_empty() && model.name.len() <= NAME_BYTES_MAX && !model.name.contains('\0')
    });
    models.truncate(MODELS_MAX);
    models.sort_by(|a, b| a.name.cmp(&b.name));
    models.dedup_by(|a, b| a.name == b.name);
    if before.as_ref() == Some(&models) {
        (store::confirm(connection_id, now), false)
    } else {
        (store::replace(connection_id, now, &models), true)
    }
}
