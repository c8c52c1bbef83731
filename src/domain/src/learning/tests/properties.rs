//! What holds whatever was learned and whatever is drawn.

use super::{at, lesson};
use crate::learning::{Learning, Lesson};
use crate::verification::Outcome;
use proptest::collection::vec;
use proptest::prelude::*;

const ACTIONS: [&str; 4] = ["rollout_restart", "rollout_undo", "set_resources", "delete_pod"];

fn outcomes() -> impl Strategy<Value = Outcome> {
    use Outcome::{Better, CannotTell, NotYet, Same, Worse};
    prop::sample::select(vec![NotYet, Better, Same, Worse, CannotTell])
}

fn lessons() -> impl Strategy<Value = Vec<Lesson>> {
    let one =
        (0..ACTIONS.len(), outcomes(), any::<bool>(), any::<u32>()).prop_map(|(action, outcome, undone, seconds)| {
            Lesson {
                action: ACTIONS[action].to_owned(),
                undone: undone && seconds % 5 == 0,
                seconds,
                at: at(1),
                ..lesson(outcome)
            }
        });
    vec(one, 0..40)
}

fn taught(lessons: Vec<Lesson>) -> Learning {
    lessons.into_iter().fold(Learning::default(), |learning, lesson| learning.learn(lesson))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn only_what_is_permitted_is_chosen(
        lessons in lessons(),
        permitted in vec(0..ACTIONS.len(), 0..6),
        draw in prop_oneof![0.0..1.0, Just(f64::NAN), Just(f64::INFINITY), Just(-1.0)],
        draw2 in prop_oneof![0.0..1.0, Just(f64::NAN), Just(f64::INFINITY), Just(1.0)],
    ) {
        let permitted: Vec<&str> = permitted.into_iter().map(|index| ACTIONS[index]).collect();
        let learning = taught(lessons);
        match learning.choose("crash", "demo", &permitted, draw, draw2) {
            None => prop_assert!(permitted.is_empty()),
            Some(choice) => {
                let action = permitted.get(choice.index);
                prop_assert!(action.is_some());
                let was_bad = action.and_then(|action| learning.belief("crash", action, "demo")).is_some_and(|b| b.last_was_bad);
                prop_assert!(!(choice.explored && was_bad), "what made things worse is not tried out");
            }
        }
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_come_back(lessons in lessons()) {
        let learning = taught(lessons);
        for row in learning.table() {
            prop_assert!((-1_000..=1_000).contains(&row.value_per_mille));
            prop_assert!((1..1_000).contains(&row.history_per_mille));
            prop_assert!(row.lower_bound_per_mille < 1_000);
            prop_assert_eq!(row.is_earned, learning.earned(&row.symptom, &row.action, &row.environment).is_earned);
        }
        prop_assert_eq!(Learning::import(learning.export()), Ok(learning));
    }

    #[test]
    fn a_success_never_lowers_the_history_and_a_failure_never_raises_it(lessons in lessons(), action in 0..ACTIONS.len()) {
        let learning = taught(lessons);
        let history = |learning: &Learning| learning.history("crash", ACTIONS[action], "demo");
        let next = |outcome| learning.learn(Lesson { action: ACTIONS[action].to_owned(), ..lesson(outcome) });
        prop_assert!(history(&next(Outcome::Better)) >= history(&learning));
        for outcome in [Outcome::Same, Outcome::Worse] {
            prop_assert!(history(&next(outcome)) <= history(&learning));
        }
        let worse = next(Outcome::Worse);
        prop_assert!(!worse.earned("crash", ACTIONS[action], "demo").is_earned);
    }
}
