//! One pass over a line: its words, what stands between them, and two hashes.
//!
//! Guarantees: no allocation once the buffer has grown; never looks beyond the limits; of a text with several lines only
//! the first with content counts, so that a stack trace belongs to its message. Deliberately absent: any memory of
//! earlier lines.

use super::bytes::{BLANK_GAP, DIGIT, MARK, SPACE, SUBSTANCE, after_escape, class, class_at, hash, hash_of_gap, mix};
use super::masks::{is_hexadecimal, is_in_date, is_switch, is_value, name_before_number};
use super::pattern::PatternLimits;

/// Stands for any value in the hash of a line.
const VALUE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A word and the gap before it, as places in the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Where the gap before it begins.
    pub gap: usize,
    /// Where it begins; an empty value begins where it ends.
    pub start: usize,
    /// Where the name before a number ends (`attempt_` of `attempt_42`), if it begins with one: that is a constant word.
    pub name: Option<usize>,
    /// Where it ends.
    pub end: usize,
    /// The hash of its bytes.
    pub hash: u64,
    /// The hash of the gap.
    pub gap_hash: u64,
    /// Whether its look says that it is a value.
    pub value: bool,
}

/// The buffer and the results of the last scan.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    /// The words.
    pub words: Vec<Word>,
    /// How many bytes of the text counted.
    pub end: usize,
    /// Where the gap after the last word begins.
    pub tail: usize,
    /// The same for two lines with the same gaps and the same number of words.
    pub shape: u64,
    /// The same for two lines that differ in values only.
    pub leaf: u64,
    /// Whether something was left out.
    pub cut: bool,
    most: usize,
}

/// The hash of a gap.
#[inline]
pub(super) fn gap_hash(gap: &[u8]) -> u64 {
    if gap == b" " { BLANK_GAP } else { hash_of_gap(gap) }
}

/// The hash of a name that a number follows.
pub(super) fn hash_of_named(name: &[u8]) -> u64 {
    mix(hash(name), VALUE)
}

/// The shape of a line from the hashes of its gaps, the last one included.
pub(super) fn shape(gaps: impl Iterator<Item = u64>) -> u64 {
    gaps.fold(0, mix)
}

/// The part of a text that counts: from its first content on, not longer than the limit, without a word that the limit
/// cuts through; and whether something of the line was cut.
pub(super) fn counted(text: &str, limits: PatternLimits) -> (&str, bool) {
    let end = text.floor_char_boundary(limits.line_bytes);
    let blank = |character: char| character.is_whitespace() || character.is_control() && character != '\u{1b}';
    let part = text.get(..end).unwrap_or_default().trim_start_matches(blank);
    if end == text.len() || part.contains('\n') {
        return (part, false);
    }
    (part.rsplit_once(blank).map_or(part, |(whole_words, _)| whole_words), true)
}

impl Scan {
    /// Reads a text that `counted` gave.
    pub(super) fn read(&mut self, text: &str, limits: PatternLimits) {
        let bytes = text.as_bytes();
        self.words.clear();
        self.cut = false;
        self.tail = 0;
        self.most = limits.words;
        let mut at = 0;
        loop {
            at = self.skip_gap(bytes, at);
            if class_at(bytes, at) == SPACE {
                break;
            }
            if self.words.len() >= self.most {
                self.cut = true;
                break;
            }
            at = self.read_word(bytes, at);
        }
        self.end = at.min(bytes.len());
        self.sum_up(bytes);
    }

    /// Goes over blanks and marks; an empty value (`key=`, a lone `()`) becomes a word. Ends at the first byte of a word,
    /// or at a blank: the end of the line.
    fn skip_gap(&mut self, bytes: &[u8], from: usize) -> usize {
        let mut at = from;
        while let Some(byte) = bytes.get(at).copied() {
            match class(byte) {
                SPACE if byte == b'\n' => return at,
                SPACE if byte == 0x1b => at = after_escape(bytes, at),
                SPACE => at += 1,
                MARK => {
                    at += 1;
                    if is_empty_value(bytes, at, byte) {
                        self.push(bytes, at, at, true);
                    }
                }
                _ if is_dotted_line(bytes, at) => at += 1,
                _ => return at,
            }
        }
        at
    }

    fn read_word(&mut self, bytes: &[u8], start: usize) -> usize {
        let mut at = start;
        let mut classes = 0;
        while let Some(byte) = bytes.get(at).copied() {
            let class = class(byte);
            if class <= MARK || byte == b'.' && is_dotted_line(bytes, at) {
                break;
            }
            classes |= class;
            at += 1;
        }
        if classes & SUBSTANCE == 0 {
            return at;
        }
        if bytes.get(at..at + 3) == Some(b"://".as_slice()) {
            let end = end_of_locator(bytes, at + 3);
            self.push(bytes, start, end, true);
            return end;
        }
        let word = bytes.get(start..at).unwrap_or_default();
        let end = at - word.iter().rev().take_while(|byte| matches!(byte, b'.' | b'!' | b'?')).count();
        let word = bytes.get(start..end).unwrap_or_default();
        let value = is_value(word, classes) || self.is_value_here(bytes, start, end);
        let name = if value && classes & DIGIT != 0 { name_before_number(word) } else { 0 };
        if name > 0 {
            self.push_named(bytes, start, start + name, end);
        } else {
            self.push(bytes, start, end, value);
        }
        at
    }

