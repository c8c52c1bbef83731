//! How things stand, in short: `/jamie status`.

use super::{PARTIAL, Part};
use crate::cards::{line, moment, person, section, small};
use crate::content::Content;
use crate::incident::{self, Links};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::guard::{Freeze, Scope};
use domain::incident::Incident;

/// What is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// What is frozen.
    pub freezes: Part<Freeze>,
    /// Open incidents, the worst first.
    pub incidents: Part<Incident>,
    /// Whether incidents of some environments are left out, because the person may not see them.
    pub is_partial: bool,
    /// How the parts of the program are, a line each.
    pub health: Vec<String>,
}

/// The standing freezes, a line each.
pub fn freezes(standing: &[Freeze], zone: Tz, now: DateTime<Utc>) -> Vec<String> {
    standing
        .iter()
        .take(10)
        .map(|freeze| {
            let scope = match &freeze.scope {
                Scope::All => "Everything".to_owned(),
                Scope::Environment(name) => format!("The environment {}", line(name, 100)),
            };
            let why =
                if freeze.why.trim().is_empty() { String::new() } else { format!(": {}", line(&freeze.why, 300)) };
            format!("🧊 *{scope} is frozen* since {} by {}{why}", moment(freeze.since, zone, now), person(&freeze.by))
        })
        .collect()
}

/// The message.
pub fn status(status: &Status, links: &Links, zone: Tz, now: DateTime<Utc>) -> Content {
    let frozen = match &status.freezes {
        Part::Hidden => Vec::new(),
        Part::Unavailable(why) => {
            vec![format!("⚠️ Whether anything is frozen could not be looked at: {}", line(why, 400))]
        }
        Part::There(standing) if standing.is_empty() => vec!["Nothing is frozen".to_owned()],
        Part::There(standing) => freezes(standing, zone, now),
    };
    let (incidents, listed) = match &status.incidents {
        Part::Hidden => (Vec::new(), Vec::new()),
        Part::Unavailable(why) => {
            (vec![format!("⚠️ Incidents could not be looked at: {}", line(why, 400))], Vec::new())
        }
        Part::There(open) if open.is_empty() => (vec!["✅ No open incident".to_owned()], Vec::new()),
        Part::There(open) => (vec![format!("*{} open*", counted(open.len()))], incident::list(open, links, zone, now)),
    };
    let lines: Vec<String> = frozen.into_iter().chain(incidents).collect();
    let text = lines.first().cloned().unwrap_or_else(|| "Status".to_owned());
    let mut blocks = Vec::new();
    if !lines.is_empty() {
        blocks.push(section(&lines.join("\n")));
    }
    blocks.extend(listed);
    if status.is_partial {
        blocks.push(small(PARTIAL));
    }
    let health: Vec<String> = status.health.iter().take(12).map(|part| line(part, 200)).collect();
    if !health.is_empty() {
        blocks.push(small(&health.join("\n")));
    }
    Content { text, blocks }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 incident".to_owned() } else { format!("{count} incidents") }
}
