//! The playbook brain: deterministic investigations of the common questions.
//!
//! Each playbook is a pure function from the question and what was seen so far to what it still wants to see, or to a
//! draft of the answer (see [`looks`]). No playbook waits, and none guesses what it did not see.

pub mod calls;
pub mod custom;
pub mod draft;
pub mod looks;

mod alerts;
mod certificates;
mod changes;
mod compare;
mod health;
mod help;
mod inventory;
mod logs;
mod runs_out;
mod shifts;
mod subject;
mod targets;
#[cfg(test)]
mod testing;
mod usage;
mod usual;
mod wrong;

pub(crate) use changes::sentence as change_sentence;

use crate::diagnosis::case::Setting;
use crate::evidence::{Evidence, ToolCall};
use crate::object::ObjectRef;
use crate::question::Question;
use crate::question::intent::Intent;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use custom::Extensions;
use draft::Draft;
use looks::Looks;
use std::collections::BTreeSet;

/// A question with everything that it is asked in.
#[derive(Debug, Clone)]
pub struct Inquiry<'a> {
    /// The question as read.
    pub question: Question,
    /// Now.
    pub now: DateTime<Utc>,
    /// The person's time zone.
    pub zone: Tz,
    /// The cluster, where one was named.
    pub cluster: Option<String>,
    /// The namespace, where one was named.
    pub namespace: Option<String>,
    /// How far back to look where the question does not tell, `3h`.
    pub since: String,
    /// What the conversation was about before.
    pub previous: Option<ObjectRef>,
    /// The user's own playbooks and checks.
    pub extensions: &'a Extensions,
}

impl Inquiry<'_> {
    /// How far back to look: the question's own window, rounded up to whole minutes, or the default.
    pub fn since(&self) -> String {
        match self.question.time.window {
            Some(window) => {
                let minutes = (self.now - window.start).num_minutes().max(1) + 1;
                if minutes > 180 { format!("{}h", minutes / 60 + 1) } else { format!("{minutes}m") }
            }
            None => self.since.clone(),
        }
    }

    /// Where and when to look.
    pub fn setting<'a>(&'a self, since: &'a str) -> Setting<'a> {
        let at =
            self.question.time.moment.filter(|_| self.question.time.window.is_some_and(|window| window.end < self.now));
        Setting { now: self.now, zone: self.zone, cluster: self.cluster.as_deref(), since, at }
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Make these calls, all at once, and come back.
    Look(Vec<ToolCall>),
    /// Nothing more is wanted.
    Conclude(Box<Draft>),
}

/// One step of an investigation: a function of what was seen, and of nothing else.
pub fn step(inquiry: &Inquiry<'_>, seen: &[Evidence], tools: &BTreeSet<String>) -> Step {
    let mut looks = Looks::new(seen, tools);
    let draft = run(inquiry, &mut looks);
    if looks.waits() { Step::Look(looks.into_wanted()) } else { Step::Conclude(Box::new(draft)) }
}

fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    if let Some(draft) = custom::run_matching(inquiry, looks) {
        return draft;
    }
    match inquiry.question.intent {
        Intent::Targets => targets::run(inquiry, looks),
        Intent::Alerts => alerts::run(inquiry, looks),
        Intent::Logs => logs::run(inquiry, looks),
        Intent::Usage(resource) => usage::run(inquiry, looks, resource),
        Intent::Compare => compare::run(inquiry, looks),
        Intent::Usual => usual::run(inquiry, looks),
        Intent::RunsOut => runs_out::run(inquiry, looks),
        Intent::Certificates => certificates::run(inquiry, looks),
        Intent::Changes => changes::run(inquiry, looks),
        Intent::Slow | Intent::Wrong => wrong::run(inquiry, looks),
        Intent::Inventory => inventory::run(inquiry, looks),
        Intent::Health => health::run_or_subject(inquiry, looks),
        Intent::Help => help::run(inquiry),
        Intent::Unknown => help::run_unknown(inquiry, looks),
    }
}
