//! The object of a plan as it stands, for the second reader. What could not be seen stays empty: it objects then.

use chrono::{DateTime, Utc};
use domain::action::ActCall;
use domain::envelope::Envelope;
use domain::evidence::ToolCall;
use domain::object::ObjectRef;
use domain::observed::Table;
use domain::observed::kubernetes::{List, NodeRow, Object, OtherRow, PodRow, Revision};
use domain::observed::prometheus::SilenceRow;
use domain::playbook::calls;
use domain::safety::Observed;
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long one look may take.
const LOOK: Duration = Duration::from_secs(15);

/// Disruption budgets of one namespace that are read at most.
const BUDGETS: usize = 10;

/// Looks through the read tools.
pub(super) struct Eyes {
    toolbox: Arc<dyn Toolbox>,
}

impl Eyes {
    pub(super) fn new(toolbox: Arc<dyn Toolbox>) -> Self {
        Self { toolbox }
    }

    async fn look(&self, call: ToolCall) -> Option<Envelope> {
        let asked = self.toolbox.call(call, CancellationToken::new());
        tokio::time::timeout(LOOK, asked).await.ok()?.result.ok()
    }

    /// The rows of a whole list: what was left out could be what matters.
    async fn rows<T: TypedRow>(&self, call: ToolCall) -> Option<Vec<T>> {
        let envelope = self.look(call).await.filter(|envelope| !envelope.truncated)?;
        T::read(envelope.data)
    }

    pub(super) async fn see(
        &self,
        call: &ActCall,
        object: &ObjectRef,
        cluster: Option<&str>,
        now: DateTime<Utc>,
    ) -> Observed {
        let mut seen = Observed {
            at: now,
            cluster: None,
            object: object.clone(),
            manifest: Value::Null,
            siblings: None,
            others_ready: None,
            revision: None,
            other_nodes: None,
            silence: None,
        };
        match call.server.as_str() {
            // A webhook is called for an object, which has to be there.
            "kubernetes" | "webhooks" => self.see_object(&mut seen, cluster).await,
            "prometheus" => seen.silence = self.silence(call).await,
            _ => {}
        }
        seen
    }

    async fn see_object(&self, seen: &mut Observed, cluster: Option<&str>) {
        let object = seen.object.clone();
        let Some(envelope) = self.look(calls::get(cluster, &object)).await else { return };
        let answered = cluster_of(&envelope);
        let found = serde_json::from_value::<Object>(envelope.data).ok();
        let Some(found) = found.filter(|found| found.object == object) else { return };
        seen.cluster = answered;
        seen.manifest = found.manifest;
        match object.kind.as_str() {
            "Pod" => (seen.siblings, seen.others_ready) = self.siblings(&object, cluster).await.unzip(),
            "StatefulSet" | "DaemonSet" => seen.revision = self.revision(&object, cluster).await,
            "Node" => seen.other_nodes = self.other_nodes(&object, cluster).await,
            _ => {}
        }
    }

    /// The pods of the same workload, this one among them, and how many of the others are ready.
    async fn siblings(&self, pod: &ObjectRef, cluster: Option<&str>) -> Option<(u32, u32)> {
        let rows: Vec<PodRow> = self.rows(calls::list(cluster, "Pod", pod.namespace.as_deref())).await?;
        let owner = rows.iter().find(|row| row.name == pod.name)?.owner.clone()?;
        let all: Vec<&PodRow> = rows.iter().filter(|row| row.owner.as_ref() == Some(&owner)).collect();
        let is_ready = |row: &&&PodRow| row.name != pod.name && row.containers > 0 && row.ready == row.containers;
        Some((u32::try_from(all.len()).ok()?, u32::try_from(all.iter().filter(is_ready).count()).ok()?))
    }

    async fn revision(&self, workload: &ObjectRef, cluster: Option<&str>) -> Option<u64> {
        let rows: Vec<Revision> = self.rows(calls::rollout_history(cluster, workload)).await?;
        rows.iter().find(|revision| revision.current).map(|revision| revision.revision)
    }

    async fn other_nodes(&self, node: &ObjectRef, cluster: Option<&str>) -> Option<u32> {
        let rows: Vec<NodeRow> = self.rows(calls::list(cluster, "Node", None)).await?;
        let takes_pods = |row: &&NodeRow| row.name != node.name && row.status == "Ready";
        u32::try_from(rows.iter().filter(takes_pods).count()).ok()
    }

    async fn silence(&self, call: &ActCall) -> Option<SilenceRow> {
        let id = call.arguments.get("id").or_else(|| call.arguments.get("silence"))?.as_str()?.to_owned();
        let rows: Vec<SilenceRow> = self.rows(ToolCall::new("prometheus_silences", json!({}))).await?;
        rows.into_iter().find(|row| row.id == id)
    }

    /// How many more pods the strictest disruption budget that covers a workload allows to be away; `None` where there is
    /// none, 0 where it could not be seen whether there is.
    pub(super) async fn disruptions_allowed(
        &self,
        object: &ObjectRef,
        manifest: &Value,
        cluster: Option<&str>,
    ) -> Option<u32> {
        let namespace = object.namespace.as_deref()?;
        let labels =
            manifest.pointer("/spec/template/metadata/labels").or_else(|| manifest.pointer("/metadata/labels"))?;
        let list = calls::list(cluster, "PodDisruptionBudget", Some(namespace));
        let Some(rows) = self.rows::<OtherRow>(list).await else { return Some(0) };
        let mut least: Option<u32> = None;
        for row in rows.iter().take(BUDGETS) {
            let budget = ObjectRef::namespaced("PodDisruptionBudget", namespace, &row.name);
            let found = self.look(calls::get(cluster, &budget)).await;
            let Some(found) = found.and_then(|it| serde_json::from_value::<Object>(it.data).ok()) else {
                return Some(0);
            };
            if covers(&found.manifest, labels) {
                let allowed = found.manifest.pointer("/status/disruptionsAllowed").and_then(Value::as_u64);
                let allowed = allowed.and_then(|allowed| u32::try_from(allowed).ok()).unwrap_or(0);
                least = Some(least.map_or(allowed, |known| known.min(allowed)));
            }
        }
        if rows.len() > BUDGETS { Some(0) } else { least }
    }
}

/// The cluster that answered, by its own word: `kubernetes NAME`. The one that was asked for says nothing of it.
fn cluster_of(envelope: &Envelope) -> Option<String> {
    envelope.source.as_deref()?.strip_prefix("kubernetes ").map(str::to_owned)
}

/// Whether a budget's selector covers pods of these labels. Expressions are taken to cover: the stricter reading.
fn covers(budget: &Value, labels: &Value) -> bool {
    if budget.pointer("/spec/selector/matchExpressions").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    {
        return true;
    }
    let wanted = budget.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    wanted.is_none_or(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)))
}

/// A row of one of the lists that are read.
trait TypedRow: Sized {
    fn read(data: Value) -> Option<Vec<Self>>;
}

macro_rules! rows_of_a_list {
    ($($row:ty),*) => {$(
        impl TypedRow for $row {
            fn read(data: Value) -> Option<Vec<Self>> {
                serde_json::from_value::<List>(data).ok()?.table.typed().ok()
            }
        }
    )*};
}

macro_rules! rows_of_a_table {
    ($($row:ty),*) => {$(
        impl TypedRow for $row {
            fn read(data: Value) -> Option<Vec<Self>> {
                serde_json::from_value::<Table>(data).ok()?.typed().ok()
            }
        }
    )*};
}

rows_of_a_list!(PodRow, NodeRow, OtherRow);
rows_of_a_table!(Revision, SilenceRow);
