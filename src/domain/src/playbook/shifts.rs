//! Metrics of a service whose level shifted near the moment that a question turns on.
//!
//! Guarantees: only shifts well above the usual scatter, in the time that was asked about, and few of them. Deliberately
//! absent: a cause. Close in time is not why.

#[cfg(test)]
mod tests;

use super::looks::{Look, Looks};
use super::{Inquiry, calls, wrong};
use crate::diagnosis::Statement;
use crate::diagnosis::case::Scene;
use crate::envelope::Window;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::prometheus::{ChangedSeries, Changes, GoldenSignals, Signal};
use chrono::{DateTime, Duration, SecondsFormat, Utc};

/// Signals whose course is searched, the most telling first.
const SIGNALS: [&str; 4] = ["error_ratio", "latency_p99", "traffic", "memory_of_limit"];
/// The window of the signals' rates: a longer one smears a shift.
const RATE: &str = "5m";
/// Shifts that are told.
const TOLD: usize = 3;
/// Smaller shifts come by chance too often (docs/change-points.md).
const LEAST_DEVIATIONS: f64 = 3.0;
/// A steady series shifts by many deviations and yet by nothing that matters: less than this share of its level is not told.
const LEAST_SHARE: f64 = 0.1;
/// What is seen before the time that was asked about: a shift at its beginning has a before, too.
const BEFORE: Duration = Duration::minutes(30);
/// And after it: a shift is known by what follows.
const AFTER: Duration = Duration::minutes(15);
/// The longest time that is searched.
const LONGEST: Duration = Duration::days(7);

/// The shifts, the best fit to the moment first.
pub(super) fn near(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, object: &ObjectRef) -> Vec<Statement> {
    let Some(times) = Times::of(inquiry) else { return Vec::new() };
    let look: Look<GoldenSignals> = looks.at(calls::golden_signals(object, RATE, times.at(), None));
    let Some(seen) = look.seen() else { return Vec::new() };
    let named = |name: &&str| seen.data.signals.iter().find(|signal| signal.name == **name);
    let mut found: Vec<(f64, Statement)> = Vec::new();
    for signal in SIGNALS.iter().filter_map(named) {
        let look: Look<Changes> =
            looks.at(calls::change_points(&signal.query, &times.onset(), &times.since(), times.at()));
        let Some(seen) = look.seen() else { continue };
        // A signal is one number, so that its query gives one series.
        let row = seen.data.series.typed::<ChangedSeries>().ok().and_then(|rows| rows.into_iter().next());
        if let Some(row) = row.filter(|row| times.asked.contains(row.when) && is_large(row)) {
            found.push((row.fit, tell(inquiry, signal, &row, seen.id)));
        }
    }
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    found.into_iter().take(TOLD).map(|(_, statement)| statement).collect()
}

fn is_large(row: &ChangedSeries) -> bool {
    let level = row.before.abs().max(row.after.abs());
    row.deviations >= LEAST_DEVIATIONS && (row.after - row.before).abs() >= level * LEAST_SHARE
}

/// `error ratio rose from 0.2 % to 8.1 % about 02:41`.
fn tell(inquiry: &Inquiry<'_>, signal: &Signal, row: &ChangedSeries, id: EvidenceId) -> Statement {
    let amount = |value: f64| wrong::amount(value, &signal.unit);
    let verb = if row.after > row.before { "rose" } else { "fell" };
    let text = format!(
        "{} {verb} from {} to {} about {}",
        signal.name.replace('_', " "),
        amount(row.before),
        amount(row.after),
        Scene::clock_of(row.when, inquiry.now, inquiry.zone)
    );
    Statement::new(text, [id])
}

/// Where is searched.
struct Times {
    /// The time that was asked about.
    asked: Asked,
    onset: DateTime<Utc>,
    end: DateTime<Utc>,
    now: DateTime<Utc>,
    length: Duration,
}

struct Asked(Window);

impl Asked {
    fn contains(&self, at: DateTime<Utc>) -> bool {
        at >= self.0.start && at <= self.0.end
    }
}

impl Times {
    /// `None` for a time in the future.
    fn of(inquiry: &Inquiry<'_>) -> Option<Self> {
        let now = inquiry.now;
        let time = &inquiry.question.time;
        let asked = time.window.unwrap_or(Window { start: now - Duration::hours(3), end: now });
        let (start, end) = (asked.start.max(now - LONGEST), asked.end.min(now));
        let onset = time.moment.unwrap_or(end).clamp(start, end.max(start));
        let seen_until = (end + AFTER).min(now);
        let length = seen_until - start + BEFORE;
        (start < end).then_some(Self { asked: Asked(Window { start, end }), onset, end: seen_until, now, length })
    }

    fn onset(&self) -> String {
        self.onset.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The end, where it is not now.
    fn at(&self) -> Option<String> {
        (self.end < self.now).then(|| self.end.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    fn since(&self) -> String {
        format!("{}m", self.length.num_minutes() + 1)
    }
}
