//! Who does what, on what, when; and what comes of it in Slack.

mod matrix;
mod pages;
pub(crate) mod world;

use super::*;
use domain::incident::{Incident, State};
use world::{World, reaction};

#[tokio::test(start_paused = true)]
async fn a_reaction_on_a_message_that_is_not_ours_is_not_the_desks() {
    let world = World::new().await;
    let received = reaction("r1", true, "white_check_mark", "U1", "C1", "1.0");
    assert!(!world.desk.handle(&received).await.unwrap());
    world.outbox.put("answer:Ev1", "C1", None, &slack_view::help::note("an answer")).await.unwrap();
    let answer = world.ts("answer:Ev1").await;
    assert!(!world.desk.handle(&reaction("r2", true, "+1", "U1", "C1", &answer)).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_same_event_again_tells_nobody_a_second_time() {
    let world = World::new().await;
    let message = world.show_approval().await;
    let received = reaction("r1", true, "+1", "U4", "C1", &message);
    for _ in 0..3 {
        assert!(world.desk.handle(&received).await.unwrap());
    }
    assert_eq!(world.slack.calls_of("chat.postEphemeral").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_counted_is_not_told_as_nothing_when_it_is_handled_again() {
    let world = World::new().await;
    let (incident, approval) = (world.show_incident().await, world.show_approval().await);
    for _ in 0..2 {
        world.desk.handle(&reaction("r1", true, "+1", "U1", "C1", &approval)).await.unwrap();
        world.desk.handle(&reaction("r2", true, "eyes", "U2", "C1", &incident)).await.unwrap();
    }
    assert_eq!(world.slack.calls_of("chat.postEphemeral"), []);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_makes_a_word_wait_and_not_vanish() {
    let world = World::new().await;
    let message = world.show_approval().await;
    world.approvals.is_away(true);
    let received = reaction("r1", true, "+1", "U1", "C1", &message);
    assert!(world.desk.handle(&received).await.is_err());
    world.approvals.is_away(false);
    assert!(world.desk.handle(&received).await.unwrap());
    assert_eq!(world.approvals.now("APR-5").state, domain::approval::State::Granted);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_not_the_one_the_message_shows_is_not_approved() {
    let world = World::new().await;
    let message = world.show_approval().await;
    world.approvals.replace_plan("APR-5");
    world.desk.handle(&reaction("r1", true, "white_check_mark", "U1", "C1", &message)).await.unwrap();
    assert_eq!(world.approvals.now("APR-5").state, domain::approval::State::Pending);
    let told = world.slack.calls_of("chat.postEphemeral");
    assert!(told.len() == 1 && told[0].said.contains("not the one that would be carried out"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn eyes_claim_an_incident_and_give_it_back() {
    let world = World::new().await;
    let message = world.show_incident().await;
    world.desk.handle(&reaction("r1", true, "eyes", "U2", "C1", &message)).await.unwrap();
    assert_eq!(world.incidents.now("INC-17").owner.as_deref(), Some("slack:U2"));
    assert!(world.wanted("incident:INC-17:C1").await.contains("<@U2>"));
    // Somebody else is told that it has an owner, and taking their eyes off changes nothing.
    world.desk.handle(&reaction("r2", true, "eyes", "U1", "C1", &message)).await.unwrap();
    world.desk.handle(&reaction("r3", false, "eyes", "U1", "C1", &message)).await.unwrap();
    assert_eq!(world.incidents.now("INC-17").owner.as_deref(), Some("slack:U2"));
    assert_eq!(world.slack.calls_of("chat.postEphemeral").len(), 1);
    world.desk.handle(&reaction("r4", false, "eyes", "U2", "C1", &message)).await.unwrap();
    assert_eq!(world.incidents.now("INC-17").owner, None);
}

/// The modal of this name for `INC-17`, submitted with a reason.
fn submitted(view: &str, user: &str) -> Body {
    Body::Submitted {
        view: view.to_owned(),
        private: "INC-17".to_owned(),
        values: serde_json::json!({"reason": {"reason": {"type": "plain_text_input", "value": "rolled back"}}}),
        user: user.to_owned(),
        team: Some("T1".to_owned()),
    }
}

#[tokio::test(start_paused = true)]
async fn an_incident_is_resolved_through_the_modal_and_only_by_those_who_may() {
    let world = World::new().await;
    world.show_incident().await;
    world.press("p1", "resolve", "INC-17", "U4").await;
    assert!(world.slack.calls_of("views.open").is_empty(), "a viewer gets no modal");
    world.press("p2", "resolve", "INC-17", "U2").await;
    assert_eq!(world.slack.calls_of("views.open").len(), 1);
    for user in ["U4", "UG", "UX", "UB"] {
        world.handle(&format!("s-{user}"), submitted("resolve_incident", user)).await;
        assert!(world.incidents.now("INC-17").is_open(), "{user}");
    }
    world.handle("s1", submitted("resolve_incident", "U2")).await;
    assert!(!world.incidents.now("INC-17").is_open());
    assert!(world.wanted("incident:INC-17:C1").await.contains("Resolved"));
    assert!(world.wanted("post-mortem:INC-17:C1").await.contains("Post-mortem draft"));
}

#[tokio::test(start_paused = true)]
async fn an_action_is_wanted_back_through_the_modal_and_only_by_approvers() {
    let world = World::new().await;
    world.incidents.put(Incident { state: State::Verifying, ..World::incident() });
    world.show_incident().await;
    let has_button = async || world.wanted("incident:INC-17:C1").await.contains(r#""action_id":"undo""#);
    assert!(has_button().await);
    // A responder handles incidents, and changes nothing in the cluster.
    world.press("p1", "undo", "INC-17", "U2").await;
    assert!(world.slack.calls_of("views.open").is_empty());
    for user in ["U2", "U4", "UG", "UX", "UB"] {
        world.handle(&format!("s-{user}"), submitted("undo_action", user)).await;
        assert_eq!(world.incidents.now("INC-17").taking_back, None, "{user}");
    }
    world.press("p2", "undo", "INC-17", "U1").await;
    assert_eq!(world.slack.calls_of("views.open").len(), 1);
    world.handle("s1", submitted("undo_action", "U1")).await;
    let wanted = world.incidents.now("INC-17");
    assert_eq!(wanted.taking_back.map(|wish| wish.by).as_deref(), Some("slack:U1"));
    assert_eq!(wanted.timeline.last().unwrap().text, "wants the action taken back: rolled back");
    assert!(!has_button().await, "it is wanted already");
}

#[tokio::test(start_paused = true)]
async fn a_window_that_cannot_be_opened_is_told() {
    let world = World::new().await;
    world.show_incident().await;
    world.slack.fail_next("views.open", crate::testing::ScriptedSlack::refusal("views.open", "expired_trigger_id"));
    world.press("p1", "escalate", "INC-17", "U2").await;
    let told = world.slack.calls_of("response_url");
    assert!(told.len() == 1 && told[0].said.contains("press again"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stranger_gets_nothing_by_any_way() {
    let world = World::new().await;
    let (incident, approval) = (world.show_incident().await, world.show_approval().await);
    let before = world.slack.calls().len();
    world.desk.handle(&reaction("r1", true, "eyes", "UX", "C1", &incident)).await.unwrap();
    world.desk.handle(&reaction("r2", true, "+1", "UX", "C1", &approval)).await.unwrap();
    for (number, action) in
        ["claim", "release", "resolve", "escalate", "undo", "configure", "plan", "brevity"].into_iter().enumerate()
    {
        world.press(&format!("p{number}"), action, "INC-17", "UX").await;
    }
    for text in ["incidents", "status", "freeze", "unfreeze", "settings", "help"] {
        world.command(text, text, "UX").await;
    }
    let calls = world.slack.calls();
    let loud: Vec<_> = calls.iter().skip(before).filter(|call| !is_look(call.method)).collect();
    assert!(loud.is_empty(), "{loud:?}");
    assert!(world.freezing.frozen().is_empty());
}

/// Whether a call only asks Slack something.
fn is_look(method: &str) -> bool {
    matches!(method, "users.info" | "usergroups.list" | "auth.test")
}
