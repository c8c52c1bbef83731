//! A million events of history in the embedded store: append, page, search by text, incident lookup.
//!
//! `cargo bench -p benches --bench history [-- --events N] [--folder FOLDER]` runs it; the folder (the target's own
//! without it) takes about 1.2 GB for a million events and is removed. It fails when what is read is not what was
//! written, and never on a figure.

mod events;
mod reads;
mod writes;

use benches::machine;
use benches::table::{Row, Table};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::ALL;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::sqlite::{Options, Sqlite};
use tokio::time::Instant;

/// What ends the run: every error says what was tried.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // Test runners start every target that is built without the tests' harness; only `cargo bench` says this.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let count = after("--events").map_or(Ok(1_000_000), |count| count.parse::<u64>())?;
    let usual = concat!(env!("CARGO_TARGET_TMPDIR"), "/history");
    let folder = after("--folder").map_or_else(|| PathBuf::from(usual), PathBuf::from);
    if folder.exists() {
        return Err(format!("{} exists; name an empty place with --folder", folder.display()).into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let load_before = machine::load();
    let rows = runtime.block_on(rows(&folder, count));
    std::fs::remove_dir_all(&folder)?;
    let mut table = Table::default();
    table.0.extend(rows?);
    let mut out = std::io::stdout();
    writeln!(out, "Machine: {}.", machine::told())?;
    writeln!(out, "Load averages before: {load_before}; after: {}.\n\n{table}", machine::load())?;
    Ok(())
}

async fn rows(folder: &Path, count: u64) -> Fallible<Vec<Row>> {
    let open = || Sqlite::open(Options::new(folder, ALL, Arc::new(SystemClock)));
    let store: Arc<dyn Store> = Arc::new(open().await?);
    let mut rows = vec![writes::in_batches(store.as_ref(), count).await?];
    rows.push(size(store.as_ref()).await?);
    rows.extend(writes::by_many(&store, count).await?);
    rows.extend(writes::to_the_log(&store).await?);
    drop(store);
    let begun = Instant::now();
    let store: Arc<dyn Store> = Arc::new(open().await?);
    rows.push(Row::information("opening it again", benches::samples::told(begun.elapsed())));
    rows.extend(reads::rows(store.as_ref(), count).await?);
    Ok(rows)
}

async fn size(store: &dyn Store) -> Fallible<Row> {
    let bytes = store.health().await?.bytes.unwrap_or_default();
    Ok(Row::information("size on disk then", format!("{} MB", bytes / 1_000_000)))
}
