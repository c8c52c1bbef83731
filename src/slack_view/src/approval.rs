//! A proposal as Slack shows it: a message of its own, which is edited only while it counts down and to its end.
//!
//! Guarantees: the message carries the whole digest of the plan that it shows ([`shown_plan`]), in every state, so that
//! a reaction on it is bound to that plan; a message that can no longer be decided has no buttons.

mod plan;

pub use plan::plan_modal;

use crate::actions;
use crate::cards::{button, buttons, code, facts, line, moment, mrkdwn, percent, person, section, small};
use crate::content::Content;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::approval::{Approval, Choice, Permitted, Proposer, State};
use domain::person::Role;
use slack_morphism::prelude::*;

/// Digits of a digest that people are shown.
const DIGITS: usize = 12;
/// Characters of the difference that the message itself shows.
const DIFFERENCE: usize = 2_000;
/// Characters of the arguments that it shows.
const ARGUMENTS: usize = 700;
/// What the block's id begins with that carries approval and digest.
const CARRIER: &str = "plan";

/// The message of an approval as it stands. Only the countdown of one that is granted depends on `now`: else the same
/// approval is the same message.
pub fn render(approval: &Approval, now: DateTime<Utc>, zone: Tz) -> Content {
    let blocks = match approval.state {
        State::Pending => pending(approval, approval.asked_at, zone),
        State::Granted => granted(approval, now, zone),
        _ => ended(approval, zone),
    };
    let text = format!("{} {}: {}", sign(approval.state), word(approval.state), line(&approval.shown.summary, 600));
    Content { text, blocks }
}

/// Which approval and which plan's digest a message shows, where it is the message of one.
pub fn shown_plan(content: &Content) -> Option<(String, String)> {
    let SlackBlock::Section(first) = content.blocks.first()? else { return None };
    let mut parts = first.block_id.as_ref()?.0.split(' ');
    let (carrier, approval, digest) = (parts.next()?, parts.next()?, parts.next()?);
    (carrier == CARRIER && parts.next().is_none()).then(|| (approval.to_owned(), digest.to_owned()))
}

/// What a button of the message carries.
pub fn button_value(approval: &Approval) -> String {
    format!("{} {}", approval.id, approval.plan)
}

/// Approval and digest of what a button carried.
pub fn read_button(value: &str) -> Option<(&str, &str)> {
    value
        .split_once(' ')
        .filter(|(approval, digest)| !approval.is_empty() && !digest.is_empty() && !digest.contains(' '))
}

/// An approval in a line, for lists.
pub fn in_a_line(approval: &Approval, now: DateTime<Utc>, zone: Tz) -> String {
    let (summary, environment) = (line(&approval.shown.summary, 400), line(&approval.shown.environment, 100));
    let until = moment(approval.expires_at, zone, now);
    format!("{} *{summary}* · {environment} · until {until} · {}", sign(approval.state), said_so_far(approval))
}

/// The first paragraph, whose id carries the plan.
fn title(text: &str, approval: &Approval) -> SlackBlock {
    SlackSectionBlock::new()
        .with_block_id(SlackBlockId::new(format!("{CARRIER} {} {}", approval.id, approval.plan)))
        .with_text(mrkdwn(text, 3_000).into())
        .with_expand(true)
        .into()
}

fn pending(approval: &Approval, now: DateTime<Utc>, zone: Tz) -> Vec<SlackBlock> {
    let shown = &approval.shown;
    let mut blocks = vec![
        title(&format!("✋ *Approval needed: {}*", line(&shown.summary, 1_000)), approval),
        facts(&[
            ("Object", line(&shown.object.to_string(), 300)),
            ("Action", line(&shown.action, 100)),
            ("Environment", line(&shown.environment, 100)),
            ("Confidence", percent(shown.confidence)),
            ("Can be decided until", moment(approval.expires_at, zone, now)),
            ("Proposed by", proposer(&approval.proposer)),
        ]),
    ];
    blocks.push(block_of_code("Arguments", &shown.arguments, ARGUMENTS));
    blocks.push(block_of_code("Difference (dry run)", &shown.diff, DIFFERENCE));
    blocks.push(section(&consequences(approval, 500)));
    blocks.push(section(&format!(
        "*Who may decide*: {}\n*So far*: {}",
        permitted(&approval.permitted),
        said_so_far(approval)
    )));
    blocks.push(small(&format!("{} · plan {}", line(&shown.rule, 600), digits(approval))));
    let value = button_value(approval);
    blocks.push(buttons(vec![
        button(actions::APPROVE, "Approve", &value).with_style(SlackBlockButtonStyle::Primary),
        button(actions::REJECT, "Reject", &value).with_style(SlackBlockButtonStyle::Danger),
        button(actions::PLAN, "Whole plan", &approval.id),
    ]));
    blocks.push(small("A reaction counts too: ✅ or 👍 approves, ❌ or 👎 rejects. Taking it away takes it back."));
    blocks
}

