//! `recent_changes`: what changed in the cluster, newest first: rollouts, edits, scaling, nodes.

mod edits;
mod rollouts;
mod told;

use super::common::{self, Hints, Window};
use super::gone;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::age;
use crate::shape::api::{Event, Node};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::kubernetes::Change;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args, time};

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    /// Default 2h.
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
    ToolSpec::new::<Args>(
        "recent_changes",
        "Recent changes",
        "What changed, newest first: rollouts with their diff, edits of config, secrets, policies, services; scaling; nodes. With who did it.",
    )
}

/// What the parts of the search found, and what could not be looked at.
#[derive(Default)]
struct Findings {
    changes: Vec<Change>,
    unseen: Vec<Failure>,
}

impl Findings {
    fn take(&mut self, result: Result<Vec<Change>, Failure>) {
        match result {
            Ok(changes) => self.changes.extend(changes),
            Err(failure) => self.unseen.push(failure),
        }
    }
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let start = time::instant("since", asked.since.as_deref(), context.now, context.now - TimeDelta::hours(2))?;
    let namespace = asked.namespace.as_deref();
    cluster.permit(&Kind::built_in("Pod"), namespace)?;
    let (event_kind, node_kind) = (Kind::built_in("Event"), Kind::built_in("Node"));
    let all = Selection::default();
    let (rolled, revised, edited, events, nodes) = futures::join!(
        rollouts::of_deployments(cluster, namespace, start),
        rollouts::of_controllers(cluster, namespace, start),
        edits::of_all(cluster, namespace, start),
        cluster.list::<Event>(&event_kind, namespace, &all),
        cluster.list::<Node>(&node_kind, None, &all),
    );
    let mut found = Findings::default();
    let mut made_sets = Vec::new();
    match rolled {
        Ok(rolled) => {
            made_sets = rolled.made_sets;
            found.changes.extend(rolled.changes);
        }
        Err(failure) => found.unseen.push(failure),
    }
    found.take(revised);
    for result in edited {
        found.take(result);
    }
    found.take(events.map(|events| told::by_events(&events.items, &made_sets, start)));
    found.take(nodes.map(|nodes| told::by_nodes(&nodes.items, start)));
    if found.changes.is_empty() && found.unseen.len() >= 5 {
        return Err(found.unseen.swap_remove(0));
    }
    let unseen = std::mem::take(&mut found.unseen);
    let changes = tidy(found.changes, start, context.now);
    let window = Window {
        tool: "recent_changes",
        arguments: &arguments,
        limit: asked.limit.unwrap_or(40),
        budget_tokens: asked.budget_tokens,
    };
    let part = window.of(changes)?;
    let mut hints = Hints::default();
    if part.total == 0 {
        hints.add(format!("Nothing changed in the last {}.", age::spoken(context.now - start)));
        if let Some(namespace) = namespace
            && let Some(hint) = gone::missing_namespace(cluster, namespace).await
        {
            hints.add(hint);
        }
    }
    for failure in &unseen {
        hints.miss(format!("Not looked at: {failure}."));
    }
    if !part.left.is_empty() {
        hints.add("More: pass next_cursor, or narrow since or namespace.");
    }
    let table = Table::of(&part.kept);
    let mut envelope = common::envelope(cluster.source(), common::data(&table), &part, 0, hints);
    envelope.window = Some(domain::envelope::Window { start, end: context.now });
    Ok(envelope)
}

/// Newest first, each once: a condition and an event often tell the same turn of a node.
fn tidy(mut changes: Vec<Change>, start: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Change> {
    changes.retain(|change| change.at >= start && change.at <= now + TimeDelta::minutes(5));
    changes.sort_by(|left, right| {
        right.at.cmp(&left.at).then_with(|| (&left.object, &left.summary).cmp(&(&right.object, &right.summary)))
    });
    let mut kept: Vec<Change> = Vec::new();
    for change in changes {
        let same = kept.iter_mut().find(|known| {
            known.object == change.object
                && known.category == change.category
                && (known.at - change.at).abs() < TimeDelta::seconds(90)
                && (known.summary == change.summary || change.category == "node")
        });
        match same {
            Some(known) => known.by = known.by.take().or(change.by),
            None => kept.push(change),
        }
    }
    kept
}
