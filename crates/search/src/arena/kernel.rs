//! The two loops that a search spends its time in, and the rounding before them.
//!
//! Each is one plain Rust body, compiled twice: for any processor, and with AVX2 so that the compiler uses wide registers
//! (three to five times faster). Which copy runs is decided when the process runs.

#![expect(
    clippy::inline_always,
    reason = "the bodies must be compiled into the copy that has the wide registers"
)]

/// Compiles a body twice and calls the right copy.
macro_rules! both_copies {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $made:ty)? = $body:path) => {
        $(#[$doc])*
        #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "the AVX2 copy runs only where AVX2 was found"))]
        pub fn $name($($arg: $type),*) $(-> $made)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,popcnt")]
                fn wide($($arg: $type),*) $(-> $made)? {
                    $body($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
                    // SAFETY: the features that the copy needs were found on the line above.
                    return unsafe { wide($($arg),*) };
                }
            }
            $body($($arg),*)
        }
    };
}

both_copies! {
    /// The product of two rows of eight bits a number.
    dot(one: &[i8], other: &[i8]) -> i32 = dot_body
}
both_copies! {
    /// The product of a row with each of many that stand one after the other.
    dots(one: &[i8], many: &[i8], made: &mut Vec<i32>) = dots_body
}
both_copies! {
    /// In how many bits a code differs from each of many that stand one after the other.
    distances(one: &[u64], many: &[u64], made: &mut Vec<u16>) = distances_body
}

/// Products of eight bits fit into sixteen, and their sum over a few thousand numbers into thirty-two.
#[inline(always)]
fn dot_body(one: &[i8], other: &[i8]) -> i32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
        .sum()
}

#[inline(always)]
fn dots_body(one: &[i8], many: &[i8], made: &mut Vec<i32>) {
    made.extend(many.chunks_exact(one.len()).map(|row| dot_body(one, row)));
}

#[inline(always)]
fn distances_body(one: &[u64], many: &[u64], made: &mut Vec<u16>) {
    // The lengths of usual models (384, 768 and 1,024 numbers) are loops that the compiler knows the end of.
    match one.len() {
        6 => of_length::<6>(one, many, made),
        12 => of_length::<12>(one, many, made),
        16 => of_length::<16>(one, many, made),
        _ => made.extend(many.chunks_exact(one.len()).map(|row| differing(one, row))),
    }
}

#[inline(always)]
fn of_length<const N: usize>(one: &[u64], many: &[u64], made: &mut Vec<u16>) {
    let (Some(one), (many, _)) = (one.first_chunk::<N>(), many.as_chunks::<N>()) else {
        return;
    };
    made.extend(many.iter().map(|row| differing(one, row)));
}

#[inline(always)]
fn differing(one: &[u64], other: &[u64]) -> u16 {
    let bits: u32 = one.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
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
