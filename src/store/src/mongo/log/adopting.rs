//! Taking over the records of another store's log, for import and migration.
//!
//! For a log that nobody else writes to meanwhile: an append that comes between makes the rest be refused.

use super::super::fault::{DUPLICATE_KEY, Fault};
use super::super::link::{Deadline, Link, number};
use super::super::reading::{Wanted, find};
use super::{anchor, anchored, document, end, sequence};
use crate::log_file::adoption;
use domain::chain::{Anchor, Line};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use ports::store::Log;
use ports::store::error::StoreError;

/// Records of one request at most.
const TOGETHER: usize = 500;

/// Bytes of one request at most. A larger record goes alone.
const TOGETHER_BYTES: usize = 4 * 1024 * 1024;

/// Takes over records that follow the end of the log, or each other where it is empty.
pub(in super::super) async fn adopt(link: &Link, log: Log, lines: &[Line]) -> Result<Anchor, StoreError> {
    let here = end(link, log, &mut link.deadline()).await?;
    adoption::check(log, &here, lines)?;
    let Some(last) = lines.last() else { return anchored(link, log).await };
    let mut rest = lines;
    while !rest.is_empty() {
        let (some, after) = rest.split_at(fitting(rest));
        insert(link, log, some, &mut link.deadline()).await?;
        rest = after;
    }
    let end = last.anchor();
    anchor(link, log, &end, &mut link.deadline()).await?;
    Ok(end)
}

/// How many of the first go into one request; at least one.
fn fitting(lines: &[Line]) -> usize {
    let mut bytes = 0_usize;
    let few = lines.iter().take(TOGETHER).take_while(|line| {
        bytes = bytes.saturating_add(line.to_json().len());
        bytes <= TOGETHER_BYTES
    });
    few.count().max(1)
}

/// Inserts some, again where it is not known whether they stand: the same record under its number is the record.
async fn insert(link: &Link, log: Log, lines: &[Line], deadline: &mut Deadline) -> Result<(), StoreError> {
    let write_id = ObjectId::new();
    let (mut standing, mut in_doubt) = (0_usize, false);
    while standing < lines.len() {
        let left = lines.get(standing..).unwrap_or_default();
        let documents: Vec<Document> = left.iter().map(|line| document(line, write_id)).collect();
        let command = doc! {"insert": log.name(), "documents": documents, "ordered": true};
        let fault = match link.write(command, deadline).await {
            Ok(answer) => match answer.errors.first() {
                None => return Ok(()),
                Some((index, DUPLICATE_KEY, _)) => {
                    standing = standing.saturating_add(*index);
                    let same = same(link, log, lines.get(standing..).unwrap_or_default(), deadline).await?;
                    if same == 0 {
                        let message =
                            format!("{}: others write the {} log: nothing goes on there", link.place, log.name());
                        return Err(StoreError::Invalid { message });
                    }
                    standing = standing.saturating_add(same);
                    continue;
                }
                Some((index, code, told)) => {
                    standing = standing.saturating_add(*index);
                    Fault::of_code(*code, told, &link.place)
                }
            },
            Err(fault) => fault,
        };
        in_doubt = in_doubt || matches!(fault, Fault::Unclear(_));
        if matches!(fault, Fault::Refused(_)) || !link.wait(deadline).await {
            return Err(fault.given_up(in_doubt || standing > 0));
        }
    }
    Ok(())
}

/// How many of the first stand there as they are.
async fn same(link: &Link, log: Log, lines: &[Line], deadline: &mut Deadline) -> Result<usize, StoreError> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(0) };
    let filter = doc! {"_id": {"$gte": sequence(first.sequence), "$lte": sequence(last.sequence)}};
    let wanted = Wanted { filter, order: doc! {"_id": 1}, projection: None, limit: lines.len() };
    let found = find(link, log.name(), wanted, deadline).await?.documents;
    let is_same = |(line, fields): &(&Line, &Document)| {
        number(fields, "_id") == Some(sequence(line.sequence))
            && fields.get_str("line").is_ok_and(|text| text == line.to_json())
    };
    Ok(lines.iter().zip(&found).take_while(is_same).count())
}
