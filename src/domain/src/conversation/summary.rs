//! An earlier turn in a few lines, written by code from what was bound: no model summarises, so nothing is invented.

use super::fold::{Past, without_marks};
use crate::answer::{Claim, ClaimKind};

/// Tokens of what stands around the lines of a summary, at most.
pub(super) const FRAME_TOKENS: usize = 64;

const BEGINNING: &str = "Earlier in this conversation, in short (seen then, not now; ids such as t1.e1 name looks of that \
                         turn and cannot be cited):";

/// How much of a turn a line tells.
struct Measure {
    question: usize,
    verdict: usize,
    statement: usize,
    facts: usize,
    hypotheses: usize,
    ids: usize,
}

/// From the fullest to the shortest.
const MEASURES: &[Measure] = &[
    Measure { question: 300, verdict: 300, statement: 240, facts: 8, hypotheses: 3, ids: 40 },
    Measure { question: 160, verdict: 200, statement: 160, facts: 3, hypotheses: 1, ids: 20 },
    Measure { question: 80, verdict: 120, statement: 0, facts: 0, hypotheses: 0, ids: 8 },
];

/// What a summary says of one turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The turn's place in the conversation.
    pub(super) number: u32,
    /// Ends with a line break.
    pub(super) text: String,
    /// Ids that are counted and not named.
    pub(super) ids_dropped: usize,
}

impl Line {
    /// A turn from its fullest wording to its shortest.
    pub(super) fn wordings(past: &Past) -> Vec<Self> {
        MEASURES.iter().map(|measure| Self::measured(past, measure)).collect()
    }

    fn measured(past: &Past, measure: &Measure) -> Self {
        let verdict = verdict(&past.answer);
        let mut text = format!(
            "Turn {}. Asked: {}\n  Answered: {}\n",
            past.number,
            head(&past.question, measure.question),
            head(&past.renamed(verdict), measure.verdict)
        );
        for (title, kind, most) in [
            ("Fact", ClaimKind::Fact, measure.facts),
            ("Guess, not confirmed", ClaimKind::Hypothesis, measure.hypotheses),
        ] {
            let is_told =
                |claim: &&Claim| claim.kind == kind && (kind == ClaimKind::Hypothesis || !says(verdict, &claim.text));
            let claims: Vec<&Claim> = past.claims.iter().filter(is_told).collect();
            for claim in claims.iter().take(most) {
                let statement = head(claim.text.trim_end_matches('.'), measure.statement);
                text.push_str(&format!("  {title}: {statement}{}\n", marks(past, claim)));
            }
            if claims.len() > most && most > 0 {
                text.push_str(&format!("  ({title}: {} more)\n", claims.len() - most));
            }
        }
        let named: Vec<String> = past.looks.iter().take(measure.ids).map(|id| past.named(*id)).collect();
        let ids_dropped = past.looks.len() - named.len();
        if !named.is_empty() {
            let more = if ids_dropped > 0 { format!(" and {ids_dropped} more") } else { String::new() };
            text.push_str(&format!("  Looks: {}{more}\n", named.join(", ")));
        }
        Self { number: past.number, text, ids_dropped }
    }
}

/// The summary: how many turns are left out, then the lines.
pub(super) fn text(lines: &[Line], left_out: u32) -> String {
    let left_out = match left_out {
        0 => String::new(),
        1 => "1 earlier turn left out.\n".to_owned(),
        many => format!("{many} earlier turns left out.\n"),
    };
    if lines.is_empty() {
        return left_out.trim_end().to_owned();
    }
    let told: String = lines.iter().map(|line| line.text.as_str()).collect();
    format!("{BEGINNING}\n{left_out}{told}").trim_end().to_owned()
}

/// The first line of an answer that says something: both brains begin with the verdict.
fn verdict(answer: &str) -> &str {
    answer.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric)).unwrap_or_default()
}

/// Whether a fact is what the verdict says already; a guess is told again, because a verdict does not look like one.
fn says(verdict: &str, claim: &str) -> bool {
    let bare = |text: &str| without_marks(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    bare(verdict).contains(&bare(claim))
}

fn marks(past: &Past, claim: &Claim) -> String {
    let ids: Vec<String> = claim.evidence.iter().map(|id| past.named(*id)).collect();
    if ids.is_empty() { String::new() } else { format!(" [{}]", ids.join(", ")) }
}

/// On one line and not too long.
fn head(text: &str, characters: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", flat.get(..end).unwrap_or_default()),
        None => flat,
    }
}
