//! One consumer of a group of a stream.
//!
//! A task of its own reads, over a connection of its own, since a read that waits blocks its connection. It reads one
//! event at a time and only when it is asked to, so that nothing waits here while another consumer is free; a caller
//! that stops waiting loses nothing.

use super::Shared;
use super::connection::{Connection, milliseconds};
use super::errors::{is_group_missing, is_group_there, told};
use super::scripts;
use async_trait::async_trait;
use fred::error::Error;
use fred::types::{RespVersion, Value};
use ports::bus::{BusError, Delivery, Event, Subscription};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A read waits for so long at most, then looks for what others left.
const BLOCK: Duration = Duration::from_secs(1);

/// Between two attempts after an error, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// One consumer. What it did not acknowledge goes to others after the idle time.
pub struct Reader {
    shared: Arc<Shared>,
    topic: String,
    group: String,
    demand: Arc<Notify>,
    asked: bool,
    came: mpsc::Receiver<(Delivery, Instant)>,
    task: JoinHandle<()>,
}

impl Reader {
    pub(super) fn start(shared: Arc<Shared>, topic: &str, group: &str, consumer: &str) -> Self {
        let (give, came) = mpsc::channel(1);
        let demand = Arc::new(Notify::new());
        let reading = Reading {
            shared: Arc::clone(&shared),
            topic: topic.to_owned(),
            group: group.to_owned(),
            consumer: consumer.to_owned(),
            joined: false,
            cursor: START.to_owned(),
            claimed: None,
        };
        let stopped = shared.stopped.clone();
        let asked = Arc::clone(&demand);
        let task = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = reading.run(asked, give) => {}
            }
        });
        Self { shared, topic: topic.to_owned(), group: group.to_owned(), demand, asked: false, came, task }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[async_trait]
impl Subscription for Reader {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        loop {
            if !self.asked {
                self.asked = true;
                self.demand.notify_one();
            }
            let Some((delivery, at)) = self.came.recv().await else { return Err(BusError::Closed) };
            self.asked = false;
            // What lay here for long is about to be given to somebody else.
            if at.elapsed() < self.shared.settings.limits.idle / 2 {
                return Ok(delivery);
            }
        }
    }

    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError> {
        self.shared.stream(&self.topic).acknowledge(&self.group, &delivery.event.id, &delivery.receipt).await
    }
}

/// Where looking for what others left begins.
const START: &str = "0-0";

struct Reading {
    shared: Arc<Shared>,
    topic: String,
    group: String,
    consumer: String,
    /// Whether the group was there before: then it is made anew from the beginning of the stream, not from its end.
    joined: bool,
    cursor: String,
    /// When everything that others left was looked at last.
    claimed: Option<Instant>,
}

/// One entry as it came.
struct Entry {
    id: String,
    fields: Value,
}

impl Reading {
    async fn run(mut self, demand: Arc<Notify>, give: mpsc::Sender<(Delivery, Instant)>) {
        let mut connection: Option<Connection> = None;
        loop {
            demand.notified().await;
            let mut pause = PAUSE.0;
            let delivery = loop {
                match self.attempt(&mut connection).await {
                    Ok(Some(delivery)) => break delivery,
                    Ok(None) => pause = PAUSE.0,
                    Err(error) => {
                        tracing::debug!(%error, topic = self.topic, group = self.group, "reading goes on later");
                        connection = None;
                        tokio::time::sleep(pause).await;
                        pause = PAUSE.1.min(pause.saturating_mul(2));
                    }
                }
            };
            if give.send((delivery, Instant::now())).await.is_err() {
                return;
            }
        }
    }

    async fn attempt(&mut self, connection: &mut Option<Connection>) -> Result<Option<Delivery>, BusError> {
        let settings = Arc::clone(&self.shared.settings);
        let open = match connection.take() {
            Some(open) if open.is_open() => open,
            _ => {
                let open = Connection::open(&settings, RespVersion::RESP2).await?;
                self.join(&open).await?;
                open
            }
        };
        let connection = connection.insert(open);
        let found = match self.look(connection).await {
            Ok(found) => found,
            Err(error) if is_group_missing(&error) => {
                tracing::warn!(topic = self.topic, group = self.group, "the group is gone from Redis; it is made anew");
                self.join(connection).await?;
                return Ok(None);
            }
            Err(error) => return Err(told(settings.place(), &format!("reading {}", self.key()), &error)),
        };
        match found {
            Some(entry) => self.delivery(connection, entry).await,
            None => Ok(None),
        }
    }

    /// Makes the group where it is not there.
    async fn join(&mut self, connection: &Connection) -> Result<(), BusError> {
        let from = if self.joined { "0" } else { "$" };
        let arguments =
            vec!["CREATE".into(), self.key().into(), self.group.as_str().into(), from.into(), "MKSTREAM".into()];
        match connection.ask(self.shared.settings.command_timeout, "XGROUP", arguments).await {
            Err(error) if !is_group_there(&error) => {
                let what = format!("joining the group {} of {}", self.group, self.key());
                Err(told(self.shared.settings.place(), &what, &error))
            }
            _ => {
                self.joined = true;
                Ok(())
            }
        }
    }

