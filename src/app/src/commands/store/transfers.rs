//! Export, import and migration.

use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::wiring::state::{self, Kept};
use chrono::Utc;
use ports::store::collections::ALL;
use std::path::Path;
use store::transfer::{self, Tally, TransferError};
use tokio::io::{AsyncWrite, AsyncWriteExt as _, BufReader, BufWriter};

/// `store export FILE`.
pub async fn export(settings: &Settings, file: &Path) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    if file == Path::new("-") {
        let tally = write(&kept, &mut BufWriter::new(tokio::io::stdout())).await?;
        output::tell(&told("exported", &tally));
        return Ok(Exit::Done);
    }
    // Never over another file, and readable by nobody else: it holds everything that people asked.
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let opened = options.open(file).await.map_err(|error| failed(file, &error))?;
    let mut writer = BufWriter::new(opened);
    let tally = write(&kept, &mut writer).await?;
    writer.into_inner().sync_all().await.map_err(|error| failed(file, &error))?;
    output::print(&told("exported", &tally))?;
    Ok(Exit::Done)
}

async fn write(kept: &Kept, to: &mut (dyn AsyncWrite + Send + Unpin)) -> Result<Tally, Stop> {
    let tally = transfer::export(kept.store.as_ref(), ALL, Utc::now(), to).await.map_err(stop)?;
    to.flush().await.map_err(|error| Stop::new(Exit::Failed, format!("the export file: {error}")))?;
    Ok(tally)
}

/// `store import FILE`.
pub async fn import(settings: &Settings, file: &Path) -> Result<Exit, Stop> {
    let kept = state::open(settings).await?;
    let tally = if file == Path::new("-") {
        transfer::import(kept.store.as_ref(), ALL, &mut BufReader::new(tokio::io::stdin())).await
    } else {
        let opened = tokio::fs::File::open(file).await.map_err(|error| failed(file, &error))?;
        transfer::import(kept.store.as_ref(), ALL, &mut BufReader::new(opened)).await
    };
    output::print(&told("imported, and read back the same", &tally.map_err(stop)?))?;
    Ok(Exit::Done)
}

/// `store migrate`.
pub async fn migrate(settings: &Settings, to_mongodb: bool) -> Result<Exit, Stop> {
    // What is copied from must be there; only the target may be made.
    let embedded = state::open_embedded(settings, !to_mongodb).await?;
    let mongodb = state::open_mongodb(settings).await?;
    let (from, to) = if to_mongodb { (&embedded, &mongodb) } else { (&mongodb, &embedded) };
    let tally = transfer::migrate(from.store.as_ref(), to.store.as_ref(), ALL).await.map_err(stop)?;
    output::print(&told("migrated, and read back the same", &tally))?;
    Ok(Exit::Done)
}

fn told(done: &str, tally: &Tally) -> String {
    let mut lines = vec![format!("{} documents and records {done}", tally.count())];
    let totals = tally.collections.iter().chain(&tally.logs);
    lines.extend(totals.map(|(name, total)| format!("{name:<16}{:>10}  sha256 {}", total.count, total.hash)));
    lines.join("\n")
}

fn failed(file: &Path, error: &std::io::Error) -> Stop {
    Stop::new(Exit::Failed, format!("{}: {error}", file.display()))
}

fn stop(error: TransferError) -> Stop {
    match error {
        TransferError::Store(error) => state::stop(error),
        TransferError::NotEmpty { .. } | TransferError::NoExport { .. } => Stop::new(Exit::Usage, error.to_string()),
        TransferError::File(_) | TransferError::Different(_) => Stop::new(Exit::Failed, error.to_string()),
    }
}
