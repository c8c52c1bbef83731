//! One run: a new server over one backend, and some calls of its tools.
//!
//! A run of a seed makes few calls, so that many seeds are tried; over the seeds each call comes as often. One of them
//! is made twice, which reads what the server remembers.

use super::backend::{Backend, Kept, Manner};
use super::chance::Chance;
use super::corpus::{Call, Calls, Corpus};
use super::judge::judge;
use super::panics;
use super::servers::{Doors, Which};
use domain::envelope::{Envelope, Failure};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tools_common::CallContext;

/// How much longer than its deadline a call is waited for before it counts as hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time for a watch to begin between two calls.
const WATCHING: Duration = Duration::from_millis(3);

/// What a run did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The calls that were made.
    pub calls: Vec<Call>,
    /// What went wrong, one sentence each.
    pub wrong: Vec<String>,
    /// Calls that succeeded.
    pub succeeded: usize,
    /// Calls that were cut by their deadline.
    pub timed_out: usize,
    /// The longest call, with its tool.
    pub longest: (Duration, String),
    /// The largest result in bytes, with its tool.
    pub largest: (usize, String),
    /// Requests that came to the backend.
    pub requests: usize,
    /// Those of them that opened a watch.
    pub watches: usize,
    /// The answers that were changed; only where something went wrong.
    pub answers: Vec<Kept>,
}

/// The calls of a seed.
pub fn calls_of(seed: u64, calls: &Calls) -> Vec<Call> {
    let mut chance = Chance::of(seed, "calls");
    let in_turn = usize::try_from(seed % calls.calls.len().max(1) as u64).unwrap_or_default();
    let other = chance.below(calls.calls.len());
    [in_turn, in_turn, other].into_iter().filter_map(|which| calls.calls.get(which).cloned()).collect()
}

/// The run of a seed.
///
/// # Errors
/// The server does not start.
pub async fn of_seed(which: Which, corpus: &Arc<Corpus>, seed: u64, deadline: Duration) -> Result<Outcome, Failure> {
    let calls = calls_of(seed, &corpus.calls);
    let manner = Manner::Changed(Arc::clone(corpus), seed);
    of(which, manner, Calls { now: corpus.calls.now, calls }, deadline).await
}

/// A run of these calls.
///
/// # Errors
/// The server does not start.
pub async fn of(which: Which, manner: Manner, calls: Calls, deadline: Duration) -> Result<Outcome, Failure> {
    let keeps_lists = manner.keeps_lists();
    let backend = Backend::new(manner);
    let doors = Doors::of(which, backend.router(), keeps_lists)?;
    let mut outcome = Outcome::default();
    for (number, call) in calls.calls.iter().enumerate() {
        if keeps_lists && number > 0 {
            tokio::time::sleep(WATCHING).await;
        }
        let context = CallContext::direct(calls.now, deadline);
        let (result, took) = one(&doors, call, context, deadline + PATIENCE).await;
        let mut wrong = panics::take();
        match result {
            Ok(result) => {
                let (more, bytes) = judge(&result, took, deadline);
                wrong.extend(more);
                wrong.extend(panics::take());
                outcome.note(call, &result, took, bytes);
            }
            Err(told) => wrong.push(told),
        }
        let told = wrong
            .into_iter()
            .map(|wrong| format!("{} {}: {wrong}", call.tool, serde_json::Value::from(call.arguments.clone())));
        outcome.wrong.extend(told);
    }
    (outcome.requests, outcome.watches) = backend.requests();
    if !outcome.wrong.is_empty() {
        outcome.answers = backend.kept();
    }
    outcome.calls = calls.calls;
    Ok(outcome)
}

impl Outcome {
    fn note(&mut self, call: &Call, result: &Result<Envelope, Failure>, took: Duration, bytes: usize) {
        match result {
            Ok(_) => self.succeeded += 1,
            Err(failure) if failure.kind == domain::envelope::FailureKind::Timeout => self.timed_out += 1,
            Err(_) => {}
        }
        if took > self.longest.0 {
            self.longest = (took, call.tool.clone());
        }
        if bytes > self.largest.0 {
            self.largest = (bytes, call.tool.clone());
        }
    }
}

type Answered = Result<Result<Envelope, Failure>, String>;

/// One call in a task of its own: a panic ends the task, and a call that never yields is left behind.
async fn one(doors: &Doors, call: &Call, context: CallContext, patience: Duration) -> (Answered, Duration) {
    let (doors, call) = (doors.clone(), call.clone());
    let started = Instant::now();
    let task = tokio::spawn(async move { doors.call(call, context).await });
    let told = match tokio::time::timeout(patience, task).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err("the call panicked".to_owned()),
        Err(_) => Err(format!("the call is still running after {:.0} s", patience.as_secs_f64())),
    };
    (told, started.elapsed())
}
