//! Demo data: a lively small team, and generated data of any size for measurements.
//!
//! Both are the same for the same seed. The lively part has the user `test@example.com` with the password `password123` and
//! the workspace `workspace-123`; loading it again changes nothing. The generated part is written in large batches through
//! the same statements as everything else: `scale` messages in conversations of ten, 500 conversations a workspace. And one
//! conversation of any length (`long`), to scroll through.

mod generated;
mod lively;
mod long;
mod memories;
mod words;

use crate::App;
use crate::http::problem::Problem;

/// The user of the lively data.
pub const EMAIL: &str = "test@example.com";
/// Their password.
pub const PASSWORD: &str = "password123";
/// The workspace of the lively data.
pub const WORKSPACE: &str = "workspace-123";

/// The most messages of the long conversation.
pub const LONG_MAX: u64 = 100_000;

/// What to load beside the lively data.
#[derive(Debug, Default, Clone, Copy)]
pub struct Wanted {
    /// So many messages in conversations of ten.
    pub scale: u64,
    /// So many messages in one conversation, at most [`LONG_MAX`].
    pub long: u64,
    /// The seed of everything generated.
    pub seed: u64,
}

/// What was loaded.
#[derive(Debug, Default, Clone)]
pub struct Loaded {
    /// Users made.
    pub users: u64,
    /// Workspaces made.
    pub workspaces: u64,
    /// Conversations made.
    pub conversations: u64,
    /// Messages made.
    pub messages: u64,
    /// Memories made.
    pub memories: u64,
    /// The id of the long conversation, when one was wanted.
    pub long_conversation: Option<String>,
}

/// Loads the lively data, unless it is there, and what is wanted on top.
pub async fn load(app: &App, wanted: Wanted) -> Result<Loaded, Problem> {
    let Wanted { scale, long, seed } = wanted;
    let mut loaded = Loaded::default();
    let user_id = lively::load(app, seed, &mut loaded).await?;
    if scale > 0 {
        generated::load(app, &user_id, scale, seed, &mut loaded).await?;
    }
    if long > 0 {
        long::load(app, &user_id, long.min(LONG_MAX), seed, &mut loaded).await?;
    }
    Ok(loaded)
}
