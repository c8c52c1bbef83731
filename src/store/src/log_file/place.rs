//! Where the files of a log are, and how files are made, so that only their owner reads them.

use super::trouble::failed;
use ports::store::Log;
use ports::store::error::StoreError;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The files of one log.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub log: Log,
    /// Where records and lock are.
    pub folder: PathBuf,
    /// Where the anchor is.
    pub anchors: PathBuf,
    /// The records.
    pub records: PathBuf,
    /// What a cut writes before it takes the place of the records.
    pub fresh_records: PathBuf,
    /// Held by the process that writes. A file of its own: the records are replaced by a cut.
    pub lock: PathBuf,
    pub anchor: PathBuf,
    /// What is written before it takes the place of the anchor.
    pub fresh_anchor: PathBuf,
}

impl Place {
    pub fn new(log: Log, folder: &Path, anchors: &Path) -> Self {
        let name = log.name();
        Self {
            log,
            folder: folder.to_owned(),
            anchors: anchors.to_owned(),
            records: folder.join(format!("{name}.log")),
            fresh_records: folder.join(format!("{name}.log.new")),
            lock: folder.join(format!("{name}.lock")),
            anchor: anchors.join(format!("{name}.anchor")),
            fresh_anchor: anchors.join(format!("{name}.anchor.new")),
        }
    }
}

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), number: metadata.ino() }
    }
}

/// What the file system says of a file; `None` where there is none.
pub(super) fn look(path: &Path) -> Result<Option<Metadata>, StoreError> {
    missing_is_none(fs::metadata(path)).map_err(|error| failed("look at", path, &error))
}

/// Opens a file to be read; `None` where there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, StoreError> {
    missing_is_none(File::open(path)).map_err(|error| failed("read", path, &error))
}

/// Nothing, where the file is missing.
pub(super) fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// How files of a log are opened to be written; made where they are missing.
pub(super) fn writable() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

/// Makes a folder, and those above it, for its owner alone, where it is missing.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed("make the folder", folder, &error))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
