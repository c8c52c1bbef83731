//! Tables that survive a phone.
//!
//! A narrow table stands aligned in a code block: a telephone shows about 40 monospaced characters. In a wider one each row
//! becomes an item of `label: value`, which wraps. Slack's own table block is not used: a message may hold one only, it
//! scrolls sideways on a telephone, and it is not searched with the text around it.

use crate::markdown::{Part, Shape};
use crate::mrkdwn::{self, Line, Piece, Style};

/// Widest table that is shown aligned.
pub const MOST_COLUMNS: usize = 40;
/// What stands between two columns.
const BETWEEN: &str = "  ";

/// A table as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The labels of its columns.
    pub head: Vec<Line>,
    /// Its rows; one may be shorter or longer than the head.
    pub rows: Vec<Vec<Line>>,
}

impl Table {
    /// The parts that show it; `gap` is whether a blank line stands before.
    pub fn parts(&self, gap: bool) -> Vec<Part> {
        let aligned = self.aligned();
        if aligned.iter().all(|line| width(line) <= MOST_COLUMNS) {
            return vec![Part { shape: Shape::Code { language: String::new(), text: aligned.join("\n") }, gap }];
        }
        let items = self.rows.iter().enumerate().map(|(at, row)| self.item(row, gap && at == 0));
        if self.rows.is_empty() {
            return vec![Part {
                shape: Shape::Line { before: String::new(), line: self.head.join(comma().as_slice()) },
                gap,
            }];
        }
        items.collect()
    }

    /// The head and the rows, each column as wide as its widest cell.
    fn aligned(&self) -> Vec<String> {
        let rows: Vec<Vec<String>> = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| row.iter().map(|cell| mrkdwn::plain(cell).replace('\n', " ")).collect())
            .collect();
        let mut widths: Vec<usize> = Vec::new();
        for row in &rows {
            for (at, cell) in row.iter().enumerate() {
                match widths.get_mut(at) {
                    Some(known) => *known = (*known).max(width(cell)),
                    None => widths.push(width(cell)),
                }
            }
        }
        rows.iter().map(|row| align(row, &widths)).collect()
    }

    /// `• *first* · label: value · label: value`.
    fn item(&self, row: &[Line], gap: bool) -> Part {
        let mut line = Line::new();
        for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !mrkdwn::plain(cell).trim().is_empty()) {
            if !line.is_empty() {
                line.push(Piece::words(" · "));
            }
            if at == 0 {
                line.extend(cell.iter().cloned().map(bold));
                continue;
            }
            if let Some(label) = self.head.get(at).filter(|label| !mrkdwn::plain(label).trim().is_empty()) {
                line.extend(label.iter().cloned());
                line.push(Piece::words(": "));
            }
            line.extend(cell.iter().cloned());
        }
        Part { shape: Shape::Line { before: "• ".to_owned(), line }, gap }
    }
}

fn comma() -> Line {
    vec![Piece::words(", ")]
}

fn bold(piece: Piece) -> Piece {
    match piece {
        Piece::Words { text, style } => Piece::Words { text, style: Style { bold: true, ..style } },
        own => own,
    }
}

fn align(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, most)| format!("{cell}{}", " ".repeat(most.saturating_sub(width(cell)))))
        .collect();
    cells.join(BETWEEN).trim_end().to_owned()
}

/// Columns that a text takes in a monospaced font; the wide scripts and pictures take two.
fn width(text: &str) -> usize {
    let of = |character: char| match character {
        '\u{300}'..='\u{36f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    };
    text.chars().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<Line> {
        cells.iter().map(|cell| vec![Piece::words(*cell)]).collect()
    }

    fn shown(head: &[&str], rows: &[&[&str]]) -> String {
        let table = Table { head: row(head), rows: rows.iter().map(|cells| row(cells)).collect() };
        crate::split::pack(&table.parts(false), 3_000).join("\n--\n")
    }

    #[test]
    fn a_narrow_table_is_aligned() {
        assert_eq!(
            shown(&["pod", "restarts"], &[&["checkout-1", "12"], &["商店", "3"]]),
            "```\npod         restarts\ncheckout-1  12\n商店        3\n```"
        );
    }

    #[test]
    fn a_wide_table_becomes_labels_and_values() {
        let head = &["workload", "image", "ready"];
        let rows: &[&[&str]] = &[
            &["shop/checkout", "registry.example.com/shop/checkout:1.2.3", "2 of 3"],
            &["shop/cart", "", "1 of 1", "more"],
        ];
        assert_eq!(
            shown(head, rows),
            "• *shop/checkout* · image: registry.example.com/shop/checkout:1.2.3 · ready: 2 of 3\n\
             • *shop/cart* · ready: 1 of 1 · more"
        );
    }

    #[test]
    fn a_table_without_rows_shows_its_head() {
        assert_eq!(shown(&["a", "b"], &[]), "```\na  b\n```");
        let long = "x".repeat(50);
        assert_eq!(shown(&[&long, "b"], &[]), format!("{long}, b"));
    }
}
