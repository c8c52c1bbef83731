//! Markdown for a terminal: bold and code by colour where there is colour, plain text where there is none.

use domain::text::is_unseen;

/// Escape sequences that start and end emphasis.
const BOLD: (&str, &str) = ("\u{1b}[1m", "\u{1b}[22m");
const CODE: (&str, &str) = ("\u{1b}[36m", "\u{1b}[39m");
const FAINT: (&str, &str) = ("\u{1b}[2m", "\u{1b}[22m");

/// Renders an answer. Control characters of the text itself never reach the terminal: logs may hold any.
pub fn render(markdown: &str, colour: bool) -> String {
    let mut out = String::new();
    let mut in_fence = false;
    for line in markdown.lines() {
        let line = without_control(line);
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
            continue;
        }
        match (in_fence, colour) {
            (true, true) => out.push_str(&format!("    {}{line}{}", FAINT.0, FAINT.1)),
            (true, false) => out.push_str(&format!("    {line}")),
            (false, true) => out.push_str(&inline(&line, BOLD, CODE)),
            (false, false) => out.push_str(&inline(&line, ("", ""), ("`", "`"))),
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn inline(line: &str, bold: (&str, &str), code: (&str, &str)) -> String {
    let line = line
        .strip_prefix("### ")
        .or(line.strip_prefix("## "))
        .or(line.strip_prefix("# "))
        .map_or(line.to_owned(), |title| format!("**{title}**"));
    let marked = pairs(&line, "**", bold);
    let marked = pairs(&marked, "`", code);
    match marked.strip_prefix('_').and_then(|rest| rest.strip_suffix('_')) {
        Some(note) => note.to_owned(),
        None => marked,
    }
}

/// Replaces paired marks; a mark without its pair stays.
fn pairs(text: &str, mark: &str, (open, close): (&str, &str)) -> String {
    let parts: Vec<&str> = text.split(mark).collect();
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        out.push_str(part);
        if index + 1 == parts.len() {
            break;
        }
        let is_unpaired = index % 2 == 0 && index + 2 == parts.len();
        out.push_str(if is_unpaired {
            mark
        } else if index % 2 == 0 {
            open
        } else {
            close
        });
    }
    out
}

/// The line without escape sequences and other control characters, and without characters that nobody sees: marks of
/// direction make a line read as something else than it is.
pub fn without_control(line: &str) -> String {
    let seen = line.chars().filter(|c| !is_unseen(*c));
    seen.map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The text, line by line, without escape sequences and other control characters.
pub fn lines_without_control(text: &str) -> String {
    let mut clean = text.lines().map(without_control).collect::<Vec<_>>().join("\n");
    if text.ends_with('\n') {
        clean.push('\n');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_and_their_control_characters_go() {
        assert_eq!(lines_without_control("a\u{1b}[31m\r\n\tb\u{9b}\n"), "a\u{fffd}[31m\n\tb\u{fffd}\n");
    }

    #[test]
    fn no_text_reads_as_something_else_than_it_is() {
        assert_eq!(without_control("\u{202e}devorppa\u{202c} \u{e0041}by\u{200b} admin"), "devorppa by admin");
    }

    #[test]
    fn plain_text_without_colour_and_no_escape_from_a_log() {
        let text = render("**verdict** with `code`\n_note_\n```\nline \u{1b}[31mred\n```\n- a ** b", false);
        assert_eq!(text, "verdict with `code`\nnote\n    line \u{fffd}[31mred\n- a ** b");
    }
}