fn granted(approval: &Approval, now: DateTime<Utc>, zone: Tz) -> Vec<SlackBlock> {
    let start = approval.starts_at.map_or_else(|| "soon".to_owned(), |at| countdown(at, now, zone));
    vec![
        title(&format!("⏳ *Approved: {}*\nStarts {start}", line(&approval.shown.summary, 1_000)), approval),
        section(&format!("*Who said yes*: {}", voters(approval, Choice::Approve))),
        buttons(vec![
            button(actions::TAKE_BACK, "Take back", &button_value(approval)).with_style(SlackBlockButtonStyle::Danger),
            button(actions::PLAN, "Whole plan", &approval.id),
        ]),
        small(&identity(approval)),
    ]
}

/// `at 10:30:05 CET, in 7 s`.
fn countdown(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let left = (at - now).num_milliseconds().max(0).div_euclid(1_000);
    let clock = at.with_timezone(&zone).format("%H:%M:%S %Z");
    if left == 0 { format!("now (at {clock})") } else { format!("at {clock}, in {left} s") }
}

fn ended(approval: &Approval, zone: Tz) -> Vec<SlackBlock> {
    let mut text = format!(
        "{} *{}: {}*\n{}",
        sign(approval.state),
        word(approval.state),
        line(&approval.shown.summary, 1_000),
        moment(approval.changed_at, zone, approval.asked_at)
    );
    let choice = if approval.state == State::Rejected { Choice::Reject } else { Choice::Approve };
    if approval.votes.iter().any(|vote| vote.choice == choice) {
        let said = if choice == Choice::Reject { "said no" } else { "said yes" };
        text.push_str(&format!(" · {} {said}", voters(approval, choice)));
    }
    if let Some(how) = &approval.ended {
        text.push_str(&format!("\n{}", line(how, 600)));
    }
    vec![title(&text, approval), small(&identity(approval))]
}

fn identity(approval: &Approval) -> String {
    let (object, environment) = (&approval.shown.object, &approval.shown.environment);
    format!("{} · {} · plan {}", line(&object.to_string(), 300), line(environment, 100), digits(approval))
}

fn block_of_code(name: &str, text: &str, most: usize) -> SlackBlock {
    if text.trim().is_empty() {
        return section(&format!("*{name}*: none"));
    }
    let (block, is_cut) = code(text, most);
    let rest = if is_cut { "\n_Cut here; all of it is behind “Whole plan”._" } else { "" };
    section(&format!("*{name}*\n{block}{rest}"))
}

/// What it may touch, how it is seen whether it helped, how it is undone.
fn consequences(approval: &Approval, most: usize) -> String {
    let shown = &approval.shown;
    format!(
        "*May also touch*: {}\n*It helped if*: {}\n*Undone by*: {}",
        line(&shown.blast_radius, most),
        line(&shown.success_check, most),
        line(&shown.undo, most)
    )
}

fn proposer(proposer: &Proposer) -> String {
    match proposer {
        Proposer::Scarlet => "Scarlet".to_owned(),
        Proposer::Person(id) => person(id),
    }
}

/// Who may decide, in words; people and groups in the form in which Slack shows them.
fn permitted(permitted: &Permitted) -> String {
    let mut parts: Vec<String> = permitted.people.iter().take(10).map(|id| person(id)).collect();
    parts.extend(permitted.groups.iter().take(10).map(|id| group(id)));
    parts.extend(permitted.role.map(|role| role_words(role).to_owned()));
    let left_out = permitted.people.len().saturating_sub(10) + permitted.groups.len().saturating_sub(10);
    if left_out > 0 {
        parts.push(format!("{left_out} more"));
    }
    if parts.is_empty() { "nobody: the settings name no approver".to_owned() } else { parts.join(", ") }
}

/// A user group by its id; in code, because naming it as Slack does would call all of its members.
fn group(id: &str) -> String {
    let id = id.strip_prefix("slack:").unwrap_or(id);
    format!("group {}", line(id, 60))
}

/// Whatever role is written, it takes the right to approve.
fn role_words(role: Role) -> &'static str {
    match role.max(Role::Approver) {
        Role::Admin => "admins",
        Role::Approver | Role::Responder | Role::Viewer => "approvers and admins",
    }
}

fn said_so_far(approval: &Approval) -> String {
    let (yes, needed) = (approval.approvers().len(), approval.permitted.needed());
    match yes {
        0 => format!("0 of {needed} said yes"),
        _ => format!("{yes} of {needed} said yes ({})", voters(approval, Choice::Approve)),
    }
}

fn voters(approval: &Approval, choice: Choice) -> String {
    let people: Vec<String> =
        approval.votes.iter().filter(|vote| vote.choice == choice).take(10).map(|vote| person(&vote.person)).collect();
    if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
}

fn digits(approval: &Approval) -> String {
    let digits: String = approval.plan.chars().take(DIGITS).collect();
    format!("`{}`", line(&digits, 60))
}

fn sign(state: State) -> &'static str {
    match state {
        State::Pending => "✋",
        State::Granted => "⏳",
        State::Started => "▶️",
        State::Rejected => "❌",
        State::Expired => "⌛",
        State::Withdrawn => "↩️",
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Pending => "Approval needed",
        State::Granted => "Approved",
        State::Started => "Approved and begun",
        State::Rejected => "Rejected",
        State::Expired => "Expired",
        State::Withdrawn => "Withdrawn",
    }
}
