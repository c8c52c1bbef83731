//! Single decisions, as cases; sequences of them are in `properties`, leases in `leases`.

use super::*;
use crate::object::ObjectRef;
use std::collections::BTreeSet;

mod leases;
mod pauses;
mod properties;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
}

fn target(environment: &str, name: &str) -> Target {
    Target { environment: environment.to_owned(), object: ObjectRef::namespaced("Deployment", "shop", name) }
}

fn request(id: &str, name: &str, chain: &[&str], start: Start, now: DateTime<Utc>) -> Request {
    Request {
        id: id.to_owned(),
        plan: format!("plan-of-{id}"),
        target: target("prod", name),
        chain: chain.iter().map(|key| (*key).to_owned()).collect(),
        start,
        deadline: now + TimeDelta::minutes(5),
    }
}

fn automatic() -> Start {
    Start::Automatic { leader: 1 }
}

fn person(is_approver: bool) -> Actor {
    Actor { person: "anna".to_owned(), is_approver }
}

/// Begins with the id as the claim.
fn begun(guards: &Guards, request: &Request, now: DateTime<Utc>) -> (Guards, Started) {
    begin(guards, request, &request.id, &Limits::default(), now).expect("it may begin")
}

fn refused(guards: &Guards, request: &Request, now: DateTime<Utc>) -> Refusal {
    begin(guards, request, "another claim", &Limits::default(), now).expect_err("it may not begin")
}

fn ended(guards: &Guards, id: &str, token: u64, outcome: Outcome, now: DateTime<Utc>) -> Guards {
    end(guards, id, token, outcome, &Limits::default(), now).expect("it is under way")
}

/// A value in which one automatic action on `checkout` is under way.
fn one_under_way() -> (Guards, Started) {
    begun(&Guards::default(), &request("a1", "checkout", &["prod db/orders"], automatic(), at(0)), at(0))
}

#[test]
fn tokens_grow_and_the_same_attempt_gets_the_same_answer() {
    let first = request("a1", "checkout", &[], Start::Approved, at(0));
    let (guards, started) = begun(&Guards::default(), &first, at(0));
    let (again, same) = begin(&guards, &first, "a1", &Limits::default(), at(3)).expect("the same attempt");
    assert_eq!((&again, &same), (&guards, &started));
    assert_eq!(refused(&guards, &first, at(3)), Refusal::AlreadyBegun { id: "a1".to_owned() });
    let (_, second) = begun(&guards, &request("a2", "cart", &[], Start::Approved, at(1)), at(1));
    assert!(second.token > started.token);
}

#[test]
fn two_actions_on_one_chain_are_never_under_way() {
    let (guards, started) = one_under_way();
    let cases = [
        ("the same object", "checkout", vec![], true),
        ("a shared dependency", "orders", vec!["prod db/orders"], true),
        ("the other's object on its chain", "orders", vec!["prod Deployment shop/checkout"], true),
        ("another chain", "cart", vec!["prod db/carts"], false),
    ];
    for (what, name, chain, locked) in cases {
        let answer =
            begin(&guards, &request("b", name, &chain, Start::Approved, at(1)), "b", &Limits::default(), at(1));
        assert_eq!(
            matches!(answer, Err(Refusal::ChainLocked { ref by, .. }) if by == "a1"),
            locked,
            "{what}: {answer:?}"
        );
    }
    let free = ended(&guards, "a1", started.token, Outcome::NothingDone, at(2));
    begun(&free, &request("b", "orders", &["prod db/orders"], Start::Approved, at(2)), at(2));
}

#[test]
fn the_object_itself_is_locked_even_when_the_chain_does_not_name_it() {
    let on_chain_only = request("a1", "cart", &["prod Deployment shop/checkout"], Start::Approved, at(0));
    let (guards, _) = begun(&Guards::default(), &on_chain_only, at(0));
    let refusal = refused(&guards, &request("b", "checkout", &[], Start::Approved, at(1)), at(1));
    assert!(matches!(refusal, Refusal::ChainLocked { .. }), "{refusal}");
}

