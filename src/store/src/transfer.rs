//! Export, import and migration of a whole store, verified by counts and hashes.
//!
//! An export is a text file of JSON lines: a head, every document that has not expired, every record of the logs with
//! the anchor of each, and a tally at the end. It holds the documents in the schema that this program writes and says
//! nothing of the store that it came from, so that any store can take it. An export that ends without its tally is
//! refused: it is not whole.
//!
//! Guarantees: nothing is imported into a store that holds documents or records already; after an import or a migration
//! the target is read again and its tally compared. Documents that end by themselves are sent but stand in no tally: an
//! export is as good when they have ended. Deliberately absent: the versions of documents, which begin anew, and
//! a freeze of the source: what is written while the export goes on may or may not be in it, so stop the service first.

mod export;
mod import;
mod lines;
mod tally;

pub use export::export;
pub use import::import;
pub use tally::{Tally, Total, tally};

use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::error::StoreError;

/// Documents and records of one request.
const BATCH: usize = 500;

/// Why a store was not exported, imported or migrated.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A store did not do its part.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The file could not be read or written.
    #[error("the export file: {0}")]
    File(#[from] std::io::Error),
    /// The file is no export, or not a whole one.
    #[error("line {line} of the export: {why}; make the export anew")]
    NoExport {
        /// From 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// The target holds something already.
    #[error("the target holds {held} already, and two stores cannot be made one: name an empty folder or database")]
    NotEmpty {
        /// What, as in `3 documents of turns`.
        held: String,
    },
    /// What was written does not come back as it was.
    #[error("what arrived is not what was sent ({0}); the target is of no use, remove it and try again")]
    Different(String),
}

/// Copies everything from one store into another, empty one. Answers with what there is in both now.
///
/// # Errors
/// When one of them fails, the target is not empty, or what arrived differs.
pub async fn migrate(
    from: &dyn Store,
    to: &dyn Store,
    collections: &[&'static Collection],
) -> Result<Tally, TransferError> {
    import::refuse_unless_empty(to, collections).await?;
    let mut writer = import::Writer::new(to);
    let sent = export::walk(from, collections, async |item| writer.take(item).await).await?;
    writer.finish().await?;
    import::compare(&sent, &tally(to, collections).await?)?;
    Ok(sent)
}

#[cfg(test)]
mod tests;
