//! The Stoa that is measured: one of our own on generated data, or one that runs elsewhere.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Bench;
use crate::load::request::{Request, data, read};
use crate::machine::Place;
use crate::process::{Process, Usage};

/// The administrator that the bench makes in a database of its own.
const ADMIN: &str = "bench-admin@example.com";
const ADMIN_PASSWORD: &str = "measures all day long";
/// What a measurement stays on while it asks for answers that are not kept: who asks and what they may is no part of the
/// answer.
const KEPT_FOR_A_MISS: [&str; 4] = ["users", "memberships", "settings", "models"];

/// A Stoa and who asks it.
#[derive(Debug)]
pub(crate) struct Stoa {
    pub(crate) process: Option<Process>,
    pub(crate) address: SocketAddr,
    /// The data folder of a Stoa of our own.
    pub(crate) folder: Option<PathBuf>,
    /// Removes that folder when it is a copy.
    copy: Option<TempDir>,
    /// Messages in the database; 0 when unknown.
    pub(crate) messages: u64,
    /// A token of the user who asks.
    pub(crate) token: String,
    /// A token of an administrator, where there is one.
    pub(crate) admin: Option<String>,
    /// The workspace that is asked for.
    pub(crate) workspace: String,
    /// Some of its conversations.
    pub(crate) conversations: Vec<String>,
    namespaces: Vec<String>,
}

/// What of the cache is switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cache {
    /// Everything.
    On,
    /// Only who asks and what they may.
    Callers,
    /// Nothing.
    Off,
}

impl Stoa {
    /// The Stoa of the options.
    pub(crate) async fn open(bench: &Bench<'_>) -> anyhow::Result<Self> {
        match &bench.options.url {
            Some(url) => Self::elsewhere(bench, url).await,
            None => Self::start(bench, bench.messages(), &[]).await,
        }
    }

    /// Starts one on a copy of this many messages, generated when they are not there yet, on the servers' cores. A copy, so
    /// that what one measurement writes is no part of the next.
    pub(crate) async fn start(
        bench: &Bench<'_>,
        messages: u64,
        env: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let copy = copied(bench, &generated(bench, messages)?)?;
        let folder = copy.path().to_owned();
        Self::start_at(bench, (messages, folder, Some(copy)), env, Place::Servers).await
    }

    /// Starts one on the generated data itself, which nobody may then write to.
    pub(crate) async fn start_untouched(bench: &Bench<'_>) -> anyhow::Result<Self> {
        let messages = bench.messages();
        let folder = generated(bench, messages)?;
        Self::start_at(bench, (messages, folder, None), &[], Place::Servers).await
    }

    /// Starts one that may use all cores.
    pub(crate) async fn start_everywhere(bench: &Bench<'_>, env: &[(&str, String)]) -> anyhow::Result<Self> {
        let messages = bench.messages();
        let copy = copied(bench, &generated(bench, messages)?)?;
        let folder = copy.path().to_owned();
        Self::start_at(bench, (messages, folder, Some(copy)), env, Place::Everywhere).await
    }

    /// Starts one on a data folder that is there, with these in its environment; it may use all cores.
    pub(crate) async fn start_on(
        bench: &Bench<'_>,
        messages: u64,
        folder: &std::path::Path,
        env: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        Self::start_at(bench, (messages, folder.to_owned(), None), env, Place::Everywhere).await
    }

