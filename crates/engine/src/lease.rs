//! Leases and recovery: what keeps a run with its node while that lives, and gives it to another when it dies.
//!
//! One task, three rhythms. Every `renew_every` all leases of the node are renewed in one statement, whose answer says
//! which runs the node no longer has, which were cancelled, and which it holds without running them (the request that
//! began them was dropped after its commit). Every second it looks for cancellations from other nodes. Every
//! `recover_every` it frees runs whose lease has run out. The only node of a database (`exclusive`) needs no leases: it
//! takes up all that runs at its start, and only reads what it holds.

use std::{collections::HashSet, time::Duration};

use sql::query;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{
    Engine, Error,
    decide::Stop,
    queue::{self, Held},
    run::Run,
    worker,
};

/// How often cancellations from elsewhere are looked for, while something runs.
const CANCEL_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn keep(engine: Engine) {
    let inner = &engine.0;
    let [mut renew, mut cancel, mut recover] = [
        inner.config.renew_every,
        CANCEL_EVERY.min(inner.config.renew_every),
        inner.config.recover_every,
    ]
    .map(|every| {
        let mut timer = interval_at(Instant::now() + every, every);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        timer
    });
    let mut renewed = Instant::now();
    let mut idle = HashSet::new();
    loop {
        let result = tokio::select! {
            _ = renew.tick() => {
                let began = Instant::now();
                let result = renew_all(&engine, &mut idle).await;
                if result.is_ok() {
                    renewed = began;
                } else if !inner.config.exclusive && renewed.elapsed() > inner.config.lease {
                    // Others take these runs by now; showing more of them would be lying.
                    inner.running.all().iter().for_each(|(_, entry)| entry.control.stop(Stop::Lost));
                }
                result
            }
            _ = cancel.tick(), if !inner.running.is_empty() => stop_cancelled(&engine).await,
            _ = recover.tick(), if !inner.config.exclusive => orphan_expired(&engine).await.map(|_| ()),
        };
        if let Err(error) = result {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "Leases could not be kept"
            );
        }
    }
}

/// Renews, and compares what the database says with what runs here.
async fn renew_all(engine: &Engine, idle: &mut HashSet<String>) -> Result<(), sql::Error> {
    let inner = &engine.0;
    let began = Instant::now();
    let held: Vec<Held> = if inner.config.exclusive {
        query(&queue::LIST_HELD)
            .bind(inner.node.as_str())
            .all(&inner.db)
            .await?
    } else {
        let until = inner.clock.now().plus(inner.config.lease);
        query(&queue::RENEW)
            .bind(inner.node.as_str())
            .bind(until)
            .all(&inner.db)
            .await?
    };
    for (id, entry) in inner.running.all() {
        // What began after the statement can not be in its answer.
        let ours = held
            .iter()
            .any(|held| held.id == id && held.attempt == entry.attempt);
        if !ours && entry.since < began {
            entry.control.stop(Stop::Lost);
        }
    }
    let mut still_idle = HashSet::new();
    for held in held {
        match inner.running.get(&held.id) {
            Some(entry) if held.cancel_requested => entry.control.stop(Stop::Cancel),
            Some(_) => {}
            // Twice in a row: so it is not just beginning or ending.
            None if idle.contains(&held.id) => adopt(engine, &held.id).await?,
            None => {
                still_idle.insert(held.id);
            }
        }
    }
    *idle = still_idle;
    Ok(())
}

async fn adopt(engine: &Engine, id: &str) -> Result<(), sql::Error> {
    let run: Option<Run> = query(&queue::GET).bind(id).optional(&engine.0.db).await?;
    let node = engine.0.node.as_str();
    if let Some(run) = run.filter(|run| run.lease_owner.as_deref() == Some(node)) {
        tracing::warn!(run = run.id, "A run was committed and never begun; it begins now");
        worker::launch(engine, run);
    }
    Ok(())
}

async fn stop_cancelled(engine: &Engine) -> Result<(), sql::Error> {
    let inner = &engine.0;
    let ids: Vec<String> = query(&queue::LIST_CANCEL_REQUESTED)
        .bind(inner.node.as_str())
        .all(&inner.db)
        .await?;
    for id in ids {
        if let Some(entry) = inner.running.get(&id) {
            entry.control.stop(Stop::Cancel);
        }
    }
    Ok(())
}

/// Frees the runs of dead nodes. Returns how many.
pub(crate) async fn orphan_expired(engine: &Engine) -> Result<u64, sql::Error> {
    let inner = &engine.0;
    let orphaned = query(&queue::ORPHAN_EXPIRED)
        .bind(inner.node.as_str())
        .bind(inner.clock.now())
        .execute(&inner.db)
        .await?;
    if orphaned > 0 {
        tracing::warn!(runs = orphaned, "Runs of a node that is gone were queued again");
        inner.work.notify_one();
    }
    Ok(orphaned)
}

/// At the start of the only node: everything that runs was left behind.
pub(crate) async fn orphan_all(engine: &Engine) -> Result<u64, Error> {
    let inner = &engine.0;
    let orphaned = query(&queue::ORPHAN_ALL)
        .bind(inner.node.as_str())
        .bind(inner.clock.now())
        .execute(&inner.db)
        .await?;
    if orphaned > 0 {
        tracing::warn!(
            runs = orphaned,
            "Runs that an earlier process left behind were queued again"
        );
    }
    Ok(orphaned)
}
