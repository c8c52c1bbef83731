//! What holds after any sequence of steps: an action begins, ends or is undone, somebody freezes, lifts, pauses or ends a
//! pause, time passes or runs back.

use super::{at, person, target};
use crate::guard::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
enum Step {
    Begin {
        object: usize,
        environment: usize,
        chain: Vec<u8>,
        automatic: bool,
        plan: u8,
        minutes: i64,
    },
    /// What began once is asked for again.
    Again {
        which: usize,
        object: usize,
    },
    Undo {
        of: usize,
    },
    End {
        which: usize,
        outcome: Outcome,
    },
    Freeze {
        environment: Option<usize>,
    },
    Unfreeze {
        environment: Option<usize>,
    },
    Lift {
        plan: u8,
    },
    Pause {
        environment: usize,
        minutes: Option<i64>,
    },
    Unpause {
        environment: usize,
    },
    Pass {
        seconds: i64,
    },
}

fn any_step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        Just(Outcome::Succeeded),
        Just(Outcome::Failed),
        Just(Outcome::Unknown),
        Just(Outcome::NothingDone)
    ];
    let begin = (0_usize..12, 0_usize..2, prop::collection::vec(0_u8..8, 0..3), any::<bool>(), 0_u8..4, 1_i64..30);
    prop_oneof![
        8 => begin.prop_map(|(object, environment, chain, automatic, plan, minutes)| {
            Step::Begin { object, environment, chain, automatic, plan, minutes }
        }),
        2 => (0_usize..64, 0_usize..12).prop_map(|(which, object)| Step::Again { which, object }),
        1 => (0_usize..8).prop_map(|of| Step::Undo { of }),
        4 => (0_usize..8, outcome).prop_map(|(which, outcome)| Step::End { which, outcome }),
        1 => prop::option::of(0_usize..2).prop_map(|environment| Step::Freeze { environment }),
        2 => prop::option::of(0_usize..2).prop_map(|environment| Step::Unfreeze { environment }),
        1 => (0_u8..4).prop_map(|plan| Step::Lift { plan }),
        1 => (0_usize..2, prop::option::of(0_i64..40)).prop_map(|(environment, minutes)| Step::Pause { environment, minutes }),
        2 => (0_usize..2).prop_map(|environment| Step::Unpause { environment }),
        6 => prop_oneof![4 => 0_i64..1_200, 1 => -20_i64..0].prop_map(|seconds| Step::Pass { seconds }),
    ]
}

const ENVIRONMENTS: [&str; 2] = ["prod", "staging"];

fn scope(environment: Option<usize>) -> Scope {
    environment.map_or(Scope::All, |place| Scope::Environment(ENVIRONMENTS[place].to_owned()))
}

/// A world in which steps are taken, with books of its own.
#[derive(Default)]
struct World {
    guards: Guards,
    now: i64,
    number: u32,
    largest_token: u64,
    /// Automatic starts ever, by environment.
    automatic: BTreeMap<&'static str, Vec<DateTime<Utc>>>,
    /// When each action began last.
    begun: BTreeMap<String, DateTime<Utc>>,
    /// Frozen scopes, and plans for which they are lifted, as a person would keep them on paper.
    frozen: BTreeSet<Scope>,
    lifted: BTreeSet<String>,
    /// Until when each environment is paused; `None` is without an end.
    paused: BTreeMap<&'static str, Option<DateTime<Utc>>>,
}

/// Whether a pause with this end stands no more.
fn is_over(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    until.is_some_and(|until| until + clock_margin() <= now)
}

impl World {
    fn limits() -> Limits {
        Limits { automatic_per_hour: 3, ..Limits::default() }
    }

