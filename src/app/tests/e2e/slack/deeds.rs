//! Incidents, App Home, settings, freezing, the welcome: what people do beside asking.

use super::world::{ANNA, CLEO, DAN, GUEST, OPS, PATIENCE, SILENCE, World};
use domain::channel::{ChannelSettings, IncidentRule};
use domain::incident::{Incident, State};
use fakes::slack_server::{Message, SlackServer};
use ports::store::record;

/// An incident that is open, of a moment ago.
fn incident() -> Incident {
    let text = include_str!("../../../../slack_view/tests/fixtures/incident_open.json");
    let mut incident: Incident = serde_json::from_str(text).unwrap();
    incident.owner = None;
    incident.changed_at = chrono::Utc::now();
    incident
}

async fn shown(world: &World, wanted: &str) -> Message {
    let find = |slack: &SlackServer| {
        slack.messages(OPS).into_iter().find(|message| message.thread.is_none() && message.reads().contains(wanted))
    };
    world.slack.wait_until(&format!("{wanted:?} is shown"), PATIENCE, |slack| find(slack).is_some()).await;
    find(&world.slack).unwrap()
}

async fn told_quietly(world: &World, person: &str, wanted: &str) {
    let what = format!("{person} is told {wanted:?}");
    let told = |slack: &SlackServer| slack.ephemerals(person).iter().any(|(_, said)| said.reads().contains(wanted));
    world.slack.wait_until(&what, PATIENCE, told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_one_living_message_that_people_claim_and_resolve() {
    let world = World::usual().await;
    let each = ChannelSettings { channel: format!("slack:{OPS}"), incidents: IncidentRule::Each, ..Default::default() };
    world.keep(&each).await;
    let opened = incident();
    world.keep(&opened).await;
    let message = shown(&world, &opened.title).await;
    // A viewer may not claim; a responder may, by the eyes.
    world.slack.react(DAN, OPS, &message.ts, "eyes");
    world.slack.wait_until("Dan is told why not", PATIENCE, |slack| !slack.ephemerals(DAN).is_empty()).await;
    world.slack.react(CLEO, OPS, &message.ts, "eyes");
    let owned = |slack: &SlackServer| slack.message(OPS, &message.ts).is_some_and(|now| now.reads().contains(CLEO));
    world.slack.wait_until("Cleo has it", PATIENCE, owned).await;
    world.slack.press(CLEO, OPS, &message.ts, "resolve");
    world.slack.wait_until("the reason is asked for", PATIENCE, |slack| !slack.views(CLEO).is_empty()).await;
    world.slack.submit_view(CLEO, &[("reason", serde_json::json!("rolled back by hand"))]);
    let over =
        |slack: &SlackServer| slack.message(OPS, &message.ts).is_some_and(|now| now.reads().contains("Resolved"));
    world.slack.wait_until("it is over", PATIENCE, over).await;
    let kept = record::load::<Incident>(world.store().await.as_ref(), &opened.id).await.unwrap().unwrap().value;
    assert_eq!((kept.state, kept.owner.as_deref()), (State::Resolved, Some("slack:U0CLEO")));
    let living =
        world.slack.messages(OPS).into_iter().filter(|one| one.thread.is_none() && one.reads().contains(&opened.title));
    assert_eq!(living.count(), 1, "{}", world.slack.transcript(OPS));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_freezes_and_only_an_approver_lifts_it() {
    let world = World::usual().await;
    world.slack.command(DAN, OPS, "/jamie", "freeze the bank is away");
    shown_or_told(&world, DAN, "frozen").await;
    world.slack.command(DAN, OPS, "/jamie", "unfreeze");
    told_quietly(&world, DAN, "it takes an approver").await;
    world.slack.command(ANNA, OPS, "/jamie", "status");
    told_quietly(&world, ANNA, "frozen").await;
    world.home.run(&["freeze", "status"]).await.out_has(&["FROZEN: everything", "slack:U0DAN"]);
    world.slack.command(ANNA, OPS, "/jamie", "unfreeze");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !world.home.run(&["freeze", "status"]).await.out.contains("not frozen") {
        assert!(tokio::time::Instant::now() < deadline, "it was never lifted");
    }
    // Who has no role at all freezes nothing.
    world.slack.command(GUEST, OPS, "/jamie", "freeze");
    world.slack.wait_until("the guest is told", PATIENCE, |slack| !slack.ephemerals(GUEST).is_empty()).await;
    world.home.run(&["freeze", "status"]).await.out_has(&["not frozen"]);
    world.end().await;
}

/// In the channel or to the person alone: both tell.
async fn shown_or_told(world: &World, person: &str, wanted: &str) {
    let told = |slack: &SlackServer| {
        let quietly = slack.ephemerals(person).iter().any(|(_, said)| said.reads().to_lowercase().contains(wanted));
        quietly || slack.messages(OPS).iter().any(|said| said.reads().to_lowercase().contains(wanted))
    };
    world.slack.wait_until(&format!("{wanted:?} is told"), PATIENCE, told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn home_help_welcome_and_settings() {
    let world = World::usual().await;
    world.slack.open_home(ANNA, "home");
    world.slack.wait_until("the home is there", PATIENCE, |slack| slack.home(ANNA).is_some()).await;
    let home = SlackServer::read_view(&world.slack.home(ANNA).unwrap());
    assert!(home.contains("Open incidents") && home.contains("Preferences"), "{home}");
    world.slack.press_home(ANNA, "brevity", Some("short"));
    world.slack.command(DAN, OPS, "/jamie", "help");
    told_quietly(&world, DAN, "/jamie").await;
    // Added to a channel, it says hello once.
    world.slack.join("U0JAMIE", OPS, Some(ANNA));
    let hello = shown(&world, "I am Jamie").await;
    world.slack.join("U0JAMIE", OPS, Some(ANNA));
    world.slack.assert_silence(OPS, &hello.ts, SILENCE).await;
    // Only admins settle channels.
    world.slack.command(DAN, OPS, "/jamie", "settings");
    told_quietly(&world, DAN, "admin").await;
    world.slack.press(ANNA, OPS, &hello.ts, "configure");
    world.slack.wait_until("the settings open", PATIENCE, |slack| !slack.views(ANNA).is_empty()).await;
    world.slack.submit_view(ANNA, &[]);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let id = format!("slack:{OPS}");
    while record::load::<ChannelSettings>(world.store().await.as_ref(), &id).await.unwrap().is_none() {
        assert!(tokio::time::Instant::now() < deadline, "the settings were never kept");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    world.end().await;
}
