//! A layer of weights: `y = x Wᵀ + b`, the weights transposed and packed once at load.

use super::half;
use super::kernel::{Columns, PANEL, Rows, multiply};

/// How much of the left side is worked on at a time: it stays in the second-level cache while every panel passes.
const CHUNK_VALUES: usize = 48 * 1024;

/// Packed weights and bias of one layer. The number of outputs is a multiple of sixteen.
pub(super) struct Linear {
    inputs: usize,
    outputs: usize,
    /// Panel after panel, each `inputs` times sixteen halves.
    panels: Vec<u16>,
    bias: Vec<f32>,
}

impl Linear {
    /// Packs `outputs` rows of `inputs` weights. Fails when the shapes do not fit together.
    pub(super) fn new(weights: &[f32], bias: Vec<f32>, inputs: usize) -> Result<Self, String> {
        let outputs = bias.len();
        if inputs == 0 || outputs == 0 || !outputs.is_multiple_of(PANEL) || weights.len() != inputs * outputs
        {
            return Err(format!(
                "a layer of {inputs} inputs and {outputs} outputs with {} weights",
                weights.len()
            ));
        }
        let mut panels = Vec::with_capacity(weights.len());
        for panel in weights.chunks_exact(inputs * PANEL) {
            for k in 0..inputs {
                panels.extend((0..PANEL).map(|column| half::from_f32(panel[column * inputs + k])));
            }
        }
        Ok(Self {
            inputs,
            outputs,
            panels,
            bias,
        })
    }

    /// Values of one row of the result.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Bytes this layer keeps.
    pub(super) fn bytes(&self) -> usize {
        self.panels.len() * size_of::<u16>() + self.bias.len() * size_of::<f32>()
    }

    /// Writes `rows` rows into `out`; `panel` is scratch space that grows to one panel.
    pub(super) fn apply(&self, x: &[f32], rows: usize, out: &mut [f32], panel: &mut Vec<f32>) {
        panel.resize(self.inputs * PANEL, 0.0);
        let chunk = (CHUNK_VALUES / self.inputs).max(1);
        for first in (0..rows).step_by(chunk) {
            let count = chunk.min(rows - first);
            let values = &x[first * self.inputs..][..count * self.inputs];
            let left = Rows {
                values,
                stride: self.inputs,
                count,
                depth: self.inputs,
            };
            let (starts, _) = self.bias.as_chunks::<PANEL>();
            for (index, (halves, start)) in self
                .panels
                .chunks_exact(self.inputs * PANEL)
                .zip(starts)
                .enumerate()
            {
                half::widen(halves, panel);
                let out = Columns {
                    values: &mut out[first * self.outputs..],
                    stride: self.outputs,
                    offset: index * PANEL,
                };
                multiply(left, panel, start, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_by_the_transposed_weights_and_adds_the_bias() {
        let (inputs, outputs, rows) = (700, 32, 75);
        // Eighths are exact as halves, so the sums are exact too.
        let weights: Vec<f32> = (0..inputs * outputs)
            .map(|i| ((i % 17) as f32 - 8.0) / 8.0)
            .collect();
        let bias: Vec<f32> = (0..outputs).map(|i| i as f32 / 4.0).collect();
        let x: Vec<f32> = (0..inputs * rows)
            .map(|i| ((i % 11) as f32 - 5.0) / 8.0)
            .collect();
        let linear = Linear::new(&weights, bias.clone(), inputs).unwrap();
        let mut out = vec![0.0; rows * outputs];
        linear.apply(&x, rows, &mut out, &mut Vec::new());
        for row in 0..rows {
            for column in 0..outputs {
                let expected: f32 = (0..inputs)
                    .map(|k| x[row * inputs + k] * weights[column * inputs + k])
                    .sum::<f32>()
                    + bias[column];
                assert!(
                    (out[row * outputs + column] - expected).abs() < 1e-3,
                    "row {row}, column {column}"
                );
            }
        }
    }

    #[test]
    fn refuses_shapes_that_do_not_fit() {
        assert!(Linear::new(&[0.0; 30], vec![0.0; 15], 2).is_err());
        assert!(Linear::new(&[0.0; 31], vec![0.0; 16], 2).is_err());
    }
}
