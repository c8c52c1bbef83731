//! Scenarios of the estate in the demo, from the first signal to the end, with people who approve what is asked.
//!
//! Held: each ends as its golden says; nothing was done without its verdict, and nothing beyond it; no workload that was
//! ready before is short of pods afterwards; at least eight are healed. What is asked is looked up in what the
//! program itself tells, and how the estate stands is asked of it through the tools.
//!
//! One test for all, since they mostly wait: a few demos run side by side.

mod reading;
mod running;

use expect_test::expect_file;
use futures::StreamExt as _;
use reading::Story;

/// Demos side by side: they mostly wait. With more of them on two cores looks run out of time, and less is known of a cause.
const AT_ONCE: usize = 4;

/// How many are to be healed; what is left is for people, with the right cause.
const HEALED: usize = 8;

/// Scenarios, those first that take longest.
const SCENARIOS: &[&str] = &[
    "oom-after-rollout",
    "slow-database",
    "error-burst",
    "node-not-ready",
    "failing-readiness",
    "missing-secret",
    "pending-resources",
    "image-pull",
    "bad-config",
    "certificate-expiring",
    "disk-filling",
    "network-policy",
];

#[tokio::test]
async fn each_scenario_ends_as_its_golden_says() {
    let running = SCENARIOS.iter().map(|scenario| async move { (*scenario, running::to_its_end(scenario).await) });
    let mut stories: Vec<(&str, running::Lived)> =
        futures::stream::iter(running).buffer_unordered(AT_ONCE).collect().await;
    stories.sort_by_key(|(scenario, _)| *scenario);
    let mut told = String::new();
    let mut healed = 0;
    for (scenario, lived) in &stories {
        let story = Story::read(&lived.told);
        assert_eq!(story.beyond_verdict(), Vec::<String>::new(), "{scenario}:\n{}", lived.told);
        assert_eq!(lived.worse(), Vec::<String>::new(), "{scenario}:\n{}", lived.told);
        healed += usize::from(story.is_healed());
        told.push_str(&story.golden(scenario));
    }
    expect_file!["./scarlet_scenarios/golden.txt"].assert_eq(&told);
    assert!(healed >= HEALED, "{healed} of {} were healed:\n{told}", SCENARIOS.len());
}

#[test]
fn every_scenario_is_lived() {
    let mut known: Vec<&str> = estate::scenarios::Scenario::all().map(|scenario| scenario.name).collect();
    let mut lived = SCENARIOS.to_vec();
    known.sort_unstable();
    lived.sort_unstable();
    assert_eq!(lived, known);
}
