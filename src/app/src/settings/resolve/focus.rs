//! What the flags `--env` and `--context` leave of the sources.

use super::sources::{bare_cluster, usual_access};
use crate::settings::surroundings::Surroundings;
use crate::settings::types::{ClusterSettings, EnvironmentSettings, Settings};
use std::collections::BTreeMap;

/// Leaves only what belongs to an environment. What it names nothing of (clusters, Prometheus, …) it
/// keeps all of; an MCP server
/// that no environment names belongs to every one.
pub fn environment(settings: &mut Settings, environment: &EnvironmentSettings) {
    if !environment.clusters.is_empty() {
        settings.clusters.retain(|name, _| environment.clusters.contains(name));
    }
    if !environment.prometheus.is_empty() {
        settings.prometheus.retain(|name, _| environment.prometheus.contains(name));
    }
    if !environment.loki.is_empty() {
        settings.loki.retain(|name, _| environment.loki.contains(name));
    }
    if !environment.tempo.is_empty() {
        settings.tempo.retain(|name, _| environment.tempo.contains(name));
    }
    let environments = &settings.environments;
    let claimed = |name: &String| environments.values().any(|other| other.mcp_servers.contains(name));
    settings.mcp_servers.retain(|name, _| environment.mcp_servers.contains(name) || !claimed(name));
    for cluster in settings.clusters.values_mut() {
        narrow(&mut cluster.namespaces, &environment.namespaces);
    }
}

/// Empty means all on either side.
fn narrow(permitted: &mut Vec<String>, wanted: &[String]) {
    if permitted.is_empty() {
        *permitted = wanted.to_vec();
    } else if !wanted.is_empty() {
        permitted.retain(|namespace| wanted.contains(namespace));
    }
}

/// Leaves only the cluster that `--context` names: a declared one, one with this context, or else the context of this
/// name in the usual kubeconfig. Gives its name.
pub fn context(
    clusters: &mut BTreeMap<String, ClusterSettings>,
    context: &str,
    surroundings: &dyn Surroundings,
) -> String {
    let named = clusters.contains_key(context).then(|| context.to_owned());
    let by_context = || {
        let mut declared = clusters.iter();
        declared.find(|(_, cluster)| cluster.context.as_deref() == Some(context)).map(|(name, _)| name.clone())
    };
    if let Some(name) = named.or_else(by_context) {
        clusters.retain(|other, _| *other == name);
        return name;
    }
    clusters.clear();
    if let Some(access) = usual_access(surroundings) {
        let cluster = ClusterSettings { context: Some(context.to_owned()), ..bare_cluster(access) };
        clusters.insert(context.to_owned(), cluster);
    }
    context.to_owned()
}
