//! The values that statements take: a closed list, the same for both databases.
//!
//! SQLite keeps a bool as 0 or 1, a time as microseconds, JSON as text and a vector as little-endian `f32`s;
//! PostgreSQL has a type for each but the vector, which is BYTEA with the same bytes.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::Time;

/// A value that can be bound to a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL; fits every column.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// A text, also every id.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A point in time.
    Time(Time),
    /// A JSON document, serialised.
    Json(String),
    /// An embedding.
    Vector(Vec<f32>),
    /// A list for `IN {$n}`.
    TextList(Vec<String>),
    /// The same of integers.
    IntList(Vec<i64>),
    /// What could not be turned into a value; the statement that gets it fails with this text.
    #[doc(hidden)]
    Invalid(String),
}

impl Value {
    /// What the value is called in error messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Real(_) => "real",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Time(_) => "time",
            Self::Json(_) => "json",
            Self::Vector(_) => "vector",
            Self::TextList(_) => "text list",
            Self::IntList(_) => "integer list",
            Self::Invalid(_) => "invalid",
        }
    }

    /// Why the value can be bound nowhere, if so. PostgreSQL's texts hold no NUL character, so none gets into SQLite.
    pub(crate) fn fault(&self) -> Option<&str> {
        const NUL: &str = "a text holds a NUL character";
        match self {
            Self::Invalid(detail) => Some(detail),
            // SQLite would make it NULL without a word.
            Self::Real(number) if number.is_nan() => Some("it is not a number"),
            Self::Text(text) | Self::Json(text) if text.as_bytes().contains(&0) => Some(NUL),
            Self::TextList(texts) if texts.iter().any(|text| text.as_bytes().contains(&0)) => Some(NUL),
            _ => None,
        }
    }
}

/// Something that is kept as a JSON document: bind it, or read it back from a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> From<Json<T>> for Value {
    fn from(json: Json<T>) -> Self {
        match serde_json::to_string(&json.0) {
            Ok(text) => Self::Json(text),
            Err(error) => Self::Invalid(format!("not serialisable: {error}")),
        }
    }
}

/// The bytes of a vector as both databases keep them.
pub(crate) fn vector_to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The vector that these bytes are, unless their number is odd.
pub(crate) fn vector_from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let (numbers, []) = bytes.as_chunks::<4>() else {
        return None;
    };
    Some(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}

macro_rules! from {
    ($($from:ty => |$value:ident| $make:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self { $make }
        })*
    };
}

from! {
    Vec<i64> => |value| Self::IntList(value);
    bool => |value| Self::Bool(value);
    i64 => |value| Self::Int(value);
    i32 => |value| Self::Int(i64::from(value));
    u32 => |value| Self::Int(i64::from(value));
    u16 => |value| Self::Int(i64::from(value));
    u8 => |value| Self::Int(i64::from(value));
    // Larger than any counter can become; a value beyond it is refused instead of wrapped.
    u64 => |value| i64::try_from(value).map_or_else(|_| Self::Invalid(format!("{value} does not fit into 64 bits with sign")), Self::Int);
    usize => |value| Self::from(value as u64);
    f64 => |value| Self::Real(value);
    f32 => |value| Self::Real(f64::from(value));
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    &str => |value| Self::Text(value.to_owned());
    std::borrow::Cow<'_, str> => |value| Self::Text(value.into_owned());
    std::sync::Arc<str> => |value| Self::Text(value.as_ref().to_owned());
    Box<str> => |value| Self::Text(value.into());
    Vec<u8> => |value| Self::Bytes(value);
    &[u8] => |value| Self::Bytes(value.to_vec());
    bytes::Bytes => |value| Self::Bytes(value.into());
    Time => |value| Self::Time(value);
    &Time => |value| Self::Time(*value);
    serde_json::Value => |value| Self::Json(value.to_string());
    &serde_json::Value => |value| Self::Json(value.to_string());
    Box<RawValue> => |value| Self::Json(value.get().to_owned());
    &RawValue => |value| Self::Json(value.get().to_owned());
    Vec<f32> => |value| Self::Vector(value);
    &[f32] => |value| Self::Vector(value.to_vec());
    Vec<String> => |value| Self::TextList(value);
    &[String] => |value| Self::TextList(value.to_vec());
    &[&str] => |value| Self::TextList(value.iter().map(|text| (*text).to_owned()).collect());
    Vec<&str> => |value| Self::TextList(value.into_iter().map(str::to_owned).collect());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wraps_around() {
        assert_eq!(Value::from(u32::MAX), Value::Int(4_294_967_295));
        assert!(matches!(Value::from(u64::MAX), Value::Invalid(_)));
        assert_eq!(Value::from(None::<&str>), Value::Null);
        assert_eq!(Value::from(Some("a")), Value::Text("a".to_owned()));
    }

    #[test]
    fn what_is_not_json_is_told_when_it_is_bound() {
        let map = std::collections::BTreeMap::from([(vec![1], 2)]);
        let value = Value::from(Json(map));
        assert!(
            value.fault().unwrap().starts_with("not serialisable"),
            "{value:?}"
        );
    }

    #[test]
    fn what_the_databases_do_not_keep_alike_is_refused() {
        assert!(Value::from(f64::NAN).fault().is_some());
        assert!(Value::from(f64::INFINITY).fault().is_none());
        assert!(Value::from("a\0b").fault().is_some());
        assert!(Value::from(vec!["a\0b"]).fault().is_some());
        assert!(Value::from("ab").fault().is_none());
        assert!(Value::from(vec![0_u8]).fault().is_none());
    }

    #[test]
    fn vectors_survive_the_way_through_bytes() {
        let vector = vec![0.0, -1.5, f32::MAX, f32::MIN_POSITIVE];
        assert_eq!(vector_from_bytes(&vector_to_bytes(&vector)).unwrap(), vector);
        assert_eq!(vector_from_bytes(&[1, 2, 3]), None);
    }
}
