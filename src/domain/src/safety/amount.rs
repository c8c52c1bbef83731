//! Amounts of CPU and memory, read by the second reader itself (Kubernetes API concepts, "Resource quantity").

/// An amount in thousandths of a core or byte; `None` for what is no amount, or an enormous one.
///
/// Reads digits by hand: an amount that the planner misreads is not to be misread here in the same way.
pub(super) fn thousandths(text: &str) -> Option<u128> {
    let mut digits: u128 = 0;
    let mut places_after_point: Option<u32> = None;
    let mut end = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits = digits.checked_mul(10)?.checked_add(u128::from(byte - b'0'))?;
                places_after_point = places_after_point.map(|places| places.saturating_add(1));
            }
            b'.' if places_after_point.is_none() && at > 0 => places_after_point = Some(0),
            _ => break,
        }
        end = at + 1;
    }
    let places = places_after_point.unwrap_or(0);
    if end == 0 || end > 36 || places_after_point == Some(0) {
        return None;
    }
    let in_thousandths: u128 = match text.get(end..)? {
        "m" => 1,
        "" => 1_000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "T" => 1_000_000_000_000_000,
        "P" => 1_000_000_000_000_000_000,
        "Ki" => 1_000 << 10,
        "Mi" => 1_000 << 20,
        "Gi" => 1_000 << 30,
        "Ti" => 1_000 << 40,
        "Pi" => 1_000 << 50,
        _ => return None,
    };
    let divisor = 10_u128.checked_pow(places)?;
    Some(digits.checked_mul(in_thousandths)?.div_ceil(divisor))
}
