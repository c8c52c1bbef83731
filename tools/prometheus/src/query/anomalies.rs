//! Judges series against their own past; pure.
//!
//! Two views that answer different questions: the detector tells where something unusual *began* in the window, and the
//! comparison with the same time on earlier days tells whether the last value is unusual *now*, in words that a person can
//! check ("Tuesday 09:00"). Deliberately absent: an opinion on whether unusual is bad.

use super::api::{MatrixSeries, Point};
use super::range::{short, show_labels};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use domain::anomaly::{Detector, Settings};
use domain::envelope::Window;
use domain::observed::prometheus::UnusualSeries;
use std::collections::BTreeSet;

/// Half of the stretch of a day that counts as "this time".
const AROUND: TimeDelta = TimeDelta::minutes(45);
/// Earlier weekdays that make a weekday usual, and earlier days that make a time of day usual.
const WEEKS_NEEDED: usize = 2;
const DAYS_NEEDED: usize = 3;
/// Anomalies told of one series.
const MOST_ANOMALIES: usize = 5;

/// A row, and what it is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    /// The row.
    pub row: UnusualSeries,
    /// The highest score of an anomaly in the window.
    score: f64,
}

/// Judges each series; the strangest first. Series without a finite value are left out.
pub(crate) fn judge(matrix: Vec<MatrixSeries>, window: Window, step_seconds: u64) -> Vec<Judged> {
    let mut judged: Vec<Judged> = matrix.iter().filter_map(|series| judge_one(series, window, step_seconds)).collect();
    judged.sort_by(|left, right| {
        let unusual = |one: &Judged| one.row.unusual_now == Some(true);
        let order = right.score.total_cmp(&left.score).then_with(|| unusual(right).cmp(&unusual(left)));
        order.then_with(|| left.row.series.cmp(&right.row.series))
    });
    judged
}

fn judge_one(series: &MatrixSeries, window: Window, step_seconds: u64) -> Option<Judged> {
    let points: Vec<Point> = series.values.iter().copied().filter(|point| point.value.is_finite()).collect();
    let last = points.last()?;
    let (anomalies, score) = anomalies_in(&points, window);
    let now = moment(last);
    let usual = usual_at(now, &points);
    // A series that ended is not "now".
    let stale = window.end - now > TimeDelta::seconds(i64::try_from(step_seconds).unwrap_or(86_400).min(86_400) * 3);
    let compared_with = match (&usual, stale) {
        (_, true) => format!("no value since {}", now.format("%Y-%m-%d %H:%M UTC")),
        (Some(usual), false) => usual.words.clone(),
        (None, false) => format!("fewer than {DAYS_NEEDED} days of history at {}", now.format("%H:%M UTC")),
    };
    let usual = usual.filter(|_| !stale);
    let row = UnusualSeries {
        series: show_labels(&series.metric),
        unusual_now: usual.as_ref().map(|usual| !usual.holds(last.value)),
        last: last.value,
        usual_low: usual.as_ref().map(|usual| usual.low),
        usual_high: usual.as_ref().map(|usual| usual.high),
        compared_with,
        anomalies,
    };
    Some(Judged { row, score })
}

/// What begins inside of the window, the newest first, and the highest score.
fn anomalies_in(points: &[Point], window: Window) -> (Vec<String>, f64) {
    let mut detector = Detector::new(Settings::default());
    let mut told = Vec::new();
    let mut highest = 0.0_f64;
    for point in points {
        let judgement = detector.observe(point.at as i64, point.value);
        if judgement.alarm && moment(point) >= window.start {
            let reason = judgement.reason.map_or("unusual", |reason| reason.words());
            let when = moment(point).format("%m-%d %H:%M");
            told.push(format!("{when} {} ({:.3}): {reason}", short(point.value), judgement.score));
            highest = highest.max(judgement.score);
        }
    }
    told.reverse();
    told.truncate(MOST_ANOMALIES);
    (told, highest)
}

/// What is usual at a time.
#[derive(Debug, PartialEq)]
struct Usual {
    low: f64,
    high: f64,
    words: String,
}

impl Usual {
    /// Outside by more than half of the width: the extremes of few days are exceeded by chance.
    fn holds(&self, value: f64) -> bool {
        let margin = ((self.high - self.low) / 2.0).max(self.high.abs().max(self.low.abs()) * 0.01);
        (self.low - margin..=self.high + margin).contains(&value)
    }
}

/// The range of the values at the same time on the same weekday of earlier weeks, or on any earlier day.
fn usual_at(now: DateTime<Utc>, points: &[Point]) -> Option<Usual> {
    let at = now.format("%H:%M UTC");
    let any_day = earlier(now, points);
    let same_weekday: Vec<(i64, f64)> = any_day.iter().copied().filter(|(days_ago, _)| days_ago % 7 == 0).collect();
    let (weeks, days) = (days_of(&same_weekday), days_of(&any_day));
    if weeks >= WEEKS_NEEDED {
        range_of(&same_weekday, format!("{} {at}, {weeks} weeks", day_name(now.weekday())))
    } else if days >= DAYS_NEEDED {
        range_of(&any_day, format!("{at}, {days} days"))
    } else {
        None
    }
}

/// The values around the same time of earlier days, each with how many days ago it was.
fn earlier(now: DateTime<Utc>, points: &[Point]) -> Vec<(i64, f64)> {
    let found = points.iter().filter_map(|point| {
        let at = moment(point);
        let days_ago = ((now - at).num_seconds() + 43_200).div_euclid(86_400);
        let same_time = now.checked_sub_signed(TimeDelta::try_days(days_ago)?)?;
        (days_ago > 0 && (same_time - at).abs() <= AROUND).then_some((days_ago, point.value))
    });
    found.collect()
}

fn days_of(values: &[(i64, f64)]) -> usize {
    values.iter().map(|(days_ago, _)| days_ago).collect::<BTreeSet<_>>().len()
}

fn range_of(values: &[(i64, f64)], words: String) -> Option<Usual> {
    let values = values.iter().map(|(_, value)| *value);
    let low = values.clone().reduce(f64::min)?;
    Some(Usual { low, high: values.reduce(f64::max)?, words })
}

fn moment(point: &Point) -> DateTime<Utc> {
    let at = DateTime::from_timestamp(point.at as i64, 0).unwrap_or_default();
    at.with_second(0).unwrap_or(at)
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests;
