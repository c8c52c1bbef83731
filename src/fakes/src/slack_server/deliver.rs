//! Getting to the app what it is told, by socket or over HTTP, until it is acknowledged or given up.
//!
//! As Slack does: an event that is not acknowledged in time is sent again, up to three times, with the attempt and the
//! reason; a press, a submission or a command is sent once.

use super::record::AckTime;
use super::signed::{self, Routes};
use super::state::{Shared, State};
use super::tickets::Origin;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often what is overdue is looked for.
const TICK: Duration = Duration::from_millis(10);
/// How long somebody who presses waits for the app.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which door something goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Event,
    Interaction,
    Command,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Interaction => "interactive",
            Self::Command => "slash_commands",
        }
    }
}

/// What the answer of the app is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    Nothing,
    /// A text for who gave the command.
    Command(Origin),
    /// What becomes of this modal.
    View(String),
}

/// Something to be told.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub way: Way,
    pub what: String,
    pub payload: Value,
    pub then: Then,
    /// How often it was sent before.
    pub attempt: u32,
    pub reason: &'static str,
    made: Instant,
}

impl Envelope {
    pub fn new(way: Way, what: String, payload: Value, then: Then) -> Self {
        Self { way, what, payload, then, attempt: 0, reason: "", made: Instant::now() }
    }

    fn again(mut self, reason: &'static str) -> Self {
        self.attempt += 1;
        self.reason = reason;
        self
    }
}

/// Something that was sent and not acknowledged yet.
struct Sent {
    envelope: Envelope,
    at: Instant,
    connection: Option<u64>,
}

/// What is sent over a socket.
pub enum Frame {
    Text(Value),
    /// A close frame, then the end.
    Close,
}

/// An open socket.
pub struct Connection {
    pub frames: mpsc::UnboundedSender<Frame>,
    /// Ends it without a close frame.
    pub cut: CancellationToken,
}

/// One sending over HTTP.
pub struct Posting {
    pub id: String,
    pub envelope: Envelope,
    pub routes: Routes,
}

pub struct Delivery {
    pub http: Option<Routes>,
    pub is_twice: bool,
    pub ack_within: Duration,
    pub retries: u32,
    pub connection_limit: usize,
    pub connections: BTreeMap<u64, Connection>,
    pub cut_every: Option<Duration>,
    next_cut: Option<Instant>,
    waiting: VecDeque<Envelope>,
    sent: BTreeMap<String, Sent>,
    /// Envelopes that were taken back or acknowledged: what comes for them late is no mistake.
    past: BTreeMap<String, bool>,
    opened: u64,
    turn: usize,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            http: None,
            is_twice: false,
            ack_within: Duration::from_secs(3),
            retries: 3,
            connection_limit: 10,
            connections: BTreeMap::new(),
            cut_every: None,
            next_cut: None,
            waiting: VecDeque::new(),
            sent: BTreeMap::new(),
            past: BTreeMap::new(),
            opened: 0,
            turn: 0,
        }
    }
}

impl Delivery {
    /// Takes something to be told; twice where everything is.
    pub fn put(&mut self, envelope: Envelope) {
        let second = (self.is_twice && envelope.way == Way::Event).then(|| envelope.clone().again("timeout"));
        self.waiting.push_back(envelope);
        self.waiting.extend(second);
    }

    /// Whether nothing waits and nothing is unacknowledged.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    /// A socket opened; its number.
    pub fn enter(&mut self, connection: Connection) -> u64 {
        self.opened += 1;
        self.connections.insert(self.opened, connection);
        self.opened
    }

    /// A socket ended; what it had not acknowledged is to be sent again.
    pub fn leave(&mut self, number: u64) -> Vec<Envelope> {
        self.connections.remove(&number);
        let theirs = |sent: &&Sent| sent.connection == Some(number);
        let ids: Vec<_> = self.sent.iter().filter(|(_, sent)| theirs(sent)).map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| self.take(id)).map(|sent| sent.envelope).collect()
    }

    fn take(&mut self, id: &str) -> Option<Sent> {
        let sent = self.sent.remove(id)?;
        self.past.insert(id.to_owned(), false);
        Some(sent)
    }

    fn overdue(&mut self, now: Instant) -> Vec<Envelope> {
        // What went over HTTP has the deadline of its request.
        let is_over = |sent: &Sent| sent.connection.is_some() && now > sent.at + self.ack_within;
        let ids: Vec<_> = self.sent.iter().filter(|(_, sent)| is_over(sent)).map(|(id, _)| id.clone()).collect();
        ids.iter().filter_map(|id| self.take(id)).map(|sent| sent.envelope).collect()
    }

    /// The socket whose turn it is.
    fn next_connection(&mut self) -> Option<u64> {
        let count = self.connections.len();
        self.turn = self.turn.wrapping_add(1);
        self.connections.keys().nth(self.turn.checked_rem(count)?).copied()
    }
}

