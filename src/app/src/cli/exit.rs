//! The exit codes of the command line contract.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: failed.
    Failed,
    /// 2: answered, but something needed could not be looked at.
    CouldNotLook,
    /// 64: wrong usage or settings.
    Usage,
    /// 69: a needed service is unavailable.
    Unavailable,
    /// 77: not permitted.
    NotPermitted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::CouldNotLook => 2,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::NotPermitted => 77,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
