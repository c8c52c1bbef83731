//! The case file of one workload: everything that was seen and bears on it.
//!
//! Gathering follows the evidence: the workload's own state first; logs of the last run only where something
//! restarted; the configuration only where a log or a change points there; what it calls only where its own state
//! does not explain the trouble.

use super::text;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{
    Change, EventRow, Finding, Health, List, Logs, NodeRow, Object, OwnerTree, PodRow, Reference, Revision, WorkloadRow,
};
use crate::observed::prometheus::{AlertRow, DependencySignal, GoldenSignals, Instant, Signal};
use crate::playbook::calls;
use crate::playbook::looks::{Look, Looks};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

/// The share of a volume's capacity from which on it counts as filling.
pub const VOLUME_FILLING: f64 = 0.85;

/// A rollout longer before the onset than this did not start the trouble: what it broke would have shown.
const ROLLOUT_BEFORE_ONSET: Duration = Duration::minutes(30);

/// Alerts and rollouts are stamped by different clocks, and a rule may fire on its first scrape.
const ROLLOUT_AFTER_ONSET: Duration = Duration::minutes(2);

/// How many peers of a workload are followed, and how deep.
const PEERS: usize = 4;
const DEPTH: usize = 2;

/// What is the same for every case of a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Now.
    pub now: DateTime<Utc>,
    /// The person's time zone.
    pub zone: Tz,
    /// The cluster by name, where the person named one.
    pub cluster: Option<String>,
    /// How far back changes matter, as the tools take it (`3h`).
    pub since: String,
    /// The moment the question turns on; the golden signals are read there.
    pub at: Option<DateTime<Utc>>,
    /// The health checks of the whole cluster.
    pub health: Look<Health>,
    /// Firing and pending alerts.
    pub alerts: Look<Vec<AlertRow>>,
    /// All workloads.
    pub workloads: Look<Vec<WorkloadRow>>,
    /// All nodes.
    pub nodes: Look<Vec<NodeRow>>,
    /// Used share of each volume.
    pub volumes: Look<Instant>,
    /// The timeline of changes.
    pub changes: Look<Vec<Change>>,
}

/// Where and when a turn looks.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Now.
    pub now: DateTime<Utc>,
    /// The person's time zone.
    pub zone: Tz,
    /// The cluster by name.
    pub cluster: Option<&'a str>,
    /// How far back changes matter.
    pub since: &'a str,
    /// The moment the question turns on.
    pub at: Option<DateTime<Utc>>,
}

/// The used share of each persistent volume, fullest first.
pub const VOLUME_QUERY: &str = "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes";

impl Scene {
    /// Looks at what is common to all cases.
    pub fn gather(looks: &mut Looks<'_>, setting: Setting<'_>) -> Self {
        let Setting { now, zone, cluster, since, at } = setting;
        Self {
            now,
            zone,
            cluster: cluster.map(str::to_owned),
            since: since.to_owned(),
            at,
            health: looks.at(calls::cluster_health(cluster, None)),
            alerts: looks.rows(calls::alerts()),
            workloads: list_rows(looks.at(calls::list(cluster, "workloads", None))),
            nodes: list_rows(looks.at(calls::list(cluster, "Node", None))),
            volumes: looks.at(calls::query(VOLUME_QUERY)),
            changes: looks.rows(calls::recent_changes(cluster, None, since)),
        }
    }

    /// A time as the person's clock shows it; with the date where it is not today's.
    pub fn clock(&self, at: DateTime<Utc>) -> String {
        Self::clock_of(at, self.now, self.zone)
    }

    /// The same without a scene.
    pub fn clock_of(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
        let local = at.with_timezone(&zone);
        let today = now.with_timezone(&zone).date_naive();
        let format = if local.date_naive() == today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        local.format(format).to_string()
    }

    /// The workload that a name means, preferably in a namespace.
    pub fn workload(&self, name: &str, namespace: Option<&str>) -> Option<ObjectRef> {
        let rows = &self.workloads.seen()?.data;
        let of_name: Vec<&WorkloadRow> = rows.iter().filter(|row| row.name == name).collect();
        let found = of_name
            .iter()
            .find(|row| namespace == Some(row.namespace.as_str()))
            .or_else(|| if namespace.is_none() { of_name.first() } else { None })?;
        Some(ObjectRef::namespaced(&found.kind, &found.namespace, &found.name))
    }

