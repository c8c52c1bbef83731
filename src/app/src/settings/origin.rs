//! Where a value came from, so that a mistake can be found and `config show` can tell.

use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// The place that set a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A file built into the program: `config/default.toml`, `config/prod.toml`.
    BuiltIn {
        /// Its path in the repository.
        file: &'static str,
        /// The line, counted from 1.
        line: usize,
    },
    /// A settings file of the user.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
    /// What the definition of the key itself says.
    Definition,
    /// The usual place of another program's file, such as `~/.kube/config`.
    UsualPlace(PathBuf),
}

impl Origin {
    /// Whether a person set the value on purpose, rather than this program or another one's convention.
    pub fn is_explicit(&self) -> bool {
        match self {
            Self::File { .. } | Self::Flag(_) => true,
            Self::Variable(name) => name.starts_with(super::variables::PREFIX),
            Self::BuiltIn { .. } | Self::Definition | Self::UsualPlace(_) => false,
        }
    }
}

/// `/etc/auto-devops.toml:12`, `$PROMETHEUS_URL`, `--profile`.
impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn { file, line } => write!(out, "built in ({file}:{line})"),
            Self::File { path, line } => write!(out, "{}:{line}", path.display()),
            Self::Variable(name) => write!(out, "${name}"),
            Self::Flag(name) => out.write_str(name),
            Self::Definition => out.write_str("default"),
            Self::UsualPlace(path) => write!(out, "found at {}", path.display()),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
