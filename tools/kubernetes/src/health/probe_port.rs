//! `probe-port`: probes that go to a port name that the container does not declare, which must fail, or to a number
//! that it does not declare beside others, which may be a slip.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Container, Workload};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use serde_json::Value;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.workloads()?;
    let findings = all.iter().filter_map(|(kind, workload)| told(kind, workload)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(kind: &str, workload: &Workload) -> Option<Finding> {
    let spec = &workload.spec.template.spec;
    let (container, probe, port) = spec.containers.iter().chain(&spec.init_containers).find_map(stray)?;
    let namespace = workload.metadata.namespace();
    let named = container.port(port).is_none();
    let declared: Vec<String> = container
        .ports
        .iter()
        .map(|port| {
            if port.name.is_empty() {
                port.container_port.to_string()
            } else {
                format!("{} ({})", port.container_port, port.name)
            }
        })
        .collect();
    let declared = if declared.is_empty() { "none".to_owned() } else { declared.join(", ") };
    Some(Finding {
        evidence: vec![
            format!("container {}: {probe} probe to port {port}", container.name),
            format!("declared ports: {declared}"),
        ],
        next: format!("get kind={kind} name={} namespace={namespace}", workload.metadata.name),
        ..finding(
            "probe-port",
            if named { Severity::Warning } else { Severity::Info },
            ObjectRef::namespaced(kind, namespace, &workload.metadata.name),
            match named {
                true => format!("its {probe} probe goes to a port name that does not exist"),
                false => format!("its {probe} probe goes to a port that is not declared"),
            },
        )
    })
}

fn stray(container: &Container) -> Option<(&Container, &'static str, &Value)> {
    container.probes().find_map(|(name, probe)| {
        let port = &probe.target()?.port;
        let known = match container.port(port) {
            Some(number) => {
                container.ports.is_empty() || container.ports.iter().any(|port| port.container_port == number)
            }
            None => port.is_null(),
        };
        (!known).then_some((container, name, port))
    })
}