#[test]
fn the_cap_holds_automatic_starts_only_and_in_each_environment_by_itself() {
    let mut guards = Guards::default();
    for number in 0..5_i64 {
        let (name, now) = (format!("s{number}"), at(number * 60));
        guards = begun(&guards, &request(&name, &name, &[], automatic(), now), now).0;
    }
    let now = at(600);
    let sixth = request("six", "six", &[], automatic(), now);
    let refusal = refused(&guards, &sixth, now);
    let free_at = Some(at(3_600));
    assert_eq!(refusal, Refusal::RateCap { environment: "prod".to_owned(), cap: 5, free_at });
    begun(&guards, &Request { start: Start::Approved, ..sixth.clone() }, now);
    begun(&guards, &Request { target: target("staging", "six"), ..sixth.clone() }, now);
    let then = |now| Request { deadline: now + TimeDelta::minutes(1), ..sixth.clone() };
    assert!(matches!(refused(&guards, &then(at(3_599)), at(3_599)), Refusal::RateCap { .. }));
    begun(&guards, &then(at(3_600)), at(3_600));
}

#[test]
fn a_start_that_did_nothing_stays_counted() {
    let (guards, started) = one_under_way();
    let guards = ended(&guards, "a1", started.token, Outcome::NothingDone, at(1));
    assert_eq!(guards.automatic_starts("prod"), [at(0)]);
    assert_eq!(guards.rest(&target("prod", "checkout")), None);
}

#[test]
fn an_object_cools_down_after_each_effect_and_three_failures_end_automatic_heals() {
    let (mut guards, mut now) = (Guards::default(), at(0));
    for failed in 1..=3_u32 {
        let id = format!("heal-{failed}");
        let (next, started) = begun(&guards, &request(&id, "checkout", &[], automatic(), now), now);
        guards = ended(&next, &id, started.token, Outcome::Failed, now);
        let soon = now + TimeDelta::minutes(10) - TimeDelta::seconds(1);
        let refusal = refused(&guards, &request("x", "checkout", &[], Start::Approved, soon), soon);
        assert!(matches!(refusal, Refusal::CoolingDown { .. }), "{refusal}");
        now += TimeDelta::minutes(10);
    }
    let again = request("again", "checkout", &[], automatic(), now);
    assert!(matches!(refused(&guards, &again, now), Refusal::HealsFailed { failed: 3, .. }));
    let (next, started) = begun(&guards, &Request { start: Start::Approved, ..again }, now);
    let guards = ended(&next, "again", started.token, Outcome::Succeeded, now);
    assert_eq!(guards.rest(&target("prod", "checkout")).map(|rest| rest.failed_in_a_row), Some(0));
}

#[test]
fn a_frozen_environment_starts_nothing_but_an_undo_in_progress_and_a_lifted_plan() {
    let (guards, started) = one_under_way();
    let other = request("b", "cart", &[], Start::Approved, at(2));
    let undo = |of: &str, token| request("undo", "checkout", &[], Start::Undo { of: of.to_owned(), token }, at(2));
    for scope in [Scope::All, Scope::Environment("prod".to_owned())] {
        let frozen = freeze(&guards, scope.clone(), &person(false), "migration", at(1));
        assert!(matches!(refused(&frozen, &other, at(2)), Refusal::Frozen { .. }), "{scope}");
        begun(&frozen, &undo("a1", started.token), at(2));
        let refusal = refused(&frozen, &undo("a1", started.token + 1), at(2));
        assert!(matches!(refusal, Refusal::NothingToUndo { .. }), "{scope}: {refusal}");
        assert!(matches!(refused(&frozen, &undo("gone", 1), at(2)), Refusal::NothingToUndo { .. }), "{scope}");
        let lifted = lift(&frozen, "plan-of-b", &person(true), at(2)).expect("an approver lifts");
        begun(&lifted, &other, at(2));
        let third = request("c", "search", &[], Start::Approved, at(2));
        assert!(matches!(refused(&lifted, &third, at(2)), Refusal::Frozen { .. }), "{scope}: another plan");
        let anew = freeze(&lifted, scope, &person(false), "still", at(3));
        assert!(matches!(refused(&anew, &other, at(3)), Refusal::Frozen { .. }), "frozen again after it was lifted");
    }
    let elsewhere = freeze(&guards, Scope::Environment("staging".to_owned()), &person(false), "tests", at(1));
    begun(&elsewhere, &other, at(2));
}

