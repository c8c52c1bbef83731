//! What is settled and cannot be.

use super::quiet::DAY_MINUTES;
use super::{ChannelSettings, IncidentRule};
use chrono_tz::Tz;

/// Something that cannot be as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The field, as it is named in the document; `quiet.zone` within another.
    pub field: &'static str,
    /// What is wrong, and what is accepted.
    pub message: String,
}

impl Mistake {
    /// The mistake of a zone that there is not; `None` where there is.
    pub(crate) fn of_zone(field: &'static str, zone: &str) -> Option<Self> {
        let is_known = zone.parse::<Tz>().is_ok();
        let message = || format!("no time zone is named \"{zone}\": one such as Europe/London or UTC is accepted");
        (!is_known).then(|| Self { field, message: message() })
    }
}

impl ChannelSettings {
    /// All that cannot be as it is set, whatever the program's own settings are.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut add = |field, message: String| mistakes.push(Mistake { field, message });
        if self.channel.strip_prefix("slack:").is_none_or(str::is_empty) {
            add("channel", format!("\"{}\" is no channel: one such as slack:C123 is accepted", self.channel));
        }
        for (field, name) in [("environment", &self.environment), ("cluster", &self.cluster)] {
            if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
                add(field, "an empty name: leave it out, or write one".to_owned());
            }
        }
        if self.servers.iter().any(|server| server.trim().is_empty()) {
            add("servers", "an empty name: leave it out, or write one".to_owned());
        }
        if self.incidents == IncidentRule::Never && self.least_severity.is_some() {
            add(
                "least_severity",
                "no incidents come here, so their severity decides nothing: choose how they come".to_owned(),
            );
        }
        mistakes.extend(self.mistakes_of_quiet_hours());
        mistakes
    }

    fn mistakes_of_quiet_hours(&self) -> Vec<Mistake> {
        let Some(quiet) = &self.quiet else { return Vec::new() };
        let of_time = |field, minutes: u16| {
            let message = || format!("{minutes} is no minute of a day: 0 to {} is accepted", DAY_MINUTES - 1);
            (minutes >= DAY_MINUTES).then(|| Mistake { field, message: message() })
        };
        let all = [
            of_time("quiet.from", quiet.from),
            of_time("quiet.to", quiet.to),
            Mistake::of_zone("quiet.zone", &quiet.zone),
        ];
        all.into_iter().flatten().collect()
    }
}
