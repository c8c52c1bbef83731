//! Records, personal data beside them, and open actions.

use super::*;
use crate::chain::{Entry, Line};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn person() -> PersonReference {
    PersonReference::of("salt of this installation", "anna@example.com")
}

fn chained(entries: impl IntoIterator<Item = Entry>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in entries {
        let end = lines.last().map(Line::anchor).unwrap_or_default();
        lines.push(Line::after(&end, entry));
    }
    lines
}

fn line(entry: Entry) -> Line {
    chained([entry]).remove(0)
}

fn personal() -> Personal {
    let data = json!({"name": "Anna", "said": "stop it, please"});
    Personal::new("p-1", "7f3a", "anna", data, at(0))
}

#[test]
fn a_password_in_the_reason_of_a_freeze_was_kept_in_clear_beside_the_chain() {
    let data = json!({"person": "anna", "why": "leaked: postgres://app:hunter2secret@db/shop", "more": ["password=hunter2secret"]});
    let personal = Personal::new("p-1", "7f3a", "anna", data, at(0));
    let kept = serde_json::to_string(&personal).unwrap();
    assert!(!kept.contains("hunter2secret"), "{kept}");
    assert!(kept.contains("leaked: postgres://"), "the rest of the words stays: {kept}");
    assert_eq!(
        personal.beside().hash,
        crate::chain::personal_hash("7f3a", &personal.data),
        "the chain knows what is kept"
    );
}

#[test]
fn kinds_keep_their_names() {
    let names: Vec<&str> = Kind::known().map(Kind::name).collect();
    expect_test::expect![[r#"
        [
            "freeze.on",
            "freeze.off",
            "pause.on",
            "pause.off",
            "settings.changed",
            "person.erased",
            "store.restored",
            "retention.cut",
            "tool.called",
            "approval.asked",
            "approval.given",
            "approval.refused",
            "approval.withdrawn",
            "approval.expired",
            "action.intent",
            "action.begun",
            "action.ended",
            "action.abandoned",
            "login.done",
            "login.refused",
        ]
    "#]]
    .assert_debug_eq(&names);
    for kind in Kind::known() {
        assert_eq!(&Kind::of(kind.name()), kind);
    }
    assert_eq!(Kind::of("moon.landing"), Kind::Other("moon.landing".to_owned()));
}

#[test]
fn a_person_is_told_by_a_hash_and_by_nothing_else() {
    let actor = Actor::Person(person());
    assert_eq!(Actor::of(&actor.to_string()), actor);
    assert!(!actor.to_string().contains("anna"));
    assert_ne!(person(), PersonReference::of("another salt", "anna@example.com"));
    for text in ["anna@example.com", "", "00ff", &"z".repeat(32), &"A".repeat(32)] {
        assert_eq!(PersonReference::read(text), None, "{text}");
    }
    assert_eq!(Actor::of("person:anna"), Actor::Other("person:anna".to_owned()));
}

fn texts() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[ -~]{0,40}".prop_map(|text| crate::redaction::redacted_head(&text, 1_000)))
}

fn outcomes() -> impl Strategy<Value = Option<Outcome>> {
    prop::option::of(prop_oneof![
        Just(Outcome::Done),
        "[a-z ]{0,20}".prop_map(Outcome::Refused),
        "[a-z ]{0,20}".prop_map(Outcome::Failed),
        "[a-z ]{0,20}".prop_map(Outcome::Unknown),
    ])
}

proptest! {
    #[test]
    fn a_record_comes_back_from_the_chain(
        number in 0..18_usize,
        actor in prop_oneof![Just(Actor::Scarlet), Just(Actor::System), Just(Actor::Person(person()))],
        on in texts(), why in texts(), outcome in outcomes(),
        action in prop::option::of("[a-z0-9]{1,10}"),
        beside in any::<bool>(), replicas in any::<u32>(),
    ) {
        let kind = Kind::known().nth(number).unwrap().clone();
        let record = Record {
            on, why, outcome, action,
            personal: beside.then(|| personal().beside()),
            ..Record::new(at(1), kind, actor).with("replicas", replicas)
        };
        let entry = record.entry();
        prop_assert_eq!(entry.check(), Ok(()));
        prop_assert_eq!(Record::of(&line(entry)), Some(record));
    }
}

#[test]
fn what_another_version_wrote_is_kept_and_shown_as_it_is() {
    let body = json!({"who": "the committee", "on": "the moon", "crew": [1, 2]});
    let foreign = line(Entry { at: at(0), kind: "moon.landing".into(), body, personal: None });
    let record = Record::of(&foreign).unwrap();
    assert_eq!(record.who, Actor::Other("the committee".into()));
    assert_eq!(record.details["crew"], json!([1, 2]));
    assert_eq!(
        shown(&foreign),
        r#"1 2026-09-21T14:13:20.000Z moon.landing by the committee on the moon {"crew":[1,2]}"#
    );

    for body in [json!([1]), json!("text"), json!({"on": 7, "who": "scarlet"}), json!({"outcome": "maybe"})] {
        let foreign = line(Entry { at: at(0), kind: "odd".into(), body: body.clone(), personal: None });
        assert_eq!(Record::of(&foreign), None, "{body}");
        assert_eq!(shown(&foreign), format!("1 2026-09-21T14:13:20.000Z odd {body}"));
    }
}

#[test]
fn secrets_do_not_get_into_the_chain() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let record = Record::new(at(0), Kind::ToolCalled, Actor::Scarlet)
        .on(format!("https://bot:hunter2secret@example.com/?a={secret}"))
        .because(format!("the token {secret} was there"))
        .ended(Outcome::Failed(format!("{secret} was refused")))
        .with("arguments", json!({"password": "hunter2secret", "note": secret}));
    let text = line(record.entry()).to_json();
    assert!(!text.contains(secret) && !text.contains("hunter2secret"), "{text}");
}

