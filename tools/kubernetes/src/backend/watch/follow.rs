//! The working part of a watch: asks what the mirror wants, and gives it what comes.
//!
//! Guarantees: a server that fails is asked less and less often; a watch that says nothing for too long is left
//! and everything listed anew; a server that refuses is left alone for a while, and the missing verb is told. The task holds its cluster
//! only while it asks, and ends with it.

use super::Mirrored;
use super::lines::Lines;
use super::mirror::{Came, Want};
use super::object::Items;
use crate::backend::{Cluster, failure};
use crate::query::kinds::Kind;
use crate::query::request::{self, Asked, Form, Request, Selection};
use crate::shape::api::{ListKind, lenient};
use domain::backoff::{self, Backoff};
use domain::envelope::{Failure, FailureKind};
use http::StatusCode;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const BACKOFF: Backoff =
    Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(60), longest_wish: Duration::from_secs(60) };

/// The server ends a watch after about so long; the watches of several kinds do not end together.
const WATCH_SECONDS: u64 = 240;

/// A refusal's body is small.
const REFUSAL_BYTES: usize = 64 << 10;

#[derive(Deserialize)]
struct Page {
    #[serde(default, deserialize_with = "lenient")]
    metadata: PageMeta,
    #[serde(rename = "kind", default)]
    _kind: ListKind,
    items: Items,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMeta {
    #[serde(rename = "continue", deserialize_with = "lenient")]
    next: String,
    #[serde(deserialize_with = "lenient")]
    resource_version: String,
}

/// Keeps a mirror up to date until nobody asks for it any more, it may not be kept, or the cluster is dropped.
pub async fn follow(mirrored: Arc<Mirrored>, cluster: Weak<Cluster>) {
    let seed = seed(&mirrored.kind, mirrored.scope.as_deref());
    // The question that began this is answered first.
    sleep(mirrored.limits.settle).await;
    let mut page = None;
    while let Some((want, failures)) = mirrored.want() {
        if let Some(attempt) = failures.checked_sub(1) {
            // At least half of the ceiling: full jitter may come to no wait at all.
            let drawn = 0.5 + backoff::draw(seed, u64::from(failures)) / 2.0;
            sleep(BACKOFF.wait(attempt, drawn)).await;
        }
        let Some(cluster) = cluster.upgrade() else { return };
        match want {
            Want::Page(next) => {
                let page_size = page.get_or_insert(cluster.limits().page);
                read_page(&mirrored, &cluster, &next, page_size).await;
            }
            Want::Watch(from) => {
                let body = open(&mirrored, &cluster, &from, WATCH_SECONDS + seed % 60).await;
                drop(cluster);
                if let Some(body) = body {
                    listen(&mirrored, body).await;
                }
            }
            Want::Nothing(_) => return,
        }
    }
}

/// A mirror that a server's lists or events do not allow.
pub fn unfit(kind: &Kind) -> Failure {
    Failure::new(FailureKind::BadAnswer, format!("lists or events of {} come without usable versions", kind.resource()))
}

async fn read_page(mirrored: &Mirrored, cluster: &Cluster, next: &str, page_size: &mut u32) {
    let all = Selection::default();
    let scope = mirrored.scope.as_deref();
    let page = cluster.fetch_page::<Page>(&mirrored.kind, scope, &all, Form::Json, next, page_size).await;
    let came = match page {
        Ok(page) => {
            Came::Page { objects: page.items.0, next: page.metadata.next, version: page.metadata.resource_version }
        }
        Err(failure) if failure::is_expired(&failure) => Came::Expired,
        Err(failure) if is_final(&failure) => return refuse(mirrored, failure),
        Err(failure) => failed(mirrored, &failure),
    };
    mirrored.take(came);
}

/// Opens a watch; `None` where that failed, which the mirror then knows.
async fn open(mirrored: &Mirrored, cluster: &Cluster, from: &str, seconds: u64) -> Option<kube::client::Body> {
    let request = watch(&mirrored.kind, mirrored.scope.as_deref(), from, seconds);
    let came = match cluster.open(&request).await {
        Ok(body) => {
            mirrored.take(Came::Opened);
            return Some(body);
        }
        Err(failure) if failure::is_expired(&failure) => Came::Expired,
        Err(failure) if is_final(&failure) => {
            refuse(mirrored, failure);
            return None;
        }
        Err(failure) => failed(mirrored, &failure),
    };
    mirrored.take(came);
    None
}

/// Takes in a watch until it ends, breaks, is silent for too long, or nobody wants it any more.
async fn listen(mirrored: &Mirrored, mut body: kube::client::Body) {
    let mut lines = Lines::default();
    let mut silent_at = Instant::now() + mirrored.limits.silence;
    loop {
        let unasked_at = mirrored.unasked_at();
        let frame = match timeout_at(silent_at.min(unasked_at), body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => {
                mirrored.take(Came::Closed);
                return;
            }
            Ok(Some(Err(error))) => {
                tracing::debug!(kind = mirrored.kind.kind, %error, "a watch broke off");
                mirrored.take(Came::Broken);
                return;
            }
            Err(_) if Instant::now() >= silent_at => {
                mirrored.take(Came::Silent);
                return;
            }
            // Somebody may have asked in between; if nobody has, the mirror wants nothing more.
            Err(_) if mirrored.unasked_at() > Instant::now() => continue,
            Err(_) => return,
        };
        let Ok(piece) = frame.into_data() else { continue };
        lines.push(&piece);
        while let Some(came) = lines.next() {
            if !mirrored.take(came) {
                return;
            }
            silent_at = Instant::now() + mirrored.limits.silence;
        }
    }
}

/// Whether asking again soon is of no use.
fn is_final(failure: &Failure) -> bool {
    use FailureKind::{BadRequest, Forbidden, NotFound, TooLarge};
    matches!(failure.kind, Forbidden | NotFound | BadRequest | TooLarge)
}

fn refuse(mirrored: &Mirrored, failure: Failure) {
    tracing::warn!(kind = mirrored.kind.kind, %failure, "a kind cannot be watched; its lists are read each time");
    mirrored.rest(failure);
}

fn failed(mirrored: &Mirrored, failure: &Failure) -> Came {
    tracing::debug!(kind = mirrored.kind.kind, %failure, "a watch failed and is tried again");
    Came::Broken
}

fn watch(kind: &Kind, namespace: Option<&str>, from: &str, seconds: u64) -> Request {
    let collection = request::collection(kind, namespace);
    let from = request::encode(from);
    let uri =
        format!("{collection}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={from}");
    let namespace = namespace.filter(|_| kind.namespaced).map(str::to_owned);
    Request { uri, form: Form::Json, asked: Asked { verb: "watch", resource: kind.resource(), namespace, name: None } }
}

/// Different for each kind and scope, so that they do not all come back at the same moment.
fn seed(kind: &Kind, scope: Option<&str>) -> u64 {
    let bytes = kind.plural.bytes().chain(scope.unwrap_or_default().bytes());
    bytes.fold(17, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

impl Cluster {
    /// Sends a request whose answer goes on; only its beginning has a deadline. It holds no place among the requests,
    /// because it would hold it for minutes.
    async fn open(&self, request: &Request) -> Result<kube::client::Body, Failure> {
        let connection = self.connection().await?;
        let asked = &request.asked;
        let wire = super::super::fetch::wire_request(request)?;
        let until = Instant::now() + self.limits().request_timeout;
        let timed_out = |_| {
            let seconds = self.limits().request_timeout.as_secs_f64();
            failure::of_timeout(self.name(), &connection.address, asked, seconds)
        };
        let response = timeout_at(until, connection.client.send(wire)).await.map_err(timed_out)?;
        let response =
            response.map_err(|error| failure::of_transport(self.name(), &connection.address, asked, &error))?;
        let code = response.status();
        if code.is_success() {
            return Ok(response.into_body());
        }
        let body = Limited::new(response.into_body(), REFUSAL_BYTES).collect();
        let body = timeout_at(until, body).await.map_err(timed_out)?;
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if code == StatusCode::UNAUTHORIZED {
            self.forget_credentials().await;
        }
        Err(failure::of_status(self.name(), asked, code, &body))
    }
}
