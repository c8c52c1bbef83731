//! Bounds that hold for every wait.

use super::*;
use proptest::prelude::*;

fn backoff() -> Backoff {
    Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2), longest_wish: Duration::from_secs(20) }
}

#[test]
fn the_ceiling_doubles_up_to_the_cap() {
    let ceilings: Vec<u128> = (0..7).map(|attempt| backoff().ceiling(attempt).as_millis()).collect();
    assert_eq!(ceilings, [100, 200, 400, 800, 1600, 2000, 2000]);
}

#[test]
fn a_servers_wish_is_kept_unless_it_is_too_long() {
    let cases = [
        (None, Some(100)),
        (Some(Duration::from_millis(1)), Some(100)),
        (Some(Duration::from_secs(7)), Some(7_000)),
        (Some(Duration::from_secs(20)), Some(20_000)),
        (Some(Duration::from_secs(21)), None),
    ];
    for (wish, expected) in cases {
        let wait = backoff().wait_as_asked(0, 1.0, wish).map(|wait| wait.as_millis());
        assert_eq!(wait, expected, "{wish:?}");
    }
}

#[test]
fn draws_are_spread_over_the_unit_interval() {
    let draws: Vec<f64> = (0..1000).map(|counter| draw(7, counter)).collect();
    let mean = draws.iter().sum::<f64>() / 1000.0;
    assert!((0.45..0.55).contains(&mean), "{mean}");
    assert_eq!(draw(7, 3), draw(7, 3));
    assert_ne!(draw(7, 3), draw(8, 3));
}

proptest! {
    #[test]
    fn a_wait_never_passes_the_cap(
        base in 0_u64..100_000, cap in 0_u64..100_000, attempt: u32, share in proptest::num::f64::ANY
    ) {
        let backoff = Backoff {
            base: Duration::from_millis(base), cap: Duration::from_millis(cap), longest_wish: Duration::ZERO,
        };
        prop_assert!(backoff.wait(attempt, share) <= backoff.cap);
        prop_assert!(backoff.wait(attempt, share) <= backoff.ceiling(attempt));
    }

    #[test]
    fn ceilings_never_fall(attempt in 0_u32..100) {
        prop_assert!(backoff().ceiling(attempt) <= backoff().ceiling(attempt + 1));
    }

    #[test]
    fn a_longer_draw_waits_longer(attempt in 0_u32..40, a in 0.0..1.0_f64, b in 0.0..1.0_f64) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        prop_assert!(backoff().wait(attempt, low) <= backoff().wait(attempt, high));
    }

    #[test]
    fn draws_stay_in_the_unit_interval(seed: u64, counter: u64) {
        let draw = draw(seed, counter);
        prop_assert!((0.0..1.0).contains(&draw));
    }
}
