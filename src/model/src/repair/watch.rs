//! Decides, character by character, whether JSON in a text may be a call, and where it ends.

use super::{names, shape};
use ports::model::OfferedTool;

/// What a beginning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// It may be the beginning of a call.
    Call,
    /// It may be the beginning of a call in the form `[name(…)]`.
    PythonCall,
    /// More of the text is needed.
    Open,
    /// It is none.
    Never,
}

const LONGEST_HEAD: usize = 160;

/// Looks at the beginning of a text that starts with `{` or `[`.
pub(super) fn head(text: &str, tools: &[OfferedTool]) -> Head {
    if tools.is_empty() || text.len() > LONGEST_HEAD {
        return Head::Never;
    }
    if let Some(inside) = text.strip_prefix('[') {
        let inside = inside.trim_start();
        return match inside.chars().next() {
            None => Head::Open,
            Some('{') => object_head(inside, tools),
            Some(_) => python_head(inside, tools),
        };
    }
    object_head(text, tools)
}

fn object_head(text: &str, tools: &[OfferedTool]) -> Head {
    let inside = text.strip_prefix('{').unwrap_or(text).trim_start();
    let Some(first) = inside.chars().next() else { return Head::Open };
    let quoted = matches!(first, '"' | '\'' | '“' | '`');
    let key_text = if quoted { inside.get(first.len_utf8()..).unwrap_or_default() } else { inside };
    let end = key_text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    let Some(end) = end else {
        return if shape::may_become_call_key(key_text, tools) { Head::Open } else { Head::Never };
    };
    let (key, rest) = key_text.split_at_checked(end).unwrap_or((key_text, ""));
    if !shape::may_begin_call(key, tools) {
        return Head::Never;
    }
    let rest = match quoted {
        true => rest.strip_prefix(['"', '\'', '”', '`']),
        false => Some(rest),
    };
    match rest.map(str::trim_start) {
        None => Head::Never,
        Some("") => Head::Open,
        Some(rest) if rest.starts_with(':') => Head::Call,
        Some(_) => Head::Never,
    }
}

fn python_head(text: &str, tools: &[OfferedTool]) -> Head {
    match text.split_once('(') {
        Some((name, _)) if names::resolve(name, tools).is_some() => Head::PythonCall,
        Some(_) => Head::Never,
        None if tools.iter().any(|tool| tool.name.starts_with(text)) => Head::Open,
        None => Head::Never,
    }
}

/// Looks at the beginning of a text that starts with a backtick at the start of a line.
pub(super) fn fence_head(text: &str, tools: &[OfferedTool]) -> Head {
    if tools.is_empty() || text.len() > LONGEST_HEAD {
        return Head::Never;
    }
    let Some(inside) = text.strip_prefix("```") else {
        return if "```".starts_with(text) { Head::Open } else { Head::Never };
    };
    let Some((info, content)) = inside.split_once('\n') else {
        let plain = inside.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '\r'));
        return if plain && inside.len() < 24 { Head::Open } else { Head::Never };
    };
    let info = info.trim();
    let content = content.trim_start();
    match content.chars().next() {
        None => Head::Open,
        Some('{' | '[') => head(content, tools),
        Some(_) if matches!(info, "tool_code" | "tool_call" | "tool") => Head::PythonCall,
        Some(_) => Head::Never,
    }
}

/// Follows brackets and strings to the end of a JSON value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Balance {
    depth: u32,
    quote: Option<char>,
    escaped: bool,
    /// The last character that is no blank; tells a quote that opens a string from an apostrophe.
    last: Option<char>,
}

impl Balance {
    /// Takes the next character; true when the value is complete with it.
    pub(super) fn take(&mut self, next: char) -> bool {
        if let Some(quote) = self.quote {
            match next {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                _ if next == quote => {
                    self.quote = None;
                    self.last = Some(next);
                }
                _ => {}
            }
            return false;
        }
        match next {
            '"' => self.quote = Some('"'),
            '\'' if matches!(self.last, Some('{' | '[' | '(' | ',' | ':' | '=')) => self.quote = Some('\''),
            '{' | '[' | '(' => self.depth += 1,
            '}' | ']' | ')' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return true;
                }
            }
            _ => {}
        }
        if !next.is_whitespace() {
            self.last = Some(next);
        }
        false
    }
}
