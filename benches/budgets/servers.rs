//! What the whole program is asked against: Debian's Prometheus, and the simulated estate in a process of its own.
//!
//! Guarantee: whatever was started or written here is gone when its value is dropped.

use crate::Fallible;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Variables for the program under measurement.
pub type Variables = Vec<(String, String)>;

/// A folder of this run.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one under the system's folder for temporary files.
    pub fn new() -> Fallible<Self> {
        Self::named("asked")
    }

    /// One of its own for a part of the run.
    pub fn named(part: &str) -> Fallible<Self> {
        let path = std::env::temp_dir().join(format!("auto-devops-budgets-{}-{part}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{} could not be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A child process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real Prometheus with one target that is up (itself) and one that is down.
pub struct Prometheus {
    /// Its address, as the ecosystem's variable.
    pub variables: Variables,
    _running: Running,
}

impl Prometheus {
    /// Starts it on a port that was free a moment ago.
    pub fn start(folder: &Path) -> Fallible<Self> {
        let own = free_port()?;
        // The port of `discard`, on which nothing listens.
        let configuration = format!(
            "global: {{scrape_interval: 5s}}\nscrape_configs:\n- job_name: prometheus\n  static_configs: [{{targets: ['127.0.0.1:{own}']}}]\n- job_name: node\n  static_configs: [{{targets: ['127.0.0.1:9']}}]\n"
        );
        let file = folder.join("prometheus.yml");
        fs::write(&file, configuration)?;
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{own}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`prometheus` could not be started (Debian package prometheus): {error}"))?;
        let variables = vec![("PROMETHEUS_URL".to_owned(), format!("http://127.0.0.1:{own}"))];
        Ok(Self { variables, _running: Running(child) })
    }
}

fn free_port() -> Fallible<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// `auto-devops estate` with a faulty configuration in it.
pub struct Estate {
    /// Its addresses, as it prints them.
    pub variables: Variables,
    _running: Running,
    /// Kept open: the estate may print more.
    _output: BufReader<ChildStdout>,
}

impl Estate {
    /// Starts it and waits for its addresses.
    pub fn start(program: &Path, folder: &Path) -> Fallible<Self> {
        let mut child = Command::new(program)
            .args(["estate", "--scenario", "bad-config"])
            .env_clear()
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{} estate could not be started: {error}", program.display()))?;
        let output = child.stdout.take().ok_or("the estate has no standard output")?;
        let running = Running(child);
        let mut output = BufReader::new(output);
        let mut variables = Variables::new();
        while !variables.iter().any(|(name, _)| name == "TEMPO_URL") {
            let mut line = String::new();
            if output.read_line(&mut line)? == 0 {
                return Err("the estate ended before it told its addresses".into());
            }
            let exported = line.trim().strip_prefix("export ").and_then(|pair| pair.split_once('='));
            variables.extend(exported.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        Ok(Self { variables, _running: running, _output: output })
    }
}
