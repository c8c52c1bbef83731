//! What of a long conversation a model is sent again.
//!
//! The newest turns whole; older ones as a summary that code writes from what was bound; still older ones counted.
//! Guarantees: never more than the budget; always in the order of the turns; each evidence id of a summarised turn is
//! in the summary or counted as dropped there; a question never without its answer. Tool exchanges of earlier turns are
//! no part of it: their results are in the evidence, and looking again is what a new question wants.

use super::summary::{self, Line};
use crate::answer::{Answer, Brain, Claim};
use crate::disclosure::Disclosure;
use crate::evidence::EvidenceId;
use crate::tokens;
use regex::Regex;
use std::collections::VecDeque;
use std::sync::LazyLock;

static MARKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([ \t]*)([\[(]\s*e\d+(?:\s*,\s*e\d+)*\s*[\])])").ok());

/// What stands in place of an answer that this model may not see.
const KEPT_BACK: &str = "(This answer is kept back from you by the settings.)";

/// One turn of the past, as far as it may be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Its place in the conversation, from 1.
    pub number: u32,
    /// What was asked.
    pub question: String,
    /// What was answered, as Markdown.
    pub answer: String,
    /// Its statements, facts and hypotheses.
    pub claims: Vec<Claim>,
    /// The ids of its looks.
    pub looks: Vec<EvidenceId>,
}

impl Past {
    /// A turn as a model under this rule may be sent it again.
    ///
    /// What the playbooks saw, or a model under another rule (`seen_under`), may hold what this model must not see: of
    /// such a turn only the question is sent. What is sent is read once more for namespaces that are kept back.
    pub fn under(rule: &Disclosure, number: u32, question: &str, answer: &Answer, seen_under: &Disclosure) -> Self {
        let mut past = Self {
            number,
            question: question.to_owned(),
            answer: answer.said().to_owned(),
            claims: answer.claims.clone(),
            looks: answer.evidence.iter().map(|view| view.id).collect(),
        };
        if rule.is_restricted() {
            if answer.brain == Brain::Model && seen_under == rule { past.restrict(rule) } else { past.keep_back() }
        }
        past
    }

    /// Leaves the question and nothing of the answer.
    fn keep_back(&mut self) {
        KEPT_BACK.clone_into(&mut self.answer);
        self.claims.clear();
        self.looks.clear();
    }

    /// Keeps back each line and statement that names what the rule denies.
    fn restrict(&mut self, rule: &Disclosure) {
        self.answer = self.answer.lines().map(|line| rule.text(line)).collect::<Vec<_>>().join("\n");
        self.claims.iter_mut().for_each(|claim| claim.text = rule.text(&claim.text));
    }

    /// An id of this turn as later turns name it: `t3.e1`. The marks of the present turn look otherwise, so that neither
    /// a reader nor the binder takes one for the other.
    pub(super) fn named(&self, id: EvidenceId) -> String {
        format!("t{}.{id}", self.number)
    }

    /// A text of this turn with its citation marks as later turns name them.
    pub(super) fn renamed(&self, text: &str) -> String {
        let Some(marks) = MARKS.as_ref() else { return text.to_owned() };
        let rename = |found: &regex::Captures<'_>| {
            format!("{}{}", &found[1], found[2].replace('e', &format!("t{}.e", self.number)))
        };
        marks.replace_all(text, rename).into_owned()
    }
}

/// A turn that is sent whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Its place in the conversation.
    pub number: u32,
    /// What was asked.
    pub question: String,
    /// What was answered; citation marks name the turn.
    pub answer: String,
}

impl Whole {
    fn of(past: &Past) -> Self {
        Self { number: past.number, question: past.question.clone(), answer: past.renamed(&past.answer) }
    }

    fn tokens(&self) -> usize {
        tokens::estimate(&self.question) + tokens::estimate(&self.answer)
    }
}

/// What is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// What stands before the whole turns: the count of those left out and the summary. Empty where nothing does.
    pub summary: String,
    /// The numbers of the turns in the summary, oldest first.
    pub summarised: Vec<u32>,
    /// Turns of which nothing is sent.
    pub left_out: u32,
    /// Evidence ids of summarised turns that the summary only counts.
    pub ids_dropped: usize,
    /// The newest turns, oldest first.
    pub whole: Vec<Whole>,
}

impl Sent {
    /// What it costs.
    pub fn tokens(&self) -> usize {
        tokens::estimate(&self.summary) + self.whole.iter().map(Whole::tokens).sum::<usize>()
    }
}

/// A text of another turn without citation marks: none of them means a look of the present one.
pub fn without_marks(text: &str) -> String {
    MARKS.as_ref().map_or_else(|| text.to_owned(), |marks| marks.replace_all(text, "").into_owned())
}

/// Folds a history, oldest first, into a budget. `earlier` are turns before it that were not even read.
pub fn fold(history: &[Past], earlier: u32, budget_tokens: usize) -> Sent {
    let mut whole = newest(history, budget_tokens);
    if earlier == 0 && whole.len() == history.len() {
        return Sent { whole: whole.into(), ..Sent::default() };
    }
    // What is summarised needs room as well, or a long last answer would push out everything before it.
    while whole.iter().map(Whole::tokens).sum::<usize>() > budget_tokens - budget_tokens / 4 {
        whole.pop_front();
    }
    let (older, _) = history.split_at(history.len() - whole.len());
    let room = budget_tokens.saturating_sub(whole.iter().map(Whole::tokens).sum());
    let lines = lines(older, room.saturating_sub(summary::FRAME_TOKENS));
    let left_out = earlier.saturating_add(u32::try_from(older.len() - lines.len()).unwrap_or(u32::MAX));
    let text = summary::text(&lines, left_out);
    let text = if tokens::estimate(&text) <= room { text } else { String::new() };
    Sent {
        summary: text,
        summarised: lines.iter().map(|line| line.number).collect(),
        left_out,
        ids_dropped: lines.iter().map(|line| line.ids_dropped).sum(),
        whole: whole.into(),
    }
}

/// As many of the newest as fit, in their order.
fn newest(history: &[Past], room: usize) -> VecDeque<Whole> {
    let mut left = room;
    let mut taken = VecDeque::new();
    for whole in history.iter().rev().map(Whole::of) {
        let Some(rest) = left.checked_sub(whole.tokens()) else { break };
        left = rest;
        taken.push_front(whole);
    }
    taken
}

/// As many lines of the newest as fit, each as full as it can be, in their order.
fn lines(older: &[Past], room: usize) -> Vec<Line> {
    let mut left = room;
    let mut taken = Vec::new();
    for past in older.iter().rev() {
        let fitting = Line::wordings(past).into_iter().find(|line| tokens::estimate(&line.text) <= left);
        let Some(line) = fitting else { break };
        left -= tokens::estimate(&line.text);
        taken.push(line);
    }
    taken.reverse();
    taken
}
