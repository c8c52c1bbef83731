//! Credentials in URLs: the password of `scheme://user:password@host`, and a token in the place of the user.
//!
//! Guarantees: one pass over the text; a password may hold `/` and `@`, it goes up to the last `@` of the URL. A port
//! is no password, an image digest no host, and the user name of `ssh://git@host` no token.

use super::REPLACEMENT;
use std::borrow::Cow;

/// Schemes in which a token stands alone before the host; elsewhere a name alone is a user name.
const TOKEN_SCHEMES: &[&str] = &["http", "https", "git+http", "git+https", "ws", "wss"];

/// Schemes of connection strings, where a path with an `@` is less likely than a password that begins with digits.
const DATABASE_SCHEMES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "sqlserver",
];

/// The text without the credentials of its URLs; borrowed where there were none.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("://")) {
        let start = at + found + "://".len();
        let rest = text.get(start..).unwrap_or_default();
        let end = start + end_of_url(rest);
        let segment = text.get(start..end).unwrap_or_default();
        let scheme = scheme_before(text.get(..at + found).unwrap_or_default());
        if let Some((from, to)) = secret(scheme, segment) {
            out.push_str(text.get(copied..start + from).unwrap_or_default());
            out.push_str(REPLACEMENT);
            copied = start + to;
        }
        at = end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the URL ends at the latest: at a blank, a quote, or where another URL begins.
fn end_of_url(rest: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let end = rest.find(ends).unwrap_or(rest.len());
    rest.get(..end).and_then(|segment| segment.find("://")).unwrap_or(end)
}

/// The scheme that a text ends with.
fn scheme_before(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    let start = text
        .rfind(|c: char| !is_part(c))
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    text.get(start..).unwrap_or_default()
}

/// Where the secret of a URL stands in what follows its `://`.
fn secret(scheme: &str, segment: &str) -> Option<(usize, usize)> {
    if !scheme.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_one_of = |schemes: &[&str]| schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let last = segment.rfind('@')?;
    let before = segment.get(..last)?;
    match before.find([':', '/', '?', '#', '[', '@']) {
        Some(colon) if before.get(colon..)?.starts_with(':') => {
            let password = before.get(colon + 1..)?;
            let keeps = password.is_empty() || (is_port(password) && !is_one_of(DATABASE_SCHEMES));
            (!keeps).then_some((colon + 1, last))
        }
        Some(_) => None,
        None => {
            let is_token = !before.is_empty()
                && before.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~%+=-".contains(&byte));
            let is_digest = segment.get(last..)?.starts_with("@sha256:");
            (is_token && !is_digest && is_one_of(TOKEN_SCHEMES)).then_some((0, last))
        }
    }
}

/// Whether what follows a colon is a port: a few digits, and then a path or the end of the address.
fn is_port(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=5).contains(&digits) && text.get(digits..).is_some_and(|rest| rest.starts_with(['/', '?', '#', ',', ';', ')']))
}
