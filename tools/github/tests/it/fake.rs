//! A GitHub that holds a client to the rules of its API: version header, media types, page sizes, known parameters,
//! conditional requests, rate limits. What breaks a rule fails the test, even where the client would not notice.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use domain::secret::Secret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_github::{GithubConfig, Server};

pub const BASE: &str = "https://api.github.test";
pub const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

const ACCEPTED: &[&str] = &[
    "application/vnd.github+json",
    "application/vnd.github.object+json",
    "application/vnd.github.raw+json",
    "application/vnd.github.text-match+json",
];

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    /// One document.
    One(Value),
    /// A list in pages; the name wraps it as GitHub wraps runs and search results.
    List(Vec<Value>, Option<&'static str>),
    /// Anything: status, headers, body.
    Raw(u16, Vec<(&'static str, String)>, Vec<u8>),
}

/// A path: which parameters it knows, and by which pointer into a row they narrow a list.
#[derive(Clone)]
struct Route {
    parameters: Vec<(&'static str, &'static str)>,
    answer: Answer,
}

#[derive(Default)]
struct State {
    routes: BTreeMap<String, Route>,
    asked: Vec<String>,
    broken: Vec<String>,
    /// Requests that are left, where limited; and when the limit ends.
    left: Option<(u64, u64)>,
    unchanged: usize,
}

/// The fake. Dropping it fails the test if a rule was broken.
#[derive(Clone, Default)]
pub struct Fake {
    state: Arc<Mutex<State>>,
}

/// A guard over the last clone.
pub struct Checked(pub Fake);

impl std::ops::Deref for Checked {
    type Target = Fake;
    fn deref(&self) -> &Fake {
        &self.0
    }
}

impl Drop for Checked {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let broken = self.0.state.lock().expect("no test panics while it holds this").broken.clone();
            assert!(broken.is_empty(), "rules of the API were broken: {broken:#?}");
        }
    }
}

impl Fake {
    /// Adds a path below the base; with `raw:` before it for the raw media type, with `storage:` for the storage of
    /// logs. A parameter with an empty pointer is known and narrows nothing.
    pub fn on(&self, path: &str, parameters: &[(&'static str, &'static str)], answer: Answer) -> &Self {
        let route = Route { parameters: parameters.to_vec(), answer };
        self.locked(|state| state.routes.insert(path.to_owned(), route));
        self
    }

    /// Adds one document without parameters.
    pub fn one(&self, path: &str, document: Value) -> &Self {
        self.on(path, &[], Answer::One(document))
    }

    /// Adds a status with a message.
    pub fn status(&self, path: &str, status: u16, message: &str) -> &Self {
        self.on(path, &[], raw(status, &[], message))
    }

    /// From here on only so many requests are answered, until `reset` (unix seconds).
    pub fn limit(&self, left: u64, reset: u64) {
        self.locked(|state| state.left = Some((left, reset)));
    }

    /// What was asked, in order: path and query.
    pub fn asked(&self) -> Vec<String> {
        self.locked(|state| state.asked.clone())
    }

    /// How many answers were `304`.
    pub fn unchanged(&self) -> usize {
        self.locked(|state| state.unchanged)
    }

    /// Takes note of a broken rule.
    pub fn broken(&self, what: String) {
        self.locked(|state| state.broken.push(what));
    }

