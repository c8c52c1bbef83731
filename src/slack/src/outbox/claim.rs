//! What is to be done about a post, decided on the post as it is in the store; and what is written before it is done.

use chrono::{DateTime, TimeDelta, Utc};
use domain::post::{Post, Sending};
use ring::digest::{SHA256, digest as sum};
use serde_json::Value;
use std::time::Duration;

/// For how long a claim is good: longer than any call and its waits take.
pub(super) const CLAIM: Duration = Duration::from_secs(60);

/// After how long a post is given up that needs a person first.
const GIVEN_UP: TimeDelta = TimeDelta::days(1);

/// What somebody wants to stand somewhere.
pub(super) struct Wish<'a> {
    /// Where, for a post that may be new.
    pub(super) place: Option<(&'a str, Option<&'a str>)>,
    pub(super) wanted: Value,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// Nothing: it is there as wanted.
    Stands(String),
    /// Nothing now: somebody else is at it, or it must wait until then.
    Wait(Option<String>, DateTime<Utc>),
    /// Nothing ever.
    Over,
    /// To send it; look for it first where it may be there.
    Send(Box<Post>, bool),
    /// To edit this message.
    Edit(Box<Post>, String),
}

/// Digest of what stands or shall stand in a message.
pub(super) fn digest(wanted: &Value) -> String {
    let bytes = wanted.to_string();
    sum(&SHA256, bytes.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::days(1))
}

/// A post that was never sent.
fn fresh(key: &str, place: &str, thread: Option<&str>, wanted: Value, now: DateTime<Utc>) -> Post {
    Post {
        id: key.to_owned(),
        place: place.to_owned(),
        thread: thread.map(str::to_owned),
        wanted,
        shown: None,
        sending: Sending::Waiting,
        waiting: 1,
        tries: 0,
        next_at: now,
        changed_at: now,
    }
}

/// The post with what is wanted; `None` where nothing changes.
pub(super) fn wished(found: Option<Post>, key: &str, wish: &Wish<'_>, now: DateTime<Utc>) -> Option<Post> {
    let Some(mut post) = found else {
        let (place, thread) = wish.place?;
        return Some(fresh(key, place, thread, wish.wanted.clone(), now));
    };
    if post.wanted == wish.wanted || matches!(post.sending, Sending::Refused { .. }) {
        return None;
    }
    post.wanted = wish.wanted.clone();
    post.waiting = 1;
    post.changed_at = now;
    Some(post)
}

/// What is to be done about a post, and the post as it is to be kept before. `is_overdrawn`: something else than is noted
/// stands there now.
pub(super) fn claim(found: Option<Post>, now: DateTime<Utc>, is_overdrawn: bool) -> (Option<Post>, Deed) {
    let Some(mut post) = found else { return (None, Deed::Over) };
    let message = match &post.sending {
        Sending::Refused { .. } => return (None, Deed::Over),
        Sending::There { message } => Some(message.clone()),
        Sending::Waiting | Sending::Trying => None,
    };
    if let Some(message) = &message
        && post.shown.as_deref() == Some(digest(&post.wanted).as_str())
        && !is_overdrawn
    {
        let deed = Deed::Stands(message.clone());
        let is_new = post.waiting != 0;
        post.waiting = 0;
        return (is_new.then_some(post), deed);
    }
    if post.next_at > now {
        let until = post.next_at;
        return (None, Deed::Wait(message, until));
    }
    post.next_at = now + delta(CLAIM);
    post.waiting = 1;
    post.tries = post.tries.saturating_add(1);
    let deed = match message {
        Some(message) => Deed::Edit(Box::new(post.clone()), message),
        None => {
            let may_be_there = post.sending == Sending::Trying;
            post.sending = Sending::Trying;
            Deed::Send(Box::new(post.clone()), may_be_there)
        }
    };
    (Some(post), deed)
}

/// How a deed ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It stands in this message; `true` where it stands as it was sent, `false` where it was found there.
    There(String, bool),
    /// It had no effect, and is tried again.
    Again(Duration),
    /// It may have had its effect, and is looked for.
    Unsure(Duration),
    /// It needs a person first; tried again for a day.
    Blocked(Duration, String),
    /// It will never be.
    Never(String),
}

/// The post after a deed on what was claimed. What was wished for meanwhile stays wished for.
pub(super) fn settled(found: Option<Post>, sent: &Post, outcome: &Outcome, now: DateTime<Utc>) -> Option<Post> {
    let mut post = found?;
    if matches!(post.sending, Sending::Refused { .. }) {
        return None;
    }
    post.changed_at = now;
    let is_there = matches!(post.sending, Sending::There { .. });
    match outcome {
        Outcome::There(message, as_sent) => {
            post.sending = Sending::There { message: message.clone() };
            post.shown = as_sent.then(|| digest(&sent.wanted));
            post.waiting = i64::from(post.shown.as_deref() != Some(digest(&post.wanted).as_str()));
            post.tries = 0;
            post.next_at = now;
        }
        Outcome::Again(wait) => {
            if !is_there {
                post.sending = Sending::Waiting;
            }
            post.next_at = now + delta(*wait);
        }
        Outcome::Unsure(wait) => post.next_at = now + delta(*wait),
        Outcome::Blocked(wait, why) if post.tries < tries_of_a_day(*wait) => {
            if !is_there {
                post.sending = Sending::Waiting;
            }
            post.next_at = now + delta(*wait);
            tracing::warn!(key = post.id, why, "a post waits until somebody helps");
        }
        Outcome::Blocked(_, why) | Outcome::Never(why) => {
            post.sending = Sending::Refused { why: why.clone() };
            post.waiting = 0;
        }
    }
    Some(post)
}

/// How often something is tried in a day with this wait.
fn tries_of_a_day(wait: Duration) -> u32 {
    let seconds = wait.as_secs().max(60);
    u32::try_from(GIVEN_UP.num_seconds().unsigned_abs() / seconds).unwrap_or(u32::MAX)
}
