//! Leases.

use super::at;
use crate::guard::{Lease, LeaseRefusal, Watched, acquire, release, renew};
use chrono::TimeDelta;
use proptest::prelude::*;

const LENGTH: TimeDelta = TimeDelta::seconds(30);

fn taken(holder: &str, seconds: i64) -> Lease {
    acquire(None, holder, LENGTH, at(seconds), None).expect("it is free")
}

#[test]
fn it_is_over_for_the_holder_a_margin_before_it_is_free_for_others() {
    let lease = taken("one", 0);
    assert_eq!((lease.token, lease.until, lease.free_at()), (1, at(25), at(30)));
    assert!(matches!(acquire(Some(&lease), "two", LENGTH, at(29), None), Err(LeaseRefusal::Held { .. })));
    assert_eq!(renew(Some(&lease), "one", 1, at(24)).expect("in time").until, at(49));
    assert!(renew(Some(&lease), "one", 1, at(25)).is_err(), "over by the holder's own clock");
    let next = acquire(Some(&lease), "two", LENGTH, at(30), None).expect("free");
    assert_eq!((next.token, next.holder.as_deref()), (2, Some("two")));
    for answer in [renew(Some(&next), "one", 1, at(31)), release(Some(&next), "one", 1)] {
        assert_eq!(answer, Err(LeaseRefusal::Lost { token: 1, found: Some(next.clone()) }));
    }
}

#[test]
fn what_is_given_back_is_free_at_once_and_tokens_go_on() {
    let free = release(Some(&taken("one", 0)), "one", 1).expect("one's own");
    assert_eq!(acquire(Some(&free), "two", LENGTH, at(1), None).expect("free").token, 2);
    assert!(renew(Some(&free), "one", 1, at(1)).is_err(), "what was given back is not renewed");
}

#[test]
fn a_holder_that_takes_its_own_again_gets_a_new_token() {
    assert_eq!(acquire(Some(&taken("one", 0)), "one", LENGTH, at(1), None).expect("one's own").token, 2);
}

#[test]
fn a_dead_holder_whose_clock_was_a_year_ahead_is_followed_by_the_stopwatch() {
    let lease = taken("one", 365 * 86_400);
    let watched = |lease: &Lease, seconds| Watched { lease: lease.clone(), unchanged_for: TimeDelta::seconds(seconds) };
    let follow = |watched: &Watched| acquire(Some(&lease), "two", LENGTH, at(100), Some(watched));
    assert!(follow(&watched(&lease, 29)).is_err());
    assert_eq!(follow(&watched(&lease, 30)).expect("nobody renewed it").token, 2);
    let before = Lease { until: lease.until - TimeDelta::seconds(1), ..lease.clone() };
    assert!(follow(&watched(&before, 300)).is_err(), "it was renewed meanwhile");
}

#[test]
fn lengths_and_holders_that_cannot_be_are_refused() {
    let cases =
        [("", LENGTH), ("one", TimeDelta::seconds(19)), ("one", TimeDelta::seconds(601)), ("one", TimeDelta::MAX)];
    for (holder, length) in cases {
        let answer = acquire(None, holder, length, at(0), None);
        assert!(matches!(answer, Err(LeaseRefusal::Invalid { .. })), "{holder} {length}: {answer:?}");
    }
    let last = Lease { token: u64::MAX, holder: None, ..taken("one", 0) };
    assert!(matches!(acquire(Some(&last), "two", LENGTH, at(0), None), Err(LeaseRefusal::Invalid { .. })));
}

proptest! {
    /// Three holders whose clocks differ by less than the margin, each believing in its lease until the end that it was
    /// told, by its own clock.
    #[test]
    fn no_two_believe_to_hold_it_at_once(
        steps in prop::collection::vec((0_usize..3, 0_i64..12, 0_u8..4), 1..200),
        skews in prop::array::uniform3(0_i64..5),
    ) {
        let holders = ["one", "two", "three"];
        let mut stored: Option<Lease> = None;
        let mut beliefs: [Option<Lease>; 3] = [None, None, None];
        let (mut now, mut last_token) = (0, 0);
        for (who, passed, what) in steps {
            now += passed;
            let local = at(now + skews[who]);
            let answer = match (what, beliefs[who].as_ref()) {
                (0, Some(mine)) => release(stored.as_ref(), holders[who], mine.token),
                (1 | 2, Some(mine)) => renew(stored.as_ref(), holders[who], mine.token, local),
                _ => acquire(stored.as_ref(), holders[who], LENGTH, local, None),
            };
            match answer {
                Ok(lease) => {
                    prop_assert!(lease.token >= last_token);
                    prop_assert!(lease.token > last_token || stored.is_some());
                    last_token = lease.token;
                    beliefs[who] = lease.holder.is_some().then(|| lease.clone());
                    stored = Some(lease);
                }
                Err(LeaseRefusal::Lost { .. }) => beliefs[who] = None,
                Err(_) => {}
            }
            let believing = (0..3).filter(|who| beliefs[*who].as_ref().is_some_and(|lease| at(now + skews[*who]) < lease.until));
            prop_assert!(believing.count() <= 1, "{beliefs:?} at {now}");
        }
    }
}
