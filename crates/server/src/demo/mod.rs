//! Demo data: a lively small team, and generated data of any size for measurements.
//!
//! Both are the same for the same seed. The lively part has the user `test@example.com` with the password `password123` and
//! the workspace `workspace-123`; loading it again changes nothing. The generated part is written in large batches through
//! the same statements as everything else: `scale` messages in conversations of ten, 500 conversations a workspace.

mod generated;
mod lively;
mod words;

use crate::App;
use crate::http::problem::Problem;

/// The user of the lively data.
pub const EMAIL: &str = "test@example.com";
/// Their password.
pub const PASSWORD: &str = "password123";
/// The workspace of the lively data.
pub const WORKSPACE: &str = "workspace-123";

/// What was loaded.
#[derive(Debug, Default, Clone, Copy)]
pub struct Loaded {
    /// Users made.
    pub users: u64,
    /// Workspaces made.
    pub workspaces: u64,
    /// Conversations made.
    pub conversations: u64,
    /// Messages made.
    pub messages: u64,
}

/// Loads the lively data, unless it is there, and `scale` generated messages on top.
pub async fn load(app: &App, scale: u64, seed: u64) -> Result<Loaded, Problem> {
    let mut loaded = Loaded::default();
    let user_id = lively::load(app, seed, &mut loaded).await?;
    if scale > 0 {
        generated::load(app, &user_id, scale, seed, &mut loaded).await?;
    }
    Ok(loaded)
}
