//! Slack's text, put together from pieces of which each knows whether it is ours.
//!
//! Guarantees: a `<` or `>` in a finished text comes from a [`Piece`] that this program made (a person, a link, a time);
//! words are escaped whatever they hold; marks of style open and close on one line.
//!
//! Deliberately absent: reading Markdown ([`crate::markdown`]) and the limits ([`crate::split`]).

pub mod atoms;
pub mod blocks;

use crate::escape;
use chrono::{DateTime, Utc};

/// How words look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// `*bold*`.
    pub bold: bool,
    /// `_italic_`.
    pub italic: bool,
    /// `~struck~`.
    pub struck: bool,
    /// Monospace; a line break in it becomes a space.
    pub code: bool,
}

impl Style {
    /// No style at all.
    pub const PLAIN: Self = Self { bold: false, italic: false, struck: false, code: false };
    /// Bold.
    pub const BOLD: Self = Self { bold: true, ..Self::PLAIN };
    /// Italic.
    pub const ITALIC: Self = Self { italic: true, ..Self::PLAIN };
    /// Monospace.
    pub const CODE: Self = Self { code: true, ..Self::PLAIN };
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words of anybody.
    Words {
        /// As they shall be read.
        text: String,
        /// How they look.
        style: Style,
    },
    /// A link of ours; the address was checked.
    Link {
        /// What is read.
        label: String,
        /// Where it goes, escaped.
        address: String,
    },
    /// A person, who is told by it: their Slack id.
    Person(String),
    /// A moment, which Slack shows in each reader's own zone.
    Moment {
        /// When.
        at: DateTime<Utc>,
        /// What is read where Slack cannot.
        otherwise: String,
    },
}

impl Piece {
    /// Words without style.
    pub fn words(text: impl Into<String>) -> Self {
        Self::Words { text: text.into(), style: Style::PLAIN }
    }

    /// Words with a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self::Words { text: text.into(), style }
    }

    /// A link from our own settings; an address that is none of the web's is told as words.
    pub fn link(label: &str, address: &str) -> Self {
        match escape::address(address) {
            Some(address) => Self::Link { label: escape::one_line(label), address },
            None => Self::words(label),
        }
    }

    /// A person by their Slack id (`U123`); anything else is told as words.
    pub fn person(user: &str) -> Self {
        let is_id = user.len() > 1
            && user.starts_with(['U', 'W'])
            && user.chars().all(|character| character.is_ascii_uppercase() || character.is_ascii_digit());
        if is_id { Self::Person(user.to_owned()) } else { Self::words(user) }
    }

    /// What a reader reads, without marks.
    pub fn plain(&self) -> String {
        match self {
            Self::Words { text, .. } => escape::clean(text),
            Self::Link { label, .. } => label.clone(),
            Self::Person(user) => format!("@{user}"),
            Self::Moment { otherwise, .. } => escape::clean(otherwise),
        }
    }

    /// As Slack wants it, for pieces that are never cut and have no style.
    fn own(&self) -> Option<String> {
        match self {
            Self::Words { .. } => None,
            // A bar would end the label.
            Self::Link { label, address } => Some(format!("<{address}|{}>", escape::line(label).replace('|', "¦"))),
            Self::Person(user) => Some(format!("<@{user}>")),
            Self::Moment { at, otherwise } => Some(format!(
                "<!date^{}^{{date_short_pretty}} {{time}}|{}>",
                at.timestamp(),
                escape::line(otherwise).replace('|', "¦")
            )),
        }
    }
}

/// Pieces one after the other.
pub type Line = Vec<Piece>;

/// The pieces as Slack wants them.
pub fn show(line: &[Piece]) -> String {
    atoms::show(&atoms::of(line))
}

/// What a reader reads, without marks.
pub fn plain(line: &[Piece]) -> String {
    line.iter().map(Piece::plain).collect()
}

#[cfg(test)]
mod tests;
