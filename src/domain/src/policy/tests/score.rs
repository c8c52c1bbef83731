//! The parts of confidence and their total.

use super::*;
use proptest::prelude::*;

#[test]
fn the_parts_weigh_as_designed_and_are_rounded_down() {
    for (diagnosis, history, simplicity, harmlessness, total) in [
        (1_000, 1_000, 1_000, 1_000, 1_000),
        (1_000, 0, 0, 0, 400),
        (0, 1_000, 0, 0, 300),
        (0, 0, 1_000, 0, 200),
        (0, 0, 0, 1_000, 100),
        (999, 999, 999, 999, 999),
        (999, 1_000, 1_000, 1_000, 999),
        (1, 1, 0, 0, 0),
    ] {
        let score = Score { diagnosis, history, simplicity, harmlessness };
        assert_eq!((score.total(), score.believed()), (total, Some(total)), "{score:?}");
    }
}

#[test]
fn services_and_impact_become_parts() {
    let of = |services, impact| {
        let score = Score::new(1_000, 500, services, impact);
        (score.simplicity, score.harmlessness)
    };
    assert_eq!(of(1, Impact::Low), (1_000, 1_000));
    assert_eq!(of(3, Impact::Medium), (333, 500));
    assert_eq!(of(u32::MAX, Impact::High), (0, 0));
    assert_eq!(of(0, Impact::Low), (1_000, 1_000));
}

/// A new kind of trouble never reaches the rows from 0.9 on by itself.
#[test]
fn a_neutral_history_never_passes_850() {
    assert_eq!(Score::new(1_000, 500, 1, Impact::Low).total(), 850);
}

#[test]
fn a_part_beyond_the_whole_is_believed_by_nobody() {
    let score = Score { diagnosis: 1_001, ..Score::even(1_000) };
    assert_eq!((score.believed(), score.total()), (None, 600));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn whatever_the_other_parts_a_neutral_history_stays_below(diagnosis in 0_u16..=1_000, services in 0_u32..9, impact in 0_usize..3) {
        let impact = [Impact::Low, Impact::Medium, Impact::High][impact];
        prop_assert!(Score::new(diagnosis, 500, services, impact).total() <= 850);
    }
}