    fn begin(&mut self, request: &Request) -> Result<Started, Refusal> {
        self.number += 1;
        let claim = format!("claim-{}", self.number);
        let (next, started) = begin(&self.guards, request, &claim, &Self::limits(), at(self.now))?;
        self.guards = next;
        let before = self.begun.insert(request.id.clone(), started.since);
        let is_first = before.is_none_or(|before| started.since - before >= TimeDelta::hours(24));
        assert!(is_first, "{} began twice: at {before:?} and at {}", request.id, started.since);
        Ok(started)
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let seen_before = self.guards.under_way().to_vec();
        match step {
            Step::Begin { object, environment, chain, automatic, plan, minutes } => {
                let environment = ENVIRONMENTS[environment];
                let request = Request {
                    id: format!("action-{}", self.number),
                    plan: format!("plan-{plan}"),
                    target: target(environment, &format!("object-{object}")),
                    chain: chain.iter().map(|key| format!("{environment} key-{key}")).collect(),
                    start: if automatic { Start::Automatic { leader: 1 } } else { Start::Approved },
                    deadline: at(self.now) + TimeDelta::minutes(minutes),
                };
                let Ok(started) = self.begin(&request) else { return Ok(()) };
                let is_frozen = self.frozen.iter().any(|scope| scope.covers(environment));
                prop_assert!(!is_frozen || self.lifted.contains(&request.plan), "begun under a freeze: {request:?}");
                let pause = self.paused.get(environment).filter(|until| !is_over(**until, started.since));
                prop_assert!(pause.is_none(), "begun in a paused environment: {request:?}");
                self.token_grew(&started)?;
                if automatic {
                    self.automatic.entry(environment).or_default().push(started.since);
                }
            }
            Step::Again { which, object } => {
                let Some(id) = self.begun.keys().nth(which % self.begun.len().max(1)).cloned() else { return Ok(()) };
                let request = Request {
                    id,
                    plan: "plan-of-again".to_owned(),
                    target: target("prod", &format!("object-{object}")),
                    chain: BTreeSet::new(),
                    start: Start::Approved,
                    deadline: at(self.now) + TimeDelta::minutes(5),
                };
                if let Ok(started) = self.begin(&request) {
                    let pause = self.paused.get("prod").filter(|until| !is_over(**until, started.since));
                    prop_assert!(pause.is_none(), "begun in a paused environment: {request:?}");
                    self.token_grew(&started)?;
                }
            }
            Step::Undo { of } => {
                let Some(undone) = seen_before.get(of) else { return Ok(()) };
                let request = Request {
                    id: format!("action-{}", self.number),
                    plan: "plan-of-undo".to_owned(),
                    target: undone.target.clone(),
                    chain: BTreeSet::new(),
                    start: Start::Undo { of: undone.id.clone(), token: undone.token },
                    deadline: at(self.now) + TimeDelta::minutes(5),
                };
                let Ok(started) = self.begin(&request) else { return Ok(()) };
                self.token_grew(&started)?;
                prop_assert!(self.guards.under_way().iter().all(|action| action.id != undone.id));
            }
            Step::End { which, outcome } => {
                let Some(action) = seen_before.get(which) else { return Ok(()) };
                let next = end(&self.guards, &action.id, action.token, outcome, &Self::limits(), at(self.now));
                self.guards = next.expect("what is under way can be ended at any time");
            }
            Step::Freeze { environment } => {
                self.guards = freeze(&self.guards, scope(environment), &person(false), "why", at(self.now));
                self.frozen.insert(scope(environment));
                self.lifted.clear();
            }
            Step::Unfreeze { environment } => {
                let now = at(self.now);
                let next = unfreeze(&self.guards, &scope(environment), &person(true), now);
                prop_assert_eq!(next.is_ok(), self.frozen.remove(&scope(environment)));
                let Ok(next) = next else { return Ok(()) };
                // An approver said that the clock is right: what it showed before is told by it.
                if next.seen_at < self.guards.seen_at {
                    self.automatic.values_mut().flatten().for_each(|start| *start = now.min(*start));
                    self.begun.values_mut().for_each(|begun| *begun = now.min(*begun));
                    // Pauses with an end are brought back with the clock; those without one must stand.
                    self.paused.retain(|_, until| until.is_none());
                }
                self.guards = next;
            }
            Step::Lift { plan } => {
                if let Ok(next) = lift(&self.guards, &format!("plan-{plan}"), &person(true), at(self.now)) {
                    self.guards = next;
                    self.lifted.insert(format!("plan-{plan}"));
                }
            }
            Step::Pause { environment, minutes } => {
                let (name, now) = (ENVIRONMENTS[environment], at(self.now));
                let until = minutes.map(|minutes| now + TimeDelta::minutes(minutes));
                self.guards = pause(&self.guards, name, &person(false), "why", until, now);
                let before = self.paused.get(name).copied().filter(|until| !is_over(*until, now));
                let longer = before.map_or(until, |before| before.zip(until).map(|(one, other)| one.max(other)));
                self.paused.insert(name, longer);
            }
            Step::Unpause { environment } => {
                let (name, now) = (ENVIRONMENTS[environment], at(self.now));
                let next = unpause(&self.guards, name, &person(true), now);
                // What was over by a clock that ran back since is over.
                let latest = now.max(self.guards.seen_at);
                let stood = self.paused.remove(name).is_some_and(|until| !is_over(until, latest));
                // After the clock was set right, a pause with an end may stand of which this book knows nothing more.
                prop_assert!(next.is_ok() || !stood);
                self.guards = next.unwrap_or_else(|_| self.guards.clone());
            }
            Step::Pass { seconds } => self.now += seconds,
        }
        Ok(())
    }

