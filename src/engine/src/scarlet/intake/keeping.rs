//! Keeping what was handed over: all requests that wait, with one write.
//!
//! Guarantees: a request is answered when all of its signals are durable, or with why they are not known to be; the same
//! observation is kept once, whoever hands it over and how often.

use super::SignalIntake;
use super::queue::{Request, away};
use crate::kept::bounded;
use domain::intake_queue::Kept;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use ports::signals::{IntakeError, Taken};
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::record::{self, Record as _, Versioned};
use std::sync::atomic::Ordering;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

/// Signals of one write at most, about: a request is not divided.
const BATCH: usize = 512;

/// Known signals that are looked at side by side.
const SIDE_BY_SIDE: usize = 16;

/// What became of one signal.
enum Outcome {
    Kept,
    Known,
    Refused(String),
}

impl SignalIntake {
    pub(super) async fn keep_until(&self, stop: &CancellationToken) {
        let Some(mut requests) = self.queue.receiver() else { return };
        loop {
            let first = tokio::select! {
                first = requests.recv() => first,
                () = stop.cancelled(), if !requests.is_closed() => {
                    // What stands in the queue by now is kept still.
                    requests.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            self.keep(batch(first, &mut requests)).await;
        }
    }

    async fn keep(&self, requests: Vec<Request>) {
        let sizes: Vec<usize> = requests.iter().map(|request| request.signals.len()).collect();
        let mut answers = Vec::with_capacity(requests.len());
        let mut kept = Vec::with_capacity(sizes.iter().sum());
        for Request { signals, answer, room } in requests {
            kept.extend(signals.into_iter().map(|signal| Kept::new(signal, self.next_place())));
            answers.push((answer, room));
        }
        let mut outcomes = self.write(kept).await.into_iter();
        for ((answer, room), size) in answers.into_iter().zip(sizes) {
            let told = told(outcomes.by_ref().take(size));
            if let Ok(Taken { kept, .. }) = &told {
                self.waiting.fetch_add(u64::try_from(*kept).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            // Whoever asked may have gone away; what is kept is kept.
            let _ = answer.send(told);
            drop(room);
        }
        self.arrived.notify_one();
    }

    /// What became of each, in their order.
    async fn write(&self, kept: Vec<Kept>) -> Vec<Result<Outcome, StoreError>> {
        let documents: Vec<_> = kept.iter().map(Kept::document).collect();
        let writes = kept.iter().zip(&documents).filter_map(|(kept, document)| {
            let document = document.as_ref().ok()?.clone();
            Some(Write::put(Kept::COLLECTION, kept.id.clone(), Expect::Absent, document))
        });
        let writes: Vec<Write> = writes.collect();
        let written = bounded(async { Ok(self.store.write_all(writes).await) }).await;
        let mut written = written.map(Vec::into_iter);
        let unanswered = || StoreError::Unknown { message: "the store did not tell of every signal".to_owned() };
        let answers: Vec<Result<u64, StoreError>> = documents
            .into_iter()
            .map(|document| match (document, &mut written) {
                (Err(error), _) => Err(error),
                (Ok(_), Ok(written)) => written.next().unwrap_or_else(|| Err(unanswered())),
                (Ok(_), Err(error)) => Err(error.clone()),
            })
            .collect();
        let outcomes = kept.into_iter().zip(answers).map(|(kept, answer)| self.outcome(kept, answer).boxed());
        let outcomes: Vec<BoxFuture<'_, _>> = outcomes.collect();
        futures::stream::iter(outcomes).buffered(SIDE_BY_SIDE).collect().await
    }

    async fn outcome(&self, kept: Kept, answer: Result<u64, StoreError>) -> Result<Outcome, StoreError> {
        match answer {
            Ok(_) => Ok(Outcome::Kept),
            Err(StoreError::Conflict { .. }) => self.again(kept).await,
            Err(error @ (StoreError::Invalid { .. } | StoreError::TooLarge { .. })) => {
                Ok(Outcome::Refused(error.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// What becomes of one that was kept before.
    async fn again(&self, kept: Kept) -> Result<Outcome, StoreError> {
        let found = match bounded(record::load::<Kept>(&*self.store, &kept.id)).await {
            // What cannot be read stands in the log when it is to be decided; it is there.
            Err(StoreError::Corrupt { .. } | StoreError::Newer { .. }) => return Ok(Outcome::Known),
            found => found?,
        };
        let (next, expect) = match found {
            Some(Versioned { version, value }) => match value.renewed(kept.signal, kept.order) {
                Some(renewed) => (renewed, Expect::Version(version)),
                None => return Ok(Outcome::Known),
            },
            // It ended between the two.
            None => (kept, Expect::Absent),
        };
        match bounded(record::save(&*self.store, &next, expect)).await {
            Ok(_) => Ok(Outcome::Kept),
            Err(StoreError::Conflict { .. }) => Ok(Outcome::Known),
            Err(error) => Err(error),
        }
    }

    /// A place behind all that this process has given; by the clock, so that those of several processes mix.
    fn next_place(&self) -> i64 {
        let now = self.clock.now().timestamp_micros();
        let given = self.order.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1)));
        now.max(given.unwrap_or_default() + 1)
    }
}

fn batch(first: Request, requests: &mut Receiver<Request>) -> Vec<Request> {
    let (mut signals, mut batch) = (first.signals.len(), vec![first]);
    while signals < BATCH {
        let Ok(next) = requests.try_recv() else { break };
        signals += next.signals.len();
        batch.push(next);
    }
    batch
}

fn told(outcomes: impl Iterator<Item = Result<Outcome, StoreError>>) -> Result<Taken, IntakeError> {
    let mut taken = Taken::default();
    let mut failed = None;
    for outcome in outcomes {
        match outcome {
            Ok(Outcome::Kept) => taken.kept += 1,
            Ok(Outcome::Known) => taken.known += 1,
            Ok(Outcome::Refused(why)) => taken.refused.push(why),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(taken), |error| Err(away(&format!("signals could not be kept: {error}"))))
}
