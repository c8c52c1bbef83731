//! The events: made from their number alone, so that whatever is read can be held against what was written.

use chrono::{DateTime, TimeDelta, Utc};
use domain::memory::words::Words;
use ports::store::collections::EVENTS;
use ports::store::document::{Document, Expect, Write};
use serde_json::json;

/// Events of one incident.
pub const OF_AN_INCIDENT: u64 = 40;

const SERVICES: [&str; 12] = [
    "checkout",
    "payments",
    "catalog",
    "frontend",
    "inventory",
    "shipping",
    "search",
    "reviews",
    "accounts",
    "mail",
    "ledger",
    "gateway",
];

const HAPPENINGS: [&str; 10] = [
    "readiness probe failed: connection refused",
    "container was OOMKilled, exit code 137",
    "back-off restarting failed container",
    "upstream timed out while reading the response header",
    "deployment was scaled up",
    "image pull failed: manifest unknown",
    "p99 latency is above its objective",
    "connection pool exhausted, 50 of 50 in use",
    "volume is 91 % full",
    "certificate expires in 6 days",
];

/// A number that looks random, always the same for the same seed (SplitMix64, Steele et al. 2014).
fn mixed(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn pick<const N: usize>(from: [&'static str; N], seed: u64) -> &'static str {
    let place = usize::try_from(mixed(seed) % (N as u64)).unwrap_or_default();
    from.get(place).copied().unwrap_or_default()
}

/// When an event happened: one each ten seconds.
pub fn at(number: u64) -> DateTime<Utc> {
    let begun = DateTime::from_timestamp(1_760_000_000, 0).unwrap_or_default();
    begun + TimeDelta::seconds(i64::try_from(number * 10).unwrap_or_default())
}

/// The id of an event.
pub fn id(number: u64) -> String {
    format!("e{number:09}")
}

/// The incident that an event belongs to; incidents overlap.
pub fn incident(number: u64, count: u64) -> String {
    format!("i{:07}", mixed(number) % (count / OF_AN_INCIDENT).max(1))
}

/// A word that one event alone holds.
pub fn rare_word(number: u64) -> String {
    format!("trace{:016x}", mixed(number ^ 0xabcd))
}

/// One event: about 330 bytes of JSON.
pub fn event(number: u64, count: u64) -> Write {
    let (service, happened) = (pick(SERVICES, number ^ 1), pick(HAPPENINGS, number ^ 2));
    let trace = rare_word(number);
    let pod = format!("{service}-{:x}-{}", mixed(number / 50) & 0xff_ffff, mixed(number / 7) % 100);
    let message = format!("Pod shop/{pod}: {happened} ({trace})");
    let body = json!({
        "incident": incident(number, count), "kind": "signal", "at": at(number), "service": service,
        "object": {"kind": "Pod", "namespace": "shop", "name": pod}, "message": message, "number": number,
    });
    let words = Some(Words::of(&[service.to_owned()], happened, &message));
    Write::put(&EVENTS, id(number), Expect::Absent, Document { body, words, expires_at: None })
}
