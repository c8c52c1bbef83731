//! From our settings to those of the crates that do the work: each knows nothing of files, profiles or variables.

mod mcp;
mod model;
mod sources;
mod webhooks;

pub use mcp::foreign_servers;
pub use model::{embeddings_endpoint, model};
pub use sources::{github, http, kubernetes, loki, prometheus, prometheus_for_acting, tempo};
pub use webhooks::{notifier, webhook_action};

use crate::cli::{Exit, Stop};
use std::path::{Path, PathBuf};

/// The files of folders that end in `.ending`, in the order of the folders and of their names.
///
/// # Errors
/// A folder that cannot be read.
pub fn files_of(folders: &[PathBuf], ending: &str) -> Result<Vec<PathBuf>, Stop> {
    let mut all = Vec::new();
    for folder in folders {
        let listed = std::fs::read_dir(folder).map_err(|error| {
            let text = format!("{} is named by the settings and cannot be read: {error}", folder.display());
            Stop::new(Exit::Usage, text)
        })?;
        let mut files: Vec<PathBuf> = listed
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .collect();
        files.sort();
        all.append(&mut files);
    }
    Ok(all)
}

/// Reads a file that the settings name, such as a certificate.
fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    std::fs::read(path).map_err(|error| {
        Stop::new(Exit::Usage, format!("{} is named by the settings and cannot be read: {error}", path.display()))
    })
}
