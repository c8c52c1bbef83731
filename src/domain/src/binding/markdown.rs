//! The claims in a model's Markdown: its sentences with the citation marks `[e1]` in them.

use super::{Binder, Verdict, checkable};
use crate::answer::{Claim, ClaimKind};
use crate::evidence::EvidenceId;
use regex::Regex;
use std::sync::LazyLock;

static CITATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\s*[\[(]\s*(e\d+(?:\s*,\s*e\d+)*)\s*[\])]").ok());

/// A model's text after binding.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The Markdown with "(unconfirmed)" behind every statement that did not bind.
    pub markdown: String,
    /// Its statements.
    pub claims: Vec<Claim>,
    /// Ids that it cited and that do not exist.
    pub unknown_citations: Vec<String>,
}

/// Code fences of these languages are advice to be typed, not statements of what is.
const ADVICE: &[&str] = &["bash", "sh", "shell", "yaml", "promql", "logql"];

impl Binder<'_> {
    /// Binds a model's Markdown. Sentences with nothing to check and no citation are prose and stay as they are.
    pub fn bind_markdown(&self, markdown: &str) -> Bound {
        let mut bound = Bound { markdown: String::new(), claims: Vec::new(), unknown_citations: Vec::new() };
        let mut fence: Option<Fence> = None;
        for line in markdown.lines() {
            // A fence that opens and closes on one line is a quotation within it.
            let opens_or_closes = line.trim_start().starts_with("```") && line.matches("```").count() == 1;
            match (&mut fence, opens_or_closes) {
                (None, true) => fence = Some(Fence::open(line)),
                (Some(open), true) => {
                    if !open.is_advice && !self.occurs(&open.lines) {
                        bound.markdown.push_str("(unconfirmed)\n");
                    }
                    fence = None;
                }
                (Some(open), false) => open.lines.push(line.to_owned()),
                (None, false) => {
                    self.bind_line(line, &mut bound);
                    bound.markdown.push('\n');
                    continue;
                }
            }
            bound.markdown.push_str(line);
            bound.markdown.push('\n');
        }
        if let Some(open) = fence {
            bound.markdown.push_str("```\n");
            if !open.is_advice && !self.occurs(&open.lines) {
                bound.markdown.push_str("(unconfirmed)\n");
            }
        }
        bound.markdown = bound.markdown.trim_end().to_owned();
        bound
    }

    fn bind_line(&self, line: &str, bound: &mut Bound) {
        for sentence in sentences(line) {
            let (text, cited, unknown) = self.citations(sentence);
            bound.unknown_citations.extend(unknown);
            let plain = text.replace("**", "");
            let plain = plain.trim().trim_start_matches(['#', '-', '*', '>', ' ']).trim_end_matches(['*', ' ']);
            let has_checkable = !checkable::find(plain).is_empty();
            bound.markdown.push_str(sentence.trim_end());
            if cited.is_empty() && !has_checkable {
                bound.markdown.push_str(&sentence[sentence.trim_end().len()..]);
                continue;
            }
            let kind = match self.judge(plain, &cited) {
                Verdict::Fact => ClaimKind::Fact,
                Verdict::Unbound(_) => {
                    bound.markdown.push_str(" (unconfirmed)");
                    ClaimKind::Hypothesis
                }
            };
            bound.markdown.push_str(&sentence[sentence.trim_end().len()..]);
            bound.claims.push(Claim { text: plain.to_owned(), kind, evidence: cited });
        }
    }

    /// The sentence without its marks, the ids that exist, and those that do not.
    fn citations(&self, sentence: &str) -> (String, Vec<EvidenceId>, Vec<String>) {
        let Some(regex) = CITATION.as_ref() else { return (sentence.to_owned(), Vec::new(), Vec::new()) };
        let mut known = Vec::new();
        let mut unknown = Vec::new();
        for captures in regex.captures_iter(sentence) {
            for id in captures[1].split(',').map(str::trim) {
                match id[1..].parse().map(EvidenceId) {
                    Ok(id) if self.knows(id) => known.push(id),
                    _ => unknown.push(id.to_owned()),
                }
            }
        }
        known.sort();
        known.dedup();
        (regex.replace_all(sentence, "").into_owned(), known, unknown)
    }

    fn occurs(&self, lines: &[String]) -> bool {
        let ids: Vec<EvidenceId> = self.supports.keys().copied().collect();
        lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .all(|line| self.judge(&format!("`{}`", line.trim().replace('`', "'")), &ids) == Verdict::Fact)
    }
}

struct Fence {
    is_advice: bool,
    lines: Vec<String>,
}

impl Fence {
    fn open(line: &str) -> Self {
        let language = line.trim().trim_start_matches('`').trim().to_lowercase();
        Self { is_advice: ADVICE.contains(&language.as_str()), lines: Vec::new() }
    }
}

/// Splits at sentence ends that are followed by white space; the citation marks behind a full stop stay with it.
fn sentences(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let bytes = line.as_bytes();
    for (at, _) in line.match_indices(". ") {
        let rest = &line[at + 2..];
        let ends_abbreviation = line[..at].ends_with("e.g") || line[..at].ends_with("i.e");
        let inside_quote = line[start..at].matches('`').count() % 2 == 1;
        let follows = rest.chars().next().is_some_and(|c| c.is_uppercase() || c == '*' || c == '`');
        if follows && !ends_abbreviation && !inside_quote && at > 0 && bytes[at - 1] != b' ' {
            parts.push(&line[start..at + 2]);
            start = at + 2;
        }
    }
    parts.push(&line[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}
