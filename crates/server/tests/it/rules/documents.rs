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
fn every_body_refuses_names_that_it_does_not_know() {
    let document = server::http::openapi::document();
    let schemas = &document["components"]["schemas"];
    let resolved = |schema: &serde_json::Value| {
        let of_option = schema["anyOf"].as_array().and_then(|any| any.first());
        let name = of_option.unwrap_or(schema)["$ref"].as_str();
        schemas[name.unwrap_or_default().rsplit('/').next().unwrap_or_default()].clone()
    };
    for (path, methods) in document["paths"].as_object().unwrap() {
        // The formats of others have parameters that Stoa passes on.
        for (method, operation) in methods
            .as_object()
            .unwrap()
            .iter()
            .filter(|_| path.starts_with("/api/"))
        {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            if body.is_null() {
                continue;
            }
            let schema = resolved(body);
            let closed = schema["additionalProperties"] == false || schema["unevaluatedProperties"] == false;
            assert!(
                closed,
                "{method} {path}: add `#[serde(deny_unknown_fields)]` to its body"
            );
        }
    }
}

#[test]
fn the_table_of_errors_is_current() {
    assert!(
        committed("docs/errors.md") == server::http::docs::error_table(),
        "docs/errors.md is old: run `make generate`"
    );
}
