//! The one matrix product of the embedder: rows times a packed panel of sixteen columns.
//!
//! Called by [`super::linear`] for weights and by [`super::bert`] for attention. A panel holds sixteen output columns
//! one after the other for each input (`panel[k * 16 + column]`), so that a row block needs two loads and one broadcast
//! per row for each `k`. On x86-64 with AVX2 and FMA the block runs on 256-bit registers, chosen when the process runs;
//! elsewhere the same sums are plain Rust. Both add in the same order, but only the first fuses multiply and add.

/// Columns of a panel.
pub(super) const PANEL: usize = 16;

/// Rows that a block takes at once: twelve accumulators, two panel halves and a broadcast fill the sixteen registers.
const ROWS: usize = 6;

/// The left side: `count` rows of `depth` values, `stride` values apart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
    pub(super) count: usize,
    pub(super) depth: usize,
}

/// Where the sixteen columns go: rows `stride` values apart, the first column at `offset`.
pub(super) struct Columns<'a> {
    pub(super) values: &'a mut [f32],
    pub(super) stride: usize,
    pub(super) offset: usize,
}

/// `out[row, 0..16] = start + left[row, ..] * panel`.
pub(super) fn multiply(left: Rows<'_>, panel: &[f32], start: &[f32; PANEL], out: Columns<'_>) {
    if left.count == 0 {
        return;
    }
    // Invariant: everything a block touches lies inside the slices; the blocks below rely on it.
    assert!(
        (left.count - 1) * left.stride + left.depth <= left.values.len(),
        "left side out of bounds"
    );
    assert!(left.depth * PANEL <= panel.len(), "panel out of bounds");
    assert!(
        out.offset + (left.count - 1) * out.stride + PANEL <= out.values.len(),
        "columns out of bounds"
    );
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        x86::multiply(left, panel, start, out);
        return;
    }
    portable(left, panel, start, out);
}

fn portable(left: Rows<'_>, panel: &[f32], start: &[f32; PANEL], out: Columns<'_>) {
    for row in 0..left.count {
        let values = &left.values[row * left.stride..][..left.depth];
        let mut sums = *start;
        for (value, weights) in values.iter().zip(panel.chunks_exact(PANEL)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += value * weight;
            }
        }
        out.values[out.offset + row * out.stride..][..PANEL].copy_from_slice(&sums);
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "256-bit loads and stores through pointers; the bounds are asserted in `multiply`"
)]
mod x86 {
    use std::arch::x86_64::{
        __m256, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_storeu_ps,
    };

    use super::{Columns, PANEL, ROWS, Rows};

    pub(super) fn multiply(left: Rows<'_>, panel: &[f32], start: &[f32; PANEL], out: Columns<'_>) {
        let mut row = 0;
        while row < left.count {
            let count = ROWS.min(left.count - row);
            // SAFETY: the caller found AVX2 and FMA and asserted that rows `row..row + count`, the panel and the columns
            // lie inside their slices.
            unsafe {
                let from = left.values.as_ptr().add(row * left.stride);
                let to = out.values.as_mut_ptr().add(out.offset + row * out.stride);
                match count {
                    6 => block::<6>(from, left, panel, start, to, out.stride),
                    5 => block::<5>(from, left, panel, start, to, out.stride),
                    4 => block::<4>(from, left, panel, start, to, out.stride),
                    3 => block::<3>(from, left, panel, start, to, out.stride),
                    2 => block::<2>(from, left, panel, start, to, out.stride),
                    _ => block::<1>(from, left, panel, start, to, out.stride),
                }
            }
            row += count;
        }
    }

    /// # Safety
    /// `from` has `N` rows of `left.depth` values, `to` has `N` rows of sixteen, the panel has `left.depth` times sixteen.
    #[target_feature(enable = "avx2,fma")]
    unsafe fn block<const N: usize>(
        from: *const f32,
        left: Rows<'_>,
        panel: &[f32],
        start: &[f32; PANEL],
        to: *mut f32,
        to_stride: usize,
    ) {
        // SAFETY: see the function's contract.
        unsafe {
            let low = _mm256_loadu_ps(start.as_ptr());
            let high = _mm256_loadu_ps(start.as_ptr().add(8));
            let mut sums: [[__m256; 2]; N] = [[low, high]; N];
            let mut weights = panel.as_ptr();
            for k in 0..left.depth {
                let low = _mm256_loadu_ps(weights);
                let high = _mm256_loadu_ps(weights.add(8));
                weights = weights.add(PANEL);
                for (n, sum) in sums.iter_mut().enumerate() {
                    let value = _mm256_broadcast_ss(&*from.add(n * left.stride + k));
                    sum[0] = _mm256_fmadd_ps(value, low, sum[0]);
                    sum[1] = _mm256_fmadd_ps(value, high, sum[1]);
                }
            }
            for (n, sum) in sums.iter().enumerate() {
                _mm256_storeu_ps(to.add(n * to_stride), sum[0]);
                _mm256_storeu_ps(to.add(n * to_stride + 8), sum[1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every remainder of the row block, and a stride wider than the depth, against sums in `f64`.
    #[test]
    fn agrees_with_plain_sums() {
        for rows in 1..=13 {
            let (depth, stride) = (37, 41);
            let values: Vec<f32> = (0..rows * stride)
                .map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0)
                .collect();
            let panel: Vec<f32> = (0..depth * PANEL)
                .map(|i| ((i * 53 % 97) as f32 - 48.0) / 48.0)
                .collect();
            let start: [f32; PANEL] = std::array::from_fn(|i| i as f32);
            let left = Rows {
                values: &values,
                stride,
                count: rows,
                depth,
            };
            let mut fast = vec![f32::NAN; rows * 20];
            multiply(
                left,
                &panel,
                &start,
                Columns {
                    values: &mut fast,
                    stride: 20,
                    offset: 3,
                },
            );
            let mut plain = vec![f32::NAN; rows * 20];
            portable(
                left,
                &panel,
                &start,
                Columns {
                    values: &mut plain,
                    stride: 20,
                    offset: 3,
                },
            );
            for row in 0..rows {
                for column in 0..PANEL {
                    let exact: f64 = (0..depth)
                        .map(|k| f64::from(values[row * stride + k]) * f64::from(panel[k * PANEL + column]))
                        .sum::<f64>()
                        + f64::from(start[column]);
                    for got in [fast[row * 20 + 3 + column], plain[row * 20 + 3 + column]] {
                        assert!((f64::from(got) - exact).abs() < 1e-4, "{got} is not {exact}");
                    }
                }
                assert!(fast[row * 20].is_nan(), "writes stay inside the sixteen columns");
            }
        }
    }
}
