//! One question from the queue to the reply: waits for a place, then attempts until one succeeds or none may follow.

mod attempt;

use crate::breaker::Admission;
use crate::client::Shared;
use crate::text_protocol;
use crate::trouble::Trouble;
use attempt::Attempt;
use futures::stream::{self, BoxStream, StreamExt};
use ports::model::{ModelError, ModelEvent, ModelRequest};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

type Event = Result<ModelEvent, ModelError>;

/// Events that wait for a slow reader; more than that and the reading of the answer waits too.
const EVENTS_AHEAD: usize = 64;

/// The events of one question. The work is done inside the stream itself, so dropping it ends the request.
pub(crate) fn ask(shared: Arc<Shared>, request: ModelRequest, cancel: CancellationToken) -> BoxStream<'static, Event> {
    let (sender, receiver) = mpsc::channel(EVENTS_AHEAD);
    let work = stream::once(drive(shared, request, cancel, sender)).filter_map(|()| async { None });
    let events =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) });
    stream::select(events, work).boxed()
}

async fn drive(shared: Arc<Shared>, request: ModelRequest, cancel: CancellationToken, sender: mpsc::Sender<Event>) {
    let total = shared.settings.total_deadline;
    let question = Question { shared: &shared, request: &request, sender: &sender };
    let outcome = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ModelError::Cancelled),
        outcome = timeout(total, question.answer()) => {
            outcome.unwrap_or_else(|_| Err(shared.whom.late("complete answer", total).error))
        }
    };
    if let Err(error) = outcome {
        // A reader that is gone needs no error.
        let _ = sender.send(Err(error)).await;
    }
}

struct Question<'a> {
    shared: &'a Shared,
    request: &'a ModelRequest,
    sender: &'a mpsc::Sender<Event>,
}

impl Question<'_> {
    async fn answer(&self) -> Result<(), ModelError> {
        let settings = &self.shared.settings;
        let Some(mut ticket) = self.shared.gate.enter() else {
            let (running, waiting) = self.shared.gate.load();
            let address = &self.shared.whom.address;
            let told = format!("{running} requests to {address} are under way and {waiting} wait; try again later");
            return Err(ModelError::Busy(told));
        };
        loop {
            match ticket.place() {
                0 => break,
                place => {
                    let _ = self.sender.send(Ok(ModelEvent::Queued(place))).await;
                    ticket.moved().await;
                }
            }
        }
        let model = self.shared.model_name().await?;
        let mut repetition = 0;
        let mut before: Option<ModelError> = None;
        loop {
            // A breaker that opened on our own failures is no news; what failed is.
            let outcome = self.attempt(&model).await.map_err(|refused| before.take().unwrap_or(refused))?;
            let trouble = match outcome {
                None => return Ok(()),
                Some((trouble, shown)) if shown || !trouble.repeatable || repetition >= settings.retries => {
                    return Err(trouble.error);
                }
                Some((trouble, _)) => trouble,
            };
            let wait = settings.backoff.wait_as_asked(repetition, self.shared.draw(), trouble.wish);
            let Some(wait) = wait else { return Err(trouble.error) };
            tracing::debug!(error = %trouble.error, ?wait, "the model is asked again");
            tokio::time::sleep(wait).await;
            repetition += 1;
            before = Some(trouble.error);
        }
    }

    /// One attempt, again at once where a refusal taught the endpoint's dialect. `None` when it succeeded; otherwise
    /// the trouble, and whether text was passed on before.
    async fn attempt(&self, model: &str) -> Result<Option<(Trouble, bool)>, ModelError> {
        let mut notes = Vec::new();
        loop {
            let pass = Pass::through(self.shared)?;
            let dialect = self.shared.dialect();
            let text_tools = !dialect.native_tools && speaks_of_tools(self.request);
            let sent = if text_tools { text_protocol::rewrite(self.request) } else { self.request.clone() };
            let attempt = Attempt { shared: self.shared, request: self.request, sent: &sent, model, dialect };
            let failed = match attempt.run(self.sender, &notes).await {
                Ok(()) => {
                    pass.succeeded();
                    return Ok(None);
                }
                Err(failed) => failed,
            };
            match failed.trouble.counts {
                true => pass.failed(&failed.trouble.error),
                // Whoever refuses a request is alive.
                false => pass.succeeded(),
            }
            let refusal = failed.trouble.refusal.as_ref();
            let offered = !sent.tools.is_empty();
            let learned = refusal.and_then(|(status, message)| dialect.learn(*status, message, offered));
            match learned {
                Some((learned, note)) if !failed.shown => {
                    self.shared.set_dialect(learned);
                    notes.push(note);
                }
                _ => return Ok(Some((failed.trouble, failed.shown))),
            }
        }
    }
}

fn speaks_of_tools(request: &ModelRequest) -> bool {
    use ports::model::Message;
    let with_calls = |message: &Message| match message {
        Message::Assistant { calls, .. } => !calls.is_empty(),
        Message::Tool { .. } => true,
        _ => false,
    };
    !request.tools.is_empty() || request.messages.iter().any(with_calls)
}

/// Leave of the circuit breaker; an attempt that ends without a report is abandoned.
pub(crate) struct Pass<'a> {
    shared: &'a Shared,
    reported: bool,
}

impl<'a> Pass<'a> {
    pub(crate) fn through(shared: &'a Shared) -> Result<Self, ModelError> {
        match shared.with_breaker(|breaker| breaker.admit(Instant::now())) {
            Admission::Open | Admission::Probe => Ok(Self { shared, reported: false }),
            Admission::Refused(rest) => {
                let rest = rest.max(Duration::from_secs(1)).as_secs();
                let (address, failures) = (&shared.whom.address, shared.settings.breaker_failures);
                let last = shared.last_failure.lock().unwrap_or_else(PoisonError::into_inner);
                let told =
                    format!("{address} failed {failures} times in a row and is asked again in {rest} s; last, {last}");
                Err(ModelError::Unreachable(told))
            }
        }
    }

    pub(crate) fn succeeded(mut self) {
        self.reported = true;
        self.shared.with_breaker(crate::breaker::Breaker::succeeded);
    }

    pub(crate) fn failed(mut self, error: &ModelError) {
        self.reported = true;
        *self.shared.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
        self.shared.with_breaker(|breaker| breaker.failed(Instant::now()));
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.shared.with_breaker(|breaker| breaker.abandoned(Instant::now()));
        }
    }
}
