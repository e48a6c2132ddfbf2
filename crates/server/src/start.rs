//! Building the server, starting it, and bringing it down without losing anything.
//!
//! `Server::build` opens the database, brings it up to date and wires the application; `serve` answers requests until it
//! is told to stop. Stopping: no new connection is taken, requests under way finish, runs get the rest of the deadline,
//! what is left is cut off and found again at the next start.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use engine::{Engine, EngineConfig};
use sql::{Db, DbConfig, KindConfig};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{self, LoginLimit, Seen};
use crate::alerts::{self, Alerts};
use crate::app::{App, Deps, Parts};
use crate::batches::BatchStep;
use crate::blobs::{Blobs, FileError};
use crate::cache::{self, Cache};
use crate::compare::ComparisonStep;
use crate::config::{Config, Target};
use crate::conversations::{ReplyStep, TitleStep};
use crate::documents::Parser;
use crate::files::{self, IngestStep, Receiving};
use crate::http::router;
use crate::ids::Kind;
use crate::memories::{CloseStep, ImportStep};
use crate::models::Registry;
use crate::performance::Performance;
use crate::schema::{MIGRATIONS, missing_indexes};
use crate::secrets::{SecretError, Vault};
use crate::telemetry::{self, Telemetry};
use crate::upgrade::{self, UpgradeError};
use crate::usage::Recorder;
use crate::{admin, budgets, changes, limits, models, performance, prices, retrieval, usage};

