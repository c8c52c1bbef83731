//! What comes from environment variables: our own `AUTO_DEVOPS__SECTION__KEY`, and those of the ecosystem.
//!
//! Our own variables beat files. The ecosystem's speak for other programs too, so they only fill what no file, no
//! variable of ours and no flag has set: `[model]` before `OPENAI_BASE_URL` before `OLLAMA_HOST`.

use super::layers::Layers;
use super::origin::Origin;
use super::path::KeyPath;
use super::raw::{Raw, RawValue};
use super::surroundings::Surroundings;
use std::path::PathBuf;

/// What our own variables begin with.
pub const PREFIX: &str = "AUTO_DEVOPS__";

/// The name that a source gets when only a variable of the ecosystem declares it.
pub const DEFAULT_NAME: &str = "default";

/// Ollama's own port.
const OLLAMA_PORT: u16 = 11434;

/// Lays every variable of ours over the files.
pub fn lay_own(layers: &mut Layers, surroundings: &dyn Surroundings) {
    for (name, value) in surroundings.variables_with(PREFIX) {
        let Some(written) = name.strip_prefix(PREFIX) else { continue };
        let origin = Origin::Variable(name.clone());
        let leaf = Raw { origin: origin.clone(), value: RawValue::Untyped(value) };
        let nested = written.to_lowercase().rsplit("__").fold(leaf, |inner, key| Raw {
            origin: origin.clone(),
            value: RawValue::Table(vec![(key.to_owned(), inner)]),
        });
        layers.lay(&nested);
    }
}

/// Fills what is not set yet from the variables that other programs read too; gives what must be told about them.
pub fn fill_from_ecosystem(layers: &mut Layers, surroundings: &dyn Surroundings) -> Vec<String> {
    let mut notes = Vec::new();
    fill_model(layers, surroundings, &mut notes);
    fill_prometheus(layers, surroundings, &mut notes);
    if surroundings.variable("NO_COLOR").is_some() {
        let origin = Origin::Variable("NO_COLOR".to_owned());
        layers.fill(&KeyPath::of("output.colour"), "output.colour", origin, "never".to_owned());
    }
    fill_plain(layers, surroundings, "telemetry.log", "RUST_LOG");
    // TZ may also hold a rule or a path, which is no mistake of ours to tell.
    if surroundings.variable("TZ").is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_ok()) {
        fill_plain(layers, surroundings, "output.time_zone", "TZ");
    }
    fill_source(layers, surroundings, "loki", "LOKI_URL");
    fill_source(layers, surroundings, "tempo", "TEMPO_URL");
    fill_plain(layers, surroundings, "store.mongodb_uri", "MONGODB_URI");
    fill_plain(layers, surroundings, "bus.redis_url", "REDIS_URL");
    fill_plain(layers, surroundings, "github.url", "GITHUB_API_URL");
    fill_plain(layers, surroundings, "github.token", "GITHUB_TOKEN");
    fill_plain(layers, surroundings, "slack.bot_token", "SLACK_BOT_TOKEN");
    fill_plain(layers, surroundings, "slack.app_token", "SLACK_APP_TOKEN");
    fill_plain(layers, surroundings, "slack.signing_secret", "SLACK_SIGNING_SECRET");
    fill_plain(layers, surroundings, "slack.api_url", "SLACK_API_URL");
    notes
}

fn fill_plain(layers: &mut Layers, surroundings: &dyn Surroundings, key: &str, variable: &str) {
    if let Some(value) = surroundings.variable(variable) {
        layers.fill(&KeyPath::of(key), key, Origin::Variable(variable.to_owned()), value);
    }
}

fn fill_model(layers: &mut Layers, surroundings: &dyn Surroundings, notes: &mut Vec<String>) {
    let endpoint = KeyPath::of("model.endpoint");
    let has_key = surroundings.variable("OPENAI_API_KEY").is_some();
    if layers.entries.contains_key(&endpoint) {
        return;
    }
    if surroundings.variable("OPENAI_BASE_URL").is_some() {
        fill_plain(layers, surroundings, "model.endpoint", "OPENAI_BASE_URL");
        let origin = Origin::Variable("OPENAI_BASE_URL".to_owned());
        layers.fill(&KeyPath::of("model.kind"), "model.kind", origin, "openai".to_owned());
        fill_plain(layers, surroundings, "model.api_key", "OPENAI_API_KEY");
    } else if let Some(host) = surroundings.variable("OLLAMA_HOST") {
        let origin = Origin::Variable("OLLAMA_HOST".to_owned());
        layers.fill(&endpoint, "model.endpoint", origin.clone(), ollama_url(&host));
        layers.fill(&KeyPath::of("model.kind"), "model.kind", origin, "ollama".to_owned());
    } else if has_key {
        notes.push(
            "OPENAI_API_KEY is set, but nothing names a model endpoint: set OPENAI_BASE_URL or [model] endpoint to use one"
                .to_owned(),
        );
    }
}

