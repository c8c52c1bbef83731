//! Servers that refuse, misbehave or are not there.

use crate::api::Api;
use crate::world::{call, server, shop};
use domain::envelope::FailureKind;
use serde_json::json;
use std::time::Duration;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Limits, Server};

#[tokio::test]
async fn refusals_and_nonsense_have_their_kind() {
    let cases: Vec<(u16, String, FailureKind, &str)> = vec![
        (401, r#"{"kind":"Status","message":"Unauthorized"}"#.to_owned(), FailureKind::Unauthenticated, "Unauthorized"),
        (
            403,
            r#"{"kind":"Status","message":"pods is forbidden"}"#.to_owned(),
            FailureKind::Forbidden,
            "verb \"list\" on resource \"pods\" in namespace shop",
        ),
        (500, "boom".to_owned(), FailureKind::BadAnswer, "with 500: boom"),
        (200, "<html>login</html>".to_owned(), FailureKind::BadAnswer, "HTML page"),
        (200, "{\"items\": 7}".to_owned(), FailureKind::BadAnswer, "does not fit"),
        (503, "<html>down</html>".to_owned(), FailureKind::Unreachable, "HTML page"),
        (200, "x".repeat(30 << 20), FailureKind::TooLarge, "more than 24 MiB"),
    ];
    for (code, body, kind, part) in cases {
        let api = Api { instead: Some((code, body)), ..Api::default() };
        let failure = call(&server(api), "list", json!({"kind": "pods", "namespace": "shop"})).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.contains(part), "{failure}");
        assert!(failure.message.contains("demo"), "{failure}");
    }
}

#[tokio::test]
async fn one_bad_cluster_does_not_break_the_others() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: 'http://127.0.0.1:{port}'}}\nusers:\n- name: u\n  user: {{token: canary}}\n"
    );
    let broken =
        ClusterSource::KubeconfigText { text: "kind: Config\ncurrent-context: nowhere".to_owned(), context: None };
    let clusters = vec![
        ClusterConfig::new("demo", ClusterSource::service(shop().router())),
        ClusterConfig::new("gone", ClusterSource::KubeconfigText { text, context: None }),
        ClusterConfig::new("wrong", broken),
    ];
    let server = Server::new(KubernetesConfig { clusters, ..KubernetesConfig::default() });
    assert!(call(&server, "list", json!({"kind": "pods"})).await.is_ok());
    let failure = call(&server, "list", json!({"kind": "pods", "cluster": "gone"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
    assert!(
        failure.message.contains(&format!("http://127.0.0.1:{port}")) && !failure.to_string().contains("canary"),
        "{failure}"
    );
    let failure = call(&server, "cluster_health", json!({"cluster": "gone"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure}");
    let failure = call(&server, "list", json!({"kind": "pods", "cluster": "wrong"})).await.unwrap_err();
    assert!(failure.message.contains("current-context"), "{failure}");
    let failure = call(&server, "list", json!({"kind": "pods", "cluster": "dmo"})).await.unwrap_err();
    assert!(failure.to_string().contains("demo, gone or wrong"), "{failure}");
    let probed: Vec<(String, bool)> =
        server.probe().await.into_iter().map(|(name, result)| (name, result.is_ok())).collect();
    assert_eq!(probed, [("demo".to_owned(), true), ("gone".to_owned(), false), ("wrong".to_owned(), false)]);
}

#[tokio::test]
async fn closed_namespaces_stay_closed() {
    let mut cluster = ClusterConfig::new("demo", ClusterSource::service(shop().router()));
    cluster.namespaces = Some(vec!["kube-system".to_owned()]);
    let server = Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() });
    for (tool, arguments) in [
        ("list", json!({"kind": "pods", "namespace": "shop"})),
        ("get", json!({"kind": "deploy", "name": "checkout", "namespace": "shop"})),
        ("logs", json!({"target": "checkout", "namespace": "shop"})),
        ("events", json!({"namespace": "shop"})),
        ("owner_tree", json!({"kind": "deploy", "name": "checkout", "namespace": "shop"})),
        ("recent_changes", json!({"namespace": "shop"})),
        ("cluster_health", json!({"namespace": "shop"})),
    ] {
        let failure = call(&server, tool, arguments).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{tool}: {failure}");
    }
    let envelope = call(&server, "list", json!({"kind": "pods"})).await.unwrap();
    assert_eq!(envelope.total, Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn a_plugin_that_hangs_or_fails_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = std::env::temp_dir().join(format!("tools-kubernetes-exec-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, script, kind, part) in [
        (
            "fails",
            "#!/bin/sh\necho canary-token\necho 'token has expired' >&2\nexit 3\n",
            FailureKind::Unauthenticated,
            "token has expired",
        ),
        ("hangs", "#!/bin/sh\nexec sleep 3\n", FailureKind::Timeout, "longer than"),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
             clusters:\n- name: c\n  cluster: {{server: 'https://127.0.0.1:1'}}\nusers:\n- name: u\n  user:\n    exec:\n      \
             apiVersion: client.authentication.k8s.io/v1\n      command: {}\n      interactiveMode: IfAvailable\n",
            path.display()
        );
        let limits = Limits { connect_timeout: Duration::from_secs(1), ..Limits::default() };
        let cluster = ClusterConfig::new("demo", ClusterSource::KubeconfigText { text, context: None });
        let server = Server::new(KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() });
        let failure = call(&server, "list", json!({"kind": "pods"})).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.contains(part) && !failure.to_string().contains("canary"), "{failure}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Nothing holds calls back on our side, and connections are used again: a hundred calls at once over a handful.
#[tokio::test]
async fn many_calls_share_few_connections() {
    use axum::serve::ListenerExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let accepted = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counted = Arc::clone(&accepted);
    let listener = listener.tap_io(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    tokio::spawn(async move { axum::serve(listener, shop().router()).await });
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: 'http://{address}'}}\nusers:\n- name: u\n  user: {{token: x}}\n"
    );
    let cluster = ClusterConfig::new("demo", ClusterSource::KubeconfigText { text, context: None });
    let server = Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() });
    for _ in 0..20 {
        assert!(call(&server, "list", json!({"kind": "pods"})).await.is_ok());
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1, "one after the other they share one connection");
    let calls = (0..200).map(|_| call(&server, "list", json!({"kind": "pods"})));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    let accepted = accepted.load(Ordering::SeqCst);
    assert!(accepted <= Limits::default().parallel, "{accepted} connections");
}

