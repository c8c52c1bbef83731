//! What holds after any sequence of steps by any people at any time, clocks that run back too.

use super::*;
use proptest::prelude::*;

const PEOPLE: [&str; 6] = ["ann", "ben", "proposer", "guest", "bot-named", "gus"];

#[derive(Debug, Clone)]
enum Step {
    Vote { who: usize, choice: Choice, old_plan: bool },
    TakeBack { who: usize, choice: Choice },
    Start,
    Expire,
    Withdraw,
    Pass { milliseconds: i64 },
}

fn any_choice() -> impl Strategy<Value = Choice> {
    prop_oneof![8 => Just(Choice::Approve), 1 => Just(Choice::Reject)]
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE.len();
    prop_oneof![
        8 => (who.clone(), any_choice(), prop::bool::weighted(0.1))
            .prop_map(|(who, choice, old_plan)| Step::Vote { who, choice, old_plan }),
        3 => (who, any_choice()).prop_map(|(who, choice)| Step::TakeBack { who, choice }),
        5 => Just(Step::Start),
        1 => Just(Step::Expire),
        1 => Just(Step::Withdraw),
        8 => prop_oneof![
            6 => 0_i64..12_000,
            1 => -20_000_i64..0,
            1 => 0_i64..LASTS,
        ].prop_map(|milliseconds| Step::Pass { milliseconds }),
    ]
}

fn somebody(who: usize) -> Person {
    let id = PEOPLE[who % PEOPLE.len()];
    let standing = match id {
        "guest" => Standing::Guest,
        "bot-named" => Standing::Bot,
        _ => Standing::Member,
    };
    Person { standing, role: None, ..person(id) }
}

