//! Parts of a text, packed into as many text objects as they need, each within Slack's limits.
//!
//! Guarantees: nothing is lost: what is packed, put together again, is the whole; no cut goes through a character as it is
//! read, an escape, a link or a pair of marks; a code block that is cut is closed and opened again, so that each object
//! is whole by itself.
//!
//! Deliberately absent: which of the objects are shown, and where the rest goes (see [`crate::answer`]).

use crate::escape::{self, length};
use crate::markdown::{Part, Shape};
use crate::mrkdwn::atoms::{self, Atom, MOST_MARKS};
use crate::mrkdwn::{self, Piece};
use regex::Regex;
use std::sync::LazyLock;

pub use crate::files::Overflow;

/// A character as it is read: two letters of a flag, or one character with its accents, tones and joined parts. The marks
/// on one are bounded, so that no heap of accents is longer than an object.
static CLUSTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?s)\p{Regional_Indicator}{2}|.(?:[\p{M}\x{1F3FB}-\x{1F3FF}\x{1160}-\x{11FF}]|\x{200D}[^\x00-\x7F]){0,24}",
    )
    .ok()
});

/// The characters of a text as they are read.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    CLUSTER.iter().flat_map(move |regex| regex.find_iter(text).map(|found| found.as_str()))
}

/// Where a line of code is worth beginning in an object that holds something already.
const LEAST_CODE: usize = 400;
const FENCE: &str = "```";

/// Packs parts into text objects of at most `most` characters each, which is at least 100.
pub fn pack(parts: &[Part], most: usize) -> Vec<String> {
    let mut packer = Packer { most: most.max(100), done: Vec::new(), current: String::new() };
    for part in parts {
        packer.part(part);
    }
    packer.turn();
    packer.done
}

struct Packer {
    most: usize,
    done: Vec<String>,
    current: String,
}

impl Packer {
    fn part(&mut self, part: &Part) {
        match &part.shape {
            Shape::Code { text, .. } => self.code(text, part.gap),
            Shape::Line { before, line } => self.line(before, line, part.gap),
            Shape::Heading(line) => self.line("", line, part.gap),
        }
    }

    /// Begins a new object.
    fn turn(&mut self) {
        let done = std::mem::take(&mut self.current);
        if !done.trim().is_empty() {
            self.done.push(done);
        }
    }

    fn room(&self, between: &str) -> usize {
        self.most.saturating_sub(length(&self.current) + length(between))
    }

    fn between(&self, gap: bool) -> &'static str {
        match (self.current.is_empty(), gap) {
            (true, _) => "",
            (false, true) => "\n\n",
            (false, false) => "\n",
        }
    }

    fn push(&mut self, gap: bool, text: &str) {
        let between = self.between(gap);
        self.current.push_str(between);
        self.current.push_str(text);
    }

    fn line(&mut self, before: &str, line: &[Piece], gap: bool) {
        let atoms = atoms::of(line);
        let whole = format!("{before}{}", atoms::show(&atoms));
        if whole.trim().is_empty() {
            return;
        }
        if length(&whole) > self.room(self.between(gap)) {
            self.turn();
        }
        if length(&whole) <= self.most {
            return self.push(gap, &whole);
        }
        let mut before = before;
        for piece in cut(&atoms, self.most.saturating_sub(length(before))) {
            self.turn();
            self.push(gap, &format!("{before}{}", atoms::show(&piece)));
            before = "";
        }
    }

    fn code(&mut self, text: &str, gap: bool) {
        let around = 2 * (FENCE.len() + 1);
        let most = self.most.saturating_sub(around);
        let lines = text.lines().flat_map(|line| code_lines(line, most));
        let mut block = String::new();
        let mut room = self.room(self.between(gap)).saturating_sub(around);
        let whole = escape::length(&escape::fence(text));
        if whole > room && room < LEAST_CODE.max(most / 4) {
            self.turn();
            room = most;
        }
        for line in lines {
            let needed = length(&line) + usize::from(!block.is_empty());
            if needed > room {
                self.close(&mut block, gap);
                self.turn();
                room = most;
            }
            if !block.is_empty() {
                block.push('\n');
            }
            block.push_str(&line);
            room = room.saturating_sub(length(&line) + 1);
        }
        self.close(&mut block, gap);
    }

    fn close(&mut self, block: &mut String, gap: bool) {
        let block = std::mem::take(block);
        if !block.trim().is_empty() {
            self.push(gap, &format!("{FENCE}\n{block}\n{FENCE}"));
        }
    }
}

/// One line of code, escaped, in parts of at most so many characters.
fn code_lines(line: &str, most: usize) -> Vec<String> {
    let line = escape::clean(line).replace(FENCE, "'''");
    let mut parts = vec![String::new()];
    let mut used = 0;
    for cluster in clusters(&line) {
        let shown = escape::fence(cluster);
        let takes = length(&shown);
        if used + takes > most {
            parts.push(String::new());
            used = 0;
        }
        used += takes;
        if let Some(last) = parts.last_mut() {
            last.push_str(&shown);
        }
    }
    parts
}

/// Cuts atoms into runs of at most so many characters with their marks, behind a space where there is one.
fn cut(atoms: &[Atom], most: usize) -> Vec<Vec<Atom>> {
    let most = most.saturating_sub(MOST_MARKS).max(1);
    let mut runs = Vec::new();
    let mut rest = atoms;
    while !rest.is_empty() {
        let end = fitting(rest, most);
        let at_space = rest.get(..end).and_then(|run| run.iter().rposition(|atom| atom.is_space)).map(|at| at + 1);
        // A space that stands far in front is no good place: half of the object would stay empty.
        let end = at_space.filter(|at| end < rest.len() && *at > end / 2).unwrap_or(end);
        let (run, after) = rest.split_at(end);
        let mut run = run.to_vec();
        atoms::smooth(&mut run);
        runs.push(run);
        rest = after;
    }
    runs
}

/// How many atoms fit: at least one, so that cutting comes to an end.
fn fitting(atoms: &[Atom], most: usize) -> usize {
    let mut used = 0;
    let mut style = mrkdwn::Style::PLAIN;
    for (at, atom) in atoms.iter().enumerate() {
        used += atom.length() + if atom.style == style { 0 } else { MOST_MARKS };
        style = atom.style;
        if used > most {
            return at.max(1);
        }
    }
    atoms.len()
}

#[cfg(test)]
mod tests;
