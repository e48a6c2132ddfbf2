//! Text embeddings: BERT encoders read from a folder of the models directory.
//!
//! [`crate::Local`] opens an [`Encoder`] for each folder it is asked for; the encoder owns the threads. A folder holds
//! `config.json`, `model.safetensors` and `tokenizer.json`. How its vectors are made comes from the files that
//! sentence-transformers writes beside them, when they are there:
//!
//! | file | what is taken from it | without it |
//! |---|---|---|
//! | `1_Pooling/config.json` | `pooling_mode_cls_token` | the mean of all tokens |
//! | `sentence_bert_config.json` | `max_seq_length` | 256 tokens |
//! | `config_sentence_transformers.json` | `prompts.query`, `prompts.passage` (or `document`) put before the text | none |
//!
//! What always holds: vectors have length one; a text's vector does not depend on what else was in the call.

mod bert;
mod half;
mod kernel;
mod linear;
mod math;
mod worker;

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokenizers::{Tokenizer, TruncationParams};

use bert::{Bert, Scratch, Shape};
pub(crate) use worker::{Encoder, EncoderLimits};

/// What a folder must hold to be an embedding model.
pub(crate) const FILES: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];

/// The same text as a question and as something to be found may need different words before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Passage,
    Query,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pooling {
    Mean,
    First,
}

/// A loaded embedding model.
pub(crate) struct Model {
    bert: Bert,
    tokenizer: Tokenizer,
    pooling: Pooling,
    query_prefix: String,
    passage_prefix: String,
}

impl Model {
    /// Reads a folder. The error says which file is wrong and how.
    fn load(folder: &Path) -> Result<Self, String> {
        let in_file = |file: &str, error: String| format!("{}: {error}", folder.join(file).display());
        let shape: Shape = read_json(&folder.join("config.json"))?
            .ok_or_else(|| in_file("config.json", "the file is missing".to_owned()))?;
        let pooling: PoolingFile = read_json(&folder.join("1_Pooling/config.json"))?.unwrap_or_default();
        let sentences: SentencesFile =
            read_json(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let prompts: PromptsFile =
            read_json(&folder.join("config_sentence_transformers.json"))?.unwrap_or_default();
        let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))
            .map_err(|error| in_file("tokenizer.json", error.to_string()))?;
        // The file's own limits are those of its export (128 tokens, padded to 128), not the model's.
        let max_length = sentences.max_seq_length.clamp(8, shape.max_position_embeddings);
        tokenizer
            .with_truncation(Some(TruncationParams {
                max_length,
                ..TruncationParams::default()
            }))
            .map_err(|error| in_file("tokenizer.json", error.to_string()))?;
        tokenizer.with_padding(None);
        let weights = std::fs::read(folder.join("model.safetensors"))
            .map_err(|error| in_file("model.safetensors", error.to_string()))?;
        let bert = Bert::load(&shape, &weights).map_err(|error| in_file("model.safetensors", error))?;
        let PromptsFile {
            prompts:
                Prompts {
                    query,
                    passage,
                    document,
                },
        } = prompts;
        Ok(Self {
            bert,
            tokenizer,
            pooling: if pooling.pooling_mode_cls_token {
                Pooling::First
            } else {
                Pooling::Mean
            },
            query_prefix: query,
            passage_prefix: if passage.is_empty() { document } else { passage },
        })
    }

    /// The tokens of a text as far as the model reads, and whether that is not all of it.
    fn tokens(&self, text: &str, purpose: Purpose) -> Result<(Vec<u32>, bool), String> {
        let prefix = match purpose {
            Purpose::Query => &self.query_prefix,
            Purpose::Passage => &self.passage_prefix,
        };
        let encoding = if prefix.is_empty() {
            self.tokenizer.encode_fast(text, true)
        } else {
            self.tokenizer.encode_fast(format!("{prefix}{text}"), true)
        };
        encoding
            .map(|encoding| {
                (
                    encoding.get_ids().to_vec(),
                    !encoding.get_overflowing().is_empty(),
                )
            })
            .map_err(|error| error.to_string())
    }

    /// One vector for each token list, in order.
    fn embed(&self, batch: &[&[u32]], scratch: &mut Scratch) -> Result<Vec<Vec<f32>>, String> {
        let width = self.bert.dimensions();
        let mut states = self.bert.forward(batch, scratch)?;
        let mut vectors = Vec::with_capacity(batch.len());
        for text in batch {
            let (own, rest) = states.split_at(text.len() * width);
            states = rest;
            let mut vector = match self.pooling {
                Pooling::First => own[..width].to_vec(),
                Pooling::Mean => {
                    let mut sum = vec![0.0; width];
                    for row in own.chunks_exact(width) {
                        for (sum, value) in sum.iter_mut().zip(row) {
                            *sum += value;
                        }
                    }
                    sum
                }
            };
            math::normalise(&mut vector);
            vectors.push(vector);
        }
        Ok(vectors)
    }

    /// Bytes this model keeps, about: the tokenizer's tables are small beside the weights.
    fn bytes(&self) -> usize {
        self.bert.bytes() + self.tokenizer.get_vocab_size(true) * 200
    }
}

#[derive(Default, Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
}

#[derive(Deserialize)]
struct SentencesFile {
    max_seq_length: usize,
}

impl Default for SentencesFile {
    fn default() -> Self {
        Self { max_seq_length: 256 }
    }
}

#[derive(Default, Deserialize)]
struct PromptsFile {
    #[serde(default)]
    prompts: Prompts,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    query: String,
    #[serde(default)]
    passage: String,
    #[serde(default)]
    document: String,
}

/// A JSON file, or `None` when there is no such file.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}
