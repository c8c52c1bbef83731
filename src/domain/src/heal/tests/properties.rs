//! Whatever happens, in whatever order: nothing begins ungranted, nothing begins twice, everything ends or is looked at
//! again.

use super::*;
use crate::heal::GuardRefusal;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// An input without the ids of the moment, which are filled in: of the present round and plan, or of another.
#[derive(Debug, Clone)]
enum Event {
    Wait(i64),
    Tick,
    TakenOver,
    Seen { state: usize, is_owned: bool, is_wished_back: bool, is_quiet: bool, flapping: bool, mode: usize },
    Shown,
    Diagnosed(bool),
    Refuted,
    Planned(usize, bool),
    NothingToDo,
    NotPlanned,
    Asked(bool),
    NotAsked(bool),
    Approval(usize),
    Ended(usize),
    Measured(usize),
    Undone(u8),
    Told,
    NotTold,
    Pay,
    Late,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => prop_oneof![0_i64..30, 30_i64..700, 3_000_i64..90_000].prop_map(Event::Wait),
        8 => Just(Event::Tick),
        1 => Just(Event::TakenOver),
        2 => (0_usize..9, any::<[bool; 4]>(), 0_usize..3).prop_map(
            |(state, [is_owned, is_wished_back, is_quiet, flapping], mode)| {
                Event::Seen { state, is_owned, is_wished_back, is_quiet, flapping, mode }
            }
        ),
        2 => any::<bool>().prop_map(|is_wished_back| {
            Event::Seen { state: 2, is_owned: false, is_wished_back, is_quiet: false, flapping: false, mode: 2 }
        }),
        1 => Just(Event::Shown),
        4 => prop::bool::weighted(0.8).prop_map(Event::Diagnosed),
        1 => Just(Event::Refuted),
        6 => (0_usize..5, any::<bool>()).prop_map(|(verdict, undo)| Event::Planned(verdict, undo)),
        4 => Just(Event::Planned(0, true)),
        1 => Just(Event::NothingToDo),
        1 => Just(Event::NotPlanned),
        2 => prop::bool::weighted(0.9).prop_map(Event::Asked),
        1 => any::<bool>().prop_map(Event::NotAsked),
        3 => (0_usize..7).prop_map(Event::Approval),
        4 => (0_usize..14).prop_map(Event::Ended),
        4 => (0_usize..5).prop_map(Event::Measured),
        2 => (0_u8..5).prop_map(Event::Undone),
        1 => Just(Event::Told),
        1 => Just(Event::NotTold),
        2 => Just(Event::Pay),
        1 => Just(Event::Late),
    ]
}

const MODES: [Mode; 3] = [Mode::Observe, Mode::Shadow, Mode::Live];
const OUTCOMES: [Outcome; 5] = [Outcome::NotYet, Outcome::Better, Outcome::Same, Outcome::Worse, Outcome::CannotTell];
const APPROVALS: [Option<ApprovalState>; 7] = [
    Some(ApprovalState::Pending),
    Some(ApprovalState::Granted),
    Some(ApprovalState::Started),
    Some(ApprovalState::Rejected),
    Some(ApprovalState::Expired),
    Some(ApprovalState::Withdrawn),
    None,
];

fn end(which: usize, now: DateTime<Utc>) -> End {
    let why = "why".to_owned();
    match which {
        0..=4 => End::Done { at: now },
        5 => End::Refused { by: GuardRefusal::Until(now + TimeDelta::minutes(10)), why },
        6 => End::Refused { by: GuardRefusal::DecideAnew, why },
        7 => End::Refused { by: GuardRefusal::People, why },
        8 => End::Stale { why },
        9 => End::Failed { why },
        10 => End::NeverBegun { why },
        11 => End::StillUnderWay,
        12 => End::Refused { by: GuardRefusal::NotLeader, why },
        _ => End::Unknown { why },
    }
}

