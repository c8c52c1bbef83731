//! Every way to say who one is, over a real socket: what the kubeconfig says arrives at the server.

use crate::world::{call, shop};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use domain::envelope::FailureKind;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

/// A server on loopback that wants this header.
async fn guarded(wanted: &'static str) -> String {
    let guard = move |request: Request, next: Next| async move {
        let given = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if given == wanted { next.run(request).await } else { refused() }
    };
    serve(shop().router().layer(middleware::from_fn(guard))).await
}

fn refused() -> Response {
    (axum::http::StatusCode::UNAUTHORIZED, r#"{"kind":"Status","message":"Unauthorized"}"#).into_response()
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn server(url: &str, user: &str) -> Server {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
         clusters:\n- name: c\n  cluster: {{server: '{url}'}}\nusers:\n- name: u\n  user: {user}\n"
    );
    let cluster = ClusterConfig::new("demo", ClusterSource::KubeconfigText { text, context: None });
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tools-kubernetes-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[cfg(unix)]
fn program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn tokens_passwords_and_token_files() {
    let folder = folder("token");
    std::fs::write(folder.join("token"), "from-file").unwrap();
    let file = format!("{{tokenFile: '{}'}}", folder.join("token").display());
    for (wanted, user) in [
        ("Bearer from-text", "{token: from-text}"),
        ("Basic bWU6cGFzcw==", "{username: me, password: pass}"),
        ("Bearer from-file", file.as_str()),
    ] {
        let url = guarded(wanted).await;
        let answer = call(&server(&url, user), "list", json!({"kind": "pods"})).await;
        assert!(answer.is_ok(), "{user}: {answer:?}");
        let failure = call(&server(&url, "{token: wrong}"), "list", json!({"kind": "pods"})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unauthenticated);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A token without an expiry is kept; where the server rejects it, the plugin is asked once more.
#[cfg(unix)]
#[tokio::test]
async fn a_plugin_is_asked_again_where_its_token_is_rejected() {
    let folder = folder("plugin");
    let (path, count) = (folder.join("plugin"), folder.join("count"));
    let script = format!(
        "#!/bin/sh\necho x >> '{0}'\nprintf '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\
         \"status\":{{\"token\":\"t%s\"}}}}' \"$(wc -l < '{0}' | tr -d ' ')\"\n",
        count.display()
    );
    program(&path, &script);
    // The first token works for one request, and is then no longer known.
    let first: Arc<Mutex<Option<String>>> = Arc::default();
    let guard = move |request: Request, next: Next| {
        let given = request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut first = first.lock().unwrap();
        let accepted = given.starts_with("Bearer t") && first.as_deref() != Some(given);
        if first.is_none() {
            *first = Some(given.to_owned());
        }
        async move { if accepted { next.run(request).await } else { refused() } }
    };
    let url = serve(shop().router().layer(middleware::from_fn(guard))).await;
    let user = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: '{}', interactiveMode: Never}}}}",
        path.display()
    );
    let server = server(&url, &user);
    for _ in 0..3 {
        let answer = call(&server, "list", json!({"kind": "pods"})).await;
        assert!(answer.is_ok(), "{answer:?}");
    }
    // kube runs a plugin three times for each client that it makes, whatever it looks for: a certificate or a token.
    let runs = std::fs::read_to_string(&count).unwrap().lines().count();
    assert!(runs <= 6, "the plugin ran {runs} times for two clients");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Reading and acting have credentials of their own, and neither server ever uses the other's.
#[tokio::test]
async fn a_server_for_acting_uses_its_own_credentials_only() {
    let kubeconfig = |url: &str, token: &str| ClusterSource::KubeconfigText {
        text: format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {{cluster: c, user: u}}\n\
             clusters:\n- name: c\n  cluster: {{server: '{url}'}}\nusers:\n- name: u\n  user: {{token: {token}}}\n"
        ),
        context: None,
    };
    let (for_reading, for_acting) = (guarded("Bearer reads").await, guarded("Bearer acts").await);
    let mut both = ClusterConfig::new("both", kubeconfig(&for_reading, "reads"));
    both.act = Some(kubeconfig(&for_acting, "acts"));
    let only_reading = ClusterConfig::new("only-reading", kubeconfig(&for_reading, "reads"));
    let config = KubernetesConfig { clusters: vec![both, only_reading], ..KubernetesConfig::default() };
    let (reads, acts) = (Server::new(config.clone()), Server::for_acting(config));
    for cluster in ["both", "only-reading"] {
        assert!(call(&reads, "list", json!({"kind": "pods", "cluster": cluster})).await.is_ok());
    }
    assert!(call(&acts, "list", json!({"kind": "pods", "cluster": "both"})).await.is_ok());
    let failure = call(&acts, "list", json!({"kind": "pods", "cluster": "only-reading"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthenticated);
    assert!(failure.to_string().contains("cluster only-reading has no credentials for acting"), "{failure}");
}
