//! What a transformer layer does between its products: GELU, softmax, LayerNorm, the unit length.
//!
//! Each is one plain Rust body, compiled twice: for any processor, and with AVX2 and FMA enabled so that the compiler
//! uses wide registers. Which copy runs is decided when the process runs. The bodies are written for that: no call of the
//! mathematics library inside a loop, sums in sixteen lanes.

#![expect(
    clippy::inline_always,
    reason = "the bodies must be compiled into the copy that has the wide registers"
)]

use super::kernel::PANEL as LANES;

/// Compiles a body twice and calls the right copy.
macro_rules! both_copies {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) = $body:path) => {
        $(#[$doc])*
        #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the AVX2 copy runs only where AVX2 was found"))]
        pub(super) fn $name($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide($($arg: $type),*) {
                    $body($($arg),*);
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    // SAFETY: the features that the copy needs were found on the line above.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*);
        }
    };
}

both_copies! {
    /// The exact GELU, in place: `x/2 (1 + erf(x/√2))`.
    gelu(values: &mut [f32]) = gelu_body
}
both_copies! {
    /// Softmax over the whole slice, in place.
    softmax(values: &mut [f32]) = softmax_body
}
both_copies! {
    /// `x = norm(x + added) * weight + bias` for every row of `weight.len()` values.
    add_and_norm(x: &mut [f32], added: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) = add_and_norm_body
}

/// `eˣ` by a polynomial after taking out the power of two; relative error below 2e-7 where the result is normal.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 · 2²³ rounds to a whole number without a call.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = ((((1.987_569_1e-4 * r + 1.398_199_9e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r
        + 1.666_666_5e-1)
        * r
        + 0.5;
    let power = f32::from_bits((((n as i32) + 127) << 23) as u32);
    (p * r * r + r + 1.0) * power
}

/// Abramowitz and Stegun 7.1.26, absolute error below 2e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let p = ((((1.061_405_4 * t - 1.453_152_1) * t + 1.421_413_8) * t - 0.284_496_72) * t + 0.254_829_6) * t;
    (1.0 - p * exp(-z * z)).copysign(x)
}

#[inline(always)]
fn gelu_body(values: &mut [f32]) {
    for value in values {
        *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
    }
}

#[inline(always)]
fn softmax_body(values: &mut [f32]) {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    let highest = lanes
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |highest, &value| highest.max(value));
    for value in values.iter_mut() {
        *value = exp(*value - highest);
    }
    let scale = 1.0 / sum(values);
    for value in values {
        *value *= scale;
    }
}

#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).sum()
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value * value;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|value| value * value).sum::<f32>()
}

#[inline(always)]
fn add_and_norm_body(x: &mut [f32], added: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let width = weight.len();
    for (row, added) in x.chunks_exact_mut(width).zip(added.chunks_exact(width)) {
        for (value, add) in row.iter_mut().zip(added) {
            *value += add;
        }
        let mean = sum(row) / width as f32;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let scale = 1.0 / (sum_of_squares(row) / width as f32 + epsilon).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *value = *value * scale * weight + bias;
        }
    }
}

/// Scales to length one; a zero vector stays.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = sum_of_squares(vector).sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close_everywhere() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert!(exp(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn gelu_agrees_with_known_values() {
        // From a double-precision error function.
        let cases = [
            (-6.0, -5.919_525e-9),
            (-3.0, -0.004_049_694),
            (-1.0, -0.158_655_25),
            (-0.1, -0.046_017_22),
            (0.0, 0.0),
            (0.5, 0.345_731_23),
            (1.0, 0.841_344_7),
            (2.5, 2.484_475),
            (8.0, 8.0),
        ];
        let mut values: Vec<f32> = cases.iter().map(|case| case.0).collect();
        gelu(&mut values);
        for (got, (x, expected)) in values.iter().zip(cases) {
            assert!(
                (got - expected).abs() < 1e-6,
                "gelu({x}) is {got}, not {expected}"
            );
        }
    }

    #[test]
    fn softmax_sums_to_one_and_survives_large_scores() {
        for length in [1, 15, 16, 17, 190] {
            let mut values: Vec<f32> = (0..length).map(|i| (i % 7) as f32 * 300.0).collect();
            let expected_top = (0..length).filter(|i| i % 7 == (length - 1).min(6)).count() as f32;
            softmax(&mut values);
            assert!((values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            let top = values.iter().copied().fold(0.0, f32::max);
            assert!((top - 1.0 / expected_top).abs() < 1e-5, "{length}: {top}");
        }
    }

    #[test]
    fn a_normed_row_has_the_mean_and_spread_of_weight_and_bias() {
        let width = 384;
        let mut x: Vec<f32> = (0..2 * width).map(|i| (i % 23) as f32 * 3.0).collect();
        let added = vec![1.0; 2 * width];
        add_and_norm(&mut x, &added, &vec![2.0; width], &vec![0.5; width], 1e-12);
        for row in x.chunks_exact(width) {
            let mean = row.iter().sum::<f32>() / width as f32;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / width as f32;
            assert!(
                (mean - 0.5).abs() < 1e-4 && (variance - 4.0).abs() < 1e-3,
                "mean {mean}, variance {variance}"
            );
        }
    }
}
