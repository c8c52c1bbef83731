//! Measures the clusterer on labelled log lines: `cargo run --release -p domain --example log_patterns -- FILE.csv...`
//!
//! Each file has a header with the columns `Content` (the line) and `EventId` (the event it belongs to). A line counts as
//! right when the lines of its pattern are exactly the lines of its event. Prints a row a file and the mean of the shares
//! on the last line. With `--groups` as the first argument it prints each event that is grouped wrongly instead; with
//! `--strange`, and no file, the speed and the memory where every line is of a new kind.
#![expect(clippy::print_stdout, reason = "a program of the terminal")]
#![expect(clippy::disallowed_types, reason = "it measures real time, and no test pauses it")]

use domain::log_patterns::{LogPatterns, PatternId, PatternLimits};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long each speed is measured at least.
const MEASURED_FOR: Duration = Duration::from_millis(400);

/// The lines of a file and the event of each.
struct Labelled {
    lines: Vec<String>,
    events: Vec<String>,
}

fn main() {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    if files.first().is_some_and(|first| first == "--strange") {
        return print_strange();
    }
    let groups = files.first().is_some_and(|first| first == "--groups");
    if groups {
        files.remove(0);
    } else {
        println!(
            "file                             lines events patterns accuracy  lines/s first  lines/s then   bytes"
        );
    }
    let mut shares = Vec::new();
    for file in &files {
        match read(file) {
            Ok(labelled) if groups => print_wrong(file, &labelled),
            Ok(labelled) => shares.push(report(file, &labelled)),
            Err(problem) => println!("{file}: {problem}"),
        }
    }
    if !shares.is_empty() {
        println!("mean of {}: {:.4}", shares.len(), shares.iter().sum::<f64>() / shares.len() as f64);
    }
}

fn report(file: &str, labelled: &Labelled) -> f64 {
    let (patterns, ids) = cluster(&labelled.lines);
    let right = labelled.lines.len() - wrong(&ids, &labelled.events).values().map(BTreeMap::len).sum::<usize>();
    let share = right as f64 / labelled.lines.len().max(1) as f64;
    println!(
        "{:<32} {:>5} {:>6} {:>8} {share:>8.4} {:>14.0} {:>13.0} {:>7}",
        file.rsplit('/').next().unwrap_or(file),
        labelled.lines.len(),
        labelled.events.iter().collect::<BTreeSet<_>>().len(),
        patterns.patterns().len(),
        speed(&labelled.lines, true),
        speed(&labelled.lines, false),
        patterns.memory_bytes(),
    );
    share
}

/// The pattern of each line, as known at the end.
fn cluster(lines: &[String]) -> (LogPatterns, Vec<Option<PatternId>>) {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    let ids: Vec<PatternId> = lines.iter().map(|line| patterns.observe(line, None)).collect();
    let ids = ids.into_iter().map(|id| patterns.resolve(id)).collect();
    (patterns, ids)
}

/// The lines that are grouped wrongly, by event: their numbers and their patterns.
fn wrong<'a>(ids: &[Option<PatternId>], events: &'a [String]) -> BTreeMap<&'a str, BTreeMap<usize, Option<PatternId>>> {
    let mut by_pattern: BTreeMap<Option<PatternId>, BTreeSet<usize>> = BTreeMap::new();
    let mut by_event: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (line, (id, event)) in ids.iter().zip(events).enumerate() {
        by_pattern.entry(*id).or_default().insert(line);
        by_event.entry(event).or_default().insert(line);
    }
    let mut wrong: BTreeMap<&str, BTreeMap<usize, Option<PatternId>>> = BTreeMap::new();
    for (line, (id, event)) in ids.iter().zip(events).enumerate() {
        if by_pattern.get(id) != by_event.get(event.as_str()) {
            wrong.entry(event).or_default().insert(line, *id);
        }
    }
    wrong
}

fn print_wrong(file: &str, labelled: &Labelled) {
    let (patterns, ids) = cluster(&labelled.lines);
    println!("== {file}");
    for (event, lines) in wrong(&ids, &labelled.events) {
        println!("{event}: {} lines", lines.len());
        let mut counts: BTreeMap<PatternId, usize> = BTreeMap::new();
        for id in lines.values().flatten() {
            *counts.entry(*id).or_default() += 1;
        }
        for pattern in patterns.patterns() {
            if let Some(count) = counts.get(&pattern.id) {
                println!("    {count} of {}: {}", pattern.count, pattern.template);
            }
        }
    }
}

/// Lines a second: with a new clusterer for each pass over the file, or with one that goes on.
fn speed(lines: &[String], anew: bool) -> f64 {
    let mut patterns = LogPatterns::new(PatternLimits::default());
    let (start, mut passes) = (Instant::now(), 0_usize);
    while start.elapsed() < MEASURED_FOR {
        if anew {
            patterns = LogPatterns::new(PatternLimits::default());
        }
        for line in lines {
            std::hint::black_box(patterns.observe(line, None));
        }
        passes += 1;
    }
    (passes * lines.len()) as f64 / start.elapsed().as_secs_f64()
}

/// Lines of eight random words, of which no two are alike: the worst that a source can send.
fn print_strange() {
    const LINES: u64 = 100_000;
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letters = (0..6).map(|letter| char::from(b'g' + ((state >> (letter * 5 + 30)) % 20) as u8));
        letters.collect::<String>()
    };
    let lines: Vec<String> = (0..LINES).map(|_| (0..8).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    let mut patterns = LogPatterns::new(PatternLimits::default());
    let start = Instant::now();
    for line in &lines {
        patterns.observe(line, None);
    }
    let speed = LINES as f64 / start.elapsed().as_secs_f64();
    println!("{speed:.0} lines/s, {} patterns, {} bytes", patterns.patterns().len(), patterns.memory_bytes());
    println!("{:?}", patterns.counters());
}

fn read(file: &str) -> Result<Labelled, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut rows = rows(&text).into_iter();
    let header = rows.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|cell| cell == name).ok_or(format!("no column {name}"));
    let (content, event) = (column("Content")?, column("EventId")?);
    let mut labelled = Labelled { lines: Vec::new(), events: Vec::new() };
    for row in rows {
        if let (Some(line), Some(event)) = (row.get(content), row.get(event)) {
            labelled.lines.push(line.clone());
            labelled.events.push(event.clone());
        }
    }
    Ok(labelled)
}

/// Rows of cells: separated by commas, quoted where needed, a doubled quote for a quote.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}
