//! Which pods and containers a log question means.

use super::super::{gone, target};
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::names;
use crate::query::reference::Reference;
use crate::query::request::Selection;
use crate::shape::api::{ContainerStatus, Pod};
use crate::shape::{owner, pods};
use chrono::Utc;
use domain::envelope::{Failure, FailureKind};
use tools_common::args;

/// One container to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// Its pod's namespace.
    pub namespace: String,
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// How often it was restarted.
    pub restarts: u32,
    /// How its last run ended.
    pub last_exit: Option<String>,
    /// The pod's other containers.
    pub others: Vec<String>,
}

/// The pods of a target, those in trouble first.
///
/// # Errors
/// `NotFound` with the nearest pods and workloads; `BadRequest` where two namespaces have the name.
pub async fn pods(cluster: &Cluster, text: &str, namespace: Option<&str>) -> Result<Vec<Pod>, Failure> {
    let reference = Reference::parse(text);
    let namespace = namespace.map(str::to_owned).or(reference.namespace);
    let kind = match &reference.kind {
        Some(word) => Some(cluster.resolve(word).await?),
        None => None,
    };
    let pod_kind = Kind::built_in("Pod");
    let mut all = cluster.list::<Pod>(&pod_kind, namespace.as_deref(), &Selection::default()).await?.items;
    let (mut fitting, others): (Vec<Pod>, Vec<Pod>) =
        all.drain(..).partition(|pod| belongs(pod, kind.as_ref(), &reference.name));
    if fitting.is_empty() {
        return Err(missing(cluster, kind.as_ref(), namespace.as_deref(), &reference.name, &others).await);
    }
    let mut places: Vec<String> = fitting.iter().map(|pod| pod.metadata.namespace().to_owned()).collect();
    places.sort();
    places.dedup();
    if places.len() > 1 {
        return Err(Failure::new(FailureKind::BadRequest, format!("several namespaces have pods of {text}"))
            .with_hint(format!("name one: {}", names::either(&places))));
    }
    let now = Utc::now();
    fitting.sort_by_cached_key(|pod| {
        let row = pods::row(pod);
        (!pods::is_unhealthy(&row, now), std::cmp::Reverse(row.restarts), std::cmp::Reverse(row.created), row.name)
    });
    Ok(fitting)
}

fn belongs(pod: &Pod, kind: Option<&Kind>, name: &str) -> bool {
    let is_pod = pod.metadata.name == name;
    let direct = pod.metadata.controller().map(|owner| (owner.kind.clone(), owner.name.clone()));
    let mut owners = [owner::top(&pod.metadata), direct].into_iter().flatten();
    match kind.map(|kind| kind.kind.as_str()) {
        Some("Pod") => is_pod,
        Some(kind) => owners.any(|owner| owner.0 == kind && owner.1 == name),
        None => is_pod || owners.any(|owner| owner.1 == name),
    }
}

async fn missing(
    cluster: &Cluster,
    kind: Option<&Kind>,
    namespace: Option<&str>,
    name: &str,
    others: &[Pod],
) -> Failure {
    if let Some(kind) = kind.filter(|kind| kind.kind != "Pod") {
        return match target::find(cluster, kind, namespace, name).await {
            Err(failure) => failure,
            Ok(place) => match target::read(cluster, kind, place.as_deref(), name).await {
                Err(failure) => failure,
                Ok((object, _)) => Failure::new(FailureKind::NotFound, format!("{object} has no pods now"))
                    .with_hint("look at its events, its replicas and its rollout_history"),
            },
        };
    }
    let place = namespace.map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    let failure = Failure::new(
        FailureKind::NotFound,
        format!("cluster {} has no pod and no workload with pods named {name}{place}", cluster.name()),
    );
    let mut known: Vec<String> = others
        .iter()
        .flat_map(|pod| [owner::top_path(&pod.metadata), Some(pod.metadata.name.clone())])
        .flatten()
        .collect();
    known.sort();
    known.dedup();
    let short = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let near = names::nearest(name, known.iter().map(|path| path.rsplit('/').next().unwrap_or_default()), 3);
    let near: Vec<String> =
        near.iter().filter_map(|near| known.iter().find(|path| short(path) == *near).cloned()).collect();
    if !near.is_empty() {
        return failure.with_hint(format!("did you mean {}?", names::either(&near)));
    }
    match namespace {
        Some(namespace) => match gone::missing_namespace(cluster, namespace).await {
            Some(hint) => failure.with_hint(hint),
            None => failure.with_hint("`list` with kind workloads tells what there is"),
        },
        None => failure.with_hint("`list` with kind workloads tells what there is"),
    }
}

