//! The checks of an environment's endpoints in CSV files, for people, spreadsheets and the uptime figures.
//!
//! `DIRECTORY/ENVIRONMENT.csv` is appended to; its columns are those of [`domain::sense::uptime`]. When it has grown too
//! large or too old it is renamed to `ENVIRONMENT.TIME.csv` (the time of its first check) and a new one is begun; of the
//! renamed ones a bounded number is kept, the newest.
//!
//! Guarantees: a line is written whole or, after a crash, its torn rest is cut off before the next one is written; a file of
//! other columns is renamed and never mixed with ours; nothing but the oldest files of this environment is deleted;
//! memory is bounded whatever the files hold.
//!
//! Deliberately absent: making the checks; an fsync after each line (what a power cut takes are the last seconds of
//! checks, which then count as not made).

mod figures;
mod file;

use chrono::{DateTime, TimeDelta, Utc};
use domain::sense::uptime::{Check, Figures, is_name};
use file::Current;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// When a file is ended, and how many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes after which a file is ended.
    pub bytes: u64,
    /// Age of its first check after which a file is ended.
    pub age: TimeDelta,
    /// Ended files that are kept.
    pub files: usize,
}

impl Default for Rotation {
    /// Ten days of daily files: figures are told over seven.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, age: TimeDelta::days(1), files: 10 }
    }
}

/// The files of one environment.
#[derive(Debug)]
pub struct HealthLog {
    folder: PathBuf,
    environment: String,
    rotation: Rotation,
    current: Mutex<Option<Current>>,
}

impl HealthLog {
    /// The files of an environment in a folder, which is made where it is missing. Nothing is written yet.
    ///
    /// # Errors
    /// The name of an environment that cannot be that of a file; a folder that cannot be made.
    pub fn new(folder: &Path, environment: &str, rotation: Rotation) -> io::Result<Arc<Self>> {
        if !is_name(environment) {
            let why = format!("the environment {environment:?} cannot name a file: letters, digits, -, _ and . only");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        std::fs::create_dir_all(folder)?;
        Ok(Arc::new(Self {
            folder: folder.to_owned(),
            environment: environment.to_owned(),
            rotation,
            current: Mutex::new(None),
        }))
    }

    /// The file that is written to.
    pub fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.csv", self.environment))
    }

    /// Writes a check down.
    ///
    /// # Errors
    /// What the disk says, with the file's name.
    pub async fn append(self: &Arc<Self>, check: Check) -> io::Result<()> {
        let log = Arc::clone(self);
        off_the_runtime(move || log.append_now(&check)).await
    }

    /// The checks of one endpoint in the last hour, oldest first.
    ///
    /// # Errors
    /// What the disk says, with the file's name.
    pub async fn last_hour(self: &Arc<Self>, endpoint: &str, now: DateTime<Utc>) -> io::Result<Vec<Check>> {
        let (log, endpoint) = (Arc::clone(self), endpoint.to_owned());
        off_the_runtime(move || figures::last_hour(&log.files()?, &endpoint, now)).await
    }

    /// The uptime figures of the endpoints, computed of the files; `every` has the pause between the checks of each.
    ///
    /// # Errors
    /// What the disk says, with the file's name.
    pub async fn figures(
        self: &Arc<Self>,
        every: BTreeMap<String, TimeDelta>,
        now: DateTime<Utc>,
    ) -> io::Result<BTreeMap<String, Figures>> {
        let log = Arc::clone(self);
        off_the_runtime(move || figures::of(&log.files()?, &every, now)).await
    }

    fn append_now(&self, check: &Check) -> io::Result<()> {
        let mut held = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path();
        let mut current = match held.take() {
            Some(current) if current.is_still(&path) => current,
            _ => Current::open(&path, |first| self.ended(first))?,
        };
        if current.is_over(&self.rotation, check.at) {
            drop(current);
            self.end(&path)?;
            current = Current::open(&path, |first| self.ended(first))?;
        }
        // Kept only when it was written whole: what was not is repaired when the file is opened again.
        current.append(check)?;
        *held = Some(current);
        Ok(())
    }

    /// Ends the current file and removes what is beyond the number that is kept.
    fn end(&self, path: &Path) -> io::Result<()> {
        let first = file::first_check(path)?.unwrap_or_default();
        file::rename(path, &self.ended(first))?;
        let ended = self.ended_files()?;
        let beyond = ended.len().saturating_sub(self.rotation.files.max(1));
        for old in ended.iter().take(beyond) {
            file::named(old, std::fs::remove_file(old))?;
        }
        Ok(())
    }

    /// A name that is free for a file whose first check is of this time.
    fn ended(&self, first: DateTime<Utc>) -> PathBuf {
        let time = first.format("%Y%m%dT%H%M%SZ");
        let named = |end: &str| self.folder.join(format!("{}.{time}{end}.csv", self.environment));
        let taken = |path: &PathBuf| path.exists();
        let mut free = (1..1_000).map(|number| named(&format!("-{number:03}")));
        Some(named(""))
            .filter(|path| !taken(path))
            .or_else(|| free.find(|path| !taken(path)))
            .unwrap_or_else(|| named("-x"))
    }

    /// All files, oldest first, the current one last.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = self.ended_files()?;
        files.extend(Some(self.path()).filter(|path| path.exists()));
        Ok(files)
    }

    /// The ended files of this environment, oldest first. Names of other shapes are other people's files.
    fn ended_files(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in file::named(&self.folder, std::fs::read_dir(&self.folder))? {
            let entry = file::named(&self.folder, entry)?;
            let name = entry.file_name();
            let middle = name
                .to_str()
                .and_then(|name| name.strip_prefix(&self.environment)?.strip_prefix('.')?.strip_suffix(".csv"));
            if middle.is_some_and(is_time) {
                found.push(entry.path());
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Whether it is `20261121T145500Z`, with `-001` or the like after it.
fn is_time(text: &str) -> bool {
    let (time, end) = text.split_at_checked(16).unwrap_or((text, ""));
    let is_end =
        end.is_empty() || end == "-x" || end.strip_prefix('-').is_some_and(|digits| digits.parse::<u16>().is_ok());
    chrono::NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%SZ").is_ok() && is_end
}

async fn off_the_runtime<R: Send + 'static>(work: impl FnOnce() -> io::Result<R> + Send + 'static) -> io::Result<R> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the work on the file was broken off")))
}

#[cfg(test)]
mod tests;
