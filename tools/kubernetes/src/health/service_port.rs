//! `service-port`: services whose target port is a name that none of their pods has.
//!
//! A number is never wrong by itself: a container may listen on ports that it does not declare.

use super::snapshot::workload_of;
use super::{Looked, Snapshot, finding};
use crate::shape::api::{Pod, Service, ServicePort};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.services.as_ref()?;
    let pods = snapshot.live_pods()?;
    let findings = all.iter().filter_map(|service| told(service, &pods)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(service: &Service, pods: &[&Pod]) -> Option<Finding> {
    let namespace = service.metadata.namespace();
    let behind: Vec<&&Pod> = pods
        .iter()
        .filter(|pod| pod.metadata.namespace() == namespace && service.spec.selects(&pod.metadata.labels))
        .collect();
    let first = behind.first()?;
    let lost: Vec<&ServicePort> = service.spec.ports.iter().filter(|port| !leads(port, &behind)).collect();
    let port = lost.first()?;
    let mut declared: Vec<String> =
        containers(first).map(|port| port.name.clone()).filter(|name| !name.is_empty()).collect();
    declared.dedup();
    let declared = if declared.is_empty() { "none".to_owned() } else { declared.join(", ") };
    let whole = lost.len() == service.spec.ports.len();
    Some(Finding {
        evidence: vec![
            format!("port {} has targetPort {}", port.port, port.target_port),
            format!("port names of pod {}: {declared}", first.metadata.name),
        ],
        next: format!("get kind=Service name={} namespace={namespace}", service.metadata.name),
        points_at: Some(workload_of(first)),
        affected: lost.len() as u64,
        ..finding(
            "service-port",
            if whole { Severity::Critical } else { Severity::Warning },
            ObjectRef::namespaced("Service", namespace, &service.metadata.name),
            format!("its port {} leads to a port name that its pods do not have", port.port),
        )
    })
}

fn containers(pod: &Pod) -> impl Iterator<Item = &crate::shape::api::ContainerPort> {
    pod.spec.containers.iter().chain(&pod.spec.init_containers).flat_map(|container| &container.ports)
}

fn leads(port: &ServicePort, pods: &[&&Pod]) -> bool {
    let Some(name) = port.target_port.as_str().filter(|name| name.parse::<u32>().is_err()) else { return true };
    pods.iter().any(|pod| containers(pod).any(|port| port.name == name))
}
