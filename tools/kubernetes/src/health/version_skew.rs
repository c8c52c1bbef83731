//! `node-version-skew`: kubelets that are newer than the API server or more than three minor versions older, which
//! Kubernetes does not support.

use super::{Looked, Snapshot, finding};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Minor versions that a kubelet may be behind (of a server from 1.28 on).
const BEHIND: u32 = 3;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.nodes.as_ref()?;
    let version = snapshot.version.as_ref()?;
    let Some(server) = minor(version) else { return Ok(Looked { checked: 0, findings: Vec::new() }) };
    let findings = all.iter().filter_map(|node| {
        let kubelet = &node.status.node_info.kubelet_version;
        let own = minor(kubelet)?;
        let why = if own > server {
            "its kubelet is newer than the API server"
        } else if server - own > BEHIND {
            "its kubelet is too old for the API server"
        } else {
            return None;
        };
        Some(Finding {
            evidence: vec![format!("kubeletVersion: {kubelet}"), format!("server: {version}")],
            next: "list kind=nodes".to_owned(),
            ..finding("node-version-skew", Severity::Warning, ObjectRef::cluster("Node", &node.metadata.name), why)
        })
    });
    Ok(Looked { checked: all.len() as u64, findings: findings.collect() })
}

/// 34 of `v1.34.2`.
pub(super) fn minor(version: &str) -> Option<u32> {
    let rest = version.trim_start_matches('v').strip_prefix("1.")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}
