//! Sizes and counts in words.

/// `1.4 GiB`
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in UNITS.iter().skip(1) {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1} {unit}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_told_in_their_unit() {
        let cases = [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_536, "1.5 KiB"),
            (2 << 30, "2.0 GiB"),
            (u64::MAX, "16384.0 PiB"),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(super::bytes(bytes), wanted);
        }
    }
}
