//! Amounts of CPU and memory as the Kubernetes API writes them (API concepts, "Resource quantity").

/// An amount, in thousandths, so that `500m` is a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    thousandths: u128,
}

/// Digits before and after the point at most; what is longer is no amount that a container has.
const MOST_DIGITS: usize = 18;

impl Quantity {
    /// Reads `500m`, `1`, `1.5`, `512Mi`, `2G`. `None` for what is none of these; exponents are not read.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let are_digits = |digits: &str| {
            !digits.is_empty() && digits.len() <= MOST_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit())
        };
        if !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let (factor, divisor) = scale(suffix)?;
        let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
        let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?.checked_mul(divisor)?;
        let exact = digits.checked_mul(factor)?.checked_mul(1_000)?;
        // Rounded up, as the API does with what is finer than it keeps.
        Some(Self { thousandths: exact.div_ceil(parts) })
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.thousandths == 0
    }

    /// In thousandths.
    pub fn thousandths(self) -> u128 {
        self.thousandths
    }
}

/// What the suffix multiplies with, and divides by.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    let decimal = |power: u32| 10_u128.checked_pow(power).map(|factor| (factor, 1));
    let binary = |power: u32| 2_u128.checked_pow(power).map(|factor| (factor, 1));
    match suffix {
        "m" => Some((1, 1_000)),
        "" => Some((1, 1)),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        _ => None,
    }
}
