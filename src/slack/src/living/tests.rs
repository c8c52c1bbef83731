//! What is shown where, and when nothing is.

use super::*;
use crate::desk::tests::world::World;
use chrono::TimeDelta;
use domain::channel::QuietHours;
use domain::incident::{Severity, State};
use ports::clock::Clock as _;
use ports::store::document::Expect;
use ports::store::record::save;

async fn settle(world: &World, channel: &str, change: impl FnOnce(&mut ChannelSettings)) {
    let mut settings = ChannelSettings {
        channel: format!("slack:{channel}"),
        incidents: IncidentRule::Each,
        ..ChannelSettings::default()
    };
    change(&mut settings);
    save(world.store.as_ref(), &settings, Expect::Any).await.unwrap();
}

/// Quiet around the hour at which the tests play, 09:20 UTC.
fn morning() -> QuietHours {
    QuietHours { from: 9 * 60, to: 10 * 60, zone: "UTC".to_owned() }
}

/// Another process, which knows only what is kept.
fn another(world: &World, incidents_channel: Option<&str>) -> SlackChat {
    SlackChat::new(Parts {
        slack: world.slack.clone(),
        store: world.store.clone(),
        clock: world.clock.clone(),
        outbox: world.outbox.clone(),
        incidents: world.incidents.clone(),
        incidents_channel: incidents_channel.map(str::to_owned),
        approvals_channel: None,
        links: Links::default(),
        zone: Tz::UTC,
    })
}

async fn show(world: &World, incident: &Incident) {
    world.incidents.put(incident.clone());
    world.chat.show_incident(incident, world.clock.now()).await.unwrap();
}

fn posts_in(world: &World, channel: &str) -> usize {
    world.slack.standing(channel).iter().filter(|seen| seen.thread.is_none()).count()
}

