//! What the rows of a table must mean together.

use super::{Example, IMPACTS, Mistake, SEVERITIES, Table};
use crate::incident::{Impact, Severity};
use serde::Serialize;

/// Mistakes of order that are told; the others are counted.
const TOLD: usize = 10;

/// One cell of the table: confidence per mille, severity, impact.
type Cell = (u16, Severity, Impact);

impl Table {
    /// Everything that contradicts itself.
    pub(super) fn check(&self) -> Vec<Mistake> {
        let mut mistakes = self.wrong_examples();
        mistakes.extend(self.wrong_order());
        mistakes
    }

    /// Examples that their own row does not match, or for which the table gives another verdict.
    fn wrong_examples(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for row in &self.rows {
            for (place, example) in row.examples.iter().enumerate() {
                let Example { confidence, severity, impact, verdict } = example;
                let (confidence, severity, impact) = (*confidence, *severity, *impact);
                let at = format!("examples[{place}]");
                let mut wrong = |found, accepted: &str| {
                    mistakes.push(Mistake::new(&format!("row \"{}\"", row.name), at.clone(), found, accepted));
                };
                let cell = told((confidence, severity, impact));
                if !row.matches(confidence, severity, impact) {
                    wrong(cell, "a cell that the row itself matches");
                    continue;
                }
                let ruled = self.verdict(confidence, severity, impact);
                if ruled.verdict != *verdict {
                    let by = ruled.row.map_or(super::NO_ROW, |row| row.name.as_str());
                    wrong(format!("{cell}: {verdict}"), &format!("{}, which the row \"{by}\" gives it", ruled.verdict));
                }
            }
        }
        mistakes
    }

    /// Neighbouring cells of which the worse has the milder verdict.
    fn wrong_order(&self) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> =
            self.neighbours().into_iter().filter_map(|(milder, worse)| self.compare(milder, worse)).collect();
        let more = mistakes.len().saturating_sub(TOLD);
        mistakes.truncate(TOLD);
        if more > 0 {
            mistakes.push(Mistake::new("the table", "row", format!("{more} more such cells"), "none"));
        }
        mistakes
    }

    fn compare(&self, milder: Cell, worse: Cell) -> Option<Mistake> {
        let of = |cell: Cell| self.verdict(cell.0, cell.1, cell.2);
        let (first, second) = (of(milder), of(worse));
        (second.verdict < first.verdict).then(|| {
            let row = second.row.map_or("the table".to_owned(), |row| format!("row \"{}\"", row.name));
            let found = format!("{} at {}, but {} at {}", first.verdict, told(milder), second.verdict, told(worse));
            let accepted = "a verdict that never gets less strict when severity or impact rises or confidence falls";
            Mistake::new(&row, "verdict", found, accepted)
        })
    }

    /// Each cell beside the next worse one, for every band of confidence that the rows tell apart.
    fn neighbours(&self) -> Vec<(Cell, Cell)> {
        // One confidence out of each band: its lowest.
        let mut bands = self.thresholds();
        bands.insert(0);
        let bands: Vec<u16> = bands.into_iter().collect();
        let mut pairs = Vec::new();
        for band in &bands {
            for impact in IMPACTS {
                pairs.extend(next(&SEVERITIES).map(|(mild, bad)| ((*band, mild, impact), (*band, bad, impact))));
            }
            for severity in SEVERITIES {
                pairs.extend(next(&IMPACTS).map(|(mild, bad)| ((*band, severity, mild), (*band, severity, bad))));
            }
        }
        for (severity, impact) in SEVERITIES.into_iter().flat_map(|severity| IMPACTS.map(|impact| (severity, impact))) {
            pairs.extend(next(&bands).map(|(low, high)| ((high, severity, impact), (low, severity, impact))));
        }
        pairs
    }
}

/// Each value beside the one after it.
fn next<T: Copy>(values: &[T]) -> impl Iterator<Item = (T, T)> {
    values.iter().copied().zip(values.iter().copied().skip(1))
}

fn told((confidence, severity, impact): Cell) -> String {
    format!("confidence {confidence}, severity {}, impact {}", name(severity), name(impact))
}

fn name(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