/// The container to read of each of the first pods: the one asked for, or the one in trouble, or the pod's main one.
///
/// # Errors
/// `BadRequest` with the names there are, where no pod has the container.
pub fn containers(pods: &[Pod], asked: Option<&str>, previous: bool, at_most: usize) -> Result<Vec<Picked>, Failure> {
    let picked: Vec<Picked> = pods.iter().filter_map(|pod| pick(pod, asked, previous)).take(at_most).collect();
    if !picked.is_empty() {
        return Ok(picked);
    }
    let mut known: Vec<String> = pods.iter().flat_map(container_names).collect();
    known.sort();
    known.dedup();
    Err(args::invalid("container", format!("{:?}", asked.unwrap_or_default()), &known.join(", ")))
}

fn container_names(pod: &Pod) -> Vec<String> {
    pod.spec.containers.iter().chain(&pod.spec.init_containers).map(|container| container.name.clone()).collect()
}

fn pick(pod: &Pod, asked: Option<&str>, previous: bool) -> Option<Picked> {
    let names = container_names(pod);
    let container = match asked {
        Some(name) => names.iter().find(|known| *known == name)?.clone(),
        None => troubled(pod, previous).or_else(|| main(pod))?,
    };
    let status = pod.all_statuses().find(|status| status.name == container);
    Some(Picked {
        namespace: pod.metadata.namespace().to_owned(),
        pod: pod.metadata.name.clone(),
        restarts: status.map_or(0, |status| status.restart_count),
        last_exit: status.and_then(|status| status.last_state.terminated.as_ref()).map(pods::exit_words),
        others: names.into_iter().filter(|name| *name != container).collect(),
        container,
    })
}

/// The container that waits after a failure or was restarted the most.
fn troubled(pod: &Pod, previous: bool) -> Option<String> {
    let weight = |status: &ContainerStatus| {
        let failing = status.state.waiting.is_some() && status.restart_count > 0
            || status.state.terminated.as_ref().is_some_and(|ended| ended.exit_code != 0);
        (u32::from(failing), if previous { status.restart_count } else { 0 })
    };
    let worst = pod.all_statuses().max_by_key(|status| weight(status))?;
    (weight(worst) > (0, 0)).then(|| worst.name.clone())
}

fn main(pod: &Pod) -> Option<String> {
    let named = pod.metadata.annotations.get("kubectl.kubernetes.io/default-container");
    let named = named.filter(|name| pod.spec.containers.iter().any(|container| container.name == **name)).cloned();
    named.or_else(|| Some(pod.spec.containers.first()?.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_container_in_trouble_is_read() {
        let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "shop"},
            "spec": {"containers": [{"name": "app"}, {"name": "proxy"}]},
            "status": {"containerStatuses": [
                {"name": "app", "restartCount": 0, "state": {"running": {}}},
                {"name": "proxy", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}}))
        .unwrap();
        let picked = containers(std::slice::from_ref(&pod), None, false, 5).unwrap();
        let first = picked.first().unwrap();
        assert_eq!(
            (first.container.as_str(), first.restarts, first.last_exit.as_deref()),
            ("proxy", 4, Some("Error (exit 1)"))
        );
        assert_eq!(first.others, ["app"]);
        let failure = containers(&[pod], Some("web"), false, 5).unwrap_err();
        assert!(failure.message.contains("accepted: app, proxy"), "{}", failure.message);
    }
}