/// What Ollama's own client makes of its variable: scheme and port may be missing, and the address to listen on means this machine.
fn ollama_url(host: &str) -> String {
    let host = host.trim();
    let (scheme, rest) = host.split_once("://").unwrap_or(("http", host));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let has_port = authority.rsplit(']').next().is_some_and(|tail| tail.contains(':'));
    let default_port = match (has_port, scheme) {
        (true, _) => String::new(),
        (false, "https") => ":443".to_owned(),
        (false, _) if host.contains("://") => ":80".to_owned(),
        (false, _) => format!(":{OLLAMA_PORT}"),
    };
    let authority = match authority.strip_prefix("0.0.0.0") {
        Some(port) => format!("127.0.0.1{port}"),
        None if authority.starts_with(':') => format!("127.0.0.1{authority}"),
        None => authority.to_owned(),
    };
    format!("{scheme}://{authority}{default_port}{}", path.trim_end_matches('/'))
}

/// Declares the default server of a kind by its variable, where none is declared; says whether it did.
fn fill_source(layers: &mut Layers, surroundings: &dyn Surroundings, kind: &str, variable: &str) -> bool {
    let Some(url) = surroundings.variable(variable).filter(|_| !layers.declares_any(kind)) else { return false };
    let section = KeyPath::of(kind).key(DEFAULT_NAME);
    let pattern = format!("{kind}.NAME");
    let origin = Origin::Variable(variable.to_owned());
    layers.fill(&section.key("url"), &format!("{pattern}.url"), origin.clone(), url);
    layers.sections.insert(section, (pattern, origin));
    true
}

fn fill_prometheus(layers: &mut Layers, surroundings: &dyn Surroundings, notes: &mut Vec<String>) {
    let declared = layers.declares_any("prometheus");
    if !fill_source(layers, surroundings, "prometheus", "PROMETHEUS_URL") {
        if !declared && surroundings.variable("ALERTMANAGER_URL").is_some() {
            notes.push("ALERTMANAGER_URL is set, but without PROMETHEUS_URL it is not used".to_owned());
        }
        return;
    }
    let section = KeyPath::of("prometheus").key(DEFAULT_NAME);
    if let Some(url) = surroundings.variable("ALERTMANAGER_URL") {
        let origin = Origin::Variable("ALERTMANAGER_URL".to_owned());
        layers.fill(&section.key("alertmanager_url"), "prometheus.NAME.alertmanager_url", origin, url);
    }
}

/// The kubeconfig files that hold where a cluster names none: `KUBECONFIG` (several, joined by `:`), then the usual one.
pub fn usual_kubeconfig(surroundings: &dyn Surroundings) -> Option<(Vec<PathBuf>, Origin)> {
    if let Some(list) = surroundings.variable("KUBECONFIG") {
        let files: Vec<PathBuf> = std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect();
        return Some((files, Origin::Variable("KUBECONFIG".to_owned())));
    }
    let usual = PathBuf::from(surroundings.variable("HOME")?).join(".kube").join("config");
    surroundings.exists(&usual).then(|| (vec![usual.clone()], Origin::UsualPlace(usual)))
}

/// Whether the process runs in a pod with a service account.
pub fn is_in_cluster(surroundings: &dyn Surroundings) -> bool {
    surroundings.variable("KUBERNETES_SERVICE_HOST").is_some()
        && surroundings.exists(std::path::Path::new("/var/run/secrets/kubernetes.io/serviceaccount/token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_host_as_its_own_client_reads_it() {
        let cases = [
            ("gpu", "http://gpu:11434"),
            ("gpu:8080", "http://gpu:8080"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:5000", "http://127.0.0.1:5000"),
            (":5000", "http://127.0.0.1:5000"),
            ("https://models.example/ollama/", "https://models.example:443/ollama"),
            ("http://gpu", "http://gpu:80"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:9", "http://[::1]:9"),
        ];
        for (given, url) in cases {
            assert_eq!(ollama_url(given), url, "{given}");
        }
    }
}
