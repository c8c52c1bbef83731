//! Where the embedded store is, and how long it waits.

use ports::clock::Clock;
use ports::store::collection::Collection;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a store is opened with.
#[derive(Clone)]
pub struct Options {
    /// The state folder: the file of documents and the files of the logs.
    pub folder: PathBuf,
    /// The folder of the logs' anchors. On another disk it tells a log that was shortened together with its neighbours.
    pub anchors: PathBuf,
    /// What is kept in it: `ports::store::collections::ALL` in the product.
    pub collections: &'static [&'static Collection],
    /// Tells what has expired.
    pub clock: Arc<dyn Clock>,
    /// How long a file that another process holds is waited for.
    pub patience: Duration,
    /// How long a read may take.
    pub read_deadline: Duration,
}

impl Options {
    /// In this folder, with the anchors beside.
    pub fn new(folder: impl Into<PathBuf>, collections: &'static [&'static Collection], clock: Arc<dyn Clock>) -> Self {
        let folder = folder.into();
        let (patience, read_deadline) = (Duration::from_secs(5), Duration::from_secs(30));
        Self { anchors: folder.clone(), folder, collections, clock, patience, read_deadline }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("folder", &self.folder).field("anchors", &self.anchors).finish_non_exhaustive()
    }
}
