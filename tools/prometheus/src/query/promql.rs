//! Looks at PromQL before it is sent: syntax errors are told with their place, and what the query reads is taken out
//! for explanations.
//!
//! Guarantee: a query that only uses a function this parser does not know is not refused (dialects differ).

mod place;

use domain::envelope::{Failure, FailureKind};
use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{Expr, VectorSelector, parse as parse_expr};
use promql_parser::util::{ExprVisitor, walk_expr};

/// A query that may be sent.
#[derive(Debug)]
pub(crate) enum Checked {
    /// Understood whole.
    Parsed(Box<Expr>),
    /// Calls a function that is not known here; the server decides.
    Unparsed,
}

/// What one selector of a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selected {
    /// The metric, where the selector names one.
    pub metric: Option<String>,
    /// Label, operator (`=`, `!=`, `=~`, `!~`) and value.
    pub matchers: Vec<(String, &'static str, String)>,
}

/// Checks a query.
///
/// # Errors
/// `BadRequest` with the parser's words, the place, and the query with a caret under it.
pub(crate) fn check(query: &str) -> Result<Checked, Failure> {
    match parse_expr(query) {
        Ok(expr) => Ok(Checked::Parsed(Box::new(expr))),
        Err(problem) if problem.contains("unknown function") => Ok(Checked::Unparsed),
        Err(problem) => Err(syntax_error(query, &problem)),
    }
}

fn syntax_error(query: &str, problem: &str) -> Failure {
    let at = place::of(query, problem);
    let (line_number, column, line) = place::line_of(query, at);
    let problem = if problem.starts_with("invalid promql query") { "this is not PromQL here" } else { problem };
    if line.is_empty() {
        return Failure::new(FailureKind::BadRequest, format!("the query is not valid PromQL: {problem}"))
            .with_hint(advice(problem));
    }
    let caret = format!("{}^", " ".repeat(column));
    let message = format!(
        "the query is not valid PromQL (line {line_number}, column {}): {problem}\n  {line}\n  {caret}",
        column + 1
    );
    Failure::new(FailureKind::BadRequest, message).with_hint(advice(problem))
}

fn advice(problem: &str) -> &'static str {
    if problem.contains("range vector") || problem.contains("type matrix") || problem.contains("type range") {
        "give the selector a range, as in rate(http_requests_total[5m])"
    } else if problem.contains("unclosed") {
        "close what the caret points at"
    } else {
        "nothing was sent; correct the query and ask again"
    }
}

impl Checked {
    /// What the query reads, at most the first few selectors.
    pub(crate) fn selected(&self) -> Vec<Selected> {
        const MOST: usize = 4;
        let Self::Parsed(expr) = self else { return Vec::new() };
        let mut collector = Collector(Vec::new());
        let _ = walk_expr(&mut collector, expr);
        collector.0.truncate(MOST);
        collector.0
    }

    /// Whether the query itself decides the order of its result.
    pub(crate) fn is_ordered(&self) -> bool {
        let Self::Parsed(expr) = self else { return false };
        match expr.as_ref() {
            Expr::Call(call) => call.func.name.starts_with("sort"),
            Expr::Aggregate(aggregate) => aggregate.op.to_string() == "bottomk",
            _ => false,
        }
    }

    /// Whether the query filters by a comparison, so that an empty result may be good news.
    pub(crate) fn compares(&self) -> bool {
        match self {
            Self::Parsed(expr) => is_comparison(expr),
            Self::Unparsed => false,
        }
    }
}

fn is_comparison(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(binary) => {
            binary.op.is_comparison_operator() && !binary.return_bool() || is_comparison(&binary.lhs)
        }
        Expr::Paren(paren) => is_comparison(&paren.expr),
        Expr::Aggregate(aggregate) => is_comparison(&aggregate.expr),
        _ => false,
    }
}

struct Collector(Vec<Selected>);

impl ExprVisitor for Collector {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
        let selector = match expr {
            Expr::VectorSelector(selector) => Some(selector),
            Expr::MatrixSelector(matrix) => Some(&matrix.vs),
            _ => None,
        };
        if let Some(selected) = selector.map(selected)
            && !self.0.contains(&selected)
        {
            self.0.push(selected);
        }
        Ok(true)
    }
}

fn selected(selector: &VectorSelector) -> Selected {
    let matchers = &selector.matchers.matchers;
    let named = matchers.iter().find(|matcher| matcher.name == "__name__" && matcher.op == MatchOp::Equal);
    Selected {
        metric: selector.name.clone().or_else(|| named.map(|matcher| matcher.value.clone())),
        matchers: matchers.iter().filter(|matcher| matcher.name != "__name__").map(triple).collect(),
    }
}

fn triple(matcher: &Matcher) -> (String, &'static str, String) {
    let operator = match matcher.op {
        MatchOp::Equal => "=",
        MatchOp::NotEqual => "!=",
        MatchOp::Re(_) => "=~",
        MatchOp::NotRe(_) => "!~",
    };
    (matcher.name.clone(), operator, matcher.value.clone())
}

/// A text as a PromQL string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(letter);
            }
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
