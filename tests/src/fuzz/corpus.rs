//! The corpus of a server: the calls that are made, and the answers that its backend gives.
//!
//! `tests/corpus/SERVER/calls.json` has the calls and their time of day; each file of `answers` has the answers of one
//! path; each of `failures` is a run that once went wrong (see [`super::case`]). Deliberately absent: anything generated
//! at build time.

use super::answer::{Answer, Asked};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// One call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
}

/// The calls of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// The time of day of all of them: that of the recording.
    pub now: DateTime<Utc>,
    /// In the order in which they are recorded.
    pub calls: Vec<Call>,
}

/// Calls and answers.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// What is called.
    pub calls: Calls,
    /// What is answered.
    answers: Vec<Answer>,
}

/// The folder of a server's corpus.
pub fn folder(server: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(server)
}

/// The calls of a server.
///
/// # Errors
/// The file is missing or no list of calls.
pub fn calls(server: &str) -> io::Result<Calls> {
    read(&folder(server).join("calls.json"))
}

/// Reads one file.
///
/// # Errors
/// With the path in the text.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let told = |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| told(&error))?;
    serde_json::from_slice(&text).map_err(|error| told(&error))
}

/// The JSON files of a folder in the order of their names; none where there is no folder.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

impl Corpus {
    /// The corpus of a server.
    ///
    /// # Errors
    /// A file that cannot be read, with its path.
    pub fn load(server: &str) -> io::Result<Self> {
        let mut answers: Vec<Answer> = Vec::new();
        for path in files(&folder(server).join("answers"))? {
            answers.extend(read::<Vec<Answer>>(&path)?);
        }
        if answers.is_empty() {
            return Err(io::Error::other(format!("tests/corpus/{server}/answers has no answer")));
        }
        Ok(Self { calls: calls(server)?, answers })
    }

    /// The answer whose request is most like this one; `None` where the path is unknown.
    pub fn nearest(&self, asked: &Asked) -> Option<&Answer> {
        let known =
            self.answers.iter().filter(|answer| answer.asked.method == asked.method && answer.asked.path == asked.path);
        let ranked = known.map(|answer| {
            let same = answer.asked.alike(asked);
            (same, usize::MAX - answer.asked.query.len(), answer)
        });
        // The first of the best, so that the order of the file decides and not the order of the search.
        ranked.reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best }).map(|best| best.2)
    }

    /// All answers.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }
}

/// Writes the answers of a server, one file a path, in place of those that are there.
///
/// # Errors
/// A file that cannot be written.
pub fn save(server: &str, answers: Vec<Answer>) -> io::Result<()> {
    let folder = folder(server).join("answers");
    std::fs::create_dir_all(&folder)?;
    for old in files(&folder)? {
        std::fs::remove_file(old)?;
    }
    let mut by_name: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
    for answer in answers {
        by_name.entry(slug(&answer.asked)).or_default().push(answer);
    }
    for (name, answers) in by_name {
        let lines: Vec<String> = answers.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        std::fs::write(folder.join(format!("{name}.json")), format!("[\n{}\n]\n", lines.join(",\n")))?;
    }
    Ok(())
}

/// A file name for a request.
fn slug(asked: &Asked) -> String {
    const LONGEST: usize = 100;
    let text = format!("{}-{}", asked.method, asked.path).to_ascii_lowercase();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(LONGEST).collect()
}
