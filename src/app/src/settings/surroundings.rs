//! What the reader of the settings may look at: variables and files, behind a trait so that tests use a map.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

/// Files longer than this are refused: no settings file or secret is that long.
pub const LONGEST_FILE_BYTES: u64 = 1024 * 1024;

/// The process's environment and file system.
pub trait Surroundings {
    /// One variable. Empty ones count as unset.
    fn variable(&self, name: &str) -> Option<String>;

    /// All variables whose names begin with `prefix`, in the order of their names.
    fn variables_with(&self, prefix: &str) -> Vec<(String, String)>;

    /// The whole text of a file.
    ///
    /// # Errors
    /// When it cannot be read, is no UTF-8, or is longer than [`LONGEST_FILE_BYTES`].
    fn read(&self, path: &Path) -> io::Result<String>;

    /// Whether a file or folder is there.
    fn exists(&self, path: &Path) -> bool;
}

/// The real machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        let all: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with(prefix) && !value.is_empty())
            .collect();
        all.into_iter().collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        std::fs::File::open(path)?.take(LONGEST_FILE_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LONGEST_FILE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than 1 MiB"));
        }
        Ok(text)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Surroundings made of two maps, for tests.
#[derive(Debug, Clone, Default)]
pub struct Imagined {
    /// Variables by name.
    pub variables: BTreeMap<String, String>,
    /// Texts by path.
    pub files: BTreeMap<String, String>,
}

impl Imagined {
    /// Adds a variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }
}

impl Surroundings for Imagined {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn variables_with(&self, prefix: &str) -> Vec<(String, String)> {
        let matching = self.variables.iter().filter(|(name, value)| name.starts_with(prefix) && !value.is_empty());
        matching.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        let text = self.files.get(&path.display().to_string()).cloned();
        text.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }

    fn exists(&self, path: &Path) -> bool {
        let path = path.display().to_string();
        self.files.keys().any(|file| *file == path || file.starts_with(&format!("{path}/")))
    }
}
