//! The probes that the settings ask for.

mod bus;
mod cluster;
mod embeddings;
mod http;
mod mcp_server;
mod model;
mod nothing;
mod prometheus;
mod slack;
mod store;
mod telemetry;

use super::{Probe, Subject};
use crate::convert;
use crate::settings::{Settings, SourceSettings};
use crate::wiring::state::place_of;
use domain::envelope::Failure;
use http::Http;
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
    let served = |subject, name: &str, backend, url: &str, source: &SourceSettings, look| -> Box<dyn Probe> {
        Box::new(Http::new(subject, name, url, convert::http(source, backend, url), look))
    };
    for (name, one) in &settings.prometheus {
        let source = &one.source;
        probes.push(served(Subject::Prometheus, name, "Prometheus", &source.url, source, prometheus::prometheus));
        if let Some(url) = &one.alertmanager_url {
            probes.push(served(Subject::Alertmanager, name, "Alertmanager", url, source, prometheus::alertmanager));
        }
    }
    if settings.prometheus.is_empty() {
        let how = "declare [prometheus.NAME] or set PROMETHEUS_URL";
        probes.push(Box::new(Nothing::of(Subject::Prometheus, how)));
    }
    for (name, source) in &settings.loki {
        probes.push(served(Subject::Loki, name, "Loki", &source.url, source, telemetry::loki));
    }
    for (name, source) in &settings.tempo {
        probes.push(served(Subject::Tempo, name, "Tempo", &source.url, source, telemetry::tempo));
    }
    if let Some(github) = &settings.github {
        let source = &github.source;
        probes.push(served(Subject::Github, "github", "GitHub", &source.url, source, telemetry::github));
    }
    for server in convert::foreign_servers(settings) {
        probes.push(Box::new(mcp_server::McpServer::new(server)));
    }
    match &settings.model {
        Some(model) => probes.push(Box::new(model::Model::new(model))),
        None => {
            let how = "set [model] endpoint, OPENAI_BASE_URL or OLLAMA_HOST; until then the playbook brain answers";
            probes.push(Box::new(Nothing::of(Subject::Model, how)));
        }
    }
    probes.extend(of_state(settings));
    probes.push(match &settings.slack {
        Some(slack) => Box::new(slack::Workspace::new(slack)),
        None => Box::new(Nothing::of(Subject::Slack, "set SLACK_BOT_TOKEN and SLACK_APP_TOKEN (docs/slack.md)")),
    });
    probes
}

/// What outlives the process, what several of them share, and what finds it by meaning.
fn of_state(settings: &Settings) -> [Box<dyn Probe>; 3] {
    let nothing = |subject, how| Box::new(Nothing::of(subject, how)) as Box<dyn Probe>;
    let store = match settings.state.store.used {
        Some(kind) => Box::new(store::KeptStore::new(settings, kind)) as Box<dyn Probe>,
        None => nothing(
            Subject::Store,
            "nothing is kept: set store.folder, HOME or MONGODB_URI, and not store.kind = \"none\"",
        ),
    };
    let bus = match bus::RedisServer::of(&settings.state.bus) {
        Some(redis) => Box::new(redis) as Box<dyn Probe>,
        None => {
            nothing(Subject::Bus, "it is in this process, which is enough for one; set REDIS_URL for several replicas")
        }
    };
    let embeddings = match embeddings::EmbeddingsModel::of(settings) {
        Some(model) => Box::new(model) as Box<dyn Probe>,
        None => {
            nothing(Subject::Embeddings, "memory is found by words; [embeddings] model would find it by meaning too")
        }
    };
    [store, bus, embeddings]
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
