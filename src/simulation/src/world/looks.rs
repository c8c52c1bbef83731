//! The read tools, over the cluster: the calls that Scarlet makes, with the typed contents of the real tools.

use super::{CLUSTER, NAMESPACE, Template, Workload, World};
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::object::ObjectRef;
use domain::observed::Table;
use domain::observed::kubernetes::{
    Change, EventRow, Finding, Health, List, Member, NodeRow, Object, OwnerTree, Revision, RolloutStatus, Severity,
    WorkloadRow,
};
use domain::observed::prometheus::AlertRow;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The tools on offer.
pub const TOOLS: &[&str] = &[
    "kubernetes_cluster_health",
    "kubernetes_list",
    "kubernetes_get",
    "kubernetes_events",
    "kubernetes_rollout_history",
    "kubernetes_rollout_status",
    "kubernetes_owner_tree",
    "kubernetes_recent_changes",
    "prometheus_alerts",
];

impl World {
    /// The answer to a look.
    ///
    /// # Errors
    /// As the real tool: what is not there is not found.
    pub fn look(&self, call: &ToolCall, now: DateTime<Utc>) -> Result<Envelope, Failure> {
        match call.tool.as_str() {
            "kubernetes_cluster_health" => whole(&self.health(now), 1),
            "kubernetes_list" => self.list(call, now),
            "kubernetes_get" => self.get(call),
            "kubernetes_events" => rows(&self.events(now)),
            "kubernetes_rollout_history" => rows(&self.named(call)?.revisions()),
            "kubernetes_rollout_status" => whole(&self.status(self.named(call)?), 1),
            "kubernetes_owner_tree" => whole(&self.tree(self.named(call)?, now), 1),
            "kubernetes_recent_changes" => rows(&self.changes(now)),
            "prometheus_alerts" => rows(&self.alerts()),
            other => Err(Failure::new(FailureKind::BadRequest, format!("no tool {other} is on offer"))),
        }
    }

    fn named(&self, call: &ToolCall) -> Result<&Workload, Failure> {
        let object = object_of(call);
        self.workload(&object).ok_or_else(|| not_found(&object))
    }

    fn health(&self, now: DateTime<Utc>) -> Health {
        let of_workloads = self.workloads.values().filter(|one| self.ready(one) < one.desired).map(|workload| {
            let (ready, desired) = (self.ready(workload), workload.desired);
            let why = format!("{ready} of {desired} pods are ready");
            finding("workload-unavailable", workload.object(), why, workload.ailment.as_ref().map(|one| one.since))
        });
        let of_machines = self.machines.values().filter(|one| one.away_since.is_some()).map(|machine| {
            let why = "its kubelet stopped posting its status".to_owned();
            let node = ObjectRef::cluster("Node", &machine.name);
            let mut finding = finding("node-not-ready", node, why, machine.away_since);
            finding.evidence =
                vec!["Ready: Unknown (NodeStatusUnknown) Kubelet stopped posting node status".to_owned()];
            finding
        });
        let findings: Vec<Finding> = of_workloads.chain(of_machines).filter(|one| one.since <= Some(now)).collect();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let checked = BTreeMap::from([
            ("workload-unavailable".to_owned(), count(self.workloads.len())),
            ("node-not-ready".to_owned(), count(self.machines.len())),
        ]);
        Health { findings, checked, not_checked: Vec::new() }
    }

    fn list(&self, call: &ToolCall, now: DateTime<Utc>) -> Result<Envelope, Failure> {
        let kind = text(call, "kind").unwrap_or_default();
        let list = |table: Table| {
            let returned = u64::try_from(table.rows.len()).unwrap_or(u64::MAX);
            whole(&List { kind: kind.to_owned(), table, rest: Vec::new() }, returned)
        };
        match kind {
            "workloads" => list(Table::of(&self.workloads.values().map(|one| self.row(one)).collect::<Vec<_>>())),
            "Node" => list(Table::of(&self.nodes())),
            "Pod" => {
                let part = text(call, "name_contains").unwrap_or_default();
                let pods = self.workloads.values().flat_map(|workload| self.pods(workload, now));
                list(Table::of(&pods.filter(|pod| pod.name.contains(part)).collect::<Vec<_>>()))
            }
            _ => list(Table::default()),
        }
    }