#[test]
fn a_lift_ends_after_an_hour() {
    let frozen = freeze(&Guards::default(), Scope::All, &person(false), "migration", at(0));
    let lifted = lift(&frozen, "plan-of-b", &person(true), at(0)).expect("an approver lifts");
    begun(&lifted, &request("b", "cart", &[], Start::Approved, at(3_599)), at(3_599));
    let late = request("b", "cart", &[], Start::Approved, at(3_600));
    assert!(matches!(refused(&lifted, &late, at(3_600)), Refusal::Frozen { .. }));
}

#[test]
fn anyone_freezes_and_only_an_approver_lifts() {
    let prod = Scope::Environment("prod".to_owned());
    let frozen = freeze(&Guards::default(), Scope::All, &person(false), "what is going on", at(0));
    let both = freeze(&frozen, prod.clone(), &person(false), "prod too", at(1));
    let not_permitted = Refusal::NotPermitted { person: "anna".to_owned() };
    assert_eq!(unfreeze(&both, &Scope::All, &person(false), at(2)), Err(not_permitted.clone()));
    assert_eq!(lift(&both, "digest", &person(false), at(2)), Err(not_permitted));
    let left = unfreeze(&both, &Scope::All, &person(true), at(2)).expect("an approver lifts");
    assert_eq!(left.freezes().iter().map(|freeze| freeze.scope.clone()).collect::<Vec<_>>(), [prod]);
    let refusal = unfreeze(&left, &Scope::All, &person(true), at(2)).expect_err("it is lifted already");
    assert_eq!(refusal.to_string(), "everything is not frozen; frozen: the environment prod");
}

#[test]
fn freezing_never_fails_for_want_of_room_and_keeps_no_secret() {
    let mut guards = Guards::default();
    for number in 0..130 {
        let scope = Scope::Environment(format!("env-{number}"));
        guards = freeze(&guards, scope, &person(false), "all of them", at(number));
    }
    assert_eq!(guards.check(), Ok(()));
    let refusal = refused(&guards, &request("b", "cart", &[], Start::Approved, at(200)), at(200));
    assert!(matches!(refusal, Refusal::Frozen { .. }), "an environment without room of its own: {refusal}");
    let why = format!("{} password=hunter2hunter2 {}", "because ".repeat(3), "x".repeat(2_000));
    let guards = freeze(&Guards::default(), Scope::All, &person(false), &why, at(0));
    let kept = &guards.freezes()[0].why;
    assert!(kept.chars().count() <= 510 && !kept.contains("hunter2"), "{kept}");
}

#[test]
fn a_freeze_that_is_repeated_stands_since_the_first_time() {
    let first = freeze(&Guards::default(), Scope::All, &person(false), "one", at(0));
    let second = freeze(&first, Scope::All, &Actor { person: "ben".to_owned(), is_approver: false }, "two", at(60));
    let expected = Freeze { scope: Scope::All, since: at(0), by: "ben".to_owned(), why: "two".to_owned() };
    assert_eq!(second.freezes(), [expected]);
}

#[test]
fn an_undo_takes_over_the_locks_and_counts_as_a_failed_heal() {
    let (guards, started) = one_under_way();
    let undo = Start::Undo { of: "a1".to_owned(), token: started.token };
    let (next, undoing) = begun(&guards, &request("undo", "checkout", &["prod extra"], undo, at(1)), at(1));
    assert!(undoing.token > started.token);
    assert_eq!(next.under_way().len(), 1);
    assert_eq!(next.under_way()[0].chain, guards.under_way()[0].chain);
    assert_eq!(next.automatic_starts("prod").len(), 1, "an undo is not counted by the cap");
    let gone = Refusal::NotUnderWay { id: "a1".to_owned(), token: started.token };
    assert_eq!(next.holds("a1", started.token, at(1)), Err(gone.clone()));
    assert_eq!(end(&next, "a1", started.token, Outcome::Succeeded, &Limits::default(), at(2)), Err(gone));
    let of_undo = Start::Undo { of: "undo".to_owned(), token: undoing.token };
    let refusal = refused(&next, &request("undo-2", "checkout", &[], of_undo, at(2)), at(2));
    assert!(matches!(refusal, Refusal::NothingToUndo { .. }), "{refusal}");
    for outcome in [Outcome::Succeeded, Outcome::NothingDone] {
        let after = ended(&next, "undo", undoing.token, outcome, at(2));
        assert_eq!(after.rest(&target("prod", "checkout")).map(|rest| rest.failed_in_a_row), Some(1), "{outcome:?}");
    }
}

