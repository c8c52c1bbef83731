//! The picture in words, for those who cannot see it: what Slack calls the alternative text.

use crate::chart::{Chart, Series, ends, time_span};
use crate::text::one_line;
use crate::times;
use std::fmt::Write as _;

/// Characters at most: Slack takes 2,000.
const MOST_CHARACTERS: usize = 1_900;

/// Characters of a name.
const NAME_CHARACTERS: usize = 80;

/// What the picture shows: its time, and of each line the least, the largest and the last value, and its gaps.
pub fn describe(chart: &Chart) -> String {
    let mut said = cut(&one_line(&chart.title), 300);
    match time_span(chart) {
        Some((from, to)) => {
            let (from, to) = (times::show(from, chart.zone), times::show(to, chart.zone));
            let _ = write!(said, ", {from} to {to} {}.", chart.zone.name());
        }
        None => said.push('.'),
    }
    for series in chart.drawn() {
        let _ = write!(said, " {}", of_series(chart, series));
    }
    if chart.not_drawn() > 0 {
        let _ = write!(said, " {} more are not drawn.", chart.not_drawn());
    }
    if let Some(threshold) = &chart.threshold {
        let _ = write!(
            said,
            " {}: {}.",
            cut(&one_line(&threshold.name), NAME_CHARACTERS),
            chart.unit.show(threshold.value)
        );
    }
    cut(&said, MOST_CHARACTERS)
}

fn of_series(chart: &Chart, series: &Series) -> String {
    let name = cut(&one_line(&series.name), NAME_CHARACTERS);
    let numbers = series.numbers();
    let values = ends(numbers.iter().map(|(_, value)| *value));
    let (Some((low, high)), Some((_, last))) = (values, numbers.last()) else { return format!("{name}: no value.") };
    let show = |value| chart.unit.show(value);
    let gaps = match series.runs(chart.step_seconds).len().saturating_sub(1) {
        0 => String::new(),
        1 => ", 1 gap".to_owned(),
        gaps => format!(", {gaps} gaps"),
    };
    format!("{name}: {} to {}, last {}{gaps}.", show(low), show(high), show(*last))
}

fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters.saturating_sub(2)).collect();
    format!("{kept}..")
}
