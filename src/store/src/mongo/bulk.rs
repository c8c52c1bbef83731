//! Many writes: first together, a request for many documents, then each by itself where that did not settle it.
//!
//! Guarantee: the answers are those of the single writes, in their order; two writes of one document are made one after
//! the other. A request that was not answered leaves its writes in doubt, and each is settled by looking for it.

use super::fault::Fault;
use super::form::Formed;
use super::link::{Deadline, Link};
use super::reading::{Wanted, find};
use super::settle::{Base, Found};
use super::writing::{self, Prepared, only_in, seen, state, stored};
use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use mongodb::bson::{Document, doc};
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use std::collections::{BTreeMap, BTreeSet};

/// Documents of one request at most.
const TOGETHER: usize = 500;

/// Bytes of one request at most, by which it stays far below the 16 MiB of a command. A larger document goes alone.
const TOGETHER_BYTES: usize = 4 * 1024 * 1024;

/// Single writes at the same time at most.
const AT_ONCE: usize = 16;

/// A write that is not settled, with its place in the answer.
struct Open {
    place: usize,
    write: Prepared,
}

/// Writes all. The answers are in the order of the writes.
pub(super) async fn write_all(link: &Link, clock: &dyn Clock, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
    let mut answers: BTreeMap<usize, Result<u64, StoreError>> = BTreeMap::new();
    let mut group: Vec<Open> = Vec::new();
    for (place, write) in writes.into_iter().enumerate() {
        let write = match Prepared::of(write) {
            Ok(write) => write,
            Err(error) => {
                answers.insert(place, Err(error));
                continue;
            }
        };
        if !fits(&group, &write) {
            settle(link, clock, std::mem::take(&mut group), &mut answers).await;
        }
        group.push(Open { place, write });
    }
    settle(link, clock, group, &mut answers).await;
    answers.into_values().collect()
}

/// Whether a write may go with this group: it is of the same collection, of another document, and there is room.
fn fits(group: &[Open], write: &Prepared) -> bool {
    let bytes = |write: &Prepared| write.formed.as_ref().map_or(0, |formed| formed.bytes);
    let together = group.iter().fold(bytes(write), |sum, open| sum.saturating_add(bytes(&open.write)));
    group.len() < TOGETHER
        && together <= TOGETHER_BYTES
        && group.iter().all(|open| open.write.collection == write.collection && open.write.id != write.id)
}

async fn settle(
    link: &Link,
    clock: &dyn Clock,
    group: Vec<Open>,
    answers: &mut BTreeMap<usize, Result<u64, StoreError>>,
) {
    let left = if group.len() > 1 { together(link, clock, group, answers).await } else { group };
    let singles =
        left.into_iter().map(|open| async move { (open.place, writing::write(link, clock, open.write).await) });
    let mut singles = futures::stream::iter(singles).buffer_unordered(AT_ONCE);
    while let Some((place, answer)) = singles.next().await {
        answers.insert(place, answer);
    }
}

