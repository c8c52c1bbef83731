//! An API server over fixed objects: list with paging and selectors, get, metrics, logs, discovery, refusals.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What the server has, and how it misbehaves.
#[derive(Default, Clone)]
pub struct Api {
    /// Objects with apiVersion, kind and metadata.
    pub objects: Vec<Value>,
    /// Logs by `namespace/pod/container`, `…?previous` for the run before.
    pub logs: BTreeMap<String, String>,
    /// Resources (plural) that are refused.
    pub forbidden: Vec<&'static str>,
    /// An answer for everything instead.
    pub instead: Option<(u16, String)>,
    /// What the kubelets tell, by node.
    pub summaries: BTreeMap<String, Value>,
    /// Each request that came: method, path and what was accepted.
    pub asked: Arc<Mutex<Vec<String>>>,
}

const PLURALS: &[(&str, &str)] = &[
    ("Ingress", "ingresses"),
    ("IngressClass", "ingressclasses"),
    ("StorageClass", "storageclasses"),
    ("NetworkPolicy", "networkpolicies"),
    ("Endpoints", "endpoints"),
];

fn plural(kind: &str) -> String {
    let kind = if kind.ends_with("Metrics") { kind.trim_end_matches("Metrics") } else { kind };
    PLURALS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or_else(|| format!("{}s", kind.to_lowercase()), |(_, p)| (*p).to_owned())
}

impl Api {
    /// The server as a service.
    pub fn router(self) -> Router {
        Router::new().fallback(answer).with_state(Arc::new(self))
    }
}

fn status(code: u16, message: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code});
    (StatusCode::from_u16(code).unwrap(), [(header::CONTENT_TYPE, "application/json")], body.to_string())
        .into_response()
}

fn found(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn answer(State(api): State<Arc<Api>>, request: Request) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    api.asked.lock().unwrap().push(format!("{} {} {accept}", request.method(), request.uri().path()));
    if request.method() == "POST" {
        return review(&api, request).await;
    }
    assert_eq!(request.method(), "GET", "a read server only reads");
    if let Some((code, body)) = &api.instead {
        return (StatusCode::from_u16(*code).unwrap(), Body::from(body.clone())).into_response();
    }
    let query: BTreeMap<String, String> = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), decode(value)))
        })
        .collect();
    let path: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    let (api_version, rest) = match path.as_slice() {
        ["version"] => return found(&json!({"gitVersion": "v1.34.0"})),
        ["apis"] => {
            return found(&json!({"kind": "APIGroupList", "groups": [{"name": "cert-manager.io",
            "preferredVersion": {"groupVersion": "cert-manager.io/v1", "version": "v1"}}]}));
        }
        ["apis", "cert-manager.io", "v1"] => {
            return found(&json!({"resources": [
            {"name": "certificates", "kind": "Certificate", "namespaced": true, "shortNames": ["cert"]}]}));
        }
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return status(404, "the server could not find the requested resource"),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    match rest {
        [resource] => list(&api, &api_version, namespace, resource, &query),
        [resource, name] => get(&api, &api_version, namespace, resource, name),
        ["nodes", node, "proxy", "stats", "summary"] => match api.summaries.get(*node) {
            _ if refused(&api, "nodes/proxy") => status(403, "nodes is forbidden: cannot get resource \"nodes/proxy\""),
            Some(summary) => found(summary),
            None => status(503, "error trying to reach service: dial tcp: connect: connection refused"),
        },
        ["pods", name, "log"] => log(&api, namespace.unwrap_or_default(), name, &query),
        _ => status(404, "the server could not find the requested resource"),
    }
}

