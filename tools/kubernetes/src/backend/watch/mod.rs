//! Lists kept up to date by watches, for a server that runs long.
//!
//! A mirror of a kind (in one namespace or all) is started when the kind is first asked for, and that question is still
//! answered by a list; later ones are answered from the mirror. Guarantees: a mirror that is not in sync is never used
//! (see [`Mirrored::look`] for what in sync means); kinds, objects, bytes and unasked time are bounded; Secrets and
//! ConfigMaps are never kept; everything ends with its cluster.
//!
//! Deliberately absent: waiting for a mirror, and any kind outside [`WATCHED`].

mod follow;
mod lines;
mod mirror;
mod object;
mod selector;
pub mod told;

use super::Cluster;
use crate::config::WatchLimits;
use crate::parallel;
use crate::query::kinds::Kind;
use crate::query::request::{Form, Selection};
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use mirror::{Bounds, Came, Mirror, Unfit, Want};
use object::Object;
use selector::Matcher;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{AbortHandle, block_in_place};
use tokio::time::Instant;

/// The kinds that are asked for again and again, and hold no secret by their nature.
///
/// Not `events`: API servers keep no watch cache of them, so that their watch has no bookmarks. In a quiet cluster it would
/// count as dead again and again, and all events would be listed anew each time.
const WATCHED: &[&str] = &[
    "pods",
    "nodes",
    "namespaces",
    "services",
    "persistentvolumeclaims",
    "resourcequotas",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "horizontalpodautoscalers.autoscaling",
    "poddisruptionbudgets.policy",
    "endpointslices.discovery.k8s.io",
    "ingresses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
];

/// Objects that are read before other work of the runtime has its turn.
const READ_AT_ONCE: usize = 128;

/// So many are read on all cores.
const MANY: usize = 512;

/// Kind and namespace; an empty namespace means all of them.
type Place = (String, String);

