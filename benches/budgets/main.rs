//! Measures the budgets of `ask`, of a turn and of a tool call, and prints the table of `docs/benchmarks.md`.
//!
//! `cargo bench -p benches --bench budgets` runs it, with `-- --storm` the storm of alerts alone. It needs Debian's
//! `prometheus` and `time` on this machine, builds the program by itself and starts what it asks on ephemeral ports. It
//! never fails on a missed budget: a slow machine is no broken program. It fails when a measured thing does not give the
//! answer that it should give.

mod catalogue;
mod evidence;
mod house;
mod instant;
mod round_trip;
mod servers;
mod storm;
mod turns;
mod whole_process;

use benches::machine;
use benches::table::Table;
use std::error::Error;
use std::io::Write;

/// What ends the run: every error says what was tried.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Fallible<()> {
    let mut out = std::io::stdout();
    // Test runners start every target that is built without the tests' harness; only `cargo bench` says this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let load_before = machine::load();
    let mut table = Table::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let is_storm_only = std::env::args().any(|argument| argument == "--storm");
    if !is_storm_only {
        table.0.extend(whole_process::rows()?);
    }
    runtime.block_on(async {
        if is_storm_only {
            table.0.extend(storm::rows().await?);
            return Ok(());
        }
        table.0.extend(turns::rows().await?);
        table.0.extend(round_trip::rows().await?);
        table.0.extend(evidence::rows().await?);
        table.0.extend(catalogue::rows().await?);
        table.0.extend(storm::rows().await?);
        Fallible::Ok(())
    })?;
    writeln!(out, "Machine: {}.", machine::told())?;
    writeln!(out, "Load averages before: {load_before}; after: {}.\n\n{table}", machine::load())?;
    Ok(())
}
