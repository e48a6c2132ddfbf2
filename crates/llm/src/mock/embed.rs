//! Embeddings without a model: every word points somewhere, a text is the sum of its words.

/// Length of the mock's vectors, that of all-MiniLM-L6-v2.
pub const DIMENSIONS: usize = 384;

/// The vector of a text: the same for the same words, of length 1, near the vectors of texts that share words.
pub fn embed_text(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSIONS];
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let mut state = fnv1a(&word.to_lowercase());
        for number in &mut vector {
            state = splitmix(state);
            // The upper 24 bits as a number in [-1, 1).
            *number += (state >> 40) as f32 / 8_388_608.0 - 1.0;
        }
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    if length > 0.0 {
        for number in &mut vector {
            *number /= length;
        }
    } else if let Some(first) = vector.first_mut() {
        // No word at all: still a unit vector, so that cosines are defined.
        *first = 1.0;
    }
    vector
}

fn fnv1a(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
