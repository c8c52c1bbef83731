//! What changes the template of a workload: restart, an earlier revision, resources, image.

use super::amount::thousandths;
use super::hold::{Objections, Reading};
use serde_json::Value;

/// An amount grows by at most this factor at once.
const MOST_GROWTH: u128 = 4;

/// And shrinks by at most this one: too little memory stops a process at once.
const MOST_SHRINKAGE: u128 = 2;

/// The amounts of `set_resources`: argument, place in the container's `resources`, resource.
pub(super) const AMOUNTS: &[(&str, &str, &str)] = &[
    ("cpu_request", "requests", "cpu"),
    ("cpu_limit", "limits", "cpu"),
    ("memory_request", "requests", "memory"),
    ("memory_limit", "limits", "memory"),
];

pub(super) fn restart(reading: Reading<'_>, said: &mut Objections) {
    hold_running(reading, said);
}

pub(super) fn revision(reading: Reading<'_>, said: &mut Objections) {
    hold_running(reading, said);
    reading.object_to_owner(said);
    let Some(current) = reading.revision() else {
        return said.say("which revision it has was not seen");
    };
    if let Some(wanted) = reading.number("to_revision") {
        let is_earlier = (1..current).contains(&wanted);
        said.unless(is_earlier, format!("revision {wanted} is not before the current {current}"));
    } else {
        said.unless(current > 1, "there is no revision before the current");
    }
}

/// A workload whose rollout is paused, or which somebody stopped, is left alone.
fn hold_running(reading: Reading<'_>, said: &mut Objections) {
    said.unless(
        reading.seen("/spec/paused") != Some(&Value::Bool(true)),
        "its rollout is paused: whoever did it has a reason",
    );
    if reading.seen.object.kind != "DaemonSet" {
        said.unless(reading.seen_number("/spec/replicas") != Some(0), "it is scaled to 0: somebody stopped it");
    }
}

pub(super) fn resources(reading: Reading<'_>, said: &mut Objections) {
    reading.object_to_owner(said);
    let Some(container) = reading.container() else {
        return said.say("the container was not seen in the workload");
    };
    let is_any = AMOUNTS.iter().any(|(argument, _, _)| reading.arguments.contains_key(*argument));
    said.unless(is_any, "the call sets no amount");
    for (argument, place, resource) in AMOUNTS {
        let Some(wanted) = reading.text(argument) else { continue };
        let Some(to) = thousandths(wanted).filter(|amount| *amount > 0) else {
            said.say(format!("{wanted:?} is no amount of {resource}"));
            continue;
        };
        hold_amount(container, (place, resource), (wanted, to), said);
    }
    for resource in ["cpu", "memory"] {
        hold_order(reading, container, resource, said);
    }
}

/// An amount that is there already bounds the new one; where there is none, the container's other amount does.
fn hold_amount(container: &Value, (place, resource): (&str, &str), (wanted, to): (&str, u128), said: &mut Objections) {
    let other = if place == "requests" { "limits" } else { "requests" };
    let known = seen_amount(container, place, resource).or_else(|| seen_amount(container, other, resource));
    let Some((text, from)) = known else {
        return said.say(format!("the container has no {resource} amount that {wanted} could be compared with"));
    };
    let is_near = to <= from.saturating_mul(MOST_GROWTH) && from <= to.saturating_mul(MOST_SHRINKAGE);
    said.unless(
        is_near,
        format!(
            "{resource}: from {text} to {wanted} is more than {MOST_GROWTH} times up or {MOST_SHRINKAGE} times down"
        ),
    );
}

/// No request over the limit, as both would be.
fn hold_order(reading: Reading<'_>, container: &Value, resource: &str, said: &mut Objections) {
    let after = |place: &str| {
        let argument = AMOUNTS.iter().find(|row| row.1 == place && row.2 == resource).map_or("", |row| row.0);
        let seen = seen_amount(container, place, resource).map(|(_, amount)| amount);
        reading.text(argument).map_or(seen, thousandths)
    };
    if let (Some(request), Some(limit)) = (after("requests"), after("limits")) {
        said.unless(request <= limit, format!("the {resource} request would be over the limit"));
    }
}

fn seen_amount<'a>(container: &'a Value, place: &str, resource: &str) -> Option<(&'a str, u128)> {
    let text = container.get("resources")?.get(place)?.get(resource)?.as_str()?;
    Some((text, thousandths(text)?))
}

pub(super) fn image(reading: Reading<'_>, said: &mut Objections) {
    reading.object_to_owner(said);
    let Some(wanted) = reading.text("image") else { return };
    let Some(now) = reading.container().and_then(|container| container.get("image")).and_then(Value::as_str) else {
        return said.say("the container and its image were not seen in the workload");
    };
    said.unless(wanted != now, "it has this image already");
    let (repository, tag, digest) = parts(wanted);
    said.unless(repository == parts(now).0, format!("{wanted} is of another repository than {now}"));
    said.unless(tag != Some("latest"), format!("{wanted} is another image every day"));
    said.unless(tag.is_some() || digest.is_some(), format!("{wanted} names neither tag nor digest"));
    let is_plain = wanted.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_/:@".contains(&byte));
    said.unless(is_plain, "the image has letters that images do not have");
}

/// Repository, tag and digest of an image (`registry:5000/shop/checkout:1.2@sha256:…`).
fn parts(image: &str) -> (&str, Option<&str>, Option<&str>) {
    let (named, digest) = match image.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (image, None),
    };
    // A colon before the last slash is a port of the registry.
    match named.rfind(':').filter(|colon| named.rfind('/').is_none_or(|slash| slash < *colon)) {
        Some(colon) => (named.get(..colon).unwrap_or(named), named.get(colon + 1..), digest),
        None => (named, None, digest),
    }
}
