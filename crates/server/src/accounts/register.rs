//! New accounts: made by an administrator, on the command line, or by whoever registers and may.
//!
//! The first user of an installation becomes its administrator and is let in by any rule. Invariant: there is one first
//! user. The index `users_founder_key` decides between two at once; the other is then an ordinary registration, to which
//! the rules for registrations apply.

use sql::{Batch, OnViolation};

use crate::App;
use crate::accounts::{NewUser, UserView, password, store};
use crate::audit::{self, Change, Fields};
use crate::http::problem::Problem;
use crate::ids::Kind;
use crate::settings::{self, Registration};
use crate::workspaces::{self, NewWorkspace};

/// On what ground somebody gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// An administrator makes the account, or the command line.
    Appointed,
    /// A rule lets them in.
    Admitted,
    /// Nobody has an account yet.
    First,
}

/// Creates a user with a personal workspace.
pub async fn create_user(app: &App, input: NewUser) -> Result<UserView, Problem> {
    let hash = password::hash(input.password.clone()).await?;
    if let Some(user) = insert(app, &input, &hash, Ground::Appointed).await? {
        return Ok(user);
    }
    // Somebody else was the first in the same instant.
    let second = insert(app, &input, &hash, Ground::Appointed).await?;
    second.ok_or_else(|| Problem::internal("two first users one after the other"))
}

/// The same for somebody who asks for an account themselves, when they may: the first user always; others as the settings
/// say, or with an invitation.
pub async fn register(app: &App, input: NewUser, invitation: Option<&str>) -> Result<UserView, Problem> {
    let ground = may_register(app, &input.email, invitation).await?;
    let hash = password::hash(input.password.clone()).await?;
    if let Some(user) = insert(app, &input, &hash, ground).await? {
        return Ok(user);
    }
    // Somebody else was the first in the meantime; now the rules are those for everybody.
    let ground = may_register(app, &input.email, invitation).await?;
    let second = insert(app, &input, &hash, ground).await?;
    second.ok_or_else(|| Problem::internal("two first users one after the other"))
}

async fn may_register(app: &App, email: &str, invitation: Option<&str>) -> Result<Ground, Problem> {
    let registration = settings::current(app).await?.registration;
    if registration == Registration::Open {
        return Ok(Ground::Admitted);
    }
    if !store::any_user(&app.db).await? {
        return Ok(Ground::First);
    }
    if registration == Registration::Closed {
        return Err(Problem::forbidden(
            "Registration is closed. Ask an administrator for an account.",
        ));
    }
    let invited = match invitation {
        Some(token) => workspaces::invitation_fits(app, email, token).await?,
        None => false,
    };
    if invited {
        return Ok(Ground::Admitted);
    }
    Err(Problem::forbidden(
        "Registration is by invitation. Open the link of your invitation, with the address it was sent to.",
    ))
}

/// Writes the user with a personal workspace. None when somebody else was the first user in the meantime, and this one
/// was to be it.
async fn insert(app: &App, input: &NewUser, hash: &str, ground: Ground) -> Result<Option<UserView>, Problem> {
    let now = app.clock.now();
    let id = app.ids.make(Kind::User, now);
    let mut batch = Batch::new();
    let only_first = ground == Ground::First;
    batch.push_expecting(1, store::insert_user(&id, input, hash, only_first, now));
    let personal = NewWorkspace::personal(app, &input.name, now);
    workspaces::push_create(&mut batch, &personal, &id, now);
    if ground == Ground::Appointed {
        let fields = Fields::new()
            .set("email", &input.email)
            .set("is_admin", input.is_admin);
        batch.push(audit::entry(
            app,
            &Change {
                action: "user.created",
                subject_id: &id,
                subject_name: &input.name,
                workspace_id: None,
                fields,
            },
        ));
    }
    let insert_user = store::INSERT_USER.name();
    // Not the first: the statement saw another, or the index did.
    let second = || sql::Error::RowsAffected {
        statement: insert_user,
        expected: 1,
        got: 0,
    };
    let written: sql::Result<sql::Written> = app.db.write(batch).await.on_unique("users_founder_key", second);
    if matches!(&written, Err(sql::Error::RowsAffected { statement, .. }) if *statement == insert_user) {
        return Ok(None);
    }
    let taken = || {
        Problem::already_exists(
            "email",
            format!("There is an account for {} already; log in instead.", input.email),
        )
    };
    written.on_unique("users_email_key", taken)?;
    let user = store::get_user(&app.db, &id).await?;
    user.map(Some)
        .ok_or_else(|| Problem::internal("a user that was just made is not there"))
}
