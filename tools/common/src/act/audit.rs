//! The audit file of an act server that runs without grants: one JSON line before and one after each call.
//!
//! Guarantee: a call whose first line is not on disk is not made. Secrets in the arguments are redacted. Deliberately
//! absent: the hash chain of the product's own audit trail, which this server is not part of.

use super::Call;
use chrono::SecondsFormat;
use domain::envelope::{Failure, FailureKind};
use domain::redaction;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// An append-only file of calls.
#[derive(Debug, Clone)]
pub struct AuditFile {
    path: PathBuf,
    file: Arc<Mutex<File>>,
}

impl AuditFile {
    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be opened for appending.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok(Self { path, file: Arc::new(Mutex::new(file)) })
    }

    /// Writes that a call was asked for.
    pub(super) async fn asked(&self, call: &Call<'_>) -> Result<(), Failure> {
        self.append(call, "asked").await
    }

    /// Writes how a call ended.
    pub(super) async fn ended(&self, call: &Call<'_>, outcome: &str) -> Result<(), Failure> {
        self.append(call, outcome).await
    }

    async fn append(&self, call: &Call<'_>, what: &str) -> Result<(), Failure> {
        let mut arguments = Value::Object(call.arguments.clone());
        redaction::redact_value(&mut arguments);
        let record = json!({
            "at": call.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            "server": call.server,
            "tool": call.tool,
            "arguments": arguments,
            "what": redaction::redact_text(what),
        });
        let line = format!("{record}\n");
        let file = Arc::clone(&self.file);
        let written = tokio::task::spawn_blocking(move || {
            let mut file = file.lock().map_err(|PoisonError { .. }| io::Error::other("its lock is poisoned"))?;
            file.write_all(line.as_bytes())?;
            file.sync_data()
        })
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| {
            let message =
                format!("the call is not made: the audit file {} cannot be written: {error}", self.path.display());
            Failure::new(FailureKind::Refused, message).with_hint("make room, or give the server another file")
        })
    }
}
