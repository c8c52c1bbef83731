//! The logs: a collection each, a document for each record under its sequence number, and their anchors.
//!
//! The record is kept as the line of JSON that a file would hold, so that an edit shows to the byte. That a sequence
//! number is there once is what keeps the chain one, whatever the number of processes: whoever comes second chains anew.
//! The anchor only ever grows, and is written before anything is acknowledged.

mod adopting;
mod append;
mod group;
mod upkeep;

pub(super) use adopting::adopt;
pub(super) use append::Appender;
pub(super) use upkeep::{cut, read, verify};

use super::fault::{DUPLICATE_KEY, Fault};
use super::form::damaged;
use super::link::{Deadline, Link, batch, number};
use domain::chain::{Anchor, Line};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use ports::store::Log;
use ports::store::error::StoreError;

/// The collection of the anchors.
pub(super) const ANCHORS: &str = "anchors";

/// What is kept of a log outside its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    anchor: Anchor,
    /// Records up to here were cut; what of them is still there is not read.
    cut: u64,
}

/// The anchor of a log; `None` where it has none.
async fn kept(link: &Link, log: Log, deadline: &mut Deadline) -> Result<Option<Kept>, StoreError> {
    let command = doc! {"find": ANCHORS, "filter": {"_id": log.name()}, "limit": 1_i64, "singleBatch": true};
    let answer = link.read(command, deadline).await?;
    let Some(found) = batch(answer, &link.place)?.documents.into_iter().next() else { return Ok(None) };
    let whole = |name| number(&found, name).and_then(|count| u64::try_from(count).ok());
    let wrong = || damaged(&format!("{ANCHORS}/{}", log.name()), "it is no anchor");
    let hash = found.get_str("hash").map_err(|_| wrong())?.to_owned();
    let anchor = Anchor { count: whole("count").ok_or_else(wrong)?, hash };
    Ok(Some(Kept { anchor, cut: whole("cut").unwrap_or_default() }))
}

/// As [`kept`], where there must be an anchor: it is made with the log, before the first record.
async fn kept_surely(link: &Link, log: Log, deadline: &mut Deadline) -> Result<Kept, StoreError> {
    if let Some(kept) = kept(link, log, deadline).await? {
        return Ok(kept);
    }
    if last(link, log, deadline).await?.is_some() {
        return Err(lost_anchor(link, log));
    }
    // Somebody emptied the database while this program runs: the log begins anew.
    make_anchor(link, log, deadline).await?;
    Ok(Kept { anchor: Anchor::default(), cut: 0 })
}

fn lost_anchor(link: &Link, log: Log) -> StoreError {
    corrupt(link, log, &format!("has records, but its anchor ({ANCHORS}/{}) is lost", log.name()))
}

fn corrupt(link: &Link, log: Log, what: &str) -> StoreError {
    let (place, log) = (&link.place, log.name());
    let message = format!(
        "{place}: the {log} log {what}: nothing is appended; look with `audit verify`, and restore it from a backup"
    );
    StoreError::Corrupt { message }
}

/// Makes the anchor of each log that has neither an anchor nor a record. A log with records and without its anchor stays
/// as it is: its end may be lost too, which a new anchor would hide.
pub(super) async fn prepare(link: &Link) -> Result<(), StoreError> {
    for log in Log::ALL {
        let mut deadline = link.deadline();
        let is_there = kept(link, log, &mut deadline).await?.is_some();
        if !is_there && last(link, log, &mut deadline).await?.is_none() {
            make_anchor(link, log, &mut deadline).await?;
        }
    }
    Ok(())
}

/// Makes the anchor of an empty log, where it is not there.
async fn make_anchor(link: &Link, log: Log, deadline: &mut Deadline) -> Result<(), StoreError> {
    let Anchor { count, hash } = Anchor::default();
    let first = doc! {"$setOnInsert": {"count": sequence(count), "hash": hash}};
    let updates = vec![doc! {"q": {"_id": log.name()}, "u": first, "upsert": true}];
    repeat_until(link, doc! {"update": ANCHORS, "updates": updates}, deadline).await.map(drop)
}

/// The document of a record.
fn document(line: &Line, write_id: ObjectId) -> Document {
    doc! {"_id": sequence(line.sequence), "line": line.to_json(), "write_id": write_id}
}

