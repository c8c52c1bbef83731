//! From our settings to those of the crates that do the work: each knows nothing of files, profiles or variables.

mod mcp;
mod model;
mod sources;

pub use mcp::foreign_servers;
pub use model::model;
pub use sources::{github, http, kubernetes, loki, prometheus, prometheus_for_acting, tempo};

use crate::cli::{Exit, Stop};
use std::path::Path;

/// Reads a file that the settings name, such as a certificate.
fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    std::fs::read(path).map_err(|error| {
        Stop::new(Exit::Usage, format!("{} is named by the settings and cannot be read: {error}", path.display()))
    })
}
