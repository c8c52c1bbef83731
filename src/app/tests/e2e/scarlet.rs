//! Scarlet in the demo, from outside: an incident starts by itself, is told, and heals after a yes.

use crate::process::{Program, Running};

/// A debug build on a busy machine; what the estate does takes 40 s by its own clock.
const PATIENCE_SECONDS: u64 = 240;

/// What she wrote in a line that begins with the words of a command: the id and the digits of its plan.
fn asked(told: &str) -> Option<(String, String)> {
    let line = told.lines().find(|line| line.contains("auto-devops actions approve"))?;
    let mut words = line.split_whitespace().skip(3);
    let id = words.next()?.to_owned();
    Some((id, words.nth(1)?.to_owned()))
}

async fn asking(scenario: &str) -> (Running, String, String) {
    let mut demo = Program::new(&["demo", "--scenario", scenario]).within(PATIENCE_SECONDS).start();
    let told = demo.err_until(|told| asked(told).is_some()).await;
    let (id, digits) = asked(&told).unwrap();
    (demo, id, digits)
}

#[tokio::test]
async fn an_incident_starts_by_itself_and_heals_after_two_people_said_yes() {
    let (mut demo, id, digits) = asking("missing-secret").await;
    demo.send(&format!("/approve {id} {digits}\n/approve {id} {digits} as colleague\n")).await;
    let told = demo.err_until(|told| told.contains("is resolved now")).await;
    for wanted in ["Did rollout_undo Deployment shop/payments", "Verified, it helped", "INC-1  is verifying now"] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    demo.send("/incidents\n/quit\n").await;
    demo.finish().await.code(0).out_has(&["Approved. It begins 10 seconds", "no incident is open"]);
}

#[tokio::test]
async fn a_no_and_a_yes_for_another_plan_change_nothing() {
    let (mut demo, id, digits) = asking("missing-secret").await;
    demo.send(&format!("/approve {id} {}\n", "0".repeat(digits.len()))).await;
    demo.err_until(|told| told.contains("it takes at least 12 digits of the digest")).await;
    demo.send(&format!("/reject {id} {digits}\n")).await;
    let told = demo.err_until(|told| told.contains("is escalated now")).await;
    assert!(!told.contains("Did rollout_undo"), "{told}");
    demo.send("/quit\n").await;
    demo.finish().await.code(0).out_has(&["Rejected: it will not be done."]);
}

#[tokio::test]
async fn what_she_did_is_taken_back_when_a_person_wants_it_so() {
    let mut demo = Program::new(&["demo", "--scenario", "image-pull"]).within(PATIENCE_SECONDS).start();
    demo.send("/undo INC-1 nothing was done yet\n").await;
    demo.err_until(|told| {
        told.contains("nothing is taken back of INC-1") || told.contains("no incident or action INC-1")
    })
    .await;
    demo.err_until(|told| told.contains("Did rollout_undo")).await;
    demo.send("/undo INC-1 the release is wanted\n").await;
    let told = demo.err_until(|told| told.contains("is escalated now")).await;
    for wanted in [
        "wants the action taken back: the release is wanted",
        "It was taken back",
        "a person had the last action taken back",
    ] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    demo.send("/undo INC-1.1\n/quit\n").await;
    demo.finish().await.code(0).err_has(&["say in a few words why"]);
}
