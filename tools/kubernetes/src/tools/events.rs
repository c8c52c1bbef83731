//! `events`: what the cluster says happened, repeats folded.

use super::common::{self, Hints, Window};
use super::gone;
use crate::query::kinds::{self, Kind};
use crate::query::reference::Reference;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::Event;
use crate::shape::{age, events};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args, time};

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    /// Only of `kind/name` or a name, with its pods.
    #[schemars(length(max = 300))]
    object: Option<String>,
    /// Default true.
    warnings_only: Option<bool>,
    /// `30m`, `2h` or RFC 3339; default 1h.
    #[schemars(length(max = 40))]
    since: Option<String>,
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>("events", "Events", "Warning events (or all), newest first, repeats folded.")
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let start = time::instant("since", asked.since.as_deref(), context.now, context.now - TimeDelta::hours(1))?;
    let wanted = asked.object.as_deref().map(Wanted::parse);
    let namespace = asked.namespace.as_deref().or(wanted.as_ref().and_then(|wanted| wanted.namespace.as_deref()));
    let warnings_only = asked.warnings_only.unwrap_or(true);
    let selection = Selection { labels: None, fields: warnings_only.then(|| "type=Warning".to_owned()) };
    let found = cluster.list::<Event>(&Kind::built_in("Event"), namespace, &selection).await?;
    let seen = found.items.len();
    let kept: Vec<Event> = found
        .items
        .into_iter()
        .filter(|event| event.last_seen() >= start && (!warnings_only || event.is_warning()))
        .filter(|event| wanted.as_ref().is_none_or(|wanted| wanted.fits(event)))
        .collect();
    let window = Window {
        tool: "events",
        arguments: &arguments,
        limit: asked.limit.unwrap_or(50),
        budget_tokens: asked.budget_tokens,
    };
    let part = window.of(events::fold(&kept))?;
    let mut hints = Hints::default();
    if part.total == 0 {
        let what = if warnings_only { "warning events" } else { "events" };
        hints.add(format!("No {what} in the last {}{}.", age::spoken(context.now - start), of_object(&asked)));
        if let Some(namespace) = namespace
            && seen == 0
            && let Some(hint) = gone::missing_namespace(cluster, namespace).await
        {
            hints.add(hint);
        }
        if seen > 0 {
            hints.add(format!("{seen} are older or of other objects: widen since or leave object out."));
        }
        hints.add("Clusters usually keep events for one hour.");
    }
    if !part.left.is_empty() {
        hints.add("More: pass next_cursor, or narrow by object or since.");
    }
    if let Some(hint) = common::left_out_hint(found.left_out) {
        hints.add(hint);
    }
    let table = Table::of(&part.kept);
    let mut envelope = common::envelope(cluster.source(), common::data(&table), &part, found.left_out, hints);
    envelope.window = Some(domain::envelope::Window { start, end: context.now });
    Ok(envelope)
}

fn of_object(asked: &Args) -> String {
    asked.object.as_ref().map(|object| format!(" of {object}")).unwrap_or_default()
}

/// The object asked for; events of what it owns count too, told by its name in front.
struct Wanted {
    kind: Option<Kind>,
    namespace: Option<String>,
    name: String,
}

impl Wanted {
    fn parse(text: &str) -> Self {
        let reference = Reference::parse(text);
        let kind = reference.kind.as_deref().and_then(kinds::resolve);
        Self { kind, namespace: reference.namespace, name: reference.name }
    }

    fn fits(&self, event: &Event) -> bool {
        let object = &event.involved_object;
        if object.name == self.name {
            return self.kind.as_ref().is_none_or(|kind| kind.kind == object.kind) || self.kind.is_none();
        }
        let owns = self.kind.as_ref().is_none_or(|kind| {
            matches!(kind.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "CronJob")
        });
        let rest = object.name.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('-'));
        owns && rest.is_some_and(|rest| is_made_name(&object.kind, rest))
    }
}

/// Whether the rest of a name is one that controllers make: template hash and suffix, ordinal, due minute. `checkout`
/// must not claim the pods of `checkout-worker`.
fn is_made_name(kind: &str, rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('-').collect();
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    // Suffixes are made without vowels, and nearly always hold a digit; words do not.
    let hash = |part: &str| {
        matches!(part.len(), 4..=10)
            && (part.contains(|c: char| c.is_ascii_digit()) || !part.contains(['a', 'e', 'i', 'o', 'u']))
    };
    match (kind, parts.as_slice()) {
        ("Pod", [only]) => digits(only) || only.len() == 5 && hash(only),
        ("Pod", [first, second]) => hash(first) && second.len() == 5,
        ("ReplicaSet", [only]) => hash(only),
        ("Job", [only]) => digits(only),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_workload_has_its_pods_events_and_not_its_neighbours() {
        let cases = [
            ("checkout", "Pod", "checkout-6d4b75cb6d-x2x8k", true),
            ("deployment/checkout", "ReplicaSet", "checkout-6d4b75cb6d", true),
            ("deployment/checkout", "Pod", "checkout-worker-6d4b75cb6d-x2x8k", false),
            ("statefulset/orders-db", "Pod", "orders-db-0", true),
            ("pod/checkout", "Pod", "checkout-6d4b75cb6d-x2x8k", false),
            ("Deployment shop/checkout", "Deployment", "checkout", true),
            ("service/checkout", "Deployment", "checkout", false),
        ];
        for (object, kind, name, expected) in cases {
            let event: Event = serde_json::from_value(json!({"involvedObject": {"kind": kind, "name": name}})).unwrap();
            assert_eq!(Wanted::parse(object).fits(&event), expected, "{object} {kind}/{name}");
        }
    }
}
