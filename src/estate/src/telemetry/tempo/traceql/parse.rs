//! Reads tokens into a query.

use super::lex::{Placed, Token, lex};
use super::{Attribute, Condition, Function, Joint, Literal, Metric, Operator, Query, Scope, Spanset, Value};
use regex::Regex;

const INTRINSICS: [&str; 8] =
    ["duration", "kind", "name", "rootName", "rootServiceName", "status", "statusMessage", "traceDuration"];
/// Longer chains of brackets are refused.
const DEEPEST: usize = 50;

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    told: Vec<Attribute>,
}

pub(super) fn query(text: &str) -> Result<Query, String> {
    let tokens = lex(text).map_err(|(at, problem)| at_place(text, at, &problem))?;
    let mut reader = Reader { text, tokens, next: 0, depth: 0, told: Vec::new() };
    let spans = reader.spanset()?;
    let mut metric = None;
    while reader.take("|") {
        match reader.stage()? {
            Some(found) if metric.is_none() => metric = Some(found),
            Some(_) => return Err(reader.unexpected_before()),
            None => {}
        }
    }
    if reader.tokens.get(reader.next).is_some() {
        return Err(reader.unexpected());
    }
    Ok(Query { spans, told: reader.told, metric })
}

fn at_place(text: &str, at: usize, problem: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    format!("parse error at line {line}, col {column}: {problem}")
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, sign: &'static str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self) -> Result<String, String> {
        let Some(Token::Word(word)) = self.peek().cloned() else { return Err(self.unexpected()) };
        self.next += 1;
        Ok(word)
    }

    fn unexpected(&self) -> String {
        let (shown, at) = match self.tokens.get(self.next) {
            Some((token, at)) => (token.shown(), *at),
            None => ("$end".to_owned(), self.text.len()),
        };
        at_place(self.text, at, &format!("syntax error: unexpected {shown}"))
    }

    fn unexpected_before(&mut self) -> String {
        self.next = self.next.saturating_sub(1);
        self.unexpected()
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.unexpected());
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn spanset(&mut self) -> Result<Spanset, String> {
        let mut left = self.single_spanset()?;
        loop {
            let joints = [("&&", Joint::And), ("||", Joint::Or), (">>", Joint::Descendant), (">", Joint::Child)];
            let Some((_, joint)) = joints.into_iter().find(|(sign, _)| self.take(sign)) else { return Ok(left) };
            let right = self.single_spanset()?;
            left = Spanset::Both(Box::new(left), joint, Box::new(right));
        }
    }

    fn single_spanset(&mut self) -> Result<Spanset, String> {
        if self.take("(") {
            let inner = self.deeper(Self::spanset)?;
            self.need(")")?;
            return Ok(inner);
        }
        self.need("{")?;
        if self.take("}") {
            return Ok(Spanset::Filter(Condition::Always));
        }
        let condition = self.any()?;
        self.need("}")?;
        Ok(Spanset::Filter(condition))
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.all()?];
        while self.take("||") {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::Any(all) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.condition()?];
        while self.take("&&") {
            all.push(self.condition()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn condition(&mut self) -> Result<Condition, String> {
        if self.take("!") {
            return Ok(Condition::Not(Box::new(self.deeper(Self::condition)?)));
        }
        if self.take("(") {
            let inner = self.deeper(Self::any)?;
            self.need(")")?;
            return Ok(inner);
        }
        if self.peek() == Some(&Token::Word("true".to_owned())) {
            self.next += 1;
            return Ok(Condition::Always);
        }
        let attribute = self.attribute()?;
        let operator = self.operator()?;
        let literal = self.literal(operator)?;
        if !self.told.contains(&attribute) {
            self.told.push(attribute.clone());
        }
        Ok(Condition::Compare(attribute, operator, literal))
    }

    fn attribute(&mut self) -> Result<Attribute, String> {
        let word = self.word()?;
        let scopes = [("resource.", Scope::Resource), ("span.", Scope::Span), (".", Scope::Any)];
        for (prefix, scope) in scopes {
            if let Some(name) = word.strip_prefix(prefix).filter(|name| !name.is_empty()) {
                return Ok(Attribute { scope, name: name.to_owned() });
            }
        }
        let bare = match word.as_str() {
            "trace:duration" => "traceDuration",
            "trace:rootName" => "rootName",
            "trace:rootService" => "rootServiceName",
            other => other.strip_prefix("span:").unwrap_or(other),
        };
        if INTRINSICS.contains(&bare) {
            return Ok(Attribute { scope: Scope::Intrinsic, name: bare.to_owned() });
        }
        Err(self.unexpected_before())
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let operators = [
            ("=~", Operator::Matches),
            ("!~", Operator::MatchesNot),
            ("!=", Operator::NotEqual),
            (">=", Operator::GreaterOrEqual),
            ("<=", Operator::LessOrEqual),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ];
        let found = operators.into_iter().find(|(sign, _)| self.take(sign));
        found.map(|(_, operator)| operator).ok_or_else(|| self.unexpected())
    }

    fn literal(&mut self, operator: Operator) -> Result<Literal, String> {
        let negative = self.take("-");
        let sign = if negative { -1.0 } else { 1.0 };
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected()) };
        let wants_pattern = matches!(operator, Operator::Matches | Operator::MatchesNot);
        let literal = match token {
            Token::Text(text) if wants_pattern => {
                let pattern = Regex::new(&format!("^(?:{text})$"));
                Literal::Pattern(pattern.map_err(|_| format!("invalid regex: {text}"))?)
            }
            _ if wants_pattern => return Err(self.unexpected()),
            Token::Text(text) => Literal::Value(Value::Text(text)),
            Token::Number(number) => Literal::Value(Value::Number(sign * number)),
            Token::Duration(nanoseconds) => Literal::Value(Value::Number(sign * nanoseconds)),
            Token::Word(word) if word == "nil" => Literal::Nil,
            Token::Word(word) if word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                Literal::Value(Value::Word(word))
            }
            Token::Word(_) | Token::Sign(_) => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn stage(&mut self) -> Result<Option<Metric>, String> {
        let name = self.word()?;
        self.need("(")?;
        if name == "select" {
            loop {
                let attribute = self.attribute()?;
                if !self.told.contains(&attribute) {
                    self.told.push(attribute);
                }
                if !self.take(",") {
                    break;
                }
            }
            self.need(")")?;
            return Ok(None);
        }
        let function = match name.as_str() {
            "rate" => Function::Rate,
            "count_over_time" => Function::Count,
            "quantile_over_time" => {
                let attribute = self.attribute()?;
                let mut quantiles = Vec::new();
                while self.take(",") {
                    let Some(Token::Number(quantile)) = self.peek() else { return Err(self.unexpected()) };
                    quantiles.push(*quantile);
                    self.next += 1;
                }
                if quantiles.is_empty() {
                    return Err(self.unexpected());
                }
                Function::Quantiles(attribute, quantiles)
            }
            "histogram_over_time" => Function::Histogram(self.attribute()?),
            "avg_over_time" => Function::Average(self.attribute()?),
            "min_over_time" => Function::Minimum(self.attribute()?),
            "max_over_time" => Function::Maximum(self.attribute()?),
            "sum_over_time" => Function::Sum(self.attribute()?),
            _ => {
                self.next = self.next.saturating_sub(1);
                return Err(self.unexpected_before());
            }
        };
        self.need(")")?;
        let mut by = Vec::new();
        if self.peek() == Some(&Token::Word("by".to_owned())) {
            self.next += 1;
            self.need("(")?;
            loop {
                by.push(self.attribute()?);
                if !self.take(",") {
                    break;
                }
            }
            self.need(")")?;
        }
        Ok(Some(Metric { function, by }))
    }
}
