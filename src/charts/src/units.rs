//! What values are of, and how they are written.

/// What the values of a chart are of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unit {
    /// Numbers as they are.
    #[default]
    Plain,
    /// Numbers with k, M, G, T.
    Si,
    /// Bytes, with KiB, MiB, GiB, TiB.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Seconds, with µs, ms, min, h, d.
    Seconds,
    /// Hundredths: 42 is 42 %.
    Percent,
    /// Parts of one: 0.42 is 42 %.
    Ratio,
}

/// How all values of one axis are written: divided, and with something behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Written {
    pub divisor: f64,
    pub suffix: &'static str,
}

const PLAIN: &[(f64, &str)] = &[(1.0, "")];
const SI: &[(f64, &str)] = &[(1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")];
const BYTES: &[(f64, &str)] =
    &[(1.0, " B"), (1024.0, " KiB"), (1_048_576.0, " MiB"), (1_073_741_824.0, " GiB"), (1_099_511_627_776.0, " TiB")];
const BYTES_PER_SECOND: &[(f64, &str)] = &[
    (1.0, " B/s"),
    (1024.0, " KiB/s"),
    (1_048_576.0, " MiB/s"),
    (1_073_741_824.0, " GiB/s"),
    (1_099_511_627_776.0, " TiB/s"),
];
const SECONDS: &[(f64, &str)] =
    &[(1e-6, " µs"), (1e-3, " ms"), (1.0, " s"), (60.0, " min"), (3_600.0, " h"), (86_400.0, " d")];
const PERCENT: &[(f64, &str)] = &[(1.0, " %")];
const RATIO: &[(f64, &str)] = &[(0.01, " %")];

impl Unit {
    fn steps(self) -> &'static [(f64, &'static str)] {
        match self {
            Self::Plain => PLAIN,
            Self::Si => SI,
            Self::Bytes => BYTES,
            Self::BytesPerSecond => BYTES_PER_SECOND,
            Self::Seconds => SECONDS,
            Self::Percent => PERCENT,
            Self::Ratio => RATIO,
        }
    }

    /// How values up to this size are written.
    pub(crate) fn written(self, size: f64) -> Written {
        let steps = self.steps();
        let is_zero = size == 0.0;
        let fitting = steps.iter().rev().find(|(divisor, _)| size >= *divisor);
        let base = steps.iter().find(|(divisor, _)| *divisor == 1.0);
        let chosen = if is_zero { base.or(steps.first()) } else { fitting.or(steps.first()) };
        let (divisor, suffix) = chosen.copied().unwrap_or((1.0, ""));
        Written { divisor, suffix }
    }

    /// One value by itself, in three digits.
    pub(crate) fn show(self, value: f64) -> String {
        let written = self.written(value.abs());
        let scaled = value / written.divisor;
        let size = scaled.abs();
        let number = match size {
            _ if size != 0.0 && !(1e-3..1e6).contains(&size) => return format!("{scaled:.2e}{}", written.suffix),
            _ if size >= 100.0 || size == 0.0 => format!("{scaled:.0}"),
            _ if size >= 10.0 => trimmed(&format!("{scaled:.1}")),
            _ if size >= 1.0 => trimmed(&format!("{scaled:.2}")),
            _ => trimmed(&format!("{scaled:.4}")),
        };
        format!("{number}{}", written.suffix)
    }
}

/// A decimal number without noughts at its end.
fn trimmed(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}