    /// The findings on an object.
    pub fn findings_on<'a>(&'a self, object: &'a ObjectRef) -> impl Iterator<Item = (EvidenceId, &'a Finding)> {
        self.health
            .seen()
            .into_iter()
            .flat_map(|seen| seen.data.findings.iter().map(move |finding| (seen.id, finding)))
            .filter(move |(_, finding)| finding.object == *object)
    }

    /// When an object last changed and what changed, by the timeline.
    pub fn change_of(&self, object: &ObjectRef) -> Option<(EvidenceId, &Change)> {
        let seen = self.changes.seen()?;
        seen.data
            .iter()
            .find(|change| change.object == *object && change.category != "deleted")
            .map(|change| (seen.id, change))
    }
}

/// `list` results as typed rows.
pub fn list_rows<T: serde::de::DeserializeOwned>(look: Look<List>) -> Look<Vec<T>> {
    look.map(|list| list.table.typed())
}

/// Everything seen of one workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The workload.
    pub subject: ObjectRef,
    /// Its pods.
    pub pods: Look<Vec<PodRow>>,
    /// Owners, members, references.
    pub tree: Look<OwnerTree>,
    /// Warning events of its namespace.
    pub events: Look<Vec<EventRow>>,
    /// Its revisions, newest first.
    pub revisions: Look<Vec<Revision>>,
    /// Its golden signals.
    pub signals: Look<GoldenSignals>,
    /// Its logs.
    pub logs: Look<Logs>,
    /// The logs of the run before the last restart, where something restarted.
    pub previous_logs: Look<Logs>,
    /// The ConfigMaps that a log or a change points at.
    pub configuration: Vec<Look<Object>>,
    /// What it calls, as far as the trouble may come from there and was not looked at for another workload already.
    pub peers: Vec<Case>,
    /// What it calls and what does not serve it: calls that are slower or fail more than before, or a log that says so.
    pub blamed: Vec<ObjectRef>,
}

impl Case {
    /// Gathers the case of a workload and, where its own state does not explain the trouble, of what it calls.
    pub fn gather(looks: &mut Looks<'_>, scene: &Scene, subject: &ObjectRef) -> Self {
        Self::gather_to_depth(looks, scene, subject, DEPTH, &mut vec![subject.clone()])
    }

    fn gather_to_depth(
        looks: &mut Looks<'_>,
        scene: &Scene,
        subject: &ObjectRef,
        depth: usize,
        known: &mut Vec<ObjectRef>,
    ) -> Self {
        let cluster = scene.cluster.as_deref();
        let namespace = subject.namespace.as_deref();
        let mut pods: Look<Vec<PodRow>> = list_rows(looks.at(calls::pods_of(cluster, subject)));
        if let Look::Seen(seen) = &mut pods {
            let owner = format!("{}/{}", subject.kind, subject.name);
            seen.data.retain(|pod| pod.owner.as_deref() == Some(owner.as_str()));
        }
        let at = scene.at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        let mut case = Self {
            subject: subject.clone(),
            tree: looks.at(calls::owner_tree(cluster, subject)),
            events: looks.rows(calls::warning_events(cluster, namespace, &scene.since)),
            revisions: match subject.kind.as_str() {
                "Deployment" | "StatefulSet" | "DaemonSet" => looks.rows(calls::rollout_history(cluster, subject)),
                _ => Look::NoTool,
            },
            signals: looks.at(calls::golden_signals(subject, "15m", at, None)),
            logs: Look::NoTool,
            previous_logs: Look::NoTool,
            configuration: Vec::new(),
            peers: Vec::new(),
            blamed: Vec::new(),
            pods,
        };
        if case.has_started_pods() {
            case.logs = looks.at(calls::logs(cluster, subject, false, Some("30m")));
        }
        if case.restarted_recently(scene.now) {
            case.previous_logs = looks.at(calls::logs(cluster, subject, true, None));
        }
        case.gather_configuration(looks, scene);
        case.blamed = case.called(scene).into_iter().filter(|peer| case.blames(peer)).collect();
        if depth > 0 && !case.explains_itself(scene) {
            case.gather_peers(looks, scene, depth, known);
        }
        case
    }

