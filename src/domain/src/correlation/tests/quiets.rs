//! Noise, maintenance, silences.

use super::*;
use crate::calendar::{Once, Window};
use crate::observed::prometheus::SilenceRow;
use crate::signal::ignore::Ignore;
use crate::signal::matcher::{How, Matcher};

fn maintenance(minutes: i64) -> Quiet {
    let window = Window::Once(Once::new(now(), now() + TimeDelta::minutes(minutes)).unwrap());
    let why = "maintenance of the shop".to_owned();
    Quiet { environment: "prod".to_owned(), matchers: Vec::new(), why, windows: vec![window] }
}

fn silence(matchers: &str) -> SilenceRow {
    SilenceRow {
        id: "7f3c".to_owned(),
        state: "active".to_owned(),
        matchers: matchers.to_owned(),
        starts: now(),
        ends: now() + TimeDelta::hours(1),
        author: Some("anna".to_owned()),
        comment: None,
        muted_alerts: None,
    }
}

#[test]
fn maintenance_opens_nothing_and_ends_what_is_there() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    desk.take(&slow);
    desk.rules.quiets = vec![maintenance(60)];
    let asked =
        Placement::Quiet { why: "maintenance of the shop".to_owned(), ask_again: now() + TimeDelta::minutes(1) };
    assert_eq!(desk.take(&on("Crashing", "payments")), asked);
    assert_eq!(desk.take(&on("Crashing", "cart")), asked, "nothing new joins either");
    assert_eq!(desk.take(&slow), joins("INC-1", AsWhat::Repeat));
    assert_eq!(desk.take(&over(&slow)), Placement::RightAgain { incident: "INC-1".to_owned() });
    assert!(matches!(desk.take(&slow), Placement::Quiet { .. }), "it is not opened again in maintenance");
    desk.later(60);
    assert_eq!(desk.take(&on("Crashing", "payments")), Placement::Open);
}

#[test]
fn maintenance_is_of_one_environment() {
    let desk = Desk { rules: Rules { quiets: vec![maintenance(60)], ..Rules::default() }, ..Desk::new(shop()) };
    let dev = Signal { environment: "dev".to_owned(), ..on("Slow", "cart") };
    assert_eq!(desk.place(&dev), Placement::Open);
}

#[test]
fn silences_of_alertmanager_are_respected() {
    let mut labelled = on("HighErrorRate", "checkout");
    labelled.labels.insert("app".to_owned(), "check\"out".to_owned());
    let cases = [
        ("alertname=\"HighErrorRate\"", true),
        ("alertname=\"HighErrorRate\", app=\"check\\\"out\"", true),
        ("alertname=~\"High.*\",app!=\"cart\"", true),
        ("alertname=\"Other\"", false),
        ("app!~\"check.*\"", false),
        ("", false),
        ("alertname=\"HighErrorRate", false),
        ("alertname=\"HighErrorRate\" or something", false),
        ("nonsense", false),
    ];
    for (matchers, expected) in cases {
        let quiet = Quiet::of_silence(&silence(matchers), "prod");
        assert_eq!(quiet.is_some_and(|quiet| quiet.holds(&labelled, now())), expected, "{matchers}");
    }
    let expired = SilenceRow { state: "expired".to_owned(), ..silence("alertname=\"A\"") };
    assert_eq!(Quiet::of_silence(&expired, "prod"), None);
    assert_eq!(Quiet::of_silence(&silence("alertname=\"A\""), "prod").unwrap().why, "silence 7f3c by anna");
}

#[test]
fn known_noise_is_ignored_with_its_reason_and_its_end_is_seen() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    desk.take(&slow);
    desk.rules.ignores = vec![Ignore {
        matchers: vec![Matcher { field: "name".to_owned(), how: How::Is, value: "Slow".to_owned() }],
        environment: None,
        reason: "load test".to_owned(),
        until: now() + TimeDelta::hours(1),
    }];
    assert_eq!(desk.take(&slow), Placement::Ignore { why: "known noise: load test".to_owned() });
    assert_eq!(desk.take(&over(&slow)), Placement::RightAgain { incident: "INC-1".to_owned() });
    desk.later(60);
    assert!(matches!(desk.take(&slow), Placement::Open | Placement::Reopen { .. }));
}