impl State {
    /// Sends what can be sent over sockets; tells what is to be sent over HTTP.
    pub fn pump(&mut self) -> Vec<Posting> {
        let now = Instant::now();
        for envelope in self.delivery.overdue(now) {
            self.retry(envelope, "timeout");
        }
        self.cut_when_due(now);
        let mut postings = Vec::new();
        for envelope in std::mem::take(&mut self.delivery.waiting) {
            if let Some(routes) = self.delivery.http.clone() {
                let id = self.sent(envelope.clone(), now, None);
                postings.push(Posting { id, envelope, routes });
            } else if let Some(number) = self.delivery.next_connection() {
                self.send(number, envelope, now);
            } else if envelope.way != Way::Event && now > envelope.made + PATIENCE {
                self.record.given_up.push(envelope.what);
            } else {
                self.delivery.waiting.push_back(envelope);
            }
        }
        postings
    }

    fn cut_when_due(&mut self, now: Instant) {
        let Some(every) = self.delivery.cut_every else { return };
        let due = *self.delivery.next_cut.get_or_insert(now + every);
        if now >= due {
            self.delivery.next_cut = Some(now + every);
            self.delivery.connections.values().for_each(|connection| connection.cut.cancel());
        }
    }

    fn sent(&mut self, envelope: Envelope, at: Instant, connection: Option<u64>) -> String {
        let number = self.next_id("");
        let id = format!("e0000000-0000-4000-8000-{number:0>12}");
        self.delivery.sent.insert(id.clone(), Sent { envelope, at, connection });
        id
    }

    fn send(&mut self, number: u64, envelope: Envelope, at: Instant) {
        let id = self.sent(envelope.clone(), at, Some(number));
        let mut frame = json!({
            "envelope_id": id, "type": envelope.way.name(), "payload": envelope.payload,
            "accepts_response_payload": envelope.way != Way::Event,
        });
        if envelope.way == Way::Event {
            frame["retry_attempt"] = json!(envelope.attempt);
            frame["retry_reason"] = json!(envelope.reason);
        }
        if let Some(connection) = self.delivery.connections.get(&number) {
            // A socket that just ended takes nothing; its end brings the envelope back.
            let _ = connection.frames.send(Frame::Text(frame));
        }
    }

    /// Sends an event again; gives up what was sent too often, and what is sent only once.
    pub fn retry(&mut self, envelope: Envelope, reason: &'static str) {
        if envelope.way == Way::Event && envelope.attempt < self.delivery.retries {
            self.delivery.waiting.push_back(envelope.again(reason));
        } else {
            self.record.given_up.push(envelope.what);
        }
    }

    /// A sending over HTTP failed.
    pub fn failed(&mut self, id: &str, reason: &'static str) {
        if let Some(sent) = self.delivery.take(id) {
            self.retry(sent.envelope, reason);
        }
    }

    /// The app acknowledged, perhaps with an answer.
    pub fn acknowledged(&mut self, id: &str, answer: Option<Value>) {
        let Some(sent) = self.delivery.sent.remove(id) else {
            match self.delivery.past.insert(id.to_owned(), true) {
                None => self.violation(format!("acknowledgement of {id}, which was never sent")),
                Some(true) => self.violation(format!("{id} was acknowledged twice")),
                Some(false) => {}
            }
            return;
        };
        self.delivery.past.insert(id.to_owned(), true);
        let Envelope { what, attempt, then, way, .. } = sent.envelope;
        self.record.acks.push(AckTime { what: what.clone(), after: sent.at.elapsed(), attempt });
        match (answer, way) {
            (None, _) if matches!(then, Then::View(_)) => self.view_answered(&then, None),
            (None, _) => {}
            (Some(_), Way::Event) => self.violation(format!("{what} was acknowledged with an answer")),
            (Some(answer), Way::Interaction) => self.view_answered(&then, Some(&answer)),
            (Some(answer), Way::Command) => self.command_answered(&then, &answer),
        }
    }
}

/// Until the server stops.
pub async fn run(shared: Arc<Shared>) {
    let mut changed = shared.changed.subscribe();
    loop {
        for posting in shared.read(State::pump) {
            tokio::spawn(signed::deliver(Arc::clone(&shared), posting));
        }
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = changed.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}
