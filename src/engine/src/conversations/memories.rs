//! What of a turn is remembered beyond its conversation, and what people's thumbs do to it.

use crate::memory::{Feedback as Helped, Memory};
use domain::answer::{Claim, ClaimKind};
use domain::conversation::address::FOLDER;
use domain::conversation::fold::without_marks;
use domain::conversation::turn::{Thumb, Turn};
use domain::envelope::FailureKind;
use domain::memory::entry::{Draft, Kind, id};
use ports::store::error::StoreError;

/// Where the memory of a turn comes from: the link of its conversation.
fn source(conversation: &str, turn: &str) -> String {
    format!("{FOLDER}/{conversation}?turn={turn}")
}

/// Whether a memory of this source is of this conversation: its turns are sent as what they are.
pub(super) fn is_of(of: &str, conversation: &str) -> bool {
    of.starts_with(&source(conversation, ""))
}

/// The id of a turn's own memory.
pub(super) fn id_of(conversation: &str, turn: &str) -> String {
    id(Kind::Turn, &source(conversation, turn))
}

/// What is remembered of a turn: question, verdict, facts, and in each of its parts what could not be looked at, so that
/// no part of it passes for the whole. Nothing of one that found no fact: a guess that is recalled would pass for more
/// than it was.
pub(super) fn draft(turn: &Turn) -> Option<Draft> {
    let facts: Vec<&Claim> = turn.answer.claims.iter().filter(|claim| claim.kind == ClaimKind::Fact).collect();
    if facts.is_empty() {
        return None;
    }
    let answer = without_marks(&turn.answer.answer);
    let verdict =
        answer.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default();
    let facts: String = facts.iter().map(|claim| format!("\n- {}", claim.text)).collect();
    let causes = turn.answer.hypotheses.iter().map(|hypothesis| hypothesis.cause.path());
    let unseen = unseen(turn);
    let mut names: Vec<String> = turn.subject.iter().map(domain::object::ObjectRef::path).chain(causes).collect();
    names.sort();
    names.dedup();
    Some(Draft {
        kind: Kind::Turn,
        title: turn.question.clone(),
        text: format!("{unseen}{verdict}\n\n{unseen}What was seen:{facts}"),
        names,
        source: source(&turn.conversation, &turn.id),
        person: Some(turn.person.clone()),
        created_at: turn.answered_at,
    })
}

/// `Could not look at: prometheus_alerts. `; empty where everything was seen.
fn unseen(turn: &Turn) -> String {
    if !turn.could_not_look {
        return String::new();
    }
    let failed = turn.answer.evidence.iter().filter(|view| match view.failure {
        Some(failure) => failure != FailureKind::NotFound,
        None => view.partly,
    });
    let mut tools: Vec<&str> = failed.map(|view| view.tool.as_str()).collect();
    tools.sort_unstable();
    tools.dedup();
    format!("Could not look at: {}. ", tools.join(", "))
}

/// Tells the memories that took part in a turn, and the turn's own, whether they helped.
pub(super) async fn tell(memory: &Memory, turn: &Turn, thumb: Thumb) -> Result<usize, StoreError> {
    let helped = match thumb {
        Thumb::Up => Helped::Helpful,
        Thumb::Down => Helped::Unhelpful,
    };
    let own = id_of(&turn.conversation, &turn.id);
    let mut told = 0;
    for id in turn.recalled.iter().chain([&own]) {
        told += usize::from(memory.feedback(id, helped).await?);
    }
    Ok(told)
}
