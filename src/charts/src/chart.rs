//! What is drawn.

use crate::units::Unit;
use chrono_tz::Tz;

/// How many series are drawn; more are counted in the legend.
pub const MOST_SERIES: usize = 8;

/// How many points all drawn series have together at most.
pub const MOST_POINTS: usize = 20_000;

/// The seconds that a calendar can show: the years 1 to 9999.
const SECONDS_RANGE: std::ops::RangeInclusive<f64> = -62_135_596_800.0..=253_402_300_799.0;

/// Values beyond are drawn at the edge, so that differences of values stay finite.
const LARGEST_VALUE: f64 = 1e300;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is called in the legend.
    pub name: String,
    /// Unix seconds and values, in the order of time. What is not finite is a gap.
    pub points: Vec<(f64, f64)>,
}

/// A level that the values are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Where.
    pub value: f64,
    /// What it is.
    pub name: String,
}

/// One chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// What the values are of.
    pub unit: Unit,
    /// In whose clocks the time axis is.
    pub zone: Tz,
    /// The first and the last second of the time axis; `None` is where the points are.
    pub span: Option<(f64, f64)>,
    /// Seconds between points, where it is known: points that are further apart have a gap between them.
    pub step_seconds: Option<f64>,
    /// The lines, the most telling first.
    pub series: Vec<Series>,
    /// How many series there are beside these.
    pub left_out: u64,
    /// A level to compare with.
    pub threshold: Option<Threshold>,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// No series has a point that is a number.
    #[error("there is nothing to draw: no series has a point that is a number")]
    NoPoints,
    /// More points than are drawn.
    #[error("{points} points are too many to draw (at most {MOST_POINTS}): ask for a longer step")]
    TooManyPoints {
        /// How many there are.
        points: usize,
    },
    /// The picture could not be packed.
    #[error("the picture could not be packed: {0}")]
    Packing(String),
}

impl Chart {
    /// The series that are drawn.
    pub(crate) fn drawn(&self) -> &[Series] {
        self.series.get(..MOST_SERIES).unwrap_or(&self.series)
    }

    /// How many series are not drawn.
    pub(crate) fn not_drawn(&self) -> u64 {
        let more = u64::try_from(self.series.len().saturating_sub(MOST_SERIES)).unwrap_or(u64::MAX);
        self.left_out.saturating_add(more)
    }
}

impl Series {
    /// The points that are numbers, in the order of time.
    pub(crate) fn numbers(&self) -> Vec<(f64, f64)> {
        self.runs(None).concat()
    }

    /// Stretches of points without a gap.
    pub(crate) fn runs(&self, step_seconds: Option<f64>) -> Vec<Vec<(f64, f64)>> {
        // A point may come a little late; one that is missing makes the distance two steps.
        let longest = step_seconds.filter(|step| step.is_finite() && *step > 0.0).map(|step| step * 1.5);
        let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
        for (time, value) in &self.points {
            if !value.is_finite() || !SECONDS_RANGE.contains(time) {
                runs.push(Vec::new());
                continue;
            }
            let value = value.clamp(-LARGEST_VALUE, LARGEST_VALUE);
            let last = runs.last().and_then(|run| run.last()).map(|(before, _)| time - before);
            let is_gap = last.is_some_and(|passed| passed < 0.0 || longest.is_some_and(|longest| passed > longest));
            if is_gap {
                runs.push(Vec::new());
            }
            if let Some(run) = runs.last_mut() {
                run.push((*time, value));
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }
}

impl Threshold {
    /// Where it is drawn, where it can be.
    pub(crate) fn level(&self) -> Option<f64> {
        self.value.is_finite().then(|| self.value.clamp(-LARGEST_VALUE, LARGEST_VALUE))
    }
}

/// The ends of the time axis: those that the chart names where they hold all points, else those of the points.
pub(crate) fn time_span(chart: &Chart) -> Option<(f64, f64)> {
    let times = chart.drawn().iter().flat_map(Series::numbers).map(|(time, _)| time);
    let named =
        chart.span.filter(|(from, to)| SECONDS_RANGE.contains(from) && SECONDS_RANGE.contains(to) && from <= to);
    let all = times.chain(named.into_iter().flat_map(|(from, to)| [from, to]));
    let (from, to) = ends(all)?;
    // A single moment gets a minute around it.
    Some(if to - from < 1.0 { (from - 30.0, to + 30.0) } else { (from, to) })
}

/// The smallest and the largest of some numbers.
pub(crate) fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.fold(None, |ends: Option<(f64, f64)>, number| match ends {
        None => Some((number, number)),
        Some((low, high)) => Some((low.min(number), high.max(number))),
    })
}
