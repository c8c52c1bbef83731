//! The smallest parts of a text: what a cut never goes through.
//!
//! An atom is one character as it is read (with its accents and joiners), escaped; or a whole link, person or moment.

use super::{Piece, Style};
use crate::escape;
use crate::split::clusters;

/// One atom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// As it is sent.
    pub shown: String,
    /// How it looks.
    pub style: Style,
    /// Whether a line may be broken behind it.
    pub is_space: bool,
}

impl Atom {
    /// Characters that it takes, as Slack may count them.
    pub fn length(&self) -> usize {
        escape::length(&self.shown)
    }
}

/// The atoms of a line of pieces.
pub fn of(line: &[Piece]) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for piece in line {
        match piece {
            Piece::Words { text, style } => {
                let clean = if style.code { escape::one_line(text) } else { escape::clean(text) };
                atoms.extend(clusters(&clean).map(|cluster| Atom {
                    shown: escape::text(cluster),
                    style: *style,
                    is_space: cluster.chars().all(char::is_whitespace),
                }));
            }
            own => atoms.extend(own.own().map(|shown| Atom { shown, style: Style::PLAIN, is_space: false })),
        }
    }
    smooth(&mut atoms);
    atoms
}

/// Slack reads a mark only where no space stands inside of it, and on one line: a space has the style that both of its
/// sides have.
pub fn smooth(atoms: &mut [Atom]) {
    // The style of the next word on the same line, from the end on: looking ahead from each space would cost the square
    // of a long gap.
    let mut next = None;
    let mut after: Vec<Option<Style>> = atoms
        .iter()
        .rev()
        .map(|atom| {
            let seen = next;
            next = match (atom.is_space, atom.shown.as_str()) {
                (_, "\n") => None,
                (true, _) => seen,
                (false, _) => Some(atom.style),
            };
            seen
        })
        .collect();
    after.reverse();
    let mut before = None;
    for (atom, after) in atoms.iter_mut().zip(after) {
        if !atom.is_space {
            before = Some(atom.style);
            continue;
        }
        let between = before.zip(after).filter(|_| atom.shown != "\n");
        if between.is_none() {
            before = None;
        }
        atom.style = between.map_or(Style::PLAIN, |(before, after)| both(before, after, atom.style));
    }
}

fn both(one: Style, other: Style, own: Style) -> Style {
    Style {
        bold: one.bold && other.bold,
        italic: one.italic && other.italic,
        struck: one.struck && other.struck,
        code: own.code && one.code && other.code,
    }
}

/// The marks of a style, the outer ones first.
fn marks(style: Style) -> impl Iterator<Item = char> {
    [(style.bold, '*'), (style.italic, '_'), (style.struck, '~'), (style.code, '`')]
        .into_iter()
        .filter_map(|(is_on, mark)| is_on.then_some(mark))
}

/// Characters that the marks around and between atoms may take at most where the style changes once.
pub const MOST_MARKS: usize = 8;

/// The atoms as they are sent.
pub fn show(atoms: &[Atom]) -> String {
    let mut out = String::new();
    let mut open: Vec<char> = Vec::new();
    for atom in atoms {
        let wanted: Vec<char> = marks(atom.style).collect();
        let same = open.iter().zip(&wanted).take_while(|(one, other)| one == other).count();
        out.extend(open.drain(same..).rev());
        let new = wanted.get(same..).unwrap_or_default();
        out.extend(new);
        open.extend(new);
        out.push_str(&atom.shown);
    }
    out.extend(open.into_iter().rev());
    out
}