impl Event {
    fn input(&self, heal: &Heal, now: DateTime<Utc>) -> Option<Input> {
        let (plan, round, number) = (heal.current_plan(), heal.diagnoses, heal.plans);
        let why = "why".to_owned();
        Some(match self {
            Self::Wait(_) => return None,
            Self::Tick => Input::Tick,
            Self::TakenOver => Input::TakenOver,
            Self::Seen { state, is_owned, is_wished_back, is_quiet, flapping, mode } => Input::Seen(Sight {
                part_of: None,
                state: State::ALL[*state],
                owner: is_owned.then(|| "slack:U1".to_owned()),
                taking_back: is_wished_back.then(|| TakingBack { by: "slack:U2".to_owned(), at: now, plan: None }),
                quiet_since: is_quiet.then_some(now),
                flapping: *flapping,
                mode: MODES[*mode],
            }),
            Self::Shown => Input::Shown,
            Self::Diagnosed(is_found) => {
                Input::Diagnosed { round, found: if *is_found { Ok(diagnosis(now)) } else { Err(why) } }
            }
            Self::Refuted => {
                let mut found = diagnosis(now);
                found.hypotheses[0].standing = Standing::Refuted;
                Input::Diagnosed { round, found: Ok(found) }
            }
            Self::Planned(verdict, has_undo) => {
                let mut proposal = proposal(heal, Verdict::ALL[*verdict], now);
                if !has_undo {
                    proposal.plan.undo = None;
                }
                Input::Planned { number, proposal }
            }
            Self::NothingToDo => Input::NothingToDo { number, why },
            Self::NotPlanned => Input::NotPlanned { number, why },
            Self::Asked(is_own) => Input::Asked { approval: if *is_own { plan } else { "INC-7.99".to_owned() } },
            Self::NotAsked(may_pass) => Input::NotAsked { approval: plan, why, may_pass: *may_pass },
            Self::Approval(which) => {
                let state = APPROVALS[*which];
                let starts_at = (state == Some(ApprovalState::Granted)).then(|| now + TimeDelta::seconds(10));
                Input::Approval { approval: plan, state, starts_at, ended: None }
            }
            Self::Ended(which) => Input::Ended { plan, end: end(*which, now) },
            Self::Measured(which) => Input::Measured { plan, outcome: OUTCOMES[*which], told: why },
            Self::Undone(end) => {
                let end = match end {
                    0 => UndoEnd::Done,
                    1 => UndoEnd::Failed(why),
                    2 => UndoEnd::NeverBegun,
                    3 => UndoEnd::NotNow(why),
                    _ => UndoEnd::StillUnderWay,
                };
                Input::Undone { plan, end }
            }
            Self::Told => Input::Told { place: "slack:C1".to_owned() },
            Self::NotTold => Input::NotTold { why },
            Self::Pay => Input::Paid { key: heal.owed.first().map(|debt| debt.key.clone()).unwrap_or_default() },
            Self::Late => Input::Ended { plan: heal.plan_id(heal.plans.saturating_sub(1)), end: End::Done { at: now } },
        })
    }
}

