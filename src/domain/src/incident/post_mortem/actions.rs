//! What was asked for and done, and whether it helped.

use super::{line, list, moment};
use crate::approval::{Approval, Choice, Proposer, State};
use crate::incident::Incident;

pub(super) fn actions(asked: &[&Approval]) -> String {
    let told = list(
        asked,
        "No action was asked for through this program. What people did by themselves is not known here.",
        |approval| action(approval),
    );
    format!("## Actions\n\n{told}")
}

fn action(approval: &Approval) -> String {
    let proposer = match &approval.proposer {
        Proposer::Scarlet => "scarlet".to_owned(),
        Proposer::Person(person) => line(person),
    };
    let words: Vec<String> = approval
        .votes
        .iter()
        .map(|vote| {
            let word = match vote.choice {
                Choice::Approve => "approved",
                Choice::Reject => "rejected",
            };
            format!("{word} by {} at {}", line(&vote.person), moment(vote.at))
        })
        .collect();
    let words = if words.is_empty() { "nobody said a word on it".to_owned() } else { words.join(", ") };
    format!(
        "{} {} ({}, proposed by {proposer}): {words}; {}. Plan {}",
        moment(approval.asked_at),
        line(&approval.shown.summary),
        line(&approval.id),
        end(approval),
        line(&approval.plan),
    )
}

fn end(approval: &Approval) -> String {
    let state = match approval.state {
        State::Pending => "it still waits for people",
        State::Granted => "it was approved and had not begun when this was written",
        State::Started => "it was begun",
        State::Rejected => "it was not done",
        State::Expired => "it expired and was not done",
        State::Withdrawn => "it was withdrawn and not done",
    };
    match &approval.ended {
        Some(why) => format!("{state} ({})", line(why).trim_end_matches('.')),
        None => state.to_owned(),
    }
}

/// An approval does not know how its action ended, and a resolved incident may have gone away by itself.
pub(super) fn verification(incident: &Incident, asked: &[&Approval]) -> String {
    let begun: Vec<&&Approval> = asked.iter().filter(|approval| approval.state == State::Started).collect();
    let checks =
        list(&begun, "Nothing was begun through this program, so that there is nothing of it to verify.", |approval| {
            format!("{}: it was to be seen by this: {}", line(&approval.id), line(&approval.shown.success_check))
        });
    let outcome = match incident.resolved_at {
        Some(at) => format!(
            "The incident was called over at {}. Whether that was because of an action, the timeline tells as far as it was \
             written down.",
            moment(at)
        ),
        None => "The incident is not over: nothing is verified.".to_owned(),
    };
    format!("## Verification\n\n{checks}\n{outcome}\n")
}
