//! One write: a swap of one document from the state in which it was seen, repeated until it is known how it ended.

use super::fault::{DUPLICATE_KEY, Fault, unknown};
use super::form::{self, Formed, alive};
use super::link::{Deadline, Link, batch};
use super::settle::{self, Base, Found, Next};
use chrono::{DateTime, Utc};
use mongodb::bson::{Document, doc};
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::document::{Change, Expect, Write};
use ports::store::error::StoreError;

/// What is written: a document that is formed already, so that its size is known and its `write_id` stays the same over
/// all attempts, or a deletion.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) collection: &'static Collection,
    pub(super) id: String,
    pub(super) expect: Expect,
    /// `None` deletes.
    pub(super) formed: Option<Formed>,
    /// Whether it was sent already and not answered.
    pub(super) in_doubt: bool,
}

impl Prepared {
    /// Of a write as the port gives it.
    pub(super) fn of(write: Write) -> Result<Self, StoreError> {
        write.check()?;
        let formed = match &write.change {
            Change::Put(document) => Some(Formed::of(write.collection, &write.id, document)?),
            Change::Delete => None,
        };
        Ok(Self { collection: write.collection, id: write.id, expect: write.expect, formed, in_doubt: false })
    }

    fn next(&self, found: Option<Found>) -> Next {
        match &self.formed {
            Some(formed) => settle::put(self.expect, formed.write_id, found, self.in_doubt),
            None => settle::delete(self.expect, found, self.in_doubt),
        }
    }
}

/// Writes. Answers with the new version; 0 for a deletion.
pub(super) async fn write(link: &Link, clock: &dyn Clock, mut write: Prepared) -> Result<u64, StoreError> {
    let mut deadline = link.deadline();
    let mut base = if write.in_doubt { None } else { settle::first(write.expect) };
    // A deletion of what must be absent sends nothing.
    if write.formed.is_none() && write.expect == Expect::Absent {
        base = None;
    }
    loop {
        let from = match base.take() {
            Some(base) => base,
            None => {
                let found = look(link, write.collection, &write.id, clock.now(), &mut deadline).await;
                match write.next(found.map_err(|error| doubtful(error, write.in_doubt))?) {
                    Next::Write(base) => base,
                    Next::Stands(version) => return Ok(version),
                    Next::Conflict(found) => return Err(StoreError::Conflict { found }),
                    Next::CannotTell => {
                        let what = format!("{}: {}/{}", link.place, write.collection.name, write.id);
                        return Err(unknown(&format!("{what} was changed by others after a write without an answer")));
                    }
                }
            }
        };
        let fault = match attempt(link, &write, from, clock.now(), &deadline).await {
            Ok(true) => return Ok(if write.formed.is_some() { settle::version_from(from) } else { 0 }),
            Ok(false) => None,
            Err(fault) => Some(fault),
        };
        let goes_on = match &fault {
            None => link.yield_to_others(&mut deadline).await,
            Some(Fault::Refused(_)) => false,
            Some(Fault::Away(_)) => link.wait(&mut deadline).await,
            Some(Fault::Unclear(_)) => {
                write.in_doubt = true;
                link.wait(&mut deadline).await
            }
        };
        if !goes_on {
            let crowded =
                || Fault::Away(format!("{}/{} is changed by others all the time", write.collection.name, write.id));
            return Err(fault.unwrap_or_else(crowded).given_up(write.in_doubt));
        }
    }
}

fn doubtful(error: StoreError, in_doubt: bool) -> StoreError {
    if in_doubt { unknown(&error.to_string()) } else { error }
}

/// The state of a document, expired or not, as a majority has it.
async fn look(
    link: &Link,
    collection: &Collection,
    id: &str,
    now: DateTime<Utc>,
    deadline: &mut Deadline,
) -> Result<Option<Found>, StoreError> {
    let command = doc! {
        "find": collection.name,
        "filter": {"_id": id},
        "projection": seen(),
        "limit": 1_i64,
        "singleBatch": true,
    };
    let answer = link.read(command, deadline).await?;
    let fields = batch(answer, &link.place)?.documents.into_iter().next();
    fields.map(|fields| state(collection, id, &fields, now)).transpose()
}

/// What must be read of a document to know its state.
pub(super) fn seen() -> Document {
    doc! {"version": 1, "write_id": 1, "expires_at": 1}
}

/// The state of a document.
pub(super) fn state(
    collection: &Collection,
    id: &str,
    fields: &Document,
    now: DateTime<Utc>,
) -> Result<Found, StoreError> {
    let (version, write_id) = form::version(&format!("{}/{id}", collection.name), fields)?;
    let is_expired = form::expires_at(fields).is_some_and(|end| end.timestamp_millis() <= now.timestamp_millis());
    Ok(Found { version, write_id, is_expired })
}

/// What fits a document only in this state. `None` where there shall be none.
pub(super) fn only_in(base: Base, id: &str, now: DateTime<Utc>) -> Option<Document> {
    match base {
        Base::Nothing => None,
        Base::Version(version) => Some(doc! {"_id": id, "version": stored(version), "expires_at": alive(now)}),
        Base::Exactly(found) => Some(doc! {"_id": id, "version": stored(found.version), "write_id": found.write_id}),
    }
}

/// A version as it lies there.
pub(super) fn stored(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// One attempt: true where it was made, false where the document is in another state.
async fn attempt(
    link: &Link,
    write: &Prepared,
    base: Base,
    now: DateTime<Utc>,
    deadline: &Deadline,
) -> Result<bool, Fault> {
    let name = write.collection.name;
    let whole = write.formed.as_ref().map(|formed| formed.at(stored(settle::version_from(base))));
    let command = match (whole, only_in(base, &write.id, now)) {
        (Some(whole), None) => doc! {"insert": name, "documents": [whole]},
        (Some(whole), Some(only)) => doc! {"update": name, "updates": [{"q": only, "u": whole, "upsert": false}]},
        (None, Some(only)) => doc! {"delete": name, "deletes": [{"q": only, "limit": 1}]},
        (None, None) => return Ok(false),
    };
    let answer = link.write(command, deadline).await?;
    match answer.errors.first() {
        None => Ok(answer.count > 0),
        Some((_, DUPLICATE_KEY, _)) => Ok(false),
        Some((_, code, told)) => Err(Fault::of_code(*code, told, &link.place)),
    }
}
