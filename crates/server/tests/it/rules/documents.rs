//! Generated documents are what the code says.

use std::path::PathBuf;

fn committed(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make generate`", path.display()))
}

#[test]
fn openapi_json_is_current() {
    assert!(
        committed("openapi.json") == server::http::openapi::text(),
        "openapi.json is old: run `make generate`"
    );
}

#[test]
fn the_table_of_errors_is_current() {
    assert!(
        committed("docs/errors.md") == server::http::docs::error_table(),
        "docs/errors.md is old: run `make generate`"
    );
}
