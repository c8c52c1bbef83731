//! Separates what a person may see from tool calls and thinking while the text streams in.
//!
//! A state machine over single characters, so that the way in which the stream is cut changes nothing. It holds back
//! what may yet become markup or a call, and no more. Blank space at the ends of the visible text is dropped.

mod ends;
mod output;
#[cfg(test)]
mod tests;

use super::RawCall;
use super::tokens::{self, CHANNEL_ENDS, Match, Word};
use super::watch::{self, Balance, Head};
use output::Output;
use ports::model::OfferedTool;
use std::collections::VecDeque;

pub use output::Piece;

/// A stretch of markup or JSON longer than this is given up: left out if it was markup, shown if it was JSON.
const LONGEST_STRETCH: usize = 64 * 1024;

enum Mode {
    /// Visible text; what is held may become something else.
    Text,
    Think(&'static [&'static str]),
    Call(&'static [&'static str]),
    Invention(&'static [&'static str]),
    Header(&'static [&'static str]),
    Json(Balance),
    Python(Balance),
    Fence,
}

/// What the whole stream came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filtered {
    /// Calls found in the text, in order.
    pub calls: Vec<RawCall>,
    /// What had to be mended, in words.
    pub notes: Vec<String>,
}

/// The state machine.
pub struct TextFilter {
    tools: Vec<OfferedTool>,
    mode: Mode,
    /// Characters of the current stretch, with whether JSON may begin there.
    held: String,
    queue: VecDeque<(char, bool)>,
    held_open: Vec<bool>,
    output: Output,
    calls: Vec<RawCall>,
    notes: Vec<String>,
    thinking: String,
    after_call: bool,
}

impl TextFilter {
    /// A filter for a reply to a request that offers these tools.
    pub fn new(tools: Vec<OfferedTool>) -> Self {
        Self {
            tools,
            mode: Mode::Text,
            held: String::new(),
            queue: VecDeque::new(),
            held_open: Vec::new(),
            output: Output::default(),
            calls: Vec::new(),
            notes: Vec::new(),
            thinking: String::new(),
            after_call: false,
        }
    }

    /// Takes the next part of the text and gives what may be passed on.
    pub fn push(&mut self, text: &str) -> Vec<Piece> {
        self.queue.extend(text.chars().map(|c| (c, true)));
        self.run();
        self.output.take()
    }

    /// The visible text, without what turned out to be thinking.
    pub fn text(&self) -> &str {
        self.output.text()
    }

    /// The stream is over: what is held is decided.
    pub fn finish(&mut self) -> (Vec<Piece>, Filtered) {
        // Every round decides one held stretch; what it gives back to the queue can hold fewer beginnings.
        while !self.held.is_empty() || !matches!(self.mode, Mode::Text) {
            self.close_stretch();
            self.run();
        }
        self.calls_in_unfinished_thinking();
        self.output.end();
        let filtered = Filtered { calls: std::mem::take(&mut self.calls), notes: std::mem::take(&mut self.notes) };
        (self.output.take(), filtered)
    }

    fn run(&mut self) {
        while let Some((next, open)) = self.queue.pop_front() {
            self.take(next, open);
        }
    }

    fn take(&mut self, next: char, open: bool) {
        match &mut self.mode {
            Mode::Text => {
                if self.held.is_empty() && !self.may_begin(next, open) {
                    self.show(next);
                    return;
                }
                self.hold(next, open);
                self.decide();
            }
            Mode::Json(balance) | Mode::Python(balance) => {
                let complete = balance.take(next);
                self.hold(next, open);
                if complete || self.held.len() > LONGEST_STRETCH {
                    self.end_json();
                }
            }
            Mode::Fence => {
                self.hold(next, open);
                let closed = next == '`' && self.held.ends_with("```") && self.held.len() > 6;
                if closed || self.held.len() > LONGEST_STRETCH {
                    self.end_fence();
                }
            }
            Mode::Think(ends) | Mode::Call(ends) | Mode::Invention(ends) | Mode::Header(ends) => {
                let ends = *ends;
                self.hold(next, open);
                self.look_for_end(ends);
            }
        }
    }

    fn hold(&mut self, next: char, open: bool) {
        self.held.push(next);
        self.held_open.push(open);
    }

    fn may_begin(&self, next: char, open: bool) -> bool {
        match next {
            '<' | '[' => true,
            '{' => open && !self.output.in_fence() && !self.tools.is_empty(),
            '`' => open && !self.output.in_fence() && !self.tools.is_empty() && self.output.at_line_start(),
            _ => false,
        }
    }

