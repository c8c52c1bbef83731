//! Stream selectors: `{app="cart", env!="dev"}`.

use super::tokens::{Kind, Token};

/// One matcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matcher {
    pub label: String,
    /// `=`, `!=`, `=~`, `!~`.
    pub operator: &'static str,
    pub value: String,
}

impl Matcher {
    /// Whether a stream without the label would pass; a selector of only such matchers selects everything.
    fn lets_empty_pass(&self) -> bool {
        match self.operator {
            "=" => self.value.is_empty(),
            "!=" => !self.value.is_empty(),
            "=~" => matches!(self.value.as_str(), "" | ".*" | "^.*$" | "(.*)"),
            _ => !matches!(self.value.as_str(), "" | ".*" | "^.*$" | "(.*)"),
        }
    }
}

/// One selector and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector {
    /// As it is written, braces included.
    pub text: String,
    pub matchers: Vec<Matcher>,
}

/// What is wrong, and at which byte.
pub(super) type Mistake = (usize, String);

/// Reads the selector whose opening brace is `tokens[open]`; gives the place of its closing brace too.
pub(super) fn read(query: &str, tokens: &[Token], open: usize) -> Result<(Selector, usize), Mistake> {
    let start = tokens.get(open).map_or(0, |token| token.start);
    let mut matchers = Vec::new();
    let mut at = open + 1;
    loop {
        let Some(token) = tokens.get(at) else { return Err((start, "this `{` is not closed".to_owned())) };
        if token.is("}") {
            break;
        }
        matchers.push(matcher(query, tokens, at)?);
        at += 3;
        match tokens.get(at) {
            Some(token) if token.is(",") => at += 1,
            Some(token) if token.is("}") => {}
            Some(token) => return Err((token.start, "between two matchers belongs a comma".to_owned())),
            None => return Err((start, "this `{` is not closed".to_owned())),
        }
    }
    if matchers.iter().all(Matcher::lets_empty_pass) {
        let message =
            "a selector needs at least one label that must not be empty, such as {app=\"cart\"} or {app=~\".+\"}";
        return Err((start, message.to_owned()));
    }
    let end = tokens.get(at).map_or(query.len(), |token| token.end);
    Ok((Selector { text: query.get(start..end).unwrap_or_default().to_owned(), matchers }, at))
}

fn matcher(query: &str, tokens: &[Token], at: usize) -> Result<Matcher, Mistake> {
    let place = |index: usize| tokens.get(index).map_or(query.len(), |token| token.start);
    let label = match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::Word(word)) => word.clone(),
        Some(Kind::Text(text)) => text.clone(),
        _ => return Err((place(at), "here belongs the name of a label".to_owned())),
    };
    let operator = match tokens.get(at + 1).map(|token| &token.kind) {
        Some(Kind::Sign(sign @ ("=" | "!=" | "=~" | "!~"))) => *sign,
        Some(Kind::Sign("==")) => return Err((place(at + 1), "a matcher says = rather than ==".to_owned())),
        _ => return Err((place(at + 1), "after a label's name belongs =, !=, =~ or !~".to_owned())),
    };
    match tokens.get(at + 2).map(|token| &token.kind) {
        Some(Kind::Text(value)) => Ok(Matcher { label, operator, value: value.clone() }),
        _ => Err((place(at + 2), format!("the value of `{label}` belongs in double quotes"))),
    }
}
