//! Every statement of the product on the live schema: it can be prepared, its plan is known, no hot table is scanned, and
//! the indexes that lists rely on are there.

use std::fmt::Write as _;

use server::{MIGRATIONS, Server, schema};
use sql::testing::TestDb;
use sql::{Kind, SystemClock, query};

/// Statements that may read a whole table, each with its reason.
const MAY_SCAN: &[(&str, &str)] = &[
    ("accounts.any_user", "stops at the first row"),
    ("accounts.insert_user", "stops at the first row"),
    (
        "accounts.another_admin",
        "an administrator's act, on a table of people",
    ),
    ("accounts.delete_expired", "housekeeping, once an hour"),
    (
        "admin.list_users_by_conversations",
        "an administrator sorts a table of people by what is counted",
    ),
    ("admin.list_users_by_conversations_down", "the same"),
    ("admin.list_users_by_cost", "the same"),
    ("admin.list_users_by_cost_down", "the same"),
    ("settings.all", "a dozen rows"),
    ("search.last", "stops at the first row"),
    (
        "search.newest",
        "what full text has found of a word, cut at a bound; no workspaces",
    ),
    (
        "alerts.count",
        "an administrator asks; at most some months of alerts",
    ),
];

#[tokio::test]
async fn every_statement_is_prepared_on_this_database() {
    let database = TestDb::from_env(MIGRATIONS).await;
    let mut wrong = Vec::new();
    for statement in server::statements() {
        if let Err(error) = database.db().prepare_check(statement).await {
            wrong.push(format!("{}: {error}: {}", statement.name(), source(&error)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn source(error: &sql::Error) -> String {
    std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[tokio::test]
async fn plans_are_known_and_no_hot_table_is_scanned() {
    let database = TestDb::sqlite(MIGRATIONS).await;
    let mut plans = String::new();
    let mut scans = Vec::new();
    let mut statements = server::statements();
    statements.sort_by_key(|statement| statement.name().to_owned());
    for statement in statements {
        let plan = database.db().explain(statement).await.unwrap();
        for line in plan.lines().filter(|line| is_hot_scan(line)) {
            if !MAY_SCAN.iter().any(|(name, _)| *name == statement.name()) {
                scans.push(format!("{}: {}", statement.name(), line.trim()));
            }
        }
        writeln!(plans, "{}\n{}\n", statement.name(), plan.trim_end()).unwrap();
    }
    assert!(
        scans.is_empty(),
        "these statements read a whole table:\n{}",
        scans.join("\n")
    );
    insta::assert_snapshot!("plans", plans);
}

/// A scan of a growing table, other than along an index that gives the order of a list.
fn is_hot_scan(line: &str) -> bool {
    let Some(rest) = line
        .trim_start_matches(['|', '-', '`', ' '])
        .strip_prefix("SCAN ")
    else {
        return false;
    };
    let table = rest.split(' ').next().unwrap_or_default();
    // Aliases are one or two letters; the statements' own names for the hot tables.
    let alias = matches!(table, "u" | "c" | "m" | "w" | "v" | "x" | "r" | "s");
    (schema::GROWING.contains(&table) || alias) && !rest.contains("USING")
}

#[tokio::test]
async fn a_missing_index_stops_the_start_and_is_named() {
    sql::statements! {
        /// What somebody might do by hand.
        DROP = "DROP INDEX messages_id_key";
    }
    let database = TestDb::from_env(MIGRATIONS).await;
    assert_eq!(
        schema::missing_indexes(database.db()).await.unwrap(),
        Vec::<&str>::new()
    );
    query(&DROP).execute(database.db()).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let flags = [("data.dir", data.path().display().to_string())];
    let flags = flags
        .map(|(key, value)| server::config::Flag {
            name: key,
            key,
            value,
        })
        .to_vec();
    let config = server::config::Config::load(&server::config::Sources {
        flags,
        ..Default::default()
    })
    .unwrap();
    let deps = server::Deps {
        clock: std::sync::Arc::new(SystemClock),
        ..Default::default()
    };
    let Err(refused) = Server::build_on(config, deps, database.db().clone()).await else {
        panic!("it started")
    };
    assert!(refused.to_string().contains("messages_id_key"), "{refused}");
}

#[test]
fn both_schemas_have_the_same_tables_and_indexes() {
    let names = |kind: Kind| {
        let text: String = MIGRATIONS
            .iter()
            .map(|migration| sql::expand(migration.text, kind))
            .collect();
        let mut names: Vec<String> = text
            .lines()
            .filter_map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let at = words
                    .iter()
                    .position(|word| *word == "TABLE" || *word == "INDEX")?;
                (words.first() == Some(&"CREATE")).then(|| words[at + 1].to_owned())
            })
            // Full text is where they differ: a table beside the passages, or an index of theirs.
            .filter(|name| !["passage_words", "passages_words_idx"].contains(&name.as_str()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(Kind::Sqlite), names(Kind::Postgres));
    assert!(names(Kind::Sqlite).len() > 40);
}
