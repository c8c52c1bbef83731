//! PromQL as Prometheus 2.42 evaluates it, over any [`SeriesSource`].
//!
//! `promql-parser` reads the text; this module evaluates its syntax tree. The engine of the `tsink` crate was looked at
//! first and does not serve: it keeps metric names after functions, keeps all labels after `on(..)`, takes a selector
//! whose matchers equal one full label set for that series alone, and compiles each regular expression once per series
//! and step. Evaluation goes series by series over all steps, so a range query costs one read per selector.
//! Guarantees: closed windows, 5 min lookback, extrapolation and stale marks as in 2.42; bounded text, depth and cells.
//! Deliberately absent: native histograms, and what came after 2.42.

mod aggregate;
mod binary;
mod calls;
mod error;
mod evaluate;
mod grid;
mod histogram;
mod instant_functions;
mod label_functions;
mod range_functions;
mod selectors;
mod statistics;
#[cfg(test)]
mod tests;

use promql_parser::label::Matcher;
use promql_parser::parser::function::register_extra_functions;
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{Expr, Function, VectorSelector};

pub use self::error::QueryError;
use self::evaluate::Evaluator;
use self::grid::{Grid, Value};
use super::series::{Labels, Sample, Series, SeriesSource};

/// The longest query that is read.
const MAX_QUERY_BYTES: usize = 16 * 1024;
/// The deepest nesting of brackets that is read.
const MAX_NESTING: usize = 64;
/// The deepest syntax tree that is walked: a long chain of operators is deep too.
const MAX_DEPTH: usize = 128;

/// One labelled value of an instant query.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorSample {
    /// The labels of the result.
    pub labels: Labels,
    /// The value at the time of the query.
    pub value: f64,
}

/// What a query returns, in the four shapes of the HTTP API.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One number.
    Scalar(Sample),
    /// A text and its time in milliseconds.
    Text(i64, String),
    /// One value per label set, all at this time in milliseconds.
    Vector(i64, Vec<VectorSample>),
    /// Samples per label set.
    Matrix(Vec<Series>),
}

/// Reads a query.
///
/// # Errors
/// [`QueryError::Parse`] with the parser's reason.
pub fn parse(query: &str) -> Result<Expr, QueryError> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(QueryError::Parse(format!("query of {} bytes is longer than {MAX_QUERY_BYTES}", query.len())));
    }
    if nesting(query) > MAX_NESTING {
        return Err(QueryError::Parse(format!("brackets nest deeper than {MAX_NESTING}")));
    }
    know_holt_winters();
    let expression = promql_parser::parser::parse(query).map_err(QueryError::Parse)?;
    if is_deeper_than(&expression, MAX_DEPTH) {
        return Err(QueryError::Parse(format!("operators and calls nest deeper than {MAX_DEPTH}")));
    }
    Ok(expression)
}

/// The parser knows this function by the name that it got after 2.42 only.
fn know_holt_winters() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let arguments = vec![ValueType::Matrix, ValueType::Scalar, ValueType::Scalar];
        let function = Function::new("holt_winters", arguments, 0, ValueType::Vector, false);
        if let Err(reason) = register_extra_functions(vec![function]) {
            tracing::warn!(%reason, "holt_winters will be unknown in queries");
        }
    });
}

/// The matchers of a selector, its name among them.
pub fn matchers_of(selector: &VectorSelector) -> Vec<Matcher> {
    selectors::all_matchers(selector)
}

/// Evaluates a query at one time.
///
/// # Errors
/// What the query got wrong, as Prometheus words it.
pub fn instant(source: &dyn SeriesSource, query: &str, at_ms: i64) -> Result<Answer, QueryError> {
    instant_parsed(source, &parse(query)?, at_ms)
}

/// Evaluates a query that was read before, at one time.
///
/// # Errors
/// What the query got wrong, as Prometheus words it.
pub fn instant_parsed(source: &dyn SeriesSource, expression: &Expr, at_ms: i64) -> Result<Answer, QueryError> {
    let grid = Grid::instant(at_ms);
    let evaluator = Evaluator::new(source, at_ms, at_ms);
    if expression.value_type() == ValueType::Matrix {
        return evaluator.windows(expression, &grid).map(|windows| Answer::Matrix(windows.into_instant_matrix()));
    }
    Ok(match evaluator.evaluate(expression, &grid)? {
        Value::Scalar(values) => Answer::Scalar(Sample { at_ms, value: values.first().copied().unwrap_or(f64::NAN) }),
        Value::Text(text) => Answer::Text(at_ms, text),
        Value::Vector(tracks) => {
            let present = tracks.into_iter().filter_map(|track| {
                let value = track.values.first().copied().flatten()?;
                Some(VectorSample { labels: track.labels, value })
            });
            Answer::Vector(at_ms, present.collect())
        }
    })
}

/// Evaluates a query at every step from `start_ms` to `end_ms`.
///
/// # Errors
/// What the query got wrong, as Prometheus words it.
pub fn range(
    source: &dyn SeriesSource,
    query: &str,
    start_ms: i64,
    end_ms: i64,
    step_ms: i64,
) -> Result<Answer, QueryError> {
    let expression = parse(query)?;
    if !matches!(expression.value_type(), ValueType::Vector | ValueType::Scalar) {
        let shape = match expression.value_type() {
            ValueType::Matrix => "range vector",
            _ => "string",
        };
        return Err(QueryError::Parse(format!(
            "invalid expression type \"{shape}\" for range query, must be Scalar or instant Vector"
        )));
    }
    let grid = Grid::new(start_ms, end_ms, step_ms);
    grid.allow(1)?;
    let tracks = match Evaluator::new(source, start_ms, end_ms).evaluate(&expression, &grid)? {
        Value::Scalar(values) => {
            vec![grid::Track { labels: Labels::default(), values: values.into_iter().map(Some).collect() }]
        }
        Value::Vector(tracks) => tracks,
        Value::Text(_) => Vec::new(),
    };
    let mut series: Vec<Series> = tracks.into_iter().filter_map(|track| track.into_series(&grid)).collect();
    series.sort_by(|left, right| left.labels.cmp(&right.labels));
    Ok(Answer::Matrix(series))
}

/// The deepest bracket nesting, quotes ignored: enough to refuse what would exhaust the stack.
fn nesting(query: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for character in query.chars() {
        match character {
            '(' | '[' | '{' => depth = depth.saturating_add(1),
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Whether a tree is deeper than a limit, found without recursion.
fn is_deeper_than(expression: &Expr, limit: usize) -> bool {
    let mut waiting: Vec<(&Expr, usize)> = vec![(expression, 1)];
    while let Some((node, depth)) = waiting.pop() {
        if depth > limit {
            return true;
        }
        let below = depth.saturating_add(1);
        match node {
            Expr::Aggregate(aggregate) => {
                waiting.push((&aggregate.expr, below));
                waiting.extend(aggregate.param.as_deref().map(|parameter| (parameter, below)));
            }
            Expr::Unary(unary) => waiting.push((&unary.expr, below)),
            Expr::Binary(binary) => waiting.extend([(&*binary.lhs, below), (&*binary.rhs, below)]),
            Expr::Paren(paren) => waiting.push((&paren.expr, below)),
            Expr::Subquery(subquery) => waiting.push((&subquery.expr, below)),
            Expr::Call(call) => waiting.extend(call.args.args.iter().map(|argument| (&**argument, below))),
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::VectorSelector(_)
            | Expr::MatrixSelector(_)
            | Expr::Extension(_) => {}
        }
    }
    false
}