/// Writes a group with one request for the new documents, one for the others. Answers with what is left to settle.
async fn together(
    link: &Link,
    clock: &dyn Clock,
    group: Vec<Open>,
    answers: &mut BTreeMap<usize, Result<u64, StoreError>>,
) -> Vec<Open> {
    let mut deadline = link.deadline();
    let now = clock.now();
    let Ok(found) = states(link, &group, now, &mut deadline).await else { return group };
    let (mut new, mut old, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for open in group {
        match (base(&open.write, &found), &open.write.formed) {
            (Some(Base::Nothing), Some(_)) => new.push(open),
            (Some(base), Some(_)) => old.push((open, base)),
            _ => left.push(open),
        }
    }
    left.append(&mut insert(link, new, answers, &deadline).await);
    left.append(&mut replace(link, old, answers, now, &deadline).await);
    left
}

/// The states of those documents of which one must be known before they are written.
async fn states(
    link: &Link,
    group: &[Open],
    now: DateTime<Utc>,
    deadline: &mut Deadline,
) -> Result<BTreeMap<String, Found>, StoreError> {
    let unknown = group.iter().filter(|open| open.write.expect != Expect::Absent);
    let ids: BTreeSet<&str> = unknown.map(|open| open.write.id.as_str()).collect();
    let Some(collection) = group.first().map(|open| open.write.collection) else { return Ok(BTreeMap::new()) };
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let limit = ids.len();
    let filter = doc! {"_id": {"$in": ids.into_iter().collect::<Vec<_>>()}};
    let wanted = Wanted { filter, order: doc! {"_id": 1}, projection: Some(seen()), limit };
    let found = find(link, collection.name, wanted, deadline).await?;
    found.documents.iter().map(|fields| seen_state(collection, fields, now)).collect()
}

fn seen_state(collection: &Collection, fields: &Document, now: DateTime<Utc>) -> Result<(String, Found), StoreError> {
    let id = fields.get_str("_id").unwrap_or_default();
    Ok((id.to_owned(), state(collection, id, fields, now)?))
}

/// From which state a write can be made at once. `None` where its expectation does not hold, which the single write
/// tells.
fn base(write: &Prepared, found: &BTreeMap<String, Found>) -> Option<Base> {
    let seen = found.get(&write.id).copied();
    match write.expect {
        Expect::Absent => Some(Base::Nothing),
        Expect::Any => Some(seen.map_or(Base::Nothing, Base::Exactly)),
        Expect::Version(version) => seen.filter(|seen| !seen.is_expired && seen.version == version).map(Base::Exactly),
    }
}

fn formed(open: &Open, version: u64) -> Option<Document> {
    open.write.formed.as_ref().map(|formed: &Formed| formed.at(stored(version)))
}

/// Inserts new documents; what was there already, or is in doubt, is left.
async fn insert(
    link: &Link,
    new: Vec<Open>,
    answers: &mut BTreeMap<usize, Result<u64, StoreError>>,
    deadline: &Deadline,
) -> Vec<Open> {
    let Some(collection) = new.first().map(|open| open.write.collection) else { return new };
    let documents: Vec<Document> = new.iter().filter_map(|open| formed(open, 1)).collect();
    let command = doc! {"insert": collection.name, "documents": documents, "ordered": false};
    let answer = match link.write(command, deadline).await {
        Ok(answer) => answer,
        Err(Fault::Unclear(_)) => return doubted(new),
        Err(Fault::Away(_) | Fault::Refused(_)) => return new,
    };
    let is_unclear = |code, told: &str| matches!(Fault::of_code(code, told, &link.place), Fault::Unclear(_));
    let failed: BTreeMap<usize, bool> =
        answer.errors.iter().map(|(index, code, told)| (*index, is_unclear(*code, told))).collect();
    // A count that does not add up with the failures tells nothing about any of them.
    if usize::try_from(answer.count).ok() != new.len().checked_sub(failed.len()) {
        return doubted(new);
    }
    let mut left = Vec::new();
    for (index, mut open) in new.into_iter().enumerate() {
        match failed.get(&index) {
            None => {
                answers.insert(open.place, Ok(1));
            }
            Some(in_doubt) => {
                open.write.in_doubt = *in_doubt;
                left.push(open);
            }
        }
    }
    left
}

/// Replaces documents. The server tells only how many were in the states in which they were seen: when not all were, each
/// is settled by looking for it.
async fn replace(
    link: &Link,
    old: Vec<(Open, Base)>,
    answers: &mut BTreeMap<usize, Result<u64, StoreError>>,
    now: DateTime<Utc>,
    deadline: &Deadline,
) -> Vec<Open> {
    let Some(collection) = old.first().map(|(open, _)| open.write.collection) else { return Vec::new() };
    let update = |(open, base): &(Open, Base)| {
        let whole = formed(open, super::settle::version_from(*base))?;
        let only = only_in(*base, &open.write.id, now)?;
        Some(doc! {"q": only, "u": whole, "upsert": false})
    };
    let updates: Vec<Document> = old.iter().filter_map(update).collect();
    let command = doc! {"update": collection.name, "updates": updates, "ordered": false};
    let answer = link.write(command, deadline).await;
    let nothing_made = matches!(answer, Err(Fault::Away(_) | Fault::Refused(_)));
    if nothing_made {
        return old.into_iter().map(|(open, _)| open).collect();
    }
    let all_made =
        answer.is_ok_and(|answer| answer.errors.is_empty() && usize::try_from(answer.count) == Ok(old.len()));
    if !all_made {
        return doubted(old.into_iter().map(|(open, _)| open).collect());
    }
    for (open, base) in &old {
        answers.insert(open.place, Ok(super::settle::version_from(*base)));
    }
    Vec::new()
}

fn doubted(mut open: Vec<Open>) -> Vec<Open> {
    open.iter_mut().for_each(|open| open.write.in_doubt = true);
    open
}
