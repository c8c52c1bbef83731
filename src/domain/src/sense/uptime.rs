//! What was found at each check of an endpoint, as lines of a CSV file, and how much of the time an endpoint was up.
//!
//! The columns: `time` (UTC, RFC 3339, milliseconds), `endpoint` (its name in the settings), `state` (`up`, `down`,
//! `not_made`), `status` (of HTTP; empty where there was no answer), `milliseconds` (how long the check took), `why` (one
//! of [`Why`]'s words; empty where it was up). No text of an answer ever gets into a line, so no line needs quoting.
//!
//! Guarantees: uptime is checks that were up of checks that were made, and checks that were not made are told beside it,
//! whoever failed to make them; no check made means no figure, and never 100 %.
//!
//! Deliberately absent: files.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The first line of each file, with its line end.
pub const HEADER: &str = "time,endpoint,state,status,milliseconds,why\n";

/// Bytes of the longest line that is read.
pub const LINE_BYTES: usize = 512;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The endpoint answered as it should.
    Up,
    /// It did not.
    Down,
    /// The check could not be made; says nothing of the endpoint.
    NotMade,
}

/// Why an endpoint was not up, or a check not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A status that is not expected.
    Status,
    /// The body lacks what it must hold.
    Body,
    /// A redirect to another host, or too many.
    Redirect,
    /// No answer in time.
    Timeout,
    /// No connection: refused, not resolved, not trusted.
    Unreachable,
    /// The answer broke off, or was no HTTP.
    BadAnswer,
    /// The body is longer than is read.
    TooLarge,
    /// What is declared cannot be asked for.
    Settings,
    /// This program had no means to ask (files, memory), or was stopping.
    Ours,
}

impl Why {
    const ALL: [Self; 9] = [
        Self::Status,
        Self::Body,
        Self::Redirect,
        Self::Timeout,
        Self::Unreachable,
        Self::BadAnswer,
        Self::TooLarge,
        Self::Settings,
        Self::Ours,
    ];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Body => "body",
            Self::Redirect => "redirect",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::BadAnswer => "bad_answer",
            Self::TooLarge => "too_large",
            Self::Settings => "settings",
            Self::Ours => "ours",
        }
    }
}

/// One check of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// When it began.
    pub at: DateTime<Utc>,
    /// The endpoint's name in the settings.
    pub endpoint: String,
    /// What it found.
    pub found: Found,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How long it took.
    pub milliseconds: u64,
    /// Why it was not up.
    pub why: Option<Why>,
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::NotMade => "not_made",
        })
    }
}

impl Check {
    /// The line of a file, with its end. Names are what [`is_name`] allows; another letter becomes `_`.
    pub fn line(&self) -> String {
        let name: String = self.endpoint.chars().map(|letter| if is_letter(letter) { letter } else { '_' }).collect();
        let time = self.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let status = self.status.map_or(String::new(), |status| status.to_string());
        let why = self.why.map_or("", Why::word);
        format!("{time},{name},{},{status},{},{why}\n", self.found, self.milliseconds)
    }

