//! `stoa migrate`: brings the database up to date, says how far it is, or prints the SQL.

use std::process::ExitCode;

use server::config::{Config, Target};
use server::start::db_config;
use sql::{Db, Kind, SystemClock};

use crate::args::{Common, Dialect, Migrate};
use crate::lock::DataLock;
use crate::output::{self, Outcome};
use crate::{logging, runtime};

pub(crate) fn run(common: &Common, options: &Migrate) -> Outcome {
    if let Some(dialect) = options.print {
        print(dialect);
        return Ok(ExitCode::SUCCESS);
    }
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let runtime = runtime::for_command()?;
    if options.status {
        runtime.block_on(status(&config))
    } else {
        runtime.block_on(apply(&config))
    }
}

fn print(dialect: Dialect) {
    let kind = match dialect {
        Dialect::Sqlite => Kind::Sqlite,
        Dialect::Postgres => Kind::Postgres,
    };
    for migration in server::MIGRATIONS {
        output::line(format_args!(
            "-- {}\n{}",
            migration.name,
            sql::expand(migration.text, kind)
        ));
    }
}

async fn status(config: &Config) -> Outcome {
    let pending = match &config.database.target {
        // Looking must not make the file.
        Target::Sqlite(path) if !path.exists() => server::MIGRATIONS
            .iter()
            .map(|migration| migration.name.to_owned())
            .collect(),
        _ => {
            let db = Db::open(&db_config(config)).await?;
            let pending = sql::pending(&db, server::MIGRATIONS).await;
            db.close().await;
            pending?
        }
    };
    output::line(config.database.describe());
    for migration in server::MIGRATIONS {
        let state = if pending.iter().any(|name| name == migration.name) {
            "pending"
        } else {
            "applied"
        };
        output::line(format_args!("{state:<8} {}", migration.name));
    }
    Ok(ExitCode::SUCCESS)
}

async fn apply(config: &Config) -> Outcome {
    std::fs::create_dir_all(&config.data.dir)?;
    let lock = match config.database.target {
        Target::Sqlite(_) => Some(DataLock::take(&config.data.dir, "stoa migrate")?),
        Target::Postgres(_) => None,
    };
    let db = Db::open(&db_config(config)).await?;
    let applied = server::upgrade::apply(&db, server::MIGRATIONS, &config.data.dir, &SystemClock).await;
    db.close().await;
    drop(lock);
    let applied = applied?;
    for name in &applied {
        output::line(format_args!("applied  {name}"));
    }
    if applied.is_empty() {
        output::line("nothing to do: the database is up to date");
    }
    Ok(ExitCode::SUCCESS)
}
