//! Changes: tells open pages that something they may be showing has changed, never what it says now; they read it again.
//!
//! ```text
//! a write commits ──▶ publish(Notice) ──▶ Hub ──▶ Feed of each page: does it concern this user? ──▶ GET /api/changes
//! ```
//!
//! The functions that write publish after their commit. A notice is lost with the process, with the connection, and for
//! a reader who is too slow; such a reader is told that anything may have changed. So nothing but freshness may depend on it.
//!
//! Invariant: a feed passes on only what concerns its user: what happens in the workspaces they belong to, which are read
//! again when one of them changes, and what is theirs alone. It ends when its credential is no longer valid.

pub mod routes;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::http::problem::Problem;
use crate::models::Owner;
use crate::{App, accounts, workspaces};

/// Notices that wait for a reader; one who is further behind has missed some.
const WAITING_MAX: usize = 256;
/// How often a feed looks whether its credential is still valid, beside what it is told.
const CHECK_EVERY: Duration = Duration::from_mins(1);

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A conversation: its messages, its title, its row in lists; or it is gone.
    Conversation,
    /// A workspace has one more conversation.
    Conversations,
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

/// A change, and whom it concerns: the members of the workspace, the user, the administrators, or everybody when none of
/// them is named.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Nothing to show when absent: the credentials of the user have changed.
    what: Option<What>,
    workspace: Option<String>,
    conversation: Option<String>,
    user: Option<String>,
    /// Only the administrators of the installation.
    administrators: bool,
}

impl Notice {
    const fn everybody(what: What) -> Self {
        Self {
            what: Some(what),
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
            ..Self::everybody(What::Alerts)
        }
    }

    /// A conversation, or something in it, has changed or is gone.
    pub fn conversation(workspace_id: &str, id: &str) -> Self {
        Self {
            workspace: Some(workspace_id.to_owned()),
            conversation: Some(id.to_owned()),
            ..Self::everybody(What::Conversation)
        }
    }

    /// A workspace has a new conversation.
    pub fn conversations(workspace_id: &str, id: &str) -> Self {
        Self {
            what: Some(What::Conversations),
            ..Self::conversation(workspace_id, id)
        }
    }

    /// A workspace has changed or is gone.
    pub fn workspace(id: &str) -> Self {
        Self {
            workspace: Some(id.to_owned()),
            ..Self::everybody(What::Workspaces)
        }
    }

    /// A user has come into a workspace, has left it, or has another role there.
    pub fn member(workspace_id: &str, user_id: &str) -> Self {
        Self {
            user: Some(user_id.to_owned()),
            ..Self::workspace(workspace_id)
        }
    }

    /// The connections of this owner, or their models, have changed.
    pub fn models(owner: &Owner) -> Self {
        let notice = Self::everybody(What::Models);
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
            what: None,
            workspace: None,
            conversation: None,
            user: Some(user_id.to_owned()),
            administrators: false,
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

/// Where changes are made known. One a process.
pub struct Hub {
    notices: broadcast::Sender<Arc<Notice>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            notices: broadcast::Sender::new(WAITING_MAX),
        }
    }
}

impl Hub {
    /// Tells every feed. Called after the commit of what it tells; waits for nobody.
    pub fn publish(&self, notice: Notice) {
        // Nobody listens: that is no failure.
        let _ = self.notices.send(Arc::new(notice));
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
                    let ended = match notice.what {
                        None => !self.may_go_on().await,
                        Some(What::Workspaces) => !self.read_memberships().await,
                        Some(_) => false,
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
