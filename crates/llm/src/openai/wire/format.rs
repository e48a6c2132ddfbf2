//! The form of the answer: `response_format` of chat completions, and `text.format` of Responses.

use serde_json::Value;

use super::WireError;
use super::fields::Fields;

/// Most characters of a schema's name, as OpenAI has it.
const NAME_CHARS_MAX: usize = 64;

/// Refuses a form that no model could be told. What an upstream knows beside these fields goes on to it.
pub(super) fn check_format(path: &str, format: Value) -> Result<(), WireError> {
    let mut fields = Fields::new(path, format)?;
    let kind: String = fields.require("type")?;
    match kind.as_str() {
        "text" | "json_object" => Ok(()),
        "json_schema" => {
            let schema = fields.require::<Value>("json_schema")?;
            check_schema(&fields.name("json_schema"), schema)
        }
        other => {
            let why = format!("`{other}` is none of `text`, `json_object` and `json_schema`");
            Err(WireError::invalid(&fields.name("type"), why))
        }
    }
}

/// Refuses a schema without a name, or a name without a schema.
pub(crate) fn check_schema(path: &str, schema: Value) -> Result<(), WireError> {
    let mut fields = Fields::new(path, schema)?;
    let name: String = fields.require("name")?;
    let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        let why = format!("takes 1 to {NAME_CHARS_MAX} of a-z, A-Z, 0-9, `_` and `-`");
        return Err(WireError::invalid(&fields.name("name"), why));
    }
    let place = fields.name("schema");
    Fields::new(place, fields.require("schema")?).map(drop)
}