    async fn start_at(
        bench: &Bench<'_>,
        (messages, folder, copy): (u64, PathBuf, Option<TempDir>),
        env: &[(&str, String)],
        place: Place,
    ) -> anyhow::Result<Self> {
        let mut command = stoa(bench, &folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--mock"]);
        // Models inside the process have budgets of their own.
        command.env("STOA_MODELS_LOCAL", "false");
        // What is measured is not what goes on beside it after a change of the data.
        command.env("STOA_SEARCH_BACKFILL", "false");
        for (name, value) in env {
            command.env(name, value);
        }
        let log = bench.folder.join(format!("stoa-{messages}.log"));
        let process = Process::start(command, None, &log, (&bench.cores, place)).await?;
        let address = process.address;
        let login = &bench.product.demo_login;
        let token = log_in(address, &login.0, &login.1).await?;
        let admin = log_in(address, ADMIN, ADMIN_PASSWORD).await?;
        let mut stoa = Self {
            process: Some(process),
            address,
            folder: Some(folder),
            copy,
            messages,
            token,
            admin: Some(admin),
            workspace: String::new(),
            conversations: Vec::new(),
            namespaces: Vec::new(),
        };
        stoa.look_around().await?;
        Ok(stoa)
    }

    async fn elsewhere(bench: &Bench<'_>, url: &str) -> anyhow::Result<Self> {
        let host = url
            .strip_prefix("http://")
            .with_context(|| format!("{url} does not begin with http://"))?
            .trim_end_matches('/');
        let address = host
            .to_socket_addrs()
            .with_context(|| format!("{host} is no host:port"))?
            .next()
            .with_context(|| format!("{host} has no address"))?;
        let login = &bench.product.demo_login;
        let token = match &bench.options.token {
            Some(token) => token.clone(),
            None => log_in(address, &login.0, &login.1)
                .await
                .context("give a token with --token, or load the demo data there")?,
        };
        let me = data(address, &Request::get("/api/auth/me", &token)).await?;
        let is_admin = [&me["is_admin"], &me["user"]["is_admin"]]
            .iter()
            .any(|value| **value == json!(true));
        let mut stoa = Self {
            process: None,
            address,
            folder: None,
            copy: None,
            messages: 0,
            admin: is_admin.then(|| token.clone()),
            token,
            workspace: String::new(),
            conversations: Vec::new(),
            namespaces: Vec::new(),
        };
        stoa.look_around().await?;
        Ok(stoa)
    }

    /// Finds a workspace with conversations, and the switches of the cache.
    async fn look_around(&mut self) -> anyhow::Result<()> {
        let list = data(
            self.address,
            &Request::get("/api/workspaces?limit=100", &self.token),
        )
        .await?;
        let mut found: Vec<String> = Vec::new();
        // Those of the generated data first; any other will do.
        let mut ids: Vec<&Value> = list.as_array().into_iter().flatten().collect();
        let generated = |row: &Value| {
            row["slug"]
                .as_str()
                .is_some_and(|slug| slug.starts_with("generated-"))
        };
        ids.sort_by_key(|row| !generated(row));
        for id in ids.iter().filter_map(|row| row["id"].as_str()).take(5) {
            let path = format!("/api/workspaces/{id}/conversations?limit=64");
            let rows = data(self.address, &Request::get(&path, &self.token)).await?;
            let rows: Vec<String> = texts(&rows, "id");
            if rows.len() > found.len() {
                found = rows;
                id.clone_into(&mut self.workspace);
            }
        }
        if found.is_empty() {
            bail!("the user has no workspace with conversations");
        }
        self.conversations = found;
        if let Some(admin) = &self.admin {
            let answer = read(self.address, &Request::get("/api/performance/cache", admin)).await?;
            if answer.status == 200
                && let Ok(body) = answer.json()
            {
                self.namespaces = texts(&body["data"]["namespaces"], "name");
            }
        }
        Ok(())
    }

    /// Whether its cache can be switched.
    pub(crate) fn has_switches(&self) -> bool {
        !self.namespaces.is_empty()
    }

    /// Switches the cache; what is switched off is empty when it is switched on again.
    pub(crate) async fn switch(&self, cache: Cache) -> anyhow::Result<()> {
        let Some(admin) = &self.admin else { return Ok(()) };
        for name in &self.namespaces {
            let enabled = match cache {
                Cache::On => true,
                Cache::Callers => KEPT_FOR_A_MISS.contains(&name.as_str()),
                Cache::Off => false,
            };
            let path = format!("/api/performance/cache/{name}");
            let body = json!({"enabled": enabled});
            data(self.address, &Request::send("PATCH", &path, admin, &body)).await?;
        }
        Ok(())
    }

    /// CPU and memory, for a Stoa of our own.
    pub(crate) fn usage(&self) -> Option<Usage> {
        self.process.as_ref().map(Process::usage)
    }

    /// Makes a connection to a provider for everybody, and waits until its models are there.
    pub(crate) async fn connect_provider(&self, connection: Value, model: &str) -> anyhow::Result<()> {
        let admin = self
            .admin
            .as_ref()
            .context("only an administrator can add a provider")?;
        // A run that broke off on a Stoa elsewhere may have left one of this name.
        let known = data(self.address, &Request::get("/api/connections", admin)).await?;
        for old in known.as_array().into_iter().flatten() {
            if old["slug"] == connection["slug"]
                && old["scope"] == connection["scope"]
                && let Some(id) = old["id"].as_str()
            {
                let path = format!("/api/connections/{id}");
                let request = Request {
                    method: "DELETE",
                    ..Request::get(&path, admin)
                };
                data(self.address, &request).await?;
            }
        }
        data(
            self.address,
            &Request::send("POST", "/api/connections", admin, &connection),
        )
        .await?;
        let began = Instant::now();
        while began.elapsed().as_secs() < 20 {
            let models = data(self.address, &Request::get("/v1/models", &self.token)).await?;
            if texts(&models, "id").iter().any(|id| id == model) {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        bail!("the model {model} did not appear");
    }

    /// Stops a Stoa of our own.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        if let Some(process) = self.process {
            process.stop().await?;
        }
        if let Some(copy) = self.copy {
            copy.close()?;
        }
        Ok(())
    }
}

/// A field of each row.
fn texts(rows: &Value, field: &str) -> Vec<String> {
    rows.as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row[field].as_str().map(str::to_owned))
        .collect()
}

