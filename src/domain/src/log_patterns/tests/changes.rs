//! Two windows: what is new, what bursts, what chance explains.

use super::super::{Change, ChangeKind, ChangeRule, LogPatterns, Pattern, PatternLimits, PatternWindow, compare};
use proptest::prelude::*;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

fn patterns(lines: &[(&str, usize)]) -> Vec<Pattern> {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    for (line, count) in lines {
        for _ in 0..*count {
            patterns.observe(line, None);
        }
    }
    patterns.patterns()
}

fn changes(before: &[(&str, usize)], span: Duration, now: &[(&str, usize)]) -> Vec<Change> {
    let (before, now) = (patterns(before), patterns(now));
    let baseline = PatternWindow { patterns: &before, span };
    compare(baseline, PatternWindow { patterns: &now, span: HOUR }, ChangeRule::default())
}

fn kind(before: usize, now: usize) -> ChangeKind {
    changes(&[("disk is full", before)], HOUR, &[("disk is full", now)])[0].kind
}

#[test]
fn kinds_follow_the_counts() {
    let cases = [
        (0, 1, ChangeKind::New),
        (1, 3, ChangeKind::Steady),
        (2, 8, ChangeKind::Steady),
        (2, 40, ChangeKind::Burst),
        (100, 150, ChangeKind::Steady),
        (100, 250, ChangeKind::Burst),
        (1_000, 1_500, ChangeKind::Steady),
        (40, 2, ChangeKind::Fallen),
        (40, 0, ChangeKind::Fallen),
        (3, 0, ChangeKind::Steady),
    ];
    for (before, now, expected) in cases {
        assert_eq!(kind(before, now), expected, "{before} lines before, {now} now");
    }
}

#[test]
fn the_length_of_the_windows_counts() {
    let day = HOUR * 24;
    let change = changes(&[("disk is full", 240)], day, &[("disk is full", 12)]).remove(0);
    assert_eq!(change.kind, ChangeKind::Steady);
    assert!((change.expected - 10.0).abs() < 1e-9, "{}", change.expected);
    assert_eq!(changes(&[("disk is full", 240)], day, &[("disk is full", 60)])[0].kind, ChangeKind::Burst);
}

#[test]
fn the_surprise_is_the_exact_binomial_tail() {
    // 7 or more of 10 fair coins: 176 of 1,024. 10 of 10: 1 of 1,024. 0 in front of 12: nothing to be surprised at.
    let surprise = |before, now| changes(&[("disk is full", before)], HOUR, &[("disk is full", now)])[0].surprise;
    let cases = [(3, 7, 176.0_f64 / 1024.0), (0, 10, 1.0 / 1024.0), (12, 0, 1.0 / 4096.0), (50, 50, 0.539_794_6)];
    for (before, now, chance) in cases {
        let found = surprise(before, now);
        assert!((found + chance.log10()).abs() < 1e-6, "{before} and {now}: {found}, not {}", -chance.log10());
    }
}

#[test]
fn windows_of_two_clusterers_meet_by_their_templates() {
    let before = [("job_7 of user ann ended", 3), ("peer db1 left", 4), ("nothing else", 1)];
    let now = [("job_8 of user bob ended", 3), ("peer primary left", 4), ("out of memory", 2)];
    let found = changes(&before, HOUR, &now);
    let told: Vec<(ChangeKind, &str, u64)> =
        found.iter().map(|change| (change.kind, change.pattern.template.as_str(), change.baseline_count)).collect();
    assert_eq!(
        told,
        [
            (ChangeKind::New, "out of memory", 0),
            (ChangeKind::Steady, "nothing else", 1),
            (ChangeKind::Steady, "peer primary left", 4),
            (ChangeKind::Steady, "job_<*> of user <*> ended", 3),
        ]
    );
}

#[test]
fn one_clusterer_over_two_windows_tells_what_is_new() {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    for name in ["ann", "bob", "cid"] {
        patterns.observe(&format!("login of account {name} was fine"), None);
    }
    let before = patterns.patterns();
    patterns.start_window();
    for name in ["dan", "eve", "fay"] {
        patterns.observe(&format!("login of account {name} was fine"), None);
    }
    patterns.observe("login is closed", None);
    let now = patterns.patterns();
    let window = |patterns| PatternWindow { patterns, span: HOUR };
    let found = compare(window(&before), window(&now), ChangeRule::default());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!((found[0].kind, found[0].pattern.template.as_str()), (ChangeKind::New, "login is closed"));
    assert_eq!((found[1].kind, found[1].baseline_count), (ChangeKind::Steady, 3));
}

proptest! {
    #[test]
    fn any_counts_and_spans_give_a_number(before: u64, now: u64, first in 0_u64..u64::MAX / 4, second in 0_u64..u64::MAX / 4) {
        let pattern = |count| patterns(&[("disk is full", 1)]).into_iter().map(|pattern| Pattern { count, ..pattern }).collect::<Vec<_>>();
        let (earlier, later) = (pattern(before), pattern(now));
        let baseline = PatternWindow { patterns: &earlier, span: Duration::from_secs(first) };
        let changes = compare(baseline, PatternWindow { patterns: &later, span: Duration::from_millis(second) }, ChangeRule::default());
        prop_assert!(changes.iter().all(|change| change.surprise >= 0.0 && change.expected.is_finite()), "{:?}", changes);
    }
}
