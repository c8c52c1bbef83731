//! Texts as the words that a search compares.
//!
//! One analyser for every store, so that the same question finds the same pages wherever they are kept. A name that is
//! made of several parts is kept in its parts and whole: `KubePodCrashLooping` is found by "crash looping" and by
//! `kubepodcrashlooping`, `ORA-00942` by `ora00942` and by `00942`.
//!
//! Guarantees: no text makes it panic; every word is of lower-case letters and digits only, at most [`WORD_CHARS`] long;
//! at most [`WORDS_LIMIT`] words come out of one text; the same text gives the same words.
//!
//! Deliberately absent: languages other than English (their words are kept as they are, without stems and stop words),
//! and word breaking for scripts that do not put spaces between words.

mod related;
mod split;
mod stem;
mod stop;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// What a hit in the names counts against one in the text.
pub const NAMES_WEIGHT: f64 = 8.0;

/// What a hit in the title counts against one in the text.
pub const TITLE_WEIGHT: f64 = 4.0;

/// Term frequency saturation of Okapi BM25, as SQLite's FTS5 fixes it (<https://sqlite.org/fts5.html>, "The bm25()
/// function").
pub const BM25_K1: f64 = 1.2;

/// Length normalisation of Okapi BM25, as SQLite's FTS5 fixes it.
pub const BM25_B: f64 = 0.75;

/// Characters of a word at most; the rest of a longer one is left out.
pub const WORD_CHARS: usize = 64;

/// Words of one text at most; what comes later is not found by words.
pub const WORDS_LIMIT: usize = 20_000;

/// Words of a question at most: the search has a budget.
pub const QUESTION_WORDS: usize = 48;

/// Related words that a question may get at most.
pub const RELATED_WORDS: usize = 16;

/// The analysed words of a document: lower case letters and digits, in the order of the text, repeated as there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Alert names, error codes, object names: what is looked for exactly.
    pub names: Vec<String>,
    /// The title.
    pub title: Vec<String>,
    /// The text.
    pub text: Vec<String>,
}

impl Words {
    /// The words of a document.
    pub fn of(names: &[String], title: &str, text: &str) -> Self {
        let names = names.iter().flat_map(|name| words(name)).take(WORDS_LIMIT).collect();
        Self { names, title: words(title), text: words(text) }
    }
}

/// The words of a text, in its order, repeated as there. Words of the language that carry no meaning are left out.
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for compound in split::compounds(text) {
        split::parts_and_whole(compound, &mut |word| {
            if found.len() < WORDS_LIMIT
                && let Some(word) = finished(word)
            {
                found.push(word);
            }
        });
        if found.len() >= WORDS_LIMIT {
            break;
        }
    }
    found
}

/// The words of a question, each once, and after them [`related_words`].
pub fn query_words(question: &str) -> Vec<String> {
    let mut found = question_words(question);
    found.extend(related_words(question));
    found
}

/// The words of a question, each once, in its order, at most [`QUESTION_WORDS`].
pub fn question_words(question: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(question) {
        if found.len() >= QUESTION_WORDS {
            break;
        }
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// What the field says in other words for what a question says, without the words of the question itself, at most
/// [`RELATED_WORDS`]. The words of a question count for more than these.
pub fn related_words(question: &str) -> Vec<String> {
    let said = question_words(question);
    let mut found: Vec<String> = Vec::new();
    for phrase in related::to(&sequence(question)) {
        for word in words(phrase) {
            if found.len() < RELATED_WORDS && !said.contains(&word) && !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found
}

/// The stems of a text's smallest parts in their order, stop words too: what phrases are looked for in.
pub(super) fn sequence(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for compound in split::compounds(text).take(QUESTION_WORDS * 4) {
        split::parts(compound, &mut |part| found.extend(stemmed(part)));
    }
    found
}

/// A word as it is kept, unless it says nothing.
fn finished(word: &str) -> Option<String> {
    // A single letter or digit stands everywhere; `exit code 1` is found as a name.
    if word.chars().count() == 1 || stop::is_stop_word(word) {
        return None;
    }
    stemmed(word)
}

fn stemmed(word: &str) -> Option<String> {
    let stem = stem::stem(word);
    (!stem.is_empty()).then_some(stem)
}
