//! What is kept, for how long, and how much of it.

use std::time::Duration;

/// A part of the cache: things of one kind, with a time to live, a share of the memory, and a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// Who is behind a credential, and what a user sees of themselves.
    Users,
    /// Who is what in which workspace.
    Memberships,
    /// The settings of the installation.
    Settings,
    /// The models a caller may use.
    Models,
    /// Workspaces and their members.
    Workspaces,
    /// The counts of a workspace.
    WorkspaceStats,
    /// Sums over time.
    Dashboard,
    /// Lists of conversations.
    ConversationLists,
    /// Conversations with their messages.
    Conversations,
    /// Lists of files.
    FileLists,
    /// Lists of agents, commands, workflows and their categories.
    Catalogues,
    /// Templates.
    Templates,
    /// Answers of models that routes keep.
    Answers,
    /// Everything else.
    Other,
}

/// What is declared of a namespace.
#[derive(Debug)]
pub struct Declared {
    /// Its name in addresses and figures.
    pub name: &'static str,
    /// What is kept in it.
    pub about: &'static str,
    /// What drops its entries before their time.
    pub dropped_by: &'static str,
    /// How long an entry is used at most.
    pub ttl: Duration,
    /// Its part of the cache's memory, in thousandths.
    pub share: u64,
}

impl Namespace {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Users,
        Self::Memberships,
        Self::Settings,
        Self::Models,
        Self::Workspaces,
        Self::WorkspaceStats,
        Self::Dashboard,
        Self::ConversationLists,
        Self::Conversations,
        Self::FileLists,
        Self::Catalogues,
        Self::Templates,
        Self::Answers,
        Self::Other,
    ];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|space| space.declared().name == name)
    }

    /// Where it stands in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What is declared of it.
    pub const fn declared(self) -> &'static Declared {
        &DECLARED[self.index()]
    }
}

const fn declare(
    name: &'static str,
    ttl_seconds: u64,
    share: u64,
    about: &'static str,
    dropped_by: &'static str,
) -> Declared {
    Declared {
        name,
        about,
        dropped_by,
        ttl: Duration::from_secs(ttl_seconds),
        share,
    }
}

/// In the order of [`Namespace::ALL`].
static DECLARED: [Declared; 14] = [
    declare(
        "users",
        60,
        80,
        "Who is behind a credential; what a user sees of themselves",
        "log-out, a revoked session or key, a new password, a change of the user",
    ),
    declare(
        "memberships",
        60,
        60,
        "A user's role in a workspace",
        "a change of the workspace, its members or roles",
    ),
    declare(
        "settings",
        300,
        10,
        "The settings of the installation",
        "a change of the settings",
    ),
    declare(
        "models",
        3_600,
        100,
        "The models a caller may use in a workspace",
        "a change of a connection they come from, of its models or its health",
    ),
    declare(
        "workspaces",
        300,
        80,
        "Workspaces and their members",
        "a change of a workspace, its members or their names",
    ),
    declare(
        "workspace_stats",
        300,
        20,
        "The counts of a workspace",
        "a change of the workspace, of a conversation or a memory in it",
    ),
    declare(
        "dashboard",
        60,
        50,
        "Sums over time, such as usage",
        "settled usage",
    ),
    declare(
        "conversation_lists",
        30,
        150,
        "Lists of conversations",
        "a change of any conversation of the workspace",
    ),
    declare(
        "conversations",
        30,
        200,
        "Conversations with their messages",
        "a change of the conversation",
    ),
    declare(
        "file_lists",
        60,
        50,
        "Lists of files",
        "a change of any file in the folder",
    ),
    declare(
        "catalogues",
        300,
        50,
        "Lists of agents, commands and workflows",
        "a change of any of them",
    ),
    declare("templates", 600, 30, "Templates", "a change of any template"),
    declare(
        "answers",
        604_800,
        100,
        "Answers of models, where a route keeps them",
        "a change of the route, which also says for how long they are kept",
    ),
    declare("default", 300, 20, "Everything else", "a change of what it shows"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_the_shares_are_the_whole() {
        for space in Namespace::ALL {
            assert_eq!(Namespace::named(space.declared().name), Some(space));
        }
        assert_eq!(
            Namespace::ALL
                .iter()
                .map(|space| space.declared().share)
                .sum::<u64>(),
            1_000
        );
    }

    #[test]
    fn times_to_live_are_those_that_were_promised() {
        let ttl = |space: Namespace| space.declared().ttl.as_secs();
        assert_eq!(
            [
                ttl(Namespace::Settings),
                ttl(Namespace::Models),
                ttl(Namespace::Users),
                ttl(Namespace::WorkspaceStats),
                ttl(Namespace::Dashboard),
                ttl(Namespace::ConversationLists),
                ttl(Namespace::Conversations),
                ttl(Namespace::FileLists),
                ttl(Namespace::Catalogues),
                ttl(Namespace::Templates),
                ttl(Namespace::Answers),
                ttl(Namespace::Other),
            ],
            [300, 3_600, 60, 300, 60, 30, 30, 60, 300, 600, 604_800, 300]
        );
    }
}
