//! Convergence: twelve bandits with the outcomes that the actions of each scenario have; within 50 episodes the greedy choice
//! is the best strategy, for each of many seeds.
//!
//! What heals a scenario is what undoes its fault, each time, as in the estate; what a restart cannot change stays the same; what
//! only delays the trouble (more memory for a leak) helps now and then, and slowly. Four troubles no action of the library
//! heals: there a declared webhook does. The chances are assumptions that make it harder than the estate, not measured.

use super::{Draws, at};
use crate::learning::{Learning, Lesson};
use crate::verification::Outcome::{self, Better, CannotTell, Same, Worse};

const EPISODES: usize = 50;
const SEEDS: u64 = 30;

/// An action: its name, the chance of its usual outcome, that outcome with its seconds, the other outcome.
type Arm = (&'static str, f64, Outcome, u32, Outcome);

/// A scenario: its name, the best action, its actions in the prior order.
type Bandit = (&'static str, &'static str, &'static [Arm]);

const BANDITS: &[Bandit] = &[
    (
        "oom-after-rollout",
        "rollout_undo",
        &[
            ("rollout_restart", 1.0, Same, 300, Same),
            ("rollout_undo", 1.0, Better, 200, Same),
            ("set_resources", 0.7, Same, 400, Better),
        ],
    ),
    ("image-pull", "rollout_undo", &[("rollout_undo", 1.0, Better, 60, Same), ("set_image", 1.0, Better, 120, Same)]),
    (
        "missing-secret",
        "rollout_undo",
        &[("rollout_undo", 1.0, Better, 60, Same), ("call_webhook", 0.8, CannotTell, 300, Same)],
    ),
    (
        "pending-resources",
        "rollout_undo",
        &[("rollout_undo", 1.0, Better, 60, Same), ("call_webhook", 1.0, Same, 300, Same)],
    ),
    (
        "failing-readiness",
        "rollout_undo",
        &[("rollout_restart", 0.8, Same, 240, Worse), ("rollout_undo", 1.0, Better, 90, Same)],
    ),
    (
        "error-burst",
        "rollout_undo",
        &[
            ("rollout_restart", 1.0, Same, 400, Same),
            ("rollout_undo", 1.0, Better, 200, Same),
            ("set_image", 0.9, Better, 600, CannotTell),
        ],
    ),
    (
        "slow-database",
        "rollout_restart",
        &[("rollout_restart", 0.95, Better, 180, Same), ("scale", 1.0, Same, 300, Worse)],
    ),
    ("node-not-ready", "cordon", &[("cordon", 0.95, Better, 330, Same), ("drain", 0.9, CannotTell, 900, Worse)]),
    (
        "bad-config",
        "call_webhook",
        &[("rollout_restart", 1.0, Same, 240, Same), ("call_webhook", 0.9, Better, 120, CannotTell)],
    ),
    (
        "certificate-expiring",
        "call_webhook",
        &[("call_webhook", 0.9, Better, 120, CannotTell), ("rollout_restart", 1.0, Same, 60, Same)],
    ),
    (
        "network-policy",
        "call_webhook",
        &[("rollout_restart", 0.9, Same, 200, Worse), ("call_webhook", 0.95, Better, 90, Same)],
    ),
    (
        "disk-filling",
        "call_webhook",
        &[
            ("rollout_restart", 0.9, Same, 120, CannotTell),
            ("delete_pod", 1.0, Worse, 240, Same),
            ("call_webhook", 0.95, Better, 240, Same),
        ],
    ),
];

/// Episodes after which the greedy choice was the best and stayed so.
fn episodes_until_settled(bandit: &Bandit, seed: u64) -> usize {
    let (scenario, best, arms) = bandit;
    let names: Vec<&str> = arms.iter().map(|(name, ..)| *name).collect();
    let (mut draws, mut learning, mut settled) = (Draws(seed), Learning::default(), 0);
    for episode in 1..=EPISODES {
        let (draw, draw2) = (draws.next(), draws.next());
        let choice = learning.choose(scenario, "demo", &names, draw, draw2).unwrap();
        let (action, chance, usual, seconds, other) = arms[choice.index];
        let outcome = if draws.next() < chance { usual } else { other };
        learning = learning.learn(Lesson {
            id: format!("{scenario}-{episode}"),
            symptom: (*scenario).to_owned(),
            action: action.to_owned(),
            environment: "demo".to_owned(),
            outcome,
            approved: false,
            undone: outcome == Worse,
            seconds,
            at: at(i64::try_from(episode).unwrap()),
        });
        let greedy = learning.choose(scenario, "demo", &names, 1.0, 0.0).unwrap();
        if names[greedy.index] != *best {
            settled = episode;
        }
    }
    settled
}

#[test]
fn the_best_strategy_is_the_greedy_one_within_fifty_episodes_of_each_scenario() {
    for bandit in BANDITS {
        for seed in 0..SEEDS {
            let settled = episodes_until_settled(bandit, seed);
            assert!(settled < EPISODES, "{} seed {seed}: not settled on {}", bandit.0, bandit.1);
        }
    }
}

#[test]
fn what_stops_working_is_unlearned() {
    let arms = ["rollout_restart", "rollout_undo"];
    let mut learning = Learning::default();
    let lesson = |action: &str, outcome| Lesson { action: action.to_owned(), ..super::lesson(outcome) };
    for _ in 0..40 {
        learning = learning.learn(lesson("rollout_restart", Better));
    }
    learning = learning.learn(lesson("rollout_undo", Better)).learn(lesson("rollout_undo", Same));
    let greedy = |learning: &Learning| arms[learning.choose("crash", "demo", &arms, 1.0, 0.0).unwrap().index];
    assert_eq!(greedy(&learning), "rollout_restart");
    for _ in 0..10 {
        learning = learning.learn(lesson("rollout_restart", Same));
    }
    assert_eq!(greedy(&learning), "rollout_undo");
}

#[test]
fn the_prior_order_decides_until_something_is_known() {
    let choice = Learning::default().choose("crash", "demo", &["rollout_restart", "rollout_undo"], 0.99, 0.0).unwrap();
    assert_eq!((choice.index, choice.explored), (0, false));
    let explored =
        Learning::default().choose("crash", "demo", &["rollout_restart", "rollout_undo"], 0.1, 0.99).unwrap();
    assert_eq!((explored.index, explored.explored), (1, true));
}
