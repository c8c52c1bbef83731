//! The backend: a service that answers from the corpus as it is, changed, or as in a run that once went wrong.
//!
//! Guarantee: what is answered depends on the seed, on the request, and on how often it came; never on the order of
//! different requests, which run side by side. Each answer yields once, as a socket does, so that a server that asks
//! without end can be stopped by its deadline.

use super::answer::{Answer, Asked, Wire};
use super::chance::Chance;
use super::corpus::Corpus;
use super::{mutate, watch};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const LONGEST_REQUEST: usize = 1 << 20;
/// Changed answers of one run that are kept for a failing case.
const MOST_KEPT: usize = 2_000;
/// One run changes every answer, another only a few: what breaks the first answer never gets to the second.
const SHARES: &[usize] = &[1, 2, 4, 8, 16];

/// How is answered.
#[derive(Debug, Clone)]
pub enum Manner {
    /// As recorded.
    AsRecorded(Arc<Corpus>),
    /// Changed, by this seed.
    Changed(Arc<Corpus>, u64),
    /// As in a run that once went wrong: these answers, and for the rest the corpus; the seed is that of the run.
    Again(Arc<Corpus>, Arc<Vec<Kept>>, u64),
}

impl Manner {
    fn seed(&self) -> Option<u64> {
        match self {
            Self::AsRecorded(_) => None,
            Self::Changed(_, seed) | Self::Again(_, _, seed) => Some(*seed),
        }
    }

    /// Whether the server of this run keeps lists by watches, where it can: every third does.
    pub fn keeps_lists(&self) -> bool {
        self.seed().is_some_and(|seed| seed.is_multiple_of(3))
    }
}

/// A changed answer of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How often the request had come before.
    pub time: usize,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A backend of one run.
#[derive(Debug, Clone)]
pub struct Backend {
    manner: Manner,
    /// One answer in so many is changed.
    share: usize,
    state: Arc<Mutex<Asking>>,
}

#[derive(Debug, Default)]
struct Asking {
    times: BTreeMap<Asked, usize>,
    kept: Vec<(usize, Asked, Wire)>,
    requests: usize,
    watches: usize,
}

impl Backend {
    /// A backend.
    pub fn new(manner: Manner) -> Self {
        let share = match &manner {
            Manner::Changed(_, seed) => Chance::of(*seed, "share").one_of(SHARES).copied().unwrap_or(1),
            _ => 1,
        };
        Self { manner, share, state: Arc::default() }
    }

    /// As a router that takes every path.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Requests that came, and how many of them opened a watch.
    pub fn requests(&self) -> (usize, usize) {
        let state = self.state();
        (state.requests, state.watches)
    }

    /// The answers that were changed, for a file.
    pub fn kept(&self) -> Vec<Kept> {
        let state = self.state();
        let kept = state.kept.iter();
        kept.map(|(time, asked, wire)| Kept { time: *time, answer: Answer::new(asked.clone(), wire, false) }).collect()
    }

    fn state(&self) -> MutexGuard<'_, Asking> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, and whether it is another than the corpus gives.
    fn wire(&self, asked: &Asked, time: usize) -> (Wire, bool) {
        let recorded = |corpus: &Corpus| (corpus.nearest(asked).map_or_else(unknown, Answer::wire), false);
        match &self.manner {
            Manner::AsRecorded(corpus) => recorded(corpus),
            Manner::Changed(corpus, seed) => {
                let mut chance = Chance::of(*seed, &format!("{time} {}", asked.line()));
                let any = || chance.clone().one_of(corpus.answers());
                let Some(answer) = corpus.nearest(asked).or_else(|| any().filter(|_| time.is_multiple_of(2))) else {
                    return (unknown(), false);
                };
                if chance.one_in(self.share) {
                    return (mutate::mutated(answer, &mut chance), true);
                }
                (answer.wire(), corpus.nearest(asked).is_none())
            }
            Manner::Again(corpus, kept, _) => {
                let found = kept.iter().find(|kept| kept.time == time && kept.answer.asked == *asked);
                found.map_or_else(|| recorded(corpus), |kept| (kept.answer.wire(), true))
            }
        }
    }

    fn answer(&self, asked: Asked) -> Wire {
        let time = {
            let mut state = self.state();
            state.requests += 1;
            state.watches += usize::from(watch::is_asked(&asked));
            let times = state.times.entry(asked.clone()).or_default();
            *times += 1;
            *times - 1
        };
        let (wire, is_changed) = self.wire(&asked, time);
        let mut state = self.state();
        if is_changed && state.kept.len() < MOST_KEPT {
            state.kept.push((time, asked, wire.clone()));
        }
        wire
    }
}

fn unknown() -> Wire {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Not Found", "reason": "NotFound", "code": 404});
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Wire { status: 404, headers, body: body.to_string().into_bytes(), broken_off: false }
}

async fn answer(State(backend): State<Backend>, request: Request) -> Response<Body> {
    let (asked, _) = taken_apart(request).await;
    tokio::task::yield_now().await;
    let is_watch = watch::is_asked(&asked);
    let mut chance = Chance::of(backend.manner.seed().unwrap_or_default(), &asked.line());
    let mut wire = backend.answer(asked);
    if is_watch {
        wire.body = watch::events(&wire.body, &mut chance);
    }
    let stays_open = is_watch && wire.status == 200 && !wire.broken_off;
    wire.response(stays_open)
}

/// What was asked, and the request as it was.
pub(super) async fn taken_apart(request: Request) -> (Asked, Request) {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, LONGEST_REQUEST).await.unwrap_or_default();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let form = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut query = pairs(parts.uri.query().unwrap_or_default());
    if form {
        query.extend(pairs(&text));
    } else if parts.method != Method::GET && !text.is_empty() {
        query.push(("@body".to_owned(), text));
    }
    query.extend(header(ACCEPT).map(|accept| ("@accept".to_owned(), accept)));
    let host = parts.uri.host().map(|host| format!("//{host}")).unwrap_or_default();
    let asked = Asked { method: parts.method.to_string(), path: format!("{host}{}", parts.uri.path()), query };
    (asked, Request::from_parts(parts, Body::from(bytes)))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|pair| !pair.is_empty());
    parts
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
