//! An API server with pods, Secrets and a history, strict about what it is asked, in which everything can go wrong.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// The server.
#[derive(Default)]
pub struct Fake {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// What it has and does.
#[derive(Default)]
pub struct Inner {
    objects: BTreeMap<(String, String), Value>,
    version: u64,
    history: Vec<(u64, &'static str, Value)>,
    forgotten: u64,
    /// Watches of an older generation end.
    generation: u32,
    /// Lines that the open watch tells next, whatever they are.
    pub raw: VecDeque<String>,
    /// Watches tell nothing.
    pub silent: bool,
    /// An old version is told by an event and not by the status.
    pub expire_by_event: bool,
    /// An answer to every watch instead.
    pub refuse_watches: Option<u16>,
    /// So many pages after the first are answered with 410.
    pub expire_pages: u32,
    /// First pages of lists that were asked for.
    pub lists: u32,
    /// Watches that were asked for, with their paths.
    pub watches: Vec<String>,
    /// Watches that are open.
    pub open: i64,
}

impl Fake {
    /// With so many pods in two namespaces.
    pub fn new(pods: usize) -> Arc<Self> {
        let fake = Arc::new(Self::default());
        fake.with(|inner| inner.version = 100);
        for number in 0..pods {
            fake.put(if number % 2 == 0 { "shop" } else { "data" }, &format!("pod-{number:04}"), "Running");
        }
        fake
    }

    /// The server as a service.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }

    /// Changes how it behaves.
    pub fn with<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = change(&mut self.inner.lock().unwrap());
        self.changed.notify_waiters();
        result
    }

