//! Runs the public conformance suite (npm `@modelcontextprotocol/conformance`) against a server, and reads its outcome.
//!
//! `.ci/fixtures` installs it with its Node. A scenario passes when none of its checks failed or warned, which is how
//! the suite itself reads a list of expected failures.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::process::Command;

/// How long a whole run may take. It takes about ten seconds.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the suite appends to the name of a scenario's folder: `-2026-11-21T04-52-32-123Z`.
const STAMP_BYTES: usize = 25;

/// One scenario's checks.
#[derive(Debug, Default)]
pub struct Scenario {
    /// How many passed.
    pub passed: usize,
    /// What each of the others complained of.
    pub complaints: Vec<String>,
}

/// What a run found.
#[derive(Debug)]
pub struct Report {
    /// By the scenario's name.
    pub scenarios: BTreeMap<String, Scenario>,
    /// Whether the suite found just the expected failures.
    pub accepted: bool,
    told: String,
}

impl Report {
    /// The scenarios that did not pass.
    pub fn failed(&self) -> BTreeSet<String> {
        let failed = self.scenarios.iter().filter(|(_, scenario)| !scenario.complaints.is_empty());
        failed.map(|(name, _)| name.clone()).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks: usize = self.scenarios.values().map(|scenario| scenario.passed).sum();
        let passed = self.scenarios.len() - self.failed().len();
        writeln!(out, "{passed} of {} scenarios passed, with {checks} checks", self.scenarios.len())?;
        for (name, scenario) in &self.scenarios {
            writeln!(out, "{name}: {} checks passed", scenario.passed)?;
            for complaint in &scenario.complaints {
                writeln!(out, "    {complaint}")?;
            }
        }
        if !self.accepted {
            writeln!(out, "--- the suite told\n{}", self.told)?;
        }
        Ok(())
    }
}

/// The scenarios of a list of expected failures, each of which must have its reason behind it.
pub fn expected(list: &str) -> BTreeSet<String> {
    let entries = list.lines().filter_map(|line| line.trim().strip_prefix("- "));
    let named = entries.map(|entry| {
        let (name, reason) = entry.split_once(" # ").unwrap_or((entry, ""));
        assert!(reason.len() > 10, "{name} is expected to fail, and no reason is given");
        name.trim().to_owned()
    });
    named.collect()
}

/// Runs every scenario for servers, the pending ones too.
pub async fn run(url: &str, expected_failures: impl AsRef<Path>) -> Report {
    let modules = modules();
    let folder = Folder::new();
    let mut command = Command::new(modules.join(".bin/node"));
    command
        .arg(modules.join("@modelcontextprotocol/conformance/dist/index.js"))
        .args(["server", "--suite", "all", "--url", url, "--expected-failures"])
        .arg(expected_failures.as_ref())
        .arg("--output-dir")
        .arg(&folder.0)
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("the suite was not over after {PATIENCE:?}")).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&ended.stdout) + &text(&ended.stderr);
    Report { scenarios: folder.scenarios(&told), accepted: ended.status.success(), told }
}

fn modules() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join(".fixtures"), PathBuf::from);
    let modules = fixtures.join("npm/node_modules");
    assert!(modules.exists(), "{} is missing: run .ci/fixtures first", modules.display());
    modules
}

/// Where the suite writes; taken away at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("conformance-{}-{number}", std::process::id());
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    fn scenarios(&self, told: &str) -> BTreeMap<String, Scenario> {
        let entries = std::fs::read_dir(&self.0).unwrap_or_else(|error| panic!("no results ({error}):\n{told}"));
        let scenario = |folder: std::fs::DirEntry| {
            let name = folder.file_name().into_string().unwrap();
            let name = name.strip_prefix("server-").unwrap();
            let checks = std::fs::read(folder.path().join("checks.json")).unwrap();
            (name[..name.len() - STAMP_BYTES].to_owned(), judged(&serde_json::from_slice(&checks).unwrap()))
        };
        entries.map(|entry| scenario(entry.unwrap())).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn judged(checks: &Value) -> Scenario {
    let mut scenario = Scenario::default();
    for check in checks.as_array().unwrap() {
        match check["status"].as_str() {
            Some("SUCCESS") => scenario.passed += 1,
            Some("INFO" | "SKIPPED") => {}
            other => scenario.complaints.push(format!(
                "{}: {}: {}",
                other.unwrap_or("no status"),
                check["id"].as_str().unwrap_or_default(),
                check["errorMessage"].as_str().unwrap_or_default()
            )),
        }
    }
    scenario
}
