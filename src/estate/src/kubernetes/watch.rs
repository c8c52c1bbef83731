//! Watches: JSON lines of what changes, bookmarks while nothing does, `410 Gone` for who comes too late.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::error::ApiError;
use super::read::{fits, shape};
use super::request::{Form, Target};
use super::{Call, answer, table};
use crate::Estate;
use crate::world::object::set;
use crate::world::selector::{FieldSelector, LabelSelector};
use crate::world::store::{Change, ChangeKind};

/// How often a quiet watch lets the world go on.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(30 * 60);

struct Watcher {
    estate: Arc<Estate>,
    target: Target,
    form: Form,
    parameters: super::request::Parameters,
    labels: LabelSelector,
    fields: FieldSelector,
    version: u64,
    waiting: VecDeque<Bytes>,
    bookmarks: bool,
    bookmark_at: Instant,
    ends_at: Instant,
    over: bool,
}

/// Starts a watch.
pub fn answer(call: &Call) -> Result<Response<Body>, ApiError> {
    let (labels, mut fields) = call.parameters.selectors(call.target.resource)?;
    if let Some(own) = &call.target.name {
        fields = FieldSelector::parse(&format!("metadata.name={own}")).map_err(ApiError::bad_request)?;
    }
    let seconds = call.parameters.number("timeoutSeconds")?.and_then(|seconds| u64::try_from(seconds).ok());
    let length = seconds.map_or(LONGEST, Duration::from_secs).min(LONGEST);
    let asked = call.parameters.number("resourceVersion")?.unwrap_or(0).max(0) as u64;
    let initial = call.parameters.flag("sendInitialEvents");
    let mut watcher = Watcher {
        estate: Arc::clone(&call.estate),
        target: call.target.clone(),
        form: call.form,
        parameters: call.parameters.clone(),
        labels,
        fields,
        version: asked,
        waiting: VecDeque::new(),
        bookmarks: call.parameters.flag("allowWatchBookmarks"),
        bookmark_at: Instant::now() + BOOKMARK_EVERY,
        ends_at: Instant::now() + length,
        over: false,
    };
    if asked == 0 || initial {
        watcher.begin_with_all(initial);
    }
    let lines = stream::unfold(watcher, |mut watcher| async move {
        let line = watcher.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), watcher))
    });
    Ok(answer::body(StatusCode::OK, "application/json", Body::from_stream(lines)))
}

impl Watcher {
    fn begin_with_all(&mut self, initial: bool) {
        let estate = Arc::clone(&self.estate);
        let (version, objects) = estate.with_world(|world| {
            let store = world.store();
            (store.version(), store.list(self.target.resource.plural, self.target.namespace.as_deref()))
        });
        self.version = version;
        for object in objects {
            if fits(&object, &self.labels, &self.fields) {
                self.tell("ADDED", &object);
            }
        }
        if initial {
            self.bookmark(true);
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                return Some(line);
            }
            if self.over || Instant::now() >= self.ends_at {
                return None;
            }
            self.collect();
            if !self.waiting.is_empty() {
                continue;
            }
            if self.bookmarks && Instant::now() >= self.bookmark_at {
                self.bookmark(false);
                continue;
            }
            let estate = Arc::clone(&self.estate);
            let wake = (Instant::now() + LOOK_EVERY).min(self.ends_at);
            tokio::select! {
                () = estate.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    fn collect(&mut self) {
        let estate = Arc::clone(&self.estate);
        let (resource, namespace) = (self.target.resource.plural, self.target.namespace.clone());
        let found = estate.with_world(|world| {
            let version = world.store().version();
            let changes = world.store().changes_since(self.version)?;
            let mine = |change: &&Change| {
                change.resource == resource
                    && namespace
                        .as_deref()
                        .is_none_or(|wanted| crate::world::object::namespace(&change.object) == wanted)
            };
            Ok((version, changes.filter(mine).cloned().collect::<Vec<Change>>()))
        });
        match found {
            Ok((version, changes)) => {
                for change in changes {
                    self.tell_change(&change);
                }
                self.version = version;
            }
            Err(gone) => {
                let event = json!({"type": "ERROR", "object": ApiError::expired(gone).status()});
                self.waiting.push_back(line(&event));
                self.over = true;
            }
        }
    }

    /// An object that begins or ceases to match is told as added or deleted.
    fn tell_change(&mut self, change: &Change) {
        let matches = change.kind != ChangeKind::Deleted && fits(&change.object, &self.labels, &self.fields);
        let matched = change.before.as_ref().is_some_and(|before| fits(before, &self.labels, &self.fields));
        match (matched, matches) {
            (false, true) => self.tell("ADDED", &change.object),
            (true, true) => self.tell("MODIFIED", &change.object),
            (true, false) => self.tell("DELETED", &change.object),
            (false, false) => {}
        }
    }

    fn tell(&mut self, kind: &str, object: &Arc<Value>) {
        let shaped = if self.form == Form::Table {
            let now = self.estate.with_world(|world| world.now());
            let version = object.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
            let objects = std::slice::from_ref(object);
            table::render_parts(&self.target, &self.parameters, objects, now, json!({"resourceVersion": version}))
        } else {
            shape(&self.target, self.form, object, false)
        };
        self.waiting.push_back(line(&json!({"type": kind, "object": shaped})));
    }

    fn bookmark(&mut self, initial_end: bool) {
        self.bookmark_at = Instant::now() + BOOKMARK_EVERY;
        let resource = self.target.resource;
        let mut object = json!({"kind": resource.kind, "apiVersion": resource.api_version(),
            "metadata": {"resourceVersion": self.version.to_string(), "creationTimestamp": null}});
        if initial_end {
            set(&mut object, &["metadata", "annotations"], json!({"k8s.io/initial-events-end": "true"}));
        }
        self.waiting.push_back(line(&json!({"type": "BOOKMARK", "object": object})));
    }
}

fn line(event: &Value) -> Bytes {
    let mut text = event.to_string();
    text.push('\n');
    Bytes::from(text)
}
