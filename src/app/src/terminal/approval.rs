//! A proposal as the terminal shows it: everything that a person needs to say yes or no, with the commands for it.

use super::incident::time;
use super::markdown::without_control;
use chrono_tz::Tz;
use domain::approval::{Approval, Choice, State};

/// Digits of a plan's digest that name it on the command line.
pub const DIGITS: usize = 12;

/// One line: id, state, action, object, environment, until when.
pub fn in_a_line(approval: &Approval, zone: Tz) -> String {
    without_control(&format!(
        "{:<8} {:<10} {} on {} in {}, until {}",
        approval.id,
        state(approval.state),
        approval.shown.action,
        approval.shown.object,
        approval.shown.environment,
        time(approval.expires_at, zone)
    ))
}

/// The whole plan, the votes, and how to answer.
pub fn whole(approval: &Approval, zone: Tz) -> String {
    let shown = &approval.shown;
    let mut lines = vec![
        format!("{} {}", approval.id, shown.summary),
        format!("  {} in {}, {}", shown.action, shown.environment, shown.object),
        format!("  state: {}; until {}", state(approval.state), time(approval.expires_at, zone)),
    ];
    lines.extend(approval.incident.as_deref().map(|incident| format!("  for the incident {incident}")));
    lines.extend(approval.ended.as_deref().map(|ended| format!("  {ended}")));
    lines.push(format!("  arguments: {}", shown.arguments));
    lines.push("  what would differ:".to_owned());
    lines.extend(shown.diff.lines().map(|line| format!("    {line}")));
    for (name, text) in [
        ("what else it may touch", &shown.blast_radius),
        ("how it will be seen whether it helped", &shown.success_check),
        ("how it would be taken back", &shown.undo),
        ("why it is asked", &shown.rule),
    ] {
        lines.push(format!("  {name}: {text}"));
    }
    lines.push(format!("  confidence: {} %", shown.confidence / 10));
    for vote in &approval.votes {
        let choice = match vote.choice {
            Choice::Approve => "yes",
            Choice::Reject => "no",
        };
        lines.push(format!("  {} said {choice} at {}", vote.person, time(vote.at, zone)));
    }
    if approval.state.is_open() {
        let (id, plan) = (&approval.id, head(&approval.plan));
        lines.push(format!("  auto-devops actions approve {id} --plan {plan}"));
        lines.push(format!("  auto-devops actions reject {id} --plan {plan}"));
    }
    lines.iter().map(|line| without_control(line)).collect::<Vec<_>>().join("\n")
}

/// The first digits of a digest.
pub fn head(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}

fn state(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Granted => "granted",
        State::Started => "started",
        State::Rejected => "rejected",
        State::Expired => "expired",
        State::Withdrawn => "withdrawn",
    }
}
