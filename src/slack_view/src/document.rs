//! A Markdown document as the blocks of one message: whole where it fits, else its beginning.

use crate::markdown;
use crate::mrkdwn::blocks::{MESSAGE_BLOCKS, TEXT, section};
use crate::split::pack;
use slack_morphism::prelude::SlackBlock;

/// Text objects of a message at most: all of its blocks are limited together.
const TEXTS: usize = MESSAGE_BLOCKS / TEXT;

/// Characters of a document that are looked at: marks and what nobody sees take room in it and none in the message.
const LOOKED_AT: usize = 4 * MESSAGE_BLOCKS;

/// The blocks, and whether they are the whole document. What is left out is for the caller to tell.
pub fn blocks(document: &str) -> (Vec<SlackBlock>, bool) {
    let end = document.char_indices().nth(LOOKED_AT).map(|(end, _)| end);
    let head = end.and_then(|end| document.get(..end)).unwrap_or(document);
    let texts = pack(&markdown::read(head), TEXT);
    let is_whole = end.is_none() && texts.len() <= TEXTS;
    (texts.into_iter().take(TEXTS).map(section).collect(), is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_shown_to_its_end_is_whole() {
        for (document, expected) in [
            ("short".to_owned(), (1, true)),
            ("- item\n".repeat(1_000), (3, true)),
            ("- item\n".repeat(2_000), (3, false)),
            // What nobody sees is looked at, too: behind it could stand anything.
            (format!("{}end", "\u{200b}".repeat(50_000)), (0, false)),
        ] {
            let (blocks, is_whole) = blocks(&document);
            assert_eq!((blocks.len(), is_whole), expected, "{}", document.chars().count());
        }
    }
}
