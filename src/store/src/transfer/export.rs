//! From a store into a file.

use super::lines::{ExportLine, ExportedDocument, FORMAT, VERSION};
use super::tally::{Running, Tally};
use super::{BATCH, TransferError};
use chrono::{DateTime, Utc};
use domain::chain::Line;
use ports::store::collection::Collection;
use ports::store::document::Stored;
use ports::store::query::Query;
use ports::store::{Log, Store};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// What passes by on the way from one store to another.
pub enum Item {
    /// A document, with its collection.
    Document(&'static Collection, Stored),
    /// Records that follow each other.
    Records(Log, Vec<Line>),
}

/// Writes everything that is in a store. Answers with what was written.
///
/// # Errors
/// When the store cannot be read or the file cannot be written.
pub async fn export(
    store: &dyn Store,
    collections: &[&'static Collection],
    now: DateTime<Utc>,
    to: &mut (dyn AsyncWrite + Send + Unpin),
) -> Result<Tally, TransferError> {
    write(to, &ExportLine::Head { format: FORMAT.to_owned(), version: VERSION, made_at: now }).await?;
    let tally = walk(store, collections, async |item| {
        match item {
            Item::Document(collection, stored) => write(to, &line_of(collection, stored)).await?,
            Item::Records(log, lines) => {
                for line in lines {
                    write(to, &ExportLine::Record { log: log.name().to_owned(), line }).await?;
                }
            }
        }
        Ok(())
    })
    .await?;
    write(to, &ExportLine::End(tally.clone())).await?;
    to.flush().await?;
    Ok(tally)
}

fn line_of(collection: &Collection, stored: Stored) -> ExportLine {
    ExportLine::Document(ExportedDocument {
        collection: collection.name.to_owned(),
        id: stored.id,
        schema: collection.schema,
        body: stored.document.body,
        words: stored.document.words,
        expires_at: stored.document.expires_at,
    })
}

async fn write(to: &mut (dyn AsyncWrite + Send + Unpin), line: &ExportLine) -> Result<(), TransferError> {
    let mut text = serde_json::to_string(line).map_err(std::io::Error::other)?;
    text.push('\n');
    Ok(to.write_all(text.as_bytes()).await?)
}

/// Hands everything that is in a store to `take`: each collection by id, then the logs. Answers with the tally of it.
pub async fn walk(
    store: &dyn Store,
    collections: &[&'static Collection],
    mut take: impl AsyncFnMut(Item) -> Result<(), TransferError>,
) -> Result<Tally, TransferError> {
    let mut tally = Tally::default();
    for collection in collections.iter().copied() {
        let mut running = Running::default();
        let mut query = Query::of(collection).limited(BATCH);
        loop {
            let page = store.page(&query).await?;
            for stored in page.documents {
                // What ends by itself may have ended where it arrives, and be none the less whole.
                if stored.document.expires_at.is_none() {
                    running.document(&stored);
                }
                take(Item::Document(collection, stored)).await?;
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        if let Some(total) = running.total() {
            tally.collections.insert(collection.name.to_owned(), total);
        }
    }
    for log in Log::ALL {
        let mut running = Running::default();
        let mut after = 0;
        loop {
            let lines = store.read(log, after, BATCH).await?;
            let Some(last) = lines.last() else { break };
            after = last.sequence;
            lines.iter().for_each(|line| running.record(line));
            take(Item::Records(log, lines)).await?;
        }
        if let Some(total) = running.total() {
            tally.logs.insert(log.name().to_owned(), total);
        }
    }
    Ok(tally)
}
