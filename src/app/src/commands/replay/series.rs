//! `replay run --series`: a series from a CSV file through the detectors of the sense rules.

use super::file::read_text;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::scarlet::read_senses;
use domain::incident::Severity;
use domain::replay::series::{Event, read, run as run_series};
use domain::sense::about::About;
use domain::sense::series::{Choice, SeriesWatch, Unusual};
use serde_json::json;
use std::path::Path;

/// A file that is larger was not meant.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// What is watched where no file of rules is named.
fn usual() -> SeriesWatch {
    SeriesWatch {
        name: "unusual".to_owned(),
        query: "csv".to_owned(),
        detector: Choice::Anomaly(Unusual::default()),
        severity: Severity::Medium,
        every_seconds: 30,
        instance: None,
        about: About::default(),
        identity: Vec::new(),
    }
}

pub(super) fn run(file: &Path, rules: Option<&Path>, as_json: bool) -> Result<Exit, Stop> {
    let (watches, mut problems) = match rules {
        Some(rules) => declared(rules)?,
        None => (vec![usual()], Vec::new()),
    };
    let unreadable = |error| Stop::new(Exit::Usage, format!("{}: {error}", file.display()));
    let read = read(&read_text(file, MOST_BYTES).map_err(unreadable)?);
    if read.points.is_empty() {
        return Err(Stop::new(Exit::Usage, format!("{}: no line of it is TIME,VALUE", file.display())));
    }
    problems.extend(read.problems.iter().cloned());
    let name = file.file_stem().map_or_else(|| "series".to_owned(), |name| name.to_string_lossy().into_owned());
    let ran = run_series(&name, &read.points, &watches);
    if as_json {
        let document = json!({ "series": name, "run": ran, "unread_lines": read.unread, "problems": problems });
        output::print(&format!("{document:#}"))?;
    } else {
        for event in &ran.events {
            output::print(&lines_without_control(&told(event)))?;
        }
        if ran.more > 0 {
            output::print(&format!("and {} more", ran.more))?;
        }
        problems.iter().for_each(|problem| output::tell(&lines_without_control(problem)));
        let span = ran.span.map_or(String::new(), |(from, to)| format!(" from {from} to {to}"));
        output::print(&format!(
            "{} points{span}: {} incidents would have been opened, {} not over at the end; {} lines were no points",
            ran.points, ran.incidents, ran.still_open, read.unread
        ))?;
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::CouldNotLook })
}

/// The watches of series in a file of senses; what else stands in it cannot be run over a file.
fn declared(rules: &Path) -> Result<(Vec<SeriesWatch>, Vec<String>), Stop> {
    let (declared, _) = read_senses(rules)?;
    if declared.series.is_empty() {
        let text = format!("{}: it has no [[series]], whose detectors could be run over a file", rules.display());
        return Err(Stop::new(Exit::Usage, text));
    }
    let others = declared.rules.len();
    let told = (others > 0).then(|| {
        format!("{others} [[rules]] are PromQL, which only a Prometheus can evaluate: they were not run over the file")
    });
    Ok((declared.series, told.into_iter().collect()))
}

fn told(event: &Event) -> String {
    let at = event.at.format("%Y-%m-%d %H:%M:%S UTC");
    let incident = event.incident.as_deref().unwrap_or("none");
    let value = event.value.map_or(String::new(), |value| format!(" value {value}"));
    let rule = if event.rule.is_empty() { String::new() } else { format!(" {}", event.rule) };
    format!("{at}  {} {incident}{rule}{value}: {}", event.what.told(), event.text)
}
