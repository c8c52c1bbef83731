//! Alerts about Scarlet herself and the estate (A14): what was found becomes a notice that is told, not repeated, and ended.
//!
//! What is found is looked at anew each time; a [`Watch`] is what is kept between two looks.
//!
//! Guarantees (hysteresis): trouble is told only when it lasted for its matter's [`Matter::settles_after`]; while it lasts, and when it comes
//! back, it is told again only after [`Matter::again_after`]; it is over only when it was away for [`Matter::quiet_for`], and
//! then that is told once, where its beginning was. What could not be looked at changes no notice and is told as such:
//! neither trouble nor all is well. What is to be told stands in the watch until whoever tells has it.
//!
//! Deliberately absent: looking, telling, and what is done about it.

mod levels;
#[cfg(test)]
mod tests;

pub use levels::{cap, confidence, uptime};

use crate::escalation::Message;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The id of the one document.
pub const DOCUMENT: &str = "watch";

/// Notices at once; what is found beyond is counted.
const NOTICES: usize = 200;

/// Messages that wait for whoever tells.
const OWED: usize = 400;

/// How exactly the time of the last look is kept: where nothing else changed, nothing is written for it.
pub const LOOKED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// An endpoint was up for less than nine tenths of the last hour.
    Uptime,
    /// Heals of one incident failed again and again.
    HealsFailed,
    /// The store does not answer.
    StoreAway,
    /// The journal cannot be written: nothing is done.
    JournalUnwritable,
    /// Nobody knows whether an action had an effect.
    UnknownAction,
    /// Decisions in a row were unsure.
    LowConfidence,
    /// All automatic actions of the hour were used.
    CapReached,
}

impl Matter {
    /// Its name: `uptime`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uptime => "uptime",
            Self::HealsFailed => "heals-failed",
            Self::StoreAway => "store-away",
            Self::JournalUnwritable => "journal-unwritable",
            Self::UnknownAction => "unknown-action",
            Self::LowConfidence => "confidence-low",
            Self::CapReached => "cap-reached",
        }
    }

    /// How long trouble lasts before it is told. Of what comes and goes by itself a while, of what happened none.
    pub const fn settles_after(self) -> TimeDelta {
        match self {
            Self::Uptime => TimeDelta::minutes(2),
            Self::StoreAway => TimeDelta::seconds(30),
            Self::HealsFailed
            | Self::JournalUnwritable
            | Self::UnknownAction
            | Self::LowConfidence
            | Self::CapReached => TimeDelta::zero(),
        }
    }

    /// How long it is away before it is over.
    pub const fn quiet_for(self) -> TimeDelta {
        match self {
            Self::StoreAway | Self::JournalUnwritable => TimeDelta::minutes(2),
            _ => TimeDelta::minutes(10),
        }
    }

    /// Not told again before this.
    pub const fn again_after(self) -> TimeDelta {
        match self {
            Self::StoreAway | Self::JournalUnwritable => TimeDelta::hours(1),
            _ => TimeDelta::hours(6),
        }
    }
}

/// How bad something is: between the two bounds of a figure nothing begins and nothing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is trouble.
    Bad,
    /// It is neither, or there is no figure.
    Between,
    /// It is none.
    Good,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub matter: Matter,
    /// Which of these: an endpoint, an incident. Unique within matter and environment.
    pub subject: String,
    /// Of which environment; empty for what all of them stand on.
    pub environment: String,
    /// How bad.
    pub level: Level,
    /// In a sentence of ours, without a full stop.
    pub text: String,
}

impl Finding {
    fn id(&self) -> String {
        format!("{} {} {}", self.matter.name(), self.environment, self.subject)
    }
}

/// What a look gave: findings, or why it could not be made. What a look does not find any more is gone.
pub type Sight = Result<Vec<Finding>, String>;

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub matter: Matter,
    /// Of which environment; empty for what all of them stand on.
    pub environment: String,
    /// In a sentence.
    pub text: String,
    /// Since when it is there.
    pub since: DateTime<Utc>,
    /// Since when it was not found any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<DateTime<Utc>>,
    /// Whether people were told that it is there.
    #[serde(default)]
    pub is_told: bool,
    /// When they were told last, of this time or of one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<DateTime<Utc>>,
    /// Whether it is over; it is kept so that it is not told again too soon.
    #[serde(default)]
    pub is_over: bool,
    /// How often people were told anything of it.
    #[serde(default)]
    pub told: u32,
}

/// What could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blind {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub why: String,
}

/// Everything that is kept between two looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The notices by id.
    #[serde(default)]
    pub notices: BTreeMap<String, Notice>,
    /// What could not be looked at, by matter.
    #[serde(default)]
    pub blind: BTreeMap<Matter, Blind>,
    /// What is to be told, oldest first.
    #[serde(default)]
    pub owed: Vec<Message>,
    /// How much was found beyond what is kept.
    #[serde(default)]
    pub beyond: u32,
    /// When it was looked last, to within [`LOOKED_WITHIN`]; `None` before the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<DateTime<Utc>>,
}

