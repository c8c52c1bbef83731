//! LogQL text: a log query, or a metric query whose log parts are taken out so that the PromQL engine can do the rest.

use promql_parser::label::Matcher;
use promql_parser::parser::Expr;

use super::pipeline::Stage;
use crate::telemetry::http::parse_duration_ms;
use crate::telemetry::promql::{self, matchers_of};

/// A stream selector with its stages.
#[derive(Debug)]
pub(super) struct LogQuery {
    pub matchers: Vec<Matcher>,
    pub stages: Vec<Stage>,
}

/// A log query inside a metric query.
#[derive(Debug)]
pub(super) struct LogPart {
    pub query: LogQuery,
    pub range_ms: i64,
    /// Whether a sample is the size of its line instead of one.
    pub counts_bytes: bool,
}

/// What a text asks for.
#[derive(Debug)]
pub(super) enum Parsed {
    /// Lines.
    Logs(LogQuery),
    /// Numbers: PromQL over the metrics `log_part_N`.
    Metric { promql: String, parts: Vec<LogPart> },
}

/// Loki's words for a selector that takes every stream.
const MATCHES_ALL: &str = "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

/// The name that the N-th log part has in the PromQL text.
pub(super) fn part_name(index: usize) -> String {
    format!("log_part_{index}")
}

/// Reads a LogQL query.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("parse error : syntax error: unexpected $end".to_owned());
    }
    if text.starts_with('{') {
        let (query, rest) = log_query(text)?;
        return match rest.trim() {
            "" => Ok(Parsed::Logs(query)),
            other => Err(format!("parse error : syntax error: unexpected {other:?}")),
        };
    }
    let (mut promql, mut parts, mut rest) = (String::new(), Vec::new(), text);
    while let Some(position) = find_outside_strings(rest, '{') {
        let (before, selector) = rest.split_at(position);
        promql.push_str(before);
        let function = take_function(&mut promql)?;
        let (query, after) = log_query(selector)?;
        let (range, after) = bracketed(after.trim_start())?;
        let range_ms = parse_duration_ms(range).filter(|range_ms| *range_ms > 0);
        let range_ms = range_ms.ok_or_else(|| format!("parse error : {range:?} is not a duration"))?;
        let after = after.trim_start();
        let after = after.strip_prefix(')').ok_or_else(|| format!("parse error : expected ) at {after:?}"))?;
        let name = part_name(parts.len());
        let seconds = range_ms as f64 / 1000.0;
        promql.push_str(&match function {
            "count_over_time" => format!("count_over_time({name}[{range}])"),
            "bytes_over_time" => format!("sum_over_time({name}[{range}])"),
            "rate" => format!("(count_over_time({name}[{range}]) / {seconds})"),
            "bytes_rate" => format!("(sum_over_time({name}[{range}]) / {seconds})"),
            _ => format!("absent_over_time({name}[{range}])"),
        });
        parts.push(LogPart { query, range_ms, counts_bytes: function.starts_with("bytes") });
        rest = after;
    }
    promql.push_str(rest);
    if parts.is_empty() {
        return Err("parse error : the query has no stream selector".to_owned());
    }
    Ok(Parsed::Metric { promql, parts })
}

/// Takes `name(` off the end of what was read.
fn take_function(read: &mut String) -> Result<&'static str, String> {
    const KNOWN: [&str; 5] = ["bytes_over_time", "count_over_time", "absent_over_time", "bytes_rate", "rate"];
    let trimmed = read.trim_end().strip_suffix('(').map(str::trim_end);
    let found = trimmed.and_then(|head| KNOWN.into_iter().find(|name| head.ends_with(name)).map(|name| (head, name)));
    let Some((head, name)) = found else {
        return Err(format!("parse error : a stream selector may stand inside {} only", KNOWN.join(", ")));
    };
    let keep = head.len().saturating_sub(name.len());
    read.truncate(keep);
    Ok(name)
}

/// Reads a selector with its stages; what follows is given back.
fn log_query(text: &str) -> Result<(LogQuery, &str), String> {
    let end = find_outside_strings(text, '}').ok_or("parse error : syntax error: unexpected $end, expecting }")?;
    let (selector, mut rest) = text.split_at(end.saturating_add(1));
    let matchers = match promql::parse(selector) {
        Ok(Expr::VectorSelector(selector)) => matchers_of(&selector),
        Ok(_) => return Err(format!("parse error : {selector} is no stream selector")),
        Err(problem) if problem.to_string().contains("non-empty") => return Err(MATCHES_ALL.to_owned()),
        Err(problem) => return Err(format!("parse error at line 1, col 1: syntax error: {problem}")),
    };
    let mut stages = Vec::new();
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('[') || trimmed.starts_with(')') {
            return Ok((LogQuery { matchers, stages }, trimmed));
        }
        let (stage, after) = Stage::parse(trimmed)?;
        stages.push(stage);
        rest = after;
    }
}

fn bracketed(text: &str) -> Result<(&str, &str), String> {
    let inner = text.strip_prefix('[').and_then(|inner| inner.split_once(']'));
    inner.map(|(range, rest)| (range.trim(), rest)).ok_or_else(|| format!("parse error : expected a range at {text:?}"))
}

/// The first place of a character outside quotes.
fn find_outside_strings(text: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (index, character) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(mark) if character == '\\' && mark != '`' => escaped = true,
            Some(mark) if character == mark => quote = None,
            Some(_) => {}
            None if character == wanted => return Some(index),
            None if matches!(character, '"' | '`') => quote = Some(character),
            None => {}
        }
    }
    None
}

/// Reads a quoted text; what follows is given back.
pub(super) fn quoted(text: &str) -> Result<(String, &str), String> {
    let bad = || format!("parse error : expected a quoted text at {text:?}");
    let mark = text.chars().next().filter(|mark| matches!(mark, '"' | '`')).ok_or_else(bad)?;
    let mut read = String::new();
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        if escaped {
            read.push(match character {
                'n' => '\n',
                't' => '\t',
                other => other,
            });
            escaped = false;
        } else if character == '\\' && mark == '"' {
            escaped = true;
        } else if character == mark {
            return Ok((read, text.get(index.saturating_add(1)..).unwrap_or_default()));
        } else {
            read.push(character);
        }
    }
    Err(bad())
}
