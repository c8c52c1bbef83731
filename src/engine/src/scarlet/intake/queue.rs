//! What was handed over and is not kept yet: a bounded queue in memory, whose ends wait for each other.
//!
//! Guarantees: room is counted in bytes as well as in requests; whoever finds none waits a moment and is refused; an answer
//! always comes.

use super::LATER;
use domain::redaction::redact_in_place;
use domain::signal::Signal;
use ports::signals::{IntakeError, Taken};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Requests that wait at most.
const REQUESTS: usize = 4_096;

/// KiB of signals that wait at most.
const ROOM_KIB: u32 = 16 * 1024;

/// How long a request waits for room.
const ROOM_WAIT: Duration = Duration::from_secs(1);

/// How long it waits to be kept.
const KEEP_WAIT: Duration = Duration::from_secs(8);

/// Bytes of a signal beside its texts, about.
const FRAME_BYTES: usize = 512;

/// What was handed over at once.
pub(super) struct Request {
    pub(super) signals: Vec<Signal>,
    pub(super) answer: oneshot::Sender<Result<Taken, IntakeError>>,
    pub(super) room: OwnedSemaphorePermit,
}

/// The queue.
pub(super) struct Queue {
    sender: mpsc::Sender<Request>,
    receiver: Mutex<Option<mpsc::Receiver<Request>>>,
    room: Arc<Semaphore>,
}

impl Queue {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(REQUESTS);
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        Self { sender, receiver: Mutex::new(Some(receiver)), room }
    }

    /// The end from which requests are taken; there is one.
    pub(super) fn receiver(&self) -> Option<mpsc::Receiver<Request>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Hands signals over, and waits until they are kept.
    pub(super) async fn take(&self, mut signals: Vec<Signal>) -> Result<Taken, IntakeError> {
        if signals.is_empty() {
            return Ok(Taken::default());
        }
        let bytes: usize = signals.iter_mut().map(without_secrets).sum();
        let (answer, answered) = oneshot::channel();
        let entered = tokio::time::timeout(ROOM_WAIT, async {
            let room = self.room.clone().acquire_many_owned(kib(bytes)).await.ok()?;
            self.sender.send(Request { signals, answer, room }).await.ok()
        });
        match entered.await {
            Ok(Some(())) => {}
            Ok(None) => return Err(away("the intake has stopped with this process")),
            Err(_) => {
                let message = "signals come faster than they can be kept: come again later".to_owned();
                return Err(IntakeError::Full { message, retry_after: LATER });
            }
        }
        match tokio::time::timeout(KEEP_WAIT, answered).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(away("the intake has stopped with this process")),
            Err(_) => Err(away(&format!("the store did not keep the signals within {} s", KEEP_WAIT.as_secs()))),
        }
    }
}

/// That they are not known to be kept.
pub(super) fn away(why: &str) -> IntakeError {
    let message = format!("{why}: nothing is acknowledged, come again later");
    IntakeError::Away { message, retry_after: LATER }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).min(ROOM_KIB)
}

/// Takes the secrets out of what a signal says. Answers with about its size.
fn without_secrets(signal: &mut Signal) -> usize {
    redact_in_place(&mut signal.text);
    let labels = signal.labels.iter_mut().map(|(name, value)| {
        redact_in_place(value);
        name.len() + value.len()
    });
    labels.sum::<usize>() + signal.text.len() + FRAME_BYTES
}
