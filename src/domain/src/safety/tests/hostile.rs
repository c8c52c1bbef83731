//! Plans that must not be carried out, each with what is said against it.

mod amounts;
mod objects;
mod rest;

use super::*;
use crate::action::{ActCall, Action, Matcher};
use crate::approval::Proposer;
use crate::effect::EffectClass;
use crate::object::ObjectRef;
use crate::plan::fixtures::now;
use amounts::{AMOUNTS, CLASSES};
use chrono::TimeDelta;
use objects::{CALLS, OBJECTS};
use rest::{REST, THINGS, UNDOS};
use serde_json::{Value, json};

/// Name, the sane case that it is made of, what makes it hostile, what is said.
type Row = (&'static str, &'static str, fn(&mut Case), &'static str);

/// Changes an argument of the call.
fn set(case: &mut Case, name: &str, value: Value) {
    case.plan.call.arguments.insert(name.to_owned(), value);
}

/// Makes the plan one of another action, with the call that it becomes: what is wrong is what it asks for.
fn act(case: &mut Case, action: Action) {
    case.plan.call = action.call(&case.plan.object, case.plan.cluster.as_deref());
    case.plan.action = action;
}

/// Changes the manifest that was seen.
fn see(case: &mut Case, pointer: &str, value: Value) {
    *case.seen.manifest.pointer_mut(pointer).unwrap() = value;
}

fn undo(case: &mut Case) -> &mut ActCall {
    case.plan.undo.as_mut().unwrap()
}

fn undo_set(case: &mut Case, name: &str, value: Value) {
    undo(case).arguments.insert(name.to_owned(), value);
}

/// Moves the whole plan into another namespace, consistently.
fn move_to(case: &mut Case, namespace: &str) {
    case.plan.object.namespace = Some(namespace.to_owned());
    case.seen.object.namespace = Some(namespace.to_owned());
    set(case, "namespace", json!(namespace));
    undo_set(case, "namespace", json!(namespace));
    case.seen.manifest["metadata"]["namespace"] = json!(namespace);
}

fn image(case: &mut Case, image: &str) {
    act(case, Action::SetImage { container: "app".to_owned(), image: image.to_owned() });
}

fn memory(case: &mut Case, request: Option<&str>, limit: Option<&str>) {
    let text = |value: Option<&str>| value.map(str::to_owned);
    act(
        case,
        Action::SetResources {
            container: "app".to_owned(),
            cpu_request: None,
            cpu_limit: None,
            memory_request: text(request),
            memory_limit: text(limit),
        },
    );
}

fn silence(case: &mut Case, matchers: &[(&str, &str)], minutes: u64) {
    let matchers =
        matchers.iter().map(|(name, value)| Matcher { name: (*name).to_owned(), value: (*value).to_owned() }).collect();
    act(case, Action::SilenceCreate { matchers, minutes });
}

fn owner() -> Value {
    json!([{"kind": "Rollout", "name": "checkout", "controller": true}])
}

#[test]
fn hostile_plans_are_refused_and_told_why() {
    let rows: Vec<&Row> = [OBJECTS, CALLS, AMOUNTS, CLASSES, THINGS, UNDOS, REST].into_iter().flatten().collect();
    assert!(rows.len() >= 100, "{}", rows.len());
    for (name, base, change, told) in rows {
        let mut case = named(base);
        change(&mut case);
        let said = said_of(&case);
        assert!(said.iter().any(|objection| objection == told), "{name}: {said:#?}");
    }
}

#[test]
fn protected_kinds_are_left_alone() {
    let mut rules = rules();
    rules.protected_kinds.insert("Node".to_owned());
    let case = named("drain");
    assert_eq!(objections(&case.plan, &case.seen, &rules), ["Node is a protected kind"]);
}

#[test]
fn a_webhook_is_never_milder_than_w2_whatever_the_settings_say() {
    let mut rules = rules();
    rules.webhooks.get_mut("grow-pool").unwrap().class = EffectClass::R0;
    let mut case = named("a webhook that can be taken back");
    assert!(objections(&case.plan, &case.seen, &rules).is_empty());
    case.plan.rehearsal.class = EffectClass::W1;
    let said = objections(&case.plan, &case.seen, &rules);
    assert_eq!(said, ["the plan says W1, and by what is seen it is W2"]);
}

#[test]
fn objections_are_bounded() {
    let mut case = named("restart");
    (0..1_000).for_each(|number| set(&mut case, &format!("x{number}"), json!(1)));
    case.plan.object = ObjectRef::cluster("Node", "x");
    assert_eq!(said_of(&case).len(), 40);
}

#[test]
fn what_is_refused_comes_back_as_it_was() {
    let mut case = named("restart");
    case.seen.at = case.plan.expires_at;
    let drafted = Drafted::new(case.plan.clone()).unwrap();
    let refused = review(drafted, &case.seen, &rules()).unwrap_err();
    assert_eq!(*refused.plan, case.plan);
    assert_eq!(refused.objections, ["the plan has expired"]);
}