/// A step, and what it was told.
fn step(approval: &Approval, step: &Step, now: &mut i64) -> (Option<Approval>, Option<Outcome>) {
    let at = after(*now);
    let told = |(next, outcome)| (next, Some(outcome));
    match step {
        Step::Vote { who, choice, old_plan } => {
            let digest = if *old_plan { plan("6").digest() } else { approval.plan.clone() };
            told(vote(approval, &somebody(*who), &digest, *choice, at))
        }
        Step::TakeBack { who, choice } => told(take_back(approval, &somebody(*who), &approval.plan, *choice, at)),
        Step::Start => (start(approval, at).ok(), None),
        Step::Expire => (expire(approval, at), None),
        Step::Withdraw => (withdraw(approval, "not needed", at), None),
        Step::Pass { milliseconds } => {
            *now += milliseconds;
            (None, None)
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any_step(), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn nothing_is_granted_or_started_without_enough_different_people_who_may(needed in 1_u32..4, steps in steps()) {
        let mut approval = pending(needed);
        approval.proposer = Proposer::Person("proposer".to_owned());
        let mut now = 0;
        // Books of our own: whose yes stands.
        let mut yes: BTreeSet<usize> = BTreeSet::new();
        for taken in &steps {
            let (next, outcome) = step(&approval, taken, &mut now);
            match (taken, outcome) {
                (Step::Vote { who, choice: Choice::Approve, .. }, Some(Outcome::Counted | Outcome::Granted)) => {
                    prop_assert!(yes.insert(*who), "a person twice: {:?}", taken);
                }
                (Step::TakeBack { who, .. }, Some(Outcome::TakenBack)) => prop_assert!(yes.remove(who)),
                _ => {}
            }
            approval = next.unwrap_or(approval);
            if matches!(approval.state, State::Granted | State::Started) {
                prop_assert_eq!(yes.len(), usize::try_from(needed).unwrap());
                prop_assert!(yes.iter().all(|who| matches!(PEOPLE[*who], "ann" | "ben" | "proposer")));
                prop_assert!(needed == 1 || yes.iter().any(|who| PEOPLE[*who] != "proposer"));
                prop_assert!(approval.starts_at.is_some_and(|start| start < approval.expires_at));
            }
        }
    }

    #[test]
    fn a_rejection_is_never_lost(needed in 1_u32..3, steps in steps()) {
        let mut approval = pending(needed);
        let (mut now, mut rejected) = (0, false);
        for taken in &steps {
            let (next, outcome) = step(&approval, taken, &mut now);
            // Whoever says no while it can still be stopped, stops it, whatever they are told.
            if let Step::Vote { who, choice: Choice::Reject, old_plan: false } = taken {
                let may = approval.permitted.permits(&somebody(*who));
                if may && approval.state.is_open() && now >= 0 {
                    prop_assert!(matches!(outcome, Some(Outcome::Rejected | Outcome::Expired)), "{:?}", outcome);
                    prop_assert!(next.as_ref().is_some_and(|next| !next.state.is_open()));
                }
            }
            rejected |= outcome == Some(Outcome::Rejected);
            approval = next.unwrap_or(approval);
            prop_assert!(!rejected || approval.state == State::Rejected);
        }
    }

    #[test]
    fn it_starts_once_at_most_and_never_before_its_countdown_is_over(needed in 1_u32..3, steps in steps()) {
        let mut approval = pending(needed);
        let (mut now, mut starts, mut granted_at) = (0, 0, None);
        for taken in &steps {
            let (next, outcome) = step(&approval, taken, &mut now);
            if outcome == Some(Outcome::Granted) {
                granted_at = Some(now);
            }
            if let (Step::Start, Some(started)) = (taken, &next) {
                starts += 1;
                prop_assert!(granted_at.is_some_and(|granted| granted + COUNTDOWN <= now), "{:?} {}", granted_at, now);
                prop_assert!(after(now) < approval.expires_at);
                prop_assert_eq!(start(started, after(now)), Err(NotStarted::NotGranted { state: State::Started }));
            }
            approval = next.unwrap_or(approval);
        }
        prop_assert!(starts <= 1);
    }

    #[test]
    fn what_is_over_stays_so_and_time_goes_forward_only(needed in 1_u32..3, steps in steps()) {
        let mut approval = pending(needed);
        let mut now = 0;
        for taken in &steps {
            let (next, outcome) = step(&approval, taken, &mut now);
            let Some(next) = next else {
                prop_assert!(outcome.is_none_or(|outcome| !outcome.did_something()));
                continue;
            };
            prop_assert!(approval.state.is_open(), "{:?} changed {:?}", taken, approval.state);
            prop_assert!(next.changed_at >= approval.changed_at);
            prop_assert_eq!(&next.plan, &approval.plan);
            prop_assert_eq!(&next.shown, &approval.shown);
            prop_assert_eq!(&next.permitted, &approval.permitted);
            prop_assert_eq!(next.expires_at, approval.expires_at);
            prop_assert_eq!(next.starts_at.is_some(), matches!(next.state, State::Granted | State::Started));
            prop_assert_eq!(next.ended.is_some(), !matches!(next.state, State::Pending | State::Granted | State::Started));
            let people: BTreeSet<&str> = next.votes.iter().map(|vote| vote.person.as_str()).collect();
            prop_assert_eq!(people.len(), next.votes.len(), "one word a person");
            approval = next;
        }
    }
}

#[test]
fn the_sequences_of_these_properties_come_to_every_state() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: Vec<State> = Vec::new();
    for _ in 0..400 {
        let taken = steps().new_tree(&mut runner).unwrap().current();
        let (mut approval, mut now) = (pending(2), 0);
        for taken in &taken {
            approval = step(&approval, taken, &mut now).0.unwrap_or(approval);
            seen.push(approval.state);
        }
    }
    for state in [State::Pending, State::Granted, State::Started, State::Rejected, State::Expired, State::Withdrawn] {
        let times = seen.iter().filter(|found| **found == state).count();
        assert!(times > 20, "{state:?} {times} times");
    }
}