    fn show(&mut self, next: char) {
        // A surplus closing bracket right after a call belongs to the call.
        if self.after_call && matches!(next, '}' | ']' | ';') {
            return;
        }
        self.after_call = false;
        self.output.show(next);
    }

    /// Looks at what is held in text mode.
    fn decide(&mut self) {
        let first_open = self.held_open.first().copied().unwrap_or_default();
        let json_allowed = first_open && !self.output.in_fence();
        let json = match (self.held.as_bytes().first(), json_allowed) {
            (Some(b'{' | b'['), true) => watch::head(&self.held, &self.tools),
            (Some(b'`'), true) => watch::fence_head(&self.held, &self.tools),
            _ => Head::Never,
        };
        let fenced = self.held.starts_with('`');
        match json {
            Head::Call | Head::PythonCall if fenced => return self.mode = Mode::Fence,
            Head::Call => return self.mode = Mode::Json(self.balance_so_far()),
            Head::PythonCall => return self.mode = Mode::Python(self.balance_so_far()),
            Head::Open | Head::Never => {}
        }
        let word = match self.held.as_bytes().first() {
            Some(b'<' | b'[') => tokens::compare(&self.held),
            _ => Match::Never,
        };
        match word {
            Match::Is(word) => self.enter(word),
            Match::Open => {}
            Match::Never if json == Head::Open => {}
            Match::Never if fenced => self.give_back(false),
            Match::Never => self.show_first(),
        }
    }

    fn balance_so_far(&self) -> Balance {
        let mut balance = Balance::default();
        for held in self.held.chars() {
            balance.take(held);
        }
        balance
    }

    /// The first held character is text; the rest is looked at again.
    fn show_first(&mut self) {
        let held = std::mem::take(&mut self.held);
        let open = std::mem::take(&mut self.held_open);
        let mut characters = held.chars().zip(open);
        if let Some((first, _)) = characters.next() {
            self.show(first);
        }
        let rest: Vec<_> = characters.collect();
        for pair in rest.into_iter().rev() {
            self.queue.push_front(pair);
        }
    }

    /// Everything held is looked at again, but no JSON begins in it (markup still does).
    fn give_back(&mut self, open: bool) {
        self.mode = Mode::Text;
        self.held_open.clear();
        let held = std::mem::take(&mut self.held);
        for character in held.chars().rev() {
            self.queue.push_front((character, open));
        }
    }

    fn enter(&mut self, word: Word) {
        match word {
            Word::Call(ends) => {
                // The name stands in the opening word itself.
                if !self.held.ends_with('=') {
                    self.drop_held();
                }
                self.mode = Mode::Call(ends);
            }
            Word::Think(ends) => {
                self.drop_held();
                self.mode = Mode::Think(ends);
            }
            Word::Invention(ends) => {
                self.drop_held();
                self.mode = Mode::Invention(ends);
            }
            Word::Header(ends) => self.mode = Mode::Header(ends),
            Word::ThinkEnd => {
                self.drop_held();
                if self.output.reset() {
                    self.note(
                        "the end of thinking came without its beginning; the text before it was taken for thinking",
                    );
                }
            }
            Word::Noise => self.drop_held(),
        }
    }

    fn drop_held(&mut self) {
        self.held.clear();
        self.held_open.clear();
    }

    fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    fn look_for_end(&mut self, ends: &'static [&'static str]) {
        let found = ends.iter().find(|end| ends_with_word(&self.held, end));
        let thinking = matches!(self.mode, Mode::Think(_));
        match found {
            Some(end) => {
                let kept = self.held.len() - end.len();
                self.held.truncate(kept);
                let again = channel_word(ends, end);
                self.close_stretch();
                for character in again.chars().rev() {
                    self.queue.push_front((character, true));
                }
            }
            // Thinking is passed on line by line; no word contains a line break.
            None if thinking && self.held.ends_with('\n') => self.think(),
            None if self.held.len() > LONGEST_STRETCH => self.close_stretch(),
            None => {}
        }
    }

    fn think(&mut self) {
        let text = std::mem::take(&mut self.held);
        self.held_open.clear();
        if self.thinking.len() + text.len() <= LONGEST_STRETCH {
            self.thinking.push_str(&text);
        }
        self.output.think(text);
    }
}

fn ends_with_word(held: &str, word: &str) -> bool {
    let start = held.len().checked_sub(word.len());
    start.and_then(|start| held.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(word))
}

/// A word that ends one channel by beginning the next is looked at again.
fn channel_word(ends: &[&str], end: &'static str) -> &'static str {
    match end {
        "<|start|>" | "<|channel|>" if ends == CHANNEL_ENDS => end,
        _ => "",
    }
}
