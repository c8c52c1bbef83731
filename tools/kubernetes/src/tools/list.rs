//! `list`: objects of a kind, those in trouble first, the healthy rest by count.

use super::common::{self, Hints, Window};
use super::{gone, rows};
use crate::query::kinds;
use crate::query::request::Selection;
use crate::server::Server;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::kubernetes::{Group, List};
use rows::Row;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tools_common::{CallContext, ToolSpec, args};

/// Groups that the rest is told in.
const GROUPS: usize = 20;

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Kind, plural or short name, CRDs too; `workloads` = all workload kinds.
    #[schemars(length(max = 253))]
    kind: String,
    /// All if absent.
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    /// Labels: `app=x,tier!=y`.
    #[schemars(length(max = 500))]
    selector: Option<String>,
    #[schemars(length(max = 253))]
    name_contains: Option<String>,
    status: Option<StatusFilter>,
    /// Rows.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    cluster: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StatusFilter {
    Unhealthy,
    All,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "list",
        "List objects",
        "Lists objects of a kind with their state, unhealthy first; healthy ones over the budget are counted.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let selection = Selection { labels: asked.selector.clone(), fields: None };
    let namespace = asked.namespace.as_deref();
    let found = if kinds::is_workloads(&asked.kind) {
        rows::of_workloads(cluster, namespace, &selection).await?
    } else {
        let kind = cluster.resolve(&asked.kind).await?;
        rows::of_kind(cluster, &kind, namespace, &selection).await?
    };
    let seen = found.listing.items.len();
    let part_of_name = asked.name_contains.as_deref().unwrap_or_default().to_lowercase();
    let mut wanted: Vec<(bool, Row)> = found
        .listing
        .items
        .into_iter()
        .filter(|row| row.name().contains(&part_of_name))
        .map(|row| (row.is_unhealthy(context.now), row))
        .filter(|(unhealthy, _)| *unhealthy || asked.status != Some(StatusFilter::Unhealthy))
        .collect();
    wanted.sort_by(|(a, left), (b, right)| {
        b.cmp(a).then_with(|| (left.namespace(), left.name()).cmp(&(right.namespace(), right.name())))
    });
    let unhealthy = wanted.iter().filter(|(unhealthy, _)| *unhealthy).count();

    let window = Window {
        tool: "list",
        arguments: &arguments,
        limit: asked.limit.unwrap_or(50),
        budget_tokens: asked.budget_tokens,
    };
    let part = window.of(wanted.into_iter().map(|(_, row)| row).collect())?;
    let rest = groups(&part.left);
    let mut hints = Hints::default();
    if part.total == 0 {
        hints.add(why_empty(cluster, &found.kind, &asked, seen).await);
    } else if unhealthy > 0 {
        hints.add(format!("{unhealthy} of {} unhealthy.", part.total));
    }
    if !part.left.is_empty() {
        hints.add("More: pass next_cursor, or narrow by namespace, selector or status=unhealthy.");
    }
    if let Some(hint) = common::left_out_hint(found.listing.left_out) {
        hints.add(hint);
    }
    for failure in &found.partly {
        hints.miss(format!("Not looked at: {failure}."));
    }
    let list = List { kind: found.kind, table: Table::of(&part.kept), rest };
    Ok(common::envelope(cluster.source(), common::data(&list), &part, found.listing.left_out, hints))
}

/// The rest by workload and state, or coarser where that would be too many groups.
fn groups(left: &[Row]) -> Vec<Group> {
    let fine = |row: &Row| {
        let owner = row.owner().unwrap_or_else(|| "-".to_owned());
        format!("{}/{owner} {}", row.namespace(), row.status())
    };
    let by_namespace = |row: &Row| format!("{} {}", row.namespace(), row.status());
    let by_status = |row: &Row| row.status();
    let coarsenings: [&dyn Fn(&Row) -> String; 3] = [&fine, &by_namespace, &by_status];
    let mut groups = Vec::new();
    for label in coarsenings {
        groups = count(left.iter().map(label));
        if groups.len() <= GROUPS {
            break;
        }
    }
    groups.truncate(GROUPS);
    groups
}

/// Labels with their counts, largest first.
pub fn count(labels: impl Iterator<Item = String>) -> Vec<Group> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for label in labels {
        *counts.entry(label.trim().to_owned()).or_default() += 1;
    }
    let mut groups: Vec<Group> = counts.into_iter().map(|(label, count)| Group { label, count }).collect();
    groups.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.label.cmp(&right.label)));
    groups
}

async fn why_empty(cluster: &crate::backend::Cluster, kind: &str, asked: &Args, seen: usize) -> String {
    if seen > 0 && asked.status == Some(StatusFilter::Unhealthy) && asked.name_contains.is_none() {
        return format!("All {seen} are healthy.");
    }
    if seen > 0 {
        return format!("None of the {seen} objects fits the filters.");
    }
    if let Some(namespace) = &asked.namespace
        && let Some(hint) = gone::missing_namespace(cluster, namespace).await
    {
        return hint;
    }
    let place = asked.namespace.as_ref().map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    match &asked.selector {
        Some(selector) => format!("No {kind}{place} has the labels {selector}."),
        None => format!("There is no {kind}{place}."),
    }
}
