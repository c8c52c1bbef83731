//! Kubeconfig files: read whole, every mistake told, then resolved to one context.
//!
//! `kube` merges and authenticates. Done here instead: telling all mistakes at once (it stops at the first), proxies
//! (it holds `NO_PROXY` against the proxy's own address), and plugins without a terminal (it would hand them ours,
//! which in a stdio server is the protocol itself).

pub mod proxy;
mod resolve;
mod validate;

pub use validate::Problem;

use domain::envelope::{Failure, FailureKind};
use kube::config::Kubeconfig;
use serde_yaml_ng::Value;
use std::path::{Path, PathBuf};

/// Looks an environment variable up.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One file as it was read.
struct Source {
    label: String,
    folder: Option<PathBuf>,
    document: Value,
}

/// A set of kubeconfig files.
pub struct Loaded {
    sources: Vec<Source>,
    merged: Option<Kubeconfig>,
    problems: Vec<Problem>,
    /// Files that kube's parser refused as a whole; told where the closer look finds nothing.
    unparsed: Vec<Problem>,
}

/// All mistakes of a kubeconfig given as text. Relative paths in it are relative to the working folder.
pub fn validate_kubeconfig(text: &str) -> Vec<Problem> {
    let loaded = Loaded::from_text(text);
    loaded.all_problems()
}

/// All mistakes of kubeconfig files, merged as `kubectl` merges them.
pub fn validate_kubeconfig_files(paths: &[PathBuf]) -> Vec<Problem> {
    Loaded::from_files(paths).all_problems()
}

impl Loaded {
    /// Reads and merges files; what cannot be read becomes a problem.
    pub fn from_files(paths: &[PathBuf]) -> Self {
        let mut loaded = Self { sources: Vec::new(), merged: None, problems: Vec::new(), unparsed: Vec::new() };
        for path in paths {
            loaded.add_file(path);
        }
        if paths.is_empty() {
            loaded.problems.push(Problem::new("KUBECONFIG", "", "no file", "at least one kubeconfig file"));
        }
        loaded
    }

    /// Reads one text.
    pub fn from_text(text: &str) -> Self {
        let mut loaded = Self { sources: Vec::new(), merged: None, problems: Vec::new(), unparsed: Vec::new() };
        loaded.add_document("kubeconfig", None, text);
        match Kubeconfig::from_yaml(text) {
            Ok(config) => loaded.merge("kubeconfig", config),
            Err(error) => loaded.add_parse_problem("kubeconfig", &error),
        }
        loaded
    }

    fn add_file(&mut self, path: &Path) {
        let label = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.add_document(&label, path.parent(), &text),
            Err(error) => {
                self.problems.push(Problem::new(
                    &label,
                    "",
                    &format!("a file that cannot be read: {error}"),
                    "a readable kubeconfig",
                ));
                return;
            }
        }
        match Kubeconfig::read_from(path) {
            Ok(config) => self.merge(&label, config),
            Err(error) => self.add_parse_problem(&label, &error),
        }
    }

    fn add_document(&mut self, label: &str, folder: Option<&Path>, text: &str) {
        match serde_yaml_ng::from_str::<Value>(text) {
            Ok(document) => {
                self.sources.push(Source { label: label.to_owned(), folder: folder.map(Path::to_path_buf), document });
            }
            // kube reads what this parser does not (several documents); it has the last word.
            Err(error) => tracing::debug!(label, %error, "a kubeconfig that only kube's parser may read"),
        }
    }

    fn add_parse_problem(&mut self, label: &str, error: &kube::config::KubeconfigError) {
        let said = crate::shape::lines::cut(error.to_string().lines().next().unwrap_or_default(), 200);
        self.unparsed.push(Problem::new(label, "", &said, "a kubeconfig in YAML"));
    }

    fn merge(&mut self, label: &str, config: Kubeconfig) {
        let merged = match self.merged.take() {
            Some(before) => before.clone().merge(config).map_err(|error| (before, error)),
            None => Ok(config),
        };
        match merged {
            Ok(merged) => self.merged = Some(merged),
            Err((before, error)) => {
                self.merged = Some(before);
                self.problems.push(Problem::new(
                    label,
                    "kind",
                    &error.to_string(),
                    "the same kind and apiVersion in all files",
                ));
            }
        }
    }

    /// Every mistake, wherever it is.
    pub fn all_problems(&self) -> Vec<Problem> {
        let found = validate::all(&self.sources, None);
        let mut problems = self.problems.clone();
        problems.extend(self.unparsed.iter().filter(|whole| !found.iter().any(|one| one.file == whole.file)).cloned());
        problems.extend(found);
        problems
    }

    /// The configuration of a context, and whether its credentials can be made anew.
    ///
    /// # Errors
    /// One failure that tells every mistake on the way to this context.
    pub fn config(&self, cluster: &str, context: Option<&str>) -> Result<(kube::Config, bool), Failure> {
        let mut problems = if self.unparsed.is_empty() {
            let found = validate::all(&self.sources, context).into_iter().filter(|problem| problem.hinders);
            self.problems.iter().cloned().chain(found).collect()
        } else {
            self.all_problems()
        };
        if let (Some(merged), true) = (&self.merged, problems.is_empty()) {
            match resolve::config(merged, context) {
                Ok(found) => return Ok(found),
                Err(problem) => problems.push(problem),
            }
        }
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let count = if told.len() == 1 { "a mistake".to_owned() } else { format!("{} mistakes", told.len()) };
        let message = format!("the kubeconfig for cluster {cluster} has {count}: {}", told.join("; "));
        Err(Failure::new(FailureKind::BadRequest, message).with_hint("correct the kubeconfig, or name another context"))
    }
}

#[cfg(test)]
mod tests;
