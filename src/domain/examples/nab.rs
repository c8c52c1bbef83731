//! Judges the files of the Numenta benchmark: `cargo run --release -p domain --example nab -- DATA_DIR OUT_DIR`
//!
//! Reads each `DATA_DIR/FOLDER/FILE.csv` (header, then `timestamp,value` in arrival order) and writes
//! `OUT_DIR/FOLDER/FILE.csv` with `timestamp,value,anomaly_score,alarm,reason`, one row per row. Prints the cost per
//! point and the memory of a detector on the last line. One setting for all files; a row is judged before the next is
//! looked at.
#![expect(clippy::print_stdout, reason = "a program of the terminal")]
#![expect(clippy::disallowed_types, reason = "it measures real time, and no test pauses it")]

use chrono::NaiveDateTime;
use domain::anomaly::{Detector, Judgement, Settings};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What all files together cost.
#[derive(Default)]
struct Cost {
    points: usize,
    time: Duration,
    most_bytes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, out] = arguments.as_slice() else {
        return Err("give DATA_DIR and OUT_DIR".into());
    };
    let mut cost = Cost::default();
    let mut files = Vec::new();
    for folder in fs::read_dir(data)? {
        let folder = folder?.path();
        if folder.is_dir() {
            files.extend(fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()));
        }
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    for file in &files {
        let target = out.join(file.strip_prefix(data)?);
        judge(file, &target, &mut cost).map_err(|problem| format!("{}: {problem}", file.display()))?;
    }
    let nanoseconds = cost.time.as_nanos() / (cost.points.max(1) as u128);
    println!(
        "{} files, {} points, {nanoseconds} ns a point, {} bytes a series",
        files.len(),
        cost.points,
        cost.most_bytes
    );
    Ok(())
}

fn judge(file: &Path, target: &Path, cost: &mut Cost) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let rows = read(&text)?;
    let mut detector = Detector::new(Settings::default());
    let start = Instant::now();
    let judgements: Vec<Judgement> = rows.iter().map(|row| detector.observe(row.at, row.value)).collect();
    cost.time += start.elapsed();
    cost.points += rows.len();
    cost.most_bytes = cost.most_bytes.max(detector.memory_bytes());
    let mut table = String::from("timestamp,value,anomaly_score,alarm,reason\n");
    for (row, judgement) in rows.iter().zip(&judgements) {
        let reason = judgement.reason.map_or("", |reason| reason.words());
        let Judgement { score, alarm, .. } = judgement;
        table.push_str(&format!("{},{},{score},{alarm},{reason}\n", row.timestamp, row.value));
    }
    fs::create_dir_all(target.parent().ok_or("no folder")?)?;
    fs::write(target, table)?;
    Ok(())
}

struct Row<'a> {
    timestamp: &'a str,
    at: i64,
    value: f64,
}

/// The rows behind the header. Lines end with LF or CRLF, the last one with or without; empty lines are no rows.
fn read(text: &str) -> Result<Vec<Row<'_>>, Box<dyn Error>> {
    let lines = text.lines().map(str::trim).skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (timestamp, value) = line.split_once(',').ok_or_else(|| format!("no two columns in {line}"))?;
            let at = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%d %H:%M:%S")?.and_utc().timestamp();
            Ok(Row { timestamp, at, value: value.trim().parse()? })
        })
        .collect()
}