    fn row(&self, workload: &Workload) -> WorkloadRow {
        let (ready, desired) = (self.ready(workload), workload.desired);
        let is_ok = ready >= desired;
        WorkloadRow {
            kind: "Deployment".to_owned(),
            namespace: NAMESPACE.to_owned(),
            name: workload.name.clone(),
            status: if is_ok { "ok".to_owned() } else { format!("{ready}/{desired} ready") },
            desired,
            ready,
            updated: desired,
            images: workload.current().map(|template| template.image.clone()).unwrap_or_default(),
            created: workload.created,
        }
    }

    fn nodes(&self) -> Vec<NodeRow> {
        let row = |machine: &super::Machine| {
            let word = if machine.away_since.is_some() { "NotReady" } else { "Ready" };
            let status = if machine.is_cordoned { format!("{word},SchedulingDisabled") } else { word.to_owned() };
            NodeRow {
                name: machine.name.clone(),
                status,
                version: "v1.34.1".to_owned(),
                cpu: "8".to_owned(),
                memory: "16Gi".to_owned(),
                created: machine.created,
            }
        };
        self.machines.values().map(row).collect()
    }

    fn get(&self, call: &ToolCall) -> Result<Envelope, Failure> {
        let object = object_of(call);
        let of_pod = || {
            let all = self.workloads.values().flat_map(|one| one.places.iter().map(move |place| (one, place)));
            let mut named = all.filter(|(_, place)| place.name == object.name);
            named.next().map(|(workload, place)| Self::manifest_of_pod(workload, place))
        };
        let manifest = match object.kind.as_str() {
            "Deployment" => self.workload(&object).map(|workload| self.manifest_of_workload(workload)),
            "Pod" => of_pod(),
            "Node" => self.machines.get(&object.name).map(Self::manifest_of_machine),
            _ => None,
        };
        let manifest = manifest.ok_or_else(|| not_found(&object))?;
        whole(&Object { object, manifest }, 1)
    }

    fn events(&self, now: DateTime<Utc>) -> Vec<EventRow> {
        let pods = self.workloads.values().flat_map(|workload| self.pods(workload, now));
        let event = |pod: domain::observed::kubernetes::PodRow| {
            let (reason, message) = match pod.status.as_str() {
                "ImagePullBackOff" => ("Failed", "Failed to pull image: not found"),
                "Running" if pod.ready == 0 => ("Unhealthy", "Readiness probe failed: HTTP probe failed: 503"),
                "CrashLoopBackOff" => ("BackOff", "Back-off restarting failed container"),
                _ => return None,
            };
            Some(EventRow {
                last_seen: now,
                first_seen: None,
                event_type: "Warning".to_owned(),
                reason: reason.to_owned(),
                object: ObjectRef::namespaced("Pod", NAMESPACE, pod.name),
                message: message.to_owned(),
                count: 3,
            })
        };
        pods.filter_map(event).collect()
    }

    fn status(&self, workload: &Workload) -> RolloutStatus {
        let (ready, desired) = (self.ready(workload), workload.desired);
        let state = match workload.rolling {
            Some(_) => "progressing",
            None if ready >= desired => "complete",
            None => "stuck",
        };
        RolloutStatus {
            object: workload.object(),
            state: state.to_owned(),
            why: format!("{ready} of {desired} pods are ready"),
            desired,
            updated: if workload.rolling.is_some() { desired.saturating_sub(1) } else { desired },
            ready,
            available: ready,
            old: u32::from(workload.rolling.is_some()),
            revision: workload.current().map(|template| template.revision),
            from_revision: None,
            diff: Vec::new(),
            generation: Some(workload.generation),
            observed_generation: Some(workload.generation),
            conditions: Vec::new(),
            held_up_by: Vec::new(),
        }
    }

