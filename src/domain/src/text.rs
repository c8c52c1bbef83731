//! How near two names are.

/// Edits from one name to the other; two neighbouring letters swapped count as one.
pub fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}
