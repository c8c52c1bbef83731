//! What makes two messages the same alert: the same text but for values, times, links and the random parts of names.
//!
//! Numbers that are part of a name (`worker-3`) or of an address stay: they tell which one it is about.

use super::reading::head;
use crate::chain::hexadecimal;
use regex::Regex;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// Patterns and what stands in their place, in this order. The ends of pods' names are of the letters that Kubernetes
/// makes random names of.
static MASKS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let random = "[bcdfghjklmnpqrstvwxz2456789]";
    let masks = [
        (r"<?https?://[^\s>|]+".to_owned(), "~"),
        (r"\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?(?:z|[+-]\d{2}:?\d{2})?\b".to_owned(), "~"),
        (r"\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]m)?\b".to_owned(), "~"),
        (format!(r"-{random}{{6,10}}-{random}{{5}}\b"), "-~"),
        (r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12,64})\b".to_owned(), "~"),
        (r"(^|[^\w.-])[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?\s?(?:%|[kmgtp]i?b?(?:/s)?|b(?:/s)?|n?s|ms|µs|m|h|d|x)?(?:\b|$)".to_owned(), "${1}~"),
        (r"\s+".to_owned(), " "),
    ];
    masks.into_iter().filter_map(|(mask, with)| Regex::new(&mask).ok().map(|mask| (mask, with))).collect()
});

/// The text of an alert without what differs from one time to the next.
pub(super) fn masked(text: &str) -> String {
    let lower = head(text).to_lowercase();
    // A run of values, "1h 2m 3s", needs a second time: each value ends where the next begins.
    let masked =
        MASKS.iter().chain(MASKS.iter()).fold(lower, |text, (mask, with)| mask.replace_all(&text, *with).into_owned());
    masked.trim().to_owned()
}

/// What an alert is known by: 64 hexadecimal digits.
pub fn fingerprint(text: &str) -> String {
    hexadecimal(&Sha256::digest(masked(text).as_bytes()))
}
