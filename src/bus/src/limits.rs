//! The bounds of a bus, and what is too large or wrongly named for it.

use ports::bus::{BusError, Event};
use std::time::Duration;

/// Bytes of the name of a topic or group at most.
pub const NAME_BYTES: usize = 48;

/// Bytes of the id of an event at most.
pub const ID_BYTES: usize = 128;

/// Bytes of the name of an instance at most; as long as a host's name may be.
pub const INSTANCE_BYTES: usize = 63;

/// The bounds of what one process holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Topics.
    pub topics: usize,
    /// Groups of a topic.
    pub groups: usize,
    /// Events of one group that wait or are being handled; and events in the outbox.
    pub waiting: usize,
    /// Bytes of all that waits or is being handled; an event counts once a group.
    pub waiting_bytes: usize,
    /// Bytes of one event as JSON.
    pub event_bytes: usize,
    /// Handled ids that a group remembers in memory; the oldest go first.
    pub remembered: usize,
    /// How long handled ids are remembered in the store. Longer than any outage that shall not double an event.
    pub remember: Duration,
    /// After so long a delivery that was not acknowledged is given to somebody else.
    pub idle: Duration,
    /// Messages that wait for one live view.
    pub live_waiting: usize,
    /// Channels with live views.
    pub live_channels: usize,
    /// Entries of the response cache.
    pub cache_entries: usize,
    /// Bytes of the response cache.
    pub cache_bytes: usize,
    /// Keys whose requests are counted.
    pub rate_keys: usize,
    /// Up to where the requests of one key are counted.
    pub rate_count: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            topics: 64,
            groups: 32,
            waiting: 100_000,
            waiting_bytes: 64 * 1024 * 1024,
            event_bytes: 256 * 1024,
            remembered: 65_536,
            remember: Duration::from_secs(3 * 24 * 3_600),
            idle: Duration::from_secs(30),
            live_waiting: 256,
            live_channels: 1_024,
            cache_entries: 4_096,
            cache_bytes: 32 * 1024 * 1024,
            rate_keys: 10_000,
            rate_count: 10_000,
        }
    }
}

/// Whether a topic, group or consumer has a name that all implementations take: it becomes part of keys and ids.
///
/// # Errors
/// [`BusError::Full`], with what names may be.
pub fn check_name(what: &str, name: &str) -> Result<(), BusError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.is_empty() && name.len() <= NAME_BYTES && name.bytes().all(allowed) {
        return Ok(());
    }
    let shown: String = name.chars().take(NAME_BYTES).collect();
    Err(BusError::Full(format!(
        "the {what} {shown:?} is no name that the bus takes: 1 to {NAME_BYTES} of the characters A-Z a-z 0-9 . _ -"
    )))
}

/// The event as JSON.
///
/// # Errors
/// [`BusError::Full`] where its id or its body is too long.
pub fn checked_json(event: &Event, event_bytes: usize) -> Result<String, BusError> {
    if event.id.is_empty() || event.id.len() > ID_BYTES || event.id.contains('\0') {
        let bytes = event.id.len();
        return Err(BusError::Full(format!("an event with an id of {bytes} bytes (1 to {ID_BYTES}, no NUL)")));
    }
    let json = serde_json::to_string(event)
        .map_err(|error| BusError::Full(format!("the event {} cannot be written as JSON: {error}", event.id)))?;
    if json.len() > event_bytes {
        let bytes = json.len();
        return Err(BusError::Full(format!(
            "the event {} has {bytes} bytes, the bus takes at most {event_bytes}: keep the body in the store and send \
             its id",
            event.id
        )));
    }
    Ok(json)
}
