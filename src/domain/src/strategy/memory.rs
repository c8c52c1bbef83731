//! Amounts of memory as the Kubernetes API writes them (API concepts, "Resource quantity"): read, and doubled.
//!
//! Deliberately absent: exponents and fractions, which nobody writes for memory; what is not read gives no candidate.

/// Suffixes and their bytes.
const SUFFIXES: &[(&str, u64)] = &[
    ("", 1),
    ("k", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
];

/// `512Mi` in bytes.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (number, suffix) = parts(text)?;
    let (_, unit) = SUFFIXES.iter().find(|(known, _)| *known == suffix)?;
    number.checked_mul(*unit)
}

/// `512Mi` as `1024Mi`.
pub(super) fn doubled(text: &str) -> Option<String> {
    bytes(text)?.checked_mul(2)?;
    let (number, suffix) = parts(text)?;
    Some(format!("{}{suffix}", number.checked_mul(2)?))
}

fn parts(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    Some((number, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_doubled_in_their_own_unit() {
        for (text, read, twice) in [
            ("512Mi", Some(536_870_912), Some("1024Mi")),
            ("1Gi", Some(1_073_741_824), Some("2Gi")),
            ("128974848", Some(128_974_848), Some("257949696")),
            ("0", None, None),
            ("1.5Gi", None, None),
            ("129e6", None, None),
            ("", None, None),
            ("99999999999Ti", None, None),
        ] {
            assert_eq!((bytes(text), doubled(text).as_deref()), (read, twice), "{text}");
        }
    }
}
