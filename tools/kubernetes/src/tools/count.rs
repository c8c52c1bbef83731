//! `count`: how many objects of a kind, by state, namespace, node or owner.

use super::common::{self, Hints};
use super::{gone, list, rows};
use crate::query::kinds;
use crate::query::request::Selection;
use crate::server::Server;
use domain::envelope::{Envelope, Failure};
use domain::observed::kubernetes::Count;
use rows::Row;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// Groups that are told.
const GROUPS: usize = 60;

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    kind: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(max = 500))]
    selector: Option<String>,
    group_by: Option<GroupBy>,
    cluster: Option<String>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum GroupBy {
    Status,
    Namespace,
    Node,
    Owner,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "count",
        "Count objects",
        "Counts objects of a kind by state (default), namespace, node or owner.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let selection = Selection { labels: asked.selector.clone(), fields: None };
    let namespace = asked.namespace.as_deref();
    let found = if kinds::is_workloads(&asked.kind) {
        rows::of_workloads(cluster, namespace, &selection).await?
    } else {
        let kind = cluster.resolve(&asked.kind).await?;
        rows::of_kind(cluster, &kind, namespace, &selection).await?
    };
    let label = |row: &Row| match asked.group_by.unwrap_or(GroupBy::Status) {
        GroupBy::Status => row.status(),
        GroupBy::Namespace => row.namespace().to_owned(),
        GroupBy::Node => row.node().unwrap_or("(no node)").to_owned(),
        GroupBy::Owner => match row.owner() {
            Some(owner) => format!("{}/{owner}", row.namespace()),
            None => "(no owner)".to_owned(),
        },
    };
    let rows = &found.listing.items;
    let mut groups = list::count(rows.iter().map(label));
    let all_groups = groups.len();
    groups.truncate(GROUPS);
    let mut hints = Hints::default();
    hints.add(format!(
        "{} in all, {} unhealthy.",
        rows.len(),
        rows.iter().filter(|row| row.is_unhealthy(context.now)).count()
    ));
    if rows.is_empty()
        && let Some(namespace) = namespace
        && let Some(hint) = gone::missing_namespace(cluster, namespace).await
    {
        hints.add(hint);
    }
    if all_groups > GROUPS {
        hints.add(format!("{} smaller groups are left out.", all_groups - GROUPS));
    }
    if let Some(hint) = common::left_out_hint(found.listing.left_out) {
        hints.add(hint);
    }
    for failure in &found.partly {
        hints.miss(format!("Not counted: {failure}."));
    }
    Ok(hints.with(Envelope {
        returned: groups.len() as u64,
        total: Some(all_groups as u64),
        truncated: all_groups > GROUPS || found.listing.left_out > 0,
        source: Some(cluster.source()),
        ..Envelope::whole(common::data(&Count { kind: found.kind, groups }), 0)
    }))
}
