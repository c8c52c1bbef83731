//! The part of a text that answers a question best, within a budget.

use super::words::{query_words, words};
use crate::tokens;
use std::collections::BTreeSet;

/// What stands where paragraphs were left out.
const GAP: &str = "…";

/// Paragraphs of a text that hold most of a question's words, in the order of the text, at most so many tokens
/// together. Of a text that has none of the words, its beginning. The budget holds for every text.
pub fn excerpt(text: &str, question: &str, at_most_tokens: usize) -> String {
    if tokens::estimate(text) <= at_most_tokens {
        return text.trim().to_owned();
    }
    let wanted: BTreeSet<String> = query_words(question).into_iter().collect();
    let paragraphs = paragraphs(text);
    let mut order: Vec<(usize, usize)> = paragraphs.iter().map(|paragraph| held(paragraph, &wanted)).zip(0..).collect();
    order.sort_by_key(|(held, place)| (std::cmp::Reverse(*held), *place));
    let mut left = at_most_tokens;
    let mut chosen = BTreeSet::new();
    for (_, place) in order {
        // A blank line and the mark of a gap may go with each.
        let cost = paragraphs.get(place).map_or(0, |paragraph| tokens::estimate(paragraph) + 2);
        if cost <= left {
            left -= cost;
            chosen.insert(place);
        }
    }
    if chosen.is_empty() {
        return cut(text.trim(), at_most_tokens);
    }
    joined(&paragraphs, &chosen)
}

/// Blocks between blank lines; a heading belongs to the block after it.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut heading: Option<&str> = None;
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if block.starts_with('#') && !block.contains('\n') {
            heading = Some(block);
            continue;
        }
        found.push(heading.take().map_or_else(|| block.to_owned(), |heading| format!("{heading}\n{block}")));
    }
    found
}

fn held(paragraph: &str, wanted: &BTreeSet<String>) -> usize {
    let found: BTreeSet<String> = words(paragraph).into_iter().collect();
    found.intersection(wanted).count()
}

fn joined(paragraphs: &[String], chosen: &BTreeSet<usize>) -> String {
    let mut text = String::new();
    let mut next = 0;
    for place in chosen {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        if *place != next {
            text.push_str(GAP);
            text.push('\n');
        }
        text.push_str(paragraphs.get(*place).map(String::as_str).unwrap_or_default());
        next = place + 1;
    }
    text
}

fn cut(text: &str, at_most_tokens: usize) -> String {
    let bytes = at_most_tokens.saturating_mul(4).saturating_sub(GAP.len());
    let head = text.get(..text.floor_char_boundary(bytes)).unwrap_or_default();
    if at_most_tokens == 0 { String::new() } else { format!("{head}{GAP}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PAGE: &str = "Intro about nothing at all.\n\n## Meaning\n\nThe disk fills.\n\n## Fix\n\nRemove old files.\n\n\
                        ## Afterwards\n\nWrite down what was found, who saw it, and what will be done about it.";

    #[test]
    fn the_paragraphs_with_the_words_of_the_question_are_taken() {
        assert_eq!(excerpt(PAGE, "which files to remove?", 10), "…\n## Fix\nRemove old files.");
        assert_eq!(
            excerpt(PAGE, "disk: which files to remove?", 19),
            "…\n## Meaning\nThe disk fills.\n\n## Fix\nRemove old files."
        );
        assert_eq!(excerpt("short", "disk", 10), "short");
        assert_eq!(excerpt(&"a".repeat(100), "disk", 5), format!("{}…", "a".repeat(17)));
    }

    proptest! {
        // A case reads up to 60 words again for each paragraph that is left out.
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn the_budget_holds(text in "([a-z#ä]{1,12}( |\n|\n\n)){0,60}", question in "[a-z ]{0,20}", budget in 0_usize..40) {
            prop_assert!(tokens::estimate(&excerpt(&text, &question, budget)) <= budget);
        }
    }
}
