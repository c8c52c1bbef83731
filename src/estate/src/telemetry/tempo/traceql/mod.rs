//! TraceQL, as much of it as tools send: selectors with `&&`, `||`, `!` and parentheses over typed attributes,
//! `&&`, `||`, `>` and `>>` between selectors, `select`, and the metrics functions.
//!
//! Guarantees: what is not TraceQL is refused in Tempo's words with line and column; texts and numbers are not equal
//! to each other, as in Tempo. Deliberately absent: arithmetic, aggregates of spansets, siblings, `compare`.

mod evaluate;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

pub(in crate::telemetry::tempo) use evaluate::{Value, matching, value_of};

/// A query: which spans, and what to make of them.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) struct Query {
    /// Which spans.
    pub spans: Spanset,
    /// Attributes told of each found span: those that conditions name, then those that `select` names.
    pub told: Vec<Attribute>,
    /// The metrics function, where the query has one.
    pub metric: Option<Metric>,
}

/// Sets of spans of one trace.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) enum Spanset {
    /// `{ … }`
    Filter(Condition),
    /// Two sets by an operator.
    Both(Box<Spanset>, Joint, Box<Spanset>),
}

/// How two sets of spans are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::telemetry::tempo) enum Joint {
    /// Both have spans in the trace.
    And,
    /// Either has.
    Or,
    /// The right ones whose parent is a left one.
    Child,
    /// The right ones below a left one.
    Descendant,
}

/// What a span must meet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) enum Condition {
    /// `true`, or no condition.
    Always,
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// Not.
    Not(Box<Condition>),
    /// A comparison.
    Compare(Attribute, Operator, Literal),
}

/// An attribute or intrinsic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::telemetry::tempo) struct Attribute {
    /// Where it stands.
    pub scope: Scope,
    /// Its name without the scope.
    pub name: String,
}

/// Where an attribute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::telemetry::tempo) enum Scope {
    /// `.name`: span, then resource.
    Any,
    /// `span.name`
    Span,
    /// `resource.name`
    Resource,
    /// `name`, `status`, `duration`, …
    Intrinsic,
}

impl Attribute {
    /// As it is written in a query and in labels.
    pub fn written(&self) -> String {
        match self.scope {
            Scope::Any => format!(".{}", self.name),
            Scope::Span => format!("span.{}", self.name),
            Scope::Resource => format!("resource.{}", self.name),
            Scope::Intrinsic => self.name.clone(),
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::telemetry::tempo) enum Operator {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What an attribute is compared with.
#[derive(Debug, Clone)]
pub(in crate::telemetry::tempo) enum Literal {
    /// A text, a number, a duration, a word such as `error`.
    Value(Value),
    /// The whole value matches.
    Pattern(regex::Regex),
    /// Absence.
    Nil,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// A metrics function.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) struct Metric {
    /// Which.
    pub function: Function,
    /// What the series are grouped by.
    pub by: Vec<Attribute>,
}

/// The metrics functions.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) enum Function {
    /// Spans a second.
    Rate,
    /// Spans in a step.
    Count,
    /// Quantiles of an attribute.
    Quantiles(Attribute, Vec<f64>),
    /// Powers of two of an attribute.
    Histogram(Attribute),
    /// Mean of an attribute.
    Average(Attribute),
    /// Smallest.
    Minimum(Attribute),
    /// Largest.
    Maximum(Attribute),
    /// Sum.
    Sum(Attribute),
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// Tempo's words: `parse error at line 1, col 12: syntax error: unexpected IDENTIFIER`.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::query(text)
    }
}
