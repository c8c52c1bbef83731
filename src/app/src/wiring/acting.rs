//! The file in which act servers write every call before it is made.

use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use std::path::PathBuf;
use tools_common::act::AuditFile;

/// The file where the settings name none, in the state folder of the user.
const USUAL_AUDIT_FILE: &str = "auto-devops/act-audit.jsonl";

/// Opens the file, and tells where it is.
///
/// # Errors
/// There is no folder for it, or it cannot be opened.
pub fn audit_file(settings: &Settings) -> Result<(AuditFile, PathBuf), Stop> {
    let path = settings.acting.audit_file.clone().or_else(usual_audit_file).ok_or_else(|| {
        Stop::new(Exit::Usage, "there is no folder for the audit file: name one by [acting] audit_file")
    })?;
    let opened = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| AuditFile::open(&path));
    let audit = opened.map_err(|error| {
        Stop::new(Exit::Failed, format!("the audit file {} cannot be opened: {error}", path.display()))
    })?;
    Ok((audit, path))
}

/// By the XDG base directory specification.
fn usual_audit_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local").join("state")))?;
    Some(state.join(USUAL_AUDIT_FILE))
}
