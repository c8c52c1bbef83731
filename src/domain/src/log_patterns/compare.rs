//! What changed between two windows of lines: new patterns, bursts, what fell silent.
//!
//! The counts of a pattern in two windows are compared as two Poisson counts: given their sum, the later one is binomial
//! with the later window's share of the time. That holds for small numbers, where a ratio of rates does not.
//!
//! Guarantees: no division by nothing, a result for every pattern of either window, sorted by how surprising it is.
//! Deliberately absent: the choice of windows.

use super::pattern::Pattern;
use super::template::VALUE_SIGN;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The patterns of a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct PatternWindow<'a> {
    /// What was seen.
    pub patterns: &'a [Pattern],
    /// For how long somebody looked.
    pub span: Duration,
}

/// When a difference counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeRule {
    /// How much higher (or lower) the rate must be than in the baseline, as a factor.
    pub factor: f64,
    /// How surprising it must be: 3 is once in a thousand by chance.
    pub surprise: f64,
}

impl Default for ChangeRule {
    fn default() -> Self {
        Self { factor: 2.0, surprise: 4.0 }
    }
}

/// In which way a pattern changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Not in the baseline at all.
    New,
    /// More frequent than in the baseline, beyond chance.
    Burst,
    /// Not more different than chance allows.
    Steady,
    /// Less frequent, or absent, beyond chance.
    Fallen,
}

/// A pattern in both windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The pattern as the later window has it; as the baseline has it where the later one has none (its count is then 0).
    pub pattern: Pattern,
    /// In which way it changed.
    pub kind: ChangeKind,
    /// Lines of the baseline that belong to it.
    pub baseline_count: u64,
    /// Lines that the later window would have at the baseline's rate.
    pub expected: f64,
    /// Minus the decimal logarithm of the chance to see so many lines (or so few) at the baseline's rate.
    pub surprise: f64,
}

/// Compares two windows, most surprising first within new, burst, fallen, steady. Patterns are matched by their
/// templates, so that the windows may come from two clusterers; from one they match better (`LogPatterns::start_window`).
pub fn compare(baseline: PatternWindow<'_>, now: PatternWindow<'_>, rule: ChangeRule) -> Vec<Change> {
    let share = share_of_time(baseline.span, now.span);
    let earlier_words: Vec<Vec<&str>> = baseline.patterns.iter().map(|earlier| words(&earlier.template)).collect();
    let mut used = vec![false; baseline.patterns.len()];
    let mut changes = Vec::new();
    for pattern in now.patterns {
        let later_words = words(&pattern.template);
        let mut before = 0_u64;
        for ((earlier, earlier_words), used) in baseline.patterns.iter().zip(&earlier_words).zip(&mut used) {
            if same_template(earlier_words, &later_words) {
                *used = true;
                before = before.saturating_add(earlier.count);
            }
        }
        changes.push(judged(pattern.clone(), before, share, rule));
    }
    for (earlier, _) in baseline.patterns.iter().zip(used).filter(|(_, used)| !used) {
        let silent = Pattern { count: 0, first: None, last: None, ..earlier.clone() };
        changes.push(judged(silent, earlier.count, share, rule));
    }
    let order = |kind: ChangeKind| match kind {
        ChangeKind::New => 0,
        ChangeKind::Burst => 1,
        ChangeKind::Fallen => 2,
        ChangeKind::Steady => 3,
    };
    changes.sort_by(|one, other| {
        let by_surprise = || other.surprise.total_cmp(&one.surprise);
        order(one.kind)
            .cmp(&order(other.kind))
            .then_with(by_surprise)
            .then_with(|| one.pattern.id.cmp(&other.pattern.id))
    });
    changes
}

/// The later window's share of all the time, kept away from 0 and 1.
fn share_of_time(baseline: Duration, now: Duration) -> f64 {
    let (baseline, now) = (baseline.as_secs_f64().max(1e-3), now.as_secs_f64().max(1e-3));
    (now / (baseline + now)).clamp(1e-9, 1.0 - 1e-9)
}

fn judged(pattern: Pattern, before: u64, share: f64, rule: ChangeRule) -> Change {
    let count = pattern.count;
    let expected = before as f64 * share / (1.0 - share);
    let more = count as f64 >= expected;
    let surprise = if more { tail(count, before, share) } else { tail(before, count, 1.0 - share) };
    let enough = surprise >= rule.surprise;
    let kind = match (before, count) {
        (0, 1..) => ChangeKind::New,
        _ if enough && more && count as f64 >= expected * rule.factor => ChangeKind::Burst,
        _ if enough && !more && count as f64 * rule.factor <= expected => ChangeKind::Fallen,
        _ => ChangeKind::Steady,
    };
    Change { pattern, kind, baseline_count: before, expected, surprise }
}

/// Minus the decimal logarithm of the chance that of `high + low` lines at least `high` fall into a share of the time.
fn tail(high: u64, low: u64, share: f64) -> f64 {
    if high == 0 {
        return 0.0;
    }
    let (all, odds) = (high as f64 + low as f64, share / (1.0 - share));
    let first = ln_choose(all, high as f64) + high as f64 * share.ln() + low as f64 * (-share).ln_1p();
    // The terms after the first, relative to it: each is the one before times a ratio that falls.
    let (mut term, mut sum) = (1.0, 1.0);
    for step in 0..low.min(MOST_TERMS) {
        let hit = high as f64 + step as f64;
        term *= (all - hit) / (hit + 1.0) * odds;
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    (-(first + sum.ln()) / std::f64::consts::LN_10).max(0.0)
}

/// Beyond so many terms the sum has long converged wherever the result matters.
const MOST_TERMS: u64 = 100_000;

fn ln_choose(all: f64, some: f64) -> f64 {
    ln_factorial(all) - ln_factorial(some) - ln_factorial(all - some)
}

/// The logarithm of a factorial: a product for small numbers, Stirling's series from 10 on.
fn ln_factorial(number: f64) -> f64 {
    if number < 10.0 {
        return (1..=number as u32).map(|factor| f64::from(factor).ln()).sum();
    }
    let inverse = 1.0 / number;
    let series = inverse / 12.0 - inverse.powi(3) / 360.0 + inverse.powi(5) / 1260.0;
    (number + 0.5) * number.ln() - number + 0.5 * std::f64::consts::TAU.ln() + series
}

fn words(template: &str) -> Vec<&str> {
    template.split_whitespace().collect()
}

/// Whether two templates may be of one pattern: word by word they are the same, or one has a value where the other has
/// text; and at least one word is the same.
fn same_template(one: &[&str], other: &[&str]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut shared = one.is_empty();
    for (one, other) in one.iter().zip(other) {
        if one == other {
            shared = true;
        } else if !covers(one, other) && !covers(other, one) {
            return false;
        }
    }
    shared
}

/// Whether a word with value signs covers another word. Each sign takes as little as it can, which is enough here.
fn covers(pattern: &str, word: &str) -> bool {
    if !pattern.contains(VALUE_SIGN) {
        return false;
    }
    let mut pieces = pattern.split(VALUE_SIGN);
    let Some(mut rest) = word.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}
