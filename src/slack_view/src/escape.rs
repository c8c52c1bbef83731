//! Text that is not ours, made fit to stand in Slack's text objects.
//!
//! Guarantees: what is read stays the same; `&`, `<` and `>` are escaped, so that no ping, link or date of somebody else
//! survives; characters that nobody sees (control, zero width, direction) are gone; a backtick ends no code of ours.
//! A bare `@here` is left as it is: without `link_names` and with `verbatim` Slack pings nobody for it.
//!
//! Deliberately absent: asterisks, underscores and tildes of others. They may make a word bold, and can do no more.

/// The text without what nobody sees. Line ends become `\n`, tabs stay.
pub fn clean(outside: &str) -> String {
    let mut out = String::with_capacity(outside.len());
    let mut characters = outside.chars().peekable();
    let mut before = None;
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => continue,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' | '\t' => out.push(character),
            // Joiners carry meaning between the letters of some scripts and the parts of an emoji.
            '\u{200c}' | '\u{200d}' => {
                let follows = characters.peek().is_some_and(|next| !next.is_ascii() && !is_hidden(*next));
                if follows && before.is_some_and(|last: char| !last.is_ascii()) {
                    out.push(character);
                }
                before = None;
                continue;
            }
            hidden if is_hidden(hidden) => continue,
            seen => out.push(seen),
        }
        before = Some(character);
    }
    out
}

/// Whether a character is not seen: controls, marks of direction, zero width, tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Stands for a backtick where a backtick would begin or end code: it reads the same, and is not the same.
const BACKTICK: char = '\u{2cb}';

/// Text outside code.
pub fn text(outside: &str) -> String {
    clean(outside).chars().fold(String::with_capacity(outside.len()), |mut out, character| {
        push(&mut out, if character == '`' { BACKTICK } else { character });
        out
    })
}

/// Text outside code on one line.
pub fn line(outside: &str) -> String {
    text(&one_line(outside))
}

/// What stands between single backticks: one line, no backtick.
pub fn code(outside: &str) -> String {
    text(&one_line(outside))
}

/// What stands in a fenced block: lines stay; three backticks in a row become three apostrophes.
pub fn fence(outside: &str) -> String {
    let clean = clean(outside).replace("```", "'''");
    clean.chars().fold(String::with_capacity(clean.len()), |mut out, character| {
        push(&mut out, character);
        out
    })
}

/// Text that Slack reads as standard Markdown, as in a stream. Links, addresses and mentions are taken apart by a character
/// that nobody sees behind each of their marks. Each character is looked at alone, so that a text which comes in parts is
/// the same as in one piece: no link is made of the end of one part and the beginning of the next.
pub fn markdown(outside: &str) -> String {
    let mut out = String::with_capacity(outside.len());
    for character in outside.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            hidden if is_hidden(hidden) => {}
            seen => push(&mut out, seen),
        }
        if MARKDOWN_MARKS.contains(&character) {
            out.push(APART);
        }
    }
    out
}

/// What ends a link's text, stands in an address, or begins a mention.
const MARKDOWN_MARKS: [char; 5] = [']', ':', '.', '@', '/'];

/// WORD JOINER: it is not seen and breaks no line.
const APART: char = '\u{2060}';

/// The text on one line: white space of any sort becomes single spaces.
pub fn one_line(outside: &str) -> String {
    clean(outside).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line for a plain text object (a label, a title), of at most so many characters. Slack reads no marks in these.
pub fn plain(outside: &str, most: usize) -> String {
    cut(&one_line(outside), most)
}

/// The beginning of a text, with a sign where it was cut: at most so many characters, escaped as they will be.
pub fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    let mut kept = 0;
    for cluster in crate::split::clusters(text) {
        used += length(&fence(cluster));
        if used > most {
            out.truncate(kept);
            out.push('…');
            return out;
        }
        out.push_str(cluster);
        // Whatever follows, the sign fits behind this.
        kept = if used < most { out.len() } else { kept };
    }
    out
}

/// Characters of a text in UTF-16 units: the strictest of the ways in which Slack may count.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// An address that may stand in a link: `http` or `https`, without anything that would end the link. Else nothing.
pub fn address(outside: &str) -> Option<String> {
    let is_web = outside.starts_with("https://") || outside.starts_with("http://");
    let is_sound = |character: char| {
        !character.is_whitespace() && !is_hidden(character) && !matches!(character, '<' | '>' | '|' | '"' | '`')
    };
    (is_web && length(outside) <= MOST_ADDRESS && outside.chars().all(is_sound)).then(|| outside.replace('&', "&amp;"))
}

/// Longer addresses are not linked.
const MOST_ADDRESS: usize = 1_000;

fn push(out: &mut String, character: char) {
    match character {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests;
