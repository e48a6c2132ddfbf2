//! What this process knows of connections: their opened providers, their breakers and their models.
//!
//! Known is what was asked for: the installation's connections, and those of the users and workspaces that came by. An
//! owner's connections are read again when they are older than [`FRESH`] (another node may have changed them) or when
//! anything was changed here. An opened provider outlives that: it is kept, with its breakers and its health, until its
//! connection changes.
//!
//! Invariant: of a version of a connection that is in use there is one provider, however many came first and at once: its rate
//! and its breakers count what all of them send.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use llm::{Breakers, Guarded, Limits, ModelInfo, Net, Provider, ProviderKind, guarded_at};
use parking_lot::{Mutex, RwLock};
use sql::Time;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

use super::builtin::Builtin;
use super::prices::PriceList;
use super::store::{self, Found, Loaded};
use crate::App;
use crate::changes::{Hub, Notice};
use crate::config::Config;
use crate::http::json::meant;
use crate::http::problem::{ErrorCode, Problem};
use crate::limits::ConnectionRate;
use crate::prices::Table;
use crate::providers::{self, Connection};
use crate::routing::{Latencies, Route};

/// How old the knowledge of an owner's connections may be.
const FRESH: Duration = Duration::from_secs(5);
/// After this time without use an owner's connections are forgotten.
const FORGET_AFTER: Duration = Duration::from_mins(15);

/// The most calls that lost and are watched on at once.
const WATCHES_MAX: usize = 64;

/// Whom connections belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The installation.
    System,
    /// A workspace, by id.
    Workspace(String),
    /// A user, by id.
    User(String),
}

/// The models of a connection, as they were last read.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub(super) revision: i64,
    pub(super) models: Arc<Vec<ModelInfo>>,
    /// Models that belong here and whose files are not there; local ones only.
    pub(super) missing: Vec<ModelInfo>,
    /// Code and text of the last reading, when it failed.
    pub(super) error: Option<(String, String)>,
}

/// A provider as opened for one version of a connection; or why it could not be.
pub(super) struct Opened {
    /// The connection's `updated_at`.
    version: Time,
    provider: Result<Arc<Guarded>, String>,
}

impl Opened {
    pub fn of(version: Time, provider: Result<Arc<Guarded>, String>) -> Self {
        Self { version, provider }
    }
}

/// A connection as this process knows it.
pub struct Live {
    /// `con_…`
    pub id: String,
    /// Whom it belongs to.
    pub owner: Owner,
    /// The wire format.
    pub kind: ProviderKind,
    /// The part of a model's name before the slash.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Time,
    pub(super) opened: Arc<Opened>,
    pub(super) prices: Arc<PriceList>,
    pub(super) catalogue: Arc<Catalogue>,
}

impl Live {
    /// The provider behind its limits; or why there is none.
    pub fn provider(&self) -> Result<&Arc<Guarded>, &str> {
        self.opened.provider.as_ref().map_err(String::as_str)
    }

    /// The models it has, as far as known.
    pub fn models(&self) -> &[ModelInfo] {
        &self.catalogue.models
    }

    fn known(&self) -> String {
        format!("{}:{}", self.id, self.catalogue.revision)
    }
}

/// The connections and routes of one owner, and when they were read.
struct Known {
    read_at: Instant,
    /// The registry's count of changes before they were read.
    changes: u64,
    connections: Vec<Arc<Live>>,
    routes: Vec<Arc<Route>>,
}

/// Whose connections are to be read.
pub(super) struct Wanted {
    pub system: bool,
    pub user_id: Option<String>,
    pub workspace_id: Option<String>,
}

/// What a user may use in a workspace, the most personal first, and what it costs.
pub struct View {
    connections: Vec<Arc<Live>>,
    pub(super) table: Arc<Table>,
    /// When it was looked at.
    pub(super) now: Time,
    routes: Vec<Arc<Route>>,
}

impl View {
    /// The connections that count: one for each slug.
    pub fn connections(&self) -> impl Iterator<Item = &Arc<Live>> {
        let counts = |live: &&Arc<Live>| {
            self.find(&live.slug)
                .is_some_and(|found| Arc::ptr_eq(found, live))
        };
        self.connections.iter().filter(counts)
    }