/// The mirrors of one cluster.
#[derive(Debug)]
pub struct Watches {
    limits: WatchLimits,
    mirrors: Mutex<BTreeMap<Place, Entry>>,
    bytes: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Entry {
    mirrored: Arc<Mirrored>,
    task: AbortHandle,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One mirror with its times.
#[derive(Debug)]
pub struct Mirrored {
    kind: Kind,
    scope: Option<String>,
    limits: WatchLimits,
    state: Mutex<State>,
    all_bytes: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct State {
    mirror: Mirror,
    /// When the present watch was opened, on both clocks.
    opened: (Instant, DateTime<Utc>),
    heard: Instant,
    asked: Instant,
    rest: Option<Rest>,
}

/// A mirror that holds nothing and asks nothing until a time.
#[derive(Debug)]
struct Rest {
    until: Instant,
    why: Option<Failure>,
    told: bool,
}

/// The objects of a place, and how fresh they are.
struct Look {
    objects: Vec<Arc<Object>>,
    in_sync_since: DateTime<Utc>,
    silent_for: Duration,
}

impl Watches {
    /// None yet.
    pub fn new(limits: WatchLimits) -> Self {
        Self { limits, mirrors: Mutex::new(BTreeMap::new()), bytes: Arc::default() }
    }

    /// The objects of a mirror in sync; where there is none, one may be started for the next question.
    fn look(&self, cluster: &Cluster, kind: &Kind, scope: Option<&str>, may_start: bool) -> Option<Look> {
        let mut mirrors = self.mirrors.lock().ok()?;
        mirrors.retain(|_, entry| !entry.mirrored.is_over());
        let resource = kind.resource();
        // What all namespaces hold answers for one of them, unless it may not be read or is too much.
        for place in [String::new(), scope.unwrap_or_default().to_owned()] {
            let Some(entry) = mirrors.get(&(resource.clone(), place.clone())) else { continue };
            let mirrored = Arc::clone(&entry.mirrored);
            if mirrored.is_resting() {
                mirrored.tell_why();
                if scope.is_none() || !place.is_empty() {
                    return None;
                }
                continue;
            }
            drop(mirrors);
            return mirrored.look(scope.filter(|_| place.is_empty()));
        }
        if may_start && mirrors.len() < self.limits.mirrors {
            let place = (resource, scope.unwrap_or_default().to_owned());
            mirrors.insert(place, self.start(cluster, kind, scope)?);
        }
        None
    }

    fn start(&self, cluster: &Cluster, kind: &Kind, scope: Option<&str>) -> Option<Entry> {
        // A cluster that nobody shares ends with the call: there is no later question.
        cluster.own.upgrade()?;
        let now = Instant::now();
        let bounds = Bounds { objects: self.limits.objects, bytes: self.limits.bytes };
        let mirrored = Arc::new(Mirrored {
            kind: kind.clone(),
            scope: scope.map(str::to_owned),
            limits: self.limits,
            state: Mutex::new(State {
                mirror: Mirror::new(bounds),
                opened: (now, Utc::now()),
                heard: now,
                asked: now,
                rest: None,
            }),
            all_bytes: Arc::clone(&self.bytes),
        });
        let task = tokio::spawn(follow::follow(Arc::clone(&mirrored), cluster.own.clone())).abort_handle();
        Some(Entry { mirrored, task })
    }
}

impl Mirrored {
    /// In sync means: everything was listed, a watch is open that was accepted long enough ago to have told what had
    /// waited for it, and the server has told something (at least a bookmark, which comes every minute) within the
    /// bound of silence.
    fn look(&self, namespace: Option<&str>) -> Option<Look> {
        let mut state = self.state.lock().ok()?;
        let now = Instant::now();
        state.asked = now;
        let silent_for = now.duration_since(state.heard);
        let settled = now.duration_since(state.opened.0) >= self.limits.settle;
        if !state.mirror.is_following() || !settled || silent_for > self.limits.silence {
            return None;
        }
        Some(Look { objects: state.mirror.objects(namespace), in_sync_since: state.opened.1, silent_for })
    }

    /// Whether it has rested long enough, or its task has let it go.
    fn is_over(&self) -> bool {
        let Ok(state) = self.state.lock() else { return true };
        state.rest.as_ref().is_some_and(|rest| rest.until <= Instant::now())
    }

    fn is_resting(&self) -> bool {
        self.state.lock().is_ok_and(|state| state.rest.is_some())
    }

    /// Says once, in the answer to the present call, why lists are read instead.
    fn tell_why(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if let Some(rest) = &mut state.rest
            && let Some(why) = rest.why.as_ref().filter(|_| !rest.told)
        {
            told::not_watched(why);
            rest.told = true;
        }
    }

    /// What to ask next, and how many failures came before it; `None` where the work is over.
    fn want(&self) -> Option<(Want, u32)> {
        let mut state = self.state.lock().ok()?;
        if state.rest.is_some() {
            return None;
        }
        if Instant::now() >= state.asked + self.limits.unasked {
            // Nobody asks: the place is free at once.
            self.rest_in(&mut state, Duration::ZERO, None);
            return None;
        }
        match state.mirror.want() {
            Want::Nothing(why) => {
                let told = why != Unfit::TooMuch;
                tracing::info!(kind = self.kind.kind, reason = ?why, "a kind is not kept up to date by a watch");
                let why = told.then(|| follow::unfit(&self.kind));
                self.rest_in(&mut state, self.limits.rest, why);
                None
            }
            want => Some((want, state.mirror.failures())),
        }
    }

    /// When nobody will have asked for too long.
    fn unasked_at(&self) -> Instant {
        self.state.lock().map_or_else(|_| Instant::now(), |state| state.asked + self.limits.unasked)
    }

    /// Lets go of everything and asks no more for a while.
    fn rest(&self, why: Failure) {
        if let Ok(mut state) = self.state.lock() {
            self.rest_in(&mut state, self.limits.rest, Some(why));
        }
    }

    fn rest_in(&self, state: &mut State, for_how_long: Duration, why: Option<Failure>) {
        self.all_bytes.fetch_sub(state.mirror.bytes(), Ordering::Relaxed);
        state.mirror.give_up();
        state.rest = Some(Rest { until: Instant::now() + for_how_long, why, told: false });
    }

    /// Takes in what came; says whether the mirror still follows the watch that it came by.
    fn take(&self, came: Came) -> bool {
        let Ok(mut state) = self.state.lock() else { return false };
        if state.rest.is_some() {
            return false;
        }
        let now = Instant::now();
        match came {
            Came::Opened => {
                state.opened = (now, Utc::now());
                state.heard = now;
            }
            Came::Put(_) | Came::Gone(_) | Came::Bookmark(_) => state.heard = now,
            _ => {}
        }
        let before = state.mirror.bytes();
        state.mirror.take(came);
        let after = state.mirror.bytes();
        self.all_bytes.fetch_add(after, Ordering::Relaxed);
        let all = self.all_bytes.fetch_sub(before, Ordering::Relaxed) - before;
        if all > self.limits.bytes {
            self.all_bytes.fetch_sub(after, Ordering::Relaxed);
            state.mirror.give_up();
        }
        state.mirror.is_following()
    }
}

impl Drop for Mirrored {
    fn drop(&mut self) {
        if let Ok(state) = self.state.get_mut() {
            self.all_bytes.fetch_sub(state.mirror.bytes(), Ordering::Relaxed);
        }
    }
}

impl Cluster {
    /// What a list would give, from a mirror in sync. `None` where there is none, where only the server can evaluate
    /// the selection, or where a cached object does not fit `T` (the list then tells what is wrong).
    pub(super) async fn list_from_watch<T, R>(
        &self,
        kind: &Kind,
        scope: Option<&str>,
        selection: &Selection,
        form: Form,
        keep: &(impl Fn(T) -> R + Send + Sync),
    ) -> Option<Vec<R>>
    where
        T: DeserializeOwned + Send,
        R: Send,
    {
        let watches = self.watches.as_ref().filter(|_| told::is_noting())?;
        if !WATCHED.contains(&kind.resource().as_str()) {
            return None;
        }
        let matcher = Matcher::of(kind, selection)?;
        // Metadata alone is cheap to read, and no reason to keep whole objects.
        let look = watches.look(self, kind, scope, form == Form::Json)?;
        let read = |objects: &[Arc<Object>]| read_all(objects, &matcher, keep);
        let items = if look.objects.len() >= MANY && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            block_in_place(|| parallel::on_cores(&look.objects, &read))?
        } else {
            let mut items = Vec::new();
            for some in look.objects.chunks(READ_AT_ONCE) {
                items.extend(read(some)?);
                tokio::task::yield_now().await;
            }
            items
        };
        told::from_watch(kind, look.in_sync_since, look.silent_for);
        Some(items)
    }
}

fn read_all<T: DeserializeOwned, R>(
    objects: &[Arc<Object>],
    matcher: &Matcher,
    keep: &impl Fn(T) -> R,
) -> Option<Vec<R>> {
    let mut items = Vec::new();
    for object in objects {
        if matcher.fits(object)? {
            items.push(keep(object.read().ok()?));
        }
    }
    Some(items)
}