    fn tree(&self, workload: &Workload, now: DateTime<Utc>) -> OwnerTree {
        let members = self.pods(workload, now).into_iter().map(|pod| Member {
            object: ObjectRef::namespaced("Pod", NAMESPACE, pod.name),
            owner: format!("Deployment/{}", workload.name),
            status: pod.status,
        });
        OwnerTree {
            object: workload.object(),
            root: workload.object(),
            members: members.collect(),
            refers_to: Vec::new(),
            referred_by: Vec::new(),
        }
    }

    fn changes(&self, now: DateTime<Utc>) -> Vec<Change> {
        let last = self.workloads.values().filter_map(|one| Some((one, one.current()?)));
        let recent = last.filter(|(_, template)| now - template.created < chrono::TimeDelta::hours(3));
        let change = |(workload, template): (&Workload, &Template)| Change {
            at: template.created,
            category: "rollout".to_owned(),
            object: workload.object(),
            summary: template.diff.join("; "),
            by: None,
        };
        recent.map(change).collect()
    }

    fn alerts(&self) -> Vec<AlertRow> {
        let ailing = self.workloads.values().filter(|one| self.ready(one) < one.desired);
        let row = |workload: &Workload| AlertRow {
            name: "DeploymentReplicasMismatch".to_owned(),
            state: "firing".to_owned(),
            severity: Some("warning".to_owned()),
            since: workload.ailment.as_ref().map(|one| one.since),
            summary: None,
            labels: BTreeMap::from([
                ("namespace".to_owned(), NAMESPACE.to_owned()),
                ("deployment".to_owned(), workload.name.clone()),
            ]),
            value: None,
            silenced_by: Vec::new(),
            seen_in: "prometheus".to_owned(),
        };
        ailing.map(row).collect()
    }
}

impl Workload {
    /// Newest first.
    fn revisions(&self) -> Vec<Revision> {
        let last = self.current().map(|template| template.revision);
        let row = |template: &Template| Revision {
            revision: template.revision,
            created: template.created,
            current: Some(template.revision) == last,
            images: template.image.clone(),
            ready: None,
            change_cause: None,
            diff: template.diff.clone(),
        };
        self.templates.iter().rev().map(row).collect()
    }
}

fn finding(check: &str, object: ObjectRef, why: String, since: Option<DateTime<Utc>>) -> Finding {
    Finding {
        check: check.to_owned(),
        severity: Severity::Critical,
        object,
        why,
        evidence: Vec::new(),
        next: "look at its pods".to_owned(),
        since,
        points_at: None,
        affected: 1,
    }
}

fn text<'a>(call: &'a ToolCall, name: &str) -> Option<&'a str> {
    call.arguments.get(name).and_then(Value::as_str)
}

fn object_of(call: &ToolCall) -> ObjectRef {
    ObjectRef {
        kind: text(call, "kind").unwrap_or_default().to_owned(),
        namespace: text(call, "namespace").map(str::to_owned),
        name: text(call, "name").unwrap_or_default().to_owned(),
    }
}

fn not_found(object: &ObjectRef) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no {object}"))
}

fn rows<T: Serialize>(rows: &[T]) -> Result<Envelope, Failure> {
    whole(&Table::of(rows), u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

fn whole<T: Serialize>(data: &T, returned: u64) -> Result<Envelope, Failure> {
    let data = serde_json::to_value(data)
        .map_err(|error| Failure::new(FailureKind::BadAnswer, format!("the answer cannot be written: {error}")))?;
    let mut envelope = Envelope::whole(data, returned);
    envelope.source = Some(format!("kubernetes {CLUSTER}"));
    Ok(envelope)
}