#[test]
fn an_undo_of_what_was_found_waits_for_no_rest_and_begins_under_no_freeze_and_no_pause() {
    let (guards, started) = one_under_way();
    let undo = || {
        let start = Start::UndoFound { of: "a1".to_owned(), token: started.token };
        request("undo", "checkout", &[], start, at(2))
    };
    let frozen = freeze(&guards, Scope::All, &person(false), "smoke", at(1));
    assert!(matches!(refused(&frozen, &undo(), at(2)), Refusal::Frozen { .. }));
    assert_eq!(frozen.under_way(), guards.under_way(), "what it would take back stays under way");
    let paused = pause(&guards, "prod", &person(false), "the bank is away", None, at(1));
    assert!(matches!(refused(&paused, &undo(), at(2)), Refusal::Paused { .. }));
    let lifted = lift(&frozen, &undo().plan, &person(true), at(2)).expect("an approver lifts");
    begun(&lifted, &undo(), at(2));
    let (next, _) = begun(&guards, &undo(), at(2));
    assert_eq!(next.under_way()[0].undoes.as_deref(), Some("a1"));
}

#[test]
fn an_undo_of_another_object_is_none() {
    let (guards, started) = one_under_way();
    let undo = Start::Undo { of: "a1".to_owned(), token: started.token };
    let refusal = refused(&guards, &request("undo", "cart", &[], undo, at(1)), at(1));
    assert!(matches!(refusal, Refusal::NothingToUndo { .. }), "{refusal}");
}

#[test]
fn an_action_that_nobody_ended_gives_its_locks_back_after_the_margin_and_counts_as_failed() {
    let (guards, started) = one_under_way();
    let deadline = at(300);
    assert_eq!(guards.holds("a1", started.token, at(299)), Ok(()));
    assert!(guards.holds("a1", started.token, deadline).is_err(), "its holder gives up at the deadline");
    let wanted = |now| request("b", "orders", &["prod db/orders"], Start::Approved, now);
    let within = deadline + TimeDelta::seconds(4);
    assert!(matches!(refused(&guards, &wanted(within), within), Refusal::ChainLocked { .. }));
    let over = deadline + clock_margin();
    let (next, _) = begun(&guards, &wanted(over), over);
    let rest = next.rest(&target("prod", "checkout")).expect("it rests");
    assert_eq!((rest.failed_in_a_row, rest.until), (1, over + TimeDelta::minutes(10)));
}

#[test]
fn a_clock_that_ran_back_starts_nothing_and_a_small_step_changes_nothing() {
    let (guards, started) = begun(&Guards::default(), &request("a1", "checkout", &[], automatic(), at(100)), at(100));
    let (next, second) = begun(&guards, &request("b", "cart", &[], automatic(), at(97)), at(97));
    assert_eq!(second.since, at(100), "time never runs back");
    assert_eq!(next.automatic_starts("prod"), [at(100), at(100)]);
    let refusal = refused(&guards, &request("b", "cart", &[], automatic(), at(94)), at(94));
    assert!(matches!(refusal, Refusal::ClockBehind { .. }), "{refusal}");
    let after = ended(&guards, "a1", started.token, Outcome::Failed, at(0));
    assert_eq!(after.rest(&target("prod", "checkout")).map(|rest| rest.until), Some(at(100) + TimeDelta::minutes(10)));
}

