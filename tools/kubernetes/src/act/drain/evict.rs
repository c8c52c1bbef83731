//! Evicting pods until all are gone, or the time is over.

use super::sort::Leaving;
use crate::act::eviction;
use crate::act::subject::Subject;
use crate::backend::{Cluster, WriteRequest};
use crate::query::kinds::Kind;
use crate::query::request;
use crate::shape::api::Named;
use domain::envelope::FailureKind;
use http::StatusCode;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tools_common::CallContext;
use tools_common::act::Act;

/// Between two rounds.
const PAUSE: Duration = Duration::from_secs(2);

/// What the call keeps of its time for telling its result.
const RESERVE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Not evicted yet; what the server said last.
    Waiting(String),
    /// Evicted, and still ending.
    Ending,
    Gone,
}

/// When the last round must begin: the drain's own time, and what the call has left for telling its result.
pub fn end_of(allowed: Duration, context: &CallContext) -> Instant {
    (Instant::now() + allowed).min(context.deadline.checked_sub(RESERVE).unwrap_or(context.deadline))
}

/// Whether there is no time for another round, or none is wanted.
pub fn is_over(until: Instant, context: &CallContext) -> bool {
    context.cancel.is_cancelled() || Instant::now() + PAUSE >= until
}

/// The evictions of one drain.
pub struct Eviction<'a> {
    cluster: &'a Cluster,
    pods: Vec<(Leaving, State)>,
    steps: Vec<String>,
    /// A rehearsal evicts nothing, so that nothing of it ends.
    rehearsed: bool,
}

impl<'a> Eviction<'a> {
    /// Nothing is evicted yet.
    pub fn new(subject: &Subject<'a>, pods: Vec<Leaving>) -> Self {
        let pods = pods.into_iter().map(|pod| (pod, State::Waiting("not asked yet".to_owned()))).collect();
        Self { cluster: subject.cluster, pods, steps: Vec::new(), rehearsed: false }
    }

    /// Asks the server for each pod whether it would go now. Budgets are not used up by a rehearsal, so that of two
    /// pods of one budget both may be told to go.
    pub async fn rehearse(&mut self, act: &Act) {
        self.rehearsed = true;
        for index in 0..self.pods.len() {
            self.evict(act, index).await;
        }
        let would_go = self.pods.iter().filter(|(_, state)| *state != State::Gone).count() - self.left().len();
        self.steps.push(format!("{would_go} of {} pods would go at once", self.pods.len()));
    }

    /// Adds pods that are not among them yet; says whether there were any.
    pub fn add(&mut self, pods: Vec<Leaving>) -> bool {
        let before = self.pods.len();
        for pod in pods {
            if !self.pods.iter().any(|(known, _)| known.uid == pod.uid) {
                self.pods.push((pod, State::Waiting("not asked yet".to_owned())));
            }
        }
        self.pods.len() > before
    }

    /// Whether all are gone.
    pub fn is_done(&self) -> bool {
        self.pods.iter().all(|(_, state)| *state == State::Gone)
    }

    /// Evicts, and waits for the pods to end, until then or until it is stopped.
    pub async fn run(&mut self, act: &Act, context: &CallContext, until: Instant) {
        loop {
            for index in 0..self.pods.len() {
                if context.cancel.is_cancelled() || Instant::now() >= until {
                    return;
                }
                match self.pods.get(index).map(|(_, state)| state.clone()) {
                    Some(State::Waiting(_)) => self.evict(act, index).await,
                    Some(State::Ending) => self.look(index).await,
                    _ => {}
                }
            }
            let gone = self.pods.iter().filter(|(_, state)| *state == State::Gone).count();
            let total = self.pods.len();
            context.progress.tell(gone as f64, Some(total as f64), format!("{gone} of {total} pods are gone"));
            if gone == total || is_over(until, context) {
                return;
            }
            tokio::select! {
                () = context.cancel.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// Pods that are not gone, each with the reason.
    pub fn left(&self) -> Vec<String> {
        let left = self.pods.iter().filter_map(|(pod, state)| match state {
            State::Waiting(why) => Some(format!("{pod}: {why}")),
            State::Ending if !self.rehearsed => Some(format!("{pod}: evicted, and still ending")),
            State::Ending | State::Gone => None,
        });
        left.collect()
    }

    /// What was done, in order.
    pub fn into_steps(self) -> Vec<String> {
        self.steps
    }

    async fn evict(&mut self, act: &Act, index: usize) {
        let Some((pod, _)) = self.pods.get(index) else { return };
        let answer = self.cluster.write(act, &request_of(pod, act)).await;
        let (state, step) = match answer {
            Ok(_) if act.is_dry_run() => (State::Ending, None),
            Ok(_) => (State::Ending, Some(format!("evicted {pod}"))),
            Err(rejected) if rejected.status == StatusCode::NOT_FOUND => {
                (State::Gone, Some(format!("{pod} was gone already")))
            }
            // Another pod of the same name by now, or one that changed meanwhile: the next look tells which.
            Err(rejected) if rejected.status == StatusCode::CONFLICT => (State::Ending, None),
            Err(rejected) => (State::Waiting(rejected.failure.message), None),
        };
        self.steps.extend(step);
        if let Some((_, held)) = self.pods.get_mut(index) {
            *held = state;
        }
    }

    async fn look(&mut self, index: usize) {
        let Some((pod, held)) = self.pods.get_mut(index) else { return };
        let request = request::get_metadata(&Kind::built_in("Pod"), Some(&pod.namespace), &pod.name);
        match self.cluster.fetch_json::<Named>(&request).await {
            // Still there and not ending: the eviction did not take.
            Ok(found) if found.metadata.uid == pod.uid => {
                if found.metadata.deletion_timestamp.is_none() {
                    *held = State::Waiting("it was asked to leave and is still there".to_owned());
                }
            }
            Ok(_) => *held = State::Gone,
            Err(failure) if failure.kind == FailureKind::NotFound => *held = State::Gone,
            // It is not known: looked at again in the next round.
            Err(_) => {}
        }
    }
}

/// The pod that was seen, and no other of its name.
fn request_of(pod: &Leaving, act: &Act) -> WriteRequest {
    let dry_run: &[&str] = if act.is_dry_run() { &["All"] } else { &[] };
    let options = json!({"preconditions": {"uid": pod.uid}, "dryRun": dry_run});
    eviction::request(&pod.namespace, &pod.name, options)
}
