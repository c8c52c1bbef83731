//! The Markdown of answers, read into parts that can be shown and cut.
//!
//! Read are headings, bold, italic, struck, code, fenced blocks, lists, quotations, tables and line breaks. Links of others
//! are told as words with their address, and link nowhere; pictures likewise; HTML is read as text. Any text at all gives
//! parts; a block that is not closed ends with the text.
//!
//! Deliberately absent: the rest of CommonMark. The writers are our own playbooks and models, not books.

mod inline;
mod lines;

use crate::mrkdwn::{Line, Style};

/// One part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub shape: Shape,
    /// Whether a blank line stands before it.
    pub gap: bool,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A line of text; breaks in it stay.
    Line {
        /// What stands before it and is ours: the mark of an item, spaces.
        before: String,
        /// Its pieces.
        line: Line,
    },
    /// A title, bold.
    Heading(Line),
    /// A block of code.
    Code {
        /// As the fence named it; Slack has no place for it.
        language: String,
        /// The lines of it.
        text: String,
    },
}

impl Part {
    /// A line without a mark.
    pub fn line(line: Line, gap: bool) -> Self {
        Self { shape: Shape::Line { before: String::new(), line }, gap }
    }

    /// An item of a list.
    pub fn item(line: Line) -> Self {
        Self { shape: Shape::Line { before: "• ".to_owned(), line }, gap: false }
    }

    /// A block of code.
    pub fn code(text: impl Into<String>, gap: bool) -> Self {
        Self { shape: Shape::Code { language: String::new(), text: text.into() }, gap }
    }

    /// Whether it is an item of a list.
    pub fn is_item(&self) -> bool {
        matches!(&self.shape, Shape::Line { before, .. } if !before.is_empty())
    }

    /// The pieces of a line that is no item and no title.
    pub fn as_paragraph(&self) -> Option<&Line> {
        match &self.shape {
            Shape::Line { before, line } if before.is_empty() => Some(line),
            _ => None,
        }
    }
}

/// Reads a text.
pub fn read(markdown: &str) -> Vec<Part> {
    lines::read(markdown)
}

/// Reads one line with its marks of style.
pub fn line(markdown: &str) -> Line {
    inline::read(markdown, Style::PLAIN)
}

#[cfg(test)]
mod tests;
