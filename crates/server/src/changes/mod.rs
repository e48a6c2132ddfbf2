//! Changes: tells the cache and open pages that something has changed, never what it says now; they read it again.
//!
//! ```text
//! a write commits ──▶ publish(Notice) ──▶ the cache drops what was made from it, here and on every node
//!                                    └──▶ Hub ──▶ Feed of each page: does it concern this user? ──▶ GET /api/changes
//! ```
//!
//! The functions that write publish after their commit. To pages a notice is lost with the process, with the connection,
//! and for a reader who is too slow; such a reader is told that anything may have changed.
//!
//! Invariant: a feed passes on only what concerns its user: what happens in the workspaces they belong to, which are read
//! again when one of them changes, and what is theirs alone. It ends when its credential is no longer valid.

mod bus;
pub mod routes;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::task::TaskTracker;

use self::bus::{Bus, Word};
use crate::cache::{Cache, Namespace, Tag};
use crate::http::problem::Problem;
use crate::models::Owner;
use crate::{App, accounts, workspaces};

/// Notices that wait for a reader; one who is further behind has missed some.
const WAITING_MAX: usize = 256;
/// How often a feed looks whether its credential is still valid, beside what it is told.
const CHECK_EVERY: Duration = Duration::from_mins(1);

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A conversation: its messages, its title, its row in lists; or it is gone.
    Conversation,
    /// A workspace has one more conversation.
    Conversations,
    /// The memories of a workspace.
    Memories,
    /// The files of a workspace.
    Files,
    /// The sets of models of a workspace.
    Presets,
    /// The batches of a workspace: how far they are, or there are others.
    Batches,
    /// The workspaces of the user, their names, members or roles.
    Workspaces,
    /// Which models there are, or how their connections do.
    Models,
    /// The alerts of the installation; told to its administrators.
    Alerts,
    /// Perhaps anything: some changes were missed.
    All,
}

/// A change, as a page hears of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What has changed.
    pub what: What,
    /// Where, when it is in a workspace.
    pub workspace: Option<String>,
    /// Which conversation, when it is one.
    pub conversation: Option<String>,
}

impl Change {
    const fn anything() -> Self {
        Self {
            what: What::All,
            workspace: None,
            conversation: None,
        }
    }
}

/// What a write has changed, for the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Touched {
    Conversation,
    Memories,
    Files,
    Presets,
    Batches,
    Workspace,
    Member,
    Models,
    Credentials,
    Profile,
    Settings,
    Usage,
    Budgets,
    Prices,
    Alerts,
}

/// A change, and whom it concerns: the members of the workspace, the user, the administrators, or everybody when none of
/// them is named.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notice {
    touched: Touched,
    /// Nothing to show to pages when absent.
    what: Option<What>,
    workspace: Option<String>,
    conversation: Option<String>,
    user: Option<String>,
    /// Only the administrators of the installation.
    administrators: bool,
}

impl Notice {
    const fn new(touched: Touched, what: Option<What>) -> Self {
        Self {
            touched,
            what,
            workspace: None,
            conversation: None,
            user: None,
            administrators: false,
        }
    }

    /// An alert has opened, closed, or was taken note of.
    pub fn alerts() -> Self {
        Self {
            administrators: true,
            ..Self::new(Touched::Alerts, Some(What::Alerts))
        }
    }

