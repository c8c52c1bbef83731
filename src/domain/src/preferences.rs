//! What a person prefers: how long answers are, in which voice, in which time zone.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// How much of an answer is shown at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brevity {
    /// The verdict; the rest behind a button.
    Short,
    /// The whole answer.
    #[default]
    Full,
}

/// In which voice Jamie speaks. Facts are the same in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// A friendly British DevOps colleague.
    #[default]
    Friendly,
    /// No voice at all.
    Neutral,
}

/// The preferences of one person; what is not set comes from the settings or from the surface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Whose: `slack:U123`.
    pub person: String,
    /// How much is shown.
    #[serde(default)]
    pub brevity: Option<Brevity>,
    /// In which voice.
    #[serde(default)]
    pub voice: Option<Voice>,
    /// IANA time zone.
    #[serde(default)]
    pub zone: Option<String>,
}

impl Preferences {
    /// Those of a person who has set nothing.
    pub fn of(person: impl Into<String>) -> Self {
        Self { person: person.into(), ..Self::default() }
    }

    /// The person's time zone: what they have set, else what the surface knows; `None` where neither names one.
    pub fn zone_or(&self, of_surface: Option<&str>) -> Option<Tz> {
        let read = |name: &str| name.parse::<Tz>().ok();
        self.zone.as_deref().and_then(read).or_else(|| of_surface.and_then(read))
    }

    /// What is set and cannot be: at most the time zone.
    pub fn mistakes(&self) -> Vec<crate::channel::Mistake> {
        self.zone.iter().filter_map(|zone| crate::channel::Mistake::of_zone("zone", zone)).collect()
    }
}

#[cfg(test)]
mod tests;
