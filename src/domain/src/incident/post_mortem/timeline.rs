//! What happened, from all that was written down, in the order of its time.

use super::{Story, line, list, moment};
use crate::approval::{Approval, Choice};
use crate::audit::{Kind, Outcome, Record};
use chrono::{DateTime, Utc};
use serde_json::Value;

struct Entry {
    at: DateTime<Utc>,
    told: String,
}

pub(super) fn timeline(story: &Story<'_>) -> String {
    let happened = story.incident.timeline.iter().map(|happening| Entry {
        at: happening.at,
        told: format!("{}: {}", line(&happening.actor), line(&happening.text)),
    });
    let mut entries: Vec<Entry> = happened.collect();
    if story.is_whole() {
        entries.extend(story.asked().into_iter().flat_map(words));
        entries.extend(story.told_records().map(recorded));
        // A stable order: what was written at one time stays as it came.
        entries.sort_by_key(|entry| entry.at);
    }
    let told = list(&entries, "Nothing was written down.", |entry| format!("{} {}", moment(entry.at), entry.told));
    format!("## Timeline\n\nAll times are UTC.\n\n{told}")
}

/// What people said on an approval.
fn words(approval: &Approval) -> Vec<Entry> {
    let said = |choice| match choice {
        Choice::Approve => "approved",
        Choice::Reject => "rejected",
    };
    approval
        .votes
        .iter()
        .map(|vote| Entry {
            at: vote.at,
            told: format!("{}: {} {}", line(&vote.person), said(vote.choice), line(&approval.id)),
        })
        .collect()
}

fn recorded(record: &Record) -> Entry {
    let on = record.on.as_deref().map_or_else(|| "something".to_owned(), line);
    let action = record.action.as_deref().map_or_else(String::new, |action| format!(" ({})", line(action)));
    let told = match record.kind {
        Kind::ActionIntent => match record.details.get("undoes").and_then(Value::as_str) {
            Some(undone) => format!("is going to take back {} on {on}{action}", line(undone)),
            None => format!("is going to act on {on}{action}"),
        },
        Kind::ActionBegun => format!("begins the change of {on}{action}"),
        Kind::ActionEnded => format!("the change of {on} ended{action}: {}", outcome(record)),
        Kind::ActionAbandoned => format!("the change of {on} was given up{action}: {}", outcome(record)),
        Kind::FreezeOn => format!("froze {on}"),
        Kind::FreezeOff => format!("lifted the freeze of {on}"),
        Kind::PauseOn => format!("paused {on}"),
        Kind::PauseOff => format!("ended the pause of {on}"),
        ref other => other.to_string(),
    };
    Entry { at: record.at, told: format!("{} (recorded): {told}", line(&record.who.to_string())) }
}

pub(super) fn outcome(record: &Record) -> String {
    match &record.outcome {
        None => "how, is not recorded".to_owned(),
        Some(Outcome::Done) => "done".to_owned(),
        Some(Outcome::Refused(why)) => format!("refused, {}", line(why)),
        Some(Outcome::Failed(why)) => format!("failed, {}", line(why)),
        Some(Outcome::Unknown(why)) => format!("nobody knows whether it took effect, {}", line(why)),
    }
}
