//! What the filter passes on.

/// A part of the reply for the outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Visible text.
    Text(String),
    /// Thinking.
    Thinking(String),
}

/// Collects pieces, keeps blank space back until text follows it, and knows where in a line it is.
#[derive(Debug, Default)]
pub(super) struct Output {
    pieces: Vec<Piece>,
    blanks: String,
    shown: bool,
    left_out: bool,
    /// The beginning of the current line, as far as it tells a fence.
    line: String,
    in_fence: bool,
    /// Everything shown since the last reset.
    text: String,
}

impl Output {
    pub(super) fn show(&mut self, next: char) {
        self.follow_line(next);
        if next.is_whitespace() {
            if self.shown {
                self.blanks.push(next);
            }
            return;
        }
        if self.left_out && self.blanks.matches('\n').count() > 1 {
            // The blank lines on both sides of what was left out are one paragraph's end.
            self.blanks = "\n\n".to_owned();
        }
        self.left_out = false;
        self.shown = true;
        let blanks = std::mem::take(&mut self.blanks);
        self.text.push_str(&blanks);
        self.text.push(next);
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => {
                text.push_str(&blanks);
                text.push(next);
            }
            _ => self.pieces.push(Piece::Text(format!("{blanks}{next}"))),
        }
    }

    fn follow_line(&mut self, next: char) {
        match next {
            '\n' => self.line.clear(),
            ' ' if self.line.is_empty() => {}
            _ if self.line.len() < 3 => {
                self.line.push(next);
                if self.line == "```" {
                    self.in_fence = !self.in_fence;
                }
            }
            _ => {}
        }
    }

    pub(super) fn think(&mut self, text: String) {
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Thinking(thought)) => thought.push_str(&text),
            _ => self.pieces.push(Piece::Thinking(text)),
        }
    }

    /// Something between two texts was left out.
    pub(super) fn left_out(&mut self) {
        self.left_out = true;
    }

    /// Begins anew; true when something was shown before.
    pub(super) fn reset(&mut self) -> bool {
        let shown = self.shown;
        (self.shown, self.in_fence, self.left_out) = (false, false, false);
        self.blanks.clear();
        self.line.clear();
        self.text.clear();
        shown
    }

    pub(super) fn end(&mut self) {
        self.blanks.clear();
    }

    pub(super) fn take(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    pub(super) fn in_fence(&self) -> bool {
        self.in_fence
    }

    pub(super) fn at_line_start(&self) -> bool {
        self.line.is_empty()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn has_shown(&self) -> bool {
        self.shown
    }
}