#[test]
fn a_detail_cannot_pass_for_who_did_it() {
    let record = Record::new(at(0), Kind::FreezeOff, Actor::System).with("who", "scarlet").with("why", "because");
    let back = Record::of(&line(record.entry())).unwrap();
    assert_eq!((back.who, back.why), (Actor::System, None));
}

#[test]
fn personal_data_can_be_erased_and_cannot_be_altered() {
    let beside = personal();
    let told = Record::new(at(0), Kind::FreezeOn, Actor::Person(person())).beside(beside.beside());
    let line = line(told.entry());
    assert!(!line.to_json().contains("Anna"));
    assert_eq!(PersonalState::of(&line, Some(&beside)), PersonalState::Whole);
    assert_eq!(PersonalState::of(&line, None), PersonalState::Erased);
    let cases = [
        Personal { data: json!({"name": "Anna", "said": "go on, please"}), ..beside.clone() },
        Personal { salt: "7f3b".into(), ..beside.clone() },
        Personal { id: "p-2".into(), ..beside.clone() },
    ];
    for altered in cases {
        assert_eq!(PersonalState::of(&line, Some(&altered)), PersonalState::Altered, "{altered:?}");
    }
    let back: Personal = serde_json::from_value(serde_json::to_value(&beside).unwrap()).unwrap();
    assert_eq!(PersonalState::of(&line, Some(&back)), PersonalState::Whole);
    assert_eq!(PersonalState::of(&self::line(told_without()), Some(&beside)), PersonalState::None);
}

fn told_without() -> Entry {
    Record::new(at(0), Kind::FreezeOn, Actor::Scarlet).entry()
}

fn step(minute: i64, kind: Kind, action: &str) -> Entry {
    Record::new(at(minute), kind, Actor::Scarlet).of_action(action).on(format!("deployment {action}")).entry()
}

#[test]
fn what_has_no_end_is_open() {
    let lines = chained([
        step(1, Kind::ActionIntent, "done"),
        step(2, Kind::ActionIntent, "begun"),
        step(3, Kind::ActionBegun, "done"),
        step(4, Kind::ActionIntent, "intended"),
        step(5, Kind::ActionEnded, "done"),
        step(6, Kind::ActionBegun, "begun"),
        step(7, Kind::ActionIntent, "given up"),
        step(8, Kind::ActionAbandoned, "given up"),
        step(9, Kind::ActionEnded, "never heard of"),
        Record::new(at(10), Kind::FreezeOn, Actor::System).entry(),
    ]);
    let open = open_actions(&lines);
    let told: Vec<_> = open.iter().map(|open| (open.action.as_str(), open.stage, open.sequence)).collect();
    assert_eq!(told, [("begun", Stage::Begun, 2), ("intended", Stage::Intended, 4)]);
    assert_eq!((open[0].since, open[0].on.as_deref()), (at(2), Some("deployment begun")));
    let mut seen = OpenActions::default();
    lines.iter().for_each(|line| seen.see(line));
    assert_eq!(seen.first(), Some(2));
}

#[test]
fn an_action_whose_intent_was_cut_away_is_open_still() {
    let lines = chained([
        step(1, Kind::ActionBegun, "late"),
        step(2, Kind::ActionIntent, "twice"),
        step(3, Kind::ActionEnded, "twice"),
    ]);
    assert_eq!(open_actions(&lines).len(), 1);
    let again =
        chained([step(1, Kind::ActionIntent, "a"), step(2, Kind::ActionEnded, "a"), step(3, Kind::ActionIntent, "a")]);
    assert_eq!(open_actions(&again)[0].sequence, 3);
}

#[test]
fn an_intent_that_names_no_action_is_never_taken_for_done() {
    let unnamed = |body: Value| Entry { at: at(1), kind: "action.intent".into(), body, personal: None };
    let lines = chained([
        unnamed(json!({})),
        unnamed(json!("odd")),
        Record::new(at(2), Kind::ActionEnded, Actor::System).entry(),
    ]);
    let open: Vec<String> = open_actions(&lines).into_iter().map(|open| open.action).collect();
    assert_eq!(open, ["record 1", "record 2"]);
}