    /// The ConfigMaps that changed lately, or that the logs of a crashing program may speak of.
    fn gather_configuration(&mut self, looks: &mut Looks<'_>, scene: &Scene) {
        if !self.crashes() {
            return;
        }
        let Some(tree) = self.tree.seen() else { return };
        let maps: Vec<ObjectRef> = tree
            .data
            .refers_to
            .iter()
            .filter(|reference| reference.object.kind == "ConfigMap")
            .map(|r| r.object.clone())
            .collect();
        for map in maps.iter().take(PEERS) {
            self.configuration.push(looks.at(calls::get(scene.cluster.as_deref(), map)));
        }
    }

    fn gather_peers(&mut self, looks: &mut Looks<'_>, scene: &Scene, depth: usize, known: &mut Vec<ObjectRef>) {
        let mut suspects = self.suspected_peers(scene);
        suspects.retain(|peer| !known.contains(peer));
        suspects.truncate(PEERS);
        known.extend(suspects.iter().cloned());
        for peer in suspects {
            self.peers.push(Self::gather_to_depth(looks, scene, &peer, depth - 1, known));
        }
    }

    /// The workloads that it calls and that something speaks against: slower or failing calls, a log line that names
    /// them, a finding, or an alert on them.
    pub fn suspected_peers(&self, scene: &Scene) -> Vec<ObjectRef> {
        let mut suspects: Vec<(u32, ObjectRef)> = Vec::new();
        for peer in self.called(scene) {
            let mut weight = 0;
            if self.dependency(&peer).is_some_and(is_degraded) {
                weight += 4;
            }
            if self.lines_naming(&peer).next().is_some() {
                weight += 3;
            }
            if scene.findings_on(&peer).next().is_some() {
                weight += 3;
            }
            if scene.alerts.seen().is_some_and(|alerts| alerts.data.iter().any(|alert| alert_is_about(alert, &peer))) {
                weight += 2;
            }
            if weight > 0 {
                suspects.push((weight, peer));
            }
        }
        suspects.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        suspects.into_iter().map(|(_, peer)| peer).collect()
    }

    /// Whether its metrics or its log say that a peer does not serve it.
    fn blames(&self, peer: &ObjectRef) -> bool {
        self.dependency(peer).is_some_and(is_degraded)
            || self.lines_naming(peer).any(|(_, line)| text::tells_no_answer(line))
    }

    /// Since when alerts on it fire: the best known onset of its trouble.
    pub fn onset(&self, scene: &Scene) -> Option<DateTime<Utc>> {
        let alerts = scene.alerts.seen()?;
        alerts.data.iter().filter(|alert| alert_is_about(alert, &self.subject)).filter_map(|alert| alert.since).min()
    }

    /// The workloads that it calls, by its configuration and by its client metrics.
    pub fn called(&self, scene: &Scene) -> Vec<ObjectRef> {
        let namespace = self.subject.namespace.as_deref();
        let by_environment = self
            .references()
            .filter(|reference| reference.object.kind == "Service")
            .filter_map(|reference| scene.workload(&reference.object.name, reference.object.namespace.as_deref()));
        let by_metrics =
            self.signals.seen().into_iter().flat_map(|seen| seen.data.dependencies.iter()).filter_map(|dependency| {
                let (name, peer_namespace) = split_peer(&dependency.peer);
                scene.workload(name, peer_namespace.or(namespace)).or_else(|| scene.workload(name, None))
            });
        let mut called: Vec<ObjectRef> =
            by_environment.chain(by_metrics).filter(|object| *object != self.subject).collect();
        called.sort();
        called.dedup();
        called
    }

