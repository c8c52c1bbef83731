//! Other people's text, made safe and short: keys hidden line by line, colours gone, long lines and texts cut.
//!
//! Guarantee: keys and known secrets are hidden before a text is cut, because a cut can take away what they are known
//! by (the first line of a private key). The kit redacts the result once more.

use domain::redaction::{self, REPLACEMENT};

/// Longest line that is looked at; what stands behind is never shown.
pub(crate) const LINE_BYTES: usize = 4 * 1024;

/// Lines that a private key has at most.
const KEY_LINES: usize = 120;

/// At most so many characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, at_most: usize) -> String {
    redaction::redacted_head(text, at_most)
}

/// The first line, shortened.
pub(crate) fn summary(message: &str) -> String {
    const CHARS: usize = 120;
    cut(&safe(message.lines().next().unwrap_or_default()), CHARS)
}

/// A text without its secrets, shortened.
pub(crate) fn body(text: &str, at_most_chars: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    cut(&safe_lines(&lines).join("\n"), at_most_chars)
}

/// One line without its secrets.
fn safe(line: &str) -> String {
    redaction::redact_text(head(line, LINE_BYTES)).into_owned()
}

/// The lines without their secrets, as many as there were.
pub(crate) fn safe_lines(lines: &[&str]) -> Vec<String> {
    let hidden = key_lines(lines);
    lines.iter().zip(hidden).map(|(line, hidden)| if hidden { REPLACEMENT.to_owned() } else { safe(line) }).collect()
}

/// So many lines of a text from line `first` (counted from 0), without their secrets; the lines around them are looked
/// at, because a key can begin before.
pub(crate) fn safe_window(text: &str, first: usize, count: usize) -> Vec<String> {
    let before = first.min(KEY_LINES);
    let window: Vec<&str> = text.lines().skip(first - before).take(before + count + KEY_LINES).collect();
    let hidden = key_lines(&window);
    let shown = window.iter().zip(hidden).skip(before).take(count);
    shown.map(|(line, hidden)| if hidden { REPLACEMENT.to_owned() } else { safe(line) }).collect()
}

/// The beginning of a text, at most so many bytes.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Which lines are of a private key whose lines stand one below the other, also where its first or last is missing.
fn key_lines(lines: &[&str]) -> Vec<bool> {
    let mut hidden = vec![false; lines.len()];
    let mut next = 0;
    while next < lines.len() {
        let line = lines.get(next).copied().unwrap_or_default();
        let end = if begins(line) && !ends(line) {
            end_of_key(lines, next)
        } else if ends(line) && !begins(line) {
            hide_before(lines, &mut hidden, next);
            next + 1
        } else {
            next += 1;
            continue;
        };
        hidden.iter_mut().take(end).skip(next).for_each(|line| *line = true);
        next = end;
    }
    hidden
}

fn begins(line: &str) -> bool {
    line.contains("-----BEGIN") && line.contains("PRIVATE KEY")
}

fn ends(line: &str) -> bool {
    line.contains("-----END") && line.contains("PRIVATE KEY")
}

/// One past the last line of the key that begins at `start`. A beginning that is only mentioned (in a program's text)
/// is followed by no key: then the line itself is all.
fn end_of_key(lines: &[&str], start: usize) -> usize {
    let rest = || lines.iter().enumerate().skip(start + 1).take(KEY_LINES);
    if let Some((end, _)) = rest().find(|(_, line)| ends(line) || begins(line)) {
        return if lines.get(end).is_some_and(|line| ends(line)) { end + 1 } else { end };
    }
    rest().find(|(_, line)| !looks_like_key(line)).map_or((start + 1 + KEY_LINES).min(lines.len()), |(end, _)| end)
}

