//! Asking before something goes that cannot be brought back.

use crate::cli::{Exit, Stop};
use crate::output;
use crate::terminal::markdown::lines_without_control;
use std::io::{BufRead as _, IsTerminal as _};

/// Asks whether `what` shall go, unless it was said already.
///
/// # Errors
/// Nobody can be asked, or the answer is not yes: then nothing is to be removed.
pub fn removal(what: &str, was_said: bool) -> Result<(), Stop> {
    if was_said {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Stop::new(Exit::Usage, "this cannot be undone; say --yes where nobody can be asked"));
    }
    let what = lines_without_control(what);
    output::tell_part(&format!("Removed, and never to be brought back: {what}. Go on? [y/N] "));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Stop::new(Exit::Failed, "nothing was removed")),
    }
}
