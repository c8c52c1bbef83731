//! Finds the series whose level shifted, and ranks them by an onset; pure.

use super::api::MatrixSeries;
use super::range::show_labels;
use chrono::{DateTime, Utc};
use domain::change_point::{Point, Ranked, what_changed};
use domain::observed::prometheus::{ChangedSeries, Labels};
use std::collections::BTreeMap;

/// A series with fewer points cannot be said to have changed, or not to have.
const LEAST_POINTS: usize = 24;

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Searched {
    /// The best fit first.
    pub rows: Vec<ChangedSeries>,
    /// Series that did not change.
    pub unchanged: u64,
    /// Series with too few points to tell.
    pub too_short: u64,
}

impl Searched {
    /// What is to be said of the series that are not listed.
    pub(crate) fn notes(&self) -> Vec<String> {
        let counted = [
            (self.unchanged, "series did not change their level"),
            (self.too_short, "series have too few points to tell"),
        ];
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect()
    }
}

/// The series of a matrix that changed, `most` at most.
pub(crate) fn search(matrix: Vec<MatrixSeries>, onset: DateTime<Utc>, most: usize) -> Searched {
    let named: BTreeMap<String, (Labels, Vec<Point>)> = matrix
        .into_iter()
        .map(|series| (show_labels(&series.metric), (series.metric, points(&series.values))))
        .collect();
    let (long, short): (Vec<_>, Vec<_>) = named.iter().partition(|(_, (_, points))| points.len() >= LEAST_POINTS);
    let series = long.iter().map(|(name, (_, points))| (name.as_str(), points.as_slice()));
    let ranked = what_changed(series, onset.timestamp(), most);
    let rows: Vec<ChangedSeries> = ranked.iter().filter_map(|one| row(one, &named)).collect();
    let unchanged = long.len().saturating_sub(rows.len()) as u64;
    Searched { rows, unchanged, too_short: short.len() as u64 }
}

fn points(values: &[super::api::Point]) -> Vec<Point> {
    values.iter().filter(|point| point.value.is_finite()).map(|point| (point.at as i64, point.value)).collect()
}

fn row(ranked: &Ranked<'_>, named: &BTreeMap<String, (Labels, Vec<Point>)>) -> Option<ChangedSeries> {
    let change = ranked.change;
    Some(ChangedSeries {
        series: ranked.name.to_owned(),
        labels: named.get(ranked.name)?.0.clone(),
        when: DateTime::from_timestamp(change.at_unix_seconds, 0)?,
        uncertain_seconds: change.uncertain_seconds,
        before: change.before,
        after: change.after,
        deviations: rounded(change.deviations),
        from_onset_seconds: ranked.distance_seconds,
        fit: rounded(ranked.fit),
    })
}

/// Three places are more than these are worth.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
