//! The probes that the settings ask for.

mod cluster;
mod mcp_server;
mod model;
mod nothing;
mod prometheus;

use super::{Probe, Subject};
use crate::settings::Settings;
use domain::envelope::Failure;
use nothing::Nothing;

/// One probe for each thing that is configured, and a line for each sort of which there is none.
pub fn of(settings: &Settings) -> Vec<Box<dyn Probe>> {
    let mut probes: Vec<Box<dyn Probe>> = Vec::new();
    for (name, cluster) in &settings.clusters {
        probes.push(Box::new(cluster::Cluster::new(name, cluster, settings)));
    }
    if settings.clusters.is_empty() {
        let how = "declare [clusters.NAME], set KUBECONFIG, or run in a pod";
        probes.push(Box::new(Nothing::of(Subject::Cluster, how)));
    }
    for (name, prometheus) in &settings.prometheus {
        probes.push(Box::new(prometheus::Prometheus::new(name, prometheus)));
        if let Some(url) = &prometheus.alertmanager_url {
            probes.push(Box::new(prometheus::Alertmanager::new(name, url, prometheus)));
        }
    }
    if settings.prometheus.is_empty() {
        let how = "declare [prometheus.NAME] or set PROMETHEUS_URL";
        probes.push(Box::new(Nothing::of(Subject::Prometheus, how)));
    }
    for server in crate::convert::foreign_servers(settings) {
        probes.push(Box::new(mcp_server::McpServer::new(server)));
    }
    match &settings.model {
        Some(model) => probes.push(Box::new(model::Model::new(model))),
        None => {
            let how = "set [model] endpoint, OPENAI_BASE_URL or OLLAMA_HOST; until then the playbook brain answers";
            probes.push(Box::new(Nothing::of(Subject::Model, how)));
        }
    }
    probes
}

/// A failure as what a probe saw.
fn away(failure: Failure) -> super::Sight {
    let sight = super::Sight::away(failure.message);
    match failure.hint {
        Some(hint) => sight.with_hint(hint),
        None => sight,
    }
}

#[cfg(test)]
mod tests;
