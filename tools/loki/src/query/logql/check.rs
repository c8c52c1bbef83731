//! The check of a whole query.

use super::caret::failure_at;
use super::selectors::{Mistake, Selector, read as read_selector};
use super::tokens::{Kind, Token, Unclosed, read as read_tokens};
use chrono::TimeDelta;
use domain::envelope::Failure;
use tools_common::time;

/// What a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Each selector once, in the order in which they stand.
    pub selectors: Vec<Selector>,
    /// Whether it gives numbers rather than lines.
    pub is_metric: bool,
    /// Whether lines or labels are filtered after the selector.
    pub filters: bool,
    /// How far before its window it reads: the longest range with the longest offset.
    pub reach: TimeDelta,
}

/// Checks a query.
///
/// # Errors
/// `BadRequest` with the place, and the query with a caret under it.
pub(crate) fn check(query: &str) -> Result<Checked, Failure> {
    examine(query).map_err(|(at, problem)| failure_at(query, at, &problem))
}

/// Checks a text that must be one stream selector and no more.
///
/// # Errors
/// As [`check`].
pub(crate) fn selector_only(text: &str) -> Result<Selector, Failure> {
    let checked = check(text)?;
    match checked.selectors.as_slice() {
        [only] if only.text == text.trim() => Ok(only.clone()),
        _ => Err(failure_at(text, 0, "only a stream selector is taken here, such as {app=\"cart\"}")),
    }
}

fn examine(query: &str) -> Result<Checked, Mistake> {
    let tokens =
        read_tokens(query).map_err(|Unclosed(at)| (at, "this text is not closed by the same quote".to_owned()))?;
    if tokens.is_empty() {
        return Err((0, "the query is empty".to_owned()));
    }
    brackets(&tokens)?;
    let mut checked = Checked { selectors: Vec::new(), is_metric: false, filters: false, reach: TimeDelta::zero() };
    // A query for lines may stand in round brackets.
    checked.is_metric = !tokens.iter().find(|token| !token.is("(")).is_some_and(|token| token.is("{"));
    let (mut range, mut offset) = (TimeDelta::zero(), TimeDelta::zero());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Strange(letter) => return Err((token.start, strange(*letter))),
            Kind::Sign("{") => {
                no_name_before(&tokens, at)?;
                let (selector, close) = read_selector(query, &tokens, at)?;
                if !checked.selectors.contains(&selector) {
                    checked.selectors.push(selector);
                }
                at = close;
            }
            Kind::Sign("[") => {
                range = range.max(duration_at(&tokens, at + 1)?);
                checked.is_metric = true;
            }
            Kind::Sign(sign @ ("|=" | "|~" | "|>" | "!>")) => {
                checked.filters = true;
                text_after(&tokens, at, sign)?;
            }
            Kind::Sign("|" | "!=" | "!~") => checked.filters = true,
            Kind::Word(word) if word == "offset" => {
                if let Ok(found) = duration_at(&tokens, at + 1) {
                    offset = offset.max(found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    if checked.selectors.is_empty() {
        return Err((0, "the query has no stream selector, such as {app=\"cart\"}".to_owned()));
    }
    // Of an expression without a range (`{…} + 1`) the server says what is wrong.
    checked.reach = range.checked_add(&offset).unwrap_or(range);
    Ok(checked)
}

fn brackets(tokens: &[Token]) -> Result<(), Mistake> {
    let mut open: Vec<(&'static str, usize)> = Vec::new();
    for token in tokens {
        let Kind::Sign(sign) = token.kind else { continue };
        match sign {
            "{" => open.push(("}", token.start)),
            "(" => open.push((")", token.start)),
            "[" => open.push(("]", token.start)),
            "}" | ")" | "]" => match open.pop() {
                Some((wanted, _)) if wanted == sign => {}
                Some((wanted, _)) => return Err((token.start, format!("`{sign}` stands where `{wanted}` is due"))),
                None => return Err((token.start, format!("`{sign}` closes nothing"))),
            },
            _ => {}
        }
    }
    match open.pop() {
        Some((wanted, at)) => Err((at, format!("this is not closed; `{wanted}` is missing"))),
        None => Ok(()),
    }
}

/// `up{job="a"}` is PromQL.
fn no_name_before(tokens: &[Token], at: usize) -> Result<(), Mistake> {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    match before.map(|token| (token, token.word())) {
        Some((token, Some(word))) if !matches!(word, "and" | "or" | "unless" | "bool") => Err((
            token.start,
            format!(
                "LogQL has no metric names: a selector begins with its brace; give `{word}` a round bracket if it is a function"
            ),
        )),
        _ => Ok(()),
    }
}

/// After a line filter belongs a text, or a function of one (`ip("10.0.0.0/8")`).
fn text_after(tokens: &[Token], at: usize, sign: &str) -> Result<(), Mistake> {
    let place = tokens.get(at).map_or(0, |token| token.end);
    match tokens.get(at + 1) {
        Some(Token { kind: Kind::Text(_), .. }) => Ok(()),
        Some(token) if token.word().is_some() && tokens.get(at + 2).is_some_and(|next| next.is("(")) => Ok(()),
        Some(token) => Err((token.start, format!("after `{sign}` belongs a text in double quotes or backticks"))),
        None => Err((place, format!("after `{sign}` belongs a text in double quotes or backticks"))),
    }
}

fn duration_at(tokens: &[Token], at: usize) -> Result<TimeDelta, Mistake> {
    let Some(token) = tokens.get(at) else { return Ok(TimeDelta::zero()) };
    let negative = token.is("-");
    let token = if negative { tokens.get(at + 1).unwrap_or(token) } else { token };
    match token.word() {
        // Grafana's own variables reach a server only by mistake.
        Some(word) if word.starts_with('$') => {
            Err((token.start, format!("`{word}` is a variable of Grafana; give a duration such as 5m")))
        }
        Some(word) => match time::parse_duration(word) {
            Some(duration) => Ok(if negative { TimeDelta::zero() } else { duration }),
            // Units and fractions that are not known here are for the server to judge.
            None if word.starts_with(|letter: char| letter.is_ascii_digit()) && !word.contains("min") => {
                Ok(TimeDelta::zero())
            }
            None => Err((token.start, format!("{word:?} is no duration; give one such as 5m"))),
        },
        None => Err((token.start, "here belongs a duration such as 5m".to_owned())),
    }
}

fn strange(letter: char) -> String {
    match letter {
        '\'' => "LogQL has no single quotes; take double quotes or backticks".to_owned(),
        '&' => "LogQL has no &: line filters follow one another, labels take `and`".to_owned(),
        '“' | '”' | '„' => "this is a typographic quote; take \"".to_owned(),
        other => format!("{other:?} has no meaning here"),
    }
}
