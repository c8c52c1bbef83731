//! Why a store did not do what it was asked.

/// What went wrong, sorted by what the caller can do. Messages name the place and say what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The expectation of a write did not hold: read again and decide again.
    #[error("the document is {} now, which is not what was expected", version(*.found))]
    Conflict {
        /// The version that is there.
        found: Option<u64>,
    },
    /// The server or file cannot be reached; nothing was written. May pass by itself.
    #[error("{message}")]
    Unavailable {
        /// What was tried, what came back, what to do.
        message: String,
    },
    /// It went away in the middle of a write, which may stand: read before writing again.
    #[error("{message}")]
    Unknown {
        /// What was tried, what came back, what to do.
        message: String,
    },
    /// It was written by a newer version of this program.
    #[error(
        "{what} was written by a newer version of this program (its layout is {found}, this one knows up to {known}): \
         start the newer version, or restore a backup of before"
    )]
    Newer {
        /// The document, file or database.
        what: String,
        /// Its version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// What is stored is damaged.
    #[error("{message}")]
    Corrupt {
        /// Where, and what to do.
        message: String,
    },
    /// There is no room.
    #[error("{message}")]
    Full {
        /// Where, and what to do.
        message: String,
    },
    /// It may not be written, or the credentials were refused.
    #[error("{message}")]
    Denied {
        /// Where, and what to do.
        message: String,
    },
    /// The document is larger than the store takes.
    #[error("{what} has {bytes} bytes, the store takes at most {limit}")]
    TooLarge {
        /// Collection and id.
        what: String,
        /// Its size.
        bytes: usize,
        /// The largest that is taken.
        limit: usize,
    },
    /// The request is wrong: a mistake of the program.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
    },
}

impl StoreError {
    /// Whether the same request may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Unknown { .. })
    }
}

fn version(found: Option<u64>) -> String {
    found.map_or_else(|| "absent".to_owned(), |version| format!("at version {version}"))
}
