//! What can be wrong with a query, split as the HTTP API splits it: unreadable text, and data that does not fit.

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is no valid query (`bad_data`, status 400).
    #[error("invalid parameter \"query\": {0}")]
    Parse(String),
    /// The query is valid and its data do not allow it (`execution`, status 422).
    #[error("{0}")]
    Execution(String),
}

impl QueryError {
    /// An error of evaluation.
    pub(super) fn execution(text: impl Into<String>) -> Self {
        Self::Execution(text.into())
    }
}