#[test]
fn lifting_a_freeze_takes_the_present_time_for_right() {
    let ahead = at(400 * 86_400);
    let (guards, started) = begun(&Guards::default(), &request("a1", "checkout", &[], automatic(), ahead), ahead);
    let guards = ended(&guards, "a1", started.token, Outcome::Failed, ahead);
    let (guards, _) = begun(&guards, &request("a2", "cart", &[], automatic(), ahead), ahead);
    let wanted = request("b", "search", &[], automatic(), at(10));
    assert!(matches!(refused(&guards, &wanted, at(10)), Refusal::ClockBehind { .. }));
    let frozen = freeze(&guards, Scope::All, &person(false), "the clock was wrong", at(5));
    let settled = unfreeze(&frozen, &Scope::All, &person(true), at(10)).expect("an approver lifts");
    assert_eq!(settled.automatic_starts("prod"), [at(10), at(10)]);
    assert_eq!(settled.rest(&target("prod", "checkout")).map(|rest| rest.until), Some(at(610)));
    assert_eq!(settled.under_way()[0].deadline, at(310));
    begun(&settled, &wanted, at(10));
}

#[test]
fn a_leader_that_was_followed_starts_nothing() {
    let by = |leader, id: &str| request(id, id, &[], Start::Automatic { leader }, at(0));
    let (guards, _) = begun(&Guards::default(), &by(7, "a"), at(0));
    assert_eq!(refused(&guards, &by(6, "b"), at(0)), Refusal::LaterLeader { token: 6, known: 7 });
    begun(&guards, &by(7, "c"), at(0));
}

#[test]
fn requests_that_cannot_be_are_refused() {
    let fine = || request("a", "checkout", &[], Start::Approved, at(0));
    let many: BTreeSet<String> = (0..64).map(|number| format!("key-{number}")).collect();
    let cases = [
        ("no id", Request { id: String::new(), ..fine() }),
        ("a long key", Request { chain: BTreeSet::from(["k".repeat(513)]), ..fine() }),
        ("a key with a line break", Request { chain: BTreeSet::from(["a\nb".to_owned()]), ..fine() }),
        ("too many keys", Request { chain: many, ..fine() }),
        ("a deadline in the past", Request { deadline: at(0), ..fine() }),
        ("a deadline too far", Request { deadline: at(3_606), ..fine() }),
        ("an endless deadline", Request { deadline: DateTime::<Utc>::MAX_UTC, ..fine() }),
    ];
    for (what, request) in cases {
        let refusal = refused(&Guards::default(), &request, at(0));
        assert!(matches!(refusal, Refusal::Invalid { .. }), "{what}: {refusal}");
    }
    begun(&Guards::default(), &Request { deadline: at(3_605), ..fine() }, at(0));
}

#[test]
fn a_value_that_contradicts_itself_starts_nothing() {
    let (guards, _) = one_under_way();
    let (guards, _) = begun(&guards, &request("a2", "cart", &["prod db/carts"], Start::Approved, at(0)), at(0));
    let spoilt = |change: fn(&mut Guards)| {
        let mut guards = guards.clone();
        change(&mut guards);
        guards
    };
    let cases = [
        ("a lock held twice", spoilt(|guards| guards.under_way[1].chain.extend(["prod db/orders".to_owned()]))),
        ("a token of the future", spoilt(|guards| guards.last_token = 1)),
        ("a token twice", spoilt(|guards| guards.under_way[1].token = 1)),
        ("an id twice", spoilt(|guards| guards.under_way[1].id = "a1".to_owned())),
        ("an object without its lock", spoilt(|guards| guards.under_way[0].chain.clear())),
        ("too many starts", spoilt(|guards| guards.starts.extend([("prod".to_owned(), vec![at(0); 1_001])]))),
    ];
    for (what, guards) in cases {
        let refusal = refused(&guards, &request("b", "search", &[], Start::Approved, at(1)), at(1));
        assert!(matches!(refusal, Refusal::Unreadable { .. }), "{what}: {refusal}");
        assert!(guards.holds("a1", 1, at(1)).is_err(), "{what}");
    }
}

