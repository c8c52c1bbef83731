//! The next moment at which a window of local times opens.
//!
//! Such a window opens only when the wall clock reaches its beginning, or when the clock is put forward or back: those are
//! the moments that are tried. Deliberately absent: what the window is, which is a function.

use chrono::{DateTime, Days, LocalResult, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// How many days ahead are looked through: two weeks, since the clock may skip the only opening of the first.
const DAYS: u64 = 16;

/// The first moment after `now` for which `is_open` holds.
pub(super) fn after(
    now: DateTime<Utc>,
    from: NaiveTime,
    zone: Tz,
    is_open: impl Fn(DateTime<Utc>) -> bool,
) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    // The day before too: where a zone changes sides of the date line, the wall clock may go back by a day.
    let first = today.pred_opt()?;
    let mut candidates: Vec<DateTime<Utc>> = (0..DAYS)
        .filter_map(|days| first.checked_add_days(Days::new(days)))
        .flat_map(|date| reached(zone, date.and_time(from)))
        .collect();
    let moments = (0..DAYS).filter_map(|days| now.checked_add_days(Days::new(days)));
    candidates.extend(moments.filter_map(|moment| clock_change(zone, moment)));
    candidates.into_iter().filter(|moment| *moment > now && is_open(*moment)).min()
}

/// The moments at which the wall clock shows a time: none, one or two.
fn reached(zone: Tz, local: chrono::NaiveDateTime) -> Vec<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) => vec![moment.with_timezone(&Utc)],
        LocalResult::Ambiguous(first, second) => vec![first.with_timezone(&Utc), second.with_timezone(&Utc)],
        LocalResult::None => Vec::new(),
    }
}

/// The moment within the next day at which the clock is put forward or back. Zones do so at full seconds, and not twice a
/// day.
fn clock_change(zone: Tz, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let offset_at = |second: i64| {
        let moment = DateTime::from_timestamp(second, 0)?;
        Some(zone.offset_from_utc_datetime(&moment.naive_utc()).fix())
    };
    let (mut before, mut changed) = (from.timestamp(), from.timestamp() + TimeDelta::days(1).num_seconds());
    let old = offset_at(before)?;
    if offset_at(changed)? == old {
        return None;
    }
    while changed - before > 1 {
        let middle = before + (changed - before) / 2;
        if offset_at(middle)? == old { before = middle } else { changed = middle }
    }
    DateTime::from_timestamp(changed, 0)
}
