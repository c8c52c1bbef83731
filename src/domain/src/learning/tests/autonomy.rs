//! History, earned autonomy, and how it is lost.

use super::{after, at, lesson};
use crate::learning::{Learning, Lesson};
use crate::verification::Outcome::{Better, CannotTell, NotYet, Same, Worse};

fn is_earned(learning: &Learning) -> bool {
    learning.earned("crash", "rollout_restart", "demo").is_earned
}

#[test]
fn nothing_known_is_five_hundred_and_not_earned() {
    let learning = Learning::default();
    assert_eq!(learning.history("crash", "rollout_restart", "demo"), 500);
    assert!(!is_earned(&learning));
}

#[test]
fn history_is_the_mean_of_the_posterior() {
    for (outcomes, expected) in [
        (&[Better][..], 666),
        (&[Better, Better, Better], 800),
        (&[Same], 333),
        (&[Worse], 333),
        (&[CannotTell, CannotTell], 500),
        (&[NotYet], 500),
    ] {
        assert_eq!(after(outcomes).history("crash", "rollout_restart", "demo"), expected, "{outcomes:?}");
    }
}

#[test]
fn five_verified_successes_earn_it_and_four_do_not() {
    assert!(!is_earned(&after(&[Better; 4])));
    assert!(is_earned(&after(&[Better; 5])));
}

#[test]
fn successes_that_people_approved_count_as_well() {
    let approved = Lesson { approved: true, ..lesson(Better) };
    let learning = (0..5).fold(Learning::default(), |learning, _| learning.learn(approved.clone()));
    assert!(is_earned(&learning));
    assert_eq!(learning.belief("crash", "rollout_restart", "demo").unwrap().approved, 5);
}

#[test]
fn it_is_earned_for_one_environment_one_action_one_symptom() {
    let learning = after(&[Better; 9]);
    for (symptom, action, environment) in [
        ("crash", "rollout_restart", "prod"),
        ("crash", "rollout_undo", "demo"),
        ("readiness", "rollout_restart", "demo"),
    ] {
        assert!(!learning.earned(symptom, action, environment).is_earned);
        assert_eq!(learning.history(symptom, action, environment), 500);
    }
}

#[test]
fn one_worse_or_one_undo_ends_it_at_once_and_five_more_successes_are_needed() {
    let undone = Lesson { undone: true, ..lesson(Better) };
    for bad in [lesson(Worse), undone] {
        let mut learning = after(&[Better; 100]);
        assert!(is_earned(&learning));
        learning = learning.learn(bad);
        let earned = learning.earned("crash", "rollout_restart", "demo");
        assert!(!earned.is_earned);
        assert_eq!(
            earned.why,
            "0 of 5 verified successes since it made things worse or was taken back on 1970-01-01 00:00 UTC"
        );
        for _ in 0..4 {
            learning = learning.learn(lesson(Better));
            assert!(!is_earned(&learning));
        }
        assert!(is_earned(&learning.learn(lesson(Better))));
    }
}

#[test]
fn what_nobody_could_tell_speaks_against_autonomy_but_not_against_the_history() {
    let learning = after(&[Better, Better, Better, Better, Better, CannotTell]);
    assert!(!is_earned(&learning));
    assert_eq!(
        learning.history("crash", "rollout_restart", "demo"),
        after(&[Better; 5]).history("crash", "rollout_restart", "demo")
    );
}

#[test]
fn a_few_failures_lower_the_bound_below_what_is_needed() {
    assert!(!is_earned(&after(&[Better, Better, Better, Same, Better, Better])));
    let mostly = [vec![Same], vec![Better; 12]].concat();
    assert!(is_earned(&after(&mostly)));
}

#[test]
fn a_full_count_still_learns_of_failures() {
    let full = after(&[Better; 1_100]);
    let belief = full.belief("crash", "rollout_restart", "demo").unwrap();
    assert_eq!((belief.successes, belief.failures), (1_000, 0));
    let next = full.learn(lesson(Same));
    let belief = next.belief("crash", "rollout_restart", "demo").unwrap();
    assert_eq!((belief.successes, belief.failures), (999, 1));
}

#[test]
fn the_time_of_the_last_verification_is_kept() {
    let learning = Learning::default().learn(Lesson { at: at(7), ..lesson(Better) });
    assert_eq!(learning.belief("crash", "rollout_restart", "demo").unwrap().last_at, Some(at(7)));
}
