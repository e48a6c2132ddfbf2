//! Applies migrations, guarded by a lock so that of several nodes that start at once one does the work.

use deadpool_postgres::Object;

use super::{Postgres, errors};
use crate::migrate::{Applied, Ready, TABLE, expand, missing};
use crate::{Error, Kind, Result, Time};

/// The advisory lock that whoever migrates holds.
const LOCK: i64 = 0x73_74_6f_61;

impl Postgres {
    pub(crate) async fn migrate(&self, ready: Vec<Ready>, now: Time) -> Result<Vec<String>> {
        let mut lease = self.connections.get().await?;
        // Whatever comes of it, the session's lock and settings must not go back to the pool.
        let client = lease.in_transaction()?;
        let done = migrate(client, &ready, now).await;
        lease.discard().await;
        self.connections.manager().statement_caches.clear();
        done
    }

    pub(crate) async fn applied(&self) -> Result<Vec<Applied>> {
        let mut lease = self.connections.get().await?;
        let applied = applied(lease.running()?).await;
        lease.settled();
        applied.map_err(|error| errors::translate("migrations", error))
    }
}

async fn migrate(client: &Object, ready: &[Ready], now: Time) -> Result<Vec<String>> {
    let failed = |error| errors::translate("migrations", error);
    client
        .batch_execute("SET statement_timeout = 0; SET client_min_messages = warning")
        .await
        .map_err(failed)?;
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .map_err(failed)?;
    client
        .batch_execute(&expand(TABLE, Kind::Postgres))
        .await
        .map_err(failed)?;
    let mut names = Vec::new();
    for migration in missing(ready, &applied(client).await.map_err(failed)?)? {
        apply(client, migration, now).await?;
        names.push(migration.name.to_owned());
    }
    Ok(names)
}

async fn apply(client: &Object, migration: &Ready, now: Time) -> Result<()> {
    let run = async {
        client.batch_execute("BEGIN").await?;
        client.batch_execute(&migration.text).await?;
        let insert = "INSERT INTO migrations (name, checksum, applied_at) VALUES ($1, $2, $3)";
        let insert = client.prepare(insert).await?;
        let applied_at = crate::Value::Time(now);
        client
            .execute(
                &insert,
                &[
                    &migration.name,
                    &migration.checksum,
                    &super::values::Bound(&applied_at),
                ],
            )
            .await?;
        client.batch_execute("COMMIT").await
    };
    run.await.map_err(|error| Error::Migration {
        name: migration.name.to_owned(),
        detail: "it fails".to_owned(),
        source: Some(errors::translate("migration", error).into()),
    })
}

async fn applied(client: &Object) -> Result<Vec<Applied>, tokio_postgres::Error> {
    let exists = client
        .query_one("SELECT to_regclass('migrations') IS NOT NULL", &[])
        .await?;
    if !exists.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query("SELECT name, checksum FROM migrations ORDER BY name", &[])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                name: row.try_get(0)?,
                checksum: row.try_get(1)?,
            })
        })
        .collect()
}
