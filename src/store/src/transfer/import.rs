//! From a file into an empty store.

use super::export::Item;
use super::lines::{ExportLine, ExportedDocument, FORMAT, VERSION};
use super::tally::{Tally, tally};
use super::{BATCH, TransferError};
use domain::chain::Line;
use ports::store::collection::Collection;
use ports::store::document::{BODY_BYTES, Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::{Log, Store};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Bytes of a line at most: the largest body, with room for its words and its escapes.
const LINE_BYTES: usize = 4 * BODY_BYTES;

/// Writes what an export holds into an empty store, reads it back and compares. Answers with what there is now.
///
/// # Errors
/// When the file is no whole export, the store is not empty or fails, or what arrived differs.
pub async fn import(
    store: &dyn Store,
    collections: &[&'static Collection],
    from: &mut (dyn AsyncBufRead + Send + Unpin),
) -> Result<Tally, TransferError> {
    refuse_unless_empty(store, collections).await?;
    let mut file = File { from, line: 0 };
    match file.next().await? {
        Some(ExportLine::Head { format, version, .. }) if format == FORMAT && version <= VERSION => {}
        Some(ExportLine::Head { format, version, .. }) if format == FORMAT => {
            let what = "the export".to_owned();
            return Err(StoreError::Newer { what, found: version, known: VERSION }.into());
        }
        _ => return Err(file.wrong("it does not begin as an export of this program")),
    }
    let mut writer = Writer::new(store);
    let promised = loop {
        match file.next().await? {
            Some(ExportLine::Document(document)) => {
                let (collection, stored) = read(&file, collections, document)?;
                writer.take(Item::Document(collection, stored)).await?;
            }
            Some(ExportLine::Record { log, line }) => {
                let known = Log::ALL.into_iter().find(|known| known.name() == log);
                let log = known.ok_or_else(|| file.wrong(&format!("there is no log {log}")))?;
                writer.take(Item::Records(log, vec![line])).await?;
            }
            Some(ExportLine::End(tally)) => break tally,
            Some(ExportLine::Head { .. }) => return Err(file.wrong("a second head")),
            None => return Err(file.wrong("the file ends before its tally: it is not whole")),
        }
    };
    writer.finish().await?;
    let arrived = tally(store, collections).await?;
    compare(&promised, &arrived)?;
    Ok(arrived)
}

/// Two stores cannot be made one.
pub async fn refuse_unless_empty(store: &dyn Store, collections: &[&'static Collection]) -> Result<(), TransferError> {
    for collection in collections {
        let count = store.count(&Query::of(collection)).await?;
        if count > 0 {
            return Err(TransferError::NotEmpty { held: format!("{count} documents of {}", collection.name) });
        }
    }
    for log in Log::ALL {
        let count = store.anchor(log).await?.count;
        if count > 0 {
            return Err(TransferError::NotEmpty { held: format!("{count} records of the {}", log.name()) });
        }
    }
    Ok(())
}

/// Whether what arrived is what was sent.
pub fn compare(sent: &Tally, arrived: &Tally) -> Result<(), TransferError> {
    sent.difference(arrived).map_or(Ok(()), |difference| Err(TransferError::Different(difference)))
}

fn read(
    file: &File<'_>,
    collections: &[&'static Collection],
    document: ExportedDocument,
) -> Result<(&'static Collection, Stored), TransferError> {
    let collection = collections.iter().copied().find(|collection| collection.name == document.collection);
    let collection =
        collection.ok_or_else(|| file.wrong(&format!("there is no collection {}", document.collection)))?;
    let body = collection.upgraded(&document.id, document.schema, document.body)?;
    let document_ = Document { body, words: document.words, expires_at: document.expires_at };
    Ok((collection, Stored { id: document.id, version: 1, document: document_ }))
}

struct File<'a> {
    from: &'a mut (dyn AsyncBufRead + Send + Unpin),
    line: u64,
}

impl File<'_> {
    async fn next(&mut self) -> Result<Option<ExportLine>, TransferError> {
        let bound = u64::try_from(LINE_BYTES).unwrap_or(u64::MAX);
        let mut text = String::new();
        (&mut *self.from).take(bound).read_line(&mut text).await?;
        if text.is_empty() {
            return Ok(None);
        }
        self.line = self.line.saturating_add(1);
        if !text.ends_with('\n') {
            return Err(self.wrong("it is not whole"));
        }
        serde_json::from_str(&text).map(Some).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, why: &str) -> TransferError {
        TransferError::NoExport { line: self.line, why: why.to_owned() }
    }
}

/// Writes in batches.
pub struct Writer<'a> {
    store: &'a dyn Store,
    writes: Vec<Write>,
    records: Option<(Log, Vec<Line>)>,
    bytes: usize,
}

impl<'a> Writer<'a> {
    pub fn new(store: &'a dyn Store) -> Self {
        Self { store, writes: Vec::new(), records: None, bytes: 0 }
    }

    pub async fn take(&mut self, item: Item) -> Result<(), TransferError> {
        match item {
            Item::Document(collection, stored) => {
                self.bytes += stored.document.body.to_string().len();
                self.writes.push(Write::put(collection, stored.id, Expect::Absent, stored.document));
                if self.writes.len() >= BATCH || self.bytes >= BODY_BYTES {
                    self.write().await?;
                }
            }
            Item::Records(log, lines) => {
                let follows = self.records.as_ref().is_some_and(|(waiting, _)| *waiting == log);
                if !follows {
                    self.adopt().await?;
                }
                let (_, waiting) = self.records.get_or_insert_with(|| (log, Vec::new()));
                waiting.extend(lines);
                if waiting.len() >= BATCH {
                    self.adopt().await?;
                }
            }
        }
        Ok(())
    }

    pub async fn finish(mut self) -> Result<(), TransferError> {
        self.write().await?;
        self.adopt().await
    }

    async fn write(&mut self) -> Result<(), TransferError> {
        self.bytes = 0;
        for answer in self.store.write_all(std::mem::take(&mut self.writes)).await {
            answer?;
        }
        Ok(())
    }

    async fn adopt(&mut self) -> Result<(), TransferError> {
        if let Some((log, lines)) = self.records.take() {
            self.store.adopt(log, lines).await?;
        }
        Ok(())
    }
}