impl Watch {
    /// The watch after one round of looks. What a matter is not among the looks of is left as it is.
    #[must_use]
    pub fn looked(&self, looks: &BTreeMap<Matter, Sight>, now: DateTime<Utc>) -> Self {
        let mut next = self.clone();
        next.beyond = 0;
        for (matter, sight) in looks {
            match sight {
                Ok(findings) => {
                    next.blind.remove(matter);
                    next.found(*matter, findings, now);
                }
                Err(why) => {
                    let blind = next.blind.entry(*matter).or_insert_with(|| Blind { since: now, why: String::new() });
                    blind.why.clone_from(why);
                }
            }
        }
        let is_old = self.looked_at.is_none_or(|at| now.signed_duration_since(at) >= LOOKED_WITHIN);
        if is_old || next != *self {
            next.looked_at = Some(now);
        }
        next
    }

    /// The watch without what was handed over to whoever tells.
    #[must_use]
    pub fn handed_over(&self, keys: &BTreeSet<String>) -> Self {
        let mut next = self.clone();
        next.owed.retain(|message| !keys.contains(&message.key));
        next
    }

    /// What is wrong now and was told, the oldest first.
    pub fn standing(&self) -> Vec<&Notice> {
        let mut standing: Vec<&Notice> = self.notices.values().filter(|notice| !notice.is_over).collect();
        standing.retain(|notice| notice.is_told || notice.told_at.is_some());
        standing.sort_by_key(|notice| notice.since);
        standing
    }

    fn found(&mut self, matter: Matter, findings: &[Finding], now: DateTime<Utc>) {
        let mut seen = BTreeSet::new();
        for finding in findings.iter().filter(|finding| finding.matter == matter) {
            let id = finding.id();
            match finding.level {
                Level::Bad => self.bad(&id, finding, now),
                Level::Between => {}
                Level::Good => self.good(&id, now),
            }
            seen.insert(id);
        }
        let of_matter = self.notices.iter().filter(|(id, notice)| notice.matter == matter && !seen.contains(*id));
        let gone: Vec<String> = of_matter.map(|(id, _)| id.clone()).collect();
        gone.iter().for_each(|id| self.good(id, now));
    }

    fn bad(&mut self, id: &str, finding: &Finding, now: DateTime<Utc>) {
        if !self.notices.contains_key(id) && self.notices.len() >= NOTICES {
            self.beyond = self.beyond.saturating_add(1);
            return;
        }
        let matter = finding.matter;
        let notice = self.notices.entry(id.to_owned()).or_insert_with(|| Notice {
            matter,
            environment: finding.environment.clone(),
            text: String::new(),
            since: now,
            gone_since: None,
            is_told: false,
            told_at: None,
            is_over: false,
            told: 0,
        });
        if notice.is_over {
            (notice.is_over, notice.since) = (false, now);
        }
        notice.text.clone_from(&finding.text);
        notice.gone_since = None;
        let has_settled = now.signed_duration_since(notice.since) >= matter.settles_after();
        let may_be_told = notice.told_at.is_none_or(|at| now.signed_duration_since(at) >= matter.again_after());
        if !has_settled || !may_be_told {
            return;
        }
        let still = if notice.is_told { "Still: " } else { "" };
        let text = format!("**Scarlet: {}**\n{still}{}.", matter.name(), notice.text);
        (notice.is_told, notice.told_at) = (true, Some(now));
        self.owe(id, text, false, now);
    }

    fn good(&mut self, id: &str, now: DateTime<Utc>) {
        let Some(notice) = self.notices.get_mut(id) else { return };
        let matter = notice.matter;
        let may_be_forgotten = notice.told_at.is_none_or(|at| now.signed_duration_since(at) >= matter.again_after());
        if notice.is_over {
            if may_be_forgotten {
                self.notices.remove(id);
            }
            return;
        }
        let since = *notice.gone_since.get_or_insert(now);
        if now.signed_duration_since(since) < matter.quiet_for() {
            return;
        }
        let was_told = std::mem::take(&mut notice.is_told);
        (notice.is_over, notice.gone_since) = (true, None);
        if was_told {
            let text = format!("**Scarlet: {} is over**\n{}.", matter.name(), notice.text);
            self.owe(id, text, true, now);
        } else if notice.told_at.is_none() {
            self.notices.remove(id);
        }
    }

    fn owe(&mut self, id: &str, text: String, is_over: bool, now: DateTime<Utc>) {
        let Some(notice) = self.notices.get_mut(id) else { return };
        notice.told = notice.told.saturating_add(1);
        let about = format!("self-watch {id}");
        let key = format!("{about} {}.{}", now.timestamp(), notice.told);
        let environment = notice.environment.clone();
        self.owed.push(Message { key, about, environment, text, is_over, only_while: None });
        // Only where nobody was told for long: the notices themselves stand in `/health`.
        let surplus = self.owed.len().saturating_sub(OWED);
        self.owed.drain(..surplus);
    }
}