    /// A conversation, or something in it, has changed or is gone.
    pub fn conversation(workspace_id: &str, id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            conversation: Some(id.to_owned()),
            ..Self::new(Touched::Conversation, Some(What::Conversation))
        }
    }

    /// A workspace has a new conversation.
    pub fn conversations(workspace_id: &str, id: &str) -> Self {
        Self {
            what: Some(What::Conversations),
            ..Self::conversation(workspace_id, id)
        }
    }

    /// Files of a workspace have changed, or there are others.
    pub fn files(workspace_id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            ..Self::new(Touched::Files, Some(What::Files))
        }
    }

    /// Memories of a workspace have changed, or there are others.
    pub fn memories(workspace_id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            ..Self::new(Touched::Memories, Some(What::Memories))
        }
    }

    /// The sets of models of a workspace have changed.
    pub fn presets(workspace_id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            ..Self::new(Touched::Presets, Some(What::Presets))
        }
    }

    /// Batches of a workspace have moved on, or there are others.
    pub fn batches(workspace_id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            ..Self::new(Touched::Batches, Some(What::Batches))
        }
    }

    /// A workspace has changed or is gone.
    pub fn workspace(id: &str) -> Self {
        Self {
            workspace: Some(id.to_owned()),
            ..Self::new(Touched::Workspace, Some(What::Workspaces))
        }
    }

    /// A user has come into a workspace, has left it, or has another role there.
    pub fn member(workspace_id: &str, user_id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            user: Some(user_id.to_owned()),
            ..Self::new(Touched::Member, Some(What::Workspaces))
        }
    }

    /// The connections of this owner, or their models, have changed.
    pub fn models(owner: &Owner) -> Self {
        let notice = Self::new(Touched::Models, Some(What::Models));
        match owner {
            Owner::System => notice,
            Owner::Workspace(id) => Self {
                workspace: Some(id.clone()),
                ..notice
            },
            Owner::User(id) => Self {
                user: Some(id.clone()),
                ..notice
            },
        }
    }

    /// A credential of this user was revoked: feeds look whether it was theirs.
    pub fn credentials(user_id: &str) -> Self {
        Self {
            user: Some(user_id.to_owned()),
            ..Self::new(Touched::Credentials, None)
        }
    }

    /// This user's name, rights or preferences have changed.
    pub fn profile(user_id: &str) -> Self {
        Self {
            user: Some(user_id.to_owned()),
            ..Self::new(Touched::Profile, None)
        }
    }

    /// The settings of the installation have changed; the default model is marked in the list of models.
    pub const fn settings() -> Self {
        Self::new(Touched::Settings, Some(What::Models))
    }

    /// The budgets have changed: which there are, or how much.
    pub const fn budgets() -> Self {
        Self::new(Touched::Budgets, None)
    }

    /// The table of prices has changed: every node reads it again, and the list of models shows others.
    pub const fn prices() -> Self {
        Self::new(Touched::Prices, None)
    }

    /// Whether connections, their models or routes have changed.
    pub const fn is_of_models(&self) -> bool {
        matches!(self.touched, Touched::Models)
    }

    /// Whether the table of prices has changed.
    pub const fn is_of_prices(&self) -> bool {
        matches!(self.touched, Touched::Prices)
    }

    /// Usage was settled.
    pub const fn usage() -> Self {
        Self::new(Touched::Usage, None)
    }

    /// What in the cache is not right any more.
    pub fn tags(&self) -> Vec<Tag> {
        let workspace = self.workspace.as_deref().unwrap_or_default();
        let user = self.user.as_deref().unwrap_or_default();
        match self.touched {
            Touched::Conversation => vec![
                Tag::conversation(self.conversation.as_deref().unwrap_or_default()),
                Tag::conversations(workspace),
            ],
            Touched::Memories => vec![Tag::memories(workspace)],
            Touched::Files => vec![Tag::files(workspace)],
            Touched::Workspace => vec![Tag::workspace(workspace), Tag::workspaces()],
            Touched::Member => vec![Tag::workspace(workspace), Tag::memberships(user)],
            Touched::Models => vec![Tag::models(if workspace.is_empty() { user } else { workspace })],
            Touched::Credentials => vec![Tag::user(user)],
            Touched::Profile => vec![Tag::user(user), Tag::people()],
            Touched::Settings => vec![Tag::settings()],
            Touched::Usage => vec![Tag::usage()],
            Touched::Budgets => vec![Tag::budgets()],
            Touched::Prices => vec![Tag::models("")],
            // Nothing that is made from them is kept.
            Touched::Alerts | Touched::Presets | Touched::Batches => Vec::new(),
        }
    }

    fn concerns(&self, user_id: &str, is_admin: bool, workspaces: &HashSet<String>) -> bool {
        if self.administrators {
            return is_admin;
        }
        let user = self.user.as_deref().is_some_and(|user| user == user_id);
        let member = self.workspace.as_ref().is_some_and(|id| workspaces.contains(id));
        user || member || (self.user.is_none() && self.workspace.is_none())
    }

    fn shown(&self) -> Option<Change> {
        self.what.map(|what| Change {
            what,
            workspace: self.workspace.clone(),
            conversation: self.conversation.clone(),
        })
    }
}

/// Where changes are made known. One a process; clones are the same.
#[derive(Clone)]
pub struct Hub {
    notices: broadcast::Sender<Arc<Notice>>,
    cache: Cache,
    bus: Option<Arc<Bus>>,
    tasks: TaskTracker,
}

impl Hub {
    /// Nobody listens yet; this is the cache whose entries fall, and the name of this process among the nodes.
    pub fn new(cache: Cache, node: String, tasks: TaskTracker) -> Self {
        let bus = cache
            .link()
            .map(|link| Arc::new(Bus::new(Arc::clone(link), node)));
        Self {
            notices: broadcast::Sender::new(WAITING_MAX),
            cache,
            bus,
            tasks,
        }
    }

    /// Drops what the cache has of it and tells every feed, here and on the other nodes; returns when they have heard of
    /// it. Called after the commit of what it tells, before the write is answered.
    pub async fn publish(&self, notice: Notice) {
        let told = self.bus.is_some().then(|| notice.clone());
        self.tell_here(notice);
        if let Some((bus, notice)) = self.bus.as_ref().zip(told) {
            bus.tell(Word::Notice(notice)).await;
        }
    }

    /// The same for who can not wait: the other nodes hear of it soon.
    pub fn publish_soon(&self, notice: Notice) {
        let told = self.bus.as_ref().map(|bus| (Arc::clone(bus), notice.clone()));
        self.tell_here(notice);
        if let Some((bus, notice)) = told {
            self.tasks
                .spawn(async move { bus.tell(Word::Notice(notice)).await });
        }
    }

