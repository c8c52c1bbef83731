//! The lines of a text: which are code, which are items, which go together.

use super::inline;
use super::{Part, Shape};
use crate::escape;
use crate::mrkdwn::Style;
use crate::table::Table;

/// Levels of lists that are told apart.
const MOST_LEVELS: usize = 4;

/// Reads all lines.
pub fn read(markdown: &str) -> Vec<Part> {
    let clean = escape::clean(markdown);
    let lines: Vec<&str> = clean.lines().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    let mut gap = false;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if line.trim().is_empty() {
            gap = !parts.is_empty();
            at += 1;
            continue;
        }
        let (read, taken) = code(rest).or_else(|| table(rest, gap)).unwrap_or_else(|| text(rest));
        for (index, mut part) in read.into_iter().enumerate() {
            part.gap = gap && index == 0;
            parts.push(part);
        }
        gap = false;
        at += taken.max(1);
    }
    parts
}

/// A fenced block from its first line: the part, and how many lines it took.
fn code(lines: &[&str]) -> Option<(Vec<Part>, usize)> {
    let first = lines.first()?.trim();
    let mark = first.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let fence: String = first.chars().take_while(|character| *character == mark).collect();
    let language = first.strip_prefix(fence.as_str())?.trim();
    // A fence that opens and closes on one line is a quotation within it.
    if fence.len() < 3 || language.contains(mark) {
        return None;
    }
    let body = lines.get(1..)?;
    let closes = |line: &&str| {
        let line = line.trim();
        line.starts_with(fence.as_str()) && line.chars().all(|character| character == mark)
    };
    let end = body.iter().position(closes);
    let text = body.get(..end.unwrap_or(body.len())).unwrap_or_default().join("\n");
    let part = Part { shape: Shape::Code { language: language.to_owned(), text }, gap: false };
    Some((vec![part], end.map_or(lines.len(), |end| end + 2)))
}

/// A table from its head: its parts, and how many lines it took.
fn table(lines: &[&str], gap: bool) -> Option<(Vec<Part>, usize)> {
    let head = cells(lines.first().filter(|line| line.contains('|'))?);
    let rule = cells(lines.get(1).filter(|line| line.contains('-'))?);
    let is_rule = |cell: &String| {
        let dashes = cell.trim().trim_start_matches(':').trim_end_matches(':');
        !dashes.is_empty() && dashes.chars().all(|character| character == '-')
    };
    if rule.len() != head.len() || !rule.iter().all(is_rule) {
        return None;
    }
    let row = |cells: Vec<String>| cells.iter().map(|cell| inline::read(cell.trim(), Style::PLAIN)).collect();
    let body = lines.get(2..)?.iter().take_while(|line| line.contains('|') && !line.trim().is_empty());
    let rows: Vec<Vec<_>> = body.map(|line| row(cells(line))).collect();
    let taken = rows.len() + 2;
    Some((Table { head: row(head), rows }.parts(gap), taken))
}

/// The cells of a row; a bar in code or behind a backslash is no border.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').filter(|rest| !rest.ends_with('\\')).unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut is_code = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let bar = character == '\\' && characters.peek() == Some(&'|');
        if bar {
            characters.next();
        }
        is_code ^= character == '`';
        match (character, cells.last_mut()) {
            ('|', _) if !is_code => cells.push(String::new()),
            (_, Some(cell)) => cell.push(if bar { '|' } else { character }),
            _ => {}
        }
    }
    cells
}

/// Any other line, with the lines that go on with it.
fn text(lines: &[&str]) -> (Vec<Part>, usize) {
    let Some(first) = lines.first() else { return (Vec::new(), 0) };
    let trimmed = first.trim();
    if let Some(title) = heading(trimmed) {
        return (vec![Part { shape: Shape::Heading(inline::read(title, Style::BOLD)), gap: false }], 1);
    }
    if is_rule(trimmed) {
        return (Vec::new(), 1);
    }
    if let Some(quoted) = trimmed.strip_prefix('>') {
        let line = inline::read(quoted.trim_start_matches(['>', ' ']), Style::PLAIN);
        return (vec![Part { shape: Shape::Line { before: "│ ".to_owned(), line }, gap: false }], 1);
    }
    let Some((mark, item)) = marked(trimmed) else {
        return (vec![Part::line(inline::read(trimmed, Style::PLAIN), false)], 1);
    };
    let indent = indent_of(first);
    let goes_on = |line: &&&str| !line.trim().is_empty() && indent_of(line) > indent && is_plain(line.trim());
    let more: Vec<&str> = lines.iter().skip(1).take_while(goes_on).map(|line| line.trim()).collect();
    let whole = std::iter::once(item).chain(more.iter().copied()).collect::<Vec<_>>().join(" ");
    let level = (indent / 2).min(MOST_LEVELS);
    let before = format!("{}{mark} ", "    ".repeat(level));
    let part = Part { shape: Shape::Line { before, line: inline::read(&whole, Style::PLAIN) }, gap: false };
    (vec![part], more.len() + 1)
}

/// Whether a line is text that begins nothing.
fn is_plain(trimmed: &str) -> bool {
    marked(trimmed).is_none()
        && heading(trimmed).is_none()
        && !is_rule(trimmed)
        && !trimmed.starts_with(['>', '|'])
        && !trimmed.starts_with("```")
        && !trimmed.starts_with("~~~")
}

fn indent_of(line: &str) -> usize {
    line.chars().take_while(|character| character.is_whitespace()).map(|one| if one == '\t' { 4 } else { 1 }).sum()
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    ((1..=6).contains(&level) && title.starts_with(' ')).then(|| title.trim().trim_end_matches('#').trim())
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ["-", "*", "_"].iter().any(|mark| line.replace([' ', '\t'], "").replace(mark, "").is_empty())
}

/// The mark of an item as it is shown, and the item.
fn marked(line: &str) -> Option<(String, &str)> {
    for mark in ["- ", "* ", "+ ", "• "] {
        if let Some(item) = line.strip_prefix(mark) {
            return Some(("•".to_owned(), item.trim_start()));
        }
    }
    let digits: String = line.chars().take_while(char::is_ascii_digit).take(4).collect();
    let rest = line.strip_prefix(digits.as_str())?;
    let item = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))?;
    (1..=3).contains(&digits.len()).then(|| (format!("{digits}."), item.trim_start()))
}
