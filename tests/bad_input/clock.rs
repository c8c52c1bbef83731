//! Clocks that differ by two hours between us and the backend, either way: nothing breaks, no age is negative, and what
//! is not found because of it is not told as nothing.

use super::servers::{self, object};
use chrono::{DateTime, TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::Value;
use std::sync::Arc;
use tools_common::http::{Endpoint, HttpSettings, InProcessService};
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_loki::LokiConfig;
use tools_prometheus::PrometheusConfig;
use tools_tempo::TempoConfig;

/// The time of the backends.
fn theirs() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn world() -> Arc<Estate> {
    let began = theirs() - TimeDelta::minutes(30);
    let world = World::new(7, theirs() - TimeDelta::hours(2), Scenario::named("bad-config"), began);
    Estate::new(world, Arc::new(theirs))
}

fn in_process(backend: &'static str, router: axum::Router) -> Endpoint {
    let settings = HttpSettings::new(backend, "http://estate");
    Endpoint { settings, in_process: Some(InProcessService::new(router)) }
}

fn adapter(server: &str) -> Adapter {
    let world = world();
    match server {
        "kubernetes" => {
            let source = ClusterSource::service(estate::kubernetes::router(world));
            let clusters = vec![ClusterConfig::new("demo", source)];
            Adapter::new(tools_kubernetes::Server::new(KubernetesConfig { clusters, ..KubernetesConfig::default() }))
        }
        "prometheus" => {
            let mut config = PrometheusConfig::single("unused");
            config.instances[0].prometheus =
                in_process("Prometheus", estate::telemetry::prometheus::router(world.clone()));
            config.instances[0].alertmanager =
                Some(in_process("Alertmanager", estate::telemetry::alertmanager::router(world)));
            Adapter::new(tools_prometheus::Server::new(config).unwrap())
        }
        "loki" => {
            let mut config = LokiConfig::single("unused");
            config.instances[0].endpoint = in_process("Loki", estate::telemetry::loki::router(world));
            Adapter::new(tools_loki::Server::new(config).unwrap())
        }
        "tempo" => {
            let mut config = TempoConfig::single("unused");
            config.instances[0].endpoint = in_process("Tempo", estate::telemetry::tempo::router(world));
            Adapter::new(tools_tempo::Server::new(config).unwrap())
        }
        other => panic!("the estate has no {other}"),
    }
}

/// Whether a text is a negative length of time: `-2h`, `-7200 s`, `in -3m`.
fn is_negative_age(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let Some(rest) = word.strip_prefix('-') else { return false };
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        digits > 0 && matches!(rest.get(digits..), Some("s" | "m" | "h" | "d" | "ms"))
    })
}

fn negative_ages(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if is_negative_age(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| negative_ages(item, found)),
        Value::Object(object) => {
            for (key, value) in object {
                if key.contains("age") && value.as_f64().is_some_and(|age| age < 0.0) {
                    found.push(format!("{key}: {value}"));
                }
                negative_ages(value, found);
            }
        }
        _ => {}
    }
}

async fn hold(server: &'static str) {
    let mut found = Vec::new();
    for hours in [-2, 2] {
        let adapter = adapter(server);
        for (tool, arguments) in servers::calls(server) {
            let what = format!("{server} {tool}, with our clock {hours} h off");
            let context = adapter.context().at(theirs() + TimeDelta::hours(hours));
            match adapter.call(tool, object(arguments), context).await {
                Ok(envelope) => {
                    if envelope.returned == 0 && envelope.hint.is_none() && envelope.not_looked.is_empty() {
                        found.push(format!("{what}: empty, and not said why"));
                    }
                    let mut ages = Vec::new();
                    negative_ages(&serde_json::to_value(&envelope).unwrap(), &mut ages);
                    found.extend(ages.into_iter().map(|age| format!("{what}: {age}")));
                }
                // The trace and the pod of the good calls are not in this world.
                Err(failure) if failure.kind == domain::envelope::FailureKind::NotFound => {}
                Err(failure) => found.push(format!("{what}: {:?} {failure}", failure.kind)),
            }
        }
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

#[test]
fn negative_ages_are_seen() {
    let cases = [
        ("-2h", true),
        ("seen -30m ago", true),
        ("-7200s", true),
        ("2h", false),
        ("a-2h", false),
        ("-x", false),
        ("-5", false),
    ];
    for (text, wanted) in cases {
        assert_eq!(is_negative_age(text), wanted, "{text}");
    }
}

#[tokio::test]
async fn kubernetes_bears_a_clock_that_is_off() {
    hold("kubernetes").await;
}

#[tokio::test]
async fn prometheus_bears_a_clock_that_is_off() {
    hold("prometheus").await;
}

#[tokio::test]
async fn loki_bears_a_clock_that_is_off() {
    hold("loki").await;
}

#[tokio::test]
async fn tempo_bears_a_clock_that_is_off() {
    hold("tempo").await;
}
