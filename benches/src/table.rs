//! The table of results, as Markdown.
//!
//! Guarantee: a budget that was missed says so in words in its own row.

use std::fmt;

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    what: String,
    measured: String,
    budget: String,
    outcome: &'static str,
}

impl Row {
    /// A result that a budget is set for.
    pub fn against(
        what: impl Into<String>,
        measured: impl Into<String>,
        budget: impl Into<String>,
        is_kept: bool,
    ) -> Self {
        let outcome = if is_kept { "kept" } else { "**missed**" };
        Self { what: what.into(), measured: measured.into(), budget: budget.into(), outcome }
    }

    /// A result that is only told.
    pub fn information(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), measured: measured.into(), budget: "-".to_owned(), outcome: "-" }
    }
}

/// The results in the order in which they were measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table(pub Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "| what | measured | budget | |\n|---|---|---|---|")?;
        for row in &self.0 {
            writeln!(out, "| {} | {} | {} | {} |", row.what, row.measured, row.budget, row.outcome)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_budget_stands_out() {
        let table = Table(vec![
            Row::against("a", "2 ms", "1 ms", false),
            Row::against("b", "1 ms", "1 ms", true),
            Row::information("c", "3"),
        ]);
        let expected = "| what | measured | budget | |\n|---|---|---|---|\n| a | 2 ms | 1 ms | **missed** |\n\
                        | b | 1 ms | 1 ms | kept |\n| c | 3 | - | - |\n";
        assert_eq!(table.to_string(), expected);
    }
}