    /// The check of a line, with or without its end; `None` where it is none (the header, a line cut off by a crash).
    pub fn read(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.trim_end_matches(['\n', '\r']).split(',').collect();
        let [time, endpoint, found, status, milliseconds, why] = cells.as_slice() else { return None };
        let found = match *found {
            "up" => Found::Up,
            "down" => Found::Down,
            "not_made" => Found::NotMade,
            _ => return None,
        };
        Some(Self {
            at: DateTime::parse_from_rfc3339(time).ok()?.with_timezone(&Utc),
            endpoint: Some(*endpoint).filter(|name| is_name(name))?.to_owned(),
            found,
            status: if status.is_empty() { None } else { Some(status.parse().ok()?) },
            milliseconds: milliseconds.parse().ok()?,
            why: match *why {
                "" => None,
                word => Some(Why::ALL.into_iter().find(|why| why.word() == word)?),
            },
        })
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// Whether it can be the name of an endpoint or an environment: 1 to 64 letters, digits, `-`, `_` and `.`, beginning with
/// a letter or digit, so that it can also be the name of a file.
pub fn is_name(name: &str) -> bool {
    name.len() <= 64 && name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && name.chars().all(is_letter)
}

/// How much of a stretch of time one endpoint was up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uptime {
    /// Checks that found it up.
    pub up: u64,
    /// Checks that were made.
    pub made: u64,
    /// Checks that were due and were not made: told as not made, or with no line at all.
    pub not_made: u64,
}

impl Uptime {
    /// Per mille, rounded down; `None` where no check was made.
    pub fn per_mille(&self) -> Option<u16> {
        let share = (self.up.min(self.made) * 1_000).checked_div(self.made)?;
        u16::try_from(share).ok()
    }
}

/// `99.5 % of 120 checks`, `not known: no check was made`.
impl fmt::Display for Uptime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per_mille() {
            None => out.write_str("not known: no check was made")?,
            Some(share) => write!(out, "{}.{} % of {} checks", share / 10, share % 10, self.made)?,
        }
        if self.not_made > 0 { write!(out, ", {} not made", self.not_made) } else { Ok(()) }
    }
}

/// The stretches that figures are told of.
pub const STRETCHES: [TimeDelta; 3] = [TimeDelta::hours(1), TimeDelta::hours(24), TimeDelta::days(7)];

/// The figures of one endpoint over [`STRETCHES`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The last hour.
    pub hour: Uptime,
    /// The last 24 hours.
    pub day: Uptime,
    /// The last 7 days.
    pub week: Uptime,
}

/// Adds up checks, one after the other, in constant memory an endpoint.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    endpoints: BTreeMap<String, One>,
}

#[derive(Debug, Clone, Default)]
struct One {
    stretches: [Uptime; 3],
    first: Option<DateTime<Utc>>,
}

impl Tally {
    /// Adds a check. Those that lie in the future count for nothing.
    pub fn add(&mut self, check: &Check, now: DateTime<Utc>) {
        if check.at > now {
            return;
        }
        let one = self.endpoints.entry(check.endpoint.clone()).or_default();
        one.first = Some(one.first.map_or(check.at, |first| first.min(check.at)));
        for (stretch, uptime) in STRETCHES.iter().zip(&mut one.stretches) {
            if now - check.at < *stretch {
                uptime.made += u64::from(check.found != Found::NotMade);
                uptime.up += u64::from(check.found == Found::Up);
            }
        }
    }

    /// The figures of each endpoint that is checked every so often; `every` gives the pause for a name. Checks are due from
    /// the first one that was added on.
    pub fn figures(&self, every: impl Fn(&str) -> Option<TimeDelta>, now: DateTime<Utc>) -> BTreeMap<String, Figures> {
        let figures = |(name, one): (&String, &One)| {
            let missed = |stretch: TimeDelta, uptime: Uptime| {
                let span = one.first.map_or(TimeDelta::zero(), |first| (now - first).min(stretch));
                let due = every(name).map_or(0, |every| span.num_seconds() / every.num_seconds().max(1));
                Uptime { not_made: u64::try_from(due).unwrap_or(0).saturating_sub(uptime.made), ..uptime }
            };
            let ([hour, day, week], [one_hour, one_day, one_week]) = (one.stretches, STRETCHES);
            let figures =
                Figures { hour: missed(one_hour, hour), day: missed(one_day, day), week: missed(one_week, week) };
            (name.clone(), figures)
        };
        self.endpoints.iter().map(figures).collect()
    }
}

/// The figures over checks that are at hand.
pub fn figures<'a>(
    checks: impl IntoIterator<Item = &'a Check>,
    every: impl Fn(&str) -> Option<TimeDelta>,
    now: DateTime<Utc>,
) -> BTreeMap<String, Figures> {
    let mut tally = Tally::default();
    checks.into_iter().for_each(|check| tally.add(check, now));
    tally.figures(every, now)
}

#[cfg(test)]
mod tests;
