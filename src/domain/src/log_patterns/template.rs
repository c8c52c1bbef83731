//! The constant text of a pattern: words, values, and what stands between them.
//!
//! Guarantee: two templates of one shape have the same number of parts; a template is never longer than the line it was
//! made of. Deliberately absent: the decision which words are values.

use super::bytes::{SPACE, after_escape, class, hash};
use super::masks::is_capitals;
use super::scan::{Scan, Word, gap_hash, hash_of_named, shape, trimmed};
use serde::{Deserialize, Serialize};

/// How a value is shown.
pub(super) const VALUE_SIGN: &str = "<*>";

/// A word that all lines of the pattern share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constant {
    pub text: Box<str>,
    pub hash: u64,
    /// Whether it is of capitals, so that it never becomes a value merely because it varies.
    pub capitals: bool,
}

impl Constant {
    fn new(text: &str) -> Self {
        let name = text.strip_suffix(VALUE_SIGN);
        let hash = name.map_or_else(|| hash(text.as_bytes()), |name| hash_of_named(name.as_bytes()));
        Self { text: text.into(), hash, capitals: is_capitals(name.unwrap_or(text)) }
    }

    fn of(text: &str, word: &Word) -> Self {
        match word.name {
            None => Self::new(text.get(word.start..word.end).unwrap_or_default()),
            Some(name) => Self::new(&format!("{}{VALUE_SIGN}", text.get(word.start..name).unwrap_or_default())),
        }
    }
}

/// A gap and the word behind it; `None` is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub gap: Box<str>,
    pub word: Option<Constant>,
}

/// The parts and the gap behind the last of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(super) struct Template {
    pub parts: Vec<Part>,
    pub tail: Box<str>,
}

/// How a template is saved: without what can be computed again.
#[derive(Serialize, Deserialize)]
struct Written {
    parts: Vec<(Box<str>, Option<Box<str>>)>,
    tail: Box<str>,
}

impl From<Written> for Template {
    fn from(written: Written) -> Self {
        let part =
            |(gap, word): (Box<str>, Option<Box<str>>)| Part { gap, word: word.map(|word| Constant::new(&word)) };
        Self { parts: written.parts.into_iter().map(part).collect(), tail: written.tail }
    }
}

impl From<Template> for Written {
    fn from(template: Template) -> Self {
        let part = |part: Part| (part.gap, part.word.map(|word| word.text));
        Self { parts: template.parts.into_iter().map(part).collect(), tail: template.tail }
    }
}

impl Template {
    /// The template of a line that was just scanned.
    pub(super) fn of(text: &str, scan: &Scan) -> Self {
        let part = |word: &Word| Part {
            gap: tidy_gap(text.get(word.gap..word.start).unwrap_or_default()),
            word: (!word.value).then(|| Constant::of(text, word)),
        };
        let tail = text.get(scan.tail..scan.end).unwrap_or_default();
        let tail = text.get(scan.tail..scan.tail + trimmed(tail.as_bytes()).len()).unwrap_or_default();
        Self { parts: scan.words.iter().map(part).collect(), tail: tidy_gap(tail) }
    }

    /// The same number as `Scan::shape` of each of its lines.
    pub(super) fn shape(&self) -> u64 {
        let gaps = self.parts.iter().map(|part| gap_hash(part.gap.as_bytes()));
        shape(gaps.chain([gap_hash(self.tail.as_bytes())]))
    }

    /// Whether a line of the same shape belongs here: each constant word is its word.
    pub(super) fn holds(&self, words: &[Word]) -> bool {
        let fits = |(part, word): (&Part, &Word)| {
            part.word.as_ref().is_none_or(|constant| !word.value && constant.hash == word.hash)
        };
        self.parts.len() == words.len() && self.parts.iter().zip(words).all(fits)
    }

    /// How many words are constant.
    pub(super) fn constants(&self) -> usize {
        self.parts.iter().filter(|part| part.word.is_some()).count()
    }

    /// Makes a value of each word in which the other template differs.
    pub(super) fn widen(&mut self, other: &Self) {
        for (mine, theirs) in self.parts.iter_mut().zip(&other.parts) {
            if mine.word.as_ref().map(|word| word.hash) != theirs.word.as_ref().map(|word| word.hash) {
                mine.word = None;
            }
        }
    }

    /// The text, with `<*>` for each value.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            text.push_str(&part.gap);
            text.push_str(part.word.as_ref().map_or(VALUE_SIGN, |word| &word.text));
        }
        text.push_str(&self.tail);
        text
    }

    /// How many bytes it takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        let part =
            |part: &Part| size_of::<Part>() + part.gap.len() + part.word.as_ref().map_or(0, |word| word.text.len());
        self.parts.iter().map(part).sum::<usize>() + self.tail.len()
    }
}

/// A gap with one blank for each run of blanks, and without control characters. Its hash is that of the raw gap.
fn tidy_gap(gap: &str) -> Box<str> {
    let mut tidy = Vec::with_capacity(gap.len());
    let bytes = gap.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte == 0x1b {
            at = after_escape(bytes, at);
            continue;
        }
        let byte = if class(byte) == SPACE { b' ' } else { byte };
        if byte != b' ' || tidy.last() != Some(&b' ') {
            tidy.push(byte);
        }
        at += 1;
    }
    String::from_utf8(tidy).unwrap_or_default().into_boxed_str()
}
