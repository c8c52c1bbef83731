//! `prometheus` over the estate, Debian's Prometheus, VictoriaMetrics, and a named server.
//!
//! After the HTTP API of Prometheus (prometheus.io/docs/prometheus/latest/querying/api).

use super::place::{Place, Started, free_port, in_process, live_estate, named, rows, scratch, text};
use domain::envelope::FailureKind;
use serde_json::{Value, json};
use std::time::Duration;
use tools_common::serve::Adapter;
use tools_prometheus::{Instance, PrometheusConfig, Server};

fn place(name: &str, instance: Instance, servers: Vec<Started>) -> Place {
    let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
    Place::new(name, Adapter::new(Server::new(config).unwrap()), servers)
}

fn scrape_config(own: u16, dead: u16) -> String {
    let job =
        |name: &str, port: u16| format!("- job_name: {name}\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n");
    format!("global: {{scrape_interval: 1s}}\nscrape_configs:\n{}{}", job("own", own), job("dead", dead))
}

/// Debian's Prometheus, which scrapes itself and a target that is down.
fn prometheus() -> Place {
    let (folder, own, dead) = (scratch("prometheus"), free_port(), free_port());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("prometheus.yml"), scrape_config(own, dead)).unwrap();
    let arguments = [
        format!("--config.file={}", folder.join("prometheus.yml").display()),
        format!("--storage.tsdb.path={}", folder.join("data").display()),
        format!("--web.listen-address=127.0.0.1:{own}"),
    ];
    let started = Started::new("prometheus", folder, &arguments);
    place("Debian's Prometheus", Instance::new("real", format!("http://127.0.0.1:{own}")), vec![started])
}

/// Debian's VictoriaMetrics, which scrapes the same.
fn victoria_metrics() -> Place {
    let (folder, own, dead) = (scratch("victoria"), free_port(), free_port());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("scrape.yml"), scrape_config(own, dead)).unwrap();
    let arguments = [
        format!("-promscrape.config={}", folder.join("scrape.yml").display()),
        format!("-storageDataPath={}", folder.join("data").display()),
        format!("-httpListenAddr=127.0.0.1:{own}"),
        // What was scraped a second ago is to be seen.
        "-search.latencyOffset=0s".to_owned(),
        "-search.disableCache".to_owned(),
    ];
    let started = Started::new("victoria-metrics", folder, &arguments);
    place("VictoriaMetrics", Instance::new("real", format!("http://127.0.0.1:{own}")), vec![started])
}

fn estate_place() -> Place {
    let estate = live_estate();
    let prometheus = in_process("Prometheus", estate::telemetry::prometheus::router(estate));
    place("estate", Instance { prometheus, ..Instance::new("estate", "unused") }, Vec::new())
}

