//! A proposal in a channel: shown as it stands in the store, decided by reactions and buttons, edited to its end state.

use super::world::{ANNA, BEN, DAN, OPS, PATIENCE, SILENCE, World};
use chrono::{TimeDelta, Utc};
use domain::approval::{Approval, Permitted, Proposer, ShownPlan, State};
use domain::object::ObjectRef;
use domain::person::Role;
use fakes::slack_server::{Message, SlackServer};
use ports::store::record;
use std::collections::BTreeSet;

fn asked(id: &str, people_needed: u32, lasts: TimeDelta) -> Approval {
    let shown = ShownPlan {
        environment: "prod".to_owned(),
        object: ObjectRef::namespaced("Deployment", "shop", "checkout"),
        resource_version: "48213377".to_owned(),
        action: "rollout_undo".to_owned(),
        summary: format!("Roll Deployment shop/checkout back ({id})"),
        arguments: r#"{"name":"checkout","namespace":"shop"}"#.to_owned(),
        diff: "-  image: shop/checkout:2\n+  image: shop/checkout:1\n".to_owned(),
        blast_radius: "3 pods, one after the other".to_owned(),
        success_check: "3 of 3 pods ready for 5 minutes".to_owned(),
        undo: "Roll forward again".to_owned(),
        confidence: 870,
        rule: "W2 on a critical service always asks".to_owned(),
        plan: String::new(),
    };
    let now = Utc::now();
    Approval {
        id: id.to_owned(),
        incident: None,
        plan: shown.digest(),
        shown,
        proposer: Proposer::Scarlet,
        permitted: Permitted {
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            role: Some(Role::Approver),
            people_needed,
        },
        asked_at: now,
        expires_at: now + lasts,
        state: State::Pending,
        votes: Vec::new(),
        starts_at: None,
        ended: None,
        changed_at: now,
    }
}

/// The message of a proposal, when it is shown.
async fn shown(world: &World, id: &str) -> Message {
    let find = |slack: &SlackServer| {
        slack.messages(OPS).into_iter().find(|message| message.reads().contains(&format!("({id})")))
    };
    world.slack.wait_until(&format!("the proposal {id} is shown"), PATIENCE, |slack| find(slack).is_some()).await;
    find(&world.slack).unwrap()
}

async fn until_it_reads(world: &World, message: &Message, wanted: &str) {
    let what = format!("the proposal reads {wanted:?}");
    let reads = |slack: &SlackServer| slack.message(OPS, &message.ts).is_some_and(|now| now.reads().contains(wanted));
    world.slack.wait_until(&what, PATIENCE, reads).await;
}

async fn stands(world: &World, id: &str) -> Approval {
    record::load::<Approval>(world.store().await.as_ref(), id).await.unwrap().unwrap().value
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_and_buttons_of_permitted_people_decide_and_of_nobody_else() {
    let world = World::usual().await;
    world.keep(&asked("APR-1", 2, TimeDelta::minutes(30))).await;
    let message = shown(&world, "APR-1").await;
    // Somebody who may not is told so quietly, and nothing changes.
    world.slack.react(DAN, OPS, &message.ts, "white_check_mark");
    world.slack.wait_until("Dan is told that he may not", PATIENCE, |slack| !slack.ephemerals(DAN).is_empty()).await;
    assert!(stands(&world, "APR-1").await.votes.is_empty());
    // One of two, by a reaction with a skin tone; said twice it counts once.
    world.slack.react(ANNA, OPS, &message.ts, "+1::skin-tone-3");
    until_it_reads(&world, &message, "1 of 2").await;
    world.slack.press(ANNA, OPS, &message.ts, "approve");
    world.slack.wait_until("Anna is told that she said it", PATIENCE, |slack| !slack.ephemerals(ANNA).is_empty()).await;
    assert_eq!(stands(&world, "APR-1").await.votes.len(), 1);
    // The second person's grants it; taken back within the countdown, it waits again.
    world.slack.react(BEN, OPS, &message.ts, "white_check_mark");
    until_it_reads(&world, &message, "Starts at").await;
    world.slack.unreact(BEN, OPS, &message.ts, "white_check_mark");
    until_it_reads(&world, &message, "1 of 2").await;
    assert_eq!(stands(&world, "APR-1").await.state, State::Pending);
    // No ends it for all.
    world.slack.press(BEN, OPS, &message.ts, "reject");
    until_it_reads(&world, &message, "Rejected").await;
    let ended = stands(&world, "APR-1").await;
    assert_eq!(ended.state, State::Rejected);
    // It is edited only to its end state: one message, no buttons left.
    let last = world.slack.message(OPS, &message.ts).unwrap();
    assert!(!last.reads().contains("[Approve") && !last.reads().contains("[Take back"), "{}", last.reads());
    let posts = world.slack.messages(OPS).into_iter().filter(|message| message.reads().contains("(APR-1)")).count();
    assert_eq!(posts, 1, "{}", world.slack.transcript(OPS));
    world.slack.react(ANNA, OPS, &message.ts, "white_check_mark");
    world.slack.assert_silence(OPS, &message.ts, SILENCE).await;
    assert_eq!(stands(&world, "APR-1").await, ended);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_expires_by_itself_and_then_nobody_decides_it() {
    let world = World::usual().await;
    world.keep(&asked("APR-2", 1, TimeDelta::seconds(20))).await;
    let message = shown(&world, "APR-2").await;
    until_it_reads(&world, &message, "Expired").await;
    world.slack.react(ANNA, OPS, &message.ts, "white_check_mark");
    world
        .slack
        .wait_until("Anna is told why nothing happens", PATIENCE, |slack| !slack.ephemerals(ANNA).is_empty())
        .await;
    assert_eq!(stands(&world, "APR-2").await.state, State::Expired);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_and_no_at_once_never_start_it() {
    let world = World::usual().await;
    world.keep(&asked("APR-3", 1, TimeDelta::minutes(30))).await;
    let message = shown(&world, "APR-3").await;
    world.slack.react(ANNA, OPS, &message.ts, "white_check_mark");
    world.slack.react(BEN, OPS, &message.ts, "x");
    until_it_reads(&world, &message, "Rejected").await;
    assert_eq!(stands(&world, "APR-3").await.state, State::Rejected);
    world.end().await;
}
