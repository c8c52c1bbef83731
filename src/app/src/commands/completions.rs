//! `completions SHELL`.

use crate::cli::{Cli, Stop};
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the completions.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(shell: Shell) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "auto-devops", &mut script);
    Ok(output::print(&String::from_utf8_lossy(&script))?)
}