/// An approval that was delivered again after the action had ended and the object had rested started it a second time.
#[test]
fn an_approval_delivered_again_after_the_action_ended_does_not_start_it_again() {
    let approved = |now| Request { id: "a1".to_owned(), ..request("a1", "cart", &[], Start::Approved, now) };
    let later = at(3_600);
    for outcome in [Outcome::Succeeded, Outcome::Failed, Outcome::Unknown, Outcome::NothingDone] {
        let (guards, started) = begun(&Guards::default(), &approved(at(0)), at(0));
        let guards = ended(&guards, "a1", started.token, outcome, at(10));
        let again = begin(&guards, &approved(later), "a1", &Limits::default(), later);
        assert_eq!(again, Err(Refusal::AlreadyBegun { id: "a1".to_owned() }), "{outcome:?}");
        let a_day_after = at(10 + 86_400);
        begun(&guards, &approved(a_day_after), a_day_after);
    }
    let (guards, _) = begun(&Guards::default(), &approved(at(0)), at(0));
    assert!(matches!(refused(&guards, &approved(later), later), Refusal::AlreadyBegun { .. }), "nobody ended it");
    let (guards, _) = begun(&guards, &request("b", "search", &[], Start::Approved, later), later);
    assert!(matches!(refused(&guards, &approved(later), later), Refusal::AlreadyBegun { .. }), "and it is forgotten");
}

#[test]
fn an_action_that_was_undone_does_not_start_again() {
    let (guards, started) = one_under_way();
    let undo = Start::Undo { of: "a1".to_owned(), token: started.token };
    let (guards, undoing) = begun(&guards, &request("undo", "checkout", &[], undo, at(1)), at(1));
    let guards = ended(&guards, "undo", undoing.token, Outcome::Succeeded, at(2));
    for id in ["a1", "undo"] {
        let again = request(id, "cart", &[], Start::Approved, at(3_600));
        assert_eq!(refused(&guards, &again, at(3_600)), Refusal::AlreadyBegun { id: id.to_owned() });
    }
}

#[test]
fn of_too_many_ended_actions_the_oldest_is_forgotten() {
    let mut guards = Guards::default();
    for number in 0..257 {
        let (id, now) = (format!("a{number}"), at(number));
        let (next, started) = begun(&guards, &request(&id, &id, &[], Start::Approved, now), now);
        guards = ended(&next, &id, started.token, Outcome::NothingDone, now);
    }
    assert_eq!((guards.check(), guards.ended.len()), (Ok(()), 256));
    let again = |id: &str| request(id, "cart", &[], Start::Approved, at(300));
    assert!(matches!(refused(&guards, &again("a1"), at(300)), Refusal::AlreadyBegun { .. }));
    begun(&guards, &again("a0"), at(300));
}

#[test]
fn a_document_of_before_ended_actions_were_kept_is_read() {
    let (guards, _) = one_under_way();
    let mut json = serde_json::to_value(&guards).expect("JSON");
    json.as_object_mut().expect("an object").remove("ended").expect("it is written");
    assert_eq!(serde_json::from_value::<Guards>(json).expect("an older document"), guards);
}

#[test]
fn a_document_with_anything_unknown_is_not_read() {
    let (guards, _) = one_under_way();
    let mut json = serde_json::to_value(&guards).expect("JSON");
    assert_eq!(serde_json::from_value::<Guards>(json.clone()).expect("as written"), guards);
    json["a_guard_of_the_future"] = true.into();
    assert!(serde_json::from_value::<Guards>(json.clone()).is_err());
    json.as_object_mut().expect("an object").remove("a_guard_of_the_future");
    json.as_object_mut().expect("an object").remove("freezes");
    assert!(serde_json::from_value::<Guards>(json).is_err(), "a freeze that is missing is not none");
}

#[test]
fn refusals_tell_people_what_they_can_do() {
    let frozen = freeze(&Guards::default(), Scope::All, &person(false), "migration of orders", at(0));
    let refusal = refused(&frozen, &request("b", "cart", &[], Start::Approved, at(1)), at(1));
    expect_test::expect![[
        r#"everything is frozen since 2027-01-15 08:00:00 UTC by anna (migration of orders): nothing begins until an approver lifts it, as a whole or for this plan"#
    ]]
    .assert_eq(&refusal.to_string());
    let (guards, _) = one_under_way();
    let refusal = refused(&guards, &request("b", "checkout", &[], Start::Approved, at(1)), at(1));
    expect_test::expect![[
        r#"the action a1 is under way on the same dependency chain ("prod Deployment shop/checkout") and ends until 2027-01-15 08:05:05 UTC: wait for it"#
    ]]
    .assert_eq(&refusal.to_string());
}
