//! The Beta distribution with whole parameters, exactly: its distribution function is a tail of the binomial.
//!
//! `P(X <= x)` of Beta(a, b) is the chance of at least `a` successes in `a + b - 1` trials of chance `x`
//! (NIST Digital Library of Mathematical Functions, 8.17.5). Terms are summed by their logarithms: none overflows.

/// By how much a sum of exponentials may be off.
const ROUNDING: f64 = 1e-9;

/// `P(X <= x)` for X of Beta(successes + 1, failures + 1).
pub(super) fn at_most(x: f64, successes: u32, failures: u32) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let (least, trials) = (successes + 1, successes + failures + 1);
    let (log_yes, log_no) = (x.ln(), (1.0 - x).ln());
    let mut log_choose = 0.0;
    let mut sum = 0.0;
    for count in 0..=trials {
        if count >= least {
            sum += (log_choose + f64::from(count) * log_yes + f64::from(trials - count) * log_no).exp();
        }
        log_choose += f64::from(trials - count).ln() - f64::from(count + 1).ln();
    }
    sum.min(1.0)
}

/// The value that X of Beta(successes + 1, failures + 1) exceeds with a chance of `1 - level`, in whole thousandths,
/// rounded down: found by halving.
pub(super) fn quantile_per_mille(level: f64, successes: u32, failures: u32) -> u16 {
    let (mut low, mut high) = (0_u16, 1_000_u16);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if at_most(f64::from(middle) / 1_000.0, successes, failures) <= level + ROUNDING {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Beta(1, 1) is uniform; Beta(6, 1) has the distribution function x^6.
        assert_eq!(quantile_per_mille(0.1, 0, 0), 100);
        assert_eq!(quantile_per_mille(0.1, 5, 0), 681);
        assert!((at_most(0.6, 5, 0) - 0.6_f64.powi(6)).abs() < 1e-12);
        // Symmetric about a half.
        assert!((at_most(0.5, 400, 400) - 0.5).abs() < 1e-9);
        assert!(at_most(0.95, 1_000, 0) < 1e-20);
    }
}