/// Every tool over a server that answers everything with the same.
const LOOKS: &[(&str, &str)] = &[
    ("list", r#"{"kind":"pods"}"#),
    ("list", r#"{"kind":"configmaps"}"#),
    ("list", r#"{"kind":"certificates"}"#),
    ("count", r#"{"kind":"pods"}"#),
    ("get", r#"{"kind":"deployment","name":"checkout","namespace":"shop"}"#),
    ("get", r#"{"kind":"deployment","name":"checkout"}"#),
    ("logs", r#"{"target":"deployment/checkout","namespace":"shop"}"#),
    ("events", "{}"),
    ("owner_tree", r#"{"kind":"deployment","name":"checkout","namespace":"shop"}"#),
    ("recent_changes", "{}"),
    ("cluster_health", "{}"),
    ("storage", "{}"),
    ("top", r#"{"kind":"pods"}"#),
    ("top", r#"{"kind":"nodes"}"#),
    ("rollout_status", r#"{"name":"checkout","namespace":"shop"}"#),
    ("rollout_history", r#"{"name":"checkout","namespace":"shop"}"#),
    ("who_can_reach", r#"{"service":"checkout","namespace":"shop"}"#),
    ("can_i", "{}"),
];

#[tokio::test]
async fn json_of_another_service_is_not_told_as_nothing_there() {
    let mut told = Vec::new();
    for body in [
        r#"{"hello":"world"}"#,
        "{}",
        "7",
        "null",
        "[]",
        r#"["a"]"#,
        r#"{"kind":"Deployment","metadata":{"name":"other"}}"#,
    ] {
        let router = axum::Router::new().fallback(move || async move { body });
        let clusters = vec![ClusterConfig::new("demo", ClusterSource::service(router))];
        let server = Server::new(KubernetesConfig { clusters, ..KubernetesConfig::default() });
        for (tool, arguments) in LOOKS {
            let answer = call(&server, tool, serde_json::from_str(arguments).unwrap()).await;
            if !answer.as_ref().is_err_and(|failure| failure.kind == FailureKind::BadAnswer) {
                told.push(format!("{body}: {tool} {arguments}: {:.300}", format!("{answer:?}")));
            }
        }
    }
    assert!(told.is_empty(), "{} problems:\n{}", told.len(), told.join("\n"));
}

#[tokio::test]
async fn a_server_that_limits_requests_is_not_told_as_away() {
    use axum::http::StatusCode;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let router = axum::Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "30")], r#"{"kind":"Status","message":"slow down"}"#) }
    });
    let clusters = vec![ClusterConfig::new("demo", ClusterSource::service(router))];
    let server = Server::new(KubernetesConfig { clusters, ..KubernetesConfig::default() });
    let failure = call(&server, "list", json!({"kind": "pods"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited, "{failure}");
    assert!(failure.to_string().contains("slow down") && failure.to_string().contains("30 s"), "{failure}");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "it is not asked again before it wants to be");
    let failure = call(&server, "cluster_health", json!({})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::RateLimited, "{failure}");
}
