//! Commands, App Home, settings, onboarding.

use super::world::World;
use crate::incoming::Body;
use crate::testing::{message, press, received_message};
use domain::channel::{ChannelSettings, IncidentRule};
use domain::guard::Scope;
use domain::incident::Incident;
use domain::preferences::{Brevity, Preferences};
use ports::store::record::load;
use serde_json::{Value, json};

fn joined(user: &str) -> Body {
    Body::Joined { user: user.to_owned(), channel: "C7".to_owned(), inviter: Some("U3".to_owned()) }
}

fn home(user: &str) -> Body {
    Body::Home { user: user.to_owned(), tab: "home".to_owned() }
}

/// What the last call of a method said.
fn last(world: &World, method: &str) -> String {
    world.slack.calls_of(method).last().map(|call| call.said.clone()).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn jamie_says_hello_once_and_only_for_herself() {
    let world = World::new().await;
    world.handle("j1", joined("U1")).await;
    assert!(world.slack.standing("C7").is_empty());
    for id in ["j2", "j3"] {
        assert!(world.handle(id, joined("UBOT")).await);
    }
    assert_eq!(world.slack.keyed("welcome:C7").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_freezes_and_does_not_lift() {
    let world = World::new().await;
    assert!(world.command("c1", "freeze prod the bank is away", "U4").await);
    let frozen = world.freezing.frozen();
    assert_eq!(frozen.len(), 1);
    assert_eq!(frozen[0].scope, Scope::Environment("prod".to_owned()));
    assert_eq!((frozen[0].by.as_str(), frozen[0].why.as_str()), ("slack:U4", "the bank is away"));
    assert!(last(&world, "response_url").contains("The environment prod is frozen"));
    assert!(world.wanted("switch:c1").await.contains("is frozen"), "everybody in the channel of incidents reads it");

    assert!(world.command("c2", "unfreeze prod", "U4").await);
    assert_eq!(world.freezing.frozen().len(), 1);
    assert!(last(&world, "response_url").contains("it takes an approver"));
    assert!(world.command("c3", "unfreeze prod", "U1").await);
    assert!(world.freezing.frozen().is_empty());
    assert!(world.command("c4", "unfreeze prod", "U1").await);
    assert!(last(&world, "response_url").contains("is not frozen"));
}

#[tokio::test(start_paused = true)]
async fn a_mistyped_environment_let_everything_go_on() {
    let world = World::new().await;
    world.command("c1", "freeze", "U4").await;
    assert!(world.command("c2", "unfreeze stagin", "U1").await);
    assert_eq!(world.freezing.frozen().len(), 1);
    assert!(last(&world, "response_url").contains("stagin is no environment"));
    world.command("c3", "unfreeze all", "U1").await;
    assert!(world.freezing.frozen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn incidents_are_listed_to_those_who_may_see_them() {
    let world = World::new().await;
    world.command("c1", "incidents", "U4").await;
    assert!(last(&world, "response_url").contains("INC-17"));
    world.command("c2", "incidents staging", "U4").await;
    assert!(last(&world, "response_url").contains("No open incident"));
    world.command("c3", "incidents", "UG").await;
    let told = last(&world, "response_url");
    assert!(told.contains("no access") && !told.contains("INC-17"), "{told}");
    assert!(!world.command("c4", "incidents of last week", "U4").await, "a question is not the desk's");
}

#[tokio::test(start_paused = true)]
async fn a_direct_message_for_incidents_shows_what_the_role_may_see() {
    let world = World::new().await;
    for (user, ts, expected, hidden) in [("U4", "5.1", "INC-17", "no access"), ("UG", "5.2", "no access", "INC-17")] {
        let mut asked = message(&format!("D{user}"), ts, user, "incidents?");
        asked.channel_type = Some("im".to_owned());
        assert!(world.desk.handle(&received_message(asked)).await.unwrap());
        let told = world.wanted(&format!("incidents-asked:D{user}/{ts}")).await;
        assert!(told.contains(expected) && !told.contains(hidden), "{user}: {told}");
    }
    let mut asked = message("DUX", "5.3", "UX", "incidents");
    asked.channel_type = Some("im".to_owned());
    assert!(world.desk.handle(&received_message(asked)).await.unwrap());
    assert!(world.slack.standing("DUX").is_empty());
    assert!(!world.desk.handle(&received_message(message("C1", "5.4", "U4", "incidents"))).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn incidents_of_an_environment_for_higher_roles_were_shown_to_every_viewer() {
    let world = World::new().await;
    let secret = Incident { id: "INC-99".to_owned(), environment: "vault".to_owned(), ..World::incident() };
    world.incidents.put(secret);
    let mut approval = World::approval();
    (approval.id, approval.shown.environment) = ("APR-9".to_owned(), "vault".to_owned());
    approval.shown.summary = "open the vault".to_owned();
    world.approvals.put(approval);
    for (user, sees) in [("U4", false), ("U2", false), ("U1", true), ("U3", true)] {
        for text in ["incidents", "status"] {
            world.command(&format!("{text}-{user}"), text, user).await;
            let told = last(&world, "response_url");
            assert!(told.contains("INC-17"), "{user}: {told}");
            assert_eq!(told.contains("INC-99"), sees, "{user} {text}: {told}");
            assert_eq!(told.contains("left out"), !sees, "{user} {text}: {told}");
        }
        world.command(&format!("vault-{user}"), "incidents vault", user).await;
        let told = last(&world, "response_url");
        assert_eq!((told.contains("INC-99"), told.contains("not for your role")), (sees, !sees), "{user}: {told}");
        assert!(!told.contains("No open incident"), "{user}: {told}");

        let mut asked = message(&format!("D{user}"), "6.1", user, "incidents?");
        asked.channel_type = Some("im".to_owned());
        world.desk.handle(&received_message(asked)).await.unwrap();
        let told = world.wanted(&format!("incidents-asked:D{user}/6.1")).await;
        assert_eq!(told.contains("INC-99"), sees, "{user}: {told}");

        world.handle(&format!("h-{user}"), home(user)).await;
        let page = last(&world, "views.publish");
        for shown in ["INC-99", "open the vault"] {
            assert_eq!(page.contains(shown), sees, "{user} {shown}: {page}");
        }
        let before = world.slack.calls_of("views.open").len();
        world.press(&format!("p-{user}"), "plan", "APR-9", user).await;
        assert_eq!(world.slack.calls_of("views.open").len() > before, sees, "{user}");
    }
}

#[tokio::test(start_paused = true)]
async fn status_tells_what_is_frozen_what_is_open_and_how_the_parts_are() {
    let world = World::new().await;
    world.command("c1", "status", "U4").await;
    let told = last(&world, "response_url");
    for expected in ["Nothing is frozen", "1 incident open", "store: well"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn app_home_shows_what_the_role_may_see() {
    let world = World::new().await;
    for (user, shown, hidden) in [
        ("U4", vec!["INC-17", "Whole plan", "Preferences"], vec!["unfreeze", "no access"]),
        ("U3", vec!["INC-17", "/jamie settings"], vec!["no access"]),
        ("UG", vec!["no access"], vec!["INC-17", "Preferences", "checkout"]),
        ("UX", vec!["no access"], vec!["INC-17", "Preferences", "checkout"]),
    ] {
        assert!(world.handle(&format!("h-{user}"), home(user)).await);
        let page = last(&world, "views.publish");
        assert!(shown.iter().all(|text| page.contains(text)), "{user}: {page}");
        assert!(!hidden.iter().any(|text| page.contains(text)), "{user}: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn preferences_are_kept_and_shown() {
    let world = World::new().await;
    let chosen = |action: &str, value: &str| {
        let mut press = press(action, value, "U4", "C1", "1.0");
        (press.channel, press.message, press.response_url) = (None, None, None);
        Body::Press(press)
    };
    world.handle("p1", chosen("brevity", "short")).await;
    world.handle("p2", chosen("zone", "Asia/Tokyo")).await;
    world.handle("p3", chosen("brevity", "endless")).await;
    let kept = load::<Preferences>(world.store.as_ref(), "slack:U4").await.unwrap().unwrap().value;
    assert_eq!((kept.brevity, kept.zone.as_deref()), (Some(Brevity::Short), Some("Asia/Tokyo")));
    assert!(last(&world, "views.publish").contains("JST"));
}

#[tokio::test(start_paused = true)]
async fn settings_are_for_admins_and_come_back_as_they_were_chosen() {
    let world = World::new().await;
    for user in ["U4", "U2", "U1"] {
        world.press(&format!("p-{user}"), "configure", "C7", user).await;
        assert!(last(&world, "response_url").contains("it takes an admin"), "{user}");
    }
    assert!(world.slack.calls_of("views.open").is_empty());
    world.press("p1", "configure", "C7", "U3").await;
    let view: Value = serde_json::from_str(&last(&world, "views.open")).unwrap();
    assert_eq!(view["private_metadata"], "C7");

    let option = |value: &str| json!({"selected_option": {"value": value}});
    let values = json!({
        "environment": {"environment": option("named:prod")},
        "cluster": {"cluster": option("all")},
        "servers": {"servers": {"selected_options": [{"value": "kubernetes"}]}},
        "incidents": {"incidents": option("grouped")},
        "least_severity": {"least_severity": option("High")},
        "unasked": {"unasked": {"selected_options": [{"value": "daily"}]}},
        "quiet_from": {"quiet_from": {"selected_time": "22:00"}},
        "quiet_to": {"quiet_to": {"selected_time": "07:00"}},
        "quiet_zone": {"quiet_zone": option("Europe/Berlin")},
    });
    let submitted = |user: &str, values: &Value| Body::Submitted {
        view: "channel_settings".to_owned(),
        private: "C7".to_owned(),
        values: values.clone(),
        user: user.to_owned(),
        team: Some("T1".to_owned()),
    };
    world.handle("s1", submitted("U1", &values)).await;
    let kept = || load::<ChannelSettings>(world.store.as_ref(), "slack:C7");
    assert!(kept().await.unwrap().is_none(), "the role is looked at again when it is submitted");
    world.handle("s2", submitted("U3", &values)).await;
    let settings = kept().await.unwrap().unwrap().value;
    assert_eq!(settings.environment.as_deref(), Some("prod"));
    assert_eq!((settings.incidents, settings.daily_digest), (IncidentRule::Grouped, true));
    assert_eq!(settings.quiet.as_ref().map(|quiet| (quiet.from, quiet.to)), Some((22 * 60, 7 * 60)));

    let mut wrong = values.clone();
    wrong["quiet_to"]["quiet_to"]["selected_time"] = Value::Null;
    world.handle("s3", submitted("U3", &wrong)).await;
    assert_eq!(kept().await.unwrap().unwrap().value, settings);
    assert!(last(&world, "chat.postEphemeral").contains("quiet_to was not chosen"));
}

#[tokio::test(start_paused = true)]
async fn settings_are_of_a_channel_and_not_of_a_direct_message() {
    let world = World::new().await;
    world.press("p1", "configure", "D7", "U3").await;
    assert!(world.slack.calls_of("views.open").is_empty());
    assert!(last(&world, "response_url").contains("belong to a channel"));
}

#[tokio::test(start_paused = true)]
async fn a_question_is_left_to_others() {
    let world = World::new().await;
    assert!(!world.command("c1", "why is checkout slow?", "U4").await);
    assert!(!world.press("p1", "helpful", "turn-1", "U4").await);
    let ask = Body::Submitted {
        view: "ask_about_message".to_owned(),
        private: String::new(),
        values: json!({}),
        user: "U4".to_owned(),
        team: None,
    };
    assert!(!world.handle("s1", ask).await);
}
