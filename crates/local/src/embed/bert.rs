//! The forward pass of a BERT encoder over a ragged batch, in 32-bit floats with weights kept as halves.
//!
//! Called by [`super::worker`] through [`super::Model`]. A batch is the tokens of several texts one after the other with
//! no padding: the layers run over all rows at once, attention runs inside each text. Invariant: hidden size, head size
//! and inner size are multiples of sixteen; [`Bert::load`] refuses other models.

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::kernel::{Columns, PANEL, Rows, multiply};
use super::linear::Linear;
use super::{half, math};

/// What `config.json` of such a model says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Shape {
    pub(super) model_type: String,
    pub(super) hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    pub(super) max_position_embeddings: usize,
    #[serde(default = "gelu")]
    hidden_act: String,
    #[serde(default = "epsilon")]
    layer_norm_eps: f32,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn gelu() -> String {
    "gelu".to_owned()
}

fn epsilon() -> f32 {
    1e-12
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// A loaded encoder. Immutable, so any number of threads may run it, each with its own [`Scratch`].
pub(super) struct Bert {
    hidden: usize,
    heads: usize,
    epsilon: f32,
    words: Vec<u16>,
    /// Position embeddings with the embedding of the only token type added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

struct Layer {
    /// Queries (scaled for the softmax), keys and values side by side.
    attention: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    inner: Linear,
    inner_out: Linear,
    inner_norm: Norm,
}

/// Buffers of one thread; they grow to the largest batch it has seen.
#[derive(Default)]
pub(super) struct Scratch {
    x: Vec<f32>,
    attention: Vec<f32>,
    mixed: Vec<f32>,
    inner: Vec<f32>,
    scores: Vec<f32>,
    panel: Vec<f32>,
}

impl Bert {
    /// Reads and packs the weights.
    pub(super) fn load(shape: &Shape, file: &[u8]) -> Result<Self, String> {
        shape.check()?;
        let tensors = SafeTensors::deserialize(file).map_err(|error| error.to_string())?;
        // Some folders keep the encoder beneath a prefix.
        let prefix = if tensors.tensor("bert.embeddings.LayerNorm.weight").is_ok() {
            "bert."
        } else {
            ""
        };
        let weights = Weights { tensors, prefix };
        let hidden = shape.hidden_size;
        let words = weights.read("embeddings.word_embeddings.weight")?;
        let mut positions = weights.read("embeddings.position_embeddings.weight")?;
        let kinds = weights.read("embeddings.token_type_embeddings.weight")?;
        if !words.len().is_multiple_of(hidden) || positions.len() != shape.max_position_embeddings * hidden {
            return Err("the embeddings do not have the shape that config.json says".to_owned());
        }
        for position in positions.chunks_exact_mut(hidden) {
            for (value, kind) in position.iter_mut().zip(&kinds) {
                *value += kind;
            }
        }
        let layers = (0..shape.num_hidden_layers).map(|index| Layer::load(&weights, shape, index));
        Ok(Self {
            hidden,
            heads: shape.num_attention_heads,
            epsilon: shape.layer_norm_eps,
            words: words.into_iter().map(half::from_f32).collect(),
            positions,
            norm: weights.norm("embeddings.LayerNorm", hidden)?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// Values of one vector.
    pub(super) fn dimensions(&self) -> usize {
        self.hidden
    }

    /// Bytes the weights take.
    pub(super) fn bytes(&self) -> usize {
        let parts = |layer: &Layer| {
            let parts = [
                &layer.attention,
                &layer.attention_out,
                &layer.inner,
                &layer.inner_out,
            ];
            parts.map(Linear::bytes).iter().sum::<usize>()
        };
        let layers: usize = self.layers.iter().map(parts).sum();
        self.words.len() * size_of::<u16>() + self.positions.len() * size_of::<f32>() + layers
    }

    /// The last hidden states of a batch: one row for each token, in order. Fails on a token the model does not know or
    /// a text longer than its positions.
    pub(super) fn forward<'s>(
        &self,
        texts: &[&[u32]],
        scratch: &'s mut Scratch,
    ) -> Result<&'s [f32], String> {
        let rows: usize = texts.iter().map(|text| text.len()).sum();
        scratch.x.resize(rows * self.hidden, 0.0);
        self.look_up(texts, &mut scratch.x)?;
        let nothing = &mut scratch.mixed;
        nothing.clear();
        nothing.resize(rows * self.hidden, 0.0);
        math::add_and_norm(
            &mut scratch.x,
            nothing,
            &self.norm.weight,
            &self.norm.bias,
            self.epsilon,
        );
        for layer in &self.layers {
            self.layer(layer, texts, rows, scratch);
        }
        Ok(&scratch.x)
    }

    fn look_up(&self, texts: &[&[u32]], x: &mut [f32]) -> Result<(), String> {
        let mut rows = x.chunks_exact_mut(self.hidden);
        for text in texts {
            if text.len() * self.hidden > self.positions.len() {
                return Err(format!(
                    "{} tokens are more than the model has positions",
                    text.len()
                ));
            }
            for (&token, position) in text.iter().zip(self.positions.chunks_exact(self.hidden)) {
                let from = token as usize * self.hidden;
                let (Some(word), Some(row)) = (self.words.get(from..from + self.hidden), rows.next()) else {
                    return Err(format!("token {token} is not in the model's vocabulary"));
                };
                half::widen(word, row);
                for (value, position) in row.iter_mut().zip(position) {
                    *value += position;
                }
            }
        }
        Ok(())
    }

    fn layer(&self, layer: &Layer, texts: &[&[u32]], rows: usize, scratch: &mut Scratch) {
        let Scratch {
            x,
            attention,
            mixed,
            inner,
            scores,
            panel,
        } = scratch;
        attention.resize(rows * layer.attention.outputs(), 0.0);
        layer.attention.apply(x, rows, attention, panel);
        // The inner buffer is free until the second half of the layer.
        inner.resize(rows * layer.inner.outputs(), 0.0);
        let mut first = 0;
        for text in texts {
            let span = Span {
                first,
                length: text.len(),
            };
            for head in 0..self.heads {
                self.attend(head, span, attention, inner, scores, panel);
            }
            first += text.len();
        }
        layer
            .attention_out
            .apply(&inner[..rows * self.hidden], rows, mixed, panel);
        math::add_and_norm(
            x,
            mixed,
            &layer.attention_norm.weight,
            &layer.attention_norm.bias,
            self.epsilon,
        );

        layer.inner.apply(x, rows, inner, panel);
        math::gelu(inner);
        layer.inner_out.apply(inner, rows, mixed, panel);
        math::add_and_norm(
            x,
            mixed,
            &layer.inner_norm.weight,
            &layer.inner_norm.bias,
            self.epsilon,
        );
    }

    /// One head of one text: `softmax(q kᵀ) v` into the head's columns of `out`.
    fn attend(
        &self,
        head: usize,
        span: Span,
        attention: &[f32],
        out: &mut [f32],
        scores: &mut Vec<f32>,
        panel: &mut Vec<f32>,
    ) {
        let size = self.hidden / self.heads;
        let stride = 3 * self.hidden;
        let start = &[0.0; PANEL];
        let Span { first, length } = span;
        let padded = length.next_multiple_of(PANEL);
        scores.resize(length * padded, 0.0);
        let of_token =
            |token: usize, part: usize| &attention[(first + token) * stride + part * self.hidden..];
        let queries = Rows {
            values: &of_token(0, 0)[head * size..],
            stride,
            count: length,
            depth: size,
        };
        for keys in (0..length).step_by(PANEL) {
            panel.clear();
            panel.resize(size * PANEL, 0.0);
            for lane in 0..PANEL.min(length - keys) {
                let key = &of_token(keys + lane, 1)[head * size..][..size];
                for (k, value) in key.iter().enumerate() {
                    panel[k * PANEL + lane] = *value;
                }
            }
            multiply(
                queries,
                panel,
                start,
                Columns {
                    values: scores,
                    stride: padded,
                    offset: keys,
                },
            );
        }
        for row in scores.chunks_exact_mut(padded) {
            math::softmax(&mut row[..length]);
        }
        let weights = Rows {
            values: scores,
            stride: padded,
            count: length,
            depth: length,
        };
        for column in (0..size).step_by(PANEL) {
            panel.clear();
            for token in 0..length {
                panel.extend_from_slice(&of_token(token, 2)[head * size + column..][..PANEL]);
            }
            let values = &mut out[first * self.hidden..];
            multiply(
                weights,
                panel,
                start,
                Columns {
                    values,
                    stride: self.hidden,
                    offset: head * size + column,
                },
            );
        }
    }
}

/// The rows of one text in the batch.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    length: usize,
}

impl Shape {
    fn check(&self) -> Result<(), String> {
        if self.model_type != "bert"
            || self.position_embedding_type != "absolute"
            || self.hidden_act != "gelu"
        {
            return Err(format!(
                "only BERT encoders with absolute positions and GELU are known, this is {} with {} positions and {}",
                self.model_type, self.position_embedding_type, self.hidden_act
            ));
        }
        let heads = self.num_attention_heads;
        if heads == 0 || !self.hidden_size.is_multiple_of(heads * PANEL) || self.hidden_size > 8192 {
            return Err(format!(
                "a hidden size of {} with {heads} heads is not supported",
                self.hidden_size
            ));
        }
        Ok(())
    }
}

impl Layer {
    fn load(weights: &Weights<'_>, shape: &Shape, index: usize) -> Result<Self, String> {
        let hidden = shape.hidden_size;
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        // The softmax's scale belongs to the queries, where it costs nothing.
        let scale = 1.0 / ((hidden / shape.num_attention_heads) as f32).sqrt();
        let mut matrix = Vec::with_capacity(3 * hidden * hidden);
        let mut bias = Vec::with_capacity(3 * hidden);
        for (part, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let read = |kind: &str| weights.read(&name(&format!("attention.self.{part}.{kind}")));
            matrix.extend(read("weight")?.iter().map(|value| value * scale));
            bias.extend(read("bias")?.iter().map(|value| value * scale));
        }
        let inner = weights.linear(&name("intermediate.dense"), hidden)?;
        if inner.outputs() < hidden {
            return Err(format!(
                "an inner size of {} is smaller than the hidden size {hidden}",
                inner.outputs()
            ));
        }
        Ok(Self {
            attention: Linear::new(&matrix, bias, hidden)?,
            attention_out: weights.linear(&name("attention.output.dense"), hidden)?,
            attention_norm: weights.norm(&name("attention.output.LayerNorm"), hidden)?,
            inner_out: weights.linear(&name("output.dense"), inner.outputs())?,
            inner,
            inner_norm: weights.norm(&name("output.LayerNorm"), hidden)?,
        })
    }
}

/// The tensors of the file, read as `f32`.
struct Weights<'f> {
    tensors: SafeTensors<'f>,
    prefix: &'static str,
}

impl Weights<'_> {
    fn read(&self, name: &str) -> Result<Vec<f32>, String> {
        let name = format!("{}{name}", self.prefix);
        let tensor = self
            .tensors
            .tensor(&name)
            .map_err(|error| format!("{name}: {error}"))?;
        match tensor.dtype() {
            Dtype::F32 => Ok(tensor
                .data()
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()),
            Dtype::F16 => {
                let (halves, _) = tensor.data().as_chunks::<2>();
                Ok(halves
                    .iter()
                    .map(|bytes| half::to_f32(u16::from_le_bytes(*bytes)))
                    .collect())
            }
            other => Err(format!("{name}: weights of type {other:?} are not supported")),
        }
    }

    fn linear(&self, name: &str, inputs: usize) -> Result<Linear, String> {
        let weights = self.read(&format!("{name}.weight"))?;
        Linear::new(&weights, self.read(&format!("{name}.bias"))?, inputs)
            .map_err(|error| format!("{name}: {error}"))
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, String> {
        let norm = Norm {
            weight: self.read(&format!("{name}.weight"))?,
            bias: self.read(&format!("{name}.bias"))?,
        };
        if norm.weight.len() == width && norm.bias.len() == width {
            Ok(norm)
        } else {
            Err(format!("{name}: not {width} values"))
        }
    }
}
