//! What a request asks of any list, whatever the route: which rows of one that comes whole, which fields of each row.
//!
//! The middleware lets the answer of a list know the request ([`during`]); [`Page`](crate::http::page::Page) reads it when
//! it is written, after everything else that may refuse the request. The names of the fields are those of the schema that
//! the route declares, so an unknown one is refused in an empty list too.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::Uri;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::http::json::parameters;
use crate::http::page::PageParams;
use crate::http::problem::Problem;
use crate::http::route::{Answer, RouteSpec, SchemaOf};

/// The query parameters of every route that answers with a list.
#[derive(Debug, JsonSchema)]
pub struct ListParams {
    /// Rows of a page: 1 to 100; all of them when absent, in a list that comes whole.
    pub limit: Option<u32>,
    /// Rows to pass over.
    pub offset: Option<u64>,
    /// Only these fields of each row, separated by commas.
    pub fields: Option<String>,
}

/// The fields that the rows of a route have.
pub struct RowFields {
    of: SchemaOf,
    names: OnceLock<Vec<String>>,
}

impl RowFields {
    /// Those of this route, if it answers with a list.
    pub fn of(spec: &RouteSpec) -> Option<Arc<Self>> {
        let of = spec.answers.iter().find_map(|answer| match answer {
            Answer::List(of) => Some(*of),
            _ => None,
        })?;
        let names = OnceLock::new();
        Some(Arc::new(Self { of, names }))
    }

    /// Found out when somebody asks for the first time: most lists are never asked.
    fn names(&self) -> &[String] {
        self.names.get_or_init(|| {
            let mut generator = SchemaGenerator::default();
            let schema = (self.of)(&mut generator).to_value();
            let definitions = generator.take_definitions(true);
            let mut names = Vec::new();
            collect(&schema, &definitions, &mut names);
            names
        })
    }
}

/// The names of the properties of an object, wherever its schema has them.
fn collect(schema: &Value, definitions: &Map<String, Value>, names: &mut Vec<String>) {
    let referred = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    if let Some(definition) = referred.and_then(|name| definitions.get(name)) {
        collect(definition, definitions, names);
    }
    for name in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    for part in ["allOf", "anyOf", "oneOf"] {
        for part in schema[part].as_array().into_iter().flatten() {
            collect(part, definitions, names);
        }
    }
}

tokio::task_local! {
    static REQUEST: (Uri, Arc<RowFields>);
}

/// Answers the request; the list that it is answered with knows what it asks.
pub async fn during(fields: Option<Arc<RowFields>>, request: Request, next: Next) -> Response {
    match fields {
        Some(fields) if request.uri().query().is_some() => {
            let about = (request.uri().clone(), fields);
            REQUEST.scope(about, next.run(request)).await
        }
        _ => next.run(request).await,
    }
}

/// What is asked of a list.
pub struct Asked {
    /// Which rows.
    pub page: PageParams,
    /// Which fields of each; all when absent.
    pub fields: Option<Vec<String>>,
}

/// What the present request asks of its list; nothing where it has no query.
pub fn asked() -> Result<Option<Asked>, Problem> {
    let present = REQUEST.try_with(|(uri, fields)| {
        let page: PageParams = parameters(uri)?;
        let fields = page.fields.as_deref().map(|text| chosen(text, fields.names()));
        let fields = fields.transpose()?.filter(|fields| !fields.is_empty());
        Ok(Asked { page, fields })
    });
    present.ok().transpose()
}

/// The names in this text, each of which there must be.
fn chosen(text: &str, known: &[String]) -> Result<Vec<String>, Problem> {
    let chosen = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let chosen: Vec<String> = chosen.map(str::to_owned).collect();
    match chosen.iter().find(|name| !known.contains(name)) {
        None => Ok(chosen),
        Some(unknown) => {
            let message = format!("there is no field {unknown:?}; there are {}", known.join(", "));
            Err(Problem::invalid("fields", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::route::Answer;

    #[test]
    fn every_list_knows_the_fields_of_its_rows() {
        for spec in crate::http::router::routes().specs() {
            let is_list = spec
                .answers
                .iter()
                .any(|answer| matches!(answer, Answer::List(_)));
            let fields = RowFields::of(spec);
            assert_eq!(fields.is_some(), is_list, "{}", spec.id);
            if let Some(fields) = fields {
                assert!(!fields.names().is_empty(), "{} has rows without fields", spec.id);
            }
        }
    }
}
