//! Tables with one column for each server, as Markdown.

use std::fmt;

/// One comparison.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// What is compared.
    pub title: String,
    /// The servers.
    pub columns: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Comparison {
    /// An empty one.
    pub fn new(title: impl Into<String>, columns: impl IntoIterator<Item = String>) -> Self {
        Self { title: title.into(), columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Writes into the row `what`, which is made where there is none, in the column of a server.
    pub fn put(&mut self, what: &str, column: &str, cell: impl Into<String>) {
        let Some(place) = self.columns.iter().position(|known| known == column) else { return };
        let at = self.rows.iter().position(|(known, _)| known == what).unwrap_or_else(|| {
            self.rows.push((what.to_owned(), vec!["-".to_owned(); self.columns.len()]));
            self.rows.len() - 1
        });
        if let Some(slot) = self.rows.get_mut(at).and_then(|(_, cells)| cells.get_mut(place)) {
            *slot = cell.into();
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "### {}\n\n| what | {} |", self.title, self.columns.join(" | "))?;
        writeln!(out, "|---|{}", "---|".repeat(self.columns.len()))?;
        for (what, cells) in &self.rows {
            writeln!(out, "| {what} | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}

/// `84,689`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// `84,689 bytes, 21,173 tokens`.
pub fn size(bytes: usize) -> String {
    format!("{} bytes, {} tokens", grouped(bytes), grouped(bytes.div_ceil(4)))
}
