//! Reading, verifying and cutting a log.

use super::super::form::damaged;
use super::super::link::{Link, number};
use super::super::reading::{Wanted, find};
use super::{ANCHORS, Appender, kept, kept_surely, line, repeat, sequence};
use chrono::{DateTime, Utc};
use domain::chain::{Checkpoint, Line, Report, Verifier};
use mongodb::bson::{Document, doc};
use ports::store::Log;
use ports::store::error::StoreError;

/// Records of one request.
const TOGETHER: usize = 1_000;

/// Records after a sequence number, the oldest first, up to the anchor: what lies beyond was never acknowledged.
pub(in super::super) async fn read(link: &Link, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
    let kept = kept_surely(link, log, &mut link.deadline()).await?;
    let (mut after, mut lines) = (after.max(kept.cut), Vec::new());
    while lines.len() < limit && after < kept.anchor.count {
        let most = limit.saturating_sub(lines.len());
        let (found, is_last) = some(link, log, after, Some(kept.anchor.count), most).await?;
        for fields in &found {
            let line = line(log, fields)?;
            after = line.sequence;
            lines.push(line);
        }
        if is_last {
            break;
        }
    }
    Ok(lines)
}

/// Some records after a sequence number and up to another, and whether they are the last.
async fn some(
    link: &Link,
    log: Log,
    after: u64,
    up_to: Option<u64>,
    limit: usize,
) -> Result<(Vec<Document>, bool), StoreError> {
    let limit = limit.min(TOGETHER);
    let filter = doc! {"_id": {"$gt": sequence(after), "$lte": up_to.map_or(i64::MAX, sequence)}};
    let wanted = Wanted { filter, order: doc! {"_id": 1}, projection: None, limit };
    let found = find(link, log.name(), wanted, &mut link.deadline()).await?;
    let is_last = found.documents.is_empty() || (found.documents.len() < limit && found.open.is_none());
    Ok((found.documents, is_last))
}

/// Reads the whole log and holds it against its anchor, which is read first: what is appended meanwhile lies beyond it.
pub(in super::super) async fn verify(link: &Link, log: Log) -> Result<Report, StoreError> {
    let kept = kept(link, log, &mut link.deadline()).await?;
    let mut after = kept.as_ref().map_or(0, |kept| kept.cut);
    let (mut found, mut is_last) = some(link, log, after, None, TOGETHER).await?;
    let mut verifier = match kept {
        Some(kept) => Verifier::new(kept.anchor),
        // Before anything was written there is none.
        None if found.is_empty() => return Ok(Report::default()),
        None => Verifier::without_anchor(format!("{ANCHORS}/{} is not there", log.name())),
    };
    loop {
        for fields in &found {
            push(&mut verifier, log, fields);
            let last = number(fields, "_id").and_then(|last| u64::try_from(last).ok());
            after = last.ok_or_else(|| damaged(log.name(), "a record whose _id is no number"))?;
        }
        if is_last {
            return Ok(verifier.finish(&[]));
        }
        (found, is_last) = some(link, log, after, None, TOGETHER).await?;
    }
}

fn push(verifier: &mut Verifier, log: Log, fields: &Document) {
    match (fields.get_str("line"), line(log, fields)) {
        (Ok(text), Ok(_)) => verifier.push(text.as_bytes()),
        (_, Err(error)) => verifier.push_unreadable(error.to_string()),
        (Err(_), Ok(_)) => verifier.push_unreadable("it has no record"),
    }
}

/// Removes the records up to a sequence number. The checkpoint first, then the note beside the anchor, from which on they
/// are not read any more, then the records: where it is interrupted, doing it again finishes it.
pub(in super::super) async fn cut(
    link: &Link,
    appender: &Appender,
    log: Log,
    up_to: u64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let Some(last) = last_up_to(link, log, up_to).await? else { return Ok(0) };
    let cut = last.anchor();
    appender.append(link, vec![Checkpoint { cut: cut.clone() }.entry(now)]).await?;
    let count = sequence(cut.count);
    let updates = vec![doc! {"q": {"_id": log.name()}, "u": {"$max": {"cut": count}}, "upsert": false}];
    repeat(link, doc! {"update": ANCHORS, "updates": updates}).await?;
    remove(link, log, count).await
}

/// The last record up to a sequence number that was not cut yet.
async fn last_up_to(link: &Link, log: Log, up_to: u64) -> Result<Option<Line>, StoreError> {
    let mut deadline = link.deadline();
    let cut = kept(link, log, &mut deadline).await?.map_or(0, |kept| kept.cut);
    let filter = doc! {"_id": {"$lte": sequence(up_to), "$gt": sequence(cut)}};
    let wanted = Wanted { filter, order: doc! {"_id": -1}, projection: None, limit: 1 };
    let found = find(link, log.name(), wanted, &mut deadline).await?;
    found.documents.first().map(|fields| line(log, fields)).transpose()
}

/// Removes records, those that an interrupted cut left behind too, and counts them by looking before.
async fn remove(link: &Link, log: Log, up_to: i64) -> Result<u64, StoreError> {
    let mut removed = 0_u64;
    loop {
        let filter = doc! {"_id": {"$lte": up_to}};
        let wanted = Wanted { filter, order: doc! {"_id": 1}, projection: Some(doc! {"_id": 1}), limit: TOGETHER };
        let found = find(link, log.name(), wanted, &mut link.deadline()).await?.documents;
        let Some(last) = found.last().and_then(|fields| number(fields, "_id")) else { return Ok(removed) };
        let deletes = vec![doc! {"q": {"_id": {"$lte": last}}, "limit": 0}];
        repeat(link, doc! {"delete": log.name(), "deletes": deletes}).await?;
        removed = removed.saturating_add(u64::try_from(found.len()).unwrap_or_default());
    }
}