    fn locked<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().expect("no test panics while it holds this"))
    }

    /// As a router.
    pub fn router(&self) -> Router {
        let fake = self.clone();
        Router::new().fallback(move |request: Request| {
            let fake = fake.clone();
            async move { fake.answer(&request) }
        })
    }

    /// The settings of a server over this fake within the process.
    pub fn config(&self) -> GithubConfig {
        let mut config = GithubConfig::new(BASE, Some(Secret::new(TOKEN)));
        config.endpoint.in_process = Some(InProcessService::new(self.router()));
        config.default_repository = Some("acme/shop".to_owned());
        config
    }

    /// A tool server over this fake.
    pub fn adapter(&self) -> Adapter {
        adapter(self.config())
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let host = request.uri().host().unwrap_or_default();
        let path = request.uri().path().to_owned();
        if host == "storage.test" {
            return self.storage(request);
        }
        let query = request.uri().query().unwrap_or_default();
        self.locked(|state| state.asked.push(if query.is_empty() { path.clone() } else { format!("{path}?{query}") }));
        let parameters = decode(query);
        self.check(request.method().as_str(), &path, &parameters, header("x-github-api-version"), header("accept"));
        match header("authorization") {
            told if told == format!("Bearer {TOKEN}") => {}
            "" => {}
            _ => return respond(401, &[], json!({"message": "Bad credentials"}).to_string().into_bytes()),
        }
        if let Some(refused) = self.over_the_limit() {
            return refused;
        }
        if path.starts_with("/repos/acme/vault") && header("authorization").is_empty() {
            return respond(404, &[], json!({"message": "Not Found"}).to_string().into_bytes());
        }
        let place = if header("accept").contains("raw") { format!("raw:{path}") } else { path.clone() };
        let Some(route) = self.locked(|state| state.routes.get(&place).cloned()) else {
            let (status, message) = match path.contains("/commits/") {
                true => (422, "No commit found for SHA"),
                false => (404, "Not Found"),
            };
            return respond(status, &self.rate(), json!({"message": message}).to_string().into_bytes());
        };
        for (name, _) in &parameters {
            if !["per_page", "page"].contains(&name.as_str()) && !route.parameters.iter().any(|known| known.0 == name) {
                self.broken(format!("{path} knows no parameter {name}"));
            }
        }
        let (status, mut headers, body) = build(&path, &route, &parameters);
        if status == 200 {
            let etag =
                format!("W/\"{:x}\"", body.iter().fold(7u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(*byte)));
            if header("if-none-match") == etag {
                self.locked(|state| state.unchanged += 1);
                return respond(304, &self.rate(), Vec::new());
            }
            headers.push(("etag", etag));
        }
        self.locked(|state| {
            if let Some((left, _)) = &mut state.left {
                *left -= 1;
            }
        });
        headers.extend(self.rate());
        respond(status, &headers, body)
    }

    fn check(&self, method: &str, path: &str, parameters: &[(String, String)], version: &str, accept: &str) {
        if method != "GET" {
            self.broken(format!("{method} {path}: only reads"));
        }
        if version != "2022-11-28" || !ACCEPTED.contains(&accept) {
            self.broken(format!("{path}: version {version:?}, accept {accept:?}"));
        }
        let number = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.parse::<u64>());
        if number("per_page").is_some_and(|size| !matches!(size, Ok(1..=100))) {
            self.broken(format!("{path}: a page has 1 to 100 rows"));
        }
        if number("page").is_some_and(|page| !matches!(page, Ok(1..))) {
            self.broken(format!("{path}: pages count from 1"));
        }
    }

    fn over_the_limit(&self) -> Option<Response<Body>> {
        let over = self.locked(|state| state.left.is_some_and(|(left, _)| left == 0));
        over.then(|| {
            self.broken("a request was sent although the limit is used up".to_owned());
            respond(403, &self.rate(), json!({"message": "API rate limit exceeded"}).to_string().into_bytes())
        })
    }

    fn rate(&self) -> Vec<(&'static str, String)> {
        let Some((left, reset)) = self.locked(|state| state.left) else { return Vec::new() };
        vec![
            ("x-ratelimit-resource", "core".to_owned()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
        ]
    }

    /// The storage of logs: another host, which must see nothing of ours.
    fn storage(&self, request: &Request) -> Response<Body> {
        for name in ["authorization", "x-github-api-version", "cookie"] {
            if request.headers().contains_key(name) {
                self.broken(format!("the storage was sent the header {name}"));
            }
        }
        let parameters = decode(request.uri().query().unwrap_or_default());
        if !parameters.contains(&("sig".to_owned(), "ab+c/d=".to_owned())) {
            self.broken(format!("the signature was changed: {parameters:?}"));
        }
        let route = self.locked(|state| state.routes.get(&format!("storage:{}", request.uri().path())).cloned());
        let Some(Route { answer: Answer::Raw(status, headers, body), .. }) = route else {
            return respond(404, &[], b"no such blob".to_vec());
        };
        let range = request.headers().get("range").and_then(|value| value.to_str().ok());
        let Some((from, to)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
            return respond(status, &headers, body);
        };
        let (from, to): (usize, usize) = (from.parse().expect("a number"), to.parse().expect("a number"));
        let told = format!("bytes {from}-{to}/{}", body.len());
        respond(206, &[("content-range", told)], body[from..=to].to_vec())
    }
}

/// A tool server of these settings.
pub fn adapter(config: GithubConfig) -> Adapter {
    Adapter::new(Server::new(config).expect("the settings are good"))
}

/// A raw answer with a message, as GitHub words it.
pub fn raw(status: u16, headers: &[(&'static str, &str)], message: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Answer::Raw(
        status,
        headers,
        json!({"message": message, "documentation_url": "https://docs"}).to_string().into_bytes(),
    )
}

type Built = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn build(path: &str, route: &Route, parameters: &[(String, String)]) -> Built {
    let number = |name: &str, default: usize| {
        parameters.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
    };
    match &route.answer {
        Answer::One(document) => (200, Vec::new(), document.to_string().into_bytes()),
        Answer::Raw(status, headers, body) => (*status, headers.clone(), body.clone()),
        Answer::List(rows, wrapper) => {
            let fits = |row: &&Value| {
                parameters.iter().all(|(name, value)| {
                    let known = route.parameters.iter().find(|(known, _)| known == name);
                    let pointer = known.map_or("", |(_, pointer)| *pointer);
                    pointer.is_empty() || row.pointer(pointer).and_then(Value::as_str) == Some(value)
                })
            };
            let fitting: Vec<&Value> = rows.iter().filter(fits).collect();
            let (page, size) = (number("page", 1), number("per_page", 30));
            let shown: Vec<&Value> = fitting.iter().skip((page - 1) * size).take(size).copied().collect();
            let mut headers = Vec::new();
            if page * size < fitting.len() {
                let link = format!(
                    "<{BASE}{path}?per_page={size}&page={}>; rel=\"next\", <{BASE}{path}?page=99>; rel=\"last\"",
                    page + 1
                );
                headers.push(("link", link));
            }
            let document = match wrapper {
                Some(name) => json!({"total_count": fitting.len(), *name: shown}),
                None => json!(shown),
            };
            (200, headers, document.to_string().into_bytes())
        }
    }
}

fn respond(status: u16, headers: &[(&'static str, String)], body: Vec<u8>) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        response = response.header("content-type", "application/json; charset=utf-8");
    }
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(body)).expect("a response")
}

fn decode(query: &str) -> Vec<(String, String)> {
    let text = |text: &str| {
        let mut bytes = Vec::new();
        let mut letters = text.bytes();
        while let Some(letter) = letters.next() {
            match letter {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let hex = [letters.next().expect("two digits"), letters.next().expect("two digits")];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).expect("ascii"), 16).expect("hex"));
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).expect("utf-8")
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (text(name), text(value))).collect()
}
