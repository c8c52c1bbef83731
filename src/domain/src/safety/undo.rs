//! Whether the call that takes the action back restores what is seen, and does nothing else.

use super::arguments::review_call;
use super::hold::{Objections, Reading};
use super::template::AMOUNTS;
use super::{jobs, nodes};
use crate::action::ActCall;
use crate::effect::EffectClass;
use serde_json::Value;

pub(super) fn review(reading: Reading<'_>, said: &mut Objections) {
    let plan = reading.plan;
    match (&plan.undo, can_be_without(reading)) {
        (None, false) => said.say("nothing takes it back, and it is not of the class that says so"),
        (None, true) => {}
        (Some(_), true) if !may_have(reading) => {
            said.say(format!("nothing takes a {} back, and the plan has a call that would", plan.call.tool));
        }
        (Some(undo), _) => review_undo(reading, undo, said),
    }
}

/// Actions after which there is nothing to take back, and those of which the plan says that they are hard to undo.
fn can_be_without(reading: Reading<'_>) -> bool {
    match reading.plan.call.tool.as_str() {
        "delete_pod" => reading.controller().is_some() || reading.plan.rehearsal.class == EffectClass::W3,
        "silence_create" => true,
        "rollout_restart" => reading.plan.object.kind != "Deployment",
        _ => reading.plan.rehearsal.class == EffectClass::W3,
    }
}

/// Whether there is a call at all that takes it back.
fn may_have(reading: Reading<'_>) -> bool {
    !matches!(reading.plan.call.tool.as_str(), "delete_pod" | "delete_job" | "silence_create")
}

fn review_undo(reading: Reading<'_>, undo: &ActCall, said: &mut Objections) {
    let plan = reading.plan;
    review_call(&undo.server, &undo.tool, &undo.arguments, &plan.object, "the undo", said);
    if let Some(cluster) = undo.arguments.get("cluster") {
        let expected = plan.cluster.as_deref().or(reading.seen.cluster.as_deref());
        said.unless(expected.is_some() && cluster.as_str() == expected, "the undo names another cluster");
    } else {
        said.unless(plan.cluster.is_none() || undo.server == "prometheus", "the undo does not name the cluster");
    }
    let back = Reading { arguments: &undo.arguments, ..reading };
    match expected_tool(reading) {
        Some(tool) if tool == undo.tool => {
            said.unless(restores(reading, back), "the undo does not restore what is seen");
        }
        Some(tool) => said.say(format!("the undo is a {}, and only {tool} would take it back", undo.tool)),
        None => said.say(format!("no call takes a {} back", plan.call.tool)),
    }
}

fn expected_tool(reading: Reading<'_>) -> Option<&'static str> {
    Some(match reading.plan.call.tool.as_str() {
        "scale" => "scale",
        "set_hpa_bounds" => "set_hpa_bounds",
        "rollout_restart" if reading.plan.object.kind == "Deployment" => "rollout_undo",
        "rollout_undo" => "rollout_undo",
        "set_resources" => "set_resources",
        "set_image" => "set_image",
        "suspend_job" => "resume_job",
        "resume_job" => "suspend_job",
        "cordon" => "uncordon",
        "uncordon" => "cordon",
        // A node that was cordoned before its drain stays so.
        "drain" if nodes::is_cordoned(reading) => "cordon",
        "drain" => "uncordon",
        "silence_expire" => "silence_create",
        "call_webhook" => "call_webhook",
        _ => return None,
    })
}

fn restores(forward: Reading<'_>, back: Reading<'_>) -> bool {
    match forward.plan.call.tool.as_str() {
        "scale" => is_seen_number(back, "replicas", "/spec/replicas"),
        "set_hpa_bounds" => {
            let least = back.seen_number("/spec/minReplicas").unwrap_or(1);
            back.number("min_replicas") == Some(least) && is_seen_number(back, "max_replicas", "/spec/maxReplicas")
        }
        "rollout_restart" | "rollout_undo" => {
            back.number("to_revision").is_some() && back.number("to_revision") == back.revision()
        }
        "set_resources" => restores_resources(forward, back),
        "set_image" => {
            let image = back.container().and_then(|container| container.get("image")).and_then(Value::as_str);
            is_same_container(forward, back) && image.is_some() && back.text("image") == image
        }
        "suspend_job" => !jobs::is_suspended(forward),
        "resume_job" => jobs::is_suspended(forward),
        "cordon" => !nodes::is_cordoned(forward),
        "uncordon" => nodes::is_cordoned(forward),
        "drain" => true,
        "silence_expire" => restores_silence(forward, back),
        "call_webhook" => {
            let declared = forward.text("webhook").and_then(|name| forward.rules.webhooks.get(name));
            let undo = declared.and_then(|webhook| webhook.undo.as_deref());
            undo.is_some() && back.text("webhook") == undo
        }
        _ => false,
    }
}

fn is_seen_number(back: Reading<'_>, argument: &str, pointer: &str) -> bool {
    back.number(argument).is_some() && back.number(argument) == back.seen_number(pointer)
}

fn is_same_container(forward: Reading<'_>, back: Reading<'_>) -> bool {
    forward.text("container").is_some() && forward.text("container") == back.text("container")
}

/// The same amounts are set, each to what is seen, or taken away where there is none.
fn restores_resources(forward: Reading<'_>, back: Reading<'_>) -> bool {
    let Some(container) = back.container() else { return false };
    is_same_container(forward, back)
        && AMOUNTS.iter().all(|(argument, place, resource)| {
            let seen = container.get("resources").and_then(|resources| resources.get(*place));
            let seen = seen.and_then(|amounts| amounts.get(*resource)).and_then(Value::as_str).unwrap_or("unset");
            match forward.text(argument) {
                Some(_) => back.text(argument) == Some(seen),
                None => !back.arguments.contains_key(*argument),
            }
        })
}

/// The same matchers, for as long as was left when the plan was made: the rehearsal before it may have counted a minute more.
fn restores_silence(forward: Reading<'_>, back: Reading<'_>) -> bool {
    let Some(silence) = &forward.seen.silence else { return false };
    let matchers = back.arguments.get("matchers").and_then(Value::as_array);
    let shown: Vec<&str> = matchers.into_iter().flatten().filter_map(Value::as_str).collect();
    let left = silence.ends.signed_duration_since(forward.plan.made_at).num_minutes().max(1);
    let minutes = back.number("minutes").and_then(|minutes| i64::try_from(minutes).ok());
    shown.join(", ") == silence.matchers
        && minutes.is_some_and(|minutes| (left..=left.saturating_add(1)).contains(&minutes))
}