/// A key whose beginning was left out by whoever made the text (a hunk of a diff, a log that was cut).
fn hide_before(lines: &[&str], hidden: &mut [bool], end: usize) {
    for at in (end.saturating_sub(KEY_LINES)..end).rev() {
        let is_key = lines.get(at).is_some_and(|line| looks_like_key(line));
        match hidden.get_mut(at) {
            Some(place) if is_key => *place = true,
            _ => return,
        }
    }
}

/// Base64 and the headers of PEM, behind what a diff, a list or a string of a program puts around them.
fn looks_like_key(line: &str) -> bool {
    let bare = line.trim_matches(|c: char| c.is_whitespace() || "\"'`,;|>#*\\-".contains(c));
    let bare = bare.strip_prefix('+').unwrap_or(bare).trim_start();
    let bare = bare.trim_end_matches("\\n").trim_end_matches(['"', '\'']);
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    bare.is_empty() || bare.bytes().all(base64) || bare.starts_with("Proc-Type:") || bare.starts_with("DEK-Info:")
}

/// The text without the escape sequences that colour a terminal.
pub(crate) fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            if letter == '\t' || !letter.is_control() {
                out.push(letter);
            }
            continue;
        }
        if letters.clone().next() == Some('[') {
            letters.next();
            for letter in letters.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&letter) {
                    break;
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_private_key_is_hidden_line_by_line_even_without_its_first_line() {
        let whole = ["a", "-----BEGIN RSA PRIVATE KEY-----", "MIIEow", "AbC+/=", "-----END RSA PRIVATE KEY-----", "b"];
        let shown = |lines: &[&str]| safe_lines(lines).join("|");
        assert_eq!(shown(&whole), "a|[redacted]|[redacted]|[redacted]|[redacted]|b");
        assert_eq!(shown(&whole[2..]), "[redacted]|[redacted]|[redacted]|b");
        assert_eq!(shown(&whole[..4]), "a|[redacted]|[redacted]|[redacted]");
        let diff = ["+-----BEGIN EC PRIVATE KEY-----", "+MHcCAQ", "+-----END EC PRIVATE KEY-----", " x: 1"];
        assert_eq!(shown(&diff), "[redacted]|[redacted]|[redacted]| x: 1");
    }

    #[test]
    fn a_key_that_is_only_mentioned_hides_no_more_than_its_line() {
        let program = ["if text.contains(\"-----BEGIN PRIVATE KEY-----\") {", "    return refuse(text);", "}"];
        assert_eq!(safe_lines(&program), ["[redacted]", "    return refuse(text);", "}"]);
    }

    #[test]
    fn a_window_inside_of_a_key_shows_nothing_of_it() {
        let text = format!("a\n-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\nb", "QUJD\n".repeat(40));
        assert_eq!(safe_window(&text, 10, 3), ["[redacted]"; 3]);
        assert_eq!(safe_window(&text, 41, 5), ["[redacted]", "[redacted]", "b"]);
        assert_eq!(safe_window(&text, 0, 1), ["a"]);
        assert!(safe_window(&text, 500, 5).is_empty());
    }

    #[test]
    fn a_line_without_end_is_cut_and_its_secret_gone() {
        let line = format!("password=hunter2 {}", "x".repeat(10_000_000));
        let shown = summary(&line);
        assert!(shown.chars().count() <= 121 && shown.starts_with("password=[redacted]"), "{shown}");
    }

    #[test]
    fn colours_and_control_characters_go() {
        assert_eq!(without_colours("\u{1b}[31;1merror\u{1b}[0m\tx\u{7}\u{1b}"), "error\tx");
    }

    proptest! {
        #[test]
        fn as_many_lines_come_out_as_went_in(lines in prop::collection::vec("(-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|[A-Za-z+/]{0,20}|\\PC{0,20})", 0..30)) {
            let borrowed: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(safe_lines(&borrowed).len(), lines.len());
        }

        #[test]
        fn no_text_panics(text in ".{0,80}", most in 0usize..100) {
            let _ = (cut(&text, most), body(&text, most), without_colours(&text), head(&text, most));
        }
    }
}
