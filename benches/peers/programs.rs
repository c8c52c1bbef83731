//! Where the programs under measurement are, and which versions.

use crate::Fallible;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All of them.
pub struct Programs {
    /// Ours.
    pub own: PathBuf,
    /// How ours was built.
    pub own_told: String,
    /// `kubernetes-mcp-server` as npm installs it: a script for node that starts the native program.
    pub kubernetes: PathBuf,
    /// The native program of the same package alone.
    pub kubernetes_native: PathBuf,
    /// `prometheus-mcp-server` as pip installs it.
    pub prometheus: PathBuf,
    /// One line on the peers and what runs them.
    pub peers_told: String,
}

impl Programs {
    /// Builds ours, installs the peers where they are missing.
    pub fn ready() -> Fallible<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the benchmarks lie in no checkout")?;
        let install = root.join(".ci/peers");
        let status = Command::new(&install).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
        if !status.success() {
            return Err(format!("{} failed: {status}", install.display()).into());
        }
        let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join(".fixtures"), PathBuf::from);
        let peers = fixtures.join("peers");
        let (own, own_told) = own()?;
        let kubernetes = peers.join("npm/node_modules/.bin/kubernetes-mcp-server");
        let platform = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-amd64" };
        let native = format!("kubernetes-mcp-server-{platform}");
        let kubernetes_native = peers.join(format!("npm/node_modules/{native}/bin/{native}"));
        let prometheus = peers.join("venv/bin/prometheus-mcp-server");
        let peers_told = format!(
            "kubernetes-mcp-server {} (npm) on node {}, {} (PyPI) on {}",
            output(&kubernetes, "--version")?,
            output(Path::new("node"), "--version")?,
            pinned(root)?,
            output(&peers.join("venv/bin/python"), "--version")?
        );
        Ok(Self { own, own_told, kubernetes, kubernetes_native, prometheus, peers_told })
    }
}

/// The program named by `PEERS_PROGRAM`, otherwise the one that is built now, in the profile of this benchmark.
fn own() -> Fallible<(PathBuf, String)> {
    if let Some(named) = std::env::var_os("PEERS_PROGRAM") {
        let program = PathBuf::from(named).canonicalize()?;
        let version = output(&program, "--version")?;
        return Ok((program, format!("{version}, a build that was handed over: its profile is not known here")));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut arguments = vec!["build", "--locked", "--package", "app", "--bin", "auto-devops"];
    let (profile, note) = if cfg!(debug_assertions) {
        ("debug", "**debug build: its figures are not to be quoted**")
    } else {
        arguments.push("--release");
        ("release", "release build")
    };
    let status = Command::new(cargo).args(&arguments).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("`cargo {}` failed: {status}", arguments.join(" ")).into());
    }
    let this = std::env::current_exe()?;
    let target = this.ancestors().nth(3).ok_or("this benchmark lies in no build folder")?;
    let program = target.join(profile).join("auto-devops");
    let version = output(&program, "--version")?;
    Ok((program, format!("{version}, {note}")))
}

/// What a program says to one argument, on one line.
fn output(program: &Path, argument: &str) -> Fallible<String> {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} {argument} could not be run: {error}", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The pinned release of the Prometheus peer; the program itself does not tell one.
fn pinned(root: &Path) -> Fallible<String> {
    let list = std::fs::read_to_string(root.join(".ci/peers-requirements.txt"))?;
    let line = list
        .lines()
        .find(|line| line.starts_with("prometheus-mcp-server") || line.starts_with("prometheus_mcp_server"));
    Ok(line.ok_or(".ci/peers-requirements.txt does not pin prometheus-mcp-server")?.replace("==", " "))
}
