//! The API document, OpenAPI 3.1, made of the route table: nothing in it is written twice.
//!
//! `make generate` writes it to `openapi.json` (the web client's types come from there); a test compares the two. Beside
//! the standard fields every operation says who may call it (`x-access`) and what it may cost (`x-budget`).

use std::sync::OnceLock;

use bytes::Bytes;
use http::StatusCode;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::http::problem::{ErrorCode, Rule};
use crate::http::route::{Access, Answer, RouteSpec};
use crate::http::router;

/// The document as bytes, made when it is first asked for.
#[derive(Default)]
pub struct Document {
    bytes: OnceLock<Bytes>,
}

impl Document {
    /// The JSON text.
    pub fn bytes(&self) -> Bytes {
        self.bytes.get_or_init(|| Bytes::from(text())).clone()
    }
}

/// The document as text, two spaces deep, with a newline at its end: the content of `openapi.json`.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// The document.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for spec in router::routes().specs() {
        let operation = operation(spec, &mut generator);
        let path = paths
            .entry(spec.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(spec.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".into(), problem_schema());
    schemas.insert("PageInfo".into(), page_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Stoa",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A self-hosted AI workspace. One answer shape: `{\"data\": …}`; lists add `page`; errors are \
                `application/problem+json`. The /v1 routes speak OpenAI's format.",
            "license": { "name": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": crate::http::auth::SESSION_COOKIE },
            },
        },
        "security": [{ "bearer": [] }, { "cookie": [] }],
    })
}

fn operation(spec: &RouteSpec, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": spec.id,
        "summary": spec.about,
        "tags": [tag(spec.path)],
        "parameters": parameters(spec, generator),
        "responses": responses(spec, generator),
        "x-access": access(spec.access),
        "x-budget": budget(spec),
        "x-cache": spec.cached.map(|namespace| namespace.declared().name),
    });
    if let Value::Object(fields) = &mut operation {
        if spec.access == Access::Public {
            fields.insert("security".into(), json!([]));
        }
        if let Some(body) = spec.body {
            let schema = body(generator);
            fields.insert(
                "requestBody".into(),
                json!({ "required": true, "content": { "application/json": { "schema": schema } } }),
            );
        }
    }
    operation
}

/// What a request may cost; null where there is no limit.
fn budget(spec: &RouteSpec) -> Value {
    json!({
        "statements": (spec.statements_max != u32::MAX).then_some(spec.statements_max),
        "rows": (spec.rows_max != u64::MAX).then_some(spec.rows_max),
    })
}

fn access(access: Access) -> String {
    match access {
        Access::Public => "public".into(),
        Access::SignedIn => "signed_in".into(),
        Access::Visitor => "visitor".into(),
        Access::SystemAdmin => "system_admin".into(),
        Access::Workspace(role) => format!("workspace_{}", role.as_str()),
    }
}

fn tag(path: &str) -> &str {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.next()) {
        (Some("api"), Some("workspaces")) => {
            // Things inside a workspace are listed with what they are.
            parts.nth(1).unwrap_or("workspaces")
        }
        (Some("api"), Some(feature)) => feature,
        (Some("v1"), _) => "gateway",
        _ => "server",
    }
}

fn parameters(spec: &RouteSpec, generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut parameters: Vec<Value> = spec
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    for query in &spec.query {
        let schema = query(generator).to_value();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            // What a route says of a parameter itself stands before what all lists share.
            if parameters.iter().any(|known| known["name"] == name.as_str()) {
                continue;
            }
            let mut property = property.clone();
            let description = property
                .as_object_mut()
                .and_then(|object| object.remove("description"));
            parameters.push(json!({
                "name": name, "in": "query", "required": required.contains(&name.as_str()),
                "description": description.unwrap_or(Value::Null), "schema": property,
            }));
        }
    }
    for parameter in &mut parameters {
        if parameter["description"].is_null()
            && let Value::Object(fields) = parameter
        {
            fields.remove("description");
        }
    }
    parameters
}

fn responses(spec: &RouteSpec, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for answer in &spec.answers {
        let (status, response) = match answer {
            Answer::Data(status, schema) => {
                let schema = json!({ "type": "object", "required": ["data"], "properties": { "data": schema(generator) } });
                (*status, json_content(&schema))
            }
            Answer::List(schema) => {
                let items = schema(generator);
                let schema = json!({
                    "type": "object", "required": ["data", "page"],
                    "properties": { "data": { "type": "array", "items": items }, "page": { "$ref": "#/components/schemas/PageInfo" } },
                });
                (StatusCode::OK, json_content(&schema))
            }
            Answer::Plain(status, schema) => (*status, json_content(&schema(generator).to_value())),
            Answer::Empty(status) => (*status, json!({ "description": "Done." })),
            Answer::Events => (
                StatusCode::OK,
                content("text/event-stream", &json!({ "type": "string" })),
            ),
            Answer::Bytes(kind) => (StatusCode::OK, content(kind, &json!({ "type": "string" }))),
        };
        merge_response(&mut responses, status, response);
    }
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    responses.insert("default".into(), content("application/problem+json", &problem));
    Value::Object(responses)
}

/// A route may answer the same status in two content types (JSON, or a stream when asked).
fn merge_response(responses: &mut Map<String, Value>, status: StatusCode, response: Value) {
    let key = status.as_u16().to_string();
    let Some(present) = responses.get_mut(&key) else {
        responses.insert(key, response);
        return;
    };
    if let (Some(Value::Object(present)), Some(Value::Object(more))) =
        (present.get_mut("content"), response.get("content"))
    {
        present.extend(more.clone());
    }
}

fn json_content(schema: &Value) -> Value {
    content("application/json", schema)
}

fn content(kind: &str, schema: &Value) -> Value {
    json!({ "description": if kind.contains("problem") { "What went wrong." } else { "Done." }, "content": { kind: { "schema": schema } } })
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "code", "detail", "request_id", "errors"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "code": { "type": "string", "enum": codes },
            "detail": { "type": "string" },
            "request_id": { "type": "string" },
            "errors": { "type": "array", "items": {
                "type": "object", "required": ["field", "message", "rule"],
                "properties": {
                    "field": { "type": "string" },
                    "message": { "type": "string" },
                    "rule": { "type": "string", "enum": Rule::NAMES },
                    "limit": { "type": "integer", "description": "With too_short and too_long" },
                },
            } },
        },
    })
}

fn page_schema() -> Value {
    json!({
        "type": "object",
        "required": ["limit", "has_more"],
        "properties": {
            "limit": { "type": "integer" },
            "offset": { "type": "integer" },
            "next": { "type": "string", "description": "`after` of the next page" },
            "has_more": { "type": "boolean" },
            "total": { "type": "integer", "description": "Only with `?count=true`" },
        },
    })
}
