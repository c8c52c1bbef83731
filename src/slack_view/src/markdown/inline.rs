//! The marks of style within a line.

use crate::mrkdwn::{Line, Piece, Style};
use regex::Regex;
use std::sync::LazyLock;

/// How far behind a mark its other half is looked for, in bytes: hostile text costs no more than its length.
const FARTHEST: usize = 2_000;

/// What the binding of claims sets behind a statement: it stays small beside what is bold.
static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\(unconfirmed\)|\[e[0-9]+(?:, ?e[0-9]+)*\]").ok());

/// Reads a line whose words have a style already.
pub fn read(text: &str, style: Style) -> Line {
    let mut line = Line::new();
    let mut words = String::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let before = text.get(..at).and_then(|done| done.chars().next_back());
        if let Some((pieces, taken)) = code(rest, style)
            .or_else(|| escaped(rest))
            .or_else(|| link(rest, style))
            .or_else(|| emphasis(rest, before, style))
        {
            flush(&mut line, &mut words, style);
            line.extend(pieces);
            at += taken.max(1);
            continue;
        }
        let Some(character) = rest.chars().next() else { break };
        words.push(character);
        at += character.len_utf8();
    }
    flush(&mut line, &mut words, style);
    line
}

/// Ends a run of words; the marks of binding in it are told in small.
fn flush(line: &mut Line, words: &mut String, style: Style) {
    let words = std::mem::take(words);
    let mut at = 0;
    for found in MARK.iter().flat_map(|mark| mark.find_iter(&words)) {
        push(line, words.get(at..found.start()), style);
        let is_id = found.as_str().starts_with('[');
        push(line, Some(found.as_str()), if is_id { Style::PLAIN } else { Style::ITALIC });
        at = found.end();
    }
    push(line, words.get(at..), style);
}

fn push(line: &mut Line, words: Option<&str>, style: Style) {
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        line.push(Piece::styled(words, style));
    }
}

/// Code between as many backticks as it began with.
fn code(rest: &str, style: Style) -> Option<(Line, usize)> {
    let ticks: String = rest.chars().take_while(|character| *character == '`').take(FARTHEST).collect();
    if ticks.is_empty() {
        return None;
    }
    let inner = near(rest.get(ticks.len()..)?);
    let end = inner.match_indices(ticks.as_str()).map(|(at, _)| at).find(|at| {
        let after = inner.get(at + ticks.len()..).unwrap_or_default();
        !after.starts_with('`') && !inner.get(..*at).unwrap_or_default().ends_with('`')
    })?;
    let quoted = inner.get(..end)?.trim();
    let taken = end + 2 * ticks.len();
    (!quoted.is_empty()).then(|| (vec![Piece::styled(quoted, Style { code: true, ..style })], taken))
}

/// A mark that is meant as a character.
fn escaped(rest: &str) -> Option<(Line, usize)> {
    let mut characters = rest.strip_prefix('\\')?.chars();
    let meant =
        characters.next().filter(|next| matches!(next, '*' | '_' | '`' | '~' | '[' | ']' | '\\' | '#' | '|'))?;
    Some((vec![Piece::words(meant)], 1 + meant.len_utf8()))
}

/// `[label](address)` and its picture, as words: addresses of others are read, and not linked.
fn link(rest: &str, style: Style) -> Option<(Line, usize)> {
    let inner = rest.strip_prefix("![").or_else(|| rest.strip_prefix('['))?;
    let inner = near(inner);
    let end = inner.find("](")?;
    let label = inner.get(..end).filter(|label| !label.contains(['[', '\n']))?;
    let after = inner.get(end + 2..)?;
    let close = after.find(')')?;
    let address = after.get(..close).filter(|address| !address.contains([' ', '\n']))?;
    let taken = rest.len().min(rest.find('[')? + 1 + end + 2 + close + 1);
    let told = if label == address || label.is_empty() { address.to_owned() } else { format!("{label} ({address})") };
    Some((vec![Piece::styled(told, style)], taken))
}

/// Words between two marks of emphasis.
fn emphasis(rest: &str, before: Option<char>, style: Style) -> Option<(Line, usize)> {
    let follows_word = before.is_some_and(char::is_alphanumeric);
    for (mark, inner) in [
        ("**", Style { bold: true, ..style }),
        ("__", Style { bold: true, ..style }),
        ("~~", Style { struck: true, ..style }),
        ("*", Style { italic: true, ..style }),
        ("_", Style { italic: true, ..style }),
    ] {
        let Some(after) = rest.strip_prefix(mark) else { continue };
        // Within a name (`a_b_c`) an underscore is a part of it.
        if follows_word && mark.starts_with('_') {
            continue;
        }
        if let Some(end) = closing(after, mark) {
            let words = after.get(..end)?;
            return Some((read(words, inner), end + 2 * mark.len()));
        }
    }
    None
}

/// Where the mark closes: behind a word, and not within one where it is an underscore.
fn closing(after: &str, mark: &str) -> Option<usize> {
    if after.starts_with(char::is_whitespace) {
        return None;
    }
    let near = near(after);
    let mut is_code = false;
    let mut before = None;
    for (at, character) in near.char_indices() {
        let closes = !is_code && near.get(at..).is_some_and(|rest| rest.starts_with(mark));
        let behind = near.get(at + mark.len()..).unwrap_or_default();
        let in_word = mark.starts_with('_') && behind.starts_with(char::is_alphanumeric);
        let is_double = mark.len() == 1 && (behind.starts_with(mark) || before == mark.chars().next());
        if closes && !in_word && !is_double && before.is_some_and(|last: char| !last.is_whitespace()) {
            return Some(at);
        }
        is_code ^= character == '`';
        before = Some(character);
    }
    None
}

/// The beginning of a text in which another half of a mark is looked for.
fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(FARTHEST)).unwrap_or(text)
}
