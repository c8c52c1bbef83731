//! Cuts a list of rows to what a model can afford to read.
//!
//! Guarantee: the kept rows are a prefix of the given ones (the caller sorts what matters first), at least one row is
//! kept where there is one, and how many were left is told. Deliberately absent: shortening of single rows.

use domain::tokens;
use serde::Serialize;

/// Tokens of rows that a result carries unless the caller asks for another number.
pub const DEFAULT_TOKENS: usize = 2_000;

/// The most that a caller can ask for.
pub const CEILING_TOKENS: usize = 8_000;

/// A cut list.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut<T> {
    /// The rows that fit, in their order.
    pub kept: Vec<T>,
    /// The rows that did not.
    pub left: Vec<T>,
}

impl<T> Cut<T> {
    /// Whether something was left out.
    pub fn is_cut(&self) -> bool {
        !self.left.is_empty()
    }
}

/// Tokens for a call that asked for `asked`.
pub fn tokens_for(asked: Option<usize>) -> usize {
    asked.unwrap_or(DEFAULT_TOKENS).clamp(1, CEILING_TOKENS)
}

/// Keeps the first rows, at most `rows_limit` of them and at most about `token_budget` tokens as JSON.
pub fn cut<T: Serialize>(rows: Vec<T>, rows_limit: usize, token_budget: usize) -> Cut<T> {
    let mut kept = Vec::new();
    let mut left = Vec::new();
    let mut spent = 0;
    for row in rows {
        let full = kept.len() >= rows_limit || !left.is_empty();
        let cost = if full { 0 } else { cost_of(&row) };
        if full || (spent + cost > token_budget && !kept.is_empty()) {
            left.push(row);
        } else {
            spent += cost;
            kept.push(row);
        }
    }
    Cut { kept, left }
}

fn cost_of<T: Serialize>(row: &T) -> usize {
    serde_json::to_string(row).map_or(0, |text| tokens::estimate(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_row_is_always_kept() {
        let cut = cut(vec!["x".repeat(1_000), "y".to_owned()], 10, 5);
        assert_eq!((cut.kept.len(), cut.left.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn kept_and_left_are_the_whole_in_order(rows in prop::collection::vec("[a-z]{0,40}", 0..40), limit in 1usize..50, budget in 1usize..300) {
            let Cut { kept, left } = cut(rows.clone(), limit, budget);
            prop_assert!(kept.len() <= limit);
            let whole: Vec<String> = kept.into_iter().chain(left).collect();
            prop_assert_eq!(whole, rows);
        }
    }
}
