//! Quiet hours, and what comes into a channel.

use super::*;
use crate::incident::{Impact, Incident};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn hours(from: (u16, u16), to: (u16, u16), zone: &str) -> QuietHours {
    QuietHours { from: from.0 * 60 + from.1, to: to.0 * 60 + to.1, zone: zone.to_owned() }
}

#[test]
fn quiet_hours_over_midnight_zones_and_daylight_saving() {
    let night = || hours((22, 0), (7, 0), "Europe/London");
    let cases = [
        ("over midnight, winter: before", night(), "2026-01-10T21:59:59Z", false),
        ("over midnight, winter: begins", night(), "2026-01-10T22:00:00Z", true),
        ("over midnight, winter: last minute", night(), "2026-01-11T06:59:59Z", true),
        ("over midnight, winter: over", night(), "2026-01-11T07:00:00Z", false),
        ("over midnight, summer: begins an hour earlier in UTC", night(), "2026-07-10T21:00:00Z", true),
        ("over midnight, summer: over an hour earlier in UTC", night(), "2026-07-11T06:00:00Z", false),
        ("within a day", hours((12, 0), (13, 0), "UTC"), "2026-01-10T12:30:00Z", true),
        ("within a day: its end", hours((12, 0), (13, 0), "UTC"), "2026-01-10T13:00:00Z", false),
        ("half an hour off", hours((9, 0), (10, 0), "Asia/Kolkata"), "2026-01-10T03:30:00Z", true),
        ("half an hour off: before", hours((9, 0), (10, 0), "Asia/Kolkata"), "2026-01-10T03:29:59Z", false),
        // London puts its clocks forward at 01:00 UTC on 29 March 2026: 01:30 does not exist there.
        ("an hour that nobody has: before", hours((1, 0), (2, 0), "Europe/London"), "2026-03-29T00:59:59Z", false),
        ("an hour that nobody has: after", hours((1, 0), (2, 0), "Europe/London"), "2026-03-29T01:00:00Z", false),
        // It puts them back at 01:00 UTC on 25 October 2026: 01:30 comes twice.
        ("an hour that comes twice: first", hours((1, 0), (2, 0), "Europe/London"), "2026-10-25T00:30:00Z", true),
        ("an hour that comes twice: second", hours((1, 0), (2, 0), "Europe/London"), "2026-10-25T01:30:00Z", true),
        ("an hour that comes twice: over", hours((1, 0), (2, 0), "Europe/London"), "2026-10-25T02:00:00Z", false),
        ("equal ends are the whole day", hours((8, 0), (8, 0), "UTC"), "2026-01-10T03:00:00Z", true),
        ("a zone that there is not", hours((0, 0), (0, 0), "Europe/Atlantis"), "2026-01-10T03:00:00Z", false),
        ("a minute that there is not", hours((24, 0), (7, 0), "UTC"), "2026-01-10T03:00:00Z", false),
    ];
    for (what, quiet, now, expected) in cases {
        assert_eq!(quiet.holds(at(now)), expected, "{what}");
    }
}

fn incident(environment: &str, severity: Severity) -> Incident {
    let now = at("2026-01-10T12:00:00Z");
    Incident { impact: Impact::High, ..Incident::bare("i-1", environment, "checkout fails", severity, now) }
}

fn channel() -> ChannelSettings {
    ChannelSettings { channel: "slack:C1".to_owned(), incidents: IncidentRule::Each, ..ChannelSettings::default() }
}

#[test]
fn which_incidents_come_into_a_channel() {
    let prod = || ChannelSettings { environment: Some("prod".to_owned()), ..channel() };
    let high = || ChannelSettings { least_severity: Some(Severity::High), ..channel() };
    let always_quiet = || ChannelSettings { quiet: Some(hours((0, 0), (0, 0), "UTC")), ..channel() };
    let cases = [
        ("by default none", ChannelSettings::default(), "prod", Severity::Critical, false),
        ("each", channel(), "prod", Severity::Low, true),
        ("grouped", ChannelSettings { incidents: IncidentRule::Grouped, ..channel() }, "prod", Severity::Low, true),
        ("of its environment", prod(), "prod", Severity::Low, true),
        ("of another environment", prod(), "staging", Severity::Critical, false),
        ("severe enough", high(), "prod", Severity::High, true),
        ("not severe enough", high(), "prod", Severity::Medium, false),
        ("quiet", always_quiet(), "prod", Severity::High, false),
        ("quiet, but critical", always_quiet(), "prod", Severity::Critical, true),
        (
            "never, critical or not",
            ChannelSettings { incidents: IncidentRule::Never, ..channel() },
            "prod",
            Severity::Critical,
            false,
        ),
    ];
    for (what, settings, environment, severity, expected) in cases {
        let now = at("2026-01-10T12:00:00Z");
        assert_eq!(settings.wants(&incident(environment, severity), now), expected, "{what}");
    }
}

#[test]
fn every_mistake_is_told_with_its_field() {
    let wrong = ChannelSettings {
        channel: "C1".to_owned(),
        environment: Some(" ".to_owned()),
        cluster: Some(String::new()),
        servers: vec!["loki".to_owned(), String::new()],
        quiet: Some(QuietHours { from: 1_440, to: 9_000, zone: "Atlantis".to_owned() }),
        least_severity: Some(Severity::High),
        ..ChannelSettings::default()
    };
    let fields: Vec<&str> = wrong.mistakes().iter().map(|mistake| mistake.field).collect();
    assert_eq!(
        fields,
        ["channel", "environment", "cluster", "servers", "least_severity", "quiet.from", "quiet.to", "quiet.zone"]
    );
    assert!(wrong.mistakes().iter().all(|mistake| mistake.message.len() > 20));
    assert_eq!(channel().mistakes(), []);
    assert_eq!(ChannelSettings { quiet: Some(hours((22, 0), (7, 0), "Europe/London")), ..channel() }.mistakes(), []);
}

#[test]
fn settings_kept_by_an_older_program_are_read() {
    let kept: ChannelSettings = serde_json::from_str(r#"{"channel": "slack:C1"}"#).unwrap();
    assert_eq!(kept, ChannelSettings { channel: "slack:C1".to_owned(), ..ChannelSettings::default() });
}

proptest! {
    #[test]
    fn each_minute_is_in_the_hours_or_in_those_from_their_end_to_their_beginning(
        from in 0..1_440_u16,
        to in 0..1_440_u16,
        seconds in 1_700_000_000..1_900_000_000_i64,
        zone in prop::sample::select(vec!["UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]),
    ) {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        let one = QuietHours { from, to, zone: zone.to_owned() };
        let other = QuietHours { from: to, to: from, zone: zone.to_owned() };
        prop_assert_eq!(one.holds(now) != other.holds(now), from != to);
    }

    #[test]
    fn what_comes_at_a_severity_comes_at_a_higher_one(
        least in prop::option::of(0..4_usize),
        low in 0..4_usize,
        high in 0..4_usize,
        is_quiet in any::<bool>(),
    ) {
        let severities = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
        let (low, high) = (low.min(high), low.max(high));
        let settings = ChannelSettings {
            least_severity: least.map(|least| severities[least]),
            quiet: is_quiet.then(|| hours((0, 0), (0, 0), "UTC")),
            ..channel()
        };
        let wants = |severity| settings.wants(&incident("prod", severity), at("2026-01-10T12:00:00Z"));
        prop_assert!(!wants(severities[low]) || wants(severities[high]));
    }
}
