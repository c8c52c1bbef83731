//! Okapi BM25 with weighted columns, as SQLite's FTS5 computes it (<https://sqlite.org/fts5.html>, "The bm25()
//! function"), for stores that keep no such index by themselves. Pure.

use domain::memory::words::{BM25_B, BM25_K1, NAMES_WEIGHT, TITLE_WEIGHT, Words};

/// What FTS5 takes instead of an inverse document frequency that is not positive: of a word in more than half of all
/// documents.
const LEAST_FREQUENCY: f64 = 1e-6;

/// What is known of all documents that can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corpus {
    /// How many there are.
    pub documents: u64,
    /// How many words they have together.
    pub words: u64,
}

/// How well a document fits some words. `holding` says of each word how many documents hold it. `None` where it holds
/// none of them.
pub fn score(corpus: Corpus, words: &Words, holding: &[(String, u64)]) -> Option<f64> {
    let documents = real(corpus.documents);
    let mean_length = if corpus.documents == 0 { 1.0 } else { real(corpus.words).max(1.0) / documents };
    let length = words.names.len().saturating_add(words.title.len()).saturating_add(words.text.len());
    let relative_length = real(u64::try_from(length).unwrap_or(u64::MAX)) / mean_length;
    let norm = BM25_K1 * (1.0 - BM25_B + BM25_B * relative_length);
    let mut score = None;
    for (word, holders) in holding {
        let count = weighted_count(words, word);
        if count > 0.0 {
            let holders = real(*holders).min(documents);
            let frequency = ((documents - holders + 0.5) / (holders + 0.5)).ln();
            let frequency = if frequency > 0.0 { frequency } else { LEAST_FREQUENCY };
            score = Some(score.unwrap_or(0.0) + frequency * (count * (BM25_K1 + 1.0)) / (count + norm));
        }
    }
    score
}

/// How often a word occurs, each time with the weight of its column.
fn weighted_count(words: &Words, wanted: &str) -> f64 {
    let count = |column: &[String]| column.iter().filter(|word| *word == wanted).fold(0.0, |count, _| count + 1.0);
    NAMES_WEIGHT * count(&words.names) + TITLE_WEIGHT * count(&words.title) + count(&words.text)
}

/// Counts of words and documents stay far below 2^53, where a float begins to round.
#[allow(clippy::cast_precision_loss, reason = "counts of words and documents are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(names: &str, title: &str, text: &str) -> Words {
        let split = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Words { names: split(names), title: split(title), text: split(text) }
    }

    fn holding(words: &[(&str, u64)]) -> Vec<(String, u64)> {
        words.iter().map(|(word, holders)| ((*word).to_owned(), *holders)).collect()
    }

    const CORPUS: Corpus = Corpus { documents: 10, words: 40 };

    #[test]
    fn the_formula_is_that_of_the_page() {
        // One occurrence in a text of mean length, in 1 of 10 documents: ln(9.5 / 1.5) * 2.2 / 2.2.
        let found = score(CORPUS, &words("", "", "disk is full now"), &holding(&[("disk", 1)])).unwrap();
        assert!((found - (9.5_f64 / 1.5).ln()).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_holds_no_word_has_no_score() {
        assert_eq!(score(CORPUS, &words("a", "b", "c"), &holding(&[("disk", 1)])), None);
        assert_eq!(score(CORPUS, &words("a", "b", "c"), &[]), None);
    }

    #[test]
    fn a_word_that_most_hold_still_counts_a_little() {
        let found = score(CORPUS, &words("", "", "disk is full now"), &holding(&[("disk", 10)])).unwrap();
        assert!(found > 0.0 && found < 1e-5, "{found}");
    }

    #[test]
    fn an_empty_corpus_gives_no_number_that_is_none() {
        let nothing = Corpus { documents: 0, words: 0 };
        let found = score(nothing, &words("", "", "disk"), &holding(&[("disk", 5)])).unwrap();
        assert!(found.is_finite(), "{found}");
    }
}
