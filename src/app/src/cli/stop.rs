//! Why a command ended early.

use super::exit::Exit;
use crate::settings::Problems;
use std::fmt;
use std::io;

/// An early end: the exit code, and what stderr is told.
#[derive(Debug)]
pub struct Stop {
    /// What the shell sees.
    pub exit: Exit,
    /// What stderr is told; `None` where the reader of our output has gone, which is no failure.
    pub message: Option<String>,
}

impl Stop {
    /// An end with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Some(message.into()) }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.message.as_deref().unwrap_or("the reader of the output has gone"))
    }
}

impl std::error::Error for Stop {}

/// `auto-devops ... | head` closes the pipe early: that ends the program quietly.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self { exit: Exit::Done, message: None },
            _ => Self::new(Exit::Failed, format!("the output could not be written: {error}")),
        }
    }
}

impl From<Problems> for Stop {
    fn from(problems: Problems) -> Self {
        Self::new(Exit::Usage, problems.to_string())
    }
}