    /// What its pods need.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.tree.seen().into_iter().flat_map(|seen| seen.data.refers_to.iter())
    }

    /// The client-side signal of its calls to a peer.
    pub fn dependency(&self, peer: &ObjectRef) -> Option<&DependencySignal> {
        self.signals.seen()?.data.dependencies.iter().find(|dependency| {
            let (name, namespace) = split_peer(&dependency.peer);
            name == peer.name && (namespace.is_none() || namespace == peer.namespace.as_deref())
        })
    }

    /// Log lines of trouble that name a peer, of this run and the one before.
    pub fn lines_naming(&self, peer: &ObjectRef) -> impl Iterator<Item = (EvidenceId, &str)> {
        let name = peer.name.clone();
        [&self.logs, &self.previous_logs]
            .into_iter()
            .filter_map(Look::seen)
            .flat_map(|seen| {
                text::trouble_lines(&seen.data).into_iter().map(move |line| (seen.id, line.example.as_str()))
            })
            .filter(move |(_, line)| text::names(line, &name))
    }

    /// One of its golden signals.
    pub fn signal(&self, name: &str) -> Option<(EvidenceId, &Signal)> {
        let seen = self.signals.seen()?;
        seen.data.signals.iter().find(|signal| signal.name == name).map(|signal| (seen.id, signal))
    }

    /// Pods in one of some states.
    pub fn pods_in<'a>(&'a self, states: &'a [&str]) -> Vec<&'a PodRow> {
        self.pods
            .seen()
            .map(|seen| seen.data.iter().filter(|pod| states.iter().any(|state| pod.status.contains(state))).collect())
            .unwrap_or_default()
    }

    /// Warning events on one of its pods or on itself.
    pub fn own_events(&self) -> impl Iterator<Item = (EvidenceId, &EventRow)> {
        self.events.seen().into_iter().flat_map(|seen| seen.data.iter().map(move |event| (seen.id, event))).filter(
            |(_, event)| event.object.name == self.subject.name || is_pod_of(&event.object.name, &self.subject.name),
        )
    }

    /// The revision that is wanted now, where its rollout fits the trouble in time: within the last day, and where the
    /// onset is known neither long before it nor after it.
    pub fn recent_rollout(&self, scene: &Scene) -> Option<(EvidenceId, &Revision)> {
        let seen = self.revisions.seen()?;
        if seen.data.len() < 2 {
            return None;
        }
        let onset = self.onset(scene);
        let fits = |revision: &&Revision| {
            scene.now - revision.created < Duration::hours(24)
                && onset.is_none_or(|onset| {
                    revision.created > onset - ROLLOUT_BEFORE_ONSET && revision.created < onset + ROLLOUT_AFTER_ONSET
                })
        };
        // A restart makes a revision of its own, with the template of the one before: what it hides is looked for first.
        let current = seen.data.iter().find(|revision| revision.current)?;
        let behind = wanted_change(&seen.data).filter(fits);
        behind.or(Some(current).filter(fits)).map(|revision| (seen.id, revision))
    }

    fn has_started_pods(&self) -> bool {
        const NOT_STARTED: &[&str] =
            &["Pending", "ContainerCreating", "CreateContainerConfigError", "ImagePull", "ErrImage", "Init:"];
        self.pods.seen().is_some_and(|seen| {
            seen.data
                .iter()
                .any(|pod| pod.restarts > 0 || !NOT_STARTED.iter().any(|state| pod.status.starts_with(state)))
        })
    }

    /// Whether a pod restarted within the last hour.
    pub fn restarted_recently(&self, now: DateTime<Utc>) -> bool {
        self.pods.seen().is_some_and(|seen| {
            seen.data
                .iter()
                .any(|pod| pod.restarts > 0 && pod.last_restart.is_none_or(|at| now - at < Duration::hours(1)))
        })
    }

    /// Whether a pod is in a crash loop or just crashed.
    pub fn crashes(&self) -> bool {
        !self.pods_in(&["CrashLoopBackOff", "Error", "OOMKilled", "RunContainerError"]).is_empty()
    }

    /// Whether its own pods tell why it is in trouble, so that its peers need no look.
    fn explains_itself(&self, scene: &Scene) -> bool {
        let stuck =
            !self.pods_in(&["CreateContainerConfigError", "ImagePull", "ErrImage", "Pending", "OOMKilled"]).is_empty();
        let oom = self.pods.seen().is_some_and(|seen| {
            seen.data.iter().any(|pod| {
                pod.last_exit.as_deref().is_some_and(|exit| exit.contains("OOMKilled"))
                    && pod.last_restart.is_some_and(|at| scene.now - at < Duration::hours(1))
            })
        });
        stuck || oom || self.pods.is_pending()
    }
}

