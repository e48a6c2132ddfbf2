//! Sixteen-bit floats: how weights are kept. Half the memory and half the traffic of `f32`; the vectors differ from
//! those of full weights by less than 1e-6 in cosine.

/// The nearest half-precision value, ties to even; out of range becomes infinite.
pub(super) fn from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let exponent = ((bits >> 23) & 0xff) as i32 - 127;
    let mantissa = bits & 0x7f_ffff;
    if exponent == 128 {
        return sign | 0x7c00 | if mantissa == 0 { 0 } else { 0x200 };
    }
    if exponent > 15 {
        return sign | 0x7c00;
    }
    if exponent < -25 {
        return sign;
    }
    // Normal numbers keep ten bits behind the implied one, subnormal ones fewer; the carry of the rounding may run into
    // the exponent, which is then right as it stands.
    let (base, full, shift) = if exponent >= -14 {
        (((exponent + 15) as u32) << 10, mantissa, 13)
    } else {
        (0, mantissa | 0x80_0000, (-1 - exponent) as u32)
    };
    let kept = full >> shift;
    let rest = full & ((1 << shift) - 1);
    let half = 1u32 << (shift - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    sign | (base + kept + u32::from(up)) as u16
}

/// The value of a half.
pub(super) fn to_f32(half: u16) -> f32 {
    // Shifted into place, a half is an f32 whose exponent is 112 too small; the product corrects it, subnormals included.
    let magnitude = f32::from_bits(u32::from(half & 0x7fff) << 13) * f32::from_bits((254 - 15) << 23);
    let magnitude = if half & 0x7c00 == 0x7c00 {
        f32::from_bits(magnitude.to_bits() | 0x7f80_0000)
    } else {
        magnitude
    };
    if half & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// Widens a whole slice.
pub(super) fn widen(halves: &[u16], out: &mut [f32]) {
    assert_eq!(halves.len(), out.len(), "as many values as halves");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("f16c") && std::arch::is_x86_feature_detected!("avx") {
        x86::widen(halves, out);
        return;
    }
    for (value, &half) in out.iter_mut().zip(halves) {
        *value = to_f32(half);
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "128-bit loads through pointers, inside chunks of eight"
)]
mod x86 {
    use std::arch::x86_64::{_mm_loadu_si128, _mm256_cvtph_ps, _mm256_storeu_ps};

    pub(super) fn widen(halves: &[u16], out: &mut [f32]) {
        // SAFETY: the caller found F16C and AVX.
        unsafe { eights(halves, out) }
    }

    #[target_feature(enable = "avx,f16c")]
    fn eights(halves: &[u16], out: &mut [f32]) {
        let (from, rest) = halves.as_chunks::<8>();
        let (to, rest_out) = out.as_chunks_mut::<8>();
        for (from, to) in from.iter().zip(to) {
            // SAFETY: both chunks hold eight values; the instructions need no alignment.
            unsafe {
                _mm256_storeu_ps(
                    to.as_mut_ptr(),
                    _mm256_cvtph_ps(_mm_loadu_si128(from.as_ptr().cast())),
                );
            };
        }
        for (value, &half) in rest_out.iter_mut().zip(rest) {
            *value = super::to_f32(half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_the_round_trip() {
        for half in 0..=u16::MAX {
            let value = to_f32(half);
            if value.is_nan() {
                assert!(to_f32(from_f32(value)).is_nan());
            } else {
                assert_eq!(from_f32(value), half, "{value}");
            }
        }
    }

    #[test]
    fn rounds_to_the_nearest_and_ties_to_even() {
        let cases = [
            (1.0 + 1.0 / 2048.0, 1.0),
            (1.0 + 3.0 / 2048.0, 1.0 + 2.0 / 1024.0),
            (65504.0, 65504.0),
            (65520.0, f32::INFINITY),
            (-1e-9, -0.0),
            (5.960_464_5e-8, 5.960_464_5e-8),
        ];
        for (value, expected) in cases {
            assert_eq!(
                to_f32(from_f32(value)).to_bits(),
                f32::to_bits(expected),
                "{value}"
            );
        }
    }

    #[test]
    fn widening_a_slice_agrees_with_single_values() {
        let halves: Vec<u16> = (0..1003)
            .map(|i| i * 65)
            .filter(|half| half & 0x7c00 != 0x7c00)
            .collect();
        let mut out = vec![0.0; halves.len()];
        widen(&halves, &mut out);
        for (value, half) in out.iter().zip(halves) {
            assert_eq!(value.to_bits(), to_f32(half).to_bits());
        }
    }
}