    /// A pod is new or changed.
    pub fn put(&self, namespace: &str, name: &str, phase: &str) {
        self.with(|inner| {
            inner.version += 1;
            let pod = json!({"metadata": {"name": name, "namespace": namespace, "resourceVersion": inner.version.to_string(),
                "labels": {"app": "web"}, "creationTimestamp": "2026-11-20T00:00:00Z",
                "managedFields": [{"manager": "kubelet", "time": "2026-11-20T00:00:00Z", "fieldsV1": {"f:status": {}}}]},
                "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "x:1"}]}, "status": {"phase": phase}});
            let key = (namespace.to_owned(), name.to_owned());
            let kind = if inner.objects.insert(key, pod.clone()).is_some() { "MODIFIED" } else { "ADDED" };
            inner.history.push((inner.version, kind, pod));
        });
    }

    /// A pod is gone.
    pub fn delete(&self, namespace: &str, name: &str) {
        self.with(|inner| {
            inner.version += 1;
            let mut pod = inner.objects.remove(&(namespace.to_owned(), name.to_owned())).unwrap();
            pod["metadata"]["resourceVersion"] = json!(inner.version.to_string());
            inner.history.push((inner.version, "DELETED", pod));
        });
    }

    /// Forgets its history: older versions are expired.
    pub fn compact(&self) {
        self.with(|inner| inner.forgotten = inner.version);
    }

    /// Ends the open watches as a server may at any time.
    pub fn close_watches(&self) {
        self.with(|inner| inner.generation += 1);
    }

    /// The open watch tells this line.
    pub fn say(&self, line: &str) {
        self.with(|inner| inner.raw.push_back(line.to_owned()));
    }
}

fn status(code: u16, reason: &str, message: &str) -> Response {
    let body = status_object(code, reason, message).to_string();
    (StatusCode::from_u16(code).unwrap(), [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn status_object(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code})
}

async fn answer(State(fake): State<Arc<Fake>>, request: Request) -> Response {
    assert_eq!(request.method(), "GET", "a read server only reads");
    let query: BTreeMap<String, String> = request.uri().query().map_or_else(BTreeMap::new, |query| {
        query.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    });
    let path = request.uri().path().to_owned();
    let namespace = match path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        ["api", "v1", "pods"] => None,
        ["api", "v1", "namespaces", namespace, "pods"] => Some((*namespace).to_owned()),
        ["api", "v1", "secrets" | "configmaps"] if !query.contains_key("watch") => return page(&[], "101", ""),
        _ => return status(404, "NotFound", "the server could not find the requested resource"),
    };
    if query.contains_key("watch") { fake.watch(&path, namespace, &query) } else { fake.list(namespace, &query) }
}

fn page(items: &[Value], version: &str, next: &str) -> Response {
    let body = json!({"kind": "PodList", "apiVersion": "v1", "items": items,
        "metadata": {"resourceVersion": version, "continue": next}});
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

impl Fake {
    fn list(&self, namespace: Option<String>, query: &BTreeMap<String, String>) -> Response {
        for name in query.keys() {
            assert!(["limit", "continue"].contains(&name.as_str()), "{name} was not expected in a list");
        }
        self.with(|inner| {
            let limit: usize = query["limit"].parse().unwrap();
            let (version, skip) = match query.get("continue") {
                None => {
                    inner.lists += 1;
                    (inner.version, 0)
                }
                Some(token) => {
                    let (version, skip) = token.split_once('-').unwrap();
                    (version.parse().unwrap(), skip.parse().unwrap())
                }
            };
            if skip > 0 && inner.expire_pages > 0 {
                inner.expire_pages -= 1;
                return status(410, "Expired", "The provided continue parameter is too old");
            }
            assert!(version >= inner.forgotten, "the tests expire pages by number only");
            let fits = |pod: &&Value| namespace.as_deref().is_none_or(|wanted| pod["metadata"]["namespace"] == wanted);
            let then = inner.at(version);
            let all: Vec<&Value> = then.values().filter(fits).collect();
            let end = all.len().min(skip + limit);
            let next = if end < all.len() { format!("{version}-{end}") } else { String::new() };
            let items: Vec<Value> = all[skip..end].iter().map(|pod| (*pod).clone()).collect();
            page(&items, &version.to_string(), &next)
        })
    }

    fn watch(self: &Arc<Self>, path: &str, namespace: Option<String>, query: &BTreeMap<String, String>) -> Response {
        let names: Vec<&str> = query.keys().map(String::as_str).collect();
        assert_eq!(names, ["allowWatchBookmarks", "resourceVersion", "timeoutSeconds", "watch"]);
        let from: u64 = query["resourceVersion"].parse().unwrap();
        let (generation, refused, expired) = self.with(|inner| {
            inner.watches.push(path.to_owned());
            assert!(from > 0 && from <= inner.version, "version {from} was never given out");
            let expired = from < inner.forgotten;
            (inner.generation, inner.refuse_watches, expired.then_some(inner.expire_by_event))
        });
        if let Some(code) = refused {
            return status(code, "Refused", "pods is forbidden: User \"me\" cannot watch resource");
        }
        if expired == Some(false) {
            return status(410, "Expired", "too old resource version");
        }
        self.with(|inner| inner.open += 1);
        let open = Open { fake: Arc::clone(self), namespace, told: from, generation, ends: expired.is_some() };
        let lines = futures::stream::unfold(open, |mut open| async move {
            let line = open.next().await?;
            Some((Ok::<_, Infallible>(Bytes::from(line)), open))
        });
        ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response()
    }
}

impl Inner {
    /// The present version, as a bookmark tells it.
    pub fn at_version(&self) -> String {
        self.version.to_string()
    }

    fn at(&self, version: u64) -> BTreeMap<(String, String), Value> {
        let mut objects = BTreeMap::new();
        for (_, kind, pod) in self.history.iter().filter(|(at, ..)| *at <= version) {
            let text = |name: &str| pod["metadata"][name].as_str().unwrap().to_owned();
            let key = (text("namespace"), text("name"));
            if *kind == "DELETED" {
                objects.remove(&key)
            } else {
                objects.insert(key, pod.clone())
            };
        }
        objects
    }
}

/// An open watch.
struct Open {
    fake: Arc<Fake>,
    namespace: Option<String>,
    told: u64,
    generation: u32,
    ends: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.fake.with(|inner| inner.open -= 1);
    }
}

impl Open {
    async fn next(&mut self) -> Option<String> {
        if self.ends {
            if self.told == 0 {
                return None;
            }
            self.told = 0;
            let object = status_object(410, "Expired", "too old resource version");
            return Some(format!("{}\n", json!({"type": "ERROR", "object": object})));
        }
        let fake = Arc::clone(&self.fake);
        loop {
            let changed = fake.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let found = {
                let mut inner = fake.inner.lock().unwrap();
                if inner.generation != self.generation {
                    return None;
                }
                if inner.silent { None } else { inner.raw.pop_front().or_else(|| self.event(&inner)) }
            };
            match found {
                Some(line) => return Some(format!("{line}\n")),
                None => changed.await,
            }
        }
    }

    fn event(&mut self, inner: &Inner) -> Option<String> {
        let fits = |pod: &Value| self.namespace.as_deref().is_none_or(|wanted| pod["metadata"]["namespace"] == wanted);
        let (version, kind, pod) = inner.history.iter().find(|(at, _, pod)| *at > self.told && fits(pod))?;
        self.told = *version;
        let mut pod = pod.clone();
        pod["kind"] = json!("Pod");
        pod["apiVersion"] = json!("v1");
        Some(json!({"type": kind, "object": pod}).to_string())
    }
}
