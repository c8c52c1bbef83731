//! Measures searches of the memory over 50,000 entries in the embedded store, by words and by vectors of 768 dimensions,
//! and prints a table for `docs/benchmarks.md`.
//!
//! `cargo bench -p benches --bench memory` runs it; it needs nothing but a folder for temporary files. The vectors are
//! made here and cost nothing: what an endpoint takes for the vector of a question is not in the figures.

mod corpus;
mod searches;

use benches::machine;
use benches::samples::told;
use benches::table::{Row, Table};
use engine::memory::{Filters, Memory};
use ports::clock::{Clock, SystemClock};
use ports::store::{Store, collections};
use searches::{recalls, searches};
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{Options, Sqlite};
use tokio::time::Instant;

/// What ends the run: every error says what was tried.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ENTRIES: usize = 50_000;

const BUDGET: Duration = Duration::from_millis(20);

fn main() -> Fallible<()> {
    let mut out = std::io::stdout();
    // Test runners start every target that is built without the tests' harness; only `cargo bench` says this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let load_before = machine::load();
    let folder = Folder(std::env::temp_dir().join(format!("auto-devops-bench-memory-{}", std::process::id())));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let table = runtime.block_on(rows(&folder))?;
    writeln!(out, "Machine: {}.", machine::told())?;
    writeln!(out, "Load averages before: {load_before}; after: {}.\n\n{table}", machine::load())?;
    Ok(())
}

async fn rows(folder: &Folder) -> Fallible<Table> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = Options::new(folder.0.clone(), collections::ALL, clock.clone());
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(options).await?);
    let mut table = Table::default();
    let filling = Instant::now();
    corpus::fill(store.as_ref(), ENTRIES, clock.now()).await?;
    table.0.push(Row::information(format!("{ENTRIES} entries written, each with its vector"), told(filling.elapsed())));

    let words = Memory::new(store.clone(), None, clock.clone());
    let both = Memory::new(store, Some(Arc::new(corpus::Made)), clock);
    table.0.push(searches(&words, "words alone, by the store", None).await?);
    let loading = Instant::now();
    for memory in [&words, &both] {
        let loaded = memory.warm().await?;
        if loaded != ENTRIES {
            return Err(format!("{loaded} of {ENTRIES} entries were loaded").into());
        }
    }
    table.0.push(Row::information(
        format!("the words of {ENTRIES} entries loaded into memory"),
        told(loading.elapsed() / 2),
    ));
    let loading = Instant::now();
    while both.stats().await?.meaning.is_none_or(|meaning| meaning.vectors < ENTRIES) {
        both.search("disk", &Filters::default(), 1).await?;
        if loading.elapsed() > Duration::from_secs(300) {
            return Err(format!("the vectors were not loaded in time: {:?}", both.stats().await?.meaning).into());
        }
    }
    table.0.push(Row::information(format!("{ENTRIES} vectors loaded into memory"), told(loading.elapsed())));
    table.0.push(searches(&both, "words and vectors", Some(BUDGET)).await?);
    table.0.push(searches(&words, "words alone, in memory", None).await?);
    table.0.push(recalls(&both).await?);
    Ok(table)
}

/// The folder of the store, removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
