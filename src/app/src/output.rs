//! Where the commands write for people: stdout, with colour only where it belongs.

use crate::settings::Colour;
use std::io::{self, IsTerminal, Write};

/// Whether stdout gets colour.
pub fn has_colour(setting: Colour) -> bool {
    match setting {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => io::stdout().is_terminal(),
    }
}

/// Writes a text and a line break to stdout at once.
///
/// # Errors
/// When stdout cannot be written, which is a broken pipe where the reader has gone.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a line to stderr; a stderr that is gone is no reason to stop.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a part of a line to stderr.
pub fn tell_part(text: &str) {
    let mut err = io::stderr();
    let _ = err.write_all(text.as_bytes());
    let _ = err.flush();
}
