//! What the program talks to in these tests: the simulated estate, backends that misbehave, and a bare HTTP client.

use axum::body::Body;
use axum::http::{HeaderMap, Response, Uri};
use chrono::TimeDelta;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::serve::Served;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The simulated estate on ports of its own; it ends with the test.
pub struct Simulated {
    /// A kubeconfig that names it.
    pub kubeconfig: String,
    /// Its Prometheus.
    pub prometheus: String,
    /// Serves until it is dropped.
    _served: Served,
}

impl Simulated {
    /// An estate in which a scenario has been going on for some minutes.
    pub async fn start(scenario: &str) -> Self {
        let estate = Estate::live(7, Scenario::named(scenario), TimeDelta::minutes(9));
        let served = estate::serve::serve(estate, 0, CancellationToken::new()).await.unwrap();
        Self {
            kubeconfig: served.addresses.kubeconfig(),
            prometheus: format!("http://{}", served.addresses.prometheus),
            _served: served,
        }
    }
}

/// A backend that gives the same answer to everything; it ends with the test.
pub struct Backend {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Backend {
    /// Answers everything with this status, content type and body.
    pub async fn answering(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        let body: Arc<str> = Arc::from(body.into());
        Self::with(move |_, _| {
            let built = Response::builder().status(status).header("content-type", content_type);
            built.body(Body::from(body.to_string())).unwrap()
        })
        .await
    }

    /// Answers 500 with the headers of the request in the body, as some proxies do.
    pub async fn telling_headers() -> Self {
        Self::with(|_, headers| {
            let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            let body = serde_json::json!({"error": format!("could not forward: {}", lines.join(" "))}).to_string();
            let built = Response::builder().status(500).header("content-type", "application/json");
            built.body(Body::from(body)).unwrap()
        })
        .await
    }

    /// A Prometheus that knows one target, which is down, and nothing else.
    pub async fn prometheus() -> Self {
        Self::with(|uri, _| {
            let body = if uri.path() == "/api/v1/targets" { TARGETS } else { EMPTY };
            Response::builder().header("content-type", "application/json").body(Body::from(body)).unwrap()
        })
        .await
    }

    async fn with(answer: impl Fn(Uri, HeaderMap) -> Response<Body> + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes =
            axum::Router::new().fallback(move |uri: Uri, headers: HeaderMap| async move { answer(uri, headers) });
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, task }
    }

    /// Takes connections and never says a word.
    pub async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                kept.push(stream);
            }
        });
        Self { url, task }
    }
}

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

const TARGETS: &str = r#"{"status":"success","data":{"activeTargets":[{
    "discoveredLabels":{}, "labels":{"instance":"10.0.0.7:9100","job":"node"}, "scrapePool":"node",
    "scrapeUrl":"http://10.0.0.7:9100/metrics", "globalUrl":"http://10.0.0.7:9100/metrics",
    "lastError":"connection refused", "lastScrape":"2026-11-21T02:40:00Z", "lastScrapeDuration":0.001,
    "health":"down", "scrapeInterval":"15s", "scrapeTimeout":"10s"}],"droppedTargets":[]}}"#;

/// A port of the loopback on which nothing listens.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// One request with exactly these headers; the whole answer, with its head.
pub async fn http(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    // HTTP/1.0, so that the answer comes in one piece and the connection ends with it.
    let mut request = format!("{method} {path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("\r\n{body}"));
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::time::timeout(Duration::from_secs(20), exchange).await.unwrap().unwrap_or_default()
}