/// Failed logins from one address weigh this much less than those of one account: many people may share an address.
const ADDRESS_ATTEMPTS_FACTOR: u32 = 10;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can not be used.
    #[error("the data folder {path} can not be used")]
    Data {
        /// The folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The key file can not be read or made.
    #[error("the key that protects provider keys can not be used")]
    Secret(#[from] SecretError),
    /// The database can not be opened.
    #[error("the database can not be opened ({database})")]
    Open {
        /// Which, without its password.
        database: String,
        /// Why.
        source: sql::Error,
    },
    /// The database can not be brought up to date.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// An index that lists rely on is missing.
    #[error("the database lacks indexes that Stoa relies on: {}. Restore them (`stoa migrate --print`), or restore a backup.", .0.join(", "))]
    Indexes(Vec<&'static str>),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sql::Error),
    /// The address of Redis means nothing.
    #[error("`cache.redis_url` is not an address of Redis")]
    Redis(#[from] redis::RedisError),
    /// The models could not be set up.
    #[error("the models could not be set up")]
    Models(#[from] llm::Error),
    /// The storage of files can not be used as configured.
    #[error("the storage of files can not be used as configured")]
    Storage(#[from] FileError),
    /// The engine could not start.
    #[error("the engine could not start")]
    Engine(#[from] engine::Error),
    /// The network failed.
    #[error("the server can not answer requests")]
    Serve(#[source] std::io::Error),
}

/// The server, ready to serve.
pub struct Server {
    app: App,
    router: Router,
}

/// The database as configured.
pub fn db_config(config: &Config) -> DbConfig {
    let database = &config.database;
    let kind = match &database.target {
        Target::Sqlite(path) => KindConfig::Sqlite {
            path: path.clone(),
            readers: database.readers,
            cache_kb: u32::try_from(database.cache / 1024).unwrap_or(u32::MAX),
            mmap_bytes: database.mmap,
        },
        Target::Postgres(url) => KindConfig::Postgres {
            url: url.expose().to_owned(),
            pool_min: database.pool_min,
            pool_max: database.pool_max,
            statement_timeout: database.statement_timeout,
            recycle_after: database.recycle,
        },
    };
    DbConfig {
        kind,
        slow: database.slow,
    }
}

/// Opens the configured database, without touching its schema.
pub async fn open_db(config: &Config) -> Result<Db, StartError> {
    if let Target::Sqlite(path) = &config.database.target
        && let Some(folder) = path.parent()
    {
        make_folder(folder)?;
    }
    let opened = Db::open(&db_config(config)).await;
    opened.map_err(|source| StartError::Open {
        database: config.database.describe(),
        source,
    })
}

/// The folder, in the data folder, of what the search has in memory; it may be removed at any time.
const INDEX_FOLDER: &str = "index";

fn make_folder(folder: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(folder).map_err(|source| StartError::Data {
        path: folder.display().to_string(),
        source,
    })
}

impl Server {
    /// Opens the database, brings it up to date, checks its indexes, and wires everything. Nothing runs yet.
    pub async fn build(config: Config, deps: Deps) -> Result<Self, StartError> {
        make_folder(&config.data.dir)?;
        let db = open_db(&config).await?;
        Self::build_on(config, deps, db).await
    }

    /// The same on a database that is open already.
    pub async fn build_on(config: Config, deps: Deps, db: Db) -> Result<Self, StartError> {
        let vault = Vault::load(&config.data.dir, config.data.secret_key.as_ref())?;
        upgrade::apply(&db, MIGRATIONS, &config.data.dir, deps.clock.as_ref()).await?;
        let missing = missing_indexes(&db).await?;
        if !missing.is_empty() {
            return Err(StartError::Indexes(missing));
        }
        let runs = EngineConfig {
            interactive_max: config.engine.interactive,
            background_max: config.engine.background,
            lease: config.engine.lease,
            renew_every: config.engine.lease / 3,
            ..EngineConfig::for_db(&db)
        };
        let attempts = config.auth.login_attempts;
        let link = match &config.cache.redis_url {
            Some(url) => Some(Arc::new(cache::Link::new(url.expose(), &config.cache.prefix)?)),
            None => None,
        };
        let cache = Cache::new(config.cache.memory, link);
        let tasks = TaskTracker::new();
        let node = deps.ids.make(Kind::Request, deps.clock.now());
        let changes = changes::Hub::new(cache.clone(), node, tasks.clone());
        let db_of_search = db.clone();
        let app = App::new(Parts {
            engine: Engine::new(db.clone(), deps.clock.clone(), runs),
            models: Registry::new(&config, deps.local, &changes)?,
            login_limit: LoginLimit::new(
                config.auth.login_window,
                attempts as usize,
                (attempts * ADDRESS_ATTEMPTS_FACTOR) as usize,
            ),
            db,
            performance: Performance::new(router::specs(), config.log.slow_request, Arc::clone(&deps.clock)),
            clock: deps.clock,
            ids: deps.ids,
            parser: Parser::new(deps.parser),
            blobs: Blobs::open(&config.storage)?,
            receiving: Receiving::default(),
            vault,
            prices: prices::Current::default(),
            usage: Recorder::default(),
            seen: Seen::default(),
            limits: limits::Memory::default(),
            search: retrieval::Search::new(db_of_search, config.data.dir.join(INDEX_FOLDER)),
            alerts: Alerts::new(&config),
            changes,
            cache,
            telemetry: Telemetry::new(&config),
            document: crate::http::openapi::Document::default(),
            tasks,
            stopping: CancellationToken::new(),
            strict_budgets: deps.strict_budgets,
            doubts_cache: deps.doubts_cache,
            config,
        });
        prices::load(&app).await?;
        app.engine.register(Arc::new(ReplyStep::new(app.clone())));
        app.engine.register(Arc::new(ReplyStep::of_lanes(app.clone())));
        app.engine.register(Arc::new(ComparisonStep::new(app.clone())));
        app.engine.register(Arc::new(BatchStep::new(app.clone())));
        app.engine.register(Arc::new(TitleStep::new(app.clone())));
        app.engine.register(Arc::new(CloseStep::new(app.clone())));
        app.engine.register(Arc::new(ImportStep::new(app.clone())));
        app.engine.register(Arc::new(IngestStep::new(app.clone())));
        app.engine.register(Arc::new(usage::SettleStep::new(app.clone())));
        let router = router::build(&app);
        Ok(Self { app, router })
    }

    /// The application, for tests and for commands that need no requests.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The router, for tests that need no socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Starts what runs beside the requests: the engine, the catalogue of models, housekeeping.
    pub async fn start(&self) -> Result<(), StartError> {
        self.app.engine.start().await?;
        self.app.spawn(models::keep_fresh(self.app.clone()));
        self.app.spawn(prices::keep_fresh(self.app.clone()));
        self.app.spawn(usage::keep_settled(self.app.clone()));
        self.app.spawn(budgets::keep_swept(self.app.clone()));
        self.app.spawn(admin::keep_retained(self.app.clone()));
        self.app.spawn(alerts::keep_watch(self.app.clone()));
        self.app.spawn(performance::keep_sampled(self.app.clone()));
        self.app.spawn(telemetry::keep_telling(self.app.clone()));
        self.app.spawn(retrieval::keep_embedded(self.app.clone()));
        self.app.spawn(retrieval::keep_backfilled(self.app.clone()));
        self.app.spawn(retrieval::keep_moved_out(self.app.clone()));
        files::sweep::forget_broken(&self.app).await?;
        self.app.spawn(files::keep_swept(self.app.clone()));
        self.app.spawn(keep_house(self.app.clone()));
        self.app.spawn(sweep_cache(self.app.clone()));
        let app = self.app.clone();
        self.app
            .spawn(async move { app.changes.keep_connected(app.clone()).await });
        Ok(())
    }

    /// Answers requests until `shutdown` fires, then drains.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), StartError> {
        let Self { app, router } = self;
        let deadline = app.config.server.drain_timeout;
        // Tokens are small frames: waiting to fill a packet would hold each one up.
        let listener = listener.tap_io(|tcp| {
            if let Err(error) = tcp.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY was refused");
            }
        });
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let stop = shutdown.clone();
        let serving =
            axum::serve(listener, service).with_graceful_shutdown(async move { stop.cancelled().await });
        let drained = async {
            shutdown.cancelled().await;
            app.stopping.cancel();
            stop_parts(&app, deadline).await;
        };
        // Requests under way and runs end side by side; streams end with their runs, and what is still open when the
        // time is up is cut.
        let served = async {
            let mut serving = std::pin::pin!(serving.into_future());
            tokio::select! {
                served = &mut serving => {
                    shutdown.cancel();
                    served
                }
                () = shutdown.cancelled() => tokio::time::timeout(deadline, serving).await.unwrap_or(Ok(())),
            }
        };
        let (served, ()) = tokio::join!(served, drained);
        served.map_err(StartError::Serve)?;
        app.db.close().await;
        Ok(())
    }
}

/// Ends what runs beside the requests, within the deadline.
async fn stop_parts(app: &App, deadline: Duration) {
    app.engine.shutdown(deadline).await;
    app.tasks.close();
    // Calls through the gateway are let end within the same deadline.
    if tokio::time::timeout(deadline + Duration::from_secs(5), app.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("a background task did not end in time");
    }
    app.usage.flush(app).await;
    app.seen.flush(&app.db).await;
}

/// Small regular work: the times of last use, expired credentials.
async fn keep_house(app: App) {
    let mut minute = tokio::time::interval(Duration::from_secs(accounts::FLUSH_SECONDS));
    minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ticks: u64 = 0;
    loop {
        tokio::select! {
            _ = minute.tick() => {}
            () = app.stopping.cancelled() => return,
        }
        app.seen.flush(&app.db).await;
        if ticks.is_multiple_of(60)
            && let Err(problem) = accounts::sweep(&app).await
        {
            tracing::warn!("expired credentials could not be removed: {}", problem.chain());
        }
        ticks += 1;
    }
}

/// Frees the memory of what the cache will not use any more.
async fn sweep_cache(app: App) {
    let mut due = tokio::time::interval(cache::SWEEP_EVERY);
    due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = due.tick() => app.cache.sweep(app.clock.now()),
            () = app.stopping.cancelled() => return,
        }
    }
}