    fn tell_here(&self, notice: Notice) {
        self.cache.touch(notice.tags());
        // Nobody listens: that is no failure.
        let _ = self.notices.send(Arc::new(notice));
    }

    /// Switches a namespace of the cache, on every node.
    pub async fn switch_cache(&self, namespace: Namespace, enabled: bool) {
        self.cache.switch(namespace, enabled);
        self.tell_others(Word::Switched(namespace.declared().name.to_owned(), enabled))
            .await;
    }

    /// Empties a namespace of the cache, or all of them, on every node.
    pub async fn empty_cache(&self, namespace: Option<Namespace>) {
        let word = if let Some(namespace) = namespace {
            self.cache.clear(namespace);
            Word::Emptied(namespace.declared().name.to_owned())
        } else {
            self.cache.drop_all();
            Word::Everything
        };
        self.tell_others(word).await;
    }

    async fn tell_others(&self, word: Word) {
        if let Some(bus) = &self.bus {
            bus.tell(word).await;
        }
    }

    /// Keeps the connection to the other nodes, when there is one.
    pub async fn keep_connected(&self, app: App) {
        if let Some(bus) = &self.bus {
            Arc::clone(bus).keep_connected(app).await;
        }
    }
}

/// The changes that concern the user of this credential, from now on, until it is revoked or the server stops. Nothing
/// that is published after this function has returned is missed.
pub async fn feed(
    app: &App,
    user_id: &str,
    is_admin: bool,
    token_hash: String,
) -> Result<impl Stream<Item = Change> + Send + use<>, Problem> {
    // First the ear, then the memberships: what changes in between is heard.
    let notices = app.changes.notices.subscribe();
    let mut check = tokio::time::interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let feed = Feed {
        app: app.clone(),
        notices,
        check,
        user_id: user_id.to_owned(),
        is_admin,
        token_hash,
        workspaces: workspaces::ids_of(&app.db, user_id).await?,
    };
    Ok(stream::unfold(feed, |mut feed| async move {
        feed.next().await.map(|change| (change, feed))
    }))
}

struct Feed {
    app: App,
    notices: broadcast::Receiver<Arc<Notice>>,
    check: Interval,
    user_id: String,
    /// As of the last look at the credential.
    is_admin: bool,
    token_hash: String,
    workspaces: HashSet<String>,
}

impl Feed {
    /// The next change that concerns the user; none when the feed is over.
    async fn next(&mut self) -> Option<Change> {
        loop {
            let notice = tokio::select! {
                () = self.app.stopping.cancelled() => return None,
                _ = self.check.tick() => {
                    if !self.may_go_on().await {
                        return None;
                    }
                    continue;
                }
                notice = self.notices.recv() => notice,
            };
            match notice {
                Ok(notice) if !notice.concerns(&self.user_id, self.is_admin, &self.workspaces) => {}
                Ok(notice) => {
                    let ended = match notice.touched {
                        Touched::Credentials => !self.may_go_on().await,
                        Touched::Workspace | Touched::Member => !self.read_memberships().await,
                        _ => false,
                    };
                    if ended {
                        return None;
                    }
                    if let Some(change) = notice.shown() {
                        return Some(change);
                    }
                }
                // What was missed may have been a revoked credential or another membership.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let goes_on = self.may_go_on().await && self.read_memberships().await;
                    return goes_on.then(Change::anything);
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// Whether the credential is still valid. A database that does not answer revokes nothing.
    async fn may_go_on(&mut self) -> bool {
        let found = accounts::find_caller(&self.app.db, &self.token_hash, self.app.clock.now()).await;
        match found {
            Ok(Some(caller)) => {
                self.is_admin = caller.is_admin;
                true
            }
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// False when they can not be read; then the feed ends rather than goes by old ones, and the page comes back.
    async fn read_memberships(&mut self) -> bool {
        match workspaces::ids_of(&self.app.db, &self.user_id).await {
            Ok(ids) => {
                self.workspaces = ids;
                true
            }
            Err(problem) => {
                tracing::warn!("A feed of changes broke off: {}", problem.chain());
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_concerns_members_the_user_it_names_administrators_or_everybody() {
        let mine: HashSet<String> = ["ws_mine".to_owned()].into();
        for (notice, expected) in [
            (Notice::conversation("ws_mine", "cnv_1"), true),
            (Notice::conversation("ws_other", "cnv_1"), false),
            (Notice::member("ws_other", "usr_me"), true),
            (Notice::member("ws_other", "usr_other"), false),
            (Notice::member("ws_mine", "usr_other"), true),
            (Notice::models(&Owner::System), true),
            (Notice::models(&Owner::User("usr_other".to_owned())), false),
            (Notice::models(&Owner::Workspace("ws_other".to_owned())), false),
            (Notice::credentials("usr_me"), true),
            (Notice::credentials("usr_other"), false),
            (Notice::alerts(), false),
        ] {
            assert_eq!(notice.concerns("usr_me", false, &mine), expected, "{notice:?}");
        }
        assert!(Notice::alerts().concerns("usr_me", true, &mine));
        assert_eq!(Notice::credentials("usr_me").shown(), None);
    }
}