/// Waits until it has scraped often enough for a rate; half a minute at most.
async fn scraped(place: Place) -> Place {
    for _ in 0..300 {
        let asked = place.try_call("query", json!({"query": "min(count_over_time(up[1m])) >= 3"})).await;
        if asked.is_ok_and(|envelope| envelope.returned > 0) {
            return place;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} has scraped nothing within half a minute", place.name)
}

#[tokio::test]
async fn the_estate_keeps_the_contract() {
    hold(&estate_place()).await;
}

#[tokio::test]
async fn debians_prometheus_keeps_the_contract() {
    hold(&scraped(prometheus()).await).await;
}

#[tokio::test]
async fn victoria_metrics_keeps_the_contract() {
    hold(&scraped(victoria_metrics()).await).await;
}

#[tokio::test]
async fn a_named_prometheus_keeps_the_contract() {
    if let Some(url) = named("CONTRACT_PROMETHEUS_URL") {
        hold(&place(&url.clone(), Instance::new("named", url), Vec::new())).await;
    }
}

async fn hold(place: &Place) {
    values(place).await;
    mistakes(place).await;
    emptiness(place).await;
    catalogue(place).await;
    windows(place).await;
    states(place).await;
}

async fn values(place: &Place) {
    let up = place.call("query", json!({"query": "up"})).await;
    let samples = up.data.pointer("/samples").and_then(Value::as_array).cloned().unwrap_or_default();
    place.holds("`up` has samples", !samples.is_empty() && up.returned == samples.len() as u64, &up);
    let values_fit = samples.iter().all(|sample| matches!(sample["value"].as_f64(), Some(0.0 | 1.0)));
    place.holds("`up` is 0 or 1", values_fit, &samples);
    place.holds(
        "the source is named",
        up.source.as_deref().is_some_and(|name| name.starts_with("prometheus ")),
        &up.source,
    );
    let scalar = place.call("query", json!({"query": "1 + 1"})).await;
    place.holds("a scalar is a value", scalar.data.to_string().contains("2.0"), &scalar.data);
    let largest = place.call("query", json!({"query": "count by (__name__) ({__name__!=\"\"})", "limit": 5})).await;
    place.holds(
        "a wide result is cut and told",
        largest.truncated && largest.returned <= 5 && largest.hint.is_some(),
        &largest,
    );
}

async fn mistakes(place: &Place) {
    let syntax = place.fails("query", json!({"query": "sum(rate(up[5m])"})).await;
    place.holds(
        "a syntax error is told with a caret",
        syntax.kind == FailureKind::BadRequest && syntax.message.contains('^'),
        &syntax,
    );
    let unknown = place.fails("query", json!({"query": "no_such_function(up)"})).await;
    place.holds("an unknown function is the server's to refuse", unknown.kind == FailureKind::BadRequest, &unknown);
    let types = place.fails("query", json!({"query": "rate(up)"})).await;
    place.holds("a type error is told", types.kind == FailureKind::BadRequest, &types);
    let argument = place.fails("query", json!({"querry": "up"})).await;
    place.holds("a misspelt argument is told the right one", argument.to_string().contains("query"), &argument);
}

async fn emptiness(place: &Place) {
    let metric = place.call("query", json!({"query": "upp"})).await;
    let told = metric.hint.clone().unwrap_or_default();
    place.holds("a metric that is none is told so", metric.returned == 0 && told.contains("no metric"), &metric);
    let value = place.call("query", json!({"query": "up{job=\"no-such-job\"}"})).await;
    let told = value.hint.clone().unwrap_or_default();
    place.holds(
        "a label value that is none is told with others",
        value.returned == 0 && told.contains("no-such-job"),
        &value,
    );
    let old = place.call("query", json!({"query": "up", "at": "2001-01-01T00:00:00Z"})).await;
    place.holds("a time without samples is told so", old.returned == 0 && old.hint.is_some(), &old);
    let service = place.call("golden_signals", json!({"service": "no-such-service"})).await;
    place.holds("an unknown service is explained", service.returned == 0 && service.hint.is_some(), &service);
}

async fn catalogue(place: &Place) {
    let jobs = place.call("label_values", json!({"label": "job"})).await;
    place.holds("jobs are listed", jobs.returned > 0, &jobs);
    let (paged, pages) = place.all_pages("find_metrics", json!({"words": "_"}), 150).await;
    let mut names: Vec<&str> = paged.iter().map(|row| text(row, "name")).collect();
    let total = names.len();
    names.sort_unstable();
    names.dedup();
    place.holds(
        "pages give every metric once",
        names.len() == total && total > 20 && pages >= 1,
        &(total, names.len()),
    );
    let detail = place.call("metric_metadata", json!({"metric": "up"})).await;
    let labels = detail.data.pointer("/labels").map(Value::to_string).unwrap_or_default();
    place.holds(
        "a metric is told with its labels",
        labels.contains("\"job\"") && detail.data["series"].as_u64() > Some(0),
        &detail,
    );
}

async fn windows(place: &Place) {
    let range = place.call("query_range", json!({"query": "up", "since": "6h"})).await;
    let series = range.data.pointer("/series").and_then(Value::as_array).cloned().unwrap_or_default();
    let points = series.iter().map(|one| one["points"].as_array().map_or(0, Vec::len)).max().unwrap_or(0);
    place.holds(
        "a range has at most 20 series of 100 points",
        !series.is_empty() && series.len() <= 20 && points <= 100,
        &points,
    );
    let span = range.window.map(|window| (window.end - window.start).num_minutes());
    place.holds("the window is told", span == Some(360), &range.window);
    let judged = place.call("anomalies", json!({"query": "up", "since": "5m", "history": "1h"})).await;
    let told = judged.data.get("history_start").is_some() && (!rows(&judged).is_empty() || judged.hint.is_some());
    place.holds("series are judged or the emptiness told", told, &judged);
    let foretold = place.call("forecast", json!({"query": "up", "bound": 2, "history": "1h"})).await;
    let reasons = rows(&foretold).iter().all(|row| row.get("at_median").is_some() || row.get("silence").is_some());
    let told = reasons && (!rows(&foretold).is_empty() || foretold.hint.is_some());
    place.holds("each series is foretold or the reason told", told, &foretold);
    let changed = place.call("change_points", json!({"query": "up", "since": "10m"})).await;
    let told = changed.data.get("onset").is_some() && (!rows(&changed).is_empty() || changed.hint.is_some());
    place.holds("changes are told, or how many series did not change", told, &changed);
    let compared = place.call("compare_windows", json!({"query": "up", "since": "1m", "baseline": "1m"})).await;
    place.holds(
        "windows are compared or the emptiness told",
        !rows(&compared).is_empty() || compared.hint.is_some(),
        &compared,
    );
}

async fn states(place: &Place) {
    let targets = place.call("targets", json!({})).await;
    let healths: Vec<String> = rows(&targets).iter().map(|row| text(row, "health").to_owned()).collect();
    let known = healths.iter().all(|health| matches!(health.as_str(), "up" | "down" | "unknown"));
    place.holds("targets have a health", !healths.is_empty() && known, &targets);
    let first_up = healths.iter().position(|health| health == "up").unwrap_or(healths.len());
    place.holds("what is down comes first", !healths.iter().skip(first_up).any(|health| health == "down"), &healths);
    for tool in ["alerts", "rules"] {
        let envelope = place.call(tool, json!({})).await;
        place.holds(
            "alerts and rules are listed or their absence told",
            envelope.returned > 0 || envelope.hint.is_some(),
            &envelope,
        );
    }
}