#[tokio::test(start_paused = true)]
async fn an_incident_comes_into_the_channels_that_want_it() {
    let world = World::new().await;
    settle(&world, "C2", |settings| settings.environment = Some("prod".to_owned())).await;
    settle(&world, "C3", |settings| settings.environment = Some("staging".to_owned())).await;
    settle(&world, "C4", |settings| settings.least_severity = Some(Severity::Critical)).await;
    settle(&world, "C5", |settings| settings.quiet = Some(morning())).await;
    settle(&world, "C6", |settings| settings.incidents = IncidentRule::Never).await;
    show(&world, &World::incident()).await;
    for (channel, posts) in [("C1", 1), ("C2", 1), ("C3", 0), ("C4", 0), ("C5", 0), ("C6", 0)] {
        assert_eq!(posts_in(&world, channel), posts, "{channel}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_critical_incident_breaks_quiet_hours_and_another_comes_when_they_are_over() {
    let world = World::new().await;
    settle(&world, "C5", |settings| settings.quiet = Some(morning())).await;
    let critical = Incident { id: "INC-18".to_owned(), severity: Severity::Critical, ..World::incident() };
    show(&world, &critical).await;
    show(&world, &World::incident()).await;
    assert_eq!(posts_in(&world, "C5"), 1);
    world.passes(TimeDelta::hours(1));
    world.chat.show_incident(&World::incident(), world.clock.now()).await.unwrap();
    assert_eq!(posts_in(&world, "C5"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_again_changes_nothing_that_people_see() {
    let world = World::new().await;
    show(&world, &World::incident()).await;
    let calls = world.slack.calls().len();
    world.passes(TimeDelta::hours(5));
    show(&world, &World::incident()).await;
    assert_eq!(world.slack.calls().len(), calls);
}

#[tokio::test(start_paused = true)]
async fn notes_go_into_the_thread_once_whichever_process_tells_them() {
    let world = World::new().await;
    let message = world.show_incident().await;
    let notes =
        || world.slack.standing("C1").into_iter().filter(|seen| seen.thread.as_deref() == Some(&*message)).count();
    assert_eq!(notes(), 6);
    // Another process does not know what was told.
    another(&world, Some("C1")).show_incident(&World::incident(), world.clock.now()).await.unwrap();
    assert_eq!(notes(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_incident_that_is_shown_is_kept_up_to_date_where_nobody_wants_more() {
    let world = World::new().await;
    settle(&world, "C2", |_| {}).await;
    show(&world, &World::incident()).await;
    settle(&world, "C2", |settings| settings.incidents = IncidentRule::Never).await;
    let over = Incident { state: State::Resolved, resolved_at: Some(world.clock.now()), ..World::incident() };
    show(&world, &over).await;
    assert!(world.wanted("incident:INC-17:C2").await.contains("Resolved"));
    assert!(world.wanted("post-mortem:INC-17:C2").await.contains("Post-mortem draft"));
}

#[tokio::test(start_paused = true)]
async fn the_draft_of_slack_left_out_what_was_done_and_was_not_the_one_that_is_kept() {
    let world = World::new().await;
    world.show_incident().await;
    save(world.store.as_ref(), &World::approval(), Expect::Absent).await.unwrap();
    let over = Incident { state: State::Resolved, resolved_at: Some(world.clock.now()), ..World::incident() };
    show(&world, &over).await;
    let shown = world.wanted("post-mortem:INC-17:C1").await;
    for expected in ["This is a draft", "*Actions*", "APR-5, proposed by scarlet", "*Follow-ups*"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(world.slack.calls_of("files.completeUploadExternal").is_empty(), "it fits its message");
}

fn over_after_many_steps(world: &World) -> Incident {
    let now = world.clock.now();
    let mut over = Incident { state: State::Resolved, resolved_at: Some(now), ..World::incident() };
    (0..200).for_each(|number| over.note("scarlet", &format!("did step {number} {}", "x".repeat(100)), now));
    over
}

#[tokio::test(start_paused = true)]
async fn a_draft_that_is_too_long_for_a_message_comes_whole_as_a_file_once() {
    let world = World::new().await;
    world.show_incident().await;
    let over = over_after_many_steps(&world);
    show(&world, &over).await;
    show(&world, &over).await;
    another(&world, Some("C1")).show_incident(&over, world.clock.now()).await.unwrap();
    let uploads = world.slack.calls_of("files.completeUploadExternal");
    assert_eq!(uploads.iter().map(|call| call.said.as_str()).collect::<Vec<_>>(), ["post-mortem-inc-17.md"]);
    assert!(world.wanted("post-mortem:INC-17:C1").await.contains("all of it is in the file"));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_slack_did_not_take_is_uploaded_when_the_incident_is_shown_again() {
    let world = World::new().await;
    world.show_incident().await;
    let over = over_after_many_steps(&world);
    world.slack.fail_next(
        "files.completeUploadExternal",
        crate::api::ApiError::Unknown {
            method: "files.completeUploadExternal".to_owned(),
            why: "no answer".to_owned(),
        },
    );
    world.chat.show_incident(&over, world.clock.now()).await.unwrap_err();
    assert!(world.slack.standing("C1").iter().all(|seen| seen.files.is_empty()));
    show(&world, &over).await;
    assert_eq!(world.slack.standing("C1").iter().filter(|seen| !seen.files.is_empty()).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_begun_with() {
    let world = World::new().await;
    show(&world, &Incident { state: State::Resolved, ..World::incident() }).await;
    assert_eq!(posts_in(&world, "C1"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_one_message_with_a_line_each() {
    let world = World::new().await;
    settle(&world, "C2", |settings| settings.incidents = IncidentRule::Grouped).await;
    show(&world, &World::incident()).await;
    show(&world, &Incident { id: "INC-18".to_owned(), title: "disk is full".to_owned(), ..World::incident() }).await;
    show(&world, &Incident { id: "INC-19".to_owned(), environment: "staging".to_owned(), ..World::incident() }).await;
    assert_eq!(posts_in(&world, "C2"), 2, "one for each environment");
    let wanted = world.wanted("incidents:prod:2026-09-14:C2").await;
    assert!(
        wanted.contains("2 open incidents in prod") && wanted.contains("INC-17") && wanted.contains("disk is full"),
        "{wanted}"
    );
    assert!(!wanted.contains("INC-19"), "{wanted}");
}

#[tokio::test(start_paused = true)]
async fn a_message_stood_as_open_for_ever_once_its_channel_got_another_rule() {
    let world = World::new().await;
    let over = Incident { state: State::Resolved, resolved_at: Some(world.clock.now()), ..World::incident() };
    for (channel, before, after) in [
        ("C2", IncidentRule::Each, IncidentRule::Grouped),
        ("C3", IncidentRule::Grouped, IncidentRule::Each),
        ("C4", IncidentRule::Grouped, IncidentRule::Never),
    ] {
        settle(&world, channel, |settings| settings.incidents = before).await;
        show(&world, &World::incident()).await;
        settle(&world, channel, |settings| settings.incidents = after).await;
        show(&world, &over).await;
        let key = match before {
            IncidentRule::Grouped => format!("incidents:prod:2026-09-14:{channel}"),
            _ => format!("incident:INC-17:{channel}"),
        };
        let shown = world.wanted(&key).await;
        assert!(shown.contains("✅") && !shown.contains("1 open incident"), "{channel}: {shown}");
        assert_eq!(posts_in(&world, channel), 1, "{channel}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_lost_its_incidents_among_hundreds_of_other_environments() {
    let world = World::new().await;
    settle(&world, "C2", |settings| settings.incidents = IncidentRule::Grouped).await;
    for number in 0..250 {
        let id = format!("A-{number}");
        world.incidents.put(Incident { id, environment: "staging".to_owned(), ..World::incident() });
    }
    world.incidents.put(Incident { id: "INC-18".to_owned(), ..World::incident() });
    show(&world, &World::incident()).await;
    assert!(world.wanted("incidents:prod:2026-09-14:C2").await.contains("2 open incidents in prod"));
}

#[tokio::test(start_paused = true)]
async fn an_approval_goes_where_its_incident_is_shown() {
    let world = World::new().await;
    settle(&world, "C2", |_| {}).await;
    settle(&world, "C1", |settings| settings.incidents = IncidentRule::Never).await;
    let chat = |incidents_channel: Option<&str>| another(&world, incidents_channel);
    let nowhere = chat(None).show_approval(&World::approval(), world.clock.now()).await;
    assert!(matches!(nowhere, Err(ChatError::NoDestination(_))), "{nowhere:?}");
    chat(None).show_incident(&World::incident(), world.clock.now()).await.unwrap();
    chat(None).show_approval(&World::approval(), world.clock.now()).await.unwrap();
    assert_eq!(world.outbox.find("approval:APR-5").await.unwrap().unwrap().place, "C2");
    // It stays there, whatever the settings say later.
    chat(Some("C9")).show_approval(&World::approval(), world.clock.now()).await.unwrap();
    assert_eq!(world.slack.keyed("approval:APR-5").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_was_over_before_anybody_was_asked_was_posted_all_the_same() {
    let world = World::new().await;
    let ended = Approval { state: domain::approval::State::Withdrawn, ..World::approval() };
    world.chat.show_approval(&ended, world.clock.now()).await.unwrap();
    assert_eq!(posts_in(&world, "C1"), 0);
    world.show_approval().await;
    world.chat.show_approval(&ended, world.clock.now()).await.unwrap();
    assert!(world.wanted("approval:APR-5").await.contains("Withdrawn"));
}

#[tokio::test(start_paused = true)]
async fn something_is_told_once_and_pings_nobody() {
    let world = World::new().await;
    for _ in 0..2 {
        world.chat.tell("slack:C3", "note:1", "**Heads up**: <!channel> node `worker-3` is full").await.unwrap();
    }
    let told = world.slack.keyed("note:1");
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("&lt;!channel") && !told[0].text.contains("<!channel"), "{}", told[0].text);
}

#[tokio::test(start_paused = true)]
async fn what_slack_refused_once_was_never_told_again() {
    let world = World::new().await;
    let (method, code, hint) = ("chat.postMessage".to_owned(), "channel_not_found".to_owned(), String::new());
    world.slack.fail_next("chat.postMessage", crate::api::ApiError::Refused { method, code, hint });
    let tell = || world.chat.tell("slack:C3", "INC-17.escalation.0 slack:C3", "INC-17 needs people");
    tell().await.unwrap();
    assert!(world.slack.keyed("INC-17.escalation.0 slack:C3").is_empty());
    // The bot was invited meanwhile.
    tell().await.unwrap();
    tell().await.unwrap();
    assert_eq!(world.slack.keyed("INC-17.escalation.0 slack:C3").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_countdown_goes_on_in_the_message_until_it_has_begun() {
    let world = World::new().await;
    world.show_approval().await;
    let mut granted = World::approval();
    granted.state = domain::approval::State::Granted;
    granted.changed_at = world.clock.now();
    granted.starts_at = Some(world.clock.now() + TimeDelta::seconds(10));
    for (passed, expected) in [(0, "in 10 s"), (4, "in 6 s"), (4, "in 2 s"), (4, "now (at")] {
        world.passes(TimeDelta::seconds(passed));
        world.chat.show_approval(&granted, world.clock.now()).await.unwrap();
        let shown = world.wanted("approval:APR-5").await;
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let started = Approval { state: domain::approval::State::Started, ..granted };
    world.chat.show_approval(&started, world.clock.now()).await.unwrap();
    assert!(world.wanted("approval:APR-5").await.contains("Approved and begun"));
}
