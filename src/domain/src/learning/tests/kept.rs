//! What is kept: round trips, repeated lessons, export, import, forgetting, the rows that are shown.

use super::{after, lesson};
use crate::learning::{Export, Feedback, Learning, Lesson, Scope, reward};
use crate::verification::Outcome::{Better, CannotTell, NotYet, Same, Worse};
use expect_test::expect;
use serde_json::json;

fn some() -> Learning {
    let undo = Lesson { action: "rollout_undo".to_owned(), id: "plan-1".to_owned(), ..lesson(Better) };
    let elsewhere = Lesson { environment: "prod".to_owned(), ..lesson(Same) };
    after(&[Same, Worse]).learn(undo).learn(elsewhere).adapt("latency", Feedback::FalseAlarm)
}

#[test]
fn what_is_stored_comes_back_as_it_was() {
    let learning = some();
    let text = serde_json::to_string(&learning).unwrap();
    let again: Learning = serde_json::from_str(&text).unwrap();
    assert_eq!(again, learning);
    assert_eq!(serde_json::from_str::<Learning>("{}").unwrap(), Learning::default());
}

#[test]
fn a_lesson_that_comes_twice_is_learned_once() {
    let told = Lesson { id: "plan-1".to_owned(), ..lesson(Better) };
    let once = Learning::default().learn(told.clone());
    assert_eq!(once.learn(told.clone()), once);
    let other = Lesson { id: "plan-2".to_owned(), ..told };
    assert_ne!(once.learn(other), once);
}

#[test]
fn what_is_forgotten_is_not_learned_again_from_a_repeated_lesson() {
    let told = Lesson { id: "plan-1".to_owned(), ..lesson(Better) };
    let forgotten = Learning::default().learn(told.clone()).reset(&Scope::All);
    assert_eq!(forgotten.learn(told).table(), []);
}

#[test]
fn a_heal_is_worth_its_speed_and_never_less_than_a_failure() {
    for (outcome, undone, seconds, expected) in [
        (Better, false, 0, 1_000),
        (Better, false, 120, 940),
        (Better, false, u32::MAX, 600),
        (Better, true, 0, -1_000),
        (Same, false, 900, -300),
        (NotYet, false, 0, -300),
        (Worse, false, 0, -1_000),
        (CannotTell, false, 0, -200),
    ] {
        assert_eq!(reward(outcome, undone, seconds), expected, "{outcome:?} {undone} {seconds}");
    }
}

#[test]
fn an_export_is_imported_as_it_was() {
    let learning = some();
    let text = serde_json::to_string(&learning.export()).unwrap();
    let export: Export = serde_json::from_str(&text).unwrap();
    assert_eq!(Learning::import(export), Ok(learning));
}

#[test]
fn all_that_is_wrong_with_an_import_is_told_at_once() {
    let key = json!({"symptom": "crash", "action": "drain", "environment": "prod"});
    let learning = json!({
        "q": [[{"symptom": "crash", "action": "drain"}, {"value_per_mille": 5000, "visits": 1}]],
        "beliefs": [[key, {"successes": 1, "failures": 0, "approved": 7}]],
        "thresholds": {"latency": {"factor_per_mille": 9, "confirmed": 0, "false_alarms": 0, "missed": 0}},
    });
    let export: Export = serde_json::from_value(json!({"version": 7, "learning": learning})).unwrap();
    expect![[r#"
        it is of version 7, and this program reads version 1
        the value of drain against crash is 5000, outside -1000 to 1000
        the counts of drain against crash in prod contradict each other
        the factor of latency is 9, out of bounds"#]]
    .assert_eq(&Learning::import(export).unwrap_err().problems.join("\n"));
}

#[test]
fn forgetting_reaches_as_far_as_it_is_told() {
    let learning = some();
    assert_eq!(learning.reset(&Scope::All).table(), []);
    assert_eq!(learning.reset(&Scope::Symptom("crash".to_owned())).table(), []);
    assert_eq!(learning.reset(&Scope::Symptom("readiness".to_owned())), learning);
    let left = learning.reset(&Scope::Environment("demo".to_owned()));
    assert_eq!(left.table().len(), 1);
    assert_eq!(left.value("crash", "rollout_undo"), learning.value("crash", "rollout_undo"));
    assert_eq!(learning.reset(&Scope::Thresholds).adapted("latency").factor_per_mille, 1_000);
}

#[test]
fn the_rows_that_are_shown() {
    let rows = some().table().into_iter().map(|row| {
        format!(
            "{} {} {}: {}{} after {}, {}+ {}- {}?, history {}, bound {}, earned {}: {}",
            row.symptom,
            row.action,
            row.environment,
            row.value_per_mille,
            if row.is_best { " best" } else { "" },
            row.visits,
            row.successes,
            row.failures,
            row.unknown,
            row.history_per_mille,
            row.lower_bound_per_mille,
            row.is_earned,
            row.why
        )
    });
    expect![[r#"
        crash rollout_undo demo: 970 best after 1, 1+ 0- 0?, history 666, bound 316, earned false: 1 of 5 verified successes
        crash rollout_restart demo: -534 after 3, 0+ 2- 0?, history 250, bound 34, earned false: 0 of 5 verified successes since it made things worse or was taken back on 1970-01-01 00:00 UTC
        crash rollout_restart prod: -534 after 3, 0+ 1- 0?, history 333, bound 51, earned false: 0 of 5 verified successes"#]].assert_eq(&rows.collect::<Vec<_>>().join("\n"));
    expect![[r#"
        rollout_undo: value 970 thousandths after 1 episodes; history in demo 666 per mille; autonomy not earned: 1 of 5 verified successes
        scale: value 0 thousandths after 0 episodes; history in demo 500 per mille; autonomy not earned: 0 of 5 verified successes
        rollout_restart: value -534 thousandths after 3 episodes; history in demo 250 per mille; autonomy not earned: 0 of 5 verified successes since it made things worse or was taken back on 1970-01-01 00:00 UTC"#]].assert_eq(&some().explain("crash", "demo", &["rollout_restart", "rollout_undo", "scale"]).join("\n"));
    assert_eq!(some().threshold_table()[0].factor_per_mille, 1_050);
}

#[test]
fn a_detector_that_cries_wolf_is_never_silenced() {
    let mut learning = Learning::default();
    for _ in 0..1_000 {
        learning = learning.adapt("latency", Feedback::FalseAlarm);
    }
    let threshold = learning.adapted("latency");
    assert_eq!((threshold.factor_per_mille, threshold.of_level(10.0)), (2_000, 20.0));
    assert!((threshold.of_score(0.993) - 0.9965).abs() < 1e-12);
    for _ in 0..1_000 {
        learning = learning.adapt("latency", Feedback::Confirmed);
    }
    assert_eq!(learning.adapted("latency").factor_per_mille, 1_000, "back to what was set, and not beyond");
    for _ in 0..1_000 {
        learning = learning.adapt("latency", Feedback::Missed);
    }
    assert_eq!(learning.adapted("latency").factor_per_mille, 700);
}

#[test]
fn what_has_no_room_is_not_learned_and_earns_nothing() {
    let mut learning = Learning::default();
    for number in 0..2_000 {
        learning = learning.adapt(&format!("detector-{number}"), Feedback::FalseAlarm);
    }
    let full = learning.adapt("one-more", Feedback::FalseAlarm);
    assert_eq!(full.threshold_table().len(), 2_000);
    assert_eq!(full.adapted("one-more").factor_per_mille, 1_000);
}
