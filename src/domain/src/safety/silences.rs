//! Silences: that they hide one thing, for a while, and that only our own are ended.

use super::hold::{Objections, Reading};
use serde_json::Value;

/// No silence of ours is longer: somebody looks once a day.
const LONGEST_MINUTES: u64 = 24 * 60;

/// Who makes our silences.
const OURS: &str = "auto-devops";

pub(super) fn create(reading: Reading<'_>, said: &mut Objections) {
    said.unless(reading.plan.object.name == "new", "a silence that is to be made has no name yet");
    if let Some(minutes) = reading.number("minutes") {
        said.unless(
            (1..=LONGEST_MINUTES).contains(&minutes),
            format!("a silence of {minutes} minutes is longer than a day, or none"),
        );
    }
    let matchers = reading.arguments.get("matchers").and_then(Value::as_array);
    let mut names_alert = false;
    for matcher in matchers.into_iter().flatten().filter_map(Value::as_str) {
        match exact(matcher) {
            Some((name, value)) => names_alert |= name == "alertname" && !value.is_empty(),
            None => said.say(format!("{matcher:?} is no exact matcher of one value")),
        }
    }
    said.unless(names_alert, "the silence does not name an alert: it would hide others, too");
}

/// Label and value of `app="checkout"`. `None` for an expression, a negation, an empty value.
fn exact(matcher: &str) -> Option<(&str, String)> {
    let (name, quoted) = matcher.split_once('=')?;
    let is_label = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let value: String = quoted.starts_with('"').then(|| serde_json::from_str(quoted).ok())??;
    (is_label && !value.is_empty()).then_some((name, value))
}

pub(super) fn expire(reading: Reading<'_>, said: &mut Objections) {
    let id = reading.text("id").unwrap_or_default();
    said.unless(id == reading.plan.object.name, "the call ends another silence than the plan's");
    let Some(silence) = &reading.seen.silence else {
        return said.say("the silence was not seen");
    };
    said.unless(silence.id == id, "another silence was seen");
    said.unless(silence.state == "active", format!("the silence is {}", silence.state));
    said.unless(silence.author.as_deref() == Some(OURS), "somebody else made the silence, and may want it");
}
