//! Pauses, as cases; sequences of steps with them are in `properties`.

use super::{at, begun, one_under_way, person, refused, request, target};
use crate::guard::*;

fn prod_paused(until: Option<i64>) -> Guards {
    pause(&one_under_way().0, "prod", &person(false), "the bank is away", until.map(at), at(1))
}

#[test]
fn a_paused_environment_starts_nothing_but_an_undo_in_progress_and_the_others_go_on() {
    let (_, started) = one_under_way();
    let paused = prod_paused(None);
    let other = request("b", "cart", &[], Start::Approved, at(2));
    let refusal = refused(&paused, &other, at(2));
    assert_eq!(
        refusal.to_string(),
        "prod is paused since 2027-01-15 08:00:01 UTC by anna: the bank is away; nothing begins there before the pause \
         ends by itself or an approver ends it"
    );
    assert_eq!(paused.held("prod", &other.plan, at(2)), Some(refusal));
    begun(&paused, &Request { target: target("staging", "cart"), ..other.clone() }, at(2));
    assert_eq!(paused.held("staging", &other.plan, at(2)), None);
    let undo = Start::Undo { of: "a1".to_owned(), token: started.token };
    begun(&paused, &request("undo", "checkout", &[], undo, at(2)), at(2));
    let frozen = freeze(&paused, Scope::All, &person(false), "all", at(2));
    let lifted = lift(&frozen, &other.plan, &person(true), at(2)).expect("an approver lifts");
    let refusal = refused(&lifted, &other, at(2));
    assert!(matches!(refusal, Refusal::Paused { .. }), "lifting a freeze for a plan ends no pause: {refusal}");
}

#[test]
fn a_pause_ends_by_itself_after_the_margin_and_is_forgotten() {
    let paused = prod_paused(Some(100));
    let wanted = |now| request("b", "cart", &[], Start::Approved, now);
    for seconds in [99, 104] {
        let refusal = refused(&paused, &wanted(at(seconds)), at(seconds));
        assert!(matches!(refusal, Refusal::Paused { .. }), "after {seconds} s: {refusal}");
    }
    assert_eq!(paused.pauses(at(105)).count(), 0);
    let (next, _) = begun(&paused, &wanted(at(105)), at(105));
    assert!(next.pauses.is_empty());
}

#[test]
fn of_two_pauses_the_longer_wins() {
    let cases = [
        (Some(100), Some(200), Some(200)),
        (Some(200), Some(100), Some(200)),
        (Some(100), None, None),
        (None, Some(100), None),
        (Some(100), Some(400 * 86_400), None),
    ];
    for (first, second, wanted) in cases {
        let both = pause(&prod_paused(first), "prod", &person(false), "again", second.map(at), at(2));
        let (_, found) = both.pauses(at(2)).next().expect("it stands");
        assert_eq!((found.since, found.until, found.why.as_str()), (at(1), wanted.map(at), "again"));
    }
}

#[test]
fn anyone_pauses_and_only_an_approver_ends_it() {
    let paused = prod_paused(None);
    let refused = unpause(&paused, "prod", &person(false), at(2));
    assert_eq!(refused, Err(Refusal::NotPermitted { person: "anna".to_owned() }));
    let told = unpause(&paused, "staging", &person(true), at(2)).expect_err("it is not paused").to_string();
    assert_eq!(told, "staging is not paused; paused: prod");
    let ended = unpause(&paused, "prod", &person(true), at(2)).expect("an approver ends it");
    begun(&ended, &request("b", "cart", &[], Start::Approved, at(2)), at(2));
}

#[test]
fn pausing_never_fails_for_want_of_room_and_keeps_no_secret() {
    let mut guards = Guards::default();
    for number in 0..130 {
        guards = pause(&guards, &format!("env-{number}"), &person(false), "all of them", None, at(number));
    }
    assert_eq!(guards.check(), Ok(()));
    for environment in ["env-0", "env-129", "prod"] {
        assert!(guards.held(environment, "plan", at(200)).is_some(), "{environment}");
    }
    for name in ["", &"x".repeat(1_000)] {
        let guards = pause(&Guards::default(), name, &person(false), "", None, at(0));
        assert!(guards.held("prod", "plan", at(1)).is_some(), "what cannot be named stops everything");
    }
    let guards = pause(&Guards::default(), "prod", &person(false), "password=hunter2hunter2", None, at(0));
    assert!(!format!("{guards:?}").contains("hunter2"));
}

#[test]
fn a_document_that_was_written_before_there_were_pauses_is_read() {
    let text = serde_json::to_string(&Guards::default()).expect("JSON");
    assert!(!text.contains("pauses"), "{text}");
    assert_eq!(serde_json::from_str::<Guards>(&text).expect("as before"), Guards::default());
}
