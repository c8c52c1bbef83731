//! Our own credentials for a backend come out of no failure: kubeconfig tokens, keys, passwords and what a plugin prints;
//! bearer tokens, basic passwords, headers and passwords in addresses. The backends say back what they were sent.

use super::planted;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::envelope::{Envelope, Failure};
use domain::secret::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tools_common::http::{Credentials, Endpoint};
use tools_common::serve::Adapter;
use tools_github::GithubConfig;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_loki::LokiConfig;
use tools_prometheus::PrometheusConfig;
use tools_tempo::TempoConfig;

/// Our credentials. None has a known shape: nothing but its place tells what it is.
const TOKEN: &str = "fkw83hqzpt5ycn2x";
const PASSWORD: &str = "r4bvdm9ljt6wgsq1";
const KEY: &str = "h7ncx2zkf8yrpa3e";
const TENANT: &str = "u5tqo1emw0bigv6d";

const OURS: &[&str] = &[TOKEN, PASSWORD, KEY, TENANT];

/// How a backend gives back what it was sent.
const WAYS: &[&str] = &["401", "403", "404", "500", "text", "page", "redirect", "json", "broken"];

/// The headers of the request, in one text.
fn sent(request: &Request) -> String {
    let line = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
    };
    let lines: Vec<String> = request.headers().iter().map(line).collect();
    lines.join("\n")
}

fn echo(way: &str, request: &Request) -> Response {
    let sent = sent(request);
    let status = way
        .parse()
        .ok()
        .and_then(|code: u16| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = [(header::CONTENT_TYPE, "application/json")];
    let headers: BTreeMap<&str, String> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    match way {
        "text" => (status, format!("request was {}\n{sent}", sent.replace('\n', " "))).into_response(),
        "page" => {
            (status, [(header::CONTENT_TYPE, "text/html")], format!("<html><title>{}</title>", sent.replace('\n', " ")))
                .into_response()
        }
        "redirect" => {
            let to = format!("https://me:{PASSWORD}@login.example.com/?token={TOKEN}&next=x");
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
        "json" => (status, json, json!({"headers": headers}).to_string()).into_response(),
        "broken" => (StatusCode::OK, json, format!("{{\"headers\": {}", json!(headers))).into_response(),
        _ => (
            status,
            json,
            json!({"kind": "Status", "status": "error", "errorType": "x", "error": sent, "message": sent}).to_string(),
        )
            .into_response(),
    }
}

async fn echoing(way: &'static str) -> String {
    let router = Router::new().fallback(move |request: Request| async move { echo(way, &request) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// All ways to be let in by HTTP, at an address.
fn endpoints(address: &str) -> Vec<Endpoint> {
    let plain = format!("http://{address}/prefix");
    let with = |credentials: Credentials| {
        let mut endpoint = Endpoint::new("Backend", &plain);
        endpoint.settings.credentials = credentials;
        endpoint
    };
    let mut by_header = with(Credentials::None);
    by_header.settings.headers = [("X-Scope-OrgID", TENANT), ("X-Api-Key", KEY), ("Cookie", TOKEN)]
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .into_iter()
        .collect();
    vec![
        with(Credentials::Bearer(Secret::new(TOKEN))),
        with(Credentials::Basic { username: "me".to_owned(), password: Secret::new(PASSWORD) }),
        by_header,
        Endpoint::new("Backend", format!("http://me:{PASSWORD}@{address}/prefix?key={KEY}")),
        Endpoint::new("Backend", format!("http://{TOKEN}@{address}/prefix")),
    ]
}

/// One server of each sort at an endpoint, with a call.
fn servers(endpoint: &Endpoint) -> Vec<(Adapter, &'static str, Value)> {
    let mut prometheus = PrometheusConfig::single("unused");
    prometheus.instances[0].prometheus = endpoint.clone();
    prometheus.instances[0].alertmanager = Some(endpoint.clone());
    let mut loki = LokiConfig::single("unused");
    loki.instances[0].endpoint = endpoint.clone();
    let mut tempo = TempoConfig::single("unused");
    tempo.instances[0].endpoint = endpoint.clone();
    let mut github = GithubConfig::new("unused", None);
    github.endpoint = endpoint.clone();
    github.default_repository = Some("acme/shop".to_owned());
    let prometheus = Adapter::new(tools_prometheus::Server::new(prometheus).unwrap());
    vec![
        (prometheus.clone(), "query", json!({"query": "up"})),
        (prometheus.clone(), "alerts", json!({})),
        (prometheus, "silences", json!({})),
        (Adapter::new(tools_loki::Server::new(loki).unwrap()), "query", json!({"labels": {"app": "cart"}})),
        (Adapter::new(tools_tempo::Server::new(tempo).unwrap()), "search", json!({"service": "cart"})),
        (Adapter::new(tools_github::Server::new(github).unwrap()), "commits", json!({})),
    ]
}

async fn told(adapter: &Adapter, tool: &str, arguments: Value) -> String {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let result: Result<Envelope, Failure> = adapter.call(tool, arguments, adapter.context()).await;
    match result {
        Ok(envelope) => serde_json::to_string(&envelope).unwrap(),
        Err(failure) => format!("{failure} {failure:?}"),
    }
}

#[tokio::test]
async fn no_credential_of_ours_comes_out_of_a_failure_over_http() {
    let mut found = Vec::new();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let mut addresses = vec![("refused", nobody)];
    for way in WAYS {
        addresses.push((way, echoing(way).await));
    }
    for (way, address) in &addresses {
        for (number, endpoint) in endpoints(address).iter().enumerate() {
            // The client is one for all; how failures are worded is each server's own.
            let most = if matches!(number, 0 | 2) { usize::MAX } else { 1 };
            for (adapter, tool, arguments) in servers(endpoint).into_iter().take(most) {
                let text = told(&adapter, tool, arguments).await;
                let at_all = text.contains("127.0.0.1") && text.len() > 40;
                let leak = planted::leak(&text, OURS);
                if leak.is_some() || !at_all {
                    found.push(format!(
                        "{} {tool}, credentials {number}, {way}: {leak:?} {text:.300}",
                        adapter.wire_name()
                    ));
                }
            }
            assert_eq!(planted::leak(&format!("{endpoint:?}"), OURS), None, "Debug of an endpoint");
        }
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

/// All ways to be let in by a kubeconfig. The last two are broken.
fn users(plugin: &str) -> Vec<String> {
    vec![
        format!("{{token: {TOKEN}}}"),
        format!("{{username: me, password: {PASSWORD}}}"),
        format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: '{plugin}', interactiveMode: Never, env: [{{name: KEY, value: {KEY}}}]}}}}"
        ),
        format!(
            "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: '{plugin}-none', args: ['--token', '{TOKEN}'], interactiveMode: Never}}}}"
        ),
        format!("{{client-certificate-data: {KEY}, client-key-data: {KEY}}}"),
        format!("{{tokenFile: '/nowhere/token', token: [{TOKEN}]}}"),
    ]
}

fn cluster(server: &str, user: &str) -> Adapter {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: '{server}'}}\nusers:\n- name: u\n  user: {user}\n"
    );
    let source = ClusterSource::KubeconfigText { text, context: None };
    let limits =
        tools_kubernetes::Limits { call_deadline: Duration::from_secs(5), ..tools_kubernetes::Limits::default() };
    let clusters = vec![ClusterConfig::new("demo", source)];
    Adapter::new(tools_kubernetes::Server::new(KubernetesConfig { clusters, limits, ..KubernetesConfig::default() }))
}

