//! From a body to signals, off the runtime's workers where it takes long.

use super::answer::Answer;
use super::body::Whole;
use super::{Receiver, Shape};
use chrono::{DateTime, Utc};
use domain::signal::{Signal, alertmanager, generic};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Bytes from which on reading a body takes long enough to hold up others.
const LARGE_BYTES: usize = 128 * 1024;

/// Large bodies that are read at a time: what they are made into takes a multiple of their bytes.
static LARGE: Semaphore = Semaphore::const_new(2);

/// The signals, and what could not be read, in sentences.
pub(super) async fn read(
    receiver: &Arc<Receiver>,
    body: Whole,
    now: DateTime<Utc>,
) -> Result<(Vec<Signal>, Vec<String>), Answer> {
    if body.bytes.len() < LARGE_BYTES {
        return read_now(receiver, &body.bytes, now);
    }
    // Never closed.
    let Ok(_turn) = LARGE.acquire().await else { return Err(Answer::no_room()) };
    let receiver = Arc::clone(receiver);
    let read = tokio::task::spawn_blocking(move || read_now(&receiver, &body.bytes, now));
    read.await.unwrap_or_else(|_| Err(Answer::not_read()))
}

fn read_now(receiver: &Receiver, body: &[u8], now: DateTime<Utc>) -> Result<(Vec<Signal>, Vec<String>), Answer> {
    let name = receiver.name.as_str();
    let read = match &receiver.shape {
        Shape::Alertmanager => {
            alertmanager::read(body, name, name, now).map(|(signals, problems)| (signals, told(&problems)))
        }
        Shape::Declared { mapping, environment, environments } => {
            let environments: Vec<&str> = environments.iter().map(String::as_str).collect();
            generic::read(body, mapping, environment, &environments, name, now)
                .map(|(signals, problems)| (signals, told(&problems)))
        }
    };
    read.map_err(|unreadable| Answer::unreadable(&unreadable.to_string(), &receiver.shape))
}

fn told(problems: &[impl ToString]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