/// The record of a document.
fn line(log: Log, fields: &Document) -> Result<Line, StoreError> {
    let what = || format!("{}/{}", log.name(), number(fields, "_id").unwrap_or_default());
    let text = fields.get_str("line").map_err(|_| damaged(&what(), "it has no record"))?;
    let line = Line::from_json(text).map_err(|error| damaged(&what(), &error.to_string()))?;
    if number(fields, "_id") != Some(sequence(line.sequence)) {
        return Err(damaged(&what(), "the record is of another number"));
    }
    Ok(line)
}

/// A sequence number as it lies there.
fn sequence(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The last record of a log, as the primary has it, acknowledged by others or not: what is chained to it is acknowledged
/// only together with it.
async fn last(link: &Link, log: Log, deadline: &mut Deadline) -> Result<Option<Line>, StoreError> {
    let command = doc! {"find": log.name(), "sort": {"_id": -1}, "limit": 1_i64, "singleBatch": true};
    let answer = link.ask(command, deadline).await?;
    let found = batch(answer, &link.place)?.documents.into_iter().next();
    found.map(|fields| line(log, &fields)).transpose()
}

/// The end of the chain. Where it ends before its anchor or elsewhere, acknowledged records are lost, and going on would
/// hide it.
async fn end(link: &Link, log: Log, deadline: &mut Deadline) -> Result<Anchor, StoreError> {
    let kept = kept_surely(link, log, deadline).await?.anchor;
    let end = last(link, log, deadline).await?.as_ref().map(Line::anchor).unwrap_or_default();
    if kept.count > end.count {
        let what = format!("ends at record {}, but {} were acknowledged", end.count, kept.count);
        return Err(corrupt(link, log, &what));
    }
    if kept.count == end.count && kept.hash != end.hash {
        return Err(corrupt(link, log, &format!("ends with another record {} than was acknowledged", end.count)));
    }
    Ok(end)
}

/// The anchor of a log.
pub(super) async fn anchored(link: &Link, log: Log) -> Result<Anchor, StoreError> {
    Ok(kept_surely(link, log, &mut link.deadline()).await?.anchor)
}

/// A write that may be made twice, until it is made. A duplicate key is how an upsert tells that what it would insert is
/// there, in a state that needs no change.
pub(super) async fn repeat(link: &Link, command: Document) -> Result<(), StoreError> {
    repeat_until(link, command, &mut link.deadline()).await.map(drop)
}

/// Answers with how many documents the last attempt found.
async fn repeat_until(link: &Link, command: Document, deadline: &mut Deadline) -> Result<u64, StoreError> {
    let mut in_doubt = false;
    loop {
        let answer = link.write(command.clone(), deadline).await.and_then(|answer| {
            let failed = answer.errors.iter().find(|(_, code, _)| *code != DUPLICATE_KEY);
            failed.map_or(Ok(answer.count), |(_, code, told)| Err(Fault::of_code(*code, told, &link.place)))
        });
        let fault = match answer {
            Ok(count) => return Ok(count),
            Err(Fault::Refused(error)) => return Err(Fault::Refused(error).given_up(in_doubt)),
            Err(fault) => fault,
        };
        in_doubt = in_doubt || matches!(fault, Fault::Unclear(_));
        if !link.wait(deadline).await {
            return Err(fault.given_up(in_doubt));
        }
    }
}

/// Makes the anchor say at least this. It is never made here: one that is gone has taken with it what was acknowledged.
async fn anchor(link: &Link, log: Log, end: &Anchor, deadline: &mut Deadline) -> Result<(), StoreError> {
    let count = sequence(end.count);
    let only = doc! {"_id": log.name(), "count": {"$lt": count}};
    let change = doc! {"$set": {"count": count, "hash": &end.hash}};
    let command = doc! {"update": ANCHORS, "updates": [{"q": only, "u": change, "upsert": false}]};
    if repeat_until(link, command, deadline).await? > 0 {
        return Ok(());
    }
    // It says as much already, because of somebody else or of an attempt without an answer; or it is gone.
    match kept(link, log, deadline).await? {
        None => Err(lost_anchor(link, log)),
        Some(kept) if kept.anchor.count == end.count && kept.anchor.hash != end.hash => {
            Err(corrupt(link, log, &format!("has another record {} than was written", end.count)))
        }
        Some(_) => Ok(()),
    }
}