    /// What somebody left, or what is new.
    async fn look(&mut self, connection: &Connection) -> Result<Option<Entry>, Error> {
        let every = (self.shared.settings.limits.idle / 4).min(BLOCK.saturating_mul(5));
        if self.claimed.is_none_or(|claimed| claimed.elapsed() >= every)
            && let Some(left) = self.claim(connection).await?
        {
            return Ok(Some(left));
        }
        let block = every.min(BLOCK).max(Duration::from_millis(10));
        let (group, consumer) = (self.group.as_str(), self.consumer.as_str());
        let mut arguments: Vec<Value> = vec!["GROUP".into(), group.into(), consumer.into(), "COUNT".into(), 1.into()];
        arguments.extend(["BLOCK".into(), milliseconds(block), "STREAMS".into(), self.key().into(), ">".into()]);
        let timeout = block.saturating_add(self.shared.settings.command_timeout);
        let answer = connection.ask(timeout, "XREADGROUP", arguments).await?;
        // [[stream, [[id, [field, value ...]]]]], or nothing.
        Ok(element(&answer, 0).and_then(|stream| element(stream, 1)).and_then(first_entry))
    }

    /// One entry that somebody left.
    async fn claim(&mut self, connection: &Connection) -> Result<Option<Entry>, Error> {
        let settings = &self.shared.settings;
        let (key, group, consumer) = (self.key(), self.group.as_str(), self.consumer.as_str());
        let mut arguments: Vec<Value> = vec![key.into(), group.into(), consumer.into()];
        arguments.extend([milliseconds(settings.limits.idle), self.cursor.as_str().into(), "COUNT".into(), 1.into()]);
        let answer = connection.ask(settings.command_timeout, "XAUTOCLAIM", arguments).await?;
        // [next cursor, [[id, [field, value ...]] ...], [ids that are gone from the stream ...]]
        let next = element(&answer, 0).and_then(Value::as_string).unwrap_or_else(|| START.to_owned());
        if let Some(Value::Array(gone)) =
            element(&answer, 2).filter(|gone| !matches!(gone, Value::Array(none) if none.is_empty()))
        {
            let (topic, group) = (&self.topic, &self.group);
            tracing::error!(topic, group, count = gone.len(), "events that nobody had handled were removed from Redis");
        }
        if next == START {
            self.claimed = Some(Instant::now());
        }
        self.cursor = next;
        Ok(element(&answer, 1).and_then(first_entry))
    }

    /// The delivery of an entry; none where it was handled, or is nothing of ours.
    async fn delivery(&self, connection: &Connection, entry: Entry) -> Result<Option<Delivery>, BusError> {
        let Some(event) = event(&entry.fields) else {
            tracing::error!(
                key = self.key(),
                entry = entry.id,
                group = self.group,
                "an entry that this program did not write is passed over"
            );
            let arguments = vec![self.key().into(), self.group.as_str().into(), entry.id.into()];
            let answer = connection.ask(self.shared.settings.command_timeout, "XACK", arguments).await;
            let what = format!("passing over an entry of {}", self.key());
            return answer.map(|_| None).map_err(|error| told(self.shared.settings.place(), &what, &error));
        };
        let handled = self.shared.stream(&self.topic).handled_key(&self.group, &event.id);
        let arguments = vec![self.group.as_str().into(), entry.id.as_str().into()];
        let what = format!("taking {} of {}", event.id, self.key());
        let attempts = connection.run(&what, scripts::DELIVER, vec![self.key(), handled], arguments).await?;
        let attempt = attempts.as_i64().and_then(|attempts| u32::try_from(attempts).ok()).unwrap_or_default();
        Ok((attempt > 0).then_some(Delivery { event, attempt, receipt: entry.id }))
    }

    fn key(&self) -> String {
        self.shared.stream(&self.topic).key()
    }
}

fn element(value: &Value, at: usize) -> Option<&Value> {
    match value {
        Value::Array(elements) => elements.get(at),
        _ => None,
    }
}

fn first_entry(entries: &Value) -> Option<Entry> {
    let entry = element(entries, 0)?;
    Some(Entry { id: element(entry, 0)?.as_string()?, fields: element(entry, 1)?.clone() })
}

/// The event of an entry's fields.
fn event(fields: &Value) -> Option<Event> {
    let Value::Array(fields) = fields else { return None };
    let (pairs, _) = fields.as_chunks::<2>();
    let (_, json) =
        pairs.iter().map(|[name, value]| (name, value)).find(|(name, _)| name.as_str().as_deref() == Some("event"))?;
    serde_json::from_str(&json.as_str()?).ok()
}
