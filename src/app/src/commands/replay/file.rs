//! A recording as a file: what `replay export` writes and `replay import` and `replay run --file` read.

use crate::cli::{Exit, Stop};
use domain::recording::{FORM, Recording};
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use std::path::Path;

/// A file that is larger was not written by an export.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Exported {
    /// Its form.
    form: u32,
    /// What was recorded.
    pub(super) recording: Recording,
    /// What was done then, in words.
    #[serde(default)]
    pub(super) outcome: Vec<String>,
}

impl Exported {
    pub(super) fn of(recording: Recording, outcome: Vec<String>) -> Self {
        Self { form: FORM, recording, outcome }
    }

    pub(super) fn text(&self) -> Result<String, Stop> {
        serde_json::to_string_pretty(self).map_err(|error| Stop::new(Exit::Failed, error.to_string()))
    }
}

/// Reads one; `-` is standard input.
///
/// # Errors
/// It cannot be read, is no export, or is of a newer version of this program.
pub(super) fn read(file: &Path) -> Result<Exported, Stop> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let text = read_text(file, MOST_BYTES).map_err(|error| Stop::new(Exit::Failed, format!("{name}: {error}")))?;
    parse(&text).map_err(|why| Stop::new(Exit::Failed, format!("{name}: {why}")))
}

/// A file, or standard input, as text.
pub(super) fn read_text(file: &Path, most: u64) -> std::io::Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(most.saturating_add(1)).read_to_string(&mut text)?
    } else {
        std::fs::File::open(file)?.take(most.saturating_add(1)).read_to_string(&mut text)?
    };
    if u64::try_from(read).unwrap_or(u64::MAX) > most {
        return Err(std::io::Error::other(format!("more than {most} bytes")));
    }
    Ok(text)
}

fn parse(text: &str) -> Result<Exported, String> {
    #[derive(Deserialize)]
    struct Form {
        form: u32,
    }
    let no_export = |error: serde_json::Error| format!("is no recording that `replay export` wrote: {error}");
    let Form { form } = serde_json::from_str(text).map_err(no_export)?;
    if form > FORM {
        return Err(format!("was written by a newer version of this program (form {form}; this one knows {FORM})"));
    }
    serde_json::from_str(text).map_err(no_export)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_export_or_of_a_newer_version_is_told() {
        for (text, wanted) in [
            ("", "is no recording"),
            ("[]", "is no recording"),
            ("{\"form\": 1}", "is no recording"),
            ("{\"form\": 7, \"recording\": {\"new\": true}}", "newer version"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(wanted), "{text}: {told}");
        }
        let at = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let exported = Exported::of(Recording::of("INC-1", "prod", at), vec!["done".to_owned()]);
        let back = parse(&exported.text().unwrap()).unwrap();
        assert_eq!((back.recording, back.outcome), (exported.recording, exported.outcome));
    }
}