    /// Whether a word is a value because of what stands around it.
    #[inline]
    fn is_value_here(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let word = bytes.get(start..end).unwrap_or_default();
        if word.len() == 3 && is_in_date(word, bytes.get(end..).unwrap_or_default()) {
            return true;
        }
        let gap = bytes.get(self.tail..start).unwrap_or_default();
        if is_switch(word) && gap.iter().any(|byte| matches!(byte, b'=' | b':')) {
            return true;
        }
        let Some(before) = self.words.last() else { return false };
        if before.value {
            return gap == b":" && word.len() <= 4 && is_hexadecimal(word);
        }
        gap == b" " && bytes.get(before.start..before.end) == Some(b"user".as_slice())
    }

    /// Adds a word, or lets the value before it grow when both make one value (a time, an address with a port, a list).
    #[inline]
    fn push(&mut self, bytes: &[u8], start: usize, end: usize, value: bool) {
        let gap = bytes.get(self.tail..start).unwrap_or_default();
        let gap_hash = gap_hash(gap);
        if value && let Some(before) = self.words.last_mut() {
            let pair = !before.value && gap == b":" && is_hexadecimal_pair(bytes, before);
            let joined = before.value && (joins(gap) || gap_hash == before.gap_hash && gap.first() == Some(&b' '));
            if pair || joined {
                before.value = true;
                before.end = end;
                self.tail = end;
                return;
            }
        }
        let hash = if value { VALUE } else { hash(bytes.get(start..end).unwrap_or_default()) };
        self.keep(Word { gap: self.tail, start, name: None, end, hash, gap_hash, value });
    }

    /// Adds a number with a name before it. In a list, one of each name is enough.
    fn push_named(&mut self, bytes: &[u8], start: usize, name: usize, end: usize) {
        let gap = bytes.get(self.tail..start).unwrap_or_default();
        let gap_hash = gap_hash(gap);
        let hash = hash_of_named(bytes.get(start..name).unwrap_or_default());
        if let Some(before) = self.words.last_mut()
            && (before.hash, before.gap_hash) == (hash, gap_hash)
            && gap.first() == Some(&b' ')
        {
            before.end = end;
            self.tail = end;
            return;
        }
        self.keep(Word { gap: self.tail, start, name: Some(name), end, hash, gap_hash, value: false });
    }

    #[inline]
    fn keep(&mut self, word: Word) {
        if self.words.len() >= self.most {
            self.cut = true;
            return;
        }
        self.tail = word.end;
        self.words.push(word);
    }

    fn sum_up(&mut self, bytes: &[u8]) {
        let tail = trimmed(bytes.get(self.tail..self.end).unwrap_or_default());
        let gaps = self.words.iter().map(|word| word.gap_hash);
        self.shape = shape(gaps.chain([gap_hash(tail)]));
        self.leaf = self.words.iter().fold(self.shape, |sum, word| mix(sum, word.hash));
    }
}

/// A text without blanks at its end.
pub(super) fn trimmed(bytes: &[u8]) -> &[u8] {
    let blanks = bytes.iter().rev().take_while(|byte| class(**byte) == SPACE).count();
    bytes.get(..bytes.len() - blanks).unwrap_or_default()
}

/// Whether the dot at a place has another one beside it.
#[inline]
fn is_dotted_line(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'.') && (bytes.get(at + 1) == Some(&b'.') || at > 0 && bytes.get(at - 1) == Some(&b'.'))
}

/// Whether the mark before a place leaves a value out: an `=` after a word with nothing behind it, or brackets around
/// nothing that stand where a word could stand (and are no call such as `close()`).
fn is_empty_value(bytes: &[u8], at: usize, mark: u8) -> bool {
    let before = at.checked_sub(2).and_then(|before| bytes.get(before)).copied().unwrap_or(b' ');
    let closing = match mark {
        b'=' => return class(before) > MARK && class_at(bytes, at) == SPACE,
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        b'"' | b'\'' => mark,
        _ => return false,
    };
    bytes.get(at) == Some(&closing) && (class(before) == SPACE || matches!(before, b'=' | b':' | b','))
}

fn end_of_locator(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let ends = |byte: &u8| {
        class(*byte) == SPACE
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b')' | b']' | b'}' | b',' | b';' | b'|')
    };
    from + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Whether a gap between two values leaves them one value.
#[inline]
fn joins(gap: &[u8]) -> bool {
    gap.iter().all(|byte| matches!(byte, b' ' | b':' | b',' | b'-' | b'.' | b'+' | b'/' | b'#' | b'|'))
}

/// Whether a word is the first pair of a hardware address.
fn is_hexadecimal_pair(bytes: &[u8], word: &Word) -> bool {
    word.end - word.start == 2 && bytes.get(word.start..word.end).is_some_and(is_hexadecimal)
}
