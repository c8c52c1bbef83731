//! Whom an incident is about: workloads that the typed fields of its signals name.

use domain::diagnosis::case::Scene;
use domain::incident::Incident;
use domain::object::ObjectRef;
use domain::observed::kubernetes::WorkloadRow;

/// Workloads that are looked into at most.
const SUBJECTS: usize = 4;

/// Kinds that have a case of their own.
const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];

/// The workloads, those of firing signals first; and whether a signal names any object or service at all. Where none does,
/// what the health checks find first stands in.
pub(super) fn subjects(incident: &Incident, scene: &Scene) -> (Vec<ObjectRef>, bool) {
    let mut members: Vec<_> = incident.members.iter().collect();
    members.sort_by_key(|member| (!member.is_firing, std::cmp::Reverse(member.severity), member.since));
    let mut found: Vec<ObjectRef> = Vec::new();
    let mut is_tied = false;
    for member in members {
        is_tied |= member.object.is_some() || member.service.is_some();
        let by_object = member.object.as_ref().and_then(|object| workload_of(object, scene));
        let namespace = member.object.as_ref().and_then(|object| object.namespace.as_deref());
        let by_service = || member.service.as_deref().and_then(|name| scene.workload(name, namespace));
        found.extend(by_object.or_else(by_service));
    }
    found.extend(incident.affected.iter().filter_map(|object| workload_of(object, scene)));
    is_tied |= !incident.affected.is_empty();
    if found.is_empty() && !is_tied {
        let findings = scene.health.seen().into_iter().flat_map(|seen| &seen.data.findings);
        found.extend(findings.filter_map(|finding| workload_of(&finding.object, scene)));
    }
    let mut subjects: Vec<ObjectRef> = Vec::new();
    for object in found {
        if !subjects.contains(&object) {
            subjects.push(object);
        }
    }
    subjects.truncate(SUBJECTS);
    (subjects, is_tied)
}

/// Of an incident that names a node and no workload: the workloads that are short of pods, of which some may have run there. What
/// their cases tell of other causes is nothing of this incident.
pub(super) fn short_beside_a_node(incident: &Incident, scene: &Scene) -> Vec<ObjectRef> {
    let is_node = |object: &ObjectRef| object.kind == "Node";
    if !incident.members.iter().filter_map(|member| member.object.as_ref()).any(is_node) {
        return Vec::new();
    }
    let rows = scene.workloads.seen().into_iter().flat_map(|seen| &seen.data);
    let is_short =
        |row: &&WorkloadRow| row.ready < row.desired && matches!(row.kind.as_str(), "Deployment" | "StatefulSet");
    rows.filter(is_short)
        .map(|row| ObjectRef::namespaced(&row.kind, &row.namespace, &row.name))
        .take(SUBJECTS)
        .collect()
}

/// Whether an incident names an object that is no workload: a node, a volume, a certificate.
pub(super) fn concerns(incident: &Incident, object: &ObjectRef) -> bool {
    let named = incident.members.iter().filter_map(|member| member.object.as_ref());
    named.chain(&incident.affected).any(|known| known == object)
}

/// Whether an object belongs to a workload by its name, as pods do.
pub(super) fn is_part_of(object: &ObjectRef, workload: &ObjectRef) -> bool {
    let rest = object.name.strip_prefix(workload.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
    object.kind == "Pod" && object.namespace == workload.namespace && rest.is_some_and(|rest| rest.len() <= 16)
}

/// The workload that an object is or belongs to, where there is one.
fn workload_of(object: &ObjectRef, scene: &Scene) -> Option<ObjectRef> {
    if WORKLOADS.contains(&object.kind.as_str()) {
        return Some(object.clone());
    }
    match object.kind.as_str() {
        "Service" => scene.workload(&object.name, object.namespace.as_deref()),
        "Pod" => {
            let rows = &scene.workloads.seen()?.data;
            let workloads = rows.iter().map(|row| ObjectRef::namespaced(&row.kind, &row.namespace, &row.name));
            // The longest name: a pod of `cart-redis` begins with `cart` too.
            workloads.filter(|workload| is_part_of(object, workload)).max_by_key(|workload| workload.name.len())
        }
        _ => None,
    }
}