/// The revision that made the template that is wanted now what it is: the current one, or the one that restarts since
/// then repeat. Revisions come newest first.
pub fn wanted_change(revisions: &[Revision]) -> Option<&Revision> {
    let at = revisions.iter().position(|revision| revision.current)?;
    revisions.iter().skip(at).find(|revision| !is_restart_only(revision))
}

/// Whether a revision differs from the one before only by the annotation with which pods are made anew.
pub fn is_restart_only(revision: &Revision) -> bool {
    !revision.diff.is_empty() && revision.diff.iter().all(|line| line.contains("restartedAt]"))
}

/// `orders-db.data.svc.cluster.local:5432` as name and namespace.
pub fn split_peer(peer: &str) -> (&str, Option<&str>) {
    let host = peer.split(':').next().unwrap_or(peer);
    let mut parts = host.split('.');
    (parts.next().unwrap_or(host), parts.next())
}

/// Whether calls to a peer are much slower or fail more than before.
pub fn is_degraded(signal: &DependencySignal) -> bool {
    let slower = match (signal.latency_p99, signal.latency_p99_before) {
        (Some(now), Some(before)) => now > 0.05 && now > before * 2.0,
        _ => false,
    };
    let failing =
        signal.error_ratio.is_some_and(|now| now > 0.02 && now > signal.error_ratio_before.unwrap_or(0.0) * 2.0);
    slower || failing
}

/// Whether an alert's labels speak of a workload.
pub fn alert_is_about(alert: &AlertRow, object: &ObjectRef) -> bool {
    let namespace_fits = match (alert.labels.get("namespace"), &object.namespace) {
        (Some(alerts), Some(objects)) => alerts == objects,
        _ => true,
    };
    const NAMING: &[&str] = &[
        "deployment",
        "statefulset",
        "daemonset",
        "service",
        "app",
        "container",
        "node",
        "persistentvolumeclaim",
        "name",
    ];
    let named = NAMING.iter().any(|label| alert.labels.get(*label) == Some(&object.name));
    let by_pod = alert.labels.get("pod").is_some_and(|pod| is_pod_of(pod, &object.name));
    namespace_fits && (named || by_pod)
}

/// Whether a pod's name is one that the controllers give to pods of a workload: `cart-7d9f8b6c4-x2x1z`, `node-agent-x2x1z`,
/// `orders-db-0`. `cart-redis-0` is no pod of `cart`.
fn is_pod_of(pod: &str, workload: &str) -> bool {
    let Some(rest) = pod.strip_prefix(workload).and_then(|rest| rest.strip_prefix('-')) else { return false };
    let is_generated = |part: &str, from: usize, to: usize| {
        (from..=to).contains(&part.len()) && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    match rest.split_once('-') {
        // A template's hash and a random end.
        Some((hash, end)) => is_generated(hash, 5, 10) && is_generated(end, 5, 5),
        None => rest.chars().all(|c| c.is_ascii_digit()) || is_generated(rest, 5, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::is_pod_of;

    #[test]
    fn a_pod_belongs_to_the_workload_that_named_it() {
        for (pod, workload, expected) in [
            ("cart-7d9f8b6c4-x2x1z", "cart", true),
            ("node-agent-x2x1z", "node-agent", true),
            ("orders-db-0", "orders-db", true),
            ("cart-redis-0", "cart", false),
            ("checkout-worker-7d9f8b6c4-x2x1z", "checkout", false),
            ("cart", "cart", false),
        ] {
            assert_eq!(is_pod_of(pod, workload), expected, "{pod} {workload}");
        }
    }
}
