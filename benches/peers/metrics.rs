//! Debian's Prometheus, and the target that gives it ten thousand series.
//!
//! The metric has the labels that the kubelet's own has. Nothing but the instant is asked, so one scrape is history enough.

use crate::Fallible;
use axum::Router;
use axum::routing::get;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// The wide metric.
pub const METRIC: &str = "container_memory_working_set_bytes";
/// Its series.
pub const SERIES: usize = 10_000;
/// Targets that are up beside Prometheus itself and the wide one.
const UP: usize = 28;
/// Targets that are down.
pub const DOWN: [&str; 3] = ["node-3:9100", "node-17:9100", "node-22:9100"];
/// All targets.
pub const TARGETS: usize = UP + DOWN.len() + 2;
/// How long Prometheus may take until it has scraped everything.
const READY: Duration = Duration::from_secs(60);

/// A running Prometheus; it ends with this value.
pub struct Prometheus {
    /// Its address.
    pub url: String,
    /// Version, as it tells.
    pub version: String,
    _process: Child,
}

impl Prometheus {
    /// Starts it and waits until all targets were scraped.
    pub async fn start(folder: &Path) -> Fallible<Self> {
        let target = serve_target().await?;
        let own = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, configuration(own, target))?;
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg(format!("--web.listen-address={own}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`prometheus` could not be started (Debian package prometheus): {error}"))?;
        let deadline = Instant::now() + READY;
        for (query, wanted) in [(format!("count({METRIC})"), SERIES), ("count(up)".to_owned(), TARGETS)] {
            let path = format!("/api/v1/query?query={query}");
            while !ask(own, &path).await.is_ok_and(|answer| answer.contains(&format!("\"{wanted}\""))) {
                if Instant::now() > deadline {
                    return Err(format!("Prometheus has not scraped everything: {query} is not {wanted}").into());
                }
                sleep(Duration::from_millis(200)).await;
            }
        }
        let build = ask(own, "/api/v1/status/buildinfo").await?;
        let version = build.split("\"version\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("unknown");
        Ok(Self { url: format!("http://{own}"), version: version.to_owned(), _process: process })
    }
}

fn configuration(own: SocketAddr, target: SocketAddr) -> String {
    let mut text = format!(
        "global: {{scrape_interval: 20s, scrape_timeout: 10s}}\nscrape_configs:\n\
         - job_name: prometheus\n  static_configs: [{{targets: ['{own}']}}]\n\
         - job_name: kubelet\n  static_configs: [{{targets: ['{target}']}}]\n\
         - job_name: node\n  metrics_path: /node\n  static_configs:\n"
    );
    let mut place = |address: &str, instance: &str| {
        let _ = writeln!(text, "  - {{targets: ['{address}'], labels: {{instance: '{instance}'}}}}");
    };
    let instances = (0..).map(|number| format!("node-{number}:9100")).filter(|name| !DOWN.contains(&name.as_str()));
    for instance in instances.take(UP) {
        place(&target.to_string(), &instance);
    }
    for instance in DOWN {
        // The port of `discard`, on which nothing listens.
        place("127.0.0.1:9", instance);
    }
    text
}

async fn serve_target() -> Fallible<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let wide = exposition();
    let router = Router::new()
        .route("/metrics", get(move || std::future::ready(wide.clone())))
        .route("/node", get(|| std::future::ready("node_load1 0.5\n")));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// The value of a series: all different, none in order.
pub fn value(series: usize) -> usize {
    (series * 7919 % 10_007 + 1) * 65_536
}

/// The largest value of all series.
pub fn largest() -> usize {
    (0..SERIES).map(value).max().unwrap_or_default()
}

fn exposition() -> String {
    let mut text = format!("# HELP {METRIC} Current working set of the container in bytes.\n# TYPE {METRIC} gauge\n");
    for series in 0..SERIES {
        let (pod, container) = (series / 2, if series % 2 == 0 { "app" } else { "sidecar" });
        let _ = writeln!(
            text,
            "{METRIC}{{container=\"{container}\",id=\"/kubepods.slice/kubepods-burstable.slice/pod{pod:08x}\",\
             image=\"registry.example.com/orders-api:2.1.{}\",namespace=\"shop-{}\",node=\"node-{}\",\
             pod=\"orders-api-{:05}-{pod:05}\"}} {}",
            pod % 31,
            pod % 25,
            pod % 100,
            pod / 5,
            value(series)
        );
    }
    text
}

/// One GET of Prometheus' API.
async fn ask(address: SocketAddr, path: &str) -> Fallible<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
