//! Windows of time as people write them in the settings: `Mon-Fri 09:00-18:00 Europe/Berlin`, or
//! `2026-12-24T00:00:00Z..2026-12-27T00:00:00Z`.

use chrono::{DateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use domain::calendar::{Once, Weekly, Window};

/// What is accepted, in words.
pub const ACCEPTED: &str = "DAYS FROM-TO ZONE, such as \"Mon-Fri 09:00-18:00 Europe/Berlin\" or \"Sat,Sun 00:00-00:00 UTC\"; or FROM..TO, \
     two times such as 2026-12-24T00:00:00Z";

/// The days in their order.
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The window that a text means.
///
/// # Errors
/// What is wrong with it.
pub fn window(text: &str) -> Result<Window, String> {
    let text = text.trim();
    if let Some((from, to)) = text.split_once("..") {
        let once = Once::new(moment(from)?, moment(to)?).map_err(|mistake| mistake.to_string())?;
        return Ok(Window::Once(once));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [days, times, zone] = words.as_slice() else { return Err(format!("{text:?}")) };
    let (from, to) = times.split_once('-').ok_or_else(|| format!("{times:?}, which is not FROM-TO"))?;
    let zone: Tz = zone.parse().map_err(|_| format!("{zone:?}, which is no time zone"))?;
    let weekly = Weekly::new(week_days(days)?, time(from)?, time(to)?, zone).map_err(|mistake| mistake.to_string())?;
    Ok(Window::Weekly(weekly))
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text.trim());
    read.map(|at| at.with_timezone(&Utc)).map_err(|_| format!("{text:?}, which is no time with its offset"))
}

fn time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("{text:?}, which is no time of the day"))
}

fn week_days(text: &str) -> Result<Vec<Weekday>, String> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (place(first)?, place(last)?);
        // Fri-Mon goes over the end of the week.
        let length = (last + WEEK.len() - first) % WEEK.len();
        days.extend(WEEK.iter().cycle().skip(first).take(length + 1).copied());
    }
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    Ok(days)
}

fn place(name: &str) -> Result<usize, String> {
    let day: Weekday = name.parse().map_err(|_| format!("{name:?}, which is no day of the week"))?;
    Ok(day.num_days_from_monday() as usize)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn windows_are_read_as_people_write_them() {
        let holds = |text: &str, at: &str| window(text).unwrap().contains(at.parse().unwrap());
        for (text, at, expected) in [
            ("Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-20T08:00:00Z", true),
            ("Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-20T07:59:00Z", false),
            ("Mon-Fri 09:00-18:00 Europe/Berlin", "2026-11-21T10:00:00Z", false),
            ("Sat,Sun 00:00-00:00 UTC", "2026-11-22T23:59:00Z", true),
            ("Fri-Mon 22:00-06:00 UTC", "2026-11-24T05:00:00Z", true),
            ("Fri-Mon 22:00-06:00 UTC", "2026-11-25T05:00:00Z", false),
            ("2026-12-24T00:00:00Z..2026-12-27T00:00:00+01:00", "2026-12-26T22:59:00Z", true),
        ] {
            assert_eq!(holds(text, at), expected, "{text} at {at}");
        }
        for text in [
            "",
            "always",
            "Mon 09:00 UTC",
            "Mon 9-10 UTC",
            "Caturday 09:00-10:00 UTC",
            "Mon 09:00-10:00 Mars",
            "Mon 09:00-09:00 UTC",
            "2026-12-24..2026-12-20",
        ] {
            assert!(window(text).is_err(), "{text}");
        }
    }
}