/// A plugin that prints its credential, and says it once more on its other channel; the second fails.
#[cfg(unix)]
fn plugins(folder: &std::path::Path) -> [String; 2] {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(folder).unwrap();
    let good = format!(
        "#!/bin/sh\necho 'got {TOKEN} with {KEY}' >&2\nprintf '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{TOKEN}\"}}}}'\n"
    );
    let bad = format!("#!/bin/sh\necho 'token: {TOKEN}' >&2\necho 'token={TOKEN}'\nexit 3\n");
    [("good", good), ("bad", bad)].map(|(name, script)| {
        let path = folder.join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    })
}

#[cfg(unix)]
#[tokio::test]
async fn no_credential_of_a_kubeconfig_comes_out_of_a_failure() {
    let folder =
        std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("canaries-plugins-{}", std::process::id()));
    let mut found = Vec::new();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let mut addresses = vec![("refused", nobody)];
    for way in WAYS {
        addresses.push((way, echoing(way).await));
    }
    for (number, plugin) in plugins(&folder).iter().enumerate() {
        // The second differs in its plugin alone.
        for user in users(plugin).into_iter().filter(|user| number == 0 || user.contains("exec")) {
            for (way, address) in &addresses {
                for server in [format!("http://{address}"), format!("http://me:{PASSWORD}@{address}")] {
                    let adapter = cluster(&server, &user);
                    let text = told(&adapter, "list", json!({"kind": "pods"})).await;
                    let leak = planted::leak(&text, OURS);
                    if leak.is_some() || !text.contains("demo") {
                        found.push(format!("{way} {server} {user}: {leak:?} {text:.400}"));
                    }
                }
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}
