//! Confidence: what lowers it, what little raises it.

use super::*;
use proptest::prelude::*;

fn plain() -> Coverage {
    Coverage { runner_up: 0, missing: 0, signals: 0, explained: 0, standing: Standing::Open }
}

#[test]
fn what_is_beside_a_judgement_moves_its_confidence() {
    let cases = [
        ("nothing beside it", 820, plain(), 820),
        ("an alternative far behind", 820, Coverage { runner_up: 500, ..plain() }, 820),
        ("an alternative close behind", 820, Coverage { runner_up: 780, ..plain() }, 760),
        ("an alternative as likely", 820, Coverage { runner_up: 820, ..plain() }, 720),
        ("an alternative that is likelier", 500, Coverage { runner_up: 900, ..plain() }, 400),
        ("one look that failed", 820, Coverage { missing: 1, ..plain() }, 770),
        ("all looks failed", 820, Coverage { missing: 90, ..plain() }, 570),
        ("half of the signals explained", 820, Coverage { signals: 4, explained: 2, ..plain() }, 720),
        ("none of them", 820, Coverage { signals: 4, ..plain() }, 620),
        ("confirmed", 820, Coverage { standing: Standing::Confirmed, ..plain() }, 850),
        ("confirmed, and never certain", 950, Coverage { standing: Standing::Confirmed, ..plain() }, 950),
        ("refuted", 900, Coverage { standing: Standing::Refuted, ..plain() }, 200),
        ("free text alone, though confirmed", 0, Coverage { standing: Standing::Confirmed, ..plain() }, 0),
    ];
    for (what, by_rule, coverage, expected) in cases {
        assert_eq!(weigh(by_rule, coverage), expected, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What is not known, not explained, or as likely, never makes surer.
    #[test]
    fn worse_coverage_never_makes_surer(
        by_rule in 0_u32..2_000, runner_up in 0_u32..1_000, missing in 0_u32..20, signals in 0_u32..20, explained in 0_u32..20,
        more in 1_u32..200,
    ) {
        let coverage = Coverage { runner_up, missing, signals, explained: explained.min(signals), standing: Standing::Open };
        let sure = weigh(by_rule, coverage);
        prop_assert!(sure <= 950);
        prop_assert!(u32::from(sure) <= by_rule);
        let other = Coverage { runner_up: runner_up + more, ..coverage };
        prop_assert!(weigh(by_rule, other) <= sure);
        let other = Coverage { missing: missing + more, ..coverage };
        prop_assert!(weigh(by_rule, other) <= sure);
        let other = Coverage { explained: coverage.explained.saturating_sub(more), ..coverage };
        prop_assert!(weigh(by_rule, other) <= sure);
        let other = Coverage { standing: Standing::Refuted, ..coverage };
        prop_assert!(weigh(by_rule, other) <= sure);
    }
}