    fn token_grew(&mut self, started: &Started) -> Result<(), TestCaseError> {
        prop_assert!(started.token > self.largest_token);
        self.largest_token = started.token;
        Ok(())
    }

    fn holds(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.guards.check(), Ok(()));
        let mut locks = BTreeSet::new();
        for action in self.guards.under_way() {
            for key in &action.chain {
                prop_assert!(locks.insert(key.clone()), "two actions on {key}");
            }
        }
        for starts in self.automatic.values() {
            for (place, start) in starts.iter().enumerate() {
                let within = starts[..=place].iter().filter(|earlier| *start - **earlier < TimeDelta::hours(1)).count();
                prop_assert!(within <= 3, "{within} automatic starts within the hour before {start}");
            }
        }
        Ok(())
    }
}

proptest! {
    // Each case is a life of up to 150 steps, all of it checked after each.
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_happens_chains_caps_freezes_and_tokens_hold(steps in prop::collection::vec(any_step(), 1..150)) {
        let mut world = World::default();
        for step in steps {
            world.take(step)?;
            world.holds()?;
        }
        let text = serde_json::to_string(&world.guards).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Guards>(&text).expect("as written"), world.guards);
    }
}

/// Objects, environments and actions by the thousand: what is kept stays bounded, and full lists refuse.
#[test]
fn what_is_kept_is_bounded() {
    let mut guards = Guards::default();
    let limits = Limits { cool_down: TimeDelta::days(1), ..Limits::default() };
    let (mut full, mut open) = (BTreeSet::new(), Vec::new());
    for number in 0..1_500_u32 {
        let now = at(i64::from(number));
        let name = format!("object-{number}");
        let request = Request {
            id: name.clone(),
            plan: "plan".to_owned(),
            target: target(&format!("environment-{}", number % 300), &name),
            chain: BTreeSet::new(),
            start: if (200..500).contains(&number) { Start::Automatic { leader: 1 } } else { Start::Approved },
            deadline: now + TimeDelta::minutes(50),
        };
        match begin(&guards, &request, &name, &limits, now) {
            Ok((next, started)) => {
                guards = next;
                open.push((name, started.token));
            }
            Err(Refusal::NoRoom { what, .. }) => drop(full.insert(what)),
            Err(other) => panic!("{other}"),
        }
        // The first stay under way until no more can.
        for (name, token) in if number < 200 { Vec::new() } else { std::mem::take(&mut open) } {
            guards = end(&guards, &name, token, Outcome::Failed, &limits, now).expect("under way");
        }
    }
    assert_eq!(guards.check(), Ok(()));
    let lists = ["actions under way", "environments with automatic starts", "objects that rest"];
    assert_eq!(full, BTreeSet::from(lists), "each list was filled");
    assert!(serde_json::to_string(&guards).expect("JSON").len() < 1_000_000);
}
