//! The five tool servers over one address, and good calls of every tool that reads.

use serde_json::{Map, Value, json};
use std::time::Duration;
use tools_common::serve::Adapter;
use tools_github::GithubConfig;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_loki::LokiConfig;
use tools_prometheus::PrometheusConfig;
use tools_tempo::TempoConfig;

/// The servers, by their names in the effect table.
pub const ALL: [&str; 5] = ["kubernetes", "prometheus", "loki", "tempo", "github"];

/// The source of a cluster at an address.
pub fn kubeconfig(url: &str, user: &str) -> ClusterSource {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: '{url}'}}\nusers:\n- name: u\n  user: {user}\n"
    );
    ClusterSource::KubeconfigText { text, context: None }
}

/// `kubernetes` over a source.
pub fn kubernetes(source: ClusterSource, deadline: Duration) -> tools_kubernetes::Server {
    let limits = tools_kubernetes::Limits { call_deadline: deadline, ..tools_kubernetes::Limits::default() };
    let clusters = vec![ClusterConfig::new("demo", source)];
    tools_kubernetes::Server::new(KubernetesConfig { clusters, limits, ..KubernetesConfig::default() })
}

/// `prometheus` with its Alertmanager at the same address.
pub fn prometheus(url: &str, deadline: Duration) -> tools_prometheus::Server {
    let instance = tools_prometheus::Instance::new("default", url).with_alertmanager(url);
    let limits = tools_prometheus::Limits { call_deadline: deadline };
    tools_prometheus::Server::new(PrometheusConfig {
        instances: vec![instance],
        limits,
        ..PrometheusConfig::single("unused")
    })
    .unwrap()
}

/// A server that reads at an address, and gives up after `deadline`.
pub fn reading(server: &str, url: &str, deadline: Duration) -> Adapter {
    match server {
        "kubernetes" => Adapter::new(kubernetes(kubeconfig(url, "{token: abc}"), deadline)),
        "prometheus" => Adapter::new(prometheus(url, deadline)),
        "loki" => {
            let limits = tools_loki::Limits { call_deadline: deadline, ..tools_loki::Limits::default() };
            Adapter::new(tools_loki::Server::new(LokiConfig { limits, ..LokiConfig::single(url) }).unwrap())
        }
        "tempo" => {
            let limits = tools_tempo::Limits { call_deadline: deadline };
            Adapter::new(tools_tempo::Server::new(TempoConfig { limits, ..TempoConfig::single(url) }).unwrap())
        }
        "github" => {
            let limits = tools_github::Limits { call_deadline: deadline, ..tools_github::Limits::default() };
            let mut config = GithubConfig { limits, ..GithubConfig::new(url, None) };
            config.default_repository = Some("acme/shop".to_owned());
            Adapter::new(tools_github::Server::new(config).unwrap())
        }
        other => panic!("there is no server {other}"),
    }
}

/// A good call of each tool that reads.
pub fn calls(server: &str) -> Vec<(&'static str, Value)> {
    match server {
        "kubernetes" => kubernetes_calls(),
        "prometheus" => vec![
            ("query", json!({"query": "up"})),
            ("query_range", json!({"query": "up"})),
            ("find_metrics", json!({"words": "cpu"})),
            ("label_values", json!({"label": "job"})),
            ("metric_metadata", json!({"metric": "up"})),
            ("alerts", json!({})),
            ("rules", json!({})),
            ("targets", json!({})),
            ("golden_signals", json!({"service": "checkout"})),
            ("compare_windows", json!({"query": "up"})),
            ("anomalies", json!({"query": "up"})),
            ("change_points", json!({"query": "up"})),
            ("forecast", json!({"query": "up", "bound": 1})),
            ("silences", json!({})),
        ],
        "loki" => vec![
            ("query", json!({"labels": {"app": "checkout"}})),
            ("patterns", json!({"labels": {"app": "checkout"}})),
            ("new_errors", json!({"labels": {"app": "checkout"}})),
            ("stats", json!({"labels": {"app": "checkout"}})),
            ("labels", json!({})),
            ("label_values", json!({"label": "app"})),
        ],
        "tempo" => vec![
            ("search", json!({"service": "checkout"})),
            ("sample_fast_slow", json!({"service": "checkout"})),
            ("trace_summary", json!({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"})),
            (
                "trace_diff",
                json!({"baseline": "4bf92f3577b34da6a3ce929d0e0e4736", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4737"}),
            ),
            ("service_map", json!({})),
            ("attribute_names", json!({})),
            ("attribute_values", json!({"attribute": "resource.service.name"})),
            ("metrics", json!({"function": "rate"})),
        ],
        "github" => vec![
            ("commits", json!({})),
            ("pull_requests", json!({})),
            ("deployments", json!({})),
            ("workflow_runs", json!({})),
            ("compare", json!({"base": "main", "head": "next"})),
            ("read_file", json!({"path": "README.md"})),
            ("code_search", json!({"query": "timeout"})),
        ],
        other => panic!("there is no server {other}"),
    }
}

fn kubernetes_calls() -> Vec<(&'static str, Value)> {
    let checkout = json!({"name": "checkout", "namespace": "shop"});
    vec![
        ("cluster_health", json!({})),
        ("list", json!({"kind": "pods"})),
        ("get", json!({"kind": "pod", "namespace": "shop", "name": "checkout"})),
        ("count", json!({"kind": "pods"})),
        ("events", json!({})),
        ("logs", json!({"target": "deployment/checkout", "namespace": "shop"})),
        ("rollout_status", checkout.clone()),
        ("rollout_history", checkout),
        ("owner_tree", json!({"kind": "Deployment", "namespace": "shop", "name": "checkout"})),
        ("who_can_reach", json!({"service": "checkout", "namespace": "shop"})),
        ("recent_changes", json!({})),
        ("top", json!({"kind": "pods"})),
        ("can_i", json!({"verb": "get", "kind": "pods", "namespace": "shop"})),
        ("storage", json!({})),
    ]
}

/// The arguments as a client sends them.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("arguments are an object, not {other}"),
    }
}

#[test]
fn every_tool_that_reads_has_a_good_call() {
    for server in ALL {
        let adapter = reading(server, "http://127.0.0.1:1", Duration::from_secs(1));
        let calls = calls(server);
        let missing: Vec<&str> =
            adapter.specs().map(|spec| spec.name).filter(|name| !calls.iter().any(|(tool, _)| tool == name)).collect();
        assert!(missing.is_empty(), "{server}: {missing:?}");
    }
}
