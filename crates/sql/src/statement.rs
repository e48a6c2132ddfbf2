//! Statements: named constants, written once for both databases.
//!
//! [`statements!`](crate::statements) makes them; nothing else in the product does. The text is expanded and its
//! parameters rewritten once, on first use. A name is the module it stands in and the constant in lower case:
//! `GET_MEMORY` in `server::memories::store` is `memories.get_memory`.
//!
//! | written | SQLite | PostgreSQL |
//! |---|---|---|
//! | `$3` | `?3` | `$3` |
//! | `IN {$3}` | `IN (SELECT value FROM json_each(?3))` | `= ANY($3)` |
//! | `NOT IN {$3}` | `NOT IN (SELECT value FROM json_each(?3))` | `<> ALL($3)` |
//! | `{skip_locked}` | nothing | `FOR UPDATE SKIP LOCKED` |
//! | `{for_update}` | nothing | `FOR UPDATE` |

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Kind, scan};

/// How many statements this process has used.
static USED: AtomicUsize = AtomicUsize::new(0);

/// A named SQL statement.
#[derive(Debug)]
pub struct Statement {
    module: &'static str,
    constant: &'static str,
    text: Text,
    ready: OnceLock<Ready>,
}

/// The SQL of a statement as it was written.
#[doc(hidden)]
#[derive(Debug)]
pub enum Text {
    /// One text for both.
    Both(&'static str),
    /// The rare pair.
    Each {
        /// For SQLite.
        sqlite: &'static str,
        /// For PostgreSQL.
        postgres: &'static str,
    },
}

#[derive(Debug)]
struct Ready {
    number: usize,
    name: String,
    sqlite: String,
    postgres: String,
    parameters: usize,
    unmentioned: Option<usize>,
    is_read: bool,
}

impl Statement {
    /// For [`statements!`](crate::statements) alone.
    #[doc(hidden)]
    pub const fn new(module: &'static str, constant: &'static str, text: Text) -> Self {
        Self {
            module,
            constant,
            text,
            ready: OnceLock::new(),
        }
    }

    /// What the statement is called in logs, counters and tests: `memories.get_memory`.
    pub fn name(&'static self) -> &'static str {
        &self.ready().name
    }

    /// Its place among the statements that this process has used, from 0.
    pub(crate) fn number(&self) -> usize {
        self.ready().number
    }

    /// The text as this database gets it.
    pub fn text(&self, kind: Kind) -> &str {
        match kind {
            Kind::Sqlite => &self.ready().sqlite,
            Kind::Postgres => &self.ready().postgres,
        }
    }

    /// Whether it only reads: it starts with SELECT, or with WITH and goes on to a SELECT without changing anything.
    /// Everything else goes to SQLite's writer, also when it returns rows.
    pub fn is_read(&self) -> bool {
        self.ready().is_read
    }

    /// How many parameters it takes: the highest `$n`.
    pub fn parameters(&self) -> usize {
        self.ready().parameters
    }

    /// The first parameter that a text leaves out, a mistake.
    pub(crate) fn unmentioned(&self) -> Option<usize> {
        self.ready().unmentioned
    }

    fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| {
            let (sqlite, postgres) = match self.text {
                Text::Both(text) => (text, text),
                Text::Each { sqlite, postgres } => (sqlite, postgres),
            };
            let for_sqlite = scan::expand(sqlite, Kind::Sqlite);
            let for_postgres = scan::expand(postgres, Kind::Postgres);
            let parameters = for_sqlite.mentioned.len().max(for_postgres.mentioned.len());
            let both = [&for_sqlite.mentioned, &for_postgres.mentioned];
            let lacks = |index: &usize| both.iter().any(|mentioned| mentioned.get(*index) != Some(&true));
            let unmentioned = (0..parameters).find(lacks).map(|index| index + 1);
            Ready {
                number: USED.fetch_add(1, Ordering::Relaxed),
                name: name(self.module, self.constant),
                parameters,
                unmentioned,
                is_read: scan::is_read(sqlite) && scan::is_read(postgres),
                sqlite: for_sqlite.text,
                postgres: for_postgres.text,
            }
        })
    }
}

/// Modules that say what kind of file it is, not what it is about.
const PLAIN_MODULES: [&str; 4] = ["store", "statements", "sql", "tests"];

fn name(module: &str, constant: &str) -> String {
    let mut parts = module.split("::").filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let last = parts
        .filter(|part| !PLAIN_MODULES.contains(part))
        .last()
        .unwrap_or(first);
    format!("{last}.{}", constant.to_ascii_lowercase())
}

/// Declares the statements of a module and the list `STATEMENTS` of them all.
///
/// ```
/// sql::statements! {
///     /// One note of a workspace, for its page.
///     pub(crate) GET_NOTE = "SELECT title FROM notes WHERE workspace_id = $1 AND id = $2";
///     /// The notes that hold a word, where full text differs.
///     SEARCH = sqlite "SELECT id FROM notes WHERE title LIKE $1" postgres "SELECT id FROM notes WHERE title ILIKE $1";
/// }
/// # fn main() {
/// assert_eq!(STATEMENTS.len(), 2);
/// assert!(GET_NOTE.is_read());
/// assert!(GET_NOTE.name().ends_with(".get_note"));
/// # }
/// ```
#[macro_export]
macro_rules! statements {
    ($($rest:tt)*) => { $crate::__statements!([] $($rest)*); };
}

/// The rule behind [`statements!`]: eats one statement at a time, so that both forms may be mixed.
#[doc(hidden)]
#[macro_export]
macro_rules! __statements {
    ([$($done:ident)*]) => {
        /// Every statement of this module, for the test that prepares them all.
        #[allow(dead_code, clippy::allow_attributes, reason = "small modules do not hand on their list")]
        pub(crate) const STATEMENTS: &[&$crate::Statement] = &[$(&$done),*];
    };
    ([$($done:ident)*] $(#[$meta:meta])* $vis:vis $name:ident = sqlite $sqlite:literal postgres $postgres:literal; $($rest:tt)*) => {
        $(#[$meta])*
        $vis static $name: $crate::Statement = $crate::Statement::new(
            module_path!(), stringify!($name), $crate::Text::Each { sqlite: $sqlite, postgres: $postgres },
        );
        $crate::__statements!([$($done)* $name] $($rest)*);
    };
    ([$($done:ident)*] $(#[$meta:meta])* $vis:vis $name:ident = $text:expr; $($rest:tt)*) => {
        $(#[$meta])*
        $vis static $name: $crate::Statement =
            $crate::Statement::new(module_path!(), stringify!($name), $crate::Text::Both($text));
        $crate::__statements!([$($done)* $name] $($rest)*);
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_named_after_what_the_module_is_about() {
        assert_eq!(
            name("server::memories::store", "GET_MEMORY"),
            "memories.get_memory"
        );
        assert_eq!(name("engine::queue", "CLAIM"), "queue.claim");
        assert_eq!(name("server::accounts::store::tests", "X"), "accounts.x");
        assert_eq!(name("sql", "X"), "sql.x");
    }
}
