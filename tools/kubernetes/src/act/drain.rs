//! `drain`: a node cordoned, and its pods evicted as far as their disruption budgets permit.
//!
//! Guarantees: pods leave only by the eviction API, so that every budget is asked; pods that nothing would make anew, or
//! whose local data would be lost, stop the drain before it begins; pods of DaemonSets and of the node itself stay. A
//! budget that permits nothing now is asked again until the time is over, and what is left then is told by name.
//! Deliberately absent: force.

mod evict;
mod sort;

use super::nodes;
use super::perform;
use super::subject::{Subject, Wanted};
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::acted::Acted;
use evict::Eviction;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use sort::Sorted;
use std::time::Duration;
use tokio::time::Instant;
use tools_common::act::Act;
use tools_common::{CallContext, ToolSpec, args};

/// How long a drain may take where the caller does not say.
const USUAL_SECONDS: u64 = 300;

/// How long a drain may take at most.
pub const MOST: Duration = Duration::from_secs(900);

/// Pods that a warning names one by one.
const NAMED: usize = 10;

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Node.
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(range(min = 10, max = 900))]
    timeout_seconds: Option<u64>,
    /// Evict also pods whose emptyDir data is lost.
    delete_emptydir_data: Option<bool>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::act::<Args>(
        "drain",
        "Drain",
        "Cordons a node and evicts its pods, within their disruption budgets; DaemonSet pods stay.",
    )
}

/// Performs it.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let act = context.act()?;
    let wanted =
        Wanted { cluster: asked.cluster.as_deref(), kind: None, kinds: &["Node"], namespace: None, name: &asked.name };
    let subject = Subject::read(server, &wanted, act).await?;
    let sorted = Sorted::of(pods(&subject).await?, asked.delete_emptydir_data.unwrap_or(false));
    if !sorted.blockers.is_empty() {
        let message = format!("{} cannot be drained: {}", subject.object, shown(&sorted.blockers));
        return Err(Failure::new(FailureKind::Conflict, message)
            .with_hint("nothing was done; delete or move these pods first, or permit the loss of emptyDir data"));
    }
    // A rehearsal changes nothing on the node, and finds out whether it may be changed.
    let cordoned = perform::send(&subject, &nodes::decision(&subject, true), context).await?.answer;
    let allowed = Duration::from_secs(asked.timeout_seconds.unwrap_or(USUAL_SECONDS)).min(MOST);
    let mut eviction = Eviction::new(&subject, sorted.evicted);
    let mut warnings = sorted.kept;
    let mut late = Vec::new();
    if act.is_dry_run() {
        eviction.rehearse(act).await;
    } else {
        let until = evict::end_of(allowed, context);
        let may_lose_empty_dirs = asked.delete_emptydir_data.unwrap_or(false);
        late = evict_all(&subject, &mut eviction, may_lose_empty_dirs, (act, context), until).await;
    }
    if context.cancel.is_cancelled() {
        warnings.push("it was stopped on request".to_owned());
    }
    let mut left = eviction.left();
    left.append(&mut late);
    if !left.is_empty() {
        let word = if act.is_dry_run() { "would have to wait or fail" } else { "were not evicted in time" };
        warnings.push(format!("{} pods {word}: {}", left.len(), shown(&left)));
    }
    let version = cordoned.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
    perform::tell(
        &subject,
        Acted {
            action: "drain".to_owned(),
            object: subject.object.clone(),
            class: EffectClass::W2,
            dry_run: act.is_dry_run(),
            complete: left.is_empty() || act.is_dry_run(),
            seen_resource_version: Some(subject.version().to_owned()),
            resource_version: version.filter(|_| !act.is_dry_run()),
            diff: vec![format!("unschedulable: {} -> true", was_cordoned(&subject))],
            undo: Some(nodes::undo(&subject)),
            warnings,
            steps: eviction.into_steps(),
        },
    )
}

/// Evicts, then looks again: between the first look and the cordon other pods may have come. Gives what keeps the node
/// from being empty and cannot be evicted.
async fn evict_all(
    subject: &Subject<'_>,
    eviction: &mut Eviction<'_>,
    may_lose_empty_dirs: bool,
    (act, context): (&Act, &CallContext),
    until: Instant,
) -> Vec<String> {
    loop {
        let found = match pods(subject).await {
            Ok(found) => Sorted::of(found, may_lose_empty_dirs),
            Err(failure) => return vec![format!("whether others came could not be looked at: {}", failure.message)],
        };
        let has_new = eviction.add(found.evicted);
        if evict::is_over(until, context) || (!has_new && eviction.is_done()) {
            return found.blockers;
        }
        eviction.run(act, context, until).await;
    }
}

fn was_cordoned(subject: &Subject<'_>) -> bool {
    subject.manifest.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false)
}

/// All pods of the node. A cluster of which only some namespaces are open cannot be drained: what is in the others is
/// not known.
async fn pods(subject: &Subject<'_>) -> Result<Vec<Value>, Failure> {
    let kind = Kind::built_in("Pod");
    if subject.cluster.scopes(&kind, None)? != [None] {
        let message = format!("{} cannot be drained: only some namespaces are open to this server", subject.object);
        return Err(Failure::new(FailureKind::Refused, message));
    }
    let selection = Selection { labels: None, fields: Some(format!("spec.nodeName={}", subject.object.name)) };
    let listing = subject.cluster.list::<Value>(&kind, None, &selection).await?;
    if listing.left_out > 0 {
        let message = format!("{} cannot be drained: {} of its pods were not read", subject.object, listing.left_out);
        return Err(Failure::new(FailureKind::TooLarge, message));
    }
    Ok(listing.items)
}

fn shown(lines: &[String]) -> String {
    let named = lines.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    match lines.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{named}; and {more} more"),
        _ => named,
    }
}
