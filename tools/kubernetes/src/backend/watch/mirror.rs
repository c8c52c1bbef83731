//! The pure part of a watch: what a server said goes in, the objects as they are and what to ask next come out.
//!
//! Guarantee: whatever came (pages, events twice, late events, breaks, `410 Gone` at any point), once the server's
//! events have all been taken in, the objects are those of the server. It relies on what the API promises: events of
//! one watch come in the order of their versions; an event that comes late within one watch is noticed and repaired.
//! Resource versions are compared only where both are numbers (KEP 5504 promises it); otherwise events are believed.
//! See <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>.
//!
//! Deliberately absent: time, IO, and any knowledge of what an object means.

use super::object::Object;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

#[cfg(test)]
mod tests;

/// Deletions that are remembered, to tell a repeated event of a deleted object from one that was missed.
const REMEMBERED_DELETIONS: usize = 256;

/// Failures in a row after which the place in the stream is no longer believed, and everything is listed anew.
const FAILURES_BEFORE_LISTING: u32 = 5;

/// Repairs of a stream out of order after which it is left alone for a while.
const REPAIRS: u32 = 16;

/// What to ask the server next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// A page of the list; the token is empty for the first one.
    Page(String),
    /// A watch of what comes after this version.
    Watch(String),
    /// Nothing: there is more than may be kept, or the server's lists cannot be watched.
    Nothing(Unfit),
}

/// Why a list is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// More objects or bytes than the bounds allow.
    TooMuch,
    /// Lists without a resource version.
    NoVersion,
    /// Events that come out of order again and again.
    Disorder,
}

/// One thing that came from the server.
#[derive(Debug)]
pub enum Came {
    /// A page of the list.
    Page {
        /// Its objects.
        objects: Vec<Object>,
        /// The token of the next page, empty after the last one.
        next: String,
        /// The version of the list.
        version: String,
    },
    /// The watch was accepted.
    Opened,
    /// An object is new or changed.
    Put(Object),
    /// An object is gone; its last state.
    Gone(Object),
    /// Everything up to this version has been told.
    Bookmark(String),
    /// `410 Gone`: the version or the page token is too old.
    Expired,
    /// The server ended the watch as it may at any time.
    Closed,
    /// The watch has told nothing for too long. A server that hangs may accept the next watch and hang again, so only a
    /// list tells how things are.
    Silent,
    /// Anything else went wrong: the connection, the answer.
    Broken,
}

/// Bounds of one mirror.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Objects.
    pub objects: usize,
    /// Bytes, by estimate.
    pub bytes: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Listing { next: String },
    Behind,
    Following { heard: bool },
    Unfit(Unfit),
}

/// The objects of one kind in one scope, as far as the server has told them.
#[derive(Debug)]
pub struct Mirror {
    phase: Phase,
    objects: BTreeMap<Arc<str>, Arc<Object>>,
    bytes: usize,
    version: String,
    failures: u32,
    repairs: u32,
    deleted: VecDeque<(Arc<str>, u64)>,
    bounds: Bounds,
}

