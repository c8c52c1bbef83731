//! Measures our `kubernetes` and `prometheus` servers beside public ones on the same backends, and prints the tables of
//! `docs/benchmarks.md`.
//!
//! `cargo bench -p benches --bench peers` runs it, in less than six minutes once everything is built. It needs Debian's
//! `prometheus`, node with npm, and python3 with its venv module; `.ci/peers` fetches the pinned peers the first time.
//! Every server is asked by the same client over standard input and output, in the setting that suits it best and in its
//! default. It fails when any server, ours or a peer, gives a wrong answer; it never fails because one is slower.

mod cluster;
mod contender;
mod expect;
mod kubernetes;
mod memory;
mod metrics;
mod programs;
mod prometheus;
mod report;
mod stdio;

use benches::machine;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

/// What ends the run: every error says what was tried.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Variables for a program.
type Variables = Vec<(String, String)>;

/// A folder of this run, gone with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Fallible<Self> {
        let path = std::env::temp_dir().join(format!("auto-devops-peers-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("{} could not be made: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Says on the error output what is being done.
fn tell(what: &str) -> Fallible<()> {
    Ok(writeln!(std::io::stderr(), "{what}")?)
}

fn main() -> Fallible<()> {
    // Test runners start every target that is built without the tests' harness; only `cargo bench` says this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let programs = programs::Programs::ready()?;
    let folder = Folder::new()?;
    let load_before = machine::load();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let began = tokio::time::Instant::now();
    let (version, tables) = runtime.block_on(async {
        let kubernetes = kubernetes::compare(&programs, &folder.0).await?;
        let backend = metrics::Prometheus::start(&folder.0).await?;
        let prometheus = prometheus::compare(&programs, &backend, &folder.0).await?;
        Fallible::Ok((backend.version.clone(), [kubernetes, prometheus]))
    })?;
    let mut out = std::io::stdout();
    writeln!(out, "Machine: {}.\n", machine::told())?;
    writeln!(out, "Load averages before: {load_before}; after: {}.\n", machine::load())?;
    writeln!(out, "Ours: {}. Peers: {}. Backend: Prometheus {version}.\n", programs.own_told, programs.peers_told)?;
    writeln!(out, "{METHOD}\nThe run took {} s.\n", began.elapsed().as_secs())?;
    for table in tables {
        writeln!(out, "{table}")?;
    }
    Ok(())
}

/// What a reader must know of how it was measured.
const METHOD: &str = "\
- Every server is a process of its own on standard input and output, asked by the same client; the clock stops when the last
  byte of the answer was read. Percentiles are of the nearest rank: with fewer than 100 runs p99 is the slowest of them.
- Before each timed call there is a pause of 250 ms, for every server, so that a throttle inside a server does not count there;
  the rows `pressed` have no pause. 3 calls warm up and 20 count (lists of 5,000 pods: 2 and 12, as YAML: 1 and 3);
  starts: 1 warms up, 10 count (Prometheus: 8).
- A result is what a model reads: the texts of the tool's result. Tokens are a quarter of its bytes, rounded up. The message on
  the wire is larger where a server sends the same result a second time as structured content, and by the escapes of JSON.
- Memory is the sum over the server's processes, because the npm package is a script for node that starts a native program.
- The Kubernetes API of the benchmark is served from memory with neither TLS nor compression; it is the same for every server,
  but is no real cluster, whose own time would come on top for all of them.
- Each answer is checked: all planted pods that are in trouble, all warnings, all targets that are down, the largest values, the
  totals. A wrong answer ends the run. Our first page names the pods in trouble first, as far as its budget of 2,000 tokens goes, and
  counts all others by namespace or state; `only the unhealthy` is the call that names every one of them.
";