/// What must hold of any step.
fn check(
    before: &Heal,
    input: &Input,
    after: &Heal,
    effects: &[Effect],
    acted: &mut BTreeSet<String>,
    now: DateTime<Utc>,
) {
    for effect in effects {
        match effect {
            Effect::Act { plan } => {
                let Stage::Granted { starts_at, expires_at, .. } = &before.stage else {
                    panic!("acts out of the stage {}", before.stage.name())
                };
                assert!(now >= *starts_at && now < *expires_at, "acts too early or too late");
                assert_eq!(before.mode, Mode::Live, "acts while only watching");
                assert!(
                    before.failed_in_a_row < limits::FAILED_HEALS,
                    "acts after {} failed heals",
                    before.failed_in_a_row
                );
                assert!(before.after.is_none(), "acts though people have it");
                assert!(acted.insert(plan.clone()), "acts twice for {plan}");
            }
            Effect::Undo { plan } => {
                let never_began = matches!(input, Input::Undone { end: UndoEnd::NeverBegun, .. })
                    && matches!(before.stage, Stage::Undoing { .. });
                let wish = after.taken_back.as_ref().filter(|taken| taken.plan == *plan);
                let is_called_for = match (&before.stage, input) {
                    (Stage::Verifying { .. }, Input::Measured { outcome, .. }) => *outcome == Outcome::Worse,
                    (Stage::Verifying { .. }, Input::Seen(sight)) => {
                        wish.is_some_and(|taken| sight.taking_back.as_ref() == Some(&taken.wish))
                    }
                    (Stage::Acting { .. }, Input::Ended { end: End::Done { .. }, .. }) => wish.is_some(),
                    _ => never_began,
                };
                assert!(is_called_for, "undoes out of {} by {input:?}", before.stage.name());
                assert!(acted.contains(plan), "undoes what was never done");
            }
            Effect::Ask { .. } => assert_eq!(after.mode, Mode::Live, "asks while only watching"),
            _ => {}
        }
    }
    if let Stage::Granted { by: By::Approval(_), .. } = &after.stage {
        let from = matches!(before.stage, Stage::Waiting { .. } | Stage::Granted { .. });
        assert!(from, "granted out of {}", before.stage.name());
    }
    let healed = matches!(after.stage, Stage::Resolved { healed: true, .. });
    if healed && !matches!(before.stage, Stage::Resolved { .. }) {
        let is_better = matches!(input, Input::Measured { outcome: Outcome::Better, .. });
        assert!(is_better, "healed by {input:?}");
    }
    let tells_over = after.owed.iter().filter(|debt| matches!(debt.what, Owed::TellOver { .. })).count();
    match (&before.stage, &after.stage) {
        (Stage::Resolved { .. }, Stage::Resolved { .. }) => {}
        (_, Stage::Resolved { .. }) => {
            assert_eq!(tells_over, usize::from(!after.pages.is_empty()), "who hears the end")
        }
        (_, stage) => assert_eq!(tells_over, 0, "told to be over at {}", stage.name()),
    }
    match after.next_at {
        None => assert!(after.is_over(), "nobody looks at {} again", after.stage.name()),
        Some(at) => {
            assert!(at <= now.max(after.changed_at) + limits::LONGEST_WAIT, "{} waits until {at}", after.stage.name())
        }
    }
    assert!(after.owed.len() <= limits::DEBTS);
    assert!(after.attempts.len() <= limits::PLANS as usize);
    assert!(after.plans <= limits::PLANS && after.diagnoses <= limits::DIAGNOSES);
    assert_eq!(after.state, after.stage.name());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_happens_nothing_begins_ungranted_or_twice(mode in 0_usize..3, events in prop::collection::vec(event(), 1..90)) {
        let mut heal = begin(MODES[mode]);
        let (mut now, mut acted) = (began(), BTreeSet::new());
        for event in events {
            if let Event::Wait(seconds) = event {
                now += TimeDelta::seconds(seconds);
            }
            let Some(input) = event.input(&heal, now) else { continue };
            let (next, effects) = step(&heal, &input, now);
            check(&heal, &input, &next, &effects, &mut acted, now);
            // What is kept and read again is the same.
            let read: Heal = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
            prop_assert_eq!(&read, &next);
            heal = next;
        }
        // From here on nothing answers, and only time goes by: it ends, or people have it, or nothing of it can begin.
        for _ in 0..400 {
            let Some(at) = heal.next_at else { break };
            now = now.max(at);
            let (next, effects) = step(&heal, &Input::Tick, now);
            check(&heal, &Input::Tick, &next, &effects, &mut acted, now);
            heal = next;
        }
        prop_assert!(
            matches!(
                heal.stage,
                Stage::Closed | Stage::Resolved { .. } | Stage::Watching | Stage::Handed { .. } | Stage::Escalated
                    | Stage::Escalating { .. }
            ),
            "does not end: {}", heal.stage.name()
        );
    }

    /// A clock that jumps back begins nothing twice and shortens no countdown.
    #[test]
    fn a_clock_that_jumps_begins_nothing_twice(
        events in prop::collection::vec((event(), -100_000_i64..100_000), 1..60)
    ) {
        let mut heal = begin(Mode::Live);
        let mut acted = BTreeSet::new();
        for (event, jump) in events {
            let now = began() + TimeDelta::seconds(jump);
            let Some(input) = event.input(&heal, now) else { continue };
            let (next, effects) = step(&heal, &input, now);
            for effect in &effects {
                if let Effect::Act { plan } = effect {
                    prop_assert!(acted.insert(plan.clone()));
                }
            }
            prop_assert!(next.changed_at >= heal.changed_at);
            heal = next;
        }
    }
}
