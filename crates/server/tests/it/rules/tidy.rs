//! The layers and habits that CONTRIBUTING.md promises, read off the source.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn sources(below: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(below), &mut found);
    assert!(!found.is_empty(), "{below} has no source");
    found
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// What is compiled into the product: without comments and unit tests.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Complains about every source below a folder that holds one of the words, but for the files that may.
fn only_in(below: &str, words: &[&str], may: impl Fn(&str) -> bool) {
    let wrong: Vec<String> = sources(below)
        .into_iter()
        .filter(|(path, _)| !may(path))
        .flat_map(|(path, text)| {
            let code = code(&text);
            let hits: Vec<String> = words
                .iter()
                .filter(|word| code.contains(**word))
                .map(|word| format!("{path}: {word}"))
                .collect();
            hits
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sql_is_written_in_stores_alone() {
    only_in("crates/server/src", &["sql::statements!"], |path| {
        path.ends_with("/store.rs")
    });
}

#[test]
fn every_store_is_in_the_list_of_statements() {
    let schema = fs::read_to_string(root().join("crates/server/src/schema.rs")).unwrap();
    for (path, _) in sources("crates/server/src")
        .into_iter()
        .filter(|(path, _)| path.ends_with("/store.rs"))
    {
        let feature = path
            .trim_start_matches("crates/server/src/")
            .trim_end_matches("/store.rs")
            .replace('/', "::");
        assert!(
            schema.contains(&format!("crate::{feature}::store::STATEMENTS")),
            "{path} is not in schema.rs"
        );
    }
}

#[test]
fn lower_crates_know_nothing_of_higher_ones() {
    for (below, words) in [
        (
            "crates/sql/src",
            &["llm::", "use engine::", "server::", "axum::", "reqwest::"][..],
        ),
        (
            "crates/llm/src",
            &["sql::", "use engine::", "server::", "rusqlite", "tokio_postgres"],
        ),
        ("crates/engine/src", &["llm::", "server::", "axum::", "reqwest::"]),
        (
            "crates/search/src",
            &["llm::", "use engine::", "server::", "axum::", "reqwest::"],
        ),
        (
            "crates/pdf/src",
            &["server::", "sql::", "llm::", "use engine::", "tokio::", "axum::"],
        ),
        ("crates/local/src", &["sql::", "use engine::", "server::"]),
        (
            "crates/bench/src",
            &["server::", "llm::", "use engine::", "reqwest::"],
        ),
        (
            "crates/server/src",
            &["local::Local", "rusqlite::", "tokio_postgres::"],
        ),
    ] {
        only_in(below, words, |path| path.contains("/tests"));
    }
}

#[test]
fn axum_stays_in_routes_and_http() {
    only_in("crates/server/src", &["use axum"], |path| {
        path.contains("/http/")
            || path.contains("/routes")
            || path.contains("/gateway/")
            || path.ends_with("start.rs")
            || path.ends_with("export.rs")
            || path.ends_with("tests.rs")
    });
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in sources("crates") {
        assert!(text.starts_with("//!"), "{path} does not begin with what it is");
    }
}

#[test]
fn the_paths_in_the_documents_exist() {
    // What a build or a test makes is named by `.gitignore`, and is not there in a fresh clone.
    let made = fs::read_to_string(root().join(".gitignore")).expect(".gitignore");
    let made: Vec<&str> = made.lines().map(|line| line.trim_matches('/')).collect();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        let text =
            fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
        for name in text.split('`').skip(1).step_by(2) {
            let is_path = name.contains('/')
                && !name.contains([' ', '<', '{', '*', '$', '…', ':', '('])
                && !name.starts_with(['/', '~', '-']);
            let known = [
                "crates/",
                "web/",
                "docs/",
                "scripts/",
                "migrations/",
                "tests/",
                ".ci/",
            ]
            .iter()
            .any(|start| name.starts_with(start));
            if is_path && known {
                assert!(
                    made.contains(&name.trim_end_matches('/')) || root().join(name).exists(),
                    "{document} names {name}, which is not there"
                );
            }
        }
    }
}