    /// The connection that models named with this slug come from: the most personal one that is switched on.
    pub fn find(&self, slug: &str) -> Option<&Arc<Live>> {
        let mut named = self.connections.iter().filter(|live| live.slug == slug);
        let first = named.next()?;
        if first.enabled {
            Some(first)
        } else {
            Some(named.find(|live| live.enabled).unwrap_or(first))
        }
    }

    /// The routes that count: one for each name.
    pub fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        let counts = |route: &&Arc<Route>| {
            self.find_route(&route.name)
                .is_some_and(|found| Arc::ptr_eq(found, route))
        };
        self.routes.iter().filter(counts)
    }

    /// The route of this name: the workspace's own before the installation's, and one that is switched on before both.
    pub fn find_route(&self, name: &str) -> Option<&Arc<Route>> {
        let named = || self.routes.iter().filter(|route| route.name == name);
        named().find(|route| route.enabled).or_else(|| named().next())
    }

    /// The rule for a tag: the workspace's own before the installation's.
    pub fn find_rule(&self, tag: &str) -> Option<&Arc<Route>> {
        let is_rule = |route: &&Arc<Route>| route.enabled && route.tag.as_deref() == Some(tag);
        self.routes().find(is_rule)
    }

    /// The connections that everybody in a workspace sees, or everybody: those of users are not among them, and no routes.
    #[must_use]
    pub fn within(&self, workspace_id: Option<&str>) -> Self {
        let belongs = |live: &&Arc<Live>| match &live.owner {
            Owner::System => true,
            Owner::Workspace(id) => workspace_id == Some(id),
            Owner::User(_) => false,
        };
        Self {
            connections: self.connections.iter().filter(belongs).cloned().collect(),
            table: Arc::clone(&self.table),
            now: self.now,
            routes: Vec::new(),
        }
    }
}

/// The breakers of a connection. Whether its models can be used is part of the list of models, so a change is told.
pub(super) fn breakers(changes: &Hub, owner: Owner) -> Arc<Breakers> {
    let changes = changes.clone();
    Arc::new(Breakers::watched(move || {
        changes.publish_soon(Notice::models(&owner));
    }))
}

/// The connections of this installation, as this process knows them.
pub struct Registry {
    pub(super) net: Net,
    limits: Limits,
    pub(super) builtins: Vec<Builtin>,
    owners: RwLock<HashMap<Owner, Arc<Known>>>,
    /// The providers that are in use, by connection and version.
    opened: Mutex<HashMap<(String, Time), Weak<Opened>>>,
    changes: AtomicU64,
    /// Wakes the reading of catalogues.
    pub(super) due: Notify,
    /// Places for calls that lost against another target of their route and are watched on.
    pub(crate) watches: Arc<Semaphore>,
    /// How soon the targets of routes answer.
    pub(crate) latencies: Latencies,
}

impl Registry {
    /// Knows nothing yet but what comes with Stoa; reads its models when [`super::keep_fresh`] starts.
    pub fn new(config: &Config, local: Option<Arc<dyn Provider>>, changes: &Hub) -> Result<Self, llm::Error> {
        let net = Net::new();
        let limits = Limits {
            total: config.providers.total_timeout,
            inactivity: config.providers.inactivity_timeout,
            retries: config.providers.retries,
            ..Limits::default()
        };
        let mut builtins = Vec::new();
        if let Some(local) = local {
            builtins.push(Builtin::new(ProviderKind::Local, local, limits, changes));
        }
        if config.mock.enabled {
            let mock = llm::connect(&llm::Connection::new(ProviderKind::Mock), &net)?;
            builtins.push(Builtin::new(ProviderKind::Mock, mock, limits, changes));
        }
        let owners = RwLock::default();
        Ok(Self {
            net,
            limits,
            builtins,
            owners,
            opened: Mutex::default(),
            changes: AtomicU64::new(0),
            due: Notify::new(),
            watches: Arc::new(Semaphore::new(WATCHES_MAX)),
            latencies: Latencies::default(),
        })
    }

