//! The two loops that a search spends its time in, and the rounding before them.
//!
//! Each is one plain Rust body, compiled twice: for any processor, and with AVX2 so that the compiler uses wide registers (three to
//! five times faster), or with the instruction that counts bits. Which copy runs is decided when the process runs.

#![expect(
    clippy::inline_always,
    reason = "the bodies must be compiled into the copy that has the wide registers"
)]

/// Compiles a body twice and calls the right copy.
macro_rules! both_copies {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $made:ty)? = $body:path, $feature:tt) => {
        $(#[$doc])*
        #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the copy runs only where its feature was found"))]
        pub fn $name($($arg: $type),*) $(-> $made)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = $feature)]
                fn wide($($arg: $type),*) $(-> $made)? {
                    $body($($arg),*)
                }
                if std::arch::is_x86_feature_detected!($feature) {
                    // SAFETY: the feature that the copy needs was found on the line above.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

both_copies! {
    /// The product of two rows of eight bits a number.
    dot(one: &[i8], other: &[i8]) -> i32 = dot_body, "avx2"
}
both_copies! {
    /// The product of a row with each of many that stand one after the other.
    dots(one: &[i8], many: &[i8], made: &mut Vec<i32>) = dots_body, "avx2"
}
// With AVX2 the compiler would count bits by tables, which is slower than the instruction for it.
both_copies! {
    /// In how many bits a code differs from each of many that stand one after the other.
    distances(one: &[u64], many: &[u64], made: &mut Vec<u16>) = distances_body, "popcnt"
}

// Plain loops over slices, and no `extend`, `map` or `sum`: what those call is compiled by itself for any processor, and where the
// compiler does not inline it, the copy with the wide registers only calls it.

/// Products of eight bits fit into sixteen, and their sum over a few thousand numbers into thirty-two.
#[inline(always)]
fn dot_body(one: &[i8], other: &[i8]) -> i32 {
    let mut sum = 0;
    for (a, b) in one.iter().zip(other) {
        sum += i32::from(i16::from(*a) * i16::from(*b));
    }
    sum
}

#[inline(always)]
fn dots_body(one: &[i8], many: &[i8], made: &mut Vec<i32>) {
    let from = made.len();
    made.resize(from + many.len() / one.len(), 0);
    for (row, made) in many.chunks_exact(one.len()).zip(&mut made[from..]) {
        *made = dot_body(one, row);
    }
}

#[inline(always)]
fn distances_body(one: &[u64], many: &[u64], made: &mut Vec<u16>) {
    let from = made.len();
    made.resize(from + many.len() / one.len(), 0);
    let made = &mut made[from..];
    // The lengths of usual models (384, 768 and 1,024 numbers) are loops that the compiler knows the end of.
    match one.len() {
        6 => of_length::<6>(one, many, made),
        12 => of_length::<12>(one, many, made),
        16 => of_length::<16>(one, many, made),
        _ => {
            for (row, made) in many.chunks_exact(one.len()).zip(made) {
                *made = differing(one, row);
            }
        }
    }
}

#[inline(always)]
fn of_length<const N: usize>(one: &[u64], many: &[u64], made: &mut [u16]) {
    let (Some(one), (many, _)) = (one.first_chunk::<N>(), many.as_chunks::<N>()) else {
        return;
    };
    for (row, made) in many.iter().zip(made) {
        *made = differing(one, row);
    }
}

#[inline(always)]
fn differing(one: &[u64], other: &[u64]) -> u16 {
    let mut bits = 0;
    for (a, b) in one.iter().zip(other) {
        bits += (a ^ b).count_ones();
    }
    bits as u16
}

/// Appends the vector in eight bits a number; what one step is worth.
pub fn quantise(vector: &[f32], codes: &mut Vec<i8>) -> f32 {
    let largest = vector
        .iter()
        .fold(0.0_f32, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    codes.extend(vector.iter().map(|number| (number / scale).round() as i8));
    scale
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_copies_count_alike(rows in prop::collection::vec(prop::collection::vec(any::<u64>(), 6), 2..9), words in 1_usize..7) {
            let rows: Vec<u64> = rows.iter().flat_map(|row| row[..words].to_vec()).collect();
            let (one, many) = rows.split_at(words);
            let (mut wide, mut plain) = (Vec::new(), Vec::new());
            distances(one, many, &mut wide);
            distances_body(one, many, &mut plain);
            prop_assert_eq!(&wide, &plain);
            prop_assert_eq!(wide.len(), many.len() / words);
            let bits = |from: &[u64]| from.iter().map(|word| word.count_ones()).sum::<u32>();
            let differ: Vec<u64> = one.iter().zip(many).map(|(a, b)| a ^ b).collect();
            prop_assert_eq!(u32::from(wide[0]), bits(&differ));
        }

        #[test]
        fn products_are_exact(rows in prop::collection::vec(prop::collection::vec(any::<i8>(), 40), 2..9)) {
            let flat = rows.concat();
            let mut made = Vec::new();
            dots(&rows[0], &flat, &mut made);
            for (row, made) in rows.iter().zip(made) {
                let wanted: i32 = row.iter().zip(&rows[0]).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                prop_assert_eq!(made, wanted);
                prop_assert_eq!(dot(&rows[0], row), wanted);
            }
        }
    }
}
