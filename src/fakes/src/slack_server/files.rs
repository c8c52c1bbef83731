//! Files: asked for, uploaded, shared.

use std::collections::BTreeMap;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `F…`.
    pub id: String,
    /// `cpu.png`.
    pub name: String,
    /// Its title, once it is shared.
    pub title: String,
    /// What it shows, for those who cannot see it.
    pub alt: Option<String>,
    /// What was uploaded.
    pub bytes: Vec<u8>,
    /// Where it was shared: channel and message.
    pub shared_in: Vec<(String, String)>,
    pub(super) length: usize,
    pub(super) is_uploaded: bool,
}

#[derive(Default)]
pub(super) struct Files {
    pub all: BTreeMap<String, File>,
    /// Upload URLs: the last part of their path, and the file.
    pub uploads: BTreeMap<String, String>,
}
