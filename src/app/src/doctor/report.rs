//! The findings for people and for machines.

use super::{Finding, State};
use serde_json::{Value, json};

/// The document of `doctor --json`.
pub fn document(findings: &[Finding], notes: &[String]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "exit": super::exit(findings).code(),
        "findings": findings,
        "notes": notes,
    })
}

/// A table with one line for each finding, and what is lacking under it.
pub fn text(findings: &[Finding], notes: &[String], colour: bool) -> String {
    let columns: Vec<[String; 4]> = findings.iter().map(row).collect();
    let mut widths = [0; 4];
    for row in &columns {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut lines = vec![format!("auto-devops {}", env!("CARGO_PKG_VERSION")), String::new()];
    for (finding, row) in findings.iter().zip(&columns) {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        lines.push(format!("{} {}  {}", mark(finding.state, colour), cells.join("  "), finding.summary));
        for detail in &finding.details {
            let sign = if detail.well { " " } else { "!" };
            lines.push(format!("    {sign} {}: {}", detail.name, detail.value));
        }
        if let Some(hint) = &finding.hint {
            lines.push(format!("    > {hint}"));
        }
    }
    for note in notes {
        lines.push(format!("\nnote: {note}"));
    }
    lines.join("\n")
}

fn row(finding: &Finding) -> [String; 4] {
    let took = match finding.state {
        State::Absent => String::new(),
        _ => format!("{} ms", finding.milliseconds),
    };
    [finding.subject.name().to_owned(), finding.name.clone(), finding.target.clone(), took]
}

/// A word, so that it can be read without colour.
fn mark(state: State, colour: bool) -> String {
    let (word, code) = match state {
        State::Well => ("ok    ", "32"),
        State::Absent => ("none  ", "2"),
        State::Limited => ("partly", "33"),
        State::Away => ("AWAY  ", "31"),
    };
    if colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() }
}
