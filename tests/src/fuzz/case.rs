//! A run that went wrong, as a file: the calls that went wrong and the changed answers that it takes, so that it replays
//! when the generator has changed. What is not in it the corpus answers.

use super::backend::{Kept, Manner};
use super::corpus::{self, Calls, Corpus};
use super::run::{self, Outcome};
use super::servers::Which;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// The seed that found it.
    pub seed: u64,
    /// What went wrong.
    pub wrong: Vec<String>,
    /// Its calls.
    pub calls: Calls,
    /// The changed answers.
    pub answers: Vec<Kept>,
}

impl Case {
    /// A case of what a run did.
    pub fn new(seed: u64, now: DateTime<Utc>, outcome: &Outcome) -> Self {
        let calls = Calls { now, calls: outcome.calls.clone() };
        Self { seed, wrong: outcome.wrong.clone(), calls, answers: outcome.answers.clone() }
    }

    /// Writes it into the failures of a server; gives the path.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, which: Which) -> io::Result<PathBuf> {
        let folder = corpus::folder(which.name()).join("failures");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("seed-{}.json", self.seed));
        std::fs::write(&path, format!("{}\n", serde_json::to_string(self)?))?;
        Ok(path)
    }

    /// Runs it again.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn again(&self, which: Which, corpus: &Arc<Corpus>, deadline: Duration) -> Result<Outcome, Failure> {
        let manner = Manner::Again(Arc::clone(corpus), Arc::new(self.answers.clone()), self.seed);
        run::of(which, manner, self.calls.clone(), deadline).await
    }

    /// The same with fewer calls and answers, as long as it goes wrong in the same way.
    ///
    /// # Errors
    /// The server does not start.
    pub async fn smaller(mut self, which: Which, corpus: &Arc<Corpus>, deadline: Duration) -> Result<Self, Failure> {
        let mut at = 0;
        while at < self.calls.calls.len() {
            let mut fewer = self.clone();
            fewer.calls.calls.remove(at);
            if !self.replaced_by(fewer, which, corpus, deadline).await? {
                at += 1;
            }
        }
        let mut at = 0;
        while at < self.answers.len() {
            let mut fewer = self.clone();
            fewer.answers.remove(at);
            if !self.replaced_by(fewer, which, corpus, deadline).await? {
                at += 1;
            }
        }
        Ok(self)
    }

    /// Takes the place of itself with another case that goes wrong in the same way; says whether it does.
    async fn replaced_by(
        &mut self,
        mut other: Self,
        which: Which,
        corpus: &Arc<Corpus>,
        deadline: Duration,
    ) -> Result<bool, Failure> {
        let outcome = other.again(which, corpus, deadline).await?;
        let is_same = outcome.wrong.iter().any(|wrong| self.wrong.iter().any(|known| kind_of(known) == kind_of(wrong)));
        if is_same {
            other.wrong = outcome.wrong;
            *self = other;
        }
        Ok(is_same)
    }
}

/// What sort of thing went wrong: the words before what is particular to the run.
pub fn kind_of(wrong: &str) -> String {
    const WORDS_CHARS: usize = 120;
    let (tool, said) = wrong.split_once(' ').unwrap_or((wrong, ""));
    let said = said.rsplit_once("}: ").map_or(said, |(_, said)| said);
    let said: String = said.chars().filter(|letter| !letter.is_ascii_digit()).take(WORDS_CHARS).collect();
    let end = said.find(": ").filter(|_| !said.starts_with("panic")).unwrap_or(said.len());
    format!("{tool} {}", said.get(..end).unwrap_or_default())
}

/// The cases of a server, with their paths.
///
/// # Errors
/// A file that cannot be read.
pub fn all(which: Which) -> io::Result<Vec<(PathBuf, Case)>> {
    let paths = corpus::files(&corpus::folder(which.name()).join("failures"))?;
    paths.into_iter().map(|path| corpus::read(&path).map(|case| (path, case))).collect()
}