    /// The shared way out to the network.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Connections were changed: what is known of them is read again, and due catalogues are read.
    pub fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.due.notify_one();
    }

    /// Catalogues were read, or another node has changed something: what is known of connections is read again.
    pub(crate) fn refreshed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// How the calls of a connection go, when this process has it open.
    pub fn health(&self, owner: &Owner, connection_id: &str) -> Option<llm::Health> {
        let known = self.owners.read().get(owner).cloned()?;
        let live = known.connections.iter().find(|live| live.id == connection_id)?;
        live.provider().ok().map(|provider| provider.health())
    }

    /// The provider of a stored connection, behind its limits and breakers; 404 when it has no agent of this id.
    pub(crate) async fn provider_of(
        &self,
        app: &App,
        user_id: &str,
        connection: &Connection,
        agent: &str,
    ) -> Result<Arc<Guarded>, Problem> {
        let view = self
            .view(app, user_id, connection.workspace_id.as_deref())
            .await?;
        let found = view.connections.iter().find(|live| live.id == connection.id);
        let unusable = |reason: &str| {
            let detail = format!(
                "The connection \"{}\" can not be used now: {reason}.",
                connection.name
            );
            Problem::new(ErrorCode::ModelUnavailable, detail)
        };
        let live = found.ok_or_else(|| unusable("it is not known yet"))?;
        if !live.enabled {
            return Err(unusable("it is switched off"));
        }
        let known = || live.models().iter().map(|model| model.name.as_str());
        // A gateway that has not said yet which agents it has is asked; it knows best.
        if known().next().is_some() && !known().any(|name| name == agent) {
            let hint = meant(agent, known());
            let detail = format!("\"{}\" has no agent `{agent}`. {hint}", connection.name);
            return Err(Problem::new(ErrorCode::NotFound, detail.trim_end()));
        }
        live.provider().cloned().map_err(unusable)
    }

    /// A provider for this connection without limits and breakers: to test it, and to read its models.
    pub(crate) fn open(&self, app: &App, connection: &Connection) -> Result<Arc<dyn Provider>, String> {
        providers::open(connection, &app.config, &app.vault, &self.net)
    }

    /// What a user may use in a workspace. From memory when it is fresh, else by one statement.
    pub async fn view(&self, app: &App, user_id: &str, workspace_id: Option<&str>) -> Result<View, Problem> {
        let owners = [
            Some(Owner::User(user_id.to_owned())),
            workspace_id.map(|id| Owner::Workspace(id.to_owned())),
            Some(Owner::System),
        ];
        let owners: Vec<Owner> = owners.into_iter().flatten().collect();
        let stale: Vec<&Owner> = owners
            .iter()
            .filter(|owner| self.fresh(owner).is_none())
            .collect();
        if !stale.is_empty() {
            self.read(app, &stale).await?;
        }
        let known = self.owners.read();
        let stored = owners
            .iter()
            .filter_map(|owner| known.get(owner))
            .flat_map(|known| known.connections.iter().cloned());
        let connections = stored.chain(self.builtins.iter().map(Builtin::live)).collect();
        let routes = owners
            .iter()
            .filter_map(|owner| known.get(owner))
            .flat_map(|known| known.routes.iter().cloned());
        Ok(View {
            connections,
            table: app.prices.table(),
            now: app.clock.now(),
            routes: routes.collect(),
        })
    }

    fn fresh(&self, owner: &Owner) -> Option<Arc<Known>> {
        let changes = self.changes.load(Ordering::SeqCst);
        let known = self.owners.read().get(owner).cloned()?;
        (known.changes == changes && known.read_at.elapsed() < FRESH).then_some(known)
    }

    async fn read(&self, app: &App, stale: &[&Owner]) -> Result<(), Problem> {
        // Before the statement: a change that commits while it runs makes its answer stale at once.
        let changes = self.changes.load(Ordering::SeqCst);
        let mut wanted = Wanted {
            system: false,
            user_id: None,
            workspace_id: None,
        };
        for owner in stale {
            match owner {
                Owner::System => wanted.system = true,
                Owner::Workspace(id) => wanted.workspace_id = Some(id.clone()),
                Owner::User(id) => wanted.user_id = Some(id.clone()),
            }
        }
        let before: Vec<Arc<Live>> = {
            let known = self.owners.read();
            stale
                .iter()
                .filter_map(|owner| known.get(owner))
                .flat_map(|known| known.connections.iter().cloned())
                .collect()
        };
        let known = before.iter().map(|live| live.known()).collect();
        let loaded = store::load(&app.db, &wanted, known).await?;
        let mut connections: Vec<Arc<Live>> = Vec::with_capacity(loaded.len());
        let mut routes: Vec<Arc<Route>> = Vec::new();
        for row in loaded {
            match row {
                Found::Connection(row) => {
                    let known = before.iter().find(|live| live.id == row.connection.id);
                    connections.push(Arc::new(self.live(app, *row, known)));
                }
                Found::Route(route) => routes.push(Arc::from(route)),
            }
        }
        let mut owners = self.owners.write();
        for owner in stale {
            let own = connections
                .iter()
                .filter(|live| live.owner == **owner)
                .cloned()
                .collect();
            let known = Known {
                read_at: Instant::now(),
                changes,
                connections: own,
                routes: routes
                    .iter()
                    .filter(|route| route.owner() == **owner)
                    .cloned()
                    .collect(),
            };
            owners.insert((*owner).clone(), Arc::new(known));
        }
        Ok(())
    }

    /// A connection as it was read, with what is kept of before: the provider of this very version, the known models.
    fn live(&self, app: &App, row: Loaded, known: Option<&Arc<Live>>) -> Live {
        let Loaded {
            connection,
            revision,
            models,
        } = row;
        let kept = known.filter(|live| live.opened.version == connection.updated_at);
        let opened = self.opened(app, &connection);
        let prices = kept.map_or_else(
            || Arc::new(PriceList::parse(&connection.settings).unwrap_or_default()),
            |live| Arc::clone(&live.prices),
        );
        let models = models
            .map(Arc::new)
            .or_else(|| known.map(|live| Arc::clone(&live.catalogue.models)))
            .unwrap_or_default();
        let error = connection.error_code.clone().zip(connection.error.clone());
        Live {
            owner: connection.owner(),
            id: connection.id,
            kind: connection.kind,
            slug: connection.slug,
            name: connection.name,
            enabled: connection.enabled,
            created_at: connection.created_at,
            opened,
            prices,
            catalogue: Arc::new(Catalogue {
                revision,
                models,
                missing: Vec::new(),
                error,
            }),
        }
    }

    /// The provider of this version of a connection: the one that is in use, or one that is opened now. Opening touches no network.
    fn opened(&self, app: &App, connection: &Connection) -> Arc<Opened> {
        let place = (connection.id.clone(), connection.updated_at);
        let mut in_use = self.opened.lock();
        if let Some(opened) = in_use.get(&place).and_then(Weak::upgrade) {
            return opened;
        }
        let opened = Arc::new(self.open_guarded(app, connection));
        in_use.insert(place, Arc::downgrade(&opened));
        opened
    }

    fn open_guarded(&self, app: &App, connection: &Connection) -> Opened {
        let limits = Limits {
            admission: providers::admission(&connection.settings),
            ..self.limits
        };
        let rate = ConnectionRate::new(app.cache.clone(), &connection.id, limits.admission);
        let provider = self.open(app, connection).map(|provider| {
            let breakers = breakers(&app.changes, connection.owner());
            guarded_at(
                connection.name.clone(),
                provider,
                limits,
                breakers,
                Arc::new(rate),
            )
        });
        Opened::of(connection.updated_at, provider)
    }

    /// Forgets the connections of owners that nobody has asked for in a while.
    pub(super) fn forget_unused(&self) {
        self.owners
            .write()
            .retain(|_, known| known.read_at.elapsed() < FORGET_AFTER);
        self.opened.lock().retain(|_, opened| opened.strong_count() > 0);
    }
}
