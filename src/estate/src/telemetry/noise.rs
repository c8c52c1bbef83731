//! Deterministic noise: what makes a gauge look measured, from a name and a time alone.

/// A well mixed 64-bit hash of a text.
pub(crate) fn hash_text(text: &str) -> u64 {
    let folded = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(folded)
}

/// A number in 0..1 that belongs to a name.
pub(crate) fn fraction(text: &str) -> f64 {
    unit(hash_text(text))
}

/// A number in -1..1 that belongs to a name and one scrape.
pub(crate) fn jitter(name: u64, at_ms: i64) -> f64 {
    unit(mix(name ^ at_ms.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15))) * 2.0 - 1.0
}

fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

fn unit(state: u64) -> f64 {
    (state >> 11) as f64 / (1_u64 << 53) as f64
}