/// Reviews are the only thing that may be posted, and nothing is stored for them.
async fn review(api: &Api, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some(resource) = path.strip_prefix("/apis/authorization.k8s.io/v1/") else {
        panic!("a read server posted to {path}");
    };
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let mut review: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(review["apiVersion"], "authorization.k8s.io/v1");
    review["status"] = match (resource, review["kind"].as_str()) {
        ("selfsubjectaccessreviews", Some("SelfSubjectAccessReview")) => {
            let asked = &review["spec"]["resourceAttributes"];
            let resource = match asked["subresource"].as_str() {
                Some(sub) => format!("{}/{sub}", asked["resource"].as_str().unwrap()),
                None => asked["resource"].as_str().unwrap().to_owned(),
            };
            let reads = ["get", "list", "watch"].contains(&asked["verb"].as_str().unwrap());
            json!({"allowed": reads && !refused(api, &resource), "reason": "RBAC: by ClusterRole \"reader\""})
        }
        ("selfsubjectrulesreviews", Some("SelfSubjectRulesReview")) => {
            assert!(review["spec"]["namespace"].is_string());
            json!({"incomplete": true, "evaluationError": "webhook authorizer does not support user rule resolution",
                "resourceRules": [{"verbs": ["get", "list"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments"]},
                    {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["checkout-tls"]}],
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}]})
        }
        other => panic!("an unknown review: {other:?}"),
    };
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], review.to_string()).into_response()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: String = rest.by_ref().take(2).map(char::from).collect();
            bytes.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn of<'a>(
    api: &'a Api,
    api_version: &str,
    namespace: Option<&'a str>,
    resource: &'a str,
) -> impl Iterator<Item = &'a Value> {
    let api_version = api_version.to_owned();
    api.objects.iter().filter(move |object| {
        object["apiVersion"] == api_version.as_str()
            && plural(object["kind"].as_str().unwrap()) == resource
            && namespace.is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
    })
}

fn refused(api: &Api, resource: &str) -> bool {
    api.forbidden.contains(&resource)
}

fn list(
    api: &Api,
    version: &str,
    namespace: Option<&str>,
    resource: &str,
    query: &BTreeMap<String, String>,
) -> Response {
    if refused(api, resource) {
        return status(403, &format!("{resource} is forbidden: User \"me\" cannot list resource"));
    }
    if version.starts_with("metrics.k8s.io") && !api.objects.iter().any(|object| object["apiVersion"] == version) {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    let fits = |object: &Value| {
        let labels = query.get("labelSelector").map(String::as_str).unwrap_or_default();
        let fields = query.get("fieldSelector").map(String::as_str).unwrap_or_default();
        let label =
            |pair: &str| pair.split_once('=').is_none_or(|(key, value)| object["metadata"]["labels"][key] == value);
        let field = |pair: &str| {
            pair.split_once('=').is_none_or(|(path, value)| {
                object.pointer(&format!("/{}", path.replace('.', "/"))) == Some(&json!(value))
            })
        };
        labels.split(',').all(label) && fields.split(',').all(field)
    };
    let all: Vec<&Value> = of(api, version, namespace, resource).filter(|object| fits(object)).collect();
    let start: usize = query.get("continue").map_or(0, |text| text.parse().unwrap());
    let limit: usize = query.get("limit").map_or(usize::MAX, |text| text.parse().unwrap());
    let end = all.len().min(start.saturating_add(limit));
    let next = if end < all.len() { end.to_string() } else { String::new() };
    found(
        &json!({"kind": "List", "metadata": {"continue": next, "remainingItemCount": all.len() - end}, "items": all[start..end]}),
    )
}

fn get(api: &Api, version: &str, namespace: Option<&str>, resource: &str, name: &str) -> Response {
    if refused(api, resource) {
        return status(403, &format!("{resource} \"{name}\" is forbidden"));
    }
    match of(api, version, namespace, resource).find(|object| object["metadata"]["name"] == name) {
        Some(object) => found(object),
        None => status(404, &format!("{resource} \"{name}\" not found")),
    }
}

fn log(api: &Api, namespace: &str, pod: &str, query: &BTreeMap<String, String>) -> Response {
    let previous = if query.contains_key("previous") { "?previous" } else { "" };
    let key = format!("{namespace}/{pod}/{}{previous}", query["container"]);
    match api.logs.get(&key) {
        Some(text) => text.clone().into_response(),
        None => {
            status(400, &format!("previous terminated container \"{}\" in pod \"{pod}\" not found", query["container"]))
        }
    }
}
