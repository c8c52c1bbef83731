//! What is good for a while or for so many uses: triggers, response URLs, sockets, uploads.

use super::draw::Draw;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a trigger opens a modal (page "Modals").
pub const TRIGGER: Duration = Duration::from_secs(3);
/// How long a response URL is good, and how often (page "Handling user interaction").
const RESPONSE: Duration = Duration::from_secs(30 * 60);
const RESPONSES: u32 = 5;
/// How long a socket's ticket is good.
const SOCKET: Duration = Duration::from_secs(30);

/// Where a response URL leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub channel: String,
    pub user: String,
    /// The message that was pressed, where one was.
    pub message: Option<String>,
    pub thread: Option<String>,
}

struct Response {
    origin: Origin,
    made: Instant,
    uses: u32,
}

struct Trigger {
    user: String,
    made: Instant,
    is_used: bool,
}

/// Everything that was handed out.
pub struct Tickets {
    draw: Draw,
    triggers: BTreeMap<String, Trigger>,
    responses: BTreeMap<String, Response>,
    sockets: BTreeMap<String, Instant>,
    pub trigger_lasts: Duration,
}

impl Tickets {
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Draw::of(seed, "tickets"),
            triggers: BTreeMap::new(),
            responses: BTreeMap::new(),
            sockets: BTreeMap::new(),
            trigger_lasts: TRIGGER,
        }
    }

    /// For this person.
    pub fn trigger(&mut self, user: &str) -> String {
        let number = self.triggers.len() + 1;
        let trigger = format!("{number}.{}.{}", 1_000_000 + number, self.draw.hex(32));
        let made = Trigger { user: user.to_owned(), made: Instant::now(), is_used: false };
        self.triggers.insert(trigger.clone(), made);
        trigger
    }

    /// Uses a trigger up and tells whose it is, or Slack's error code.
    pub fn take_trigger(&mut self, trigger: &str) -> Result<String, &'static str> {
        let trigger = self.triggers.get_mut(trigger).ok_or("invalid_trigger_id")?;
        if trigger.is_used {
            return Err("exchanged_trigger_id");
        }
        if trigger.made.elapsed() > self.trigger_lasts {
            return Err("expired_trigger_id");
        }
        trigger.is_used = true;
        Ok(trigger.user.clone())
    }

    /// The path of a response URL.
    pub fn response(&mut self, kind: &str, team: &str, origin: Origin) -> String {
        let path = format!("/{kind}/{team}/{}/{}", self.responses.len() + 1, self.draw.hex(24));
        self.responses.insert(path.clone(), Response { origin, made: Instant::now(), uses: 0 });
        path
    }

    /// Uses a response URL once, or Slack's error code.
    pub fn take_response(&mut self, path: &str) -> Result<Origin, &'static str> {
        let response = self.responses.get_mut(path).ok_or("invalid_url")?;
        if response.made.elapsed() > RESPONSE {
            return Err("expired_url");
        }
        if response.uses >= RESPONSES {
            return Err("used_url");
        }
        response.uses += 1;
        Ok(response.origin.clone())
    }

    pub fn socket(&mut self) -> String {
        let ticket = self.draw.hex(32);
        self.sockets.insert(ticket.clone(), Instant::now());
        ticket
    }

    /// The secret part of an upload URL.
    pub fn upload(&mut self) -> String {
        self.draw.hex(32)
    }

    /// Whether this ticket opens a socket; it does so once.
    pub fn take_socket(&mut self, ticket: &str) -> bool {
        self.sockets.remove(ticket).is_some_and(|made| made.elapsed() <= SOCKET)
    }
}