impl Mirror {
    /// Knows nothing yet.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            phase: Phase::Listing { next: String::new() },
            objects: BTreeMap::new(),
            bytes: 0,
            version: String::new(),
            failures: 0,
            repairs: 0,
            deleted: VecDeque::new(),
            bounds,
        }
    }

    /// What to ask next.
    pub fn want(&self) -> Want {
        match &self.phase {
            Phase::Listing { next } => Want::Page(next.clone()),
            Phase::Behind | Phase::Following { .. } => Want::Watch(self.version.clone()),
            Phase::Unfit(why) => Want::Nothing(*why),
        }
    }

    /// Whether everything was listed and a watch is open.
    pub fn is_following(&self) -> bool {
        matches!(self.phase, Phase::Following { .. })
    }

    /// Failures since the server last told something of use; each makes the next wait longer.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// What the objects take, in bytes, estimated.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The objects of a namespace, or all, in the order of a server's list.
    pub fn objects(&self, namespace: Option<&str>) -> Vec<Arc<Object>> {
        match namespace {
            None => self.objects.values().map(Arc::clone).collect(),
            Some(namespace) => {
                let prefix = format!("{namespace}/");
                let from = self.objects.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
                from.take_while(|(key, _)| key.starts_with(&prefix)).map(|(_, object)| Arc::clone(object)).collect()
            }
        }
    }

    /// Takes in one thing.
    pub fn take(&mut self, came: Came) {
        match came {
            Came::Page { objects, next, version } => self.take_page(objects, next, version),
            Came::Opened => {
                if self.phase == Phase::Behind {
                    self.phase = Phase::Following { heard: false };
                }
            }
            Came::Put(object) if self.hear() => self.put(object),
            Came::Gone(object) if self.hear() => self.remove(&object),
            Came::Bookmark(version) if self.hear() => self.reach(&version),
            Came::Put(_) | Came::Gone(_) | Came::Bookmark(_) => {}
            Came::Expired | Came::Silent => {
                self.failures = self.failures.saturating_add(1);
                self.begin_anew();
            }
            Came::Closed => match self.phase {
                Phase::Following { heard: true } => self.phase = Phase::Behind,
                // A watch that ends before it told anything is no progress: without a wait it would be asked in a loop.
                _ => self.fail(),
            },
            Came::Broken => self.fail(),
        }
    }

    /// Lets go of everything, because all mirrors together hold too much.
    pub fn give_up(&mut self) {
        self.clear();
        self.phase = Phase::Unfit(Unfit::TooMuch);
    }

    fn take_page(&mut self, objects: Vec<Object>, next: String, version: String) {
        let Phase::Listing { next: asked } = &self.phase else { return };
        if asked.is_empty() {
            self.clear();
        } else if *asked == next {
            // A server that gives the same token again would be asked for ever.
            self.fail();
            return self.begin_anew();
        }
        for object in objects {
            self.insert(object);
        }
        if self.is_over() {
            self.give_up();
        } else if !next.is_empty() {
            self.phase = Phase::Listing { next };
        } else if version.is_empty() || version == "0" {
            self.clear();
            self.phase = Phase::Unfit(Unfit::NoVersion);
        } else {
            self.version = version;
            self.phase = Phase::Behind;
        }
    }

    /// Notes that the open watch told something; false where none is open.
    fn hear(&mut self) -> bool {
        let Phase::Following { heard } = &mut self.phase else { return false };
        *heard = true;
        self.failures = 0;
        true
    }

    fn put(&mut self, object: Object) {
        let told = number(&object.version);
        match self.objects.get(&object.key) {
            Some(held) if is_older(told, number(&held.version)) => return,
            None if is_older(told, number(&self.version)) || told.is_some() && told == number(&self.version) => {
                // An old event of an object that is not here: told before it was deleted, or never taken in.
                let deleted = self.deleted.iter().rev().find(|(key, _)| *key == object.key);
                if deleted.is_none_or(|(_, version)| told > Some(*version)) {
                    self.repair();
                }
                return;
            }
            _ => {}
        }
        self.reach(&object.version);
        self.insert(object);
        if self.is_over() {
            self.give_up();
        }
    }

    fn remove(&mut self, last: &Object) {
        let told = number(&last.version);
        if self.objects.get(&last.key).is_some_and(|held| is_older(told, number(&held.version))) {
            return;
        }
        if let Some(held) = self.objects.remove(&last.key) {
            self.bytes = self.bytes.saturating_sub(held.bytes());
        }
        if let Some(version) = told {
            if self.deleted.len() == REMEMBERED_DELETIONS {
                self.deleted.pop_front();
            }
            self.deleted.push_back((Arc::clone(&last.key), version));
        }
        self.reach(&last.version);
    }

    /// Moves on to a version, never back.
    fn reach(&mut self, version: &str) {
        if !version.is_empty() && !is_older(number(version), number(&self.version)) {
            version.clone_into(&mut self.version);
        }
    }

    fn insert(&mut self, object: Object) {
        self.bytes += object.bytes();
        if let Some(before) = self.objects.insert(Arc::clone(&object.key), Arc::new(object)) {
            self.bytes = self.bytes.saturating_sub(before.bytes());
        }
    }

    fn is_over(&self) -> bool {
        self.objects.len() > self.bounds.objects || self.bytes > self.bounds.bytes
    }

    fn fail(&mut self) {
        self.failures = self.failures.saturating_add(1);
        match &self.phase {
            Phase::Following { .. } => self.phase = Phase::Behind,
            Phase::Unfit(_) => return,
            Phase::Listing { .. } | Phase::Behind => {}
        }
        if self.failures.is_multiple_of(FAILURES_BEFORE_LISTING) {
            self.begin_anew();
        }
    }

    /// Lists anew after an event that makes no sense where it came, each time a little later.
    fn repair(&mut self) {
        self.repairs += 1;
        self.failures = self.repairs;
        self.begin_anew();
        if self.repairs > REPAIRS {
            self.phase = Phase::Unfit(Unfit::Disorder);
        }
    }

    fn begin_anew(&mut self) {
        self.clear();
        self.phase = Phase::Listing { next: String::new() };
    }

    fn clear(&mut self) {
        self.objects.clear();
        self.deleted.clear();
        self.bytes = 0;
        self.version.clear();
    }
}

fn number(version: &str) -> Option<u64> {
    version.parse().ok()
}

/// Whether one version is known to be older than the other.
fn is_older(version: Option<u64>, other: Option<u64>) -> bool {
    matches!((version, other), (Some(version), Some(other)) if version < other)
}
