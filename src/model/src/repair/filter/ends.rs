//! What becomes of a stretch of markup, JSON or thinking once its end is known: calls are read out of it, what is no
//! call is given back to the text, what is unreadable markup is left out with a note.

use super::super::tokens::CHANNEL_ENDS;
use super::super::{RawCall, excerpt, json, markup, names, shape};
use super::{Mode, TextFilter};

impl TextFilter {
    /// The current stretch is over, by its closing word or with the stream.
    pub(super) fn close_stretch(&mut self) {
        match std::mem::replace(&mut self.mode, Mode::Text) {
            Mode::Text => {
                // The beginning of a word that never came is text.
                self.show_first();
            }
            Mode::Think(_) => self.think(),
            Mode::Call(_) => self.end_call(),
            Mode::Invention(_) => {
                self.drop_held();
                self.note("a tool result that the model made up was left out");
            }
            Mode::Header(_) => self.end_header(),
            Mode::Json(_) | Mode::Python(_) => self.end_json(),
            Mode::Fence => self.end_fence(),
        }
    }

    fn end_call(&mut self) {
        let raw = std::mem::take(&mut self.held);
        self.held_open.clear();
        let found = markup::read(&raw, &self.tools);
        self.notes.extend(found.notes);
        if found.calls.is_empty() {
            self.note(&format!("markup that holds no readable call was left out: {}", excerpt(raw.trim(), 80)));
        } else {
            self.note("a tool call was written as markup into the text");
            self.calls.extend(found.calls);
        }
        self.output.left_out();
        for character in found.rest.chars().rev() {
            self.queue.push_front((character, false));
        }
    }

    /// `<|channel|>analysis<|message|>` and the like: the header tells what follows.
    fn end_header(&mut self) {
        let header = std::mem::take(&mut self.held);
        self.held_open.clear();
        if header.contains("to=") {
            // The name stands in the header; the arguments follow.
            self.held_open = header.chars().map(|_| false).collect();
            self.held = header;
            self.mode = Mode::Call(CHANNEL_ENDS);
        } else if header.contains("analysis") {
            self.mode = Mode::Think(CHANNEL_ENDS);
        }
    }

    pub(super) fn end_json(&mut self) {
        let python = matches!(self.mode, Mode::Python(_));
        let found = match python {
            true => markup::read(&self.held, &self.tools).calls,
            false => self.calls_in(&self.held.clone()),
        };
        self.settle(found);
    }

    pub(super) fn end_fence(&mut self) {
        let inside = self.held.trim_start_matches('`');
        let content =
            inside.split_once('\n').map_or("", |(_, content)| content).trim_end_matches('`').trim().to_owned();
        let found = match content.starts_with(['{', '[']) {
            true => self.calls_in(&content),
            false => markup::read(&content, &self.tools).calls,
        };
        let known = |call: &RawCall| names::resolve(&call.name, &self.tools).is_some();
        let all_known = found.iter().all(known);
        self.settle(if all_known { found } else { vec![] });
    }

    /// Calls in JSON that stands in the text: one value, or several in a row.
    fn calls_in(&mut self, text: &str) -> Vec<RawCall> {
        let mut found = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let Some(read) = json::read_prefix(rest) else { return vec![] };
            let calls = shape::calls(&read.value, &self.tools, true);
            if calls.is_empty() {
                return vec![];
            }
            found.extend(calls);
            self.notes.extend(read.notes);
            rest = rest.get(read.consumed..).unwrap_or_default();
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '}' | ']'));
        }
        found
    }

    fn settle(&mut self, found: Vec<RawCall>) {
        if found.is_empty() {
            return self.give_back(false);
        }
        self.mode = Mode::Text;
        self.drop_held();
        self.note("a tool call was written as JSON into the text");
        self.calls.extend(found);
        self.output.left_out();
        self.after_call = true;
    }

    /// A model that forgot to end its thinking before it called a tool.
    pub(super) fn calls_in_unfinished_thinking(&mut self) {
        if !self.calls.is_empty() || self.output.has_shown() {
            return;
        }
        let Some(start) = self.thinking.find("<tool_call>") else { return };
        let raw = self.thinking.get(start..).unwrap_or_default();
        let found = markup::read(raw, &self.tools);
        let known = found.calls.iter().all(|call| names::resolve(&call.name, &self.tools).is_some());
        if known && !found.calls.is_empty() {
            self.note("a tool call was written into thinking that was never ended");
            self.calls = found.calls;
        }
    }
}
