//! Measures the budgets of `ask`, of a turn, of a tool call and of Scarlet, and prints the table of `docs/benchmarks.md`.
//!
//! `cargo bench -p benches --bench budgets` runs all of it; `-- --storm` or another of [`PARTS`] runs that part alone. It
//! needs Debian's `prometheus` and `time` on this machine, builds the program by itself and starts what it asks on
//! ephemeral ports. It never fails on a missed budget: a slow machine is no broken program. It fails when a measured thing
//! does not give the answer that it should give.

mod catalogue;
mod evidence;
mod house;
mod instant;
mod recovery;
mod round_trip;
mod servers;
mod service;
mod storm;
mod turns;
mod verdict;
mod whole_process;

use benches::machine;
use benches::table::Table;
use std::error::Error;
use std::io::Write;

/// What ends the run: every error says what was tried.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The parts that can be run alone: the whole process of `ask`; turns, tool calls and schemas; the storm of alerts; from
/// signal to verdict; from signal to recovery.
const PARTS: [&str; 5] = ["--ask", "--turns", "--storm", "--verdict", "--recovery"];

fn main() -> Fallible<()> {
    let mut out = std::io::stdout();
    // Test runners start every target that is built without the tests' harness; only `cargo bench` says this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(&name.as_str())) {
        return Err(format!("{unknown} is no part; there are {}", PARTS.join(", ")).into());
    }
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let load_before = machine::load();
    let mut table = Table::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if wanted("--ask") {
        table.0.extend(whole_process::rows()?);
    }
    if wanted("--turns") {
        table.0.extend(runtime.block_on(turns::rows())?);
        table.0.extend(runtime.block_on(round_trip::rows())?);
        table.0.extend(runtime.block_on(evidence::rows())?);
        table.0.extend(runtime.block_on(catalogue::rows())?);
    }
    if wanted("--storm") {
        table.0.extend(runtime.block_on(storm::rows())?);
    }
    if wanted("--verdict") {
        table.0.extend(runtime.block_on(verdict::rows())?);
    }
    if wanted("--recovery") {
        table.0.extend(recovery::rows()?);
    }
    writeln!(out, "Machine: {}.", machine::told())?;
    writeln!(out, "Load averages before: {load_before}; after: {}.\n\n{table}", machine::load())?;
    Ok(())
}
