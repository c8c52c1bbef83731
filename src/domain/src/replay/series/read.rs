//! Reading a series: a line a point, its time and its value, as the Numenta benchmark and most exports have them.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Points of one series at most.
const POINTS: usize = 2_000_000;

/// Lines that are named where they are no points.
const NAMED: usize = 5;

/// One point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub at: DateTime<Utc>,
    /// How much; `None` where the file says that there was none.
    pub value: Option<f64>,
}

/// A series, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    /// The points in the order of the file.
    pub points: Vec<Point>,
    /// Lines that are no points.
    pub unread: usize,
    /// What is wrong, in words: the first such lines by number, and what was cut.
    pub problems: Vec<String>,
}

/// Reads `TIME,VALUE` lines; further columns are left out. A first line without a time is a heading. Times are RFC 3339,
/// `2026-11-21 18:00:00` (UTC), or seconds or milliseconds since 1970.
pub fn read(text: &str) -> Read {
    let mut read = Read::default();
    for (place, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            continue;
        }
        if read.points.len() >= POINTS {
            read.problems.push(format!("only the first {POINTS} points are read"));
            return read;
        }
        match point(line) {
            Some(point) => read.points.push(point),
            // A heading.
            None if place == 0 => {}
            None => {
                read.unread = read.unread.saturating_add(1);
                if read.unread <= NAMED {
                    read.problems.push(format!("line {} is no point: TIME,VALUE is accepted", place.saturating_add(1)));
                }
            }
        }
    }
    read
}

fn point(line: &str) -> Option<Point> {
    let mut columns = line.split([',', ';', '\t']).map(|column| column.trim().trim_matches('"'));
    let at = time(columns.next()?)?;
    let value = match columns.next()? {
        "" | "NaN" | "nan" | "null" => None,
        number => Some(number.parse::<f64>().ok()?).filter(|number| number.is_finite()),
    };
    Some(Point { at, value })
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return Some(time.and_utc());
        }
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    // Seconds of today have ten digits, milliseconds thirteen.
    let milliseconds = if number < 1e11 { number * 1_000.0 } else { number };
    DateTime::from_timestamp_millis(milliseconds.round() as i64)
}
