//! The walk over the syntax tree: which rule evaluates which node.

use promql_parser::parser::Expr;

use super::super::series::SeriesSource;
use super::error::QueryError;
use super::grid::{Grid, Track, Value, join_equal};

/// A query under evaluation.
pub(super) struct Evaluator<'a> {
    pub source: &'a dyn SeriesSource,
    /// What `@ start()` means, in subqueries too.
    pub query_start_ms: i64,
    /// What `@ end()` means, in subqueries too.
    pub query_end_ms: i64,
}

impl<'a> Evaluator<'a> {
    pub fn new(source: &'a dyn SeriesSource, query_start_ms: i64, query_end_ms: i64) -> Self {
        Self { source, query_start_ms, query_end_ms }
    }

    /// Evaluates any expression but a bare range.
    pub fn evaluate(&self, expression: &Expr, grid: &Grid) -> Result<Value, QueryError> {
        match expression {
            Expr::Paren(inner) => self.evaluate(&inner.expr, grid),
            Expr::NumberLiteral(number) => Ok(Value::Scalar(vec![number.val; grid.count])),
            Expr::StringLiteral(text) => Ok(Value::Text(text.val.clone())),
            Expr::VectorSelector(selector) => {
                self.vector_selector(selector, grid, |sample| sample.value).map(Value::Vector)
            }
            Expr::Unary(unary) => negate(self.evaluate(&unary.expr, grid)?),
            Expr::Binary(binary) => self.binary(binary, grid),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, grid).map(Value::Vector),
            Expr::Call(call) => self.call(call, grid),
            Expr::MatrixSelector(_) | Expr::Subquery(_) => {
                Err(QueryError::Parse("expected an instant vector or a scalar, got a range vector".to_owned()))
            }
            Expr::Extension(_) => Err(QueryError::Parse("extension nodes are not PromQL".to_owned())),
        }
    }

    /// Evaluates what must be an instant vector.
    pub fn vector(&self, expression: &Expr, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        match self.evaluate(expression, grid)? {
            Value::Vector(tracks) => Ok(tracks),
            Value::Scalar(values) => {
                Ok(vec![Track { labels: Default::default(), values: values.into_iter().map(Some).collect() }])
            }
            Value::Text(_) => Err(QueryError::Parse("expected an instant vector, got a string".to_owned())),
        }
    }

    /// Evaluates what must be a scalar.
    pub fn scalar(&self, expression: &Expr, grid: &Grid) -> Result<Vec<f64>, QueryError> {
        match self.evaluate(expression, grid)? {
            Value::Scalar(values) => Ok(values),
            _ => Err(QueryError::Parse("expected a scalar".to_owned())),
        }
    }

    /// Evaluates what must be a text.
    pub fn text(&self, expression: &Expr, grid: &Grid) -> Result<String, QueryError> {
        match self.evaluate(expression, grid)? {
            Value::Text(text) => Ok(text),
            _ => Err(QueryError::Parse("expected a string".to_owned())),
        }
    }
}

fn negate(value: Value) -> Result<Value, QueryError> {
    match value {
        Value::Scalar(values) => Ok(Value::Scalar(values.into_iter().map(|value| -value).collect())),
        Value::Vector(tracks) => map_values(tracks, |value| -value).map(Value::Vector),
        Value::Text(_) => Err(QueryError::Parse("unary minus is not defined for a string".to_owned())),
    }
}

/// Applies a function to every value and drops the metric's name, as every change of a value does.
pub(super) fn map_values(tracks: Vec<Track>, change: impl Fn(f64) -> f64) -> Result<Vec<Track>, QueryError> {
    let changed = tracks.into_iter().map(|track| Track {
        labels: track.labels.without_name(),
        values: track.values.into_iter().map(|value| value.map(&change)).collect(),
    });
    join_equal(changed.collect())
}
