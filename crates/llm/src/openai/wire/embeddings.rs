//! `POST /v1/embeddings`: its body and its answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value, json};

use super::WireError;
use super::fields::{Fields, kind};
use crate::Embeddings;

/// Most texts of one call, as OpenAI has it.
const TEXTS_MAX: usize = 2048;

/// How vectors are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbeddingEncoding {
    /// Lists of numbers.
    #[default]
    Float,
    /// Base64 of little-endian 32-bit floats; what the official clients ask for.
    Base64,
}

/// A read body.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingCall {
    /// The outward name of the model.
    pub model: String,
    /// What to embed.
    pub texts: Vec<String>,
    /// How to write the vectors.
    pub encoding: EmbeddingEncoding,
    /// The length the caller wants, when it wants another than the model's.
    pub dimensions: Option<usize>,
    /// Other parameters.
    pub extra: Map<String, Value>,
}

impl EmbeddingCall {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, WireError> {
        let value: Value = serde_json::from_slice(body).map_err(|error| WireError::invalid("", error))?;
        let mut fields = Fields::new("", value)?;
        let model = fields.require("model")?;
        let texts = parse_input(fields.require("input")?)?;
        let encoding = match fields.take::<String>("encoding_format")?.as_deref() {
            None | Some("float") => EmbeddingEncoding::Float,
            Some("base64") => EmbeddingEncoding::Base64,
            Some(other) => {
                return Err(WireError::invalid(
                    "encoding_format",
                    format!("`{other}` is neither `float` nor `base64`"),
                ));
            }
        };
        let dimensions = fields.take("dimensions")?;
        Ok(Self {
            model,
            texts,
            encoding,
            dimensions,
            extra: fields.rest(),
        })
    }
}

fn parse_input(input: Value) -> Result<Vec<String>, WireError> {
    let items = match input {
        Value::String(text) => return Ok(vec![text]),
        Value::Array(items) => items,
        other => {
            return Err(WireError::invalid(
                "input",
                format!("expected text, got {}", kind(&other)),
            ));
        }
    };
    if items.is_empty() || items.len() > TEXTS_MAX {
        return Err(WireError::invalid(
            "input",
            format!("expected 1 to {TEXTS_MAX} texts, got {}", items.len()),
        ));
    }
    let text = |item| match item {
        Value::String(text) => Ok(text),
        Value::Number(_) | Value::Array(_) => Err(WireError::invalid(
            "input",
            "token numbers are not understood, send text (LangChain: `check_embedding_ctx_length=False`)",
        )),
        other => Err(WireError::invalid(
            "input",
            format!("expected text, got {}", kind(&other)),
        )),
    };
    items.into_iter().map(text).collect()
}

/// The answer. Serialise it as the body.
#[derive(Clone, Debug)]
pub struct EmbeddingList<'a> {
    /// The outward name of the model.
    pub model: &'a str,
    /// The vectors and what they cost.
    pub embeddings: &'a Embeddings,
    /// How to write them.
    pub encoding: EmbeddingEncoding,
}

impl Serialize for EmbeddingList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tokens = self.embeddings.prompt_tokens;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("object", "list")?;
        map.serialize_entry("data", &Data(self))?;
        map.serialize_entry("model", self.model)?;
        map.serialize_entry("usage", &json!({"prompt_tokens": tokens, "total_tokens": tokens}))?;
        map.end()
    }
}

struct Data<'a>(&'a EmbeddingList<'a>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let vectors = &self.0.embeddings.vectors;
        let mut list = serializer.serialize_seq(Some(vectors.len()))?;
        for (index, vector) in vectors.iter().enumerate() {
            list.serialize_element(&Entry {
                index,
                vector,
                encoding: self.0.encoding,
            })?;
        }
        list.end()
    }
}

struct Entry<'a> {
    index: usize,
    vector: &'a [f32],
    encoding: EmbeddingEncoding,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("object", "embedding")?;
        map.serialize_entry("index", &self.index)?;
        match self.encoding {
            EmbeddingEncoding::Float => map.serialize_entry("embedding", self.vector)?,
            EmbeddingEncoding::Base64 => {
                let bytes: Vec<u8> = self
                    .vector
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect();
                map.serialize_entry("embedding", &STANDARD.encode(bytes))?;
            }
        }
        map.end()
    }
}