async fn log_in(address: SocketAddr, email: &str, password: &str) -> anyhow::Result<String> {
    let body = json!({"email": email, "password": password});
    let request = Request {
        token: None,
        ..Request::send("POST", "/api/auth/login", "", &body)
    };
    let login = data(address, &request).await?;
    let token = login["token"].as_str();
    Ok(token.context("the login has no token")?.to_owned())
}

/// The command with nothing of the caller's environment that would change what it does.
fn stoa(bench: &Bench<'_>, folder: &std::path::Path) -> Command {
    let mut command = Command::new(&bench.product.executable);
    command.env_clear().env("STOA_DATA", folder).env("HOME", folder);
    command
}

/// The data folder with this many generated messages and an administrator.
pub(crate) fn generated(bench: &Bench<'_>, messages: u64) -> anyhow::Result<PathBuf> {
    let folder = bench.folder.join(format!("data-{messages}"));
    // Written last, so that what was broken off is made again. The version is in it, because another version may have
    // another schema.
    let mark = folder.join("generated");
    if std::fs::read_to_string(&mark).is_ok_and(|version| version == bench.product.version) {
        return Ok(folder);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let began = Instant::now();
    bench.note(format!("generating {messages} messages"));
    let scale = messages.to_string();
    finish(
        stoa(bench, &folder).args(["demo", "--scale", &scale, "--seed", "1"]),
        "",
    )?;
    let add = ["user", "add", ADMIN, "--admin", "--password-stdin"];
    finish(stoa(bench, &folder).args(add), ADMIN_PASSWORD)?;
    std::fs::write(&mark, &bench.product.version)?;
    bench.note(format!("generated in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(folder)
}

/// A copy of a data folder, beside it.
fn copied(bench: &Bench<'_>, from: &std::path::Path) -> anyhow::Result<TempDir> {
    let copy = tempfile::Builder::new()
        .prefix("run-")
        .tempdir_in(&bench.folder)?;
    copy_files(from, copy.path())?;
    Ok(copy)
}

/// Copies the files of a folder, without the folders in it.
pub(crate) fn copy_files(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Runs a command to its end.
fn finish(command: &mut Command, input: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read may be gone already.
        let _ = writeln!(stdin, "{input}");
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "a command to prepare the data failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
