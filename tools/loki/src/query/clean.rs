//! Lines fit to be shown: no colours, no control characters, not longer than a reader can use.

use domain::redaction;

/// The first bytes of a text, whole characters only.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text of a log as it may be shown: clean, without secrets, and at most so many bytes long, the ellipsis apart.
pub(crate) fn shown(text: &str, at_most_bytes: usize) -> String {
    let safe = redaction::redacted_head(&clean(text), at_most_bytes);
    let short = head(&safe, at_most_bytes);
    if short.len() < safe.len() { format!("{}…", short.trim_end_matches('…')) } else { safe }
}

/// The text without terminal sequences (ECMA-48) and control characters; tabs and line ends become spaces.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => skip_sequence(&mut letters),
            '\u{9b}' => skip_parameters(&mut letters),
            '\t' | '\n' | '\r' => out.push(' '),
            other if other.is_control() || is_invisible(other) => {}
            other => out.push(other),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn skip_sequence(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match letters.peek() {
        Some('[') => {
            letters.next();
            skip_parameters(letters);
        }
        // A title or a link, up to BEL or ESC \.
        Some(']') => {
            while let Some(letter) = letters.next() {
                if letter == '\u{7}' || letter == '\u{1b}' {
                    letters.next_if_eq(&'\\');
                    break;
                }
            }
        }
        Some(letter) if letter.is_ascii_graphic() => {
            letters.next();
        }
        _ => {}
    }
}

fn skip_parameters(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while letters.next_if(|letter| matches!(letter, '\u{20}'..='\u{3f}')).is_some() {}
    letters.next_if(|letter| matches!(letter, '\u{40}'..='\u{7e}'));
}

/// Characters that hide or turn text round without being seen.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn colours_and_control_characters_go() {
        let cases = [
            ("\u{1b}[31mred\u{1b}[0m text", "red text"),
            ("\u{1b}[1;38;5;196mx\u{1b}[m", "x"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("a\tb\r\n", "a b"),
            ("nul\0 bell\u{7}", "nul bell"),
            ("turned\u{202e}round", "turnedround"),
            ("\u{1b}", ""),
            ("\u{1b}[31", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(clean(text), wanted, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_clean_stays(text in "\\PC{0,40}|[\\x00-\\x7f]{0,40}", bytes in 0usize..50) {
            let once = clean(&text);
            prop_assert!(!once.contains(char::is_control));
            prop_assert_eq!(clean(&once), once.clone());
            prop_assert!(head(&text, bytes).len() <= bytes);
        }
    }
}
