//! Reads a JSON object field by field, so that what is wrong is named and what is unknown is left over.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::WireError;

/// A JSON object that is being read. `path` names it in errors, such as `messages[2]`.
pub(crate) struct Fields {
    path: String,
    map: Map<String, Value>,
}

impl Fields {
    pub(crate) fn new(path: impl Into<String>, value: Value) -> Result<Self, WireError> {
        let path = path.into();
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            other => Err(WireError::invalid(
                &path,
                format!("expected an object, got {}", kind(&other)),
            )),
        }
    }

    /// The full name of a field.
    pub(crate) fn name(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    /// A field that may be absent; null counts as absent.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, field: &str) -> Result<Option<T>, WireError> {
        match self.map.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| WireError::invalid(&self.name(field), error.to_string())),
        }
    }

    /// A field that must be there.
    pub(crate) fn require<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, WireError> {
        self.take(field)?
            .ok_or_else(|| WireError::missing(self.name(field)))
    }

    /// What nobody took; nulls are dropped.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()
    }
}

/// What a JSON value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// For fields where null means absent: upstreams and clients differ in which of the two they send.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
