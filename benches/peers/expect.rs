//! What an answer must hold. A server that leaves out or makes up something must not be counted as fast or small.

use crate::cluster::{Planted, Unhealthy};
use crate::metrics;
use serde_json::Value;

type Verdict = Result<(), String>;

fn envelope(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))
}

fn is(what: &str, found: usize, wanted: usize) -> Verdict {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found} and not {wanted}")) }
}

/// That each name stands in a text.
pub fn all_named<'a>(text: &str, names: impl Iterator<Item = &'a String>) -> Verdict {
    let missing: Vec<&String> = names.filter(|name| !text.contains(name.as_str())).collect();
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} names are missing, {first} among them", missing.len())),
    }
}

/// The `total` of our envelope.
pub fn our_total(text: &str, wanted: usize) -> Verdict {
    let total = envelope(text)?.get("total").and_then(Value::as_u64).ok_or("it tells no total")?;
    is("total", total as usize, wanted)
}

/// Our first page of pods: how many of the unhealthy are named, and how many are counted in a group of their status.
/// Together they must be all, and the rows and groups together all pods.
pub fn our_pods(text: &str, planted: &Planted) -> Result<(usize, usize), String> {
    our_total(text, planted.pods)?;
    let envelope = envelope(text)?;
    let named = planted.unhealthy.iter().filter(|pod| text.contains(&pod.name)).count();
    let rest = envelope.pointer("/data/rest").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let groups =
        rest.iter().filter_map(|group| Some((group.get("label")?.as_str()?, group.get("count")?.as_u64()? as usize)));
    let (mut in_groups, mut in_trouble) = (0, 0);
    for (label, count) in groups {
        in_groups += count;
        let is_trouble = planted.unhealthy.iter().any(|pod| label.ends_with(pod.status) && pod.status != "Running");
        if is_trouble || label.ends_with("not ready") {
            in_trouble += count;
        }
    }
    let returned = envelope.get("returned").and_then(Value::as_u64).unwrap_or_default() as usize;
    is("rows and groups", returned + in_groups, planted.pods)?;
    is("unhealthy pods named or counted", named + in_trouble, planted.unhealthy.len())?;
    Ok((named, in_trouble))
}

/// Our list of unhealthy pods alone: each by name.
pub fn our_unhealthy(text: &str, planted: &Planted) -> Verdict {
    our_total(text, planted.unhealthy.len())?;
    all_named(text, planted.unhealthy.iter().map(|pod| &pod.name))
}

/// The peer's table: a line for each pod, and each unhealthy one with its status on its line.
pub fn table_of_pods(text: &str, planted: &Planted) -> Verdict {
    let lines = lines_of_pods(text, planted.pods)?;
    let is_told = |pod: &Unhealthy| {
        lines.iter().any(|line| line.contains(&pod.name) && line.contains(pod.status) && line.contains("0/1"))
    };
    match planted.unhealthy.iter().find(|pod| !is_told(pod)) {
        None => Ok(()),
        Some(pod) => Err(format!("{}/{} is not told as {}", pod.namespace, pod.name, pod.status)),
    }
}

/// The lines of the peer's table, which must be so many.
pub fn lines_of_pods(text: &str, wanted: usize) -> Result<Vec<&str>, String> {
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" Pod ")).collect();
    is("lines", lines.len(), wanted)?;
    Ok(lines)
}

/// The peer's YAML: each pod once, the unhealthy among them.
pub fn yaml_of_pods(text: &str, planted: &Planted) -> Verdict {
    is("phases", text.matches("\n    phase: ").count(), planted.pods)?;
    all_named(text, planted.unhealthy.iter().map(|pod| &pod.name))
}

/// The peer's events: as many as there are, those of the planted pods among them.
pub fn peers_events(text: &str, wanted: usize, warned: &[String]) -> Verdict {
    is("events", text.matches("InvolvedObject:").count(), wanted)?;
    all_named(text, warned.iter())
}

/// One pod, whoever wrote it: its name, its image and that its container is ready.
pub fn one_pod(text: &str, planted: &Planted) -> Verdict {
    all_named(text, [&planted.one.1, &planted.image].into_iter())?;
    if text.contains("containerStatuses") { Ok(()) } else { Err("its status is missing".to_owned()) }
}

/// `up`: every target that is down by name, and as many targets as there are.
pub fn up(text: &str) -> Verdict {
    is("targets", count_of_samples(text)?, metrics::TARGETS)?;
    all_named(text, metrics::DOWN.map(str::to_owned).iter())
}

/// The wide query: as many series as there are, the largest value among what is shown.
pub fn wide(text: &str) -> Verdict {
    is("series", count_of_samples(text)?, metrics::SERIES)?;
    all_named(text, [metrics::largest().to_string()].iter())
}

/// The ten largest.
pub fn ten_largest(text: &str) -> Verdict {
    is("series", count_of_samples(text)?, 10)?;
    let mut values: Vec<usize> = (0..metrics::SERIES).map(metrics::value).collect();
    values.sort_unstable_by(|left, right| right.cmp(left));
    let largest: Vec<String> = values.into_iter().take(10).map(|value| value.to_string()).collect();
    all_named(text, largest.iter())
}

/// The total that ours tells, or the length of the peer's result.
fn count_of_samples(text: &str) -> Result<usize, String> {
    let answer = envelope(text)?;
    let total = answer.get("total").and_then(Value::as_u64).map(|total| total as usize);
    let listed = answer.get("result").and_then(Value::as_array).map(Vec::len);
    total.or(listed).ok_or_else(|| "it holds no series".to_owned())
}
