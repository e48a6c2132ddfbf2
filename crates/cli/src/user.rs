//! `stoa user`: accounts from the command line, for the first administrator and for a forgotten password.

use std::io::BufRead as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use server::accounts::{self, NewUser};

use crate::args::{Common, User};
use crate::output::{self, Outcome, plain};
use crate::{logging, runtime, serve};

/// How many accounts are read at a time.
const PAGE: u32 = 100;

pub(crate) fn run(common: &Common, command: User) -> Outcome {
    let config = common.load()?;
    logging::start_quiet(&config)?;
    let runtime = runtime::for_command()?;
    match command {
        User::Add {
            email,
            name,
            admin,
            password_stdin,
        } => {
            let password = new_password(password_stdin)?;
            let user = NewUser::parse(&email, name.as_deref(), &password, admin).map_err(plain)?;
            let user = runtime.block_on(serve::with_app(config, async |app| {
                accounts::create_user(app, user).await.map_err(plain)
            }))?;
            output::line(format_args!("{} {}", user.id, user.email));
        }
        User::Password {
            email,
            password_stdin,
        } => {
            let password = new_password(password_stdin)?;
            let found = runtime.block_on(serve::with_app(config, async |app| {
                accounts::set_password(app, &email, &password)
                    .await
                    .map_err(plain)
            }))?;
            if !found {
                bail!("there is no account `{email}`: `stoa user list` shows them");
            }
            output::line(format_args!(
                "the password of {email} is set, and its sessions are ended"
            ));
        }
        User::List { json } => {
            runtime.block_on(serve::with_app(config, async |app| list(app, json).await))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &server::App, json: bool) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let users = accounts::list_users(&app.db, after, PAGE).await.map_err(plain)?;
        for user in &users {
            if json {
                output::line(serde_json::to_string(user)?);
            } else {
                let role = if user.is_admin { "admin" } else { "user" };
                output::line(format_args!(
                    "{:<32} {:<6} {:<40} {}",
                    user.id, role, user.email, user.name
                ));
            }
        }
        after = match users.last() {
            Some(last) if users.len() >= PAGE as usize => Some((last.created_at, last.id.clone())),
            _ => return Ok(()),
        };
    }
}

/// From standard input, or typed twice without being shown.
fn new_password(from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("cannot read the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).context("cannot ask for the password: use --password-stdin")
    };
    let password = ask("New password: ")?;
    if ask("The same again: ")? != password {
        bail!("the two passwords differ");
    }
    Ok(password)
}
