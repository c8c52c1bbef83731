//! The house's measure of text that a model reads.

/// Tokens of a text: a quarter of its bytes, rounded up.
///
/// An estimate that needs no tokenizer and is the same for every model; what a model itself reports is kept beside it.
pub fn estimate(text: &str) -> usize {
    text.len().div_ceil(4)
}
