//! Resource quantities as the API writes them: `250m`, `1.5`, `512Mi`, `2G`, `1e3`.
//!
//! Guarantee: what is no quantity is `None`, never zero.

/// A quantity in thousandths: `250m` is 250, `2` is 2000, `100n` rounds up to 1.
pub fn millis(text: &str) -> Option<u64> {
    value(text).map(|value| (value * 1_000.0 - 1e-6).ceil()).map(to_whole)
}

/// A quantity in whole units: bytes for memory and storage.
pub fn whole(text: &str) -> Option<u64> {
    value(text).map(f64::ceil).map(to_whole)
}

fn to_whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

fn value(text: &str) -> Option<f64> {
    let text = text.trim();
    const SUFFIXES: &[(&str, f64)] = &[
        ("Ki", 1_024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let parse = |number: &str| number.parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some(value) = parse(text) {
        return Some(value);
    }
    SUFFIXES.iter().find_map(|(suffix, factor)| Some(parse(text.strip_suffix(suffix)?)? * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_all_forms() {
        for (text, expected) in [
            ("250m", Some(250)),
            ("2", Some(2_000)),
            ("1.5", Some(1_500)),
            ("182000000n", Some(182)),
            ("5u", Some(1)),
            ("1e3", Some(1_000_000)),
            ("", None),
            ("many", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
        for (text, expected) in
            [("512Mi", 536_870_912), ("1Gi", 1_073_741_824), ("2G", 2_000_000_000), ("128974848", 128_974_848)]
        {
            assert_eq!(whole(text), Some(expected), "{text}");
        }
        assert_eq!(whole("1E"), Some(1_000_000_000_000_000_000));
    }
}
