//! Readers of webhooks, ignored noise, matchers and the plain detector.

mod alertmanager;
mod generic;
mod threshold;

use super::ignore::{Ignore, reason};
use super::matcher::{How, Matcher};
use super::*;
use chrono::TimeDelta;

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// A signal of a rule, firing since a minute.
pub(crate) fn signal(name: &str, object: Option<ObjectRef>) -> Signal {
    let spelled = object.as_ref().map(ToString::to_string).unwrap_or_default();
    Signal {
        id: format!("{name} {spelled}"),
        fingerprint: fingerprint("prod", name, [("object", spelled.as_str())]),
        source: Source { kind: SourceKind::Rule, name: name.to_owned() },
        environment: "prod".to_owned(),
        name: name.to_owned(),
        status: Status::Firing,
        severity: Severity::High,
        object,
        service: None,
        labels: BTreeMap::new(),
        text: String::new(),
        value: None,
        query: None,
        started_at: now() - TimeDelta::minutes(1),
        seen_at: now(),
    }
}

fn matcher(field: &str, how: How, value: &str) -> Matcher {
    Matcher { field: field.to_owned(), how, value: value.to_owned() }
}

#[test]
fn what_a_matcher_means() {
    let cart = ObjectRef::namespaced("Deployment", "shop", "cart");
    let labels = BTreeMap::from([("team".to_owned(), "web".to_owned())]);
    let signal = Signal { labels, service: Some("cart".to_owned()), ..signal("HighLatency", Some(cart)) };
    use How::{Is, IsNot, Matches, MatchesNot};
    let cases = [
        ("name", Is, "HighLatency", true),
        ("name", Is, "High", false),
        ("name", Matches, "High", false),
        ("name", Matches, "High.*", true),
        ("name", MatchesNot, "High.*", false),
        ("name", IsNot, "Other", true),
        ("source", Is, "rule HighLatency", true),
        ("object", Is, "Deployment shop/cart", true),
        ("namespace", Is, "shop", true),
        ("service", Is, "cart", true),
        ("label.team", Is, "web", true),
        ("label.none", Is, "", true),
        ("label.none", Matches, ".+", false),
        ("team", Is, "web", false),
        ("team", IsNot, "ops", false),
        ("name", Matches, "(", false),
        ("name", MatchesNot, "(", false),
        ("name", MatchesNot, "(a{500}){500}", false),
    ];
    for (field, how, value, expected) in cases {
        assert_eq!(matcher(field, how, value).matches(&signal), expected, "{field} {how:?} {value}");
    }
    assert!(matcher("team", Is, "web").check().unwrap_err().contains("label.NAME"));
    assert!(matcher("name", Matches, "(").check().unwrap_err().contains("cannot be read"));
}

#[test]
fn noise_is_ignored_for_a_reason_and_a_time() {
    let hour = TimeDelta::hours(1);
    let noise = Ignore {
        matchers: vec![matcher("name", How::Is, "Watchdog")],
        environment: Some("prod".to_owned()),
        reason: "shows that alerting works".to_owned(),
        until: now() + hour,
    };
    let watchdog = signal("Watchdog", None);
    assert_eq!(noise.check(now()), Vec::<String>::new());
    assert_eq!(reason(std::slice::from_ref(&noise), &watchdog, now()), Some("shows that alerting works"));
    assert!(!noise.holds(&watchdog, now() + hour), "it has ended");
    assert!(!noise.holds(&signal("Other", None), now()));
    assert!(!noise.holds(&Signal { environment: "dev".to_owned(), ..watchdog.clone() }, now()));
    let all = Ignore { matchers: Vec::new(), ..noise.clone() };
    assert!(!all.holds(&watchdog, now()), "an empty entry would hide everything");
    let bad = Ignore { matchers: Vec::new(), reason: " ".to_owned(), until: now(), ..noise.clone() };
    assert_eq!(bad.check(now()).len(), 3, "{:?}", bad.check(now()));
    assert_eq!(Ignore { until: now() + TimeDelta::days(400), ..noise }.check(now()).len(), 1);
}

#[test]
fn a_place_is_told_apart_by_its_labels() {
    let with = |pod: &str| Signal {
        labels: BTreeMap::from([("pod".to_owned(), pod.to_owned())]),
        ..signal("CrashLooping", None)
    };
    assert_eq!(with("a").fingerprint, with("b").fingerprint);
    assert_ne!(with("a").instance(), with("b").instance());
    let over = Signal { status: Status::Resolved, text: "over".to_owned(), value: Some(1.0), ..with("a") };
    assert_eq!(over.instance(), with("a").instance(), "an end is the end of its beginning");
}
