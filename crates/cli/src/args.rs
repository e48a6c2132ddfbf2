//! The command line: what may be typed, and nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use server::config::{Config, ConfigError, Flag, Sources};

/// Stoa, a self-hosted AI workspace that stays fast.
#[derive(Debug, Parser)]
#[command(
    name = "stoa",
    version,
    about,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Args, Debug, Default)]
pub(crate) struct Common {
    /// The data folder [default: $STOA_DATA, else ~/.local/share/stoa]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file [default: stoa.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Serve),
    /// Bring the database up to date
    Migrate(Migrate),
    /// Check the installation and say what to do
    Doctor(Doctor),
    /// Add and list users, set passwords
    #[command(subcommand)]
    User(User),
    /// Fetch and list the models that run inside the process
    #[command(subcommand)]
    Models(Models),
    /// Load demo data
    Demo(Demo),
    /// Measure speed and compare it with servers that do nothing else
    Bench(Box<Bench>),
    /// Measure how good answers are
    #[command(subcommand)]
    Eval(Eval),
    /// One of the servers that the bench compares with
    #[command(name = "bench-bare", hide = true)]
    BenchBare,
    /// Read one file for the server
    #[command(hide = true)]
    Parse(Parse),
    /// Write everything into one file
    Backup(Backup),
    /// Take everything from a backup
    Restore(Restore),
    /// Print the OpenAPI document
    Openapi(Openapi),
    /// Print the configuration in effect, without secrets
    Config(PrintConfig),
    /// Print the version and what is built in
    Version,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Offer the scripted models mock/echo, mock/lorem, mock/fail and mock/silent
    #[arg(long)]
    pub(crate) mock: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Parse {
    /// The media type that the file came with
    #[arg(long, default_value = "")]
    pub(crate) media_type: String,
    /// The name of the file
    #[arg(long)]
    pub(crate) name: String,
}

#[derive(Args, Debug)]
pub(crate) struct Migrate {
    /// Print the SQL of all migrations instead of running them
    #[arg(long, value_name = "DATABASE", conflicts_with = "status")]
    pub(crate) print: Option<Dialect>,
    /// Only say what is applied and what is not
    #[arg(long)]
    pub(crate) status: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Print the checks as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create an account, with a personal workspace
    Add {
        /// The e-mail address, which is also the login
        email: String,
        /// The name that others see (default: the part before the @)
        #[arg(long)]
        name: Option<String>,
        /// Make the account an administrator
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Set the password of an account and end its sessions
    Password {
        /// The e-mail address
        email: String,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// Fetch models that are missing
    Pull {
        /// Which ones [default: all]
        names: Vec<String>,
    },
    /// List the models and whether they are there
    List,
}

#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Generate large data as well: about N messages
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) scale: u64,
    /// Add one long conversation of N messages, at most 100000
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=server::demo::LONG_MAX))]
    pub(crate) long: u64,
    /// The seed of everything generated
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Eval {
    /// How good the search is, by words, by vectors and by both: recall and mean reciprocal rank
    Retrieval(EvalRetrieval),
}

#[derive(Args, Debug)]
pub(crate) struct EvalRetrieval {
    /// A folder with turns.jsonl and questions.jsonl, as LoCoMo has them: loaded into a database of its own
    #[arg(long, value_name = "FOLDER", conflicts_with = "questions")]
    pub(crate) from: Option<PathBuf>,
    /// Your own questions: a CSV file with the columns question, evidence (ids separated by spaces) and category
    #[arg(long, value_name = "FILE", requires = "workspace")]
    pub(crate) questions: Option<PathBuf>,
    /// The workspace that your questions are about
    #[arg(long, value_name = "ID")]
    pub(crate) workspace: Option<String>,
    /// Write what was measured as JSON as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Which suites: api, users, gateway, streams, compare, before-after, search [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) suite: Vec<String>,
    /// How much generated data: 10 k, 100 k or 1 M messages
    #[arg(long, value_enum, default_value_t = BenchScale::Small)]
    pub(crate) scale: BenchScale,
    /// Another number of messages than the scale's
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) messages: Option<u64>,
    /// Measure the Stoa at this address instead of starting one (http://host:port)
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// With --url: a token or API key [default: the login of the demo data]
    #[arg(long, env = "STOA_BENCH_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Length of one measurement [default: 1, with --short 1.5]
    #[arg(long)]
    pub(crate) seconds: Option<f64>,
    /// Rounds of product and reference in turn [default: 3]
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<usize>,
    /// Fewer cases and clients: some minutes in all
    #[arg(long)]
    pub(crate) short: bool,
    /// Keep the generated databases in this folder for the next run
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Save the report as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Save the report as a page with charts
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Compare the ratios with those of a kept baseline; a regression fails
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Keep the ratios of this run as a baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Measure nothing: print the tables of a saved report as Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) table: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BenchScale {
    Small,
    Medium,
    Large,
}

#[derive(Args, Debug)]
pub(crate) struct Openapi {
    /// Print docs/errors.md, the table of error codes, instead
    #[arg(long)]
    pub(crate) errors: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// The file to write (a tar archive, compressed with zstd)
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The file that `stoa backup` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace what is there; the old database is kept aside
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct PrintConfig {
    /// Print the reference of all keys (docs/config.md)
    #[arg(long)]
    pub(crate) docs: bool,
}

impl Common {
    /// The configuration of this command.
    pub(crate) fn load(&self) -> Result<Config, ConfigError> {
        self.load_with(Vec::new())
    }

    /// The configuration, with the options of one command on top.
    pub(crate) fn load_with(&self, mut flags: Vec<Flag>) -> Result<Config, ConfigError> {
        if let Some(dir) = &self.data {
            flags.push(Flag {
                name: "--data",
                key: "data.dir",
                value: dir.display().to_string(),
            });
        }
        // A variable that is no text can not be one of ours.
        let env = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
        Config::load(&Sources {
            file: self.config.clone(),
            env: env.collect(),
            flags,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_valid() {
        super::Cli::command().debug_assert();
    }
}
