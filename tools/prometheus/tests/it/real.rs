//! Debian's Prometheus and Alertmanager, started for the test on ports of their own.

use super::call;
use domain::observed::Table;
use domain::observed::prometheus::{AlertRow, Instant, MetricRow, Range, RuleRow, TargetRow};
use serde_json::json;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tools_common::serve::Adapter;
use tools_prometheus::{Instance, PrometheusConfig, Server};

struct Started {
    _children: Vec<Child>,
    folder: PathBuf,
    prometheus: String,
    alertmanager: String,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn spawn(program: &str, arguments: &[String]) -> Child {
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn start() -> Started {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (own, dead, managing) = (free_port().await, free_port().await, free_port().await);
    let rules = "groups:\n- name: test\n  interval: 1s\n  rules:\n  - alert: TargetDown\n    expr: up == 0\n    labels: {severity: critical}\n    annotations: {summary: '{{ $labels.instance }} is down'}\n  - record: job:up:sum\n    expr: sum by (job) (up)\n";
    std::fs::write(folder.join("rules.yml"), rules).unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\nalerting:\n  alertmanagers:\n  - static_configs: [{{targets: ['127.0.0.1:{managing}']}}]\nscrape_configs:\n- job_name: prometheus\n  static_configs: [{{targets: ['127.0.0.1:{own}']}}]\n- job_name: dead\n  static_configs: [{{targets: ['127.0.0.1:{dead}']}}]\n"
    );
    std::fs::write(folder.join("prometheus.yml"), config).unwrap();
    std::fs::write(
        folder.join("alertmanager.yml"),
        "route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n",
    )
    .unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let children = vec![
        spawn(
            "prometheus",
            &[
                format!("--config.file={}", path("prometheus.yml")),
                format!("--storage.tsdb.path={}", path("data")),
                format!("--web.listen-address=127.0.0.1:{own}"),
            ],
        ),
        spawn(
            "prometheus-alertmanager",
            &[
                format!("--config.file={}", path("alertmanager.yml")),
                format!("--storage.path={}", path("alerts")),
                format!("--web.listen-address=127.0.0.1:{managing}"),
                "--cluster.listen-address=".to_owned(),
            ],
        ),
    ];
    let (prometheus, alertmanager) = (format!("http://127.0.0.1:{own}"), format!("http://127.0.0.1:{managing}"));
    Started { _children: children, folder, prometheus, alertmanager }
}

/// Asks until `good` is content, for at most half a minute.
async fn until<T>(
    adapter: &Adapter,
    tool: &str,
    arguments: serde_json::Value,
    good: impl Fn(&domain::envelope::Envelope) -> Option<T>,
) -> T {
    let mut last = String::new();
    for _ in 0..300 {
        match call(adapter, tool, arguments.clone()).await {
            Ok(envelope) => match good(&envelope) {
                Some(found) => return found,
                None => last = serde_json::to_string(&envelope).unwrap(),
            },
            Err(failure) => last = failure.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{tool} never gave what was waited for; last: {last}");
}

fn rows<T: serde::de::DeserializeOwned>(envelope: &domain::envelope::Envelope) -> Vec<T> {
    serde_json::from_value::<Table>(envelope.data.clone()).unwrap().typed().unwrap()
}

#[tokio::test]
async fn all_tools_against_the_real_servers() {
    if !installed("prometheus") || !installed("prometheus-alertmanager") {
        println!("not run: all_tools_against_the_real_servers (prometheus, prometheus-alertmanager)");
        return;
    }
    let started = start().await;
    let instance = Instance::new("real", &started.prometheus).with_alertmanager(&started.alertmanager);
    let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
    let adapter = Adapter::new(Server::new(config).unwrap());

    let targets: Vec<TargetRow> = until(&adapter, "targets", json!({}), |envelope| {
        let rows: Vec<TargetRow> = rows(envelope);
        (rows.iter().filter(|row| row.health != "unknown").count() == 2).then_some(rows)
    })
    .await;
    assert_eq!((targets[0].job.as_str(), targets[0].health.as_str()), ("dead", "down"));
    assert!(targets[0].last_error.as_deref().unwrap().contains("connection refused"));
    assert_eq!(targets[1].health, "up");

    let alert: AlertRow = until(&adapter, "alerts", json!({}), |envelope| {
        rows::<AlertRow>(envelope).into_iter().find(|row| row.seen_in == "prometheus+alertmanager")
    })
    .await;
    assert_eq!(
        (alert.name.as_str(), alert.state.as_str(), alert.severity.as_deref()),
        ("TargetDown", "firing", Some("critical"))
    );
    assert!(alert.summary.unwrap().ends_with("is down"));

    let up = call(&adapter, "query", json!({"query": "up"})).await.unwrap();
    let up: Instant = serde_json::from_value(up.data).unwrap();
    assert_eq!(up.samples.iter().map(|sample| sample.value).collect::<Vec<_>>(), [Some(1.0), Some(0.0)]);

    let range = call(&adapter, "query_range", json!({"query": "up", "since": "5m"})).await.unwrap();
    let range: Range = serde_json::from_value(range.data).unwrap();
    assert_eq!((range.series.len(), range.step_seconds), (2, 5.0));

    let rules: Vec<RuleRow> = rows(&call(&adapter, "rules", json!({})).await.unwrap());
    assert_eq!(rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["TargetDown", "job:up:sum"]);

    let metrics: Vec<MetricRow> =
        until(&adapter, "find_metrics", json!({"words": "http requests total"}), |envelope| {
            Some(rows::<MetricRow>(envelope)).filter(|rows| !rows.is_empty())
        })
        .await;
    assert_eq!((metrics[0].name.as_str(), metrics[0].kind.as_str()), ("prometheus_http_requests_total", "counter"));

    let jobs = call(&adapter, "label_values", json!({"label": "job"})).await.unwrap();
    assert_eq!(jobs.data["values"], json!(["dead", "prometheus"]));

    let empty = call(&adapter, "query", json!({"query": "up{job=\"deda\"}"})).await.unwrap();
    assert!(empty.hint.unwrap().contains("its values: dead"), "a misspelt value is told with its neighbours");
    let refused =
        call(&adapter, "query", json!({"query": "up + on(job) group_left prometheus_build_info{nope=~\"(\"}"}))
            .await
            .unwrap_err();
    assert_eq!(refused.kind, domain::envelope::FailureKind::BadRequest);

    let signals = until(&adapter, "golden_signals", json!({"service": "prometheus", "since": "1m"}), |envelope| {
        (envelope.returned > 0).then(|| envelope.clone())
    })
    .await;
    assert!(signals.data["recipes"].to_string().contains("requests-total"), "{}", signals.data);
    let gone = call(&adapter, "golden_signals", json!({"service": "promethius"})).await.unwrap();
    assert!(gone.hint.unwrap().contains("prometheus"));
}
