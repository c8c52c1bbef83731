//! The axis of values.

use crate::units::{Unit, Written};

/// About how many lines there are across the chart.
const LINES: f64 = 5.0;

/// A difference smaller than this part of a value is none: it is the noise of its last digits.
const NOISE: f64 = 1e-9;

/// The axis: its ends, and its lines with what is written beside them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValueAxis {
    pub low: f64,
    pub high: f64,
    pub lines: Vec<(f64, String)>,
}

impl ValueAxis {
    /// The axis for values between these.
    pub fn between(low: f64, high: f64, unit: Unit) -> Self {
        let (low, high) = widened(low, high);
        let written = unit.written(low.abs().max(high.abs()));
        let step = nice((high - low) / written.divisor / LINES) * written.divisor;
        if !step.is_finite() || step <= 0.0 {
            return Self { low, high, lines: vec![(low, unit.show(low)), (high, unit.show(high))] };
        }
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        // As many as fit between the ends: at most LINES, two more for the ends, one for rounding.
        let lines =
            (0..=8_u32).map(|count| (first + f64::from(count)) * step).filter(|line| *line <= (last + 0.5) * step);
        let lines = lines.map(|line| (line, label(line, step, written))).collect();
        Self { low: (first * step).min(low), high: (last * step).max(high), lines }
    }

    /// How far up a value stands, 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Ends with room between them. The axis begins at nought where that is not far off: a difference looks as large as it is.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let size = low.abs().max(high.abs());
    if size < 1e-290 {
        return (0.0, 1.0);
    }
    if high - low <= size * NOISE {
        let around = size * 0.5;
        return if low >= 0.0 { (0.0, high + around) } else { (low - around, (high + around).min(0.0)) };
    }
    if low >= 0.0 && low < high * 0.6 {
        (0.0, high)
    } else if high <= 0.0 && high > low * 0.6 {
        (low, 0.0)
    } else {
        (low, high)
    }
}

/// The next of 1, 2, 5 times a power of ten.
fn nice(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.log10().floor());
    let times = raw / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|nice| times <= nice * 1.000_001).unwrap_or(10.0);
    nice * power
}

fn label(value: f64, step: f64, written: Written) -> String {
    let (value, step) = (value / written.divisor, step / written.divisor);
    let size = value.abs().max(step);
    // Close to nought is nought: the line was reached by adding.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    if value != 0.0 && (size >= 1e6 || step < 1e-5) {
        return format!("{value:.1e}{}", written.suffix);
    }
    let decimals = (0..=6_usize).find(|decimals| {
        let shifted = step * 10_f64.powi(i32::try_from(*decimals).unwrap_or(0));
        (shifted - shifted.round()).abs() < 1e-6 * shifted
    });
    format!("{value:.*}{}", decimals.unwrap_or(6), written.suffix)
}
